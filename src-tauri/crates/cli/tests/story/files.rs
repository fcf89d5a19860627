//! `hub inspect` on awkward files: what stands in `tests/fixtures/files` beside what must come of it.
//!
//! A file dropped into that directory is a case; `UPDATE_EXPECT=1` writes what stands beside it, to be read before it
//! is committed.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value as Json;

fn inspect(file: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hub"))
        .args(["--locale", "en-GB", "inspect"])
        .arg(file)
        .args(arguments)
        .output()
        .expect("hub runs")
}

fn cases() -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/fixtures/files");
    let mut cases: Vec<PathBuf> = std::fs::read_dir(directory)
        .expect("the corpus is there")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            !name.starts_with('.') && !name.ends_with(".expected.json")
        })
        .collect();
    cases.sort();
    cases
}

fn beside(case: &Path) -> PathBuf {
    let mut name = case.file_name().expect("a name").to_owned();
    name.push(".expected.json");
    case.with_file_name(name)
}

#[test]
fn f46_f50_every_awkward_file_is_read_as_expected() {
    let cases = cases();
    assert!(cases.len() >= 60, "the corpus is whole: {} files", cases.len());
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let mut wrong = Vec::new();
    for case in &cases {
        let output = inspect(case, &["--json", "--limit", "8"]);
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        let got: Json = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{}: {text}", case.display()));
        let code = if got.get("error").is_some() { 2 } else { 0 };
        assert_eq!(output.status.code(), Some(code), "{}: {text}", case.display());
        if update {
            let pretty = serde_json::to_string_pretty(&got).expect("JSON");
            std::fs::write(beside(case), format!("{pretty}\n")).expect("written");
            continue;
        }
        let expected = std::fs::read_to_string(beside(case)).unwrap_or_default();
        if serde_json::from_str::<Json>(&expected).ok().as_ref() != Some(&got) {
            wrong.push(format!("{}: {text}", case.file_name().expect("a name").to_string_lossy()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn f55_formula_cells_ragged_rows_bombs_and_slips_are_texts_named_or_refused() {
    let said = |name: &str| -> (Option<i32>, Json) {
        let case = cases().into_iter().find(|case| case.file_name().is_some_and(|file| file == name));
        let output = inspect(&case.unwrap_or_else(|| panic!("{name} is there")), &["--json"]);
        (output.status.code(), serde_json::from_slice(&output.stdout).expect("JSON"))
    };
    let (code, formulas) = said("quote-formula-neutralised.csv");
    assert_eq!((code, &formulas["rows"][0][2]), (Some(0), &Json::from("'=1+1")), "a text like any other");
    let (code, ragged) = said("shape-ragged.csv");
    assert_eq!(code, Some(0));
    let warned: Vec<&Json> =
        ragged["warnings"].as_array().expect("a list").iter().map(|one| &one["code"]).collect();
    assert_eq!(warned, ["short_rows", "long_rows"], "told by row, and nothing dropped");
    assert_eq!(ragged["rows"][1][4], "extra");
    for (name, refused) in
        [("zip-bomb.zip", "zip_bomb"), ("zip-slip.zip", "zip_slip"), ("zip-absolute.zip", "zip_slip")]
    {
        let (code, told) = said(name);
        assert_eq!((code, &told["error"]["code"]), (Some(2), &Json::from(refused)), "{name}");
    }
}

#[test]
fn a_person_sees_a_small_table_without_what_a_terminal_would_obey() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("clients.csv");
    std::fs::write(&file, "Name,Email,Notes\nJo,jo@example.com,\u{1b}[31mred\nAl,al@example.com\n")
        .expect("written");
    let output = inspect(&file, &[]);
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{err}");
    assert!(out.contains("jo@example.com") && out.contains("2 rows"), "{out}");
    assert!(!out.contains('\u{1b}'), "no escape reaches the terminal: {out:?}");
    assert!(err.contains("fewer cells"), "{err}");
}

#[test]
fn what_cannot_be_read_says_why_in_one_sentence() {
    let directory = tempfile::tempdir().expect("a directory");
    let output = inspect(&directory.path().join("none.csv"), &["--json"]);
    assert_eq!(output.status.code(), Some(2));
    let said: Json = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(said["error"]["code"], "not_found");
    assert!(said["error"]["message"].as_str().is_some_and(|text| text.ends_with('.')), "{said}");
    assert_eq!(inspect(directory.path(), &["--json"]).status.code(), Some(2), "a folder is no file");
}

//! Golden cells for `hub try`, found by directory: `fixtures/try/<kind>/<case>.tsv`.
//!
//! The first line holds options (`# country=GB order=dmy each`). Every other line is a cell, a tab and what is expected:
//! a value, `!reason`, or `-` for nothing; further columns are `ext=`, `second=`, `order=`, `fix=`, `suggest=`. A name's value
//! is `title|first|middle|last|suffix|role`, people joined by `;`. Adding a case needs no Rust.

use std::path::Path;

use hub_core::try_cell::{TryKind, TryOptions, try_lines};
use serde_json::Value as Json;

use crate::cells::{files, read_list, shown};

fn extra(answer: &Json, key: &str) -> String {
    let field = match key {
        "ext" => &answer["extension"],
        "second" => &answer["second"],
        "order" => &answer["order"],
        "fix" => &answer["fixes"][0],
        "suggest" => &answer["suggestion"],
        _ => panic!("unknown column {key}"),
    };
    field.as_str().unwrap_or("").to_owned()
}

fn check(name: &str, kind: TryKind, least: usize) {
    let mut cells = 0;
    let mut wrong = Vec::new();
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/try").join(name);
    for path in files(&dir, "tsv") {
        let (options, rows) = read_list(&path);
        let inputs: Vec<&str> = rows.iter().map(|row| row[0].as_str()).collect();
        let answers = try_lines(kind, &inputs, &options);
        for (row, answer) in rows.iter().zip(&answers) {
            cells += 1;
            let mut got = vec![shown(kind, answer)];
            let mut expected = vec![row.get(1).cloned().unwrap_or_default()];
            for column in &row[2.min(row.len())..] {
                let (key, value) = column.split_once('=').expect("further columns are key=value");
                expected.push(format!("{key}={value}"));
                got.push(format!("{key}={}", extra(answer, key)));
            }
            if kind == TryKind::Phone
                && !row.iter().any(|column| column.starts_with("second="))
                && !answer["second"].is_null()
            {
                got.push(format!("second={}", extra(answer, "second")));
            }
            if got != expected {
                wrong.push(format!(
                    "{}: {:?}\n    expected {expected:?}\n    got      {got:?}",
                    path.file_name().unwrap_or_default().to_string_lossy(),
                    row[0]
                ));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {cells} {name} cells are read wrongly:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(cells >= least, "only {cells} {name} cells; the list must not shrink");
}

#[test]
fn f49_phones() {
    check("phone", TryKind::Phone, 60);
}

#[test]
fn emails() {
    check("email", TryKind::Email, 60);
}

#[test]
fn f47_dates() {
    check("date", TryKind::Date, 60);
}

#[test]
fn names() {
    check("name", TryKind::Name, 60);
}

#[test]
fn f48_money() {
    check("money", TryKind::Money, 60);
}

/// `fixtures/try/mapping/*.json`: header, rows and, by source, the fields that are to be suggested; anything else suggested is
/// garbage.
#[test]
fn mapping_headers() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/try/mapping");
    let mut wrong = Vec::new();
    let mut headers = 0;
    for entry in std::fs::read_dir(dir).expect("the directory is there") {
        let text = std::fs::read_to_string(entry.expect("entries are readable").path())
            .expect("fixtures are readable");
        let cases: Vec<Json> = serde_json::from_str(&text).expect("a list of cases");
        for case in cases {
            headers += 1;
            let line = serde_json::json!({ "header": case["header"], "rows": case["rows"] }).to_string();
            let answers = try_lines(TryKind::Mapping, &[&line], &TryOptions::default());
            let mut got: Vec<(String, String)> = answers[0]["value"]
                .as_array()
                .expect("a list of suggestions")
                .iter()
                .map(|one| {
                    (
                        one["source"].as_str().unwrap_or("").to_owned(),
                        one["field"].as_str().unwrap_or("").to_owned(),
                    )
                })
                .collect();
            let mut expected: Vec<(String, String)> = Vec::new();
            for (source, fields) in case["expect"].as_object().expect("expectations by source") {
                for field in fields.as_array().expect("a list of fields") {
                    expected.push((source.clone(), field.as_str().unwrap_or("").to_owned()));
                }
            }
            got.sort();
            expected.sort();
            if got != expected {
                let missing: Vec<_> = expected.iter().filter(|one| !got.contains(one)).collect();
                let extra: Vec<_> = got.iter().filter(|one| !expected.contains(one)).collect();
                wrong.push(format!("{}: missing {missing:?}, extra {extra:?}", case["name"]));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {headers} headers are matched wrongly:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(headers >= 25, "the list must not shrink");
}

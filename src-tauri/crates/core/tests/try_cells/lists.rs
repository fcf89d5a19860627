//! The score of `hub try` on real-looking cells, found by directory: `tests/fixtures/try/<kind>/*.tsv`.
//!
//! The expected values are what a careful person says, so a list may hold cells that the app reads wrongly: each miss is
//! printed, and the test fails below the floor that was reached. `held-out/` holds cells that were written beforehand and
//! that no parser was mended for. The format is told in `tests/fixtures/try/README.md`.

use std::path::{Path, PathBuf};

use hub_core::try_cell::{TryKind, try_lines};
use serde_json::Value as Json;

use crate::cells::{files, read_list, shown};

/// Least right answers in a thousand: of the list that parsers were mended for, and of the one held out.
struct Floor {
    kind: TryKind,
    name: &'static str,
    tuned: usize,
    held_out: usize,
}

const fn floor(kind: TryKind, name: &'static str, tuned: usize, held_out: usize) -> Floor {
    Floor { kind, name, tuned, held_out }
}

const PHONE: Floor = floor(TryKind::Phone, "phone", 987, 990);
const EMAIL: Floor = floor(TryKind::Email, "email", 1000, 970);
const DATE: Floor = floor(TryKind::Date, "date", 1000, 962);
const NAME: Floor = floor(TryKind::Name, "name", 997, 961);
const MONEY: Floor = floor(TryKind::Money, "money", 1000, 960);

/// Where the lists of a kind are.
pub(crate) fn lists_dir(kind: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/fixtures/try").join(kind)
}

/// Right answers and all, with a line for each miss.
#[derive(Default)]
struct Score {
    right: usize,
    cells: usize,
    misses: Vec<String>,
}

fn score(floor: &Floor, dir: &Path) -> Score {
    let mut score = Score::default();
    for path in files(dir, "tsv") {
        let (options, rows) = read_list(&path);
        let inputs: Vec<&str> = rows.iter().map(|row| row.first().map_or("", String::as_str)).collect();
        let answers = try_lines(floor.kind, &inputs, &options);
        assert_eq!(answers.len(), rows.len(), "one answer for each cell of {}", path.display());
        for (row, answer) in rows.iter().zip(&answers) {
            score.cells += 1;
            match wrong_with(floor.kind, row, answer) {
                None => score.right += 1,
                Some(wrong) => {
                    let file = path.file_name().unwrap_or_default().to_string_lossy();
                    score.misses.push(format!("  {file}: {:?} {wrong}", row[0]));
                }
            }
        }
    }
    score
}

/// What a list expects in a column of its row ("second=+4420..."), empty where it names none.
fn expected<'a>(row: &'a [String], key: &str) -> Option<&'a str> {
    row.iter().skip(2).find_map(|column| column.strip_prefix(key)?.strip_prefix('='))
}

/// What is wrong with an answer, if anything.
fn wrong_with(kind: TryKind, row: &[String], answer: &Json) -> Option<String> {
    let wanted = row.get(1).expect("every cell has an expectation").as_str();
    let got = shown(kind, answer);
    let fits = match wanted {
        "~" => got == "-" || got.starts_with('!'),
        "!" => got.starts_with('!'),
        _ => got == wanted,
    };
    if !fits {
        return Some(format!("-> {got}, expected {wanted}"));
    }
    let text = |key: &str| answer[key].as_str().unwrap_or("").to_owned();
    let others = || {
        let list = answer["others"].as_array().map(Vec::as_slice).unwrap_or_default();
        list.iter().filter_map(Json::as_str).collect::<Vec<_>>().join(",")
    };
    let refused = got.starts_with('!');
    let checks: Vec<(&str, String, bool)> = match kind {
        TryKind::Phone => vec![("ext", text("extension"), true), ("second", text("second"), true)],
        // A refused cell may offer a fix; a read one may not be doubted without a reason.
        TryKind::Email => vec![("others", others(), true), ("suggest", text("suggestion"), !refused)],
        TryKind::Date => vec![("order", text("order"), false)],
        TryKind::Name | TryKind::Money | TryKind::Mapping => Vec::new(),
    };
    checks.into_iter().find_map(|(key, found, always)| {
        let wanted = expected(row, key);
        let checked = always || wanted.is_some();
        (checked && wanted.unwrap_or("") != found)
            .then(|| format!("-> {key} {found:?}, expected {:?}", wanted.unwrap_or("")))
    })
}

fn check(floor: &Floor) {
    let dir = lists_dir(floor.name);
    let mut below = Vec::new();
    for (list, dir, least, cells) in
        [("tuned", dir.clone(), floor.tuned, 300), ("held out", dir.join("held-out"), floor.held_out, 90)]
    {
        let score = score(floor, &dir);
        let thousandths = score.right * 1_000 / score.cells.max(1);
        println!(
            "{} {list}: {} of {} cells, {}.{} %\n{}",
            floor.name,
            score.right,
            score.cells,
            thousandths / 10,
            thousandths % 10,
            score.misses.join("\n")
        );
        assert!(
            score.cells >= cells,
            "only {} {} cells {list}; the list must not shrink",
            score.cells,
            floor.name
        );
        if thousandths < least {
            below.push(format!("{list} {thousandths} < {least} of 1000"));
        }
    }
    assert!(below.is_empty(), "{}: below the floor: {}", floor.name, below.join(", "));
}

#[test]
fn f49_real_looking_phones() {
    check(&PHONE);
}

#[test]
fn real_looking_emails() {
    check(&EMAIL);
}

#[test]
fn f47_real_looking_dates() {
    check(&DATE);
}

#[test]
fn real_looking_names() {
    check(&NAME);
}

#[test]
fn f48_real_looking_money() {
    check(&MONEY);
}

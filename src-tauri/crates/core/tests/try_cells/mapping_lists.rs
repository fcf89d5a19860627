//! The score of suggested matches on real-looking header rows: `tests/fixtures/try/mapping/*.json`.
//!
//! `expect` names by column the fields a careful person would choose, `also` those that would do as well. Anything else that
//! is suggested is wrong, and one wrong suggestion fails the test: an unmatched column costs a click, a wrong match costs
//! trust.

use std::path::Path;

use hub_core::try_cell::{TryKind, TryOptions, try_lines};
use serde_json::Value as Json;

use crate::cells::files;
use crate::lists::lists_dir;

/// Least expected fields found, in a thousand.
const TUNED: usize = 995;
const HELD_OUT: usize = 805;

#[derive(Default)]
struct Score {
    tables: usize,
    found: usize,
    fields: usize,
    missing: Vec<String>,
    wrong: Vec<String>,
}

fn fields(case: &Json, key: &str) -> Vec<(String, String)> {
    let by_column = case[key].as_object().into_iter().flatten();
    by_column
        .flat_map(|(column, fields)| {
            let fields = fields.as_array().map(Vec::as_slice).unwrap_or_default();
            fields
                .iter()
                .map(|field| (column.clone(), field.as_str().unwrap_or("").to_owned()))
                .collect::<Vec<_>>()
        })
        .collect()
}

fn score(dir: &Path) -> Score {
    let mut score = Score::default();
    for path in files(dir, "json") {
        let text = std::fs::read_to_string(&path).expect("fixtures are readable");
        let case: Json = serde_json::from_str(&text).expect("a table with expectations");
        let line = serde_json::json!({ "header": case["header"], "rows": case["rows"] }).to_string();
        let answers = try_lines(TryKind::Mapping, &[&line], &TryOptions::default());
        let made: Vec<(String, String, String)> = answers[0]["value"]
            .as_array()
            .expect("a list of suggestions")
            .iter()
            .map(|one| {
                let text = |key: &str| one[key].as_str().unwrap_or("").to_owned();
                let field = format!("{}.{}", text("record_type"), text("field"));
                (text("source"), field, one["confidence"].to_string())
            })
            .collect();
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let (expected, also) = (fields(&case, "expect"), fields(&case, "also"));
        score.tables += 1;
        score.fields += expected.len();
        for (column, field) in &expected {
            if made.iter().any(|(source, target, _)| source == column && target == field) {
                score.found += 1;
            } else {
                score.missing.push(format!("  {file}: {column:?} is not matched with {field}"));
            }
        }
        for (source, target, confidence) in made {
            let meant = |(column, field): &(String, String)| *column == source && *field == target;
            if !expected.iter().any(meant) && !also.iter().any(meant) {
                score.wrong.push(format!("  {file}: {source:?} is matched with {target} ({confidence})"));
            }
        }
    }
    score
}

#[test]
fn real_looking_header_rows() {
    let dir = lists_dir("mapping");
    let mut failures = Vec::new();
    for (list, dir, least, tables) in
        [("tuned", dir.clone(), TUNED, 25), ("held out", dir.join("held-out"), HELD_OUT, 8)]
    {
        let score = score(&dir);
        let thousandths = score.found * 1_000 / score.fields.max(1);
        println!(
            "mapping {list}: {} of {} fields in {} tables, {}.{} %, {} wrong\n{}\n{}",
            score.found,
            score.fields,
            score.tables,
            thousandths / 10,
            thousandths % 10,
            score.wrong.len(),
            score.missing.join("\n"),
            score.wrong.join("\n")
        );
        assert!(score.tables >= tables, "only {} tables {list}; the list must not shrink", score.tables);
        if thousandths < least || !score.wrong.is_empty() {
            failures
                .push(format!("{list}: {thousandths} of 1000 (least {least}), {} wrong", score.wrong.len()));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("; "));
}

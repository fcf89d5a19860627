//! Lists of cells: `# country=GB order=dmy each` on the first line, then a cell, a tab and what is expected.

use std::path::{Path, PathBuf};

use hub_core::parse::DateOrder;
use hub_core::try_cell::{Lines, TryKind, TryOptions};
use serde_json::Value as Json;

/// The files of a directory with this ending, in order.
pub(crate) fn files(dir: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(dir)
        .expect("every kind has a directory")
        .map(|entry| entry.expect("directory entries are readable").path())
        .filter(|path| path.extension().is_some_and(|ext| ext == ending))
        .collect();
    found.sort();
    found
}

/// The options of a list and its rows of columns.
pub(crate) fn read_list(path: &Path) -> (TryOptions, Vec<Vec<String>>) {
    let text = std::fs::read_to_string(path).expect("fixtures are readable");
    let mut lines = text.lines();
    let options = options(lines.next().unwrap_or(""));
    let rows =
        lines.filter(|line| !line.is_empty()).map(|line| line.split('\t').map(unescape).collect()).collect();
    (options, rows)
}

fn options(line: &str) -> TryOptions {
    let mut options = TryOptions::default();
    for word in line.trim_start_matches('#').split_whitespace() {
        match word.split_once('=') {
            Some(("country", code)) => options.country = Some(code.to_owned()),
            Some(("order", "auto")) => {}
            Some(("order", name)) => options.order = Some(DateOrder::parse(name).expect("a known order")),
            _ if word == "each" => options.lines = Lines::Each,
            _ => panic!("unknown option {word}"),
        }
    }
    options
}

fn unescape(text: &str) -> String {
    text.replace("\\n", "\n")
        .replace("\\t", "\t")
        .replace("\\u00a0", "\u{a0}")
        .replace("\\u202f", "\u{202f}")
        .replace("\\u200b", "\u{200b}")
}

pub(crate) fn shown(kind: TryKind, answer: &Json) -> String {
    if let Some(error) = answer["error"].as_str() {
        return format!("!{error}");
    }
    if answer["value"].is_null() {
        return "-".to_owned();
    }
    match kind {
        TryKind::Money => {
            format!("{} {}", answer["value"]["currency"].as_str().unwrap_or("?"), answer["value"]["minor"])
        }
        TryKind::Name => {
            let people = answer["people"].as_array().expect("names answer with people");
            let part = |person: &Json, key: &str| person[key].as_str().unwrap_or("").to_owned();
            let keys = ["title", "first", "middle", "last", "suffix", "role"];
            people
                .iter()
                .map(|person| keys.map(|key| part(person, key)).join("|"))
                .collect::<Vec<_>>()
                .join(";")
        }
        _ => answer["value"].as_str().unwrap_or("?").to_owned(),
    }
}

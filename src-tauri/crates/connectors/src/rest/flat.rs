//! A JSON record as a row: its leaves by their dotted paths, as text.

use serde_json::Value as Json;

/// Leaves of a record that are looked at.
const MOST_CELLS: usize = 500;
/// Levels of objects and lists.
const DEEPEST: usize = 6;
/// Entries of a list of objects.
const ENTRIES: usize = 5;

/// The leaves of a record in its own order; blank ones are left out.
///
/// A list of plain values is one cell, divided by commas; of a list of objects the first few entries are taken apart.
pub(super) fn cells(record: &Json) -> Vec<(String, String)> {
    let mut found = Vec::new();
    walk(record, &mut String::new(), 0, &mut found);
    found
}

fn walk(json: &Json, path: &mut String, depth: usize, found: &mut Vec<(String, String)>) {
    if depth > DEEPEST || found.len() >= MOST_CELLS {
        return;
    }
    match json {
        Json::Null => {}
        Json::Bool(_) | Json::Number(_) | Json::String(_) => {
            let text = text_of(json);
            if !text.trim().is_empty() && !path.is_empty() {
                found.push((path.clone(), text));
            }
        }
        Json::Object(members) => {
            for (key, value) in members {
                below(path, key, |path| walk(value, path, depth + 1, found));
            }
        }
        Json::Array(entries) if entries.iter().any(|entry| entry.is_object() || entry.is_array()) => {
            for (at, entry) in entries.iter().take(ENTRIES).enumerate() {
                below(path, &at.to_string(), |path| walk(entry, path, depth + 1, found));
            }
        }
        Json::Array(entries) => {
            let texts: Vec<String> = entries.iter().filter(|entry| !entry.is_null()).map(text_of).collect();
            if !texts.is_empty() && !path.is_empty() {
                found.push((path.clone(), texts.join(", ")));
            }
        }
    }
}

fn below(path: &mut String, step: &str, inside: impl FnOnce(&mut String)) {
    let length = path.len();
    if length > 0 {
        path.push('.');
    }
    path.push_str(step);
    inside(path);
    path.truncate(length);
}

/// A plain value as text.
pub(super) fn text_of(json: &Json) -> String {
    match json {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn flat(record: &Json) -> Vec<(String, String)> {
        cells(record)
    }

    #[test]
    fn leaves_have_paths_and_blanks_are_none() {
        let record = json!({
            "id": 7, "name": "Ann", "none": null, "blank": " ",
            "contact": {"email": "ann@example.com", "phones": [{"number": "07700 900100"}]},
            "tags": ["vip", 3], "open": true,
        });
        let found = flat(&record);
        let texts: Vec<(&str, &str)> =
            found.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        assert_eq!(
            texts,
            [
                ("id", "7"),
                ("name", "Ann"),
                ("contact.email", "ann@example.com"),
                ("contact.phones.0.number", "07700 900100"),
                ("tags", "vip, 3"),
                ("open", "true"),
            ]
        );
    }

    #[test]
    fn depth_and_number_are_bounded() {
        let mut deep = json!("x");
        for _ in 0..50 {
            deep = json!({ "a": deep });
        }
        assert_eq!(flat(&deep), []);
        let wide: Json =
            (0..2_000).map(|at| (format!("k{at}"), json!(at))).collect::<serde_json::Map<_, _>>().into();
        assert_eq!(flat(&wide).len(), MOST_CELLS);
    }
}

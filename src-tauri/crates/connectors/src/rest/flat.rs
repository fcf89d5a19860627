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
        Json::Object(members) if typed(members).is_some() => {
            if let Some(text) = typed(members).filter(|text| !text.trim().is_empty() && !path.is_empty()) {
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

/// A value that stands in an object of one member which names its type, as MongoDB writes JSON (its "Extended JSON", version 2):
/// `{"$date": "2026-06-20T00:00:00Z"}`, `{"$oid": "5f…"}`. A date may be milliseconds since 1970.
fn typed(members: &serde_json::Map<String, Json>) -> Option<String> {
    let mut all = members.iter();
    let (Some((name, value)), None) = (all.next(), all.next()) else { return None };
    match (name.as_str(), value) {
        ("$date", Json::String(text)) => Some(text.clone()),
        ("$date", Json::Number(millis)) => moment(millis.as_i64()?),
        ("$date", Json::Object(inner)) => moment(typed(inner)?.parse().ok()?),
        ("$oid" | "$numberDecimal" | "$numberDouble" | "$numberInt" | "$numberLong", value) => {
            value.is_string().then(|| text_of(value))
        }
        _ => None,
    }
}

fn moment(millis: i64) -> Option<String> {
    jiff::Timestamp::from_millisecond(millis).ok().map(|at| at.to_string())
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
    fn a_value_that_names_its_type_is_one_cell() {
        let record = json!({
            "_id": {"$oid": "69ce8d50920cc40b63fb7d1f"},
            "start": {"$date": "2026-06-20T15:00:00.000Z"},
            "made": {"$date": {"$numberLong": "1775144272247"}},
            "seen": {"$date": 1_775_144_272_247_i64},
            "odd": {"$date": {"a": 1}}, "two": {"$date": "x", "more": "y"},
        });
        let found = flat(&record);
        let texts: Vec<(&str, &str)> =
            found.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        assert_eq!(
            texts,
            [
                ("_id", "69ce8d50920cc40b63fb7d1f"),
                ("start", "2026-06-20T15:00:00.000Z"),
                ("made", "2026-04-02T15:37:52.247Z"),
                ("seen", "2026-04-02T15:37:52.247Z"),
                ("odd.$date.a", "1"),
                ("two.$date", "x"),
                ("two.more", "y"),
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

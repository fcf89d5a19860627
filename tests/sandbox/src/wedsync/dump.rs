//! A supplier's live records in a form that two runs can be compared by.
//!
//! Ids are made by the app and differ from run to run, so each record gets a name: its first external reference, or,
//! without one, a digest of its content. Names replace ids wherever they are pointed at. Versions and times are left out.

use std::collections::HashMap;

use rusqlite::Connection;
use serde_json::{Map, Value, json};

use super::db::{canonical, digest};
use super::records;
use super::schema::RECORD_TYPES;

pub(super) fn normalised(db: &Connection, supplier: &str) -> rusqlite::Result<Value> {
    let mut names: HashMap<String, String> = HashMap::new();
    let mut types = Map::new();
    // Parents come before children, so that each record's pointers have names already.
    for record_type in RECORD_TYPES {
        let mut statement = db.prepare_cached(&records::select(
            "WHERE supplier = ?1 AND type = ?2 AND deleted_at IS NULL ORDER BY id",
        ))?;
        let mut found = Vec::new();
        for record in statement.query_map([supplier, record_type], records::from_row)? {
            let record = record?;
            let fields = renamed(&Value::Object(record.fields.clone()), &names);
            let refs = records::external_refs(db, supplier, &record.id)?;
            let name = match refs.first() {
                Some(first) => canonical(first),
                None => digest(canonical(&fields).as_bytes()),
            };
            found.push((
                format!("{record_type}:{name}"),
                record.id,
                json!({"fields": fields, "external_refs": refs}),
            ));
        }
        found.sort_by(|one, other| (&one.0, canonical(&one.2)).cmp(&(&other.0, canonical(&other.2))));
        let mut listed = Vec::with_capacity(found.len());
        let mut before: Option<(String, u32)> = None;
        for (name, id, mut record) in found {
            // Records that nothing tells apart are numbered.
            let number = before.take().filter(|(held, _)| *held == name).map_or(1, |(_, number)| number + 1);
            before = Some((name.clone(), number));
            let name = if number == 1 { name } else { format!("{name}#{number}") };
            record["name"] = json!(name);
            listed.push(record);
            names.insert(id, name);
        }
        types.insert(record_type.to_owned(), Value::Array(listed));
    }
    Ok(Value::Object(types))
}

fn renamed(value: &Value, names: &HashMap<String, String>) -> Value {
    match value {
        Value::String(text) => json!(names.get(text).unwrap_or(text)),
        Value::Array(items) => Value::Array(items.iter().map(|item| renamed(item, names)).collect()),
        Value::Object(map) => {
            let mut pairs: Vec<(String, Value)> = map
                .iter()
                .map(|(key, value)| {
                    let id = super::values::key_target(key);
                    let key = names
                        .get(id)
                        .map_or_else(|| key.clone(), |name| format!("{name}{}", &key[id.len()..]));
                    (key, renamed(value, names))
                })
                .collect();
            pairs.sort_by(|one, other| one.0.cmp(&other.0));
            Value::Object(pairs.into_iter().collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

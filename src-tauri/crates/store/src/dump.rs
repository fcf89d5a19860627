//! A normalised dump of the book, for comparing two of them: what a kill, an undo or a second run must not change.
//!
//! It holds live data only (typed rows, mirror, confirmed links, bases). Left out: instants, versions, queues, logs and
//! plans, which tell how the book came to be, and reserved ids. Record ids differ from run to run, so each is replaced
//! by a label made from what the record is, in a few rounds: first from its own values, then from those of the records
//! it refers to.

use std::collections::BTreeMap;

use hub_core::canonical::{canonical_json, hash_bytes};
use hub_core::ports::StoreResult;
use hub_core::record::RecordType;
use rusqlite::Connection;
use serde::Serialize;
use serde_json::{Map, Value as Json, json};

use crate::error::DbResult;
use crate::store::Store;
use crate::typed::table;

/// A dump: table name to its rows as canonical JSON, sorted, and a digest over all of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Dump {
    /// Rows by table.
    pub tables: BTreeMap<String, Vec<String>>,
    /// SHA-256 over the rows.
    pub digest: String,
}

/// Rounds of labelling: a payment names a project, which names a client, which names people.
const ROUNDS: usize = 4;

fn rows(connection: &Connection, sql: &str) -> DbResult<Vec<Map<String, Json>>> {
    let mut statement = connection.prepare(sql)?;
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let mut found = Vec::new();
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let mut map = Map::new();
        for (index, name) in names.iter().enumerate() {
            use rusqlite::types::ValueRef;
            let value = match row.get_ref(index)? {
                ValueRef::Null => Json::Null,
                ValueRef::Integer(number) => number.into(),
                ValueRef::Real(number) => number.to_string().into(),
                ValueRef::Text(bytes) => {
                    let text = String::from_utf8_lossy(bytes);
                    if matches!(name.as_str(), "fields" | "pairs" | "external_refs") {
                        serde_json::from_str(&text)?
                    } else {
                        text.into()
                    }
                }
                ValueRef::Blob(bytes) => hub_core::canonical::hex(bytes).into(),
            };
            map.insert(name.clone(), value);
        }
        found.push(map);
    }
    Ok(found)
}

/// Replaces every known id in a value: as a value, as a key, or as the head of a composite key.
fn relabel(value: &Json, labels: &BTreeMap<String, String>) -> Json {
    match value {
        Json::String(text) => Json::String(labels.get(text).cloned().unwrap_or_else(|| text.clone())),
        Json::Array(items) => Json::Array(items.iter().map(|item| relabel(item, labels)).collect()),
        Json::Object(object) => {
            let renamed = object.iter().map(|(key, value)| {
                let (head, tail) = key.split_at(key.find(':').unwrap_or(key.len()));
                let key = labels.get(head).map_or_else(|| key.clone(), |label| format!("{label}{tail}"));
                (key, relabel(value, labels))
            });
            Json::Object(renamed.collect())
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => value.clone(),
    }
}

fn collect(connection: &Connection) -> DbResult<BTreeMap<String, Vec<Map<String, Json>>>> {
    let mut tables = BTreeMap::new();
    for record_type in RecordType::ALL {
        let name = table(record_type);
        let mut found = rows(
            connection,
            &format!("SELECT * FROM {name} WHERE deleted_at IS NULL AND awaited = 0 ORDER BY id"),
        )?;
        for row in &mut found {
            for volatile in ["deleted_at", "awaited", "last_crm_sync_at"] {
                row.remove(volatile);
            }
        }
        tables.insert(name.to_owned(), found);
    }
    let live = |name: &str, id: &str| format!("{name}.{id} IN (SELECT id FROM LIVE)");
    for (name, id, parent) in [
        ("contact_points", "person_id", "people"),
        ("client_people", "client_id", "clients"),
        ("project_people", "project_id", "projects"),
        ("payment_allocations", "payment_id", "payments"),
    ] {
        let live =
            live(name, id).replace("LIVE", &format!("{parent} WHERE deleted_at IS NULL AND awaited = 0"));
        tables.insert(name.to_owned(), rows(connection, &format!("SELECT * FROM {name} WHERE {live}"))?);
    }
    tables.insert(
        "wedsync_records".to_owned(),
        rows(
            connection,
            "SELECT record_type, id, external_refs, fields FROM wedsync_records WHERE deleted_at IS NULL",
        )?,
    );
    tables.insert(
        "record_links".to_owned(),
        rows(
            connection,
            "SELECT s.stream, l.external_id, l.record_type, l.record_id, l.client_id FROM record_links l
             JOIN crm_streams s ON s.no = l.stream WHERE l.confirmed = 1",
        )?,
    );
    tables.insert(
        "base_values".to_owned(),
        rows(
            connection,
            "SELECT s.stream, b.external_id, b.record_type, b.mapping_revision, b.pairs FROM base_values b
             JOIN crm_streams s ON s.no = b.stream",
        )?,
    );
    tables.insert(
        "crm_records".to_owned(),
        rows(
            connection,
            "SELECT s.stream, r.external_id, r.content_hash, r.parent1, r.parent2,
             r.deleted_at IS NOT NULL AS deleted, r.missing_since IS NOT NULL AS missing
             FROM crm_records r JOIN crm_streams s ON s.no = r.stream",
        )?,
    );
    Ok(tables)
}

/// Labels for every record id, from what the records are.
fn label(tables: &BTreeMap<String, Vec<Map<String, Json>>>) -> BTreeMap<String, String> {
    let sources: BTreeMap<&str, String> = tables["record_links"]
        .iter()
        .filter(|row| row["stream"].as_str().is_some_and(|stream| !stream.starts_with('@')))
        .filter_map(|row| {
            Some((row["record_id"].as_str()?, format!("{}:{}", row["stream"], row["external_id"])))
        })
        .collect();
    let mut labels: BTreeMap<String, String> = BTreeMap::new();
    let mut records: Vec<(&str, &str, &Map<String, Json>)> = Vec::new();
    for (name, rows) in tables {
        for row in rows {
            if let Some(id) = row.get("id").and_then(Json::as_str) {
                records.push((name, id, row));
                labels.insert(id.to_owned(), "?".to_owned());
            }
        }
    }
    for _ in 0..ROUNDS {
        let mut parts: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, id, row) in &records {
            let mut row = (*row).clone();
            row.remove("id");
            let text = canonical_json(&relabel(&Json::Object(row), &labels));
            parts.entry((*id).to_owned()).or_default().push(format!("{name} {text}"));
        }
        labels = parts
            .into_iter()
            .map(|(id, mut parts)| {
                parts.sort();
                let source = sources.get(id.as_str()).cloned().unwrap_or_default();
                let digest = hash_bytes(format!("{source}\n{}", parts.join("\n")).as_bytes());
                (id, format!("#{}", &digest[..16]))
            })
            .collect();
    }
    labels
}

impl Store {
    /// The normalised dump of the book.
    ///
    /// # Errors
    /// When the book cannot be read.
    pub fn dump_normalised(&self) -> StoreResult<Dump> {
        self.read(|connection| {
            let tables = collect(connection)?;
            let labels = label(&tables);
            let tables: BTreeMap<String, Vec<String>> = tables
                .into_iter()
                .map(|(name, rows)| {
                    let mut rows: Vec<String> = rows
                        .into_iter()
                        .map(|row| canonical_json(&relabel(&Json::Object(row), &labels)))
                        .collect();
                    rows.sort();
                    (name, rows)
                })
                .collect();
            let digest = hash_bytes(canonical_json(&json!(tables)).as_bytes());
            Ok(Dump { tables, digest })
        })
    }
}

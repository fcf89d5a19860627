//! Records as rows: loading, saving, external references, aliases, and who points at whom.

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde_json::{Map, Value, json};

use super::db::{next_seq, stored_json};
use super::schema::Field;
use super::values::key_target;

/// A record of another system: provider, account there, stream, id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ExternalRef {
    provider: String,
    account: String,
    kind: String,
    id: String,
}

impl ExternalRef {
    pub(super) fn parse(value: &Value) -> Option<Self> {
        let map = value.as_object()?;
        let part = |name: &str| {
            map.get(name)?.as_str().filter(|text| !text.is_empty() && text.len() <= 256).map(str::to_owned)
        };
        if map.len() != 4 {
            return None;
        }
        Some(Self {
            provider: part("provider")?,
            account: part("account")?,
            kind: part("type")?,
            id: part("id")?,
        })
    }

    pub(super) fn json(&self) -> Value {
        json!({"provider": self.provider, "account": self.account, "type": self.kind, "id": self.id})
    }

    /// The record that holds this reference: type and id.
    pub(super) fn holder(
        &self,
        db: &Connection,
        supplier: &str,
    ) -> rusqlite::Result<Option<(String, String)>> {
        db.prepare_cached(
            "SELECT record_type, record_id FROM external_refs
              WHERE supplier = ?1 AND provider = ?2 AND account = ?3 AND type = ?4 AND external_id = ?5",
        )?
        .query_row(params![supplier, self.provider, self.account, self.kind, self.id], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()
    }

    /// Gives the reference to this record, taking it from a former holder.
    pub(super) fn attach(
        &self,
        db: &Connection,
        supplier: &str,
        record_type: &str,
        id: &str,
    ) -> rusqlite::Result<()> {
        db.prepare_cached(
            "INSERT INTO external_refs (supplier, provider, account, type, external_id, record_type, record_id)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT DO UPDATE SET record_type = excluded.record_type, record_id = excluded.record_id",
        )?
        .execute(params![supplier, self.provider, self.account, self.kind, self.id, record_type, id])?;
        Ok(())
    }

    /// Takes the reference from whoever holds it.
    pub(super) fn detach(&self, db: &Connection, supplier: &str) -> rusqlite::Result<()> {
        db.prepare_cached(
            "DELETE FROM external_refs
              WHERE supplier = ?1 AND provider = ?2 AND account = ?3 AND type = ?4 AND external_id = ?5",
        )?
        .execute(params![supplier, self.provider, self.account, self.kind, self.id])?;
        Ok(())
    }
}

/// A stored record.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) kind: String,
    pub(super) id: String,
    pub(super) version: i64,
    pub(super) fields: Map<String, Value>,
    pub(super) meta: Map<String, Value>,
    /// The op that made the last change, also when that change touched no field (delete, restore).
    pub(super) origin: Value,
    pub(super) created_at: String,
    pub(super) changed_at: String,
    pub(super) deleted_at: Option<String>,
    pub(super) erased: bool,
    pub(super) seq: i64,
}

const COLUMNS: &str =
    "type, id, version, fields, meta, origin, created_at, changed_at, deleted_at, erased, seq";

/// `SELECT` of whole records with this tail.
pub(super) fn select(tail: &str) -> String {
    format!("SELECT {COLUMNS} FROM records {tail}")
}

pub(super) fn from_row(row: &Row<'_>) -> rusqlite::Result<Record> {
    let object = |index: usize| -> rusqlite::Result<Map<String, Value>> {
        Ok(match stored_json(&row.get::<_, String>(index)?)? {
            Value::Object(map) => map,
            _ => Map::new(),
        })
    };
    Ok(Record {
        kind: row.get(0)?,
        id: row.get(1)?,
        version: row.get(2)?,
        fields: object(3)?,
        meta: object(4)?,
        origin: row.get::<_, Option<String>>(5)?.map_or(Ok(Value::Null), |text| stored_json(&text))?,
        created_at: row.get(6)?,
        changed_at: row.get(7)?,
        deleted_at: row.get(8)?,
        erased: row.get(9)?,
        seq: row.get(10)?,
    })
}

pub(super) fn load(db: &Connection, supplier: &str, id: &str) -> rusqlite::Result<Option<Record>> {
    db.prepare_cached(&select("WHERE supplier = ?1 AND id = ?2"))?
        .query_row([supplier, id], from_row)
        .optional()
}

pub(super) fn is_live(
    db: &Connection,
    supplier: &str,
    record_type: &str,
    id: &str,
) -> rusqlite::Result<bool> {
    db.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM records WHERE supplier = ?1 AND id = ?2 AND type = ?3 AND deleted_at IS NULL)",
    )?
    .query_row([supplier, id, record_type], |row| row.get(0))
}

/// Writes the record under the next change number and renews what it points at.
pub(super) fn save(
    db: &Connection,
    supplier: &str,
    record: &mut Record,
    fields: &[Field],
) -> rusqlite::Result<()> {
    record.seq = next_seq(db, supplier)?;
    db.prepare_cached(
        "INSERT INTO records (supplier, type, id, version, fields, meta, origin, created_at, changed_at, deleted_at, erased, seq)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
         ON CONFLICT DO UPDATE SET version = excluded.version, fields = excluded.fields, meta = excluded.meta,
           origin = excluded.origin, changed_at = excluded.changed_at, deleted_at = excluded.deleted_at,
           erased = excluded.erased, seq = excluded.seq",
    )?
    .execute(params![
        supplier,
        record.kind,
        record.id,
        record.version,
        Value::Object(record.fields.clone()).to_string(),
        Value::Object(record.meta.clone()).to_string(),
        if record.origin.is_null() { None } else { Some(record.origin.to_string()) },
        record.created_at,
        record.changed_at,
        record.deleted_at,
        record.erased,
        record.seq,
    ])?;
    db.prepare_cached("DELETE FROM record_refs WHERE supplier = ?1 AND from_id = ?2")?
        .execute([supplier, &record.id])?;
    let mut insert = db.prepare_cached(
        "INSERT INTO record_refs (supplier, from_id, to_id) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
    )?;
    for target in targets(record, fields) {
        insert.execute(params![supplier, record.id, target.1])?;
    }
    Ok(())
}

/// Everything a record points at: (field, id, record type).
pub(super) fn targets<'a>(record: &'a Record, fields: &'a [Field]) -> Vec<(&'a str, &'a str, &'static str)> {
    let mut targets = Vec::new();
    for field in fields {
        let (Some(target), Some(value)) = (field.target, record.fields.get(&field.key)) else { continue };
        match value {
            Value::String(id) => targets.push((field.key.as_str(), id.as_str(), target)),
            Value::Object(list) => {
                targets.extend(list.keys().map(|key| (field.key.as_str(), key_target(key), target)));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {}
        }
    }
    targets
}

/// A live record that points at this one: type and id.
pub(super) fn live_child(
    db: &Connection,
    supplier: &str,
    id: &str,
) -> rusqlite::Result<Option<(String, String)>> {
    db.prepare_cached(
        "SELECT r.type, r.id FROM record_refs c JOIN records r ON r.supplier = c.supplier AND r.id = c.from_id
          WHERE c.supplier = ?1 AND c.to_id = ?2 AND r.deleted_at IS NULL ORDER BY +r.id LIMIT 1",
    )?
    // Without the plus every record is walked in id order to save sorting the few that point here.
    .query_row([supplier, id], |row| Ok((row.get(0)?, row.get(1)?)))
    .optional()
}

/// The canonical id behind an id another computer made for the same record.
pub(super) fn canonical_id(db: &Connection, supplier: &str, id: &str) -> rusqlite::Result<String> {
    let alias: Option<String> = db
        .prepare_cached("SELECT record_id FROM aliases WHERE supplier = ?1 AND alias = ?2")?
        .query_row([supplier, id], |row| row.get(0))
        .optional()?;
    Ok(alias.unwrap_or_else(|| id.to_owned()))
}

pub(super) fn add_alias(db: &Connection, supplier: &str, alias: &str, id: &str) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO aliases (supplier, alias, record_id) VALUES (?1, ?2, ?3)
         ON CONFLICT DO UPDATE SET record_id = excluded.record_id",
    )?
    .execute([supplier, alias, id])?;
    Ok(())
}

pub(super) fn external_refs(db: &Connection, supplier: &str, id: &str) -> rusqlite::Result<Vec<Value>> {
    let mut statement = db.prepare_cached(
        "SELECT provider, account, type, external_id FROM external_refs INDEXED BY external_refs_record
          WHERE supplier = ?1 AND record_id = ?2 ORDER BY provider, account, type, external_id",
    )?;
    let rows = statement.query_map([supplier, id], |row| {
        Ok(ExternalRef { provider: row.get(0)?, account: row.get(1)?, kind: row.get(2)?, id: row.get(3)? }
            .json())
    })?;
    rows.collect()
}

/// The record as the wire shows it.
pub(super) fn wire(db: &Connection, supplier: &str, record: &Record) -> rusqlite::Result<Value> {
    Ok(json!({
        "type": record.kind, "id": record.id, "version": record.version, "fields": record.fields,
        "fields_meta": record.meta, "external_refs": external_refs(db, supplier, &record.id)?,
        "origin": record.origin, "created_at": record.created_at, "changed_at": record.changed_at,
        "deleted_at": record.deleted_at, "erased": record.erased,
    }))
}

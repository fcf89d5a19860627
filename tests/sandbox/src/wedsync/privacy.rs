//! Erasure with proof, and the export of everything.
//!
//! An erased record stays as an empty tombstone, because the other computers have to learn of it from the feed.

use rusqlite::{Connection, params};
use serde_json::{Map, Value, json};

use super::accounts::Caller;
use super::control::Shared;
use super::db::{canonical, digest, stored_json};
use super::http::{Incoming, Problem, Reply};
use super::records::{self, Record};
use super::{schema, values};

/// `POST /privacy/erase`.
pub(super) fn erase(shared: &Shared, caller: &Caller, incoming: &Incoming) -> Result<Reply, Problem> {
    caller.may_erase()?;
    let body = incoming.json()?;
    let scope = body.get("scope").and_then(Value::as_str).unwrap_or_default();
    let mut db = shared.db();
    let tx = db.transaction()?;
    let now = shared.now_text();
    let ids = match scope {
        "person" => {
            let id = body
                .get("person_id")
                .and_then(Value::as_str)
                .and_then(values::uuid)
                .ok_or_else(|| Problem::invalid("person_id"))?;
            let id = records::canonical_id(&tx, &caller.supplier, &id)?;
            records::load(&tx, &caller.supplier, &id)?
                .filter(|record| record.kind == "person" && !record.erased)
                .ok_or_else(|| Problem::new(404, "not_found"))?;
            detach(&tx, caller, &id, &now)?
        }
        "everything" => {
            let mut statement = tx.prepare("SELECT id FROM records WHERE supplier = ?1 AND erased = 0")?;
            let ids = statement.query_map([&caller.supplier], |row| row.get::<_, String>(0))?;
            ids.collect::<rusqlite::Result<Vec<_>>>()?
        }
        _ => return Err(Problem::invalid("scope")),
    };
    for id in &ids {
        wipe(&tx, caller, id, &now)?;
    }
    let proof = digest(canonical(&json!([caller.supplier, scope, ids, now])).as_bytes());
    tx.commit()?;
    Ok(Reply::json(200, json!({"erased": ids.len(), "erased_at": now, "proof": proof})))
}

/// Takes a person out of every list that names them; returns the records that go with the person.
fn detach(db: &Connection, caller: &Caller, person: &str, now: &str) -> Result<Vec<String>, Problem> {
    let mut statement = db.prepare("SELECT from_id FROM record_refs WHERE supplier = ?1 AND to_id = ?2")?;
    let holders: Vec<String> = statement
        .query_map([caller.supplier.as_str(), person], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let mut gone = vec![person.to_owned()];
    for holder in holders {
        let Some(mut record) = records::load(db, &caller.supplier, &holder)? else { continue };
        if record.kind == "communication" {
            gone.push(holder);
            continue;
        }
        let fields = schema::fields(db, &caller.supplier, &record.kind)?;
        let mut touched = Map::new();
        for (key, value) in &record.fields {
            match value {
                Value::String(id) if id == person => {}
                Value::Object(list) if list.keys().any(|key| values::key_target(key) == person) => {
                    let kept = list.iter().filter(|(key, _)| values::key_target(key) != person);
                    let kept: Map<String, Value> =
                        kept.map(|(key, one)| (key.clone(), one.clone())).collect();
                    touched.insert(key.clone(), Value::Object(kept));
                }
                other => {
                    touched.insert(key.clone(), other.clone());
                }
            }
        }
        record.fields = touched;
        record.version += 1;
        record.changed_at = now.to_owned();
        record.origin = Value::Null;
        records::save(db, &caller.supplier, &mut record, &fields)?;
        clean_results(db, caller, &record)?;
    }
    Ok(gone)
}

fn wipe(db: &Connection, caller: &Caller, id: &str, now: &str) -> Result<(), Problem> {
    let Some(mut record) = records::load(db, &caller.supplier, id)? else { return Ok(()) };
    record.fields = Map::new();
    record.meta = Map::new();
    record.version += 1;
    record.changed_at = now.to_owned();
    record.deleted_at.get_or_insert_with(|| now.to_owned());
    record.origin = Value::Null;
    record.erased = true;
    records::save(db, &caller.supplier, &mut record, &[])?;
    db.execute("DELETE FROM external_refs WHERE supplier = ?1 AND record_id = ?2", [&caller.supplier, id])?;
    db.execute("DELETE FROM growth WHERE supplier = ?1 AND person_id = ?2", [&caller.supplier, id])?;
    clean_results(db, caller, &record)
}

/// Stored results keep their status but lose the values they quoted.
fn clean_results(db: &Connection, caller: &Caller, record: &Record) -> Result<(), Problem> {
    let mut statement = db.prepare("SELECT op_id, result FROM ops WHERE supplier = ?1 AND record_id = ?2")?;
    let held: Vec<(String, String)> = statement
        .query_map([&caller.supplier, &record.id], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    for (op_id, text) in held {
        let mut result = stored_json(&text)?;
        if let Some(map) = result.as_object_mut() {
            map.shift_remove("fields");
            if map.contains_key("current") {
                map.insert("current".to_owned(), records::wire(db, &caller.supplier, record)?);
            }
        }
        db.execute(
            "UPDATE ops SET result = ?3 WHERE supplier = ?1 AND op_id = ?2",
            params![caller.supplier, op_id, result.to_string()],
        )?;
    }
    Ok(())
}

/// `GET /privacy/export`.
pub(super) fn export(shared: &Shared, caller: &Caller) -> Result<Reply, Problem> {
    caller.may_erase()?;
    let db = shared.db();
    let mut statement =
        db.prepare(&records::select("WHERE supplier = ?1 AND erased = 0 ORDER BY type, id"))?;
    let mut all = Vec::new();
    for record in statement.query_map([&caller.supplier], records::from_row)? {
        all.push(records::wire(&db, &caller.supplier, &record?)?);
    }
    let mut statement = db.prepare("SELECT id, body FROM connections WHERE supplier = ?1 ORDER BY id")?;
    let connections: Vec<Value> = statement
        .query_map([&caller.supplier], |row| {
            let mut body = stored_json(&row.get::<_, String>(1)?)?;
            body["id"] = json!(row.get::<_, String>(0)?);
            Ok(body)
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(Reply::json(
        200,
        json!({"exported_at": shared.now_text(), "records": all, "connections": connections}),
    ))
}

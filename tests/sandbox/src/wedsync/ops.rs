//! What one op does to one record: made, changed, deleted, restored, or told why not.
//!
//! Nothing here knows of requests or batches; a record is written only when the op as a whole is in order.

use std::collections::HashMap;
use std::rc::Rc;

use rusqlite::Connection;
use serde_json::{Map, Value, json};

use super::http::Problem;
use super::records::{self, ExternalRef, Record};
use super::schema::{self, Field, Kind, RECORD_TYPES};
use super::values::{self, Refused};

/// How long a deleted record can be restored.
const RESTORE_MS: i64 = 30 * 24 * 3_600_000;

/// Where a batch's changes come from.
pub(super) struct Writer<'a> {
    pub(super) db: &'a Connection,
    pub(super) supplier: &'a str,
    pub(super) user: &'a str,
    pub(super) device: Option<&'a str>,
    pub(super) now_ms: i64,
    pub(super) now: String,
    fields: HashMap<String, Rc<[Field]>>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(
        db: &'a Connection,
        supplier: &'a str,
        user: &'a str,
        device: Option<&'a str>,
        now: (i64, String),
    ) -> Self {
        Self { db, supplier, user, device, now_ms: now.0, now: now.1, fields: HashMap::new() }
    }

    fn fields_of(&mut self, record_type: &str) -> rusqlite::Result<Rc<[Field]>> {
        if let Some(known) = self.fields.get(record_type) {
            return Ok(Rc::clone(known));
        }
        let fields: Rc<[Field]> = schema::fields(self.db, self.supplier, record_type)?.into();
        self.fields.insert(record_type.to_owned(), Rc::clone(&fields));
        Ok(fields)
    }

    fn origin(&self, op_id: &str) -> Value {
        json!({"device": self.device, "op_id": op_id})
    }
}

/// What is known of an op before it runs.
pub(super) struct Op<'a> {
    pub(super) op_id: &'a str,
    pub(super) kind: &'a str,
    pub(super) record_type: &'a str,
    pub(super) id: String,
    pub(super) sent: &'a Value,
}

fn result(op: &Op<'_>, status: &str, record: &Record) -> Value {
    json!({"op_id": op.op_id, "status": status, "id": record.id, "version": record.version})
}

pub(super) fn rejected(op: &Op<'_>, field: Option<&str>, code: &str, params: Value) -> Value {
    let mut json =
        json!({"op_id": op.op_id, "status": "rejected", "id": op.id, "code": code, "params": params});
    if let Some(field) = field {
        json["field"] = json!(field);
    }
    json
}

pub(super) fn run(writer: &mut Writer<'_>, op: &Op<'_>) -> Result<Value, Problem> {
    if !RECORD_TYPES.contains(&op.record_type) {
        return Ok(rejected(op, None, "unknown_type", json!({"type": op.record_type})));
    }
    match op.kind {
        "delete" => delete(writer, op),
        "restore" => restore_op(writer, op),
        _ => upsert(writer, op),
    }
}

fn conflict(writer: &Writer<'_>, op: &Op<'_>, record: &Record, code: &str) -> Result<Value, Problem> {
    let mut json = result(op, "conflict", record);
    json["code"] = json!(code);
    json["current"] = records::wire(writer.db, writer.supplier, record)?;
    Ok(json)
}

/// Whether the op expects another version than the stored one.
fn expectation_fails(op: &Op<'_>, record: &Record) -> bool {
    op.sent.get("expected_version").and_then(Value::as_i64).is_some_and(|expected| expected != record.version)
}

/// The record an op means: its id after the reference and the aliases had their say.
fn resolve(
    writer: &Writer<'_>,
    op: &Op<'_>,
) -> Result<Result<(String, Option<ExternalRef>), Value>, Problem> {
    let (db, supplier) = (writer.db, writer.supplier);
    let own = records::canonical_id(db, supplier, &op.id)?;
    let Some(reference) = op.sent.get("external_ref").and_then(ExternalRef::parse) else {
        return Ok(Ok((own, None)));
    };
    let Some((held_type, held_id)) = reference.holder(db, supplier)? else {
        return Ok(Ok((own, Some(reference))));
    };
    if held_id == own {
        return Ok(Ok((own, Some(reference))));
    }
    if !records::is_live(db, supplier, &held_type, &held_id)? {
        // Only a deleted record holds it: the reference moves to the record that is meant now.
        return Ok(Ok((own, Some(reference))));
    }
    if held_type != op.record_type {
        return Ok(Err(rejected(op, None, "reference_taken", json!({"type": held_type, "id": held_id}))));
    }
    if records::load(db, supplier, &own)?.is_some() {
        // Two records of the supplier claim one record of the CRM; which is right is a person's decision.
        return Ok(Err(rejected(op, None, "reference_taken", json!({"type": held_type, "id": held_id}))));
    }
    records::add_alias(db, supplier, &op.id, &held_id)?;
    Ok(Ok((held_id, Some(reference))))
}

fn upsert(writer: &mut Writer<'_>, op: &Op<'_>) -> Result<Value, Problem> {
    let (db, supplier) = (writer.db, writer.supplier);
    let (id, reference) = match resolve(writer, op)? {
        Ok(resolved) => resolved,
        Err(rejection) => return Ok(rejection),
    };
    let held = records::load(db, supplier, &id)?;
    if let Some(held) = &held {
        if held.kind != op.record_type {
            return Ok(rejected(op, None, "type_differs", json!({"type": held.kind})));
        }
        if held.deleted_at.is_some() {
            return conflict(writer, op, held, "deleted");
        }
    }
    let fields = writer.fields_of(op.record_type)?;
    let before = held.as_ref().map(|record| record.fields.clone()).unwrap_or_default();
    let sent = op.sent.get("fields").and_then(Value::as_object).cloned().unwrap_or_default();
    let change = match change(writer, op, &fields, &before, &sent)? {
        Ok(change) => change,
        Err(rejection) => return Ok(rejection),
    };
    let differs = change.after != before;
    let mut record = match held {
        // An op that expects version 0 says "make it"; when the same is there already, nothing is lost.
        Some(held) if differs && expectation_fails(op, &held) => {
            return conflict(writer, op, &held, "version");
        }
        Some(held) => held,
        None if op
            .sent
            .get("expected_version")
            .and_then(Value::as_i64)
            .is_some_and(|version| version > 0) =>
        {
            return Ok(rejected(op, None, "not_found", json!({})));
        }
        None => Record {
            kind: op.record_type.to_owned(),
            id,
            version: 0,
            fields: Map::new(),
            meta: Map::new(),
            origin: Value::Null,
            created_at: writer.now.clone(),
            changed_at: writer.now.clone(),
            deleted_at: None,
            erased: false,
            seq: 0,
        },
    };
    let reference_is_new = match &reference {
        Some(reference) => reference.holder(db, supplier)?.is_none_or(|(_, holder)| holder != record.id),
        None => false,
    };
    let removed = match op.sent.get("remove_external_ref").and_then(ExternalRef::parse) {
        Some(removed) => {
            removed.holder(db, supplier)?.filter(|(_, holder)| *holder == record.id).map(|_| removed)
        }
        None => None,
    };
    if let Some(missing) = missing_target(writer, op, &record, &change, &fields)? {
        return Ok(missing);
    }
    let status = match (record.version, differs, reference_is_new || removed.is_some()) {
        (0, ..) => "created",
        (_, false, false) => "unchanged",
        _ => "updated",
    };
    if status != "unchanged" {
        stamp(writer, op.op_id, &mut record, change.after);
        if let Some(removed) = &removed {
            removed.detach(db, supplier)?;
        }
        if let Some(reference) = &reference {
            reference.attach(db, supplier, op.record_type, &record.id)?;
        }
        records::save(db, supplier, &mut record, &fields)?;
    }
    let mut json = result(op, status, &record);
    let read_back: Map<String, Value> = change
        .tidied
        .into_iter()
        .map(|key| (key.clone(), record.fields.get(&key).cloned().unwrap_or(Value::Null)))
        .collect();
    if !read_back.is_empty() {
        json["fields"] = Value::Object(read_back);
    }
    Ok(json)
}

/// What an upsert makes of a record's fields.
struct Change {
    after: Map<String, Value>,
    /// Fields whose stored value is not the one that was sent.
    tidied: Vec<String>,
}

fn change(
    writer: &Writer<'_>,
    op: &Op<'_>,
    fields: &[Field],
    before: &Map<String, Value>,
    sent: &Map<String, Value>,
) -> Result<Result<Change, Value>, Problem> {
    // Ids of records that another computer made first are replaced wherever they are pointed at.
    let rename = |id: &str| {
        let id = values::uuid(id).unwrap_or_else(|| id.to_owned());
        records::canonical_id(writer.db, writer.supplier, &id).unwrap_or(id)
    };
    let mut after = before.clone();
    let mut tidied = Vec::new();
    for (key, value) in sent {
        let Some(field) = fields.iter().find(|field| field.key == *key) else {
            return Ok(Err(rejected(op, Some(key), "unknown_field", json!({}))));
        };
        if field.read_only {
            return Ok(Err(rejected(op, Some(key), "read_only", json!({}))));
        }
        let stored = match field.kind {
            Kind::Array => values::keyed_list(field, before.get(key), value, &rename),
            _ => values::scalar(field, value).map(|stored| {
                let stored = match (field.kind, stored) {
                    (Kind::Reference, Some(Value::String(id))) => Some(json!(rename(&id))),
                    (_, stored) => stored,
                };
                let as_sent = stored.as_ref().unwrap_or(&Value::Null) == value;
                (stored, as_sent)
            }),
        };
        let (stored, as_sent) = match stored {
            Ok(stored) => stored,
            Err(Refused { code, params }) => return Ok(Err(rejected(op, Some(key), code, params))),
        };
        if !as_sent {
            tidied.push(key.clone());
        }
        match stored {
            Some(stored) => after.insert(key.clone(), stored),
            None => after.shift_remove(key),
        };
    }
    for field in fields.iter().filter(|field| field.required) {
        if !after.contains_key(&field.key) {
            return Ok(Err(rejected(op, Some(&field.key), "required", json!({}))));
        }
    }
    after.sort_keys();
    if op.record_type == "form" {
        let template = after.get("template_id").and_then(Value::as_str).unwrap_or_default();
        if !super::extras::is_template(template) {
            return Ok(Err(rejected(op, Some("template_id"), "unknown_template", json!({}))));
        }
    }
    Ok(Ok(Change { after, tidied }))
}

/// Rejects a change that points at a record which is not there.
fn missing_target(
    writer: &Writer<'_>,
    op: &Op<'_>,
    record: &Record,
    change: &Change,
    fields: &[Field],
) -> Result<Option<Value>, Problem> {
    let after = Record { fields: change.after.clone(), ..record.clone() };
    let before = records::targets(record, fields);
    for target in records::targets(&after, fields) {
        let (field, id, target_type) = target;
        if before.contains(&target) || records::is_live(writer.db, writer.supplier, target_type, id)? {
            continue;
        }
        return Ok(Some(rejected(op, Some(field), "parent_missing", json!({"type": target_type, "id": id}))));
    }
    Ok(None)
}

/// Sets the new fields with version, time and origin per changed field.
fn stamp(writer: &Writer<'_>, op_id: &str, record: &mut Record, after: Map<String, Value>) {
    let origin = writer.origin(op_id);
    let keys: std::collections::BTreeSet<&String> = record.fields.keys().chain(after.keys()).collect();
    for key in keys {
        if record.fields.get(key) != after.get(key) {
            record.meta.insert(
                key.clone(),
                json!({"changed_at": writer.now, "changed_by": writer.user, "origin": origin}),
            );
        }
    }
    record.fields = after;
    record.version += 1;
    record.changed_at.clone_from(&writer.now);
    record.origin = origin;
}

fn delete(writer: &mut Writer<'_>, op: &Op<'_>) -> Result<Value, Problem> {
    let (db, supplier) = (writer.db, writer.supplier);
    let id = records::canonical_id(db, supplier, &op.id)?;
    let Some(mut record) = records::load(db, supplier, &id)?.filter(|record| record.kind == op.record_type)
    else {
        return Ok(rejected(op, None, "not_found", json!({})));
    };
    if record.deleted_at.is_some() {
        return Ok(result(op, "unchanged", &record));
    }
    if expectation_fails(op, &record) {
        return conflict(writer, op, &record, "version");
    }
    if let Some((child_type, child_id)) = records::live_child(db, supplier, &id)? {
        return Ok(rejected(op, None, "has_children", json!({"type": child_type, "id": child_id})));
    }
    let fields = writer.fields_of(op.record_type)?;
    let unchanged = record.fields.clone();
    stamp(writer, op.op_id, &mut record, unchanged);
    record.deleted_at = Some(writer.now.clone());
    records::save(db, supplier, &mut record, &fields)?;
    Ok(result(op, "deleted", &record))
}

pub(super) fn restore_op(writer: &mut Writer<'_>, op: &Op<'_>) -> Result<Value, Problem> {
    let (db, supplier) = (writer.db, writer.supplier);
    let id = records::canonical_id(db, supplier, &op.id)?;
    let Some(mut record) = records::load(db, supplier, &id)?.filter(|record| record.kind == op.record_type)
    else {
        return Ok(rejected(op, None, "not_found", json!({})));
    };
    let Some(deleted_at) = &record.deleted_at else { return Ok(result(op, "unchanged", &record)) };
    let deleted_ms = deleted_at.parse::<jiff::Timestamp>().map_or(0, |at| at.as_millisecond());
    if record.erased || writer.now_ms - deleted_ms > RESTORE_MS {
        return Ok(rejected(op, None, "restore_expired", json!({})));
    }
    if expectation_fails(op, &record) {
        return conflict(writer, op, &record, "version");
    }
    let fields = writer.fields_of(op.record_type)?;
    for (field, target, target_type) in records::targets(&record, &fields) {
        if !records::is_live(db, supplier, target_type, target)? {
            return Ok(rejected(
                op,
                Some(field),
                "parent_missing",
                json!({"type": target_type, "id": target}),
            ));
        }
    }
    let unchanged = record.fields.clone();
    stamp(writer, op.op_id, &mut record, unchanged);
    record.deleted_at = None;
    records::save(db, supplier, &mut record, &fields)?;
    Ok(result(op, "restored", &record))
}

/// Creates one record as WedSync's own screens would, for seeding; the fields are taken as they are.
pub(super) fn enter_by_hand(
    writer: &mut Writer<'_>,
    record_type: &str,
    fields: Map<String, Value>,
) -> rusqlite::Result<String> {
    let id = uuid::Uuid::now_v7().to_string();
    let known = writer.fields_of(record_type)?;
    let mut record = Record {
        kind: record_type.to_owned(),
        id: id.clone(),
        version: 0,
        fields: Map::new(),
        meta: Map::new(),
        origin: Value::Null,
        created_at: writer.now.clone(),
        changed_at: writer.now.clone(),
        deleted_at: None,
        erased: false,
        seq: 0,
    };
    let mut fields = fields;
    fields.sort_keys();
    stamp(writer, "", &mut record, fields);
    record.origin = Value::Null;
    for meta in record.meta.values_mut() {
        meta["origin"] = Value::Null;
    }
    records::save(writer.db, writer.supplier, &mut record, &known)?;
    Ok(id)
}

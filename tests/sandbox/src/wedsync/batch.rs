//! `POST /records/batch`: the only way in. Ops run in order and one by one; each has its own result.
//!
//! Two idempotencies, as MODEL 7 and 8 need them: the whole batch by its key and body digest, each op by its id and
//! digest. Results are kept per op only, so that erasing a person has one place to clean.

use std::collections::HashMap;
use std::rc::Rc;

use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::{Map, Value, json};

use super::accounts::Caller;
use super::control::{Shared, lock};
use super::db::{canonical, digest, stored_json};
use super::http::{Incoming, Problem, Reply};
use super::records::{self, ExternalRef, Record};
use super::schema::{self, Field, Kind, RECORD_TYPES};
use super::values::{self, Refused};

/// The most ops of one batch.
pub(super) const MAX_OPS: usize = 200;
/// How long results are kept for a resend.
const KEEP_MS: i64 = 90 * 24 * 3_600_000;
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
struct Op<'a> {
    op_id: &'a str,
    kind: &'a str,
    record_type: &'a str,
    id: String,
    sent: &'a Value,
}

fn result(op: &Op<'_>, status: &str, record: &Record) -> Value {
    json!({"op_id": op.op_id, "status": status, "id": record.id, "version": record.version})
}

fn rejected(op: &Op<'_>, field: Option<&str>, code: &str, params: Value) -> Value {
    let mut json =
        json!({"op_id": op.op_id, "status": "rejected", "id": op.id, "code": code, "params": params});
    if let Some(field) = field {
        json["field"] = json!(field);
    }
    json
}

/// `POST /records/batch`.
pub(super) fn post(shared: &Shared, caller: &Caller, incoming: &Incoming) -> Result<Reply, Problem> {
    caller.may_write()?;
    let key = incoming
        .header("idempotency-key")
        .filter(|key| !key.is_empty() && key.len() <= 128)
        .ok_or_else(|| Problem::new(400, "idempotency_key_missing"))?;
    let body = incoming.json()?;
    let ops = body.get("ops").and_then(Value::as_array).ok_or_else(|| Problem::invalid("ops"))?;
    if ops.is_empty() || ops.len() > MAX_OPS {
        return Err(Problem::new(400, "too_many_ops").with("limit", MAX_OPS));
    }
    let body_digest = digest(&incoming.body);
    let mut db = shared.db();
    let now_ms = shared.now_ms();
    let tx = db.transaction()?;
    tx.execute(
        "DELETE FROM batches WHERE supplier = ?1 AND at < ?2",
        params![caller.supplier, now_ms - KEEP_MS],
    )?;
    tx.execute(
        "DELETE FROM ops WHERE supplier = ?1 AND at < ?2",
        params![caller.supplier, now_ms - KEEP_MS],
    )?;

    if let Some(reply) = replay(&tx, &caller.supplier, key, &body_digest)? {
        return Ok(reply);
    }
    // Device and lease travel in headers: a batch is resent byte-equal under a renewed lease.
    let device = incoming.header("wedsync-device").filter(|device| device.len() <= 128);
    super::leases::check_fence(&tx, &caller.supplier, incoming.header("wedsync-lease"))?;

    let mut parsed = Vec::with_capacity(ops.len());
    for (index, sent) in ops.iter().enumerate() {
        let op = parse(sent).ok_or_else(|| Problem::invalid(&format!("ops.{index}")))?;
        let op_digest = digest(canonical(sent).as_bytes());
        let held: Option<(String, String)> = tx
            .prepare_cached("SELECT digest, result FROM ops WHERE supplier = ?1 AND op_id = ?2")?
            .query_row([&caller.supplier, op.op_id], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let repeated = parsed.iter().any(|(other, ..): &(Op<'_>, _, _)| other.op_id == op.op_id);
        if repeated || held.as_ref().is_some_and(|(held, _)| *held != op_digest) {
            return Err(Problem::new(409, "op_reused").with("op_id", op.op_id));
        }
        parsed.push((op, op_digest, held.map(|(_, result)| result)));
    }

    let switches = lock(&shared.switches);
    let mut writer = Writer::new(&tx, &caller.supplier, &caller.user, device, (now_ms, shared.now_text()));
    let mut results = Vec::with_capacity(parsed.len());
    for (op, op_digest, held) in &parsed {
        if let Some(held) = held {
            results.push(stored_json(held)?);
            continue;
        }
        let switched = switches.reject.as_ref().and_then(|reject| reject(op.sent));
        let outcome = match switched {
            Some(rejection) => rejected(op, rejection.field.as_deref(), &rejection.code, json!({})),
            None => run(&mut writer, op)?,
        };
        tx.prepare_cached(
            "INSERT INTO ops (supplier, op_id, digest, result, record_id, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            caller.supplier,
            op.op_id,
            op_digest,
            outcome.to_string(),
            outcome["id"].as_str(),
            now_ms
        ])?;
        results.push(outcome);
    }
    drop(switches);
    let op_ids: Vec<&str> = parsed.iter().map(|(op, ..)| op.op_id).collect();
    tx.execute(
        "INSERT INTO batches (supplier, key, digest, op_ids, at) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![caller.supplier, key, body_digest, json!(op_ids).to_string(), now_ms],
    )?;
    tx.commit()?;
    Ok(Reply::json(200, json!({"results": results, "replayed": false})))
}

fn replay(db: &Connection, supplier: &str, key: &str, body_digest: &str) -> Result<Option<Reply>, Problem> {
    let held: Option<(String, String)> = db
        .query_row(
            "SELECT digest, op_ids FROM batches WHERE supplier = ?1 AND key = ?2",
            [supplier, key],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    let Some((held_digest, op_ids)) = held else { return Ok(None) };
    if held_digest != body_digest {
        return Err(Problem::new(409, "batch_reused"));
    }
    let mut results = Vec::new();
    for op_id in stored_json(&op_ids)?.as_array().into_iter().flatten().filter_map(Value::as_str) {
        let text: String = db
            .prepare_cached("SELECT result FROM ops WHERE supplier = ?1 AND op_id = ?2")?
            .query_row([supplier, op_id], |row| row.get(0))?;
        results.push(stored_json(&text)?);
    }
    Ok(Some(Reply::json(200, json!({"results": results, "replayed": true}))))
}

/// The op's frame; `None` when it is not one at all, which is the caller's fault and not a record's.
fn parse(sent: &Value) -> Option<Op<'_>> {
    let map = sent.as_object()?;
    let known = [
        "op_id",
        "action",
        "type",
        "id",
        "external_ref",
        "remove_external_ref",
        "fields",
        "expected_version",
    ];
    if map.keys().any(|key| !known.contains(&key.as_str())) {
        return None;
    }
    let op_id = map.get("op_id")?.as_str().filter(|id| !id.is_empty() && id.len() <= 128)?;
    let kind = map.get("action")?.as_str().filter(|kind| ["upsert", "delete", "restore"].contains(kind))?;
    if map.get("expected_version").is_some_and(|version| !version.is_null() && version.as_u64().is_none()) {
        return None;
    }
    if map.get("fields").is_some_and(|fields| !fields.is_object()) {
        return None;
    }
    let bad_ref =
        |name: &str| map.get(name).is_some_and(|held| !held.is_null() && ExternalRef::parse(held).is_none());
    if bad_ref("external_ref") || bad_ref("remove_external_ref") {
        return None;
    }
    Some(Op {
        op_id,
        kind,
        record_type: map.get("type")?.as_str()?,
        id: values::uuid(map.get("id")?.as_str()?)?,
        sent,
    })
}

fn run(writer: &mut Writer<'_>, op: &Op<'_>) -> Result<Value, Problem> {
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

fn restore_op(writer: &mut Writer<'_>, op: &Op<'_>) -> Result<Value, Problem> {
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

/// `POST /records/{type}/{id}/restore`: the restore op for one record, outside any batch.
pub(super) fn restore(
    shared: &Shared,
    caller: &Caller,
    record_type: &str,
    id: &str,
) -> Result<Reply, Problem> {
    caller.may_write()?;
    let id = values::uuid(id).ok_or_else(|| Problem::new(404, "not_found"))?;
    let mut db = shared.db();
    let tx = db.transaction()?;
    let mut writer =
        Writer::new(&tx, &caller.supplier, &caller.user, None, (shared.now_ms(), shared.now_text()));
    let op_id = uuid::Uuid::now_v7().to_string();
    let op = Op { op_id: &op_id, kind: "restore", record_type, id: id.clone(), sent: &Value::Null };
    let outcome = restore_op(&mut writer, &op)?;
    match outcome["code"].as_str() {
        None => {}
        Some("not_found") => return Err(Problem::new(404, "not_found")),
        Some("restore_expired") => return Err(Problem::new(410, "restore_expired")),
        Some(_) => return Err(Problem::new(409, "parent_missing").with("parent", outcome["params"].clone())),
    }
    let id = records::canonical_id(&tx, &caller.supplier, &id)?;
    let record = records::load(&tx, &caller.supplier, &id)?.ok_or_else(|| Problem::new(404, "not_found"))?;
    let body = records::wire(&tx, &caller.supplier, &record)?;
    tx.commit()?;
    Ok(Reply::json(200, body))
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

//! `POST /records/batch`: the only way in. Ops run in order and one by one; each has its own result.
//!
//! Two idempotencies, as MODEL 7 and 8 need them: the whole batch by its key and body digest, each op by its id and
//! digest. Results are kept per op only, so that erasing a person has one place to clean.

use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::{Value, json};

use super::accounts::Caller;
use super::control::{Shared, lock};
use super::db::{canonical, digest, stored_json};
use super::http::{Incoming, Problem, Reply};
use super::ops::{Op, Writer, rejected, restore_op, run};
use super::records::{self, ExternalRef};
use super::values;

/// The most ops of one batch.
pub(super) const MAX_OPS: usize = 200;
/// How long results are kept for a resend.
const KEEP_MS: i64 = 90 * 24 * 3_600_000;

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

    if let Some(reply) = replay(&tx, &caller.supplier, key, Some(&body_digest))? {
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

/// `GET /records/batch/{key}`: what sending it again would answer.
pub(super) fn results(shared: &Shared, caller: &Caller, key: &str) -> Result<Reply, Problem> {
    caller.may_write()?;
    replay(&shared.db(), &caller.supplier, key, None)?.ok_or_else(|| Problem::new(404, "batch_unknown"))
}

/// The stored results of a batch; with a digest only for the same bytes.
fn replay(
    db: &Connection,
    supplier: &str,
    key: &str,
    body_digest: Option<&str>,
) -> Result<Option<Reply>, Problem> {
    let held: Option<(String, String)> = db
        .query_row(
            "SELECT digest, op_ids FROM batches WHERE supplier = ?1 AND key = ?2",
            [supplier, key],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    let Some((held_digest, op_ids)) = held else { return Ok(None) };
    if body_digest.is_some_and(|digest| digest != held_digest) {
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

//! The relay: addresses that take events from automations, and the events in the order in which they were taken.

use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::{Map, Value, json};

use super::accounts::Caller;
use super::control::Shared;
use super::db::{random_text, stored_json};
use super::http::{Incoming, Problem, Reply};
use super::reads::{cursor, cut, limit, read_cursor};
use super::values;

/// How long an event is kept.
const KEPT_MS: i64 = 30 * 24 * 3_600_000;
/// Largest delivery, in bytes.
const LARGEST: usize = 256 * 1024;
/// Events of one delivery at most.
const MOST: usize = 100;

fn inbox(shared: &Shared, db: &Connection, caller: &Caller, id: &str) -> Result<Option<Value>, Problem> {
    let found = db
        .query_row(
            "SELECT provider, name, token, created_at FROM relay_inboxes WHERE supplier = ?1 AND id = ?2",
            [&caller.supplier, id],
            |row| {
                let token: String = row.get(2)?;
                Ok(json!({
                    "id": id, "provider": row.get::<_, String>(0)?, "name": row.get::<_, String>(1)?,
                    "address": format!("{}/v1/relay/in/{token}", shared.base),
                    "created_at": row.get::<_, String>(3)?,
                }))
            },
        )
        .optional()?;
    Ok(found)
}

/// `PUT /relay/inboxes/{id}`.
pub(super) fn put_inbox(
    shared: &Shared,
    caller: &Caller,
    id: &str,
    incoming: &Incoming,
) -> Result<Reply, Problem> {
    caller.may_write()?;
    let id = values::uuid(id).ok_or_else(|| Problem::invalid("id"))?;
    let body = incoming.json()?;
    let text = |name: &str| {
        body.get(name)
            .and_then(Value::as_str)
            .map(str::trim)
            .filter(|text| !text.is_empty() && text.len() <= 256)
            .ok_or_else(|| Problem::invalid(name))
    };
    let (provider, name) = (text("provider")?, text("name")?);
    let db = shared.db();
    let held = inbox(shared, &db, caller, &id)?;
    if held.as_ref().is_some_and(|held| held["provider"] != provider) {
        return Err(Problem::new(409, "inbox_differs"));
    }
    db.execute(
        "INSERT INTO relay_inboxes (supplier, id, token, provider, name, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (supplier, id) DO UPDATE SET name = excluded.name",
        params![caller.supplier, id, random_text()?, provider, name, shared.now_text()],
    )?;
    let status = if held.is_some() { 200 } else { 201 };
    let body = inbox(shared, &db, caller, &id)?.ok_or_else(|| Problem::new(500, "internal"))?;
    Ok(Reply::json(status, body))
}

/// `DELETE /relay/inboxes/{id}`.
pub(super) fn end_inbox(shared: &Shared, caller: &Caller, id: &str) -> Result<Reply, Problem> {
    caller.may_write()?;
    let db = shared.db();
    let ended =
        db.execute("DELETE FROM relay_inboxes WHERE supplier = ?1 AND id = ?2", [&caller.supplier, id])?;
    db.execute("DELETE FROM relay WHERE supplier = ?1 AND inbox = ?2", [&caller.supplier, id])?;
    Ok(Reply::json(200, json!({"ended": ended > 0})))
}

/// `POST /relay/in/{token}`.
pub(super) fn take(shared: &Shared, token: &str, incoming: &Incoming) -> Result<Reply, Problem> {
    let mut db = shared.db();
    let (supplier, inbox, provider): (String, String, String) = db
        .query_row("SELECT supplier, id, provider FROM relay_inboxes WHERE token = ?1", [token], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?
        .ok_or_else(|| Problem::new(404, "inbox_unknown"))?;
    if incoming.body.len() > LARGEST {
        return Err(Problem::new(413, "body_too_large").with("limit", LARGEST));
    }
    let events = events_of(incoming)?;
    let tx = db.transaction()?;
    for event in &events {
        tx.execute(
            "INSERT INTO relay (supplier, provider, payload, at, inbox, kept_until) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![supplier, provider, event.to_string(), shared.now_text(), inbox, shared.now_ms() + KEPT_MS],
        )?;
    }
    tx.commit()?;
    Ok(Reply::json(202, json!({"taken": events.len()})))
}

/// The events of a delivery: an object is one, a list of objects is several, a form is one.
fn events_of(incoming: &Incoming) -> Result<Vec<Value>, Problem> {
    let kind = incoming.header("content-type").unwrap_or("application/json").to_ascii_lowercase();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_owned();
    if kind == "application/x-www-form-urlencoded" {
        let fields: Map<String, Value> =
            incoming.form().into_iter().map(|(name, value)| (name, json!(value))).collect();
        return Ok(vec![Value::Object(fields)]);
    }
    if kind != "application/json" && !kind.ends_with("+json") {
        return Err(Problem::new(415, "unsupported_encoding"));
    }
    match serde_json::from_slice(&incoming.body) {
        Ok(event @ Value::Object(_)) => Ok(vec![event]),
        Ok(Value::Array(events)) if events.len() <= MOST && events.iter().all(Value::is_object) => Ok(events),
        Ok(_) => Err(Problem::invalid("body")),
        Err(source) => Err(Problem::new(400, "malformed_json").with("detail", source.to_string())),
    }
}

/// Removes what is past its time, and remembers up to where.
fn forget(shared: &Shared, db: &Connection, supplier: &str) -> Result<i64, Problem> {
    let last: Option<i64> = db.query_row(
        "SELECT max(id) FROM relay WHERE supplier = ?1 AND kept_until <= ?2",
        params![supplier, shared.now_ms()],
        |row| row.get(0),
    )?;
    if let Some(last) = last {
        db.execute("DELETE FROM relay WHERE supplier = ?1 AND id <= ?2", params![supplier, last])?;
        db.execute(
            "INSERT INTO relay_gone (supplier, last) VALUES (?1, ?2)
             ON CONFLICT (supplier) DO UPDATE SET last = max(last, excluded.last)",
            params![supplier, last],
        )?;
    }
    let gone = db
        .query_row("SELECT last FROM relay_gone WHERE supplier = ?1", [supplier], |row| row.get(0))
        .optional()?;
    Ok(gone.unwrap_or(0))
}

/// `GET /relay`.
pub(super) fn read(shared: &Shared, caller: &Caller, incoming: &Incoming) -> Result<Reply, Problem> {
    let limit = limit(incoming)?;
    let db = shared.db();
    let gone = forget(shared, &db, &caller.supplier)?;
    let after = match read_cursor(shared, incoming, "relay")? {
        None => 0,
        Some(text) => {
            let after: i64 = text.parse().map_err(|_| Problem::invalid("cursor"))?;
            if after < gone {
                return Err(Problem::new(410, "cursor_expired"));
            }
            after
        }
    };
    let wanted = incoming.query("inbox");
    let mut statement = db.prepare_cached(
        "SELECT id, provider, payload, at, inbox FROM relay
         WHERE supplier = ?1 AND id > ?2 AND (?3 IS NULL OR inbox = ?3) ORDER BY id LIMIT ?4",
    )?;
    let mut rows: Vec<(i64, Value)> = statement
        .query_map(params![caller.supplier, after, wanted, limit + 1], |row| {
            let id: i64 = row.get(0)?;
            let payload = stored_json(&row.get::<_, String>(2)?)?;
            let event = json!({
                "id": id.to_string(), "seq": id, "provider": row.get::<_, String>(1)?,
                "inbox": row.get::<_, Option<String>>(4)?,
                "received_at": row.get::<_, String>(3)?, "payload": payload,
            });
            Ok((id, event))
        })?
        .collect::<rusqlite::Result<_>>()?;
    let more = cut(&mut rows, limit);
    // A cursor never falls behind what is gone: with nothing new it stands at the newest event of all.
    let newest: i64 = db.query_row(
        "SELECT coalesce(max(id), 0) FROM relay WHERE supplier = ?1",
        [&caller.supplier],
        |row| row.get(0),
    )?;
    let last = match rows.last() {
        Some((id, _)) if more => *id,
        _ => newest.max(after).max(gone),
    };
    let events: Vec<Value> = rows.into_iter().map(|(_, event)| event).collect();
    Ok(Reply::json(
        200,
        json!({"events": events, "cursor": cursor(shared, "relay", &last.to_string()), "more": more}),
    ))
}

//! Connections as cloud objects, and the lease that lets one machine at a time sync one of them.

use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::{Value, json};

use super::accounts::{self, Caller};
use super::control::Shared;
use super::db::stored_json;
use super::http::{Incoming, Problem, Reply};
use super::values;

fn connection_id(text: &str) -> Result<String, Problem> {
    values::uuid(text).ok_or_else(|| Problem::new(404, "connection_unknown"))
}

fn load(db: &Connection, caller: &Caller, id: &str) -> Result<Option<Value>, Problem> {
    let row = db
        .query_row(
            "SELECT body, created_at, changed_at FROM connections WHERE supplier = ?1 AND id = ?2",
            [&caller.supplier, id],
            |row| {
                let mut body = stored_json(&row.get::<_, String>(0)?)?;
                body["id"] = json!(id);
                body["created_at"] = json!(row.get::<_, String>(1)?);
                body["changed_at"] = json!(row.get::<_, String>(2)?);
                Ok(body)
            },
        )
        .optional()?;
    Ok(row)
}

/// `PUT /connections/{id}`: 201 when made, 200 when it was there; provider and account never change.
pub(super) fn put_connection(
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
    let stored = json!({"provider": text("provider")?, "account": text("account")?, "name": text("name")?});
    let db = shared.db();
    let held = load(&db, caller, &id)?;
    if let Some(held) = &held {
        if held["provider"] != stored["provider"] || held["account"] != stored["account"] {
            return Err(Problem::new(409, "connection_differs"));
        }
    } else {
        accounts::check_connection_limit(&db, caller)?;
    }
    let now = shared.now_text();
    db.execute(
        "INSERT INTO connections (supplier, id, body, created_at, changed_at) VALUES (?1, ?2, ?3, ?4, ?4)
         ON CONFLICT DO UPDATE SET body = excluded.body, changed_at = excluded.changed_at",
        params![caller.supplier, id, stored.to_string(), now],
    )?;
    let status = if held.is_some() { 200 } else { 201 };
    let body = load(&db, caller, &id)?.ok_or_else(|| Problem::new(500, "internal"))?;
    Ok(Reply::json(status, body))
}

/// `GET /connections/{id}`.
pub(super) fn get_connection(shared: &Shared, caller: &Caller, id: &str) -> Result<Reply, Problem> {
    let id = connection_id(id)?;
    let body = load(&shared.db(), caller, &id)?.ok_or_else(|| Problem::new(404, "connection_unknown"))?;
    Ok(Reply::json(200, body))
}

/// `POST /leases/{connection}`: takes or renews the lease.
pub(super) fn acquire(
    shared: &Shared,
    caller: &Caller,
    connection: &str,
    incoming: &Incoming,
) -> Result<Reply, Problem> {
    caller.may_write()?;
    let connection = connection_id(connection)?;
    let body = incoming.json()?;
    let device = body
        .get("device_id")
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty() && text.len() <= 128)
        .ok_or_else(|| Problem::invalid("device_id"))?;
    let epoch = body
        .get("db_epoch")
        .and_then(Value::as_i64)
        .filter(|epoch| *epoch >= 0)
        .ok_or_else(|| Problem::invalid("db_epoch"))?;
    let db = shared.db();
    load(&db, caller, &connection)?.ok_or_else(|| Problem::new(404, "connection_unknown"))?;
    let now = shared.now_ms();
    let held: Option<(i64, String, i64, i64)> = db
        .query_row(
            "SELECT token, device, db_epoch, expires_at FROM leases WHERE supplier = ?1 AND connection = ?2",
            [&caller.supplier, &connection],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
        )
        .optional()?;
    let (token, last_epoch) = match &held {
        None => (1, epoch),
        Some((_, holder, _, expires_at)) if holder != device && *expires_at > now => {
            let seconds = u64::try_from(expires_at - now).unwrap_or_default().div_ceil(1000);
            return Err(Problem::new(409, "lease_held").header("retry-after", seconds.to_string()));
        }
        // Its own lease again, unless its database was swapped meanwhile: then what it sent before must not count.
        Some((token, holder, held_epoch, expires_at))
            if holder == device && *expires_at > now && *held_epoch == epoch =>
        {
            (*token, *held_epoch)
        }
        Some((token, _, held_epoch, _)) => (token + 1, *held_epoch),
    };
    db.execute(
        "INSERT INTO leases (supplier, connection, token, device, db_epoch, expires_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT DO UPDATE SET token = excluded.token, device = excluded.device,
           db_epoch = max(db_epoch, excluded.db_epoch), expires_at = excluded.expires_at",
        params![caller.supplier, connection, token, device, epoch, now + shared.lease_life_ms],
    )?;
    Ok(Reply::json(
        200,
        json!({"token": token.to_string(), "expires_in": shared.lease_life_ms / 1000, "last_epoch": last_epoch}),
    ))
}

/// Refuses a batch that carries a lease which is not the newest. Hand edits carry none.
pub(super) fn check_fence(db: &Connection, supplier: &str, lease: Option<&str>) -> Result<(), Problem> {
    let Some(lease) = lease else { return Ok(()) };
    let invalid = || Problem::invalid("WedSync-Lease");
    let (connection, token) = lease.split_once(' ').ok_or_else(invalid)?;
    let connection = values::uuid(connection).ok_or_else(invalid)?;
    let token: i64 = token.parse().map_err(|_| invalid())?;
    let newest: Option<i64> = db
        .query_row(
            "SELECT token FROM leases WHERE supplier = ?1 AND connection = ?2",
            params![supplier, connection],
            |row| row.get(0),
        )
        .optional()?;
    if newest != Some(token) {
        return Err(Problem::new(409, "fenced").with("connection", connection));
    }
    Ok(())
}

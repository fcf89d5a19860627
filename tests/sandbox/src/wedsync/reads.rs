//! Reading: one record, the full list, the change feed. Cursors are opaque to the caller and signed by generation.

use std::sync::atomic::Ordering;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rusqlite::params;
use serde_json::{Value, json};

use super::accounts::Caller;
use super::control::Shared;
use super::db::last_seq;
use super::http::{Incoming, Problem, Reply};
use super::schema::RECORD_TYPES;
use super::{records, values};

const DEFAULT_LIMIT: i64 = 200;
const MAX_LIMIT: i64 = 500;

/// Gives out a cursor for one use of one endpoint.
pub(super) fn cursor(shared: &Shared, purpose: &str, after: &str) -> String {
    let generation = shared.cursor_generation.load(Ordering::SeqCst);
    URL_SAFE_NO_PAD.encode(json!([generation, purpose, after]).to_string())
}

/// Reads a cursor back; `None` when none was given.
pub(super) fn read_cursor(
    shared: &Shared,
    incoming: &Incoming,
    purpose: &str,
) -> Result<Option<String>, Problem> {
    let Some(text) = incoming.query("cursor").filter(|text| !text.is_empty()) else { return Ok(None) };
    if incoming.expire_cursor {
        return Err(Problem::new(410, "cursor_expired"));
    }
    let invalid = || Problem::invalid("cursor");
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| invalid())?;
    let parts: Value = serde_json::from_slice(&bytes).map_err(|_| invalid())?;
    let (Some(generation), Some(held_purpose), Some(after)) =
        (parts[0].as_i64(), parts[1].as_str(), parts[2].as_str())
    else {
        return Err(invalid());
    };
    if held_purpose != purpose {
        return Err(invalid());
    }
    if generation != shared.cursor_generation.load(Ordering::SeqCst) {
        return Err(Problem::new(410, "cursor_expired"));
    }
    Ok(Some(after.to_owned()))
}

pub(super) fn limit(incoming: &Incoming) -> Result<i64, Problem> {
    match incoming.query("limit") {
        None => Ok(DEFAULT_LIMIT),
        Some(text) => text
            .parse()
            .ok()
            .filter(|limit| (1..=MAX_LIMIT).contains(limit))
            .ok_or_else(|| Problem::invalid("limit").with("limit", MAX_LIMIT)),
    }
}

/// Takes off what was read beyond the limit; whether there was any.
pub(super) fn cut<T>(page: &mut Vec<T>, limit: i64) -> bool {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = page.len() > limit;
    page.truncate(limit);
    more
}

/// `GET /records/{type}/{id}`; an id that another computer made for the same record finds it too.
pub(super) fn one(shared: &Shared, caller: &Caller, record_type: &str, id: &str) -> Result<Reply, Problem> {
    let missing = || Problem::new(404, "not_found");
    let db = shared.db();
    let id = values::uuid(id).ok_or_else(missing)?;
    let id = records::canonical_id(&db, &caller.supplier, &id)?;
    let record = records::load(&db, &caller.supplier, &id)?
        .filter(|record| record.kind == record_type)
        .ok_or_else(missing)?;
    Ok(Reply::json(200, records::wire(&db, &caller.supplier, &record)?))
}

/// `GET /records`: everything in id order, deleted records included.
pub(super) fn list(shared: &Shared, caller: &Caller, incoming: &Incoming) -> Result<Reply, Problem> {
    let limit = limit(incoming)?;
    let record_type = incoming.query("type");
    if record_type.is_some_and(|name| !RECORD_TYPES.contains(&name)) {
        return Err(Problem::invalid("type"));
    }
    let purpose = format!("list:{}", record_type.unwrap_or("*"));
    let after = read_cursor(shared, incoming, &purpose)?;
    let db = shared.db();
    // Taken before the first record is read, so that nothing falls between the list and the feed.
    let feed_cursor = match after {
        None => Some(cursor(shared, "feed", &last_seq(&db, &caller.supplier)?.to_string())),
        Some(_) => None,
    };
    let mut statement = db.prepare_cached(&records::select(
        "WHERE supplier = ?1 AND id > ?2 AND (?3 IS NULL OR type = ?3) ORDER BY id LIMIT ?4",
    ))?;
    let mut page: Vec<_> = statement
        .query_map(
            params![caller.supplier, after.unwrap_or_default(), record_type, limit + 1],
            records::from_row,
        )?
        .collect::<rusqlite::Result<_>>()?;
    let done = !cut(&mut page, limit);
    let mut body = json!({"done": done});
    if let (false, Some(last)) = (done, page.last()) {
        body["cursor"] = json!(cursor(shared, &purpose, &last.id));
    }
    if let Some(feed_cursor) = feed_cursor {
        body["feed_cursor"] = json!(feed_cursor);
    }
    if done {
        let total: i64 = db.query_row(
            "SELECT count(*) FROM records WHERE supplier = ?1 AND (?2 IS NULL OR type = ?2)",
            params![caller.supplier, record_type],
            |row| row.get(0),
        )?;
        body["total"] = json!(total);
    }
    let wire = page.iter().map(|record| records::wire(&db, &caller.supplier, record));
    body["records"] = Value::Array(wire.collect::<rusqlite::Result<_>>()?);
    Ok(Reply::json(200, body))
}

/// `GET /records/changes`: each changed record once, in the order of its last change, tombstones included.
pub(super) fn changes(shared: &Shared, caller: &Caller, incoming: &Incoming) -> Result<Reply, Problem> {
    let limit = limit(incoming)?;
    let after: i64 = match read_cursor(shared, incoming, "feed")? {
        Some(text) => text.parse().map_err(|_| Problem::invalid("cursor"))?,
        None => 0,
    };
    let db = shared.db();
    let mut statement =
        db.prepare_cached(&records::select("WHERE supplier = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3"))?;
    let mut page: Vec<_> = statement
        .query_map(params![caller.supplier, after, limit + 1], records::from_row)?
        .collect::<rusqlite::Result<_>>()?;
    let more = cut(&mut page, limit);
    let last = page.last().map_or(after, |record| record.seq);
    let wire = page.iter().map(|record| records::wire(&db, &caller.supplier, record));
    Ok(Reply::json(
        200,
        json!({
            "changes": wire.collect::<rusqlite::Result<Vec<_>>>()?,
            "cursor": cursor(shared, "feed", &last.to_string()), "more": more,
        }),
    ))
}

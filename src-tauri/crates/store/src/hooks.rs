//! `hooks`, `hook_events`, `hook_changes`: places that are told of WedSync's changes, and what they are told.
//!
//! What changed is noted by triggers on `wedsync_records`, in whatever transaction changes it: no path into the mirror can
//! forget it, and nothing is noted while no place wants it. Whether a bridge brought a change in is read from the outbox, not
//! from a mark that a kill could lose.

use hub_core::ports::{
    Actor, CloudRecord, Happened, Hook, HookChange, HookCounts, HookEvent, HookEventState, HookKind,
    HookState, HookStore, HookTells, INBOX_PREFIX, NewHookEvent, Settled, StoreResult, ToldClient,
};
use hub_core::record::{RecordKey, RecordType};
use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{Connection, OptionalExtension, Row, Transaction};
use serde_json::Value as Json;

use crate::audit::Entry;
use crate::error::{DbError, DbResult, not_found};
use crate::jobs::count;
use crate::mirror;
use crate::plan::{record_type, text};
use crate::store::Store;
use crate::time::{nanos, stamp};

const HOOK: &str = "SELECT id, supplier_id, kind, provider, name, host, tells, state, why, not_before, created_at FROM hooks";
const EVENT: &str = "SELECT e.seq, e.id, h.id, e.kind, e.record_type, e.record_id, e.client_id, e.body, e.state,
    e.attempts, e.due_at, e.first_sent_at, e.created_at, e.why FROM hook_events e JOIN hooks h ON h.no = e.hook";

fn json(row: &Row<'_>, at: usize) -> DbResult<Option<Json>> {
    let stored: Option<String> = row.get(at)?;
    Ok(stored.as_deref().map(serde_json::from_str).transpose()?)
}

fn named<T>(found: Option<T>, column: &'static str) -> DbResult<T> {
    found.ok_or(DbError::Name { column })
}

fn read_hook(row: &Row<'_>) -> DbResult<Hook> {
    Ok(Hook {
        id: row.get(0)?,
        supplier_id: row.get(1)?,
        kind: named(HookKind::parse(text(row, 2)?), "hooks.kind")?,
        provider: row.get(3)?,
        name: row.get(4)?,
        host: row.get(5)?,
        tells: named(HookTells::parse(text(row, 6)?), "hooks.tells")?,
        state: named(HookState::parse(text(row, 7)?), "hooks.state")?,
        why: json(row, 8)?,
        not_before: row.get::<_, Option<i64>>(9)?.map(stamp),
        created_at: stamp(row.get(10)?),
    })
}

fn read_event(row: &Row<'_>) -> DbResult<HookEvent> {
    Ok(HookEvent {
        seq: count(row.get(0)?),
        id: row.get(1)?,
        hook_id: row.get(2)?,
        happened: named(Happened::parse(text(row, 3)?), "hook_events.kind")?,
        key: RecordKey::new(record_type(text(row, 4)?)?, row.get::<_, String>(5)?),
        client_id: row.get(6)?,
        body: row.get(7)?,
        state: named(HookEventState::parse(text(row, 8)?), "hook_events.state")?,
        attempts: row.get(9)?,
        due_at: stamp(row.get(10)?),
        first_sent_at: row.get::<_, Option<i64>>(11)?.map(stamp),
        created_at: stamp(row.get(12)?),
        why: json(row, 13)?,
    })
}

fn hook_no(connection: &Connection, id: &str) -> DbResult<i64> {
    connection
        .prepare_cached("SELECT no FROM hooks WHERE id = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()?
        .ok_or_else(|| not_found("hook", id))
}

/// Queues one event; whether it stands in the queue.
fn queue(tx: &Transaction<'_>, event: &NewHookEvent) -> DbResult<bool> {
    let hook = hook_no(tx, &event.hook_id)?;
    let (record_type, record_id) = (event.key.record_type.as_str(), &event.key.id);
    let last: Option<(i64, String, String, i64)> = tx
        .prepare_cached(
            "SELECT seq, digest, state, attempts FROM hook_events
             WHERE hook = ?1 AND record_type = ?2 AND record_id = ?3 ORDER BY seq DESC LIMIT 1",
        )?
        .query_row((hook, record_type, record_id), |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .optional()?;
    let happened = match &last {
        // What is known there already is new to nobody.
        Some(_) => Happened::Changed,
        None => event.happened,
    };
    match last {
        Some((_, digest, ..)) if digest == event.digest => return Ok(false),
        Some((seq, _, state, 0)) if state == "queued" => {
            // No byte of it has left: it says the newer thing under its own id.
            let (id, kind): (String, String) =
                tx.query_row("SELECT id, kind FROM hook_events WHERE seq = ?1", [seq], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })?;
            let kind = named(Happened::parse(&kind), "hook_events.kind")?;
            let body = renamed(&event.body, &id, &event.key, kind)?;
            tx.prepare_cached("UPDATE hook_events SET body = ?2, digest = ?3 WHERE seq = ?1")?.execute((
                seq,
                body,
                &event.digest,
            ))?;
            return Ok(true);
        }
        _ => {}
    }
    let body = renamed(&event.body, &event.id, &event.key, happened)?;
    tx.prepare_cached(
        "INSERT INTO hook_events (id, hook, kind, record_type, record_id, client_id, digest, body, due_at, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9)",
    )?
    .execute((
        &event.id,
        hook,
        happened.as_str(),
        record_type,
        record_id,
        &event.client_id,
        &event.digest,
        body,
        nanos(event.at),
    ))?;
    Ok(true)
}

/// The body under the id and type that it goes by in the end. A form keeps its own.
fn renamed(body: &str, id: &str, key: &RecordKey, happened: Happened) -> DbResult<String> {
    let Ok(Json::Object(mut whole)) = serde_json::from_str::<Json>(body) else { return Ok(body.to_owned()) };
    whole.insert("id".to_owned(), Json::from(id));
    whole.insert("type".to_owned(), Json::from(hub_core::told::event_type(key, happened)));
    Ok(Json::Object(whole).to_string())
}

/// Whether a bridge brought this version in: an operation of a connection by events made it, on this computer, or the record
/// is new and was made by such a connection on another one.
fn is_echo(connection: &Connection, key: &RecordKey, version: i64, fresh: bool) -> DbResult<bool> {
    let ours = connection
        .prepare_cached(
            "SELECT 1 FROM outbox o JOIN crm_integrations i ON i.no = o.connection
             WHERE o.record_id = ?1 AND o.record_type = ?2 AND o.version = ?3
               AND substr(i.account ->> '$.account_id', 1, length(?4)) = ?4",
        )?
        .exists((&key.id, key.record_type.as_str(), version, INBOX_PREFIX))?;
    if ours || !fresh {
        return Ok(ours);
    }
    let record = mirror::find(connection, key)?;
    Ok(record.is_some_and(|record| {
        record.external_refs.iter().any(|reference| reference.account.starts_with(INBOX_PREFIX))
    }))
}

/// Live records of one type that hang on a client.
fn children(
    connection: &Connection,
    record_type: RecordType,
    sql: &str,
    client_id: &str,
) -> DbResult<Vec<CloudRecord>> {
    let ids: Vec<String> = connection
        .prepare_cached(sql)?
        .query_map([client_id], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        let record = mirror::find(connection, &RecordKey::new(record_type, id))?;
        found.extend(record.filter(|record| !record.deleted));
    }
    Ok(found)
}

impl HookStore for Store {
    fn put_hook(&self, hook: &Hook, actor: &Actor) -> StoreResult<()> {
        self.write(|write| {
            write.tx.execute(
                "INSERT INTO hooks (id, supplier_id, kind, provider, name, host, tells, state, why, not_before, created_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
                 ON CONFLICT (id) DO UPDATE SET name = excluded.name, host = excluded.host, tells = excluded.tells,
                 state = excluded.state, why = excluded.why, not_before = excluded.not_before",
                (
                    &hook.id,
                    &hook.supplier_id,
                    hook.kind.as_str(),
                    &hook.provider,
                    &hook.name,
                    &hook.host,
                    hook.tells.as_str(),
                    hook.state.as_str(),
                    hook.why.as_ref().map(Json::to_string),
                    hook.not_before.map(nanos),
                    nanos(hook.created_at),
                ),
            )?;
            write.audit(&Entry {
                record: Some(("hook", &hook.id)),
                ..Entry::plain(actor, "hook.put", Some(hook.state.as_str()))
            })
        })
    }

    fn hooks(&self, supplier_id: &str) -> StoreResult<Vec<Hook>> {
        self.read(|connection| {
            let mut statement =
                connection.prepare_cached(&format!("{HOOK} WHERE supplier_id = ?1 ORDER BY name, id"))?;
            statement.query_and_then([supplier_id], read_hook)?.collect()
        })
    }

    fn delete_hook(&self, supplier_id: &str, id: &str, actor: &Actor) -> StoreResult<bool> {
        self.write(|write| {
            let removed = write
                .tx
                .execute("DELETE FROM hooks WHERE supplier_id = ?1 AND id = ?2", [supplier_id, id])?;
            if removed > 0 {
                write.audit(&Entry {
                    record: Some(("hook", id)),
                    ..Entry::plain(actor, "hook.delete", None)
                })?;
            }
            Ok(removed > 0)
        })
    }

    fn hook_changes(&self, limit: u32) -> StoreResult<Vec<HookChange>> {
        self.read(|connection| {
            let rows: Vec<(String, String, i64, bool)> = connection
                .prepare_cached(
                    "SELECT record_type, id, version, fresh FROM hook_changes ORDER BY record_type, id LIMIT ?1",
                )?
                .query_map([limit], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?
                .collect::<rusqlite::Result<_>>()?;
            rows.into_iter()
                .map(|(kind, id, version, fresh)| {
                    let key = RecordKey::new(record_type(&kind)?, id);
                    let echo = is_echo(connection, &key, version, fresh)?;
                    Ok(HookChange { key, version, fresh, echo })
                })
                .collect()
        })
    }

    fn queue_hook_events(
        &self,
        seen: &[HookChange],
        events: &[NewHookEvent],
        actor: &Actor,
    ) -> StoreResult<u64> {
        self.write(|write| {
            let mut queued = 0;
            for event in events {
                if queue(write.tx, event)? {
                    queued += 1;
                    write.audit(&Entry {
                        record: Some((event.key.record_type.as_str(), &event.key.id)),
                        subject: Some(&event.client_id),
                        ..Entry::plain(actor, "hook.queued", Some(&event.digest))
                    })?;
                }
            }
            for change in seen {
                // What changed again meanwhile is looked at again.
                write
                    .tx
                    .prepare_cached(
                        "DELETE FROM hook_changes WHERE record_type = ?1 AND id = ?2 AND version = ?3",
                    )?
                    .execute((change.key.record_type.as_str(), &change.key.id, change.version))?;
            }
            let what = format!("{} {queued}", seen.len());
            write.audit(&Entry::plain(actor, "hook.looked", Some(&what)))?;
            Ok(queued)
        })
    }

    fn due_hook_events(&self, hook_id: &str, now: Timestamp, limit: u32) -> StoreResult<Vec<HookEvent>> {
        self.near(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "{EVENT} WHERE h.id = ?1 AND h.state = 'on' AND coalesce(h.not_before, 0) <= ?2
                 AND e.state = 'queued' AND e.due_at <= ?2 ORDER BY e.seq LIMIT ?3"
            ))?;
            statement.query_and_then((hook_id, nanos(now), limit), read_event)?.collect()
        })
    }

    fn next_hook_due(&self) -> StoreResult<Option<Timestamp>> {
        self.near(|connection| {
            let due: Option<i64> = connection.query_row(
                "SELECT min(max(e.due_at, coalesce(h.not_before, 0))) FROM hook_events e
                 JOIN hooks h ON h.no = e.hook WHERE e.state = 'queued' AND h.state = 'on'",
                [],
                |row| row.get(0),
            )?;
            Ok(due.map(stamp))
        })
    }

    fn mark_hook_sending(&self, event_id: &str, at: Timestamp) -> StoreResult<()> {
        self.scratch(|tx| {
            let changed = tx
                .prepare_cached(
                    "UPDATE hook_events SET attempts = attempts + 1, first_sent_at = coalesce(first_sent_at, ?2)
                     WHERE id = ?1 AND state = 'queued'",
                )?
                .execute((event_id, nanos(at)))?;
            if changed == 0 { Err(not_found("event", event_id)) } else { Ok(()) }
        })
    }

    fn settle_hook_event(&self, event_id: &str, settled: &Settled, actor: &Actor) -> StoreResult<()> {
        let at = nanos(actor.at);
        self.write(|write| {
            let tx = write.tx;
            let (hook, record, id, client, digest): (i64, String, String, String, String) = tx
                .prepare_cached(
                    "SELECT hook, record_type, record_id, client_id, digest FROM hook_events WHERE id = ?1",
                )?
                .query_row([event_id], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
                })
                .optional()?
                .ok_or_else(|| not_found("event", event_id))?;
            let end = |state: &str, why: Option<&Json>| -> DbResult<()> {
                tx.prepare_cached(
                    "UPDATE hook_events SET state = ?2, answered_at = ?3, why = ?4 WHERE id = ?1 AND state = 'queued'",
                )?
                .execute((event_id, state, at, why.map(Json::to_string)))?;
                Ok(())
            };
            let action = match settled {
                Settled::Taken => {
                    end("taken", None)?;
                    tx.execute("UPDATE hooks SET not_before = NULL, why = NULL WHERE no = ?1", [hook])?;
                    "hook.taken"
                }
                Settled::Again { due_at, whole_hook, why } => {
                    tx.execute(
                        "UPDATE hook_events SET due_at = ?2, why = ?3 WHERE id = ?1 AND state = 'queued'",
                        (event_id, nanos(*due_at), why.to_string()),
                    )?;
                    if *whole_hook {
                        tx.execute(
                            "UPDATE hooks SET not_before = ?2, why = ?3 WHERE no = ?1",
                            (hook, nanos(*due_at), why.to_string()),
                        )?;
                    }
                    "hook.later"
                }
                Settled::GivenUp { why } => {
                    end("given_up", Some(why))?;
                    "hook.given_up"
                }
                Settled::Gone { why } => {
                    tx.execute(
                        "UPDATE hooks SET state = 'ended', not_before = NULL, why = ?2 WHERE no = ?1",
                        (hook, why.to_string()),
                    )?;
                    tx.execute(
                        "UPDATE hook_events SET state = 'dropped', answered_at = ?2, why = ?3
                         WHERE hook = ?1 AND state = 'queued'",
                        (hook, at, why.to_string()),
                    )?;
                    "hook.gone"
                }
            };
            write.audit(&Entry {
                record: Some((&record, &id)),
                subject: Some(&client),
                ..Entry::plain(actor, action, Some(&digest))
            })
        })
    }

    fn retry_hook_events(&self, hook_id: &str, at: Timestamp, actor: &Actor) -> StoreResult<u64> {
        self.write(|write| {
            let hook = hook_no(write.tx, hook_id)?;
            let again = write.tx.execute(
                "UPDATE hook_events SET state = 'queued', due_at = ?2, first_sent_at = NULL, answered_at = NULL
                 WHERE hook = ?1 AND state = 'given_up'",
                (hook, nanos(at)),
            )?;
            write.tx.execute("UPDATE hooks SET not_before = NULL WHERE no = ?1", [hook])?;
            write.audit(&Entry {
                record: Some(("hook", hook_id)),
                ..Entry::plain(actor, "hook.retry", Some(&again.to_string()))
            })?;
            Ok(again as u64)
        })
    }

    fn hook_events(&self, hook_id: &str, limit: u32) -> StoreResult<Vec<HookEvent>> {
        self.read(|connection| {
            let mut statement = connection
                .prepare_cached(&format!("{EVENT} WHERE h.id = ?1 ORDER BY e.seq DESC LIMIT ?2"))?;
            statement.query_and_then((hook_id, limit), read_event)?.collect()
        })
    }

    fn hook_counts(&self, hook_id: &str) -> StoreResult<HookCounts> {
        self.read(|connection| {
            let of = |state: &str| format!("count(*) FILTER (WHERE e.state = '{state}')");
            let sums = ["queued", "taken", "given_up"].map(of).join(", ");
            Ok(connection
                .prepare_cached(&format!(
                    "SELECT {sums}, max(e.answered_at) FILTER (WHERE e.state = 'taken') FROM hook_events e JOIN hooks h ON h.no = e.hook WHERE h.id = ?1"
                ))?
                .query_row([hook_id], |row| {
                    Ok(HookCounts {
                        queued: count(row.get(0)?),
                        taken: count(row.get(1)?),
                        given_up: count(row.get(2)?),
                        last_taken_at: row.get::<_, Option<i64>>(3)?.map(stamp),
                    })
                })?)
        })
    }

    fn told_client(&self, client_id: &str) -> StoreResult<Option<ToldClient>> {
        self.read(|connection| {
            let found = mirror::find(connection, &RecordKey::new(RecordType::Client, client_id))?;
            let Some(client) = found.filter(|client| !client.deleted) else { return Ok(None) };
            let roles: Vec<(String, String)> = connection
                .prepare_cached(
                    "SELECT person_id, role FROM client_people WHERE client_id = ?1
                     ORDER BY CASE role WHEN 'primary' THEN 0 WHEN 'partner' THEN 1 ELSE 2 END, position, person_id",
                )?
                .query_map([client_id], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<rusqlite::Result<_>>()?;
            let mut people = Vec::with_capacity(roles.len());
            for (id, role) in roles {
                let record = mirror::find(connection, &RecordKey::new(RecordType::Person, id))?;
                people.extend(record.filter(|record| !record.deleted).map(|record| (role, record)));
            }
            let projects = children(
                connection,
                RecordType::Project,
                "SELECT id FROM projects WHERE client_id = ?1 AND awaited = 0 AND deleted_at IS NULL
                 ORDER BY wedding_date IS NULL, wedding_date, id",
                client_id,
            )?;
            let events = children(
                connection,
                RecordType::Event,
                "SELECT id FROM events WHERE awaited = 0 AND deleted_at IS NULL AND (client_id = ?1 OR project_id IN
                   (SELECT id FROM projects WHERE client_id = ?1)) ORDER BY start_date IS NULL, start_date, id",
                client_id,
            )?;
            Ok(Some(ToldClient { client, people, projects, events }))
        })
    }

    fn clients_of(&self, person_id: &str) -> StoreResult<Vec<String>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT p.client_id FROM client_people p JOIN clients c ON c.id = p.client_id
                 WHERE p.person_id = ?1 AND c.awaited = 0 AND c.deleted_at IS NULL ORDER BY p.client_id",
            )?;
            let rows = statement.query_map([person_id], |row| row.get(0))?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    fn clients_marrying(&self, days: &[Date]) -> StoreResult<Vec<(Date, String)>> {
        self.read(|connection| {
            let mut found = Vec::new();
            for day in days {
                let rows: Vec<String> = connection
                    .prepare_cached(
                        "SELECT DISTINCT client_id FROM projects WHERE wedding_date = ?1 AND awaited = 0
                         AND deleted_at IS NULL AND client_id IS NOT NULL",
                    )?
                    .query_map([day.to_string()], |row| row.get(0))?
                    .collect::<rusqlite::Result<_>>()?;
                found.extend(rows.into_iter().map(|client| (*day, client)));
            }
            Ok(found)
        })
    }
}

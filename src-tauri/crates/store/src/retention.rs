//! What is kept how long: small steps that each remove a bounded number of rows nobody needs any more (SYNC-LAW 40, R34).
//!
//! Undo needs the operations of an upload, their plan and their before-images for as long as it may be asked for
//! (SYNC-LAW 36). What a person rejected stays rejected by `review_decisions`, which no step touches. The audit log is
//! append-only: nothing here removes from it. What is scratch goes without an audit row, everything else with one.

use std::fs;
use std::time::{Duration, SystemTime};

use hub_core::ports::{Retention, StoreResult};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, Transaction};

use crate::audit::Entry;
use crate::backup::{BACKUPS_DIR, remove};
use crate::base::unit_image;
use crate::error::DbResult;
use crate::jobs::signed;
use crate::store::{HUB_FILE, Store};
use crate::time::nanos;

/// Rows removed in one transaction: short enough that nobody waits for it.
const CHUNK: usize = 2_000;
/// Units of a plan removed in one transaction; each has up to a few dozen operations.
const UNITS: usize = 200;

const ENDED: &str = "phase IN ('done', 'partial', 'failed', 'cancelled')";

/// One step within a transaction: how many rows it removed.
type Step = fn(&Transaction<'_>, &Cut) -> DbResult<usize>;

/// The limits as they stand now.
struct Cut {
    events_before: i64,
    events_kept: i64,
    undo_before: i64,
    logs_before: i64,
    logs_kept: i64,
    usage_before: String,
}

impl Cut {
    fn of(keep: &Retention, now: Timestamp) -> Cut {
        let days = |days: u32| now - SignedDuration::from_hours(24 * i64::from(days));
        Cut {
            events_before: nanos(days(keep.event_days)),
            events_kept: signed(keep.events_per_job),
            undo_before: nanos(days(keep.undo_days)),
            logs_before: nanos(days(keep.log_days)),
            logs_kept: signed(keep.log_rows),
            usage_before: days(keep.usage_days).to_zoned(jiff::tz::TimeZone::UTC).date().to_string(),
        }
    }
}

/// What is no record of anybody, in the order in which it goes.
const SCRATCH: [(&str, Step); 4] =
    [("job_events", old_events), ("job_events", many_events), ("plans", plans), ("staging", staging)];

/// What is a record of what was done: it goes with a row in the audit log.
const RECORDED: [(&str, Step); 7] = [
    ("hook_events", hook_events),
    ("outbox", outbox),
    ("outbox_batches", batches),
    ("crm_sync_logs", old_logs),
    ("crm_sync_logs", many_logs),
    ("crm_sync_jobs", jobs),
    ("usage_counters", usage),
];

/// What is set, as far as this version understands it.
pub(crate) fn of(connection: &Connection) -> DbResult<Retention> {
    let stored = crate::connections::setting(connection, "retention")?;
    Ok(stored.and_then(|json| serde_json::from_value(json).ok()).unwrap_or_default())
}

pub(crate) fn prune(store: &Store, keep: &Retention) -> StoreResult<Option<(&'static str, u64)>> {
    let now = store.clock.now();
    let cut = Cut::of(keep, now);
    for (what, step) in RECORDED {
        let removed = store.write(|write| {
            let removed = step(write.tx, &cut)?;
            if removed > 0 {
                let actor = store.app("audit.retention", None);
                write.audit(&Entry::plain(&actor, "retention.pruned", Some(&format!("{what} {removed}"))))?;
            }
            Ok(removed)
        })?;
        if removed > 0 {
            return Ok(Some((what, removed as u64)));
        }
    }
    for (what, step) in SCRATCH {
        let removed = store.scratch(|tx| step(tx, &cut))?;
        if removed > 0 {
            return Ok(Some((what, removed as u64)));
        }
    }
    let removed = backups(store, keep, now)?;
    Ok((removed > 0).then_some(("backups", removed)))
}

fn one<T: rusqlite::types::FromSql>(
    tx: &Transaction<'_>,
    sql: &str,
    params: impl rusqlite::Params,
) -> DbResult<Option<T>> {
    Ok(tx.prepare_cached(sql)?.query_row(params, |row| row.get(0)).optional()?)
}

fn old_events(tx: &Transaction<'_>, cut: &Cut) -> DbResult<usize> {
    let job: Option<String> = one(
        tx,
        &format!(
            "SELECT j.id FROM crm_sync_jobs j WHERE {ENDED} AND j.completed_at < ?1
             AND EXISTS (SELECT 1 FROM job_events e WHERE e.job_id = j.id) LIMIT 1"
        ),
        [cut.events_before],
    )?;
    let Some(job) = job else { return Ok(0) };
    events_of(tx, &job, i64::MAX)
}

/// Of a job that tells more than anybody will read, the newest events stay.
fn many_events(tx: &Transaction<'_>, cut: &Cut) -> DbResult<usize> {
    let found: Option<(String, i64)> = tx
        .prepare_cached(
            "SELECT j.id, j.last_event_seq - ?1 FROM crm_sync_jobs j WHERE j.last_event_seq > ?1
             AND EXISTS (SELECT 1 FROM job_events e WHERE e.job_id = j.id AND e.seq <= j.last_event_seq - ?1) LIMIT 1",
        )?
        .query_row([cut.events_kept], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((job, until)) = found else { return Ok(0) };
    events_of(tx, &job, until)
}

fn events_of(tx: &Transaction<'_>, job: &str, until: i64) -> DbResult<usize> {
    Ok(tx
        .prepare_cached(
            "DELETE FROM job_events WHERE job_id = ?1 AND seq IN
             (SELECT seq FROM job_events WHERE job_id = ?1 AND seq <= ?2 ORDER BY seq LIMIT ?3)",
        )?
        .execute((job, until, CHUNK as i64))?)
}

/// Plans that are over and of which nothing can be undone any more.
fn plans(tx: &Transaction<'_>, _: &Cut) -> DbResult<usize> {
    let plan: Option<i64> = one(
        tx,
        &format!(
            "SELECT p.no FROM plans p WHERE (p.state IN ('superseded', 'finished') OR (p.state = 'building'
               AND EXISTS (SELECT 1 FROM crm_sync_jobs j WHERE j.id = p.job_id AND j.{ENDED})))
             AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.plan = p.no) LIMIT 1"
        ),
        [],
    )?;
    let Some(plan) = plan else { return Ok(0) };
    let units: Vec<i64> = tx
        .prepare_cached("SELECT seq FROM plan_units WHERE plan = ?1 ORDER BY seq LIMIT ?2")?
        .query_map((plan, UNITS as i64), |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let mut unit = tx.prepare_cached("DELETE FROM plan_units WHERE plan = ?1 AND seq = ?2")?;
    let mut image = tx.prepare_cached("DELETE FROM before_images WHERE op_id = ?1")?;
    for seq in &units {
        unit.execute((plan, seq))?;
        image.execute([unit_image(plan, *seq)])?;
    }
    if units.len() < UNITS {
        tx.execute("DELETE FROM plans WHERE no = ?1", [plan])?;
        return Ok(units.len() + 1);
    }
    Ok(units.len())
}

/// Staging of imports whose plan is over: a review looks at no other.
fn staging(tx: &Transaction<'_>, _: &Cut) -> DbResult<usize> {
    let job: Option<String> = one(
        tx,
        &format!(
            "SELECT j.id FROM crm_sync_jobs j WHERE j.{ENDED}
             AND EXISTS (SELECT 1 FROM crm_client_staging s WHERE s.sync_job_id = j.id)
             AND NOT EXISTS (SELECT 1 FROM plans p WHERE p.job_id = j.id AND p.state IN ('building', 'ready', 'executing'))
             LIMIT 1"
        ),
        [],
    )?;
    let Some(job) = job else { return Ok(0) };
    Ok(tx
        .prepare_cached(
            "DELETE FROM crm_client_staging WHERE id IN
             (SELECT id FROM crm_client_staging WHERE sync_job_id = ?1 ORDER BY seq LIMIT ?2)",
        )?
        .execute((job, UNITS as i64))?)
}

/// Operations of uploads that can no longer be undone, with what they would have needed for it.
fn outbox(tx: &Transaction<'_>, cut: &Cut) -> DbResult<usize> {
    let job: Option<String> = one(
        tx,
        &format!(
            "SELECT j.id FROM crm_sync_jobs j WHERE {ENDED} AND j.completed_at < ?1
             AND EXISTS (SELECT 1 FROM outbox o WHERE o.job_id = j.id) LIMIT 1"
        ),
        [cut.undo_before],
    )?;
    let Some(job) = job else { return Ok(0) };
    let ops: Vec<(i64, String)> = tx
        .prepare_cached("SELECT seq, op_id FROM outbox WHERE job_id = ?1 ORDER BY seq DESC LIMIT ?2")?
        .query_map((job, CHUNK as i64), |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let mut op = tx.prepare_cached("DELETE FROM outbox WHERE seq = ?1")?;
    let mut image = tx.prepare_cached("DELETE FROM before_images WHERE op_id = ?1")?;
    for (seq, op_id) in &ops {
        op.execute([seq])?;
        image.execute([op_id])?;
    }
    Ok(ops.len())
}

/// Batches none of whose operations are kept.
fn batches(tx: &Transaction<'_>, cut: &Cut) -> DbResult<usize> {
    Ok(tx
        .prepare_cached(&format!(
            "DELETE FROM outbox_batches WHERE id IN (SELECT b.id FROM crm_sync_jobs j
             JOIN outbox_batches b ON b.job_id = j.id WHERE {ENDED} AND j.completed_at < ?1
             AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.batch_id = b.id) LIMIT 100)"
        ))?
        .execute([cut.undo_before])?)
}

fn old_logs(tx: &Transaction<'_>, cut: &Cut) -> DbResult<usize> {
    // Connection by connection, as the index goes.
    Ok(tx
        .prepare_cached(
            "DELETE FROM crm_sync_logs WHERE id IN (SELECT l.id FROM crm_integrations i JOIN crm_sync_logs l
             ON l.integration_id = i.id AND l.processed_at < ?1 LIMIT ?2)",
        )?
        .execute((cut.logs_before, CHUNK as i64))?)
}

/// Ids go up with time: the first ones are the oldest.
fn many_logs(tx: &Transaction<'_>, cut: &Cut) -> DbResult<usize> {
    let held: i64 = tx.query_row("SELECT count(*) FROM crm_sync_logs", [], |row| row.get(0))?;
    let over = (held - cut.logs_kept).clamp(0, CHUNK as i64);
    if over == 0 {
        return Ok(0);
    }
    Ok(tx
        .prepare_cached(
            "DELETE FROM crm_sync_logs WHERE id IN (SELECT id FROM crm_sync_logs ORDER BY id LIMIT ?1)",
        )?
        .execute([over])?)
}

/// Jobs of which nothing else is kept: as long as the log tells of them, and whatever hangs on them.
fn jobs(tx: &Transaction<'_>, cut: &Cut) -> DbResult<usize> {
    Ok(tx
        .prepare_cached(&format!(
            "DELETE FROM crm_sync_jobs WHERE id IN (SELECT j.id FROM crm_sync_jobs j
             WHERE {ENDED} AND j.completed_at < ?1
             AND NOT EXISTS (SELECT 1 FROM plans p WHERE p.job_id = j.id)
             AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.job_id = j.id)
             AND NOT EXISTS (SELECT 1 FROM crm_sync_logs l WHERE l.sync_job_id = j.id) LIMIT 100)"
        ))?
        .execute([cut.logs_before])?)
}

/// What places were told longer ago than an upload can be undone for.
fn hook_events(tx: &Transaction<'_>, cut: &Cut) -> DbResult<usize> {
    Ok(tx
        .prepare_cached(
            "DELETE FROM hook_events WHERE seq IN (SELECT seq FROM hook_events
             WHERE state <> 'queued' AND answered_at < ?1 ORDER BY seq LIMIT ?2)",
        )?
        .execute((cut.undo_before, CHUNK as i64))?)
}

fn usage(tx: &Transaction<'_>, cut: &Cut) -> DbResult<usize> {
    Ok(tx.prepare_cached("DELETE FROM usage_counters WHERE day < ?1")?.execute([&cut.usage_before])?)
}

/// Restore points beyond their number or age; the newest always stays. Copies from before a migration go by age.
fn backups(store: &Store, keep: &Retention, now: Timestamp) -> StoreResult<u64> {
    let before = nanos(now - SignedDuration::from_hours(24 * i64::from(keep.backup_days)));
    let gone: Vec<String> = store.write(|write| {
        let gone: Vec<String> = write
            .tx
            .prepare_cached(
                "DELETE FROM backups WHERE id IN (
                   SELECT id FROM (SELECT id, at, row_number() OVER (ORDER BY at DESC, id DESC) AS place FROM backups)
                   WHERE place > ?1 OR (place > 1 AND at < ?2)) RETURNING file",
            )?
            .query_map((keep.backups.max(1), before), |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        if !gone.is_empty() {
            let actor = store.app("audit.retention", None);
            let what = format!("backups {}", gone.len());
            write.audit(&Entry::plain(&actor, "retention.pruned", Some(&what)))?;
        }
        Ok(gone)
    })?;
    for file in &gone {
        remove(&store.dir.join(BACKUPS_DIR).join(file))?;
    }
    let migrated = migration_copies(store, keep.backup_days).map_err(crate::error::DbError::Io)?;
    Ok(gone.len() as u64 + migrated)
}

fn migration_copies(store: &Store, days: u32) -> std::io::Result<u64> {
    let age = Duration::from_secs(24 * 3_600 * u64::from(days));
    let Some(oldest) = SystemTime::now().checked_sub(age) else { return Ok(0) };
    let mut removed = 0;
    for entry in fs::read_dir(&store.dir)? {
        let entry = entry?;
        let is_copy = entry
            .file_name()
            .to_str()
            .and_then(|name| name.strip_prefix(HUB_FILE))
            .is_some_and(|rest| rest.starts_with(".before-"));
        if is_copy && entry.metadata()?.modified()? < oldest {
            fs::remove_file(entry.path())?;
            removed += 1;
        }
    }
    Ok(removed)
}

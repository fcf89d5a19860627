//! `crm_sync_jobs`, `job_events`, and reading `crm_sync_logs`.

use hub_core::job::{JobEvent, JobKind, Outcome, Phase, transition};
use hub_core::ports::{Job, JobEventRow, JobStore, LogEntry, LogQuery, StoreError, StoreResult};
use hub_core::record::RecordType;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, Transaction};
use serde_json::Value as Json;

use crate::audit::Entry;
use crate::error::{DbError, DbResult, is_constraint, not_found, refused_by};
use crate::outbox::stop;
use crate::store::Store;
use crate::time::{nanos, stamp};

const COLUMNS: &str =
    "id, integration_id, job_kind, phase, job_config, checkpoint, records_processed, records_total,
    error_details, counts, created_at, started_at, completed_at, wait_until";

fn read_job(row: &Row<'_>) -> DbResult<Job> {
    let json = |index: usize| -> DbResult<Json> {
        Ok(serde_json::from_str(row.get_ref(index)?.as_str().map_err(rusqlite::Error::from)?)?)
    };
    let (kind, phase): (String, String) = (row.get(2)?, row.get(3)?);
    let error: Option<String> = row.get(8)?;
    Ok(Job {
        id: row.get(0)?,
        connection_id: row.get(1)?,
        kind: JobKind::parse(&kind).ok_or(DbError::Name { column: "job_kind" })?,
        phase: Phase::parse(&phase).ok_or(DbError::Name { column: "phase" })?,
        config: json(4)?,
        checkpoint: json(5)?,
        processed: count(row.get(6)?),
        total: row.get::<_, Option<i64>>(7)?.map(count),
        error: error.as_deref().map(serde_json::from_str).transpose()?,
        counts: json(9)?,
        created_at: stamp(row.get(10)?),
        started_at: row.get::<_, Option<i64>>(11)?.map(stamp),
        completed_at: row.get::<_, Option<i64>>(12)?.map(stamp),
        wait_until: row.get::<_, Option<i64>>(13)?.map(stamp),
    })
}

/// SQLite counts in signed integers; a count is never negative.
pub(crate) fn count(value: i64) -> u64 {
    value.max(0).unsigned_abs()
}

pub(crate) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn find(connection: &Connection, id: &str) -> DbResult<Option<Job>> {
    let mut statement =
        connection.prepare_cached(&format!("SELECT {COLUMNS} FROM crm_sync_jobs WHERE id = ?1"))?;
    statement.query_and_then([id], read_job)?.next().transpose()
}

/// Stores a checkpoint with its progress, within the caller's transaction (SYNC-LAW 27).
pub(crate) fn put_checkpoint(
    tx: &Transaction<'_>,
    job_id: &str,
    checkpoint: &Json,
    processed: u64,
    total: Option<u64>,
) -> DbResult<()> {
    let percent = match total {
        Some(total) if total > 0 => (u128::from(processed) * 100 / u128::from(total)).min(99) as i64,
        _ => 0,
    };
    let changed = tx
        .prepare_cached(
            "UPDATE crm_sync_jobs SET checkpoint = ?2, records_processed = ?3, records_total = ?4,
             progress_percent = max(progress_percent, ?5) WHERE id = ?1",
        )?
        .execute((job_id, checkpoint.to_string(), signed(processed), total.map(signed), percent))?;
    if changed == 0 { Err(not_found("job", job_id)) } else { Ok(()) }
}

/// Writes a phase that [`transition`] allowed. A job that works or is done well has no reason to show any more.
fn set_phase(
    tx: &Transaction<'_>,
    job: &Job,
    phase: Phase,
    error: Option<&Json>,
    wait_until: Option<i64>,
    now: i64,
) -> DbResult<()> {
    let ended = phase.is_terminal();
    let percent = if matches!(phase, Phase::Done | Phase::Partial) { Some(100) } else { None };
    let changed = tx.execute(
        "UPDATE crm_sync_jobs SET phase = ?2, job_status = ?3, error_details = CASE WHEN ?9 THEN ?4 ELSE coalesce(?4, error_details) END,
         wait_until = ?10, started_at = CASE WHEN ?5 THEN coalesce(started_at, ?7) ELSE started_at END,
         completed_at = CASE WHEN ?6 THEN ?7 ELSE completed_at END,
         progress_percent = coalesce(?8, progress_percent) WHERE id = ?1",
        (
            &job.id,
            phase.as_str(),
            phase.job_status(),
            error.map(Json::to_string),
            phase == Phase::Running,
            ended,
            now,
            percent,
            matches!(phase, Phase::Running | Phase::WaitingReview | Phase::Done),
            wait_until,
        ),
    );
    match changed {
        Ok(_) => {}
        Err(error) if is_constraint(&error) => return Err(refused_by("error.job_active", error)),
        Err(error) => return Err(error.into()),
    }
    if ended && job.kind == JobKind::Import {
        tx.execute(
            "UPDATE crm_integrations SET last_sync_at = ?2, last_sync_status = coalesce(?3, last_sync_status)
             WHERE id = ?1",
            (&job.connection_id, now, phase.last_sync_status()),
        )?;
    }
    Ok(())
}

/// A job, and the phase that an event takes it to.
fn stepped(tx: &Transaction<'_>, job_id: &str, event: JobEvent) -> DbResult<(Job, Phase)> {
    let job = find(tx, job_id)?.ok_or_else(|| not_found("job", job_id))?;
    let phase = transition(job.phase, event).map_err(|illegal| {
        DbError::Store(StoreError::Refused {
            rule: "error.illegal_transition",
            source: Some(Box::new(illegal)),
        })
    })?;
    Ok((job, phase))
}

impl Store {
    fn step(
        &self,
        job_id: &str,
        event: JobEvent,
        error: Option<&Json>,
        wait_until: Option<i64>,
    ) -> StoreResult<Phase> {
        let now = nanos(self.clock.now());
        let sends = |job: Job| job.kind != JobKind::Import;
        if matches!(event, JobEvent::Cancel | JobEvent::Fail) && self.job(job_id)?.is_some_and(sends) {
            let actor = self.app("audit.job_ended", Some(job_id));
            return self.write(|write| {
                let (job, phase) = stepped(write.tx, job_id, event)?;
                set_phase(write.tx, &job, phase, error, wait_until, now)?;
                stop::of_job(write, job_id, &actor)?;
                write.audit(&Entry::plain(&actor, "job.ended", Some(phase.as_str())))?;
                Ok(phase)
            });
        }
        self.scratch(|tx| {
            let (job, phase) = stepped(tx, job_id, event)?;
            set_phase(tx, &job, phase, error, wait_until, now)?;
            Ok(phase)
        })
    }
}

impl JobStore for Store {
    fn rest(&self) -> StoreResult<()> {
        self.finding.let_go();
        Ok(self.db.rest()?)
    }

    fn create_job(&self, job: &Job) -> StoreResult<()> {
        self.scratch(|tx| {
            let stored = tx.execute(
                "INSERT INTO crm_sync_jobs (id, integration_id, job_type, job_status, job_config, records_processed,
                 records_total, error_details, started_at, completed_at, created_at, job_kind, phase, checkpoint,
                 counts) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
                (
                    &job.id,
                    &job.connection_id,
                    job.kind.job_type(),
                    job.phase.job_status(),
                    job.config.to_string(),
                    signed(job.processed),
                    job.total.map(signed),
                    job.error.as_ref().map(Json::to_string),
                    job.started_at.map(nanos),
                    job.completed_at.map(nanos),
                    nanos(job.created_at),
                    job.kind.as_str(),
                    job.phase.as_str(),
                    job.checkpoint.to_string(),
                    job.counts.to_string(),
                ),
            );
            match stored {
                Ok(_) => Ok(()),
                Err(error)
                    if error.sqlite_error().is_some_and(|inner| {
                        inner.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_FOREIGNKEY
                    }) =>
                {
                    Err(not_found("connection", &job.connection_id))
                }
                Err(error) if is_constraint(&error) => Err(refused_by("error.job_active", error)),
                Err(error) => Err(error.into()),
            }
        })
    }

    fn job(&self, id: &str) -> StoreResult<Option<Job>> {
        self.near(|connection| find(connection, id))
    }

    fn jobs(&self, connection_id: Option<&str>, limit: u32) -> StoreResult<Vec<Job>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM crm_sync_jobs WHERE ?1 IS NULL OR integration_id = ?1
                 ORDER BY created_at DESC, id DESC LIMIT ?2"
            ))?;
            statement.query_and_then((connection_id, limit), read_job)?.collect()
        })
    }

    fn open_jobs(&self) -> StoreResult<Vec<Job>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM crm_sync_jobs WHERE phase NOT IN ('done','partial','failed','cancelled')
                 ORDER BY created_at, id"
            ))?;
            statement.query_and_then([], read_job)?.collect()
        })
    }

    fn transition(&self, job_id: &str, event: JobEvent, error: Option<&Json>) -> StoreResult<Phase> {
        self.step(job_id, event, error, None)
    }

    fn wait_until(
        &self,
        job_id: &str,
        event: JobEvent,
        reason: &Json,
        until: Timestamp,
    ) -> StoreResult<Phase> {
        self.step(job_id, event, Some(reason), Some(nanos(until)))
    }

    fn checkpoint(
        &self,
        job_id: &str,
        checkpoint: &Json,
        processed: u64,
        total: Option<u64>,
    ) -> StoreResult<()> {
        self.scratch(|tx| put_checkpoint(tx, job_id, checkpoint, processed, total))
    }

    fn put_counts(&self, job_id: &str, counts: &Json) -> StoreResult<()> {
        self.scratch(|tx| {
            let changed = tx.execute(
                "UPDATE crm_sync_jobs SET counts = ?2 WHERE id = ?1",
                (job_id, counts.to_string()),
            )?;
            if changed == 0 { Err(not_found("job", job_id)) } else { Ok(()) }
        })
    }

    fn interrupt_orphans(&self) -> StoreResult<Vec<Job>> {
        let now = nanos(self.clock.now());
        let mut orphans = Vec::new();
        for job in self.open_jobs()? {
            // A wait with a time needs no process: it goes on from its row.
            if job.wait_until.is_none() && transition(job.phase, JobEvent::OwnerLost).is_ok() {
                orphans.push(job);
            }
        }
        self.scratch(|tx| {
            for job in &mut orphans {
                set_phase(tx, job, Phase::Interrupted, None, None, now)?;
                job.phase = Phase::Interrupted;
            }
            Ok(orphans)
        })
    }

    fn append_events(&self, job_id: &str, events: &[Json]) -> StoreResult<u64> {
        let now = nanos(self.clock.now());
        self.scratch(|tx| {
            // The counter stands in the job's row, so that deleting old events never reuses a number.
            let last: i64 = tx
                .prepare_cached(
                    "UPDATE crm_sync_jobs SET last_event_seq = last_event_seq + ?2 WHERE id = ?1
                     RETURNING last_event_seq",
                )?
                .query_row((job_id, events.len() as i64), |row| row.get(0))
                .optional()?
                .ok_or_else(|| not_found("job", job_id))?;
            let mut statement =
                tx.prepare_cached("INSERT INTO job_events (job_id, seq, at, event) VALUES (?1, ?2, ?3, ?4)")?;
            let first = last - events.len() as i64 + 1;
            for (offset, event) in events.iter().enumerate() {
                statement.execute((job_id, first + offset as i64, now, event.to_string()))?;
            }
            Ok(count(last))
        })
    }

    fn events_after(&self, job_id: &str, seq: u64, limit: u32) -> StoreResult<Vec<JobEventRow>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT seq, at, event FROM job_events WHERE job_id = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
            )?;
            statement
                .query_and_then((job_id, signed(seq), limit), |row| -> DbResult<JobEventRow> {
                    Ok(JobEventRow {
                        job_id: job_id.to_owned(),
                        seq: count(row.get(0)?),
                        at: stamp(row.get(1)?),
                        event: serde_json::from_str(&row.get::<_, String>(2)?)?,
                    })
                })?
                .collect()
        })
    }

    fn logs(&self, query: &LogQuery) -> StoreResult<(Vec<LogEntry>, u64)> {
        self.read(|connection| {
            let mut wanted = vec!["1"];
            if query.connection_id.is_some() {
                wanted.push("integration_id = :connection");
            }
            if query.job_id.is_some() {
                wanted.push("sync_job_id = :job");
            }
            if query.outcome.is_some() {
                wanted.push("outcome = :outcome");
            }
            let wanted = wanted.join(" AND ");
            let outcome = query.outcome.map(Outcome::as_str);
            let mut filters: Vec<(&str, &dyn rusqlite::ToSql)> = Vec::new();
            if let Some(id) = &query.connection_id {
                filters.push((":connection", id));
            }
            if let Some(id) = &query.job_id {
                filters.push((":job", id));
            }
            if let Some(name) = &outcome {
                filters.push((":outcome", name));
            }
            let total: i64 = connection
                .prepare_cached(&format!("SELECT count(*) FROM crm_sync_logs WHERE {wanted}"))?
                .query_row(filters.as_slice(), |row| row.get(0))?;
            let (offset, limit) = (signed(query.offset), query.limit);
            filters.push((":offset", &offset));
            filters.push((":limit", &limit));
            let mut statement = connection.prepare_cached(&format!(
                "SELECT sync_job_id, integration_id, record_type, record_id, wedsync_record_id, outcome,
                 action_details, error_message, processed_at FROM crm_sync_logs WHERE {wanted}
                 ORDER BY processed_at DESC, id DESC LIMIT :limit OFFSET :offset"
            ))?;
            let entries =
                statement.query_and_then(filters.as_slice(), read_log)?.collect::<DbResult<Vec<_>>>()?;
            Ok((entries, count(total)))
        })
    }
}

fn read_log(row: &Row<'_>) -> DbResult<LogEntry> {
    let (record_type, outcome): (String, String) = (row.get(2)?, row.get(5)?);
    let error: Option<String> = row.get(7)?;
    Ok(LogEntry {
        job_id: row.get::<_, Option<String>>(0)?.unwrap_or_default(),
        connection_id: row.get(1)?,
        record_type: RecordType::parse(&record_type).ok_or(DbError::Name { column: "record_type" })?,
        record_id: row.get(3)?,
        wedsync_record_id: row.get(4)?,
        outcome: Outcome::parse(&outcome).ok_or(DbError::Name { column: "outcome" })?,
        details: serde_json::from_str(&row.get::<_, String>(6)?)?,
        error: error.as_deref().map(serde_json::from_str).transpose()?,
        at: stamp(row.get(8)?),
    })
}

/// A line of the sync log as it is written.
pub(crate) struct Line<'a> {
    pub(crate) id: &'a str,
    pub(crate) connection_id: &'a str,
    pub(crate) job_id: &'a str,
    pub(crate) record_type: &'a str,
    pub(crate) external_id: Option<&'a str>,
    pub(crate) record_id: &'a str,
    pub(crate) outcome: Outcome,
    /// The specification's action where the outcome alone does not tell it (a deletion).
    pub(crate) action: Option<&'a str>,
    pub(crate) details: &'a str,
    pub(crate) error: Option<&'a str>,
    pub(crate) at: i64,
}

/// Appends a line to the sync log within a write.
pub(crate) fn put_log(tx: &Transaction<'_>, line: &Line<'_>) -> DbResult<()> {
    tx.prepare_cached(
        "INSERT INTO crm_sync_logs (id, integration_id, sync_job_id, record_type, record_id, wedsync_record_id,
         action_type, action_details, error_message, processed_at, outcome)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?
    .execute((
        line.id,
        line.connection_id,
        line.job_id,
        line.record_type,
        line.external_id,
        line.record_id,
        line.action.unwrap_or_else(|| line.outcome.action_type()),
        line.details,
        line.error,
        line.at,
        line.outcome.as_str(),
    ))?;
    Ok(())
}

//! `outbox`, `outbox_batches`, `before_images`: how an approved unit becomes requests, exactly once (MODEL 7).
//!
//! Five steps, a file each: `apply` checks and applies units locally and queues their ops; `cut` freezes the next batch
//! byte by byte; `ack` takes the answer; `undo` queues the way back; `stop` takes back what an ended job never sent. Each
//! is one transaction.

mod ack;
mod apply;
mod cut;
pub(crate) mod rekey;
pub(crate) mod stop;
mod undo;

pub(crate) use cut::CutOps;

use std::sync::PoisonError;

use hub_core::job::Outcome;
use hub_core::plan::PlanOp;
use hub_core::ports::{
    AccountRef, AckEffect, Actor, Batch, OpResult, OutboxCounts, OutboxStore, StoreResult, UndoItem,
};
use hub_core::record::{RecordKey, RecordType};
use jiff::Timestamp;
use rusqlite::{Connection, Row};

use crate::alias::Aliases;
use crate::error::{DbError, DbResult};
use crate::jobs::{count, signed};
use crate::plan::{op_kind, record_type, text};
use crate::store::Store;

/// One row of the outbox.
#[derive(Debug, Clone)]
pub(crate) struct OutRow {
    pub(crate) seq: i64,
    pub(crate) op_id: String,
    pub(crate) job_id: String,
    pub(crate) plan: Option<i64>,
    pub(crate) unit: Option<i64>,
    pub(crate) ord: Option<i64>,
    pub(crate) undo_of: Option<String>,
    pub(crate) kind: hub_core::plan::OpKind,
    pub(crate) key: RecordKey,
    pub(crate) expected: Option<i64>,
    pub(crate) answer: Option<String>,
    pub(crate) version: Option<i64>,
}

const ROW: &str =
    "SELECT seq, op_id, job_id, plan, unit, ord, undo_of, kind, record_type, record_id, expected, answer,
    version FROM outbox";

fn read_row(row: &Row<'_>) -> DbResult<OutRow> {
    Ok(OutRow {
        seq: row.get(0)?,
        op_id: row.get(1)?,
        job_id: row.get(2)?,
        plan: row.get(3)?,
        unit: row.get(4)?,
        ord: row.get(5)?,
        undo_of: row.get(6)?,
        kind: op_kind(text(row, 7)?)?,
        key: RecordKey::new(record_type(text(row, 8)?)?, row.get::<_, String>(9)?),
        expected: row.get(10)?,
        answer: row.get(11)?,
        version: row.get(12)?,
    })
}

impl OutRow {
    /// The planned operation this row stands for, with the ids that count now.
    fn op(&self, connection: &Connection, aliases: &Aliases) -> DbResult<PlanOp> {
        let (Some(plan), Some(unit), Some(ord)) = (self.plan, self.unit, self.ord) else {
            return Err(DbError::Name { column: "outbox.plan" });
        };
        let mut statement =
            connection.prepare_cached("SELECT op FROM plan_ops WHERE plan = ?1 AND seq = ?2 AND ord = ?3")?;
        let mut rows = statement.query((plan, unit, ord))?;
        match rows.next()? {
            Some(row) => aliases.parse(text(row, 0)?),
            None => Err(DbError::Sql(rusqlite::Error::QueryReturnedNoRows)),
        }
    }
}

/// Batches of a connection that were stored and never answered, oldest first; of ended jobs, or of all.
pub(crate) fn doubtful(connection: &Connection, connection_id: &str, ended: bool) -> DbResult<Vec<Batch>> {
    let mut statement = connection.prepare_cached(
        "SELECT b.id, b.body, b.ops, b.attempts FROM outbox_batches b JOIN crm_sync_jobs j ON j.id = b.job_id
         WHERE j.integration_id = ?1 AND b.answered_at IS NULL
           AND (NOT ?2 OR j.phase IN ('cancelled', 'failed')) ORDER BY b.created_at, b.id",
    )?;
    let rows = statement.query_map((connection_id, ended), cut::read_batch)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

impl OutboxStore for Store {
    fn apply_and_enqueue(
        &self,
        plan_id: &str,
        job_id: &str,
        connection_id: &str,
        account: &AccountRef<'_>,
        seqs: &[u64],
        actor: &Actor,
    ) -> StoreResult<u64> {
        self.write(|write| {
            let enqueued = apply::run(write, plan_id, job_id, connection_id, account, seqs, actor)?;
            self.fail_points.pass("store.applied_not_durable");
            Ok(enqueued)
        })
    }

    fn unanswered_batch(&self, job_id: &str) -> StoreResult<Option<Batch>> {
        self.near(|connection| cut::unanswered(connection, job_id))
    }

    fn cut_batch(&self, job_id: &str, limit: u32) -> StoreResult<Option<Batch>> {
        let (id, now) = (self.ids.new_id(), self.clock.now());
        let cut = self.scratch(|tx| cut::run(tx, job_id, limit, id, now))?;
        Ok(cut.map(|(batch, ops)| {
            *self.cut.lock().unwrap_or_else(PoisonError::into_inner) = ops;
            batch
        }))
    }

    fn mark_sent(&self, batch_id: &str) -> StoreResult<()> {
        self.scratch(|tx| {
            let changed =
                tx.execute("UPDATE outbox_batches SET attempts = attempts + 1 WHERE id = ?1", [batch_id])?;
            if changed == 0 { Err(crate::error::not_found("batch", batch_id)) } else { Ok(()) }
        })
    }

    fn ack_batch(&self, batch_id: &str, results: &[OpResult], actor: &Actor) -> StoreResult<AckEffect> {
        let ops = std::mem::take(&mut *self.cut.lock().unwrap_or_else(PoisonError::into_inner)).of(batch_id);
        self.write(|write| {
            let effect = ack::run(write, batch_id, ops, results, actor)?;
            self.fail_points.pass("store.answer_not_durable");
            Ok(effect)
        })
    }

    fn outbox_counts(&self, job_id: &str) -> StoreResult<OutboxCounts> {
        self.read(|connection| {
            // One pass with five sums: grouping would sort a row for every op in memory.
            let of = |state: &str| format!("count(*) FILTER (WHERE state = '{state}')");
            let sums = ["queued", "sent", "acked", "held", "rejected"].map(of).join(", ");
            let counts = connection
                .prepare_cached(&format!("SELECT {sums} FROM outbox WHERE job_id = ?1"))?
                .query_row([job_id], |row| {
                    Ok(OutboxCounts {
                        queued: count(row.get(0)?),
                        sent: count(row.get(1)?),
                        acked: count(row.get(2)?),
                        held: count(row.get(3)?),
                        rejected: count(row.get(4)?),
                    })
                })?;
            Ok(counts)
        })
    }

    fn undo_items(&self, job_id: &str, before: Option<u64>, limit: u32) -> StoreResult<Vec<UndoItem>> {
        self.near(|connection| undo::items(connection, job_id, before, limit))
    }

    fn enqueue_undo(
        &self,
        job_id: &str,
        of_job: &str,
        connection_id: &str,
        items: &[UndoItem],
        actor: &Actor,
    ) -> StoreResult<u64> {
        self.write(|write| undo::enqueue(write, job_id, of_job, connection_id, items, actor))
    }

    fn outcome_counts(&self, job_id: &str) -> StoreResult<Vec<(RecordType, Outcome, u64)>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT record_type, outcome, count(*) FROM outbox WHERE job_id = ?1 AND outcome IS NOT NULL
                 GROUP BY record_type, outcome",
            )?;
            statement
                .query_and_then([job_id], |row| {
                    let outcome = Outcome::parse(text(row, 1)?).ok_or(DbError::Name { column: "outcome" })?;
                    Ok((record_type(text(row, 0)?)?, outcome, count(row.get(2)?)))
                })?
                .collect()
        })
    }

    fn op_outcomes(
        &self,
        job_id: &str,
        after: u64,
        limit: u32,
    ) -> StoreResult<Vec<(u64, RecordKey, Outcome)>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT seq, record_type, record_id, outcome FROM outbox
                 WHERE job_id = ?1 AND seq > ?2 AND outcome IS NOT NULL ORDER BY seq LIMIT ?3",
            )?;
            statement
                .query_and_then((job_id, signed(after), limit), |row| {
                    let outcome = Outcome::parse(text(row, 3)?).ok_or(DbError::Name { column: "outcome" })?;
                    let key = RecordKey::new(record_type(text(row, 1)?)?, row.get::<_, String>(2)?);
                    Ok((count(row.get(0)?), key, outcome))
                })?
                .collect()
        })
    }

    fn restore_point(&self, reason: &str, job_id: Option<&str>, at: Timestamp) -> StoreResult<String> {
        Ok(crate::backup::restore_point(self, reason, job_id, at)?)
    }

    fn last_restore_point(&self) -> StoreResult<Option<Timestamp>> {
        self.read(|connection| {
            let newest: Option<i64> =
                connection.query_row("SELECT max(at) FROM backups", [], |row| row.get(0))?;
            Ok(newest.map(crate::time::stamp))
        })
    }

    fn verify_audit(&self) -> StoreResult<Result<u64, u64>> {
        self.read(|connection| crate::audit::verify(connection, &self.keys.audit))
    }
}

//! The outbox: how an approved unit becomes requests to WedSync, exactly once (MODEL 7).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::{CloudRecord, StoreResult};
use crate::job::Outcome;
use crate::record::{ExternalRef, RecordKey, RecordType};

/// Who caused a write and why; every write takes one (MODEL 12, SYNC-LAW 41).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// WedSync user id, or `app` for the program itself.
    pub who: String,
    /// Message id of the reason.
    pub why: String,
    /// Job, if one did it.
    pub job_id: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// Identity of the CRM account, for external references.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountRef<'a> {
    /// Provider key.
    pub provider: &'a str,
    /// Account id.
    pub account: &'a str,
}

/// A batch ready to be sent: cut once, never re-cut (MODEL 7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Its id and `Idempotency-Key`.
    pub id: String,
    /// The exact body to send, byte by byte.
    pub body: String,
    /// Number of ops in it.
    pub ops: u32,
    /// How often it was sent before.
    pub attempts: u32,
}

/// What WedSync answered to one op.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OpResult {
    /// Which op.
    pub op_id: String,
    /// `created`, `updated`, `unchanged`, `deleted`, `restored`, `conflict`, `rejected`.
    pub status: OpStatus,
    /// Canonical id; differs from the sent one when the reference was known already (MODEL 5).
    pub id: Option<String>,
    /// Version after the op.
    pub version: Option<i64>,
    /// Fields whose stored value differs from the sent one: counts as read-back.
    #[serde(default)]
    pub fields: crate::record::FieldMap,
    /// The record as it stands, on conflict.
    #[serde(default)]
    pub current: Option<CloudRecord>,
    /// Field at fault, on rejection.
    #[serde(default)]
    pub field: Option<String>,
    /// Stable code, on rejection.
    #[serde(default)]
    pub code: Option<String>,
    /// Parameters of the code.
    #[serde(default)]
    pub params: Json,
}

/// Status of one op's result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OpStatus {
    /// Made.
    Created,
    /// Changed.
    Updated,
    /// Was so already.
    Unchanged,
    /// Softly deleted.
    Deleted,
    /// Brought back.
    Restored,
    /// The record moved; `current` tells.
    Conflict,
    /// Refused; `field`, `code` tell.
    Rejected,
}

/// What acknowledging a batch did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AckEffect {
    /// Ops that WedSync took.
    pub accepted: u32,
    /// Ops that asked again because the record moved.
    pub conflicts: u32,
    /// Ops that WedSync refused.
    pub rejected: u32,
    /// Ops that now wait because their parent was refused.
    pub held: u32,
}

/// How many ops are in which state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct OutboxCounts {
    /// Not yet in a batch.
    pub queued: u64,
    /// In a batch that was not answered.
    pub sent: u64,
    /// Answered.
    pub acked: u64,
    /// Waiting for a refused parent.
    pub held: u64,
    /// Refused.
    pub rejected: u64,
}

/// One op of a finished upload, as undo needs it.
#[derive(Debug, Clone, PartialEq)]
pub struct UndoItem {
    /// Its place in the queue of its upload.
    pub place: u64,
    /// Op that was done.
    pub op_id: String,
    /// Kind of it: create, update or link.
    pub kind: crate::plan::OpKind,
    /// Record.
    pub record: RecordKey,
    /// Version the op left the record at.
    pub version: i64,
    /// Field values before it (absent fields as null).
    pub before: crate::record::FieldMap,
    /// Field values it left.
    pub after: crate::record::FieldMap,
    /// Reference it added, if any.
    pub external: Option<ExternalRef>,
}

/// The outbox and what follows an answer.
pub trait OutboxStore: Send + Sync {
    /// Applies units locally and enqueues their ops, in one transaction: typed tables, before-images, links
    /// (unconfirmed), outbox rows with their dependencies, audit rows, unit states to `applied`.
    fn apply_and_enqueue(
        &self,
        plan_id: &str,
        job_id: &str,
        connection_id: &str,
        account: &AccountRef<'_>,
        seqs: &[u64],
        actor: &Actor,
    ) -> StoreResult<u64>;
    /// A batch that was cut earlier and never answered, oldest first; must be sent again as it is before any new one.
    fn unanswered_batch(&self, job_id: &str) -> StoreResult<Option<Batch>>;
    /// Cuts the next batch of at most `limit` ops whose parents are acknowledged or stand earlier in the same batch
    /// (one op per record in flight), durable before it returns; `None` when nothing is ready. The lease travels beside
    /// the body, so that a batch can be sent again byte-equal under a renewed lease.
    fn cut_batch(&self, job_id: &str, limit: u32) -> StoreResult<Option<Batch>>;
    /// Counts one more attempt, before the first byte leaves.
    fn mark_sent(&self, batch_id: &str) -> StoreResult<()>;
    /// Takes the answer: op states, mirror, versions, confirmed links, id aliases, base pairs, unit states, sync log
    /// and audit rows, in one transaction (SYNC-LAW 16).
    fn ack_batch(&self, batch_id: &str, results: &[OpResult], actor: &Actor) -> StoreResult<AckEffect>;
    /// Op counts of a job.
    fn outbox_counts(&self, job_id: &str) -> StoreResult<OutboxCounts>;
    /// Ops of a finished upload that undo has to take back, children first: at most `limit` of them, and only those
    /// placed before `before`, so that a large upload is walked in pieces.
    fn undo_items(&self, job_id: &str, before: Option<u64>, limit: u32) -> StoreResult<Vec<UndoItem>>;
    /// Enqueues the undo of ops for an undo job, in one transaction; local tables follow when WedSync answers.
    fn enqueue_undo(
        &self,
        job_id: &str,
        of_job: &str,
        connection_id: &str,
        items: &[UndoItem],
        actor: &Actor,
    ) -> StoreResult<u64>;
    /// How many ops of a job had which outcome, by record type, for its closing table.
    fn outcome_counts(&self, job_id: &str) -> StoreResult<Vec<(RecordType, Outcome, u64)>>;
    /// Outcome of each op of a job that has one, in the order of the queue: at most `limit` of those placed after
    /// `after`, each with its place.
    fn op_outcomes(
        &self,
        job_id: &str,
        after: u64,
        limit: u32,
    ) -> StoreResult<Vec<(u64, RecordKey, Outcome)>>;
    /// Takes a restore point: online backup of hub.db, opened again, integrity and checksum verified (SYNC-LAW 35);
    /// returns its id.
    fn restore_point(&self, reason: &str, job_id: Option<&str>, at: Timestamp) -> StoreResult<String>;
    /// When the newest restore point was taken.
    fn last_restore_point(&self) -> StoreResult<Option<Timestamp>>;
    /// Checks the audit chain; returns the number of rows, or the first row that does not fit.
    fn verify_audit(&self) -> StoreResult<Result<u64, u64>>;
}

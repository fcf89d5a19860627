//! Job rows, checkpoints, progress events and logs.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::StoreResult;
use crate::job::{JobEvent, JobKind, Outcome, Phase};
use crate::record::RecordType;

/// One job (`crm_sync_jobs`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// Id.
    pub id: String,
    /// Which connection.
    pub connection_id: String,
    /// What it does.
    pub kind: JobKind,
    /// Where it stands.
    pub phase: Phase,
    /// What it was asked to do: plan id, job to undo, options.
    pub config: Json,
    /// Where it will go on after a restart; its shape belongs to the engine.
    pub checkpoint: Json,
    /// Records done.
    pub processed: u64,
    /// Records in all; `None` is unknown and is shown as unknown (SYNC-LAW 33).
    pub total: Option<u64>,
    /// What went wrong, or what it waits for: a message id with parameters.
    pub error: Option<Json>,
    /// While it waits for the CRM or the network: when it goes on by itself.
    pub wait_until: Option<Timestamp>,
    /// Outcome counts per record type, final once the job has ended.
    pub counts: Json,
    /// Made at.
    pub created_at: Timestamp,
    /// First started at.
    pub started_at: Option<Timestamp>,
    /// Ended at.
    pub completed_at: Option<Timestamp>,
}

impl Job {
    /// 0 to 100, never 100 before the job is done (SYNC-LAW 33); `None` while the total is unknown.
    pub fn percent(&self) -> Option<u8> {
        if matches!(self.phase, Phase::Done | Phase::Partial) {
            return Some(100);
        }
        let total = self.total.filter(|&total| total > 0)?;
        let percent = (u128::from(self.processed) * 100 / u128::from(total)).min(99);
        u8::try_from(percent).ok()
    }
}

/// One entry of a job's ordered event log (DESIGN section 8).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JobEventRow {
    /// Which job.
    pub job_id: String,
    /// Position within the job, from 1, without gaps.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// What: `begin`, `phase`, `tick`, `item`, `warning`, `end` with their data.
    pub event: Json,
}

/// One line of the sync log (`crm_sync_logs`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogEntry {
    /// Which job.
    pub job_id: String,
    /// Which connection.
    pub connection_id: String,
    /// Record type.
    pub record_type: RecordType,
    /// External id.
    pub record_id: Option<String>,
    /// WedSync id.
    pub wedsync_record_id: Option<String>,
    /// What became of it.
    pub outcome: Outcome,
    /// Fields, before and after, reason.
    pub details: Json,
    /// Message id with parameters, for problems.
    pub error: Option<Json>,
    /// When.
    pub at: Timestamp,
}

/// A window of the sync log.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LogQuery {
    /// Only this connection.
    pub connection_id: Option<String>,
    /// Only this job.
    pub job_id: Option<String>,
    /// Only this outcome.
    pub outcome: Option<Outcome>,
    /// Rows to pass over.
    pub offset: u64,
    /// Rows at most.
    pub limit: u32,
}

/// Jobs.
pub trait JobStore: Send + Sync {
    /// Gives memory back that only makes the next reads faster: nothing goes on, and nobody looks.
    fn rest(&self) -> StoreResult<()>;
    /// Inserts a queued job.
    ///
    /// # Errors
    /// `Refused("error.job_active")` when the connection already has a job that has not ended (SYNC-LAW 31); a
    /// waiting review does not count as active for an upload or an undo of the same connection.
    fn create_job(&self, job: &Job) -> StoreResult<()>;
    /// One job.
    fn job(&self, id: &str) -> StoreResult<Option<Job>>;
    /// The newest jobs first, of one connection or of all.
    fn jobs(&self, connection_id: Option<&str>, limit: u32) -> StoreResult<Vec<Job>>;
    /// Jobs that have not ended, oldest first.
    fn open_jobs(&self) -> StoreResult<Vec<Job>>;
    /// Applies [`crate::job::transition`] to the stored phase and returns the new one; stamps start and end.
    ///
    /// # Errors
    /// `Refused("error.illegal_transition")` when the phase in the database does not allow it; nothing changes then.
    /// A job that goes on or ends waits for nothing any more: its time to go on is forgotten.
    fn transition(&self, job_id: &str, event: JobEvent, error: Option<&Json>) -> StoreResult<Phase>;
    /// As [`JobStore::transition`], into a wait that ends by itself at a time: event, reason and time in one step.
    fn wait_until(
        &self,
        job_id: &str,
        event: JobEvent,
        reason: &Json,
        until: Timestamp,
    ) -> StoreResult<Phase>;
    /// Stores checkpoint and counts of a running job.
    fn checkpoint(
        &self,
        job_id: &str,
        checkpoint: &Json,
        processed: u64,
        total: Option<u64>,
    ) -> StoreResult<()>;
    /// Stores the final counts.
    fn put_counts(&self, job_id: &str, counts: &Json) -> StoreResult<()>;
    /// Turns jobs left running by a dead process into `interrupted`; returns them (owner only, at start).
    fn interrupt_orphans(&self) -> StoreResult<Vec<Job>>;
    /// Appends progress events; returns the sequence number of the last one.
    fn append_events(&self, job_id: &str, events: &[Json]) -> StoreResult<u64>;
    /// Events after a sequence number.
    fn events_after(&self, job_id: &str, seq: u64, limit: u32) -> StoreResult<Vec<JobEventRow>>;
    /// A page of the log, newest first, and how many there are in all.
    fn logs(&self, query: &LogQuery) -> StoreResult<(Vec<LogEntry>, u64)>;
}

//! Keeping the book: restore points and the way back to one (MODEL 10).

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Actor, Batch, StoreResult};

/// Why a connection has to be read anew, looked through and approved before anything of it is written (MODEL 8, 10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RebaseReason {
    /// The book was brought back from a restore point.
    Restored,
    /// The book is older than the one that was last open here: somebody put an old file in its place (F70).
    OlderBook,
    /// WedSync has seen a later epoch of this connection than this book's.
    OlderEpoch,
}

impl RebaseReason {
    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            RebaseReason::Restored => "restored",
            RebaseReason::OlderBook => "older_book",
            RebaseReason::OlderEpoch => "older_epoch",
        }
    }

    /// The reason of this stored name.
    pub fn parse(name: &str) -> Option<RebaseReason> {
        [RebaseReason::Restored, RebaseReason::OlderBook, RebaseReason::OlderEpoch]
            .into_iter()
            .find(|reason| reason.as_str() == name)
    }
}

/// The guard of a plan that was made after a rebase: a person looks it through before any of it can be approved.
pub const REBASE_GUARD: &str = "rebase";

/// Message id of what the guard of a plan asks a person to do.
pub fn guard_message(guard: &str) -> &'static str {
    if guard == REBASE_GUARD { "error.guard_rebase" } else { "error.guard_stands" }
}

/// A copy of the book that can be gone back to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestorePoint {
    /// Id.
    pub id: String,
    /// Why it was taken: `upload`, `undo`, `restore`, `by_hand`.
    pub reason: String,
    /// Job before which it was taken, if any.
    pub job_id: Option<String>,
    /// When.
    pub at: Timestamp,
    /// Bytes of its file.
    pub size: u64,
    /// Whether its file is still there.
    pub present: bool,
}

/// Answers for the id of a CRM's record whether it is about somebody who was erased.
pub type WasErased = Box<dyn Fn(&str) -> bool + Send + Sync>;

/// What an erasure took out of the book.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasedHere {
    /// Rows of CRMs about the person that are kept out from now on.
    pub source_rows: u64,
    /// Clients of plans that were taken out, with what was sent of them.
    pub plans: u64,
    /// Texts of other records that named the person and were emptied.
    pub cleaned: u64,
}

/// How long what is kept, and how much of it at most (SYNC-LAW 40, R34). The audit log is kept whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retention {
    /// Days for which the progress of an ended job is kept.
    pub event_days: u32,
    /// Progress events of one job at most.
    pub events_per_job: u64,
    /// Days for which the log of what became of each record is kept.
    pub log_days: u32,
    /// Rows of that log at most.
    pub log_rows: u64,
    /// Days for which an upload can be undone; at least [`Retention::LEAST_UNDO_DAYS`].
    pub undo_days: u32,
    /// Restore points at most.
    pub backups: u32,
    /// Days for which a restore point is kept; the newest always is.
    pub backup_days: u32,
    /// Days for which usage is counted back.
    pub usage_days: u32,
}

impl Retention {
    /// An upload can be undone for so many days at least (SYNC-LAW 36).
    pub const LEAST_UNDO_DAYS: u32 = 30;

    /// Whether these numbers keep what has to be kept; names the first that does not.
    ///
    /// # Errors
    /// The name of the number that is too small.
    pub fn check(&self) -> Result<(), &'static str> {
        let least = [
            ("undo_days", u64::from(self.undo_days), u64::from(Retention::LEAST_UNDO_DAYS)),
            ("event_days", u64::from(self.event_days), 1),
            ("events_per_job", self.events_per_job, 1_000),
            ("log_days", u64::from(self.log_days), u64::from(self.undo_days)),
            ("log_rows", self.log_rows, 10_000),
            ("backups", u64::from(self.backups), 1),
            ("backup_days", u64::from(self.backup_days), 1),
            ("usage_days", u64::from(self.usage_days), 1),
        ];
        least.into_iter().find(|(_, held, least)| held < least).map_or(Ok(()), |(name, ..)| Err(name))
    }
}

impl Default for Retention {
    fn default() -> Retention {
        Retention {
            event_days: 30,
            events_per_job: 20_000,
            log_days: 365,
            log_rows: 2_000_000,
            undo_days: Retention::LEAST_UNDO_DAYS,
            backups: 20,
            backup_days: 90,
            usage_days: 400,
        }
    }
}

/// Restore points, and what follows from going back to one.
pub trait KeepingStore: Send + Sync {
    /// All restore points, newest first.
    fn restore_points(&self) -> StoreResult<Vec<RestorePoint>>;
    /// Goes back to a restore point, in one step: either the book is the one of then, or it is untouched. The point is
    /// checked first and the present book becomes a restore point of its own. The audit log and what must not be
    /// forgotten since are carried forward, jobs under way and plans in review end, and every connection is to be
    /// rebased. The vault keeps its secrets; the epoch of the book goes up, and is returned.
    ///
    /// # Errors
    /// `NotFound` for an unknown point; `Refused("error.restore_point_missing")` and
    /// `Refused("error.restore_point_damaged")` when its file is gone or not what was written (F73).
    fn restore(&self, point_id: &str, actor: &Actor) -> StoreResult<i64>;
    /// Why a connection has to be rebased; `None` when it need not.
    fn rebase(&self, connection_id: &str) -> StoreResult<Option<RebaseReason>>;
    /// Notes that a connection, or every one, has to be rebased. An earlier reason stays.
    fn ask_rebase(&self, connection_id: Option<&str>, reason: RebaseReason) -> StoreResult<()>;
    /// Notes that a connection was read anew and its plan waits for a person.
    fn rebased(&self, connection_id: &str) -> StoreResult<()>;
    /// Looks up the next wedding of the clients anew whose last one has passed since the day on which it was looked up
    /// last, by the studio's own calendar (MODEL 1); returns how many there were. Costs nothing on a day that was seen.
    fn roll_day(&self) -> StoreResult<u64>;
    /// When each client last agreed with its CRM (R100), by client id; those that never did are left out.
    fn crm_syncs(&self) -> StoreResult<BTreeMap<String, Timestamp>>;
    /// Removes a bounded number of rows that are past their time, in one short transaction; says of what and how many, or
    /// `None` when there is nothing to remove.
    fn prune(&self, keep: &Retention) -> StoreResult<Option<(&'static str, u64)>>;
    /// Erases a person from the book and every copy of it, so that their addresses, numbers and whole name stand nowhere any
    /// more and the next import does not bring them back (SYNC-LAW 44). Earlier restore points are removed and one is
    /// taken; what was uploaded of the person's client can no longer be undone.
    ///
    /// # Errors
    /// `NotFound`; `Refused("error.erase_jobs_open")` while a job of any connection has not ended.
    fn erase_person(&self, person_id: &str, actor: &Actor) -> StoreResult<ErasedHere>;
    /// Erases every record, connection and copy; the audit log tells that it was done.
    ///
    /// # Errors
    /// `Refused("error.erase_jobs_open")` as above.
    fn erase_everything(&self, actor: &Actor) -> StoreResult<()>;
    /// Tells by its id in a connection's CRM whether a record is about somebody who was erased, as things stand now.
    fn erased(&self, connection_id: &str) -> StoreResult<WasErased>;
    /// Raises the epoch of the book to at least this and returns it, so that other computers and this one agree.
    fn adopt_epoch(&self, at_least: i64) -> StoreResult<i64>;
    /// Batches of a connection that were stored to be sent and never answered, oldest first: whether WedSync took them
    /// is to be asked. With `ended`, those alone whose upload was stopped or failed; a running one sends its own again.
    fn doubtful_batches(&self, connection_id: &str, ended: bool) -> StoreResult<Vec<Batch>>;
    /// Withdraws a batch that WedSync says it never took, in one transaction; the book then shows what WedSync holds, and
    /// the clients of it ask again. Returns how many operations it had.
    fn withdraw_batch(&self, batch_id: &str, actor: &Actor) -> StoreResult<u64>;
    /// Withdraws every operation of a connection that waits to be sent, in the same way.
    fn withdraw_queued(&self, connection_id: &str, actor: &Actor) -> StoreResult<u64>;
}

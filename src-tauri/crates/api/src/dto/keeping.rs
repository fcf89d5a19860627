//! Keeping the book: restore points and going back to one, how long what is kept, and erasure.

use hub_core::ports;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The copies of the book that can be gone back to, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RestorePoints {
    /// They.
    pub points: Vec<RestorePointView>,
}

/// One copy of the book.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RestorePointView {
    /// Id.
    pub id: String,
    /// Why it was taken: `upload`, `undo`, `restore`, `by_hand`.
    pub reason: String,
    /// The job before which it was taken, if any.
    pub job_id: Option<String>,
    /// When.
    #[ts(type = "string")]
    pub at: Timestamp,
    /// Bytes of its file.
    pub size: u64,
    /// Whether its file is still there.
    pub present: bool,
}

impl From<ports::RestorePoint> for RestorePointView {
    fn from(point: ports::RestorePoint) -> RestorePointView {
        RestorePointView {
            id: point.id,
            reason: point.reason,
            job_id: point.job_id,
            at: point.at,
            size: point.size,
            present: point.present,
        }
    }
}

/// Goes back to a copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct RestoreStart {
    /// To which.
    pub point_id: String,
}

/// The book was brought back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BookRestored {
    /// Names of the connections that have to be imported anew before anything of them is uploaded.
    pub to_import: Vec<String>,
}

/// How long what is kept, and how much of it at most. The record of changes is kept whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct RetentionView {
    /// Days for which the progress of an ended job is kept.
    pub event_days: u32,
    /// Progress events of one job at most.
    pub events_per_job: u64,
    /// Days for which the history of each record is kept.
    pub log_days: u32,
    /// Rows of the history at most.
    pub log_rows: u64,
    /// Days for which an upload can be undone; at least 30.
    pub undo_days: u32,
    /// Restore points at most.
    pub backups: u32,
    /// Days for which a restore point is kept; the newest always is.
    pub backup_days: u32,
    /// Days for which usage is counted back.
    pub usage_days: u32,
}

impl From<ports::Retention> for RetentionView {
    fn from(keep: ports::Retention) -> RetentionView {
        RetentionView {
            event_days: keep.event_days,
            events_per_job: keep.events_per_job,
            log_days: keep.log_days,
            log_rows: keep.log_rows,
            undo_days: keep.undo_days,
            backups: keep.backups,
            backup_days: keep.backup_days,
            usage_days: keep.usage_days,
        }
    }
}

impl From<RetentionView> for ports::Retention {
    fn from(keep: RetentionView) -> ports::Retention {
        ports::Retention {
            event_days: keep.event_days,
            events_per_job: keep.events_per_job,
            log_days: keep.log_days,
            log_rows: keep.log_rows,
            undo_days: keep.undo_days,
            backups: keep.backups,
            backup_days: keep.backup_days,
            usage_days: keep.usage_days,
        }
    }
}

/// Erases a person, or everything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct PrivacyErase {
    /// Whom; nobody named is everything.
    pub person_id: Option<String>,
    /// The studio's name, typed by whoever asks, so that nothing is erased by accident.
    pub studio: String,
}

/// What was erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Erased {
    /// Records that WedSync erased.
    pub in_wedsync: u64,
    /// WedSync's proof, for the supplier's files; none where it held nothing of them.
    pub proof: Option<String>,
    /// Rows of CRMs that are kept out from now on.
    pub source_rows: u64,
    /// Texts of other records on this computer that named the person and were emptied.
    pub cleaned: u64,
}

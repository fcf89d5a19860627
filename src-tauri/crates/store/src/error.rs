//! Faults inside the store and how they become the errors of the ports.
//!
//! Everything in this crate works with [`DbError`], which can be made from what SQLite and serde report; at the port it
//! becomes a [`StoreError`], whose variants are what a person or the engine acts on. The source is kept throughout.

use std::io;

use hub_core::malformed::Malformed;
use hub_core::ports::StoreError;
use rusqlite::ErrorCode;

/// A fault inside the store.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DbError {
    /// SQLite reported it.
    #[error("the database reported a fault")]
    Sql(#[from] rusqlite::Error),
    /// A stored or given JSON text does not have its shape.
    #[error("a stored value does not have its shape")]
    Json(#[source] Malformed),
    /// A stored closed name is none of its set.
    #[error("{column} holds a name that is not in its set")]
    Name {
        /// Which column.
        column: &'static str,
    },
    /// A write left no audit row (SYNC-LAW 41); it was rolled back.
    #[error("a write came without its audit row")]
    Unaudited,
    /// Sealing or opening a secret failed.
    #[error("a sealed value could not be opened")]
    Sealed,
    /// No randomness from the operating system.
    #[error("the operating system gave no randomness")]
    Random(#[source] getrandom::Error),
    /// A file could not be read or written.
    #[error("a file of the profile could not be used")]
    Io(#[from] io::Error),
    /// Already what the port reports.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Result inside the store.
pub(crate) type DbResult<T> = Result<T, DbError>;

impl From<serde_json::Error> for DbError {
    fn from(error: serde_json::Error) -> DbError {
        DbError::Json(error.into())
    }
}

impl From<DbError> for StoreError {
    fn from(error: DbError) -> StoreError {
        match error {
            DbError::Store(error) => error,
            DbError::Sql(error) => from_sql(error),
            DbError::Io(error) => match error.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                    StoreError::DiskFull(Box::new(error))
                }
                _ => StoreError::Fault(Box::new(error)),
            },
            DbError::Json(_)
            | DbError::Name { .. }
            | DbError::Unaudited
            | DbError::Sealed
            | DbError::Random(_) => StoreError::Fault(Box::new(error)),
        }
    }
}

fn from_sql(error: rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => StoreError::DiskFull(Box::new(error)),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy(Box::new(error)),
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => StoreError::Unreadable(Box::new(error)),
        _ => StoreError::Fault(Box::new(error)),
    }
}

/// Whether a constraint (UNIQUE, CHECK, foreign key) refused the statement.
pub(crate) fn is_constraint(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation)
}

/// A rule refused it.
pub(crate) fn refused(rule: &'static str) -> DbError {
    DbError::Store(StoreError::Refused { rule, source: None })
}

/// A rule refused it, with what SQLite said.
pub(crate) fn refused_by(rule: &'static str, source: rusqlite::Error) -> DbError {
    DbError::Store(StoreError::Refused { rule, source: Some(Box::new(source)) })
}

/// It is not there.
pub(crate) fn not_found(what: &'static str, id: &str) -> DbError {
    DbError::Store(StoreError::NotFound { what, id: id.to_owned() })
}

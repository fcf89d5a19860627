//! The ports: what the engine needs from the world, as traits.
//!
//! Store ports are blocking and coarse: one method is one durable step in one transaction (MODEL 7), so that a kill
//! between any two calls leaves a state that the next start understands. Network ports are async and never retry; the
//! engine decides that. No implementation lives in this crate.

mod cloud;
mod connection;
mod connector;
mod field;
mod hook;
mod job;
mod keeping;
mod mirror;
mod outbox;
mod plan;
mod relay;
mod source;
mod vault;
mod writer;

pub use cloud::*;
pub use connection::*;
pub use connector::*;
pub use field::*;
pub use hook::*;
pub use job::*;
pub use keeping::*;
pub use mirror::*;
pub use outbox::*;
pub use plan::*;
pub use relay::*;
pub use source::*;
pub use vault::*;
pub use writer::*;

use jiff::{Timestamp, civil::Date};

/// What a store could not do. Each variant is something a person or the engine acts on differently.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// What was asked for is not there.
    #[error("{what} {id} is not there")]
    NotFound {
        /// Kind of thing.
        what: &'static str,
        /// Its id.
        id: String,
    },
    /// A rule of the data forbids it (unique connection name, one active job, illegal transition).
    #[error("{rule}")]
    Refused {
        /// Message id of the rule.
        rule: &'static str,
        /// What happened underneath, if anything.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// The disk is full; nothing was half written.
    #[error("the disk is full")]
    DiskFull(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Somebody else holds the database.
    #[error("the database is in use")]
    Busy(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The database was written by a newer version of the app.
    #[error("the database is from a newer version ({found}, this app knows {known})")]
    Newer {
        /// Version in the file.
        found: u32,
        /// Newest version known here.
        known: u32,
    },
    /// The file is damaged or the key is not its key.
    #[error("the database cannot be read")]
    Unreadable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Anything else underneath.
    #[error("the database reported a fault")]
    Fault(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Result of a store port.
pub type StoreResult<T> = Result<T, StoreError>;

/// Time, as the composition root provides it.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
    /// Milliseconds of a clock that never goes backwards; for leases and budgets.
    fn monotonic_ms(&self) -> u64;
    /// Today in a studio's zone; falls back to UTC when the zone is unknown.
    fn today(&self, zone: &str) -> Date {
        let now = self.now();
        match now.in_tz(zone) {
            Ok(zoned) => zoned.date(),
            Err(_) => now.to_zoned(jiff::tz::TimeZone::UTC).date(),
        }
    }
}

/// New ids, as the composition root provides them.
pub trait Ids: Send + Sync {
    /// A new UUIDv7 as text.
    fn new_id(&self) -> String;
}

/// A place where tests may end the process; release builds have none of it.
///
/// The engine names the windows of the kill test; what happens there is the composition root's matter.
pub trait FailPoints: Send + Sync {
    /// Called when execution passes the named window.
    fn pass(&self, window: &'static str);
}

/// No fail points: every build a supplier gets.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoFailPoints;

impl FailPoints for NoFailPoints {
    fn pass(&self, _window: &'static str) {}
}

//! Builders and contract suites for tests.
//!
//! A port of `hub_core::ports` has one suite here: functions that each show one promise, over any implementation. An
//! implementation invokes the suite of its port in one line, as in `hub_testkit::source_store!(Profile::new());`, which
//! makes one named test of each promise. What only one implementation can do (how a file is sealed, what a restore does
//! to it) is tested beside that implementation and not here.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "suites end the test they run in")]

pub mod book;
pub mod browser;
pub mod budget;
mod clock;
pub mod cloud;
pub mod connections;
pub mod connector;
pub mod fakes;
pub mod fields;
pub mod jobs;
pub mod mirror;
pub mod outbox;
pub mod outbox_law;
pub mod plans;
pub mod raw;
pub mod secrets;
mod shelf;
pub mod source;
mod suites;
pub mod wedsync;
pub mod writer;

pub use budget::Budgets;
pub use clock::{TestClock, TestIds};
pub use cloud::CloudStand;
pub use connector::CrmStand;
pub use raw::RawPile;
pub use secrets::Safe;
pub use shelf::{Book, Shelf, apply, approve, enqueue, finish, plan, planned};
pub use writer::{WriteBreak, WriteStand};

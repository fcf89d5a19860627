//! The executor over ports: jobs, retry, checkpoint, progress, apply and undo.
//!
//! The engine decides *when*; what happens to a record was decided by the pure planner in `hub-core`, and how a step
//! becomes durable is the store's matter. It sees ports only: no SQLite, no HTTP, no definition format. Each arrow of
//! `fetch -> stage -> map -> match -> plan -> review -> apply -> outbox -> cloud -> acknowledged` is durable before the
//! next begins, so a kill between any two of them resumes without ritual (SYNC-LAW 29).

mod book;
mod compare;
mod erase;
mod error;
mod fields;
mod fix_rule;
mod hooks;
mod housekeeping;
mod import;
mod mirror;
mod parts;
mod pausing;
mod preview;
mod progress;
mod restore;
mod retry;
mod review;
mod runner;
mod schema;
mod undo;
mod upload;
mod wait;

pub use book::{Book, Db};
pub use compare::{ComparedField, ComparedRecord};
pub use erase::Erasure;
pub use error::EngineError;
pub use fix_rule::{FixRule, SameValue};
pub use hooks::{MOST_PICKED, Telling};
pub use import::{Counted, Forecast, Share};
pub use parts::{ConnectorFactory, ConnectorHooks, Engine, EngineParts};
pub use pausing::pausing_of;
pub use preview::{LargestAmount, PreviewField, PreviewRow};
pub use progress::ProgressEvent;
pub use review::{Decision, ReviewChange};
pub use runner::JobRun;
pub use schema::KnownSchema;

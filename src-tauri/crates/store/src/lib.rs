//! SQLite and the vault: everything of a profile that is on disk.
//!
//! One crate knows SQL; the others see the ports of `hub_core::ports`. Deliberately absent: any decision about what a
//! record should become (that is the planner's) and any network. Every write of records, links or settings goes through
//! one function that takes the audit row in the same transaction (MODEL 12).

mod alias;
mod audit;
mod backup;
mod base;
mod budget;
mod bundle;
mod cells;
mod connections;
mod db;
mod dump;
mod erase;
mod error;
mod fields;
mod finding;
mod hooks;
mod jobs;
mod keeping;
pub mod keys;
mod migrate;
mod mirror;
mod outbox;
mod outcomes;
mod plan;
mod retention;
mod source;
mod store;
#[cfg(test)]
mod testing;
mod time;
mod typed;
mod vault;
mod watermark;

pub use backup::BACKUPS_DIR;
pub use bundle::{KeptBundle, SignedBytes};
pub use dump::Dump;
pub use migrate::{MIGRATIONS, Migration};
pub use store::{HUB_FILE, OpenError, OpenOptions, Store, VAULT_FILE};
pub use vault::Vault;

//! SQLite and the vault.
mod error;
pub mod keys;

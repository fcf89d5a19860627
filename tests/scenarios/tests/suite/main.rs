//! Stories through the engine on real parts.
#![cfg(test)]

mod expected_records;
mod first_import;
#[cfg(unix)]
mod kills;
mod moved;
mod silence;
mod support;
mod two_profiles;
mod undo;

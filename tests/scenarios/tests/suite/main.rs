//! Stories through the engine on real parts.
#![cfg(test)]

mod expected_records;
mod first_import;
mod moved;
mod silence;
mod support;
mod two_profiles;
mod undo;

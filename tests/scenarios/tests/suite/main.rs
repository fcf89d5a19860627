//! Stories through the engine on real parts.
#![cfg(test)]

mod first_import;
#[cfg(unix)]
mod kills;

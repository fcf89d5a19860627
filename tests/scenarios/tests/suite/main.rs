//! Stories through the engine on real parts.
#![cfg(test)]

#[cfg(target_os = "linux")]
mod canary;
mod first_import;
#[cfg(unix)]
mod kills;

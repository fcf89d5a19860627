//! The store's own suite: one binary, so that SQLCipher is linked once.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests may end a test")]

mod contract;
mod hooks;
mod house;
mod keeping;
mod opening;
#[cfg(target_os = "linux")]
mod secret_service;
mod support;

//! `hub` as its own process, against the sandbox on loopback.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of a test may fail the test"
)]

mod files;
mod guests;
mod hub;
mod line;
mod served;
mod story;

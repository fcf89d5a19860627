//! The client against the reference cloud over real HTTP, and both against the OpenAPI document.
//!
//! One binary, because linking is what costs. Every test ends by holding its whole traffic to the document.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what it expects by failing"
)]

mod batches;
mod document;
mod every_operation;
mod faults;
mod harness;
mod leases;
mod port;
mod reads;
mod sign_in;

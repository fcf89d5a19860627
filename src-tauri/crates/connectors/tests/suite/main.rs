//! Connectors against real HTTP: the sandbox plays the CRM, with every fault it knows.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "clippy's allowance for tests does not reach helpers of tests"
)]

mod contract;
mod definitions;
mod documents;
mod exports;
mod faults;
mod limits;
mod preview;
mod support;
mod vendor;

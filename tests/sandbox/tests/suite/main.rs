//! The sandbox against its own promises: the book, the API, the vendor's document, the faults.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "clippy's allowance for tests does not reach helpers of tests"
)]

mod book;
mod client;
mod document;
mod faults;
mod sample;
mod serve;

//! The client against the reference cloud over real HTTP, and both against the OpenAPI document.
//!
//! One binary, because linking is what costs. Every test ends by holding its whole traffic to the document.

mod batches;
mod document;
mod every_operation;
mod faults;
mod harness;
mod leases;
mod reads;
mod sign_in;

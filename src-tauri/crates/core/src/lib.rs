//! The pure domain of WedSync Hub.
//!
//! Everything that decides what happens to a supplier's client book lives here: typed values, records, mapping,
//! matching, the plan, the job states, the error codes and the ports that the outer crates implement. Nothing in this
//! crate reads a clock, draws a random number or touches a file or a socket; the wall is a test (`cargo xtask test`).

pub mod canonical;
pub mod circuit;
pub mod custom_field;
pub mod fields;
pub mod job;
pub mod malformed;
pub mod mapping;
pub mod matching;
pub mod message;
pub mod parse;
pub mod party;
pub mod path;
pub mod plan;
pub mod ports;
pub mod record;
pub mod schema;
pub mod staging;
pub mod suggest;
pub mod told;
pub mod transform;
pub mod try_cell;
pub mod value;

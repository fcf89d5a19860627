//! The plan: what an import would do, as data (DESIGN section 4, MODEL 6).
//!
//! The stored plan *is* the review screen, the dry run and what gets executed. It is built unit by unit, one unit for
//! each booking party, so that a book of 100,000 needs no more memory than one of ten; the plan's hash is the hash of
//! its ordered op hashes and can be taken while streaming. Pure: no clock, no store, no network.

mod array;
mod build;
mod stored;
mod unit;

pub use array::merge_array;
pub use build::*;
pub use unit::*;

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;

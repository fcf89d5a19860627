//! What `hub try` makes of cells: goldens that hold to the letter, and lists with a score.

#![allow(clippy::expect_used, clippy::panic)] // helpers of a test may fail the test

mod cells;
mod goldens;
mod lists;
mod mapping_lists;

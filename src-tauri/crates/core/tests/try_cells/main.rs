//! What `hub try` makes of cells: goldens that hold to the letter, and lists with a score.

#![allow(clippy::expect_used, clippy::panic, clippy::print_stdout)] // helpers of a test may fail it and tell its score

mod cells;
mod goldens;
mod lists;
mod mapping_lists;

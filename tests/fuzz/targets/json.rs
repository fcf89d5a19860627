//! Replies of a list that nobody describes: finding the list, its pages, and the cells of its records.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| hub_fuzz::list(bytes));

//! What people paste to describe a list: curl commands, recordings, OpenAPI documents, answers.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| hub_fuzz::pasted(bytes));

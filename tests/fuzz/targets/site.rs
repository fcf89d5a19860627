//! Pages of a site that nobody but its maker knows, by a layout that anybody may have written.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| hub_fuzz::site(bytes));

//! Delimited text: separators, quoting, shapes of tables. The input is text, so that no run is spent on its encoding.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| hub_fuzz::read_as_file(String::from_utf8_lossy(bytes).as_bytes()));

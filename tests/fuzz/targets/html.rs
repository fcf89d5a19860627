//! Pages with tables, and spreadsheets that are pages under another name.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    hub_fuzz::read_as_file(&[b"<html><table><tr><th>", bytes].concat());
});

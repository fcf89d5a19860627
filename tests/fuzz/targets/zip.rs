//! Archives as they lie on disk: their directory, their entries, what is packed in them.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    // An archive is told by its first bytes; without them the run would be spent on text.
    let marked = [b"PK\x03\x04", bytes.get(4..).unwrap_or_default()].concat();
    hub_fuzz::read_as_file(&marked);
});

//! Decoding: the first byte chooses a byte order mark, the rest is as it is.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((choice, rest)) = bytes.split_first() else { return };
    let mark: &[u8] = match choice % 8 {
        0 => b"\xEF\xBB\xBF",
        1 => b"\xFF\xFE",
        2 => b"\xFE\xFF",
        _ => b"",
    };
    hub_fuzz::read_as_file(&[mark, rest].concat());
});

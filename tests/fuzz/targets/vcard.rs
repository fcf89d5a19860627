//! Cards and calendars. The first byte chooses which, so that every run is of one of the two.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((choice, rest)) = bytes.split_first() else { return };
    let start: &[u8] = if choice % 2 == 0 { b"BEGIN:VCARD\r\n" } else { b"BEGIN:VCALENDAR\r\n" };
    hub_fuzz::read_as_file(&[start, rest].concat());
});

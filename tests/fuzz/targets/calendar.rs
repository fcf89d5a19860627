//! Calendars: their lines, their zones, and what repeats in them.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| hub_fuzz::calendar(bytes));

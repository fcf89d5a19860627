//! Definitions of connectors, which people share as files: refused with faults that name a place, or whole.
#![no_main]

use hub_connectors::definition::{parse, table};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match parse(text) {
        Ok(definition) => {
            assert!(!definition.identity.name.trim().is_empty(), "a definition has a name");
            let _ = table([&definition]);
            let _ = definition.field_uses();
        }
        Err(faults) => assert!(!faults.is_empty(), "what is refused is refused for a reason"),
    }
});

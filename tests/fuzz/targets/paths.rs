//! Paths of mappings: what is parsed is written back the same, and resolves in any document without a panic.
#![no_main]

use hub_core::path::SourcePath;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let (path, document) = text.split_once('\n').unwrap_or((&text, "{}"));
    let Ok(parsed) = SourcePath::parse(path) else { return };
    let again = SourcePath::parse(&parsed.to_string());
    assert_eq!(again.as_ref(), Ok(&parsed), "a path reads back as itself: {path:?}");
    if let Ok(document) = serde_json::from_str::<serde_json::Value>(document) {
        for found in parsed.resolve(&document) {
            let _ = parsed.pointer(&found);
        }
    }
});

//! Links that any program can open with the app.
#![no_main]

use hub_cloud::Returned;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    // As it came, and as the query of a link that is otherwise right.
    for link in [text.to_owned(), format!("wedsync://oauth/callback?{text}")] {
        if Returned::from_deep_link(&link).is_ok() {
            assert!(link.len() <= 8_192, "no link is longer");
            assert!(
                link.to_ascii_lowercase().starts_with("wedsync://oauth/callback?"),
                "and each is ours: {link}"
            );
        }
    }
});

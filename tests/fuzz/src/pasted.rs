//! What must hold of whatever is pasted. The replay of the seeds in `connectors/tests/suite/fuzz_seeds.rs` includes this file.

use hub_connectors::{KnownFields, PastedKind, read_pasted};
use hub_core::ports::Secret;

/// Reads an input: the first byte chooses how the rest begins, so that every kind is met.
pub fn pasted(bytes: &[u8]) {
    let Some((choice, rest)) = bytes.split_first() else { return };
    let Ok(rest) = std::str::from_utf8(rest) else { return };
    let text = match choice % 5 {
        0 => format!("curl {rest}"),
        1 => format!("{{\"log\":{{\"entries\":[{rest}"),
        2 => format!("openapi: 3.0.0\n{rest}"),
        3 => format!("{{\"openapi\":\"3.1.0\",{rest}"),
        _ => rest.to_owned(),
    };
    let text = Secret::new(text);
    match read_pasted(&text, &KnownFields::new()) {
        Ok(found) => {
            assert!(!found.candidates.is_empty(), "a reading has a candidate");
            assert!(found.candidates.len() <= 20, "nobody chooses from more");
            let told = format!("{found:?}");
            for candidate in &found.candidates {
                if let Some(address) = &candidate.address {
                    // A mere path where a document names no server.
                    let path = found.kind == PastedKind::OpenApi && address.starts_with('/');
                    assert!(path || address.starts_with("http"), "an address of the web");
                    assert!(address.lines().count() < 2, "and in one line");
                }
                let Some(key) = candidate.key.as_ref().map(Secret::expose) else { continue };
                assert!(
                    !key.trim().is_empty() && !key.chars().any(char::is_control),
                    "a key that can be sent"
                );
                // A short text is found in anything; a long one that the input holds once is shown nowhere.
                if key.len() >= 12 && text.expose().matches(key).count() == 1 {
                    assert!(!told.contains(key), "a key that is shown");
                }
            }
        }
        Err(error) => {
            assert!(!error.message().id.is_empty(), "what is refused is refused for a reason");
        }
    }
}

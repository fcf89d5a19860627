//! What must hold of the replies of any list. The replay of the seeds in `connectors/tests/suite/fuzz_seeds.rs` includes this file.

use hub_connectors::rehearse;

/// Reads an input: replies, a line each.
pub fn list(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let replies: Vec<&str> = text.split('\n').take(20).collect();
    let Some(read) = rehearse(&replies) else { return };
    assert!(read.pages <= replies.len(), "no page twice");
    assert!(read.rows <= 50_000, "no list is longer");
    assert!(read.cells <= 500 && read.fields <= 200, "a record is bounded, however wide it is");
    assert!(!read.whole || read.pages > 0, "nothing is proved by nothing");
}

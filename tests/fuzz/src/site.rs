//! What must hold of the pages of any site. The replay of the seeds in `connectors/tests/suite/fuzz_seeds.rs` includes this file.

use hub_connectors::rehearse_page;

/// Between the layout and the page of an input.
const BETWEEN: &[u8] = b"\n---\n";

/// Reads an input: a layout as TOML, a line of three dashes, and a page in any characters.
pub fn site(bytes: &[u8]) {
    let Some(at) = bytes.windows(BETWEEN.len()).position(|window| window == BETWEEN) else { return };
    let Ok(layout) = std::str::from_utf8(&bytes[..at]) else { return };
    let Some(read) = rehearse_page(layout, &bytes[at + BETWEEN.len()..]) else { return };
    assert!(read.steady, "a page says the same twice");
    assert!(read.rows.is_none_or(|rows| rows <= 10_000), "no page is longer");
    assert!(read.told <= read.rows.unwrap_or_default(), "nobody is told who is not there");
    assert!(read.addresses.iter().all(|address| address.contains(':')), "an address is a whole one");
}

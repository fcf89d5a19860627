//! The seeds of the fuzz targets that belong to this crate, held to the same promises on every run of the tests.

use std::path::Path;

use hub_connectors::rehearse_page;

#[allow(unreachable_pub, reason = "the targets call it from another crate")]
#[path = "../../../../../tests/fuzz/src/calendar.rs"]
mod calendar;
#[allow(unreachable_pub, reason = "the targets call it from another crate")]
#[path = "../../../../../tests/fuzz/src/list.rs"]
mod list;
#[allow(unreachable_pub, reason = "the targets call it from another crate")]
#[path = "../../../../../tests/fuzz/src/pasted.rs"]
mod pasted;
#[allow(unreachable_pub, reason = "the targets call it from another crate")]
#[path = "../../../../../tests/fuzz/src/site.rs"]
mod site;

fn replay(target: &str, read: fn(&[u8])) -> usize {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/fuzz/seeds").join(target);
    let mut seeds: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    seeds.sort();
    for path in &seeds {
        let bytes = std::fs::read(path).unwrap();
        read(&bytes);
        // What is cut off is met as often as what is whole.
        for end in [1, bytes.len() / 3, bytes.len() / 2, bytes.len().saturating_sub(1)] {
            read(&bytes[..end.min(bytes.len())]);
        }
    }
    seeds.len()
}

#[test]
fn what_is_pasted_keeps_its_promises() {
    assert!(replay("pasted", pasted::pasted) >= 12, "one of each kind at least");
}

#[test]
fn calendars_keep_their_promises() {
    assert!(replay("calendar", calendar::calendar) >= 5, "zones, rules and what is awkward at least");
}

#[test]
fn replies_of_lists_keep_their_promises() {
    assert!(replay("json", list::list) >= 5, "one of each way to go on at least");
}

#[test]
fn pages_of_sites_keep_their_promises() {
    assert!(replay("site", site::site) >= 6, "one of each way to go on at least");
    // A seed that is not read would show nothing.
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/fuzz/seeds/site");
    for (name, rows) in [("next", 2), ("number", 2), ("form", 2), ("detail", 2), ("script", 2)] {
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        let (layout, page) = text.split_once("\n---\n").unwrap();
        let read = rehearse_page(layout, page.as_bytes()).unwrap();
        assert_eq!(read.rows, Some(rows), "{name}: {read:?}");
        assert_eq!(read.addresses.is_empty(), name == "script", "{name}: {read:?}");
    }
}

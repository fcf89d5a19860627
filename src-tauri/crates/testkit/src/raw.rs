//! What a [`RawReader`] promises: the same order everywhere, so that assembling does not depend on where it reads.

#![allow(missing_docs, reason = "the name of a promise says what it is")]

use hub_core::canonical::hash_json;
use hub_core::ports::{RawReader, RawRecord, StoredRaw};
use serde_json::json;

/// Makes readers of raw records.
pub trait RawPile {
    /// A reader of these records of the stream `job` of the connection [`crate::book::CONNECTION`].
    fn holding(&self, records: Vec<RawRecord>) -> Box<dyn RawReader>;
}

fn record(id: &str, text: &str, parents: [Option<&str>; 2]) -> RawRecord {
    RawRecord {
        id: id.into(),
        raw: text.into(),
        version: None,
        parents: parents.map(|parent| parent.map(str::to_owned)),
    }
}

fn pile(place: &dyn RawPile) -> Box<dyn RawReader> {
    place.holding(vec![
        record("b", r#"{"n": 1, "a": "x"}"#, [Some("p2"), Some("q1")]),
        record("d", "{}", [Some("p1"), None]),
        record("a", r#"{"n": 2}"#, [Some("p2"), None]),
        record("c", "{}", [None, Some("q1")]),
    ])
}

fn ids(rows: &[StoredRaw]) -> Vec<&str> {
    rows.iter().map(|row| row.id.as_str()).collect()
}

pub fn a_scan_is_in_id_order_and_goes_on_after_an_id(place: &dyn RawPile) {
    let (raw, connection) = (pile(place), crate::book::CONNECTION);
    let all = raw.scan(connection, "job", None, 10).unwrap();
    assert_eq!(ids(&all), ["a", "b", "c", "d"], "by id, however it came");
    assert_eq!(all[1].raw, r#"{"n": 1, "a": "x"}"#, "as received");
    assert_eq!(
        all[1].content_hash,
        hash_json(&json!({"a": "x", "n": 1})),
        "a hash of what it says, not of its spelling"
    );
    assert_eq!(all[1].parents, [Some("p2".to_owned()), Some("q1".to_owned())], "with its parents");
    assert_eq!(ids(&raw.scan(connection, "job", None, 2).unwrap()), ["a", "b"], "no more than asked for");
    assert_eq!(ids(&raw.scan(connection, "job", Some("b"), 2).unwrap()), ["c", "d"], "after that id");
    assert!(raw.scan(connection, "job", Some("d"), 2).unwrap().is_empty(), "until the end");
    assert_eq!(raw.count(connection, "job").unwrap(), 4);
}

pub fn records_are_found_by_id_and_by_parent(place: &dyn RawPile) {
    let (raw, connection) = (pile(place), crate::book::CONNECTION);
    let by_ids = raw.by_ids(connection, "job", &["d".into(), "zz".into(), "a".into()]).unwrap();
    assert_eq!(ids(&by_ids), ["a", "d"], "in id order, without those that are not there");
    let asked = ["p1".to_owned(), "p2".to_owned(), "p3".to_owned()];
    let children = raw.by_parents(connection, "job", 0, &asked).unwrap();
    assert_eq!(ids(&children), ["d", "a", "b"], "by parent, then by id");
    let others = raw.by_parents(connection, "job", 1, &["q1".into(), "p1".into()]).unwrap();
    assert_eq!(ids(&others), ["b", "c"], "each slot by itself");
    assert!(raw.by_ids(connection, "job", &[]).unwrap().is_empty(), "nobody asked for");
}

pub fn a_stream_that_was_not_read_is_empty(place: &dyn RawPile) {
    let (raw, connection) = (pile(place), crate::book::CONNECTION);
    assert!(raw.scan(connection, "invoice", None, 10).unwrap().is_empty(), "streams are apart");
    assert!(raw.by_ids(connection, "invoice", &["a".into()]).unwrap().is_empty());
    assert!(raw.by_parents(connection, "invoice", 0, &["p1".into()]).unwrap().is_empty());
    assert_eq!(raw.count(connection, "invoice").unwrap(), 0);
}

//! What a [`SourceStore`](hub_core::ports::SourceStore) promises.

#![allow(missing_docs, reason = "the name of a promise says what it is")]

use hub_core::job::JobKind;
use hub_core::ports::{PageCommit, PageEffect, RawRecord, Since, Watermark};
use hub_core::record::RecordType;
use jiff::Timestamp;
use serde_json::json;

use crate::book::{CONNECTION, allotments, connection, job, party};
use crate::shelf::{Book, Shelf};

fn raw(id: &str, text: &str) -> RawRecord {
    RawRecord {
        id: id.into(),
        raw: text.into(),
        version: Some("v1".into()),
        parents: [Some(format!("parent-of-{id}")), None],
    }
}

fn page(store: &dyn Book, snapshot: &str, scope: &str, records: &[RawRecord], at: u64) -> PageEffect {
    store
        .commit_page(&PageCommit {
            job_id: "import-1",
            connection_id: CONNECTION,
            stream: "job",
            snapshot: Some(snapshot),
            scope_hash: scope,
            follow: None,
            records,
            gone: &[],
            checkpoint: &json!({"at": at}),
            processed: at,
            total: Some(10),
        })
        .unwrap()
}

fn ready(shelf: &dyn Shelf) -> Box<dyn Book> {
    let store = shelf.open();
    store.put_connection(&connection()).unwrap();
    store.create_job(&job("import-1", JobKind::Import)).unwrap();
    store
}

pub fn inv_27_a_page_and_its_checkpoint_are_durable_together(shelf: &dyn Shelf) {
    let store = ready(shelf);
    let records = [raw("b", r#"{"n": 1, "a": "x"}"#), raw("a", r#"{"n": 2}"#)];
    assert_eq!(
        page(&*store, "s1", "all", &records, 2),
        PageEffect { fresh: 2, repeated: 0, changed: 2, gone: 0 }
    );
    assert_eq!(store.job("import-1").unwrap().unwrap().checkpoint, json!({"at": 2}));
    let broken = PageCommit {
        job_id: "nowhere",
        connection_id: CONNECTION,
        stream: "job",
        snapshot: Some("s1"),
        scope_hash: "all",
        follow: None,
        records: &[raw("c", "{}")],
        gone: &[],
        checkpoint: &json!({}),
        processed: 3,
        total: None,
    };
    assert!(store.commit_page(&broken).is_err());
    assert_eq!(store.count(CONNECTION, "job").unwrap(), 2, "without its checkpoint a page has not come");
    let poison = [raw("c", "{}"), raw("d", "{not json")];
    let commit = PageCommit { job_id: "import-1", records: &poison, ..broken };
    assert!(store.commit_page(&commit).is_err(), "what is not JSON is not taken");
    assert_eq!(store.count(CONNECTION, "job").unwrap(), 2);
    let all = store.scan(CONNECTION, "job", None, 10).unwrap();
    assert_eq!(all.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), ["a", "b"], "in id order");
    assert_eq!(all[1].raw, r#"{"n": 1, "a": "x"}"#, "as received");
    assert_eq!(all[1].content_hash, hub_core::canonical::hash_json(&json!({"a": "x", "n": 1})));
    assert_eq!(store.scan(CONNECTION, "job", Some("a"), 10).unwrap().len(), 1);
    let by_ids = store.by_ids(CONNECTION, "job", &["b".into(), "zz".into(), "a".into()]).unwrap();
    assert_eq!(by_ids.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    let by_parents = store.by_parents(CONNECTION, "job", 0, &["parent-of-b".into()]).unwrap();
    assert_eq!(by_parents[0].id, "b");
    assert!(store.by_parents(CONNECTION, "job", 1, &["parent-of-b".into()]).unwrap().is_empty());
    assert_eq!(store.count(CONNECTION, "unknown").unwrap(), 0);
}

pub fn inv_04_repeated_ids_are_counted_and_order_or_spacing_is_no_change(shelf: &dyn Shelf) {
    let store = ready(shelf);
    page(&*store, "s1", "all", &[raw("a", r#"{"x":1,"y":2}"#)], 1);
    let again = [raw("a", r#"{"y": 2, "x": 1}"#), raw("b", "{}")];
    assert_eq!(
        page(&*store, "s1", "all", &again, 2),
        PageEffect { fresh: 1, repeated: 1, changed: 1, gone: 0 }
    );
    assert_eq!(
        page(&*store, "s2", "all", &[raw("a", r#"{"x":1,"y":3}"#)], 3),
        PageEffect { fresh: 1, repeated: 0, changed: 1, gone: 0 },
        "another snapshot begins to count anew"
    );
}

pub fn inv_03_absent_is_missing_only_after_two_proved_snapshots_of_one_scope(shelf: &dyn Shelf) {
    let store = ready(shelf);
    let (a, b) = (raw("a", "{}"), raw("b", "{}"));
    page(&*store, "s1", "all", &[a.clone(), b.clone()], 2);
    assert_eq!(store.prove_snapshot(CONNECTION, "job", "s1").unwrap(), 2);
    page(&*store, "s2", "all", std::slice::from_ref(&a), 1);
    assert_eq!(store.prove_snapshot(CONNECTION, "job", "s2").unwrap(), 1);
    assert_eq!(store.count(CONNECTION, "job").unwrap(), 2, "absent once proves nothing");
    // Another scope leaves b out as well, and says nothing about it (inv_06).
    page(&*store, "s3", "closed", std::slice::from_ref(&a), 1);
    store.prove_snapshot(CONNECTION, "job", "s3").unwrap();
    page(&*store, "s4", "closed", std::slice::from_ref(&a), 1);
    store.prove_snapshot(CONNECTION, "job", "s4").unwrap();
    assert_eq!(store.count(CONNECTION, "job").unwrap(), 2, "it was never seen under this scope");
    page(&*store, "s5", "all", std::slice::from_ref(&a), 1);
    store.prove_snapshot(CONNECTION, "job", "s5").unwrap();
    page(&*store, "s6", "all", std::slice::from_ref(&a), 1);
    assert_eq!(store.count(CONNECTION, "job").unwrap(), 2, "an unproved snapshot proves nothing");
    store.prove_snapshot(CONNECTION, "job", "s6").unwrap();
    assert_eq!(store.count(CONNECTION, "job").unwrap(), 1, "absent from two proved ones in a row");
    page(&*store, "s7", "all", &[a, b], 2);
    assert_eq!(store.count(CONNECTION, "job").unwrap(), 2, "and back when it is seen");
    assert!(store.prove_snapshot(CONNECTION, "job", "unknown").is_err());
}

pub fn inv_03_a_record_that_is_said_to_be_deleted_is_and_no_other(shelf: &dyn Shelf) {
    let store = ready(shelf);
    let (a, b) = (raw("a", "{}"), raw("b", "{}"));
    page(&*store, "s1", "all", &[a.clone(), b], 2);
    store.prove_snapshot(CONNECTION, "job", "s1").unwrap();
    let told = |snapshot: Option<&str>, records: &[RawRecord], gone: &[&str]| {
        let gone: Vec<String> = gone.iter().map(|id| (*id).to_owned()).collect();
        let commit = PageCommit {
            job_id: "import-1",
            connection_id: CONNECTION,
            stream: "job",
            snapshot,
            scope_hash: "all",
            follow: None,
            records,
            gone: &gone,
            checkpoint: &json!({}),
            processed: 3,
            total: None,
        };
        store.commit_page(&commit).unwrap()
    };
    let left =
        || store.scan(CONNECTION, "job", None, 10).unwrap().into_iter().map(|row| row.id).collect::<Vec<_>>();
    assert_eq!(told(None, &[], &["a", "never-seen"]).gone, 1, "whoever was never here is not made");
    assert_eq!(left(), ["b"], "exactly that one");
    assert_eq!(told(None, &[], &["a"]).gone, 0, "once");
    // A whole list without it, twice, makes it no more gone than it is; b is there.
    for snapshot in ["s2", "s3"] {
        told(Some(snapshot), &[raw("b", "{}")], &["a"]);
        store.prove_snapshot(CONNECTION, "job", snapshot).unwrap();
    }
    assert_eq!(left(), ["b"]);
    told(None, &[a], &[]);
    assert_eq!(left(), ["a", "b"], "and back when it is named again");
}

pub fn a_dropped_snapshot_counts_from_the_start(shelf: &dyn Shelf) {
    let store = ready(shelf);
    page(&*store, "s1", "all", &[raw("a", "{}")], 1);
    store.drop_snapshot(CONNECTION, "job", "s1").unwrap();
    let effect = page(&*store, "s1", "all", &[raw("a", "{}"), raw("b", "{}")], 2);
    assert_eq!(effect, PageEffect { fresh: 2, repeated: 0, changed: 1, gone: 0 });
    assert_eq!(store.prove_snapshot(CONNECTION, "job", "s1").unwrap(), 2);
}

pub fn inv_27_a_watermark_is_kept_until_it_is_forgotten(shelf: &dyn Shelf) {
    let store = ready(shelf);
    assert_eq!(store.watermark(CONNECTION, "job").unwrap(), None, "nothing is known before a full sweep");
    let mark = |second: i64| Watermark {
        mark: Since::Time(Timestamp::from_second(second).unwrap()),
        scope_hash: "all".into(),
        swept_at: Timestamp::from_second(1_778_760_000).unwrap(),
    };
    for second in [1_778_000_000, 1_778_000_500] {
        store.put_watermark(CONNECTION, "job", Some(&mark(second))).unwrap();
    }
    assert_eq!(store.watermark(CONNECTION, "contact").unwrap(), None, "streams are apart");
    let token = Watermark { mark: Since::Token("opaque=?&".into()), ..mark(0) };
    store.put_watermark(CONNECTION, "contact", Some(&mark(1_778_000_000))).unwrap();
    store.put_watermark(CONNECTION, "contact", Some(&token)).unwrap();
    drop(store);
    let store = shelf.open();
    assert_eq!(
        store.watermark(CONNECTION, "job").unwrap(),
        Some(mark(1_778_000_500)),
        "durable, the last one"
    );
    assert_eq!(store.watermark(CONNECTION, "contact").unwrap(), Some(token), "a token as it was given");
    store.put_watermark(CONNECTION, "job", None).unwrap();
    assert_eq!(store.watermark(CONNECTION, "job").unwrap(), None, "forgotten: read everything again");
}

pub fn staging_is_scratch_and_an_allotted_id_stays_with_its_source(shelf: &dyn Shelf) {
    let store = ready(shelf);
    let at = Timestamp::from_second(1).unwrap();
    let (one, two) = (party(0, "Old Barn"), party(1, "Mill"));
    store.stage("import-1", CONNECTION, &[one.clone(), two.clone()], &allotments(&one), at).unwrap();
    assert_eq!(store.staged_units("import-1", 1, 10).unwrap(), [two]);
    assert_eq!(store.staged_unit("import-1", 0).unwrap(), Some(one.clone()));
    let mut other = allotments(&one);
    other.iter_mut().for_each(|link| link.record_id = format!("late-{}", link.record_id));
    store.reset_staging("import-1").unwrap();
    assert!(store.staged_units("import-1", 0, 10).unwrap().is_empty());
    store.stage("import-1", CONNECTION, std::slice::from_ref(&one), &other, at).unwrap();
    let asked =
        [("job".to_owned(), "x-job-0".to_owned()), ("address-book".to_owned(), "x-anna-0".to_owned())];
    let links = store.links(CONNECTION, &asked).unwrap();
    assert_eq!(links.len(), 2);
    assert_eq!(
        (links[0].record_id.as_str(), links[0].record_type),
        ("job-0", RecordType::Project),
        "in order"
    );
    assert_eq!(links[1].record_id, "anna-0", "the first allotment stays");
}

//! What a [`JobStore`](hub_core::ports::JobStore) promises.

#![allow(missing_docs, reason = "the name of a promise says what it is")]

use hub_core::job::{JobEvent, JobKind, Phase};
use hub_core::ports::StoreError;
use serde_json::json;

use crate::book::{CONNECTION, connection, job};
use crate::shelf::{Shelf, rule};

pub fn inv_31_one_job_at_a_time_but_an_upload_beside_a_waiting_review(shelf: &dyn Shelf) {
    let store = shelf.open();
    store.put_connection(&connection()).unwrap();
    store.create_job(&job("import-1", JobKind::Import)).unwrap();
    assert_eq!(rule(store.create_job(&job("import-2", JobKind::Import)).unwrap_err()), "error.job_active");
    assert_eq!(rule(store.create_job(&job("upload-1", JobKind::Upload)).unwrap_err()), "error.job_active");
    store.transition("import-1", JobEvent::Start, None).unwrap();
    store.transition("import-1", JobEvent::PlanReady, None).unwrap();
    assert_eq!(
        rule(store.create_job(&job("import-2", JobKind::Import)).unwrap_err()),
        "error.job_active",
        "one import has to be reviewed before the next"
    );
    store.create_job(&job("upload-1", JobKind::Upload)).unwrap();
    assert_eq!(rule(store.create_job(&job("undo-1", JobKind::Undo)).unwrap_err()), "error.job_active");
    let illegal = store.transition("upload-1", JobEvent::Finish, None).unwrap_err();
    assert_eq!(rule(illegal), "error.illegal_transition");
    assert_eq!(store.job("upload-1").unwrap().unwrap().phase, Phase::Queued, "nothing changed");
    let mut elsewhere = job("lost", JobKind::Import);
    elsewhere.connection_id = "nowhere".into();
    assert!(matches!(store.create_job(&elsewhere), Err(StoreError::NotFound { what: "connection", .. })));
}

pub fn a_job_tells_when_it_ran_and_its_orphans_are_found_after_a_crash(shelf: &dyn Shelf) {
    {
        let store = shelf.open();
        store.put_connection(&connection()).unwrap();
        store.create_job(&job("import-1", JobKind::Import)).unwrap();
        store.transition("import-1", JobEvent::Start, None).unwrap();
        store.checkpoint("import-1", &json!({"page": 3}), 30, Some(90)).unwrap();
    }
    let store = shelf.open();
    let orphans = store.interrupt_orphans().unwrap();
    assert_eq!(orphans.len(), 1);
    assert_eq!(orphans[0].phase, Phase::Interrupted);
    assert!(store.interrupt_orphans().unwrap().is_empty(), "found once");
    let held = store.open_jobs().unwrap().remove(0);
    assert_eq!((held.checkpoint, held.processed, held.total), (json!({"page": 3}), 30, Some(90)));
    assert!(held.started_at.is_some());
    store.transition("import-1", JobEvent::Start, None).unwrap();
    store.transition("import-1", JobEvent::Fail, Some(&json!({"code": "error.bad_key"}))).unwrap();
    let ended = store.job("import-1").unwrap().unwrap();
    assert_eq!(ended.error, Some(json!({"code": "error.bad_key"})));
    assert!(ended.completed_at.is_some());
    assert!(store.open_jobs().unwrap().is_empty());
    let connection = store.connection("supplier-1", CONNECTION).unwrap().unwrap();
    assert_eq!(connection.last_sync_status.as_deref(), Some("failed"), "R59");
    store.put_counts("import-1", &json!({"client": {"created": 2}})).unwrap();
    assert_eq!(store.jobs(Some(CONNECTION), 5).unwrap()[0].counts, json!({"client": {"created": 2}}));
}

pub fn events_are_numbered_without_gaps(shelf: &dyn Shelf) {
    let store = shelf.open();
    store.put_connection(&connection()).unwrap();
    store.create_job(&job("import-1", JobKind::Import)).unwrap();
    assert_eq!(
        store.append_events("import-1", &[json!({"kind": "begin"}), json!({"kind": "tick"})]).unwrap(),
        2
    );
    assert_eq!(store.append_events("import-1", &[json!({"kind": "end"})]).unwrap(), 3);
    let tail = store.events_after("import-1", 1, 10).unwrap();
    assert_eq!(tail.iter().map(|row| row.seq).collect::<Vec<_>>(), [2, 3]);
    assert_eq!(tail[1].event, json!({"kind": "end"}));
    assert!(store.append_events("nowhere", &[json!({})]).is_err());
}

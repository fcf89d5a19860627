//! Connections, mappings, consents, settings, jobs.

use hub_core::job::{JobEvent, JobKind, Phase};
use hub_core::ports::{ConnectionStore, Consent, JobStore, StoreError};
use jiff::Timestamp;
use serde_json::{Value as Json, json};

use crate::support::{CONNECTION, Profile, connection, job};

fn rule(error: StoreError) -> &'static str {
    match error {
        StoreError::Refused { rule, .. } => rule,
        other => panic!("a rule must refuse it, got {other}"),
    }
}

#[test]
fn a_connection_comes_back_as_it_was_and_only_to_its_supplier() {
    let profile = Profile::new();
    let store = profile.open();
    let made = connection();
    store.put_connection(&made).unwrap();
    assert_eq!(store.connection("supplier-1", CONNECTION).unwrap(), Some(made.clone()));
    assert_eq!(store.connection("supplier-2", CONNECTION).unwrap(), None, "inv_43: the supplier is a wall");
    assert!(!store.delete_connection("supplier-2", CONNECTION).unwrap());
    let mut foreign = made.clone();
    foreign.supplier_id = "supplier-2".into();
    assert!(store.put_connection(&foreign).is_err(), "nor may another supplier take its id");

    let mut second = made.clone();
    second.id = "conn-2".into();
    second.account.account_id = "studio-2".into();
    assert_eq!(rule(store.put_connection(&second).unwrap_err()), "error.connection_name_taken", "R62");
    second.name = "Tave 2".into();
    store.put_connection(&second).unwrap();
    let mut renamed = made;
    renamed.name = "My Tave".into();
    renamed.error = Some(json!({"code": "error.bad_key"}));
    store.create_job(&job("job-1", JobKind::Import)).unwrap();
    store.put_connection(&renamed).unwrap();
    assert!(store.job("job-1").unwrap().is_some(), "saving a connection again keeps what hangs on it");
    let names: Vec<String> =
        store.connections("supplier-1").unwrap().into_iter().map(|connection| connection.name).collect();
    assert_eq!(names, ["My Tave", "Tave 2"]);
    assert!(store.delete_connection("supplier-1", CONNECTION).unwrap());
    assert!(store.job("job-1").unwrap().is_none(), "its jobs go with it");
}

#[test]
fn a_mapping_keeps_its_order_and_counts_its_changes() {
    let profile = Profile::new();
    let store = profile.open();
    store.put_connection(&connection()).unwrap();
    assert_eq!(store.mapping(CONNECTION).unwrap(), None);
    let rules: Vec<Json> = ["wedding_date", "venue_name"]
        .iter()
        .map(|field| {
            json!({"record_type": "project", "wedsync_field": field, "sources": [format!("jobs.0.{field}")],
                "value_type": "date", "transforms": [{"kind": "trim"}], "direction": "import_only", "required": true})
        })
        .collect();
    assert_eq!(store.put_mapping(CONNECTION, &rules).unwrap(), 1);
    let reversed: Vec<Json> = rules.iter().rev().cloned().collect();
    assert_eq!(store.put_mapping(CONNECTION, &reversed).unwrap(), 2);
    let stored = store.mapping(CONNECTION).unwrap().unwrap();
    assert_eq!((stored.revision, stored.rules), (2, reversed));
    let twice = vec![rules[0].clone(), rules[0].clone()];
    assert_eq!(rule(store.put_mapping(CONNECTION, &twice).unwrap_err()), "error.mapping_twice", "R80");
    assert_eq!(store.mapping(CONNECTION).unwrap().unwrap().revision, 2, "a refused mapping changes nothing");
}

#[test]
fn consents_and_settings_are_kept() {
    let profile = Profile::new();
    let store = profile.open();
    store.put_connection(&connection()).unwrap();
    for version in ["1", "2"] {
        let consent = Consent {
            connection_id: CONNECTION.into(),
            text_version: version.into(),
            scope: json!({"closed": true}),
            at: Timestamp::from_second(1_778_000_000).unwrap(),
            by: "user-1".into(),
        };
        store.add_consent(&consent).unwrap();
        assert_eq!(store.latest_consent(CONNECTION).unwrap(), Some(consent), "R224");
    }
    store.put_setting("theme", &json!("dark")).unwrap();
    assert_eq!(store.setting("theme").unwrap(), Some(json!("dark")));
    store.put_setting("theme", &Json::Null).unwrap();
    assert_eq!(store.setting("theme").unwrap(), None);
}

#[test]
fn inv_31_one_job_at_a_time_but_an_upload_beside_a_waiting_review() {
    let profile = Profile::new();
    let store = profile.open();
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

#[test]
fn a_job_tells_when_it_ran_and_its_orphans_are_found_after_a_crash() {
    let profile = Profile::new();
    {
        let store = profile.open();
        store.put_connection(&connection()).unwrap();
        store.create_job(&job("import-1", JobKind::Import)).unwrap();
        store.transition("import-1", JobEvent::Start, None).unwrap();
        store.checkpoint("import-1", &json!({"page": 3}), 30, Some(90)).unwrap();
    }
    let store = profile.open();
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

#[test]
fn events_are_numbered_without_gaps() {
    let profile = Profile::new();
    let store = profile.open();
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

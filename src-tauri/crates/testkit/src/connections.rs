//! What a [`ConnectionStore`](hub_core::ports::ConnectionStore) promises.

#![allow(missing_docs, reason = "the name of a promise says what it is")]

use hub_core::job::JobKind;
use hub_core::ports::Consent;
use jiff::Timestamp;
use serde_json::{Value as Json, json};

use crate::book::{CONNECTION, connection, job};
use crate::shelf::{Shelf, rule};

pub fn a_connection_comes_back_as_it_was_and_only_to_its_supplier(shelf: &dyn Shelf) {
    let store = shelf.open();
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

pub fn a_mapping_keeps_its_order_and_counts_its_changes(shelf: &dyn Shelf) {
    let store = shelf.open();
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

pub fn consents_and_settings_are_kept(shelf: &dyn Shelf) {
    let store = shelf.open();
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

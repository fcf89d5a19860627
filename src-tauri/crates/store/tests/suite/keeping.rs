//! Restore points.

use std::fs;

use hub_core::ports::{
    Actor, ConnectionStore, KeepingStore, MirrorStore, OutboxStore, RebaseReason, Secret, SecretStore,
    StoreError,
};
use hub_core::record::{RecordKey, RecordType};
use hub_store::{BACKUPS_DIR, Store};
use hub_testkit::book::{CONNECTION, cloud_record, connection};
use jiff::Timestamp;
use serde_json::json;

use crate::support::Profile;

#[test]
fn inv_35_a_restore_point_opens_verifies_and_brings_the_book_back() {
    let profile = Profile::new();
    let store = profile.open();
    store.put_connection(&connection()).unwrap();
    store
        .commit_mirror(
            &[cloud_record(RecordType::Person, "anna", 1, json!({"first_name": "Anna"}))],
            Some("c1"),
        )
        .unwrap();
    let before = store.dump_normalised().unwrap();
    let at = Timestamp::from_second(1_778_760_000).unwrap();
    let point = store.restore_point("upload", None, at).unwrap();
    let file = profile.path().join(BACKUPS_DIR).join(format!("{point}.db"));
    let bytes = fs::read(&file).unwrap();
    assert!(!bytes.windows(4).any(|window| window == b"Anna"), "encrypted like the book");

    store.vault().put_secret("tave/studio-1", &Secret::new("a-key-from-after")).unwrap();
    store
        .commit_mirror(
            &[cloud_record(RecordType::Person, "anna", 2, json!({"first_name": "Hannah"}))],
            Some("c2"),
        )
        .unwrap();
    assert_ne!(store.dump_normalised().unwrap(), before);
    let audited = store.verify_audit().unwrap().unwrap();
    let epoch = store.vault().db_epoch().unwrap();
    let device = store.vault().device_id().unwrap();
    let actor = Actor { who: "user-1".into(), why: "reason.restore".into(), job_id: None, at };
    assert!(matches!(store.restore("unknown", &actor), Err(StoreError::NotFound { .. })));

    assert_eq!(store.restore(&point, &actor).unwrap(), epoch + 1, "the cloud can tell an older book");
    assert_eq!(store.dump_normalised().unwrap().tables, before.tables, "in the same process");
    drop(store);
    let store = profile.open();
    assert_eq!(store.dump_normalised().unwrap().tables, before.tables, "and at the next start");
    assert_eq!(store.vault().db_epoch().unwrap(), epoch + 1);
    assert_eq!(store.vault().device_id().unwrap(), device, "the vault is untouched");
    let secret = store.vault().secret("tave/studio-1").unwrap().unwrap();
    assert_eq!(secret.expose(), "a-key-from-after");
    let rows = store.verify_audit().unwrap().expect("the chain goes on");
    assert!(rows > audited, "what was written since is still told, and the restore as well");
    assert_eq!(store.rebase(CONNECTION).unwrap(), Some(RebaseReason::Restored));
    assert_eq!(store.mirror_cursor().unwrap(), None, "everything is read anew");
    let points = store.restore_points().unwrap();
    let reasons: Vec<_> = points.iter().map(|point| point.reason.as_str()).collect();
    assert!(reasons.contains(&"restore"), "the book from before can be gone back to as well: {reasons:?}");
    let left = |name: &str| profile.path().join(name).exists();
    assert!(!left("hub.db.restored") && !left("hub.db.set-aside"), "nothing lies about");

    let other = &points.iter().find(|point| point.reason == "restore").unwrap().id;
    store.restore(other, &actor).unwrap();
    let anna = store.mirror_record(&RecordKey::new(RecordType::Person, "anna")).unwrap().unwrap();
    assert_eq!(anna.fields["first_name"], "Hannah", "going back was gone back on");
    assert!(store.verify_audit().unwrap().is_ok(), "with one chain throughout");
}

#[test]
fn f73_a_missing_or_changed_restore_point_is_refused_and_nothing_is_touched() {
    let profile = Profile::new();
    let store = profile.open();
    store.put_connection(&connection()).unwrap();
    let at = Timestamp::from_second(1_778_760_000).unwrap();
    let actor = Actor { who: "user-1".into(), why: "reason.restore".into(), job_id: None, at };
    let point = store.restore_point("upload", None, at).unwrap();
    let file = profile.path().join(BACKUPS_DIR).join(format!("{point}.db"));
    let whole = fs::read(&file).unwrap();
    let refused_with = |wanted: &str| {
        let (epoch, audited) = (store.vault().db_epoch().unwrap(), store.verify_audit().unwrap().unwrap());
        match store.restore(&point, &actor) {
            Err(StoreError::Refused { rule, .. }) => assert_eq!(rule, wanted),
            other => panic!("it must be refused, got {other:?}"),
        }
        assert_eq!(store.rebase(CONNECTION).unwrap(), None, "the book is as it was");
        assert_eq!(store.vault().db_epoch().unwrap(), epoch);
        assert_eq!(store.verify_audit().unwrap().unwrap(), audited);
    };
    let mut torn = whole.clone();
    let middle = torn.len() / 2;
    torn[middle] ^= 1;
    fs::write(&file, torn).unwrap();
    refused_with("error.restore_point_damaged");
    fs::write(&file, &whole[..middle]).unwrap();
    refused_with("error.restore_point_damaged");
    fs::remove_file(&file).unwrap();
    refused_with("error.restore_point_missing");
    assert!(!store.restore_points().unwrap()[0].present, "the list says so too");
    fs::write(&file, whole).unwrap();
    store.restore(&point, &actor).unwrap();
}

/// Ends the exchange of books halfway, as a kill would.
struct Halfway;

impl hub_core::ports::FailPoints for Halfway {
    fn pass(&self, window: &'static str) {
        assert_ne!(window, "store.book_set_aside", "killed");
    }
}

#[test]
fn inv_29_a_kill_between_setting_aside_and_putting_in_place_is_mended_at_the_next_start() {
    let profile = Profile::new();
    let store = Store::open(profile.options_with(std::sync::Arc::new(Halfway))).unwrap();
    store.put_connection(&connection()).unwrap();
    let at = Timestamp::from_second(1_778_760_000).unwrap();
    let actor = Actor { who: "user-1".into(), why: "reason.restore".into(), job_id: None, at };
    let point = store.restore_point("upload", None, at).unwrap();
    let killed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| store.restore(&point, &actor)));
    assert!(killed.is_err(), "it was killed with no book in place");
    assert!(!profile.path().join("hub.db").exists());
    drop(store);
    let store = profile.open();
    assert_eq!(store.rebase(CONNECTION).unwrap(), Some(RebaseReason::Restored), "it is the restored one");
    assert!(store.verify_audit().unwrap().is_ok());
}

#[test]
fn f70_an_old_file_put_in_place_of_the_book_is_noticed_at_start() {
    let profile = Profile::new();
    let book = profile.path().join("hub.db");
    let store = profile.open();
    store.put_connection(&connection()).unwrap();
    store.commit_mirror(&[], Some("c1")).unwrap();
    drop(store);
    let old = fs::read(&book).unwrap();
    let store = profile.open();
    store.commit_mirror(&[], Some("c2")).unwrap();
    assert_eq!(store.rebase(CONNECTION).unwrap(), None);
    drop(store);
    fs::write(&book, old).unwrap();
    let store = profile.open();
    assert_eq!(store.rebase(CONNECTION).unwrap(), Some(RebaseReason::OlderBook));
    assert_eq!(store.mirror_cursor().unwrap(), None, "and everything is read anew");
    store.rebased(CONNECTION).unwrap();
    drop(store);
    assert_eq!(profile.open().rebase(CONNECTION).unwrap(), None, "asked once");
}

#[test]
fn old_restore_points_go_when_there_are_too_many() {
    let profile = Profile::new();
    let store = profile.open();
    for n in 0..22 {
        store.restore_point("upload", None, Timestamp::from_second(1_778_760_000 + n).unwrap()).unwrap();
    }
    let files = fs::read_dir(profile.path().join(BACKUPS_DIR)).unwrap().count();
    assert_eq!(files, 20);
}

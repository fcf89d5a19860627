//! Restore points.

use std::fs;

use hub_core::ports::{ConnectionStore, MirrorStore, OutboxStore, Secret, SecretStore, StoreError};
use hub_core::record::RecordType;
use hub_store::BACKUPS_DIR;
use hub_testkit::book::{cloud_record, connection};
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
    assert!(matches!(
        profile.open().restore("unknown", profile.options()),
        Err(hub_store::OpenError::Store(StoreError::NotFound { .. }))
    ));

    let store = store.restore(&point, profile.options()).unwrap();
    assert_eq!(store.dump_normalised().unwrap().tables, before.tables);
    assert_eq!(store.vault().db_epoch().unwrap(), epoch + 1, "the cloud can tell an older book");
    assert_eq!(store.vault().device_id().unwrap(), device, "the vault is untouched");
    let secret = store.vault().secret("tave/studio-1").unwrap().unwrap();
    assert_eq!(secret.expose(), "a-key-from-after");
    let rows = store.verify_audit().unwrap().expect("the chain goes on");
    assert!(rows > audited, "what was written since is still told, and the restore as well");
    assert_eq!(store.setting("store.rebase").unwrap(), Some(json!(true)));
    assert_eq!(store.mirror_cursor().unwrap(), None, "everything is read anew");
    assert!(profile.path().join("hub.db.set-aside").exists(), "the other book is set aside, not deleted");

    let mut torn = bytes;
    let middle = torn.len() / 2;
    torn[middle] ^= 1;
    fs::write(&file, torn).unwrap();
    let dump = store.dump_normalised().unwrap();
    assert!(store.restore(&point, profile.options()).is_err(), "F73: a changed restore point is refused");
    assert_eq!(profile.open().dump_normalised().unwrap(), dump, "and the book stays as it is");
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

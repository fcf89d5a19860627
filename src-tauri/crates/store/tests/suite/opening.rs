//! Opening, migrating, and refusing to.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hub_core::ports::{ConnectionStore, FailPoints, MirrorStore, StoreError};
use hub_core::record::RecordType;
use hub_store::keys::{self, MemoryKeychain, Protection};
use hub_store::{HUB_FILE, MIGRATIONS, Migration, OpenError, Store, VAULT_FILE};
use serde_json::json;

use hub_testkit::book::{cloud_record, connection};

use crate::support::Profile;

/// The newest version of the real set.
fn known() -> u32 {
    MIGRATIONS.last().map_or(0, |migration| migration.version)
}

/// The real set and one more.
fn tomorrows() -> Vec<Migration> {
    let next = Migration {
        version: known() + 1,
        name: "9999_test",
        sql: "ALTER TABLE clients ADD COLUMN nickname TEXT; UPDATE clients SET nickname = first_name;",
    };
    MIGRATIONS.iter().copied().chain([next]).collect()
}

#[test]
fn what_was_stored_is_there_again_and_no_file_shows_it() {
    let profile = Profile::new();
    {
        let store = profile.open();
        let mut canary = connection();
        canary.name = "Canary Photography".into();
        store.put_connection(&canary).unwrap();
    }
    let store = profile.open();
    assert_eq!(store.connections("supplier-1").unwrap()[0].name, "Canary Photography");
    for entry in fs::read_dir(profile.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let bytes = fs::read(&path).unwrap();
            let shown = bytes.windows(6).any(|window| window == b"Canary");
            assert!(!shown, "{} holds the name in the clear", path.display());
        }
    }
}

#[test]
fn a_wrong_key_a_missing_file_and_a_damaged_file_are_three_errors() {
    let profile = Profile::new();
    drop(profile.open());
    let other = Profile::new();
    let mut wrong = profile.options();
    wrong.keys = other.keys.clone();
    assert!(
        matches!(Store::open(wrong), Err(OpenError::WrongKey)),
        "told by the key file, not by the database"
    );

    let book = profile.path().join(HUB_FILE);
    let bytes = fs::read(&book).unwrap();
    let mut torn = bytes.clone();
    torn[..4096].iter_mut().for_each(|byte| *byte ^= 0x5a);
    fs::write(&book, &torn).unwrap();
    assert!(matches!(Store::open(profile.options()), Err(OpenError::Damaged { file: HUB_FILE, .. })));
    fs::write(&book, b"").unwrap();
    assert!(
        matches!(Store::open(profile.options()), Err(OpenError::Damaged { .. })),
        "an empty file is no reason to begin anew"
    );
    fs::remove_file(&book).unwrap();
    assert!(matches!(Store::open(profile.options()), Err(OpenError::Missing { file: HUB_FILE })));
    assert!(!book.exists(), "no new empty book is made where an old one is remembered");
    fs::write(&book, &bytes).unwrap();
    assert!(Store::open(profile.options()).is_ok(), "and the old one opens again");
    fs::remove_file(profile.path().join(VAULT_FILE)).unwrap();
    assert!(matches!(Store::open(profile.options()), Err(OpenError::Missing { file: VAULT_FILE })));
}

#[test]
fn a_copied_file_does_not_open_under_the_keys_of_another_profile() {
    let (one, two) = (Profile::new(), Profile::new());
    drop((one.open(), two.open()));
    fs::copy(one.path().join(HUB_FILE), two.path().join(HUB_FILE)).unwrap();
    let opened = Store::open(two.options());
    assert!(matches!(opened, Err(OpenError::Damaged { file: HUB_FILE, .. })));
}

#[test]
fn inv_46_an_older_book_is_copied_then_migrated_and_a_newer_one_is_left_alone() {
    let profile = Profile::new();
    {
        let store = profile.open();
        store.put_connection(&connection()).unwrap();
        let client = cloud_record(RecordType::Client, "client-1", 1, json!({"company_name": "Finch Ltd"}));
        store.commit_mirror(&[client], Some("c1")).unwrap();
    }
    {
        let store = Store::open_with(profile.options(), &tomorrows()).unwrap();
        assert_eq!(store.connections("supplier-1").unwrap().len(), 1, "rows survive");
        assert!(store.match_party("client-1").unwrap().is_some(), "the book too");
        let copy = profile.path().join(format!("hub.db.before-{}", known() + 1));
        assert!(copy.exists(), "the old file was copied first");
    }
    let book = profile.path().join(HUB_FILE);
    let before = fs::read(&book).unwrap();
    match Store::open(profile.options()) {
        Err(OpenError::Store(StoreError::Newer { found, known: ours }))
            if found == known() + 1 && ours == known() => {}
        other => panic!("a newer book must be refused, got {:?}", other.err()),
    }
    assert_eq!(fs::read(&book).unwrap(), before, "not a byte of it changed");
    // The copy from before is a whole book of the version that the program knows.
    fs::copy(profile.path().join(format!("hub.db.before-{}", known() + 1)), &book).unwrap();
    let old = Store::open(profile.options()).unwrap();
    assert_eq!(old.connections("supplier-1").unwrap().len(), 1);
}

/// Ends the migration at its n-th window by a panic, as a crash would.
struct CrashAt(AtomicUsize);

impl FailPoints for CrashAt {
    fn pass(&self, window: &'static str) {
        if window == "migration" && self.0.fetch_sub(1, Ordering::SeqCst) == 1 {
            panic!("the process ends here");
        }
    }
}

#[test]
fn inv_29_a_migration_that_is_cut_off_has_not_happened() {
    for window in 1..=3 {
        let profile = Profile::new();
        profile.open().put_connection(&connection()).unwrap();
        let options = profile.options_with(Arc::new(CrashAt(AtomicUsize::new(window))));
        let crashed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            Store::open_with(options, &tomorrows()).map(|_| ())
        }));
        assert!(crashed.is_err(), "window {window} was passed");
        let store = Store::open_with(profile.options(), &tomorrows()).unwrap();
        assert_eq!(store.connections("supplier-1").unwrap().len(), 1, "cut off at window {window}");
    }
    // Also the very first one: the file is there, empty, and was never promised.
    let profile = Profile::new();
    let options = profile.options_with(Arc::new(CrashAt(AtomicUsize::new(1))));
    let crashed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| Store::open(options).map(|_| ())));
    assert!(crashed.is_err());
    assert!(Store::open(profile.options()).is_ok(), "a first start that was cut off starts again");
}

#[test]
fn the_schema_is_what_it_was_agreed_to_be() {
    let profile = Profile::new();
    let store = profile.open();
    let tables = store.schema().unwrap();
    let names: Vec<&str> = tables.keys().map(String::as_str).collect();
    for required in [
        "crm_integrations",
        "crm_sync_jobs",
        "crm_field_mappings",
        "crm_sync_logs",
        "crm_client_staging",
        "clients",
        "people",
        "contact_points",
        "client_people",
        "project_people",
        "projects",
        "events",
        "invoices",
        "payments",
        "payment_allocations",
        "tasks",
        "documents",
        "communications",
        "forms",
        "crm_records",
        "wedsync_records",
        "record_links",
        "base_values",
        "plans",
        "plan_ops",
        "conflicts",
        "merges",
        "outbox",
        "outbox_batches",
        "id_aliases",
        "audit_log",
        "consents",
        "backups",
        "settings",
        "custom_field_defs",
        "plan_fields",
        "mapping_templates",
        "usage_counters",
    ] {
        assert!(names.contains(&required), "DESIGN section 3 names {required}");
    }
    let columns = |table: &str, expected: &[&str]| {
        for column in expected {
            assert!(
                tables[table].iter().any(|held| held == column),
                "{table}.{column} is the specification's"
            );
        }
    };
    columns(
        "crm_integrations",
        &[
            "id",
            "supplier_id",
            "crm_provider",
            "connection_name",
            "connection_status",
            "auth_config",
            "sync_config",
            "last_sync_at",
            "last_sync_status",
            "sync_error_details",
            "created_at",
            "updated_at",
        ],
    );
    columns(
        "crm_sync_jobs",
        &[
            "id",
            "integration_id",
            "job_type",
            "job_status",
            "job_config",
            "progress_percent",
            "records_processed",
            "records_total",
            "error_details",
            "started_at",
            "completed_at",
            "created_at",
        ],
    );
    columns(
        "crm_field_mappings",
        &[
            "id",
            "integration_id",
            "wedsync_field",
            "crm_field",
            "field_type",
            "transform_rules",
            "sync_direction",
            "is_required",
            "created_at",
        ],
    );
    columns(
        "crm_sync_logs",
        &[
            "id",
            "integration_id",
            "sync_job_id",
            "record_type",
            "record_id",
            "wedsync_record_id",
            "action_type",
            "action_details",
            "error_message",
            "processed_at",
        ],
    );
    columns(
        "crm_client_staging",
        &[
            "id",
            "integration_id",
            "sync_job_id",
            "external_id",
            "raw_data",
            "mapped_data",
            "import_status",
            "error_details",
            "created_at",
        ],
    );
    columns("clients", &["crm_integration_id", "external_crm_id", "last_crm_sync_at"]);
    // A released migration never changes: a new one is added instead.
    let digest = hub_core::canonical::hash_bytes(MIGRATIONS[0].sql.as_bytes());
    assert_eq!(digest, include_str!("../fixtures/0001_initial.sha256").trim());
}

#[test]
fn keys_of_a_profile_are_not_made_twice() {
    let profile = Profile::new();
    let keychain = MemoryKeychain::default();
    let again = keys::create(profile.path(), "p", &Protection::Keychain(&keychain));
    assert!(matches!(again, Err(keys::KeyError::AlreadyThere)));
}

#[test]
fn every_message_id_of_this_crate_has_its_sentence() {
    let catalogue: serde_json::Value =
        serde_json::from_str(include_str!("../../../core/locales/en-GB.json")).unwrap();
    let mut seen = 0;
    let mut dirs = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
    while let Some(dir) = dirs.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                dirs.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            for literal in
                text.split('"').filter(|text| text.starts_with("error.") || text.starts_with("audit."))
            {
                seen += 1;
                assert!(catalogue.get(literal).is_some(), "{} uses {literal}", path.display());
            }
        }
    }
    assert!(seen > 30, "the ids are found in the sources");
}

//! Restore points, secrets, and the review list at size.

use std::fs;

use hub_core::job::{JobKind, Outcome};
use hub_core::plan::{PlannedUnit, Problem, Resolution, UnitKind};
use hub_core::ports::{
    Actor, Approval, ConnectionStore, Heading, JobStore, KeepingStore, Mark, MirrorStore, OutboxStore,
    PlanHead, PlanState, PlanStore, RebaseReason, Secret, SecretStore, StoreError, UnitQuery, UnitState,
};
use hub_core::record::{RecordKey, RecordType};
use hub_store::{BACKUPS_DIR, Store};
use jiff::Timestamp;
use serde_json::json;

use crate::support::{CONNECTION, Profile, cloud_record, connection, job, party, planned};

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

#[test]
fn secrets_are_replaced_and_removed() {
    let profile = Profile::new();
    let store = profile.open();
    let vault = store.vault();
    vault.put_secret("one", &Secret::new("key-of-one-12345")).unwrap();
    vault.put_secret("two", &Secret::new("key-of-two-12345")).unwrap();
    vault.put_secret("one", &Secret::new("key-of-one-67890")).unwrap();
    assert_eq!(vault.secret("one").unwrap().unwrap().expose(), "key-of-one-67890");
    assert!(vault.secret("three").unwrap().is_none());
    assert!(vault.delete_secret("two").unwrap());
    assert!(!vault.delete_secret("two").unwrap());
}

fn head(plan_id: &str, job_id: &str) -> PlanHead {
    PlanHead {
        id: plan_id.into(),
        job_id: job_id.into(),
        connection_id: CONNECTION.into(),
        state: PlanState::Building,
        hash: String::new(),
        counts: Default::default(),
        guard: None,
        created_at: Timestamp::from_second(1_778_760_000).unwrap(),
    }
}

fn many(store: &Store, count: u64) {
    store.put_connection(&connection()).unwrap();
    store.create_job(&job("import-1", JobKind::Import)).unwrap();
    store.begin_plan(&head("plan-1", "import-1")).unwrap();
    let units: Vec<(PlannedUnit, Resolution)> = (0..count)
        .map(|n| {
            let mut unit = planned(store, &party(n, if n % 2 == 0 { "Old Barn" } else { "50% Mill_Hall" }));
            unit.summary.wedding_date = (n % 3 != 0).then(|| format!("2026-{:02}-01", n % 12 + 1));
            (unit, Resolution::default())
        })
        .collect();
    store.append_units("plan-1", &units).unwrap();
    store.seal_plan("plan-1", "hash", &Default::default(), Some("blast_changes")).unwrap();
}

#[test]
fn the_review_list_filters_sorts_searches_and_pages() {
    let profile = Profile::new();
    let store = profile.open();
    many(&store, 30);
    let query = |search: Option<&str>, sort: Option<&str>, offset, limit| UnitQuery {
        search: search.map(str::to_owned),
        sort: sort.map(str::to_owned),
        offset,
        limit,
        ..UnitQuery::default()
    };
    let seqs = |query: &UnitQuery| {
        let (rows, total) = store.units("plan-1", query).unwrap();
        (rows.iter().map(|row| row.seq).collect::<Vec<_>>(), total)
    };
    assert_eq!(seqs(&query(None, None, 10, 3)), (vec![10, 11, 12], 30));
    assert_eq!(seqs(&query(None, Some("-seq"), 0, 2)), (vec![29, 28], 30));
    assert_eq!(seqs(&query(Some("ANNA7 price"), None, 0, 5)), (vec![7], 1));
    assert_eq!(seqs(&query(Some("50% mill_"), None, 0, 2)), (vec![1, 3], 15), "no wildcards from a person");
    assert_eq!(seqs(&query(Some("5_% m"), None, 0, 2)), (vec![], 0));
    assert_eq!(seqs(&query(None, Some("name"), 0, 3)), (vec![0, 1, 10], 30));
    let (dated, _) = store.units("plan-1", &query(None, Some("wedding_date"), 0, 30)).unwrap();
    let dates: Vec<_> = dated.iter().map(|row| row.summary.wedding_date.clone()).collect();
    assert!(
        dates[..20].is_sorted() && dates[20..].iter().all(Option::is_none),
        "those without a date come last"
    );
    let third = dates[2].clone();
    let later = UnitQuery { weddings_from: third.clone(), ..query(None, Some("wedding_date"), 0, 1) };
    let (rows, total) = store.units("plan-1", &later).unwrap();
    let fitting = dates[..20].iter().filter(|date| **date >= third).count();
    assert_eq!(rows[0].summary.wedding_date, third, "the day itself counts");
    assert_eq!(total, fitting as u64, "those without a date are left out");
    let none = UnitQuery { kind: Some(UnitKind::Conflict), limit: 5, ..UnitQuery::default() };
    assert_eq!(seqs(&none), (vec![], 0));
    assert_eq!(store.unit("plan-1", 3).unwrap().unwrap().unit.ops.len(), 6);
    assert_eq!(store.plan("plan-1").unwrap().unwrap().guard.as_deref(), Some("blast_changes"));
    let approval = Approval { by: "user-1".into(), at: Timestamp::from_second(1).unwrap() };
    store.lift_guard("plan-1", &approval).unwrap();
    assert_eq!(store.current_plan(CONNECTION).unwrap().unwrap().guard, None, "lifted by a person");
}

#[test]
fn every_row_stands_under_the_heading_that_its_kind_and_state_say() {
    let profile = Profile::new();
    let store = profile.open();
    store.put_connection(&connection()).unwrap();
    store.create_job(&job("import-1", JobKind::Import)).unwrap();
    store.begin_plan(&head("plan-1", "import-1")).unwrap();
    let states = [UnitState::Pending, UnitState::Approved, UnitState::Rejected, UnitState::Moved];
    let mut units = Vec::new();
    for (n, kind) in UnitKind::ALL.into_iter().cycle().take(UnitKind::ALL.len() * states.len()).enumerate() {
        let mut unit = planned(&store, &party(n as u64, "Old Barn"));
        unit.kind = kind;
        if kind == UnitKind::Problem {
            unit.problems = vec![Problem {
                record_id: unit.client_id.clone(),
                record_type: RecordType::Person,
                field: "phone".into(),
                found: format!("{n}90"),
                code: if n % 16 == 1 { "phone_too_short".into() } else { "phone_letters".into() },
                params: Default::default(),
                fixes: Vec::new(),
                required_by_wedsync: false,
            }];
        }
        units.push((unit, Resolution::default()));
    }
    store.append_units("plan-1", &units).unwrap();
    store.seal_plan("plan-1", "hash", &Default::default(), None).unwrap();
    for (turn, state) in states.into_iter().enumerate().skip(1) {
        let seqs: Vec<u64> = (0..8).map(|n| (turn * 8 + n) as u64).collect();
        store.set_unit_state("plan-1", &seqs, state).unwrap();
    }
    let mut seen = 0;
    for heading in Heading::ALL {
        for sort in ["seq", "-seq", "name", "-name", "wedding_date", "-wedding_date"] {
            let query = UnitQuery {
                heading: Some(heading),
                sort: Some(sort.to_owned()),
                limit: 100,
                ..UnitQuery::default()
            };
            let (rows, total) = store.units("plan-1", &query).unwrap();
            assert_eq!(rows.len() as u64, total);
            assert!(
                rows.iter().all(|row| Heading::of(row.kind, row.state) == heading),
                "{heading:?} by {sort}"
            );
            seen += rows.len();
        }
    }
    assert_eq!(seen, units.len() * 6, "each row once under each order");
    let groups = store.alike_counts("plan-1").unwrap();
    let named: Vec<(&str, u64)> = groups.iter().map(|group| (group.alike.as_str(), group.count)).collect();
    assert_eq!(
        named,
        [("person/phone/phone_letters", 1), ("person/phone/phone_too_short", 1)],
        "those that wait"
    );
    let query = UnitQuery {
        alike: Some("person/phone/phone_too_short".into()),
        heading: Some(Heading::Waiting),
        limit: 10,
        ..UnitQuery::default()
    };
    let (rows, total) = store.units("plan-1", &query).unwrap();
    assert_eq!((rows.len(), total), (1, 1));
    let mark = &rows[0].marks[0];
    assert_eq!((mark.record_type, mark.field.as_str()), (RecordType::Person, "phone"));
    assert!(matches!(&mark.mark, Mark::Problem { code, .. } if code == "phone_too_short"));
}

#[test]
fn decisions_are_kept_remembered_and_superseded() {
    let profile = Profile::new();
    let store = profile.open();
    many(&store, 3);
    let unit = store.unit("plan-1", 1).unwrap().unwrap().unit;
    let resolution = Resolution { create_anyway: true, ..Resolution::default() };
    store.replace_unit("plan-1", &unit, UnitState::Approved, &resolution, "inputs").unwrap();
    let held = store.unit("plan-1", 1).unwrap().unwrap();
    assert_eq!((held.state, &held.resolution), (UnitState::Approved, &resolution));
    assert!(!held.approved_hash.is_empty());
    let asked = [("client-1".to_owned(), "inputs".to_owned()), ("client-1".to_owned(), "others".to_owned())];
    assert_eq!(store.remembered(CONNECTION, &asked).unwrap(), [Some(resolution), None]);
    store.replace_unit("plan-1", &unit, UnitState::Pending, &Resolution::default(), "inputs").unwrap();
    assert_eq!(store.remembered(CONNECTION, &asked).unwrap(), [None, None], "taken back is forgotten");
    let approval = Approval { by: "user-1".into(), at: Timestamp::from_second(1).unwrap() };
    assert_eq!(store.approve("plan-1", Some(&[0, 2]), &approval).unwrap(), 2);
    assert_eq!(store.set_unit_state("plan-1", &[2], UnitState::Rejected).unwrap(), 1);
    let outcomes = store.outcomes("plan-1").unwrap();
    assert_eq!(outcomes["person"][&Outcome::RejectedByYou], 2);
    assert_eq!(store.units_in_state("plan-1", UnitState::Approved, 0, 9).unwrap().len(), 1);
    store.begin_plan(&head("plan-2", "import-1")).unwrap();
    store.begin_plan(&head("plan-3", "import-1")).unwrap();
    assert!(store.plan("plan-2").unwrap().is_none(), "an unsealed plan of the job is dropped");
    store.seal_plan("plan-3", "hash", &Default::default(), None).unwrap();
    assert_eq!(store.plan("plan-1").unwrap().unwrap().state, PlanState::Superseded);
    assert_eq!(store.current_plan(CONNECTION).unwrap().unwrap().id, "plan-3");
}

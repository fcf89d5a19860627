//! What time does to the book: a client's next wedding, the last agreement with a CRM, and what is kept how long.

use hub_core::job::{JobEvent, JobKind};
use hub_core::ports::{
    ConnectionStore, JobStore, KeepingStore, MirrorStore, OutboxStore, PlanState, PlanStore, Retention,
    UnitState,
};
use hub_core::record::RecordType;
use hub_store::Store;
use hub_testkit::book::{CONNECTION, actor, cloud_record, job, party};
use hub_testkit::wedsync::Cloud;
use hub_testkit::{apply, approve, plan, planned};
use jiff::Timestamp;
use serde_json::json;

use crate::support::Profile;

const DAY_MS: u64 = 24 * 3_600_000;

/// A name that is no id: ids are replaced in a dump.
fn firm(client: &str) -> String {
    format!("{client} and company")
}

/// What the clients show as their weddings, by client id, read the way a list does: from the typed row.
fn shown(store: &Store, client: &str) -> String {
    let dump = store.dump_normalised().unwrap();
    let row = dump.tables["clients"]
        .iter()
        .map(|row| serde_json::from_str::<serde_json::Value>(row).unwrap())
        .find(|row| row["company_name"] == firm(client).as_str())
        .expect("the client");
    row["wedding_date"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn the_next_wedding_is_looked_up_anew_when_the_studios_day_changes() {
    let profile = Profile::new();
    let store = profile.open();
    // The clock stands at noon of 14 May 2026 in UTC, when it is past midnight in Auckland.
    store.put_setting("studio.time_zone", &json!("Pacific/Auckland")).unwrap();
    let client = |id: &str| cloud_record(RecordType::Client, id, 1, json!({"company_name": firm(id)}));
    let wedding = |id: &str, client: &str, day: &str| {
        let fields = json!({"client_id": client, "kind": "Wedding", "wedding_date": day});
        cloud_record(RecordType::Project, id, 1, fields)
    };
    let records = [
        client("next"),
        client("over"),
        client("far"),
        wedding("a", "next", "2026-05-15"),
        wedding("b", "next", "2027-06-01"),
        wedding("c", "over", "2024-05-01"),
        wedding("d", "over", "2023-05-01"),
        wedding("e", "far", "2028-05-01"),
    ];
    store.commit_mirror(&records, Some("c1")).unwrap();
    store.roll_day().unwrap();
    let all = |store: &Store| ["next", "over", "far"].map(|id| shown(store, id));
    assert_eq!(all(&store), ["2026-05-15", "2024-05-01", "2028-05-01"], "the day itself is still ahead");
    assert_eq!(store.roll_day().unwrap(), 0, "a day that was seen costs nothing");

    let audited = store.verify_audit().unwrap().unwrap();
    profile.clock.pass(DAY_MS / 2);
    assert_eq!(store.roll_day().unwrap(), 1, "midnight in Auckland: one client of three is looked at");
    assert_eq!(all(&store), ["2027-06-01", "2024-05-01", "2028-05-01"]);
    assert_eq!(store.verify_audit().unwrap().unwrap(), audited + 1, "one row for the whole day");

    store.put_setting("studio.time_zone", &json!("America/Los_Angeles")).unwrap();
    assert_eq!(store.roll_day().unwrap(), 1, "a zone that was put right goes back as well");
    assert_eq!(all(&store), ["2026-05-15", "2024-05-01", "2028-05-01"]);
}

#[test]
fn r100_a_client_notes_when_it_last_agreed_with_its_crm() {
    let profile = Profile::new();
    let store = profile.open();
    let plan_id = plan(&store, "import-1", &[party(0, "Old Barn"), party(1, "Mill")]);
    approve(&store, &plan_id);
    apply(&store, &plan_id, "upload-1", &[0, 1]);
    assert!(store.crm_syncs().unwrap().is_empty(), "sent is not agreed");
    let mut cloud = Cloud::default();
    let batch = store.cut_batch("upload-1", 200).unwrap().unwrap();
    let results = cloud.send(&batch.body);
    store.ack_batch(&batch.id, &results, &actor("upload-1")).unwrap();
    let at = actor("upload-1").at;
    let synced = store.crm_syncs().unwrap();
    assert_eq!(synced.values().copied().collect::<Vec<_>>(), [at, at], "with WedSync's answer: {synced:?}");
}

/// An upload that ended now, of a plan of its own.
fn uploaded(store: &Store, n: u64) -> (String, String) {
    let (import, upload) = (format!("import-{n}"), format!("upload-{n}"));
    let plan_id = plan(store, &import, &[party(n, "Old Barn")]);
    approve(store, &plan_id);
    apply(store, &plan_id, &upload, &[n]);
    Cloud::default().drain(store, &upload, 200);
    store.set_plan_state(&plan_id, PlanState::Finished).unwrap();
    store.transition(&upload, JobEvent::Start, None).unwrap();
    for id in [&import, &upload] {
        store.append_events(id, &[json!({"type": "begin"}), json!({"type": "end"})]).unwrap();
    }
    store.transition(&upload, JobEvent::Finish, None).unwrap();
    (plan_id, upload)
}

fn prune_all(store: &Store, keep: &Retention) -> u64 {
    let mut removed = 0;
    while let Some((_, rows)) = store.prune(keep).unwrap() {
        removed += rows;
    }
    removed
}

fn rows(store: &Store, table: &str) -> u64 {
    store.row_counts().unwrap()[table]
}

#[test]
fn inv_36_an_upload_can_be_undone_for_thirty_days_and_its_rows_go_after_that() {
    let profile = Profile::new();
    let store = profile.open();
    let (plan_id, upload) = uploaded(&store, 0);
    let keep = Retention::default();
    profile.clock.pass(30 * DAY_MS - 1_000);
    prune_all(&store, &keep);
    let items = store.undo_items(&upload, None, 100).unwrap();
    assert_eq!(items.len(), 6, "a second before the border everything can be taken back");
    assert!(store.unit(&plan_id, 0).unwrap().is_some(), "with what it needs of its plan");

    profile.clock.pass(2_000);
    let chain = store.verify_audit().unwrap().unwrap();
    assert!(prune_all(&store, &keep) > 0);
    assert!(store.undo_items(&upload, None, 100).unwrap().is_empty());
    for table in
        ["outbox", "outbox_batches", "before_images", "plans", "plan_units", "plan_ops", "job_events"]
    {
        assert_eq!(rows(&store, table), 0, "{table}");
    }
    assert_eq!(rows(&store, "crm_client_staging"), 0);
    assert!(store.verify_audit().unwrap().unwrap() > chain, "the audit log lost nothing and tells of it");
    let again = planned(&store, &party(0, "Old Barn"));
    assert!(again.ops.is_empty(), "what both sides agreed on is kept: {:?}", again.ops);
    assert_eq!(store.prune(&keep).unwrap(), None, "nothing is left to do");
}

#[test]
fn inv_40_what_is_superseded_goes_and_a_rejection_stays() {
    let profile = Profile::new();
    let store = profile.open();
    let first = plan(&store, "import-1", &[party(0, "Old Barn"), party(1, "Mill")]);
    let unit = store.unit(&first, 1).unwrap().unwrap().unit;
    let rejected = hub_core::plan::Resolution { rejected: true, ..Default::default() };
    let inputs = hub_core::plan::input_hash(&party(1, "Mill"));
    store.replace_unit(&first, &unit, UnitState::Rejected, &rejected, &inputs).unwrap();
    assert_eq!(prune_all(&store, &Retention::default()), 0, "a plan in review is not touched");
    let second = plan(&store, "import-2", &[party(0, "Old Barn"), party(1, "Mill")]);
    assert!(prune_all(&store, &Retention::default()) > 0);
    assert!(store.plan(&first).unwrap().is_none(), "nobody needs it any more");
    assert_eq!(store.current_plan(CONNECTION).unwrap().unwrap().id, second);
    assert!(store.staged_unit_count("import-1") == 0 && store.staged_unit_count("import-2") == 2);
    let asked = [(unit.client_id, inputs)];
    assert_eq!(store.remembered(CONNECTION, &asked).unwrap(), [Some(rejected)], "rejected stays rejected");
}

/// Staged rows of a job, for tests.
trait StagedCount {
    fn staged_unit_count(&self, job: &str) -> usize;
}

impl StagedCount for Store {
    fn staged_unit_count(&self, job: &str) -> usize {
        hub_core::ports::SourceStore::staged_units(self, job, 0, 100).unwrap().len()
    }
}

#[test]
fn inv_40_logs_events_and_copies_have_a_cap_and_an_age() {
    let profile = Profile::new();
    let store = profile.open();
    uploaded(&store, 0);
    store.create_job(&job("open", JobKind::Undo)).unwrap();
    for _ in 0..30 {
        store.append_events("open", &vec![json!({"type": "tick"}); 100]).unwrap();
    }
    let keep = Retention { events_per_job: 1_000, log_rows: 4, ..Retention::default() };
    prune_all(&store, &keep);
    let kept = store.events_after("open", 0, 5_000).unwrap();
    assert_eq!((kept.len(), kept[0].seq), (1_000, 2_001), "the newest of a job that goes on");
    assert_eq!(rows(&store, "crm_sync_logs"), 4, "the newest lines");

    let at = |day: i64| Timestamp::from_second(1_778_760_000 + day * 86_400).unwrap();
    for day in [-100, -95, -1, 0] {
        store.restore_point("upload", None, at(day)).unwrap();
    }
    prune_all(&store, &Retention::default());
    assert_eq!(store.restore_points().unwrap().len(), 2, "two were too old");
    profile.clock.pass(200 * DAY_MS);
    prune_all(&store, &Retention::default());
    assert_eq!(store.restore_points().unwrap().len(), 1, "the newest stays, however old");
    let files = std::fs::read_dir(profile.path().join(hub_store::BACKUPS_DIR)).unwrap().count();
    assert_eq!(files, 1, "files go with their rows");
    profile.clock.pass(400 * DAY_MS);
    prune_all(&store, &Retention::default());
    assert_eq!(rows(&store, "crm_sync_logs"), 0);
    assert!(store.job("upload-0").unwrap().is_none(), "a job of which nothing is kept goes last");
    assert!(store.job("open").unwrap().is_some(), "one that has not ended stays");
    assert_eq!(store.connections("supplier-1").unwrap().len(), 1);
}

#[test]
fn what_has_to_be_kept_cannot_be_set_shorter() {
    assert_eq!(Retention::default().check(), Ok(()));
    let short = Retention { undo_days: 29, ..Retention::default() };
    assert_eq!(short.check(), Err("undo_days"));
    assert_eq!(Retention { backups: 0, ..Retention::default() }.check(), Err("backups"));
    assert_eq!(Retention { log_days: 10, ..Retention::default() }.check(), Err("log_days"));
}

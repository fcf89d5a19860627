//! Going back to an earlier copy of the book: nothing is lost, doubled or overwritten unasked, and nothing is sent twice
//! (MODEL 8, 10; SYNC-LAW 12, 16, 35; F70).

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use hub_core::job::{JobKind, Phase};
use hub_core::plan::UnitKind;
use hub_core::ports::{FailPoints, KeepingStore, OutboxStore, PlanHead, RebaseReason, UnitQuery};
use hub_sandbox::book::Stream;
use hub_sandbox::{Mutation, World};
use hub_scenarios::{Desk, Hand};
use hub_store::Store;
use serde_json::{Map, json};

use crate::support::{Held, cloud_digest, kinds, message, ops, what_it_does, world_of};

fn email_in_crm(world: &World, person: &str, email: &str) {
    let fields = Map::from_iter([("email".to_owned(), json!(email))]);
    let mutation = Mutation::Set { stream: Stream::AddressBook, id: person.to_owned(), fields };
    world.crm.control().mutate(&mutation).expect("changed");
}

/// The WedSync id that a source record was given.
fn record_of(desk: &Desk, plan: &PlanHead, source: &str) -> String {
    desk.rows(plan, &UnitQuery::default())
        .into_iter()
        .flat_map(|row| desk.unit(plan, row.seq).unit.ops)
        .find(|op| op.source.as_ref().is_some_and(|held| held.id == source))
        .expect("an op of it")
        .record
        .id
}

fn batches_sent(world: &World) -> usize {
    world.wedsync.log().iter().filter(|row| row.method == "POST" && row.path == "/v1/records/batch").count()
}

fn import_and_upload(desk: &Desk) -> PlanHead {
    let plan = desk.import();
    desk.answer_everything(&plan);
    let upload = desk.upload();
    assert_eq!(upload.phase, Phase::Done, "{:?} {:?}", upload.error, upload.counts);
    plan
}

fn lift_approve_and_upload(desk: &Desk) {
    let plan = desk.plan();
    assert_eq!(plan.guard.as_deref(), Some("rebase"), "its plan is a preview");
    let refused = desk.wait(desk.engine.approve(&plan, None)).expect_err("nobody has looked yet");
    assert_eq!(refused.message().id, "error.guard_rebase");
    desk.wait(desk.engine.lift_guard(&plan)).expect("looked through");
    let upload = desk.upload();
    assert_eq!(upload.phase, Phase::Done, "{:?} {:?}", upload.error, upload.counts);
}

#[test]
fn f70_after_a_restore_nothing_is_lost_doubled_or_overwritten_unasked() {
    let world = world_of(60);
    let desk = Desk::new(&world);
    let expected = world.crm.book().expected();
    let couple = |n: usize| expected.parties[n].people[0].id.to_string();
    let plan = import_and_upload(&desk);
    let hand = Hand::new(&world);
    let both = record_of(&desk, &plan, &couple(30));
    let first_upload = desk.wait(desk.engine.db().run(|book| book.jobs(None, 1))).expect("jobs").remove(0);
    let point = desk.wait(desk.engine.take_restore_point()).expect("a copy");

    // What goes on after the copy: uploaded from the CRM, typed in WedSync, and not yet read.
    email_in_crm(&world, &couple(20), "uploaded@example.org");
    let second = Mutation::AddJob {
        clients: vec![couple(25)],
        date: "2028-06-03".into(),
        title: "Vow renewal".into(),
    };
    world.crm.control().mutate(&second).expect("added");
    import_and_upload(&desk);
    hand.edit("person", &both, json!({"email": "typed-in-wedsync@example.org"}));
    email_in_crm(&world, &couple(30), "typed-in-the-crm@example.org");
    email_in_crm(&world, &couple(35), "not-yet-read@example.org");
    let (before, projects) = (cloud_digest(&world), Held::of(&world).by_source("project").len());
    world.wedsync.clear_log();

    desk.wait(desk.engine.go_back_to(&point)).expect("restored");
    assert_eq!(desk.store.rebase(&desk.connection.id).expect("readable"), Some(RebaseReason::Restored));
    // Nothing goes out before everything was read anew: neither an old approval nor an undo.
    let push = desk.job(JobKind::Upload, json!({"plan_id": plan.id}));
    assert_eq!((push.phase, message(&push).as_str()), (Phase::Failed, "error.rebase_first"));
    let undo = desk.undo(&first_upload);
    assert_eq!((undo.phase, message(&undo).as_str()), (Phase::Failed, "error.rebase_first"));

    world.crm.control().reset_log();
    let plan = desk.import();
    let swept = world.crm.control().log().iter().any(|row| row.query.contains("sortBy=id"));
    assert!(swept, "everything is read anew");
    assert_eq!((cloud_digest(&world), batches_sent(&world)), (before, 0), "and nothing is written");
    let found = kinds(&desk, &plan);
    assert_eq!(found.get(&UnitKind::New), None, "what went up since is found there: {found:?}");
    assert_eq!(found.get(&UnitKind::Conflict), Some(&1), "changed on both sides asks: {found:?}");
    assert_eq!(found.get(&UnitKind::Changed), Some(&1), "{}", what_it_does(&desk, &plan));

    lift_approve_and_upload(&desk);
    let held = Held::of(&world);
    let people = held.by_source("person");
    let email = |n: usize| people[&couple(n)]["fields"]["email"].as_str().expect("an address").to_owned();
    assert_eq!(email(20), "uploaded@example.org", "what was uploaded stays");
    assert_eq!(email(35), "not-yet-read@example.org", "what was not yet read came");
    assert_eq!(email(30), "typed-in-wedsync@example.org", "what was typed is not overwritten unasked");
    assert_eq!(held.by_source("project").len(), projects, "nothing is there twice");
    let plan = desk.import();
    assert_eq!(plan.guard, None, "once is enough");
    assert_eq!(kinds(&desk, &plan).get(&UnitKind::Conflict), Some(&1), "the question stays open");
    assert_eq!(kinds(&desk, &plan).get(&UnitKind::Changed), None, "{}", what_it_does(&desk, &plan));
}

/// Takes a copy of the book when execution passes a window for the first time, and does something more.
#[derive(Default)]
struct CopyAt {
    window: &'static str,
    store: Mutex<Option<Arc<Store>>>,
    point: Mutex<Option<String>>,
    done: AtomicBool,
    then: Mutex<Option<Box<dyn Fn() + Send>>>,
}

impl FailPoints for CopyAt {
    fn pass(&self, window: &'static str) {
        if window != self.window || self.done.swap(true, Ordering::SeqCst) {
            return;
        }
        let store = self.store.lock().expect("whole").clone().expect("the store");
        let now = jiff::Timestamp::now();
        *self.point.lock().expect("whole") = Some(store.restore_point("by_hand", None, now).expect("a copy"));
        if let Some(then) = self.then.lock().expect("whole").as_ref() {
            then();
        }
    }
}

fn desk_with(world: &World, directory: &std::path::Path, points: &Arc<CopyAt>) -> Desk {
    let desk = Desk::open(&world.into(), directory, points.clone());
    desk.no_rate_limit();
    *points.store.lock().expect("whole") = Some(desk.store.clone());
    desk
}

#[test]
fn inv_12_a_batch_that_was_in_doubt_is_asked_for_and_not_sent_again() {
    let world = world_of(40);
    let directory = tempfile::tempdir().expect("a directory");
    let points = Arc::new(CopyAt { window: "answered", ..CopyAt::default() });
    let desk = desk_with(&world, directory.path(), &points);
    let plan = desk.import();
    desk.answer_everything(&plan);
    let upload = desk.upload();
    assert_eq!(upload.phase, Phase::Done, "{:?} {:?}", upload.error, upload.counts);
    assert!(batches_sent(&world) > 1, "the copy was taken in the middle of it");
    let before = cloud_digest(&world);
    world.wedsync.clear_log();

    let point = points.point.lock().expect("whole").clone().expect("a copy");
    desk.wait(desk.engine.go_back_to(&point)).expect("restored");
    let counts = desk.store.outbox_counts(&upload.id).expect("counts");
    assert!(counts.sent > 0 && counts.queued > 0, "in doubt and not yet sent, as it was then: {counts:?}");
    let stopped = desk.job_now(&upload);
    assert_eq!((stopped.phase, message(&stopped).as_str()), (Phase::Cancelled, "error.job_before_restore"));

    let plan = desk.import();
    assert_eq!((cloud_digest(&world), batches_sent(&world)), (before.clone(), 0), "nothing is sent twice");
    let asked = world.wedsync.log().iter().filter(|row| row.path.starts_with("/v1/records/batch/")).count();
    assert_eq!(asked, 1, "the batch in doubt was asked for");
    let counts = desk.store.outbox_counts(&upload.id).expect("counts");
    assert_eq!((counts.sent, counts.queued), (0, 0), "nothing is left to send: {counts:?}");
    assert!(counts.acked > 0, "what the batch came to is known");
    desk.wait(desk.engine.lift_guard(&plan)).expect("looked through");
    desk.answer_everything(&desk.plan());
    assert_eq!(ops(&desk, &desk.plan()), 0, "{}", what_it_does(&desk, &plan));
    assert_eq!(cloud_digest(&world), before);
}

#[test]
fn inv_20_what_wedsync_never_took_is_withdrawn_and_asked_about_again() {
    let world = Arc::new(world_of(20));
    let directory = tempfile::tempdir().expect("a directory");
    let points = Arc::new(CopyAt { window: "batch_stored", ..CopyAt::default() });
    let (clean, desk) = (cloud_digest(&world), desk_with(&world, directory.path(), &points));
    let cloud = world.clone();
    *points.then.lock().expect("whole") = Some(Box::new(move || cloud.wedsync.go_down()));
    let plan = desk.import();
    desk.answer_everything(&plan);
    let upload = desk.upload();
    assert!(!upload.phase.is_terminal(), "it waits for WedSync: {:?}", upload.phase);
    world.wedsync.come_back();

    let point = points.point.lock().expect("whole").clone().expect("a copy");
    desk.wait(desk.engine.go_back_to(&point)).expect("restored");
    desk.import();
    assert_eq!(cloud_digest(&world), clean, "the approval of then does not count any more");
    let counts = desk.store.outbox_counts(&upload.id).expect("counts");
    assert_eq!((counts.sent, counts.queued), (0, 0), "withdrawn: {counts:?}");
    let shown = desk.store.dump_normalised().expect("a dump");
    assert_eq!(shown.tables["projects"].len(), 0, "what was never sent is not in the book");
    let plan = desk.plan();
    assert!(kinds(&desk, &plan)[&UnitKind::New] > 0, "everything is proposed again");
    desk.wait(desk.engine.lift_guard(&plan)).expect("looked through");
    desk.answer_everything(&desk.plan());
    let upload = desk.upload();
    assert_eq!(upload.phase, Phase::Done, "{:?} {:?}", upload.error, upload.counts);
    let held = Held::of(&world);
    let expected = world.crm.book().expected();
    let jobs: usize = expected.parties.iter().map(|party| party.jobs.len()).sum();
    assert_eq!(held.by_source("project").len(), jobs, "each once");
}

#[test]
fn f70_a_book_of_an_earlier_epoch_is_rebased_before_it_writes() {
    let world = world_of(20);
    let desk = Desk::new(&world);
    import_and_upload(&desk);
    let point = desk.wait(desk.engine.take_restore_point()).expect("a copy");
    for _ in 0..2 {
        desk.wait(desk.engine.go_back_to(&point)).expect("restored");
    }
    desk.import();
    lift_approve_and_upload(&desk);
    let before = cloud_digest(&world);

    // Another computer, whose book has never been restored: WedSync knows a later one.
    let other = Desk::new(&world);
    let plan = other.import();
    other.answer_everything(&plan);
    let upload = other.upload();
    assert_eq!((upload.phase, message(&upload).as_str()), (Phase::Failed, "error.rebase_first"));
    assert_eq!(other.store.rebase(&other.connection.id).expect("readable"), Some(RebaseReason::OlderEpoch));
    other.import();
    lift_approve_and_upload(&other);
    assert_eq!(cloud_digest(&world), before, "it changes nothing");
    // The two agree from here on, and neither asks the other again.
    for one in [&desk, &other] {
        one.import();
        let upload = one.upload();
        assert_eq!(upload.phase, Phase::Done, "{:?} {:?}", upload.error, upload.counts);
    }
}

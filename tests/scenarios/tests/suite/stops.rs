//! An upload that a person stops in the middle (F78): nothing waits for a queue that nobody sends any more, and the next
//! upload brings the rest, each record once.

use std::time::Duration;

use hub_core::job::{JobKind, Phase};
use hub_core::plan::UnitKind;
use hub_core::ports::{Job, OutboxStore, PlanHead, UnitQuery, UnitState};
use hub_sandbox::World;
use hub_sandbox::wedsync::{Fault, On, Reset, Times};
use hub_scenarios::Desk;
use serde_json::json;

use crate::support::{cloud_digest, world_of};

/// What WedSync holds after an upload that nobody stops.
fn undisturbed() -> String {
    let world = world_of(60);
    let desk = Desk::new(&world);
    let plan = desk.import();
    desk.answer_everything(&plan);
    assert_eq!(desk.upload().phase, Phase::Done);
    cloud_digest(&world)
}

/// Imports, approves, and stops the upload while its second batch is in doubt; the plan and the upload.
fn stopped_in_doubt(world: &World, desk: &Desk) -> (PlanHead, Job) {
    let plan = desk.import();
    desk.answer_everything(&plan);
    desk.wait(desk.engine.approve(&plan, None)).expect("approved");
    // The second batch is carried out, and its answer does not come.
    world.wedsync.inject(On::request("POST", "/v1/records/batch"), Fault::HangReply, Times::After(1));
    let config = json!({"plan_id": plan.id});
    let job = desk.wait(desk.engine.queue(&desk.connection.id, JobKind::Upload, config)).expect("queued");
    let running = desk.begin({
        let (engine, id) = (desk.engine.clone(), job.id.clone());
        async move { engine.run(&id).await }
    });
    let counts = || desk.store.outbox_counts(&job.id).expect("counts");
    while counts().acked == 0 || counts().sent == 0 {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(desk.wait(desk.engine.cancel(&job.id)).expect("stopped"), Phase::Cancelled);
    desk.wait(running).expect("it ends").expect("readable");
    world.wedsync.clear_faults(Reset::Faults);
    let left = counts();
    assert_eq!(left.queued, 0, "what was not sent waits no more: {left:?}");
    assert!(left.acked > 0 && left.sent > 0, "a part is in WedSync, a part in doubt: {left:?}");
    (plan, job)
}

#[test]
fn f78_an_import_after_a_stop_in_doubt_asks_what_became_of_it_first() {
    let wanted = undisturbed();
    let world = world_of(60);
    let desk = Desk::new(&world);
    let (_, job) = stopped_in_doubt(&world, &desk);

    let plan = desk.import();
    let counts = desk.store.outbox_counts(&job.id).expect("counts");
    assert_eq!((counts.queued, counts.sent), (0, 0), "nothing is in doubt when the plan is made: {counts:?}");
    desk.answer_everything(&plan);
    assert_eq!(desk.upload().phase, Phase::Done);
    assert_eq!(cloud_digest(&world), wanted, "as if nobody had stopped it");
    let plan = desk.import();
    let asks: Vec<_> = desk
        .rows(&plan, &UnitQuery::default())
        .into_iter()
        .filter(|row| row.kind != UnitKind::Unchanged)
        .collect();
    assert!(asks.is_empty(), "nothing happened since, so that nothing asks: {asks:?}");
}

#[test]
fn f78_a_stopped_upload_is_gone_on_with_and_leaves_each_record_once() {
    let wanted = undisturbed();
    let world = world_of(60);
    let desk = Desk::new(&world);
    let (plan, job) = stopped_in_doubt(&world, &desk);
    let of = |state| desk.rows(&plan, &UnitQuery { state: Some(state), ..UnitQuery::default() });
    assert!(!of(UnitState::Approved).is_empty(), "clients that were not sent are approved as before");

    // Pressing Upload again brings the rest; whoever was cut in two asks once more.
    let again = desk.upload();
    assert!(matches!(again.phase, Phase::Done | Phase::Partial), "{:?} {:?}", again.error, again.counts);
    let asks: Vec<u64> = of(UnitState::Moved).iter().map(|row| row.seq).collect();
    assert!(asks.len() <= 4, "those at the borders of the batches: {asks:?}");
    if !asks.is_empty() {
        desk.wait(desk.engine.approve(&plan, Some(asks))).expect("approved");
        let last = desk.job(JobKind::Upload, json!({"plan_id": plan.id}));
        assert_eq!(last.phase, Phase::Done, "{:?} {:?}", last.error, last.counts);
    }
    let counts = desk.store.outbox_counts(&job.id).expect("counts");
    assert_eq!((counts.queued, counts.sent), (0, 0), "the batch in doubt was answered: {counts:?}");
    assert_eq!(cloud_digest(&world), wanted, "as if nobody had stopped it");
}

//! An upload that a person stops in the middle (F78): nothing waits for a queue that nobody sends any more, and the next
//! upload brings the rest, each record once.

use std::time::Duration;

use hub_core::job::{JobKind, Phase};
use hub_core::ports::{OutboxStore, UnitQuery, UnitState};
use hub_sandbox::wedsync::{Fault, On, Reset, Times};
use hub_scenarios::Desk;
use serde_json::json;

use crate::support::{cloud_digest, world_of};

#[test]
fn f78_a_stopped_upload_is_gone_on_with_and_leaves_each_record_once() {
    let calm = world_of(60);
    let desk = Desk::new(&calm);
    let plan = desk.import();
    desk.answer_everything(&plan);
    assert_eq!(desk.upload().phase, Phase::Done);
    let wanted = cloud_digest(&calm);
    drop((desk, calm));

    let world = world_of(60);
    let desk = Desk::new(&world);
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

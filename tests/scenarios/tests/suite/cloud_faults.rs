//! What goes wrong while WedSync is written to: each record is there once, and what is refused holds only its own
//! children (MODEL 7, SYNC-LAW 12, 20, 30; faults F5, F8, F13, F15, F59, F61).

use hub_core::job::{JobKind, Phase};
use hub_core::ports::{UnitQuery, UnitState};
use hub_sandbox::wedsync::{Fault, On, Rejection, Reset, RetryAfterStyle, Times};
use hub_scenarios::Desk;
use serde_json::json;

use crate::support::{Held, cloud_digest, per_type, world_of};

#[test]
fn inv_20_lost_replies_and_double_deliveries_leave_each_record_once() {
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
    let batches = || On::request("POST", "/v1/records/batch");
    world.wedsync.inject(batches(), Fault::LoseReply, Times::Next(1));
    world.wedsync.inject(batches(), Fault::DeliverTwice, Times::After(2));
    world.wedsync.inject(batches(), Fault::Status(503), Times::After(3));
    world.wedsync.inject(batches(), Fault::TooManyRequests(RetryAfterStyle::Seconds(1)), Times::After(4));
    let upload = desk.upload();
    assert_eq!(upload.phase, Phase::Done, "{:?} {:?}", upload.error, upload.counts);
    assert_eq!(cloud_digest(&world), wanted, "as if nothing had happened");
    let held = Held::of(&world);
    for (name, count) in per_type(world.crm.book()) {
        if name != "client" {
            assert_eq!(held.by_source(&name).len() as u64, count, "{name}s, each once");
        }
    }
}

#[test]
fn inv_30_a_refused_record_holds_its_children_and_nobody_else() {
    let world = world_of(60);
    let desk = Desk::new(&world);
    let plan = desk.import();
    desk.answer_everything(&plan);
    let party = &world.crm.book().expected().parties[20];
    let job = party.jobs[0].id.to_string();
    let refused = job.clone();
    world.wedsync.reject_ops(move |op| {
        (op["external_ref"]["id"] == refused.as_str())
            .then(|| Rejection { field: Some("name".into()), code: "too_long".into() })
    });
    let upload = desk.upload();
    assert_eq!(upload.phase, Phase::Partial, "{:?} {:?}", upload.error, upload.counts);
    let of = |state| desk.rows(&plan, &UnitQuery { state: Some(state), ..UnitQuery::default() });
    assert_eq!(of(UnitState::Refused).len(), 1, "one unit was refused");
    assert_eq!(
        of(UnitState::Done).len(),
        world.crm.book().expected().parties.len() - 1,
        "all others are done"
    );
    {
        let held = Held::of(&world);
        assert!(!held.by_source("project").contains_key(&job));
        assert!(held.by_source("person").contains_key(&party.people[0].id.to_string()), "its parents went");
        let mut missing = 0;
        for (name, count) in per_type(world.crm.book()) {
            if name != "client" && name != "project" {
                missing += count - held.by_source(&name).len() as u64;
            }
        }
        let counts = &party.counts;
        let children = counts.events + counts.invoices + counts.payments + counts.refunds + counts.files;
        assert!(
            missing >= children as u64 && missing <= (children + counts.notes) as u64,
            "{missing} of {counts:?}"
        );
    }
    let left: Vec<_> = desk.store.dump_normalised().expect("a dump").tables["projects"].clone();
    assert_eq!(
        left.len(),
        Held::of(&world).all("project").len(),
        "what was refused is not in the local book"
    );

    // WedSync takes it now: importing again brings what is missing, and nothing twice.
    world.wedsync.accept_ops();
    world.wedsync.clear_faults(Reset::Everything);
    let plan = desk.import();
    desk.answer_everything(&plan);
    let upload = desk.upload();
    assert_eq!(upload.phase, Phase::Done, "{:?} {:?}", upload.error, upload.counts);
    let held = Held::of(&world);
    for (name, count) in per_type(world.crm.book()) {
        if name != "client" {
            assert_eq!(held.by_source(&name).len() as u64, count, "{name}s, each once");
        }
    }
}

#[test]
fn f31_an_upload_survives_an_expired_token_and_a_revoked_sign_in_waits() {
    let world = world_of(10);
    let desk = Desk::new(&world);
    let plan = desk.import();
    desk.answer_everything(&plan);
    desk.wait(desk.engine.approve(&plan, None)).expect("approved");
    world.wedsync.expire_access_tokens().expect("expired");
    world.wedsync.revoke_sign_ins(&crate::support::login()).expect("revoked");
    let upload = desk.job(JobKind::Upload, json!({"plan_id": plan.id}));
    assert_eq!(upload.phase, Phase::WaitingAuth, "{:?}", upload.error);
    assert_eq!(Held::of(&world).all("project").len(), 0, "nothing went");
}

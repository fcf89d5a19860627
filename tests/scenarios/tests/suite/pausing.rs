//! A connection that a person paused: nothing is read for it, through restarts, until they go on.

use std::time::Duration;

use hub_core::job::{JobKind, Phase};
use hub_sandbox::{Fault, RetryAfter, Scope};
use hub_scenarios::Desk;
use serde_json::json;

use crate::support::{assert_whole_book, world_of};

#[test]
fn a_paused_connection_asks_its_crm_for_nothing_until_a_person_goes_on() {
    let world = world_of(20);
    let (desk, control) = (Desk::new(&world), world.crm.control());
    let id = desk.connection.id.clone();
    // In the middle of an import that waits for the CRM.
    control.fault(Scope::path("/order").times(1), Fault::TooMany { retry_after: RetryAfter::Seconds(1800) });
    let job = desk.job(JobKind::Import, json!({}));
    assert_eq!(job.phase, Phase::WaitingCrm);
    desk.wait(desk.engine.pause_connection(&id)).expect("paused");
    let pausing = desk.wait(desk.engine.pausing(&id)).expect("readable").expect("there is one");
    assert_eq!(pausing.jobs, std::slice::from_ref(&job.id));
    assert_eq!(desk.job_now(&job).phase, Phase::Paused);
    desk.wait(desk.engine.pause_connection(&id)).expect("paused already");
    assert_eq!(desk.wait(desk.engine.pausing(&id)).expect("readable"), Some(pausing), "and stays as it was");

    // The wait is over, and so is patience: whatever runs the job finds the person's word.
    desk.time.pass(Duration::from_secs(1801));
    control.reset_log();
    assert_eq!(desk.resume(&job).phase, Phase::Paused);
    assert!(
        desk.wait(desk.engine.resumable()).expect("jobs").is_empty(),
        "a start goes on with nothing of it"
    );
    assert_eq!(control.log().len(), 0, "and nobody asked the CRM");
    let refused = desk.wait(desk.engine.refuse_paused(&id)).expect_err("what a person begins is refused");
    assert_eq!(refused.to_string(), "error.connection_paused");

    let stopped = desk.wait(desk.engine.end_pause(&id)).expect("ended");
    assert_eq!(stopped.iter().map(|job| &job.id).collect::<Vec<_>>(), [&job.id]);
    assert_eq!(desk.resume(&job).phase, Phase::WaitingReview);
    assert_whole_book(&desk, &desk.plan(), world.crm.book());
    assert!(desk.wait(desk.engine.end_pause(&id)).expect("ended").is_empty(), "once");
}

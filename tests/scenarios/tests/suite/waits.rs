//! Waiting instead of failing: what a CRM or a network asks for in time costs time and nothing else (SYNC-LAW 27, 29, 37;
//! faults F2, F13, F15, F18, F78).

use std::sync::Arc;
use std::time::Duration;

use hub_core::job::{JobKind, Phase};
use hub_core::ports::{Job, JobStore, NoFailPoints};
use hub_sandbox::{Control, Fault, RetryAfter, Scope};
use hub_scenarios::Desk;
use serde_json::{Value as Json, json};

use crate::support::{assert_whole_book, message, world_of};

/// A CRM that asks for half an hour in the middle of a list, once.
fn half_an_hour(control: &Control) {
    control.fault(
        Scope::path("/job-contact").page(2).times(1),
        Fault::TooMany { retry_after: RetryAfter::Seconds(1800) },
    );
}

/// Imports until the job waits for the CRM.
fn waiting(desk: &Desk) -> Job {
    let job = desk.job(JobKind::Import, json!({}));
    assert_eq!((job.phase, message(&job).as_str()), (Phase::WaitingCrm, "error.crm.busy"), "{:?}", job.error);
    job
}

fn events(desk: &Desk, job: &Job) -> Vec<Json> {
    let rows = desk.store.events_after(&job.id, 0, 1000).expect("events");
    rows.into_iter().map(|row| row.event).collect()
}

#[test]
fn f13_a_long_retry_after_waits_in_the_row_survives_a_restart_and_goes_on_by_itself() {
    let world = world_of(60);
    let control = world.crm.control();
    let directory = tempfile::tempdir().expect("a directory");
    half_an_hour(control);
    let (job, until) = {
        // With the real budget: what the CRM asked for is kept there.
        let desk = Desk::open(&(&world).into(), directory.path(), Arc::new(NoFailPoints));
        let job = waiting(&desk);
        let until = job.wait_until.expect("it says until when");
        let left = until.duration_since(jiff::Timestamp::now()).as_secs();
        assert!((1700..=1800).contains(&left), "half an hour, less what has passed: {left}");
        assert_eq!(job.checkpoint["stream"], "job-contact", "it stands where it stopped");
        let told: Vec<Json> =
            events(&desk, &job).into_iter().filter(|event| event["type"] == "wait").collect();
        let told = told.last().expect("the wait is told");
        assert_eq!((&told["phase"], &told["until"]), (&json!("waiting_crm"), &json!(until.to_string())));
        assert_eq!(told["reason"]["id"], "error.crm.busy");
        (job, until)
    };

    let desk = Desk::open(&(&world).into(), directory.path(), Arc::new(NoFailPoints));
    assert_eq!(desk.wait(desk.engine.adopt_orphans()).expect("adopted"), [], "nothing was cut off");
    let held = desk.job_now(&job);
    assert_eq!((held.phase, held.wait_until), (Phase::WaitingCrm, Some(until)), "as before the restart");
    let resumable = desk.wait(desk.engine.resumable()).expect("jobs");
    assert_eq!(resumable.len(), 1, "the next start goes on with it");

    control.reset_log();
    let early = desk.resume(&job);
    assert_eq!(early.phase, Phase::WaitingCrm, "too early: {:?}", early.error);
    assert_eq!(
        control.log().len(),
        0,
        "inv 37: Retry-After is obeyed by whoever comes early, without a request"
    );
    assert_eq!(early.checkpoint, held.checkpoint, "and nothing is forgotten over it");

    let (engine, id) = (desk.engine.clone(), job.id.clone());
    let waiter = desk.begin(async move { engine.wait_out(&id).await });
    desk.time.pass(Duration::from_secs(1801));
    assert!(desk.wait(waiter).expect("it ends").expect("readable"), "time is up");
    let job = desk.resume(&job);
    assert_eq!((job.phase, job.wait_until, &job.error), (Phase::WaitingReview, None, &None));
    let mut asked: Vec<String> =
        control.log().iter().map(|row| format!("{}?{}", row.path, row.query)).collect();
    assert!(
        asked.iter().all(|line| !line.ends_with("/address-book") && !line.contains("/job?")),
        "what was read before the wait is not read again: {asked:?}"
    );
    let all = asked.len();
    asked.sort();
    asked.dedup();
    assert_eq!(asked.len(), all, "no page twice");
    assert_whole_book(&desk, &desk.plan(), world.crm.book());
}

#[test]
fn f78_a_waiting_import_can_be_paused_and_stopped() {
    let world = world_of(20);
    let (desk, control) = (Desk::new(&world), world.crm.control());
    control.fault(Scope::path("/order").times(1), Fault::TooMany { retry_after: RetryAfter::Seconds(1800) });
    let job = waiting(&desk);
    let wait = |id: String| {
        let engine = desk.engine.clone();
        desk.begin(async move { engine.wait_out(&id).await })
    };
    let waiter = wait(job.id.clone());
    assert_eq!(desk.wait(desk.engine.pause(&job.id)).expect("paused"), Phase::Paused);
    assert!(!desk.wait(waiter).expect("it ends").expect("readable"), "whoever waited lets go");
    assert_eq!(desk.job_now(&job).wait_until, None, "a paused job goes on when a person says so");
    control.fault(Scope::path("/order").times(1), Fault::TooMany { retry_after: RetryAfter::Seconds(1800) });
    let again = desk.resume(&job);
    assert_eq!(again.phase, Phase::WaitingCrm);
    let waiter = wait(job.id.clone());
    assert_eq!(desk.wait(desk.engine.cancel(&job.id)).expect("stopped"), Phase::Cancelled);
    assert!(!desk.wait(waiter).expect("it ends").expect("readable"));
    assert_whole_book(&desk, &desk.import(), world.crm.book());
}

#[test]
fn f13_a_short_wait_is_shown_and_stopped_within_its_run() {
    let world = world_of(20);
    let (desk, control) = (Desk::new(&world), world.crm.control());
    control.fault(Scope::path("/order").times(1), Fault::TooMany { retry_after: RetryAfter::Seconds(60) });
    let job = desk.wait(desk.engine.queue(&desk.connection.id, JobKind::Import, json!({}))).expect("queued");
    let until_it_waits = |job: &Job| {
        let mut progress = desk.engine.subscribe();
        let (engine, id) = (desk.engine.clone(), job.id.clone());
        let run = desk.begin(async move { engine.run(&id).await });
        desk.wait(async move { while progress.recv().await.expect("progress").event["type"] != "wait" {} });
        run
    };
    let run = until_it_waits(&job);
    assert_eq!(desk.job_now(&job).phase, Phase::WaitingCrm, "the row says so while the run sits it out");
    desk.time.pass(Duration::from_secs(70));
    let job = desk.wait(run).expect("it ends").expect("run");
    assert_eq!(job.phase, Phase::WaitingReview, "{:?}", job.error);
    let kinds: Vec<Json> = events(&desk, &job).into_iter().map(|event| event["type"].clone()).collect();
    assert!(kinds.contains(&json!("go_on")), "and the log that it went on: {kinds:?}");

    control.fault(Scope::path("/order").times(1), Fault::TooMany { retry_after: RetryAfter::Seconds(60) });
    let job = desk.wait(desk.engine.queue(&desk.connection.id, JobKind::Import, json!({}))).expect("queued");
    let run = until_it_waits(&job);
    desk.wait(desk.engine.pause(&job.id)).expect("paused");
    assert_eq!(desk.wait(run).expect("it ends").expect("run").phase, Phase::Paused);
    assert_eq!(desk.resume(&job).phase, Phase::WaitingReview, "and goes on at once when asked");
}

#[test]
fn inv_37_a_crm_that_is_down_is_left_alone_over_a_restart_and_the_row_says_until_when() {
    use hub_core::ports::{Clock, RequestBudget};
    let world = world_of(20);
    let control = world.crm.control();
    let directory = tempfile::tempdir().expect("a directory");
    let (job, until) = {
        // With the real budget: what is known of the CRM is kept there.
        let desk = Desk::open(&(&world).into(), directory.path(), Arc::new(NoFailPoints));
        control.fault(Scope::path("/job"), Fault::Status { status: 503 });
        let job =
            desk.wait(desk.engine.queue(&desk.connection.id, JobKind::Import, json!({}))).expect("queued");
        // What is waited for within a run is passed at once.
        let (mut progress, time) = (desk.engine.subscribe(), desk.time.clone());
        let passing = desk.begin(async move {
            while let Ok(event) = progress.recv().await {
                if event.event["type"] == "wait" {
                    time.pass(Duration::from_secs(20));
                }
            }
        });
        let job = desk.wait(desk.engine.run(&job.id)).expect("run");
        passing.abort();
        let stands = (job.phase, message(&job));
        assert_eq!(stands, (Phase::WaitingCrm, "error.crm.left_alone".to_owned()), "{:?}", job.error);
        let until = job.wait_until.expect("it says until when");
        assert!(until > desk.time.now(), "ahead");
        let tries = control.log().iter().filter(|row| row.status == 503).count();
        assert_eq!(tries, 5, "and then it is left alone");
        (job, until)
    };
    let desk = Desk::open(&(&world).into(), directory.path(), Arc::new(NoFailPoints));
    let account = &desk.connection.account.account_id;
    let known = desk.store.vault().budget(account, &[], desk.time.now()).expect("the vault").down_until;
    assert!(known.is_some_and(|until| until > desk.time.now()), "whoever starts knows it too: {known:?}");
    let held = desk.job_now(&job);
    assert_eq!((held.phase, held.wait_until), (Phase::WaitingCrm, Some(until)), "and the row still says so");
    control.heal();
    let ahead = until.duration_since(desk.time.now());
    desk.time.pass(Duration::try_from(ahead).unwrap_or_default() + Duration::from_secs(901));
    let job = desk.resume(&job);
    assert_eq!(job.phase, Phase::WaitingReview, "one try finds it back: {:?}", job.error);
    assert_whole_book(&desk, &desk.plan(), world.crm.book());
}

#[test]
fn f11_a_network_that_comes_and_goes_and_a_computer_that_slept_cost_time_and_nothing_else() {
    let world = world_of(40);
    let (desk, control) = (Desk::new(&world), world.crm.control());
    // Away in the middle of a list and in the middle of an answer, back in between; each time for longer.
    control.fault(
        Scope::path("/job-contact").page(1).times(1),
        Fault::StallThenReset { after: 20, stall_ms: 400 },
    );
    control.fault(Scope::path("/job-contact").page(2).times(3), Fault::Reset);
    control.fault(Scope::path("/event").times(2), Fault::Reset);
    let job = desk.wait(desk.engine.queue(&desk.connection.id, JobKind::Import, json!({}))).expect("queued");
    let mut progress = desk.engine.subscribe();
    let (engine, id) = (desk.engine.clone(), job.id.clone());
    let run = desk.begin(async move { engine.run(&id).await });
    let time = desk.time.clone();
    desk.wait(async move {
        // The lid is closed for eight hours in the middle of a request, whose connection is gone afterwards.
        loop {
            let event = progress.recv().await.expect("progress").event;
            if event["type"] == "phase" && event["detail"] == "job-contact" {
                break;
            }
        }
        time.pass(Duration::from_secs(8 * 3600));
    });
    let mut job = desk.wait(run).expect("it ends").expect("run");
    for _ in 0..10 {
        if job.phase == Phase::WaitingReview {
            break;
        }
        assert_eq!(job.phase, Phase::WaitingNetwork, "offline is waited for, not failed: {:?}", job.error);
        job = desk.resume(&job);
    }
    assert_eq!(job.phase, Phase::WaitingReview, "{:?}", job.error);
    let asked: Vec<String> = control
        .log()
        .iter()
        // Whole answers of lists; whose account it is, each run asks anew.
        .filter(|row| row.status == 200 && row.faults.is_empty())
        .filter(|row| !row.path.contains("/studio/") && !row.path.contains("/timezone/"))
        .map(|row| format!("{}?{}", row.path, row.query))
        .collect();
    let mut once = asked.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), asked.len(), "no page that was read is read again: {asked:?}");
    assert_whole_book(&desk, &desk.plan(), world.crm.book());
}

#[test]
fn f15_a_crm_that_stays_down_is_waited_for_longer_each_time() {
    let world = world_of(20);
    let (desk, control) = (Desk::new(&world), world.crm.control());
    control.fault(Scope::path("/job"), Fault::Status { status: 503 });
    // Whoever waits a few seconds within a run need not: time passes at once.
    let (stop, time) = (tokio_util::sync::CancellationToken::new(), desk.time.clone());
    let (mut progress, stopped) = (desk.engine.subscribe(), stop.clone());
    let passing = desk.begin(async move {
        loop {
            tokio::select! {
                () = stopped.cancelled() => return,
                event = progress.recv() => match event {
                    Ok(event) if event.event["type"] == "wait" => time.pass(Duration::from_secs(20)),
                    _ => {}
                },
            }
        }
    });
    let job = desk.job(JobKind::Import, json!({}));
    let left = |job: &Job| {
        use hub_core::ports::Clock;
        job.wait_until.expect("a time").duration_since(desk.time.now()).as_secs()
    };
    assert_eq!((job.phase, message(&job).as_str()), (Phase::WaitingCrm, "error.crm.unavailable"));
    assert!((30..=60).contains(&left(&job)), "a minute at first: {}", left(&job));
    let job = desk.resume(&job);
    assert_eq!(job.phase, Phase::WaitingCrm, "still down");
    assert!((90..=120).contains(&left(&job)), "then two: {}", left(&job));
    stop.cancel();
    desk.wait(passing).expect("it ends");
    control.heal();
    let job = desk.resume(&job);
    assert_eq!(job.phase, Phase::WaitingReview, "{:?}", job.error);
    assert_whole_book(&desk, &desk.plan(), world.crm.book());
}

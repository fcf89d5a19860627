//! What goes wrong while the CRM is read: the job says so in one sentence, nothing is taken for whole that is not, and
//! going on gives the exact book (SYNC-LAW 4, 27, 36, 39; faults F6, F10, F13, F15, F18, F22, F23, F34, F36).

use hub_core::job::{JobKind, Phase};
use hub_core::ports::Job;
use hub_sandbox::{Fault, KeyState, RateLimit, RetryAfter, Scope};
use hub_scenarios::Desk;
use serde_json::json;

use crate::support::{assert_whole_book, message, world_of};

/// Starts an import that is expected not to reach its plan.
fn broken_import(desk: &Desk, phase: Phase, sentence: &str) -> Job {
    let job = desk.job(JobKind::Import, json!({}));
    assert_eq!((job.phase, message(&job).as_str()), (phase, sentence), "{:?}", job.error);
    let plan = desk.wait(desk.engine.current_plan(&desk.connection.id));
    assert!(plan.is_err(), "a list that was not read to its end gives no plan");
    job
}

#[test]
fn f34_a_key_revoked_in_the_middle_waits_for_a_new_one_and_goes_on_where_it_stopped() {
    let world = world_of(60);
    let (desk, control) = (Desk::new(&world), world.crm.control());
    // Refused from the second page of job contacts on.
    control.fault(Scope::path("/job-contact").page(2), Fault::Unauthorized);
    let job = broken_import(&desk, Phase::WaitingAuth, "error.crm.key_refused");
    assert_eq!(job.checkpoint["stream"], "job-contact", "{}", job.checkpoint);
    let finished = job.checkpoint["finished"].as_array().expect("a list").clone();
    assert!(finished.contains(&json!("job")) && !finished.contains(&json!("job-contact")), "{finished:?}");
    control.heal();
    control.reset_log();
    let job = desk.resume(&job);
    assert_eq!(job.phase, Phase::WaitingReview, "{:?}", job.error);
    let again: Vec<_> = control
        .log()
        .into_iter()
        .filter(|logged| {
            logged.path.ends_with("/address-book")
                || logged.path.ends_with("/job")
                || (logged.path.ends_with("/job-contact") && logged.query.contains("page=1&"))
        })
        .map(|logged| format!("{}?{}", logged.path, logged.query))
        .collect();
    assert!(again.is_empty(), "pages that are durable are not read again: {again:?}");
    assert_whole_book(&desk, &desk.plan(), world.crm.book());
}

#[test]
fn inv_39_a_refused_key_a_hotels_page_and_another_account_are_no_data() {
    let world = world_of(60);
    let (desk, control) = (Desk::new(&world), world.crm.control());
    control.keys(KeyState::Revoked);
    let job = broken_import(&desk, Phase::WaitingAuth, "error.crm.key_refused");
    assert_eq!(job.checkpoint, json!({}), "nothing was read");
    control.heal();
    desk.wait(desk.engine.cancel(&job.id)).expect("given up");

    control.fault(Scope::path("/job").page(1), Fault::CaptivePortal);
    let job = broken_import(&desk, Phase::Failed, "error.crm.not_the_crm");
    assert!(!job.checkpoint["finished"].as_array().expect("a list").contains(&json!("job")));
    control.heal();

    control.account(hub_sandbox::Account::Other);
    let job = broken_import(&desk, Phase::Failed, "error.other_account");
    assert_eq!(job.checkpoint, json!({}), "F36: nothing of another account is stored");
    control.heal();

    assert_whole_book(&desk, &desk.import(), world.crm.book());
}

#[test]
fn inv_04_a_list_that_never_holds_still_is_given_up_and_one_that_settles_is_read_whole() {
    let world = world_of(60);
    let (desk, control) = (Desk::new(&world), world.crm.control());
    control.fault(Scope::path("/job-contact").page(2), Fault::RepeatPage);
    broken_import(&desk, Phase::Failed, "error.paging_unstable");
    control.heal();
    let before = crm_rows(&desk);

    control.fault(Scope::path("/address-book").page(2).times(1), Fault::RepeatPage);
    control.fault(Scope::path("/job-contact").page(1).times(1), Fault::ShortPage { missing: 3 });
    control.fault(Scope::path("/event").times(1), Fault::TotalLies { by: 7 });
    let plan = desk.import();
    assert_whole_book(&desk, &plan, world.crm.book());
    assert!(crm_rows(&desk) > before, "the rest was read");

    // A second import that breaks off takes nothing away from what the first one knows.
    let known = desk.store.dump_normalised().expect("a dump").tables["crm_records"].clone();
    control.fault(Scope::path("/job-contact").page(2), Fault::EmptyPage);
    let job = desk.job(JobKind::Import, json!({"full": true}));
    assert_eq!((job.phase, message(&job).as_str()), (Phase::Failed, "error.paging_unstable"));
    assert_eq!(
        desk.store.dump_normalised().expect("a dump").tables["crm_records"],
        known,
        "an unproved list says nothing about what it does not name"
    );
}

fn crm_rows(desk: &Desk) -> usize {
    desk.store.dump_normalised().expect("a dump").tables["crm_records"].len()
}

#[test]
fn inv_37_cut_replies_bursts_and_quotas_are_waited_out() {
    let world = world_of(60);
    let (desk, control) = (Desk::new(&world), world.crm.control());
    control.fault(Scope::path("/address-book").page(1).times(1), Fault::Truncated { keep: 400 });
    control.fault(Scope::path("/job").times(2), Fault::Status { status: 503 });
    control.fault(
        Scope::path("/event").page(1).times(1),
        Fault::TooMany { retry_after: RetryAfter::Seconds(1) },
    );
    assert_whole_book(&desk, &desk.import(), world.crm.book());
    let struck: Vec<u64> = control.faults().iter().map(|rule| rule.struck).collect();
    assert_eq!(struck, [1, 2, 1], "every fault struck");
}

#[test]
fn f18_an_hour_cap_in_the_middle_of_a_list_costs_time_and_nothing_else() {
    let world = world_of(60);
    let (desk, control) = (Desk::new(&world), world.crm.control());
    // Ten requests now, the eleventh a second later: an "hour" of sixty tiny "minutes".
    control.rate_limit(Some(RateLimit { per_minute: 1000, per_hour: 12, minute_ms: 25 }));
    let plan = desk.import();
    assert!(control.quota_refusals() > 0, "the cap was hit");
    assert_whole_book(&desk, &plan, world.crm.book());
}

#[test]
fn f02_a_crm_out_of_reach_is_waited_for_and_the_import_goes_on() {
    let world = world_of(60);
    let (desk, control) = (Desk::new(&world), world.crm.control());
    control.refuse(None);
    let job = broken_import(&desk, Phase::WaitingNetwork, "error.network.no_connection");
    control.refuse(Some(std::time::Duration::ZERO));
    let open = desk.wait(desk.engine.resumable()).expect("jobs");
    assert_eq!(
        open.iter().map(|job| &job.id).collect::<Vec<_>>(),
        [&job.id],
        "the next start goes on with it"
    );
    let job = desk.resume(&job);
    assert_eq!(job.phase, Phase::WaitingReview, "{:?}", job.error);
    assert_whole_book(&desk, &desk.plan(), world.crm.book());
}

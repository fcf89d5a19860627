//! Reading a book again: what it costs, and what it does not conclude (issue text section 4; SYNC-LAW 3, 6, 17, 27; faults
//! F22, F24, F26, F29, F43). Shown by the CRM's own log of requests.

use std::time::Duration;

use hub_core::job::{JobKind, Phase};
use hub_core::plan::UnitKind;
use hub_core::ports::{ConnectionStore, RawReader};
use hub_sandbox::book::Stream;
use hub_sandbox::{Control, Fault, Mutation, Scope};
use hub_scenarios::Desk;
use serde_json::{Map, Value, json};

use crate::support::{assert_whole_book, kinds, ops, world_of};

/// Imports and returns how many requests that took.
fn requests(desk: &Desk, control: &Control, full: bool) -> usize {
    control.reset_log();
    let job = desk.job(JobKind::Import, if full { json!({"full": true}) } else { json!({}) });
    assert_eq!(job.phase, Phase::WaitingReview, "{:?}", job.error);
    control.log().len()
}

/// Lists that were read whole in the last import, by their path.
fn swept(control: &Control) -> Vec<String> {
    let mut paths: Vec<String> = control
        .log()
        .iter()
        .filter(|row| row.query.contains("sortBy=id"))
        .map(|row| row.path.trim_start_matches("/api/v2").to_owned())
        .collect();
    paths.dedup();
    // Lists that come in one reply, and such as hold nothing that could be newer.
    paths.retain(|path| !["/custom-field", "/payment-method"].contains(&path.as_str()));
    paths
}

fn set(stream: Stream, id: &str, field: &str, value: Value) -> Mutation {
    let fields = Map::from_iter([(field.to_owned(), value)]);
    Mutation::Set { stream, id: id.to_owned(), fields }
}

#[test]
fn an_unchanged_book_costs_as_many_requests_whatever_its_size() {
    let mut costs = Vec::new();
    for clients in [60, 400] {
        let world = world_of(clients);
        let (desk, control) = (Desk::new(&world), world.crm.control());
        let first = requests(&desk, control, false);
        let again = requests(&desk, control, false);
        assert_eq!(swept(control), Vec::<String>::new(), "nothing is read whole");
        assert_whole_book(&desk, &desk.plan(), world.crm.book());
        costs.push((first, again));
    }
    let [(small, small_again), (large, large_again)] = costs[..] else { panic!("two books") };
    assert!(large > small, "a first import reads every page: {costs:?}");
    assert_eq!(small_again, large_again, "one look at each list, and one at the account: {costs:?}");
}

#[test]
fn inv_27_what_changed_is_read_and_nothing_else() {
    let world = world_of(300);
    let (desk, control) = (Desk::new(&world), world.crm.control());
    let plan = desk.import();
    desk.answer_everything(&plan);
    assert_eq!(desk.upload().phase, Phase::Done);
    let unchanged = requests(&desk, control, false);
    assert_eq!(ops(&desk, &desk.plan()), 0, "inv 11: silence");

    // One in a hundred couples moves house.
    let couples: Vec<String> = world
        .crm
        .book()
        .expected()
        .parties
        .iter()
        .step_by(100)
        .map(|party| party.people[0].id.to_string())
        .collect();
    for (number, id) in couples.iter().enumerate() {
        let email = format!("moved{number}@example.org");
        control.mutate(&set(Stream::AddressBook, id, "email", json!(email))).expect("changed");
    }
    assert_eq!(
        requests(&desk, control, false),
        unchanged,
        "the change stands on the page that is read anyway"
    );
    let plan = desk.plan();
    assert_eq!(
        kinds(&desk, &plan).get(&UnitKind::Changed),
        Some(&couples.len()),
        "{:?}",
        kinds(&desk, &plan)
    );

    // F29: more records of one instant than a page holds are all read, up to the first older one.
    control.mutate(&Mutation::SameModified { stream: Stream::JobContact, count: 250 }).expect("changed");
    let ties = requests(&desk, control, false);
    let pages = control.log().iter().filter(|row| row.path.ends_with("/job-contact")).count();
    assert!(pages >= 3, "250 of one instant stand on three pages: {pages}");
    assert_eq!(ties, unchanged + pages - 1, "and only that list cost more");
}

#[test]
fn inv_03_a_deletion_is_not_concluded_from_what_is_not_named() {
    let world = world_of(120);
    let (desk, control) = (Desk::new(&world), world.crm.control());
    desk.import();
    let stored = || {
        let rows = desk.store.scan(&desk.connection.id, "event", None, 10_000).expect("readable");
        rows.into_iter().map(|row| row.id).collect::<Vec<_>>()
    };
    let held = || stored().len();
    let (before, event) = (held(), stored().swap_remove(3));
    control.mutate(&Mutation::Delete { stream: Stream::Event, id: event }).expect("deleted");
    requests(&desk, control, false);
    assert_eq!(swept(control), ["/event"], "the count does not fit: that list is read whole, no other");
    assert_eq!(held(), before, "absent once is not deleted");
    requests(&desk, control, false);
    assert_eq!(
        (swept(control), held()),
        (vec!["/event".to_owned()], before - 1),
        "absent from two whole reads is"
    );
    requests(&desk, control, false);
    assert_eq!(swept(control), Vec::<String>::new(), "and then the count fits again");
}

#[test]
fn f43_a_list_that_cannot_be_read_by_change_is_read_whole() {
    let world = world_of(120);
    let (desk, control) = (Desk::new(&world), world.crm.control());
    desk.import();
    let events = || Scope::path("/event").times(1);
    for (name, fault) in [
        ("F26", Fault::UnstableOrder),
        ("F22", Fault::ShortPage { missing: 3 }),
        ("F25", Fault::TotalLies { by: 7 }),
        ("F43", Fault::Patch { set: Map::new(), remove: vec!["modified".into()] }),
    ] {
        control.fault(events(), fault);
        requests(&desk, control, false);
        assert_eq!(swept(control), ["/event"], "{name}");
        assert_whole_book(&desk, &desk.plan(), world.crm.book());
    }
}

#[test]
fn inv_06_another_scope_a_week_and_a_word_read_everything() {
    let world = world_of(20);
    let (desk, control) = (Desk::new(&world), world.crm.control());
    let first = requests(&desk, control, false);
    let again = requests(&desk, control, false);
    assert_eq!(swept(control), Vec::<String>::new());
    assert_eq!(requests(&desk, control, true), first, "hub import --full");
    assert!(!swept(control).is_empty());
    desk.time.pass(Duration::from_secs(6 * 24 * 60 * 60));
    assert_eq!(requests(&desk, control, false), again, "not yet a week");
    desk.time.pass(Duration::from_secs(24 * 60 * 60));
    assert_eq!(requests(&desk, control, false), first, "inv 17: a week later everything is read");
    let mut connection = desk.connection.clone();
    connection.scope.historical = false;
    desk.store.put_connection(&connection).expect("stored");
    assert_eq!(requests(&desk, control, false), first, "under another scope nothing is known");
    assert_eq!(requests(&desk, control, false), again);
}

#[test]
fn f30_what_a_list_shows_late_is_read_within_the_lookback() {
    let world = world_of(60);
    let (desk, control) = (Desk::new(&world), world.crm.control());
    let plan = desk.import();
    desk.answer_everything(&plan);
    assert_eq!(desk.upload().phase, Phase::Done);
    let couples: Vec<String> =
        world.crm.book().expected().parties.iter().map(|party| party.people[0].id.to_string()).collect();
    let (late, prompt) = (&couples[3], &couples[40]);
    let stored = |id: &str| {
        let rows =
            desk.store.by_ids(&desk.connection.id, "address-book", &[id.to_owned()]).expect("readable");
        rows.first().map(|row| row.raw.clone()).unwrap_or_default()
    };
    // Two people move; the list shows only the second one's yet, and reading it moves the watermark past the first.
    control.mutate(&set(Stream::AddressBook, late, "email", json!("late@example.org"))).expect("changed");
    control.mutate(&set(Stream::AddressBook, prompt, "email", json!("prompt@example.org"))).expect("changed");
    control.fault(Scope::path("/address-book"), Fault::LeaveOut { ids: vec![late.clone()] });
    requests(&desk, control, false);
    assert!(stored(prompt).contains("prompt@example.org"), "what is shown is read");
    assert!(!stored(late).is_empty() && !stored(late).contains("late@example.org"), "kept, as it was known");
    let plan = desk.plan();
    assert_eq!(kinds(&desk, &plan).values().sum::<usize>(), couples.len(), "not yet shown is not deleted");

    control.heal();
    requests(&desk, control, false);
    assert!(stored(late).contains("late@example.org"), "read again from before the watermark");
    assert_eq!(kinds(&desk, &desk.plan()).get(&UnitKind::Changed), Some(&2), "both stand in the plan, once");
}

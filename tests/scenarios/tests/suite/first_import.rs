//! Sarah's first import, from reading to undo.

use std::collections::BTreeMap;

use hub_core::job::Phase;
use hub_core::plan::UnitKind;
use hub_core::ports::{PlanHead, PlanStore, UnitQuery, UnitState};
use hub_sandbox::book::demo;
use hub_sandbox::wedsync::{AccountSeed, Config};
use hub_sandbox::{SandboxConfig, World};
use hub_scenarios::Desk;
use serde_json::json;

use crate::support::per_type;

fn world() -> World {
    World::start(SandboxConfig::demo(), Config::default()).expect("the sandbox starts")
}

fn kinds(desk: &Desk, plan: &PlanHead) -> BTreeMap<UnitKind, usize> {
    let mut kinds = BTreeMap::new();
    for row in desk.rows(plan, &UnitQuery::default()) {
        *kinds.entry(row.kind).or_default() += 1;
    }
    kinds
}

#[test]
fn two_hundred_and_fourteen_clients_are_planned_against_the_twelve_there() {
    let world = world();
    let desk = Desk::new(&world);
    let plan = desk.import();
    let kinds = kinds(&desk, &plan);
    assert_eq!(kinds.values().sum::<usize>(), 214, "the generator's own number: {kinds:?}");
}

#[test]
fn the_whole_story_and_back() {
    let world = world();
    let login = AccountSeed::demo().login;
    let before = world.wedsync.dump(&login).expect("a dump");
    let desk = Desk::new(&world);
    let plan = desk.import();
    desk.answer_everything(&plan);
    let planned = desk.store.outcomes(&plan.id).expect("outcomes");
    let upload = desk.upload();
    for record_type in ["person", "client", "project", "event", "invoice", "payment"] {
        let created = |counts: &serde_json::Value| counts[record_type]["created"].as_u64();
        assert_eq!(
            created(&json!(planned)),
            created(&upload.counts["records"]),
            "{record_type}: a person on many jobs is counted once, as it is made once"
        );
    }
    assert_eq!(upload.phase, Phase::Done, "{:?} {:?}", upload.error, upload.counts);
    let uploaded: BTreeMap<String, BTreeMap<String, u64>> =
        serde_json::from_value(upload.counts["records"].clone()).expect("a table");
    let sums: BTreeMap<String, u64> =
        uploaded.iter().map(|(name, outcomes)| (name.clone(), outcomes.values().sum())).collect();
    assert_eq!(
        sums,
        per_type(world.crm.book()),
        "inv 32: read is the sum of the outcomes, linked clients too"
    );
    assert_eq!(uploaded["client"]["linked"], 5, "five of the twelve: {:?}", uploaded["client"]);
    let left = desk.rows(&plan, &UnitQuery { state: Some(UnitState::Pending), ..UnitQuery::default() });
    assert!(left.iter().all(|row| !row.kind.needs_decision()), "nothing waits any more");
    let counts = world.wedsync.counts(&login).expect("counts");
    assert_eq!(counts["client"], 12 + 214 - 5, "five of the twelve are in the book: {counts:?}");
    let undo = desk.undo(&upload);
    assert_eq!(undo.phase, Phase::Done, "{:?} {:?}", undo.error, undo.counts);
    let after = world.wedsync.dump(&login).expect("a dump");
    assert_eq!(after.digest, before.digest, "the cloud is what it was before the upload");
    assert_eq!(demo().expected().parties.len(), 214);
}

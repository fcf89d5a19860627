//! Two computers import the same book: WedSync holds one set (MODEL 5).

use std::collections::BTreeMap;

use hub_core::job::{JobKind, Phase};
use hub_core::plan::UnitKind;
use hub_core::ports::UnitQuery;
use hub_scenarios::Desk;
use serde_json::json;

use crate::support::{Held, cloud_digest, kinds, ops, per_type, what_it_does, world_of};

fn one_set(world: &hub_sandbox::World) {
    let (held, expected) = (Held::of(world), world.crm.book().expected());
    for (name, count) in per_type(world.crm.book()) {
        if name != "client" {
            assert_eq!(held.by_source(&name).len() as u64, count, "{name}s, each once");
        }
    }
    let same = 5;
    assert_eq!(held.all("client").len(), 12 + expected.parties.len() - same, "one client per party");
}

#[test]
fn one_after_the_other_the_second_finds_everything_there() {
    let world = world_of(60);
    let first = Desk::new(&world);
    let plan = first.import();
    first.answer_everything(&plan);
    assert_eq!(first.upload().phase, Phase::Done);
    one_set(&world);
    let before = cloud_digest(&world);
    // At once: the first computer gave its lease back at the end of its upload.
    let second = Desk::new(&world);
    let plan = second.import();
    second.answer_everything(&plan);
    assert_eq!(ops(&second, &plan), 0, "{}", what_it_does(&second, &plan));
    let upload = second.upload();
    assert_eq!(upload.phase, Phase::Done, "{:?} {:?}", upload.error, upload.counts);
    assert_eq!(cloud_digest(&world), before, "the second computer changes nothing");
    silent(&first);
    silent(&second);
}

#[test]
fn interleaved_the_second_is_given_the_ids_of_the_first() {
    let world = world_of(60);
    let (first, second) = (Desk::new(&world), Desk::new(&world));
    for desk in [&first, &second] {
        let plan = desk.import();
        desk.answer_everything(&plan);
        desk.wait(desk.engine.approve(&plan, None)).expect("approved");
    }
    let upload = first.job(JobKind::Upload, json!({"plan_id": first.plan().id}));
    assert_eq!(upload.phase, Phase::Done, "{:?} {:?}", upload.error, upload.counts);
    one_set(&world);
    let after_first = cloud_digest(&world);
    let plan = second.plan();
    let upload = second.job(JobKind::Upload, json!({"plan_id": plan.id}));
    assert!(matches!(upload.phase, Phase::Done | Phase::Partial), "{:?} {:?}", upload.error, upload.counts);
    one_set(&world);
    assert_eq!(cloud_digest(&world), after_first, "the second computer adds and changes nothing");
    let left: BTreeMap<UnitKind, usize> = second
        .rows(&plan, &UnitQuery::default())
        .into_iter()
        .filter(|row| row.ops > 0)
        .fold(BTreeMap::new(), |mut sums, row| {
            *sums.entry(row.kind).or_default() += 1;
            sums
        });
    assert_eq!(left, BTreeMap::new(), "nothing of the second plan is left to do");
    silent(&second);
    silent(&first);
    let dump = |desk: &Desk| desk.store.dump_normalised().expect("a dump");
    let (one, two) = (dump(&first), dump(&second));
    for table in ["wedsync_records", "people", "clients", "projects"] {
        assert_eq!(one.tables[table].len(), two.tables[table].len(), "{table}");
        for (left, right) in one.tables[table].iter().zip(&two.tables[table]) {
            assert_eq!(left, right, "{table}");
        }
    }
}

fn silent(desk: &Desk) {
    let plan = desk.import();
    assert_eq!(ops(desk, &plan), 0, "{}", what_it_does(desk, &plan));
    assert!(
        kinds(desk, &plan).keys().all(|kind| matches!(kind, UnitKind::Unchanged)),
        "{:?}",
        kinds(desk, &plan)
    );
}

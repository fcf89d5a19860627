//! What moved in WedSync between approval and upload asks again, the rest goes (MODEL 6).

use hub_core::job::{JobKind, Phase};
use hub_core::plan::{OpKind, UnitKind};
use hub_core::ports::{UnitQuery, UnitState};
use hub_engine::Decision;
use hub_sandbox::Mutation;
use hub_sandbox::book::Stream;
use hub_scenarios::{Desk, Hand};
use serde_json::{Map, json};

use crate::support::{Held, world_of};

#[test]
fn approve_482_and_move_3_so_479_go_and_3_ask() {
    let world = world_of(540);
    let desk = Desk::new(&world);
    let plan = desk.import();
    let linked = desk.rows(&plan, &UnitQuery { kind: Some(UnitKind::Linked), ..UnitQuery::default() });
    let new = desk.rows(&plan, &UnitQuery { kind: Some(UnitKind::New), ..UnitQuery::default() });
    assert!(linked.len() >= 3 && new.len() >= 479, "{} linked, {} new", linked.len(), new.len());
    let linked = &linked[..3];
    let seqs: Vec<u64> = linked.iter().chain(&new[..479]).map(|row| row.seq).collect();
    assert_eq!(desk.wait(desk.engine.approve(&plan, Some(seqs))).expect("approved"), 482);

    // Meanwhile somebody types into WedSync what the upload would have filled in.
    let hand = Hand::new(&world);
    let mut typed = Vec::new();
    for row in linked {
        let unit = desk.unit(&plan, row.seq).unit;
        let op = unit
            .ops
            .iter()
            .find(|op| op.kind == OpKind::Link && op.after.contains_key("lead_source"))
            .expect("the project's empty fields are filled");
        hand.edit("project", &op.record.id, json!({"lead_source": "A friend of the bride"}));
        typed.push(op.record.id.clone());
    }
    let upload = desk.job(JobKind::Upload, json!({"plan_id": plan.id}));
    assert_eq!(upload.phase, Phase::Partial, "{:?} {:?}", upload.error, upload.counts);
    let of = |state| desk.rows(&plan, &UnitQuery { state: Some(state), ..UnitQuery::default() });
    assert_eq!(of(UnitState::Done).len(), 479, "{:?}", upload.counts);
    let moved = of(UnitState::Moved);
    assert_eq!(
        moved.iter().map(|row| row.seq).collect::<Vec<_>>(),
        linked.iter().map(|row| row.seq).collect::<Vec<_>>(),
        "those three ask again"
    );
    assert_eq!(Held::of(&world).by_source("project").len() as u64, projects_of(&desk, &new[..479]));

    let seqs: Vec<u64> = moved.iter().map(|row| row.seq).collect();
    assert_eq!(desk.wait(desk.engine.approve(&plan, Some(seqs))).expect("approved"), 3);
    let second = desk.job(JobKind::Upload, json!({"plan_id": plan.id}));
    assert_eq!(second.phase, Phase::Done, "{:?} {:?}", second.error, second.counts);
    assert_eq!(of(UnitState::Done).len(), 482);
    let held = Held::of(&world);
    let theirs = held
        .by_source("project")
        .into_values()
        .filter(|project| project["fields"]["lead_source"] == "A friend of the bride")
        .count();
    assert_eq!(theirs, 3, "what was typed in WedSync stays, and the records are linked now");
}

fn projects_of(desk: &Desk, rows: &[hub_core::ports::UnitRow]) -> u64 {
    let plan = desk.plan();
    rows.iter()
        .map(|row| {
            let unit = desk.unit(&plan, row.seq).unit;
            u64::from(*unit.summary.counts.get(&hub_core::record::RecordType::Project).unwrap_or(&0))
        })
        .sum()
}

#[test]
fn inv_01_a_field_changed_on_both_sides_waits_and_the_chosen_value_goes() {
    let world = world_of(60);
    let desk = Desk::new(&world);
    let plan = desk.import();
    desk.answer_everything(&plan);
    assert_eq!(desk.upload().phase, Phase::Done);
    let party = &world.crm.book().expected().parties[20];
    let person = party.primary().expect("a primary");
    let set = |first: &str| Mutation::Set {
        stream: Stream::AddressBook,
        id: person.id.to_string(),
        fields: Map::from_iter([("firstName".to_owned(), json!(first))]),
    };
    world.crm.control().mutate(&set("Theodora")).expect("renamed in the CRM");
    let plan = desk.import();
    let changed = desk.rows(&plan, &UnitQuery { kind: Some(UnitKind::Changed), ..UnitQuery::default() });
    assert_eq!(changed.len(), 1, "one client changed");
    let unit = desk.unit(&plan, changed[0].seq).unit;
    assert_eq!(unit.ops.len(), 1, "{:?}", unit.ops);
    let record = unit.ops[0].record.clone();
    desk.wait(desk.engine.approve(&plan, None)).expect("approved");
    let hand = Hand::new(&world);
    hand.edit("person", &record.id, json!({"first_name": "Dora"}));
    let upload = desk.job(JobKind::Upload, json!({"plan_id": plan.id}));
    assert_eq!(upload.phase, Phase::Partial, "{:?}", upload.counts);
    let held = Held::of(&world);
    assert_eq!(held.by_source("person")[&person.id.to_string()]["fields"]["first_name"], "Dora");
    let asks = desk.unit(&plan, changed[0].seq);
    assert_eq!((asks.state, asks.unit.kind), (UnitState::Moved, UnitKind::Conflict));
    desk.decide(
        changed[0].seq,
        Decision::SetValue {
            record_id: record.id.clone(),
            field: "first_name".into(),
            value: json!("Theodora"),
        },
    );
    let upload = desk.upload();
    assert_eq!(upload.phase, Phase::Done, "{:?} {:?}", upload.error, upload.counts);
    let held = Held::of(&world);
    assert_eq!(held.by_source("person")[&person.id.to_string()]["fields"]["first_name"], "Theodora");
    let plan = desk.import();
    assert_eq!(crate::support::ops(&desk, &plan), 0, "settled");
}

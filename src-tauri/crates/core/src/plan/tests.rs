//! Table and law tests of the planner.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::*;
use crate::matching::{Advice, Candidate};
use crate::ports::{CloudRecord, HeldRecord};
use crate::record::{ExternalRef, FieldMap, RecordKey, RecordType, SourceKey};

fn fields(json: Json) -> FieldMap {
    serde_json::from_value(json).expect("an object")
}

fn person(id: &str, values: Json) -> StagedRecord {
    StagedRecord {
        record_type: RecordType::Person,
        id: id.into(),
        source: Some(SourceKey { stream: "address-book".into(), id: format!("x-{id}") }),
        fields: fields(values.clone()),
        crm: fields(values),
        counted_elsewhere: false,
    }
}

fn unit(records: Vec<StagedRecord>) -> StagedUnit {
    let mut all = vec![StagedRecord {
        record_type: RecordType::Client,
        id: "c".into(),
        source: None,
        fields: fields(json!({"people": {"p": {"role": "primary", "position": 0}}})),
        crm: fields(json!({"people": {"p": {"role": "primary", "position": 0}}})),
        counted_elsewhere: false,
    }];
    all.extend(records);
    StagedUnit {
        seq: 0,
        client_id: "c".into(),
        external_id: Some("x-p".into()),
        claimed_by: Vec::new(),
        records: all,
        problems: Vec::new(),
        summary: UnitSummary::default(),
        left_out: None,
    }
}

fn held(record_type: RecordType, id: &str, values: Json, base: Option<Json>) -> HeldRecord {
    HeldRecord {
        record: CloudRecord {
            key: RecordKey::new(record_type, id),
            fields: fields(values),
            version: 3,
            external_refs: Vec::new(),
            deleted: false,
        },
        base: base.map_or_else(BTreeMap::new, |base| {
            fields(base)
                .into_iter()
                .map(|(name, pair)| {
                    (name, BasePair { crm: pair["crm"].clone(), wedsync: pair["wedsync"].clone() })
                })
                .collect()
        }),
    }
}

struct World {
    held: BTreeMap<RecordKey, HeldRecord>,
    candidates: Vec<Candidate>,
    resolution: Resolution,
    rules: FieldRules,
    policy: ConflictPolicy,
}

impl World {
    fn new(held: Vec<HeldRecord>) -> World {
        World {
            held: held.into_iter().map(|held| (held.record.key.clone(), held)).collect(),
            candidates: Vec::new(),
            resolution: Resolution::default(),
            rules: FieldRules::default(),
            policy: ConflictPolicy::ManualReview,
        }
    }

    fn plan(&self, staged: &StagedUnit) -> PlannedUnit {
        plan_unit(&PlanInput {
            staged,
            held: &self.held,
            candidates: &self.candidates,
            resolution: &self.resolution,
            rules: &self.rules,
            policy: self.policy,
        })
    }
}

fn linked_world(there: Json, base: Json) -> World {
    let people = json!({"p": {"role": "primary", "position": 0}});
    World::new(vec![
        held(
            RecordType::Client,
            "c",
            json!({"people": people}),
            Some(json!({"people": {"crm": people, "wedsync": people}})),
        ),
        held(RecordType::Person, "p", there, Some(base)),
    ])
}

#[test]
fn a_new_party_creates_people_before_the_client() {
    let planned =
        World::new(Vec::new()).plan(&unit(vec![person("p", json!({"first_name": "Ann", "email": ""}))]));
    assert_eq!(planned.kind, UnitKind::New);
    let made: Vec<_> = planned.ops.iter().map(|op| (op.kind, op.record.record_type)).collect();
    assert_eq!(made, [(OpKind::Create, RecordType::Person), (OpKind::Create, RecordType::Client)]);
    assert_eq!(planned.ops[1].parent.as_deref(), Some("p"), "the client names a person that this unit makes");
    assert!(!planned.ops[0].after.contains_key("email"), "a blank is not sent");
}

#[test]
fn three_way_table() {
    // (crm now, base.crm, base.wedsync, wedsync now) -> what happens
    let cases: [(&str, &str, &str, &str, &str); 6] = [
        ("Ann", "Ann", "Ann", "Ann", "nothing"),
        ("Anna", "Ann", "Ann", "Ann", "update"),
        ("Ann", "Ann", "Ann", "Annie", "nothing"),
        ("Anna", "Ann", "Ann", "Anna", "adopt"),
        ("Anna", "Ann", "Ann", "Annie", "conflict"),
        ("", "Ann", "Ann", "Ann", "nothing"),
    ];
    for (crm, base_crm, base_wedsync, there, expected) in cases {
        let world = linked_world(
            json!({"first_name": there}),
            json!({"first_name": {"crm": base_crm, "wedsync": base_wedsync}}),
        );
        let planned = world.plan(&unit(vec![person("p", json!({"first_name": crm}))]));
        let happened = if !planned.conflicts.is_empty() {
            "conflict"
        } else if !planned.ops.is_empty() {
            "update"
        } else if !planned.adopted.is_empty() {
            "adopt"
        } else {
            "nothing"
        };
        assert_eq!(
            happened, expected,
            "crm {crm:?}, base ({base_crm:?}, {base_wedsync:?}), wedsync {there:?}"
        );
        if expected == "update" {
            assert_eq!(planned.kind, UnitKind::Changed);
            assert_eq!(planned.ops[0].before["first_name"], json!("Ann"));
            assert_eq!(planned.ops[0].after["first_name"], json!("Anna"));
        }
    }
}

#[test]
fn inv_07_blank_is_not_erase() {
    let world = linked_world(
        json!({"first_name": "Ann", "last_name": "Lee"}),
        json!({"first_name": {"crm": "Ann", "wedsync": "Ann"}, "last_name": {"crm": "Lee", "wedsync": "Lee"}}),
    );
    let planned = world.plan(&unit(vec![person("p", json!({"first_name": "Ann", "last_name": null}))]));
    assert!(planned.ops.is_empty(), "an emptied column writes nothing");
}

#[test]
fn a_value_fixed_in_review_stays_fixed() {
    // The bad text was fixed at the first import: base pairs the bad text with the fixed value.
    let world = linked_world(
        json!({"first_name": "Ann", "birthday": "1990-02-28"}),
        json!({
            "first_name": {"crm": "Ann", "wedsync": "Ann"},
            "birthday": {"crm": "31/02/1990", "wedsync": "1990-02-28"}
        }),
    );
    let mut staged = unit(vec![person("p", json!({"first_name": "Ann"}))]);
    staged.records[1].crm.insert("birthday".into(), json!("31/02/1990"));
    let planned = world.plan(&staged);
    assert_eq!(planned.kind, UnitKind::Unchanged);
    assert!(planned.ops.is_empty());
}

#[test]
fn first_link_fills_blanks_and_never_overwrites() {
    let mut world = World::new(vec![
        held(RecordType::Client, "h", json!({"people": {"hp": {"role": "primary", "position": 0}}}), None),
        held(RecordType::Person, "hp", json!({"first_name": "Ann", "last_name": "Park"}), None),
    ]);
    world.candidates = vec![Candidate {
        client_id: "h".into(),
        score: 95,
        advice: Advice::Link,
        evidence: Vec::new(),
        people: vec![("p".into(), "hp".into())],
        projects: Vec::new(),
    }];
    let planned = world.plan(&unit(vec![person(
        "p",
        json!({"first_name": "Ann", "last_name": "Lee", "email": "ann@example.com"}),
    )]));
    assert_eq!((planned.kind, planned.client_id.as_str()), (UnitKind::Linked, "h"));
    let op = planned.ops.iter().find(|op| op.record.id == "hp").expect("the person is linked");
    assert_eq!(op.kind, OpKind::Link);
    assert_eq!(op.after, fields(json!({"email": "ann@example.com"})), "only the blank is filled");
    assert_eq!(op.kept_out, fields(json!({"last_name": "Lee"})), "the other value is offered");
    assert_eq!(
        op.pairs["last_name"],
        BasePair { crm: json!("Lee"), wedsync: json!("Park") },
        "and makes no echo"
    );
    assert!(
        planned.ops.iter().all(|op| op.record.record_type != RecordType::Client),
        "the client holds the same people under their held ids"
    );
}

#[test]
fn a_problem_waits_until_it_is_answered() {
    let mut staged = unit(vec![person("p", json!({"first_name": "Ann"}))]);
    staged.problems.push(Problem {
        record_id: "p".into(),
        record_type: RecordType::Person,
        field: "email".into(),
        found: String::new(),
        code: "required_missing".into(),
        params: BTreeMap::new(),
        fixes: Vec::new(),
        required_by_wedsync: false,
    });
    let mut world = World::new(Vec::new());
    assert_eq!(world.plan(&staged).kind, UnitKind::Problem);
    world.resolution.values.insert("p".into(), fields(json!({"email": null})));
    assert_eq!(world.plan(&staged).kind, UnitKind::New, "bring in without it");
    staged.problems[0].required_by_wedsync = true;
    assert_eq!(world.plan(&staged).kind, UnitKind::Problem, "not when WedSync itself demands it");
    world.resolution.values.insert("p".into(), fields(json!({"email": "ann@example.com"})));
    let planned = world.plan(&staged);
    assert_eq!(planned.kind, UnitKind::New);
    assert_eq!(planned.ops[0].after["email"], json!("ann@example.com"));
}

#[test]
fn inv_02_deleted_in_wedsync_is_not_brought_back() {
    let mut world =
        linked_world(json!({"first_name": "Ann"}), json!({"first_name": {"crm": "Ann", "wedsync": "Ann"}}));
    for held in world.held.values_mut() {
        held.record.deleted = true;
    }
    let planned = world.plan(&unit(vec![person("p", json!({"first_name": "Anna"}))]));
    assert!(planned.ops.is_empty());
}

#[test]
fn inv_08_export_only_is_never_imported() {
    let mut world = World::new(Vec::new());
    world.rules.export_only.insert((RecordType::Person, "notes".into()));
    let planned = world.plan(&unit(vec![person("p", json!({"first_name": "Ann", "notes": "x"}))]));
    assert!(!planned.ops[0].after.contains_key("notes"));
}

#[test]
fn linked_on_another_computer_needs_no_write() {
    let mut world = linked_world(json!({"first_name": "Ann"}), json!({}));
    let held = world.held.get_mut(&RecordKey::new(RecordType::Person, "p")).expect("held");
    held.record.external_refs.push(ExternalRef {
        provider: "tave".into(),
        account: "a".into(),
        stream: "address-book".into(),
        id: "x-p".into(),
    });
    let planned = world.plan(&unit(vec![person("p", json!({"first_name": "Ann"}))]));
    assert_eq!(planned.kind, UnitKind::Unchanged);
    assert_eq!(planned.adopted.len(), 1, "the base is agreed without a write");
}

#[test]
fn inv_13_planning_twice_is_byte_equal() {
    let staged = unit(vec![person("p", json!({"first_name": "Ann", "email": "a@example.com"}))]);
    let world = World::new(Vec::new());
    let encode = |unit: &PlannedUnit| serde_json::to_string(unit).expect("encodes");
    assert_eq!(encode(&world.plan(&staged)), encode(&world.plan(&staged)));
}

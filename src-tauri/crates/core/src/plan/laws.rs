//! The laws of the planner over random parties: whatever the CRM, the base and WedSync say, these hold.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

use super::*;
use crate::matching::{Advice, Candidate};
use crate::ports::{CloudRecord, HeldRecord};
use crate::record::{ExternalRef, FieldMap, RecordKey, RecordType, SourceKey};
use crate::value::{FieldType, is_blank_json, same_value};

/// What the three sides say of one field; `None` is a field that a side does not name.
#[derive(Debug, Clone)]
struct Cell {
    crm: Option<Json>,
    base: Option<Json>,
    there: Option<Json>,
}

/// How a staged record stands to WedSync.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    New,
    Held,
    Linked,
    Deleted,
}

#[derive(Debug, Clone)]
struct Somebody {
    standing: Standing,
    fields: BTreeMap<&'static str, Cell>,
}

#[derive(Debug, Clone)]
struct Party {
    people: Vec<Somebody>,
    project: Option<Somebody>,
    policy: ConflictPolicy,
}

const TEXTS: [&str; 7] = ["", "  ", "Ann", " Ann ", "Anna", "Zoe\u{308}", "Zo\u{eb}"];
const ADDRESSES: [&str; 5] = ["", "ann@example.com", "Ann@Example.com ", "bo@example.com", "cy@example.com"];

fn text(of: &'static [&'static str]) -> impl Strategy<Value = Json> {
    proptest::sample::select(of).prop_map(Json::from)
}

/// A list of addresses, keyed; also the two shapes of none.
fn list() -> impl Strategy<Value = Json> {
    let element = (proptest::sample::select(&["k1", "k2", "k3", "k4"][..]), 0_u8..2);
    prop_oneof![
        1 => Just(Json::Null),
        6 => proptest::collection::vec(element, 0..4).prop_map(|elements| {
            let keyed = elements.into_iter().map(|(key, n)| (key.to_owned(), json!({"address": format!("{key}-{n}")})));
            Json::Object(keyed.collect::<Map<String, Json>>())
        }),
    ]
}

fn cell(value: impl Strategy<Value = Json> + Clone) -> impl Strategy<Value = Cell> {
    let side = || proptest::option::weighted(0.8, value.clone());
    (side(), side(), side()).prop_map(|(crm, base, there)| Cell { crm, base, there })
}

fn somebody(fields: &'static [(&'static str, FieldType)]) -> impl Strategy<Value = Somebody> {
    let standing = prop_oneof![
        1 => Just(Standing::New),
        1 => Just(Standing::Held),
        4 => Just(Standing::Linked),
        1 => Just(Standing::Deleted),
    ];
    let cells: Vec<BoxedStrategy<Cell>> = fields
        .iter()
        .map(|(_, field_type)| match field_type {
            FieldType::Array => cell(list().boxed()).boxed(),
            FieldType::Email => cell(text(&ADDRESSES).boxed()).boxed(),
            _ => cell(text(&TEXTS).boxed()).boxed(),
        })
        .collect();
    (standing, cells).prop_map(move |(standing, cells)| Somebody {
        standing,
        fields: fields.iter().map(|(name, _)| *name).zip(cells).collect(),
    })
}

const PERSON: [(&str, FieldType); 4] = [
    ("first_name", FieldType::Text),
    ("notes", FieldType::Text),
    ("email", FieldType::Email),
    ("other_emails", FieldType::Array),
];
const PROJECT: [(&str, FieldType); 2] = [("venue_name", FieldType::Text), ("notes", FieldType::Text)];

fn party() -> impl Strategy<Value = Party> {
    let policy = prop_oneof![
        Just(ConflictPolicy::ManualReview),
        Just(ConflictPolicy::WedsyncWins),
        Just(ConflictPolicy::CrmWins),
    ];
    (proptest::collection::vec(somebody(&PERSON), 1..3), proptest::option::of(somebody(&PROJECT)), policy)
        .prop_map(|(people, project, policy)| Party { people, project, policy })
}

/// A party as the planner gets it.
struct World {
    staged: StagedUnit,
    held: BTreeMap<RecordKey, HeldRecord>,
    candidates: Vec<Candidate>,
    rules: FieldRules,
    policy: ConflictPolicy,
}

impl World {
    fn of(party: &Party) -> World {
        let people: Map<String, Json> = (0..party.people.len())
            .map(|n| (format!("p{n}"), json!({"role": if n == 0 { "primary" } else { "partner" }})))
            .collect();
        let client = FieldMap::from([("people".to_owned(), Json::Object(people))]);
        let mut records = vec![StagedRecord {
            record_type: RecordType::Client,
            id: "c".into(),
            source: None,
            fields: client.clone(),
            crm: client.clone(),
            counted_elsewhere: false,
        }];
        let mut held = BTreeMap::new();
        // A client is there when its first person is.
        if party.people[0].standing != Standing::New {
            let pair = BasePair { crm: client["people"].clone(), wedsync: client["people"].clone() };
            hold(
                &mut held,
                RecordType::Client,
                "c",
                client,
                BTreeMap::from([("people".into(), pair)]),
                false,
            );
        }
        for (n, person) in party.people.iter().enumerate() {
            records.push(stage(&mut held, RecordType::Person, "address-book", &format!("p{n}"), person));
        }
        if let Some(project) = &party.project {
            let mut record = stage(&mut held, RecordType::Project, "job", "j", project);
            record.fields.insert("client_id".into(), "c".into());
            record.crm.insert("client_id".into(), "c".into());
            records.push(record);
        }
        let staged = StagedUnit {
            seq: 0,
            client_id: "c".into(),
            external_id: Some("x-p0".into()),
            claimed_by: Vec::new(),
            records,
            problems: Vec::new(),
            summary: UnitSummary::default(),
            left_out: None,
        };
        World { staged, held, candidates: Vec::new(), rules: FieldRules::default(), policy: party.policy }
    }

    fn plan(&self) -> PlannedUnit {
        plan_unit(&PlanInput {
            staged: &self.staged,
            held: &self.held,
            candidates: &self.candidates,
            resolution: &Resolution::default(),
            rules: &self.rules,
            policy: self.policy,
        })
    }

    fn field_type(&self, key: &RecordKey, name: &str) -> FieldType {
        self.rules.field_type(key.record_type, name)
    }

    /// WedSync takes everything: what the ops say is there, and both sides agree on the pairs.
    fn carry_out(&mut self, planned: &PlannedUnit) {
        for op in &planned.ops {
            let held = self.held.entry(op.record.clone()).or_insert_with(|| empty(&op.record));
            held.record.version += 1;
            for (name, value) in &op.after {
                held.record.fields.insert(name.clone(), value.clone());
            }
            held.base.extend(op.pairs.clone());
            if let Some(source) = op.source.as_ref().filter(|source| source.is_external()) {
                held.record.external_refs.push(ExternalRef {
                    provider: "tave".into(),
                    account: "a".into(),
                    stream: source.stream.clone(),
                    id: source.id.clone(),
                });
            }
        }
        for adoption in &planned.adopted {
            if let Some(held) = self.held.get_mut(&adoption.record) {
                held.base.extend(adoption.pairs.clone());
            }
        }
    }
}

fn empty(key: &RecordKey) -> HeldRecord {
    let record = CloudRecord {
        key: key.clone(),
        fields: FieldMap::new(),
        version: 0,
        external_refs: Vec::new(),
        deleted: false,
    };
    HeldRecord { record, base: BTreeMap::new() }
}

fn hold(
    held: &mut BTreeMap<RecordKey, HeldRecord>,
    record_type: RecordType,
    id: &str,
    fields: FieldMap,
    base: BTreeMap<String, BasePair>,
    deleted: bool,
) {
    let key = RecordKey::new(record_type, id);
    let mut record = empty(&key);
    record.record.fields = fields;
    record.record.version = 3;
    record.record.deleted = deleted;
    record.base = base;
    held.insert(key, record);
}

fn stage(
    held: &mut BTreeMap<RecordKey, HeldRecord>,
    record_type: RecordType,
    stream: &str,
    id: &str,
    somebody: &Somebody,
) -> StagedRecord {
    let named = |side: fn(&Cell) -> &Option<Json>| -> FieldMap {
        let cells = somebody.fields.iter();
        cells.filter_map(|(name, cell)| Some(((*name).to_owned(), side(cell).clone()?))).collect()
    };
    let (crm, there) = (named(|cell| &cell.crm), named(|cell| &cell.there));
    if somebody.standing != Standing::New {
        let base = match somebody.standing {
            Standing::Held => BTreeMap::new(),
            _ => named(|cell| &cell.base)
                .into_iter()
                .map(|(name, value)| (name, BasePair { crm: value.clone(), wedsync: value }))
                .collect(),
        };
        hold(held, record_type, id, there, base, somebody.standing == Standing::Deleted);
    }
    StagedRecord {
        record_type,
        id: id.to_owned(),
        source: Some(SourceKey { stream: stream.into(), id: format!("x-{id}") }),
        fields: crm.clone(),
        crm,
        counted_elsewhere: false,
    }
}

fn candidate(client_id: &str, score: i32, advice: Advice) -> Candidate {
    Candidate {
        client_id: client_id.into(),
        score,
        advice,
        evidence: Vec::new(),
        people: Vec::new(),
        projects: Vec::new(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn inv_02_what_wedsync_deleted_is_left_alone(party in party()) {
        let world = World::of(&party);
        let planned = world.plan();
        for op in &planned.ops {
            let deleted = world.held.get(&op.record).is_some_and(|held| held.record.deleted);
            prop_assert!(!deleted, "{:?} {:?}", op.kind, op.record);
        }
    }

    #[test]
    fn inv_07_a_blank_erases_nothing(party in party()) {
        for op in World::of(&party).plan().ops {
            for (name, after) in &op.after {
                let before = op.before.get(name).unwrap_or(&Json::Null);
                // A list may lose its last element when the CRM still lists others: each side took one out.
                let listed = op.pairs.get(name).is_some_and(|pair| !is_blank_json(&pair.crm));
                let list = before.is_object() && listed;
                prop_assert!(
                    !is_blank_json(after) || is_blank_json(before) || list,
                    "{name}: {before} became {after}"
                );
                // Of a list, only what both sides once agreed on may go, and only when the CRM still lists others.
                let agreed = op.base.get(name).map_or(&Json::Null, |pair| &pair.wedsync);
                for (key, element) in before.as_object().into_iter().flatten() {
                    let stays = after.get(key).is_some() || agreed.get(key) == Some(element);
                    prop_assert!(stays, "{name}.{key}: nobody agreed on {element}, and it went");
                }
            }
        }
    }

    #[test]
    fn inv_08_no_import_writes_a_field_that_is_only_exported(party in party(), name in 0..PERSON.len()) {
        let mut world = World::of(&party);
        world.rules.export_only.insert((RecordType::Person, PERSON[name].0.to_owned()));
        let planned = world.plan();
        for op in planned.ops.iter().filter(|op| op.record.record_type == RecordType::Person) {
            prop_assert!(!op.after.contains_key(PERSON[name].0) && !op.pairs.contains_key(PERSON[name].0));
        }
        prop_assert!(planned.conflicts.iter().all(|conflict| conflict.record.record_type != RecordType::Person
            || conflict.field != PERSON[name].0));
    }

    #[test]
    fn inv_11_a_plan_that_was_carried_out_leaves_nothing_to_do(party in party()) {
        let mut world = World::of(&party);
        let planned = world.plan();
        world.carry_out(&planned);
        let again = world.plan();
        prop_assert_eq!(&again.ops, &Vec::new(), "the second plan writes nothing");
        prop_assert_eq!(&again.conflicts, &planned.conflicts, "what waits for a person waits on");
        // That both sides have nothing is agreed on with the next import, without a write.
        let blank = |pair: &BasePair| is_blank_json(&pair.crm) && is_blank_json(&pair.wedsync);
        prop_assert!(again.adopted.iter().all(|adoption| adoption.pairs.values().all(blank)), "{:?}", again.adopted);
        world.carry_out(&again);
        prop_assert_eq!(world.plan().adopted, Vec::new(), "and then no base moves any more");
    }

    #[test]
    fn inv_13_the_same_inputs_give_the_same_bytes(party in party()) {
        let world = World::of(&party);
        let mut turned = World::of(&party);
        // The order in which a JSON object was written says nothing.
        for record in &mut turned.staged.records {
            for values in [&mut record.fields, &mut record.crm] {
                for value in values.values_mut() {
                    if let Json::Object(object) = value {
                        *object = std::mem::take(object).into_iter().rev().collect();
                    }
                }
            }
        }
        let encode = |unit: &PlannedUnit| serde_json::to_string(unit).unwrap();
        prop_assert_eq!(encode(&world.plan()), encode(&world.plan()));
        let hashes = |unit: &PlannedUnit| unit.ops.iter().map(|op| op.hash.clone()).collect::<Vec<_>>();
        prop_assert_eq!(hashes(&world.plan()), hashes(&turned.plan()));
    }

    #[test]
    fn inv_14_what_both_changed_conflicts_from_either_side(
        crm in text(&TEXTS), base in text(&TEXTS), there in text(&TEXTS)
    ) {
        // A blank is no statement of the CRM and one of WedSync: of values alone the law can speak (SYNC-LAW 7).
        prop_assume!([&crm, &base, &there].into_iter().all(|value| !is_blank_json(value)));
        let conflicts = |crm: &Json, there: &Json| {
            let cell = Cell { crm: Some(crm.clone()), base: Some(base.clone()), there: Some(there.clone()) };
            let person = Somebody { standing: Standing::Linked, fields: BTreeMap::from([("notes", cell)]) };
            World::of(&Party { people: vec![person], project: None, policy: ConflictPolicy::ManualReview })
                .plan()
                .conflicts
                .len()
        };
        prop_assert_eq!(conflicts(&crm, &there), conflicts(&there, &crm));
    }

    #[test]
    fn inv_15_equal_is_neither_a_conflict_nor_a_write(party in party()) {
        let world = World::of(&party);
        let planned = world.plan();
        for conflict in &planned.conflicts {
            let field_type = world.field_type(&conflict.record, &conflict.field);
            prop_assert!(!same_value(field_type, &conflict.crm, &conflict.wedsync), "{conflict:?}");
            prop_assert!(!same_value(field_type, &conflict.base, &conflict.wedsync), "only WedSync's side? {conflict:?}");
            prop_assert!(!same_value(field_type, &conflict.base, &conflict.crm), "only the CRM's side? {conflict:?}");
        }
        for op in &planned.ops {
            for (name, after) in &op.after {
                let field_type = world.field_type(&op.record, name);
                let before = op.before.get(name).unwrap_or(&Json::Null);
                prop_assert!(!same_value(field_type, before, after), "{name}: {before} and {after} are the same");
                if let (Some(pair), true) = (op.base.get(name), field_type != FieldType::Array) {
                    prop_assert!(!same_value(field_type, &pair.crm, after), "{name}: the CRM said {after} before");
                }
            }
        }
    }

    #[test]
    fn inv_19_a_source_becomes_one_record_and_a_record_has_one_source(party in party()) {
        let planned = World::of(&party).plan();
        let (mut records, mut sources) = (BTreeSet::new(), BTreeSet::new());
        let ops = planned.ops.iter().map(|op| (&op.record, op.source.as_ref()));
        for (record, source) in ops.chain(planned.adopted.iter().map(|held| (&held.record, Some(&held.source)))) {
            prop_assert!(records.insert(record), "{record:?} twice");
            if let Some(source) = source {
                prop_assert!(sources.insert((source, record.record_type)), "{source:?} twice");
            }
        }
    }

    #[test]
    fn inv_23_two_candidates_wait_for_a_person(party in party(), scores in proptest::collection::vec(60_i32..100, 2..4)) {
        let mut world = World::of(&party);
        world.candidates =
            scores.iter().enumerate().map(|(n, score)| candidate(&format!("h{n}"), *score, Advice::Ask)).collect();
        let planned = world.plan();
        prop_assert!(planned.kind.needs_decision(), "{:?}", planned.kind);
        prop_assert_eq!(planned.client_id, "c", "nobody is joined meanwhile");
    }

    #[test]
    fn inv_24_parents_stand_before_their_children(party in party()) {
        let planned = World::of(&party).plan();
        let mut made: BTreeSet<&str> = BTreeSet::new();
        for op in &planned.ops {
            if let Some(parent) = op.parent.as_deref() {
                prop_assert!(made.contains(parent), "{:?} stands before its parent {parent}", op.record);
            }
            if op.kind == OpKind::Create {
                made.insert(&op.record.id);
            }
        }
    }

    #[test]
    fn inv_32_every_record_that_was_read_is_counted_once(party in party(), left_out in any::<bool>()) {
        let mut world = World::of(&party);
        world.staged.left_out = left_out.then(|| "historical".to_owned());
        let planned = world.plan();
        let mut read: BTreeMap<RecordType, u32> = BTreeMap::new();
        world.staged.records.iter().for_each(|record| *read.entry(record.record_type).or_default() += 1);
        let mut told = planned.unchanged.clone();
        planned.ops.iter().for_each(|op| *told.entry(op.record.record_type).or_default() += 1);
        prop_assert_eq!(read, told);
    }
}

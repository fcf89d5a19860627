//! A fixed value stays fixed, and an import right after an upload says nothing (MODEL 4, SYNC-LAW 11).

use std::collections::BTreeMap;

use hub_core::job::Phase;
use hub_core::plan::UnitKind;
use hub_core::ports::{ConnectionStore, UnitQuery};
use hub_engine::Decision;
use hub_sandbox::Mutation;
use hub_sandbox::book::{Special, Stream};
use hub_scenarios::{Desk, Hand};
use serde_json::{Map, json};

use crate::support::{Held, cloud_digest, kinds, ops, what_it_does, world_of};

/// Custom field "Date of engagement" of the book, mapped to the birthday: a text field in which one client's date is
/// the 31st of February.
fn map_engagement_to_birthday(desk: &Desk, world: &hub_sandbox::World) {
    let field = world
        .crm
        .book()
        .studio()
        .list(Stream::CustomField)
        .iter()
        .find(|field| field["name"] == "Date of engagement")
        .and_then(|field| field["id"].as_str())
        .expect("the field")
        .to_owned();
    let stored = desk.store.mapping(&desk.connection.id).expect("readable");
    let mut rules = match stored {
        Some(stored) => stored.rules,
        None => desk.default_mapping(),
    };
    rules.retain(|rule| rule["record_type"] != "person" || rule["wedsync_field"] != "birthday");
    rules.push(json!({
        "record_type": "person",
        "wedsync_field": "birthday",
        "sources": [format!("primary_contact.custom_fields.{field}")],
        "value_type": "date",
    }));
    desk.store.put_mapping(&desk.connection.id, &rules).expect("stored");
}

#[test]
fn inv_11_a_fixed_value_stays_fixed_and_the_next_import_is_silent() {
    let world = world_of(60);
    let desk = Desk::new(&world);
    map_engagement_to_birthday(&desk, &world);
    let parties = world.crm.book().expected().parties;
    let without_email = parties[Special::NoEmail.home() as usize].primary().expect("a primary").clone();
    let bad_date = parties[Special::BadCustomDate.home() as usize].primary().expect("a primary").clone();
    let plan = desk.import();
    let mut fixed = BTreeMap::new();
    for row in desk.rows(&plan, &UnitQuery { kind: Some(UnitKind::Problem), ..UnitQuery::default() }) {
        let stored = desk.unit(&plan, row.seq).unit;
        for problem in &stored.problems {
            let external = stored
                .ops
                .iter()
                .find(|op| op.record.id == problem.record_id)
                .and_then(|op| op.source.clone())
                .map(|source| source.id)
                .unwrap_or_default();
            let value = if external == without_email.id.to_string() && problem.field == "email" {
                json!("found.later@example.com")
            } else if external == bad_date.id.to_string() && problem.field == "birthday" {
                json!("2025-02-28")
            } else {
                continue;
            };
            fixed.insert(problem.field.clone(), external);
            desk.decide(
                row.seq,
                Decision::SetValue {
                    record_id: problem.record_id.clone(),
                    field: problem.field.clone(),
                    value,
                },
            );
        }
    }
    assert_eq!(fixed.len(), 2, "the missing address and the 31st of February were asked: {fixed:?}");
    desk.answer_everything(&plan);
    let upload = desk.upload();
    assert_eq!(upload.phase, Phase::Done, "{:?} {:?}", upload.error, upload.counts);
    let held = Held::of(&world);
    let person = |id: &str| held.by_source("person")[id]["fields"].clone();
    assert_eq!(person(&without_email.id.to_string())["email"], "found.later@example.com");
    assert_eq!(person(&bad_date.id.to_string())["birthday"], "2025-02-28");

    let before = cloud_digest(&world);
    world.wedsync.clear_log();
    let plan = desk.import();
    assert_eq!(
        kinds(&desk, &plan),
        BTreeMap::from([(UnitKind::Unchanged, parties.len())]),
        "no change on either side: {}",
        what_it_does(&desk, &plan)
    );
    assert_eq!(ops(&desk, &plan), 0);
    assert_eq!(cloud_digest(&world), before);
    assert!(world.wedsync.log().iter().all(|exchange| exchange.method == "GET"), "an import writes nothing");

    // Another field of the same client changes: the answer that was given is not asked again.
    let rename = Mutation::Set {
        stream: Stream::AddressBook,
        id: without_email.id.to_string(),
        fields: Map::from_iter([("jobTitle".to_owned(), json!("Lighthouse keeper"))]),
    };
    world.crm.control().mutate(&rename).expect("changed in the CRM");
    let plan = desk.import();
    let changed: Vec<_> = desk
        .rows(&plan, &UnitQuery::default())
        .into_iter()
        .filter(|row| row.kind != UnitKind::Unchanged)
        .map(|row| row.kind)
        .collect();
    assert_eq!(changed, [UnitKind::Changed], "the job title, and no question about the address");
    assert_eq!(ops(&desk, &plan), 1);
}

#[test]
fn inv_01_an_answer_is_not_repeated_over_a_later_edit() {
    let world = world_of(60);
    let desk = Desk::new(&world);
    let plan = desk.import();
    let without_email =
        world.crm.book().expected().parties[Special::NoEmail.home() as usize].primary().expect("one").clone();
    // Brought in without an address; with one typed in review for the next party that has none.
    desk.answer_everything(&plan);
    assert_eq!(desk.upload().phase, Phase::Done);
    let id = desk
        .rows(&plan, &UnitQuery::default())
        .into_iter()
        .flat_map(|row| desk.unit(&plan, row.seq).unit.ops)
        .find(|op| op.source.as_ref().is_some_and(|source| source.id == without_email.id.to_string()))
        .expect("her op")
        .record
        .id;
    Hand::new(&world).edit("person", &id, json!({"email": "typed.in.wedsync@example.com"}));
    let plan = desk.import();
    assert_eq!(ops(&desk, &plan), 0, "nobody changed anything in the CRM: {}", what_it_does(&desk, &plan));
    assert_eq!(desk.upload().phase, Phase::Done);
    let held = Held::of(&world);
    assert_eq!(
        held.by_source("person")[&without_email.id.to_string()]["fields"]["email"],
        "typed.in.wedsync@example.com",
        "an earlier answer never overwrites a later edit"
    );
}

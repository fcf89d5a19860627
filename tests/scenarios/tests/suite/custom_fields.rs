//! The supplier's own fields, from the CRM's list of them to their values in WedSync (MODEL 1).

use std::collections::{BTreeMap, BTreeSet};

use hub_core::custom_field::CustomFieldChoice;
use hub_core::job::Phase;
use hub_core::ports::{ConnectionStore, FieldStore, RawReader};
use hub_core::record::RecordType;
use hub_sandbox::Mutation;
use hub_sandbox::World;
use hub_sandbox::book::{ExpectedCustom, Stream};
use hub_sandbox::wedsync::Need;
use hub_scenarios::Desk;
use serde_json::{Map, Value as Json, json};
use tokio_util::sync::CancellationToken;

use crate::support::{Held, cloud_digest, login, ops, what_it_does, world_of};

/// Reads the definitions, as the first look at a CRM does, and chooses the same for all of them.
fn choose_all(desk: &Desk, choice: &CustomFieldChoice) {
    desk.wait(desk.engine.preview(&desk.connection.id, &CancellationToken::new(), &|_| {}))
        .expect("a preview");
    let fields = desk.store.custom_fields(&desk.connection.id).expect("fields");
    assert!(fields.iter().all(|field| field.choice.is_none()), "nobody has chosen yet");
    let choices = fields
        .into_iter()
        .map(|field| (field.def.record_type, field.def.external_id, choice.clone()))
        .collect();
    desk.wait(desk.engine.choose_custom_fields(&desk.connection, choices)).expect("chosen");
}

fn choose(desk: &Desk, label: &str, choice: CustomFieldChoice) -> Result<i64, String> {
    let fields = desk.store.custom_fields(&desk.connection.id).expect("fields");
    let field = fields.into_iter().find(|field| field.def.label == label).expect("a field of this label").def;
    let chosen = vec![(field.record_type, field.external_id, choice)];
    desk.wait(desk.engine.choose_custom_fields(&desk.connection, chosen)).map_err(|error| error.message().id)
}

/// The definitions as the generator wrote them: id to (label, kind).
fn definitions(world: &World) -> BTreeMap<String, (String, String)> {
    let text = |field: &Json, name: &str| field[name].as_str().expect("text").to_owned();
    let list = world.crm.book().studio().list(Stream::CustomField);
    list.iter().map(|field| (text(field, "id"), (text(field, "name"), text(field, "kind")))).collect()
}

/// What a text of the CRM must have become in WedSync.
fn typed(kind: &str, text: &str) -> Json {
    match kind {
        "Checkbox" => json!(text == "1"),
        // A number has one encoding: without zeros that say nothing.
        "Decimal" => json!(text.strip_suffix(".0").unwrap_or(text)),
        "Money" => json!({"minor": text.parse::<i64>().expect("pence"), "currency": "GBP"}),
        _ => json!(text),
    }
}

/// Every value of the generator's list stands in WedSync as it should, and no other.
fn assert_values(world: &World, held: &Held) {
    let kinds = definitions(world);
    let names: BTreeMap<(String, String), String> = world
        .wedsync
        .custom_fields(&login())
        .expect("fields")
        .into_iter()
        .map(|(record_type, key, label)| ((record_type, label), key))
        .collect();
    let of_record = |record_type: &str, custom: &[ExpectedCustom]| -> BTreeMap<String, Json> {
        custom
            .iter()
            .map(|value| {
                let (label, kind) = &kinds[&value.field.to_string()];
                let key = names[&(record_type.to_owned(), label.clone())].clone();
                (key, typed(kind, &value.text))
            })
            .collect()
    };
    let there = |record: &Json| -> BTreeMap<String, Json> {
        let fields = record["fields"].as_object().expect("fields");
        let custom = fields.iter().filter(|(name, _)| name.starts_with("custom."));
        custom.map(|(name, value)| (name.clone(), value.clone())).collect()
    };
    let (people, projects) = (held.by_source("person"), held.by_source("project"));
    let mut compared = 0;
    for party in world.crm.book().expected().parties {
        for person in &party.people {
            let wanted = of_record("person", &person.custom);
            compared += wanted.len();
            let Some(record) = people.get(&person.id.to_string()) else {
                panic!("{} is there", person.first_name);
            };
            assert_eq!(there(record), wanted, "{record}");
        }
        for job in &party.jobs {
            let wanted = of_record("project", &job.custom);
            compared += wanted.len();
            assert_eq!(there(projects[&job.id.to_string()]), wanted);
        }
    }
    assert!(compared > 50, "the book is full of them: {compared}");
}

#[test]
fn every_value_of_the_generators_list_reaches_wedsync_and_undo_tells_what_stays() {
    let world = world_of(60);
    let (before, desk) = (cloud_digest(&world), Desk::new(&world));
    choose_all(&desk, &CustomFieldChoice::New);
    assert_eq!(world.wedsync.custom_fields(&login()).expect("fields"), [], "nothing leaves before approval");
    let plan = desk.import();
    let planned = desk.store.plan_fields(&plan.id).expect("fields");
    let labels: BTreeSet<String> = planned.iter().map(|field| field.label.clone()).collect();
    let wanted: BTreeSet<String> = definitions(&world).into_values().map(|(label, _)| label).collect();
    assert_eq!(labels, wanted, "the new fields are part of what is reviewed");
    assert!(planned.iter().all(|field| field.records > 0 && field.made_by.is_none()), "{planned:?}");
    desk.answer_everything(&plan);
    let upload = desk.upload();
    assert_eq!(upload.phase, Phase::Done, "{:?} {:?}", upload.error, upload.counts);
    assert_eq!(upload.counts["fields_made"].as_array().map(Vec::len), Some(wanted.len()));
    assert_values(&world, &Held::of(&world));

    // The text as the CRM has it is kept beside the typed value.
    let parties = world.crm.book().expected().parties;
    let jobs = parties.iter().flat_map(|party| &party.jobs);
    for (job, value) in jobs.flat_map(|job| job.custom.iter().map(move |value| (job, value))) {
        let raw = desk.store.by_ids(&desk.connection.id, "job", &[job.id.to_string()]).expect("readable");
        let text = Json::from(value.text.as_str()).to_string();
        assert!(raw[0].raw.contains(&text), "{text} in {}", raw[0].raw);
    }

    // Said once is enough, and a rename is no change of any record.
    let song =
        definitions(&world).into_iter().find(|(_, (label, _))| label == "First dance song").expect("it").0;
    let rename = Mutation::Set {
        stream: Stream::CustomField,
        id: song.clone(),
        fields: Map::from_iter([("name".to_owned(), json!("Song of the evening"))]),
    };
    world.crm.control().mutate(&rename).expect("renamed");
    let plan = desk.import();
    assert_eq!(ops(&desk, &plan), 0, "{}", what_it_does(&desk, &plan));
    assert_eq!(desk.store.plan_fields(&plan.id).expect("fields"), [], "WedSync has them all");
    let fields = desk.store.custom_fields(&desk.connection.id).expect("fields");
    let field = fields.iter().find(|field| field.def.external_id == song).expect("it");
    assert_eq!(field.def.label, "Song of the evening");
    assert_eq!(field.choice, Some(CustomFieldChoice::New), "a rename changes the label only");

    let undo = desk.undo(&upload);
    assert_eq!(undo.phase, Phase::Done, "{:?} {:?}", undo.error, undo.counts);
    assert_eq!(cloud_digest(&world), before, "every record is as before");
    let left: BTreeSet<&str> =
        undo.counts["fields_left"].as_array().expect("a list").iter().filter_map(Json::as_str).collect();
    assert_eq!(left, wanted.iter().map(String::as_str).collect(), "the empty fields are named");

    // The second time nothing is doubled.
    let plan = desk.import();
    desk.answer_everything(&plan);
    assert_eq!(desk.upload().phase, Phase::Done);
    assert_eq!(world.wedsync.custom_fields(&login()).expect("fields").len(), wanted.len());
    assert_values(&world, &Held::of(&world));
}

#[test]
fn a_field_that_wedsync_knows_under_another_name_is_used_under_that_name() {
    let world = world_of(30);
    let desk = Desk::new(&world);
    choose_all(&desk, &CustomFieldChoice::New);
    let plan = desk.import();
    // Another program of the supplier makes the same fields meanwhile, under ids of its own.
    let hand = hub_scenarios::Hand::new(&world);
    let (provider, account) = (&desk.connection.provider, &desk.connection.account.account_id);
    for field in desk.store.plan_fields(&plan.id).expect("fields") {
        let reference = json!({
            "provider": provider, "account": account, "type": field.stream, "id": field.external_id,
        });
        let made = hand.add_field(field.record_type, &field.label, field.value_type.as_str(), &reference);
        assert_ne!(made, field.name);
    }
    desk.answer_everything(&plan);
    let upload = desk.upload();
    assert_eq!(upload.phase, Phase::Done, "{:?} {:?}", upload.error, upload.counts);
    let held = Held::of(&world);
    let used: BTreeSet<String> = held
        .all("project")
        .iter()
        .flat_map(|record| record["fields"].as_object().expect("fields").keys().cloned().collect::<Vec<_>>())
        .filter(|name| name.starts_with("custom."))
        .collect();
    let known: BTreeSet<String> =
        world.wedsync.custom_fields(&login()).expect("fields").into_iter().map(|(_, key, _)| key).collect();
    assert!(!used.is_empty() && used.is_subset(&known), "{used:?} of {known:?}");
    let plan = desk.import();
    assert_eq!(ops(&desk, &plan), 0, "the base knows the name too: {}", what_it_does(&desk, &plan));
}

#[test]
fn a_field_that_wedsync_refuses_stops_the_upload_before_anything_is_sent() {
    let world = world_of(10);
    let desk = Desk::new(&world);
    choose_all(&desk, &CustomFieldChoice::New);
    let plan = desk.import();
    let field = desk.store.plan_fields(&plan.id).expect("fields").into_iter().find(|field| field.records > 0);
    let field = field.expect("a field with values");
    let (provider, account) = (&desk.connection.provider, &desk.connection.account.account_id);
    let reference = json!({
        "provider": provider, "account": account, "type": field.stream, "id": field.external_id,
    });
    hub_scenarios::Hand::new(&world).add_field(field.record_type, &field.label, "email", &reference);
    desk.answer_everything(&plan);
    let before = cloud_digest(&world);
    let upload = desk.upload();
    assert_eq!(upload.phase, Phase::Failed);
    assert_eq!(crate::support::message(&upload), "error.field_refused");
    assert_eq!(cloud_digest(&world), before, "no record was sent");
}

#[test]
fn kept_fields_stay_here_and_an_existing_field_takes_their_values() {
    let world = world_of(30);
    let desk = Desk::new(&world);
    choose_all(&desk, &CustomFieldChoice::Keep);
    let rules = desk.store.mapping(&desk.connection.id).expect("readable").expect("stored").rules;
    let existing = |field: &str| CustomFieldChoice::Existing { field: field.to_owned() };
    choose(&desk, "Dietary needs", existing("notes")).expect("a person's notes are free");
    let refused = choose(&desk, "Instagram", existing("notes"));
    assert_eq!(refused, Err("error.field_taken".to_owned()), "one field, one source");
    assert_eq!(choose(&desk, "Instagram", existing("shoe_size")), Err("error.field_unknown".to_owned()));
    assert_eq!(choose(&desk, "Instagram", existing("other_phones")), Err("error.field_unknown".to_owned()));
    let plan = desk.import();
    assert_eq!(desk.store.plan_fields(&plan.id).expect("fields"), []);
    desk.answer_everything(&plan);
    assert_eq!(desk.upload().phase, Phase::Done);
    assert_eq!(world.wedsync.custom_fields(&login()).expect("fields"), []);
    let dietary =
        definitions(&world).into_iter().find(|(_, (label, _))| label == "Dietary needs").expect("it").0;
    let held = Held::of(&world);
    let people = held.by_source("person");
    let mut filled = 0;
    for person in world.crm.book().expected().parties.iter().flat_map(|party| &party.people) {
        let wanted = person.custom.iter().find(|value| value.field.to_string() == dietary);
        let notes = people[&person.id.to_string()]["fields"]["notes"].as_str();
        assert_eq!(notes, wanted.map(|value| value.text.as_str()), "{}", person.first_name);
        filled += usize::from(wanted.is_some());
    }
    assert!(filled > 0, "somebody has dietary needs");
    // Kept again: the rule goes, the others stay as they were.
    choose(&desk, "Dietary needs", CustomFieldChoice::Keep).expect("kept");
    assert_eq!(desk.store.mapping(&desk.connection.id).expect("readable").expect("stored").rules, rules);
}

#[test]
fn a_suppliers_own_field_of_wedsync_is_a_target_once_it_was_read() {
    let world = world_of(10);
    let desk = Desk::new(&world);
    choose_all(&desk, &CustomFieldChoice::Keep);
    let key = world.wedsync.add_field(&login(), "project", "Song", "text", Need::Optional).expect("added");
    let into = CustomFieldChoice::Existing { field: key.clone() };
    assert_eq!(
        choose(&desk, "First dance song", into.clone()),
        Err("error.field_unknown".to_owned()),
        "not read yet"
    );
    desk.wait(desk.engine.refresh_schema(&CancellationToken::new())).expect("read");
    choose(&desk, "First dance song", into).expect("now it is known");
    let plan = desk.import();
    desk.answer_everything(&plan);
    assert_eq!(desk.upload().phase, Phase::Done);
    let held = Held::of(&world);
    let songs = held.all("project").iter().filter(|record| record["fields"][&key].is_string()).count();
    assert!(songs > 0, "somebody dances");
    let fields = desk.store.custom_fields(&desk.connection.id).expect("fields");
    assert!(fields.iter().any(|field| field.def.record_type == RecordType::Project));
}

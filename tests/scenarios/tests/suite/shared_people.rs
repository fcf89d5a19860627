//! One human on several jobs is one record: made once, undone once (MODEL 2).

use std::collections::BTreeMap;

use hub_core::job::{JobKind, Phase};
use hub_core::plan::UnitKind;
use hub_core::ports::UnitQuery;
use hub_sandbox::book::{PartyRole, Special};
use hub_scenarios::Desk;
use serde_json::{Value as Json, json};

use crate::support::{Held, cloud_digest, world_of};

/// The projects on which a person stands, by the person's name in the dump.
fn projects_with<'a>(held: &'a Held, person: &Json) -> Vec<&'a str> {
    held.all("project")
        .iter()
        .filter(|project| {
            project["fields"]["people"]
                .as_object()
                .is_some_and(|people| people.values().any(|element| element["person_id"] == person["name"]))
        })
        .map(|project| project["fields"]["client_id"].as_str().expect("a client"))
        .collect()
}

#[test]
fn a_mother_of_two_couples_and_everybody_on_many_jobs_are_one_record_each() {
    let world = world_of(60);
    let before = cloud_digest(&world);
    let desk = Desk::new(&world);
    let plan = desk.import();
    desk.answer_everything(&plan);
    // In two halves, so that the second finds its shared people there already.
    let ready: Vec<u64> = desk
        .rows(&plan, &UnitQuery { kind: Some(UnitKind::New), ..UnitQuery::default() })
        .into_iter()
        .map(|row| row.seq)
        .collect();
    let half = ready[..ready.len() / 2].to_vec();
    desk.wait(desk.engine.approve(&plan, Some(half))).expect("approved");
    let first = desk.job(JobKind::Upload, json!({"plan_id": plan.id}));
    assert_eq!(first.phase, Phase::Done, "{:?} {:?}", first.error, first.counts);
    let after_first = cloud_digest(&world);
    let second = desk.upload();
    assert_eq!(second.phase, Phase::Done, "{:?} {:?}", second.error, second.counts);

    let parties = world.crm.book().expected().parties;
    let mother = parties[Special::PayingMother.home() as usize]
        .people
        .iter()
        .find(|person| person.role == PartyRole::Parent)
        .expect("a mother");
    let held = Held::of(&world);
    let record = held.by_source("person")[&mother.id.to_string()].clone();
    let weddings = projects_with(&held, &record);
    assert_eq!(weddings.len(), 2, "she stands on both weddings");
    assert_ne!(weddings[0], weddings[1], "of two clients, which she does not join");

    let mut on_jobs: BTreeMap<String, usize> = BTreeMap::new();
    for (id, _, client) in parties.iter().flat_map(|party| &party.jobs).flat_map(|job| &job.people) {
        if !client {
            *on_jobs.entry(id.to_string()).or_default() += 1;
        }
    }
    let people = held.by_source("person");
    let mut many = 0;
    for (id, jobs) in &on_jobs {
        if let Some(person) = people.get(id)
            && *jobs > 2
        {
            many += 1;
            assert_eq!(projects_with(&held, person).len(), *jobs, "{person}");
        }
    }
    assert!(many >= 1, "somebody works on many jobs");

    // The second half is undone alone: whoever the first half needs stays.
    let undo = desk.undo(&second);
    assert_eq!(undo.phase, Phase::Done, "{:?} {:?}", undo.error, undo.counts);
    assert_eq!(cloud_digest(&world), after_first);
    let undo = desk.undo(&first);
    assert_eq!(undo.phase, Phase::Done, "{:?} {:?}", undo.error, undo.counts);
    assert_eq!(cloud_digest(&world), before);
}

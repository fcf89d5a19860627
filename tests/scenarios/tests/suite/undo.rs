//! "Undo this upload": both sides as before, except what somebody changed since (MODEL 6, SYNC-LAW 36).

use hub_core::job::{JobKind, Phase};
use hub_core::ports::UnitQuery;
use hub_scenarios::{Desk, Hand};
use serde_json::json;

use crate::support::{Held, cloud_digest, ops, world_of};

#[test]
fn inv_36_undo_brings_both_sides_back_and_cannot_run_twice() {
    let world = world_of(60);
    let (cloud_before, desk) = (cloud_digest(&world), Desk::new(&world));
    let plan = desk.import();
    desk.answer_everything(&plan);
    let before = desk.store.dump_normalised().expect("a dump");
    let upload = desk.upload();
    assert_eq!(upload.phase, Phase::Done, "{:?}", upload.error);
    let uploaded = cloud_digest(&world);
    assert_ne!(
        desk.store.dump_normalised().expect("a dump").digest,
        before.digest,
        "the upload left its mark"
    );
    let undo = desk.undo(&upload);
    assert_eq!(undo.phase, Phase::Done, "{:?} {:?}", undo.error, undo.counts);
    assert_eq!(cloud_digest(&world), cloud_before, "WedSync is as before the upload");
    let after = desk.store.dump_normalised().expect("a dump");
    for (table, rows) in &before.tables {
        assert_eq!(&after.tables[table], rows, "{table} is as before the upload");
    }
    assert_eq!(after.digest, before.digest);
    let again = desk.wait(desk.engine.queue_undo(&upload.id)).expect_err("once is enough");
    assert_eq!(again.message().id, "error.nothing_to_undo");

    // The book can be brought in again, and is then what it was after the first upload.
    let plan = desk.import();
    desk.answer_everything(&plan);
    let second = desk.upload();
    assert_eq!(second.phase, Phase::Done, "{:?} {:?}", second.error, second.counts);
    assert_eq!(cloud_digest(&world), uploaded, "the second upload gives what the first gave");
}

#[test]
fn inv_36_what_was_edited_since_is_left_and_listed() {
    let world = world_of(60);
    let desk = Desk::new(&world);
    let plan = desk.import();
    desk.answer_everything(&plan);
    let upload = desk.upload();
    assert_eq!(upload.phase, Phase::Done, "{:?}", upload.error);
    let edited = &world.crm.book().expected().parties[20];
    let row = desk
        .rows(&plan, &UnitQuery::default())
        .into_iter()
        .find(|row| {
            row.summary.wedding_date == edited.wedding_date.map(|date| date.to_string())
                && row
                    .summary
                    .names
                    .first()
                    .is_some_and(|name| name.starts_with(&edited.people[0].first_name))
        })
        .expect("the party's row");
    let unit = desk.unit(&plan, row.seq).unit;
    let project = unit
        .ops
        .iter()
        .find(|op| op.source.as_ref().is_some_and(|source| source.id == edited.jobs[0].id.to_string()))
        .expect("the job's op");
    let hand = Hand::new(&world);
    hand.edit("project", &project.record.id, json!({"notes": "They want sparklers."}));

    let undo = desk.undo(&upload);
    assert_eq!(undo.phase, Phase::Partial, "{:?}", undo.counts);
    let left = undo.counts["left"].as_array().expect("a list");
    assert!(
        left.iter().any(|entry| entry["record"]["id"] == project.record.id.as_str()),
        "the edited project is listed: {left:?}"
    );
    let held = Held::of(&world);
    let projects = held.by_source("project");
    let kept = projects[&edited.jobs[0].id.to_string()];
    assert_eq!(kept["fields"]["notes"], "They want sparklers.", "the edit is left");
    assert_eq!(projects.len(), 1, "every other job was taken back");
    // What the edited project stands on stays with it, and is named too: nothing is left without its parent.
    let client = kept["fields"]["client_id"].as_str().expect("a client");
    let clients = held.by_name("client");
    let client = clients.get(client).expect("its client is there");
    let people = held.by_name("person");
    for name in client["fields"]["people"].as_object().expect("people").keys() {
        assert!(people.contains_key(name.as_str()), "{name} is there");
    }
    let remaining: usize =
        ["client", "person", "project", "event", "invoice", "payment", "communication", "document"]
            .into_iter()
            .map(|name| held.all(name).len())
            .sum();
    let fresh = crate::support::world_of(60);
    let typed: usize = Held::of(&fresh).all("client").len()
        + Held::of(&fresh).all("person").len()
        + Held::of(&fresh).all("project").len();
    assert_eq!(remaining - typed, left.len(), "what is left of the upload is what is listed: {left:?}");
}

#[test]
fn an_undone_upload_leaves_nothing_to_send() {
    let world = world_of(10);
    let desk = Desk::new(&world);
    let plan = desk.import();
    desk.answer_everything(&plan);
    let upload = desk.upload();
    assert_eq!(upload.phase, Phase::Done, "{:?}", upload.error);
    assert!(ops(&desk, &plan) > 0);
    let undo = desk.undo(&upload);
    assert_eq!(undo.phase, Phase::Done, "{:?}", undo.counts);
    let again = desk.job(JobKind::Upload, json!({"plan_id": plan.id}));
    assert_eq!(again.phase, Phase::Done, "nothing is approved any more: {:?}", again.counts);
    assert_eq!(Held::of(&world).all("project").len(), 0, "an upload that was undone is not sent again");
}

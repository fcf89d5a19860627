//! Erasing a person, and everything: nothing of them is left here, at WedSync or in a copy, and the next import does not
//! bring them back (SYNC-LAW 44).

use hub_core::job::{JobKind, Phase};
use hub_core::ports::{ConnectionStore, KeepingStore, OutboxStore};
use hub_sandbox::book::ExpectedPerson;
use hub_scenarios::Desk;
use serde_json::json;

use crate::support::{Held, cloud_digest, ops, what_it_does, world_of};

/// What somebody is known by: addresses, numbers, the whole name.
fn known_by(person: &ExpectedPerson) -> Vec<String> {
    let whole = person.last_name.as_ref().map(|last| format!("{} {last}", person.first_name));
    let all = [person.email.clone(), person.phone_e164.clone(), person.phone_text.clone(), whole];
    all.into_iter().flatten().filter(|text| text.len() > 4).collect()
}

/// Cells of the book that still name somebody, by table and column.
fn found(desk: &Desk, needles: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    desk.store
        .each_cell(|table, column, bytes| {
            let text = String::from_utf8_lossy(bytes).to_lowercase();
            if let Some(needle) = needles.iter().find(|needle| text.contains(&needle.to_lowercase())) {
                found.push(format!("{table}.{column} holds {needle}"));
            }
        })
        .expect("readable");
    found.sort();
    found.dedup();
    found
}

fn studio(desk: &Desk) -> String {
    desk.engine.known_account().expect("signed in").supplier_name
}

#[test]
fn inv_44_an_erased_person_is_in_no_table_and_no_copy_and_the_next_import_does_not_bring_them_back() {
    let world = world_of(60);
    let desk = Desk::new(&world);
    let plan = desk.import();
    desk.answer_everything(&plan);
    let upload = desk.upload();
    assert_eq!(upload.phase, Phase::Done, "{:?} {:?}", upload.error, upload.counts);
    desk.wait(desk.engine.take_restore_point()).expect("a copy with everybody in it");
    desk.import();
    let expected = world.crm.book().expected();
    let party = expected
        .parties
        .iter()
        .skip(20)
        .find(|party| party.partner().is_some() && party.people[0].email.is_some())
        .expect("a couple with an address");
    let (person, partner) = (&party.people[0], party.partner().expect("a partner"));
    let needles = known_by(person);
    assert!(needles.len() >= 2 && !found(&desk, &needles).is_empty(), "they are in the book: {needles:?}");
    let source = person.id.to_string();
    let wanted = [("address-book".to_owned(), source.clone())];
    let id = {
        use hub_core::ports::SourceStore;
        desk.store.links(&desk.connection.id, &wanted).expect("links")[0].record_id.clone()
    };
    let before = cloud_digest(&world);
    let slip = desk.wait(desk.engine.erase(Some(&id), "Somebody Else")).expect_err("another studio's name");
    assert_eq!(slip.message().id, "error.erase_not_confirmed");
    assert_eq!(cloud_digest(&world), before, "a slip erases nothing");

    let erased = desk.wait(desk.engine.erase(Some(&id), &studio(&desk))).expect("erased");
    assert!(
        erased.proof.is_some_and(|proof| proof.erased >= 1 && !proof.proof.is_empty()),
        "WedSync's proof"
    );
    assert_eq!(found(&desk, &needles), Vec::<String>::new(), "in no table");
    let held = Held::of(&world);
    assert!(!held.by_source("person").contains_key(&source), "nor at WedSync");
    assert!(held.by_source("person").contains_key(&partner.id.to_string()), "the partner stays");
    let points = desk.store.restore_points().expect("points");
    assert_eq!(points.len(), 1, "copies from before are gone, and there is a new one: {points:?}");
    assert!(desk.store.verify_audit().expect("readable").is_ok(), "the chain verifies without their key");

    let without = cloud_digest(&world);
    for full in [false, true] {
        let job = desk.job(JobKind::Import, json!({"full": full}));
        assert_eq!(job.phase, Phase::WaitingReview, "{:?}", job.error);
        assert_eq!(found(&desk, &needles), Vec::<String>::new(), "an import does not bring them back");
        let plan = desk.plan();
        // Who is left moves up to the first place; that is asked, and it is all there is.
        let told = what_it_does(&desk, &plan);
        assert!(ops(&desk, &plan) <= 1 && !told.contains("Create"), "{told}");
    }
    assert_eq!(cloud_digest(&world), without);
    desk.wait(desk.engine.go_back_to(&points[0].id)).expect("restored");
    assert_eq!(found(&desk, &needles), Vec::<String>::new(), "nor does the copy");
    assert!(desk.store.verify_audit().expect("readable").is_ok());
    let again = desk.wait(desk.engine.erase(Some(&id), &studio(&desk))).expect("asking twice is no fault");
    assert_eq!(again.proof, None, "WedSync holds nothing of them any more");
}

#[test]
fn inv_44_erasing_everything_leaves_the_chain_and_nobody() {
    let world = world_of(20);
    let desk = Desk::new(&world);
    let plan = desk.import();
    desk.answer_everything(&plan);
    assert_eq!(desk.upload().phase, Phase::Done);
    desk.import();
    let expected = world.crm.book().expected();
    let needles: Vec<String> =
        expected.parties.iter().flat_map(|party| &party.people).flat_map(known_by).collect();
    assert!(!found(&desk, &needles).is_empty());
    desk.wait(desk.engine.erase(None, &studio(&desk))).expect("erased");
    assert_eq!(found(&desk, &needles), Vec::<String>::new(), "in no table");
    assert!(world.wedsync.counts(&crate::support::login()).expect("counts").is_empty(), "nor at WedSync");
    let connections = desk.store.connections(&desk.connection.supplier_id).expect("readable");
    assert!(connections.is_empty(), "no connection that would bring them back");
    assert!(desk.store.verify_audit().expect("readable").is_ok());
    assert_eq!(desk.store.restore_points().expect("points").len(), 1);
}

//! Sarah's first import with `hub` alone (issue 2, 7.1): every step is a line that a person could type, and in the end
//! WedSync holds the generator's own list, record by record and field by field; after the undo both sides are what they
//! were before.

use std::path::Path;

use hub_core::plan::UnitKind;
use hub_sandbox::book::{ExpectedPerson, hand_typed};
use hub_sandbox::expected::{self, Decided, Held};
use hub_scenarios::hub::{Hub, peek};
use serde_json::{Value as Json, json};

use crate::expected_records::{Seen, the_twelve_are_matched_as_they_should};
use crate::support::{demo_world, login};

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_hub-under-test");

/// The number she types for a client whose number was none.
const NUMBER: &str = "07700 900777";

#[test]
fn the_story_with_hub_alone_leaves_exactly_the_generators_records_and_undo_leaves_none() {
    let world = demo_world();
    let (book, parties) = (world.crm.book(), world.crm.book().expected().parties);
    let typed = hand_typed(book);
    let directory = tempfile::tempdir().expect("a directory");
    let hub = Hub::new(Path::new(PROGRAM), &directory.path().join("sarah"), &world);
    let untouched = world.wedsync.dump(&login()).expect("a dump").digest;

    assert_eq!(hub.sign_in()["user_name"], "Sarah Harlow", "by loopback");
    let other = Hub::new(Path::new(PROGRAM), &directory.path().join("laptop"), &world);
    assert_eq!(
        other.sign_in_by_short_code()["user_name"],
        "Sarah Harlow",
        "by short code, on another profile"
    );
    let connection = hub.connect(&world);
    assert_eq!(connection["provider"], "tave");
    hub.choose_everything();
    let previewed = hub.run(&["preview"]).done().last();
    let shown = previewed["rows"].as_array().map_or(0, Vec::len);
    assert!((5..=10).contains(&shown), "the clients of the ten newest jobs, some of whom have two: {shown}");
    matching_is_shown_suggested_and_set(&hub);

    let imported = hub.run(&["import"]).done();
    assert_eq!(imported.last()["state"], "waiting_review");
    let rows = hub.rows();
    assert_eq!(rows.len(), parties.len(), "one row for each of the generator's 214 parties");
    the_twelve_are_matched_as_they_should(seen(&hub, &rows).into_iter(), &typed);
    let decided = fix_one_problem(&hub, &rows, &parties);
    decide_one_duplicate(&hub, &rows);
    hub.decide_everything();
    assert_eq!(world.wedsync.dump(&login()).expect("a dump").digest, untouched, "a review uploads nothing");

    let local = peek::book(hub.profile(), peek::Version::This);
    hub.run(&["review", "approve"]).done();
    let pushed = hub.run(&["push"]).done();
    assert_eq!(pushed.last()["state"], "done", "{}", pushed.out);
    expected::assert_held(book, &Held::of(&world), &decided);
    let exported = hub.run(&["export"]).done().last();
    let held = world.wedsync.counts(&login()).expect("counts")["client"];
    assert_eq!(exported.as_array().map(Vec::len), usize::try_from(held).ok(), "what WedSync holds");

    let job = pushed.last()["job_id"].as_str().expect("an id").to_owned();
    assert_eq!(hub.run(&["undo", &job]).done().last()["state"], "done");
    assert_eq!(
        world.wedsync.dump(&login()).expect("a dump").digest,
        untouched,
        "WedSync as before the upload"
    );
    let after = peek::book(hub.profile(), peek::Version::This);
    for (table, rows) in &local {
        assert_eq!(&after[table], rows, "{table} on this computer as before the upload");
    }
    assert_eq!(hub.run(&["doctor"]).done().last()["ok"], true);
}

fn matching_is_shown_suggested_and_set(hub: &Hub) {
    let shown = hub.run(&["map", "show"]).done().last();
    assert_eq!(shown["stored"], false, "the definition's own");
    let suggested = hub.run(&["map", "suggest"]).done().last();
    let suggestions = suggested["suggestions"].as_array().expect("a list");
    assert!(suggestions.iter().any(|one| one["field"] == "email"), "{suggested}");
    let stored = hub.feed(&["map", "set"], &json!({"rules": shown["rules"]}).to_string()).done().last();
    assert_eq!((&stored["stored"], &stored["faults"]), (&json!(true), &json!([])));
}

/// Rows as the matcher saw them. A new client has no candidate by its kind; every other row is opened.
fn seen(hub: &Hub, rows: &[Json]) -> Vec<Seen> {
    let of = |row: &Json| -> Seen {
        let kind: UnitKind = serde_json::from_value(row["kind"].clone()).expect("a kind");
        let candidates = match kind {
            UnitKind::New => 0,
            _ => show(hub, row)["candidates"].as_array().expect("a list").len(),
        };
        let names = serde_json::from_value(row["summary"]["names"].clone()).expect("names");
        let wedding_date = row["summary"]["wedding_date"].as_str().map(str::to_owned);
        Seen { kind, names, wedding_date, candidates }
    };
    rows.iter().map(of).collect()
}

fn show(hub: &Hub, row: &Json) -> Json {
    hub.run(&["review", "show", &row["seq"].to_string()]).done().last()
}

/// Types a number for the first client whose number is none.
fn fix_one_problem(hub: &Hub, rows: &[Json], parties: &[hub_sandbox::book::ExpectedParty]) -> Vec<Decided> {
    let primaries = || parties.iter().filter_map(hub_sandbox::book::ExpectedParty::primary);
    let full = |person: &ExpectedPerson| {
        person.last_name.as_ref().map(|last| format!("{} {last}", person.first_name))
    };
    for row in rows.iter().filter(|row| row["kind"] == "problem") {
        let unit = show(hub, row);
        let problems = unit["problems"].as_array().expect("a list");
        let person = primaries().find(|person| {
            person.phone_text.is_some()
                && person.phone_e164.is_none()
                && full(person).as_deref() == row["summary"]["names"][0].as_str()
        });
        let (Some(person), [problem]) = (person, problems.as_slice()) else { continue };
        let text = person.phone_text.as_deref().unwrap_or_default();
        if problem["field"] != "phone" || problem["found"] != text {
            continue;
        }
        let (seq, record) = (row["seq"].to_string(), problem["record_id"].as_str().expect("an id"));
        let settled = hub.run(&["review", "edit", &seq, record, "phone", NUMBER]).done().last();
        assert_eq!(settled["problems"], json!([]), "it is settled");
        let number = serde_json::json!({"e164": "+447700900777", "text": NUMBER});
        return vec![(person.id.to_string(), "phone".to_owned(), number)];
    }
    panic!("somebody has a number that is none");
}

fn decide_one_duplicate(hub: &Hub, rows: &[Json]) {
    let row = rows.iter().find(|row| row["kind"] == "duplicate").expect("a duplicate");
    let unit = show(hub, row);
    let candidate = unit["candidates"][0]["client_id"].as_str().expect("an id");
    let linked = hub.run(&["review", "link", &row["seq"].to_string(), candidate]).done().last();
    assert_ne!(linked["kind"], "duplicate", "it is decided");
}

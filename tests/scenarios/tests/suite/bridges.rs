//! Events of automations with `hub` alone, both ways: what a Zap sends comes in, is reviewed, uploaded and known again; what
//! changes in WedSync is told, once each, whatever happens on the way.

use std::collections::{BTreeMap, BTreeSet};

use hub_connectors::definition::{Operation, RouteKind};
use hub_connectors::{embedded, embedded_keys};
use hub_core::ports::JobStore as _;
use hub_sandbox::hooks::{Delivered, HookPlace, Mood};
use hub_scenarios::Hand;
use hub_scenarios::hub::peek;
use hub_testkit::browser;
use serde_json::{Value as Json, json};

use crate::files::Desk;
use crate::support::{cloud_digest, login};

/// What an automation does: a POST of JSON.
fn post(address: &str, body: &Json) -> u16 {
    browser::request("POST", address, &[("content-type", "application/json")], &body.to_string()).status
}

fn kinds(rows: &[Json]) -> BTreeMap<String, usize> {
    let mut kinds = BTreeMap::new();
    for row in rows {
        *kinds.entry(row["kind"].as_str().expect("a kind").to_owned()).or_default() += 1;
    }
    kinds
}

fn import(desk: &Desk, connection: &str) -> Vec<Json> {
    let ended = desk.hub.run(&["import", connection]).done().last();
    assert_eq!(ended["state"], "waiting_review", "{ended}");
    desk.hub.rows()
}

/// An address for a provider's events, and a connection of it after a test event.
fn connected(desk: &Desk, provider: &str, test: &Json, more: &[&str]) -> (String, String) {
    let made = desk.hub.run(&["bridge", "new", provider]).done().lines().swap_remove(0);
    let (inbox, address) =
        (made["inbox_id"].as_str().expect("an id"), made["address"].as_str().expect("one"));
    let nothing = desk.hub.run(&["bridge", "look", provider, inbox]).done().last();
    assert_eq!(nothing["events"], 0, "nothing yet is no fault");
    assert_ne!(desk.hub.run(&["bridge", "connect", provider, inbox]).code(), 0, "nothing proves it yet");
    assert_eq!(post(address, test), 202);
    let look = desk.hub.run(&["bridge", "look", provider, inbox]).done().last();
    assert_eq!(look["events"], 1, "{look}");
    let mut line = vec!["bridge", "connect", provider, inbox];
    line.extend(more);
    let connection = desk.hub.run(&line).done().last();
    assert_eq!(connection["route"], "bridge", "{connection}");
    let id = connection["id"].as_str().expect("an id").to_owned();
    desk.hub.run(&["scope", &id, "--agree"]).done();
    (id, address.to_owned())
}

fn contact(id: u32, first: &str, day: &str, venue: &str) -> Json {
    json!({
        "contact": {"id": id, "first_name": first, "last_name": "Okafor", "email": format!("{first}@example.org").to_lowercase()},
        "project": {"wedding_date": day, "venue_name": venue},
        "favourite_cake": "Lemon",
    })
}

#[test]
fn events_of_an_automation_come_in_once_each() {
    let desk = Desk::new();
    let untouched = cloud_digest(&desk.world);
    let (connection, address) =
        connected(&desk, "zapier", &contact(1, "Test", "2027-01-01", "Nowhere"), &["--name", "Enquiries"]);
    let shown = desk.hub.run(&["bridge", "address", &connection]).done().last();
    assert_eq!(shown["address"], json!(address), "to be copied again");

    for event in [
        contact(7, "Ada", "2027-06-12", "Old Barn"),
        contact(8, "Bo", "2027-07-01", "Manor"),
        contact(7, "Ada", "2027-06-12", "Old Barn"),
        // Odd types and nobody at all: kept, and shown to a person.
        json!({"contact": ["no", "object"], "project": 5, "note": {"deep": [[1]]}}),
    ] {
        assert_eq!(post(&address, &event), 202);
    }
    let rows = import(&desk, &connection);
    assert_eq!(kinds(&rows), BTreeMap::from([("new".to_owned(), 2), ("problem".to_owned(), 1)]), "{rows:#?}");
    assert_eq!(cloud_digest(&desk.world), untouched, "a review uploads nothing");
    let names: BTreeSet<String> = rows
        .iter()
        .filter(|row| row["kind"] == "new")
        .map(|row| row["summary"]["names"][0].as_str().expect("a name").to_owned())
        .collect();
    assert_eq!(
        names,
        BTreeSet::from(["Ada Okafor".to_owned(), "Bo Okafor".to_owned()]),
        "the test is left out"
    );
    let problem = rows.iter().find(|row| row["kind"] == "problem").expect("one")["seq"].to_string();
    desk.hub.run(&["review", "reject", &problem]).done();
    desk.upload();

    // Inv 11, 12: nothing new says nothing new, and what comes twice is one.
    let again = kinds(&import(&desk, &connection));
    assert!(
        again.keys().all(|kind| ["unchanged", "skipped", "problem"].contains(&kind.as_str())),
        "{again:?}"
    );
    // A change of one field, with the others left blank: blank is not erase (Inv 7), absent is not deleted (Inv 3).
    let change = json!({"contact": {"id": 7, "first_name": "Ada", "last_name": "", "email": null}, "project": {"venue_name": "The Boathouse"}});
    assert_eq!(post(&address, &change), 202);
    let changed = import(&desk, &connection);
    assert_eq!(kinds(&changed).get("changed"), Some(&1), "{changed:#?}");
    desk.hub.run(&["review", "approve"]).done();
    assert_eq!(desk.hub.run(&["push"]).done().last()["state"], "done");
    let exported = desk.hub.run(&["export"]).done().last();
    let ada = exported.as_array().expect("clients").iter().find(|one| one["email"] == "ada@example.org");
    let ada = ada.unwrap_or_else(|| panic!("{exported:#}"));
    assert_eq!((&ada["last_name"], &ada["venue_name"]), (&json!("Okafor"), &json!("The Boathouse")));

    // F28: what the relay has forgotten is told in the job's log, and what it still has is read.
    desk.world.wedsync.expire_cursors();
    assert_eq!(post(&address, &contact(9, "Cy", "2027-08-01", "Manor")), 202);
    let rows = import(&desk, &connection);
    assert_eq!(kinds(&rows).get("new"), Some(&1), "{rows:#?}");
    let job = desk.hub.run(&["jobs"]).done().last()["jobs"][0]["id"].as_str().expect("an id").to_owned();
    let book = peek::open(desk.hub.profile(), peek::PUBLISHED, peek::Version::This);
    let told = book.events_after(&job, 0, 1000).expect("events");
    assert!(told.iter().any(|row| row.event["message"]["id"] == "warning.feed_gap"), "{told:#?}");
}

#[test]
fn clients_without_an_id_are_known_by_address_and_name() {
    let desk = Desk::new();
    let person = |first: &str, phone: &str| json!({"First Name": first, "Last Name": "Lee", "Email": "us@example.org", "Phone": phone});
    let (connection, address) =
        connected(&desk, "honeybook", &person("Ann", "07700 900001"), &["--bring-tests"]);
    assert_eq!(post(&address, &person("Bo", "07700 900002")), 202);
    assert_eq!(post(&address, &person("Ann", "07700 900003")), 202);
    let rows = import(&desk, &connection);
    assert_eq!(rows.len(), 2, "two who share an address are two, and whoever comes again is one: {rows:#?}");
}

/// The contract of this way: a test event proves it and is left out, each event comes in once, whatever is sent again, and one
/// that says less than the one before takes nothing away.
#[test]
fn every_name_whose_automations_send_events_keeps_the_same_promises() {
    let mut told = BTreeSet::new();
    for key in embedded_keys() {
        let definition = embedded(key).expect("built in").expect("without faults");
        if !definition.routes.works(RouteKind::Bridge, Operation::Read) {
            continue;
        }
        let desk = Desk::new();
        let (connection, address) = connected(&desk, key, &contact(1, "Test", "2027-01-01", "Nowhere"), &[]);
        for event in [
            contact(7, "Ada", "2027-06-12", "Old Barn"),
            contact(7, "Ada", "2027-06-12", "Old Barn"),
            json!({"contact": {"id": 7, "first_name": "Ada", "last_name": "", "email": null}}),
        ] {
            assert_eq!(post(&address, &event), 202, "{key}");
        }
        let rows = import(&desk, &connection);
        assert_eq!(kinds(&rows), BTreeMap::from([("new".to_owned(), 1)]), "{key}: {rows:#?}");
        assert_eq!(rows[0]["summary"]["names"], json!(["Ada Okafor"]), "{key}: {rows:#?}");
        desk.upload();
        let again = kinds(&import(&desk, &connection));
        assert!(
            again.keys().all(|kind| ["unchanged", "skipped"].contains(&kind.as_str())),
            "{key}: {again:?}"
        );
        told.insert(key);
    }
    let names = ["dubsado", "honeybook", "make", "pictime", "seventeen", "tave", "zapier"];
    assert_eq!(told, BTreeSet::from(names), "every one of them");
}

fn said(delivered: &Delivered) -> Json {
    serde_json::from_slice(&delivered.body).expect("JSON")
}

fn taken(place: &HookPlace) -> Vec<Json> {
    place.deliveries().iter().filter(|one| one.taken).map(said).collect()
}

/// A place that is told of everything, and its id.
fn told_at(desk: &Desk, place: &HookPlace) -> (String, String) {
    let line = ["hooks", "add", "make", "--key-stdin"];
    let made = desk.hub.feed(&line, &format!("{}\n", place.hook())).done().last();
    assert_eq!(made["hook"]["host"], "127.0.0.1", "the host and nothing else is shown");
    assert!(!made.to_string().contains("s3cret-path"), "{made}");
    let secret = made["signing_secret"].as_str().expect("shown once").to_owned();
    (made["hook"]["id"].as_str().expect("an id").to_owned(), secret)
}

fn hook(desk: &Desk) -> Json {
    desk.hub.run(&["hooks", "list"]).done().last()["hooks"][0].clone()
}

#[test]
fn changes_in_wedsync_are_told_once_each_and_signed() {
    let desk = Desk::new();
    let place = HookPlace::start("").expect("a place");
    let (id, secret) = told_at(&desk, &place);
    assert!(place.deliveries().is_empty(), "what is there already is told to nobody");

    let rows: Vec<Vec<&str>> = vec![
        vec!["First name", "Last name", "Email", "Wedding date", "Venue"],
        vec!["Ada", "Okafor", "ada@example.org", "2027-06-12", "Old Barn"],
        vec!["Bo", "Lind", "bo@example.org", "2027-07-01", "Manor"],
    ];
    let text: String = rows.iter().map(|row| format!("{}\n", row.join(","))).collect();
    let file = desk.write("clients.csv", text.as_bytes());
    desk.import(&[file], &[]);
    // The first answer is lost after it was taken, the second asks to wait.
    place.next(&[Mood::TakesAndIsSilent]);
    desk.upload();
    let waiting = hook(&desk);
    assert!(waiting["queued"].as_u64() > Some(0), "{waiting}");
    desk.hub.run(&["hooks", "on", &id]).done();
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(90);
    while hook(&desk)["queued"].as_u64() != Some(0) && std::time::Instant::now() < deadline {
        // A pause that a person ends: switching on again lets the place be asked at once.
        desk.hub.run(&["hooks", "send", &id]).done();
    }
    let told = taken(&place);
    let ids: BTreeSet<&str> = told.iter().filter_map(|event| event["id"].as_str()).collect();
    let types: Vec<&str> = told.iter().filter_map(|event| event["type"].as_str()).collect();
    assert_eq!(
        types.iter().filter(|kind| **kind == "client.created").count(),
        3,
        "one came twice: {types:?}"
    );
    assert_eq!(ids.len(), told.len() - 1, "under the same id: {told:#?}");
    let bodies: Vec<Vec<u8>> = place.deliveries().into_iter().map(|one| one.body).collect();
    assert_eq!(bodies[0], bodies[1], "byte for byte");
    let ada = told.iter().find(|event| event["client"]["first_name"] == "Ada").expect("Ada");
    assert_eq!((&ada["version"], &ada["client"]["wedding_date"]), (&json!(1), &json!("2027-06-12")));
    for delivered in place.deliveries() {
        let signature = delivered.header("wedsync-signature");
        let seconds = signature.strip_prefix("t=").and_then(|rest| rest.split(',').next()).expect("a time");
        let at = jiff::Timestamp::from_second(seconds.parse().expect("seconds")).expect("a time");
        let body = String::from_utf8(delivered.body.clone()).expect("text");
        let ours = hub_connectors::hook::signature(&hub_core::ports::Secret::new(secret.as_str()), &body, at);
        assert_eq!(signature, ours, "anybody who has the secret can check it");
    }

    // A change by hand at WedSync is told when the mirror is brought up to date; the same thing is not told again.
    let before = place.deliveries().len();
    let client = ada["client"]["id"].as_str().expect("an id");
    let project = ada["client"]["projects"][0]["id"].as_str().expect("a project");
    Hand::new(&desk.world).edit("project", project, json!({"venue_name": "The Boathouse"}));
    let sent = desk.hub.run(&["hooks", "send", &id]).done().last();
    assert_eq!(sent["queued"], 0, "nothing was seen yet");
    desk.hub.run(&["disconnect"]).done();
    let zap = json!({"first_name": "Di", "last_name": "Sun", "email": "di@example.org", "client_id": "z-1"});
    let (bridge, address) = connected(&desk, "zapier", &zap, &[]);
    assert_eq!(post(&address, &zap), 202);
    import(&desk, &bridge);
    let news: Vec<Json> = place.deliveries()[before..].iter().map(said).collect();
    let types: Vec<&str> = news.iter().filter_map(|event| event["type"].as_str()).collect();
    assert_eq!(types, ["project.changed"], "{news:#?}");
    assert_eq!(news[0]["project"]["venue_name"], "The Boathouse");
    assert_eq!(news[0]["client"]["id"], client);

    // F65: what a bridge brings in is told to no bridge.
    desk.hub.decide_everything();
    desk.hub.run(&["review", "approve"]).done();
    assert_eq!(desk.hub.run(&["push", &bridge]).done().last()["state"], "done");
    assert_eq!(place.deliveries().len(), before + 1, "no echo: {:#?}", taken(&place).last());
    assert!(desk.world.wedsync.counts(&login()).expect("counts").contains_key("client"));

    // 410 ends it, with a sentence.
    place.always(Mood::Status(410));
    desk.hub.run(&["hooks", "send", &id, client]).done();
    let ended = hook(&desk);
    assert_eq!((&ended["state"], &ended["queued"]), (&json!("ended"), &json!(0)), "{ended}");
    assert_eq!(ended["why"]["id"], "hook.gone");
}

#[test]
fn the_inbox_of_light_blue_takes_picked_clients_once() {
    let desk = Desk::new();
    let place = HookPlace::start("lb-key-0123456789").expect("a place");
    let origin = place.origin();
    let line = ["hooks", "add", "lightblue", "--key-stdin", "--picked", "--base-url", &origin];
    assert_ne!(desk.hub.feed(&line, "wrong-key-0123456789\n").code(), 0, "a key is looked at first");
    let made = desk.hub.feed(&line, "lb-key-0123456789\n").done().last();
    assert_eq!(made["signing_secret"], Json::Null);
    let id = made["hook"]["id"].as_str().expect("an id").to_owned();
    let file = desk.write(
        "one.csv",
        b"First name,Last name,Email,Wedding date\nAda,van der Berg,ada@example.org,2027-06-12\n",
    );
    desk.import(&[file], &[]);
    desk.upload();
    assert!(place.deliveries().is_empty(), "only what is picked");
    let exported = desk.hub.run(&["export"]).done().last();
    let ada = exported.as_array().expect("clients").iter().find(|one| one["email"] == "ada@example.org");
    let ada = ada.expect("Ada")["id"].as_str().expect("an id").to_owned();
    // Taken, and the answer is lost; the second time it is a duplicate, which is as good.
    place.next(&[Mood::TakesAndIsSilent]);
    desk.hub.run(&["hooks", "send", &id, &ada]).done();
    assert_eq!(hook(&desk)["queued"], 1);
    desk.hub.run(&["hooks", "off", &id]).done();
    desk.hub.run(&["hooks", "on", &id]).done();
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(90);
    while hook(&desk)["queued"].as_u64() != Some(0) && std::time::Instant::now() < deadline {
        desk.hub.run(&["hooks", "send", &id]).done();
    }
    assert_eq!(hook(&desk)["taken"], 1);
    let taken: Vec<Delivered> = place.deliveries().into_iter().filter(|one| one.taken).collect();
    assert_eq!(taken.len(), 1, "once in the Inbox");
    let form: Vec<(String, String)> = url::form_urlencoded::parse(&taken[0].body).into_owned().collect();
    assert!(form.contains(&("ContactNameLast".to_owned(), "van der Berg".to_owned())), "{form:?}");
    assert!(form.contains(&("ShootDate".to_owned(), "12/06/2027".to_owned())), "{form:?}");
}

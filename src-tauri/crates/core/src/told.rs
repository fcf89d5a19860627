//! What others are told of WedSync's records: a small published shape with a version, and the days on which nothing is told.
//!
//! The shape is a promise to automations that people build: members are only ever added, and a change of meaning is another
//! [`VERSION`]. It is described in `docs` of this module and held to it by a test. Values are texts, numbers and booleans;
//! what WedSync does not know is `null`, and lists are never absent. Money, notes and custom fields are left out on purpose:
//! an automation is another company's program, and what it is told is what it needs to know whom to serve and when.
//!
//! ```json
//! {
//!   "version": 1,
//!   "id": "0197…",                 // of the event; the same when it is delivered again
//!   "type": "client.created",      // client|project|event . created|changed
//!   "happened_at": "2026-05-14T08:00:00Z",
//!   "client": {
//!     "id": "…", "first_name": "…", "last_name": "…", "email": "…", "phone": "+447…", "company_name": null,
//!     "wedding_date": "2027-06-12", "venue_name": "…",
//!     "people": [{"id": "…", "role": "primary", "first_name": "…", "last_name": "…", "email": "…", "phone": "+447…"}],
//!     "projects": [{"id": "…", "name": "…", "kind": "…", "stage": "…", "closed": false, "wedding_date": "…",
//!                   "venue_name": "…", "guest_count": 80}],
//!     "events": [{"id": "…", "project_id": "…", "name": "…", "kind": "…", "start_date": "…", "start_time": "14:00",
//!                 "end_date": null, "end_time": null, "location_name": "…"}]
//!   },
//!   "project": {…},                // with type project.*: the one of `client.projects`
//!   "event": {…}                   // with type event.*: the one of `client.events`
//! }
//! ```
//!
//! A catch hook gets it as the body of a POST with `Content-Type: application/json` and these headers:
//! `WedSync-Event-Id`, `WedSync-Event-Type`, and `WedSync-Signature: t=<seconds since 1970>,v1=<hex>`, where `v1` is the
//! HMAC-SHA256 of `<t>.<body>` under the secret that the app shows once. Any 2xx within 30 seconds is taken as taken; 410
//! ends the hook; everything else is tried again with growing pauses, `Retry-After` obeyed, and given up after three days.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde_json::{Map, Value as Json, json};

use crate::canonical::hash_json;
use crate::ports::{CloudRecord, Happened, ToldClient};
use crate::record::{FieldMap, RecordKey, RecordType};

/// Version of the shape.
pub const VERSION: u32 = 1;

const PERSON: [&str; 3] = ["first_name", "last_name", "email"];
const PROJECT: [&str; 7] = ["name", "kind", "stage", "closed", "wedding_date", "venue_name", "guest_count"];
const EVENT: [&str; 8] =
    ["project_id", "name", "kind", "start_date", "start_time", "end_date", "end_time", "location_name"];

/// What is told of a record: the digest that tells whether it is something new, and the event without its id.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// Digest of what is told, without id and time.
    pub digest: String,
    /// What is told.
    pub said: Json,
}

/// A plain value of a record.
fn plain(fields: &FieldMap, name: &str) -> Json {
    match fields.get(name) {
        Some(value @ (Json::String(_) | Json::Number(_) | Json::Bool(_))) => value.clone(),
        _ => Json::Null,
    }
}

fn phone(fields: &FieldMap) -> Json {
    match fields.get("phone") {
        Some(Json::Object(phone)) => {
            let part = |name: &str| phone.get(name).filter(|part| part.is_string()).cloned();
            part("e164").or_else(|| part("text")).unwrap_or(Json::Null)
        }
        Some(text @ Json::String(_)) => text.clone(),
        _ => Json::Null,
    }
}

fn person(role: &str, record: &CloudRecord) -> Json {
    let mut said = Map::from_iter([
        ("id".to_owned(), Json::from(record.key.id.as_str())),
        ("role".to_owned(), Json::from(role)),
    ]);
    said.extend(PERSON.map(|name| (name.to_owned(), plain(&record.fields, name))));
    said.insert("phone".to_owned(), phone(&record.fields));
    Json::Object(said)
}

fn listed(record: &CloudRecord, names: &[&str]) -> Json {
    let mut said = Map::from_iter([("id".to_owned(), Json::from(record.key.id.as_str()))]);
    said.extend(names.iter().map(|name| ((*name).to_owned(), plain(&record.fields, name))));
    Json::Object(said)
}

fn client(told: &ToldClient) -> Json {
    let first = told.people.first().map(|(role, record)| person(role, record)).unwrap_or(Json::Null);
    let of_first = |name: &str| first.get(name).cloned().unwrap_or(Json::Null);
    let main = told.projects.iter().find(|project| !plain(&project.fields, "wedding_date").is_null());
    let of_main = |name: &str| main.map_or(Json::Null, |project| plain(&project.fields, name));
    json!({
        "id": told.client.key.id,
        "first_name": of_first("first_name"),
        "last_name": of_first("last_name"),
        "email": of_first("email"),
        "phone": of_first("phone"),
        "company_name": plain(&told.client.fields, "company_name"),
        "wedding_date": of_main("wedding_date"),
        "venue_name": of_main("venue_name"),
        "people": told.people.iter().map(|(role, record)| person(role, record)).collect::<Vec<_>>(),
        "projects": told.projects.iter().map(|record| listed(record, &PROJECT)).collect::<Vec<_>>(),
        "events": told.events.iter().map(|record| listed(record, &EVENT)).collect::<Vec<_>>(),
    })
}

/// What is told of a client, or of a project or event of it; nothing where it has no such record.
pub fn told(told: &ToldClient, key: &RecordKey) -> Option<Told> {
    let whole = client(told);
    let own = |list: &[CloudRecord], names: &[&str]| {
        list.iter().find(|record| record.key == *key).map(|record| listed(record, names))
    };
    let (said, digest) = match key.record_type {
        RecordType::Client if key.id == told.client.key.id => {
            let digest = hash_json(&whole);
            (json!({ "client": whole }), digest)
        }
        RecordType::Project => {
            let project = own(&told.projects, &PROJECT)?;
            let digest = hash_json(&project);
            (json!({ "client": whole, "project": project }), digest)
        }
        RecordType::Event => {
            let event = own(&told.events, &EVENT)?;
            let digest = hash_json(&event);
            (json!({ "client": whole, "event": event }), digest)
        }
        RecordType::Client
        | RecordType::Person
        | RecordType::Invoice
        | RecordType::Payment
        | RecordType::Task
        | RecordType::Document
        | RecordType::Communication
        | RecordType::Form => return None,
    };
    Some(Told { digest, said })
}

/// The exact body of an event.
pub fn body(id: &str, key: &RecordKey, happened: Happened, at: Timestamp, said: &Json) -> String {
    let mut whole = Map::from_iter([
        ("version".to_owned(), Json::from(VERSION)),
        ("id".to_owned(), Json::from(id)),
        ("type".to_owned(), Json::from(event_type(key, happened))),
        ("happened_at".to_owned(), Json::from(at.to_string())),
    ]);
    if let Json::Object(said) = said {
        whole.extend(said.iter().map(|(name, value)| (name.clone(), value.clone())));
    }
    Json::Object(whole).to_string()
}

/// Type of an event: `client.created`.
pub fn event_type(key: &RecordKey, happened: Happened) -> String {
    format!("{}.{}", key.record_type.as_str(), happened.as_str())
}

/// Days whose weddings keep everything back at this time: the day itself, and the day before until six in the morning
/// (SYNC-LAW 9).
pub fn shielded_days(now: Timestamp, zone: &str) -> Vec<Date> {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let here = now.to_zoned(zone);
    let mut days = vec![here.date()];
    if here.hour() < 6
        && let Ok(before) = here.date().yesterday()
    {
        days.push(before);
    }
    days
}

/// When the shield of a day ends.
pub fn shield_ends(day: Date, zone: &str) -> Option<Timestamp> {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let next = day.checked_add(1.day()).ok()?;
    next.to_datetime(Time::constant(6, 0, 0, 0)).to_zoned(zone).ok().map(|zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(record_type: RecordType, id: &str, fields: Json) -> CloudRecord {
        CloudRecord {
            key: RecordKey::new(record_type, id),
            fields: serde_json::from_value(fields).unwrap(),
            version: 1,
            external_refs: Vec::new(),
            deleted: false,
        }
    }

    fn couple() -> ToldClient {
        ToldClient {
            client: record(RecordType::Client, "c", json!({"people": {}, "notes": "Rude on the phone."})),
            people: vec![(
                "primary".to_owned(),
                record(
                    RecordType::Person,
                    "p",
                    json!({"first_name": "Ann", "email": "ann@example.com", "phone": {"e164": "+447700900123", "text": "07700 900123"}, "birthday": "1990-01-01"}),
                ),
            )],
            projects: vec![record(
                RecordType::Project,
                "j",
                json!({"client_id": "c", "name": "Wedding", "wedding_date": "2027-06-12", "crm_total": {"minor": 1, "currency": "GBP"}}),
            )],
            events: Vec::new(),
        }
    }

    #[test]
    fn the_shape_is_as_published() {
        let key = RecordKey::new(RecordType::Client, "c");
        let said = told(&couple(), &key).unwrap();
        let at = "2026-05-14T08:00:00Z".parse().unwrap();
        let body: Json = serde_json::from_str(&body("e-1", &key, Happened::Created, at, &said.said)).unwrap();
        assert_eq!(
            body,
            json!({
                "version": 1, "id": "e-1", "type": "client.created", "happened_at": "2026-05-14T08:00:00Z",
                "client": {
                    "id": "c", "first_name": "Ann", "last_name": null, "email": "ann@example.com",
                    "phone": "+447700900123", "company_name": null, "wedding_date": "2027-06-12", "venue_name": null,
                    "people": [{"id": "p", "role": "primary", "first_name": "Ann", "last_name": null,
                                "email": "ann@example.com", "phone": "+447700900123"}],
                    "projects": [{"id": "j", "name": "Wedding", "kind": null, "stage": null, "closed": null,
                                  "wedding_date": "2027-06-12", "venue_name": null, "guest_count": null}],
                    "events": [],
                },
            }),
            "no notes, no money, no birthday: nobody there needs them"
        );
    }

    #[test]
    fn what_is_not_told_changes_no_digest() {
        let key = RecordKey::new(RecordType::Client, "c");
        let before = told(&couple(), &key).unwrap().digest;
        let mut other = couple();
        other.client.fields.insert("notes".to_owned(), json!("Kind after all."));
        assert_eq!(told(&other, &key).unwrap().digest, before);
        other.projects[0].fields.insert("venue_name".to_owned(), json!("Old Barn"));
        assert_ne!(told(&other, &key).unwrap().digest, before);
        assert_eq!(told(&other, &RecordKey::new(RecordType::Project, "gone")), None);
    }

    #[test]
    fn inv_09_a_wedding_day_keeps_everything_back_until_six_the_next_morning() {
        let days = |at: &str| shielded_days(at.parse().unwrap(), "Europe/London");
        let day = |text: &str| text.parse::<Date>().unwrap();
        // Summer time: midnight in London is eleven in the evening, UTC.
        assert_eq!(days("2026-06-12T23:30:00Z"), [day("2026-06-13"), day("2026-06-12")]);
        assert_eq!(days("2026-06-13T12:00:00Z"), [day("2026-06-13")]);
        assert_eq!(days("2026-06-14T04:59:00Z"), [day("2026-06-14"), day("2026-06-13")]);
        assert_eq!(days("2026-06-14T05:00:00Z"), [day("2026-06-14")]);
        let ends = shield_ends(day("2026-06-13"), "Europe/London");
        assert_eq!(ends, Some("2026-06-14T05:00:00Z".parse().unwrap()));
    }
}

//! One record out of the events that told of it.
//!
//! What is stored is the record with the place of the last event that was laid over it, so that an event which comes again
//! is known. A sender that says when a record changed decides by that what is newer; else the order in which the cloud
//! took the events does.

use hub_core::canonical::hash_bytes;
use hub_core::malformed::Malformed;
use hub_core::ports::Relayed;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value as Json};

use super::super::flat::text_of;
use super::super::rows::RowReader;
use crate::assemble::at;
use crate::definition::EventsRead;

/// Largest record, as JSON text in bytes. The cloud takes events up to half of that.
const LARGEST: usize = 512 * 1024;
/// Levels down to which records are joined member by member; below, the newer value stands for itself.
const DEEPEST: usize = 8;
/// Letters of an id at most.
const LONGEST_ID: usize = 200;
/// Ids that are made here begin so; those of a sender that do are taken as a digest.
const OURS: [&str; 4] = ["by-name:", "event:", "id:", "erased:"];

/// A record as it is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Held {
    /// Place of the newest event in it.
    pub(super) seq: u64,
    /// When the sender said it was changed.
    pub(super) at: Option<Timestamp>,
    /// The record.
    pub(super) record: Map<String, Json>,
}

/// The same, as far as reading it as a row needs.
#[derive(Deserialize)]
struct HeldText<'a> {
    #[serde(borrow)]
    record: &'a RawValue,
}

/// The record in a stored text; the text itself where there is none (the empty place of somebody who was erased).
pub(super) fn record_text(stored: &str) -> String {
    serde_json::from_str::<HeldText<'_>>(stored)
        .map_or_else(|_| stored.to_owned(), |held| held.record.get().to_owned())
}

/// A stored text as a record.
pub(super) fn read_held(stored: &str) -> Result<Held, Malformed> {
    serde_json::from_str(stored).map_err(Malformed::from)
}

/// What an event says: an object. What is none is kept under a name of its own; what is too large is named by its size.
pub(super) fn said(event: &Relayed) -> Map<String, Json> {
    let size = event.payload.to_string().len();
    match &event.payload {
        _ if size > LARGEST => Map::from_iter([("too_large".to_owned(), Json::from(size))]),
        Json::Object(members) => members.clone(),
        other => Map::from_iter([("value".to_owned(), other.clone())]),
    }
}

/// Which record an event tells of.
pub(super) fn identity(record: &Map<String, Json>, seq: u64, read: &EventsRead, rows: &RowReader) -> String {
    let whole = Json::Object(record.clone());
    let named = read.id.as_deref().and_then(|path| scalar(&whole, path));
    if let Some(id) = named {
        let ours = OURS.iter().any(|prefix| id.starts_with(prefix));
        return if ours || id.chars().count() > LONGEST_ID {
            format!("id:{}", hash_bytes(id.as_bytes()))
        } else {
            id
        };
    }
    let found = rows.found(&whole);
    let first = found.as_ref().and_then(|found| found.people.first());
    let who = first.map(|person| (person.email(), person.name())).unwrap_or_default();
    match (who.0.as_str(), who.1.as_str()) {
        // Nothing says whom it is about: it stands for itself, and a person looks at it.
        ("", "") => format!("event:{seq}"),
        (email, name) => format!("by-name:{}", hash_bytes(format!("{email}\n{name}").as_bytes())),
    }
}

/// A plain value at a path, as text.
fn scalar(record: &Json, path: &str) -> Option<String> {
    match at(record, path)? {
        value @ (Json::String(_) | Json::Number(_)) => {
            let text = text_of(value).trim().to_owned();
            (!text.is_empty()).then_some(text)
        }
        Json::Null | Json::Bool(_) | Json::Array(_) | Json::Object(_) => None,
    }
}

/// Lays an event over what is held; nothing where it says nothing new.
pub(super) fn fold(
    held: Option<Held>,
    seq: u64,
    record: Map<String, Json>,
    read: &EventsRead,
) -> Option<Held> {
    let whole = Json::Object(record);
    let changed =
        read.version.as_deref().and_then(|path| scalar(&whole, path)).and_then(|text| instant(&text));
    let Json::Object(record) = whole else { return None };
    let Some(mut held) = held else { return Some(Held { seq, at: changed, record }) };
    if seq <= held.seq {
        return None;
    }
    let older = held.at.zip(changed).is_some_and(|(before, now)| now < before);
    let before = held.record.clone();
    lay(&mut held.record, record, 0, if older { Over::Gaps } else { Over::Everything });
    if held.record == before {
        return None;
    }
    let too_large = serde_json::to_string(&held.record).map_or(true, |text| text.len() > LARGEST);
    if too_large {
        // Thousands of names that never come again: what was said last counts.
        held.record = before;
    }
    held.seq = seq;
    held.at = if older { held.at } else { changed.or(held.at) };
    Some(held)
}

/// An instant, however it is written: RFC 3339, a day, or seconds or milliseconds since 1970.
fn instant(text: &str) -> Option<Timestamp> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    if let Ok(number) = text.parse::<i64>() {
        // From the year 2001 on, milliseconds have more than twelve figures, and seconds have ten.
        return if number > 100_000_000_000 {
            Timestamp::from_millisecond(number).ok()
        } else {
            Timestamp::from_second(number).ok()
        };
    }
    let day: jiff::civil::Date = text.get(..10)?.parse().ok()?;
    day.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

/// What a newer value may take the place of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Over {
    /// Whatever was there.
    Everything,
    /// Only nothing.
    Gaps,
}

fn lay(below: &mut Map<String, Json>, above: Map<String, Json>, depth: usize, over: Over) {
    for (name, value) in above {
        if blank(&value) {
            // Blank is not erase (SYNC-LAW 7): a Zap that leaves a field out sends it empty.
            below.entry(name).or_insert(value);
            continue;
        }
        match (below.get_mut(&name), value) {
            (Some(Json::Object(held)), Json::Object(value)) if depth < DEEPEST => {
                lay(held, value, depth + 1, over);
            }
            (Some(held), value) if over == Over::Everything || blank(held) => *held = value,
            (Some(_), _) => {}
            (None, value) => {
                below.insert(name, value);
            }
        }
    }
}

fn blank(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::String(text) => text.trim().is_empty(),
        Json::Array(entries) => entries.is_empty(),
        Json::Object(members) => members.is_empty(),
        Json::Bool(_) | Json::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read() -> EventsRead {
        EventsRead {
            stream: "events".to_owned(),
            id: Some("contact.id".to_owned()),
            version: Some("updated_at".to_owned()),
        }
    }

    fn object(json: Json) -> Map<String, Json> {
        json.as_object().cloned().unwrap()
    }

    fn events() -> Vec<(u64, Map<String, Json>)> {
        vec![
            (1, object(json!({"contact": {"id": 7, "name": "Ann"}, "updated_at": "2026-05-01T10:00:00Z"}))),
            (
                2,
                object(
                    json!({"contact": {"id": 7, "phone": "1"}, "venue": "Barn", "updated_at": "2026-05-03T10:00:00Z"}),
                ),
            ),
            // Late: it tells of the day between.
            (
                3,
                object(
                    json!({"contact": {"id": 7, "phone": "2", "city": "Ely"}, "updated_at": "2026-05-02T10:00:00Z"}),
                ),
            ),
            (4, object(json!({"contact": {"id": 7, "name": " "}, "venue": null, "guests": 80}))),
        ]
    }

    #[test]
    fn f8_f65_what_comes_twice_late_or_blank_changes_nothing_that_is_newer() {
        let mut held = None;
        for (seq, record) in events() {
            held = fold(held.clone(), seq, record, &read()).or(held);
        }
        let once = held.clone().unwrap();
        let contact = json!({"id": 7, "name": "Ann", "phone": "1", "city": "Ely"});
        assert_eq!(
            once.record["contact"], contact,
            "the newest word on each, and what only an older one knew"
        );
        assert_eq!(once.record["venue"], json!("Barn"), "blank is not erase");
        assert_eq!(once.record["guests"], json!(80));
        for (seq, record) in events() {
            assert_eq!(fold(held.clone(), seq, record, &read()), None, "delivered again: {seq}");
        }
    }

    #[test]
    fn f51_types_that_flip_take_each_others_place() {
        let first =
            fold(None, 1, object(json!({"tags": "vip", "venue": {"name": "Barn"}})), &read()).unwrap();
        let second =
            fold(Some(first), 2, object(json!({"tags": ["vip", "uk"], "venue": "Barn"})), &read()).unwrap();
        assert_eq!(second.record, object(json!({"tags": ["vip", "uk"], "venue": "Barn"})));
    }

    #[test]
    fn what_is_no_object_or_too_large_is_kept_as_something_to_look_at() {
        let event = |payload: Json| Relayed { seq: 9, received_at: Timestamp::UNIX_EPOCH, payload };
        assert_eq!(said(&event(json!([1, "x"]))), object(json!({"value": [1, "x"]})));
        let large = said(&event(json!({ "note": "x".repeat(LARGEST) })));
        assert!(large.contains_key("too_large") && large.len() == 1);
    }

    #[test]
    fn an_id_of_the_sender_never_looks_like_one_of_ours() {
        let fields = crate::definition::Rows {
            row: crate::file::RowIs::Project,
            order: Default::default(),
            fields: Default::default(),
            own: Vec::new(),
            ids: Default::default(),
            known_by: Default::default(),
            under: Default::default(),
            words: Default::default(),
            sample: None,
            hidden: None,
        };
        let rows = RowReader::plain("zapier", "events", &fields, jiff::tz::TimeZone::UTC);
        let of = |id: &str| identity(&object(json!({"contact": {"id": id}})), 3, &read(), &rows);
        assert_eq!(of(" c-1 "), "c-1");
        assert!(of("erased:1").starts_with("id:") && of(&"x".repeat(300)).starts_with("id:"));
        assert_eq!(identity(&object(json!({"a": 1})), 3, &read(), &rows), "event:3", "it stands for itself");
        assert_eq!(identity(&object(json!({"contact": {"id": 7}})), 3, &read(), &rows), "7", "numbers too");
    }

    #[test]
    fn instants_are_read_in_the_notations_of_automations() {
        let day = instant("2026-05-01").unwrap();
        assert_eq!(instant("2026-05-01T00:00:00Z"), Some(day));
        assert_eq!(instant(&day.as_second().to_string()), Some(day));
        assert_eq!(instant(&day.as_millisecond().to_string()), Some(day));
        assert_eq!(instant("soon"), None);
    }
}

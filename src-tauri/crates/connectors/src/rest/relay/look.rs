//! From events that were sent as a test to a definition: what tells one client from another, and what the fields are.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use hub_core::ports::{ConnectorError, PartyDocument, RawRecord, Relayed, RetryAdvice};
use jiff::Timestamp;
use serde_json::Value as Json;

use super::super::flat::cells;
use super::super::recognise::FoundField;
use super::super::recognise::fields;
use super::super::recognise::find::plain;
use super::connector::{documents_of, reading_of};
use super::merge::{Held, fold, identity, record_text, said};
use crate::assemble::MemoryRaw;
use crate::definition::{Definition, EventsRead, embedded, parse};
use crate::messages;

/// Events that the fields are told from: the newest.
const SAMPLE: usize = 50;
/// Clients that are shown.
const SHOWN: usize = 5;
/// Fields that may tell clients apart, as a choice.
const MOST_IDS: usize = 12;
/// The definition of a list that nobody describes.
const ANY: &str = "custom";
/// Name of the stream.
const STREAM: &str = "events";

/// What tells one client from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApartBy {
    /// Whatever fits best.
    Suggested,
    /// A field, by its path.
    Field(String),
    /// Address and name together.
    AddressAndName,
}

/// What a look at events found.
#[derive(Debug)]
pub struct RelayLook {
    /// The definition, as a file.
    pub definition: String,
    /// Path of what tells one client from another; nothing where address and name do.
    pub id: Option<String>,
    /// Fields that may.
    pub ids: Vec<String>,
    /// The fields of the events.
    pub fields: Vec<FoundField>,
    /// The first clients.
    pub documents: Vec<PartyDocument>,
}

/// Looks at events, oldest first.
///
/// # Errors
/// `error.relay.nothing_yet` without events; `error.recognise.no_names` where nobody is named in any; `error.relay.no_such_id`
/// for a field that the newest event does not have.
pub fn look_at_events(
    definition: &Definition,
    name: &str,
    apart: &ApartBy,
    events: &[Relayed],
    now: Timestamp,
) -> Result<RelayLook, ConnectorError> {
    let not = |message_id: &'static str| ConnectorError {
        message_id,
        params: vec![("provider", name.to_owned())],
        retry: RetryAdvice::Never,
        source: None,
    };
    let newest = &events[events.len().saturating_sub(SAMPLE)..];
    let records: Vec<Json> = newest.iter().map(|event| Json::Object(said(event))).collect();
    let Some(last) = records.last() else { return Err(not(messages::NOTHING_YET)) };
    let ids = ids(&records);
    let id = match apart {
        ApartBy::Suggested => ids.first().cloned(),
        ApartBy::AddressAndName => None,
        ApartBy::Field(path) if cells(last).iter().any(|(found, _)| found == path) => Some(path.clone()),
        ApartBy::Field(_) => return Err(not(messages::NO_SUCH_ID)),
    };
    let version = version(&records);
    let known = known(definition);
    let fields = fields::read(&records, &known, &[id.as_deref(), version.as_deref()]);
    let read = EventsRead { stream: STREAM.to_owned(), id, version };
    let text = written(definition, name, &read, &fields, now);
    let parsed = parse(&text).map_err(|faults| {
        let nameless = faults.iter().all(|fault| fault.place == "rows.fields");
        tracing::info!(?faults, "what events told is no sound definition");
        not(if nameless { messages::NO_NAMES } else { messages::UNREADABLE })
    })?;
    let documents = documents(&parsed, newest).ok_or_else(|| not(messages::UNREADABLE))?;
    Ok(RelayLook { definition: text, id: read.id, ids, fields, documents })
}

/// What fields are known to be called: by the definition, else as for a list that nobody describes.
fn known(definition: &Definition) -> BTreeMap<String, String> {
    if !definition.fields.is_empty() {
        return definition.fields.clone();
    }
    embedded(ANY).and_then(Result::ok).map(|any| any.fields).unwrap_or_default()
}

fn documents(definition: &Definition, events: &[Relayed]) -> Option<Vec<PartyDocument>> {
    let (read, rows) = reading_of(definition)?;
    let mut held: Vec<(String, Held)> = Vec::new();
    for event in events {
        let record = said(event);
        let id = identity(&record, event.seq, &read, &rows);
        let at = held.iter().position(|(known, _)| *known == id);
        let before = at.and_then(|at| held.get(at)).map(|(_, held)| held.clone());
        if let Some(newer) = fold(before, event.seq, record, &read) {
            match at.and_then(|at| held.get_mut(at)) {
                Some(entry) => entry.1 = newer,
                None => held.push((id, newer)),
            }
        }
    }
    let mut memory = MemoryRaw::default();
    for (id, held) in held.into_iter().rev() {
        let raw = record_text(&serde_json::to_string(&held).ok()?);
        memory
            .insert(STREAM, RawRecord { raw, version: None, parents: [Some(id.clone()), None], id })
            .ok()?;
    }
    documents_of(&rows, &memory, SHOWN).ok()
}

/// Fields that may tell one client from another, likeliest first: every event has them, with a plain value.
fn ids(records: &[Json]) -> Vec<String> {
    const LIKELY: [&str; 14] = [
        "clientid",
        "contactid",
        "customerid",
        "personid",
        "leadid",
        "id",
        "uuid",
        "uid",
        "guid",
        "recordid",
        "key",
        "reference",
        "projectid",
        "jobid",
    ];
    let Some(last) = records.last() else { return Vec::new() };
    let mut found: Vec<(usize, usize, String)> = Vec::new();
    for (path, _) in cells(last) {
        let steps: Vec<&str> = path.split('.').collect();
        // A place in a list is none that every event has.
        if steps.iter().any(|step| step.is_empty() || step.bytes().all(|byte| byte.is_ascii_digit())) {
            continue;
        }
        let own = plain(steps.last().copied().unwrap_or_default());
        let two = plain(&steps[steps.len().saturating_sub(2)..].concat());
        let rank = LIKELY
            .iter()
            .position(|likely| [&own, &two].iter().any(|name| name == likely))
            .or_else(|| own.ends_with("id").then_some(LIKELY.len()));
        let everywhere = records.iter().all(|record| cells(record).iter().any(|(other, _)| *other == path));
        if let (Some(rank), true) = (rank, everywhere) {
            found.push((rank, steps.len(), path));
        }
    }
    found.sort();
    found.into_iter().map(|(_, _, path)| path).take(MOST_IDS).collect()
}

/// The field that says when a client was changed, where every event has one that is an instant.
fn version(records: &[Json]) -> Option<String> {
    const NAMES: [&str; 8] = [
        "updatedat",
        "modifiedat",
        "lastmodified",
        "lastupdated",
        "dateupdated",
        "datemodified",
        "updatedon",
        "updated",
    ];
    let last = records.last()?;
    let dated = |text: &str| text.get(..10).is_some_and(|day| day.parse::<jiff::civil::Date>().is_ok());
    cells(last)
        .into_iter()
        .filter(|(path, _)| NAMES.contains(&plain(path.rsplit('.').next().unwrap_or(path)).as_str()))
        .find(|(path, _)| {
            records
                .iter()
                .all(|record| cells(record).iter().any(|(other, text)| other == path && dated(text)))
        })
        .map(|(path, _)| path)
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// The definition as a file.
fn written(
    definition: &Definition,
    name: &str,
    read: &EventsRead,
    fields: &[FoundField],
    now: Timestamp,
) -> String {
    let identity = &definition.identity;
    let day = now.strftime("%Y-%m-%d").to_string();
    let help = definition.routes.bridge.as_ref().map_or("connector.help.zapier", |bridge| bridge.auth.help());
    let mut out = String::from(
        "# Written from events that were sent as a test. It holds no address, and may be changed, checked and shared.\n",
    );
    let line = |out: &mut String, key: &str, text: &str| {
        // Writing to a string does not fail.
        let _ = writeln!(out, "{key} = {}", quoted(text));
    };
    out.push_str("format = 1\nversion = 1\n\n[identity]\n");
    line(&mut out, "key", &identity.key);
    line(&mut out, "name", name);
    line(&mut out, "description", &identity.description);
    line(&mut out, "icon", &identity.icon);
    line(&mut out, "category", identity.category.as_str());
    out.push_str("\n[routes.bridge]\nstate = \"ready\"\nevidence = \"observed\"\n");
    line(&mut out, "source", &format!("an event of {day}"));
    out.push_str("\n[routes.bridge.auth]\nkind = \"address\"\n");
    line(&mut out, "help", help);
    out.push_str("\n[routes.bridge.events]\n");
    line(&mut out, "stream", &read.stream);
    for (key, path) in [("id", &read.id), ("version", &read.version)] {
        if let Some(path) = path {
            line(&mut out, key, path);
        }
    }
    out.push_str(
        "\n[[capability]]\nroute = \"bridge\"\nrecords = [\"person\", \"project\"]\noperations = [\"read\"]\nevidence = \"observed\"\n",
    );
    line(&mut out, "source", &format!("an event of {day}"));
    line(&mut out, "limitation", "connector.limit.new_only");
    out.push_str("\n# Field by field: whose it is, and what. What nothing reads is kept as a field of one's own.\n[rows]\n");
    let unread: Vec<String> =
        fields.iter().filter(|field| field.uses.is_empty()).map(|field| quoted(&field.path)).collect();
    let _ = writeln!(out, "own = [{}]", unread.join(", "));
    out.push_str("\n[rows.fields]\n");
    for field in fields.iter().filter(|field| !field.uses.is_empty()) {
        let _ = writeln!(out, "{} = {}", quoted(&field.path), quoted(&field.uses.join(" ")));
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::embedded;

    fn events(payloads: Vec<Json>) -> Vec<Relayed> {
        payloads
            .into_iter()
            .zip(1..)
            .map(|(payload, seq)| Relayed { seq, received_at: Timestamp::UNIX_EPOCH, payload })
            .collect()
    }

    fn looked(apart: &ApartBy, payloads: Vec<Json>) -> Result<RelayLook, ConnectorError> {
        let definition = embedded("zapier").unwrap().unwrap();
        look_at_events(&definition, "Zapier", apart, &events(payloads), Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn a_test_event_with_any_names_becomes_a_definition() {
        let look = looked(
            &ApartBy::Suggested,
            vec![json!({
                "Client": {"ID": 81, "First Name": "Ann", "Last Name": "Lee", "Email": "ann@example.com"},
                "Event Date": "2027-06-12", "Venue": "Old Barn", "Favourite cake": "Lemon",
            })],
        )
        .unwrap();
        assert_eq!(look.id.as_deref(), Some("Client.ID"));
        let uses = |path: &str| {
            let field = look.fields.iter().find(|field| field.path == path).unwrap();
            field.uses.join(" ")
        };
        assert_eq!(uses("Client.First Name"), "primary.first_name");
        assert_eq!(uses("Client.Email"), "primary.email");
        assert_eq!(uses("Favourite cake"), "", "an unknown field is kept");
        assert!(look.definition.contains("Favourite cake"), "{}", look.definition);
        let primary = &look.documents[0].document["primary_contact"];
        assert_eq!(primary["first_name"], json!("Ann"), "{}", look.documents[0].document);
    }

    #[test]
    fn without_an_id_address_and_name_tell_clients_apart() {
        let payloads = vec![
            json!({"first_name": "Ann", "last_name": "Lee", "email": "us@example.com"}),
            json!({"first_name": "Bo", "last_name": "Lee", "email": "us@example.com"}),
            json!({"first_name": "Ann", "last_name": "Lee", "email": "US@example.com ", "phone": "07700 900123"}),
        ];
        let look = looked(&ApartBy::Suggested, payloads.clone()).unwrap();
        assert_eq!(look.id, None);
        assert_eq!(look.documents.len(), 2, "two who share an address are two");
        let no_such = looked(&ApartBy::Field("contact_id".to_owned()), payloads).unwrap_err();
        assert_eq!(no_such.message_id, messages::NO_SUCH_ID);
    }

    #[test]
    fn nothing_and_nobody_are_told_apart() {
        assert_eq!(looked(&ApartBy::Suggested, vec![]).unwrap_err().message_id, messages::NOTHING_YET);
        let nobody = looked(&ApartBy::Suggested, vec![json!({"id": 1, "total": 5})]).unwrap_err();
        assert_eq!(nobody.message_id, messages::NO_NAMES);
        for odd in [json!([]), json!("x"), json!(null), json!({"": {"": ""}}), json!({"a.b": [[[1]]]})] {
            assert!(looked(&ApartBy::Suggested, vec![odd]).is_err(), "told, never a fault");
        }
    }

    #[test]
    fn a_field_that_every_event_has_is_chosen_before_others() {
        let found = ids(&[
            json!({"id": 1, "project": {"id": 4}, "client": {"id": 9}, "rows": [{"id": 2}]}),
            json!({"id": 2, "project": {"id": 5}, "client": {"id": 9}}),
        ]);
        assert_eq!(found, ["client.id", "id", "project.id"]);
    }
}

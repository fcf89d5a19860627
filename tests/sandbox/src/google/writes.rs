//! `people.get`, `searchContacts`, `createContact`, `updateContact` and `deleteContact` of the People API v1.
//!
//! As the document says: a mask of fields is required, what a mask names is replaced whole, a change needs the contact's current
//! etag and is answered 400 FAILED_PRECONDITION for another one, names and biographies hold one entry at most, a search finds by
//! the beginnings of names, addresses, numbers and employers, at most 30, and what is new only after an empty question.

use serde_json::{Map, Value, json};

use super::contacts::{Contacts, Entry, Person};
use super::people::{invalid, masked, person};
use super::{Wrong, wrong};
use crate::faults::{Fault, carried};
use crate::http::Request;

/// Results of a search at most.
const MOST: usize = 30;
/// What a mask of a change may name, of what this book holds.
const WRITABLE: [&str; 6] =
    ["biographies", "clientData", "emailAddresses", "names", "organizations", "phoneNumbers"];
/// Members of a person that a body may have besides.
const BESIDES: [&str; 4] = ["resourceName", "etag", "metadata", "memberships"];

pub(super) fn get(contacts: &Contacts, resource: &str, request: &Request) -> Result<Value, Wrong> {
    let fields = masked(request, "personFields")?;
    let entry = contacts.entry_of(resource).ok_or_else(missing)?;
    Ok(person(entry, &fields, contacts.turn))
}

pub(super) fn search(contacts: &mut Contacts, request: &Request) -> Result<Value, Wrong> {
    let fields = masked(request, "readMask")?;
    let size = match request.query("pageSize") {
        None | Some("0") => 10,
        Some(text) => text.parse::<usize>().map_err(|_| invalid())?.min(MOST),
    };
    let query = request.query("query").ok_or_else(invalid)?.to_lowercase();
    if query.is_empty() {
        contacts.refresh_search();
        return Ok(json!({}));
    }
    let begins = |text: &String| text.to_lowercase().starts_with(&query);
    let found: Vec<Value> = contacts
        .searchable()
        .filter(|entry| {
            let Person { given, family, emails, phones, company, .. } = &entry.person;
            let full = format!("{given} {family}");
            [given, family, &full, company].into_iter().chain(emails).chain(phones).any(begins)
        })
        .take(size)
        .map(|entry| json!({ "person": person(entry, &fields, contacts.turn) }))
        .collect();
    // What is empty is left out.
    Ok(if found.is_empty() { json!({}) } else { json!({ "results": found }) })
}

pub(super) fn create(contacts: &mut Contacts, request: &Request, faults: &[Fault]) -> Result<Value, Wrong> {
    let fields = shown(request)?;
    let body = body(request)?;
    let mut made = Person::default();
    apply(&mut made, &body, &WRITABLE, faults)?;
    let resource = contacts.add(made);
    let entry = contacts.entry_of(&resource).ok_or_else(missing)?;
    Ok(person(entry, &fields, 0))
}

pub(super) fn update(
    contacts: &mut Contacts,
    resource: &str,
    request: &Request,
    faults: &[Fault],
) -> Result<Value, Wrong> {
    let mask = request.query("updatePersonFields").filter(|mask| !mask.is_empty()).ok_or_else(invalid)?;
    let mask: Vec<&str> = mask.split(',').map(str::trim).collect();
    if mask.iter().any(|field| !WRITABLE.contains(field)) {
        return Err(invalid());
    }
    let fields = shown(request)?;
    let body = body(request)?;
    let held = contacts.entry_of(resource).ok_or_else(missing)?;
    let own = |etag: &Value| etag.as_str().map(str::to_owned);
    let sources = body.get("metadata").and_then(|metadata| metadata.get("sources")).and_then(Value::as_array);
    let given = body.get("etag").and_then(own);
    let of_source = sources.and_then(|sources| own(sources.first()?.get("etag")?));
    match (given, of_source) {
        (None, None) => return Err(invalid()),
        (Some(etag), _) if etag != etag_of(held) => return Err(stale()),
        (None, Some(etag)) if etag != format!("#{}", held.changed) => return Err(stale()),
        _ => {}
    }
    let mut person_now = held.person.clone();
    apply(&mut person_now, &body, &mask, faults)?;
    contacts.change(resource, |person| *person = person_now.clone());
    let entry = contacts.entry_of(resource).ok_or_else(missing)?;
    let mut shown = person(entry, &fields, contacts.turn);
    if contacts.etag_withheld
        && let Some(shown) = shown.as_object_mut()
    {
        shown.shift_remove("etag");
    }
    Ok(shown)
}

pub(super) fn delete(contacts: &mut Contacts, resource: &str) -> Result<Value, Wrong> {
    if contacts.delete(resource) { Ok(json!({})) } else { Err(missing()) }
}

pub(super) fn etag_of(entry: &Entry) -> String {
    format!("%EgUBAgMu{}", entry.changed)
}

fn missing() -> Wrong {
    wrong(404, "NOT_FOUND", None)
}

fn stale() -> Wrong {
    wrong(400, "FAILED_PRECONDITION", Some("failedPrecondition"))
}

/// Every field, where no mask says which.
fn shown(request: &Request) -> Result<Vec<String>, Wrong> {
    match request.query("personFields") {
        Some(_) => masked(request, "personFields"),
        None => Ok(WRITABLE.map(str::to_owned).into()),
    }
}

fn body(request: &Request) -> Result<Map<String, Value>, Wrong> {
    let Ok(Value::Object(body)) = serde_json::from_slice(&request.body) else { return Err(invalid()) };
    // A name that the message does not have is no JSON of it.
    let known = |name: &String| WRITABLE.contains(&name.as_str()) || BESIDES.contains(&name.as_str());
    if body.keys().all(known) { Ok(body) } else { Err(invalid()) }
}

/// Replaces what the mask names by what the body holds of it.
fn apply(
    person: &mut Person,
    body: &Map<String, Value>,
    mask: &[&str],
    faults: &[Fault],
) -> Result<(), Wrong> {
    for field in mask {
        let value = body.get(*field).cloned().unwrap_or_else(|| json!([]));
        let Some(value) = carried::stored(field, value, faults).map_err(|()| invalid())? else { continue };
        let mut entries = value.as_array().cloned().ok_or_else(invalid)?;
        // No order is promised: the main entry is the one that is marked.
        entries.sort_by_key(|entry| entry["metadata"]["sourcePrimary"] != true);
        let texts = |key: &str| -> Vec<String> {
            let text = |entry: &Value| entry.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
            entries.iter().map(text).collect()
        };
        let first = |key: &str| texts(key).into_iter().next().unwrap_or_default();
        let allowed: &[&str] = match *field {
            "names" => {
                &["givenName", "familyName", "middleName", "honorificPrefix", "honorificSuffix", "metadata"]
            }
            "emailAddresses" | "phoneNumbers" => {
                &["value", "type", "formattedType", "displayName", "metadata"]
            }
            "organizations" => &["name", "title", "department", "type", "formattedType", "metadata"],
            "biographies" => &["value", "contentType", "metadata"],
            _ => &["key", "value", "metadata"],
        };
        let odd = |entry: &Value| {
            entry.as_object().is_none_or(|entry| entry.keys().any(|key| !allowed.contains(&key.as_str())))
        };
        let single = ["names", "biographies"].contains(field);
        if entries.iter().any(odd) || single && entries.len() > 1 {
            return Err(invalid());
        }
        match *field {
            "names" => (person.given, person.family) = (first("givenName"), first("familyName")),
            "emailAddresses" => person.emails = texts("value"),
            "phoneNumbers" => person.phones = texts("value"),
            "organizations" => (person.company, person.title) = (first("name"), first("title")),
            "biographies" => person.notes = first("value"),
            _ => person.client_data = texts("key").into_iter().zip(texts("value")).collect(),
        }
    }
    Ok(())
}

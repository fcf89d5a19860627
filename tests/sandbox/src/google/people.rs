//! `people.connections.list` and `people.get` of the People API v1.

use serde_json::{Map, Value, json};

use super::contacts::{Contacts, Entry, PageToken, Person, Stale, SyncToken};
use super::{Wrong, wrong};
use crate::authority::CrmLogin;
use crate::http::Request;

/// Rows of a page where nothing is said.
const USUAL: usize = 100;
/// Rows of a page at most.
const MOST: usize = 1_000;
/// What a mask may name.
const FIELDS: [&str; 29] = [
    "addresses",
    "ageRanges",
    "biographies",
    "birthdays",
    "calendarUrls",
    "clientData",
    "coverPhotos",
    "emailAddresses",
    "events",
    "externalIds",
    "genders",
    "imClients",
    "interests",
    "locales",
    "locations",
    "memberships",
    "metadata",
    "miscKeywords",
    "names",
    "nicknames",
    "occupations",
    "organizations",
    "phoneNumbers",
    "photos",
    "relations",
    "sipAddresses",
    "skills",
    "urls",
    "userDefined",
];
const SOURCES: [&str; 3] =
    ["READ_SOURCE_TYPE_CONTACT", "READ_SOURCE_TYPE_PROFILE", "READ_SOURCE_TYPE_DOMAIN_CONTACT"];

pub(super) fn invalid() -> Wrong {
    wrong(400, "INVALID_ARGUMENT", None)
}

/// The fields that a mask names.
pub(super) fn masked(request: &Request, name: &str) -> Result<Vec<String>, Wrong> {
    let text = request.query(name).filter(|text| !text.is_empty()).ok_or_else(invalid)?;
    let fields: Vec<String> = text.split(',').map(|field| field.trim().to_owned()).collect();
    let known = fields.iter().all(|field| FIELDS.contains(&field.as_str()));
    if known { Ok(fields) } else { Err(invalid()) }
}

/// All parameters but those two that lead on.
fn parameters(request: &Request) -> String {
    let mut pairs: Vec<String> = request
        .query
        .iter()
        .filter(|(name, _)| name != "pageToken" && name != "syncToken")
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.sort();
    pairs.join("&")
}

pub(super) fn me(login: &CrmLogin, request: &Request) -> Result<Value, Wrong> {
    let fields = masked(request, "personFields")?;
    let mut person =
        json!({ "resourceName": format!("people/{}", login.account_id), "etag": "%EgUBLjc9Ag==" });
    if fields.iter().any(|field| field == "names") {
        person["names"] = json!([{ "metadata": { "primary": true }, "displayName": login.name }]);
    }
    if fields.iter().any(|field| field == "emailAddresses") {
        person["emailAddresses"] = json!([{ "metadata": { "primary": true }, "value": login.login }]);
    }
    Ok(person)
}

pub(super) fn connections(contacts: &mut Contacts, request: &Request) -> Result<Value, Wrong> {
    let fields = masked(request, "personFields")?;
    let size = match request.query("pageSize") {
        None => USUAL,
        Some(text) => text.parse().ok().filter(|size| (1..=MOST).contains(size)).ok_or_else(invalid)?,
    };
    let sources = request.query.iter().filter(|(name, _)| name == "sources");
    if sources.clone().any(|(_, source)| !SOURCES.contains(&source.as_str())) {
        return Err(invalid());
    }
    let wants_token = request.query("requestSyncToken") == Some("true");
    let asked = parameters(request);
    let sync = request.query("syncToken").filter(|token| !token.is_empty());
    let from: Option<SyncToken> = match sync.map(|token| contacts.sync(token)) {
        None => None,
        Some(Ok(held)) if held.asked == asked => Some(held),
        Some(Ok(_) | Err(Stale::Unknown)) => return Err(invalid()),
        Some(Err(Stale::Expired)) => {
            return Err(wrong(400, "FAILED_PRECONDITION", Some("EXPIRED_SYNC_TOKEN")));
        }
    };
    let with_sync = format!("{asked}&syncToken={}", sync.unwrap_or_default());
    let (after, began) = match request.query("pageToken").filter(|token| !token.is_empty()) {
        None => {
            if from.is_none() && wants_token && contacts.refuses_first_page() {
                return Err(wrong(429, "RESOURCE_EXHAUSTED", Some("RATE_LIMIT_EXCEEDED")));
            }
            (0, contacts.now())
        }
        Some(token) => {
            let page = contacts.page(token).filter(|page| page.asked == with_sync).ok_or_else(invalid)?;
            (page.after, page.began)
        }
    };
    let all = contacts.since(from.as_ref().map(|from| from.known));
    let rest: Vec<&Entry> = all.iter().filter(|entry| entry.changed > after).collect();
    let shown = &rest[..size.min(rest.len())];
    let turn = contacts.turn;
    let people: Vec<Value> = shown.iter().map(|entry| person(entry, &fields, turn)).collect();
    let mut reply = Map::new();
    // What is empty or zero is left out, as in all JSON made from protocol buffers.
    if !people.is_empty() {
        reply.insert("connections".to_owned(), people.into());
    }
    if !all.is_empty() {
        reply.insert("totalPeople".to_owned(), all.len().into());
        reply.insert("totalItems".to_owned(), all.len().into());
    }
    let last = shown.last().map(|entry| entry.changed);
    match last.filter(|_| rest.len() > shown.len()) {
        Some(after) => {
            let token = contacts.give_page(PageToken { asked: with_sync, after, began });
            reply.insert("nextPageToken".to_owned(), token.into());
        }
        None if wants_token => {
            let token = contacts.give_sync(&asked, began, from.as_ref());
            reply.insert("nextSyncToken".to_owned(), token.into());
        }
        None => {}
    }
    Ok(reply.into())
}

pub(super) fn person(entry: &Entry, fields: &[String], turn: usize) -> Value {
    let Person { resource, given, family, emails, phones, company, title, notes, client_data } =
        &entry.person;
    let wanted = |name: &str| fields.iter().any(|field| field == name);
    // The contact's own id is the number of its resource, in another notation.
    let number: u64 = resource.trim_start_matches("people/c").parse().unwrap_or_default();
    let id = format!("{number:x}");
    let source = json!({ "type": "CONTACT", "id": id });
    let mut shown = Map::new();
    shown.insert("resourceName".to_owned(), resource.as_str().into());
    shown.insert("etag".to_owned(), super::writes::etag_of(entry).into());
    if wanted("metadata") {
        let mut metadata = json!({
            "sources": [{ "type": "CONTACT", "id": id, "etag": format!("#{}", entry.changed) }],
            "objectType": "PERSON",
        });
        if entry.deleted {
            metadata["deleted"] = true.into();
        }
        shown.insert("metadata".to_owned(), metadata);
    }
    if entry.deleted {
        return shown.into();
    }
    let mut put = |name: &str, mut entries: Vec<Value>| {
        if entries.is_empty() || !wanted(name) {
            return;
        }
        for (at, one) in entries.iter_mut().enumerate() {
            one["metadata"] = json!({ "source": source });
            if at == 0 {
                one["metadata"]["primary"] = true.into();
                one["metadata"]["sourcePrimary"] = true.into();
            }
        }
        // No order is promised.
        let by = turn % entries.len();
        entries.rotate_left(by);
        shown.insert(name.to_owned(), entries.into());
    };
    let full = format!("{given} {family}").trim().to_owned();
    if !full.is_empty() {
        let mut name = json!({ "displayName": full, "unstructuredName": full });
        for (part, text) in [("givenName", given), ("familyName", family)] {
            if !text.is_empty() {
                name[part] = text.as_str().into();
            }
        }
        put("names", vec![name]);
    }
    let email = |text: &String| json!({ "value": text, "type": "home", "formattedType": "Home" });
    put("emailAddresses", emails.iter().map(email).collect());
    let phone = |text: &String| json!({ "value": text, "type": "mobile", "formattedType": "Mobile" });
    put("phoneNumbers", phones.iter().map(phone).collect());
    if !company.is_empty() || !title.is_empty() {
        let mut work = json!({ "type": "work", "formattedType": "Work" });
        for (part, text) in [("name", company), ("title", title)] {
            if !text.is_empty() {
                work[part] = text.as_str().into();
            }
        }
        put("organizations", vec![work]);
    }
    if !notes.is_empty() {
        put("biographies", vec![json!({ "value": notes, "contentType": "TEXT_PLAIN" })]);
    }
    let data = |(key, value): &(String, String)| json!({ "key": key, "value": value });
    put("clientData", client_data.iter().map(data).collect());
    let group = json!({
        "contactGroupId": "myContacts", "contactGroupResourceName": "contactGroups/myContacts",
    });
    put("memberships", vec![json!({ "contactGroupMembership": group })]);
    shown.into()
}

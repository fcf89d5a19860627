//! A recording of a browser's developer tools (HTTP Archive 1.2): the requests that were answered with a list as JSON.
//!
//! Recordings are large and mostly pictures and scripts, so that only answers that can be a list are looked into, one after
//! the other.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hub_core::ports::Secret;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value as Json;
use url::Url;

use super::request::{Sent, taken};
use super::sample::seen;
use super::{Candidate, KnownFields, MOST, Note, Pasted, PastedError, PastedKind, label, rank, unread};
use crate::rest::recognise::find;

/// Entries that are looked at.
const MOST_ENTRIES: usize = 20_000;

#[derive(Deserialize)]
struct Recording {
    log: Log,
}

#[derive(Deserialize)]
struct Log {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    request: Request,
    response: Response,
}

#[derive(Deserialize)]
struct Request {
    #[serde(default)]
    method: String,
    #[serde(default)]
    url: Hidden,
    #[serde(default)]
    headers: Vec<Header>,
    #[serde(default)]
    cookies: Vec<IgnoredAny>,
}

#[derive(Deserialize)]
struct Header {
    name: String,
    #[serde(default)]
    value: Hidden,
}

#[derive(Deserialize)]
struct Response {
    #[serde(default)]
    status: f64,
    #[serde(default)]
    content: Content,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Content {
    #[serde(default)]
    mime_type: Option<String>,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    encoding: Option<String>,
}

/// A text that may hold a key.
struct Hidden(Secret);

impl Default for Hidden {
    fn default() -> Hidden {
        Hidden(Secret::new(""))
    }
}

impl<'de> Deserialize<'de> for Hidden {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Hidden, D::Error> {
        String::deserialize(deserializer).map(|text| Hidden(Secret::new(text)))
    }
}

/// Whether a JSON text with a member `log` is a recording.
pub(super) fn looks_like(text: &str) -> bool {
    #[derive(Deserialize)]
    struct Probe {
        log: Inner,
    }
    #[derive(Deserialize)]
    struct Inner {
        #[serde(rename = "entries")]
        _entries: Vec<IgnoredAny>,
    }
    serde_json::from_str::<Probe>(text).is_ok_and(|Probe { log: Inner { .. } }| true)
}

/// A list of the recording.
struct Recorded<'a> {
    /// How likely it is the one, as far as names say so, and its number of records.
    points: (usize, usize),
    candidate: Candidate,
    response: &'a Response,
}

pub(super) fn read(text: &str, known: &KnownFields) -> Result<Pasted, PastedError> {
    let recording: Recording = serde_json::from_str(text).map_err(unread)?;
    let mut lists: Vec<Recorded<'_>> = Vec::new();
    let mut notes = Vec::new();
    let mut by_other_methods = false;
    for Entry { request, response } in recording.log.entries.iter().take(MOST_ENTRIES) {
        let Some(json) = answer(response) else { continue };
        let Some(list) = find::list(&json).filter(|list| !list.rows.is_empty()) else { continue };
        if !request.method.eq_ignore_ascii_case("GET") {
            by_other_methods = true;
            continue;
        }
        let Ok(url) = Url::parse(request.url.0.expose()) else { continue };
        let headers = request.headers.iter().map(|header| (header.name.clone(), header.value.0.clone()));
        let sent = Sent { headers: headers.collect(), cookies: !request.cookies.is_empty(), ..Sent::to(url) };
        // What is no address of the web is no list that can be read.
        let Ok((candidate, further)) = taken(sent) else { continue };
        notes.extend(further.into_iter().filter(|note| !notes.contains(note)).collect::<Vec<Note>>());
        let points = (list.likeness() * 4 + rank::of_path(&candidate.label), list.rows.len());
        fold(&mut lists, Recorded { points, candidate, response });
    }
    // Stable: of lists that are equally likely the one that was asked for first.
    lists.sort_by_key(|one| std::cmp::Reverse(one.points));
    // Telling what the fields are takes a while for each list.
    if lists.len() > MOST {
        lists.truncate(MOST);
        notes.push(Note::LeftOut);
    }
    let mut found: Vec<((usize, u64), Candidate)> =
        lists.into_iter().filter_map(|one| told(one, known)).collect();
    if found.is_empty() {
        return Err(if by_other_methods { PastedError::NoGetRecorded } else { PastedError::NoListRecorded });
    }
    found.sort_by_key(|(points, _)| std::cmp::Reverse(*points));
    let candidates = found.into_iter().map(|(_, candidate)| named(candidate)).collect();
    Ok(Pasted::new(PastedKind::Har, candidates, notes))
}

/// A list with its fields, and how likely it is the one by what they are.
fn told(list: Recorded<'_>, known: &KnownFields) -> Option<((usize, u64), Candidate)> {
    let seen = seen(&answer(list.response)?, known)?;
    let uses = seen.fields.iter().flat_map(|field| field.uses.iter().map(String::as_str));
    let points = rank::of_uses(uses) + rank::of_path(&list.candidate.label);
    let rows = seen.rows.unwrap_or_default();
    Some(((points, rows), Candidate { seen: Some(seen), ..list.candidate }))
}

/// Several pages of a list are one list: the first is kept, with the key of whichever has one.
fn fold<'a>(lists: &mut Vec<Recorded<'a>>, new: Recorded<'a>) {
    /// Lists that are told apart; a recording of a browser has far fewer.
    const MOST_LISTS: usize = 500;
    let held = lists.iter_mut().find(|held| held.candidate.address == new.candidate.address);
    let Some(held) = held else {
        if lists.len() < MOST_LISTS {
            lists.push(new);
        }
        return;
    };
    held.points = held.points.max(new.points);
    if held.candidate.key.is_none() && new.candidate.key.is_some() {
        held.candidate.key = new.candidate.key;
        held.candidate.signed = new.candidate.signed;
    }
}

/// Two lists may have one path at two servers: the host is part of the name.
fn named(candidate: Candidate) -> Candidate {
    let host = candidate.address.as_deref().and_then(|address| Url::parse(address).ok());
    let host = host.as_ref().and_then(Url::host_str).unwrap_or_default();
    Candidate { label: label(&format!("{host}{}", candidate.label)), ..candidate }
}

/// The JSON of an answer. Recordings keep bodies as text or in base64, and servers call JSON many things.
fn answer(response: &Response) -> Option<Json> {
    let Content { mime_type, text, encoding } = &response.content;
    let text = text.as_deref()?;
    let told = mime_type.as_deref().is_some_and(|mime| mime.to_ascii_lowercase().contains("json"));
    if !(200.0..300.0).contains(&response.status) {
        return None;
    }
    if encoding.as_deref().is_some_and(|encoding| encoding.eq_ignore_ascii_case("base64")) {
        // A picture is not decoded: it says what it is.
        let maybe =
            told || mime_type.as_deref().is_none_or(|mime| mime.starts_with("text/") || mime.is_empty());
        let bytes = maybe.then(|| STANDARD.decode(text.trim()).ok()).flatten()?;
        return json(std::str::from_utf8(&bytes).ok()?);
    }
    json(text)
}

fn json(text: &str) -> Option<Json> {
    // Scripts and pages are told by their first letter. Some servers put a line before JSON, so that no script can include it.
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let text = text.strip_prefix(")]}'").map_or(text, |rest| rest.trim_start_matches(',').trim_start());
    if !text.starts_with(['{', '[']) {
        return None;
    }
    serde_json::from_str(text).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::SignedBy;
    use super::*;

    fn entry(method: &str, url: &str, headers: &Json, content: &Json) -> Json {
        json!({
            "startedDateTime": "2026-05-14T08:00:00.000Z", "time": 12.5,
            "request": {"method": method, "url": url, "httpVersion": "HTTP/2", "headers": headers, "cookies": [],
                "queryString": [], "headersSize": -1, "bodySize": 0},
            "response": {"status": 200, "statusText": "", "headers": [], "cookies": [], "content": content,
                "redirectURL": "", "headersSize": -1, "bodySize": -1},
            "cache": {}, "timings": {"send": 0, "wait": 1, "receive": 1},
        })
    }

    fn recording(entries: &[Json]) -> String {
        json!({"log": {"version": "1.2", "creator": {"name": "a browser", "version": "1"}, "entries": entries}})
            .to_string()
    }

    fn as_json(body: &Json) -> Json {
        json!({"size": 1, "mimeType": "application/json; charset=utf-8", "text": body.to_string()})
    }

    fn people(from: u64) -> Json {
        json!({"data": [
            {"id": from, "first_name": "Ann", "email": "ann@example.com", "wedding_date": "2026-06-13"},
            {"id": from + 1, "first_name": "Cy", "email": "cy@example.com", "wedding_date": "2026-07-01"},
        ]})
    }

    fn look(entries: &[Json]) -> Result<Pasted, PastedError> {
        read(&recording(entries), &KnownFields::new())
    }

    #[test]
    fn the_list_of_clients_comes_first_and_its_pages_are_one() {
        let key = json!([{"name": "authorization", "value": "Bearer k3y-abcdef12"}, {"name": "cookie", "value": "a=b"}]);
        let tags =
            json!([{"id": 1, "label": "VIP"}, {"id": 2, "label": "2026"}, {"id": 3, "label": "Spring"}]);
        let base64 = STANDARD.encode(people(3).to_string());
        let pasted = look(&[
            entry(
                "GET",
                "https://crm.example/",
                &json!([]),
                &json!({"mimeType": "text/html", "text": "<html>"}),
            ),
            entry(
                "GET",
                "https://crm.example/logo",
                &json!([]),
                &json!({"mimeType": "image/png", "text": "iVBO", "encoding": "base64"}),
            ),
            entry("GET", "https://crm.example/api/tags", &key, &as_json(&tags)),
            entry("GET", "https://crm.example/api/people?page=1&sort=name", &json!([]), &as_json(&people(1))),
            entry(
                "GET",
                "https://crm.example/api/people?page=2&sort=name",
                &key,
                &json!({"mimeType": "application/json", "text": base64, "encoding": "base64"}),
            ),
            entry("GET", "https://crm.example/api/me", &key, &as_json(&json!({"id": 1, "name": "Studio"}))),
        ])
        .unwrap();
        let labels: Vec<&str> = pasted.candidates.iter().map(|one| one.label.as_str()).collect();
        assert_eq!(
            labels,
            ["crm.example/api/people", "crm.example/api/tags"],
            "the likeliest first, each once"
        );
        let first = &pasted.candidates[0];
        assert_eq!(first.address.as_deref(), Some("https://crm.example/api/people?sort=name"));
        assert_eq!(first.signed, Some(SignedBy::Bearer), "the second page knew the key");
        assert_eq!(first.key.as_ref().unwrap().expose(), "k3y-abcdef12");
        let list = first.seen.as_ref().unwrap();
        assert_eq!((list.list.as_str(), list.id.as_deref(), list.rows), ("data", Some("id"), Some(2)));
        assert_eq!(pasted.notes, [Note::Cookies], "a cookie is told and not used");
    }

    #[test]
    fn a_recording_without_such_a_list_says_so() {
        let page = entry(
            "GET",
            "https://crm.example/",
            &json!([]),
            &json!({"mimeType": "text/html", "text": "<html>"}),
        );
        assert!(matches!(look(std::slice::from_ref(&page)), Err(PastedError::NoListRecorded)));
        assert!(matches!(look(&[]), Err(PastedError::NoListRecorded)));
        // As a browser saves it when bodies were not asked for.
        let empty = entry(
            "GET",
            "https://crm.example/api/people",
            &json!([]),
            &json!({"mimeType": "application/json", "size": 9}),
        );
        assert!(matches!(look(&[page, empty]), Err(PastedError::NoListRecorded)));
        let post = entry("POST", "https://crm.example/graphql", &json!([]), &as_json(&people(1)));
        assert!(matches!(look(&[post]), Err(PastedError::NoGetRecorded)));
        let socket = entry("GET", "wss://crm.example/socket", &json!([]), &as_json(&people(1)));
        assert!(matches!(look(&[socket]), Err(PastedError::NoListRecorded)));
    }

    #[test]
    fn a_line_against_inclusion_is_passed_over() {
        let text = format!(")]}}',\n{}", people(1));
        let guarded = entry(
            "GET",
            "https://crm.example/api/people",
            &json!([]),
            &json!({"mimeType": "application/json", "text": text}),
        );
        assert_eq!(look(&[guarded]).unwrap().candidates.len(), 1);
    }

    #[test]
    fn another_shape_is_refused_and_not_quoted() {
        let text = r#"{"log": {"entries": [{"request": "k3y-abcdef12"}]}}"#;
        let error = read(text, &KnownFields::new()).unwrap_err();
        assert!(matches!(error, PastedError::NotJson(_)));
        assert!(!format!("{error:?} {:?}", error.message()).contains("k3y"), "nothing of the text");
    }
}

//! `calendarList.list` and `events.list` of the Calendar API v3 (discovery document calendar.v3).
//!
//! As that document says it: a page holds at most 2,500 events (250 of the list of calendars), and may hold none although there
//! are more; the token by which what changed is read stands on the last page alone, is not to be had in another order, and
//! may not be shown beside what narrows a list; all other parameters stay the same; what was deleted is told then whether it
//! is asked for or not. A token that ran out is answered with 410.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use super::calendar::{Calendar, Calendars, Entry, PageToken, Stale, SyncToken, When, instant};
use super::mask::Mask;
use crate::http::{Request, Response};

/// Parameters of `events.list`.
const EVENTS: [&str; 21] = [
    "alt",
    "alwaysIncludeEmail",
    "eventTypes",
    "fields",
    "iCalUID",
    "maxAttendees",
    "maxResults",
    "orderBy",
    "pageToken",
    "prettyPrint",
    "privateExtendedProperty",
    "q",
    "sharedExtendedProperty",
    "showDeleted",
    "showHiddenInvitations",
    "singleEvents",
    "syncToken",
    "timeMax",
    "timeMin",
    "timeZone",
    "updatedMin",
];
/// Those that may not stand beside a sync token.
const NOT_WITH_A_TOKEN: [&str; 8] = [
    "iCalUID",
    "orderBy",
    "privateExtendedProperty",
    "q",
    "sharedExtendedProperty",
    "timeMin",
    "timeMax",
    "updatedMin",
];
/// Parameters of `calendarList.list`.
const LISTED: [&str; 9] = [
    "alt",
    "fields",
    "maxResults",
    "minAccessRole",
    "pageToken",
    "prettyPrint",
    "showDeleted",
    "showHidden",
    "syncToken",
];
/// Roles, each of which may more than the one before.
const ROLES: [&str; 4] = ["freeBusyReader", "reader", "writer", "owner"];

/// What went wrong, as the Calendar API tells it.
pub(super) struct Refused {
    code: u16,
    domain: &'static str,
    reason: &'static str,
}

pub(super) fn refused(code: u16, domain: &'static str, reason: &'static str) -> Refused {
    Refused { code, domain, reason }
}

fn invalid() -> Refused {
    refused(400, "global", "invalid")
}

impl From<Refused> for Response {
    fn from(refused: Refused) -> Response {
        let Refused { code, domain, reason } = refused;
        let message = "The request was not carried out.";
        let error = json!({
            "errors": [{ "domain": domain, "reason": reason, "message": message }],
            "code": code,
            "message": message,
        });
        Response::json(code, json!({ "error": error }).to_string().into_bytes())
    }
}

fn known(request: &Request, names: &[&str]) -> Result<(), Refused> {
    let all = request.query.iter().all(|(name, _)| names.contains(&name.as_str()));
    if all { Ok(()) } else { Err(invalid()) }
}

fn flag(request: &Request, name: &str) -> Result<bool, Refused> {
    match request.query(name) {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(invalid()),
    }
}

fn size(request: &Request, usual: usize, most: usize) -> Result<usize, Refused> {
    match request.query("maxResults") {
        None => Ok(usual),
        Some(text) => text.parse().ok().filter(|size| (1..=most).contains(size)).ok_or_else(invalid),
    }
}

fn mask(request: &Request) -> Result<Option<Mask>, Refused> {
    request.query("fields").map(|text| Mask::parse(text).ok_or_else(invalid)).transpose()
}

/// All parameters but those that lead on, and those that only the first reading may have.
fn parameters(request: &Request) -> String {
    let mut pairs: Vec<String> = request
        .query
        .iter()
        .filter(|(name, _)| !["pageToken", "syncToken"].contains(&name.as_str()))
        .filter(|(name, _)| !NOT_WITH_A_TOKEN.contains(&name.as_str()))
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.sort();
    pairs.join("&")
}

pub(super) fn calendars(calendars: &mut Calendars, request: &Request) -> Result<Value, Refused> {
    known(request, &LISTED)?;
    let most = size(request, 100, 250)?;
    let hidden = flag(request, "showHidden")?;
    let least = match request.query("minAccessRole") {
        None => 0,
        Some(role) => ROLES.iter().position(|held| *held == role).ok_or_else(invalid)?,
    };
    let masked = mask(request)?;
    let may = |calendar: &&Calendar| ROLES.iter().position(|held| *held == calendar.role) >= Some(least);
    let all: Vec<&Calendar> =
        calendars.list.iter().filter(may).filter(|calendar| hidden || !calendar.hidden).collect();
    let from: usize = match request.query("pageToken") {
        None => 0,
        Some(text) => text.strip_prefix("list-").and_then(|text| text.parse().ok()).ok_or_else(invalid)?,
    };
    let shown: Vec<Value> = all.iter().skip(from).take(most).map(|calendar| entry_of(calendar)).collect();
    let end = from + shown.len();
    let mut reply = json!({ "kind": "calendar#calendarList", "etag": "\"p33o\"", "items": shown });
    if end < all.len() {
        reply["nextPageToken"] = format!("list-{end}").into();
    } else {
        reply["nextSyncToken"] = "CKDlist".into();
    }
    masked.map_or(Ok(reply.clone()), |mask| mask.of(&reply).ok_or_else(invalid))
}

fn entry_of(calendar: &Calendar) -> Value {
    let Calendar { id, title, role, selected, hidden, .. } = calendar;
    let mut told = json!({
        "kind": "calendar#calendarListEntry", "etag": "\"17\"", "id": id, "summary": title,
        "timeZone": "Europe/London", "accessRole": role, "colorId": "14",
    });
    // Each is told only where it is so.
    for (name, is) in [("selected", selected), ("hidden", hidden), ("primary", &(id == Calendars::MAIN))] {
        if *is {
            told[name] = true.into();
        }
    }
    told
}

pub(super) fn events(calendars: &mut Calendars, id: &str, request: &Request) -> Result<Value, Refused> {
    let missing = || refused(404, "global", "notFound");
    let calendar = calendars.list.iter().find(|calendar| calendar.id == id).cloned().ok_or_else(missing)?;
    if calendar.lost {
        return Err(missing());
    }
    if calendar.role == "freeBusyReader" {
        return Err(refused(403, "global", "forbidden"));
    }
    known(request, &EVENTS)?;
    let most = size(request, 250, 2_500)?;
    let (deleted, single) = (flag(request, "showDeleted")?, flag(request, "singleEvents")?);
    let ordered = match request.query("orderBy") {
        None => false,
        Some("startTime") if single => true,
        Some("updated") => false,
        Some(_) => return Err(invalid()),
    };
    let invited: usize = match request.query("maxAttendees") {
        None => usize::MAX,
        Some(text) => text.parse().ok().filter(|most| *most > 0).ok_or_else(invalid)?,
    };
    let masked = mask(request)?;
    let asked = parameters(request);
    let sync = request.query("syncToken");
    if sync.is_some()
        && (request.query.iter().any(|(name, _)| NOT_WITH_A_TOKEN.contains(&name.as_str()))
            || request.query("showDeleted") == Some("false"))
    {
        return Err(invalid());
    }
    let from: Option<SyncToken> = match sync.map(|token| calendars.sync(token)) {
        None => None,
        Some(Ok(held)) if held.asked == asked && held.calendar == id => Some(held),
        Some(Ok(_) | Err(Stale::Unknown)) => return Err(invalid()),
        Some(Err(Stale::Expired)) => return Err(refused(410, "calendar", "fullSyncRequired")),
    };
    let span = (bound(request, "timeMin")?, bound(request, "timeMax")?);
    let whole = format!("{}&{}", request.query("orderBy").unwrap_or_default(), asked);
    let with_sync = format!("{whole}&{}&{span:?}", sync.unwrap_or_default());
    let (after, began) = match request.query("pageToken") {
        None => (None, calendars.now()),
        Some(token) => {
            let page = calendars.page(token).filter(|page| page.asked == with_sync && page.calendar == id);
            page.map(|page| (page.after, page.began)).ok_or_else(invalid)?
        }
    };
    let mut all = calendars.told(id, from.as_ref().map(|from| from.known), single);
    all.retain(|entry| {
        let shown = deleted || from.is_some() || entry.event.status != "cancelled";
        shown && entry.changed <= began && within(entry, span)
    });
    let place = |entry: &Entry| {
        let first = if ordered { begins(entry).as_second() } else { entry.changed as i64 };
        (first, entry.event.id.clone())
    };
    all.sort_by_key(place);
    let told = all.partition_point(|entry| after.as_ref().is_some_and(|after| place(entry) <= *after));
    let rest = &all[told..];
    let empty = calendars.empty_pages > 0 && !rest.is_empty();
    calendars.empty_pages = calendars.empty_pages.saturating_sub(u32::from(empty));
    let shown = &rest[..if empty { 0 } else { most.min(rest.len()) }];
    let items: Vec<Value> = shown.iter().map(|entry| event(entry, &calendar, invited)).collect();
    let mut reply = json!({
        "kind": "calendar#events", "etag": "\"p32c\"", "summary": calendar.title,
        "updated": "2026-05-14T08:00:00.000Z", "timeZone": "Europe/London", "accessRole": calendar.role,
        "defaultReminders": [], "items": items,
    });
    if shown.len() < rest.len() {
        let after = shown.last().map(place).or(after);
        let page = PageToken { calendar: id.to_owned(), asked: with_sync, after, began };
        reply["nextPageToken"] = calendars.give_page(page).into();
    } else if request.query("orderBy").is_none() && !calendars.without_token {
        reply["nextSyncToken"] = calendars.give_sync(id, &asked, began).into();
    }
    masked.map_or(Ok(reply.clone()), |mask| mask.of(&reply).ok_or_else(invalid))
}

fn bound(request: &Request, name: &str) -> Result<Option<Timestamp>, Refused> {
    request.query(name).map(|text| text.parse().map_err(|_| invalid())).transpose()
}

fn begins(entry: &Entry) -> Timestamp {
    match &entry.event.when {
        When::Days(first, _) => instant(first.at(0, 0, 0, 0), "Europe/London"),
        When::Times(from, _, zone) => instant(*from, zone),
    }
}

fn within(entry: &Entry, (from, until): (Option<Timestamp>, Option<Timestamp>)) -> bool {
    let ends = match &entry.event.when {
        When::Days(_, after) => instant(after.at(0, 0, 0, 0), "Europe/London"),
        When::Times(_, to, zone) => instant(*to, zone),
    };
    from.is_none_or(|from| ends > from) && until.is_none_or(|until| begins(entry) < until)
}

fn event(entry: &Entry, calendar: &Calendar, most: usize) -> Value {
    let event = &entry.event;
    let mut told = Map::new();
    let mut put = |name: &str, value: Value| told.insert(name.to_owned(), value);
    put("kind", "calendar#event".into());
    put("etag", format!("\"{}\"", 3_392_561_571_006_000 + entry.changed).into());
    put("id", event.id.as_str().into());
    put("status", event.status.into());
    let original = event.instance_of.as_ref().map(|(series, original)| {
        put("recurringEventId", series.as_str().into());
        json!({ "dateTime": stamp(*original, "Europe/London"), "timeZone": "Europe/London" })
    });
    if let Some(original) = original {
        put("originalStartTime", original);
    }
    if entry.bare {
        return told.into();
    }
    for (name, text) in [("summary", &event.title), ("location", &event.place), ("description", &event.words)]
    {
        if !text.is_empty() {
            put(name, text.as_str().into());
        }
    }
    put("htmlLink", format!("https://www.google.com/calendar/event?eid={}", event.id).into());
    put("created", "2026-01-02T10:00:00.000Z".into());
    put("updated", format!("2026-05-14T08:00:00.{:03}Z", entry.changed % 1_000).into());
    let creator = json!({ "email": Calendars::MAIN, "self": calendar.id == Calendars::MAIN });
    put("creator", creator);
    let organizer = event.organizer.as_deref().unwrap_or(&calendar.id);
    let mut organized = json!({ "email": organizer });
    if organizer == calendar.id {
        organized["self"] = true.into();
    } else {
        let mut invited = vec![
            json!({ "email": organizer, "organizer": true, "responseStatus": "accepted" }),
            json!({ "email": calendar.id, "self": true, "responseStatus": event.answer }),
        ];
        // With more of them than are asked for, the person alone is told.
        if most < invited.len() {
            invited.remove(0);
        }
        put("attendees", invited.into());
    }
    put("organizer", organized);
    put("iCalUID", event.uid.as_str().into());
    put("sequence", 0.into());
    put("eventType", event.kind.into());
    let (start, end) = match &event.when {
        When::Days(first, after) => {
            (json!({ "date": first.to_string() }), json!({ "date": after.to_string() }))
        }
        When::Times(from, to, zone) => {
            let at = |at| json!({ "dateTime": stamp(at, zone), "timeZone": zone });
            (at(*from), at(*to))
        }
    };
    put("start", start);
    put("end", end);
    if let Some((days, times)) = event.repeats {
        let count = if times == 0 { String::new() } else { format!(";COUNT={times}") };
        put("recurrence", json!([format!("RRULE:FREQ=DAILY;INTERVAL={days}{count}")]));
    }
    told.into()
}

/// A time as it is told: on the clocks of the studio's calendar, whatever zone it was entered in.
fn stamp(at: jiff::civil::DateTime, zone: &str) -> String {
    let own = TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC);
    instant(at, zone).to_zoned(own).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

//! The definition of Google Calendar held against what Google publishes of it.

use hub_connectors::definition::{Auth, ListPages};
use hub_connectors::embedded;

/// Facts of the discovery document calendar.v3 (gh:googleapis/google-api-go-client:calendar/v3/calendar-api.json,
/// `calendar.calendarList.list` and `calendar.events.list`), against which the definition is held.
pub(crate) mod published {
    pub(crate) const BASE: &str = "https://www.googleapis.com/calendar/v3";
    pub(crate) const LIST: &str = "/users/me/calendarList";
    pub(crate) const LIST_PARAMETERS: [&str; 7] =
        ["fields", "maxResults", "minAccessRole", "pageToken", "showDeleted", "showHidden", "syncToken"];
    pub(crate) const LARGEST_LIST: u32 = 250;
    pub(crate) const PARAMETERS: [&str; 19] = [
        "alwaysIncludeEmail",
        "eventTypes",
        "fields",
        "iCalUID",
        "maxAttendees",
        "maxResults",
        "orderBy",
        "pageToken",
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
    /// What cannot be specified together with a sync token.
    pub(crate) const NOT_WITH_A_TOKEN: [&str; 8] = [
        "iCalUID",
        "orderBy",
        "privateExtendedProperty",
        "q",
        "sharedExtendedProperty",
        "timeMin",
        "timeMax",
        "updatedMin",
    ];
    pub(crate) const LARGEST_PAGE: u32 = 2_500;
    pub(crate) const CALENDAR: [&str; 8] =
        ["accessRole", "hidden", "id", "primary", "selected", "summary", "summaryOverride", "timeZone"];
    /// Fields of an event, those of its parts behind a dot.
    pub(crate) const EVENT: [&str; 22] = [
        "attendees",
        "attendees.responseStatus",
        "attendees.self",
        "description",
        "end.date",
        "end.dateTime",
        "end",
        "etag",
        "eventType",
        "iCalUID",
        "id",
        "location",
        "organizer.self",
        "originalStartTime",
        "originalStartTime.date",
        "originalStartTime.dateTime",
        "recurringEventId",
        "start",
        "start.date",
        "start.dateTime",
        "status",
        "summary",
    ];
    /// Scopes of both lists, and that of the account.
    pub(crate) const READ_ONLY: &str = "https://www.googleapis.com/auth/calendar.readonly";
    pub(crate) const SCOPES: [&str; 4] = [
        "https://www.googleapis.com/auth/calendar",
        "https://www.googleapis.com/auth/calendar.events",
        "https://www.googleapis.com/auth/calendar.events.readonly",
        READ_ONLY,
    ];
    pub(crate) const ACCOUNT: &str = "https://www.googleapis.com/auth/userinfo.email";
}

#[test]
fn every_parameter_field_and_scope_is_a_published_one() {
    let definition = embedded("google_calendar").unwrap().unwrap();
    let api = definition.routes.api.as_ref().expect("an API");
    let list = api.list().expect("one list");
    let token = list.sync_token.as_ref().expect("a token");
    let each = list.each.as_ref().expect("for each calendar");
    assert_eq!(api.base_url.as_deref(), Some(published::BASE));
    assert_eq!(
        (each.path.as_str(), list.path.as_str(), each.after.as_str()),
        (published::LIST, "/calendars/", "/events")
    );
    let page = |pages: &ListPages| match pages {
        ListPages::Cursor { next, param } => (next.clone(), param.clone()),
        other => panic!("page tokens, not {}", other.as_str()),
    };
    assert_eq!(page(&list.pages), ("nextPageToken".to_owned(), "pageToken".to_owned()));
    assert_eq!(page(&each.pages), page(&list.pages));
    let sent = list.params.keys().chain(list.look.keys()).chain(token.ask.keys()).chain([&token.param]);
    for name in sent.chain(&each.look_from) {
        assert!(published::PARAMETERS.contains(&name.as_str()), "?{name}");
    }
    for name in list.params.keys().chain(token.ask.keys()) {
        assert!(!published::NOT_WITH_A_TOKEN.contains(&name.as_str()), "?{name} beside a token");
    }
    assert_eq!(
        list.params.get("showDeleted").map(String::as_str),
        Some("true"),
        "false is not allowed beside one"
    );
    for name in each.params.keys() {
        assert!(published::LIST_PARAMETERS.contains(&name.as_str()), "?{name}");
    }
    let size = |text: &str| text.parse::<u32>().unwrap();
    assert!((1..=published::LARGEST_PAGE).contains(&size(&list.params["maxResults"])));
    assert!((1..=published::LARGEST_LIST).contains(&size(&each.params["maxResults"])));
    assert_eq!(
        (list.records.as_str(), token.next.as_str(), each.records.as_str()),
        ("items", "nextSyncToken", "items")
    );
    assert_eq!((token.deleted.path.as_str(), token.deleted.is.as_str()), ("status", "cancelled"));

    let of_calendar = each.any.iter().map(|only| &only.path).chain(&each.told).chain([&each.id]);
    for path in of_calendar {
        assert!(published::CALENDAR.contains(&path.as_str()), "{path}");
        assert!(each.params["fields"].contains(path.as_str()), "{path} is asked for");
    }
    let read = definition.appointments.as_ref().expect("what an event is");
    let declined = read.declined.as_ref().expect("who declined");
    let below = [&declined.who, &declined.says].map(|only| format!("{}.{}", declined.list, only.path));
    let paths: Vec<&String> = read
        .fields
        .values()
        .chain([&read.start.day, &read.start.at, &read.end.day, &read.end.at, &list.id])
        .chain(&read.same)
        .chain(&list.version)
        .chain(&token.still)
        .chain(list.leave_out.iter().map(|only| &only.path))
        .chain(read.own.iter().map(|only| &only.path))
        .chain(read.repeated.iter().map(|repeated| &repeated.path))
        .chain(&below)
        .collect();
    let mask = &list.params["fields"];
    for path in paths {
        assert!(published::EVENT.contains(&path.as_str()), "{path}");
        let (part, field) = path.split_once('.').unwrap_or((path, ""));
        let whole = [format!("{part},"), format!("{part}/{field}")].iter().any(|asked| mask.contains(asked));
        let some = mask.split_once(&format!("{part}(")).is_some_and(|(_, below)| below.contains(field));
        assert!(whole || some, "{path} is asked for");
    }
    let Auth::Oauth2(oauth) = &api.auth else { panic!("OAuth 2.0") };
    let calendars: Vec<&String> =
        oauth.scopes.iter().filter(|scope| published::SCOPES.contains(&scope.as_str())).collect();
    assert_eq!(calendars, [published::READ_ONLY], "no more than reading, of both lists");
    assert!(oauth.scopes.iter().any(|scope| scope == published::ACCOUNT));
}

//! Google Calendar over real HTTP: what the Calendar API promises, and nothing more (calendar.v3).

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hub_connectors::definition::{Auth, ListPages, embedded_text, parse};
use hub_connectors::{
    CalendarConnector, ConnectorParts, Credential, Definition, Pause, Reach, embedded, messages, origin_of,
};
use hub_core::party::NoLinks;
use hub_core::ports::{
    ChangeWay, ChangedPage, Clock, Connector, ConnectorError, Page, RawRecord, RequestBudget, RetryAdvice,
    Secret, Since,
};
use hub_core::record::RecordType;
use hub_sandbox::book::BookSpec;
use hub_sandbox::{Google, GoogleEvent, GoogleWhen, Sandbox, SandboxConfig};
use hub_testkit::CrmStand;
use hub_testkit::fakes::{MemoryBudget, MemoryRaw};
use jiff::civil::{Date, date};
use serde_json::{Value as Json, json};

use crate::support::{Jump, StillClock, verdict};

const STREAM: &str = "event";
/// The calendars that are read.
const READ: [&str; 3] = [Google::MAIN, Google::WEDDINGS, Google::TEAM];

struct Stand {
    sandbox: Sandbox,
    connector: CalendarConnector,
}

/// The definition with this many events a page.
fn paged(rows: u32) -> Definition {
    let text = embedded_text("google_calendar").unwrap();
    let text = text.replace("maxResults = \"1000\"", &format!("maxResults = \"{rows}\""));
    parse(&text).unwrap_or_else(|faults| panic!("{faults:#?}"))
}

fn connect(sandbox: &Sandbox, definition: Definition) -> CalendarConnector {
    let clock = StillClock::new();
    let pause = Arc::new(Jump::new(&clock)) as Arc<dyn Pause>;
    let base_url = sandbox.google().calendar_url();
    let origin = origin_of(&url::Url::parse(&base_url).unwrap());
    CalendarConnector::new(ConnectorParts {
        definition: Arc::new(definition),
        base_url: Some(base_url),
        credential: Credential::key(Secret::new(sandbox.google().access_token()), origin),
        account: "104200000000000000007".to_owned(),
        known: None,
        time_zone: Some("Europe/London".to_owned()),
        reach: Reach::LoopbackToo,
        budget: Arc::new(MemoryBudget::default()) as Arc<dyn RequestBudget>,
        clock: clock as Arc<dyn Clock>,
        pause,
    })
    .expect("the definition makes a connector")
}

impl Stand {
    fn new(clients: u32) -> Stand {
        Stand::with(clients, embedded("google_calendar").unwrap().unwrap())
    }

    fn with(clients: u32, definition: Definition) -> Stand {
        let sandbox = Sandbox::start(SandboxConfig::new(BookSpec::new(11, clients))).expect("it starts");
        let connector = connect(&sandbox, definition);
        Stand { sandbox, connector }
    }

    fn google(&self) -> &Google {
        self.sandbox.google()
    }

    /// Reads everything; all of it on one page, and the token of its end.
    async fn whole(&self) -> Result<Page, ConnectorError> {
        let mut all = Page::default();
        loop {
            let page = self.connector.page(STREAM, all.next.as_ref()).await?;
            all.records.extend(page.records);
            all.gone.extend(page.gone);
            (all.token, all.next) = (page.token, page.next);
            if all.next.is_none() {
                return Ok(all);
            }
        }
    }

    async fn since(&self, token: &str) -> Result<ChangedPage, ConnectorError> {
        let since = Since::Token(token.to_owned());
        let mut all =
            ChangedPage { records: Vec::new(), gone: Vec::new(), next: None, total: None, token: None };
        loop {
            let page = self.connector.changed_page(STREAM, &since, all.next.as_ref()).await?;
            all.records.extend(page.records);
            all.gone.extend(page.gone);
            (all.next, all.token) = (page.next, page.token);
            if all.next.is_none() {
                return Ok(all);
            }
        }
    }

    async fn token(&self) -> String {
        self.whole().await.expect("everything").token.expect("a token at the end")
    }

    /// Requests for events, each as calendar and query.
    fn asked(&self) -> Vec<(String, String)> {
        let log = self.google().log().into_iter();
        log.filter_map(|row| {
            let path = row.path.replace("%40", "@");
            let calendar = path.strip_prefix("/calendar/v3/calendars/")?.strip_suffix("/events")?.to_owned();
            Some((calendar, row.query))
        })
        .collect()
    }
}

/// The appointments of some records, by their titles.
fn appointments(connector: &CalendarConnector, records: &[RawRecord]) -> BTreeMap<String, Vec<Json>> {
    let mut store = MemoryRaw::default();
    store.keep(STREAM, records.to_vec());
    let mut found: BTreeMap<String, Vec<Json>> = BTreeMap::new();
    let mut after: Option<String> = None;
    loop {
        let (some, next) = connector.appointments(&store, "c", after.as_deref()).expect("in memory");
        for document in some {
            let appointment = document.document["appointments"][0].clone();
            let name = appointment["name"].as_str().unwrap_or_default().to_owned();
            found.entry(name).or_default().push(appointment);
        }
        match next {
            Some(next) => after = Some(next),
            None => return found,
        }
    }
}

fn title(record: &RawRecord) -> String {
    let json: Json = serde_json::from_str(&record.raw).expect("JSON");
    json["summary"].as_str().unwrap_or_default().to_owned()
}

fn titles(records: &[RawRecord]) -> BTreeSet<String> {
    records.iter().map(title).collect()
}

fn soon() -> Date {
    date(2026, 6, 20)
}

/// What the sandbox's calendars hold that no series makes, without marks of work.
fn single(google: &Google) -> BTreeSet<String> {
    READ.iter()
        .flat_map(|calendar| google.events(calendar))
        .filter(|event| event.repeats.is_none() && ["default", "outOfOffice"].contains(&event.kind))
        .map(|event| event.title)
        .collect()
}

#[tokio::test]
async fn own_and_ticked_calendars_are_read_and_holidays_birthdays_and_hidden_details_are_not() {
    let stand = Stand::new(12);
    stand.google().change_calendar(Google::TEAM, |team| team.selected = false);
    stand.whole().await.expect("everything");
    let asked = |stand: &Stand| -> BTreeSet<String> { stand.asked().into_iter().map(|(id, _)| id).collect() };
    assert_eq!(
        asked(&stand),
        BTreeSet::from([Google::MAIN.to_owned(), Google::WEDDINGS.to_owned()]),
        "own ones whether ticked or not"
    );
    stand.google().change_calendar(Google::TEAM, |team| team.selected = true);
    stand.google().change_calendar("open@oldmill.example", |open| open.selected = true);
    stand.google().reset_log();
    let records = stand.whole().await.expect("everything").records;
    let wanted: BTreeSet<String> =
        READ.into_iter().chain(["open@oldmill.example"]).map(str::to_owned).collect();
    assert_eq!(asked(&stand), wanted, "others where their box is ticked, and none that Google makes");
    let titles = titles(&records);
    assert!(titles.contains("Open day"));
    for never in ["Bank holiday", "Birthday", "Home", "Editing"] {
        assert!(!titles.contains(never), "{never} is no appointment");
    }
    assert!(single(stand.google()).is_subset(&titles), "and nothing of theirs is missing");
}

#[tokio::test]
async fn inv_04_pages_that_are_empty_or_short_are_no_end_and_nothing_comes_twice() {
    let all: BTreeSet<String> = Stand::new(30)
        .whole()
        .await
        .expect("everything")
        .records
        .into_iter()
        .map(|record| record.id)
        .collect();
    for rows in [1000, 7] {
        let stand = Stand::with(30, paged(rows));
        stand.google().empty_event_pages(9);
        let page = stand.whole().await.expect("everything");
        assert_eq!(page.records.len(), all.len(), "{rows} a page: F21");
        let ids: BTreeSet<String> = page.records.into_iter().map(|record| record.id).collect();
        assert_eq!(ids, all, "{rows} a page");
        assert!(page.token.is_some());
    }
    let stand = Stand::new(3);
    stand.google().empty_event_pages(u32::MAX);
    assert_eq!(
        verdict(stand.whole().await).1,
        RetryAdvice::ResetPaging,
        "on and on without an event is no list"
    );
}

#[tokio::test]
async fn inv_27_each_calendar_has_a_token_of_its_own_and_inv_11_nothing_changed_is_nothing() {
    let stand = Stand::new(20);
    let google = stand.google();
    let changes = stand.connector.changes(STREAM).expect("read by what changed");
    assert_eq!(changes.way, ChangeWay::Token);
    assert!(stand.connector.tells_what_is_gone(), "a calendar is read whole, or none of it");
    let token = stand.token().await;
    let held: BTreeMap<String, String> = serde_json::from_str(&token).expect("one for each calendar");
    assert_eq!(held.keys().map(String::as_str).collect::<BTreeSet<_>>(), BTreeSet::from(READ));

    google.reset_log();
    let quiet = stand.since(&token).await.expect("nothing");
    assert_eq!((quiet.records.len(), quiet.gone.len()), (0, 0), "inv 11: silence");
    let asked = stand.asked();
    assert_eq!(asked.len(), READ.len(), "one request a calendar");
    for (calendar, query) in &asked {
        let own = url::form_urlencoded::byte_serialize(held[calendar].as_bytes()).collect::<String>();
        assert!(query.contains(&format!("syncToken={own}")), "{calendar} with its own token: {query}");
    }

    let wedding = google.events(Google::WEDDINGS)[4].clone();
    let talk = google.events(Google::TEAM)[0].clone();
    google.change_event(Google::WEDDINGS, &wedding.id, |event| event.place = "The New Barn".to_owned());
    google.delete_event(Google::TEAM, &talk.id);
    google.add_event(Google::MAIN, GoogleEvent::new("Tasting", soon(), 15));
    let changed = stand.since(&token).await.expect("what changed");
    assert_eq!(titles(&changed.records), BTreeSet::from([wedding.title, "Tasting".to_owned()]));
    assert_eq!(changed.gone.len(), 1, "inv 03: by its own mark");
    assert!(changed.gone[0].ends_with(&talk.id));
    let next = changed.token.expect("a token for the next time");
    assert_eq!(stand.since(&next).await.expect("nothing").records.len(), 0);
    // The first one still says what it said: a reading that was cut off is done again without a gap.
    assert_eq!(stand.since(&token).await.expect("again").records.len(), 2);
}

#[tokio::test]
async fn inv_28_f28_a_token_that_ran_out_is_refused_or_lost_asks_for_everything_and_says_nothing_is_gone() {
    let stand = Stand::new(10);
    let token = stand.token().await;
    let before = stand.whole().await.expect("everything").records.len();
    stand.google().expire_calendar_tokens(false);
    let own = |held: &str| json!({ Google::MAIN: held }).to_string();
    for (why, token) in [
        ("410 fullSyncRequired", token.clone()),
        ("one that never was", own("made-up")),
        ("no tokens at all", "made-up".to_owned()),
        ("nothing", String::new()),
    ] {
        assert_eq!(verdict(stand.since(&token).await).1, RetryAdvice::ResetPaging, "{why}");
    }
    let again = stand.whole().await.expect("everything is read as ever");
    assert_eq!((again.records.len(), again.gone.len()), (before, 0));
    let token = again.token.expect("another token");
    stand.since(&token).await.expect("and from there on");

    // A calendar's token is good for that calendar.
    let mut held: BTreeMap<String, String> = serde_json::from_str(&token).unwrap();
    let of_team = held[Google::TEAM].clone();
    held.insert(Google::MAIN.to_owned(), of_team);
    let mixed = serde_json::to_string(&held).unwrap();
    assert_eq!(verdict(stand.since(&mixed).await).1, RetryAdvice::ResetPaging);

    stand.google().withhold_calendar_tokens();
    assert_eq!(
        stand.whole().await.expect("everything").token,
        None,
        "then everything is read the next time too"
    );
    assert_eq!(verdict(stand.since(&token).await).1, RetryAdvice::ResetPaging);
}

#[tokio::test]
async fn a_calendar_that_comes_is_read_whole_and_one_that_goes_keeps_its_token() {
    let stand = Stand::new(10);
    let google = stand.google();
    let token = stand.token().await;
    google.change_calendar("open@oldmill.example", |open| open.selected = true);
    google.change_calendar(Google::TEAM, |team| team.selected = false);
    let changed = stand.since(&token).await.expect("what changed");
    assert_eq!(
        titles(&changed.records),
        BTreeSet::from(["Open day".to_owned()]),
        "everything of the new one"
    );
    assert_eq!(changed.gone.len(), 0, "inv 03: not to be seen is not gone");
    let token = changed.token.expect("a token");

    let talk = google.events(Google::TEAM)[0].clone();
    google.change_event(Google::TEAM, &talk.id, |event| event.title = "Talk, moved".to_owned());
    google.change_calendar(Google::TEAM, |team| team.selected = true);
    let changed = stand.since(&token).await.expect("what changed");
    assert_eq!(
        titles(&changed.records),
        BTreeSet::from(["Talk, moved".to_owned()]),
        "from where it was left"
    );
}

#[tokio::test]
async fn a_calendar_that_is_listed_and_not_there_keeps_nobody_from_the_others() {
    let stand = Stand::new(6);
    let google = stand.google();
    let token = stand.token().await;
    google.change_calendar(Google::TEAM, |team| team.lost = true);
    google.add_event(Google::MAIN, GoogleEvent::new("Tasting", soon(), 15));
    let changed = stand.since(&token).await.expect("the others");
    assert_eq!((titles(&changed.records).len(), changed.gone.len()), (1, 0));
    let whole = stand.whole().await.expect("the others");
    assert!(titles(&whole.records).contains("Tasting") && whole.gone.is_empty());
    for calendar in READ {
        google.change_calendar(calendar, |calendar| calendar.lost = true);
    }
    let (message, retry) = verdict(stand.whole().await);
    assert_eq!(
        (message, retry),
        (messages::NOT_FOUND, RetryAdvice::Never),
        "not one of them is no empty book"
    );
}

#[tokio::test]
async fn inv_06_other_parameters_or_another_version_are_another_reading() {
    let text = embedded_text("google_calendar").unwrap();
    let held = |text: &str| {
        let stand = Stand::with(1, parse(text).expect("without faults"));
        let changes = stand.connector.changes(STREAM).expect("read by what changed");
        (changes.version, changes.asked)
    };
    let own = held(text);
    assert_eq!(own, held(text), "the same is the same");
    for (is, other) in [
        ("singleEvents = \"true\"", "singleEvents = \"false\""),
        ("status,summary", "status,summary,visibility"),
        ("is = \"owner\"", "is = \"writer\""),
        ("is = \"focusTime\"", "is = \"outOfOffice\""),
        ("version = 2", "version = 3"),
    ] {
        assert_ne!(own, held(&text.replacen(is, other, 1)), "{other}");
    }
    // What Google says to a token under other parameters is no list, whatever we thought.
    let stand = Stand::new(2);
    let token = stand.token().await;
    let narrow = connect(&stand.sandbox, paged(5));
    let refused = narrow.changed_page(STREAM, &Since::Token(token), None).await;
    assert_eq!(verdict(refused).1, RetryAdvice::ResetPaging);
}

#[tokio::test]
async fn every_request_of_a_reading_has_the_same_parameters_and_none_that_a_token_forbids() {
    let stand = Stand::with(20, paged(5));
    let google = stand.google();
    google.reset_log();
    let token = stand.token().await;
    for event in google.events(Google::WEDDINGS) {
        google.change_event(Google::WEDDINGS, &event.id, |event| event.place = "Elsewhere".to_owned());
    }
    stand.since(&token).await.expect("a whole calendar changed");
    let leads_on = ["pageToken", "syncToken"];
    let sent: BTreeSet<Vec<(String, String)>> = stand
        .asked()
        .iter()
        .map(|(_, query)| {
            let pairs = url::form_urlencoded::parse(query.as_bytes()).into_owned();
            pairs.filter(|(name, _)| !leads_on.contains(&name.as_str())).collect()
        })
        .collect();
    assert_eq!(sent.len(), 1, "{sent:?}");
    for (name, _) in sent.iter().flatten() {
        assert!(!published::NOT_WITH_A_TOKEN.contains(&name.as_str()), "{name}");
    }
}

#[tokio::test]
async fn f13_a_quota_is_waited_for_and_a_missing_permission_asks_for_a_sign_in() {
    let stand = Stand::new(1);
    let google = stand.google();
    for (code, domain, reason) in [
        (403, "usageLimits", "rateLimitExceeded"),
        (403, "usageLimits", "userRateLimitExceeded"),
        (403, "usageLimits", "quotaExceeded"),
        (403, "usageLimits", "dailyLimitExceeded"),
        (403, "global", "rateLimitExceeded"),
        (429, "usageLimits", "rateLimitExceeded"),
    ] {
        google.refuse_calendars(code, domain, reason);
        let (message, retry) = verdict(connect(&stand.sandbox, paged(250)).page(STREAM, None).await);
        assert_eq!(message, messages::BUSY, "{code} {reason}");
        assert!(matches!(retry, RetryAdvice::After(seconds) if seconds > 0), "{code} {reason}: {retry:?}");
        google.heal();
        let connector = connect(&stand.sandbox, paged(250));
        connector.page(STREAM, None).await.expect("it is read again once that is over");
    }
    for (code, reason, retry) in [
        (403, "insufficientPermissions", RetryAdvice::SignIn),
        (403, "forbidden", RetryAdvice::SignIn),
        (401, "authError", RetryAdvice::SignIn),
        (410, "updatedMinTooLongAgo", RetryAdvice::ResetPaging),
        (400, "badRequest", RetryAdvice::Never),
    ] {
        let stand = Stand::new(1);
        stand.google().refuse_calendars(code, "global", reason);
        assert_eq!(verdict(stand.connector.page(STREAM, None).await).1, retry, "{code} {reason}");
    }
}

#[tokio::test]
async fn inv_26_days_and_times_are_those_of_the_clocks_where_it_takes_place() {
    let stand = Stand::new(1);
    let google = stand.google();
    let at = |day: Date, hour, minute| day.at(hour, minute, 0, 0);
    // The night in which the clocks go back, and two days that a flight takes.
    let night = date(2026, 10, 25);
    let fall = GoogleWhen::Times(at(date(2026, 10, 24), 23, 30), at(night, 2, 30), "Europe/London");
    google.add_event(Google::MAIN, GoogleEvent { when: fall, ..GoogleEvent::new("Last dance", night, 1) });
    let flight = GoogleWhen::Times(at(soon(), 23, 0), at(date(2026, 6, 21), 6, 15), "Pacific/Auckland");
    google.add_event(Google::TEAM, GoogleEvent { when: flight, ..GoogleEvent::new("Flight", soon(), 1) });
    google.add_event(Google::MAIN, GoogleEvent::all_day("One day", soon(), 1));
    let found = appointments(&stand.connector, &stand.whole().await.expect("everything").records);
    let of = |name: &str| {
        let one = &found[name][0];
        assert_eq!(found[name].len(), 1, "{name}");
        ["start_date", "start_time", "end_date", "end_time", "time_zone", "all_day"]
            .map(|field| one[field].as_str().unwrap_or("-").to_owned())
    };
    assert_eq!(of("Last dance"), ["2026-10-24", "23:30", "2026-10-25", "02:30", "Europe/London", "false"]);
    assert_eq!(of("Flight"), ["2026-06-20", "23:00", "2026-06-21", "06:15", "Pacific/Auckland", "false"]);
    // Told by Google on the clocks of the calendar, five hours later but for these two weeks.
    assert_eq!(
        of("Call with New York"),
        ["2027-03-20", "09:30", "2027-03-20", "10:15", "America/New_York", "false"]
    );
    assert_eq!(
        of("One day"),
        ["2026-06-20", "-", "2026-06-20", "-", "-", "true"],
        "the end is the day after"
    );
    assert_eq!(of("Fair in Harrogate"), ["2026-06-03", "-", "2026-06-05", "-", "-", "true"]);
}

#[tokio::test]
async fn what_is_taken_off_stays_known_as_cancelled_and_what_only_has_an_id_is_gone() {
    let stand = Stand::new(4);
    let google = stand.google();
    let token = stand.token().await;
    let of = |google: &Google, name: &str| {
        google.events(Google::MAIN).into_iter().find(|event| event.title == name).expect("it is there")
    };
    let fair = of(google, "Fair in Harrogate");
    let yoga = of(google, "Yoga");
    google.cancel_event(Google::MAIN, &fair.id);
    // One of a series is taken off, another is moved; both are something of their own from then on.
    let third = date(2026, 5, 28).at(7, 0, 0, 0);
    let off = GoogleEvent { status: "cancelled", ..GoogleEvent::new("Yoga", date(2026, 5, 28), 7) };
    let off = google.except_event(Google::MAIN, &yoga.id, third, off);
    google.delete_event(Google::MAIN, &off);
    let fourth = date(2026, 6, 4).at(7, 0, 0, 0);
    google.except_event(Google::MAIN, &yoga.id, fourth, GoogleEvent::new("Yoga", date(2026, 6, 5), 9));
    let changed = stand.since(&token).await.expect("what changed");
    let found = appointments(&stand.connector, &changed.records);
    assert_eq!(found["Fair in Harrogate"][0]["status"], "cancelled");
    assert_eq!(found["Fair in Harrogate"][0]["start_date"], "2026-06-03", "with all that it was");
    assert_eq!(
        found["Yoga"].iter().map(|one| (&one["start_date"], &one["start_time"])).collect::<Vec<_>>(),
        [(&json!("2026-06-05"), &json!("09:00"))],
        "one of the series moved, and no other"
    );
    assert_eq!(changed.gone.len(), 1);
    assert!(changed.gone[0].ends_with(&off), "and one is gone: {:?}", changed.gone);

    // The whole series goes, with those that were something of their own.
    let token = changed.token.expect("a token");
    let before = stand.whole().await.expect("everything").records;
    let of_series = before.iter().filter(|record| record.id.contains(&yoga.id)).count();
    google.delete_event(Google::MAIN, &yoga.id);
    let changed = stand.since(&token).await.expect("what changed");
    let gone = changed.gone.iter().filter(|id| id.contains(&yoga.id)).count();
    assert!(changed.records.is_empty() && gone >= of_series, "{gone} of {of_series}");
}

#[tokio::test]
async fn a_series_without_an_end_is_read_two_years_ahead() {
    let stand = Stand::new(1);
    let records = stand.whole().await.expect("everything").records;
    let days: Vec<Date> = appointments(&stand.connector, &records)["Yoga"]
        .iter()
        .map(|one| one["start_date"].as_str().unwrap().parse().unwrap())
        .collect();
    let (first, last) = (days.iter().min().unwrap(), days.iter().max().unwrap());
    assert_eq!(*first, date(2026, 5, 14));
    assert!(*last <= date(2028, 5, 13) && *last > date(2028, 5, 1), "{last}");
    assert_eq!(days.len(), 105, "each week once, the moved one at its new time");
    // What is no part of a series has no such bound.
    stand.google().add_event(Google::MAIN, GoogleEvent::new("Golden wedding", date(2032, 6, 1), 12));
    assert!(titles(&stand.whole().await.unwrap().records).contains("Golden wedding"));
}

#[tokio::test]
async fn one_appointment_on_two_calendars_comes_in_once_under_the_id_of_its_owners_copy() {
    let stand = Stand::new(2);
    let google = stand.google();
    let copies = |records: &[RawRecord]| -> Vec<RawRecord> {
        records.iter().filter(|record| title(record) == "Visit of the venue").cloned().collect()
    };
    let records = stand.whole().await.expect("everything").records;
    assert_eq!(copies(&records).len(), 2, "both are kept");
    let found = appointments(&stand.connector, &records);
    assert_eq!(found["Visit of the venue"].len(), 1, "and one comes in");
    let id = found["Visit of the venue"][0]["@"]["id"].clone();
    let owner = copies(&records).into_iter().find(|copy| copy.raw.contains("\"organizer\":{\"self\":true}"));
    assert_eq!(id, owner.expect("the owner's copy").id);

    // The person turns the invitation down: it still takes place, by its owner's copy.
    let visit =
        google.events(Google::MAIN).into_iter().find(|event| event.title == "Visit of the venue").unwrap();
    google.change_event(Google::MAIN, &visit.id, |event| event.answer = "declined");
    let found = appointments(&stand.connector, &stand.whole().await.unwrap().records);
    assert_eq!(found["Visit of the venue"][0]["status"], "confirmed");
    // It is called off by its owner, then by everybody.
    google.cancel_event(Google::WEDDINGS, &visit.id);
    let found = appointments(&stand.connector, &stand.whole().await.unwrap().records);
    assert_eq!(
        (&found["Visit of the venue"][0]["status"], &found["Visit of the venue"][0]["@"]["id"]),
        (&json!("cancelled"), &id),
        "off, and still the same one"
    );
}

#[tokio::test]
async fn an_invitation_that_was_turned_down_is_off_for_whoever_did() {
    let stand = Stand::new(1);
    let party = GoogleEvent {
        organizer: Some("venue@oldmill.example".to_owned()),
        answer: "declined",
        ..GoogleEvent::new("Summer party", soon(), 18)
    };
    stand.google().add_event(Google::MAIN, party);
    let found = appointments(&stand.connector, &stand.whole().await.unwrap().records);
    assert_eq!(found["Summer party"][0]["status"], "cancelled");
}

#[tokio::test]
async fn a_preview_shows_what_is_to_come_and_nobody_is_a_client() {
    let stand = Stand::new(30);
    let rows = std::sync::Mutex::new(Vec::new());
    stand
        .connector
        .preview(10, 40, &|document| rows.lock().unwrap().push(document.document.clone()))
        .await
        .expect("rows come");
    let days: Vec<String> = rows
        .into_inner()
        .unwrap()
        .iter()
        .map(|row| row["appointments"][0]["start_date"].as_str().expect("a day").to_owned())
        .collect();
    assert_eq!(days.len(), 10);
    assert!(days.is_sorted() && days[0].as_str() >= "2026-05-14", "the next ones: {days:?}");

    let mut store = MemoryRaw::default();
    store.keep(STREAM, stand.whole().await.expect("everything").records);
    assert!(stand.connector.parties(&store, "c", &NoLinks).expect("in memory").all().is_empty());
    assert_eq!(stand.connector.streams()[0].record_type, Some(RecordType::Event));
    assert_eq!(stand.connector.appointment_streams(), [STREAM]);
}

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../tests/fixtures/definitions/google_calendar/events.json")
}

/// Events as Google tells them, beside the appointments that come of them; `UPDATE_EXPECT=1` writes the latter anew.
#[tokio::test]
async fn golden_events_make_the_appointments_that_are_written_beside_them() {
    let stand = Stand::new(1);
    let mut golden: Json =
        serde_json::from_str(&std::fs::read_to_string(fixture()).expect("there")).expect("JSON");
    let mut store = MemoryRaw::default();
    let kept: Vec<RawRecord> = golden["events"]
        .as_array()
        .expect("events")
        .iter()
        .map(|event| RawRecord {
            id: event["id"].as_str().expect("an id").to_owned(),
            raw: event.to_string(),
            version: None,
            parents: [None, None],
        })
        .collect();
    store.keep(STREAM, kept);
    let (documents, _) = stand.connector.appointments(&store, "c", None).expect("in memory");
    let came: Vec<Json> = documents.into_iter().map(|document| document.document).collect();
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        golden["appointments"] = came.clone().into();
        let text = serde_json::to_string_pretty(&golden).expect("JSON");
        std::fs::write(fixture(), format!("{text}\n")).expect("written");
    }
    assert_eq!(golden["appointments"], Json::from(came), "run this test with UPDATE_EXPECT=1");
}

impl CrmStand for Stand {
    fn connector(&self) -> &dyn Connector {
        &self.connector
    }

    fn requests(&self) -> Vec<String> {
        self.google().log().into_iter().map(|row| row.method).collect()
    }

    fn totals(&self) -> Vec<(String, u64)> {
        let events = READ.iter().flat_map(|calendar| self.google().events(calendar));
        let there = events.filter(|event| event.kind == "default" && event.status != "cancelled");
        vec![(STREAM.to_owned(), there.count() as u64)]
    }

    fn says_how_many(&self) -> bool {
        false
    }

    fn knows_clients(&self) -> bool {
        false
    }

    fn revoke_the_key(&self) {
        self.google().revoke_all();
    }
}

/// Without a series, which nobody counts.
fn countable() -> Stand {
    let stand = Stand::with(25, paged(9));
    for event in stand.google().events(Google::MAIN).iter().filter(|event| event.repeats.is_some()) {
        stand.google().delete_event(Google::MAIN, &event.id);
    }
    stand
}

/// Several pages of each calendar.
mod contract {
    use super::countable;

    hub_testkit::connector!(countable());
}

/// Facts of the discovery document calendar.v3 (gh:googleapis/google-api-go-client:calendar/v3/calendar-api.json,
/// `calendar.calendarList.list` and `calendar.events.list`), against which the definition is held.
mod published {
    pub(super) const BASE: &str = "https://www.googleapis.com/calendar/v3";
    pub(super) const LIST: &str = "/users/me/calendarList";
    pub(super) const LIST_PARAMETERS: [&str; 7] =
        ["fields", "maxResults", "minAccessRole", "pageToken", "showDeleted", "showHidden", "syncToken"];
    pub(super) const LARGEST_LIST: u32 = 250;
    pub(super) const PARAMETERS: [&str; 19] = [
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
    pub(super) const NOT_WITH_A_TOKEN: [&str; 8] = [
        "iCalUID",
        "orderBy",
        "privateExtendedProperty",
        "q",
        "sharedExtendedProperty",
        "timeMin",
        "timeMax",
        "updatedMin",
    ];
    pub(super) const LARGEST_PAGE: u32 = 2_500;
    pub(super) const CALENDAR: [&str; 8] =
        ["accessRole", "hidden", "id", "primary", "selected", "summary", "summaryOverride", "timeZone"];
    /// Fields of an event, those of its parts behind a dot.
    pub(super) const EVENT: [&str; 22] = [
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
    pub(super) const READ_ONLY: &str = "https://www.googleapis.com/auth/calendar.readonly";
    pub(super) const SCOPES: [&str; 4] = [
        "https://www.googleapis.com/auth/calendar",
        "https://www.googleapis.com/auth/calendar.events",
        "https://www.googleapis.com/auth/calendar.events.readonly",
        READ_ONLY,
    ];
    pub(super) const ACCOUNT: &str = "https://www.googleapis.com/auth/userinfo.email";
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

//! Google Calendar over real HTTP: what the Calendar API promises, and nothing more (calendar.v3).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hub_connectors::definition::{embedded_text, parse};
use hub_connectors::{
    CalendarConnector, ConnectorParts, Credential, Definition, Pause, Reach, embedded, messages, origin_of,
};
use hub_core::ports::{
    ChangeWay, ChangedPage, Clock, Connector, ConnectorError, Page, RawRecord, RequestBudget, RetryAdvice,
    Secret, Since,
};
use hub_sandbox::book::BookSpec;
use hub_sandbox::{Google, GoogleEvent, Sandbox, SandboxConfig};
use hub_testkit::CrmStand;
use hub_testkit::fakes::{MemoryBudget, MemoryRaw};
use jiff::civil::{Date, date};
use serde_json::{Value as Json, json};

use crate::google_calendar_facts::published;
use crate::support::{Jump, StillClock, verdict};

pub(crate) const STREAM: &str = "event";
/// The calendars that are read.
const READ: [&str; 3] = [Google::MAIN, Google::WEDDINGS, Google::TEAM];

pub(crate) struct Stand {
    sandbox: Sandbox,
    pub(crate) connector: CalendarConnector,
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
    pub(crate) fn new(clients: u32) -> Stand {
        Stand::with(clients, embedded("google_calendar").unwrap().unwrap())
    }

    fn with(clients: u32, definition: Definition) -> Stand {
        let sandbox = Sandbox::start(SandboxConfig::new(BookSpec::new(11, clients))).expect("it starts");
        let connector = connect(&sandbox, definition);
        Stand { sandbox, connector }
    }

    pub(crate) fn google(&self) -> &Google {
        self.sandbox.google()
    }

    /// Reads everything; all of it on one page, and the token of its end.
    pub(crate) async fn whole(&self) -> Result<Page, ConnectorError> {
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

    pub(crate) async fn since(&self, token: &str) -> Result<ChangedPage, ConnectorError> {
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

    pub(crate) async fn token(&self) -> String {
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
pub(crate) fn appointments(
    connector: &CalendarConnector,
    records: &[RawRecord],
) -> BTreeMap<String, Vec<Json>> {
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

pub(crate) fn title(record: &RawRecord) -> String {
    let json: Json = serde_json::from_str(&record.raw).expect("JSON");
    json["summary"].as_str().unwrap_or_default().to_owned()
}

pub(crate) fn titles(records: &[RawRecord]) -> BTreeSet<String> {
    records.iter().map(title).collect()
}

pub(crate) fn soon() -> Date {
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

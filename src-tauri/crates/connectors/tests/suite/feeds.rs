//! Calendars by their address, over real HTTP, and golden files of what calendar programs write.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use hub_connectors::feed::{FeedConnector, FeedFault, FeedParts, Left, STREAM, Window, left_out, read};
use hub_connectors::{Reach, embedded};
use hub_core::ports::{Connector, RateLimit, RetryAdvice, Secret, Since};
use hub_sandbox::book::{Book, BookSpec};
use hub_sandbox::feed::{Entry, Feed, Marks};
use hub_testkit::CrmStand;
use hub_testkit::fakes::{MemoryBudget, MemoryRaw};
use jiff::civil::{Date, date};
use serde_json::{Value as Json, json};

use crate::support::{Jump, StillClock, verdict};

/// A calendar with a connector to it.
pub(crate) struct Bench {
    feed: Feed,
    connector: FeedConnector,
    expected: u64,
}

fn parts(address: &str, stored: MemoryRaw, known: Option<Since>) -> FeedParts {
    let clock = StillClock::new();
    FeedParts {
        provider: "calendar_feed".into(),
        name: "Any calendar".into(),
        address: Secret::new(address),
        account: None,
        connection_id: "c".into(),
        zone: "Europe/London".into(),
        limits: vec![RateLimit { requests: 10, per_seconds: 60 }],
        reach: Reach::LoopbackToo,
        budget: Arc::new(MemoryBudget::default()),
        clock: clock.clone(),
        pause: Arc::new(Jump::new(&clock)),
        stored: Arc::new(stored),
        known,
    }
}

fn connector(feed: &Feed, known: Option<Since>) -> FeedConnector {
    FeedConnector::new(parts(&feed.address(), MemoryRaw::default(), known)).expect("a connector")
}

impl Bench {
    fn new() -> Bench {
        Bench::of("calendar_feed")
    }

    /// The calendar of one of the CRMs that have one.
    pub(crate) fn of(provider: &str) -> Bench {
        let entries = Feed::of_book(&Book::generate(BookSpec::new(11, 60)));
        let (from, until) = (date(2025, 5, 13), date(2029, 5, 16));
        let expected =
            entries.iter().filter(|entry| entry.days.1 >= from && entry.days.0 <= until).count() as u64;
        assert!(expected > 20, "the book has appointments: {expected}");
        let feed = Feed::start(Marks::ETag, entries).expect("it starts");
        let definition = embedded(provider).expect("built in").expect("without faults");
        let route = definition.routes.feed.as_ref().expect("a calendar by its address");
        let limits = route
            .limits
            .iter()
            .map(|limit| RateLimit { requests: limit.requests, per_seconds: limit.per_seconds });
        let own = FeedParts {
            provider: provider.to_owned(),
            name: definition.identity.name.clone(),
            limits: limits.collect(),
            ..parts(&feed.address(), MemoryRaw::default(), None)
        };
        let connector = FeedConnector::new(own).expect("a connector");
        Bench { feed, connector, expected }
    }
}

impl CrmStand for Bench {
    fn connector(&self) -> &dyn Connector {
        &self.connector
    }
    fn requests(&self) -> Vec<String> {
        self.feed.requests().into_iter().map(|asked| asked.method).collect()
    }
    fn totals(&self) -> Vec<(String, u64)> {
        vec![(STREAM.to_owned(), self.expected)]
    }
    fn revoke_the_key(&self) {
        self.feed.refuse(Some(404));
    }
}

hub_testkit::calendar!(Bench::new());

fn window() -> Window {
    Window { today: date(2026, 5, 14), zone: "Europe/London".into() }
}

/// A calendar of these entries.
fn calendar(entries: &[&str]) -> String {
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{}END:VCALENDAR\r\n", entries.join(""))
}

fn entry(lines: &str) -> String {
    format!("BEGIN:VEVENT\r\n{}\r\nEND:VEVENT\r\n", lines.replace('\n', "\r\n"))
}

/// Appointments by id.
fn told(text: &str) -> (BTreeMap<String, Json>, Left) {
    let found = read(text.as_bytes(), &window()).expect("a calendar");
    let records = found.records.into_iter();
    (records.map(|one| (one.id, serde_json::from_str(&one.raw).expect("JSON"))).collect(), found.left)
}

const WEEKLY: &str = "UID:w\nSUMMARY:Studio day\nDTSTART;TZID=Europe/London:20260602T100000\n\
    DTEND;TZID=Europe/London:20260602T120000\nRRULE:FREQ=WEEKLY;COUNT=4";

#[test]
fn one_of_a_series_stays_the_same_whatever_becomes_of_the_others() {
    let (before, left) = told(&calendar(&[&entry(WEEKLY)]));
    let ids: Vec<&str> = before.keys().map(String::as_str).collect();
    assert_eq!(ids, ["w/2026-06-02", "w/2026-06-09", "w/2026-06-16", "w/2026-06-23"]);
    assert_eq!(left, Left::default());

    // One is moved to another day, one is taken out, and the hour of all others is another.
    let moved = "UID:w\nRECURRENCE-ID:20260609T090000Z\nSUMMARY:Studio day, moved\n\
        DTSTART;TZID=Europe/London:20260611T150000\nDTEND;TZID=Europe/London:20260611T160000";
    let later = WEEKLY.replace("T100000", "T110000").replace("T120000", "T130000")
        + "\nEXDATE;TZID=Europe/London:20260616T110000";
    let moved = moved.replace("T090000Z", "T100000Z");
    let (after, _) = told(&calendar(&[&entry(&moved), &entry(&later)]));
    let ids: Vec<&str> = after.keys().map(String::as_str).collect();
    assert_eq!(ids, ["w/2026-06-02", "w/2026-06-09", "w/2026-06-23"], "gone is gone, moved is the same");
    assert_eq!(after["w/2026-06-09"]["start_date"], json!("2026-06-11"));
    assert_eq!(after["w/2026-06-09"]["name"], json!("Studio day, moved"));
    assert_eq!(after["w/2026-06-02"]["start_time"], json!("11:00"), "the same one at another hour");
    assert_eq!(before["w/2026-06-23"]["end_time"], json!("12:00"));
}

#[test]
fn what_is_cancelled_says_so_and_the_newer_version_counts() {
    let cancelled = "UID:w\nRECURRENCE-ID;TZID=Europe/London:20260609T100000\n\
        DTSTART;TZID=Europe/London:20260609T100000\nSTATUS:CANCELLED";
    let (found, _) = told(&calendar(&[&entry(WEEKLY), &entry(cancelled)]));
    assert_eq!(found["w/2026-06-09"]["status"], json!("cancelled"));
    assert_eq!(found["w/2026-06-02"]["status"], json!("confirmed"));

    let version = |number: u32, name: &str| {
        entry(&format!("UID:v\nSEQUENCE:{number}\nSUMMARY:{name}\nDTSTART:20260602T100000Z"))
    };
    let (found, _) = told(&calendar(&[&version(3, "Third"), &version(1, "First")]));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found["v"]["name"], json!("Third"), "whatever the order");

    let message = calendar(&[&entry("UID:c\nSUMMARY:Off\nDTSTART:20260602T100000Z")])
        .replace("VERSION:2.0", "VERSION:2.0\r\nMETHOD:CANCEL");
    assert_eq!(told(&message).0["c"]["status"], json!("cancelled"));
}

#[test]
fn entries_without_a_uid_or_with_one_for_all_are_still_told_apart() {
    let nameless =
        |day: u32, name: &str| entry(&format!("SUMMARY:{name}\nDTSTART;VALUE=DATE:202606{day:02}"));
    let text = calendar(&[&nameless(1, "Fair"), &nameless(2, "Fair"), &nameless(2, "Call")]);
    let (found, _) = told(&text);
    assert_eq!(found.len(), 3, "{found:?}");
    let turned = calendar(&[&nameless(2, "Call"), &nameless(2, "Fair"), &nameless(1, "Fair")]);
    assert_eq!(told(&turned).0, found, "whatever the order");

    let same = |day: u32| entry(&format!("UID:all\nSUMMARY:Fair\nDTSTART;VALUE=DATE:202606{day:02}"));
    let (found, _) = told(&calendar(&[&same(1), &same(2), &same(1)]));
    assert_eq!(
        found.keys().collect::<Vec<_>>(),
        ["all/2026-06-01", "all/2026-06-02"],
        "the same twice is one"
    );
}

#[test]
fn what_lies_outside_of_the_window_is_counted() {
    let at = |uid: &str, day: &str| entry(&format!("UID:{uid}\nDTSTART;VALUE=DATE:{day}"));
    let broken = entry("UID:b\nSUMMARY:No day");
    let endless = entry("UID:e\nDTSTART;VALUE=DATE:20260601\nRRULE:FREQ=MONTHLY");
    let hourly = entry("UID:h\nDTSTART:20260601T000000Z\nRRULE:FREQ=HOURLY");
    let text = calendar(&[&at("old", "20200101"), &at("far", "20400101"), &broken, &endless, &hourly]);
    let (found, left) = told(&text);
    assert_eq!(left, Left { before: 1, after: 2, too_long: 1, unread: 1 });
    assert_eq!(found.keys().filter(|id| id.starts_with("e/")).count(), 36, "three years of months");
    assert!(found.contains_key("h/2026-06-01"), "the first of what repeats all day: {found:?}");
}

#[test]
fn f44_days_stay_days_and_hours_stay_hours_over_summer_time() {
    let text = calendar(&[
        &entry("UID:d\nDTSTART;VALUE=DATE:20260328\nDTEND;VALUE=DATE:20260331"),
        &entry("UID:n\nDTSTART;TZID=America/New_York:20260328T230000\nDURATION:PT2H"),
        &entry("UID:z\nDTSTART:20260329T013000Z\nDTEND:20260329T023000Z"),
        &entry("UID:f\nDTSTART:20260620T140000\nDTEND:20260620T150000"),
    ]);
    let (found, _) = told(&text);
    let shown = |id: &str| {
        let at = |name: &str| found[id][name].as_str().unwrap_or("-").to_owned();
        [at("start_date"), at("start_time"), at("end_date"), at("end_time"), at("time_zone")].join(" ")
    };
    assert_eq!(shown("d"), "2026-03-28 - 2026-03-30 - -", "the last day, not the one after it");
    assert_eq!(shown("n"), "2026-03-28 23:00 2026-03-29 01:00 America/New_York");
    assert_eq!(shown("z"), "2026-03-29 02:30 2026-03-29 03:30 Europe/London");
    assert_eq!(shown("f"), "2026-06-20 14:00 2026-06-20 15:00 Europe/London", "no zone is the studio's");
}

#[test]
fn what_is_no_whole_calendar_is_refused() {
    let whole = calendar(&[&entry(WEEKLY)]);
    let refused = |bytes: &[u8]| read(bytes, &window()).expect_err("this is no calendar");
    for text in [
        "",
        "   ",
        "<html><head><title>Sign in: here</title></head></html>",
        "{\"error\": \"no\"}",
        "BEGIN:VCARD\nEND:VCARD\n",
    ] {
        assert!(matches!(refused(text.as_bytes()), FeedFault::NotACalendar), "{text}");
    }
    for end in [whole.len() - 5, whole.len() - 17, whole.len() / 2] {
        assert!(matches!(refused(&whole.as_bytes()[..end]), FeedFault::CutShort), "cut at {end}");
    }
    let (empty, _) = told(&calendar(&[]));
    assert!(empty.is_empty(), "an empty calendar is one");
}

#[tokio::test]
async fn an_unchanged_calendar_costs_one_request_by_whatever_mark() {
    for marks in [Marks::ETag, Marks::Modified] {
        let entries =
            vec![Entry::new("a", date(2026, 6, 1), &["SUMMARY:Fair", "DTSTART;VALUE=DATE:20260601"])];
        let feed = Feed::start(marks, entries).expect("it starts");
        let first = connector(&feed, None);
        let account = first.probe().await.expect("an account");
        assert_eq!(account.name, "Harlow & Finch", "as the calendar is called");
        let token = first.page(STREAM, None).await.expect("a page").token.expect("a mark");
        assert_eq!(feed.requests().len(), 1, "{marks:?}: the look and the reading are one request");
        assert!(!token.contains(feed.secret()) && !account.account_id.contains(feed.secret()));

        let since = Since::Token(token);
        let again = FeedConnector::new(FeedParts {
            account: Some(account),
            ..parts(&feed.address(), MemoryRaw::default(), Some(since.clone()))
        })
        .expect("a connector");
        again.probe().await.expect("an account");
        let changed = again.changed_page(STREAM, &since, None).await.expect("nothing changed");
        assert_eq!((changed.records.len(), changed.next, feed.requests().len()), (0, None, 2), "{marks:?}");
        assert_eq!(feed.requests()[1].status, 304, "{marks:?}");

        feed.change(|entries| entries[0].lines[0] = "SUMMARY:Wedding fair".into());
        let third = connector(&feed, Some(since.clone()));
        third.probe().await.expect("an account");
        let error = third.changed_page(STREAM, &since, None).await.expect_err("it changed");
        assert_eq!(error.retry, RetryAdvice::ResetPaging, "it is read whole");
        let page = third.page(STREAM, None).await.expect("a page");
        assert!(page.records[0].raw.contains("Wedding fair"), "{marks:?}");
        assert_eq!(feed.requests().len(), 3, "{marks:?}: by the same one request");
    }
}

#[tokio::test]
async fn what_was_left_out_is_told_by_how_far_a_calendar_is_known() {
    let entry = |uid: &str, day: &str, at: Date| Entry::new(uid, at, &[&format!("DTSTART;VALUE=DATE:{day}")]);
    let entries = vec![
        entry("a", "20260601", date(2026, 6, 1)),
        entry("old", "20200101", date(2020, 1, 1)),
        entry("far", "20400101", date(2040, 1, 1)),
    ];
    let feed = Feed::start(Marks::ETag, entries).expect("it starts");
    let token = connector(&feed, None).page(STREAM, None).await.expect("a page").token.expect("a mark");
    let since = Since::Token(token);
    assert_eq!(left_out(&since), Some(Left { before: 1, after: 1, ..Left::default() }));
    let again = connector(&feed, Some(since.clone()));
    let changed = again.changed_page(STREAM, &since, None).await.expect("nothing changed");
    let kept = left_out(&Since::Token(changed.token.expect("a mark")));
    assert_eq!(kept, left_out(&since), "also where nothing changed");
    assert_eq!(left_out(&Since::Token("of another list".into())), None);
}

#[tokio::test]
async fn a_calendar_without_marks_whose_bytes_differ_says_the_same() {
    let entries = vec![Entry::new("a", date(2026, 6, 1), &["SUMMARY:Fair", "DTSTART;VALUE=DATE:20260601"])];
    let feed = Feed::start(Marks::Nothing, entries).expect("it starts");
    let one = connector(&feed, None).page(STREAM, None).await.expect("a page").records;
    let other = connector(&feed, None).page(STREAM, None).await.expect("a page").records;
    assert_eq!(one, other, "when it was written is no change");
}

#[tokio::test]
async fn what_is_no_calendar_any_more_is_told_and_never_taken_for_an_empty_one() {
    let entries = vec![Entry::new("a", date(2026, 6, 1), &["SUMMARY:Fair", "DTSTART;VALUE=DATE:20260601"])];
    let feed = Feed::start(Marks::ETag, entries).expect("it starts");
    let mut stored = MemoryRaw::default();
    stored.keep(STREAM, connector(&feed, None).page(STREAM, None).await.expect("a page").records);
    let stored = || {
        let mut copy = MemoryRaw::default();
        copy.keep(
            STREAM,
            vec![hub_core::ports::RawRecord {
                id: "a".into(),
                raw: "{\"start_date\": \"2026-06-01\"}".into(),
                version: None,
                parents: [None, None],
            }],
        );
        copy
    };
    let asked = || FeedConnector::new(parts(&feed.address(), stored(), None)).expect("a connector");
    feed.send_instead(Some(b"<html><body>Sign in to go on</body></html>"));
    assert_eq!(verdict(asked().page(STREAM, None).await), ("error.feed.no_calendar", RetryAdvice::Never));
    feed.send_instead(Some(b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:a\r\n"));
    assert_eq!(verdict(asked().page(STREAM, None).await), ("error.crm.unreadable", RetryAdvice::Retry));
    feed.send_instead(Some(b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"));
    assert_eq!(verdict(asked().page(STREAM, None).await), ("error.feed.emptied", RetryAdvice::Never));
    feed.send_instead(None);
    feed.cut_off(true);
    assert_eq!(verdict(asked().page(STREAM, None).await).1, RetryAdvice::Retry);
    feed.cut_off(false);
    for status in [401, 403, 404, 410] {
        feed.refuse(Some(status));
        assert_eq!(verdict(asked().page(STREAM, None).await), ("error.feed.address", RetryAdvice::SignIn));
    }
    feed.refuse(Some(503));
    assert_eq!(verdict(asked().page(STREAM, None).await).1, RetryAdvice::WhenBack);
    feed.refuse(None);
    assert_eq!(asked().page(STREAM, None).await.expect("it is back").records.len(), 1);
}

#[tokio::test]
async fn inv_45_an_address_is_followed_to_no_other_host() {
    let feed = Feed::start(Marks::ETag, Vec::new()).expect("it starts");
    let other = Feed::start(Marks::ETag, Vec::new()).expect("it starts");
    feed.redirect(&other.origin());
    assert_eq!(
        verdict(connector(&feed, None).page(STREAM, None).await),
        ("error.crm.moved", RetryAdvice::Never)
    );
    assert!(other.requests().is_empty(), "the secret address went nowhere else");
    let refused = FeedConnector::new(parts("https://192.168.1.4/a.ics", MemoryRaw::default(), None));
    assert_eq!(verdict(refused), ("error.crm.address_refused", RetryAdvice::Never));
}

#[tokio::test]
async fn a_new_address_is_of_the_same_calendar_if_it_names_what_is_held() {
    let entries = vec![Entry::new("a", date(2026, 6, 1), &["SUMMARY:Fair", "DTSTART;VALUE=DATE:20260601"])];
    let feed = Feed::start(Marks::ETag, entries).expect("it starts");
    let mut stored = MemoryRaw::default();
    stored.keep(STREAM, connector(&feed, None).page(STREAM, None).await.expect("a page").records);
    let held = FeedConnector::new(parts(&feed.address(), stored, None)).expect("a connector");
    assert!(held.is_of("c").await.expect("read"));
    assert!(!connector(&feed, None).is_of("c").await.expect("read"), "nothing is held of it");
}

#[test]
fn golden_calendars_are_read_as_expected() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/fixtures/calendars");
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.retain(|path| path.extension().is_some_and(|name| name == "ics"));
    assert!(files.len() >= 4, "{files:?}");
    let mut wrong = Vec::new();
    for file in files {
        let found = read(&std::fs::read(&file).unwrap(), &window()).unwrap();
        let records: BTreeMap<String, Json> =
            found.records.into_iter().map(|one| (one.id, serde_json::from_str(&one.raw).unwrap())).collect();
        let whole = json!({"name": found.name, "zone": found.zone, "left": found.left, "records": records});
        let text = format!("{}\n", serde_json::to_string_pretty(&whole).unwrap());
        let beside = file.with_extension("expected.json");
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::write(&beside, &text).unwrap();
        }
        if std::fs::read_to_string(&beside).unwrap_or_default() != text {
            wrong.push(format!("{}: {text}", file.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

//! Calendars by their address with `hub` alone: connected, reviewed, uploaded, changed, withdrawn and undone.

use std::collections::BTreeMap;

use hub_sandbox::feed::{Entry, Feed, Marks};
use jiff::civil::Date;
use jiff::{ToSpan, Zoned};
use serde_json::{Value as Json, json};

use crate::files::Desk;
use crate::support::{Held, cloud_digest};

/// So many days from today; what is long past or far away is not read.
fn day(days: i32) -> Date {
    Zoned::now().date().saturating_add(days.days())
}

fn diary() -> Vec<Entry> {
    let at = |days: i32, time: &str| format!("{}T{time}", day(days).strftime("%Y%m%d"));
    let whole = |days: i32| day(days).strftime("%Y%m%d").to_string();
    let entry = |uid: &str, days: i32, lines: &[String]| {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        Entry::new(uid, day(days), &lines)
    };
    vec![
        entry(
            "tasting",
            20,
            &[
                "SUMMARY:Tasting with the Ashworths".into(),
                format!("DTSTART;TZID=Europe/London:{}", at(20, "140000")),
                format!("DTEND;TZID=Europe/London:{}", at(20, "150000")),
                "LOCATION:Old Barn".into(),
            ],
        ),
        entry(
            "fair",
            30,
            &[
                "SUMMARY:Wedding fair".into(),
                format!("DTSTART;VALUE=DATE:{}", whole(30)),
                format!("DTEND;VALUE=DATE:{}", whole(32)),
            ],
        ),
        entry(
            "studio",
            40,
            &[
                "SUMMARY:Studio day".into(),
                format!("DTSTART;TZID=Europe/London:{}", at(40, "100000")),
                "DURATION:PT2H".into(),
                "RRULE:FREQ=WEEKLY;COUNT=3".into(),
            ],
        ),
        entry(
            "off",
            50,
            &[
                "SUMMARY:Never was".into(),
                format!("DTSTART;VALUE=DATE:{}", whole(50)),
                "STATUS:CANCELLED".into(),
            ],
        ),
    ]
}

fn connect(desk: &Desk, provider: &str, feed: &Feed, more: &[&str]) -> Json {
    let mut line = vec!["connect", provider, "--feed", "--key-stdin"];
    line.extend(more);
    let ended = desk.hub.feed(&line, &format!("{}\n", feed.address())).done();
    assert!(!ended.out.contains(feed.secret()), "the address is shown to nobody: {}", ended.out);
    ended.last()
}

fn import(desk: &Desk, connection: &Json) -> BTreeMap<String, String> {
    let id = connection["id"].as_str().expect("an id");
    let ended = desk.hub.run(&["import", id]).done().last();
    assert_eq!(ended["state"], "waiting_review", "{ended}");
    shown(desk)
}

/// Title and day of each row, beside its kind.
fn shown(desk: &Desk) -> BTreeMap<String, String> {
    let named = |row: &Json| {
        let day = row["summary"]["appointment"]["day"].as_str().expect("a day").to_owned();
        let title = row["summary"]["names"][0].as_str().expect("a title").to_owned();
        (format!("{title}, {day}"), row["kind"].as_str().expect("a kind").to_owned())
    };
    desk.hub.rows().iter().map(named).collect()
}

fn of_kind(rows: &BTreeMap<String, String>, kind: &str) -> usize {
    rows.values().filter(|held| *held == kind).count()
}

#[test]
fn a_calendar_is_connected_reviewed_uploaded_changed_and_undone() {
    let desk = Desk::new();
    let feed = Feed::start(Marks::ETag, diary()).expect("it starts");
    let untouched = cloud_digest(&desk.world);
    let connection = connect(&desk, "calendar_feed", &feed, &[]);
    assert_eq!(connection["route"], "feed", "{connection}");
    assert_eq!(connection["name"], "Harlow & Finch", "as the calendar is called");
    assert_eq!(connection["key_hint"], "127.0.0.1", "its host and no more");
    desk.hub.run(&["scope", "--agree"]).done();

    let rows = import(&desk, &connection);
    assert_eq!((rows.len(), of_kind(&rows, "new"), of_kind(&rows, "skipped")), (6, 5, 1), "{rows:?}");
    assert_eq!(rows[&format!("Tasting with the Ashworths, {}", day(20))], "new", "{rows:?}");
    assert_eq!(rows[&format!("Never was, {}", day(50))], "skipped", "cancelled before anybody brought it");
    assert_eq!(cloud_digest(&desk.world), untouched, "a review uploads nothing");
    desk.upload();
    let first = cloud_digest(&desk.world);
    let held = Held::of(&desk.world);
    let events = held.by_source("event");
    let wanted: Vec<String> = ["fair".to_owned()]
        .into_iter()
        .chain((0..3).map(|week| format!("studio/{}", day(40 + 7 * week))))
        .chain(["tasting".to_owned()])
        .collect();
    assert_eq!(events.keys().cloned().collect::<Vec<_>>(), wanted);
    let fields = |id: &str, name: &str| events[id]["fields"][name].clone();
    assert_eq!(fields("tasting", "start_time"), json!("14:00"));
    assert_eq!(fields("fair", "end_date"), json!(day(31).to_string()), "the last day, not the one after");
    assert_eq!(fields("fair", "all_day"), json!(true));

    // The same calendar: one request, "not modified", and nothing to do.
    let before = feed.requests().len();
    let rows = import(&desk, &connection);
    assert_eq!((of_kind(&rows, "unchanged"), of_kind(&rows, "skipped")), (5, 1), "{rows:?}");
    let since: Vec<u16> = feed.requests()[before..].iter().map(|asked| asked.status).collect();
    assert_eq!(since, [304], "one request");

    // One is moved, one cancelled, one of the series taken out.
    feed.change(|entries| {
        entries[0].lines[1] = entries[0].lines[1].replace("T140000", "T143000");
        entries[1].lines.push("STATUS:CANCELLED".into());
        entries[2].lines.push(format!("EXDATE;TZID=Europe/London:{}T100000", day(47).strftime("%Y%m%d")));
    });
    let rows = import(&desk, &connection);
    assert_eq!((of_kind(&rows, "changed"), of_kind(&rows, "new")), (2, 0), "{rows:?}");
    let second = desk.upload();
    let held = Held::of(&desk.world);
    let events = held.by_source("event");
    assert_eq!(events["fair"]["fields"]["status"], json!("cancelled"), "there, and said to be cancelled");
    assert_eq!(events["tasting"]["fields"]["start_time"], json!("14:30"));
    assert!(events.contains_key(&format!("studio/{}", day(47))), "nothing is deleted behind anybody's back");

    // A page in place of the calendar is no empty calendar; a withdrawn address asks for another.
    let uploaded = cloud_digest(&desk.world);
    let id = connection["id"].as_str().expect("an id");
    feed.send_instead(Some(b"<html><body>Sign in</body></html>"));
    let failed = desk.hub.run(&["import", id]);
    assert!(
        failed.out.contains("error.feed.no_calendar") || failed.err.contains("error.feed.no_calendar"),
        "{} {}",
        failed.out,
        failed.err
    );
    feed.send_instead(None);
    feed.refuse(Some(404));
    let failed = desk.hub.run(&["import", id]);
    assert!(
        failed.out.contains("error.feed.address") || failed.err.contains("error.feed.address"),
        "{} {}",
        failed.out,
        failed.err
    );
    assert_eq!(cloud_digest(&desk.world), uploaded, "nothing was touched");
    feed.refuse(None);
    connect(&desk, "calendar_feed", &feed, &["--replace-key", "Harlow & Finch"]);
    let rows = import(&desk, &connection);
    assert_eq!(of_kind(&rows, "new") + of_kind(&rows, "changed"), 0, "{rows:?}");

    let job = second["job_id"].as_str().expect("an id");
    assert_eq!(desk.hub.run(&["undo", job]).done().last()["state"], "done");
    assert_eq!(cloud_digest(&desk.world), first, "WedSync as before the second upload");
}

#[test]
fn the_calendars_of_crms_are_read_by_their_address_too() {
    let desk = Desk::new();
    let feed = Feed::start(Marks::Modified, diary()).expect("it starts");
    for provider in ["seventeen", "pixieset", "tave", "studiocloud"] {
        let connection = connect(&desk, provider, &feed, &["--name", provider]);
        assert_eq!((&connection["route"], &connection["provider"]), (&json!("feed"), &json!(provider)));
        desk.hub.run(&["disconnect", provider]).done();
    }
    // Another calendar's address is another account.
    let connection = connect(&desk, "calendar_feed", &feed, &[]);
    let other = Feed::start(Marks::ETag, Vec::new()).expect("it starts");
    let name = connection["name"].as_str().expect("a name");
    let line = ["connect", "calendar_feed", "--feed", "--key-stdin", "--replace-key", name];
    let refused = desk.hub.feed(&line, &format!("{}\n", other.address()));
    assert!(
        refused.out.contains("error.other_account") || refused.err.contains("error.other_account"),
        "{} {}",
        refused.out,
        refused.err
    );
}

//! Calendars in files with `hub` alone: imported, reviewed, uploaded, a newer file, what is refused, and undone.

use std::collections::BTreeMap;
use std::path::PathBuf;

use hub_sandbox::feed::{Entry, Feed, Marks};
use jiff::civil::Date;
use jiff::{ToSpan as _, Zoned};
use serde_json::{Value as Json, json};

use crate::files::Desk;
use crate::support::{Held, cloud_digest};

/// So many days from today; what is long past or far away is not read.
fn day(days: i32) -> Date {
    Zoned::now().date().saturating_add(days.days())
}

fn whole(days: i32) -> String {
    day(days).strftime("%Y%m%d").to_string()
}

/// A calendar of entries with these lines.
fn calendar(name: &str, entries: &[String]) -> String {
    let entries: Vec<String> =
        entries.iter().map(|lines| format!("BEGIN:VEVENT\n{lines}\nEND:VEVENT\n")).collect();
    let head = format!("BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Diary//EN\nX-WR-CALNAME:{name}\n");
    format!("{head}{}END:VCALENDAR\n", entries.concat()).replace('\n', "\r\n")
}

fn tasting(time: &str) -> String {
    let at = whole(20);
    format!(
        "UID:tasting\nSUMMARY:Tasting with the Ashworths\nDTSTART;TZID=Europe/London:{at}T{time}\nDURATION:PT1H\n\
         LOCATION:Old Barn"
    )
}

fn fair() -> String {
    format!(
        "UID:fair\nSUMMARY:Wedding fair\nDTSTART;VALUE=DATE:{}\nDTEND;VALUE=DATE:{}",
        whole(30),
        whole(32)
    )
}

fn studio(except: &str) -> String {
    format!(
        "UID:studio\nSUMMARY:Studio day\nDTSTART;TZID=Europe/London:{}T100000\nDURATION:PT2H\n\
         RRULE:FREQ=WEEKLY;COUNT=3{except}",
        whole(40)
    )
}

fn first_file() -> String {
    calendar(
        "Harlow weddings",
        &[
            tasting("140000"),
            fair(),
            studio(""),
            format!("UID:off\nSUMMARY:Never was\nDTSTART;VALUE=DATE:{}\nSTATUS:CANCELLED", whole(50)),
            format!("UID:old\nSUMMARY:Long ago\nDTSTART;VALUE=DATE:{}", whole(-800)),
            "UID:broken\nSUMMARY:Without a day".to_owned(),
        ],
    )
}

/// The fair is missing, the tasting is later, one studio day is taken out, and there is a call.
fn newer_file() -> String {
    let except = format!("\nEXDATE;TZID=Europe/London:{}T100000", whole(47));
    let call = format!("UID:call\nSUMMARY:Call\nDTSTART;VALUE=DATE:{}", whole(60));
    calendar("Harlow weddings", &[tasting("143000"), studio(&except), call])
}

fn import(desk: &Desk, file: &PathBuf, more: &[&str]) -> BTreeMap<String, String> {
    let ended = desk.import(std::slice::from_ref(file), more);
    assert_eq!(ended["state"], "waiting_review", "{ended}");
    let named = |row: &Json| {
        let title = row["summary"]["names"][0].as_str().expect("a title").to_owned();
        let day = row["summary"]["appointment"]["day"].as_str().expect("a day").to_owned();
        (format!("{title}, {day}"), row["kind"].as_str().expect("a kind").to_owned())
    };
    desk.hub.rows().iter().map(named).collect()
}

fn of_kind(rows: &BTreeMap<String, String>, kind: &str) -> usize {
    rows.values().filter(|held| *held == kind).count()
}

fn connections(desk: &Desk) -> Vec<Json> {
    let listed = desk.hub.run(&["connections"]).done().last();
    listed["connections"].as_array().expect("connections").clone()
}

/// The line is refused with this sentence.
fn refused(desk: &Desk, files: &[&PathBuf], more: &[&str], message: &str) {
    let mut line = vec!["import"];
    line.extend(files.iter().map(|file| file.to_str().expect("a path of ours")));
    line.push("--agree");
    line.extend(more);
    let ended = desk.hub.run(&line);
    assert_ne!(ended.code(), 0, "{message}: {}", ended.out);
    assert!(
        ended.out.contains(message) || ended.err.contains(message),
        "{message}: {} {}",
        ended.out,
        ended.err
    );
}

#[test]
fn a_calendar_file_is_imported_reviewed_uploaded_renewed_and_undone() {
    let desk = Desk::new();
    let untouched = cloud_digest(&desk.world);
    let file = desk.write("wedding-calendar.ics", first_file().as_bytes());
    let rows = import(&desk, &file, &[]);
    assert_eq!((rows.len(), of_kind(&rows, "new"), of_kind(&rows, "skipped")), (6, 5, 1), "{rows:?}");
    assert_eq!(rows[&format!("Tasting with the Ashworths, {}", day(20))], "new", "{rows:?}");
    let [connection] = connections(&desk).try_into().expect("one connection");
    assert_eq!(
        (&connection["route"], &connection["provider"], &connection["name"]),
        (&json!("file"), &json!("calendar_feed"), &json!("Harlow weddings")),
        "{connection}"
    );
    assert_eq!(cloud_digest(&desk.world), untouched, "a review uploads nothing");
    assert_eq!(std::fs::read(&file).expect("it is there"), first_file().as_bytes(), "the file is as it was");

    desk.upload();
    let first = cloud_digest(&desk.world);
    let held = Held::of(&desk.world);
    let events = held.by_source("event");
    let mut wanted: Vec<String> = (0..3).map(|week| format!("studio/{}", day(40 + 7 * week))).collect();
    wanted.extend(["fair".to_owned(), "tasting".to_owned()]);
    wanted.sort();
    assert_eq!(events.keys().cloned().collect::<Vec<_>>(), wanted, "appointments and nobody");
    assert_eq!(events["fair"]["fields"]["end_date"], json!(day(31).to_string()), "the last day");
    assert!(held.by_source("client").is_empty(), "nobody is a client by standing in a calendar");

    // The same file says nothing new.
    let rows = import(&desk, &file, &[]);
    assert_eq!((of_kind(&rows, "unchanged"), of_kind(&rows, "skipped")), (5, 1), "{rows:?}");

    // A newer one, whatever it is called, goes into the same connection; what it lacks stays.
    let newer = desk.write("basic (1).ics", newer_file().as_bytes());
    let rows = import(&desk, &newer, &[]);
    assert_eq!((of_kind(&rows, "changed"), of_kind(&rows, "new")), (1, 1), "{rows:?}");
    assert_eq!(rows[&format!("Wedding fair, {}", day(30))], "unchanged", "{rows:?}");
    assert_eq!(connections(&desk).len(), 1, "no second connection");
    let second = desk.upload();
    let held = Held::of(&desk.world);
    let events = held.by_source("event");
    assert_eq!(events["tasting"]["fields"]["start_time"], json!("14:30"));
    assert!(events.contains_key("fair") && events.contains_key("call"), "{:?}", events.keys());
    assert!(events.contains_key(&format!("studio/{}", day(47))), "nothing is deleted");

    let job = second["job_id"].as_str().expect("an id");
    assert_eq!(desk.hub.run(&["undo", job]).done().last()["state"], "done");
    assert_eq!(cloud_digest(&desk.world), first, "WedSync as before the second upload");
}

#[test]
fn what_is_no_single_whole_calendar_is_refused_and_changes_nothing() {
    let desk = Desk::new();
    let file = desk.write("wedding-calendar.ics", first_file().as_bytes());
    import(&desk, &file, &[]);
    desk.upload();
    let before = (cloud_digest(&desk.world), connections(&desk).len());

    let text = first_file();
    let cut = desk.write("cut.ics", &text.as_bytes()[..text.len() - 20]);
    refused(&desk, &[&cut], &[], "error.file.calendar_cut");
    let page = desk.write("page.ics", b"<!DOCTYPE html><html><body>Sign in to go on</body></html>");
    refused(&desk, &[&page], &[], "error.file.not_a_calendar");
    let empty = desk.write("empty.ics", calendar("Harlow weddings", &[]).as_bytes());
    refused(&desk, &[&empty], &[], "error.file.calendar_empty");
    refused(&desk, &[&empty], &["--connection", "Harlow weddings"], "error.file.calendar_empty");
    let newer = desk.write("newer.ics", newer_file().as_bytes());
    refused(&desk, &[&file, &newer], &[], "error.file.calendars_together");
    let list = desk.write("clients.csv", b"Name,Email\nAnn Ashworth,ann@example.com\n");
    refused(&desk, &[&list, &newer], &[], "error.file.calendar_alone");
    refused(&desk, &[&list], &["--connection", "Harlow weddings"], "error.file.other_provider");

    // A calendar of the same name that has nothing in common is asked about.
    let other =
        calendar("Harlow weddings", &[format!("UID:x\nSUMMARY:Other\nDTSTART;VALUE=DATE:{}", whole(9))]);
    let other = desk.write("other.ics", other.as_bytes());
    refused(&desk, &[&other], &[], "which_calendar");
    assert_eq!((cloud_digest(&desk.world), connections(&desk).len()), before, "nothing changed");
    let job = desk.import(&[other], &["--new-connection"]);
    assert_eq!(job["state"], "waiting_review", "{job}");
    assert_eq!(connections(&desk).len(), before.1 + 1, "a connection of its own");
}

#[test]
fn a_calendar_that_is_read_by_its_address_does_not_come_twice() {
    let desk = Desk::new();
    let start = format!("DTSTART;VALUE=DATE:{}", whole(30));
    let entries = vec![Entry::new("fair", day(30), &["SUMMARY:Wedding fair", &start])];
    let feed = Feed::start(Marks::ETag, entries).expect("it starts");
    let line = ["connect", "calendar_feed", "--feed", "--key-stdin", "--name", "By address"];
    desk.hub.feed(&line, &format!("{}\n", feed.address())).done();
    desk.hub.run(&["scope", "--agree"]).done();
    desk.hub.run(&["import", "By address"]).done();
    let file = desk.write("wedding-calendar.ics", first_file().as_bytes());
    refused(&desk, &[&file], &[], "error.file.calendar_by_address");
    assert_eq!(connections(&desk).len(), 1, "nothing was made of it");
    let call = format!("UID:call\nSUMMARY:Call\nDTSTART;VALUE=DATE:{}", whole(60));
    let other = desk.write("other.ics", calendar("Other", &[call]).as_bytes());
    desk.import(&[other], &[]);
    assert_eq!(connections(&desk).len(), 2, "another calendar is another one");
}

#[test]
fn the_only_calendar_of_an_archive_is_imported_like_a_file() {
    let desk = Desk::new();
    let packed = |files: &[(&str, String)]| {
        let files: Vec<(String, Vec<u8>)> =
            files.iter().map(|(name, text)| ((*name).to_owned(), text.clone().into_bytes())).collect();
        hub_sandbox::exports::archive(&files).expect("packed")
    };
    let several = packed(&[("Weddings.ics", first_file()), ("Private.ics", newer_file())]);
    let several = desk.write("several.ical.zip", &several);
    refused(&desk, &[&several], &[], "error.file.calendar_several");
    let one = desk.write("owner@example.com.ical.zip", &packed(&[("Weddings.ics", first_file())]));
    let rows = import(&desk, &one, &[]);
    assert_eq!((rows.len(), of_kind(&rows, "new")), (6, 5), "{rows:?}");
}

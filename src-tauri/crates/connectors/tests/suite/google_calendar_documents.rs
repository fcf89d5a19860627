//! What becomes of the events of Google calendars: when they take place, what is off, series, copies, and a preview.

use std::path::{Path, PathBuf};

use hub_core::party::NoLinks;
use hub_core::ports::{Connector, RawRecord};
use hub_core::record::RecordType;
use hub_sandbox::{Google, GoogleEvent, GoogleWhen};
use hub_testkit::fakes::MemoryRaw;
use jiff::civil::{Date, date};
use serde_json::{Value as Json, json};

use crate::google_calendar::{STREAM, Stand, appointments, soon, title, titles};

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

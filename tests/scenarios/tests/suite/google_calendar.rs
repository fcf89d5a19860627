//! Google Calendar with `hub` alone: signing in on this computer, appointments without a client, what changed by the token of
//! each calendar, and what becomes of a token that ran out.

use std::collections::BTreeMap;
use std::path::Path;

use hub_sandbox::book::BookSpec;
use hub_sandbox::expected::Held;
use hub_sandbox::wedsync::Config;
use hub_sandbox::{AuthoritySwitches, Google, GoogleEvent, SandboxConfig, World};
use hub_scenarios::hub::Hub;
use serde_json::{Value as Json, json};

use crate::hub_story::PROGRAM;
use crate::support::{cloud_digest, login};

/// Calendars that are read: two of the studio's own, and one whose box is ticked.
const READ: [&str; 3] = [Google::MAIN, Google::WEDDINGS, Google::TEAM];

struct Desk {
    world: World,
    hub: Hub,
    _directory: tempfile::TempDir,
}

impl Desk {
    fn new() -> Desk {
        let world =
            World::start(SandboxConfig::new(BookSpec::new(7, 12)), Config::default()).expect("it starts");
        let directory = tempfile::tempdir().expect("a directory");
        let hub = Hub::new(Path::new(PROGRAM), &directory.path().join("sarah"), &world);
        hub.sign_in();
        Desk { world, hub, _directory: directory }
    }

    fn google(&self) -> &Google {
        self.world.crm.google()
    }

    fn event(&self, calendar: &str, title: &str) -> GoogleEvent {
        let found = self.google().events(calendar).into_iter().find(|event| event.title.starts_with(title));
        found.unwrap_or_else(|| panic!("{title} stands in {calendar}"))
    }

    /// Imports; how many readings of a calendar began with a token, and how many without.
    fn import(&self) -> (usize, usize) {
        self.google().reset_log();
        let job = self.hub.run(&["import"]).done().last();
        assert_eq!(job["state"], "waiting_review", "{job}");
        let log = self.google().log();
        let queries: Vec<&str> = log
            .iter()
            .filter(|row| row.path.ends_with("/events") && !row.query.contains("orderBy="))
            .map(|row| row.query.as_str())
            .collect();
        let by_token = queries.iter().filter(|query| query.contains("syncToken=")).count();
        (by_token, queries.len() - by_token)
    }

    /// Rows of the review by their kind.
    fn kinds(&self) -> BTreeMap<String, usize> {
        let mut kinds = BTreeMap::new();
        for row in self.hub.rows() {
            *kinds.entry(row["kind"].as_str().expect("a kind").to_owned()).or_default() += 1;
        }
        kinds
    }

    fn upload(&self) {
        self.hub.decide_everything();
        self.hub.run(&["review", "approve"]).done();
        let job = self.hub.run(&["push"]).done().last();
        assert_eq!(job["state"], "done", "{job}");
    }

    /// What WedSync holds of an event, by its title.
    fn held(&self, title: &str) -> Json {
        let held = Held::of(&self.world);
        let found: Vec<Json> = held
            .by_source("event")
            .into_values()
            .filter(|event| event["fields"]["name"] == title)
            .map(|event| event["fields"].clone())
            .collect();
        assert_eq!(found.len(), 1, "{title} once: {found:?}");
        found[0].clone()
    }

    fn events_held(&self) -> i64 {
        self.world.wedsync.counts(&login()).expect("counts").get("event").copied().unwrap_or_default()
    }
}

fn of(kinds: &BTreeMap<String, usize>, kind: &str) -> usize {
    kinds.get(kind).copied().unwrap_or_default()
}

#[test]
fn google_calendar_is_signed_in_to_read_by_what_changed_and_uploaded() {
    let desk = Desk::new();
    let google = desk.google();
    // How far a series goes depends on the day on which this runs.
    google.delete_event(Google::MAIN, &desk.event(Google::MAIN, "Yoga").id);
    let made = desk.hub.connect_google_calendar(&desk.world, &google.logins()[0], None).done().last();
    assert_eq!(made["provider"], "google_calendar", "{made}");
    assert_eq!(made["account_name"], "sarah@harlowandfinch.example", "whose account it is: {made}");
    desk.hub.run(&["scope", "--agree"]).done();
    assert_eq!(desk.import(), (0, READ.len()), "everything of each calendar, once");

    let stand = |calendar: &&str| {
        let events = google.events(calendar).into_iter();
        events.filter(|event| event.kind == "default" && event.status != "cancelled").count()
    };
    // What stands in two calendars comes in once.
    let wanted = READ.iter().map(stand).sum::<usize>() - 1;
    let kinds = desk.kinds();
    assert_eq!(of(&kinds, "new"), wanted, "nothing invented, nothing lost, nothing twice: {kinds:?}");
    desk.upload();
    let counts = desk.world.wedsync.counts(&login()).expect("counts");
    assert_eq!((counts.get("client"), counts.get("project")), (None, None), "nobody was made up: {counts:?}");
    assert_eq!(desk.events_held(), i64::try_from(wanted).unwrap());
    let fair = desk.held("Fair in Harrogate");
    assert_eq!(
        (&fair["start_date"], &fair["end_date"], &fair["all_day"]),
        (&json!("2026-06-03"), &json!("2026-06-05"), &json!(true)),
        "three days: {fair}"
    );
    let call = desk.held("Call with New York");
    assert_eq!((&call["start_time"], &call["time_zone"]), (&json!("09:30"), &json!("America/New_York")));

    let wedding = desk.event(Google::WEDDINGS, "Wedding");
    let talk = desk.event(Google::TEAM, "Talk");
    google.change_event(Google::WEDDINGS, &wedding.id, |event| event.place = "The New Barn".to_owned());
    google.cancel_event(Google::MAIN, &desk.event(Google::MAIN, "Fair").id);
    google.delete_event(Google::TEAM, &talk.id);
    google.add_event(Google::MAIN, GoogleEvent::new("Tasting", jiff::civil::date(2026, 6, 20), 15));
    assert_eq!(desk.import(), (READ.len(), 0), "inv 27: of each calendar what changed, by its own token");
    let kinds = desk.kinds();
    assert_eq!((of(&kinds, "changed"), of(&kinds, "new")), (2, 1), "exactly that is planned: {kinds:?}");
    desk.upload();
    assert_eq!(desk.held(&wedding.title)["location_name"], "The New Barn");
    assert_eq!(desk.held("Fair in Harrogate")["status"], "cancelled", "it stays, and says so");
    assert_eq!(desk.held("Tasting")["start_time"], "15:00");
    assert_eq!(desk.held(&talk.title)["status"], talk.status, "nothing is deleted behind a person's back");
    assert_eq!(desk.events_held(), i64::try_from(wanted).unwrap() + 1);

    // inv 28, F28: the tokens run out. Everything is read, and nothing of it is written again.
    let held = cloud_digest(&desk.world);
    google.expire_calendar_tokens(false);
    let moved = |desk: &Desk| {
        let kinds = desk.kinds();
        ["new", "changed", "conflict"].iter().map(|kind| of(&kinds, kind)).sum::<usize>()
    };
    assert_eq!(desk.import(), (1, READ.len()), "one token was refused, then everything was read");
    assert_eq!(moved(&desk), 0, "not one surplus write");
    assert_eq!(desk.import(), (READ.len(), 0), "and from its end what changed is read again");
    assert_eq!(moved(&desk), 0);
    assert_eq!(cloud_digest(&desk.world), held);

    // So long ago that nobody tells any more what was taken off: one reading that does not name it concludes nothing.
    google.expire_calendar_tokens(true);
    assert_eq!(desk.import(), (1, READ.len()));
    assert_eq!(moved(&desk), 0, "inv 03");
    assert_eq!(cloud_digest(&desk.world), held);

    desk.hub.run(&["disconnect"]).done();
    assert_eq!(desk.google().counts().revoked, 1, "Google was told");
}

#[test]
fn f35_a_box_that_was_left_unticked_connects_no_calendar_and_names_what_is_missing() {
    let desk = Desk::new();
    let calendars = "https://www.googleapis.com/auth/calendar.readonly".to_owned();
    desk.google()
        .switch(AuthoritySwitches { withheld: vec![calendars.clone()], ..AuthoritySwitches::default() });
    let less = desk.hub.connect_google_calendar(&desk.world, &desk.google().logins()[0], None);
    assert_eq!(less.code(), 1, "{} {}", less.out, less.err);
    assert!(format!("{}{}", less.out, less.err).contains(&calendars), "what is missing is named");
    assert!(desk.google().log().iter().all(|row| !row.path.ends_with("/events")), "and nothing was read");
}

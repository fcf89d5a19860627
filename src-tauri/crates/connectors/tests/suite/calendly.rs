//! Calendly by a window of time: the contract, whose bookings they are, moved and cancelled ones, and whom it asks.

use std::sync::Arc;

use hub_connectors::definition::{ListPages, embedded_text, parse};
use hub_connectors::{
    ConnectorParts, Credential, Definition, ListConnector, Pause, Reach, embedded, messages, origin_of,
};
use hub_core::party::NoLinks;
use hub_core::ports::{Clock, Connector, ConnectorError, RawRecord, RequestBudget, RetryAdvice, Secret};
use hub_sandbox::Calendly;
use hub_testkit::CrmStand;
use hub_testkit::fakes::{MemoryBudget, MemoryRaw};
use serde_json::{Value as Json, json};

use crate::golden::staged;
use crate::support::{Jump, StillClock, sweep, verdict};

const COUPLES: usize = 25;

/// The day of every book.
fn now() -> jiff::Timestamp {
    "2026-05-14T08:00:00Z".parse().unwrap()
}

pub(crate) struct Stand {
    calendly: Calendly,
    connector: ListConnector,
}

fn short_pages() -> Definition {
    let text = embedded_text("calendly").expect("built in");
    let text = text.replace("count = \"50\"", "count = \"10\"").replace("page_rows = 50", "page_rows = 10");
    parse(&text).unwrap_or_else(|faults| panic!("{faults:#?}"))
}

impl Stand {
    pub(crate) fn new() -> Stand {
        Stand::with(short_pages())
    }

    fn with(definition: Definition) -> Stand {
        let calendly = Calendly::start(11, COUPLES, now()).expect("the sandbox starts");
        let clock = StillClock::new();
        let connector = ListConnector::new(ConnectorParts {
            definition: Arc::new(definition),
            base_url: Some(calendly.base_url()),
            credential: Credential::key(
                Secret::new(Calendly::TOKEN),
                origin_of(&url::Url::parse(&calendly.base_url()).unwrap()),
            ),
            account: "probe:calendly".to_owned(),
            known: None,
            time_zone: Some("Europe/London".to_owned()),
            reach: Reach::LoopbackToo,
            budget: Arc::<MemoryBudget>::default() as Arc<dyn RequestBudget>,
            pause: Arc::new(Jump::new(&clock)) as Arc<dyn Pause>,
            clock: clock as Arc<dyn Clock>,
        })
        .expect("the definition makes a connector");
        Stand { calendly, connector }
    }

    async fn sweep(&self) -> Result<Vec<RawRecord>, ConnectorError> {
        sweep(&self.connector, "booking").await
    }

    /// What comes of everything, by the first person's name.
    async fn clients(&self) -> Vec<(String, Json)> {
        let mut store = MemoryRaw::default();
        store.keep("booking", self.sweep().await.expect("the sandbox answers"));
        let parties = self.connector.parties(&store, "c", &NoLinks).unwrap().all();
        let documents = self.connector.assemble(&store, "c", &parties).unwrap();
        let documents: Vec<Json> = documents.into_iter().map(|document| document.document).collect();
        let staged =
            staged(&self.connector.default_mapping(), self.connector.initial_decisions(), &documents);
        let name = |document: &Json| {
            let part =
                |field: &str| document["primary_contact"][field].as_str().unwrap_or_default().to_owned();
            format!("{} {}", part("first_name"), part("last_name"))
        };
        documents.iter().map(name).zip(staged.as_array().unwrap().clone()).collect()
    }
}

impl CrmStand for Stand {
    fn connector(&self) -> &dyn Connector {
        &self.connector
    }

    fn requests(&self) -> Vec<String> {
        let told = self.calendly.requests().into_iter();
        told.map(|told| told.split(' ').next().unwrap_or_default().to_owned()).collect()
    }

    fn totals(&self) -> Vec<(String, u64)> {
        // Everybody but the one of ten years ago, one twice, and one moved.
        vec![("booking".to_owned(), COUPLES as u64 + 1)]
    }

    fn revoke_the_key(&self) {
        self.calendly.refuse(Some(401));
    }

    fn tells_changes(&self) -> bool {
        false
    }

    fn says_how_many(&self) -> bool {
        false
    }
}

mod contract {
    hub_testkit::connector!(crate::calendly::Stand::new());
}

fn events(client: &Json) -> Vec<&Json> {
    let records = client["records"].as_array().unwrap().iter();
    records.filter(|record| record["is"] == "event").map(|record| &record["fields"]).collect()
}

#[tokio::test]
async fn whoever_booked_is_a_client_with_their_appointment() {
    let stand = Stand::with(embedded("calendly").unwrap().unwrap());
    let account = stand.connector.probe().await.expect("the token opens it");
    assert!(account.account_id.ends_with(Calendly::USER), "{account:?}");
    assert_eq!(account.time_zone.as_deref(), Some("Europe/London"));
    let clients = stand.clients().await;
    let couples = stand.calendly.couples();
    let mut named: Vec<&str> = clients.iter().map(|(name, _)| name.as_str()).collect();
    let mut wanted: Vec<String> = couples
        .iter()
        .enumerate()
        .filter(|(at, _)| *at != 3)
        .map(|(_, couple)| format!("{} {}", couple.first, couple.last))
        .collect();
    named.sort_unstable();
    wanted.sort();
    assert_eq!(named, wanted, "everybody within the window, each once; ten years ago is outside of it");
    let of = |at: usize| {
        let name = format!("{} {}", couples[at].first, couples[at].last);
        &clients.iter().find(|(own, _)| *own == name).unwrap().1
    };
    let moved = events(of(0));
    assert_eq!(moved.len(), 1, "a booking that was moved is one appointment: {moved:?}");
    // 60 days before 14 May is before summer time, a week later too: 08:00 in London as in Greenwich.
    assert_eq!(
        (&moved[0]["start_date"], &moved[0]["start_time"], &moved[0]["confirmed"]),
        (&json!("2026-03-22"), &json!("08:00"), &json!(true))
    );
    let cancelled = events(of(1));
    assert_eq!(
        (cancelled.len(), &cancelled[0]["confirmed"]),
        (1, &json!(false)),
        "a cancelled one is not confirmed"
    );
    assert_eq!(events(of(2)).len(), 2, "who books twice is one client with both");
    let summer = events(of(24));
    assert_eq!(
        (&summer[0]["start_date"], &summer[0]["start_time"], &summer[0]["end_time"], &summer[0]["time_zone"]),
        (&json!("2026-05-26"), &json!("09:00"), &json!("09:30"), &json!("Europe/London")),
        "told in the supplier's own zone, not in the guest's"
    );
    assert!(clients.iter().all(|(_, client)| client["problems"] == json!([])));
}

#[tokio::test]
async fn a_booking_that_is_moved_again_is_still_the_same_appointment() {
    let stand = Stand::new();
    let id_of = |records: &[RawRecord], connector: &ListConnector, name: &str| {
        let mut store = MemoryRaw::default();
        store.keep("booking", records.to_vec());
        let parties = connector.parties(&store, "c", &NoLinks).unwrap().all();
        let documents = connector.assemble(&store, "c", &parties).unwrap();
        let own = documents.iter().find(|one| one.document["primary_contact"]["first_name"] == name).unwrap();
        (own.document["events"][0]["@"].clone(), own.document["events"].as_array().unwrap().len())
    };
    let first = stand.calendly.couples()[0].first.clone();
    let before = id_of(&stand.sweep().await.unwrap(), &stand.connector, &first);
    stand.calendly.reschedule(0);
    let after = id_of(&stand.sweep().await.unwrap(), &stand.connector, &first);
    assert_eq!(before, after, "the same appointment at another time, and no second one");
}

#[tokio::test]
async fn inv_04_inv_29_pages_go_on_within_the_same_window_until_there_is_no_next_one() {
    let stand = Stand::new();
    let first = stand.connector.page("booking", None).await.unwrap();
    assert_eq!(first.records.len(), 10, "one of each booking");
    let cursor = first.next.expect("there are more");
    let stored: Json = serde_json::from_str(&cursor.to_string()).unwrap();
    let again = stand.connector.page("booking", Some(&stored)).await.unwrap();
    assert_ne!(first.records[0].id, again.records[0].id);
    let windows: Vec<String> = stand
        .calendly
        .requests()
        .into_iter()
        .filter(|told| told.contains("min_start_time"))
        .map(|told| told.split("min_start_time=").nth(1).unwrap().chars().take(10).collect())
        .collect();
    assert_eq!(windows, ["2025-05-14", "2025-05-14"], "both pages are of the same days");
    let records = stand.sweep().await.unwrap();
    // Everybody but the one of ten years ago, one twice, and one moved.
    assert_eq!(records.len(), COUPLES + 1);
    stand.calendly.forget_pages();
    let lost = verdict(stand.connector.page("booking", Some(&cursor)).await);
    assert_eq!(lost.0, messages::REQUEST_REFUSED, "F28: a forgotten page is no end");
}

#[tokio::test]
async fn inv_45_guests_are_asked_for_at_the_same_host_alone() {
    let stand = Stand::new();
    let other = Calendly::start(3, 5, now()).expect("another");
    stand.calendly.names(&other.base_url());
    assert_eq!(verdict(stand.connector.page("booking", None).await), (messages::MOVED, RetryAdvice::Never));
    assert!(other.requests().is_empty(), "nobody came there: {:?}", other.requests());
}

#[tokio::test]
async fn f13_f34_failures_mean_what_they_say() {
    let stand = Stand::new();
    for (status, wanted) in [
        (429, (messages::BUSY, RetryAdvice::After(3))),
        (503, (messages::UNAVAILABLE, RetryAdvice::WhenBack)),
        (401, (messages::KEY_REFUSED, RetryAdvice::SignIn)),
        (403, (messages::KEY_NOT_ALLOWED, RetryAdvice::SignIn)),
    ] {
        stand.calendly.refuse(Some(status));
        assert_eq!(verdict(stand.connector.probe().await), wanted, "{status}");
        assert_eq!(verdict(stand.connector.page("booking", None).await), wanted, "{status}");
    }
    stand.calendly.refuse(None);
    assert!(stand.connector.page("booking", None).await.is_ok());
}

/// What is published, or was seen by others, of what the definition uses.
const BOOKING: [&str; 7] =
    ["uri", "name", "start_time", "end_time", "updated_at", "location.location", "meeting_notes_plain"];
const INVITEE: [&str; 8] =
    ["uri", "email", "name", "first_name", "last_name", "status", "old_invitee", "text_reminder_number"];

#[test]
fn the_definition_says_what_is_known_of_calendly() {
    let definition = embedded("calendly").unwrap().unwrap();
    let list = definition.routes.api.as_ref().unwrap().list().unwrap();
    let rows = definition.rows.as_ref().unwrap();
    let used = rows.fields.keys().chain(rows.known_by.values()).map(String::as_str);
    for path in used.chain([list.id.as_str()]).chain(list.version.as_deref()).chain(list.replaces.as_deref())
    {
        match path.strip_prefix("invitee.") {
            Some(path) => assert!(INVITEE.contains(&path), "invitee.{path} is known"),
            None => assert!(BOOKING.contains(&path), "{path} is known"),
        }
    }
    let parameters = ["user", "min_start_time", "max_start_time", "count", "sort", "page_token"];
    let window = list.window.as_ref().unwrap();
    let mut sent: Vec<&str> = list.params.keys().map(String::as_str).collect();
    sent.extend([window.from.as_str(), window.to.as_str()]);
    sent.extend(list.account.as_ref().and_then(|account| account.param.as_deref()));
    let ListPages::Cursor { next, param } = &list.pages else { panic!("read by page tokens") };
    assert_eq!(next, "pagination.next_page_token");
    sent.push(param);
    assert!(sent.iter().all(|name| parameters.contains(name)), "{sent:?}");
    let count: u32 = list.params["count"].parse().unwrap();
    assert!(count <= 100 && list.page_rows == Some(count), "100 at most, and what the check counts with");
}

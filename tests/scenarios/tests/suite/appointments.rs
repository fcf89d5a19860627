//! Appointments that no client is known for: events of their own from staging to WedSync and back (MODEL 1).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use hub_core::job::Phase;
use hub_core::party::{Party, PartyLinks, PartyList};
use hub_core::plan::UnitKind;
use hub_core::ports::{
    AccountInfo, ChangeReading, ChangedPage, ConnectionStore, Connector, ConnectorError, Page, PartyDocument,
    PlanHead, PlanStore, RateLimit, RawReader, RawRecord, RetryAdvice, Since, StoreResult, StreamInfo,
    UnitQuery,
};
use hub_core::record::RecordType;
use hub_engine::Decision;
use hub_scenarios::{Desk, Hand};
use serde_json::{Value as Json, json};

use crate::support::{Held, cloud_digest, kinds, ops, what_it_does, world_of};

const STREAM: &str = "calendar";
/// Appointments handed over at once: fewer than there are, so that staging has to ask again.
const SOME: u32 = 2;
const FIELDS: [&str; 8] =
    ["name", "start_date", "start_time", "end_date", "end_time", "time_zone", "status", "location_name"];

/// Somebody's diary: the smallest thing that has appointments and no clients.
struct Diary {
    streams: [StreamInfo; 1],
    pages: Mutex<BTreeMap<String, Json>>,
}

impl Diary {
    fn new() -> Diary {
        let streams =
            [StreamInfo { name: STREAM.into(), record_type: Some(RecordType::Event), always: true }];
        Diary { streams, pages: Mutex::default() }
    }

    fn pages(&self) -> MutexGuard<'_, BTreeMap<String, Json>> {
        self.pages.lock().expect("not poisoned")
    }

    fn write(&self, id: &str, name: &str, day: &str, time: Option<&str>) {
        let entry = json!({
            "name": name, "start_date": day, "start_time": time, "end_date": day, "end_time": null,
            "time_zone": time.map(|_| "Europe/London"), "status": "confirmed", "location_name": "Old Barn",
        });
        self.pages().insert(id.to_owned(), entry);
    }

    fn set(&self, id: &str, field: &str, value: Json) {
        self.pages().get_mut(id).expect("an entry")[field] = value;
    }
}

fn account() -> AccountInfo {
    AccountInfo {
        account_id: "diary".into(),
        name: "Sarah's diary".into(),
        time_zone: Some("Europe/London".into()),
        currency: None,
        country: None,
        readable: vec![STREAM.into()],
    }
}

#[async_trait]
impl Connector for Diary {
    fn provider(&self) -> &str {
        "custom:diary"
    }
    fn limits(&self) -> &[RateLimit] {
        &[]
    }
    fn streams(&self) -> &[StreamInfo] {
        &self.streams
    }
    async fn probe(&self) -> Result<AccountInfo, ConnectorError> {
        Ok(account())
    }
    async fn count(&self, _: &str) -> Result<Option<u64>, ConnectorError> {
        Ok(None)
    }
    async fn page(&self, _: &str, _: Option<&Json>) -> Result<Page, ConnectorError> {
        let records = self
            .pages()
            .iter()
            .map(|(id, entry)| RawRecord {
                id: id.clone(),
                raw: entry.to_string(),
                version: None,
                parents: [None, None],
            })
            .collect();
        Ok(Page { records, ..Page::default() })
    }
    fn changes(&self, _: &str) -> Option<ChangeReading> {
        None
    }
    async fn changed_page(
        &self,
        _: &str,
        _: &Since,
        _: Option<&Json>,
    ) -> Result<ChangedPage, ConnectorError> {
        let (message_id, retry) = ("error.unreadable", RetryAdvice::Never);
        Err(ConnectorError { message_id, params: Vec::new(), retry, source: None })
    }
    async fn preview(
        &self,
        _: usize,
        _: u32,
        _: &(dyn for<'a> Fn(&'a PartyDocument) + Send + Sync),
    ) -> Result<(), ConnectorError> {
        Ok(())
    }
    fn party_streams(&self) -> [String; 2] {
        ["persons".into(), "jobs".into()]
    }
    fn parties(&self, _: &dyn RawReader, _: &str, _: &dyn PartyLinks) -> StoreResult<PartyList> {
        Ok(PartyList::default())
    }
    fn assemble(&self, _: &dyn RawReader, _: &str, _: &[Party]) -> StoreResult<Vec<PartyDocument>> {
        Ok(Vec::new())
    }
    fn people_without_job(&self, _: &dyn RawReader, _: &str) -> StoreResult<u64> {
        Ok(0)
    }
    fn appointment_streams(&self) -> Vec<String> {
        vec![STREAM.into()]
    }
    fn appointments(
        &self,
        raw: &dyn RawReader,
        connection_id: &str,
        after: Option<&str>,
    ) -> StoreResult<(Vec<PartyDocument>, Option<String>)> {
        let rows = raw.scan(connection_id, STREAM, after, SOME)?;
        let next = rows.last().filter(|_| rows.len() == SOME as usize).map(|row| row.id.clone());
        let documents = rows.into_iter().map(|row| {
            let mut entry: Json = serde_json::from_str(&row.raw).expect("as it was written");
            entry["@"] = json!({"stream": STREAM, "id": row.id});
            PartyDocument { document: json!({"appointments": [entry]}), content_hash: row.content_hash }
        });
        Ok((documents.collect(), next))
    }
    fn default_mapping(&self) -> Vec<Json> {
        let rule = |field: &&str| {
            let value_type = if field.ends_with("_date") { "date" } else { "text" };
            json!({
                "record_type": "event", "wedsync_field": field, "sources": [format!("appointments.*.{field}")],
                "value_type": value_type, "transforms": [], "direction": "import_only", "required": false
            })
        };
        FIELDS.iter().map(rule).collect()
    }
    fn initial_decisions(&self) -> Json {
        json!({})
    }
}

/// Five entries, one of them cancelled before anybody brought it.
fn diary() -> Arc<Diary> {
    let diary = Diary::new();
    diary.write("a", "Tasting", "2027-06-20", Some("14:00"));
    diary.write("b", "Album meeting", "2027-07-02", Some("10:30"));
    diary.write("c", "Fair", "2027-07-03", None);
    diary.write("d", "Call", "2027-08-01", Some("09:00"));
    diary.write("e", "Moved away", "2027-08-02", None);
    diary.set("e", "status", json!("cancelled"));
    Arc::new(diary)
}

fn titles(desk: &Desk, plan: &PlanHead) -> BTreeMap<String, (UnitKind, Option<String>)> {
    desk.rows(plan, &UnitQuery::default())
        .into_iter()
        .map(|row| {
            assert_eq!(row.summary.names.len(), 1, "the title is its name: {row:?}");
            let day = row.summary.appointment.expect("an appointment").day;
            (row.summary.names[0].clone(), (row.kind, day))
        })
        .collect()
}

#[test]
fn appointments_without_a_client_are_reviewed_uploaded_and_undone() {
    let world = world_of(5);
    let untouched = cloud_digest(&world);
    let mut desk = Desk::new(&world);
    let diary = diary();
    desk.read_diary(diary.clone(), account());

    let plan = desk.import();
    let rows = titles(&desk, &plan);
    assert_eq!(rows.len(), 5, "{rows:?}");
    assert_eq!(rows["Tasting"], (UnitKind::New, Some("2027-06-20".into())));
    assert_eq!(rows["Moved away"].0, UnitKind::Skipped, "nobody brought it before it was cancelled");
    let outcomes = desk.store.outcomes(&plan.id).expect("outcomes");
    assert_eq!(outcomes.keys().collect::<Vec<_>>(), ["event"], "no client is made up: {outcomes:?}");
    assert_eq!(outcomes["event"].values().sum::<u64>(), 5, "each one counts once");
    assert_eq!(cloud_digest(&world), untouched, "a review uploads nothing");

    let upload = desk.upload();
    assert_eq!(upload.phase, Phase::Done, "{:?} {:?}", upload.error, upload.counts);
    let held = Held::of(&world);
    let events = held.by_source("event");
    assert_eq!(events.keys().map(String::as_str).collect::<Vec<_>>(), ["a", "b", "c", "d"]);
    let tasting = &events["a"]["fields"];
    assert_eq!((&tasting["name"], &tasting["start_time"]), (&json!("Tasting"), &json!("14:00")));
    assert_eq!((tasting.get("client_id"), tasting.get("project_id")), (None, None), "{tasting}");
    let uploaded = cloud_digest(&world);

    let plan = desk.import();
    assert_eq!(ops(&desk, &plan), 0, "{}", what_it_does(&desk, &plan));
    assert_eq!(kinds(&desk, &plan), BTreeMap::from([(UnitKind::Unchanged, 4), (UnitKind::Skipped, 1)]));
    assert_eq!(cloud_digest(&world), uploaded);

    let undo = desk.undo(&upload);
    assert_eq!(undo.phase, Phase::Done, "{:?} {:?}", undo.error, undo.counts);
    assert_eq!(cloud_digest(&world), untouched, "WedSync as before the upload");
}

#[test]
fn inv_02_what_is_cancelled_is_shown_so_and_what_is_gone_stays_in_wedsync() {
    let world = world_of(5);
    let mut desk = Desk::new(&world);
    let diary = diary();
    desk.read_diary(diary.clone(), account());
    desk.import();
    assert_eq!(desk.upload().phase, Phase::Done);

    diary.set("b", "status", json!("cancelled"));
    diary.set("a", "start_time", json!("15:00"));
    let plan = desk.import();
    let rows = titles(&desk, &plan);
    assert_eq!((rows["Album meeting"].0, rows["Tasting"].0), (UnitKind::Changed, UnitKind::Changed));
    assert_eq!(ops(&desk, &plan), 2, "{}", what_it_does(&desk, &plan));
    assert_eq!(desk.upload().phase, Phase::Done);
    let held = Held::of(&world);
    let events = held.by_source("event");
    assert_eq!(events["b"]["fields"]["status"], json!("cancelled"), "there, and said to be cancelled");
    assert_eq!(events["a"]["fields"]["start_time"], json!("15:00"));

    // Gone from the diary, once and twice: it leaves the review, and nothing is done to WedSync's.
    diary.pages().remove("c");
    for _ in 0..2 {
        let plan = desk.import();
        assert_eq!(ops(&desk, &plan), 0, "{}", what_it_does(&desk, &plan));
    }
    assert_eq!(titles(&desk, &desk.plan()).get("Fair"), None, "proved to be gone");
    assert!(Held::of(&world).by_source("event").contains_key("c"));

    // Back again, it is the same one.
    diary.write("c", "Fair", "2027-07-03", None);
    let plan = desk.import();
    assert_eq!(ops(&desk, &plan), 0, "{}", what_it_does(&desk, &plan));
    assert_eq!(titles(&desk, &plan)["Fair"].0, UnitKind::Unchanged);
}

#[test]
fn what_to_bring_and_decisions_hold_for_appointments() {
    let world = world_of(5);
    let mut desk = Desk::new(&world);
    let diary = diary();
    desk.read_diary(diary.clone(), account());
    let mut narrow = desk.connection.clone();
    narrow.scope.from = Some(jiff::civil::date(2027, 7, 1));
    narrow.scope.until = Some(jiff::civil::date(2027, 7, 31));
    desk.store.put_connection(&narrow).expect("stored");
    let plan = desk.import();
    let rows = titles(&desk, &plan);
    let brought: Vec<&String> =
        rows.iter().filter(|(_, (kind, _))| *kind == UnitKind::New).map(|(title, _)| title).collect();
    assert_eq!(brought, ["Album meeting", "Fair"], "the days of July");

    // Left out by the person, it stays out of the next plan too.
    let fair = UnitQuery { search: Some("fair".into()), ..UnitQuery::default() };
    let seq = desk.rows(&plan, &fair)[0].seq;
    desk.decide(seq, Decision::Reject);
    desk.upload();
    assert_eq!(Held::of(&world).by_source("event").keys().collect::<Vec<_>>(), ["b"]);
    let plan = desk.import();
    let row = &desk.rows(&plan, &fair)[0];
    assert_eq!(row.state, hub_core::ports::UnitState::Rejected, "what was decided is remembered");

    // A change at WedSync's side and one in the diary meet in the review.
    let album = UnitQuery { search: Some("album".into()), ..UnitQuery::default() };
    let id = desk.rows(&plan, &album)[0].client_id.clone();
    Hand::new(&world).edit("event", &id, json!({"location_name": "Studio"}));
    diary.set("b", "location_name", json!("The Mill"));
    let plan = desk.import();
    assert_eq!(titles(&desk, &plan)["Album meeting"].0, UnitKind::Conflict);
}

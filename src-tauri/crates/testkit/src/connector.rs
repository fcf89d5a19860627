//! What a [`Connector`] promises.

#![allow(missing_docs, reason = "the name of a promise says what it is")]

use std::collections::BTreeSet;

use hub_core::party::NoLinks;
use hub_core::ports::{ChangeWay, Connector, PartyDocument, RawRecord, RetryAdvice, Since};
use serde_json::Value as Json;

use crate::book::CONNECTION;
use crate::fakes::MemoryRaw;

/// A CRM that suites may mistreat.
pub trait CrmStand {
    /// The connector to it.
    fn connector(&self) -> &dyn Connector;

    /// Methods of the requests that it has heard.
    fn requests(&self) -> Vec<String>;

    /// How many records its long lists have, by stream.
    fn totals(&self) -> Vec<(String, u64)>;

    /// From now on the key is not good any more.
    fn revoke_the_key(&self);

    /// Whether any of its lists tells what changed since a time.
    fn tells_changes(&self) -> bool {
        true
    }

    /// Whether its long lists say how long they are.
    fn says_how_many(&self) -> bool {
        true
    }

    /// What is in the file that it reads, where it reads one.
    fn bytes(&self) -> Vec<u8> {
        Vec::new()
    }

    /// Whether anybody in it is a client; else it holds appointments alone.
    fn knows_clients(&self) -> bool {
        true
    }
}

/// Reads a list once, without second chances.
async fn sweep(connector: &dyn Connector, stream: &str) -> Vec<RawRecord> {
    let (mut records, mut cursor) = (Vec::new(), None);
    loop {
        let page = connector.page(stream, cursor.as_ref()).await.expect("the CRM answers");
        records.extend(page.records);
        match page.next {
            None => return records,
            next => cursor = next,
        }
    }
}

fn ids(records: &[RawRecord]) -> BTreeSet<&str> {
    records.iter().map(|record| record.id.as_str()).collect()
}

pub async fn inv_04_each_list_is_read_whole_and_each_record_once(stand: &dyn CrmStand) {
    for (stream, total) in stand.totals() {
        let records = sweep(stand.connector(), &stream).await;
        assert_eq!(records.len() as u64, total, "{stream}: an end without proof is no end");
        assert_eq!(ids(&records).len(), records.len(), "{stream}: no record twice");
        assert!(
            records.iter().all(|record| serde_json::from_str::<Json>(&record.raw).is_ok()),
            "{stream}: each record is JSON by itself"
        );
    }
}

pub async fn inv_29_a_page_is_read_again_from_its_cursor(stand: &dyn CrmStand) {
    let connector = stand.connector();
    let mut continued = 0;
    for (stream, _) in stand.totals() {
        let first = connector.page(&stream, None).await.expect("the CRM answers");
        let Some(cursor) = first.next else { continue };
        continued += 1;
        let second = connector.page(&stream, Some(&cursor)).await.expect("the CRM answers");
        // A cursor is stored and read back between two starts of the program.
        let stored: Json = serde_json::from_str(&cursor.to_string()).expect("a cursor is JSON");
        let again = connector.page(&stream, Some(&stored)).await.expect("the CRM answers");
        assert_eq!(second.records, again.records, "{stream}: the same page");
        assert!(ids(&first.records).is_disjoint(&ids(&again.records)), "{stream}: and not the first one");
    }
    assert!(continued > 0, "some list has a second page");
}

pub async fn counts_cost_one_request_each(stand: &dyn CrmStand) {
    for (stream, total) in stand.totals() {
        let before = stand.requests().len();
        let count = stand.connector().count(&stream).await.expect("the CRM answers");
        assert_eq!(count, stand.says_how_many().then_some(total), "{stream}");
        let used = stand.requests().len() - before;
        assert!(
            used == 1 || used == 0 && count.is_none(),
            "{stream}: one cheap request, or none in vain: {used}"
        );
    }
}

pub async fn inv_27_what_changed_since_ever_is_everything_and_since_tomorrow_nothing(stand: &dyn CrmStand) {
    let connector = stand.connector();
    let mut by_change = 0;
    for (stream, total) in stand.totals() {
        let Some(changes) = connector.changes(&stream) else { continue };
        by_change += 1;
        if changes.way == ChangeWay::Token {
            nothing_changed_since_its_end(connector, &stream).await;
            continue;
        }
        for (since, expected) in [("1970-01-01T00:00:00Z", total), ("2199-01-01T00:00:00Z", 0)] {
            let since = Since::Time(since.parse().expect("a time"));
            let (mut records, mut cursor) = (Vec::new(), None);
            loop {
                let page = connector.changed_page(&stream, &since, cursor.as_ref()).await.expect("an answer");
                records.extend(page.records);
                match page.next {
                    None => break,
                    next => cursor = next,
                }
            }
            assert_eq!(
                ids(&records).len() as u64,
                expected,
                "{stream} since {since:?}: no gap, nothing besides"
            );
        }
    }
    assert_eq!(by_change > 0, stand.tells_changes(), "some list can be read by what changed, or none can");
}

async fn nothing_changed_since_its_end(connector: &dyn Connector, stream: &str) {
    let (mut cursor, mut token) = (None, None);
    loop {
        let page = connector.page(stream, cursor.as_ref()).await.expect("the CRM answers");
        assert!(page.next.is_none() || page.token.is_none(), "{stream}: only the end has a token");
        token = page.token.or(token);
        match page.next {
            None => break,
            next => cursor = next,
        }
    }
    let since = Since::Token(token.expect("a whole list ends with a token"));
    let mut cursor = None;
    loop {
        let page = connector.changed_page(stream, &since, cursor.as_ref()).await.expect("an answer");
        assert_eq!((page.records.len(), page.gone.len()), (0, 0), "{stream}: nothing besides");
        assert_eq!(
            page.token.is_some(),
            page.next.is_none(),
            "{stream}: a token for the next time, at the end"
        );
        match page.next {
            None => break,
            next => cursor = next,
        }
    }
}

pub async fn the_budget_of_a_preview_is_kept_even_when_it_is_far_too_small(stand: &dyn CrmStand) {
    for requests in [1, 3, 12] {
        let before = stand.requests().len();
        stand.connector().preview(10, requests, &|_| {}).await.expect("fewer rows are no fault");
        let used = stand.requests().len() - before;
        assert!(used <= requests as usize, "{used} of {requests}");
    }
}

pub async fn inv_34_looking_at_a_crm_writes_nothing(stand: &dyn CrmStand) {
    let connector = stand.connector();
    connector.probe().await.expect("the key is good");
    connector.custom_fields().await.expect("the list is read");
    connector.preview(10, 40, &|_| {}).await.expect("rows come");
    for stream in connector.streams() {
        connector.page(&stream.name, None).await.expect("the CRM answers");
    }
    let methods: BTreeSet<String> = stand.requests().into_iter().collect();
    assert_eq!(methods, BTreeSet::from(["GET".to_owned()]), "permission is never found out by writing");
}

pub async fn inv_34_reading_a_file_leaves_it_as_it_is(stand: &dyn CrmStand) {
    let before = stand.bytes();
    assert!(!before.is_empty(), "there is a file");
    let connector = stand.connector();
    connector.probe().await.expect("it is its own account");
    connector.preview(10, 0, &|_| {}).await.expect("rows come");
    for stream in connector.streams() {
        connector.count(&stream.name).await.expect("it is counted");
        sweep(connector, &stream.name).await;
    }
    assert!(stand.bytes() == before, "not one byte of it is another");
}

pub async fn inv_39_a_refused_key_is_a_sign_in_and_no_data(stand: &dyn CrmStand) {
    stand.revoke_the_key();
    let connector = stand.connector();
    let stream = &connector.streams()[0].name;
    let mut failures = vec![
        connector.probe().await.map(|_| ()),
        connector.page(stream, None).await.map(|_| ()),
        connector.preview(10, 40, &|_| {}).await,
    ];
    // Where no list says how many there are, nobody is asked.
    if stand.says_how_many() {
        failures.push(connector.count(stream).await.map(|_| ()));
    }
    for failure in failures {
        let failure = failure.expect_err("a revoked key opens nothing");
        assert_eq!(failure.retry, RetryAdvice::SignIn, "{}: a person has to act", failure.message_id);
        assert!(
            failure.params.iter().any(|(name, value)| *name == "action" && !value.is_empty()),
            "{}: and is told what to do",
            failure.message_id
        );
    }
}

pub async fn inv_13_parties_do_not_depend_on_the_order_of_arrival(stand: &dyn CrmStand) {
    let connector = stand.connector();
    let (mut forwards, mut backwards) = (MemoryRaw::default(), MemoryRaw::default());
    for stream in connector.streams() {
        let mut records = sweep(connector, &stream.name).await;
        forwards.keep(&stream.name, records.clone());
        records.reverse();
        backwards.keep(&stream.name, records);
    }
    let one = connector.parties(&forwards, CONNECTION, &NoLinks).expect("memory does not fail").all();
    let other = connector.parties(&backwards, CONNECTION, &NoLinks).expect("memory does not fail").all();
    assert_eq!(!one.is_empty(), stand.knows_clients(), "there are parties");
    let (ahead, behind) = (appointments(connector, &forwards), appointments(connector, &backwards));
    assert_eq!(ahead, behind, "the same appointments in the same order");
    assert!(stand.knows_clients() || !ahead.is_empty(), "or there are appointments");
    assert_eq!(one, other, "the same parties in the same order");
    let documents = connector.assemble(&forwards, CONNECTION, &one).expect("memory does not fail");
    let others = connector.assemble(&backwards, CONNECTION, &other).expect("memory does not fail");
    assert_eq!(documents, others, "and the same documents");
    let one_by_one: Vec<PartyDocument> = one
        .iter()
        .flat_map(|party| connector.assemble(&forwards, CONNECTION, std::slice::from_ref(party)).unwrap())
        .collect();
    assert_eq!(documents, one_by_one, "a chunk's size does not show in a document");
}

pub async fn inv_13_appointments_do_not_depend_on_the_order_of_arrival(stand: &dyn CrmStand) {
    let connector = stand.connector();
    let (mut forwards, mut backwards) = (MemoryRaw::default(), MemoryRaw::default());
    for stream in connector.appointment_streams() {
        let mut records = sweep(connector, &stream).await;
        forwards.keep(&stream, records.clone());
        records.reverse();
        backwards.keep(&stream, records);
    }
    let (one, other) = (appointments(connector, &forwards), appointments(connector, &backwards));
    assert!(!one.is_empty(), "there are appointments");
    assert_eq!(one, other, "the same appointments in the same order");
}

pub async fn each_appointment_is_handed_over_once_with_its_source_and_its_day(stand: &dyn CrmStand) {
    let connector = stand.connector();
    let mut raw = MemoryRaw::default();
    let mut read = 0;
    for stream in connector.appointment_streams() {
        let records = sweep(connector, &stream).await;
        read += records.len();
        raw.keep(&stream, records);
    }
    let documents = appointments(connector, &raw);
    assert!(documents.len() <= read, "nothing is made up");
    let mut seen = BTreeSet::new();
    for found in &documents {
        let [appointment] = found.document["appointments"].as_array().expect("appointments").as_slice()
        else {
            panic!("one document, one appointment: {}", found.document);
        };
        let at = &appointment["@"];
        let source = (at["stream"].as_str().expect("a stream"), at["id"].as_str().expect("an id"));
        assert!(connector.appointment_streams().iter().any(|stream| stream == source.0), "{source:?}");
        assert!(seen.insert((source.0.to_owned(), source.1.to_owned())), "{source:?} twice");
        let day = appointment["start_date"].as_str().expect("a day");
        assert!(day.parse::<jiff::civil::Date>().is_ok(), "{day}");
    }
}

/// All appointments, some at a time.
fn appointments(connector: &dyn Connector, raw: &MemoryRaw) -> Vec<PartyDocument> {
    let (mut documents, mut after) = (Vec::new(), None);
    loop {
        let (some, next) =
            connector.appointments(raw, CONNECTION, after.as_deref()).expect("memory does not fail");
        documents.extend(some);
        match next {
            Some(next) => after = Some(next),
            None => return documents,
        }
    }
}

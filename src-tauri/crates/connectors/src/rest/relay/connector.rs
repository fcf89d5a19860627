//! The port over the events of one address.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use hub_core::custom_field::CustomFieldDef;
use hub_core::malformed::Malformed;
use hub_core::mapping::Decisions;
use hub_core::parse::parse_date;
use hub_core::party::{Party, PartyLinks, PartyList};
use hub_core::ports::{
    AccountInfo, ChangeReading, ChangedPage, CloudFailure, Connector, ConnectorError, FollowedPage, Page,
    PartyDocument, RateLimit, RawReader, RawRecord, Relay, Relayed, RetryAdvice, Since, StoreError,
    StoreResult, StoredRaw, StreamInfo,
};
use hub_core::record::RecordType;
use jiff::tz::TimeZone;
use serde_json::{Map, Value as Json};

use super::super::rows::RowReader;
use super::merge::{Held, fold, identity, read_held, record_text, said};
use crate::assemble::{MemoryRaw, parse};
use crate::definition::{Definition, EventsRead};
use crate::messages;
use crate::sheet::{JOBS, PERSONS, mapping, own_fields};

/// Events asked for at once. The cloud takes them up to 256 KiB each, and a reply is capped.
const PAGE: u32 = 100;

/// What a connector over events is made of.
pub struct RelayParts {
    /// The definition, with how its events are read.
    pub definition: Arc<Definition>,
    /// Id of the address.
    pub inbox: String,
    /// The account as the connection knows it.
    pub account: AccountInfo,
    /// The connection whose stored records events are laid over.
    pub connection_id: String,
    /// Number of the last event that is left out, because it was sent as a test; 0 where none was.
    pub left_out: u64,
    /// The relay.
    pub relay: Arc<dyn Relay>,
    /// What earlier events made.
    pub stored: Arc<dyn RawReader>,
}

/// Events of an automation as a connector.
pub struct RelayConnector {
    parts: RelayParts,
    events: EventsRead,
    rows: RowReader,
    streams: [StreamInfo; 1],
}

/// How a definition reads events, and what the cells of a record are.
pub(super) fn reading_of(definition: &Definition) -> Option<(EventsRead, RowReader)> {
    let events = definition.events()?.clone();
    let fields = definition.rows.as_ref()?;
    let reader = RowReader::plain(&definition.identity.key, &events.stream, fields, TimeZone::UTC);
    reader.reading().table(&events.stream).is_some().then_some((events, reader))
}

impl RelayConnector {
    /// The connector of a definition that says how its events are read.
    ///
    /// # Errors
    /// `error.definition_kept` for one that does not.
    pub fn new(parts: RelayParts) -> Result<RelayConnector, ConnectorError> {
        let Some((events, rows)) = reading_of(&parts.definition) else {
            return Err(ConnectorError {
                message_id: messages::DEFINITION_KEPT,
                params: vec![("name", parts.account.name.clone())],
                retry: RetryAdvice::Never,
                source: None,
            });
        };
        let streams =
            [StreamInfo { name: events.stream.clone(), record_type: Some(RecordType::Person), always: true }];
        Ok(RelayConnector { parts, events, rows, streams })
    }

    fn failed(&self, failure: CloudFailure) -> ConnectorError {
        ConnectorError {
            message_id: failure.message_id,
            params: Vec::new(),
            retry: failure.retry,
            source: Some(Box::new(failure)),
        }
    }

    fn unreadable(&self, source: impl std::error::Error + Send + Sync + 'static) -> ConnectorError {
        ConnectorError {
            message_id: messages::UNREADABLE,
            params: vec![("provider", self.parts.account.name.clone())],
            retry: RetryAdvice::Never,
            source: Some(Box::new(source)),
        }
    }

    async fn ask(
        &self,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<hub_core::ports::RelayedPage, ConnectorError> {
        let relay = &self.parts.relay;
        relay.events(&self.parts.inbox, cursor, limit).await.map_err(|failure| self.failed(failure))
    }

    /// The records that events make of what is held.
    fn records(&self, events: &[Relayed], held: &dyn RawReader) -> Result<Vec<RawRecord>, ConnectorError> {
        let mut told: Vec<(String, u64, Map<String, Json>)> = Vec::with_capacity(events.len());
        for event in events.iter().filter(|event| event.seq > self.parts.left_out) {
            let record = said(event);
            told.push((identity(&record, event.seq, &self.events, &self.rows), event.seq, record));
        }
        // The order of the cloud counts, whatever the order of a reply (F9).
        told.sort_by_key(|(_, seq, _)| *seq);
        let mut ids: Vec<String> = told.iter().map(|(id, ..)| id.clone()).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut known: HashMap<String, Held> = HashMap::new();
        let stored = held
            .by_ids(&self.parts.connection_id, &self.events.stream, &ids)
            .map_err(|error| self.unreadable(error))?;
        for row in stored {
            known.insert(row.id, read_held(&row.raw).map_err(|error| self.unreadable(error))?);
        }
        let mut changed: Vec<String> = Vec::new();
        for (id, seq, record) in told {
            if let Some(newer) = fold(known.get(&id).cloned(), seq, record, &self.events) {
                known.insert(id.clone(), newer);
                if !changed.contains(&id) {
                    changed.push(id);
                }
            }
        }
        let mut records = Vec::with_capacity(changed.len());
        for id in changed {
            let Some(held) = known.get(&id) else { continue };
            records.push(RawRecord {
                raw: serde_json::to_string(held).map_err(|error| self.unreadable(Malformed::from(error)))?,
                version: Some(held.seq.to_string()),
                parents: [Some(id.clone()), None],
                id,
            });
        }
        Ok(records)
    }

    fn in_memory(&self, records: Vec<RawRecord>) -> StoreResult<MemoryRaw> {
        let mut memory = MemoryRaw::default();
        for record in records {
            let raw = record_text(&record.raw);
            memory.insert(&self.events.stream, RawRecord { raw, ..record })?;
        }
        Ok(memory)
    }
}

/// Clients as the first events tell of them.
pub(super) fn documents_of(
    rows: &RowReader,
    memory: &dyn RawReader,
    count: usize,
) -> StoreResult<Vec<PartyDocument>> {
    let parties = rows.parties(memory, "", &hub_core::party::NoLinks)?.all();
    let some: Vec<Party> = parties.into_iter().take(count).collect();
    rows.documents(memory, "", &some)
}

/// Stored records as their senders told of them: without the place of the last event.
struct Told<'a>(&'a dyn RawReader);

impl Told<'_> {
    fn rows(rows: Vec<StoredRaw>) -> Vec<StoredRaw> {
        rows.into_iter().map(|row| StoredRaw { raw: record_text(&row.raw), ..row }).collect()
    }
}

impl RawReader for Told<'_> {
    fn scan(
        &self,
        connection_id: &str,
        stream: &str,
        after: Option<&str>,
        limit: u32,
    ) -> StoreResult<Vec<StoredRaw>> {
        self.0.scan(connection_id, stream, after, limit).map(Told::rows)
    }

    fn by_ids(&self, connection_id: &str, stream: &str, ids: &[String]) -> StoreResult<Vec<StoredRaw>> {
        self.0.by_ids(connection_id, stream, ids).map(Told::rows)
    }

    fn by_parents(
        &self,
        connection_id: &str,
        stream: &str,
        slot: usize,
        ids: &[String],
    ) -> StoreResult<Vec<StoredRaw>> {
        self.0.by_parents(connection_id, stream, slot, ids).map(Told::rows)
    }

    fn count(&self, connection_id: &str, stream: &str) -> StoreResult<u64> {
        self.0.count(connection_id, stream)
    }
}

#[async_trait]
impl Connector for RelayConnector {
    fn provider(&self) -> &str {
        &self.parts.definition.identity.key
    }

    fn limits(&self) -> &[RateLimit] {
        // It asks WedSync alone, whose limits are no CRM's.
        &[]
    }

    fn streams(&self) -> &[StreamInfo] {
        &self.streams
    }

    fn tells_what_is_gone(&self) -> bool {
        false
    }

    async fn probe(&self) -> Result<AccountInfo, ConnectorError> {
        self.ask(None, 1).await?;
        Ok(self.parts.account.clone())
    }

    async fn count(&self, _stream: &str) -> Result<Option<u64>, ConnectorError> {
        Ok(None)
    }

    async fn page(&self, _stream: &str, cursor: Option<&Json>) -> Result<Page, ConnectorError> {
        let page = self.ask(cursor.and_then(Json::as_str), PAGE).await?;
        let records = self.records(&page.events, &MemoryRaw::default())?;
        let records =
            records.into_iter().map(|record| RawRecord { raw: record_text(&record.raw), ..record }).collect();
        Ok(Page { records, next: page.more.then(|| Json::from(page.cursor)), ..Page::default() })
    }

    fn changes(&self, _stream: &str) -> Option<ChangeReading> {
        None
    }

    async fn changed_page(
        &self,
        _stream: &str,
        _since: &Since,
        _cursor: Option<&Json>,
    ) -> Result<ChangedPage, ConnectorError> {
        Err(self.unreadable(StoreError::NotFound { what: "list of changes", id: String::new() }))
    }

    fn follows(&self, _stream: &str) -> bool {
        true
    }

    async fn followed_page(
        &self,
        _stream: &str,
        cursor: Option<&str>,
    ) -> Result<FollowedPage, ConnectorError> {
        let page = self.ask(cursor, PAGE).await?;
        let records = self.records(&page.events, self.parts.stored.as_ref())?;
        Ok(FollowedPage { records, cursor: page.cursor, more: page.more })
    }

    async fn preview(
        &self,
        parties: usize,
        _requests: u32,
        on_row: &(dyn for<'a> Fn(&'a PartyDocument) + Send + Sync),
    ) -> Result<(), ConnectorError> {
        let page = self.ask(None, PAGE).await?;
        let records = self.records(&page.events, &MemoryRaw::default())?;
        let documents = if records.is_empty() {
            // Nothing is kept any more: what came earlier shows how it comes in.
            documents_of(&self.rows, &Told(self.parts.stored.as_ref()), parties)
        } else {
            self.in_memory(records).and_then(|memory| documents_of(&self.rows, &memory, parties))
        };
        documents.map_err(|error| self.unreadable(error))?.iter().for_each(on_row);
        Ok(())
    }

    fn party_streams(&self) -> [String; 2] {
        [PERSONS.to_owned(), JOBS.to_owned()]
    }

    fn parties(
        &self,
        raw: &dyn RawReader,
        connection_id: &str,
        links: &dyn PartyLinks,
    ) -> StoreResult<PartyList> {
        self.rows.parties(&Told(raw), connection_id, links)
    }

    fn assemble(
        &self,
        raw: &dyn RawReader,
        connection_id: &str,
        parties: &[Party],
    ) -> StoreResult<Vec<PartyDocument>> {
        self.rows.documents(&Told(raw), connection_id, parties)
    }

    fn people_without_job(&self, _: &dyn RawReader, _: &str) -> StoreResult<u64> {
        // Whoever an event tells of is a client.
        Ok(0)
    }

    fn days(&self, raws: &[&str]) -> Vec<Option<jiff::civil::Date>> {
        raws.iter()
            .filter_map(|raw| parse(&record_text(raw)).ok())
            .filter_map(|json| self.rows.found(&json))
            .map(|facts| {
                parse_date(facts.project.text("wedding_date"), None).ok().flatten().map(|found| found.date)
            })
            .collect()
    }

    async fn custom_fields(&self) -> Result<Vec<CustomFieldDef>, ConnectorError> {
        Ok(own_fields(self.rows.reading()))
    }

    fn custom_fields_read(&self, _: &dyn RawReader, _: &str) -> StoreResult<Vec<CustomFieldDef>> {
        Ok(own_fields(self.rows.reading()))
    }

    fn default_mapping(&self) -> Vec<Json> {
        mapping(self.rows.reading())
    }

    fn initial_decisions(&self) -> Json {
        serde_json::to_value(Decisions::default()).unwrap_or(Json::Null)
    }
}

impl std::fmt::Debug for RelayConnector {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("RelayConnector").field("provider", &self.provider()).finish_non_exhaustive()
    }
}

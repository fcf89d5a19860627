//! A CRM as its definition says: the one implementation of the connector port.

use std::sync::Arc;

use async_trait::async_trait;
use hub_core::custom_field::CustomFieldDef;
use hub_core::malformed::Malformed;
use hub_core::party::{Party, PartyLinks, PartyList};
use hub_core::ports::{
    AccountInfo, ChangeReading, ChangeWay, ChangedPage, Clock, Connector, ConnectorError, Page,
    PartyDocument, RateLimit, RawReader, RawRecord, RequestBudget, Requests, RetryAdvice, Since, StoreResult,
    StreamInfo,
};
use jiff::Timestamp;
use serde_json::Value as Json;
use serde_json::value::RawValue;
use url::Url;

use super::caller::Caller;
use super::changes::{self, ChangeCursor, Seen};
use super::paging::{self, Cursor, ListFault, PageFacts, Verdict};
use super::pick::{Steps, pick, scalar};
use super::records::StreamReader;
use crate::assemble::Assembler;
use crate::definition::{Always, ApiRoute, Definition, ListsRead, MoneyUnit, Offer, Pagination, Paging};
use crate::http::{Credential, HttpClient, HttpFault, HttpParts, MAX_BODY, Pause, Reach, Signing, origin_of};
use crate::messages;

/// What a connector is made of.
pub struct ConnectorParts {
    /// The definition.
    pub definition: Arc<Definition>,
    /// Address in place of the definition's own (sandboxes, self-hosted).
    pub base_url: Option<String>,
    /// The key and the origin it was saved for.
    pub credential: Credential,
    /// Account that requests are counted for. Before the first probe nobody knows it; the reference of the sealed key
    /// stands for it then, and the probe counts its requests for the account as well.
    pub account: String,
    /// The account itself, where a sign-in said whose it is and no request can be asked.
    pub known: Option<AccountInfo>,
    /// Zone of the studio, as the probe told it; instants become civil days by it.
    pub time_zone: Option<String>,
    /// Which addresses may be reached.
    pub reach: Reach,
    /// Where requests are counted.
    pub budget: Arc<dyn RequestBudget>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// How to wait when the budget is used up.
    pub pause: Arc<dyn Pause>,
}

/// A CRM run from its definition.
pub struct DefinedConnector {
    pub(super) definition: Arc<Definition>,
    pub(super) caller: Caller,
    pub(super) assembler: Assembler,
    streams: Vec<StreamInfo>,
    readers: Vec<StreamReader>,
}

/// A page as parsed, before it is judged.
pub(super) struct ParsedPage {
    pub(super) records: Vec<RawRecord>,
    total: Option<u64>,
    current: Option<u64>,
    pages: Option<u64>,
}

impl DefinedConnector {
    /// Builds the connector of a definition's `api` route.
    ///
    /// # Errors
    /// An address that may not be reached, or a definition without this route.
    pub fn new(parts: ConnectorParts) -> Result<DefinedConnector, ConnectorError> {
        let name = parts.definition.identity.name.clone();
        let refused = || HttpFault::AddressRefused.into_error(&name);
        let api = parts.definition.routes.api.as_ref().ok_or_else(refused)?;
        let address = parts.base_url.as_ref().or(api.base_url.as_ref()).ok_or_else(refused)?;
        let base_url = Url::parse(address).map_err(|_| refused())?;
        let (lists, shape) = api.lists().zip(parts.definition.assemble.as_ref()).ok_or_else(refused)?;
        let limits: Vec<RateLimit> = api
            .limits
            .iter()
            .map(|limit| RateLimit { requests: limit.requests, per_seconds: limit.per_seconds })
            .collect();
        let http = HttpClient::new(HttpParts {
            base_url,
            // Another base URL is another place altogether: the definition's hosts have no business there.
            hosts: if parts.base_url.is_some() { Vec::new() } else { api.hosts.clone() },
            signing: Signing::of(&api.auth).map_err(|fault| fault.into_error(&name))?,
            largest: MAX_BODY,
            credential: parts.credential,
            reach: parts.reach,
            account: parts.account,
            limits,
            budget: parts.budget,
            clock: parts.clock,
            pause: parts.pause,
        })
        .map_err(|fault| fault.into_error(&name))?;
        let streams = lists
            .stream
            .iter()
            .map(|stream| StreamInfo {
                name: stream.name.clone(),
                record_type: stream.record_type,
                always: stream.always == Always::Needed,
            })
            .collect();
        let readers = lists.stream.iter().map(|stream| StreamReader::new(stream, &lists.lists)).collect();
        let assembler = Assembler::new(shape, &lists.stream, parts.time_zone.as_deref());
        let caller = Caller::new(http, &name, &api.failure);
        Ok(DefinedConnector { definition: parts.definition, caller, assembler, streams, readers })
    }

    /// The origin that a key for this address belongs to, to be kept with the key: the definition's own address, or the
    /// one given in its place.
    ///
    /// # Errors
    /// No address, or none that can be read.
    pub fn key_origin(definition: &Definition, base_url: Option<&str>) -> Result<String, ConnectorError> {
        let refused = || HttpFault::AddressRefused.into_error(&definition.identity.name);
        let own = definition.routes.api.as_ref().and_then(|api| api.base_url.as_deref());
        let url = Url::parse(base_url.or(own).ok_or_else(refused)?).map_err(|_| refused())?;
        Ok(origin_of(&url))
    }

    /// How many requests a full sweep of lists of these lengths takes, without retries: the forecast before a job.
    pub fn forecast(&self, counts: &[(String, u64)]) -> u64 {
        let rows = |stream: &str| counts.iter().find(|(name, _)| name == stream).map_or(0, |(_, rows)| *rows);
        let requests = |reader: &StreamReader| match self.pages_of(reader, Some(rows(&reader.stream.name))) {
            Requests::About(requests) | Requests::AtLeast(requests) => requests,
        };
        self.readers.iter().map(requests).sum()
    }

    fn pages_of(&self, reader: &StreamReader, rows: Option<u64>) -> Requests {
        let page_size = self.api().map(|api| {
            let Pagination::Page { page_size, .. } = api.lists.pagination;
            u64::from(page_size.max(1))
        });
        match (reader.stream.paging, rows, page_size) {
            (Paging::Whole, _, _) => Requests::About(1),
            // A last page that is full is followed by the request that proves it was the last.
            (Paging::Pages, Some(rows), Ok(page_size)) => Requests::About(rows / page_size + 1),
            (Paging::Pages, _, _) => Requests::AtLeast(1),
        }
    }

    /// How the lists are read; `new` refuses a definition without it.
    pub(super) fn api(&self) -> Result<&ListsRead, ConnectorError> {
        self.definition
            .routes
            .api
            .as_ref()
            .and_then(ApiRoute::lists)
            .ok_or_else(|| self.error(messages::REQUEST_REFUSED, RetryAdvice::Never, Offer::Report))
    }

    pub(super) fn error(&self, message_id: &'static str, retry: RetryAdvice, offer: Offer) -> ConnectorError {
        self.caller.error(message_id, retry, offer)
    }

    pub(super) fn unreadable(
        &self,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> ConnectorError {
        self.caller.unreadable(source)
    }

    fn list_fault(&self, stream: &str, fault: ListFault) -> ConnectorError {
        let mut error = self.error(messages::LIST_CHANGED, RetryAdvice::ResetPaging, Offer::TryAgain);
        error.params.push(("stream", stream.to_owned()));
        ConnectorError { source: Some(Box::new(fault)), ..error }
    }

    /// Sends one request whose reply is a single object.
    pub(super) async fn fetch_object(&self, path: &str) -> Result<String, ConnectorError> {
        let text = self.caller.text(self.caller.get(path, &[]).await?.body)?;
        pick(&text, &[]).map_err(|error| self.unreadable(error))?;
        Ok(text)
    }

    fn reader(&self, stream: &str) -> Result<&StreamReader, ConnectorError> {
        self.readers
            .iter()
            .find(|reader| reader.stream.name == stream)
            .ok_or_else(|| self.error(messages::NOT_FOUND, RetryAdvice::Never, Offer::Report))
    }

    /// Reads a list with these parameters beside the stream's own.
    pub(super) async fn list(
        &self,
        stream: &str,
        query: Vec<(String, String)>,
    ) -> Result<ParsedPage, ConnectorError> {
        let reader = self.reader(stream)?;
        let mut whole: Vec<(String, String)> =
            reader.stream.params.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        whole.extend(query);
        let reply = self.caller.get(&reader.stream.path, &whole).await?;
        self.parse(reader, reply.body)
    }

    /// Reads a single record of a stream.
    pub(super) async fn record(&self, stream: &str, id: &str) -> Result<RawRecord, ConnectorError> {
        let reader = self.reader(stream)?;
        let text = self.fetch_object(&format!("{}/{id}", reader.stream.path)).await?;
        reader.record(&text).map_err(|error| self.unreadable(error))
    }

    fn parse(&self, reader: &StreamReader, body: Vec<u8>) -> Result<ParsedPage, ConnectorError> {
        let api = self.api()?;
        let text = self.caller.text(body)?;
        let Pagination::Page { current, pages, .. } = &api.lists.pagination;
        let steps = [&api.lists.records, &api.lists.total, current, pages].map(|path| Steps::new(path));
        let found = pick(&text, &steps.each_ref()).map_err(|error| self.unreadable(error))?;
        let number = |slot: usize| {
            found.get(slot).copied().flatten().and_then(scalar).and_then(|text| text.parse::<u64>().ok())
        };
        let (total, current, pages) = (number(1), number(2), number(3));
        let items = found.first().copied().flatten().map_or("", RawValue::get);
        let items: Vec<&RawValue> =
            serde_json::from_str(items).map_err(|error| self.unreadable(Malformed::from(error)))?;
        let records: Result<Vec<RawRecord>, _> =
            items.into_iter().map(|item| reader.record(item.get())).collect();
        Ok(ParsedPage { records: records.map_err(|error| self.unreadable(error))?, total, current, pages })
    }

    pub(super) fn sorted_by(&self, value: &str) -> Result<(String, String), ConnectorError> {
        Ok((self.api()?.lists.sort.param.clone(), value.to_owned()))
    }

    pub(super) fn sized(&self, page: u64, size: u32) -> Result<[(String, String); 2], ConnectorError> {
        let Pagination::Page { number, size: size_param, .. } = &self.api()?.lists.pagination;
        Ok([(number.clone(), page.to_string()), (size_param.clone(), size.to_string())])
    }

    async fn whole_list(&self, stream: &str) -> Result<Page, ConnectorError> {
        let sort = self.sorted_by(&self.api()?.lists.sort.ascending_id)?;
        let parsed = self.list(stream, vec![sort]).await?;
        let rows = parsed.records.len() as u64;
        if parsed.total.is_some_and(|total| total != rows) || parsed.pages.is_some_and(|pages| pages > 1) {
            return Err(self.list_fault(stream, ListFault::Miscounted));
        }
        let mut ids: Vec<&str> = parsed.records.iter().map(|record| record.id.as_str()).collect();
        ids.sort_unstable();
        if ids.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(self.list_fault(stream, ListFault::Repeated));
        }
        Ok(Page { records: parsed.records, total: Some(rows), ..Page::default() })
    }

    async fn paged_list(&self, stream: &str, cursor: Option<&Json>) -> Result<Page, ConnectorError> {
        let api = self.api()?;
        let Pagination::Page { page_size, first, .. } = api.lists.pagination;
        let cursor = match cursor {
            None => Cursor::start(first),
            // A checkpoint of another version of the app: the list is begun again, never continued by guess.
            Some(json) => serde_json::from_value(json.clone())
                .map_err(|_| self.list_fault(stream, ListFault::WrongPage))?,
        };
        let mut query = self.sized(cursor.page, page_size)?.to_vec();
        query.push(self.sorted_by(&api.lists.sort.ascending_id)?);
        let parsed = match self.list(stream, query).await {
            Ok(parsed) => parsed,
            // All rows are there; a CRM that has no page after the last one says so with an error.
            Err(error)
                if cursor.closing
                    && [messages::NOT_FOUND, messages::REQUEST_REFUSED].contains(&error.message_id) =>
            {
                return Ok(Page { total: cursor.total, ..Page::default() });
            }
            Err(error) => return Err(error),
        };
        let (Some(current), Some(pages), Some(total)) = (parsed.current, parsed.pages, parsed.total) else {
            return Err(self.unreadable(MissingCounts));
        };
        let ids: Vec<&str> = parsed.records.iter().map(|record| record.id.as_str()).collect();
        let facts = PageFacts { current, pages, total, ids };
        let verdict = paging::judge(&cursor, &facts, first, u64::from(page_size))
            .map_err(|fault| self.list_fault(stream, fault))?;
        let (records, next) = match verdict {
            Verdict::More(next) => {
                let next = serde_json::to_value(next).map_err(|error| self.unreadable(error))?;
                (parsed.records, Some(next))
            }
            Verdict::End => (parsed.records, None),
            Verdict::EndWithoutRows => (Vec::new(), None),
        };
        Ok(Page { records, next, total: Some(total), ..Page::default() })
    }
}

/// A list without the counts that its end is proved by.
#[derive(Debug, thiserror::Error)]
#[error("the reply does not say how long the list is")]
struct MissingCounts;

#[async_trait]
impl Connector for DefinedConnector {
    fn provider(&self) -> &str {
        &self.definition.identity.key
    }

    fn limits(&self) -> &[RateLimit] {
        self.caller.http.limits()
    }

    fn streams(&self) -> &[StreamInfo] {
        &self.streams
    }

    async fn probe(&self) -> Result<AccountInfo, ConnectorError> {
        self.probe_account().await
    }

    async fn count(&self, stream: &str) -> Result<Option<u64>, ConnectorError> {
        if self.reader(stream)?.stream.paging == Paging::Whole {
            return self.whole_list(stream).await.map(|page| page.total);
        }
        let Pagination::Page { smallest, first, .. } = self.api()?.lists.pagination;
        let parsed = self.list(stream, self.sized(first, smallest)?.to_vec()).await?;
        Ok(parsed.total)
    }

    async fn page(&self, stream: &str, cursor: Option<&Json>) -> Result<Page, ConnectorError> {
        match self.reader(stream)?.stream.paging {
            Paging::Whole => self.whole_list(stream).await,
            Paging::Pages => self.paged_list(stream, cursor).await,
        }
    }

    fn requests(&self, stream: &str, records: Option<u64>) -> Requests {
        self.reader(stream).map_or(Requests::AtLeast(1), |reader| self.pages_of(reader, records))
    }

    fn changes(&self, stream: &str) -> Option<ChangeReading> {
        let changed = self.definition.routes.api.as_ref()?.lists()?.lists.changed?;
        let reader = self.readers.iter().find(|reader| reader.stream.name == stream)?;
        (reader.stream.paging == Paging::Pages).then_some(ChangeReading {
            way: ChangeWay::NewestFirst { lookback_seconds: changed.lookback_seconds },
            whole_after_seconds: changed.whole_after_days.saturating_mul(24 * 60 * 60),
            version: self.definition.version,
            asked: None,
        })
    }

    async fn changed_page(
        &self,
        stream: &str,
        since: &Since,
        cursor: Option<&Json>,
    ) -> Result<ChangedPage, ConnectorError> {
        let Since::Time(since) = since else {
            return Err(self.list_fault(stream, ListFault::WrongPage));
        };
        let api = self.api()?;
        let Pagination::Page { page_size, first, .. } = api.lists.pagination;
        let cursor = match cursor {
            None => ChangeCursor { page: first, seen: Seen::default() },
            Some(json) => serde_json::from_value(json.clone())
                .map_err(|_| self.list_fault(stream, ListFault::WrongPage))?,
        };
        let mut query = self.sized(cursor.page, page_size)?.to_vec();
        query.push(self.sorted_by(&api.lists.sort.newest)?);
        let mut parsed = self.list(stream, query).await?;
        let (Some(current), Some(pages), Some(total)) = (parsed.current, parsed.pages, parsed.total) else {
            return Err(self.unreadable(MissingCounts));
        };
        if current != cursor.page {
            return Err(self.list_fault(stream, ListFault::WrongPage));
        }
        let changed: Vec<Option<Timestamp>> = parsed
            .records
            .iter()
            .map(|record| record.version.as_deref().and_then(|version| version.parse().ok()))
            .collect();
        let last_page = cursor.page + 1 >= first + pages;
        if !last_page && changed.len() < page_size as usize {
            return Err(self.list_fault(stream, ListFault::Short));
        }
        let found = changes::judge(cursor.seen, *since, &changed, Some(total), last_page)
            .map_err(|fault| self.list_fault(stream, fault))?;
        parsed.records.truncate(found.rows);
        let further = found.further.map(|seen| ChangeCursor { page: cursor.page + 1, seen });
        let next = further.map(serde_json::to_value).transpose().map_err(|error| self.unreadable(error))?;
        Ok(ChangedPage { records: parsed.records, gone: Vec::new(), next, total: Some(total), token: None })
    }

    async fn preview(
        &self,
        parties: usize,
        requests: u32,
        on_row: &(dyn for<'a> Fn(&'a PartyDocument) + Send + Sync),
    ) -> Result<(), ConnectorError> {
        self.preview_rows(parties, requests, on_row).await
    }

    fn party_streams(&self) -> [String; 2] {
        let shape = self.assembler.shape();
        [shape.person.stream.clone(), shape.job.stream.clone()]
    }

    fn parties(
        &self,
        raw: &dyn RawReader,
        connection_id: &str,
        links: &dyn PartyLinks,
    ) -> StoreResult<PartyList> {
        self.assembler.parties(raw, connection_id, links)
    }

    fn assemble(
        &self,
        raw: &dyn RawReader,
        connection_id: &str,
        parties: &[Party],
    ) -> StoreResult<Vec<PartyDocument>> {
        self.assembler.assemble(raw, connection_id, parties)
    }

    fn people_without_job(&self, raw: &dyn RawReader, connection_id: &str) -> StoreResult<u64> {
        self.assembler.people_without_job(raw, connection_id)
    }

    fn people_alone(
        &self,
        raw: &dyn RawReader,
        connection_id: &str,
        after: Option<&str>,
    ) -> StoreResult<(Vec<String>, Option<String>)> {
        self.assembler.people_alone(raw, connection_id, after)
    }

    fn days(&self, raws: &[&str]) -> Vec<Option<jiff::civil::Date>> {
        self.assembler.days(raws)
    }

    async fn custom_fields(&self) -> Result<Vec<CustomFieldDef>, ConnectorError> {
        self.list_custom_fields().await
    }

    fn custom_fields_read(
        &self,
        raw: &dyn RawReader,
        connection_id: &str,
    ) -> StoreResult<Vec<CustomFieldDef>> {
        self.stored_custom_fields(raw, connection_id)
    }

    fn default_mapping(&self) -> Vec<Json> {
        self.definition.mapping.iter().map(crate::definition::MapRule::to_json).collect()
    }

    fn initial_decisions(&self) -> Json {
        let unit = match self.definition.money_unit() {
            MoneyUnit::Minor => "minor",
            MoneyUnit::Major => "major",
            MoneyUnit::Ask => "ask",
        };
        serde_json::json!({ "money_unit": unit })
    }
}

impl std::fmt::Debug for DefinedConnector {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("DefinedConnector")
            .field("provider", &self.definition.identity.key)
            .finish_non_exhaustive()
    }
}

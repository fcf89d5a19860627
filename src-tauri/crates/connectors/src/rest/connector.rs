//! The port over one list, of a REST API or on the pages of a site that somebody signed in to.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use hub_core::custom_field::CustomFieldDef;
use hub_core::mapping::Decisions;
use hub_core::parse::{MoneyUnit as ParsedUnit, parse_date};
use hub_core::party::{Party, PartyLinks, PartyList};
use hub_core::ports::{
    AccountInfo, ChangeReading, ChangedPage, Connector, ConnectorError, Page, PartyDocument, RateLimit,
    RawReader, RawRecord, Requests, RetryAdvice, Since, StoreError, StoreResult, StreamInfo,
};
use hub_core::record::RecordType;
use jiff::tz::TimeZone;
use serde_json::Value as Json;
use serde_json::value::RawValue;
use url::Url;

use super::paged::Paged;
use super::pages::{self, At, Facts, ListCursor, Verdict};
use super::rows::RowReader;
use super::site::Who;
use super::token::{Asking, began, further};
use crate::assemble::parse;
use crate::definition::{
    Absent, Definition, Empty, ListPages, ListRead, MoneyUnit, Offer, Rows, SignInRoute,
};
use crate::http::{Carried, HttpClient, HttpFault, HttpParts, MAX_BODY, Signing};
use crate::messages;
use crate::read::paging::ListFault;
use crate::read::{Caller, ConnectorParts};
use crate::sheet::{JOBS, PERSONS, mapping, own_fields};

/// What stands before the account of a first look: nobody knows yet whose it is.
pub(super) const PROBE: &str = "probe:";

/// A list that a definition describes.
pub struct ListConnector {
    pub(super) definition: Arc<Definition>,
    pub(super) list: ListRead,
    pub(super) base_url: Url,
    pub(super) caller: Caller,
    /// How its pages are read, where the list is on such.
    pub(super) paged: Option<Paged>,
    pub(super) rows: RowReader,
    /// Who is signed in, of a site that says so by an address.
    pub(super) who: Option<Who>,
    /// Values of the session that stand on pages of the site: asked for once.
    pub(super) carried: tokio::sync::OnceCell<()>,
    streams: Vec<StreamInfo>,
    /// The account that requests are made for.
    pub(super) account: String,
    /// Its id, where a request of its own says it or a connection knows it.
    pub(super) whose_id: OnceLock<String>,
    /// The same with its name, where whoever signed in is known.
    pub(super) known: Option<AccountInfo>,
}

/// A page of any list as it came, as far as the list says so.
pub(super) struct Entries {
    /// Its entries.
    pub(super) items: Vec<Box<RawValue>>,
    /// How many there are in all.
    pub(super) total: Option<u64>,
    /// Where the next page is.
    pub(super) next: Option<At>,
    /// The token by which what changes from now on is read.
    pub(super) token: Option<String>,
}

/// What asking for a page of a list takes.
pub(super) struct Shape<'a> {
    pub(super) path: Cow<'a, str>,
    /// The whole address in place of the path, where the CRM named it.
    pub(super) named: Option<Url>,
    pub(super) params: Cow<'a, BTreeMap<String, String>>,
    pub(super) records: &'a str,
    pub(super) total: Option<&'a str>,
    pub(super) pages: &'a ListPages,
    pub(super) token: Option<&'a str>,
    pub(super) empty: Empty,
}

/// A page as it came.
pub(super) struct ListPage {
    /// Its records.
    pub(super) records: Vec<RawRecord>,
    /// Ids of those that are deleted.
    pub(super) gone: Vec<String>,
    /// Rows of the whole list, where it says so.
    pub(super) total: Option<u64>,
    /// Where the next page is, where the list says so itself.
    pub(super) next: Option<At>,
    /// The token by which what changes from now on is read.
    pub(super) token: Option<String>,
}

impl ListPage {
    /// Ids of everything that it names.
    pub(super) fn ids(&self) -> Vec<&str> {
        self.records
            .iter()
            .map(|record| record.id.as_str())
            .chain(self.gone.iter().map(String::as_str))
            .collect()
    }
}

/// A record that cannot be told from others.
#[derive(Debug, thiserror::Error)]
#[error("a record has no id")]
pub(super) struct NoId;

impl ListConnector {
    /// Builds the connector of the route that a definition is read by.
    ///
    /// # Errors
    /// An address that may not be reached, or a definition that is not read by one list.
    pub fn new(parts: ConnectorParts) -> Result<ListConnector, ConnectorError> {
        let name = parts.definition.identity.name.clone();
        let refused = || HttpFault::AddressRefused.into_error(&name);
        let route = parts.definition.read_route().ok_or_else(refused)?;
        let who = route.site.and_then(|site| site.account.as_ref()).map(|of| Who::new(of, &parts.account));
        let of_nobody = Rows::none();
        let fields = match (&parts.definition.rows, &parts.definition.appointments) {
            (Some(rows), _) => rows,
            (None, Some(_)) => &of_nobody,
            (None, None) => return Err(refused()),
        };
        let (list, paged) = match (route.list, route.page) {
            (Some(list), _) => (list.clone(), None),
            (None, Some(page)) => {
                let paged = Paged::new(page, &parts).map_err(|_| refused())?;
                (Paged::as_list(page), Some(paged))
            }
            (None, None) => return Err(refused()),
        };
        let address = parts.base_url.as_deref().or(route.opened.base_url).ok_or_else(refused)?;
        let mut base_url = Url::parse(address).map_err(|_| refused())?;
        if route.opened.auth.names_the_account() {
            base_url.path_segments_mut().map_err(|()| refused())?.pop_if_empty().push(&parts.account);
        }
        let http = HttpClient::new(HttpParts {
            base_url: base_url.clone(),
            // One's own source is one place: a redirect to another host is refused, whatever the file says.
            hosts: Vec::new(),
            signing: Signing::of(route.opened.auth).map_err(|fault| fault.into_error(&name))?,
            largest: MAX_BODY,
            credential: parts.credential,
            reach: parts.reach,
            account: parts.account.clone(),
            limits: route
                .opened
                .limits
                .iter()
                .map(|limit| RateLimit { requests: limit.requests, per_seconds: limit.per_seconds })
                .collect(),
            budget: parts.budget,
            clock: parts.clock,
            pause: parts.pause,
        })
        .map_err(|fault| fault.into_error(&name))?;
        let http = match route.site {
            Some(site) => http.carrying(Carried::of(site)),
            None => http,
        };
        let zone = parts.time_zone.as_deref().and_then(|name| TimeZone::get(name).ok());
        let rows =
            RowReader::new(&parts.definition.identity.key, &list, fields, zone.unwrap_or(TimeZone::UTC));
        let record_type = match parts.definition.appointments {
            Some(_) => RecordType::Event,
            None => RecordType::Person,
        };
        let main = StreamInfo { name: list.stream.clone(), record_type: Some(record_type), always: true };
        let beside = list.beside.iter().map(|beside| StreamInfo {
            name: beside.name.clone(),
            record_type: Some(beside.record.record_type()),
            always: false,
        });
        let streams = std::iter::once(main).chain(beside).collect();
        let caller = Caller::new(http, &name, route.failure);
        Ok(ListConnector {
            list,
            base_url,
            caller,
            paged,
            rows,
            who,
            carried: tokio::sync::OnceCell::new(),
            streams,
            whose_id: match parts.account.starts_with(PROBE) {
                true => OnceLock::new(),
                false => OnceLock::from(parts.account.clone()),
            },
            account: parts.account,
            known: parts.known,
            definition: parts.definition,
        })
    }

    /// Provider, and what stands for the account, of a definition that is read by one list.
    pub fn source_of(definition: &Definition) -> Option<(String, String)> {
        let route = definition.read_route()?;
        let base_url = Url::parse(route.opened.base_url?).ok()?;
        Some((definition.identity.key.clone(), account_of(&base_url, &route.list?.path)))
    }

    /// The first clients, for whoever looks before connecting.
    ///
    /// # Errors
    /// As for reading a page.
    pub async fn glimpse(&self, count: usize) -> Result<Vec<PartyDocument>, ConnectorError> {
        self.first(count, u32::MAX).await.map(|(_, documents)| documents)
    }

    /// The account of such a list, as far as it can be told: by who is signed in where a page says so, else by its address.
    fn account(&self, who: Option<String>) -> AccountInfo {
        let address = account_of(&self.base_url, &self.list.path);
        let name = self.definition.identity.name.clone();
        let (account_id, name) = match who {
            Some(who) => (format!("{address}#{who}"), format!("{name} ({who})")),
            None => (address, name),
        };
        let readable = self.list_names();
        AccountInfo { account_id, name, time_zone: None, currency: None, country: None, readable }
    }

    pub(super) fn list_names(&self) -> Vec<String> {
        self.streams.iter().map(|stream| stream.name.clone()).collect()
    }

    /// Whose list it is, as the site or the newest page says.
    pub(super) fn whose(&self) -> AccountInfo {
        match self.who.as_ref().and_then(Who::found) {
            Some(found) => found.told(self.account(None)),
            None => self.account(self.paged.as_ref().and_then(Paged::who)),
        }
    }

    /// The site's answers are not what they were: nothing of them is taken (F81).
    pub(super) fn changed(&self, source: impl std::error::Error + Send + Sync + 'static) -> ConnectorError {
        let error = self.caller.error(messages::SITE_CHANGED, RetryAdvice::Never, Offer::Report);
        ConnectorError { source: Some(Box::new(source)), ..error }
    }

    /// The route behind a sign-in, where the list is there.
    pub(super) fn site(&self) -> Option<&SignInRoute> {
        self.definition.read_route().and_then(|route| route.site)
    }

    pub(super) fn is_site(&self) -> bool {
        self.site().is_some()
    }

    pub(super) fn list_fault(&self, fault: ListFault) -> ConnectorError {
        self.fault_of(&self.list.stream, fault)
    }

    pub(super) fn fault_of(&self, stream: &str, fault: ListFault) -> ConnectorError {
        let mut error = match fault {
            ListFault::TooLong => self.caller.error(messages::TOO_LARGE, RetryAdvice::Never, Offer::Report),
            _ => self.caller.error(messages::LIST_CHANGED, RetryAdvice::ResetPaging, Offer::TryAgain),
        };
        error.params.push(("stream", stream.to_owned()));
        ConnectorError { source: Some(Box::new(fault)), ..error }
    }

    /// A cursor as it stands in a checkpoint.
    pub(super) fn stored(&self, cursor: &ListCursor) -> Result<Json, ConnectorError> {
        serde_json::to_value(cursor).map_err(|error| self.caller.unreadable(error))
    }

    pub(super) fn store_fault(&self, error: StoreError) -> ConnectorError {
        ConnectorError {
            source: Some(Box::new(error)),
            ..self.caller.error(messages::UNREADABLE, RetryAdvice::Never, Offer::TryAgain)
        }
    }
}

/// What stands for the account: nobody asks such a source who it belongs to, so that the address of the list says it.
fn account_of(base_url: &Url, path: &str) -> String {
    let host = base_url.host_str().unwrap_or_default();
    let port = base_url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{host}{port}{}{path}", base_url.path().trim_end_matches('/'))
}

#[async_trait]
impl Connector for ListConnector {
    fn provider(&self) -> &str {
        &self.definition.identity.key
    }

    fn limits(&self) -> &[RateLimit] {
        self.caller.http.limits()
    }

    fn streams(&self) -> &[StreamInfo] {
        &self.streams
    }

    fn tells_what_is_gone(&self) -> bool {
        // A test read does not know how such a source deletes, hides or archives (SYNC-LAW 3).
        self.list.absent == Absent::Gone
    }

    async fn probe(&self) -> Result<AccountInfo, ConnectorError> {
        self.opened().await?;
        if let Some(account) = &self.list.account {
            return self.asked_account(account).await;
        }
        self.look().await?;
        if let Some(known) = &self.known {
            // Whose account it is, the sign-in said; that it still opens, this request did.
            return Ok(known.clone());
        }
        let account = self.whose();
        self.caller.http.count_for(&account.account_id, 1);
        Ok(account)
    }

    async fn count(&self, stream: &str) -> Result<Option<u64>, ConnectorError> {
        let beside = self.list.beside.iter().find(|beside| beside.name == stream);
        let shape = beside.map_or_else(|| Asking::Look.shape(&self.list), Shape::beside);
        if shape.total.is_none() {
            return Ok(None);
        }
        self.carry().await?;
        let at = ListCursor::start(shape.pages).at;
        if let Some(counted) = self.counted(&shape, &at).await? {
            return Ok(Some(counted));
        }
        match beside {
            Some(_) => Ok(self.ask_list(&shape, &at).await?.total),
            None => Ok(self.look().await?.total),
        }
    }

    async fn page(&self, stream: &str, cursor: Option<&Json>) -> Result<Page, ConnectorError> {
        self.opened().await?;
        if let Some(beside) = self.list.beside.iter().find(|beside| beside.name == stream) {
            return self.page_beside(beside, cursor).await;
        }
        let cursor: ListCursor = match cursor {
            None => ListCursor::start(&self.list.pages).of_day(self.day()),
            Some(json) => {
                serde_json::from_value(json.clone()).map_err(|_| self.list_fault(ListFault::WrongPage))?
            }
        };
        let counted = self.counted(&Asking::Whole.shape(&self.list), &cursor.at).await?;
        let mut page = match self.ask(Asking::Whole, &cursor.at, cursor.day).await {
            Ok(page) => page,
            Err(error) if cursor.is_over(&error) => {
                return Ok(Page { total: cursor.total, ..Page::default() });
            }
            Err(error) => return Err(error),
        };
        page.total = page.total.or(counted);
        if self.list.page_rows.is_some_and(|most| page.records.len() > most as usize) {
            // With what is below each, such a page asks for more than a window of the limits has, and would never end.
            return Err(self.list_fault(ListFault::WrongPage));
        }
        let ids = page.records.iter().map(|record| record.id.as_str()).collect();
        let facts = Facts { ids, total: page.total, next: page.next };
        let verdict =
            pages::judge(&self.list.pages, &cursor, facts).map_err(|fault| self.list_fault(fault))?;
        let of = self.list.sync_token.as_ref();
        let (next, token) = match verdict {
            Verdict::More(next) => {
                let began = began(of, &cursor, page.token.as_ref());
                (Some(self.stored(&next.begun(began))?), None)
            }
            Verdict::End => (None, of.and_then(|of| further(of, &cursor, page.token))),
        };
        let kept = self.kept(&self.list.leave_out, page.records)?;
        let mut records = Vec::with_capacity(kept.len());
        for record in kept {
            records.extend(self.with_nested(record).await?);
        }
        Ok(Page { records, gone: page.gone, next, total: page.total, token })
    }

    fn requests(&self, stream: &str, records: Option<u64>) -> Requests {
        let beside = self.list.beside.iter().find(|beside| beside.name == stream);
        let pages = match (beside.map_or(&self.list.pages, |beside| &beside.pages), records) {
            (ListPages::Whole {}, _) => Requests::About(1),
            // The page after the last is the one that proves the end.
            (
                ListPages::Page { rows: Some(rows), .. } | ListPages::Offset { rows: Some(rows), .. },
                Some(records),
            ) => Requests::About(records / u64::from((*rows).max(1)) + 1),
            // How long a page is, this source decides.
            _ => Requests::AtLeast(1),
        };
        // What lies below a record is asked for record by record.
        let below = match (&self.paged, beside) {
            (_, Some(_)) => 0,
            (Some(paged), None) => u64::from(paged.reads_own_pages()),
            (None, None) => self.list.nested.len() as u64,
        };
        let most = self.list.nested.iter().map(|nested| nested.most).max().unwrap_or(1);
        match (pages, records, below) {
            (pages, _, 0) => pages,
            (Requests::About(pages), Some(records), below) if most <= 1 => {
                Requests::About(pages + records * below)
            }
            (Requests::About(pages) | Requests::AtLeast(pages), records, below) => {
                Requests::AtLeast(pages + records.unwrap_or(0) * below)
            }
        }
    }

    fn changes(&self, stream: &str) -> Option<ChangeReading> {
        // Where a list neither gives a token nor can be had in the order of its changes, every import reads it whole.
        self.changes_by_token(stream).or_else(|| self.changes_newest_first(stream))
    }

    async fn changed_page(
        &self,
        stream: &str,
        since: &Since,
        cursor: Option<&Json>,
    ) -> Result<ChangedPage, ConnectorError> {
        self.opened().await?;
        match since {
            Since::Time(since) => self.changed_newest_first(*since, cursor).await,
            Since::Token(token) => self.changed_since(stream, token, cursor).await,
        }
    }

    async fn preview(
        &self,
        parties: usize,
        requests: u32,
        on_row: &(dyn for<'a> Fn(&'a PartyDocument) + Send + Sync),
    ) -> Result<(), ConnectorError> {
        // Fewer rows are no fault; more requests than were allowed are one.
        let count = self.records_within(parties, requests);
        if count == 0 {
            return Ok(());
        }
        let (_, documents) = self.first(count, requests).await?;
        documents.iter().for_each(on_row);
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
        self.rows.parties(raw, connection_id, links)
    }

    fn assemble(
        &self,
        raw: &dyn RawReader,
        connection_id: &str,
        parties: &[Party],
    ) -> StoreResult<Vec<PartyDocument>> {
        self.rows.documents(raw, connection_id, parties)
    }

    fn people_without_job(&self, _: &dyn RawReader, _: &str) -> StoreResult<u64> {
        // Whoever stands in a list of clients is one.
        Ok(0)
    }

    fn days(&self, raws: &[&str]) -> Vec<Option<jiff::civil::Date>> {
        raws.iter()
            .filter_map(|raw| self.rows.found(&parse(raw).ok()?))
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
        // Where a definition says nothing of money, amounts are as people write them.
        let money_unit = match self.definition.money.map(|money| money.unit) {
            None | Some(MoneyUnit::Major) => ParsedUnit::Major,
            Some(MoneyUnit::Minor) => ParsedUnit::Minor,
            Some(MoneyUnit::Ask) => ParsedUnit::Ask,
        };
        serde_json::to_value(Decisions { money_unit, ..Decisions::default() }).unwrap_or(Json::Null)
    }
}

impl std::fmt::Debug for ListConnector {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("ListConnector")
            .field("provider", &self.definition.identity.key)
            .finish_non_exhaustive()
    }
}

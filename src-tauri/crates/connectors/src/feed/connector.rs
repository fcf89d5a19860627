//! A calendar by its address, behind the port.
//!
//! The address opens the calendar, so that it is a secret like a key: it is kept in the vault, goes to its own host alone, and
//! stands in no log, no message and no stored record. An unchanged calendar costs one request (RFC 9110, 13.1): what it
//! answered with is kept as the mark of the list. Without such marks the bytes are compared.

use std::sync::Arc;

use async_trait::async_trait;
use hub_core::canonical::{hash_bytes, hash_json};
use hub_core::mapping::Decisions;
use hub_core::party::{Party, PartyLinks, PartyList};
use hub_core::ports::{
    AccountInfo, ChangeReading, ChangeWay, ChangedPage, Clock, Connector, ConnectorError, FEED_PREFIX, Page,
    PartyDocument, RateLimit, RawReader, RequestBudget, Requests, RetryAdvice, Secret, Since, StoreResult,
    StreamInfo,
};
use hub_core::record::RecordType;
use reqwest::header::{ETAG, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use tokio::sync::Mutex;
use url::{Host, Url};

use super::book::FeedFault;
use super::document::{appointments, days, first, mapping};
use super::record::{Left, Read, STREAM, Window, read};
use crate::definition::{Action, FailureRule, Offer, StatusMatch};
use crate::http::{
    Credential, HttpClient, HttpFault, HttpParts, Pause, Reach, Reply, Signing, check_url, origin_of,
};
use crate::messages;
use crate::read::Caller;

/// Goes up when the same bytes are read as other appointments.
const READER: u32 = 1;
/// Largest calendar that is taken, in bytes.
pub(super) const LARGEST: usize = 16 * 1024 * 1024;
/// Seconds after which a calendar is read whole, changed or not (SYNC-LAW 17); the window moves with it.
const WHOLE_AFTER: u32 = 7 * 24 * 3_600;
/// Longest mark that is sent back to a server.
const LONGEST_MARK: usize = 500;

/// What a connector over a calendar is made of.
pub struct FeedParts {
    /// Provider key.
    pub provider: String,
    /// What its program is called in messages.
    pub name: String,
    /// The address.
    pub address: Secret,
    /// The account as the connection knows it; nothing before there is one.
    pub account: Option<AccountInfo>,
    /// The connection.
    pub connection_id: String,
    /// IANA name of the studio's zone.
    pub zone: String,
    /// Limits of requests.
    pub limits: Vec<RateLimit>,
    /// Which addresses may be reached.
    pub reach: Reach,
    /// Where requests are counted.
    pub budget: Arc<dyn RequestBudget>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// How to wait.
    pub pause: Arc<dyn Pause>,
    /// What earlier readings left.
    pub stored: Arc<dyn RawReader>,
    /// How far the calendar is known.
    pub known: Option<Since>,
}

/// The address of a calendar as a person writes it: `webcal` is https (it never was a protocol), and so is http but for
/// this computer in profiles with invented data.
///
/// # Errors
/// [`HttpFault::AddressRefused`] for what is no address, or none that may be reached.
pub fn feed_address(text: &str, reach: Reach) -> Result<Url, HttpFault> {
    let text = text.trim();
    let rest = |scheme: &str| {
        let (head, rest) = text.split_at_checked(scheme.len())?;
        head.eq_ignore_ascii_case(scheme).then_some(rest)
    };
    let schemes = ["webcal://", "webcals://", "https://", "http://"];
    let rest = match schemes.iter().find_map(|scheme| rest(scheme)) {
        Some(rest) => rest,
        None if text.contains("://") => return Err(HttpFault::AddressRefused),
        None => text,
    };
    let plain =
        |scheme: &str| Url::parse(&format!("{scheme}://{rest}")).map_err(|_| HttpFault::AddressRefused);
    let mut url = plain("https")?;
    let here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    if here && reach == Reach::LoopbackToo && !text.to_ascii_lowercase().starts_with("https://") {
        url = plain("http")?;
    }
    url.set_fragment(None);
    check_url(&url, reach)?;
    Ok(url)
}

/// What a server said of the calendar that was read last, and what was left out of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Mark {
    /// Digest of the address it is about.
    of: String,
    etag: Option<String>,
    modified: Option<String>,
    /// Digest of the bytes.
    bytes: String,
    left: Left,
}

/// What was left out of a calendar when it was last read by its address, from how far it is known.
pub fn left_out(known: &Since) -> Option<Left> {
    let Since::Token(text) = known else { return None };
    Some(serde_json::from_str::<Mark>(text).ok()?.left)
}

/// What came of asking.
#[derive(Clone)]
enum Answer {
    /// It is what it was.
    Same(Mark),
    /// The calendar, and what is remembered of it.
    Whole(Arc<Read>, Mark),
}

/// A calendar by its address.
pub struct FeedConnector {
    parts: FeedParts,
    url: Url,
    caller: Caller,
    streams: [StreamInfo; 1],
    limits: Vec<RateLimit>,
    /// The last answer, until somebody uses it: a look at the account and the reading after it are one request.
    answer: Mutex<Option<Answer>>,
}

/// What failed replies mean. A calendar whose address was withdrawn answers with any of these.
fn failures() -> Vec<FailureRule> {
    let rule = |status: Vec<StatusMatch>, action, message: &str, offer| FailureRule {
        on: None,
        status,
        content_type: None,
        header: None,
        body: None,
        action,
        message: message.to_owned(),
        offer,
    };
    let gone = [401, 403, 404, 410].map(StatusMatch::Exact).to_vec();
    vec![
        rule(vec![StatusMatch::Exact(429)], Action::RateLimited, messages::BUSY, Offer::Wait),
        rule(gone, Action::SignIn, messages::FEED_ADDRESS, Offer::NewKey),
    ]
}

impl FeedConnector {
    /// The connector of an address.
    ///
    /// # Errors
    /// `error.crm.address_refused` for an address that may not be reached.
    pub fn new(parts: FeedParts) -> Result<FeedConnector, ConnectorError> {
        let failed = |fault: HttpFault| fault.into_error(&parts.name);
        let url = feed_address(parts.address.expose(), parts.reach).map_err(failed)?;
        let mut base_url = url.clone();
        base_url.set_path("/");
        base_url.set_query(None);
        let account = match &parts.account {
            Some(account) => account.account_id.clone(),
            None => format!("probe:{}", parts.provider),
        };
        let http = HttpClient::new(HttpParts {
            base_url,
            // A calendar that moves elsewhere is not followed: the address opens it, and whoever asks for it there gets it.
            hosts: Vec::new(),
            signing: Signing::Address,
            largest: LARGEST,
            credential: Credential::address(Secret::new(url.as_str()), origin_of(&url)),
            reach: parts.reach,
            account,
            limits: parts.limits.clone(),
            budget: parts.budget.clone(),
            clock: parts.clock.clone(),
            pause: parts.pause.clone(),
        })
        .map_err(failed)?;
        let caller = Caller::new(http, &parts.name, &failures());
        let streams =
            [StreamInfo { name: STREAM.to_owned(), record_type: Some(RecordType::Event), always: true }];
        let limits = parts.limits.clone();
        Ok(FeedConnector { parts, url, caller, streams, limits, answer: Mutex::new(None) })
    }

    /// Whether a new address is of the calendar that is connected: it names an appointment that is held.
    ///
    /// # Errors
    /// As for reading it.
    pub async fn is_of(&self, connection_id: &str) -> Result<bool, ConnectorError> {
        let (read, mark) = self.whole().await?;
        let ids: Vec<String> = read.records.iter().map(|record| record.id.clone()).collect();
        *self.answer.lock().await = Some(Answer::Whole(read, mark));
        let held = self.parts.stored.by_ids(connection_id, STREAM, &ids);
        Ok(!held.map_err(|error| self.caller.unreadable(error))?.is_empty())
    }

    fn of(&self) -> String {
        hash_bytes(self.url.as_str().as_bytes()).chars().take(32).collect()
    }

    fn window(&self) -> Window {
        Window { today: self.parts.clock.today(&self.parts.zone), zone: self.parts.zone.clone() }
    }

    /// What is remembered of this very address.
    fn known(&self, since: Option<&Since>) -> Option<Mark> {
        let Some(Since::Token(text)) = since else { return None };
        let mark: Mark = serde_json::from_str(text).ok()?;
        (mark.of == self.of()).then_some(mark)
    }

    async fn ask(&self, known: Option<&Mark>) -> Result<Answer, ConnectorError> {
        let mut conditions: Vec<(HeaderName, HeaderValue)> = Vec::new();
        let mut on = |name: HeaderName, value: &Option<String>| {
            let value = value.as_deref().and_then(|value| HeaderValue::from_str(value).ok());
            conditions.extend(value.map(|value| (name, value)));
        };
        if let Some(known) = known {
            on(IF_NONE_MATCH, &known.etag);
            on(IF_MODIFIED_SINCE, &known.modified);
        }
        let reply = self.caller.get_address(&conditions).await?;
        if reply.status == NOT_MODIFIED {
            return match known {
                Some(known) => Ok(Answer::Same(known.clone())),
                // It was not asked whether it is the same.
                None => Err(self.caller.unreadable(FeedFault::CutShort)),
            };
        }
        let bytes = hash_bytes(&reply.body);
        if let Some(known) = known
            && known.bytes == bytes
        {
            return Ok(Answer::Same(Mark { of: known.of.clone(), bytes, left: known.left, ..marks(&reply) }));
        }
        let window = self.window();
        let body = reply.body.clone();
        // A large calendar is worked out beside whatever else runs here.
        let read = tokio::task::spawn_blocking(move || read(&body, &window)).await;
        let read =
            read.map_err(|error| self.caller.unreadable(error))?.map_err(|fault| self.refused(fault))?;
        let mark = Mark { of: self.of(), bytes, left: read.left, ..marks(&reply) };
        Ok(Answer::Whole(Arc::new(read), mark))
    }

    /// The whole calendar, from the last answer where that was one.
    async fn whole(&self) -> Result<(Arc<Read>, Mark), ConnectorError> {
        if let Some(Answer::Whole(read, mark)) = self.answer.lock().await.take() {
            return Ok((read, mark));
        }
        match self.ask(None).await? {
            Answer::Whole(read, mark) => Ok((read, mark)),
            Answer::Same(_) => Err(self.caller.unreadable(FeedFault::CutShort)),
        }
    }

    fn refused(&self, fault: FeedFault) -> ConnectorError {
        let (message_id, retry, offer) = match &fault {
            FeedFault::NotACalendar => (messages::FEED_NO_CALENDAR, RetryAdvice::Never, Offer::NewKey),
            FeedFault::CutShort => (messages::UNREADABLE, RetryAdvice::Retry, Offer::TryAgain),
            FeedFault::TooMany(_) => (messages::TOO_LARGE, RetryAdvice::Never, Offer::Report),
            FeedFault::Unreadable(_) => (messages::UNREADABLE, RetryAdvice::Never, Offer::Report),
        };
        ConnectorError { source: Some(Box::new(fault)), ..self.caller.error(message_id, retry, offer) }
    }

    /// A calendar that had appointments and has none is more likely broken than empty (SYNC-LAW 5).
    fn not_emptied(&self, read: &Read) -> Result<(), ConnectorError> {
        if read.entries > 0 {
            return Ok(());
        }
        let held = self.parts.stored.count(&self.parts.connection_id, STREAM);
        match held.map_err(|error| self.caller.unreadable(error))? {
            0 => Ok(()),
            _ => Err(self.caller.error(messages::FEED_EMPTIED, RetryAdvice::Never, Offer::TryAgain)),
        }
    }

    fn token(&self, mark: &Mark) -> Result<String, ConnectorError> {
        serde_json::to_string(mark).map_err(|error| self.caller.unreadable(error))
    }

    fn account(&self, read: &Read) -> AccountInfo {
        let host = self.url.host_str().unwrap_or_default();
        AccountInfo {
            account_id: format!("{FEED_PREFIX}{}", self.of()),
            name: read.name.clone().unwrap_or_else(|| host.to_owned()),
            time_zone: read.zone.clone(),
            currency: None,
            country: None,
            readable: vec![STREAM.to_owned()],
        }
    }
}

/// RFC 9110, 15.4.5.
const NOT_MODIFIED: u16 = 304;

/// What a server lets its reply be known by.
fn marks(reply: &Reply) -> Mark {
    let text = |name: HeaderName| {
        let text = reply.headers.get(name)?.to_str().ok()?.trim();
        (!text.is_empty() && text.len() <= LONGEST_MARK).then(|| text.to_owned())
    };
    Mark { etag: text(ETAG), modified: text(LAST_MODIFIED), ..Mark::default() }
}

#[async_trait]
impl Connector for FeedConnector {
    fn provider(&self) -> &str {
        &self.parts.provider
    }

    fn limits(&self) -> &[RateLimit] {
        &self.limits
    }

    fn streams(&self) -> &[StreamInfo] {
        &self.streams
    }

    async fn probe(&self) -> Result<AccountInfo, ConnectorError> {
        let known = self.known(self.parts.known.as_ref());
        let answer = self.ask(known.as_ref()).await?;
        let account = match (&self.parts.account, &answer) {
            (Some(account), _) => account.clone(),
            (None, Answer::Whole(read, _)) => self.account(read),
            (None, Answer::Same(_)) => return Err(self.caller.unreadable(FeedFault::CutShort)),
        };
        *self.answer.lock().await = Some(answer);
        Ok(account)
    }

    async fn count(&self, _stream: &str) -> Result<Option<u64>, ConnectorError> {
        let (read, mark) = self.whole().await?;
        let count = read.records.len() as u64;
        *self.answer.lock().await = Some(Answer::Whole(read, mark));
        Ok(Some(count))
    }

    fn requests(&self, _stream: &str, _records: Option<u64>) -> Requests {
        Requests::About(1)
    }

    async fn page(&self, _stream: &str, _cursor: Option<&Json>) -> Result<Page, ConnectorError> {
        let (read, mark) = self.whole().await?;
        self.not_emptied(&read)?;
        let token = Some(self.token(&mark)?);
        let records = read.records.clone();
        Ok(Page { total: Some(records.len() as u64), records, gone: Vec::new(), next: None, token })
    }

    fn changes(&self, _stream: &str) -> Option<ChangeReading> {
        let asked = serde_json::json!([Window::BEFORE, Window::AFTER, self.parts.zone]);
        Some(ChangeReading {
            way: ChangeWay::Token,
            whole_after_seconds: WHOLE_AFTER,
            version: READER,
            asked: Some(hash_json(&asked)),
        })
    }

    async fn changed_page(
        &self,
        _stream: &str,
        since: &Since,
        _cursor: Option<&Json>,
    ) -> Result<ChangedPage, ConnectorError> {
        let answer = self.answer.lock().await.take();
        let answer = match answer {
            Some(answer) => answer,
            None => self.ask(self.known(Some(since)).as_ref()).await?,
        };
        match answer {
            Answer::Same(mark) => Ok(ChangedPage {
                records: Vec::new(),
                gone: Vec::new(),
                next: None,
                total: None,
                token: Some(self.token(&mark)?),
            }),
            // A calendar tells everything or nothing: what changed is found by reading it whole, which is here already.
            whole @ Answer::Whole(..) => {
                *self.answer.lock().await = Some(whole);
                Err(self.caller.error(messages::LIST_CHANGED, RetryAdvice::ResetPaging, Offer::TryAgain))
            }
        }
    }

    async fn preview(
        &self,
        parties: usize,
        _requests: u32,
        on_row: &(dyn for<'a> Fn(&'a PartyDocument) + Send + Sync),
    ) -> Result<(), ConnectorError> {
        let (read, mark) = self.whole().await?;
        let documents = first(&read.records, parties, self.window().today);
        *self.answer.lock().await = Some(Answer::Whole(read, mark));
        documents.map_err(|error| self.caller.unreadable(error))?.iter().for_each(on_row);
        Ok(())
    }

    fn party_streams(&self) -> [String; 2] {
        ["persons".to_owned(), "jobs".to_owned()]
    }

    fn parties(&self, _: &dyn RawReader, _: &str, _: &dyn PartyLinks) -> StoreResult<PartyList> {
        // Nobody is a client by standing in a calendar.
        Ok(PartyList::default())
    }

    fn assemble(&self, _: &dyn RawReader, _: &str, _: &[Party]) -> StoreResult<Vec<PartyDocument>> {
        Ok(Vec::new())
    }

    fn people_without_job(&self, _: &dyn RawReader, _: &str) -> StoreResult<u64> {
        Ok(0)
    }

    fn appointment_streams(&self) -> Vec<String> {
        vec![STREAM.to_owned()]
    }

    fn appointments(
        &self,
        raw: &dyn RawReader,
        connection_id: &str,
        after: Option<&str>,
    ) -> StoreResult<(Vec<PartyDocument>, Option<String>)> {
        appointments(raw, connection_id, after)
    }

    fn days(&self, raws: &[&str]) -> Vec<Option<jiff::civil::Date>> {
        days(raws)
    }

    fn default_mapping(&self) -> Vec<Json> {
        mapping()
    }

    fn initial_decisions(&self) -> Json {
        serde_json::to_value(Decisions::default()).unwrap_or(Json::Null)
    }
}

impl std::fmt::Debug for FeedConnector {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("FeedConnector")
            .field("provider", &self.parts.provider)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_as_people_have_it_and_goes_out_encrypted() {
        let read = |text: &str, reach| feed_address(text, reach).map(String::from).ok();
        let https = Some("https://cal.example/a.ics?key=1".to_owned());
        for text in [
            "webcal://cal.example/a.ics?key=1",
            "WEBCAL://cal.example/a.ics?key=1",
            "webcals://cal.example/a.ics?key=1",
            " https://cal.example/a.ics?key=1#today ",
            "http://cal.example/a.ics?key=1",
            "cal.example/a.ics?key=1",
        ] {
            assert_eq!(read(text, Reach::PublicOnly), https, "{text}");
            assert_eq!(read(text, Reach::LoopbackToo), https, "{text}: plain only to this computer");
        }
        for text in [
            "",
            "ftp://cal.example/a",
            "file:///etc/hosts",
            "https://me:pw@cal.example/",
            "webcal://10.0.0.1/a",
        ] {
            assert_eq!(read(text, Reach::LoopbackToo), None, "{text}");
        }
        let here = "webcal://127.0.0.1:9/a.ics";
        assert_eq!(read(here, Reach::LoopbackToo).as_deref(), Some("http://127.0.0.1:9/a.ics"));
        assert_eq!(read(here, Reach::PublicOnly), None, "no supplier's calendar is on this computer");
    }
}

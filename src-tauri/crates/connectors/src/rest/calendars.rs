//! The port over a list that is read once for each record of another: the events of each calendar of an account.
//!
//! To the engine that is one list. One step is one page of one calendar; where the reading stands, which calendars are left
//! and which tokens were given for those that are done is one cursor. The token at the end holds one for each calendar, so
//! that what is known of one never stands for another (SYNC-LAW 27). A calendar that has none yet is read whole beside the
//! others; the token of one that is not there for now is kept for when it is back. That a token ran out says nothing of what
//! is gone: everything is read then, and nothing is concluded from what one reading does not name (SYNC-LAW 3, 28).
//!
//! Every record is an appointment without a client (`appointments`).

use std::borrow::Cow;
use std::collections::BTreeMap;

use async_trait::async_trait;
use hub_core::canonical::{hash_json, short_id};
use hub_core::malformed::Malformed;
use hub_core::party::{Party, PartyLinks, PartyList, group};
use hub_core::ports::{
    AccountInfo, ChangeReading, ChangeWay, ChangedPage, Connector, ConnectorError, Page, PartyDocument,
    RateLimit, RawReader, RawRecord, Requests, RetryAdvice, Since, StoreResult, StreamInfo,
};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value as Json, json};

use super::appointments::Appointments;
use super::connector::{Entries, ListConnector, NoId, Shape};
use super::flat::text_of;
use super::pages::{self, At, Facts, ListCursor, Verdict};
use super::rows::holds;
use super::token::{Asking, DAY};
use crate::assemble::{MemoryRaw, at, parse, text_at};
use crate::definition::{EachOf, Empty, Offer};
use crate::http::HttpFault;
use crate::messages;
use crate::read::ConnectorParts;
use crate::read::paging::ListFault;

/// Pages without records, one after the other, that a cursor may lead through: a page may hold none although there are more.
const MOST_EMPTY: u32 = 100;
/// Longest token of one calendar, in bytes.
const LONGEST_OF_ONE: usize = 1024;
/// Longest token of all calendars together.
const LONGEST: usize = 128 * 1024;

/// The calendars of an account.
pub struct CalendarConnector {
    list: ListConnector,
    each: EachOf,
    appointments: Appointments,
}

/// A calendar that is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Calendar {
    id: String,
    /// What is kept of it in each of its records.
    told: Map<String, Json>,
}

/// Where the reading stands; stored as the job's checkpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    /// Calendars that are still to be read, the present one first.
    left: Vec<Calendar>,
    /// Where the reading of that one stands.
    list: ListCursor,
    /// Pages without records just before.
    empty: u32,
    /// Calendars that were read to their proved end.
    done: u32,
    /// Calendars that are listed and are not there.
    missing: u32,
    /// Tokens of those that are done.
    tokens: BTreeMap<String, String>,
    /// Whether one that is done gave none.
    untold: bool,
}

/// One page of one calendar.
struct Step {
    records: Vec<RawRecord>,
    gone: Vec<String>,
    /// Where it goes on.
    place: Place,
}

/// What the entries of a page are.
struct Apart {
    records: Vec<RawRecord>,
    /// Ids of those that are deleted.
    gone: Vec<String>,
    /// Ids of all of them, those that are left out too.
    ids: Vec<String>,
}

/// How much of the list of calendars is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Listed {
    /// Enough for a look.
    FirstPage,
    /// All of it.
    Whole,
}

/// A page without records, without a next one and without a token: no end of anything.
#[derive(Debug, thiserror::Error)]
#[error("a page has neither records nor a token")]
struct NoEnd;

impl CalendarConnector {
    /// Builds the connector of a definition whose records are appointments.
    ///
    /// # Errors
    /// An address that may not be reached, or a definition that is not read so.
    pub fn new(parts: ConnectorParts) -> Result<CalendarConnector, ConnectorError> {
        let refused = || HttpFault::AddressRefused.into_error(&parts.definition.identity.name);
        let list = parts.definition.read_route().and_then(|route| route.list).ok_or_else(refused)?;
        let each = list.each.clone().ok_or_else(refused)?;
        let read = parts.definition.appointments.clone().ok_or_else(refused)?;
        let zone = parts.time_zone.as_deref().and_then(|name| TimeZone::get(name).ok());
        let appointments = Appointments::new(&list.stream, read, zone.unwrap_or(TimeZone::UTC));
        Ok(CalendarConnector { each, appointments, list: ListConnector::new(parts)? })
    }

    /// The calendars that are read, in the order of their ids.
    async fn calendars(&self, listed: Listed) -> Result<Vec<Calendar>, ConnectorError> {
        let each = &self.each;
        let shape = Shape {
            path: Cow::Borrowed(&each.path),
            named: None,
            params: Cow::Borrowed(&each.params),
            records: &each.records,
            total: None,
            pages: &each.pages,
            token: None,
            empty: Empty::Stated,
        };
        let mut cursor = ListCursor::start(&each.pages);
        let mut found: BTreeMap<String, Calendar> = BTreeMap::new();
        loop {
            let Entries { items, total, next, .. } = self.list.ask_list(&shape, &cursor.at).await?;
            let mut ids: Vec<String> = Vec::with_capacity(items.len());
            for item in &items {
                let record: Json = serde_json::from_str(item.get())
                    .map_err(|error| self.list.caller.unreadable(Malformed::from(error)))?;
                let id = text_at(&record, &each.id).filter(|id| !id.is_empty());
                let id = id.ok_or_else(|| self.list.caller.unreadable(NoId))?.to_owned();
                if self.is_read(&id, &record) {
                    let told =
                        each.told.iter().filter_map(|name| Some((name.clone(), at(&record, name)?.clone())));
                    found.insert(id.clone(), Calendar { id: id.clone(), told: told.collect() });
                }
                ids.push(id);
            }
            if found.len() > each.most as usize {
                return Err(self.list.list_fault(ListFault::TooLong));
            }
            let facts = Facts { ids: ids.iter().map(String::as_str).collect(), total, next };
            let verdict = pages::judge(&each.pages, &cursor, facts);
            match verdict.map_err(|fault| self.list.list_fault(fault))? {
                Verdict::More(next) if listed == Listed::Whole => cursor = next,
                Verdict::More(_) | Verdict::End => return Ok(found.into_values().collect()),
            }
        }
    }

    fn is_read(&self, id: &str, record: &Json) -> bool {
        !self.each.never.iter().any(|end| id.ends_with(end.as_str()))
            && (self.each.any.is_empty() || self.each.any.iter().any(|only| holds(only, record)))
    }

    /// How the events of a calendar are asked for.
    fn shape<'a>(&'a self, asking: Asking<'a>, calendar: &str) -> Shape<'a> {
        let mut shape = asking.shape(&self.list.list);
        // In a path a space is no plus.
        let id: String = url::form_urlencoded::byte_serialize(calendar.as_bytes()).collect();
        shape.path = Cow::Owned(format!("{}{}{}", shape.path, id.replace('+', "%20"), self.each.after));
        shape
    }

    fn today(&self) -> Date {
        self.list.caller.http.now().to_zoned(TimeZone::UTC).date()
    }

    /// The beginning of a reading.
    async fn start(&self) -> Result<Place, ConnectorError> {
        Ok(Place {
            left: self.calendars(Listed::Whole).await?,
            list: ListCursor::start(&self.list.list.pages),
            empty: 0,
            done: 0,
            missing: 0,
            tokens: BTreeMap::new(),
            untold: false,
        })
    }

    fn place(&self, cursor: &Json) -> Result<Place, ConnectorError> {
        serde_json::from_value(cursor.clone()).map_err(|_| self.list.list_fault(ListFault::WrongPage))
    }

    /// Reads one page; of a calendar with a token what changed since.
    async fn step(&self, mut place: Place, known: &BTreeMap<String, String>) -> Result<Step, ConnectorError> {
        let Some(calendar) = place.left.first().cloned() else {
            return Ok(Step { records: Vec::new(), gone: Vec::new(), place });
        };
        let since = known.get(&calendar.id).map(String::as_str);
        let shape = self.shape(since.map_or(Asking::Whole, Asking::Since), &calendar.id);
        let entries = match self.list.ask_list(&shape, &place.list.at).await {
            Ok(entries) => entries,
            // Listed, and not there: the others are read all the same, and its token is kept for when it is back.
            Err(error) if error.message_id == messages::NOT_FOUND && place.list.at == At::Start => {
                place.missing += 1;
                return Ok(Step { records: Vec::new(), gone: Vec::new(), place: self.passed(place) });
            }
            // Refused in words that nobody wrote down: whether it was the token, the whole list shows.
            Err(error) if error.message_id == messages::REQUEST_REFUSED && since.is_some() => {
                return Err(ConnectorError { retry: RetryAdvice::ResetPaging, ..error });
            }
            Err(error) => return Err(error),
        };
        let Entries { items, next, token, .. } = entries;
        if items.is_empty() && next.is_none() && token.is_none() {
            let error = self.list.list_fault(ListFault::NoToken);
            return Err(ConnectorError { source: Some(Box::new(NoEnd)), ..error });
        }
        let Apart { records, gone, ids } = self.apart(&calendar, &items)?;
        if let Some(next) = next.clone().filter(|next| ids.is_empty() && *next != place.list.at) {
            place.empty += 1;
            if place.empty > MOST_EMPTY {
                return Err(self.list.list_fault(ListFault::Looped));
            }
            place.list.at = next;
            return Ok(Step { records, gone, place });
        }
        place.empty = 0;
        let facts = Facts { ids: ids.iter().map(String::as_str).collect(), total: None, next };
        let verdict = pages::judge(&self.list.list.pages, &place.list, facts);
        match verdict.map_err(|fault| self.list.list_fault(fault))? {
            Verdict::More(next) => place.list = next,
            Verdict::End => {
                let token = token.filter(|token| !token.is_empty() && token.len() <= LONGEST_OF_ONE);
                match token {
                    Some(token) => {
                        place.tokens.insert(calendar.id, token);
                    }
                    None => place.untold = true,
                }
                place.done += 1;
                place = self.passed(place);
            }
        }
        Ok(Step { records, gone, place })
    }

    /// The same place, before the next calendar.
    fn passed(&self, mut place: Place) -> Place {
        place.left.remove(0);
        (place.list, place.empty) = (ListCursor::start(&self.list.list.pages), 0);
        place
    }

    /// Where a reading goes on, once more calendars or pages are left; an end where not one calendar was there is none.
    fn next(&self, place: &Place) -> Result<Option<Json>, ConnectorError> {
        if !place.left.is_empty() {
            return serde_json::to_value(place).map(Some).map_err(|error| self.list.caller.unreadable(error));
        }
        if place.done == 0 && place.missing > 0 {
            return Err(self.list.caller.error(messages::NOT_FOUND, RetryAdvice::Never, Offer::Report));
        }
        Ok(None)
    }

    /// What the entries of a page are.
    fn apart(&self, calendar: &Calendar, items: &[Box<RawValue>]) -> Result<Apart, ConnectorError> {
        let list = &self.list.list;
        let mut apart = Apart { records: Vec::new(), gone: Vec::new(), ids: Vec::new() };
        let ahead = self.appointments.latest(self.today());
        for item in items {
            let record: Json = serde_json::from_str(item.get())
                .map_err(|error| self.list.caller.unreadable(Malformed::from(error)))?;
            let told = at(&record, &list.id).map(text_of).filter(|id| !id.is_empty());
            let id =
                format!("{}/{}", short(&calendar.id), told.ok_or_else(|| self.list.caller.unreadable(NoId))?);
            apart.ids.push(id.clone());
            let deleted = list.sync_token.as_ref().is_some_and(|token| {
                let says_more = token.still.as_ref().is_some_and(|path| at(&record, path).is_some());
                holds(&token.deleted, &record) && !says_more
            });
            if deleted {
                apart.gone.push(id);
            } else if !list.leave_out.iter().any(|only| holds(only, &record))
                && !self.appointments.is_too_far(&record, ahead)
            {
                apart.records.push(self.record(calendar, id, record)?);
            }
        }
        Ok(apart)
    }

    fn record(&self, calendar: &Calendar, id: String, mut record: Json) -> Result<RawRecord, ConnectorError> {
        let version = self.list.list.version.as_ref().and_then(|path| at(&record, path)).map(text_of);
        let same = self.appointments.same(&record).map(|text| short(&text));
        match record.as_object_mut() {
            Some(fields) => fields.insert(self.each.name.clone(), Json::Object(calendar.told.clone())),
            None => return Err(self.list.caller.unreadable(NoId)),
        };
        Ok(RawRecord { id, version, parents: [same, None], raw: record.to_string() })
    }

    /// What is shown before connecting: the next appointments of each calendar, by so many requests at most.
    async fn glimpse(&self, count: usize, requests: u32) -> Result<Vec<PartyDocument>, ConnectorError> {
        let Some(left) = requests.checked_sub(1) else { return Ok(Vec::new()) };
        let mut memory = MemoryRaw::default();
        for calendar in self.calendars(Listed::FirstPage).await?.iter().take(left as usize) {
            let mut shape = self.shape(Asking::Look, &calendar.id);
            if let Some(from) = &self.each.look_from {
                shape.params.to_mut().insert(from.clone(), self.list.caller.http.now().to_string());
            }
            let first = ListCursor::start(&self.list.list.pages).at;
            let entries = match self.list.ask_list(&shape, &first).await {
                Ok(entries) => entries,
                Err(error) if error.message_id == messages::NOT_FOUND => continue,
                Err(error) => return Err(error),
            };
            for record in self.apart(calendar, &entries.items)?.records {
                memory
                    .insert(&self.list.list.stream, record)
                    .map_err(|error| self.list.store_fault(error))?;
            }
        }
        let some = self.appointments.soonest(&memory, count);
        some.map_err(|error| self.list.store_fault(error))
    }
}

/// Stands for a text where only sameness counts: an id of a calendar is an address of somebody.
fn short(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(short_id(text))
}

#[async_trait]
impl Connector for CalendarConnector {
    fn provider(&self) -> &str {
        self.list.provider()
    }

    fn limits(&self) -> &[RateLimit] {
        self.list.limits()
    }

    fn streams(&self) -> &[StreamInfo] {
        self.list.streams()
    }

    fn tells_what_is_gone(&self) -> bool {
        self.list.tells_what_is_gone()
    }

    async fn probe(&self) -> Result<AccountInfo, ConnectorError> {
        self.calendars(Listed::FirstPage).await?;
        if let Some(known) = &self.list.known {
            // Whose account it is, the sign-in said; that it still opens, this request did.
            return Ok(known.clone());
        }
        let account = self.list.whose();
        self.list.caller.http.count_for(&account.account_id, 1);
        Ok(account)
    }

    async fn count(&self, _stream: &str) -> Result<Option<u64>, ConnectorError> {
        // Nobody says how many there are; that the sign-in is good shows all the same.
        self.calendars(Listed::FirstPage).await.map(|_| None)
    }

    async fn page(&self, _stream: &str, cursor: Option<&Json>) -> Result<Page, ConnectorError> {
        let place = match cursor {
            None => self.start().await?,
            Some(cursor) => self.place(cursor)?,
        };
        let Step { records, gone, place } = self.step(place, &BTreeMap::new()).await?;
        let next = self.next(&place)?;
        let token = (next.is_none() && !place.untold).then(|| token_of(&place.tokens)).flatten();
        Ok(Page { records, gone, next, total: None, token })
    }

    fn requests(&self, _stream: &str, _records: Option<u64>) -> Requests {
        // The list of calendars, and a page of one.
        Requests::AtLeast(2)
    }

    fn changes(&self, stream: &str) -> Option<ChangeReading> {
        let list = &self.list.list;
        let token = list.sync_token.as_ref().filter(|_| stream == list.stream)?;
        let only: Vec<[&String; 2]> = self.each.any.iter().map(|only| [&only.path, &only.is]).collect();
        let left_out: Vec<[&String; 2]> = list.leave_out.iter().map(|only| [&only.path, &only.is]).collect();
        let asked = json!({
            "path": list.path, "params": list.params, "ask": token.ask, "left_out": left_out,
            "each": [self.each.path, self.each.after], "of": self.each.params,
            "any": only, "never": self.each.never, "told": self.each.told,
        });
        Some(ChangeReading {
            way: ChangeWay::Token,
            whole_after_seconds: token.whole_after_days.saturating_mul(DAY),
            version: self.list.definition.version,
            asked: Some(hash_json(&asked)),
        })
    }

    async fn changed_page(
        &self,
        _stream: &str,
        since: &Since,
        cursor: Option<&Json>,
    ) -> Result<ChangedPage, ConnectorError> {
        let Since::Token(token) = since else {
            return Err(self.list.list_fault(ListFault::NotNewestFirst));
        };
        let known: BTreeMap<String, String> =
            serde_json::from_str(token).map_err(|_| self.list.list_fault(ListFault::NoToken))?;
        let place = match cursor {
            None => self.start().await?,
            Some(cursor) => self.place(cursor)?,
        };
        let Step { records, gone, place } = self.step(place, &known).await?;
        let next = self.next(&place)?;
        let token = match &next {
            Some(_) => None,
            None => {
                let mut all = known;
                all.extend(place.tokens);
                let token = token_of(&all).filter(|_| !place.untold);
                Some(token.ok_or_else(|| self.list.list_fault(ListFault::NoToken))?)
            }
        };
        Ok(ChangedPage { records, gone, next, total: None, token })
    }

    async fn preview(
        &self,
        parties: usize,
        requests: u32,
        on_row: &(dyn for<'a> Fn(&'a PartyDocument) + Send + Sync),
    ) -> Result<(), ConnectorError> {
        self.glimpse(parties, requests).await?.iter().for_each(on_row);
        Ok(())
    }

    fn party_streams(&self) -> [String; 2] {
        self.list.party_streams()
    }

    fn parties(&self, _: &dyn RawReader, _: &str, links: &dyn PartyLinks) -> StoreResult<PartyList> {
        // Nobody stands in a calendar as a client.
        Ok(group(Vec::new(), links))
    }

    fn assemble(&self, _: &dyn RawReader, _: &str, _: &[Party]) -> StoreResult<Vec<PartyDocument>> {
        Ok(Vec::new())
    }

    fn people_without_job(&self, _: &dyn RawReader, _: &str) -> StoreResult<u64> {
        Ok(0)
    }

    fn appointment_streams(&self) -> Vec<String> {
        vec![self.list.list.stream.clone()]
    }

    fn appointments(
        &self,
        raw: &dyn RawReader,
        connection_id: &str,
        after: Option<&str>,
    ) -> StoreResult<(Vec<PartyDocument>, Option<String>)> {
        self.appointments.some(raw, connection_id, after)
    }

    fn days(&self, raws: &[&str]) -> Vec<Option<Date>> {
        raws.iter().filter_map(|raw| Some(self.appointments.day(&parse(raw).ok()?))).collect()
    }

    fn default_mapping(&self) -> Vec<Json> {
        self.appointments.mapping()
    }

    fn initial_decisions(&self) -> Json {
        self.list.initial_decisions()
    }
}

/// The tokens of all calendars as one; none where they are longer than can be kept.
fn token_of(tokens: &BTreeMap<String, String>) -> Option<String> {
    serde_json::to_string(tokens).ok().filter(|text| text.len() <= LONGEST)
}

impl std::fmt::Debug for CalendarConnector {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("CalendarConnector")
            .field("provider", &self.provider())
            .finish_non_exhaustive()
    }
}

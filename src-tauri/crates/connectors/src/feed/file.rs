//! A calendar in a file, behind the port: the same appointments as by an address, from bytes that a person picked.
//!
//! A file is an extract: what a newer one lacks is left alone (SYNC-LAW 3), and what a calendar program calls its entries
//! (`UID`) tells which appointment of the connection each one is. The file is read once, within the limits of a calendar by
//! its address, and handed over some at a time.

use std::sync::Arc;

use async_trait::async_trait;
use hub_core::canonical::hash_bytes;
use hub_core::mapping::Decisions;
use hub_core::message::Message;
use hub_core::party::{Party, PartyLinks, PartyList};
use hub_core::ports::{
    AccountInfo, ChangeReading, ChangedPage, Clock, Connector, ConnectorError, Page, PartyDocument,
    RateLimit, RawReader, Requests, RetryAdvice, Since, StoreError, StoreResult, StreamInfo,
};
use hub_core::record::RecordType;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use tokio::sync::Mutex;

use super::book::FeedFault;
use super::connector::LARGEST;
use super::document::{appointments, day, days, first, mapping, stored};
use super::record::{Left, Read, STREAM, Window, read};
use crate::file::{FileError, Format, Opened, Source};
use crate::messages;
use crate::sheet::PickedFile;

/// Provider key of calendars in files.
pub const CALENDAR_FILE: &str = "calendar_feed";
/// Appointments made durable in one step.
const PAGE: usize = 500;
/// What calendars are called that are saved as files.
const ENDINGS: [&str; 4] = ["ics", "ical", "icalendar", "ifb"];
/// Letters by which a file says that it is a calendar.
const MARK: &str = "begin:vcalendar";

/// Why a file is not imported as a calendar.
#[derive(Debug, thiserror::Error)]
pub enum CalendarFault {
    /// It cannot be opened, or is past a limit of files.
    #[error("the file cannot be read")]
    Unreadable(#[source] FileError),
    /// It is called a calendar, and something else is in it.
    #[error("this is no calendar")]
    NotACalendar,
    /// It ends in the middle.
    #[error("the calendar ends in the middle")]
    CutShort,
    /// More than any diary holds.
    #[error("the calendar has more than {0} of something")]
    TooMany(usize),
    /// An archive with more than one calendar.
    #[error("there are several calendars in the archive")]
    Several,
    /// No entry in it.
    #[error("the calendar is empty")]
    Empty,
    /// Entries, and none that can be read.
    #[error("no entry can be read")]
    NoneReadable,
    /// Appointments, and none on the days that are brought.
    #[error("no appointment is within the window")]
    Outside,
}

impl From<FileError> for CalendarFault {
    fn from(error: FileError) -> CalendarFault {
        CalendarFault::Unreadable(error)
    }
}

impl From<FeedFault> for CalendarFault {
    fn from(fault: FeedFault) -> CalendarFault {
        match fault {
            FeedFault::NotACalendar => CalendarFault::NotACalendar,
            FeedFault::CutShort => CalendarFault::CutShort,
            FeedFault::TooMany(most) => CalendarFault::TooMany(most),
            FeedFault::Unreadable(error) => CalendarFault::Unreadable(*error),
        }
    }
}

impl CalendarFault {
    fn message_id(&self) -> &'static str {
        match self {
            CalendarFault::Unreadable(error) => error.message_id(),
            CalendarFault::NotACalendar => "error.file.not_a_calendar",
            CalendarFault::CutShort => "error.file.calendar_cut",
            CalendarFault::TooMany(_) => "error.file.calendar_too_many",
            CalendarFault::Several => "error.file.calendar_several",
            CalendarFault::Empty => "error.file.calendar_empty",
            CalendarFault::NoneReadable => "error.file.calendar_unread",
            CalendarFault::Outside => "error.file.calendar_outside",
        }
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        match self {
            CalendarFault::Unreadable(error) => error.params(),
            CalendarFault::NotACalendar
            | CalendarFault::CutShort
            | CalendarFault::TooMany(_)
            | CalendarFault::Several
            | CalendarFault::Empty
            | CalendarFault::NoneReadable
            | CalendarFault::Outside => Vec::new(),
        }
    }

    /// The sentence a supplier sees, with one thing to do.
    pub fn message(&self) -> Message {
        self.params()
            .into_iter()
            .fold(Message::new(self.message_id()), |message, (name, value)| message.with(name, value))
    }
}

/// What a picked file is to whoever imports calendars.
#[derive(Debug)]
pub enum Among {
    /// Something else, which others read and tell of.
    Other,
    /// One calendar, by itself or packed.
    One,
    /// It holds calendars or is called one, and cannot be read as one.
    Refused(CalendarFault),
}

/// Tells what a picked file is. Only one that says it is a calendar, by its name or its first letters, and an archive are
/// opened for it.
pub fn among(file: &PickedFile) -> Among {
    let ending =
        file.name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
    let named = ENDINGS.contains(&ending.as_str());
    if !named && ending != "zip" && !begins_so(file) {
        return Among::Other;
    }
    let opened = match file.open() {
        Ok(opened) => opened,
        // Whatever else it is, nobody would look for their clients in it.
        Err(FileError::Foreign(_) | FileError::NoRows) if named => {
            return Among::Refused(CalendarFault::NotACalendar);
        }
        Err(error) if named => return Among::Refused(error.into()),
        Err(_) => return Among::Other,
    };
    let calendars = opened.calendars().count();
    match (calendars, opened.tables.len() - calendars) {
        (1, 0) => Among::One,
        (0, _) if named && opened.format != Format::Zip => Among::Refused(CalendarFault::NotACalendar),
        // Beside a client list a calendar stays where it is.
        (0, _) | (_, 1..) => Among::Other,
        (_, 0) => Among::Refused(CalendarFault::Several),
    }
}

fn begins_so(file: &PickedFile) -> bool {
    let Ok(head) = file.bytes(200) else { return false };
    let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
    head.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']).starts_with(MARK)
}

/// The only calendar of a file.
fn only(opened: &Opened) -> Result<&Source, CalendarFault> {
    let mut calendars = opened.calendars();
    let first = calendars.next().ok_or(CalendarFault::NotACalendar)?;
    if calendars.next().is_some() { Err(CalendarFault::Several) } else { Ok(first) }
}

/// What was read of a file, and of which bytes on which day.
struct Taken {
    read: Read,
    seen: String,
}

fn take(file: &PickedFile, window: &Window) -> Result<Taken, CalendarFault> {
    let opened = file.open()?;
    let bytes = only(&opened)?.bytes(LARGEST as u64)?;
    let read = read(&bytes, window)?;
    if read.records.is_empty() {
        let left = read.left;
        return Err(match (read.entries, left.before + left.after) {
            (0, _) => CalendarFault::Empty,
            (_, 0) => CalendarFault::NoneReadable,
            (_, _) => CalendarFault::Outside,
        });
    }
    // The window moves with the day: another day may have other appointments.
    let seen = hash_bytes(format!("{} {} {}", hash_bytes(&bytes), window.today, window.zone).as_bytes());
    Ok(Taken { read, seen })
}

/// A calendar in a file as it was looked at.
#[derive(Debug)]
pub struct CalendarLook {
    /// What is in it.
    pub read: Read,
    /// The first day of an appointment that is brought, and the last.
    pub days: Option<(Date, Date)>,
    /// What a connection that is made of it keeps.
    pub kept: CalendarKept,
}

/// Looks at a calendar, read to its end.
///
/// # Errors
/// A [`CalendarFault`] for whatever is not imported.
pub fn look_at(file: &PickedFile, window: &Window) -> Result<CalendarLook, CalendarFault> {
    let read = take(file, window)?.read;
    let all = || read.records.iter().filter_map(|record| day(&record.raw));
    let days = all().min().zip(all().max());
    let kept = CalendarKept { name: read.name.clone(), program: read.program.clone(), left: read.left };
    Ok(CalendarLook { days, kept, read })
}

/// What a connection by calendar files keeps of the newest one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarKept {
    /// What the calendar is called.
    pub name: Option<String>,
    /// The program that wrote it.
    pub program: Option<String>,
    /// What was left out of it.
    pub left: Left,
}

impl CalendarKept {
    /// As it is kept, told apart from the reading of a spreadsheet.
    pub fn to_json(&self) -> Json {
        json!({"calendar": self})
    }

    /// What was kept; nothing for what is no calendar's.
    ///
    /// # Errors
    /// When a calendar's was written by another version, or damaged.
    pub fn of(kept: &Json) -> Result<Option<CalendarKept>, serde_json::Error> {
        kept.get("calendar").map(CalendarKept::deserialize).transpose()
    }

    /// Whether another one may be of the same calendar by what they say of themselves: the same name from the same
    /// program. Less than an appointment that both have, for many a calendar is called "Calendar".
    pub fn may_be(&self, other: &CalendarKept) -> bool {
        self.name.is_some() && self.name == other.name && self.program == other.program
    }
}

/// What a connector over a calendar in a file is made of.
pub struct CalendarFileParts {
    /// Provider key.
    pub provider: String,
    /// Connection.
    pub connection_id: String,
    /// Its account: itself.
    pub account: AccountInfo,
    /// IANA name of the zone of times that say none.
    pub zone: String,
    /// The file that was laid ready; none when only what is stored is looked at.
    pub file: Option<PickedFile>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// What was read before.
    pub stored: Arc<dyn RawReader>,
}

/// A connection by calendar files.
pub struct CalendarFileConnector {
    parts: CalendarFileParts,
    streams: [StreamInfo; 1],
    /// The file, from its first page to its last.
    taken: Mutex<Option<Arc<Taken>>>,
}

/// Where a page begins, and of which reading.
#[derive(Serialize, Deserialize)]
struct Cursor {
    at: usize,
    seen: String,
}

fn refused(message_id: &'static str, retry: RetryAdvice) -> ConnectorError {
    ConnectorError { message_id, params: Vec::new(), retry, source: None }
}

fn file_fault(fault: CalendarFault) -> ConnectorError {
    ConnectorError {
        message_id: fault.message_id(),
        params: fault.params(),
        retry: RetryAdvice::Never,
        source: Some(Box::new(fault)),
    }
}

fn store_fault(error: StoreError) -> ConnectorError {
    ConnectorError { source: Some(Box::new(error)), ..refused(messages::FILE_ROWS, RetryAdvice::Never) }
}

impl CalendarFileConnector {
    /// A connector of these parts.
    pub fn new(parts: CalendarFileParts) -> CalendarFileConnector {
        let streams =
            [StreamInfo { name: STREAM.to_owned(), record_type: Some(RecordType::Event), always: true }];
        CalendarFileConnector { parts, streams, taken: Mutex::default() }
    }

    fn window(&self) -> Window {
        Window { today: self.parts.clock.today(&self.parts.zone), zone: self.parts.zone.clone() }
    }

    async fn taken(&self) -> Result<Arc<Taken>, ConnectorError> {
        let mut held = self.taken.lock().await;
        if let Some(taken) = held.as_ref() {
            return Ok(taken.clone());
        }
        let again = || refused(messages::FILE_AGAIN, RetryAdvice::Never);
        let file = self.parts.file.clone().ok_or_else(again)?;
        let window = self.window();
        // A large calendar is worked out beside whatever else runs here.
        let taken = tokio::task::spawn_blocking(move || take(&file, &window)).await;
        let taken = taken.map_err(|error| ConnectorError { source: Some(Box::new(error)), ..again() })?;
        let taken = Arc::new(taken.map_err(file_fault)?);
        *held = Some(taken.clone());
        Ok(taken)
    }
}

#[async_trait]
impl Connector for CalendarFileConnector {
    fn provider(&self) -> &str {
        &self.parts.provider
    }

    fn limits(&self) -> &[RateLimit] {
        &[]
    }

    fn streams(&self) -> &[StreamInfo] {
        &self.streams
    }

    fn tells_what_is_gone(&self) -> bool {
        // An appointment that a file lacks may stand in another one (SYNC-LAW 3).
        false
    }

    async fn probe(&self) -> Result<AccountInfo, ConnectorError> {
        Ok(self.parts.account.clone())
    }

    fn requests(&self, _stream: &str, _records: Option<u64>) -> Requests {
        Requests::About(0)
    }

    async fn count(&self, stream: &str) -> Result<Option<u64>, ConnectorError> {
        if self.parts.file.is_some() {
            return Ok(Some(self.taken().await?.read.records.len() as u64));
        }
        let held = self.parts.stored.count(&self.parts.connection_id, stream).map_err(store_fault)?;
        Ok((held > 0).then_some(held))
    }

    async fn page(&self, _stream: &str, cursor: Option<&Json>) -> Result<Page, ConnectorError> {
        let changed = || refused(messages::LIST_CHANGED, RetryAdvice::ResetPaging);
        let taken = self.taken().await?;
        let at = match cursor {
            None => 0,
            Some(json) => {
                let cursor = Cursor::deserialize(json).map_err(|_| changed())?;
                // Other bytes than those that were begun with: from the start, never on in the middle.
                if cursor.seen != taken.seen {
                    return Err(changed());
                }
                cursor.at
            }
        };
        let all = &taken.read.records;
        let end = at.saturating_add(PAGE).min(all.len());
        let records = all.get(at..end).ok_or_else(changed)?.to_vec();
        let total = Some(all.len() as u64);
        if end == all.len() {
            // What comes now works on what was stored.
            *self.taken.lock().await = None;
            return Ok(Page { records, total, ..Page::default() });
        }
        let next = json!({"at": end, "seen": taken.seen});
        Ok(Page { records, next: Some(next), total, ..Page::default() })
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
        Err(refused(messages::LIST_CHANGED, RetryAdvice::ResetPaging))
    }

    async fn preview(
        &self,
        parties: usize,
        _requests: u32,
        on_row: &(dyn for<'a> Fn(&'a PartyDocument) + Send + Sync),
    ) -> Result<(), ConnectorError> {
        let today = self.window().today;
        let documents = if self.parts.file.is_some() {
            first(&self.taken().await?.read.records, parties, today)
        } else {
            // Nothing laid ready: what was read before is shown.
            stored(self.parts.stored.as_ref(), &self.parts.connection_id)
                .and_then(|records| first(&records, parties, today))
        };
        documents.map_err(store_fault)?.iter().for_each(on_row);
        Ok(())
    }

    fn party_streams(&self) -> [String; 2] {
        // Appointments are what there is to count, and to tell by their days.
        [STREAM.to_owned(), STREAM.to_owned()]
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

    fn days(&self, raws: &[&str]) -> Vec<Option<Date>> {
        days(raws)
    }

    fn default_mapping(&self) -> Vec<Json> {
        mapping()
    }

    fn initial_decisions(&self) -> Json {
        serde_json::to_value(Decisions::default()).unwrap_or(Json::Null)
    }
}

/// The rules that a connection by calendar files begins with.
pub fn calendar_rules() -> Vec<Json> {
    mapping()
}

impl std::fmt::Debug for CalendarFileConnector {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("CalendarFileConnector")
            .field("provider", &self.parts.provider)
            .field("connection_id", &self.parts.connection_id)
            .finish_non_exhaustive()
    }
}

//! The CRM side: reading streams by the page, and assembling booking parties from what was read.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::{AccountInfo, RateLimit, RawReader, RawRecord, Since, StoreResult};
use crate::custom_field::CustomFieldDef;
use crate::party::{Party, PartyLinks, PartyList};
use crate::record::RecordType;

/// What to do about a failed request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetryAdvice {
    /// Again, with backoff; when it fails every time, waiting longer will not help either.
    Retry,
    /// Not before so many seconds.
    After(u32),
    /// The network is not there; wait for it.
    WhenOnline,
    /// The other side is there and does not work at the moment (5xx): again with backoff, then wait for it to come back.
    WhenBack,
    /// Start this stream's paging from the beginning.
    ResetPaging,
    /// The person must sign in or give a new key; no data was touched (SYNC-LAW 39).
    SignIn,
    /// WedSync has switched this off; whoever waits for it goes on when it is switched on again.
    WhenSwitchedOn,
    /// Again will not help.
    Never,
}

/// A connector's failure: what happened, in words a supplier understands, and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{message_id}")]
pub struct ConnectorError {
    /// Message id under `error.`, naming what happened and one action.
    pub message_id: &'static str,
    /// Parameters of the message.
    pub params: Vec<(&'static str, String)>,
    /// What the engine does.
    pub retry: RetryAdvice,
    /// What happened underneath; never holds a secret.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// One stream of a definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamInfo {
    /// Name, such as `address-book`.
    pub name: String,
    /// Record type its records become, `None` for look-up lists (lead sources, roles).
    pub record_type: Option<RecordType>,
    /// Read for every import, whatever was chosen, because parties cannot be told without it.
    pub always: bool,
}

/// One page as read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// Records in the order of the reply.
    pub records: Vec<RawRecord>,
    /// Ids of records that the reply says are deleted (SYNC-LAW 3).
    pub gone: Vec<String>,
    /// Cursor of the next page; `None` is the proved end of the list (SYNC-LAW 4).
    pub next: Option<Json>,
    /// How many records the CRM says the list has.
    pub total: Option<u64>,
    /// Of the last page, where the CRM gives one: the token by which what changes from now on is read.
    pub token: Option<String>,
}

/// How many requests something takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requests {
    /// About so many: as many as there are pages.
    About(u64),
    /// So many and perhaps more: what is below some records is not known before they are read.
    AtLeast(u64),
}

/// How a stream can be read by what changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeReading {
    /// What such a reading starts from.
    pub way: ChangeWay,
    /// Seconds after which the stream is read whole again all the same (SYNC-LAW 17).
    pub whole_after_seconds: u32,
    /// Version of the definition; another one may read other things (SYNC-LAW 6).
    pub version: u32,
    /// Digest of what the list is asked for, where what is known of it holds for these parameters alone.
    pub asked: Option<String>,
}

/// What a reading of changes starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeWay {
    /// An instant of the CRM's clock, newest change first.
    NewestFirst {
        /// Seconds before the last known change from which everything is read again (SYNC-LAW 27).
        lookback_seconds: u32,
    },
    /// A token that the CRM gave at the end of the list. Only the CRM knows what it means, and when it runs out.
    Token,
}

/// One page of what changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedPage {
    /// Records changed since, in the order of the reply.
    pub records: Vec<RawRecord>,
    /// Ids of records that the CRM says were deleted since.
    pub gone: Vec<String>,
    /// Cursor of the next page; `None` when a record from before that time was reached, or the end of the list.
    pub next: Option<Json>,
    /// How many records the CRM says the whole list has, where it does.
    pub total: Option<u64>,
    /// Of the last page of a reading by token: the next token.
    pub token: Option<String>,
}

/// Some of what a feed of events says, after a cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowedPage {
    /// Records that the events made or changed.
    pub records: Vec<RawRecord>,
    /// Where to go on, now and in the next job. Kept in the same step as the records (SYNC-LAW 27).
    pub cursor: String,
    /// Whether there is more at once.
    pub more: bool,
}

/// One assembled party, or one appointment without a client: the document that mapping and preview see (MODEL 3).
#[derive(Debug, Clone, PartialEq)]
pub struct PartyDocument {
    /// The view: `primary_contact`, `partner`, `people`, `jobs`; of an appointment without a client `appointments` alone,
    /// with that one in it. Each sub-document that is a record of its own holds `"@": {"stream", "id"}`.
    pub document: Json,
    /// Content hash over all source records it was made from.
    pub content_hash: String,
}

/// One CRM account.
#[async_trait]
pub trait Connector: Send + Sync {
    /// Provider key.
    fn provider(&self) -> &str;
    /// Limits per account, for budget and forecast.
    fn limits(&self) -> &[RateLimit];
    /// The streams, in the order in which a full sweep reads them.
    fn streams(&self) -> &[StreamInfo];
    /// Which account is this key for, and what may it read? Never writes.
    async fn probe(&self) -> Result<AccountInfo, ConnectorError>;
    /// How many records a stream has, by one cheap request; `None` when it cannot be told.
    async fn count(&self, stream: &str) -> Result<Option<u64>, ConnectorError>;
    /// Reads one page of a full sweep; `None` is the first page.
    async fn page(&self, stream: &str, cursor: Option<&Json>) -> Result<Page, ConnectorError>;
    /// How many requests a whole sweep of a stream takes when it has so many records, without retries; `None` for the records
    /// where nobody knows. A stream that is no request at all (a file) takes none.
    fn requests(&self, _stream: &str, _records: Option<u64>) -> Requests {
        Requests::AtLeast(1)
    }
    /// Whether what a whole sweep does not name is gone. Files say nothing of what they lack (SYNC-LAW 3).
    fn tells_what_is_gone(&self) -> bool {
        true
    }
    /// How this stream can be read by what changed; `None` where it is read whole every time.
    fn changes(&self, stream: &str) -> Option<ChangeReading>;
    /// Reads one page of what changed since a mark of the kind that [`Connector::changes`] names; `None` is the first
    /// page. A list that cannot be read so (not newest first, shrunk meanwhile, its token run out or refused) asks for
    /// [`RetryAdvice::ResetPaging`]: it is read whole (SYNC-LAW 28).
    async fn changed_page(
        &self,
        stream: &str,
        since: &Since,
        cursor: Option<&Json>,
    ) -> Result<ChangedPage, ConnectorError>;
    /// Whether a stream is a feed of events that goes on where the last job stopped. Such a stream says what is new and
    /// nothing of what it does not name.
    fn follows(&self, _stream: &str) -> bool {
        false
    }
    /// Reads some of a feed; without a cursor from the oldest that is kept there. A cursor that is too old asks for
    /// [`RetryAdvice::ResetPaging`]: what was between is gone, and a person is told (SYNC-LAW 28).
    async fn followed_page(
        &self,
        _stream: &str,
        _cursor: Option<&str>,
    ) -> Result<FollowedPage, ConnectorError> {
        // Nobody asks a connector that follows nothing.
        Ok(FollowedPage { records: Vec::new(), cursor: String::new(), more: false })
    }
    /// Reads the newest records of the main stream with everything around them, for the preview; `on_row` gets every
    /// assembled party as soon as it is complete. At most `requests` requests.
    async fn preview(
        &self,
        parties: usize,
        requests: u32,
        on_row: &(dyn for<'a> Fn(&'a PartyDocument) + Send + Sync),
    ) -> Result<(), ConnectorError>;
    /// Streams whose links group parties: persons first, then jobs.
    fn party_streams(&self) -> [String; 2];
    /// Groups what was read into parties (MODEL 2).
    fn parties(
        &self,
        raw: &dyn RawReader,
        connection_id: &str,
        links: &dyn PartyLinks,
    ) -> StoreResult<PartyList>;
    /// Assembles the documents of some parties, in the same order.
    fn assemble(
        &self,
        raw: &dyn RawReader,
        connection_id: &str,
        parties: &[Party],
    ) -> StoreResult<Vec<PartyDocument>>;
    /// Persons that were read and stand in no party's job, for "what to bring".
    fn people_without_job(&self, raw: &dyn RawReader, connection_id: &str) -> StoreResult<u64>;
    /// Some of those persons by id, from a position on, and the position after them; `None` when there are no more. Nobody
    /// where the CRM knows no persons without a job.
    fn people_alone(
        &self,
        _raw: &dyn RawReader,
        _connection_id: &str,
        _after: Option<&str>,
    ) -> StoreResult<(Vec<String>, Option<String>)> {
        Ok((Vec::new(), None))
    }
    /// Streams whose records are appointments that no client is known for; they come in as events without a client
    /// (MODEL 1: `events.project_id` is nullable).
    fn appointment_streams(&self) -> Vec<String> {
        Vec::new()
    }
    /// Some of those appointments in the order of their ids, after a position, and the position after them; `None` when
    /// there are no more. Each document is `{"appointments": [{"@": {"stream", "id"}, "name", "start_date", "start_time",
    /// "end_date", "end_time", "time_zone", "all_day", "status", "location_name", "description", ...}]}` with one
    /// appointment, whose leaves are called like the fields of an event: days `YYYY-MM-DD`, the last one included, times
    /// `HH:MM` on the clocks of `time_zone` (IANA), `status` one of `confirmed`, `tentative`, `cancelled`. A rule reads them
    /// as `appointments.*.name`.
    fn appointments(
        &self,
        _raw: &dyn RawReader,
        _connection_id: &str,
        _after: Option<&str>,
    ) -> StoreResult<(Vec<PartyDocument>, Option<String>)> {
        Ok((Vec::new(), None))
    }
    /// On which day each of some records of the main stream falls, as far as it says; the CRM's own demo records are left
    /// out. Nothing where the days cannot be told from single records.
    fn days(&self, _raws: &[&str]) -> Vec<Option<jiff::civil::Date>> {
        Vec::new()
    }
    /// Reads the definitions of the supplier's custom fields from the CRM: one small list, one request. Nothing for a CRM
    /// without custom fields.
    async fn custom_fields(&self) -> Result<Vec<CustomFieldDef>, ConnectorError> {
        Ok(Vec::new())
    }
    /// The same from what a full sweep has read.
    fn custom_fields_read(
        &self,
        _raw: &dyn RawReader,
        _connection_id: &str,
    ) -> StoreResult<Vec<CustomFieldDef>> {
        Ok(Vec::new())
    }
    /// The definition's default mapping rules, as `mapping::MappingRule` encodes them.
    fn default_mapping(&self) -> Vec<Json>;
    /// Decisions that a new connection starts with, as `mapping::Decisions` encodes them: what the CRM does not say
    /// and a person has to answer (the money unit).
    fn initial_decisions(&self) -> Json;
}

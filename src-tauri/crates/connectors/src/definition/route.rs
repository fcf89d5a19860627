//! The `api` route: where requests go, how they are signed, which lists exist and how a list ends.

use std::collections::BTreeMap;

use hub_core::record::RecordType;
use serde::Deserialize;

use super::{Auth, Evidence, FailureRule, ListRead, WriteRule};

/// Whether this build runs a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It works.
    Ready,
    /// It is known and declared, and not in this version yet. It is never offered as if it worked.
    Later,
}

/// A REST API.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "ApiRouteText")]
pub struct ApiRoute {
    /// Whether this build runs it.
    pub state: State,
    /// How well it is known.
    pub evidence: Evidence,
    /// Where it is documented; required unless `specified`.
    pub source: Option<String>,
    /// Address without a trailing slash; absent in a `specified` route, where the user gives it.
    pub base_url: Option<String>,
    /// Every host a request may go to, redirects included (SYNC-LAW 45).
    pub hosts: Vec<String>,
    /// How a request is signed.
    pub auth: Auth,
    /// Limits of requests per account; each request counts, whatever its outcome.
    pub limits: Vec<Limit>,
    /// Message id of what a person should know before choosing it.
    pub note: Option<String>,
    /// What a failed request means, first match counts.
    pub failure: Vec<FailureRule>,
    /// How it is read; absent where a test read has to find out, and where the route is not in this version.
    pub reads: Option<ApiReads>,
    /// How it is written to.
    pub write: Vec<WriteRule>,
}

/// How an API is read.
#[derive(Debug, Clone, PartialEq)]
pub enum ApiReads {
    /// Several lists that are joined into clients by `assemble`.
    Lists(Box<ListsRead>),
    /// One list, each record of which is a client with its wedding (`rows`).
    List(Box<ListRead>),
}

/// Several lists.
#[derive(Debug, Clone, PartialEq)]
pub struct ListsRead {
    /// Which account is behind the key.
    pub account: AccountProbe,
    /// What all lists have in common.
    pub lists: Lists,
    /// The lists, in the order in which a full sweep reads them.
    pub stream: Vec<Stream>,
    /// What the preview reads.
    pub preview: Preview,
}

/// The route as the file spells it: the four tables of [`ListsRead`], or `list`, or neither.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ApiRouteText {
    state: State,
    evidence: Evidence,
    source: Option<String>,
    base_url: Option<String>,
    #[serde(default)]
    hosts: Vec<String>,
    auth: Auth,
    limits: Vec<Limit>,
    note: Option<String>,
    #[serde(default)]
    failure: Vec<FailureRule>,
    account: Option<AccountProbe>,
    lists: Option<Lists>,
    #[serde(default)]
    stream: Vec<Stream>,
    preview: Option<Preview>,
    list: Option<ListRead>,
    #[serde(default)]
    write: Vec<WriteRule>,
}

impl TryFrom<ApiRouteText> for ApiRoute {
    type Error = &'static str;

    fn try_from(text: ApiRouteText) -> Result<ApiRoute, &'static str> {
        let reads = match (text.account, text.lists, text.preview, text.list) {
            (Some(account), Some(lists), Some(preview), None) => {
                Some(ApiReads::Lists(Box::new(ListsRead { account, lists, stream: text.stream, preview })))
            }
            (None, None, None, Some(list)) if text.stream.is_empty() => Some(ApiReads::List(Box::new(list))),
            (None, None, None, None) if text.stream.is_empty() => None,
            _ => return Err("account, lists, stream and preview stand together, or list stands alone"),
        };
        Ok(ApiRoute {
            state: text.state,
            evidence: text.evidence,
            source: text.source,
            base_url: text.base_url,
            hosts: text.hosts,
            auth: text.auth,
            limits: text.limits,
            note: text.note,
            failure: text.failure,
            reads,
            write: text.write,
        })
    }
}

impl ApiRoute {
    /// The lists, of a route that is read by several.
    pub fn lists(&self) -> Option<&ListsRead> {
        match &self.reads {
            Some(ApiReads::Lists(lists)) => Some(lists),
            Some(ApiReads::List(_)) | None => None,
        }
    }

    /// The list, of a route that is read by one.
    pub fn list(&self) -> Option<&ListRead> {
        match &self.reads {
            Some(ApiReads::List(list)) => Some(list),
            Some(ApiReads::Lists(_)) | None => None,
        }
    }

    /// Whether the person is asked for the address, and a test read finds out the rest.
    pub fn is_recognised(&self) -> bool {
        self.state == State::Ready && self.reads.is_none()
    }
}

/// At most so many requests in any window of so many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// Requests at most.
    pub requests: u32,
    /// Length of the window in seconds.
    pub per_seconds: u32,
}

/// How to learn which account is behind a key; also the identity that every later run is compared with.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountProbe {
    /// Path below the base URL.
    pub path: String,
    /// Path of the account id in the reply.
    pub id: String,
    /// Path of the name.
    pub name: String,
    /// Path of the ISO 4217 currency.
    pub currency: Option<String>,
    /// How to learn the time zone.
    pub time_zone: Option<TimeZoneProbe>,
}

/// The studio's zone, by a second request.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeZoneProbe {
    /// Path of the zone's id in the account reply.
    pub by: String,
    /// Path prefix of the zone below the base URL; the id follows after a slash.
    pub path: String,
    /// Path of the IANA name in that reply.
    pub name: String,
}

/// What all lists have in common.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lists {
    /// Path of the records in a reply.
    pub records: String,
    /// Path of the id in a record.
    pub id: String,
    /// Path of the version text in a record.
    pub version: Option<String>,
    /// Path of the number of records in the whole list.
    pub total: String,
    /// How the next page is asked for.
    pub pagination: Pagination,
    /// Order parameters.
    pub sort: SortOrder,
    /// How paged lists are read by what changed, where the CRM's `version` is the instant of the last change; absent where
    /// every import reads everything.
    pub changed: Option<Changed>,
}

/// Reading newest first, back to where the last read stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Changed {
    /// Read again what changed so shortly before: a write may show late in a list (F30).
    pub lookback_seconds: u32,
    /// Days after which everything is read whole again (SYNC-LAW 17: at most 7).
    pub whole_after_days: u32,
}

/// How a list is read page by page, and what proves its end (SYNC-LAW 4).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Pagination {
    /// Page numbers. The end is proved when the last page by the CRM's own count was read, every id came once in
    /// ascending order, no page before it was short, and the rows read are as many as the CRM says there are; a full
    /// last page is proved by the empty page after it.
    Page {
        /// Parameter with the page number.
        number: String,
        /// Parameter with the page size.
        size: String,
        /// Rows per page.
        page_size: u32,
        /// Smallest size the CRM accepts, for counting.
        smallest: u32,
        /// Number of the first page.
        first: u64,
        /// Path of the number of the page that was answered.
        current: String,
        /// Path of the number of pages.
        pages: String,
    },
}

/// Order parameters.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SortOrder {
    /// Parameter.
    pub param: String,
    /// Value for full sweeps: ascending ids, so that a record made meanwhile comes at the end.
    pub ascending_id: String,
    /// Value for newest first.
    pub newest: String,
}

/// One list.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stream {
    /// Name, also the type of external references.
    pub name: String,
    /// Path below the base URL.
    pub path: String,
    /// Record type, absent for look-up lists.
    pub record_type: Option<RecordType>,
    /// Read for every import, whatever was chosen.
    #[serde(default)]
    pub always: Always,
    /// Whether the list has pages or comes whole.
    #[serde(default)]
    pub paging: Paging,
    /// Fixed parameters.
    #[serde(default)]
    pub params: BTreeMap<String, String>,
    /// Up to two parents for joins.
    #[serde(default)]
    pub parents: Vec<Parent>,
}

/// Whether a stream is read for every import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Always {
    /// Parties or labels cannot be told without it.
    Needed,
    /// Only when its record type was chosen.
    #[default]
    Chosen,
}

/// Whether a list has pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Paging {
    /// As the route's pagination says.
    #[default]
    Pages,
    /// The whole list in one reply.
    Whole,
}

/// The id of a parent in a record.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parent {
    /// Stream of the parent.
    pub stream: String,
    /// Path of its id; with `entry`, relative to the entry.
    pub path: String,
    /// The id stands in the first entry of a list that is of a kind.
    pub entry: Option<ParentEntry>,
}

/// The first entry of a list whose field has a value.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParentEntry {
    /// Path of the list.
    pub list: String,
    /// Path of the field in an entry.
    pub field: String,
    /// Its value.
    pub is: String,
}

/// What the preview reads: the newest jobs, who is on them, and what belongs to their first row.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preview {
    /// How many of the newest jobs are asked for, sample ones included.
    pub newest: u32,
    /// Parameter by which the people of one job are asked for.
    pub people_param: String,
    /// Look-up lists read while the budget lasts, most wanted first.
    #[serde(default)]
    pub look_ups: Vec<String>,
    /// Streams whose newest page is read, in the hope that it holds what belongs to the newest jobs.
    #[serde(default)]
    pub newest_pages: Vec<String>,
}

//! One list of an API, each record of which is a client: how it is asked for, how it ends, what its fields are.
//!
//! This is what a test read finds out, and what a person may write by hand.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::file::RowIs;

/// One list.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListRead {
    /// Name of the stream; part of every reference, so it never changes.
    pub stream: String,
    /// Path below the base URL.
    pub path: String,
    /// Fixed parameters.
    #[serde(default)]
    pub params: BTreeMap<String, String>,
    /// Path of the records in a reply; empty where the reply itself is the list.
    #[serde(default)]
    pub records: String,
    /// Path of the id in a record.
    pub id: String,
    /// Path of what tells that a record changed.
    pub version: Option<String>,
    /// Path of the number of records in the whole list.
    pub total: Option<String>,
    /// How the next page is asked for.
    pub pages: ListPages,
    /// Lists below each record, read with it and kept inside it. A page with everything below it is one step, so that it
    /// must not ask for more requests than a window of the limits has; the check sees to that.
    #[serde(default)]
    pub nested: Vec<Nested>,
    /// Parameters of a request that only looks (whose account, how many, a preview): in place of those of the same name, so
    /// that a look costs little.
    #[serde(default)]
    pub look: BTreeMap<String, String>,
    /// How a reply says that it holds no records.
    #[serde(default)]
    pub empty: Empty,
    /// What it means that a list which was read to its proved end does not name a record.
    #[serde(default)]
    pub absent: Absent,
    /// How the list is read by what changed, where its end gives a token for that.
    pub sync_token: Option<SyncToken>,
}

/// How a reply says that it holds no records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Empty {
    /// By an empty list.
    #[default]
    Stated,
    /// By leaving the list out, as JSON made from protocol buffers does.
    LeftOut,
}

/// What the absence of a record from a whole list means (SYNC-LAW 3: concluded only from two of them in a row).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Absent {
    /// Nothing: it may be hidden, archived or filtered.
    #[default]
    Unknown,
    /// It is deleted.
    Gone,
}

/// Reading by what changed: the last page gives a token, which the next reading begins with. All other parameters stay the
/// same; what a token that ran out is answered with stands in the failure table, as `reset_paging`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SyncToken {
    /// Parameter that takes the token.
    pub param: String,
    /// Path of the next token in the reply of the last page.
    pub next: String,
    /// Parameters without which the last page gives none.
    #[serde(default)]
    pub ask: BTreeMap<String, String>,
    /// What tells a record that was deleted: nothing but its id is of use then.
    pub deleted: Only,
    /// Days after which the list is read whole all the same: before the CRM drops the token, and at most 7 (SYNC-LAW 17).
    pub whole_after_days: u32,
}

/// A list below each record of another list.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nested {
    /// Key in the record under which its entries are kept.
    pub name: String,
    /// Path in the record of those that have such a list, each an object with an `id`.
    pub of: String,
    /// Most of them that are looked at.
    pub most: u32,
    /// Path below the base URL up to the id.
    pub before: String,
    /// The rest of the path, after the id.
    pub after: String,
    /// Fixed parameters.
    #[serde(default)]
    pub params: BTreeMap<String, String>,
    /// Path of the entries in a reply; empty where the reply itself is the list.
    #[serde(default)]
    pub records: String,
    /// Path of the id in an entry.
    pub id: String,
    /// Path of the number of entries in the whole list.
    pub total: Option<String>,
    /// How the next page is asked for.
    pub pages: ListPages,
    /// Which entries are kept; all where absent.
    pub only: Option<Only>,
}

/// Entries of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Only {
    /// Path in an entry.
    pub path: String,
    /// Its value.
    pub is: String,
}

/// How a list is read page by page, and what proves its end (SYNC-LAW 4). Whatever the kind: no id comes twice, and where
/// the list has a total, as many records came as it says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum ListPages {
    /// The whole list in one reply. Proved by its total, or by asking for a second page in vain when it was recognised.
    Whole {},
    /// Page numbers. The end is an empty page; with a total, the page by which everything came.
    Page {
        /// Parameter with the page number.
        number: String,
        /// Number of the first page.
        first: u64,
        /// Parameter with the page size.
        size: Option<String>,
        /// Rows of a page, where a size is asked for.
        rows: Option<u32>,
    },
    /// Rows to leave out. The end is as for page numbers.
    Offset {
        /// Parameter with the number of rows to leave out.
        skip: String,
        /// Parameter with the page size.
        size: Option<String>,
        /// Rows of a page, where a size is asked for.
        rows: Option<u32>,
    },
    /// A cursor in the body. The end is its absence.
    Cursor {
        /// Path of the cursor in a reply.
        next: String,
        /// Parameter that takes it.
        param: String,
    },
    /// The address of the next page in the body. The end is its absence.
    NextUrl {
        /// Path of the address in a reply.
        next: String,
    },
    /// The address of the next page in the `Link` header (RFC 8288). The end is its absence.
    Link {},
}

impl ListPages {
    /// The name that definitions use.
    pub fn as_str(&self) -> &'static str {
        match self {
            ListPages::Whole {} => "whole",
            ListPages::Page { .. } => "page",
            ListPages::Offset { .. } => "offset",
            ListPages::Cursor { .. } => "cursor",
            ListPages::NextUrl { .. } => "next_url",
            ListPages::Link {} => "link",
        }
    }
}

/// Events that an automation sends, each of which tells of a client.
///
/// This is what events that were sent as a test tell, and what a person may write by hand.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventsRead {
    /// Name of the stream; part of every reference, so it never changes.
    pub stream: String,
    /// Path of what tells one client from another; absent where address and name do.
    pub id: Option<String>,
    /// Path of when the client was changed; absent where the order of the events says so.
    pub version: Option<String>,
}

/// What the fields of a record are.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rows {
    /// What a record is: a job with its people, or an entry of an address book, a client without a job.
    #[serde(default = "Rows::project")]
    pub row: RowIs,
    /// Order of lists inside a record, by their path, where the CRM promises none.
    #[serde(default)]
    pub order: BTreeMap<String, Order>,
    /// Path in a record to what it is: `primary.first_name`, several divided by spaces. The places are those of file presets.
    pub fields: BTreeMap<String, String>,
    /// Paths that nothing reads: kept as the supplier's own fields.
    #[serde(default)]
    pub own: Vec<String>,
    /// Paths of the ids of people by the part they play (`primary`, `partner`, `other`), where the CRM has such: whoever
    /// stands in two records is one person then. Without them a person is a part of the record.
    #[serde(default)]
    pub ids: BTreeMap<String, String>,
}

impl Rows {
    fn project() -> RowIs {
        RowIs::Project
    }
}

/// Order of a list inside a record, so that a place in it means the same each time.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// Which entry comes first.
    pub first: Only,
    /// Path of the text by which the others are sorted.
    pub by: String,
}

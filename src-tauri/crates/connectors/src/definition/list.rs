//! One list of an API, each record of which is a client: how it is asked for, how it ends, what its fields are.
//!
//! This is what a test read finds out, and what a person may write by hand.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{BesideList, EachOf};
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
    /// Paths that no page is without: one on which every record lacks it is laid out differently (F81).
    #[serde(default)]
    pub needed: Vec<String>,
    /// Records that are none of clients, such as visitors of a gallery. They count for the proof of the list's end, and are not
    /// kept.
    #[serde(default)]
    pub leave_out: Vec<Only>,
    /// How the next page is asked for.
    pub pages: ListPages,
    /// Whose list it is, where a request of its own says so; else the sign-in or a page does, or the address stands for it.
    pub account: Option<ListAccount>,
    /// Only what lies in a stretch of time around today is asked for.
    pub window: Option<Window>,
    /// Rows of a page at most, where a fixed parameter asks for so many and the kind of paging has no size.
    pub page_rows: Option<u32>,
    /// Name of the nested list by which a record is split: each of its entries is a record of its own, which holds the rest
    /// and, under that name, itself. Its id is the entry's.
    pub split: Option<String>,
    /// Path of the id of an earlier record that this one takes the place of, such as that of a booking which was moved.
    pub replaces: Option<String>,
    /// Path of the id of another record of this list, under which this one stands: it is a job of that one's people.
    pub under: Option<String>,
    /// Lists below each record, read with it and kept inside it. A page with everything below it is one step, so that it
    /// must not ask for more requests than a window of the limits has; the check sees to that.
    #[serde(default)]
    pub nested: Vec<Nested>,
    /// Another list, for each of whose records this one is read once.
    pub each: Option<EachOf>,
    /// Lists that are read once after this one. Each of their records belongs to one of this list's by a key in it.
    #[serde(default)]
    pub beside: Vec<BesideList>,
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
    /// How it is read by what changed, where it can be had in the order of its changes.
    pub newest_first: Option<NewestFirst>,
}

/// How to learn whose list it is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListAccount {
    /// Path below the base URL.
    pub path: String,
    /// Fixed parameters.
    #[serde(default)]
    pub params: BTreeMap<String, String>,
    /// Path of the account's id in the reply; absent where the sign-in names it and the reply proves that it opens.
    pub id: Option<String>,
    /// Parameter of the main list that takes that id.
    pub param: Option<String>,
    /// Path of the name.
    pub name: String,
    /// Path of the ISO 3166 country.
    pub country: Option<String>,
    /// Path of the IANA time zone.
    pub time_zone: Option<String>,
}

/// A stretch of time around today, whose days are those of UTC. What lies outside of it is not read, and not gone.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// Parameter with its beginning, an instant.
    pub from: String,
    /// Parameter with its end, an instant.
    pub to: String,
    /// Days before today.
    pub days_before: u32,
    /// Days after today.
    pub days_after: u32,
}

/// How a reply says that it holds no records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Empty {
    /// By an empty list.
    #[default]
    Stated,
    /// By leaving the list out of what holds it, as JSON made from protocol buffers does.
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
    /// Path that a record has which is marked as deleted and still says what it was; such a one is kept as it is.
    pub still: Option<String>,
    /// Days after which the list is read whole all the same: before the CRM drops the token, and at most 7 (SYNC-LAW 17).
    pub whole_after_days: u32,
    /// Set where the token is an instant of the CRM's own clock, which every reply tells at `next`: then that of the first page
    /// counts, because the list goes on changing while it is read, and so many seconds before it everything is read again.
    pub lookback_seconds: Option<u32>,
    /// Where what changed is asked for, if that is another request than the list's. Its one reply holds everything.
    pub at: Option<ChangesAt>,
}

/// A request of its own that tells what changed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangesAt {
    /// Path below the base URL.
    pub path: String,
    /// Fixed parameters.
    #[serde(default)]
    pub params: BTreeMap<String, String>,
    /// Path of the records in a reply; absent there where nothing changed.
    pub records: String,
    /// Records that such a reply has at most. One that is full may lack some: the list is read whole.
    pub most: u32,
}

/// Reading by what changed: every record says in `version` when it was changed, and the list begins with the one that was
/// changed last.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewestFirst {
    /// Parameters that ask for this order; none where the list always has it.
    #[serde(default)]
    pub params: BTreeMap<String, String>,
    /// Seconds before the last known change from which everything is read again (SYNC-LAW 27).
    pub lookback_seconds: u32,
    /// Days after which the list is read whole all the same: at most 7 (SYNC-LAW 17).
    pub whole_after_days: u32,
}

/// A list below each record of another list.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nested {
    /// Key in the record under which its entries are kept.
    pub name: String,
    /// Path in the record of those that have such a list, each an object with an `id`; the record itself where absent.
    pub of: Option<String>,
    /// Most of them that are looked at.
    pub most: u32,
    /// Path below the base URL up to the id; absent where `address` says where the list is.
    pub before: Option<String>,
    /// Path in the record of a whole address of the CRM's own, below which the list is.
    pub address: Option<String>,
    /// The rest of the path, after the id or the address.
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

/// Entries of one kind: a plain value at a path, as text.
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
    /// A statement in a parameter, to which the place and the size of the page are added. The end is as for page numbers.
    Query {
        /// Parameter with the statement; its beginning stands in `params`.
        param: String,
        /// Word before the number of the first row, counted from 1.
        start: String,
        /// Word before the page size.
        size: String,
        /// Rows of a page.
        rows: u32,
        /// Statement that counts the rows, asked once with the first page; the list's `total` is where its reply says how many.
        count: Option<String>,
    },
}

impl ListPages {
    /// Rows of a page, where so many are asked for.
    pub fn rows(&self) -> Option<u32> {
        match self {
            ListPages::Page { rows, .. } | ListPages::Offset { rows, .. } => *rows,
            ListPages::Query { rows, .. } => Some(*rows),
            ListPages::Whole {}
            | ListPages::Cursor { .. }
            | ListPages::NextUrl { .. }
            | ListPages::Link {} => None,
        }
    }

    /// The name that definitions use.
    pub fn as_str(&self) -> &'static str {
        match self {
            ListPages::Whole {} => "whole",
            ListPages::Page { .. } => "page",
            ListPages::Offset { .. } => "offset",
            ListPages::Cursor { .. } => "cursor",
            ListPages::NextUrl { .. } => "next_url",
            ListPages::Link {} => "link",
            ListPages::Query { .. } => "query",
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
    /// What a record is: a job with its people, a client of whom nobody knows a job, or an entry of an address book.
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
    /// Paths of what people are known by where the CRM has no ids for them, such as an e-mail address, by the part they play.
    /// What stands for them is made of it and does not tell it.
    #[serde(default)]
    pub known_by: BTreeMap<String, String>,
    /// The same as `fields` for a record that stands under another: its people are that one's.
    #[serde(default)]
    pub under: BTreeMap<String, String>,
    /// What words mean (`canceled` is `false`), by path and word. Other words stay as they are.
    #[serde(default)]
    pub words: Words,
    /// What marks a record that the CRM made up to show itself: left out, as its samples are everywhere.
    pub sample: Option<Only>,
    /// What marks somebody who was put away: left out unless hidden people were asked for.
    pub hidden: Option<Only>,
}

/// What words mean, by path and word.
pub type Words = BTreeMap<String, BTreeMap<String, String>>;

impl Rows {
    fn project() -> RowIs {
        RowIs::Project
    }

    /// Of records that say nothing of clients.
    pub(crate) fn none() -> Rows {
        Rows {
            row: RowIs::Project,
            order: BTreeMap::new(),
            fields: BTreeMap::new(),
            own: Vec::new(),
            ids: BTreeMap::new(),
            known_by: BTreeMap::new(),
            under: BTreeMap::new(),
            words: Words::new(),
            sample: None,
            hidden: None,
        }
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

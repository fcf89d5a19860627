//! One list of an API, each record of which is a client: how it is asked for, how it ends, what its fields are.
//!
//! This is what a test read finds out, and what a person may write by hand.

use std::collections::BTreeMap;

use serde::Deserialize;

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

/// What the fields of a record are.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rows {
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

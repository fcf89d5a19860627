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
}

//! Lists beside the main list of an API: read once each, and joined to it by a key in their records, so that an invoice finds
//! its customer without a request for each.

use std::collections::BTreeMap;

use hub_core::record::RecordType;
use serde::Deserialize;

use super::list::{Empty, ListPages, Only, SyncToken, Words};

/// What a field is that says when a payment was made, to the instant.
pub(crate) const PAID_AT: &str = "payment.paid_at";

/// A list beside the main list, a stream of its own with its own proof of its end.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BesideList {
    /// Name of the stream; part of every reference, so it never changes.
    pub name: String,
    /// What each record is.
    pub record: BesideRecord,
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
    /// Paths that no page of a site is without: one on which every record lacks it is laid out differently (F81).
    #[serde(default)]
    pub needed: Vec<String>,
    /// Records that are none of what they stand among, such as drafts among invoices. They count for the proof of the list's
    /// end, and are not kept.
    #[serde(default)]
    pub leave_out: Vec<Only>,
    /// How the next page is asked for.
    pub pages: ListPages,
    /// How a reply says that it holds no records.
    #[serde(default)]
    pub empty: Empty,
    /// Path in a record of the id of the main list's record that it belongs to. A record without one is kept and shown nowhere.
    pub parent: String,
    /// Path in a record of the ISO 4217 currency of its amounts; the account's or the supplier's where absent.
    pub currency: Option<String>,
    /// Path in a record to what it is: `invoice.total`, several divided by spaces. The places are those of file presets, and
    /// `payment.paid_at` for an instant: the day that it was in the account's zone is when it was paid.
    pub fields: BTreeMap<String, String>,
    /// What is the same of every record: `payment.status` to `paid`.
    #[serde(default)]
    pub fixed: BTreeMap<String, String>,
    /// What words mean, by path and word.
    #[serde(default)]
    pub words: Words,
    /// Which invoices a payment pays, where its record says so.
    pub pays: Option<Pays>,
    /// How the list is read by what changed, where its end gives a token for that.
    pub sync_token: Option<SyncToken>,
}

/// What a record beside the main list is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BesideRecord {
    /// An invoice.
    Invoice,
    /// A payment.
    Payment,
    /// A part of an invoice, paid or not: both in one.
    Instalment,
}

impl BesideRecord {
    /// The record type that its stream is counted as.
    pub fn record_type(self) -> RecordType {
        match self {
            BesideRecord::Invoice => RecordType::Invoice,
            BesideRecord::Payment | BesideRecord::Instalment => RecordType::Payment,
        }
    }

    /// The places that its fields may have.
    pub fn places(self) -> &'static [&'static str] {
        match self {
            BesideRecord::Invoice => &["invoice"],
            BesideRecord::Payment => &["payment"],
            BesideRecord::Instalment => &["invoice", "payment"],
        }
    }
}

/// Which invoices a payment pays: a list of parts, each with an amount and the invoice that it goes to, or all of it one invoice.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pays {
    /// Path of the parts in a record; absent where a payment goes to one invoice as a whole.
    pub list: Option<String>,
    /// Path of the amount in a part, or in the record.
    pub amount: String,
    /// Path in a part of a list of what it goes to; absent where the part itself names it. A part that goes to several
    /// is left out: nobody says how much of it goes where.
    pub links: Option<String>,
    /// Path of the invoice's id.
    pub id: String,
    /// Which of them are invoices; all where absent.
    pub only: Option<Only>,
    /// Name of the list of invoices.
    pub of: String,
}

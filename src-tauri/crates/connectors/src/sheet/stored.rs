//! A row as it is kept: its cells as received, where it stood, and the ids that were decided for it.

use std::collections::BTreeMap;
use std::sync::Arc;

use hub_core::malformed::Malformed;
use hub_core::ports::{RawReader, StoreError, StoreResult, StoredRaw};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::which::{NamedBy, Which};

/// Rows read from the store at a time.
const SCAN: u32 = 500;

/// The raw record of a row. Frozen: databases hold it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StoredRow {
    /// Its cells by column; blank ones are left out.
    pub(crate) cells: Map<String, Json>,
    /// Everything else.
    pub(crate) at: Place,
    /// What a record of an API says that no cell can hold.
    #[serde(skip)]
    pub(crate) told: Told,
}

/// What a record of an API says that no cell can hold. Made anew of the record each time, and never kept.
#[derive(Debug, Clone, Default)]
pub(crate) struct Told {
    /// Amounts by column, as numbers or with their currency.
    pub(crate) amounts: BTreeMap<String, Json>,
    /// Invoices that a payment pays: stream, id, amount.
    pub(crate) pays: Vec<(String, String, Json)>,
    /// What becomes of its appointment.
    pub(crate) event: ToldEvent,
}

/// What becomes of an appointment that a record tells of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum ToldEvent {
    /// It is one of its own.
    #[default]
    Own,
    /// It is the one that was first told of under this id, at another time.
    Moved(String),
    /// A later record tells of it.
    Replaced,
}

/// Everything of a stored row but its cells.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    /// Table it stood in when it was last seen.
    pub(crate) table: String,
    /// Row there, as a spreadsheet counts it.
    pub(crate) row: u64,
    /// Job it belongs to; none for what could not be put anywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) job: Option<String>,
    /// Its people in the order of the row: id and role.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) people: Vec<(String, String)>,
    /// It tells of its people only; the job is another row's.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) only_people: bool,
    /// First persons of earlier rows, of which this may be a newer version: a person decides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) maybe: Vec<String>,
    /// People known by a name alone that the list of clients has more than once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) which: Vec<Which>,
    /// Rows that name somebody who may be a person of this one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) named_by: Vec<NamedBy>,
    /// The key part that differs from when it was last seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) changed: Option<String>,
    /// Which reading saw it last.
    pub(crate) seen: String,
}

/// A row without its cells, for walks over all rows.
#[derive(Debug, Deserialize)]
pub(super) struct Bare {
    pub(crate) at: Place,
}

pub(super) fn fault(error: serde_json::Error) -> StoreError {
    StoreError::Fault(Box::new(Malformed::from(error)))
}

impl StoredRow {
    pub(super) fn parse(raw: &str) -> StoreResult<StoredRow> {
        serde_json::from_str(raw).map_err(fault)
    }

    /// A cell that is not blank.
    pub(crate) fn cell(&self, column: &str) -> Option<&str> {
        self.cells.get(column).and_then(Json::as_str).filter(|text| !text.trim().is_empty())
    }
}

/// Calls `each` with every stored row of a stream, in id order.
pub(super) fn every(
    raw: &dyn RawReader,
    connection_id: &str,
    stream: &str,
    each: &mut dyn FnMut(StoredRaw) -> StoreResult<()>,
) -> StoreResult<()> {
    let mut after: Option<String> = None;
    loop {
        let rows = raw.scan(connection_id, stream, after.as_deref(), SCAN)?;
        let full = rows.len() == SCAN as usize;
        after = rows.last().map(|row| row.id.clone());
        for row in rows {
            each(row)?;
        }
        if !full {
            return Ok(());
        }
    }
}

/// What is stored, for a connector.
pub(super) type Stored = Arc<dyn RawReader>;

//! What a supplier does in the CRM while we are not looking, for tests: jobs added, partners swapped, people hidden.
//!
//! A mutation goes the same way as a write through the API: the record is changed beside the generated book and its
//! `modified` moves on by the sandbox's own clock, which starts on 14 May 2026 and ticks one second a change.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::book::Stream;

/// A change to the book. Ids are the vendor's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Mutation {
    /// Adds a record; returns its id. Missing base properties are filled in.
    Add {
        /// List.
        stream: Stream,
        /// Properties.
        record: Map<String, Value>,
    },
    /// Adds a wedding with these clients; returns the job's id.
    AddJob {
        /// Address-book ids, each marked as client.
        clients: Vec<String>,
        /// Wedding date, `YYYY-MM-DD`.
        date: String,
        /// Title.
        title: String,
    },
    /// Sets properties of a record.
    Set {
        /// List.
        stream: Stream,
        /// Id.
        id: String,
        /// Properties.
        fields: Map<String, Value>,
    },
    /// Marks a job-contact as client, or not; `roleKinds` follows.
    SetClientFlag {
        /// Job-contact id.
        id: String,
        /// The mark.
        client: bool,
    },
    /// The two people of two job-contacts change places.
    SwapPartners {
        /// Job-contact id.
        first: String,
        /// Job-contact id.
        second: String,
    },
    /// Takes a record away without a trace.
    Delete {
        /// List.
        stream: Stream,
        /// Id.
        id: String,
    },
    /// Puts a record away, or back.
    Hide {
        /// List.
        stream: Stream,
        /// Id.
        id: String,
        /// Whether it is hidden.
        hidden: bool,
    },
    /// Gives many records the same `modified` (F29).
    SameModified {
        /// List.
        stream: Stream,
        /// The first so many by id.
        count: usize,
    },
}

/// Why a change was not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MutationError {
    /// There is no such record.
    #[error("no record {id} in {stream}")]
    NotFound {
        /// List.
        stream: &'static str,
        /// Id as given.
        id: String,
    },
    /// A property the vendor requires is missing or of the wrong kind.
    #[error("{field} of {stream} is missing or wrong")]
    Invalid {
        /// List.
        stream: &'static str,
        /// Property.
        field: &'static str,
    },
}

//! Decisions of a review that reach further than one client: who somebody is, and a fix that holds for a whole column.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use ts_rs::TS;

use super::JobView;

/// Who somebody is whom a job names without an address and a list of clients has more than once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum WhoIs {
    /// Nobody said; it is asked.
    Open,
    /// None of those who have the name.
    Nobody,
    /// This person of the list.
    Entry {
        /// Its id, as a choice of the problem gives it under `person`.
        person: String,
    },
}

/// Says who somebody is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ReviewWho {
    /// The connection, by file.
    pub connection_id: String,
    /// Of whom, as a choice of the problem gives it under `of`.
    pub of: String,
    /// Who it is.
    pub is: WhoIs,
}

/// What was said about somebody, and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct WhoSettled {
    /// What was said before: to be said again for an undo.
    pub before: WhoIs,
    /// The job that planned anew. Rows may have other numbers since.
    pub job: JobView,
}

/// A value that needs a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ReviewCell {
    /// The connection.
    pub connection_id: String,
    /// The row.
    pub seq: u64,
    /// Record.
    pub record_id: String,
    /// Field.
    pub field: String,
}

/// Where else the same value stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SameValue {
    /// What the cell says; null where no rule can be made of it.
    pub source: Option<String>,
    /// Other clients with the same problem about the same value.
    pub others: u64,
}

/// Makes a rule of a fix: wherever the column says this, it is that.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ReviewFixRule {
    /// The connection.
    pub connection_id: String,
    /// The row.
    pub seq: u64,
    /// Record.
    pub record_id: String,
    /// Field.
    pub field: String,
    /// What it is to be, as `review.decide` takes it; null brings all of them in without.
    #[ts(type = "unknown")]
    pub value: Json,
}

/// A rule that was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct FixRuleKept {
    /// The matching before; `mapping.set` with it, and then `review.again`, is the undo.
    #[ts(type = "unknown[]")]
    pub rules_before: Vec<Json>,
    /// The matching now.
    #[ts(type = "unknown[]")]
    pub rules: Vec<Json>,
    /// The job that planned anew.
    pub job: JobView,
}

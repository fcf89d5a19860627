//! Decisions of the review, what came of them, and the two sides of a possible duplicate.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use ts_rs::TS;

use super::RecordType;

/// A decision about one client.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Decision {
    /// It is this client of WedSync.
    Link {
        /// The client.
        client_id: String,
    },
    /// It is a client of its own.
    CreateAnyway,
    /// Leave it out.
    Reject,
    /// Take a decision back.
    Reopen,
    /// A value for a field; null brings it in without.
    SetValue {
        /// Record.
        record_id: String,
        /// Field.
        field: String,
        /// Value, encoded for the field, or text as a person writes it.
        #[ts(type = "unknown")]
        value: Json,
    },
    /// Forget a value that was set.
    ClearValue {
        /// Record.
        record_id: String,
        /// Field.
        field: String,
    },
}

impl From<Decision> for hub_engine::Decision {
    fn from(decision: Decision) -> hub_engine::Decision {
        use hub_engine::Decision as Engine;
        match decision {
            Decision::Link { client_id } => Engine::Link { client_id },
            Decision::CreateAnyway => Engine::CreateAnyway,
            Decision::Reject => Engine::Reject,
            Decision::Reopen => Engine::Reopen,
            Decision::SetValue { record_id, field, value } => Engine::SetValue { record_id, field, value },
            Decision::ClearValue { record_id, field } => Engine::ClearValue { record_id, field },
        }
    }
}

/// A decision about one client, with the client.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ReviewDecide {
    /// The connection.
    pub connection_id: String,
    /// The row.
    pub seq: u64,
    /// The decision.
    pub decision: Decision,
}

/// A decision that makes sense about many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum BulkDecision {
    /// Leave them out.
    Reject,
    /// Take decisions back.
    Reopen,
    /// Bring them in without the values that need a person, where WedSync does not demand those.
    WithoutMissing,
}

/// Decides about several clients in the same way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ReviewDecideMany {
    /// The connection.
    pub connection_id: String,
    /// Rows; at most 1,000.
    pub seqs: Vec<u64>,
    /// The decision.
    pub decision: BulkDecision,
}

/// What to approve.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ReviewApprove {
    /// The connection.
    pub connection_id: String,
    /// Rows; everything that is ready when absent.
    #[serde(default)]
    #[ts(optional)]
    pub seqs: Option<Vec<u64>>,
}

/// How many clients a decision reached.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct Decided {
    /// How many.
    pub decided: u64,
    /// How many it could not be done for; they are unchanged.
    pub left: u64,
    /// What was decided before about those it was done for, for `review.restore`; empty after an approval.
    #[serde(default)]
    pub before: Vec<Restored>,
}

/// What was decided about a client at some time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Restored {
    /// The row.
    pub seq: u64,
    /// As `resolution_before` or [`Decided::before`] gave it.
    #[ts(type = "unknown")]
    pub resolution: Json,
}

/// Puts back what was decided before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ReviewRestore {
    /// The connection.
    pub connection_id: String,
    /// Rows; at most 1,000.
    pub rows: Vec<Restored>,
}

/// A client under review beside one of WedSync.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ReviewCompare {
    /// The connection.
    pub connection_id: String,
    /// The row.
    pub seq: u64,
    /// The client of WedSync.
    pub client_id: String,
}

/// One field on both sides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct ComparedField {
    /// Its name.
    pub field: String,
    /// The CRM's value.
    #[ts(type = "unknown")]
    pub crm: Json,
    /// WedSync's value.
    #[ts(type = "unknown")]
    pub wedsync: Json,
    /// Whether both say the same.
    pub same: bool,
}

/// A person or a wedding on both sides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct ComparedRecord {
    /// `person` or `project`.
    pub record_type: RecordType,
    /// Whether the CRM has it.
    pub in_crm: bool,
    /// Whether WedSync has it.
    pub in_wedsync: bool,
    /// Fields that at least one side has.
    pub fields: Vec<ComparedField>,
}

/// Both sides.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct Comparison {
    /// Persons first.
    pub records: Vec<ComparedRecord>,
}

impl From<Vec<hub_engine::ComparedRecord>> for Comparison {
    fn from(records: Vec<hub_engine::ComparedRecord>) -> Comparison {
        let field = |field: hub_engine::ComparedField| ComparedField {
            field: field.field,
            crm: field.crm,
            wedsync: field.wedsync,
            same: field.same,
        };
        Comparison {
            records: records
                .into_iter()
                .map(|record| ComparedRecord {
                    record_type: record.record_type.into(),
                    in_crm: record.in_crm,
                    in_wedsync: record.in_wedsync,
                    fields: record.fields.into_iter().map(field).collect(),
                })
                .collect(),
        }
    }
}

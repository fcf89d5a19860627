//! Matching of fields, and the preview.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use ts_rs::TS;

use super::{FileChoice, RecordType};
use crate::WireMessage;

/// The matching of a connection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct MappingView {
    /// Goes up with every change; 0 is the definition's own, not yet stored.
    pub revision: i64,
    /// The rules, in order.
    #[ts(type = "unknown[]")]
    pub rules: Vec<Json>,
    /// Everything that is wrong or deserves a look. With an error among them nothing was stored.
    pub faults: Vec<RuleFault>,
    /// Whether the rules of the request were stored.
    pub stored: bool,
}

/// What is wrong with one rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RuleFault {
    /// Which rule, from 0.
    pub index: usize,
    /// Its field.
    pub field: String,
    /// What, as a message id under `mapping.`.
    pub error: String,
    /// `error` or `warning`.
    pub severity: String,
    /// The part at fault.
    pub found: Option<String>,
    /// What would be right.
    pub suggested_fix: Option<String>,
}

/// Rules to store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct MappingSet {
    /// The connection.
    pub connection_id: String,
    /// All rules, in order.
    #[ts(type = "unknown[]")]
    pub rules: Vec<Json>,
}

/// A preview to make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct PreviewRun {
    /// The connection.
    pub connection_id: String,
    /// For a connection by file: the files. May be left out right after the connection was made from them; without any,
    /// what was imported before is shown.
    #[serde(default)]
    #[ts(optional)]
    pub file_ids: Option<Vec<String>>,
    /// What was chosen for their tables.
    #[serde(default)]
    #[ts(optional)]
    pub choices: Option<Vec<FileChoice>>,
}

/// Rules to try.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct MappingPreview {
    /// The connection.
    pub connection_id: String,
    /// Rules in place of the stored ones.
    #[serde(default)]
    #[ts(optional, type = "unknown[]")]
    pub rules: Option<Vec<Json>>,
}

/// Suggested rules.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct MappingSuggestions {
    /// Each with `source`, `record_type`, `field`, `transforms`, `confidence`, `reasons`.
    #[ts(type = "unknown[]")]
    pub suggestions: Vec<Json>,
}

/// One field of a previewed client.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct FieldPreview {
    /// Where the record stands in the document: `primary_contact`, `jobs.0`; empty for the client itself.
    pub place: String,
    /// Type of the record it belongs to.
    pub record_type: RecordType,
    /// WedSync field.
    pub field: String,
    /// What the CRM holds.
    #[ts(type = "unknown")]
    pub before: Json,
    /// What it becomes; none says nothing about the field.
    #[ts(type = "unknown")]
    pub after: Option<Json>,
    /// What needs a look.
    pub problem: Option<WireMessage>,
}

/// One client of the preview.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct PreviewRow {
    /// Its fields.
    pub fields: Vec<FieldPreview>,
    /// The assembled document, as matching sees it.
    #[ts(type = "unknown")]
    pub document: Json,
}

impl From<hub_engine::PreviewRow> for PreviewRow {
    fn from(row: hub_engine::PreviewRow) -> PreviewRow {
        let field = |field: hub_engine::PreviewField| FieldPreview {
            place: field.place,
            record_type: field.record_type.into(),
            field: field.field,
            before: field.before,
            after: field.after,
            problem: field.problem.map(Into::into),
        };
        PreviewRow { fields: row.fields.into_iter().map(field).collect(), document: row.document }
    }
}

/// A question the data cannot answer, with the answer's effects side by side (MODEL 1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Question {
    /// Name of the decision that `connection.answer` takes.
    pub decision: String,
    /// The question.
    pub message: WireMessage,
    /// Possible answers.
    pub answers: Vec<String>,
}

/// The first clients as they would come in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Preview {
    /// Rows, newest first.
    pub rows: Vec<PreviewRow>,
    /// What has to be answered.
    pub questions: Vec<Question>,
}

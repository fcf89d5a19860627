//! WedSync's fields, and the supplier's own fields in the CRM.

use hub_core::custom_field::{CustomFieldChoice as CoreChoice, PlannedField};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use ts_rs::TS;

use super::RecordType;

/// One field of WedSync: a target of matching.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SchemaFieldView {
    /// Record type it belongs to.
    pub record_type: RecordType,
    /// Wire name.
    pub name: String,
    /// What people call it; empty for standard fields before WedSync was asked.
    pub label: String,
    /// Name of its type.
    pub value_type: String,
    /// WedSync refuses a record without it.
    pub required: bool,
    /// Computed by WedSync, no target.
    pub read_only: bool,
    /// Whether the supplier added it.
    pub custom: bool,
    /// Closed list of values, empty when any will do.
    pub choices: Vec<String>,
}

/// WedSync's fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SchemaView {
    /// When this content was first seen; none is the built-in copy, before WedSync was asked.
    #[ts(type = "string | null")]
    pub since: Option<Timestamp>,
    /// The fields.
    pub fields: Vec<SchemaFieldView>,
}

/// Where the values of a custom field go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "choice", rename_all = "snake_case", deny_unknown_fields)]
pub enum FieldChoice {
    /// Into a field that WedSync has.
    Existing {
        /// Its name.
        field: String,
    },
    /// Into a custom field that the upload makes in WedSync.
    New,
    /// Nowhere: they stay on this computer.
    Keep,
}

impl From<CoreChoice> for FieldChoice {
    fn from(choice: CoreChoice) -> FieldChoice {
        match choice {
            CoreChoice::Existing { field } => FieldChoice::Existing { field },
            CoreChoice::New => FieldChoice::New,
            CoreChoice::Keep => FieldChoice::Keep,
        }
    }
}

impl From<FieldChoice> for CoreChoice {
    fn from(choice: FieldChoice) -> CoreChoice {
        match choice {
            FieldChoice::Existing { field } => CoreChoice::Existing { field },
            FieldChoice::New => CoreChoice::New,
            FieldChoice::Keep => CoreChoice::Keep,
        }
    }
}

/// A suggestion for a custom field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct FieldSuggestion {
    /// What.
    #[serde(flatten)]
    pub choice: FieldChoice,
    /// 0 to 1.
    pub confidence: f64,
    /// Why: each with `code` below `suggest.reason.`, `params` and `points`.
    #[ts(type = "unknown[]")]
    pub reasons: Vec<Json>,
}

/// One of the supplier's own fields in the CRM.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct CustomFieldView {
    /// Type of the records that carry it.
    pub record_type: RecordType,
    /// The CRM's id; a rename changes the label only.
    pub external_id: String,
    /// What the supplier calls it.
    pub label: String,
    /// The CRM's word for its kind.
    pub kind: String,
    /// Name of the type its values are read as.
    pub value_type: String,
    /// Values that the CRM offers.
    pub choices: Vec<String>,
    /// Path of its value in a document.
    pub source: String,
    /// Put away in the CRM.
    pub hidden: bool,
    /// What the matching does with it; none until somebody chose, and nothing is brought in then.
    pub chosen: Option<FieldChoice>,
    /// What we suggest.
    pub suggestion: FieldSuggestion,
    /// Some of its values, from the last preview.
    #[ts(type = "unknown[]")]
    pub samples: Vec<Json>,
}

/// The supplier's own fields.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct CustomFields {
    /// By record type and label.
    pub fields: Vec<CustomFieldView>,
    /// Revision of the matching.
    pub revision: i64,
}

/// One choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ChosenField {
    /// Type of the records that carry it.
    pub record_type: RecordType,
    /// The CRM's id.
    pub external_id: String,
    /// Where its values go.
    #[serde(flatten)]
    pub choice: FieldChoice,
}

/// Choices to store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct FieldsChoose {
    /// The connection.
    pub connection_id: String,
    /// The choices; fields that are not named stay as they are.
    pub choices: Vec<ChosenField>,
}

/// A custom field that an upload makes in WedSync.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct NewFieldView {
    /// Type of the records that carry it.
    pub record_type: RecordType,
    /// The name it will have.
    pub name: String,
    /// What people call it.
    pub label: String,
    /// Name of its type.
    pub value_type: String,
    /// Records of the plan that have a value for it.
    pub records: u64,
    /// Whether an upload has made it.
    pub made: bool,
}

impl From<PlannedField> for NewFieldView {
    fn from(field: PlannedField) -> NewFieldView {
        NewFieldView {
            record_type: field.record_type.into(),
            name: field.name,
            label: field.label,
            value_type: field.value_type.as_str().to_owned(),
            records: field.records,
            made: field.made_by.is_some(),
        }
    }
}

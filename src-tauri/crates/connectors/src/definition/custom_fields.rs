//! Where a CRM lists its custom fields, and how their kinds are read.

use std::collections::BTreeMap;

use hub_core::record::RecordType;
use hub_core::value::FieldType;
use serde::Deserialize;

/// The custom-fields section.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomFields {
    /// Stream of the definitions.
    pub stream: String,
    /// Path of the label.
    pub label: String,
    /// Path of the kind.
    pub kind: String,
    /// Path of the list of values that the CRM offers.
    pub choices: String,
    /// Path of the flag of a field that was put away.
    pub hidden: String,
    /// Path of the word that says what the field is on.
    pub applies: String,
    /// What those words mean.
    pub on: Vec<CarriedBy>,
    /// The type of each kind; a kind that is not listed is text, which loses nothing.
    pub types: BTreeMap<String, FieldType>,
}

/// What a custom field is on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CarriedBy {
    /// The CRM's word.
    pub is: String,
    /// Type of the records.
    pub record: RecordType,
    /// Path in the assembled document of the values by field id.
    pub source: String,
}

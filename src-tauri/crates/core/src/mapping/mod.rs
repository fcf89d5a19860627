//! Mappings: which field of a CRM's document becomes which field of WedSync, and how.
//!
//! A mapping is data that a person confirms; a rule names its sources, its transforms and its direction. Evaluating is pure
//! and gives, beside the value, what the CRM said before any transform (the `crm` side of the base pair, MODEL 4) and where
//! it stood (provenance, MODEL 3). A blank never erases (SYNC-LAW 7). Deliberately absent: records, links and plans.

mod anchor;
mod evaluate;
mod keyed;
mod validate;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

pub use anchor::{ANCHORS, Base};
pub use evaluate::{
    Clearing, CompileFault, CompiledMapping, CompiledRule, FieldOutcome, FieldProblem, Provenance, Scope,
};
pub use validate::{
    FieldMappingError, MappingFault, SchemaField, Severity, read_rules, standard_schema, validate,
};

use crate::parse::{DateOrder, DecimalMark, MoneyUnit};
use crate::path::SourcePath;
use crate::transform::Transform;
use crate::value::FieldType;

/// Which way a field goes (R77).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From the CRM to WedSync.
    ImportOnly,
    /// From WedSync to the CRM.
    ExportOnly,
    /// Both.
    #[default]
    Bidirectional,
}

impl Direction {
    /// The name in `crm_field_mappings.sync_direction`.
    pub fn as_str(self) -> &'static str {
        match self {
            Direction::ImportOnly => "import_only",
            Direction::ExportOnly => "export_only",
            Direction::Bidirectional => "bidirectional",
        }
    }
}

/// One rule of a mapping: one target field, one or more sources.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MappingRule {
    /// Record type of the target (`client`, `person`, ...).
    pub record_type: String,
    /// Field of the target. A role in front (`partner.first_name`) fills the person of that role from a flat file.
    pub wedsync_field: String,
    /// Where the value comes from, in order.
    pub sources: Vec<SourcePath>,
    /// The type of the field.
    pub value_type: FieldType,
    /// What happens on the way.
    #[serde(default)]
    pub transforms: Vec<Transform>,
    /// Which way the field goes.
    #[serde(default)]
    pub direction: Direction,
    /// Whether a missing value is a problem.
    #[serde(default)]
    pub required: bool,
    /// A value for a missing one, in the encoding of the type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Json>,
    /// Whether a person has confirmed the rule.
    #[serde(default)]
    pub confirmed: bool,
}

impl MappingRule {
    /// The role slot and the field of the target: `partner.first_name` is (`partner`, `first_name`). Custom fields
    /// (`custom.<id>`) have no slot of that name.
    pub fn slot_and_field(&self) -> (Option<&str>, &str) {
        match self.wedsync_field.split_once('.') {
            Some((slot, field)) if self.record_type == "person" && ROLE_SLOTS.contains(&slot) => {
                (Some(slot), field)
            }
            _ => (None, &self.wedsync_field),
        }
    }
}

/// The roles that may stand in front of a person's field.
pub const ROLE_SLOTS: [&str; 5] = ["primary", "partner", "parent", "planner", "other"];

/// What was decided once, for columns and for the connection.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Decisions {
    /// Date order by source path.
    pub date_orders: BTreeMap<String, DateOrder>,
    /// Decimal mark by source path.
    pub decimal_marks: BTreeMap<String, DecimalMark>,
    /// What bare amounts of the connection count.
    pub money_unit: MoneyUnit,
    /// ISO 3166 country of phone numbers without one.
    pub country: Option<String>,
    /// ISO 4217 currency of amounts without one.
    pub currency: Option<String>,
    /// IANA zone of times without one.
    pub zone: Option<String>,
}

/// The mapping of a connection.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// Counts up with every change; kept with each base pair.
    pub revision: u32,
    /// The rules.
    pub rules: Vec<MappingRule>,
    /// The decisions.
    #[serde(default)]
    pub decisions: Decisions,
}

#[cfg(test)]
mod tests;

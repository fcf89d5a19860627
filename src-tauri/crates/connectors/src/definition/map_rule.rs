//! Default mapping rules, as definitions write them.
//!
//! The full encoding belongs to `hub_core::mapping`; a definition says only what is not the default there.

use hub_core::fields::standard_field;
use hub_core::record::RecordType;
use serde::Deserialize;
use serde_json::{Value as Json, json};

/// One rule: a standard field of WedSync and where its value comes from.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MapRule {
    /// Record type.
    pub record: RecordType,
    /// WedSync field.
    pub field: String,
    /// Paths in the assembled document; the first that is not blank.
    pub from: Vec<String>,
    /// A record without it is a problem for a person to look at.
    #[serde(default)]
    pub required: bool,
    /// Value where the source has none.
    pub default: Option<String>,
}

impl MapRule {
    /// The rule in the encoding of `hub_core::mapping::MappingRule`; import only until two-way is turned on.
    pub fn to_json(&self) -> Json {
        let value_type =
            standard_field(self.record, &self.field).map_or("json", |spec| spec.field_type.as_str());
        json!({
            "record_type": self.record.as_str(),
            "wedsync_field": self.field,
            "sources": self.from,
            "value_type": value_type,
            "transforms": [],
            "direction": "import_only",
            "required": self.required,
            "default": self.default,
            "confirmed": false,
        })
    }
}

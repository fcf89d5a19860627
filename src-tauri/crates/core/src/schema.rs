//! WedSync's fields as `GET /schema` lists them: the targets of a mapping, with what WedSync demands.
//!
//! The cloud's answer decides; the built-in copy stands in for it until the cloud has been asked once. A field or type
//! that this version does not know is passed over: it cannot be a target here, and is nobody's loss.

use serde_json::Value as Json;

use crate::custom_field::CUSTOM_PREFIX;
use crate::fields::{PersonalData, standard_fields};
use crate::mapping::SchemaField;
use crate::record::RecordType;
use crate::suggest::{TargetField, standard_targets};
use crate::value::FieldType;

/// The most fields that are read; a supplier has tens.
const MOST_FIELDS: usize = 5_000;
/// The longest label in bytes.
const LONGEST_LABEL: usize = 1_000;

/// One field of WedSync.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WedSyncField {
    /// Record type it belongs to.
    pub record_type: RecordType,
    /// Wire name; custom fields are `custom.<id>`.
    pub name: String,
    /// Type of its values.
    pub field_type: FieldType,
    /// What people call it; empty in the built-in copy.
    pub label: String,
    /// WedSync refuses a record without it.
    pub required: bool,
    /// Computed by WedSync, never sent.
    pub read_only: bool,
    /// Sensitivity.
    pub personal_data: PersonalData,
    /// Closed list of values, empty when any will do.
    pub choices: Vec<String>,
}

impl WedSyncField {
    /// Whether the supplier added it.
    pub fn is_custom(&self) -> bool {
        self.name.starts_with(CUSTOM_PREFIX)
    }
}

/// All fields of WedSync.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    /// Changes when any field does; empty for the built-in copy.
    pub revision: String,
    /// The fields, by type in the order of the document.
    pub fields: Vec<WedSyncField>,
}

/// A schema document that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the schema document has no list of types")]
pub struct NoSchema;

impl Schema {
    /// The built-in copy: the standard fields.
    pub fn built_in() -> Schema {
        let of_type = |record_type: RecordType| {
            standard_fields(record_type).iter().map(move |spec| WedSyncField {
                record_type,
                name: spec.name.to_owned(),
                field_type: spec.field_type,
                label: String::new(),
                required: spec.required,
                read_only: false,
                personal_data: spec.personal_data,
                choices: Vec::new(),
            })
        };
        Schema { revision: String::new(), fields: RecordType::ALL.into_iter().flat_map(of_type).collect() }
    }

    /// Reads the document of `GET /schema`.
    ///
    /// # Errors
    /// [`NoSchema`] when it lists no types.
    pub fn read(document: &Json) -> Result<Schema, NoSchema> {
        let types = document.get("types").and_then(Json::as_array).ok_or(NoSchema)?;
        let mut fields = Vec::new();
        for entry in types {
            let Some(record_type) = entry.get("type").and_then(Json::as_str).and_then(RecordType::parse)
            else {
                continue;
            };
            let listed = entry.get("fields").and_then(Json::as_array).into_iter().flatten();
            fields.extend(listed.filter_map(|field| read_field(record_type, field)));
            if fields.len() > MOST_FIELDS {
                return Err(NoSchema);
            }
        }
        let revision = document.get("revision").and_then(Json::as_str).unwrap_or_default().to_owned();
        Ok(Schema { revision, fields })
    }

    /// The field of this name.
    pub fn field(&self, record_type: RecordType, name: &str) -> Option<&WedSyncField> {
        self.fields.iter().find(|field| field.record_type == record_type && field.name == name)
    }

    /// The fields that a mapping may fill, for [`crate::mapping::validate`].
    pub fn for_mapping(&self) -> Vec<SchemaField> {
        self.fields
            .iter()
            .filter(|field| !field.read_only)
            .map(|field| SchemaField {
                record_type: field.record_type.as_str().to_owned(),
                name: field.name.clone(),
                field_type: field.field_type,
                required: field.required,
            })
            .collect()
    }

    /// The targets that suggestions are made for: the standard ones under their own names, and the supplier's.
    pub fn targets(&self) -> Vec<TargetField> {
        let known = |target: &TargetField| {
            let record_type = RecordType::parse(&target.record_type);
            record_type.is_some_and(|record_type| {
                self.field(record_type, &target.name).is_some_and(|field| !field.read_only)
            })
        };
        let mut targets: Vec<TargetField> = standard_targets().into_iter().filter(known).collect();
        targets.extend(self.fields.iter().filter(|field| field.is_custom() && !field.read_only).map(
            |field| TargetField {
                record_type: field.record_type.as_str().to_owned(),
                name: field.name.clone(),
                label: field.label.clone(),
                field_type: field.field_type,
                aliases: vec![field.label.clone()],
                required: field.required,
            },
        ));
        targets
    }

    /// What a record must have, references aside: those are made here and never mapped.
    pub fn required(&self) -> impl Iterator<Item = (RecordType, &str)> {
        self.fields
            .iter()
            .filter(|field| field.required && field.field_type != FieldType::Reference)
            .map(|field| (field.record_type, field.name.as_str()))
    }
}

fn read_field(record_type: RecordType, field: &Json) -> Option<WedSyncField> {
    let text = |name: &str| field.get(name).and_then(Json::as_str);
    let flag = |name: &str| field.get(name).and_then(Json::as_bool).unwrap_or(false);
    let label = text("label").filter(|label| label.len() <= LONGEST_LABEL).unwrap_or_default();
    let personal = field.get("personal_data").cloned().and_then(|class| serde_json::from_value(class).ok());
    Some(WedSyncField {
        record_type,
        name: text("key").filter(|key| !key.is_empty() && key.len() <= LONGEST_LABEL)?.to_owned(),
        field_type: FieldType::parse(text("type")?)?,
        label: label.to_owned(),
        required: flag("required"),
        read_only: flag("read_only"),
        // A class of tomorrow is handled as carefully as any personal one.
        personal_data: personal.unwrap_or(PersonalData::Personal),
        choices: field
            .get("choices")
            .and_then(Json::as_array)
            .into_iter()
            .flatten()
            .filter_map(|choice| choice.as_str().map(str::to_owned))
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document() -> Json {
        json!({"revision": "r1", "types": [
            {"type": "person", "fields": [
                {"key": "first_name", "type": "text", "label": "First name", "group": "standard", "required": true,
                 "read_only": false, "personal_data": "identifier"},
                {"key": "custom.1", "type": "text", "label": "Shoe size", "group": "custom", "required": true,
                 "read_only": false, "personal_data": "personal", "choices": ["38", "39"]},
                {"key": "aura", "type": "hologram", "label": "Aura"}
            ]},
            {"type": "client", "fields": [
                {"key": "email", "type": "email", "label": "E-mail", "required": false, "read_only": true}
            ]},
            {"type": "spaceship", "fields": []}
        ]})
    }

    #[test]
    fn the_clouds_answer_is_read_and_what_is_unknown_passed_over() {
        let schema = Schema::read(&document()).unwrap();
        assert_eq!(schema.revision, "r1");
        assert_eq!(schema.fields.len(), 3, "no field of an unknown type: {:?}", schema.fields);
        let shoe = schema.field(RecordType::Person, "custom.1").unwrap();
        assert!(shoe.is_custom() && shoe.required);
        assert_eq!(shoe.choices, ["38", "39"]);
        let names: Vec<String> = schema.for_mapping().into_iter().map(|field| field.name).collect();
        assert_eq!(names, ["first_name", "custom.1"], "a computed field is no target");
        let required: Vec<(RecordType, &str)> = schema.required().collect();
        assert_eq!(required, [(RecordType::Person, "first_name"), (RecordType::Person, "custom.1")]);
        assert!(schema.targets().iter().any(|target| target.label == "Shoe size"));
        assert_eq!(Schema::read(&json!({"fields": []})), Err(NoSchema));
    }

    #[test]
    fn the_built_in_copy_demands_what_the_standard_fields_demand() {
        let schema = Schema::built_in();
        let required: Vec<(RecordType, &str)> = schema.required().collect();
        assert!(required.contains(&(RecordType::Person, "first_name")));
        assert!(
            !required.iter().any(|(_, name)| name.ends_with("client_id")),
            "references are made, not mapped"
        );
    }
}

//! Checking a whole mapping: every fault is reported, none stops the search (R131).

use serde::Serialize;
use serde_json::Value as Json;

use super::{Direction, Mapping, MappingRule};
use crate::path::SourcePath;
use crate::transform::{Inversion, Pipeline, Transform, invertible};
use crate::value::FieldType;

/// A field that WedSync offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaField {
    /// Record type.
    pub record_type: String,
    /// Field name.
    pub name: String,
    /// Type.
    pub field_type: FieldType,
    /// Whether the schema demands a value.
    pub required: bool,
}

/// The fields of the built-in schema.
pub fn standard_schema() -> Vec<SchemaField> {
    use crate::record::RecordType;
    let types = [
        RecordType::Client,
        RecordType::Person,
        RecordType::Project,
        RecordType::Event,
        RecordType::Invoice,
        RecordType::Payment,
        RecordType::Task,
        RecordType::Document,
        RecordType::Communication,
        RecordType::Form,
    ];
    let of_type = |record_type: RecordType| {
        crate::fields::standard_fields(record_type).iter().map(move |spec| SchemaField {
            record_type: record_type.as_str().to_owned(),
            name: spec.name.to_owned(),
            field_type: spec.field_type,
            required: spec.required,
        })
    };
    types.into_iter().flat_map(of_type).collect()
}

/// Whether a fault keeps a mapping from being used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The mapping cannot be used.
    Error,
    /// The mapping was changed or deserves a look.
    Warning,
}

/// What is wrong with a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MappingFault {
    /// The rule has an unknown or missing part.
    BadRule,
    /// No such record type.
    UnknownRecordType,
    /// No such field on the record type.
    UnknownField,
    /// No such field type.
    UnknownType,
    /// The rule's type is not the field's.
    WrongType,
    /// Another rule fills the same field.
    DuplicateTarget,
    /// A rule without a source and without a default.
    NoSource,
    /// A source path that cannot be read.
    BadPath,
    /// A transform that cannot be used.
    BadTransform,
    /// A transform that cannot be undone: the field is import-only.
    NotInvertible,
    /// A default that is not of the field's type.
    BadDefault,
    /// The field shows a value kept elsewhere and cannot be filled itself.
    ReadOnly,
    /// A field that the schema demands and no rule fills.
    RequiredUnmapped,
}

impl MappingFault {
    /// The id used in the catalogue (`mapping.<id>`).
    pub fn as_str(self) -> &'static str {
        match self {
            MappingFault::BadRule => "bad_rule",
            MappingFault::UnknownRecordType => "unknown_record_type",
            MappingFault::UnknownField => "unknown_field",
            MappingFault::UnknownType => "unknown_type",
            MappingFault::WrongType => "wrong_type",
            MappingFault::DuplicateTarget => "duplicate_target",
            MappingFault::NoSource => "no_source",
            MappingFault::BadPath => "bad_path",
            MappingFault::BadTransform => "bad_transform",
            MappingFault::NotInvertible => "not_invertible",
            MappingFault::BadDefault => "bad_default",
            MappingFault::ReadOnly => "read_only",
            MappingFault::RequiredUnmapped => "required_unmapped",
        }
    }
}

/// One fault of a mapping (R131).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldMappingError {
    /// Index of the rule; for an unmapped required field the number of rules.
    pub mapping_index: usize,
    /// Target field.
    pub field: String,
    /// What is wrong.
    pub error: MappingFault,
    /// How bad it is.
    pub severity: Severity,
    /// The part that is wrong, as it stands in the rule.
    pub found: Option<String>,
    /// What would be right.
    pub suggested_fix: Option<String>,
}

/// Fields of a client that show the primary person's or the main project's value (MODEL 1).
const PROJECTIONS: [&str; 6] = ["first_name", "last_name", "email", "phone", "wedding_date", "venue_name"];

/// Reads rules from JSON one by one, so that all faults are found in one go.
pub fn read_rules(rules: &[Json]) -> (Vec<MappingRule>, Vec<FieldMappingError>) {
    let (mut read, mut faults) = (Vec::new(), Vec::new());
    for (index, json) in rules.iter().enumerate() {
        let before = faults.len();
        let field = json.get("wedsync_field").and_then(Json::as_str).unwrap_or("").to_owned();
        let mut fault = |error: MappingFault, found: String, fix: Option<String>| {
            faults.push(FieldMappingError {
                mapping_index: index,
                field: field.clone(),
                error,
                severity: Severity::Error,
                found: Some(found),
                suggested_fix: fix,
            });
        };
        for source in json.get("sources").and_then(Json::as_array).into_iter().flatten() {
            match source.as_str().map(SourcePath::parse) {
                Some(Ok(_)) => {}
                Some(Err(error)) => {
                    let quoted = source.as_str().map(|text| SourcePath::of_key(text).to_string());
                    fault(
                        MappingFault::BadPath,
                        format!("{} ({error})", source.as_str().unwrap_or("")),
                        quoted,
                    );
                }
                None => fault(MappingFault::BadPath, source.to_string(), None),
            }
        }
        if let Some(name) =
            json.get("value_type").and_then(Json::as_str).filter(|name| FieldType::parse(name).is_none())
        {
            fault(MappingFault::UnknownType, name.to_owned(), nearest(name, TYPE_NAMES.iter().copied()));
        }
        for transform in json.get("transforms").and_then(Json::as_array).into_iter().flatten() {
            if let Err(error) = serde_json::from_value::<Transform>(transform.clone()) {
                fault(MappingFault::BadTransform, error.to_string(), None);
            }
        }
        match serde_json::from_value::<MappingRule>(json.clone()) {
            Ok(rule) => read.push(rule),
            Err(error) if faults.len() == before => {
                faults.push(FieldMappingError {
                    mapping_index: index,
                    field,
                    error: MappingFault::BadRule,
                    severity: Severity::Error,
                    found: Some(error.to_string()),
                    suggested_fix: None,
                });
            }
            Err(_) => {}
        }
    }
    (read, faults)
}

const TYPE_NAMES: [&str; 11] = [
    "text",
    "email",
    "phone",
    "date",
    "date_time",
    "number",
    "boolean",
    "money",
    "reference",
    "json",
    "array",
];

fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    known
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(likeness, _)| *likeness >= 0.8)
        .max_by(|left, right| left.0.total_cmp(&right.0).then_with(|| right.1.cmp(left.1)))
        .map(|(_, candidate)| candidate.to_owned())
}

/// Checks a mapping against the fields that WedSync offers and reports every fault. A two-way rule that cannot be undone is
/// made import-only (SYNC-LAW 18), with a warning.
pub fn validate(mapping: &mut Mapping, schema: &[SchemaField]) -> Vec<FieldMappingError> {
    let mut faults = Vec::new();
    let mut targets: Vec<(String, String)> = Vec::new();
    for (index, rule) in mapping.rules.iter_mut().enumerate() {
        let field = rule.wedsync_field.clone();
        let mut fault = |error: MappingFault,
                         severity: Severity,
                         found: Option<String>,
                         suggested_fix: Option<String>| {
            faults.push(FieldMappingError {
                mapping_index: index,
                field: field.clone(),
                error,
                severity,
                found,
                suggested_fix,
            });
        };
        let (_, name) = rule.slot_and_field();
        let known_type = schema.iter().any(|known| known.record_type == rule.record_type);
        if !known_type {
            let fix = nearest(&rule.record_type, schema.iter().map(|known| known.record_type.as_str()));
            fault(MappingFault::UnknownRecordType, Severity::Error, Some(rule.record_type.clone()), fix);
        } else if rule.record_type == "client" && PROJECTIONS.contains(&name) {
            let owner = if matches!(name, "wedding_date" | "venue_name") { "project" } else { "person" };
            fault(MappingFault::ReadOnly, Severity::Error, None, Some(format!("{owner}.{name}")));
        } else {
            match schema.iter().find(|known| known.record_type == rule.record_type && known.name == name) {
                Some(known) if known.field_type != rule.value_type => {
                    let fix = Some(known.field_type.as_str().to_owned());
                    fault(
                        MappingFault::WrongType,
                        Severity::Error,
                        Some(rule.value_type.as_str().to_owned()),
                        fix,
                    );
                }
                Some(_) => {}
                None => {
                    let own = schema.iter().filter(|known| known.record_type == rule.record_type);
                    let fix = nearest(name, own.map(|known| known.name.as_str()));
                    fault(MappingFault::UnknownField, Severity::Error, Some(name.to_owned()), fix);
                }
            }
        }
        let target = (rule.record_type.clone(), rule.wedsync_field.clone());
        if targets.contains(&target) {
            fault(MappingFault::DuplicateTarget, Severity::Error, None, None);
        }
        targets.push(target);
        if rule.sources.is_empty() && rule.default.is_none() {
            fault(MappingFault::NoSource, Severity::Error, None, None);
        }
        if let Err(error) = Pipeline::compile(&rule.transforms) {
            fault(MappingFault::BadTransform, Severity::Error, Some(error.to_string()), None);
        }
        if let Some(default) = &rule.default
            && crate::value::Value::from_json(rule.value_type, default).is_err()
        {
            fault(MappingFault::BadDefault, Severity::Error, Some(default.to_string()), None);
        }
        if rule.direction == Direction::Bidirectional {
            let reason = rule.transforms.iter().find_map(|transform| match invertible(transform) {
                Inversion::Exact => None,
                Inversion::Lossy(reason) => Some(reason.as_str()),
            });
            let several = rule.sources.len() > 1 || rule.sources.iter().any(SourcePath::is_plural);
            if let Some(reason) = reason.or(several.then_some("several_joined")) {
                rule.direction = Direction::ImportOnly;
                fault(
                    MappingFault::NotInvertible,
                    Severity::Warning,
                    Some(reason.to_owned()),
                    Some("import_only".to_owned()),
                );
            }
        }
    }
    // A type that no rule touches is not brought in at all; one that is needs what the schema demands.
    for known in schema.iter().filter(|known| known.required && known.field_type != FieldType::Reference) {
        let touched = mapping.rules.iter().any(|rule| rule.record_type == known.record_type);
        let filled = mapping
            .rules
            .iter()
            .any(|rule| rule.record_type == known.record_type && rule.slot_and_field().1 == known.name);
        if touched && !filled {
            faults.push(FieldMappingError {
                mapping_index: mapping.rules.len(),
                field: known.name.clone(),
                error: MappingFault::RequiredUnmapped,
                severity: Severity::Warning,
                found: None,
                suggested_fix: Some(format!("{}.{}", known.record_type, known.name)),
            });
        }
    }
    faults
}

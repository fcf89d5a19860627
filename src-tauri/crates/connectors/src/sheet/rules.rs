//! The mapping that a reading suggests, and the supplier's own fields: everything that no column is read as.

use std::collections::BTreeSet;

use hub_core::custom_field::CustomFieldDef;
use hub_core::fields::standard_field;
use hub_core::path::{Segment, SourcePath};
use hub_core::record::RecordType;
use hub_core::transform::{Otherwise, TableEntry, Transform};
use hub_core::value::FieldType;
use serde_json::{Value as Json, json};

use super::columns::place_and_field;
use super::reading::{Place, Reading};
use crate::file::{RowIs, Words};

/// Labels of own fields: an outside file's.
const LONGEST_LABEL: usize = 120;

/// Where the values of a place stand in a document.
fn root(place: Place) -> (RecordType, &'static str) {
    match place {
        Place::Client => (RecordType::Client, "client"),
        Place::Project => (RecordType::Project, "jobs.0"),
        Place::Event => (RecordType::Event, "jobs.*.events.*"),
        Place::Invoice => (RecordType::Invoice, "jobs.*.invoices.*"),
        Place::Payment => (RecordType::Payment, "jobs.*.payments.*"),
        Place::Primary | Place::Partner | Place::Parent | Place::Planner | Place::Other | Place::Named => {
            (RecordType::Person, "primary_contact")
        }
    }
}

/// The field that a column's field becomes.
fn target(field: &str) -> Vec<&str> {
    match field {
        "full_name" => vec!["first_name", "last_name"],
        "people" => vec!["first_name", "last_name", "email"],
        "emails" => vec!["email", "other_emails"],
        // An instant of an appointment.
        "start" => vec!["start_date", "start_time", "time_zone"],
        "end" => vec!["end_date", "end_time"],
        // That of a payment.
        "paid_at" => vec!["paid_on"],
        // A further one of its kind goes beside the first.
        "email" => vec!["email", "other_emails"],
        "phone" => vec!["phone", "other_phones"],
        other => vec![other.split_once('.').map_or(other, |(whole, _)| whole)],
    }
}

/// The fields of WedSync that a preset's line (`primary.full_name`) fills.
pub(crate) fn target_of(line: &str) -> Vec<(RecordType, &'static str)> {
    let Some((place, field)) = place_and_field(line) else { return Vec::new() };
    let (record, _) = root(place);
    target(&field).into_iter().filter_map(|name| Some((record, standard_field(record, name)?.name))).collect()
}

/// The path of a field, as mappings and decisions name it.
pub(super) fn path(place: Place, field: &str) -> String {
    format!("{}.{field}", root(place).1)
}

/// Everything a reading fills, each once, in the order of record types.
fn filled(reading: &Reading) -> BTreeSet<(RecordType, usize, Place, &'static str)> {
    let mut found = BTreeSet::new();
    let mut add = |place: Place, field: &str| {
        let (record_type, _) = root(place);
        let first = if place.is_person() { Place::Primary } else { place };
        for name in target(field) {
            let fields = hub_core::fields::standard_fields(record_type);
            if let Some(at) = fields.iter().position(|spec| spec.name == name)
                && let Some(spec) = fields.get(at)
            {
                found.insert((record_type, at, first, spec.name));
            }
        }
    };
    for table in &reading.tables {
        for use_ in &table.columns {
            add(use_.place, &use_.field);
            if use_.field == "full_name" {
                add(Place::Primary, "title");
            }
        }
        let Some(preset) = table.preset() else { continue };
        let further = preset.fixed.keys().chain(preset.named.iter().map(|named| &named.field));
        for (place, field) in further.filter_map(|line| place_and_field(line)) {
            add(place, &field);
        }
    }
    found
}

/// The suggested mapping, as `mapping::MappingRule` encodes it.
pub fn mapping(reading: &Reading) -> Vec<Json> {
    filled(reading)
        .into_iter()
        .filter_map(|(record_type, _, place, field)| {
            let spec = standard_field(record_type, field)?;
            let mut transforms: Vec<Transform> =
                words(reading, place, field).map(table_of).into_iter().collect();
            if transforms.is_empty() {
                transforms = read_as(spec.field_type);
            }
            Some(json!({
                "record_type": record_type.as_str(),
                "wedsync_field": field,
                "sources": [path(place, field)],
                "value_type": spec.field_type.as_str(),
                "transforms": transforms,
                "direction": "import_only",
                "required": record_type == RecordType::Person && field == "first_name" || spec.required,
                "confirmed": false,
            }))
        })
        .collect()
}

fn read_as(field_type: FieldType) -> Vec<Transform> {
    match field_type {
        FieldType::Text => vec![Transform::Trim {}],
        FieldType::Date => vec![Transform::Date { order: None }],
        FieldType::Boolean => {
            vec![Transform::Boolean { true_words: Vec::new(), false_words: Vec::new() }]
        }
        FieldType::Email
        | FieldType::Phone
        | FieldType::Money
        | FieldType::Number
        | FieldType::DateTime
        | FieldType::Reference
        | FieldType::Json
        | FieldType::Array => Vec::new(),
    }
}

fn words(reading: &Reading, place: Place, field: &str) -> Option<&'static Words> {
    reading
        .tables
        .iter()
        .filter_map(|table| table.preset())
        .flat_map(|preset| &preset.values)
        .find(|words| place_and_field(&words.field).is_some_and(|(own, name)| own == place && name == field))
}

fn table_of(words: &Words) -> Transform {
    let value = |text: &str| if text.is_empty() { Json::Null } else { Json::from(text) };
    Transform::ValueTable {
        entries: words
            .words
            .iter()
            .map(|(from, to)| TableEntry { from: Json::from(from.as_str()), to: value(to) })
            .collect(),
        otherwise: match words.otherwise.as_deref() {
            None => Otherwise::Keep {},
            Some("") => Otherwise::Blank {},
            Some(other) => Otherwise::Use { value: Json::from(other) },
        },
    }
}

/// Columns that nothing reads, as the supplier's own fields.
pub(crate) fn own_fields(reading: &Reading) -> Vec<CustomFieldDef> {
    let mut fields: Vec<CustomFieldDef> = Vec::new();
    for table in &reading.tables {
        let (record_type, holder) = match table.row {
            RowIs::Client | RowIs::Contact => (RecordType::Person, "primary_contact"),
            RowIs::Project | RowIs::PersonOfProject => (RecordType::Project, "jobs.0"),
            // Of what hangs on a job only the known columns are brought; the rest stays with its row.
            RowIs::Invoice | RowIs::Transaction | RowIs::Instalment | RowIs::Event => continue,
        };
        for name in &table.extras {
            let Ok(holder) = SourcePath::parse(holder) else { continue };
            let mut segments = holder.segments().to_vec();
            segments.extend([Segment::Key("custom_fields".to_owned()), Segment::Key(name.clone())]);
            let Ok(source) = SourcePath::of_segments(segments) else { continue };
            if fields.iter().any(|known| known.record_type == record_type && known.external_id == *name) {
                continue;
            }
            fields.push(CustomFieldDef {
                record_type,
                stream: table.stream.clone(),
                external_id: name.clone(),
                label: name.chars().take(LONGEST_LABEL).collect(),
                kind: "column".to_owned(),
                value_type: FieldType::Text,
                choices: Vec::new(),
                source: source.to_string(),
                hidden: false,
            });
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use hub_core::mapping::{Mapping, read_rules, standard_schema, validate};

    use super::*;
    use crate::file::presets;
    use crate::sheet::columns::read;

    #[test]
    fn every_presets_mapping_is_valid() {
        for preset in presets() {
            let header: Vec<String> = preset
                .columns
                .keys()
                .chain(&preset.must)
                .map(|name| name.split('|').next().unwrap_or_default().to_owned())
                .collect();
            let samples = vec![Vec::new(); header.len()];
            let mut reading = Reading::of(&preset.provider);
            reading.learn(read(Some(preset), &header, &header, &samples));
            let rules = mapping(&reading);
            let (rules, faults) = read_rules(&rules);
            assert_eq!(faults, [], "{}", preset.key);
            let mut mapping = Mapping { rules, ..Mapping::default() };
            let faults = validate(&mut mapping, &standard_schema());
            let unread: Vec<_> =
                faults.iter().filter(|fault| fault.error.as_str() != "required_unmapped").collect();
            assert!(unread.is_empty(), "{}: {unread:?}", preset.key);
        }
    }
}

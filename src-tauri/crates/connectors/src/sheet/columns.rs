//! What the columns of a table mean: by its preset's lines, else by their names and values.

use hub_core::path::SourcePath;
use hub_core::record::RecordType;
use hub_core::suggest::{SourceField, Suggestion, standard_targets, suggest};
use hub_core::transform::Transform;
use hub_core::value::FieldType;
use serde_json::Value as Json;

use super::reading::{ColumnUse, Place, ROWS, TableReading};
use crate::file::{Preset, RowIs, plain};

/// A suggestion beside a preset's own lines has to be surer than one for a plain spreadsheet.
const SURE_BESIDE_A_PRESET: f64 = 0.7;

/// Reads a header with the first values of its columns.
///
/// `header` as it stands, `names` unique, `samples` by column.
pub(super) fn read(
    preset: Option<&'static Preset>,
    header: &[String],
    names: &[String],
    samples: &[Vec<String>],
) -> TableReading {
    let mut columns: Vec<ColumnUse> = Vec::new();
    if let Some(preset) = preset {
        by_preset(preset, header, names, &mut columns);
    }
    let free: Vec<usize> =
        (0..names.len()).filter(|at| columns.iter().all(|one| Some(&one.column) != names.get(*at))).collect();
    let least = if columns.is_empty() { 0.0 } else { SURE_BESIDE_A_PRESET };
    for suggestion in suggested(&free, names, names, samples) {
        if suggestion.confidence < least {
            continue;
        }
        let Some(use_) = use_of(&suggestion, names) else { continue };
        let taken =
            columns.iter().any(|one| one.place == use_.place && one.field == use_.field && one != &use_);
        let again = columns.contains(&use_);
        // Money on a row of a client's own is never taken for a payment without being asked for.
        let fits = use_.place.is_person() || matches!(use_.place, Place::Project | Place::Client);
        if fits && !again && !(taken && least > 0.0) {
            columns.push(use_);
        }
    }
    let extras =
        names.iter().filter(|name| columns.iter().all(|one| &one.column != *name)).cloned().collect();
    TableReading {
        stream: preset.map_or(ROWS, |preset| &preset.key).to_owned(),
        preset: preset.map(|preset| preset.key.clone()),
        row: preset.map_or(RowIs::Project, |preset| preset.row),
        columns,
        extras,
    }
}

fn by_preset(preset: &Preset, header: &[String], names: &[String], columns: &mut Vec<ColumnUse>) {
    for (name, own) in names.iter().zip(header) {
        let found = preset
            .columns
            .iter()
            .find(|(spellings, _)| spellings.split('|').any(|way| plain(way) == plain(own)));
        if let Some((_, fields)) = found {
            for (place, field) in fields.split(' ').filter_map(place_and_field) {
                columns.push(ColumnUse { column: name.clone(), place, field, who: None });
            }
            continue;
        }
        // "Jane Doe Email": whoever the column names.
        for ending in ["Email", "Phone"] {
            if let Some(who) = own.trim().strip_suffix(ending).map(str::trim).filter(|who| !who.is_empty())
                && !preset.many.is_empty()
            {
                columns.push(ColumnUse {
                    column: name.clone(),
                    place: Place::Named,
                    field: ending.to_lowercase(),
                    who: Some(who.to_owned()),
                });
            }
        }
    }
}

/// `project.name` in two.
pub(crate) fn place_and_field(text: &str) -> Option<(Place, String)> {
    let (place, field) = text.split_once('.')?;
    Some((Place::parse(place)?, field.to_owned()))
}

/// The record type that a place belongs to.
fn record_of(place: Place) -> RecordType {
    match place {
        Place::Client => RecordType::Client,
        Place::Project => RecordType::Project,
        Place::Event => RecordType::Event,
        Place::Invoice => RecordType::Invoice,
        Place::Payment => RecordType::Payment,
        Place::Primary | Place::Partner | Place::Parent | Place::Planner | Place::Other | Place::Named => {
            RecordType::Person
        }
    }
}

/// Whether a column is read as an amount.
pub(crate) fn is_money(use_: &ColumnUse) -> bool {
    hub_core::fields::standard_field(record_of(use_.place), &use_.field)
        .is_some_and(|spec| spec.field_type == FieldType::Money)
}

/// Whether this is a line of a preset: a place, and a field that WedSync has there or that is taken apart.
pub(crate) fn is_place_and_field(text: &str) -> bool {
    let Some((place, field)) = place_and_field(text).filter(|(place, _)| *place != Place::Named) else {
        return false;
    };
    let record = record_of(place);
    let apart = ["full_name", "people", "emails"].contains(&field.as_str()) && place.is_person()
        || ["start", "end"].contains(&field.as_str()) && place == Place::Event;
    let whole = field.split_once('.').map_or(field.as_str(), |(whole, _)| whole);
    apart || hub_core::fields::standard_field(record, whole).is_some()
}

/// What fields of records are taken for by their labels and values; the name says which field it is.
pub(crate) fn suggested_uses(names: &[String], labels: &[String], samples: &[Vec<String>]) -> Vec<ColumnUse> {
    let free: Vec<usize> = (0..names.len()).collect();
    let found = suggested(&free, names, labels, samples);
    found
        .iter()
        .filter(|one| one.confidence >= SURE_BESIDE_A_PRESET)
        .filter_map(|one| use_of(one, names))
        .collect()
}

fn suggested(
    free: &[usize],
    names: &[String],
    labels: &[String],
    samples: &[Vec<String>],
) -> Vec<Suggestion> {
    let sources: Vec<SourceField> = free
        .iter()
        .filter_map(|at| {
            let name = names.get(*at)?;
            Some(SourceField {
                path: SourcePath::of_key(name).to_string(),
                label: labels.get(*at)?.clone(),
                type_hint: None,
                samples: samples.get(*at)?.iter().map(|text| Json::from(text.as_str())).collect(),
            })
        })
        .collect();
    suggest(&sources, &standard_targets(), &[])
}

fn use_of(suggestion: &Suggestion, names: &[String]) -> Option<ColumnUse> {
    let column = names.iter().find(|name| SourcePath::of_key(name).to_string() == suggestion.source)?.clone();
    let apart = suggestion
        .transforms
        .iter()
        .any(|step| matches!(step, Transform::Couple { .. } | Transform::SplitName { .. }));
    let (place, field) = match suggestion.record_type.as_str() {
        "person" => match suggestion.field.split_once('.') {
            // A couple's cell is read once, for both of them.
            Some(("partner", _)) if apart && splits_couple(suggestion) => return None,
            Some((slot, field)) => (Place::parse(slot)?, field),
            None => (Place::Primary, suggestion.field.as_str()),
        },
        other => (Place::parse(other)?, suggestion.field.as_str()),
    };
    let field = if apart { "full_name" } else { field };
    Some(ColumnUse { column, place, field: field.to_owned(), who: None })
}

fn splits_couple(suggestion: &Suggestion) -> bool {
    suggestion.transforms.iter().any(|step| matches!(step, Transform::Couple { .. }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::preset;

    fn strings(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    fn found<'a>(table: &'a TableReading, column: &'a str) -> Vec<(Place, &'a str)> {
        table.uses_of(column).map(|one| (one.place, one.field.as_str())).collect()
    }

    #[test]
    fn a_plain_spreadsheet_is_read_by_its_names_and_values() {
        let header = strings(&["Couple", "Email", "Wedding date", "Venue", "Song"]);
        let samples = vec![
            strings(&["Ann Lee & Bo Hay", "Cy Fox & Di Ash"]),
            strings(&["ann@example.com", "cy@example.com"]),
            strings(&["13/06/2026", "01/05/2027"]),
            strings(&["Barn", "Manor"]),
            strings(&["Hello", "At Last"]),
        ];
        let table = read(None, &header, &header, &samples);
        assert_eq!(found(&table, "Couple"), [(Place::Primary, "full_name")], "once, for both of them");
        assert_eq!(found(&table, "Email"), [(Place::Primary, "email")]);
        assert_eq!(found(&table, "Wedding date"), [(Place::Project, "wedding_date")]);
        assert_eq!(found(&table, "Venue"), [(Place::Project, "venue_name")]);
        assert_eq!(table.extras, ["Song"], "nothing is dropped");
    }

    #[test]
    fn a_column_named_after_a_person_is_that_persons() {
        let header = strings(&["Full Name", "Primary Email", "Bo Hay Email", "Bo Hay Phone"]);
        let samples = vec![Vec::new(); 4];
        let table = read(preset("seventeen_contacts"), &header, &header, &samples);
        assert_eq!(found(&table, "Bo Hay Email"), [(Place::Named, "email")]);
        assert_eq!(table.uses_of("Bo Hay Phone").next().and_then(|one| one.who.as_deref()), Some("Bo Hay"));
    }

    #[test]
    fn every_line_of_a_preset_names_a_place_and_a_field() {
        for preset in crate::file::presets() {
            let lines = preset.columns.values().flat_map(|fields| fields.split(' '));
            let further = preset.fixed.keys().map(String::as_str);
            let named = preset.named.iter().map(|named| named.field.as_str());
            let words = preset.values.iter().map(|words| words.field.as_str());
            for line in lines.chain(further).chain(named).chain(words) {
                assert!(place_and_field(line).is_some(), "{}: {line}", preset.key);
            }
        }
    }
}

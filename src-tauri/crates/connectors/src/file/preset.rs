//! Whose export a table is, by the names of its columns.
//!
//! The fingerprints are data (`presets.toml`, closed vocabulary); they tolerate renamed, missing and further columns
//! and say how sure they are. What is special about the rows of an export stands beside them for the import. Nothing
//! here maps a column.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

/// What one row of an export is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowIs {
    /// A booking party or its first person.
    Client,
    /// An address book entry, client or not.
    Contact,
    /// A job with its client.
    Project,
    /// A person of a project: rows of one project share its name.
    PersonOfProject,
    /// An invoice.
    Invoice,
    /// A payment that was made.
    Transaction,
    /// A part of an invoice, paid or not.
    Instalment,
    /// An appointment.
    Event,
}

/// How well the columns of an export are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// The vendor's own words.
    Documented,
    /// Seen in real files by others.
    Observed,
    /// Named by the vendor for another purpose, such as its import or its form.
    Derived,
}

/// A row that is no record: its cell in this column has this value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TotalRow {
    /// Column, in any spelling.
    pub column: String,
    /// Its value in a total row.
    pub value: String,
}

/// How rows of files of one set belong together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Join {
    /// Key of the other preset.
    pub to: String,
    /// Column here, and column there, in any spelling.
    pub by: Vec<[String; 2]>,
}

/// One kind of export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preset {
    /// Name; never changes once released, connections keep it.
    pub key: String,
    /// Provider key (MODEL 9), or the program that wrote it.
    pub provider: String,
    /// What a row is.
    pub row: RowIs,
    /// How well it is known.
    pub evidence: Evidence,
    /// Column groups that must be there; `|` divides spellings.
    #[serde(default)]
    pub must: Vec<String>,
    /// Columns that hardly any other export has.
    #[serde(default)]
    pub telling: Vec<String>,
    /// Columns that many exports have.
    #[serde(default)]
    pub usual: Vec<String>,
    /// Column endings of which any number may stand, such as `* Email`.
    #[serde(default)]
    pub many: Vec<String>,
    /// Rows that are no records.
    #[serde(default)]
    pub totals: Vec<TotalRow>,
    /// Columns whose equal values make rows one project.
    #[serde(default)]
    pub groups_by: Vec<String>,
    /// Files of the same set.
    #[serde(default)]
    pub joins: Vec<Join>,
    /// Columns in which a cell may hold several people.
    #[serde(default)]
    pub several_people: Vec<String>,
    /// What columns are read as: spellings, and `place.field`, several divided by a blank.
    #[serde(default)]
    pub columns: BTreeMap<String, String>,
    /// Values that every row has without saying so, by `place.field`.
    #[serde(default)]
    pub fixed: BTreeMap<String, String>,
    /// Values that the rows of a table of a certain name have.
    #[serde(default)]
    pub named: Vec<Named>,
    /// The vendor's words, and ours.
    #[serde(default)]
    pub values: Vec<Words>,
}

/// A value that follows from the name of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// Part of the table's name, in any case.
    pub part: String,
    /// `place.field`.
    pub field: String,
    /// The value.
    pub value: String,
}

/// A vendor's words for the values of a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// `place.field`.
    pub field: String,
    /// Theirs, and ours; an empty one is no value.
    #[serde(default)]
    pub words: BTreeMap<String, String>,
    /// What stands for every other word; without it the word is kept.
    #[serde(default)]
    pub otherwise: Option<String>,
}

/// A preset that fits.
#[derive(Debug, Clone, PartialEq)]
pub struct Recognised {
    /// Which.
    pub preset: &'static Preset,
    /// 0 to 1: the share of the fingerprint that is there, telling columns counting three times.
    pub confidence: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Presets {
    preset: Vec<Preset>,
}

/// A fingerprint counts from here.
const ENOUGH: f64 = 0.55;

/// Every preset, in the order of the file.
pub fn presets() -> &'static [Preset] {
    static PRESETS: OnceLock<Vec<Preset>> = OnceLock::new();
    PRESETS.get_or_init(|| {
        // An unreadable file recognises nothing; a test keeps that from shipping.
        toml::from_str::<Presets>(include_str!("presets.toml")).map(|read| read.preset).unwrap_or_default()
    })
}

/// The preset of this key.
pub fn preset(key: &str) -> Option<&'static Preset> {
    presets().iter().find(|preset| preset.key == key)
}

/// The preset that fits a header best, if any fits well enough.
pub fn recognise(header: &[String]) -> Option<Recognised> {
    let names: Vec<String> = header.iter().map(|name| plain(name)).filter(|name| !name.is_empty()).collect();
    let set: BTreeSet<&str> = names.iter().map(String::as_str).collect();
    if set.len() < 2 {
        return None;
    }
    let mut best: Option<(f64, usize, &'static Preset)> = None;
    for preset in presets() {
        let has = |wanted: &String| wanted.split('|').any(|way| set.contains(plain(way).as_str()));
        if !preset.must.iter().all(has) {
            continue;
        }
        let held = |list: &[String]| list.iter().filter(|wanted| has(wanted)).count();
        let many = preset
            .many
            .iter()
            .filter(|ending| {
                let ending = plain(ending.trim_start_matches('*'));
                names.iter().any(|name| name.len() > ending.len() && name.ends_with(&ending))
            })
            .count();
        let (must, telling, usual) = (preset.must.len(), held(&preset.telling), held(&preset.usual));
        let found = must + telling * 3 + usual + many;
        let all = must + preset.telling.len() * 3 + preset.usual.len() + preset.many.len();
        let confidence = found as f64 / all.max(1) as f64;
        let better = best.is_none_or(|(other, matched, _)| (confidence, found) > (other, matched));
        if confidence >= ENOUGH && better {
            best = Some((confidence, found, preset));
        }
    }
    best.map(|(confidence, _, preset)| Recognised {
        preset,
        confidence: (confidence * 100.0).round() / 100.0,
    })
}

/// A column name without case, spaces and signs: `PROJECT_NAME`, `Project Name` and `projectName` are one.
pub(crate) fn plain(name: &str) -> String {
    name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(header: &[&str]) -> Option<&'static str> {
        let header: Vec<String> = header.iter().map(|name| (*name).to_owned()).collect();
        recognise(&header).map(|found| found.preset.key.as_str())
    }

    #[test]
    fn every_preset_is_readable_and_recognises_itself() {
        toml::from_str::<Presets>(include_str!("presets.toml")).map(drop).expect("the presets are readable");
        let keys: BTreeSet<_> = presets().iter().map(|preset| &preset.key).collect();
        assert_eq!(keys.len(), presets().len(), "keys are unique");
        for preset in presets() {
            let header: Vec<String> = [&preset.must, &preset.telling, &preset.usual]
                .into_iter()
                .flatten()
                .map(|name| name.split('|').next().unwrap_or_default().to_owned())
                .chain(preset.many.iter().map(|ending| ending.replace('*', "Jo Lee")))
                .collect();
            let found = recognise(&header).map(|found| found.preset.key.as_str());
            assert_eq!(found, Some(preset.key.as_str()));
            for join in &preset.joins {
                assert!(keys.contains(&join.to), "{} joins {}", preset.key, join.to);
            }
        }
    }

    #[test]
    fn a_preset_survives_renamed_missing_and_further_columns() {
        let booked = [
            "First Name",
            "Last Name",
            "Email",
            "Project Name",
            "Project Date",
            "Total Booked Value",
            "Project Creation Date",
            "Project Source",
            "Booked Date",
        ];
        assert_eq!(key(&booked), Some("honeybook_booked_projects"));
        let mut renamed = booked;
        renamed[2] = "E-mail address";
        assert_eq!(key(&renamed), Some("honeybook_booked_projects"));
        assert_eq!(key(&booked[..7]), Some("honeybook_booked_projects"), "two columns missing");
        let mut further = booked.to_vec();
        further.extend(["Team", "Favourite song", "Favourite cake"]);
        assert_eq!(key(&further), Some("honeybook_booked_projects"));
    }

    #[test]
    fn a_plain_spreadsheet_is_nobodys() {
        for header in [
            &["Name", "Email", "Phone", "Wedding date", "Venue"][..],
            &["First Name", "Last Name", "Email", "Phone"],
            &["Bride", "Groom", "Date", "Price"],
        ] {
            assert_eq!(key(header), None, "{header:?}");
        }
    }
}

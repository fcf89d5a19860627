//! A look at picked files: what they are, how they would be read, what is missing, and what a person has to decide.

use std::collections::{BTreeMap, HashSet};

use hub_core::fields::standard_field;
use hub_core::mapping::Decisions;
use hub_core::message::Message;
use hub_core::parse::{DecimalMark, MoneyUnit, OrderDecision, decide_mark, decide_order};
use hub_core::record::RecordType;
use hub_core::value::FieldType;

use super::columns::read;
use super::fileset::{PickedFile, Selected, TableChoice, select};
use super::keys::{Part, part};
use super::reading::{ColumnUse, Place, Reading, TableReading};
use super::rules::path;
use crate::file::{FileError, Preset, RowIs, Warning, letters, presets};

/// The provider key of files that are nobody's export.
pub const SPREADSHEET: &str = "spreadsheet";
/// Rows whose values help to tell what a column is.
const SAMPLE_ROWS: usize = 200;
/// Samples of a column that are shown.
const SHOWN: usize = 5;
/// Letters of a sample.
const SHOWN_LETTERS: usize = 80;
/// Different cells of a column that decide an order or a mark.
const DECIDING: usize = 20_000;

/// A column, and what it is read as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookColumn {
    /// Name.
    pub name: String,
    /// Letters in a spreadsheet.
    pub letters: String,
    /// First values.
    pub samples: Vec<String>,
    /// First of the things it is read as.
    pub read_as: Option<ColumnUse>,
}

/// A table.
#[derive(Debug, Clone, PartialEq)]
pub struct LookTable {
    /// Position in its file.
    pub index: usize,
    /// Name.
    pub name: String,
    /// Whether it is imported.
    pub used: bool,
    /// Its preset.
    pub preset: Option<&'static Preset>,
    /// How sure.
    pub confidence: f64,
    /// Row of the header.
    pub header_row: Option<u64>,
    /// Records.
    pub rows: u64,
    /// Columns.
    pub columns: Vec<LookColumn>,
    /// What is odd.
    pub warnings: Vec<Warning>,
}

/// A file.
#[derive(Debug)]
pub struct LookFile {
    /// Its id.
    pub id: String,
    /// Its format, tables and oddness, or why it cannot be read.
    pub found: Result<(&'static str, Vec<LookTable>, Vec<Warning>), FileError>,
}

/// A file of the set that is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LookMissing {
    /// Its preset.
    pub preset: &'static Preset,
}

/// What the files cannot tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookQuestion {
    /// Name of the decision.
    pub decision: &'static str,
    /// Path it is about.
    pub path: Option<String>,
    /// Columns, as "table: column".
    pub columns: Vec<String>,
    /// Values that show it.
    pub samples: Vec<String>,
    /// The question.
    pub message: Message,
    /// Possible answers.
    pub answers: Vec<&'static str>,
    /// What is taken meanwhile.
    pub assumed: Option<String>,
}

/// What was found.
#[derive(Debug)]
pub struct Looked {
    /// Provider key.
    pub provider: String,
    /// How sure.
    pub confidence: f64,
    /// The files.
    pub files: Vec<LookFile>,
    /// What is missing.
    pub missing: Vec<LookMissing>,
    /// What has to be decided.
    pub questions: Vec<LookQuestion>,
    /// How the files are read.
    pub reading: Reading,
    /// The decisions that they allow.
    pub decisions: Decisions,
    /// Whether anything can be imported.
    pub usable: bool,
}

/// What people call a provider.
pub fn provider_name(key: &str) -> String {
    match key {
        // A program whose exports are known, and no CRM of ours.
        "outlook" => "Outlook".to_owned(),
        other => crate::definition::name_of(other),
    }
}

/// Looks at files, each read to its end. `kept` is how those of the connection were read before; `country` the supplier's.
pub fn look(files: &[PickedFile], choices: &[TableChoice], kept: Option<&Reading>, country: &str) -> Looked {
    let (provider, selected) = select(files, choices);
    let mut reading = match kept {
        Some(kept) if kept.provider == provider => kept.clone(),
        Some(_) | None => Reading::of(&provider),
    };
    let mut cells = Cells::default();
    let mut looked: Vec<LookFile> = Vec::new();
    let (mut sure, mut used, mut fixes) = (Vec::new(), Vec::new(), 0);
    for (file, found) in selected {
        let found = found.and_then(|(opened, tables)| {
            let mut shown = Vec::with_capacity(tables.len());
            for (index, one) in tables.into_iter().enumerate() {
                let fix = one.fix.is_some();
                let table = look_at(index, one, &mut reading, &mut cells)?;
                fixes += usize::from(fix && table.used && table.rows > 0);
                if table.used && table.rows > 0 {
                    sure.push(table.confidence);
                    used.extend(table.preset);
                }
                shown.push(table);
            }
            Ok((opened.format.name(), shown, opened.warnings()))
        });
        looked.push(LookFile { id: file.id.clone(), found });
    }
    // Rows to be fixed belong to the connection they came from and say nothing of how it is read.
    let only_fixes = fixes == sure.len() && kept.is_none();
    if only_fixes {
        reading.tables.clear();
    }
    let usable = !sure.is_empty() && !only_fixes && looked.iter().all(|file| file.found.is_ok());
    let (questions, decisions) = cells.decide(&provider, country);
    Looked {
        confidence: sure.iter().sum::<f64>() / (sure.len().max(1) as f64),
        missing: missing(&provider, &used),
        provider,
        files: looked,
        questions,
        reading,
        decisions,
        usable,
    }
}

/// Files that are joined with those that are there.
fn missing(provider: &str, used: &[&'static Preset]) -> Vec<LookMissing> {
    let joined = |one: &Preset, other: &Preset| one.joins.iter().any(|join| join.to == other.key);
    presets()
        .iter()
        .filter(|preset| preset.provider == provider && used.iter().all(|one| one.key != preset.key))
        .filter(|preset| used.iter().any(|one| joined(one, preset) || joined(preset, one)))
        .map(|preset| LookMissing { preset })
        .collect()
}

fn look_at(
    index: usize,
    one: Selected,
    reading: &mut Reading,
    cells: &mut Cells,
) -> Result<LookTable, FileError> {
    let names = one.table.column_names();
    let mut samples: Vec<Vec<String>> = vec![Vec::new(); names.len()];
    let mut rows = one.table.rows()?;
    let mut count = 0;
    while count < SAMPLE_ROWS {
        let Some(row) = rows.next_row()? else { break };
        count += 1;
        for (cell, samples) in row.cells.into_iter().zip(&mut samples) {
            if !cell.trim().is_empty() {
                samples.push(cell);
            }
        }
    }
    let mut fresh = read(one.preset, &one.table.header, &names, &samples);
    if let Some(fix) = &one.fix {
        let ours = |name: &str| (0..).zip(&names).any(|(at, own)| own == name && fix.is_ours(at));
        fresh.columns.retain(|use_| !ours(&use_.column));
        fresh.extras.retain(|name| !ours(name));
    }
    let stream = fresh.stream.clone();
    let mut own = fresh.clone();
    if one.used {
        reading.learn(fresh);
        // A known connection decides what a column is.
        own = reading.table(&stream).cloned().unwrap_or(own);
    }
    let watched = if one.used { watched(&own, &names) } else { Vec::new() };
    let mut rows = one.table.rows()?;
    let mut total = 0;
    while let Some(row) = rows.next_row()? {
        total += 1;
        for (at, kind, path) in &watched {
            if let Some(cell) = row.cells.get(*at).filter(|cell| !cell.trim().is_empty()) {
                let column = names.get(*at).map_or("", String::as_str);
                cells.add(*kind, path, &one.table.name, column, cell, one.preset.is_some());
            }
        }
    }
    let columns = names
        .iter()
        .zip(&samples)
        .enumerate()
        .map(|(at, (name, samples))| LookColumn {
            name: name.clone(),
            letters: letters(at),
            samples: samples.iter().take(SHOWN).map(|text| shortened(text)).collect(),
            read_as: own.uses_of(name).next().cloned(),
        })
        .collect();
    Ok(LookTable {
        index,
        name: one.table.name.clone(),
        used: one.used,
        preset: one.preset,
        confidence: one.confidence,
        header_row: one.table.header_row(),
        rows: total,
        columns,
        warnings: rows.warnings(),
    })
}

fn shortened(text: &str) -> String {
    let text = text.trim();
    match text.char_indices().nth(SHOWN_LETTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Columns whose values have to be looked at as a whole.
fn watched(table: &TableReading, names: &[String]) -> Vec<(usize, FieldType, String)> {
    let mut found = Vec::new();
    for use_ in &table.columns {
        let Some(at) = names.iter().position(|name| *name == use_.column) else { continue };
        let record_type = match use_.place {
            Place::Project => RecordType::Project,
            Place::Event => RecordType::Event,
            Place::Invoice => RecordType::Invoice,
            Place::Payment => RecordType::Payment,
            Place::Client => RecordType::Client,
            _ => RecordType::Person,
        };
        // What is no date is shown as one for what is asked about it only where the field is a date.
        let Some(spec) = standard_field(record_type, &use_.field) else { continue };
        if matches!(spec.field_type, FieldType::Date | FieldType::Money | FieldType::Phone) {
            found.push((at, spec.field_type, path(use_.place, &use_.field)));
        }
    }
    // Other rows hang on the same field; the row kinds without a day of their own are not asked about.
    if table.row == RowIs::Event {
        found.clear();
    }
    found
}

/// Cells of one field, over all its columns.
#[derive(Default)]
struct Column {
    columns: Vec<String>,
    /// Different cells, in the order they came.
    cells: Vec<String>,
    seen: HashSet<Part>,
}

#[derive(Default)]
struct Cells {
    dates: BTreeMap<String, Column>,
    money: BTreeMap<String, Column>,
    /// Phones without a country, the first few.
    phones: Column,
    /// An amount says that it counts pounds and not pence.
    major: bool,
    known_export: bool,
}

impl Cells {
    fn add(&mut self, kind: FieldType, path: &str, table: &str, column: &str, cell: &str, known: bool) {
        let held = match kind {
            FieldType::Date => self.dates.entry(path.to_owned()).or_default(),
            FieldType::Money => {
                self.known_export |= known;
                // A sign or two decimals: nobody writes pence so.
                let tail = cell.trim().rsplit(['.', ',']).next().map_or(0, |tail| tail.trim().len());
                let decimals = cell.contains(['.', ',']) && (1..=2).contains(&tail);
                self.major |= decimals || cell.chars().any(|letter| "£$€".contains(letter));
                self.money.entry(path.to_owned()).or_default()
            }
            FieldType::Phone
                if !cell.trim_start().starts_with(['+']) && !cell.trim_start().starts_with("00") =>
            {
                &mut self.phones
            }
            _ => return,
        };
        let name = format!("{table}: {column}");
        if !held.columns.contains(&name) {
            held.columns.push(name);
        }
        if held.cells.len() < DECIDING && cell.len() < 200 && held.seen.insert(part(cell)) {
            held.cells.push(cell.to_owned());
        }
    }

    fn decide(self, provider: &str, country: &str) -> (Vec<LookQuestion>, Decisions) {
        let mut decisions = Decisions::default();
        let mut questions = Vec::new();
        for (path, column) in self.dates {
            match decide_order(column.cells.iter().map(String::as_str)) {
                OrderDecision::Decided { order, .. } => {
                    decisions.date_orders.insert(path, order);
                }
                OrderDecision::Ambiguous { .. } | OrderDecision::Mixed { .. } => {
                    questions.push(question("date_order", Some(path), column, vec!["dmy", "mdy"], None));
                }
                OrderDecision::NotNeeded => {}
            }
        }
        let money = !self.money.is_empty();
        let mut amounts = Column::default();
        for (path, column) in self.money {
            if decide_mark(column.cells.iter().map(String::as_str)) == Some(DecimalMark::Comma) {
                decisions.decimal_marks.insert(path, DecimalMark::Comma);
            }
            amounts.columns.extend(column.columns);
            amounts.cells.extend(column.cells);
        }
        // What an export writes is known; in a spreadsheet whole amounts may be either.
        decisions.money_unit = MoneyUnit::Major;
        if money && !self.major && !self.known_export && provider == SPREADSHEET {
            decisions.money_unit = MoneyUnit::Ask;
            questions.push(question("money_unit", None, amounts, vec!["major", "minor"], None));
        }
        if !self.phones.cells.is_empty() {
            let assumed = (!country.is_empty()).then(|| country.to_owned());
            questions.push(question("country", None, self.phones, Vec::new(), assumed));
        }
        (questions, decisions)
    }
}

fn question(
    decision: &'static str,
    path: Option<String>,
    column: Column,
    answers: Vec<&'static str>,
    assumed: Option<String>,
) -> LookQuestion {
    let samples: Vec<String> = column.cells.iter().take(SHOWN).map(|text| shortened(text)).collect();
    let message = Message::new(format!("file.question.{decision}"))
        .with("column", column.columns.join(", "))
        .with("example", samples.first().map_or("", String::as_str))
        .with("assumed", assumed.as_deref().unwrap_or_default());
    LookQuestion { decision, path, columns: column.columns, samples, message, answers, assumed }
}

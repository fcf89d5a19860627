//! Files picked for an import: what was recognised, what is missing from a set, and what a person has to decide.
//!
//! A file is named by the opaque id under which the host holds it; no path ever stands in a request of a page.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use ts_rs::TS;

use crate::WireMessage;

/// Some files that the host holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct FileIds {
    /// Their ids.
    pub file_ids: Vec<String>,
}

/// Which of some files describe a source of one's own: a recording of a browser, a curl command, an OpenAPI document, the
/// answer of a list, a definition. The others are lists, or nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FileSources {
    /// Their ids, in the order of the request.
    pub sources: Vec<String>,
    /// Those of them that are definitions, whole or with faults.
    pub definitions: Vec<String>,
}

/// A file on the command line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct FileHand {
    /// Its absolute path.
    pub path: String,
}

/// A file that the host holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FileHanded {
    /// Opaque.
    pub file_id: String,
    /// Its name, without its folder.
    pub name: String,
    /// Bytes.
    pub size: u64,
}

/// What a person chose for one table of a file, in place of what was recognised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct FileChoice {
    /// The file.
    pub file_id: String,
    /// Which of its tables, from 0.
    pub table: usize,
    /// Whether it is imported.
    #[serde(default)]
    #[ts(optional)]
    pub used: Option<bool>,
    /// Row of the header as a spreadsheet counts it, from 1.
    #[serde(default)]
    #[ts(optional)]
    pub header_row: Option<u64>,
    /// Key of a preset; an empty text means a plain spreadsheet.
    #[serde(default)]
    #[ts(optional)]
    pub preset: Option<String>,
}

/// Files to look at, all of one import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct FileLookAt {
    /// The files.
    pub file_ids: Vec<String>,
    /// What was chosen so far; tables without a choice are as recognised.
    #[serde(default)]
    #[ts(optional)]
    pub choices: Option<Vec<FileChoice>>,
    /// The connection that a newer file belongs to: its columns are read as they were before.
    #[serde(default)]
    #[ts(optional)]
    pub connection_id: Option<String>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FileColumn {
    /// Its name, unique in the table.
    pub name: String,
    /// Its letters in a spreadsheet.
    pub letters: String,
    /// Its first values, at most five, shortened.
    pub samples: Vec<String>,
    /// Whose value it is: `primary`, `partner`, `parent`, `planner`, `other`, `project`, `event`, `invoice`, `payment`; none
    /// for a column that is kept as an own field.
    pub place: Option<String>,
    /// The field it is read as.
    pub field: Option<String>,
}

/// Something odd about a file, which can be read all the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FileWarning {
    /// Its kind, for machines.
    pub code: String,
    /// In words, with rows and columns.
    pub message: WireMessage,
}

/// A table of a file: a sheet, an entry of a ZIP, or the file itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct FileTable {
    /// Its position in the file, for [`FileChoice`].
    pub index: usize,
    /// Name of the sheet, entry or file.
    pub name: String,
    /// Whether it is imported.
    pub used: bool,
    /// Key of the preset; none for a plain spreadsheet.
    pub preset: Option<String>,
    /// What it is, in words: "HoneyBook, booked projects".
    pub title: WireMessage,
    /// What a row is: `client`, `contact`, `project`, `person_of_project`, `invoice`, `transaction`, `instalment`, `event`.
    pub row_is: String,
    /// How sure, 0 to 1; 0 for a plain spreadsheet, 1 where a person chose.
    pub confidence: f64,
    /// Row of the header from 1; 0 where there is none and columns were numbered.
    pub header_row: u64,
    /// Records in it: header, totals and remarks not counted.
    pub rows: u64,
    /// Its columns.
    pub columns: Vec<FileColumn>,
    /// What is odd about it.
    pub warnings: Vec<FileWarning>,
}

/// A file as it was looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct FileView {
    /// Its id.
    pub file_id: String,
    /// Its name.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// What it is: `csv`, `tsv`, `xlsx`, `ods`, `html`, `vcard`, `icalendar`, `zip`; none where it cannot be read.
    pub format: Option<String>,
    /// Its tables; none where it cannot be read.
    pub tables: Vec<FileTable>,
    /// What is odd about the file as a whole.
    pub warnings: Vec<FileWarning>,
    /// Why it cannot be read, with one thing to do.
    pub error: Option<WireMessage>,
}

/// A file of the same set that is not among the picked ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FileMissing {
    /// Key of its preset.
    pub preset: String,
    /// What it would add and where it is found.
    pub message: WireMessage,
}

/// Something that the files cannot tell. Answered with `connection.answer` or in `connection.create_from_file`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FileQuestion {
    /// `date_order`, `decimal_mark`, `money_unit` or `country`.
    pub decision: String,
    /// For `date_order` and `decimal_mark`: the key under `date_orders` or `decimal_marks` in the answers.
    pub path: Option<String>,
    /// Columns it is about, as "table: column".
    pub columns: Vec<String>,
    /// Values that show it.
    pub samples: Vec<String>,
    /// The question.
    pub message: WireMessage,
    /// Possible answers; none where anything of its kind can be typed (a country).
    pub answers: Vec<String>,
    /// What is taken while nobody answers; none where the values then wait in the review.
    pub assumed: Option<String>,
}

/// A connection that the files may be a newer version of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FileKnown {
    /// The connection.
    pub connection_id: String,
    /// Its name.
    pub name: String,
    /// Whether that is certain enough to be taken unless somebody says otherwise: else only the names are the same.
    pub sure: bool,
}

/// What of a calendar is not brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CalendarLeft {
    /// Appointments of more than a year ago.
    pub before: u64,
    /// Appointments in more than three years; a series that goes on counts once.
    pub after: u64,
    /// Series with more appointments than anybody has, of which the first ones are brought.
    pub too_long: u64,
    /// Entries, or rules by which they repeat, that cannot be read.
    pub unread: u64,
}

/// A calendar in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FileCalendar {
    /// What it is called.
    pub name: Option<String>,
    /// Appointments that are brought, those of a series one by one.
    pub appointments: u64,
    /// The first day of one.
    #[ts(type = "string | null")]
    pub from: Option<jiff::civil::Date>,
    /// The first day of the last one.
    #[ts(type = "string | null")]
    pub until: Option<jiff::civil::Date>,
    /// What is not brought; nothing where everything is.
    pub left: Option<CalendarLeft>,
    /// What cannot be read, one by one; of many the first.
    pub broken: Vec<WireMessage>,
}

/// What was found in some files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct FileLook {
    /// Whose export they are: a provider key, `spreadsheet` where nobody's.
    pub provider: String,
    /// Its name, for the connection.
    pub provider_name: String,
    /// How sure, 0 to 1.
    pub confidence: f64,
    /// The files, in the order of the request.
    pub files: Vec<FileView>,
    /// Whether anything in them can be imported.
    pub usable: bool,
    /// What is missing from the set.
    pub missing: Vec<FileMissing>,
    /// What a person has to decide.
    pub questions: Vec<FileQuestion>,
    /// Connections by file of the same provider: import into one of them instead of making another.
    pub known: Vec<FileKnown>,
    /// The calendar that it is, which brings appointments and no clients.
    pub calendar: Option<FileCalendar>,
}

/// A connection to make from files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ConnectionFromFile {
    /// The files.
    pub file_ids: Vec<String>,
    /// What was chosen for their tables.
    #[serde(default)]
    #[ts(optional)]
    pub choices: Option<Vec<FileChoice>>,
    /// Name for it; that of the provider or the file when absent.
    #[serde(default)]
    #[ts(optional)]
    pub name: Option<String>,
    /// Answers by name, as `connection.answer` takes them.
    #[serde(default)]
    #[ts(optional, type = "Record<string, unknown>")]
    pub decisions: Option<Map<String, Json>>,
}

/// A file of the rows that need a person, to be fixed in a spreadsheet and dropped back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ProblemFile {
    /// Name for it.
    pub name: String,
    /// Stream of its rows.
    pub stream: String,
    /// Its rows.
    pub rows: u64,
    /// Comma-separated text, UTF-8, formulas disarmed.
    pub text: String,
}

/// Files of the rows that need a person, one for each kind of table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ProblemFiles {
    /// None where no row needs anybody.
    pub files: Vec<ProblemFile>,
}

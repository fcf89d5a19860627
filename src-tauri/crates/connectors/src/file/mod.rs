//! The file route: a CRM's own export as it came, or any spreadsheet, read as tables.
//!
//! This area ends at rows of text. It knows what a file is, where its header stands, whose export it looks like, and
//! what was odd about it. Deliberately absent: what a column means (mapping), what a cell's text stands for (parsing),
//! who is a client (staging), and any writing, also of temporary files: client data never touches the disk from here.
//!
//! Every byte is an outsider's. Nothing is held whole but the shared texts of a workbook, everything has a limit
//! (`limits`), and a file past one is refused with a sentence.
//!
//! `sheet` imports through this: it decides what columns mean, which record a row is and who is in it.

mod archive;
mod calendar;
mod cards;
mod encoding;
mod failure;
mod header;
mod limits;
mod lines;
mod package;
mod page;
mod preset;
mod raw;
mod sniff;
mod source;
mod table;
mod text;
mod warning;
mod workbook;

use std::path::Path;

use archive::Packing;
use calendar::Calendar;
use cards::Cards;
use encoding::TextReader;
use page::Page;
use sniff::{Binary, Written};
use table::Body;
use text::Text;
use warning::Warnings;
use workbook::{ods, xlsx};

pub(crate) use encoding::detect;
pub use failure::{FileError, Foreign, Outsize};
pub(crate) use lines::{Line, Lines, plain as plain_value};
pub(crate) use preset::plain;
pub use preset::{
    Evidence, Join, Named, Preset, Recognised, RowIs, TotalRow, Words, preset, presets, recognise,
};
pub(crate) use source::Source;
pub(crate) use table::letters;
pub use table::{Row, Rows, Table};
pub use warning::{Oddness, Warning};

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Delimited text.
    Csv,
    /// Delimited text with tabs.
    Tsv,
    /// Office Open XML workbook.
    Xlsx,
    /// OpenDocument workbook.
    Ods,
    /// A web page with tables.
    Html,
    /// Cards.
    Vcard,
    /// A calendar.
    Icalendar,
    /// An archive with any of these.
    Zip,
}

impl Format {
    /// Its name for machines.
    pub fn name(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::Tsv => "tsv",
            Format::Xlsx => "xlsx",
            Format::Ods => "ods",
            Format::Html => "html",
            Format::Vcard => "vcard",
            Format::Icalendar => "icalendar",
            Format::Zip => "zip",
        }
    }
}

/// A file that was looked at.
#[derive(Debug, Clone)]
pub struct Opened {
    /// What it is.
    pub format: Format,
    /// Its tables, in the order of the file; never none.
    pub tables: Vec<Table>,
    warnings: Warnings,
}

impl Opened {
    /// The table that a person most likely means: a known export before an unknown one, then the longer one.
    pub fn main_table(&self) -> usize {
        let rank = |table: &Table| {
            let known = table.recognised.as_ref().map_or(0.0, |found| found.confidence);
            (known > 0.0, table.peeked.min(limits::PEEK_ROWS / 2), header::known_words(&table.header))
        };
        // The first of equals.
        let best = self.tables.iter().enumerate().rev().max_by_key(|(_, table)| rank(table));
        best.map_or(0, |(at, _)| at)
    }

    /// The calendars in it: the file itself, or what is packed in it.
    pub(crate) fn calendars(&self) -> impl Iterator<Item = &Source> {
        self.tables.iter().filter_map(Table::calendar)
    }

    /// What was odd about the file as a whole; what was odd about a table is told by its rows.
    pub fn warnings(&self) -> Vec<Warning> {
        self.warnings.list()
    }
}

/// Looks at a file: what it is and which tables it has. Reads it once or twice but holds none of it.
///
/// # Errors
/// [`FileError`] where it is no table, is damaged, locked, or past a limit.
pub fn open(path: &Path) -> Result<Opened, FileError> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let opened = open_source(&Source::file(path)?, &name, Packing::Loose)?;
    if opened.tables.is_empty() { Err(FileError::NoRows) } else { Ok(opened) }
}

/// Looks at a file that is held in memory, as [`open`] does at one on the disk.
///
/// # Errors
/// As for [`open`].
pub fn open_bytes(name: &str, bytes: std::sync::Arc<[u8]>) -> Result<Opened, FileError> {
    let opened = open_source(&Source::memory(bytes), name, Packing::Loose)?;
    if opened.tables.is_empty() { Err(FileError::NoRows) } else { Ok(opened) }
}

fn open_source(source: &Source, name: &str, packing: Packing) -> Result<Opened, FileError> {
    let head = source.head(sniff::HEAD)?;
    match sniff::binary(&head)? {
        Binary::Zip => open_package(source, packing),
        Binary::Unmarked => open_text(source, name),
    }
}

fn open_package(source: &Source, packing: Packing) -> Result<Opened, FileError> {
    let place = source.place()?;
    let parts = package::contents(&place)?;
    let has = |name: &str| parts.iter().any(|part| part.name.eq_ignore_ascii_case(name));
    if has("[Content_Types].xml") {
        let part = xlsx::workbook_part(&parts).ok_or(FileError::Foreign(Foreign::Document))?;
        if part.ends_with(".bin") {
            return Err(FileError::Foreign(Foreign::OldExcel));
        }
        if !part.starts_with("xl/") && !part.contains("workbook") {
            return Err(FileError::Foreign(Foreign::Document));
        }
        let (sheets, mut warnings) = xlsx::open(&parts, &part)?;
        let mut tables = Vec::new();
        for sheet in sheets {
            let name = sheet.name.clone();
            tables.extend(Table::of(&name, Body::Xlsx(sheet))?);
        }
        said(&mut warnings, &tables);
        return Ok(Opened { format: Format::Xlsx, tables, warnings });
    }
    if has("content.xml") && has("mimetype") {
        return open_document(&parts);
    }
    if has("Index/Document.iwa") || has("Index.zip") || has("index.apxl") {
        return Err(FileError::Foreign(Foreign::Numbers));
    }
    match packing {
        Packing::Loose => archive::open(&parts),
        // An archive in an archive: nobody exports that, and each level multiplies.
        Packing::Packed => Err(FileError::Foreign(Foreign::Archive)),
    }
}

fn open_document(parts: &[package::Packed]) -> Result<Opened, FileError> {
    let part = |name: &str| parts.iter().find(|part| part.name == name).map(|part| part.source.clone());
    let source = |name: &str| match part(name) {
        Some(Ok(source)) => Ok(source),
        Some(Err(_)) => Err(FileError::Password),
        None => Err(FileError::ZipDamaged(None)),
    };
    let kind = source("mimetype")?.head(100)?;
    if !kind.starts_with(b"application/vnd.oasis.opendocument.spreadsheet") {
        return Err(FileError::Foreign(Foreign::Document));
    }
    if let Some(Ok(manifest)) = part("META-INF/manifest.xml")
        && String::from_utf8_lossy(&manifest.head(sniff::HEAD)?).contains("encryption-data")
    {
        return Err(FileError::Password);
    }
    let (sheets, warnings) = ods::open(&source("content.xml")?)?;
    let mut tables = Vec::new();
    for sheet in sheets {
        let name = sheet.name.clone();
        tables.extend(Table::of(&name, Body::Ods(sheet))?);
    }
    Ok(Opened { format: Format::Ods, tables, warnings })
}

/// Nothing of a workbook's own warnings is lost where every sheet is empty.
fn said(warnings: &mut Warnings, tables: &[Table]) {
    if tables.is_empty() {
        warnings.add(Oddness::NoHeader, None, None);
    }
}

fn open_text(source: &Source, name: &str) -> Result<Opened, FileError> {
    let charset = encoding::detect(source)?;
    let mut start = String::new();
    TextReader::open(source, charset)?.more(&mut start)?;
    let (format, body) = match sniff::written(&start)? {
        Written::Cards => (Format::Vcard, Body::Cards(Cards::open(source, charset)?)),
        Written::Calendar => (Format::Icalendar, Body::Calendar(Calendar::new(source, charset))),
        Written::Page => {
            let page = Page::open(source, charset)?.ok_or(FileError::Foreign(Foreign::WebPage))?;
            (Format::Html, Body::Page(page))
        }
        Written::Delimited => {
            let text = Text::detect(source.clone(), charset)?;
            (if text.separator() == '\t' { Format::Tsv } else { Format::Csv }, Body::Text(text))
        }
    };
    let tables = Table::of(name, body)?.into_iter().collect();
    Ok(Opened { format, tables, warnings: Warnings::default() })
}

//! The picked files of one import: which of their tables are read, and as what.

use std::io::Read as _;
use std::path::PathBuf;
use std::sync::Arc;

use hub_core::canonical::ShortId;

use super::fix::Fix;
use super::keys::id_of;
use super::look::SPREADSHEET;
use super::reading::{ROWS, Reading};
use crate::file::{FileError, Opened, Preset, Rows, Table, open, open_bytes, preset};

/// Where a picked file lies.
#[derive(Debug, Clone)]
pub enum Where {
    /// On the disk, where the host's own picker or the command line found it.
    Path(PathBuf),
    /// In memory, as it was uploaded.
    Bytes(Arc<[u8]>),
}

/// A file that a person picked.
#[derive(Debug, Clone)]
pub struct PickedFile {
    /// The host's id for it.
    pub id: String,
    /// Its name, without its folder.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// Where it lies.
    pub place: Where,
}

impl PickedFile {
    /// Its bytes, one more than `most` at most: whoever asks tells from it that the file is too large.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn bytes(&self, most: usize) -> std::io::Result<Vec<u8>> {
        let most = most.saturating_add(1);
        match &self.place {
            Where::Path(path) => {
                let mut bytes = Vec::new();
                std::fs::File::open(path)?.take(most as u64).read_to_end(&mut bytes)?;
                Ok(bytes)
            }
            Where::Bytes(bytes) => Ok(bytes[..bytes.len().min(most)].to_vec()),
        }
    }

    pub(crate) fn open(&self) -> Result<Opened, FileError> {
        match &self.place {
            Where::Path(path) => open(path),
            Where::Bytes(bytes) => open_bytes(&self.name, Arc::clone(bytes)),
        }
    }
}

/// What a person chose for a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableChoice {
    /// The file.
    pub file_id: String,
    /// Its table, from 0.
    pub table: usize,
    /// Whether it is imported.
    pub used: Option<bool>,
    /// Row of its header.
    pub header_row: Option<u64>,
    /// Its preset; an empty text is a plain spreadsheet.
    pub preset: Option<String>,
}

/// A table, and what became of it.
pub(super) struct Selected {
    pub(super) table: Table,
    pub(super) preset: Option<&'static Preset>,
    pub(super) confidence: f64,
    pub(super) used: bool,
    /// Rows that were written to be fixed.
    pub(super) fix: Option<Fix>,
}

/// A file, and its tables or why there are none.
pub(super) type Looked<'a> = (&'a PickedFile, Result<(Opened, Vec<Selected>), FileError>);

/// Opens files and selects their tables: those of one provider, the one that is recognised best.
pub(super) fn select<'a>(files: &'a [PickedFile], choices: &[TableChoice]) -> (String, Vec<Looked<'a>>) {
    let mut looked: Vec<Looked<'a>> = files.iter().map(|file| (file, opened(file, choices))).collect();
    let mut sure: Vec<(&str, f64)> = Vec::new();
    let selected = looked.iter().filter_map(|(_, found)| found.as_ref().ok()).flat_map(|(_, tables)| tables);
    for one in selected {
        if let Some(preset) = one.preset {
            match sure.iter_mut().find(|(provider, _)| *provider == preset.provider) {
                Some((_, sum)) => *sum += one.confidence,
                None => sure.push((&preset.provider, one.confidence)),
            }
        }
    }
    let best = sure.iter().copied().max_by(|one, other| one.1.total_cmp(&other.1));
    let provider = best.map_or(SPREADSHEET, |(provider, _)| provider).to_owned();
    for (file, found) in &mut looked {
        let Ok((opened, tables)) = found else { continue };
        let main = opened.main_table();
        for (at, one) in tables.iter_mut().enumerate() {
            let chosen = choices.iter().find(|choice| choice.file_id == file.id && choice.table == at);
            let of_provider = match one.preset {
                Some(preset) => preset.provider == provider,
                // Beside a CRM's own files an unknown table is somebody's notes.
                None => provider == SPREADSHEET && (at == main || one.fix.is_some()),
            };
            let used = chosen.and_then(|choice| choice.used).unwrap_or(of_provider);
            // A calendar is no list of clients, whatever stands beside it.
            one.used = used && one.table.calendar().is_none();
        }
    }
    (provider, looked)
}

fn opened(file: &PickedFile, choices: &[TableChoice]) -> Result<(Opened, Vec<Selected>), FileError> {
    let opened = file.open()?;
    let mut tables = Vec::with_capacity(opened.tables.len());
    for (at, table) in opened.tables.iter().enumerate() {
        let chosen = choices.iter().find(|choice| choice.file_id == file.id && choice.table == at);
        let mut table = match chosen.and_then(|choice| choice.header_row) {
            Some(row) => table.with_header_row(row)?.unwrap_or_else(|| table.clone()),
            None => table.clone(),
        };
        if opened.tables.len() == 1 && table.name.is_empty() {
            table.name.clone_from(&file.name);
        }
        let (found, confidence) = match chosen.and_then(|choice| choice.preset.as_deref()) {
            Some(key) => (preset(key), f64::from(u8::from(!key.is_empty()))),
            None => {
                table.recognised.as_ref().map_or((None, 0.0), |found| (Some(found.preset), found.confidence))
            }
        };
        let fix = Fix::of(&table.header);
        let (found, confidence) = match &fix {
            Some(fix) => (preset(&fix.stream), 1.0),
            None => (found, confidence),
        };
        tables.push(Selected { table, preset: found, confidence, used: false, fix });
    }
    Ok((opened, tables))
}

/// A table that is read.
#[derive(Debug, Clone)]
pub(super) struct ChosenTable {
    pub(super) stream: String,
    pub(super) table: Table,
    /// Its columns.
    pub(super) names: Vec<String>,
    fix: Option<Fix>,
}

/// The tables that are read, by stream in the order of the reading.
#[derive(Debug, Clone)]
pub struct FileSet {
    pub(super) tables: Vec<ChosenTable>,
}

impl FileSet {
    /// Opens files for reading.
    ///
    /// # Errors
    /// [`FileError`] for the first file that cannot be read; a half of a set is none.
    pub fn open(
        files: &[PickedFile],
        choices: &[TableChoice],
        reading: &Reading,
    ) -> Result<FileSet, FileError> {
        let (_, looked) = select(files, choices);
        let mut tables = Vec::new();
        for (_, found) in looked {
            let (_, selected) = found?;
            for one in selected.into_iter().filter(|one| one.used) {
                let stream = one.preset.map_or(ROWS, |preset| &preset.key).to_owned();
                let names = one.table.column_names();
                tables.push(ChosenTable { stream, table: one.table, names, fix: one.fix });
            }
        }
        tables.retain(|one| reading.table(&one.stream).is_some());
        tables.sort_by_key(|one| {
            reading.tables.iter().position(|table| table.stream == one.stream).unwrap_or(usize::MAX)
        });
        Ok(FileSet { tables })
    }

    /// The tables of a stream.
    pub(super) fn of<'a>(&'a self, stream: &'a str) -> impl Iterator<Item = &'a ChosenTable> {
        self.tables.iter().filter(move |one| one.stream == stream)
    }

    /// Gives back what the tables hold in memory; they can still be read.
    pub(super) fn let_go(&self) {
        self.tables.iter().for_each(|one| one.table.let_go());
    }

    /// The rows of a stream, its tables one behind the other.
    pub(super) fn rows(&self, stream: &str) -> StreamRows {
        StreamRows { tables: self.of(stream).cloned().collect(), at: 0, rows: None }
    }
}

/// Rows of the tables of one stream.
pub(super) struct StreamRows {
    tables: Vec<ChosenTable>,
    at: usize,
    rows: Option<Rows>,
}

/// A row with where it stands.
pub(super) struct StreamRow {
    /// Position of its table in the stream.
    pub(super) table: usize,
    pub(super) number: u64,
    pub(super) cells: Vec<String>,
    /// The record it says it is.
    pub(super) given: Option<ShortId>,
}

impl StreamRows {
    pub(super) fn next_row(&mut self) -> Result<Option<StreamRow>, FileError> {
        loop {
            let Some(table) = self.tables.get(self.at) else { return Ok(None) };
            let rows = match &mut self.rows {
                Some(rows) => rows,
                none => none.insert(table.table.rows()?),
            };
            if let Some(row) = rows.next_row()? {
                let (given, cells) = match &table.fix {
                    Some(fix) => (fix.record(&row.cells).and_then(id_of), fix.restored(row.cells)),
                    None => (None, row.cells),
                };
                return Ok(Some(StreamRow { table: self.at, number: row.number, cells, given }));
            }
            self.rows = None;
            self.at += 1;
        }
    }

    /// The table at a position.
    pub(super) fn table(&self, at: usize) -> Option<&ChosenTable> {
        self.tables.get(at)
    }
}

//! The rows of an XLSX sheet, cell by cell. Holds one row and no more.

use std::sync::Arc;

use super::format::{Shows, plain, text};
use super::strings::{Strings, Unpacked, unescape};
use super::xlsx::Shared;
use super::xml::{Node, Start, Xml};
use crate::file::failure::{FileError, Outsize};
use crate::file::limits;
use crate::file::raw::{RawRow, RawRows};
use crate::file::warning::{Oddness, Warnings};

/// How a cell's value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Number,
    Shared,
    Text,
    Boolean,
    Error,
    /// ISO 8601, as strict files write dates.
    Day,
}

/// A cell in the making.
struct Cell {
    column: usize,
    kind: Kind,
    format: usize,
    formula: bool,
    text: String,
    has_value: bool,
}

/// Rows of a sheet.
pub(in crate::file) struct SheetRows {
    xml: Xml,
    shared: Arc<Shared>,
    strings: Arc<Strings>,
    unpacked: Unpacked,
    number: u64,
    ended: bool,
    warnings: Warnings,
}

impl SheetRows {
    pub(super) fn new(xml: Xml, shared: Arc<Shared>, strings: Arc<Strings>) -> SheetRows {
        SheetRows {
            xml,
            shared,
            strings,
            unpacked: Unpacked::default(),
            number: 0,
            ended: false,
            warnings: Warnings::default(),
        }
    }

    fn row(&mut self, number: u64) -> Result<RawRow, FileError> {
        let mut cells: Vec<String> = Vec::new();
        let (mut next, mut bytes) = (0, 0);
        let mut cell: Option<Cell> = None;
        // Inside of <v> or <t>, and not inside of <rPh>.
        let (mut reads, mut phonetic) = (false, false);
        loop {
            match self.xml.next()? {
                Node::Open(tag) => match tag.name() {
                    b"c" => {
                        let begun = begin(&tag, next);
                        next = begun.column.saturating_add(1);
                        cell = Some(begun);
                    }
                    b"f" => {
                        if let Some(cell) = &mut cell {
                            cell.formula = true;
                        }
                    }
                    b"v" | b"t" => {
                        if let (Some(cell), false) = (&mut cell, phonetic) {
                            reads = true;
                            cell.has_value = true;
                        }
                    }
                    b"rPh" => phonetic = true,
                    _ => {}
                },
                Node::Text(text) => {
                    if let (Some(cell), true) = (&mut cell, reads) {
                        cell.text.push_str(&text);
                        if cell.text.len() > limits::CELL_BYTES {
                            return Err(FileError::Outsize { row: number, limit: Outsize::Cell });
                        }
                    }
                }
                Node::Close(name) => match name.as_slice() {
                    b"v" | b"t" => reads = false,
                    b"rPh" => phonetic = false,
                    b"c" => {
                        if let Some(cell) = cell.take() {
                            if cell.column >= limits::COLUMNS {
                                return Err(FileError::Outsize { row: number, limit: Outsize::Columns });
                            }
                            let column = cell.column;
                            let value = self.value(cell, number);
                            // One shared text may stand in every cell of a row.
                            bytes += value.len();
                            if bytes > limits::ROW_BYTES {
                                return Err(FileError::Outsize { row: number, limit: Outsize::Row });
                            }
                            if !value.is_empty() {
                                if cells.len() <= column {
                                    cells.resize(column + 1, String::new());
                                }
                                cells[column] = value;
                            }
                        }
                    }
                    b"row" => return Ok(RawRow { number, cells }),
                    _ => {}
                },
                Node::End => return Err(self.xml.damaged()),
            }
        }
    }

    fn value(&mut self, cell: Cell, row: u64) -> String {
        let Cell { kind, text: held, .. } = cell;
        match kind {
            Kind::Shared => {
                let number = held.trim().parse().ok();
                let found = number.and_then(|number| self.strings.get(number, &mut self.unpacked));
                if found.is_none() && !held.trim().is_empty() {
                    // The text is not in the file: said, so that nobody takes the cell for an empty one.
                    self.warnings.add(Oddness::ErrorCell, Some(row), Some("#REF!"));
                }
                found.unwrap_or_default()
            }
            Kind::Text if held.contains("_x") => unescape(&held),
            Kind::Text => held,
            Kind::Boolean => match held.trim() {
                "1" | "true" => "TRUE".to_owned(),
                "0" | "false" => "FALSE".to_owned(),
                _ => held,
            },
            Kind::Error => {
                self.warnings.add(Oddness::ErrorCell, Some(row), Some(&held));
                held
            }
            Kind::Day => held.trim().strip_suffix("T00:00:00").unwrap_or(held.trim()).to_owned(),
            Kind::Number => self.number(&held, cell.format, cell.formula && !cell.has_value, row),
        }
    }

    fn number(&mut self, held: &str, format: usize, lacks: bool, row: u64) -> String {
        if held.trim().is_empty() {
            if lacks {
                self.warnings.add(Oddness::FormulaWithoutValue, Some(row), None);
            }
            return String::new();
        }
        let Some(number) = held.trim().parse::<f64>().ok().filter(|number| number.is_finite()) else {
            return held.to_owned();
        };
        let shows = self.shared.formats.get(format).copied().unwrap_or(Shows::Number);
        text(number, shows, self.shared.epoch).unwrap_or_else(|| {
            self.warnings.add(Oddness::ImpossibleDate, Some(row), None);
            plain(number)
        })
    }
}

fn begin(tag: &Start<'_>, next: usize) -> Cell {
    let kind = match tag.attribute("t").as_deref() {
        Some("s") => Kind::Shared,
        Some("str" | "inlineStr") => Kind::Text,
        Some("b") => Kind::Boolean,
        Some("e") => Kind::Error,
        Some("d") => Kind::Day,
        _ => Kind::Number,
    };
    Cell {
        column: tag.attribute("r").and_then(|place| column_of(&place)).unwrap_or(next),
        kind,
        format: tag.attribute("s").and_then(|text| text.parse().ok()).unwrap_or(0),
        formula: false,
        text: String::new(),
        has_value: false,
    }
}

/// The column of `AB12`, from 0.
fn column_of(place: &str) -> Option<usize> {
    let letters = place.bytes().take_while(u8::is_ascii_alphabetic);
    let column = letters.fold(0_usize, |column, letter| {
        column.saturating_mul(26).saturating_add(usize::from(letter.to_ascii_uppercase() - b'A') + 1)
    });
    column.checked_sub(1)
}

impl RawRows for SheetRows {
    fn next_row(&mut self) -> Result<Option<RawRow>, FileError> {
        while !self.ended {
            match self.xml.next()? {
                Node::Open(tag) if tag.name() == b"row" => {
                    // Rows are known by their numbers (what to mend, where to resume), so that none comes twice.
                    let next = self.number.saturating_add(1);
                    let written = tag.attribute("r").and_then(|text| text.parse::<u32>().ok());
                    self.number = written.map_or(next, u64::from).max(next);
                    return self.row(self.number).map(Some);
                }
                Node::End => self.ended = true,
                Node::Open(_) | Node::Close(_) | Node::Text(_) => {}
            }
        }
        Ok(None)
    }

    fn warnings(&self) -> Warnings {
        self.warnings.clone()
    }
}

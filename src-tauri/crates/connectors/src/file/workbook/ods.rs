//! ODS (OpenDocument 1.2, part 1): the tables of `content.xml`. Repeated cells and rows are written once with a count
//! in this format, so counts are bounded here before anything is made of them.

use super::xml::{Node, Start, Xml};
use crate::file::failure::{FileError, Outsize};
use crate::file::limits;
use crate::file::raw::{RawRow, RawRows};
use crate::file::source::Source;
use crate::file::warning::{Oddness, Warnings};

/// A table.
#[derive(Debug, Clone)]
pub(in crate::file) struct Sheet {
    pub(in crate::file) name: String,
    source: Source,
    number: usize,
}

/// The tables that can be seen.
pub(in crate::file) fn open(source: &Source) -> Result<(Vec<Sheet>, Warnings), FileError> {
    let mut xml = Xml::open(source, "content.xml")?;
    let mut sheets = Vec::new();
    let mut warnings = Warnings::default();
    let (mut number, mut style) = (0, String::new());
    let mut hidden = std::collections::BTreeSet::new();
    loop {
        match xml.next()? {
            Node::Open(tag) => match tag.name() {
                b"style" => style = tag.attribute("name").unwrap_or_default(),
                b"table-properties" if tag.attribute("display").as_deref() == Some("false") => {
                    hidden.insert(style.clone());
                }
                b"table" => {
                    let name = tag.attribute("name").unwrap_or_default();
                    if tag.attribute("style-name").is_some_and(|style| hidden.contains(&style)) {
                        warnings.add(Oddness::HiddenSheet, None, Some(&name));
                    } else {
                        sheets.push(Sheet { name, source: source.clone(), number });
                    }
                    number += 1;
                    if number > limits::TABLES || hidden.len() > limits::FORMATS {
                        return Err(FileError::ZipBomb);
                    }
                }
                _ => {}
            },
            Node::End => return Ok((sheets, warnings)),
            Node::Close(_) | Node::Text(_) => {}
        }
    }
}

impl Sheet {
    pub(in crate::file) fn rows(&self) -> Result<OdsRows, FileError> {
        let mut xml = Xml::open(&self.source, "content.xml")?;
        let mut passed = 0;
        loop {
            match xml.next()? {
                Node::Open(tag) if tag.name() == b"table" => {
                    if passed == self.number {
                        return Ok(OdsRows { xml, at: 0, again: None, ended: false, made: 0 });
                    }
                    passed += 1;
                }
                Node::End => return Err(xml.damaged()),
                _ => {}
            }
        }
    }
}

/// Rows of a table.
pub(in crate::file) struct OdsRows {
    xml: Xml,
    at: u64,
    /// A row that stands for several, and how often it still comes.
    again: Option<(Vec<String>, u64)>,
    ended: bool,
    /// Cells given out: a row that repeats costs a few bytes in the file and work here.
    made: u64,
}

fn repeats(tag: &Start<'_>, name: &str) -> u64 {
    tag.attribute(name).and_then(|text| text.parse().ok()).unwrap_or(1).max(1)
}

/// The text of a cell as the format keeps it, where it keeps one; the words that are shown otherwise.
fn kept(tag: &Start<'_>) -> Option<String> {
    match tag.attribute("value-type")?.as_str() {
        "date" => {
            let day = tag.attribute("date-value")?;
            Some(day.strip_suffix("T00:00:00").map(str::to_owned).unwrap_or(day))
        }
        "time" => tag.attribute("time-value").and_then(|time| clock(&time)),
        "boolean" => tag.attribute("boolean-value").map(|value| value.to_ascii_uppercase()),
        "float" | "currency" | "percentage" => tag
            .attribute("value")?
            .parse::<f64>()
            .ok()
            .filter(|number| number.is_finite())
            .map(super::format::plain),
        _ => None,
    }
}

/// `PT14H30M00S` as `14:30:00`.
fn clock(time: &str) -> Option<String> {
    let rest = time.strip_prefix("PT")?;
    let (hours, rest) = rest.split_once('H')?;
    let (minutes, rest) = rest.split_once('M')?;
    let seconds = rest.strip_suffix('S')?.split(['.', ',']).next()?;
    let number = |text: &str| text.parse::<u32>().ok();
    Some(format!("{:02}:{:02}:{:02}", number(hours)?, number(minutes)?, number(seconds)?))
}

impl OdsRows {
    fn row(&mut self) -> Result<Vec<String>, FileError> {
        let mut cells: Vec<String> = Vec::new();
        // Empty cells are counted and made only when a filled one follows.
        let mut column: u64 = 0;
        let mut cell: Option<(u64, Option<String>, String, u32)> = None;
        let (mut aside, mut bytes) = (0_u32, 0_usize);
        let too_wide = FileError::Outsize { row: self.at + 1, limit: Outsize::Columns };
        loop {
            match self.xml.next()? {
                Node::Open(tag) => match tag.name() {
                    b"table-cell" | b"covered-table-cell" => {
                        cell = Some((repeats(&tag, "number-columns-repeated"), kept(&tag), String::new(), 0));
                    }
                    // Remarks hang on cells and are not what they say.
                    b"annotation" => aside += 1,
                    b"p" if aside == 0 => {
                        if let Some((_, _, text, paragraphs)) = &mut cell {
                            if *paragraphs > 0 {
                                text.push('\n');
                            }
                            *paragraphs += 1;
                        }
                    }
                    b"s" if aside == 0 => {
                        if let Some((_, _, text, _)) = &mut cell {
                            let count = repeats(&tag, "c").min(1000) as usize;
                            text.push_str(&" ".repeat(count));
                        }
                    }
                    b"tab" | b"line-break" if aside == 0 => {
                        let letter = if tag.name() == b"tab" { '\t' } else { '\n' };
                        if let Some((_, _, text, _)) = &mut cell {
                            text.push(letter);
                        }
                    }
                    _ => {}
                },
                Node::Text(words) => {
                    if let (Some((_, _, text, 1..)), 0) = (&mut cell, aside) {
                        text.push_str(&words);
                        if text.len() > limits::CELL_BYTES {
                            return Err(FileError::Outsize { row: self.at + 1, limit: Outsize::Cell });
                        }
                    }
                }
                Node::Close(name) => match name.as_slice() {
                    b"annotation" => aside = aside.saturating_sub(1),
                    b"table-cell" | b"covered-table-cell" => {
                        let Some((count, kept, text, _)) = cell.take() else { continue };
                        let value = kept.unwrap_or(text);
                        if !value.is_empty() {
                            let end = column.saturating_add(count);
                            if end > limits::COLUMNS as u64 {
                                return Err(too_wide);
                            }
                            bytes = bytes.saturating_add(value.len().saturating_mul(count as usize));
                            if bytes > limits::ROW_BYTES {
                                return Err(FileError::Outsize { row: self.at + 1, limit: Outsize::Row });
                            }
                            cells.resize(column as usize, String::new());
                            cells.resize(end as usize, value);
                        }
                        column = column.saturating_add(count);
                    }
                    b"table-row" => return Ok(cells),
                    _ => {}
                },
                Node::End => return Err(self.xml.damaged()),
            }
        }
    }
}

impl RawRows for OdsRows {
    fn next_row(&mut self) -> Result<Option<RawRow>, FileError> {
        loop {
            if let Some((cells, count)) = self.again.take() {
                self.at = self.at.saturating_add(1);
                self.made += cells.len() as u64;
                if self.made > limits::CELLS {
                    return Err(FileError::Outsize { row: self.at, limit: Outsize::Cells });
                }
                if count > 1 {
                    self.again = Some((cells.clone(), count - 1));
                }
                return Ok(Some(RawRow { number: self.at, cells }));
            }
            if self.ended {
                return Ok(None);
            }
            match self.xml.next()? {
                Node::Open(tag) if tag.name() == b"table-row" => {
                    let count = repeats(&tag, "number-rows-repeated");
                    let cells = self.row()?;
                    if cells.is_empty() {
                        // A million empty rows close every sheet; they are stepped over at once.
                        self.at = self.at.saturating_add(count);
                    } else {
                        self.again = Some((cells, count));
                    }
                }
                Node::Close(name) if name == b"table" => self.ended = true,
                Node::End => self.ended = true,
                Node::Open(_) | Node::Close(_) | Node::Text(_) => {}
            }
        }
    }

    fn warnings(&self) -> Warnings {
        Warnings::default()
    }
}

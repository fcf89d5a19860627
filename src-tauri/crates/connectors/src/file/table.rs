//! A table of a file: its header and its rows, with everything that is no record taken out and said.

use std::collections::{HashSet, VecDeque};

use super::calendar::Calendar;
use super::cards::Cards;
use super::failure::{FileError, Outsize};
use super::header::{self, HeaderKind};
use super::limits;
use super::page::Page;
use super::preset::{self, Recognised};
use super::raw::{RawRow, RawRows};
use super::source::Source;
use super::text::Text;
use super::warning::{Oddness, Warning, Warnings};
use super::workbook::{ods, xlsx};

/// Where the rows come from.
#[derive(Debug, Clone)]
pub(super) enum Body {
    Text(Text),
    Xlsx(xlsx::Sheet),
    Ods(ods::Sheet),
    Page(Page),
    Cards(Cards),
    Calendar(Calendar),
}

impl Body {
    fn rows(&self) -> Result<Box<dyn RawRows>, FileError> {
        Ok(match self {
            Body::Text(text) => Box::new(text.rows()?),
            Body::Xlsx(sheet) => Box::new(sheet.rows()?),
            Body::Ods(sheet) => Box::new(sheet.rows()?),
            Body::Page(page) => Box::new(page.rows()?),
            Body::Cards(cards) => Box::new(cards.rows()?),
            Body::Calendar(calendar) => Box::new(calendar.rows()?),
        })
    }

    fn let_go(&self) {
        match self {
            Body::Xlsx(sheet) => sheet.let_go(),
            Body::Text(_) | Body::Ods(_) | Body::Page(_) | Body::Cards(_) | Body::Calendar(_) => {}
        }
    }

    /// Columns of formats that have names for them by themselves.
    fn own_header(&self) -> Option<Vec<String>> {
        match self {
            Body::Cards(cards) => Some(cards.header()),
            Body::Calendar(_) => Some(Calendar::header()),
            Body::Text(_) | Body::Xlsx(_) | Body::Ods(_) | Body::Page(_) => None,
        }
    }

    /// Whether a short row means something: workbooks do not write empty cells at the end.
    fn writes_every_cell(&self) -> bool {
        matches!(self, Body::Text(_))
    }
}

/// A table of a file.
#[derive(Debug, Clone)]
pub struct Table {
    /// Name of the file, sheet or entry it is.
    pub name: String,
    /// Names of the columns as they stand in the file: possibly blank, possibly twice.
    pub header: Vec<String>,
    /// Whose export it is.
    pub recognised: Option<Recognised>,
    /// Encoding by its WHATWG name in lower case, for texts.
    pub encoding: Option<String>,
    /// Separator, for delimited texts.
    pub delimiter: Option<char>,
    pub(super) body: Body,
    skip: usize,
    /// Row of the header as a spreadsheet counts it; none where columns were numbered.
    header_row: Option<u64>,
    warnings: Warnings,
    /// Rows seen while the header was looked for.
    pub(super) peeked: usize,
}

impl Table {
    /// Looks at the first rows and finds the header. None where there is no row at all.
    pub(super) fn of(name: &str, body: Body) -> Result<Option<Table>, FileError> {
        let mut rows = body.rows()?;
        let mut first = Vec::new();
        let mut bytes = 0;
        while first.len() < limits::PEEK_ROWS && bytes < limits::CELL_BYTES {
            let Some(row) = rows.next_row()? else { break };
            if !row.is_blank() {
                bytes += row.cells.iter().map(|cell| cell.len() + 24).sum::<usize>();
                first.push(row);
            }
        }
        let mut warnings = Warnings::default();
        let own = body.own_header();
        if first.is_empty() && own.is_none() {
            return Ok(None);
        }
        let mut header_row = None;
        let (header, skip) = match own {
            Some(names) => (names, 0),
            None => {
                let layout = header::find(&first);
                let row = first.get(layout.skip.saturating_sub(1)).map(|row| row.number);
                let above = first.first().map(|row| row.number);
                header_row = row.filter(|_| layout.kind != HeaderKind::Missing);
                warnings.add_many(Oddness::Preamble, layout.preamble as u64, above, None);
                match layout.kind {
                    HeaderKind::One => {}
                    HeaderKind::Two => warnings.add(Oddness::TwoHeaderRows, row, None),
                    HeaderKind::Guessed => warnings.add(Oddness::GuessedHeader, row, None),
                    HeaderKind::Missing => warnings.add(Oddness::NoHeader, None, None),
                }
                (layout.names, layout.skip)
            }
        };
        // A hostile file has as many columns as Excel can hold.
        let mut seen = HashSet::new();
        for (at, name) in header.iter().enumerate() {
            if name.trim().is_empty() {
                warnings.add(Oddness::BlankHeader, None, Some(&letters(at)));
            } else if !seen.insert(name.trim().to_ascii_lowercase()) {
                warnings.add(Oddness::DuplicateHeader, None, Some(name.trim()));
            }
        }
        let (encoding, delimiter) = match &body {
            Body::Text(text) => (Some(text.encoding()), Some(text.separator())),
            Body::Page(page) => (Some(page.encoding()), None),
            Body::Cards(cards) => (Some(cards.encoding()), None),
            Body::Calendar(calendar) => (Some(calendar.encoding()), None),
            Body::Xlsx(_) | Body::Ods(_) => (None, None),
        };
        Ok(Some(Table {
            name: name.to_owned(),
            recognised: preset::recognise(&header),
            header,
            encoding,
            delimiter,
            body,
            skip,
            header_row,
            warnings,
            peeked: first.len() - skip.min(first.len()),
        }))
    }

    /// The bytes of the calendar that it is, where it is one.
    pub(crate) fn calendar(&self) -> Option<&Source> {
        match &self.body {
            Body::Calendar(calendar) => Some(calendar.source()),
            Body::Text(_) | Body::Xlsx(_) | Body::Ods(_) | Body::Page(_) | Body::Cards(_) => None,
        }
    }

    /// Gives back what reading holds in memory between its rows; they can still be read, which takes it in again.
    pub fn let_go(&self) {
        self.body.let_go();
    }

    /// The records of the table from the first. Memory is bounded whatever the size of the file.
    pub fn rows(&self) -> Result<Rows, FileError> {
        let totals = self.recognised.as_ref().map_or(&[][..], |found| &found.preset.totals);
        let totals = totals
            .iter()
            .filter_map(|total| {
                let wanted = preset::plain(&total.column);
                let at = self.header.iter().position(|name| preset::plain(name) == wanted)?;
                Some((at, total.value.clone()))
            })
            .collect();
        Ok(Rows {
            raw: self.body.rows()?,
            skip: self.skip,
            header: self.header.iter().map(|name| name.trim().to_owned()).collect(),
            compares: self.skip > 0,
            every_cell: self.body.writes_every_cell(),
            totals,
            held: VecDeque::new(),
            last: 0,
            ended: false,
            cells: 0,
            warnings: self.warnings.clone(),
        })
    }

    /// Row of the header as a spreadsheet counts it, from 1; none where columns were numbered or have names of their own.
    pub fn header_row(&self) -> Option<u64> {
        self.header_row
    }

    /// The same table with another row as its header, for a person knows better. Rows above it are left out; 0 is a table
    /// without a header, whose first row is a record like the others.
    ///
    /// # Errors
    /// As for reading; `None` where the table has no such row, or names its columns by itself.
    pub fn with_header_row(&self, number: u64) -> Result<Option<Table>, FileError> {
        if self.body.own_header().is_some() {
            return Ok(None);
        }
        let mut rows = self.body.rows()?;
        let mut skip = 0;
        while let Some(row) = rows.next_row()? {
            if row.is_blank() {
                continue;
            }
            if number == 0 {
                return Ok(Some(Table {
                    recognised: None,
                    header: (1..=row.cells.len()).map(|number| format!("Column {number}")).collect(),
                    skip: 0,
                    header_row: None,
                    warnings: Warnings::default(),
                    ..self.clone()
                }));
            }
            skip += 1;
            if row.number == number {
                return Ok(Some(Table {
                    recognised: preset::recognise(&row.cells),
                    header: row.cells,
                    skip,
                    header_row: Some(number),
                    warnings: Warnings::default(),
                    ..self.clone()
                }));
            }
            if row.number > number {
                break;
            }
        }
        Ok(None)
    }

    /// Names of the columns that are never blank and never the same: what mappings refer to.
    pub fn column_names(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::with_capacity(self.header.len());
        let mut seen = std::collections::BTreeMap::<String, u32>::new();
        for (at, name) in self.header.iter().enumerate() {
            let base = match name.trim() {
                "" => format!("Column {}", letters(at)),
                name => name.to_owned(),
            };
            let mut unique = base.clone();
            loop {
                let count = seen.entry(unique.to_lowercase()).or_default();
                *count += 1;
                if *count == 1 {
                    break;
                }
                unique = format!("{base} ({count})");
            }
            names.push(unique);
        }
        names
    }
}

/// A column's letters in a spreadsheet: A, B, ..., Z, AA.
pub(crate) fn letters(column: usize) -> String {
    let mut rest = column + 1;
    let mut text = String::new();
    while rest > 0 {
        rest -= 1;
        text.insert(0, char::from(b'A' + (rest % 26) as u8));
        rest /= 26;
    }
    text
}

/// A record of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its row in the file as a spreadsheet would count it, from 1.
    pub number: u64,
    /// Its cells: at least as many as the header has names; more where the file has more.
    pub cells: Vec<String>,
}

/// The records of a table, one at a time.
pub struct Rows {
    raw: Box<dyn RawRows>,
    skip: usize,
    header: Vec<String>,
    compares: bool,
    every_cell: bool,
    totals: Vec<(usize, String)>,
    /// The newest rows wait here: only at the end of the file is it known which of them are totals and remarks.
    held: VecDeque<(RawRow, Gap)>,
    last: u64,
    ended: bool,
    cells: u64,
    warnings: Warnings,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gap {
    None,
    Blank,
}

/// Rows at the end that may be totals or remarks.
const TAIL: usize = 4;

impl Rows {
    /// The next record; none at the end.
    pub fn next_row(&mut self) -> Result<Option<Row>, FileError> {
        while !self.ended && self.held.len() <= TAIL {
            match self.raw.next_row()? {
                Some(row) => self.take(row)?,
                None => {
                    self.ended = true;
                    self.drop_tail();
                }
            }
        }
        Ok(self.held.pop_front().map(|(row, _)| self.shaped(row)))
    }

    /// What was odd about the table so far; complete after the last row.
    pub fn warnings(&self) -> Vec<Warning> {
        self.all_warnings().list()
    }

    pub(super) fn all_warnings(&self) -> Warnings {
        let mut warnings = self.warnings.clone();
        warnings.join(&self.raw.warnings());
        warnings
    }

    fn take(&mut self, row: RawRow) -> Result<(), FileError> {
        self.cells += row.cells.len() as u64;
        if self.cells > limits::CELLS {
            return Err(FileError::Outsize { row: row.number, limit: Outsize::Cells });
        }
        if row.is_blank() {
            return Ok(());
        }
        if self.skip > 0 {
            self.skip -= 1;
            self.last = row.number;
            return Ok(());
        }
        let gap = if row.number > self.last + 1 { Gap::Blank } else { Gap::None };
        self.last = row.number;
        let number = Some(row.number);
        if self.totals.iter().any(|(at, value)| row.cells.get(*at).is_some_and(|cell| cell.trim() == value)) {
            self.warnings.add(Oddness::TotalRow, number, first_cell(&row));
            return Ok(());
        }
        let again = self.compares
            && row.cells.len() >= self.header.len()
            && row.cells.iter().zip(&self.header).all(|(cell, name)| cell.trim() == name);
        if again && self.header.len() > 1 {
            self.warnings.add(Oddness::RepeatedHeader, number, None);
            return Ok(());
        }
        self.held.push_back((row, gap));
        Ok(())
    }

    /// Takes totals and remarks off the end.
    fn drop_tail(&mut self) {
        for _ in 0..TAIL {
            let Some((row, gap)) = self.held.back() else { return };
            let oddness = if is_total(row) {
                Oddness::TotalRow
            } else if self.header.len() >= 2 && is_remark(row, *gap) {
                Oddness::FooterRow
            } else {
                return;
            };
            self.warnings.add(oddness, Some(row.number), first_cell(row));
            self.held.pop_back();
        }
    }

    fn shaped(&mut self, row: RawRow) -> Row {
        let RawRow { number, mut cells } = row;
        let width = self.header.len();
        if cells.len() < width {
            if self.every_cell {
                self.warnings.add(Oddness::ShortRow, Some(number), None);
            }
            cells.resize(width, String::new());
        } else if cells.len() > width {
            let filled = cells.iter().rposition(|cell| !cell.trim().is_empty()).map_or(0, |last| last + 1);
            cells.truncate(filled.max(width));
            if cells.len() > width {
                self.warnings.add(Oddness::LongRow, Some(number), None);
            }
        }
        Row { number, cells }
    }
}

fn first_cell(row: &RawRow) -> Option<&str> {
    row.cells.iter().map(|cell| cell.trim()).find(|cell| !cell.is_empty())
}

/// "Total" and nothing but numbers beside it.
fn is_total(row: &RawRow) -> bool {
    const WORDS: &[&str] = &[
        "total",
        "totals",
        "grand total",
        "sum",
        "subtotal",
        "sub total",
        "sub-total",
        "summe",
        "gesamt",
        "gesamtsumme",
        "somme",
        "total general",
        "totale",
        "totaal",
        "razem",
        "suma",
        "summa",
    ];
    let mut filled = row.cells.iter().map(|cell| cell.trim()).filter(|cell| !cell.is_empty());
    let named = filled.next().is_some_and(|first| {
        WORDS.contains(&first.trim_end_matches([':', '.']).trim_end().to_lowercase().as_str())
    });
    let mut rest = filled.peekable();
    named && rest.peek().is_some() && rest.all(is_numeric)
}

fn is_numeric(cell: &str) -> bool {
    let digits = cell.chars().filter(char::is_ascii_digit).count();
    let letters = cell.chars().filter(|letter| letter.is_alphabetic()).count();
    digits > 0 && letters <= 3 && !cell.contains('@')
}

/// One cell alone that says of itself that it is a remark, or a sentence under a blank row. A name alone is a client.
fn is_remark(row: &RawRow, gap: Gap) -> bool {
    const STARTS: &[&str] = &[
        "generated",
        "exported",
        "report generated",
        "created by",
        "printed on",
        "total:",
        "©",
        "end of report",
    ];
    let filled = row.cells.iter().filter(|cell| !cell.trim().is_empty()).count();
    let first = row.cells.first().map(|cell| cell.trim().to_lowercase()).unwrap_or_default();
    let sentence = gap == Gap::Blank && first.split_whitespace().count() >= 5;
    filled == 1 && (sentence || STARTS.iter().any(|start| first.starts_with(start)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_letters_as_in_a_spreadsheet() {
        for (column, text) in [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA"), (16_383, "XFD")] {
            assert_eq!(letters(column), text);
        }
    }
}

//! Delimited text: CSV, TSV and their relatives, streamed row by row.

mod dialect;
mod record;

use record::{Rest, Step};

use super::encoding::{Charset, TextReader};
use super::failure::{FileError, Outsize};
use super::limits;
use super::raw::{RawRow, RawRows};
use super::source::Source;
use super::warning::{Oddness, Warnings};

/// A delimited text and how to read it.
#[derive(Debug, Clone)]
pub(super) struct Text {
    source: Source,
    charset: Charset,
    found: dialect::Found,
}

/// Text looked at to tell the separator.
const SAMPLE: usize = 256 * 1024;
/// Quotes that never close, in one file: past these the file's quotes mean nothing and guessing would join rows.
const OPEN_QUOTES: u32 = 16;
/// How far an open quote is followed.
const OPEN_BYTES: usize = limits::CELL_BYTES;

impl Text {
    pub(super) fn detect(source: Source, charset: Charset) -> Result<Text, FileError> {
        let mut reader = TextReader::open(&source, charset)?;
        let mut sample = String::new();
        let mut ended = false;
        while sample.len() < SAMPLE && !ended {
            ended = !reader.more(&mut sample)?;
        }
        if sample.trim().is_empty() && ended {
            return Err(FileError::Empty);
        }
        let found = dialect::detect(&sample, if ended { Rest::Nothing } else { Rest::Follows });
        Ok(Text { source, charset, found })
    }

    pub(super) fn encoding(&self) -> String {
        self.charset.name()
    }

    pub(super) fn separator(&self) -> char {
        char::from(self.found.dialect.separator)
    }

    pub(super) fn rows(&self) -> Result<TextRows, FileError> {
        Ok(TextRows {
            reader: TextReader::open(&self.source, self.charset)?,
            found: self.found,
            text: String::new(),
            at: 0,
            begun: false,
            ended: false,
            number: 0,
            open_quotes: 0,
            warnings: Warnings::default(),
        })
    }
}

/// The rows of a delimited text. Holds one piece of the file and no more.
pub(super) struct TextRows {
    reader: TextReader,
    found: dialect::Found,
    text: String,
    at: usize,
    begun: bool,
    ended: bool,
    number: u64,
    open_quotes: u32,
    warnings: Warnings,
}

impl TextRows {
    fn more(&mut self) -> Result<(), FileError> {
        if self.at > 0 {
            self.text.drain(..self.at);
            self.at = 0;
        }
        // Pieces grow with the row, so that a long row is looked at a few times and not thousands of times.
        let wanted = (self.text.len() * 2).max(1);
        while !self.ended && self.text.len() < wanted {
            self.ended = !self.reader.more(&mut self.text)?;
        }
        Ok(())
    }
}

impl RawRows for TextRows {
    fn next_row(&mut self) -> Result<Option<RawRow>, FileError> {
        let mut cells = Vec::new();
        loop {
            if !self.begun {
                self.more()?;
                self.begun = true;
                self.at = self.found.skip.min(self.text.len());
                self.number = u64::from(self.found.skip > 0);
            }
            let text = &self.text[self.at..];
            if text.is_empty() {
                if self.ended {
                    return Ok(None);
                }
                self.more()?;
                continue;
            }
            let rest = match (self.ended, text.len() > OPEN_BYTES) {
                (true, _) => Rest::Nothing,
                (false, true) => Rest::TooMuch,
                (false, false) => Rest::Follows,
            };
            match record::record(text, rest, self.found.dialect, &mut cells) {
                Step::More => self.more()?,
                Step::Row { used, open_quote } => {
                    self.number += 1;
                    let row = self.number;
                    // A row that runs to the end of a piece with more to come was cut by the limit.
                    if used > limits::ROW_BYTES || (rest == Rest::TooMuch && used == text.len()) {
                        return Err(FileError::Outsize { row, limit: Outsize::Row });
                    }
                    if cells.len() > limits::COLUMNS {
                        return Err(FileError::Outsize { row, limit: Outsize::Columns });
                    }
                    if cells.iter().any(|cell| cell.len() > limits::CELL_BYTES) {
                        return Err(FileError::Outsize { row, limit: Outsize::Cell });
                    }
                    if open_quote {
                        self.open_quotes += 1;
                        self.warnings.add(Oddness::OpenQuote, Some(row), None);
                        if self.open_quotes > OPEN_QUOTES {
                            return Err(FileError::Quotes { row });
                        }
                    }
                    self.at += used;
                    // Ctrl-Z ends the files of some old programs.
                    if self.ended && self.text[self.at..].is_empty() && cells == ["\u{1a}"] {
                        return Ok(None);
                    }
                    return Ok(Some(RawRow { number: row, cells }));
                }
            }
        }
    }

    fn warnings(&self) -> Warnings {
        let mut warnings = self.warnings.clone();
        warnings.join(&self.reader.warnings);
        warnings
    }
}

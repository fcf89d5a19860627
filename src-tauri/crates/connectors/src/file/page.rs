//! A web page saved as a spreadsheet: what many CRMs call "Export to Excel". Only its tables are read, by a tokenizer
//! that streams and knows nothing but cells, rows and entities; scripts and styles are stepped over, never run.

use super::encoding::{Charset, TextReader};
use super::failure::{FileError, Outsize};
use super::limits;
use super::raw::{RawRow, RawRows};
use super::source::Source;
use super::warning::Warnings;

/// A page.
#[derive(Debug, Clone)]
pub(super) struct Page {
    source: Source,
    charset: Charset,
}

impl Page {
    /// None where no row of a table stands in it.
    pub(super) fn open(source: &Source, charset: Charset) -> Result<Option<Page>, FileError> {
        let page = Page { source: source.clone(), charset };
        let first = page.rows()?.next_row()?;
        Ok(first.map(|_| page))
    }

    pub(super) fn encoding(&self) -> String {
        self.charset.name()
    }

    pub(super) fn rows(&self) -> Result<PageRows, FileError> {
        Ok(PageRows {
            reader: TextReader::open(&self.source, self.charset)?,
            text: String::new(),
            at: 0,
            ended: false,
            number: 0,
            row: None,
            cell: None,
            bytes: 0,
        })
    }
}

/// Rows of all tables of a page, one after the other.
pub(super) struct PageRows {
    reader: TextReader,
    text: String,
    at: usize,
    ended: bool,
    number: u64,
    row: Option<Vec<String>>,
    /// Text of the open cell, and how many columns it spans.
    cell: Option<(String, usize)>,
    /// Bytes of the open row.
    bytes: usize,
}

enum Token {
    Text(String),
    /// Lower-case name, whether it closes, the rest of the tag.
    Tag(String, bool, String),
    End,
}

impl PageRows {
    /// Makes sure that the rest of the text holds `mark`, or all there is.
    fn until(&mut self, mark: &str) -> Result<Option<usize>, FileError> {
        let mut from = self.at;
        loop {
            if let Some(found) = self.text.get(from..).and_then(|rest| rest.find(mark)) {
                return Ok(Some(from + found));
            }
            if self.ended {
                return Ok(None);
            }
            if self.text.len() - self.at > limits::CELL_BYTES {
                return Err(FileError::Outsize { row: self.number + 1, limit: Outsize::Cell });
            }
            self.text.drain(..self.at);
            from = self.text.len().saturating_sub(mark.len());
            while !self.text.is_char_boundary(from) {
                from -= 1;
            }
            self.at = 0;
            let wanted = self.text.len() * 2 + 1;
            while !self.ended && self.text.len() < wanted {
                self.ended = !self.reader.more(&mut self.text)?;
            }
        }
    }

    fn token(&mut self) -> Result<Token, FileError> {
        let next = self.until("<")?;
        let start = next.unwrap_or(self.text.len());
        if start > self.at {
            let text = self.text[self.at..start].to_owned();
            self.at = start;
            return Ok(Token::Text(text));
        }
        if next.is_none() {
            return Ok(Token::End);
        }
        let Some(end) = self.until(">")? else {
            self.at = self.text.len();
            return Ok(Token::End);
        };
        if self.text[self.at..].starts_with("<!--") {
            let end = self.until("-->")?.map_or(self.text.len(), |end| end + 3);
            self.at = end;
            return Ok(Token::Text(String::new()));
        }
        let tag = &self.text[self.at + 1..end];
        let closes = tag.starts_with('/');
        let tag = tag.trim_start_matches('/');
        let length =
            tag.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != ':').unwrap_or(tag.len());
        let token = Token::Tag(tag[..length].to_ascii_lowercase(), closes, tag[length..].to_owned());
        self.at = end + 1;
        Ok(token)
    }

    fn close_cell(&mut self) -> Result<(), FileError> {
        if let (Some((text, span)), Some(row)) = (self.cell.take(), &mut self.row) {
            let text: Vec<&str> = text.split('\n').map(str::trim).collect();
            let text = text.join("\n").trim().to_owned();
            self.bytes += text.len();
            if self.bytes > limits::ROW_BYTES {
                return Err(FileError::Outsize { row: self.number + 1, limit: Outsize::Row });
            }
            row.push(text);
            row.resize(row.len() + span.saturating_sub(1), String::new());
            if row.len() > limits::COLUMNS {
                return Err(FileError::Outsize { row: self.number + 1, limit: Outsize::Columns });
            }
        }
        Ok(())
    }

    fn close_row(&mut self) -> Result<Option<RawRow>, FileError> {
        self.close_cell()?;
        self.bytes = 0;
        Ok(self.row.take().filter(|cells| !cells.is_empty()).map(|cells| {
            self.number += 1;
            RawRow { number: self.number, cells }
        }))
    }
}

impl RawRows for PageRows {
    fn next_row(&mut self) -> Result<Option<RawRow>, FileError> {
        loop {
            match self.token()? {
                Token::Text(text) => {
                    if let Some((cell, _)) = &mut self.cell {
                        // Line ends of the page mean nothing; those that are shown come from tags.
                        let words: Vec<&str> = text.split_ascii_whitespace().collect();
                        let spaced =
                            |edge: Option<char>| edge.is_some_and(|letter| letter.is_ascii_whitespace());
                        if spaced(text.chars().next()) && !cell.ends_with(['\n', ' ']) {
                            cell.push(' ');
                        }
                        cell.push_str(&entities(&words.join(" ")));
                        if spaced(text.chars().last()) && !words.is_empty() {
                            cell.push(' ');
                        }
                        if cell.len() > limits::CELL_BYTES {
                            return Err(FileError::Outsize { row: self.number + 1, limit: Outsize::Cell });
                        }
                    }
                }
                Token::Tag(name, closes, rest) => match (name.as_str(), closes) {
                    ("script" | "style", false) => {
                        let end = if name == "script" { "</script" } else { "</style" };
                        self.at = self.until(end)?.unwrap_or(self.text.len());
                    }
                    ("tr", false) => {
                        let done = self.close_row()?;
                        self.row = Some(Vec::new());
                        if done.is_some() {
                            return Ok(done);
                        }
                    }
                    ("tr" | "table", true) => {
                        if let Some(row) = self.close_row()? {
                            return Ok(Some(row));
                        }
                    }
                    ("td" | "th", false) => {
                        self.close_cell()?;
                        self.row.get_or_insert_default();
                        self.cell = Some((String::new(), span(&rest)));
                    }
                    ("td" | "th", true) => self.close_cell()?,
                    ("br", _) | ("p" | "div" | "li", true) => {
                        if let Some((cell, _)) = &mut self.cell {
                            cell.push('\n');
                        }
                    }
                    _ => {}
                },
                Token::End => return self.close_row(),
            }
        }
    }

    fn warnings(&self) -> Warnings {
        self.reader.warnings.clone()
    }
}

fn span(attributes: &str) -> usize {
    let lower = attributes.to_ascii_lowercase();
    lower
        .split_once("colspan")
        .map(|(_, rest)| rest.trim_start_matches([' ', '=', '"', '\'']))
        .and_then(|rest| rest.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok())
        .unwrap_or(1)
        .clamp(1, 1000)
}

/// Entities that spreadsheets and CRMs write.
fn entities(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.bytes().take(12).position(|byte| byte == b';');
        let letter = end.and_then(|end| entity(&rest[1..end]));
        match (letter, end) {
            (Some(letter), Some(end)) => {
                out.push(letter);
                rest = &rest[end + 1..];
            }
            _ => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

fn entity(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code).filter(|letter| *letter != '\0');
    }
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        "pound" => '£',
        "euro" => '€',
        "eacute" => 'é',
        "egrave" => 'è',
        "euml" => 'ë',
        "aacute" => 'á',
        "auml" => 'ä',
        "ouml" => 'ö',
        "uuml" => 'ü',
        "szlig" => 'ß',
        "ccedil" => 'ç',
        "ntilde" => 'ñ',
        "rsquo" => '’',
        "lsquo" => '‘',
        "rdquo" => '”',
        "ldquo" => '“',
        "ndash" => '–',
        "mdash" => '—',
        "hellip" => '…',
        _ => return None,
    })
}

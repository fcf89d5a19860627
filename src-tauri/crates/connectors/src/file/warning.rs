//! What was odd about a file that could still be read: shown beside the rows, never in place of them.

use std::collections::BTreeMap;

use hub_core::message::Message;

/// A kind of oddness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Oddness {
    /// Rows with fewer cells than the header.
    ShortRow,
    /// Rows with more cells than the header.
    LongRow,
    /// Two columns of one name.
    DuplicateHeader,
    /// A column without a name.
    BlankHeader,
    /// No header row: columns were numbered.
    NoHeader,
    /// Nothing proves that the first row is a header.
    GuessedHeader,
    /// Rows above the header, left out.
    Preamble,
    /// Two header rows, joined.
    TwoHeaderRows,
    /// A header that comes again among the rows, left out.
    RepeatedHeader,
    /// A row of totals, left out.
    TotalRow,
    /// A remark below the rows, left out.
    FooterRow,
    /// NUL bytes, left out.
    Nul,
    /// Bytes of more than one encoding.
    MixedEncoding,
    /// Bytes that the encoding does not know, shown as U+FFFD.
    Undecodable,
    /// A quote that opens a cell and never closes: taken as a letter.
    OpenQuote,
    /// A hidden sheet, left out.
    HiddenSheet,
    /// A formula without a kept result: empty cell.
    FormulaWithoutValue,
    /// A cell that holds an error such as #N/A.
    ErrorCell,
    /// A date number the calendar does not have, kept as a number.
    ImpossibleDate,
    /// A locked file in an archive, left out.
    LockedEntry,
    /// A file in an archive that cannot be read, left out.
    UnreadableEntry,
    /// Files in an archive that are no tables.
    OtherEntries,
    /// A card or calendar entry that does not end or has no content.
    BrokenCard,
    /// Pictures in cards, left out.
    Photo,
}

impl Oddness {
    /// Every kind.
    pub const ALL: [Self; 24] = [
        Self::ShortRow,
        Self::LongRow,
        Self::DuplicateHeader,
        Self::BlankHeader,
        Self::NoHeader,
        Self::GuessedHeader,
        Self::Preamble,
        Self::TwoHeaderRows,
        Self::RepeatedHeader,
        Self::TotalRow,
        Self::FooterRow,
        Self::Nul,
        Self::MixedEncoding,
        Self::Undecodable,
        Self::OpenQuote,
        Self::HiddenSheet,
        Self::FormulaWithoutValue,
        Self::ErrorCell,
        Self::ImpossibleDate,
        Self::LockedEntry,
        Self::UnreadableEntry,
        Self::OtherEntries,
        Self::BrokenCard,
        Self::Photo,
    ];

    /// The last part of the message id, which machines read.
    pub fn code(self) -> &'static str {
        match self {
            Oddness::ShortRow => "short_rows",
            Oddness::LongRow => "long_rows",
            Oddness::DuplicateHeader => "duplicate_header",
            Oddness::BlankHeader => "blank_header",
            Oddness::NoHeader => "no_header",
            Oddness::GuessedHeader => "guessed_header",
            Oddness::Preamble => "preamble",
            Oddness::TwoHeaderRows => "two_header_rows",
            Oddness::RepeatedHeader => "repeated_header",
            Oddness::TotalRow => "total_row",
            Oddness::FooterRow => "footer_row",
            Oddness::Nul => "nul_bytes",
            Oddness::MixedEncoding => "mixed_encoding",
            Oddness::Undecodable => "undecodable",
            Oddness::OpenQuote => "open_quote",
            Oddness::HiddenSheet => "hidden_sheet",
            Oddness::FormulaWithoutValue => "formula_without_value",
            Oddness::ErrorCell => "error_cell",
            Oddness::ImpossibleDate => "impossible_date",
            Oddness::LockedEntry => "locked_entry",
            Oddness::UnreadableEntry => "unreadable_entry",
            Oddness::OtherEntries => "other_entries",
            Oddness::BrokenCard => "broken_entry",
            Oddness::Photo => "photo",
        }
    }
}

/// One kind of oddness in one file: how often, where first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// What.
    pub oddness: Oddness,
    /// How often.
    pub count: u64,
    /// The first row (from 1, as a spreadsheet counts), where there is one.
    pub row: Option<u64>,
    /// The first name concerned: a column, a sheet, a file.
    pub name: Option<String>,
}

impl Warning {
    /// Its sentence.
    pub fn message(&self) -> Message {
        let mut message =
            Message::new(format!("warning.file.{}", self.oddness.code())).with("count", self.count);
        if let Some(row) = self.row {
            message = message.with("row", row);
        }
        if let Some(name) = &self.name {
            message = message.with("name", name);
        }
        message
    }
}

/// Warnings gathered while reading: one entry a kind, so that a file of a million odd rows makes one line.
#[derive(Debug, Clone, Default)]
pub(super) struct Warnings(BTreeMap<Oddness, Warning>);

impl Warnings {
    /// Counts one more.
    pub(super) fn add(&mut self, oddness: Oddness, row: Option<u64>, name: Option<&str>) {
        self.add_many(oddness, 1, row, name);
    }

    pub(super) fn add_many(&mut self, oddness: Oddness, count: u64, row: Option<u64>, name: Option<&str>) {
        if count > 0 {
            let held = self.0.entry(oddness).or_insert_with(|| Warning {
                oddness,
                count: 0,
                row,
                // Names come from the file; a sentence needs no more of one.
                name: name.map(|name| name.chars().take(80).collect()),
            });
            held.count += count;
        }
    }

    pub(super) fn join(&mut self, other: &Warnings) {
        for warning in other.0.values() {
            self.add_many(warning.oddness, warning.count, warning.row, warning.name.as_deref());
        }
    }

    pub(super) fn list(&self) -> Vec<Warning> {
        self.0.values().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use hub_core::message::{Locale, render};

    use super::*;

    #[test]
    fn every_oddness_has_its_sentence() {
        for oddness in Oddness::ALL {
            for count in [1, 2] {
                let warning = Warning { oddness, count, row: Some(3), name: Some("Email".to_owned()) };
                let text = render(Locale::EnGb, &warning.message());
                assert!(text.contains(' ') && !text.contains("{{"), "{oddness:?}: {text}");
            }
        }
    }
}

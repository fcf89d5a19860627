//! Rows as they stand in a file, before anything is known of headers.

use super::failure::FileError;
use super::warning::Warnings;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RawRow {
    /// Its number as a spreadsheet would count it, from 1.
    pub(super) number: u64,
    /// Its cells, the empty ones at the end possibly left out.
    pub(super) cells: Vec<String>,
}

impl RawRow {
    /// Whether nothing but blanks stands in it.
    pub(super) fn is_blank(&self) -> bool {
        self.cells.iter().all(|cell| cell.trim().is_empty())
    }
}

/// A stream of rows.
pub(super) trait RawRows: Send {
    /// The next row; none at the end.
    fn next_row(&mut self) -> Result<Option<RawRow>, FileError>;
    /// What was odd so far.
    fn warnings(&self) -> Warnings;
}

//! Fix files: rows with problems, written for a spreadsheet and read back.
//!
//! The first column says which record a row is, so that anything else in it may be changed; the last one says what is
//! wrong. A cell that a spreadsheet would take for a formula stands behind an apostrophe and loses exactly that one when
//! it is read back: what was there before is there again, also where it began with an apostrophe itself.

use hub_core::ports::{StoreResult, StoredRaw};

use super::stored::StoredRow;

/// Head of the first column; the stream stands behind it.
const KEY: &str = "WedSync row";
/// Head of the last column.
const WHY: &str = "What to fix";

/// A row with problems.
#[derive(Debug, Clone)]
pub struct ProblemRow {
    /// Its stream.
    pub stream: String,
    /// Its raw record.
    pub raw: StoredRaw,
    /// What is wrong with it, in words.
    pub problems: Vec<String>,
}

/// A fix file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FixFile {
    /// Stream of its rows.
    pub stream: String,
    /// Its rows.
    pub rows: u64,
    /// Delimited text, UTF-8.
    pub text: String,
}

/// Writes rows with problems, one file a stream, each with the columns of its own files.
///
/// # Errors
/// When a stored row cannot be read.
pub fn problem_files(rows: &[ProblemRow]) -> StoreResult<Vec<FixFile>> {
    let mut streams: Vec<&str> = rows.iter().map(|row| row.stream.as_str()).collect();
    streams.sort_unstable();
    streams.dedup();
    let mut files = Vec::with_capacity(streams.len());
    for stream in streams {
        let mut read = Vec::new();
        let mut columns: Vec<String> = Vec::new();
        for row in rows.iter().filter(|row| row.stream == stream) {
            let stored = StoredRow::parse(&row.raw.raw)?;
            for name in stored.cells.keys() {
                if !columns.contains(name) {
                    columns.push(name.clone());
                }
            }
            read.push((row, stored));
        }
        // Excel takes a file for UTF-8 only where it says so.
        let mut text = String::from("\u{feff}");
        let head = std::iter::once(format!("{KEY} ({stream})"))
            .chain(columns.iter().map(|name| disarmed(name)))
            .chain([WHY.to_owned()]);
        line(&mut text, head);
        for (row, stored) in &read {
            let cells = columns.iter().map(|name| disarmed(stored.cell(name).unwrap_or_default()));
            let why = disarmed(&row.problems.join("; "));
            line(&mut text, std::iter::once(row.raw.id.clone()).chain(cells).chain([why]));
        }
        files.push(FixFile { stream: stream.to_owned(), rows: read.len() as u64, text });
    }
    Ok(files)
}

fn line(text: &mut String, cells: impl Iterator<Item = String>) {
    for (at, cell) in cells.enumerate() {
        if at > 0 {
            text.push(',');
        }
        text.push('"');
        text.push_str(&cell.replace('"', "\"\""));
        text.push('"');
    }
    text.push_str("\r\n");
}

/// Whether a spreadsheet would take it for a formula, or it looks as if it had been disarmed already.
fn is_armed(cell: &str) -> bool {
    cell.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// Behind an apostrophe where it has to be.
fn disarmed(cell: &str) -> String {
    if is_armed(cell) { format!("'{cell}") } else { cell.to_owned() }
}

/// As it was before [`disarmed`].
fn rearmed(cell: String) -> String {
    match cell.strip_prefix('\'') {
        Some(rest) if is_armed(rest) => rest.to_owned(),
        Some(_) | None => cell,
    }
}

/// A table that is a fix file: where its columns stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fix {
    /// Stream of its rows.
    pub(super) stream: String,
    key: usize,
    why: Option<usize>,
}

impl Fix {
    /// Whether a header is a fix file's.
    pub(super) fn of(header: &[String]) -> Option<Fix> {
        let key = header.iter().position(|name| name.trim().starts_with(KEY))?;
        let rest = header.get(key)?.trim().strip_prefix(KEY)?.trim();
        let stream = rest.strip_prefix('(')?.strip_suffix(')')?.to_owned();
        let why = header.iter().position(|name| name.trim() == WHY);
        Some(Fix { stream, key, why })
    }

    /// Whether a column is ours and not the supplier's.
    pub(super) fn is_ours(&self, at: usize) -> bool {
        at == self.key || Some(at) == self.why
    }

    /// The record that a row says it is.
    pub(super) fn record<'a>(&self, cells: &'a [String]) -> Option<&'a str> {
        cells.get(self.key).map(|cell| cell.trim())
    }

    /// Cells as they were before they were written for a spreadsheet; our own are blank.
    pub(super) fn restored(&self, cells: Vec<String>) -> Vec<String> {
        let restore = |(at, cell)| if self.is_ours(at) { String::new() } else { rearmed(cell) };
        cells.into_iter().enumerate().map(restore).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disarmed_cell_is_restored_exactly() {
        for cell in
            ["+44 7700 900318", "=1+1", "-", "@home", "'=x", "''@", "'quoted'", "plain", "", "'", "\t+"]
        {
            let written = disarmed(cell);
            assert!(!written.starts_with(['=', '+', '-', '@', '\t']), "{written:?}");
            assert_eq!(rearmed(written), cell, "{cell:?}");
        }
    }

    #[test]
    fn a_fix_file_says_which_record_a_row_is() {
        let raw = StoredRaw {
            id: "0123456789abcdef01234567".to_owned(),
            raw: r#"{"cells":{"Name":"Ann \"Liz\" Lee","Phone":"+44 x"},"at":{"table":"a.csv","row":3,"seen":""}}"#
                .to_owned(),
            content_hash: String::new(),
            parents: [None, None],
        };
        let row = ProblemRow { stream: "rows".to_owned(), raw, problems: vec!["No number".to_owned()] };
        let files = problem_files(&[row]).expect("written");
        assert_eq!(
            files[0].text,
            "\u{feff}\"WedSync row (rows)\",\"Name\",\"Phone\",\"What to fix\"\r\n\
             \"0123456789abcdef01234567\",\"Ann \"\"Liz\"\" Lee\",\"'+44 x\",\"No number\"\r\n"
        );
        let header = ["WedSync row (rows)", "Name", "Phone", "What to fix"].map(str::to_owned);
        let fix = Fix::of(&header).expect("it is one");
        assert_eq!(fix.stream, "rows");
        let cells = ["0123", "Ann", "'+44 x", "No number"].map(str::to_owned).to_vec();
        assert_eq!(fix.record(&cells), Some("0123"));
        assert_eq!(fix.restored(cells), ["", "Ann", "+44 x", ""]);
        assert_eq!(Fix::of(&["Name".to_owned()]), None);
    }
}

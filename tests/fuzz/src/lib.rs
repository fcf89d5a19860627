//! What the fuzz targets share: a file of the given bytes, read as the app reads it, and what must hold of every answer.
//!
//! A finding is a panic, an overflow, more memory or time than the limits of the run, or a broken promise below.

mod calendar;
mod list;
mod pasted;
mod site;

use std::io::{Cursor, Write as _};
use std::path::PathBuf;
use std::sync::LazyLock;

use hub_connectors::file::{self, Table};
use zip::write::{SimpleFileOptions, ZipWriter};

pub use calendar::calendar;
pub use list::list;
pub use pasted::pasted;
pub use site::site;

/// Rows of a table that are read; what a longer one does, its first rows do.
const ROWS: usize = 2_000;

static PATH: LazyLock<PathBuf> = LazyLock::new(|| {
    let memory = PathBuf::from("/dev/shm");
    let directory = if memory.is_dir() { memory } else { std::env::temp_dir() };
    directory.join(format!("hub-fuzz-{}", std::process::id()))
});

/// Opens the bytes as a file and reads every table of it.
pub fn read_as_file(bytes: &[u8]) {
    std::fs::write(&*PATH, bytes).expect("the file of a fuzz run can be written");
    match file::open(&PATH) {
        Ok(opened) => {
            assert!(!opened.tables.is_empty(), "an opened file has a table");
            assert!(opened.main_table() < opened.tables.len(), "the main table is one of them");
            for warning in opened.warnings() {
                let _ = warning.message();
            }
            opened.tables.iter().for_each(read_table);
        }
        Err(error) => {
            let _ = error.message();
        }
    }
}

fn read_table(table: &Table) {
    let names = table.column_names();
    assert_eq!(names.len(), table.header.len(), "a name for each column");
    let mut folded: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
    folded.sort();
    folded.dedup();
    assert_eq!(folded.len(), names.len(), "no two columns share a name");
    assert!(names.iter().all(|name| !name.trim().is_empty()), "no column is nameless");
    let Ok(mut rows) = table.rows() else { return };
    let mut last = 0;
    for _ in 0..ROWS {
        match rows.next_row() {
            Ok(Some(row)) => {
                assert!(row.number > last, "rows come in order");
                assert!(row.cells.len() >= names.len(), "every column has a cell");
                assert!(row.cells.iter().any(|cell| !cell.trim().is_empty()), "a record holds something");
                last = row.number;
            }
            Ok(None) => break,
            Err(error) => {
                let _ = error.message();
                break;
            }
        }
    }
    for warning in rows.warnings() {
        let _ = warning.message();
    }
}

/// A package with right sums around the given entries, so that what they hold is reached.
pub fn package(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, bytes) in entries {
        writer.start_file(*name, stored).expect("the entry can be started");
        writer.write_all(bytes).expect("the entry can be written");
    }
    writer.finish().expect("the package can be finished").into_inner()
}

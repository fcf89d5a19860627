//! Reading a large export: 100,000 rows of 30 cells as CSV and as XLSX, each in a process of its own.

use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use hub_connectors::file::open;
use hub_sandbox::exports::{Cell, workbook};
use serde_json::{Value as Json, json};

/// Cells of a row.
const COLUMNS: usize = 30;

fn header() -> Vec<String> {
    let mut names: Vec<String> =
        ["First Name", "Last Name", "Email", "Phone", "Wedding date", "Venue", "Price", "Notes"]
            .map(str::to_owned)
            .to_vec();
    names.extend((names.len()..COLUMNS).map(|number| format!("Question {number}")));
    names
}

fn cell(row: usize, column: usize) -> Cell {
    match column {
        0 => Cell::Text(["Emma", "Zoë", "Renée", "Oliver", "Jack"][row % 5].to_owned()),
        1 => Cell::Text(["Clarke", "Okafor", "O’Brien", "van der Meer"][row % 4].to_owned()),
        2 => Cell::Text(format!("client.{row}@example.com")),
        3 => Cell::Text(format!("07700 9{:05}", row % 100_000)),
        4 => Cell::Text(format!("{:02}/{:02}/2026", row % 28 + 1, row % 12 + 1)),
        6 => Cell::Number(((row * 37) % 9000) as f64 + 0.5),
        7 => Cell::Text(format!("Note {row}, with a comma and a \"quote\"")),
        // Every second further column differs in every row; the others repeat, as answers to choices do.
        other if other % 2 == 0 => Cell::Text(format!("Answer {} of {row}", other)),
        other => Cell::Text(format!("Choice {}", (row + other) % 7)),
    }
}

/// Writes both files for so many rows.
pub(crate) fn write(directory: &Path, rows: usize) {
    let mut csv = std::io::BufWriter::new(std::fs::File::create(directory.join("book.csv")).expect("a file"));
    writeln!(csv, "{}", header().join(",")).expect("written");
    for row in 0..rows {
        let cells: Vec<String> = (0..COLUMNS)
            .map(|column| match cell(row, column) {
                Cell::Number(number) => number.to_string(),
                Cell::Text(text) if text.contains([',', '"']) => format!("\"{}\"", text.replace('"', "\"\"")),
                Cell::Text(text) => text,
                Cell::Day(_) | Cell::Blank => String::new(),
            })
            .collect();
        writeln!(csv, "{}", cells.join(",")).expect("written");
    }
    csv.flush().expect("written");
    let head = std::iter::once(header().into_iter().map(Cell::Text).collect());
    let body = (0..rows).map(|row| (0..COLUMNS).map(|column| cell(row, column)).collect());
    let bytes = workbook("Clients", head.chain(body)).expect("a workbook");
    std::fs::write(directory.join("book.xlsx"), bytes).expect("written");
}

/// Reads a file to its end.
pub(crate) fn run(file: &str) -> Json {
    let start = Instant::now();
    let opened = open(Path::new(file)).expect("readable");
    let opening = start.elapsed().as_secs_f64();
    let (mut rows, mut cells, mut bytes) = (0_u64, 0_u64, 0_u64);
    for table in &opened.tables {
        let mut reading = table.rows().expect("readable");
        while let Some(row) = reading.next_row().expect("readable") {
            rows += 1;
            cells += row.cells.len() as u64;
            bytes += row.cells.iter().map(|cell| cell.len() as u64).sum::<u64>();
        }
    }
    json!({
        "wall_seconds": start.elapsed().as_secs_f64(),
        "opening": opening,
        "rows": rows,
        "cells": cells,
        "text_bytes": bytes,
        "file_bytes": std::fs::metadata(file).map(|held| held.len()).unwrap_or(0),
    })
}

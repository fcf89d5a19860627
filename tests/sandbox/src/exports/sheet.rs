//! Writing tables: delimited text, the plainest XLSX there is, and ZIP.

use std::io::{Cursor, Write as _};

use jiff::civil::{Date, date};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Why a package could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The package.
    #[error("the package cannot be written")]
    Zip(#[from] zip::result::ZipError),
    /// Its bytes.
    #[error("the bytes cannot be written")]
    Io(#[from] std::io::Error),
}

/// A cell of a workbook.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Text.
    Text(String),
    /// A number.
    Number(f64),
    /// A day, formatted as one.
    Day(Date),
    /// Nothing.
    Blank,
}

/// A delimited text with quotes where they are needed.
pub(super) fn delimited(separator: char, line_end: &str, rows: &[Vec<String>]) -> Vec<u8> {
    let mut text = String::new();
    for row in rows {
        for (at, cell) in row.iter().enumerate() {
            if at > 0 {
                text.push(separator);
            }
            if cell.contains([separator, '"', '\n', '\r']) {
                text.push('"');
                text.push_str(&cell.replace('"', "\"\""));
                text.push('"');
            } else {
                text.push_str(cell);
            }
        }
        text.push_str(line_end);
    }
    text.into_bytes()
}

/// A ZIP of files, each with its name.
///
/// # Errors
/// Where the package cannot be written.
pub fn archive(files: &[(String, Vec<u8>)]) -> Result<Vec<u8>, WriteError> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(
            name.as_str(),
            SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated),
        )?;
        zip.write_all(bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}

/// An XLSX of one sheet, rows made one at a time; texts shared, as Excel writes them.
///
/// # Errors
/// Where the package cannot be written.
pub fn workbook(sheet: &str, rows: impl Iterator<Item = Vec<Cell>>) -> Result<Vec<u8>, WriteError> {
    const MAIN: &str = "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"";
    const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    const PACKAGE: &str = "xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"";
    let options = || SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("[Content_Types].xml", options())?;
    write!(
        zip,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Override PartName=\"/xl/workbook.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/><Override PartName=\"/xl/worksheets/sheet1.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml\"/><Override PartName=\"/xl/styles.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml\"/><Override PartName=\"/xl/sharedStrings.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml\"/></Types>"
    )?;
    zip.start_file("_rels/.rels", options())?;
    write!(
        zip,
        "<Relationships {PACKAGE}><Relationship Id=\"rId1\" Type=\"{RELATIONS}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
    )?;
    zip.start_file("xl/_rels/workbook.xml.rels", options())?;
    write!(zip, "<Relationships {PACKAGE}>")?;
    for (id, kind, target) in [
        (1, "worksheet", "worksheets/sheet1.xml"),
        (2, "styles", "styles.xml"),
        (3, "sharedStrings", "sharedStrings.xml"),
    ] {
        write!(zip, "<Relationship Id=\"rId{id}\" Type=\"{RELATIONS}/{kind}\" Target=\"{target}\"/>")?;
    }
    write!(zip, "</Relationships>")?;
    zip.start_file("xl/workbook.xml", options())?;
    write!(
        zip,
        "<workbook {MAIN} xmlns:r=\"{RELATIONS}\"><sheets><sheet name=\"{}\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>",
        escape(sheet)
    )?;
    zip.start_file("xl/styles.xml", options())?;
    write!(
        zip,
        "<styleSheet {MAIN}><cellXfs count=\"2\"><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/></cellXfs></styleSheet>"
    )?;
    zip.start_file("xl/worksheets/sheet1.xml", options())?;
    write!(zip, "<worksheet {MAIN}><sheetData>")?;
    let mut shared = Vec::new();
    let mut numbers = std::collections::HashMap::new();
    for (at, row) in rows.enumerate() {
        write!(zip, "<row r=\"{}\">", at + 1)?;
        for (column, cell) in row.into_iter().enumerate() {
            let place = format!("{}{}", letters(column), at + 1);
            match cell {
                Cell::Blank => {}
                Cell::Number(number) => write!(zip, "<c r=\"{place}\"><v>{number}</v></c>")?,
                Cell::Day(day) => {
                    // Excel's day 1 is 1 January 1900, and it counts a 29 February that never was.
                    let number = (day - date(1899, 12, 30)).get_days();
                    write!(zip, "<c r=\"{place}\" s=\"1\"><v>{number}</v></c>")?;
                }
                Cell::Text(text) => {
                    let next = shared.len();
                    let number = *numbers.entry(text.clone()).or_insert_with(|| {
                        shared.push(text);
                        next
                    });
                    write!(zip, "<c r=\"{place}\" t=\"s\"><v>{number}</v></c>")?;
                }
            }
        }
        write!(zip, "</row>")?;
    }
    write!(zip, "</sheetData></worksheet>")?;
    zip.start_file("xl/sharedStrings.xml", options())?;
    write!(zip, "<sst {MAIN}>")?;
    for text in shared {
        write!(zip, "<si><t xml:space=\"preserve\">{}</t></si>", escape(&text))?;
    }
    write!(zip, "</sst>")?;
    Ok(zip.finish()?.into_inner())
}

fn letters(column: usize) -> String {
    let (high, low) = (column / 26, column % 26);
    let letter = |number: usize| char::from(b'A' + (number % 26) as u8);
    if high == 0 { letter(low).to_string() } else { format!("{}{}", letter(high - 1), letter(low)) }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

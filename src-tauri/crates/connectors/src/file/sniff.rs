//! What a file is, by its bytes. Its name is never asked: exports come as `.xls` that are web pages and `.csv` that are
//! tab-separated.

use super::failure::{FileError, Foreign};

/// Bytes that are looked at.
pub(super) const HEAD: usize = 64 * 1024;

/// Kinds told by their first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Binary {
    Zip,
    /// Nothing known: a text, or nothing at all.
    Unmarked,
}

/// Kinds of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    Cards,
    Calendar,
    Page,
    Delimited,
}

/// Looks at the first bytes.
pub(super) fn binary(head: &[u8]) -> Result<Binary, FileError> {
    if head.is_empty() {
        return Err(FileError::Empty);
    }
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        return Ok(Binary::Zip);
    }
    // Spanned archives begin with a mark of their own and are not whole.
    if head.starts_with(b"PK\x07\x08") {
        return Err(FileError::ZipDamaged(None));
    }
    const MARKS: &[(&[u8], Foreign)] = &[
        (b"\x89PNG", Foreign::Picture),
        (b"\xFF\xD8\xFF", Foreign::Picture),
        (b"GIF8", Foreign::Picture),
        (b"BM\x00", Foreign::Picture),
        (b"II*\x00", Foreign::Picture),
        (b"MM\x00*", Foreign::Picture),
        (b"{\\rtf", Foreign::Document),
        (b"\x1F\x8B", Foreign::Archive),
        (b"Rar!", Foreign::Archive),
        (b"7z\xBC\xAF", Foreign::Archive),
        (b"BZh", Foreign::Archive),
        (b"\xFD7zXZ", Foreign::Archive),
        (b"SQLite format 3", Foreign::Database),
        (b"\x00\x01\x00\x00Standard", Foreign::Database),
        (b"\x7FELF", Foreign::Binary),
        (b"MZ\x90", Foreign::Binary),
    ];
    if let Some((_, foreign)) = MARKS.iter().find(|(mark, _)| head.starts_with(mark)) {
        return Err(FileError::Foreign(*foreign));
    }
    if head.starts_with(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1") {
        return Err(compound(head));
    }
    if head.get(4..8) == Some(b"ftyp") || (head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP")) {
        return Err(FileError::Foreign(Foreign::Picture));
    }
    // A PDF may begin within the first thousand bytes.
    if head[..head.len().min(1024)].windows(5).any(|window| window == b"%PDF-") {
        return Err(FileError::Foreign(Foreign::Pdf));
    }
    Ok(Binary::Unmarked)
}

/// A compound file (MS-CFB): old Office, or a new one with a password.
fn compound(head: &[u8]) -> FileError {
    let holds = |name: &str| {
        let wide: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        head.windows(wide.len()).any(|window| window == wide)
    };
    if holds("EncryptedPackage") || holds("EncryptionInfo") {
        FileError::Password
    } else if holds("WordDocument") || holds("PowerPoint") || holds("__properties_version") {
        FileError::Foreign(Foreign::Document)
    } else {
        FileError::Foreign(Foreign::OldExcel)
    }
}

/// Looks at the first letters of a text.
pub(super) fn written(start: &str) -> Result<Written, FileError> {
    let text = start.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    let lower: String = text.chars().take(2000).collect::<String>().to_ascii_lowercase();
    let begins = |any: &[&str]| any.iter().any(|mark| lower.starts_with(mark));
    if begins(&["begin:vcard"]) {
        return Ok(Written::Cards);
    }
    if begins(&["begin:vcalendar"]) {
        return Ok(Written::Calendar);
    }
    if begins(&["<?xml"])
        && (lower.contains("urn:schemas-microsoft-com:office:spreadsheet") || lower.contains("excel.sheet"))
    {
        return Err(FileError::Foreign(Foreign::ExcelXml));
    }
    let page = ["<!doctype html", "<html", "<table", "<meta", "<head", "<body", "<style"];
    if begins(&page) || (begins(&["<?xml", "<!--"]) && lower.contains("<html")) {
        return Ok(Written::Page);
    }
    if begins(&["<?xml", "<!doctype", "<plist"]) {
        return Err(FileError::Foreign(Foreign::Xml));
    }
    if is_json(text) {
        return Err(FileError::Foreign(Foreign::Json));
    }
    let mail = ["received:", "return-path:", "delivered-to:", "mime-version:", "message-id:"];
    if begins(&mail) {
        return Err(FileError::Foreign(Foreign::Mail));
    }
    Ok(Written::Delimited)
}

fn is_json(text: &str) -> bool {
    let mut marks = text.chars().filter(|letter| !letter.is_whitespace());
    match (marks.next(), marks.next()) {
        (Some('{'), Some('"' | '}')) => true,
        (Some('['), Some('{' | '[' | '"' | ']')) => !text.lines().next().unwrap_or_default().contains("],"),
        _ => false,
    }
}

//! A ZIP of tables: every file in it that is one, in folders or not. What a CRM's export holds beside its tables
//! (contracts, pictures) is counted and left where it is.

use super::failure::FileError;
use super::limits;
use super::package::{Closed, Packed};
use super::warning::{Oddness, Warnings};
use super::{Format, Opened, open_source};

/// Whether a file lies in an archive itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    Loose,
    Packed,
}

/// Endings of files that may hold a table. Inside of an archive the name is asked first, because looking into every
/// contract and picture would unpack all of them.
const ENDINGS: &[&str] =
    &["csv", "tsv", "tab", "txt", "xlsx", "xlsm", "xls", "ods", "vcf", "vcard", "ics", "ical", "html", "htm"];

pub(super) fn open(parts: &[Packed]) -> Result<Opened, FileError> {
    let mut warnings = Warnings::default();
    let mut tables = Vec::new();
    let mut first_failure = None;
    for part in parts.iter().filter(|part| !is_of_the_system(&part.name)) {
        let name = part.name.as_str();
        let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
        if !ENDINGS.contains(&ending.as_str()) {
            warnings.add(Oddness::OtherEntries, None, Some(name));
            continue;
        }
        let opened = match &part.source {
            Ok(source) if part.claimed > limits::ENTRY_BYTES => {
                let _ = source;
                Err(FileError::ZipBomb)
            }
            Ok(source) => open_source(source, name, Packing::Packed),
            Err(Closed::Locked) => Err(FileError::Password),
            Err(Closed::Method(method)) => Err(FileError::ZipMethod(method.clone())),
            Err(Closed::Damaged) => Err(FileError::ZipDamaged(None)),
        };
        match opened {
            Ok(opened) => {
                let several = opened.tables.len() > 1;
                warnings.join(&opened.warnings);
                for mut table in opened.tables {
                    table.name = if several { format!("{name}: {}", table.name) } else { name.to_owned() };
                    tables.push(table);
                }
                if tables.len() > limits::TABLES {
                    return Err(FileError::ZipBomb);
                }
            }
            // What would harm the computer, or hide half of a book, is no matter of one entry.
            Err(error @ (FileError::ZipBomb | FileError::ZipDamaged(_))) => return Err(error),
            Err(error) => {
                let oddness = match error {
                    FileError::Password => Oddness::LockedEntry,
                    FileError::Foreign(_) => Oddness::OtherEntries,
                    _ => Oddness::UnreadableEntry,
                };
                warnings.add(oddness, None, Some(name));
                first_failure.get_or_insert(error);
            }
        }
    }
    if tables.is_empty() {
        return Err(match first_failure {
            Some(error @ (FileError::Password | FileError::ZipMethod(_))) => error,
            _ => FileError::ZipNoTable,
        });
    }
    Ok(Opened { format: Format::Zip, tables, warnings })
}

/// Files that systems put beside a person's own: resource forks, thumbnails, settings.
fn is_of_the_system(name: &str) -> bool {
    name.split('/').any(|part| part == "__MACOSX" || part.starts_with("._"))
        || matches!(name.rsplit('/').next(), Some(".DS_Store" | "Thumbs.db" | "desktop.ini"))
}

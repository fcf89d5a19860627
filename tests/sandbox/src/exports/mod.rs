//! The seeded book as the CRMs would export it: the vendors' own columns, their shapes and their gaps.
//!
//! Columns are those that real exports were seen with and no others, so an export says less than the API: no ids,
//! partners only where the vendor writes them, money only where a report has it. The same clients come out whichever
//! vendor is asked, so that an import by file can be held to the generator's own list.

mod sheet;
mod told;
mod vendors;

use crate::book::Book;

pub use sheet::{Cell, WriteError, archive, workbook};
pub(crate) use told::answer;
pub use told::{Told, booking, fault, full_name, meant, told};

/// Whose export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vendor {
    /// Reports: booked projects, leads, payments.
    HoneyBook,
    /// Clients, projects, invoices, transactions.
    Dubsado,
    /// The client list, and the ZIP of jobs with a folder each.
    StudioNinja,
    /// One wide list of contacts.
    SeventeenHats,
    /// The list of jobs with all columns.
    Tave,
    /// What a supplier without a CRM keeps.
    Spreadsheet,
}

impl Vendor {
    /// Every vendor.
    pub const ALL: [Self; 6] = [
        Self::HoneyBook,
        Self::Dubsado,
        Self::StudioNinja,
        Self::SeventeenHats,
        Self::Tave,
        Self::Spreadsheet,
    ];

    /// A short name, for folders and for stories in other languages.
    pub fn key(self) -> &'static str {
        match self {
            Self::HoneyBook => "honeybook",
            Self::Dubsado => "dubsado",
            Self::StudioNinja => "studio_ninja",
            Self::SeventeenHats => "seventeen",
            Self::Tave => "tave",
            Self::Spreadsheet => "spreadsheet",
        }
    }
}

/// A file as a vendor hands it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportFile {
    /// Its name.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Records in each of its tables, in the order of the file: header, totals and remarks not counted.
    pub records: Vec<usize>,
}

/// The files of a vendor for this book; the same book gives the same bytes.
///
/// # Errors
/// Only where a package cannot be written in memory.
pub fn export(book: &Book, vendor: Vendor) -> Result<Vec<ExportFile>, WriteError> {
    let parties: Vec<_> = (0..book.spec().clients).map(|home| book.party(home)).collect();
    vendors::write(book.spec(), &parties, vendor)
}

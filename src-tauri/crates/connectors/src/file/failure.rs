//! Why a file is not read: a closed list, each with the sentence a supplier sees and one thing to do.

use hub_core::message::Message;

use super::limits;

/// What a file turned out to be that is no table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Foreign {
    /// PDF.
    Pdf,
    /// Picture or video.
    Picture,
    /// JSON.
    Json,
    /// Apple Numbers.
    Numbers,
    /// Excel's binary formats: XLS of before 2007, and XLSB.
    OldExcel,
    /// Excel's XML of 2003.
    ExcelXml,
    /// A text document: Word, RTF, OpenDocument text, Pages.
    Document,
    /// A packed file other than ZIP.
    Archive,
    /// A database file.
    Database,
    /// An e-mail.
    Mail,
    /// A web page without a table.
    WebPage,
    /// XML of another kind.
    Xml,
    /// Bytes that are no text.
    Binary,
}

/// Why a file is not read.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It is not there, may not be opened, or the disk failed.
    #[error("the file cannot be read")]
    Io(#[source] std::io::Error),
    /// A directory, a device, a pipe.
    #[error("not a file")]
    NotAFile,
    /// Nothing in it.
    #[error("the file is empty")]
    Empty,
    /// Text, but no row in it.
    #[error("no rows")]
    NoRows,
    /// Something else than a table.
    #[error("not a table but {0:?}")]
    Foreign(Foreign),
    /// Past a size limit.
    #[error("larger than {megabytes} MB")]
    TooLarge {
        /// The limit.
        megabytes: u64,
    },
    /// Locked by a password.
    #[error("password-protected")]
    Password,
    /// A ZIP or workbook that is not whole.
    #[error("the archive is damaged")]
    ZipDamaged(#[source] Option<Box<dyn std::error::Error + Send + Sync>>),
    /// A ZIP that would write outside of its folder.
    #[error("an entry of the archive leaves its folder")]
    ZipSlip,
    /// A ZIP that unpacks to far more than it should.
    #[error("the archive unpacks to far more than it should")]
    ZipBomb,
    /// A ZIP with a packing method nobody uses for tables.
    #[error("packing method {0} is not known")]
    ZipMethod(String),
    /// A ZIP without a table.
    #[error("no table in the archive")]
    ZipNoTable,
    /// A workbook part that cannot be understood.
    #[error("the workbook is damaged in {part}")]
    Workbook {
        /// Its name in the package.
        part: String,
        /// What the XML reader said.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// A workbook with more shared text than is held.
    #[error("more shared text than is held")]
    TooMuchText,
    /// A row, cell or table past its limit.
    #[error("row {row} is past a limit: {limit:?}")]
    Outsize {
        /// Row in the file, from 1.
        row: u64,
        /// Which.
        limit: Outsize,
    },
    /// Quotes that open and never close, over and over.
    #[error("quotes do not match from row {row}")]
    Quotes {
        /// Row in the file, from 1.
        row: u64,
    },
}

/// Which limit a row is past.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outsize {
    /// Bytes of a cell.
    Cell,
    /// Bytes of a row.
    Row,
    /// Columns of a row.
    Columns,
    /// Cells of the table.
    Cells,
}

impl From<std::io::Error> for FileError {
    fn from(error: std::io::Error) -> FileError {
        // A reader of an entry passes its own refusal through `io::Error`.
        match error.downcast::<FileError>() {
            Ok(own) => own,
            Err(error) => FileError::Io(error),
        }
    }
}

impl From<FileError> for std::io::Error {
    fn from(error: FileError) -> std::io::Error {
        std::io::Error::other(error)
    }
}

impl FileError {
    /// A limit in bytes, said in megabytes.
    pub(super) fn too_large(bytes: u64) -> FileError {
        FileError::TooLarge { megabytes: bytes >> 20 }
    }

    /// The id of its sentence.
    pub fn message_id(&self) -> &'static str {
        match self {
            FileError::Io(error) if error.kind() == std::io::ErrorKind::NotFound => "error.file.not_found",
            FileError::Io(_) => "error.file.unreadable",
            FileError::NotAFile => "error.file.not_a_file",
            FileError::Empty => "error.file.empty",
            FileError::NoRows => "error.file.no_rows",
            FileError::Foreign(foreign) => foreign.message_id(),
            FileError::TooLarge { .. } => "error.file.too_large",
            FileError::Password => "error.file.password_protected",
            FileError::ZipDamaged(_) => "error.file.damaged_archive",
            FileError::ZipSlip => "error.file.zip_slip",
            FileError::ZipBomb => "error.file.zip_bomb",
            FileError::ZipMethod(_) => "error.file.zip_method",
            FileError::ZipNoTable => "error.file.no_table_in_archive",
            FileError::Workbook { .. } => "error.file.damaged_workbook",
            FileError::TooMuchText => "error.file.too_much_text",
            FileError::Outsize { limit, .. } => match limit {
                Outsize::Cell => "error.file.cell_too_large",
                Outsize::Row => "error.file.row_too_large",
                Outsize::Columns => "error.file.too_many_columns",
                Outsize::Cells => "error.file.too_many_cells",
            },
            FileError::Quotes { .. } => "error.file.quotes",
        }
    }

    /// The parameters of its sentence.
    pub fn params(&self) -> Vec<(&'static str, String)> {
        match self {
            FileError::TooLarge { megabytes } => vec![("megabytes", megabytes.to_string())],
            FileError::TooMuchText => vec![("megabytes", (limits::SHARED_BYTES >> 20).to_string())],
            FileError::Outsize { row, .. } | FileError::Quotes { row } => vec![("row", row.to_string())],
            _ => Vec::new(),
        }
    }

    /// The sentence a supplier sees.
    pub fn message(&self) -> Message {
        self.params()
            .into_iter()
            .fold(Message::new(self.message_id()), |message, (name, value)| message.with(name, value))
    }
}

impl Foreign {
    fn message_id(self) -> &'static str {
        match self {
            Foreign::Pdf => "error.file.pdf",
            Foreign::Picture => "error.file.picture",
            Foreign::Json => "error.file.json",
            Foreign::Numbers => "error.file.numbers",
            Foreign::OldExcel => "error.file.old_excel",
            Foreign::ExcelXml => "error.file.excel_xml",
            Foreign::Document => "error.file.document",
            Foreign::Archive => "error.file.archive",
            Foreign::Database => "error.file.database",
            Foreign::Mail => "error.file.mail",
            Foreign::WebPage => "error.file.web_page",
            Foreign::Xml => "error.file.xml",
            Foreign::Binary => "error.file.binary",
        }
    }
}

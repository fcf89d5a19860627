//! How much of an outside file is ever taken in. Every number is far above any honest client book and far below what
//! would make this computer suffer; a file past one of them is refused with a sentence, never cut short in silence.

/// Largest text file (CSV, vCard, iCalendar, HTML) that is read, in bytes. It is streamed, so this bounds time only.
pub(super) const TEXT_BYTES: u64 = 2 << 30;
/// Largest ZIP, XLSX or ODS file, in bytes as it lies on disk.
pub(super) const PACKAGE_BYTES: u64 = 512 << 20;
/// Entries of a ZIP.
pub(super) const ENTRIES: usize = 20_000;
/// Bytes of a ZIP's central directory, which is held in memory while the file is opened.
pub(super) const DIRECTORY_BYTES: u64 = 16 << 20;
/// Unpacked bytes of one entry.
pub(super) const ENTRY_BYTES: u64 = 1 << 30;
/// Unpacked bytes for each packed one, once an entry is past `RATIO_FREE_BYTES`; text of a client book packs 5 to 30
/// times, deflate can reach 1,032.
pub(super) const RATIO: u64 = 200;
/// Unpacked bytes up to which no ratio is asked for.
pub(super) const RATIO_FREE_BYTES: u64 = 8 << 20;
/// Unpacked bytes of a workbook inside a ZIP, which has to be held in memory to be opened.
pub(super) const NESTED_BYTES: u64 = 32 << 20;
/// Tables of one file.
pub(super) const TABLES: usize = 500;
/// Bytes of one cell.
pub(super) const CELL_BYTES: usize = 4 << 20;
/// Bytes of one row as it stands in a text file.
pub(super) const ROW_BYTES: usize = 16 << 20;
/// Columns of a row: what Excel can hold.
pub(super) const COLUMNS: usize = 16_384;
/// Cells of a table counted with the empty ones between, so that a few cells far to the right cost no hours.
pub(super) const CELLS: u64 = 300_000_000;
/// Bytes of a workbook's shared texts, which are held in memory packed.
pub(super) const SHARED_BYTES: usize = 64 << 20;
/// Shared texts of a workbook.
pub(super) const SHARED_COUNT: usize = 8 << 20;
/// Cell formats of a workbook.
pub(super) const FORMATS: usize = 65_536;
/// How deep XML may nest.
pub(super) const DEPTH: usize = 64;
/// Bytes of one XML element's text or tag.
pub(super) const XML_BYTES: usize = 8 << 20;
/// Bytes of one card or calendar entry, photographs not counted.
pub(super) const CARD_BYTES: usize = 4 << 20;
/// Rows looked at to find the header.
pub(super) const PEEK_ROWS: usize = 64;

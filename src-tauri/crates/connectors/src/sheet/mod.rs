//! Importing from files: the tables of `file` behind the port that the engine reads CRMs through.
//!
//! A connection by file keeps a [`Reading`]: which columns of which tables mean what. It is made from a preset's lines or,
//! for a plain spreadsheet, from names and values of the columns, and only ever grows: a newer file with a renamed column
//! adds its spelling. Each table is a stream, each row a raw record with its cells as received, its place in the file and
//! the ids that were decided for it: of the row, of the job it belongs to, and of every person in it.
//!
//! Those ids are what makes a newer file an update (`settle`). A row is known again by its key (e-mail, else name, with
//! project and date), compared with what its cells said last and never with its id; then rows that are left over by one
//! changed key part, where only one fits. An id never changes. A row that a newer file lacks is left alone (SYNC-LAW 3).
//!
//! Deliberately absent: reading bytes (`file`), what a field's text means (mapping and parsing), who is a client
//! (`hub_core::party`), any storage.

mod columns;
mod connector;
mod document;
mod facts;
mod fileset;
mod fix;
mod keys;
mod known;
mod leftover;
mod look;
mod people;
mod plan;
mod reading;
mod rules;
mod settle;
mod stored;
mod which;

pub(crate) use columns::{is_money, is_place_and_field, place_and_field, suggested_uses};
pub use connector::{FileConnector, FileConnectorParts};
pub use fileset::{FileSet, PickedFile, TableChoice, Where};
pub use fix::{FixFile, ProblemRow, problem_files};
pub use look::{
    LookColumn, LookFile, LookMissing, LookQuestion, LookTable, Looked, SPREADSHEET, look, provider_name,
};
pub use reading::{ColumnUse, Place, Reading, TableReading};
pub use rules::mapping as suggested_rules;
pub use which::Answer;

pub(crate) use document::{JOBS, PERSONS, assemble_rows};
pub(crate) use facts::{Facts, facts};
pub(crate) use keys::Role;
pub(crate) use rules::{mapping, own_fields, target_of};
pub(crate) use stored::{Place as RowPlace, StoredRow, Told, ToldEvent};

//! The commands: one table of async functions over a narrow host, with typed requests and responses.
//!
//! Every interface (window, `hub`, `hub serve`) speaks to the rest of the program through [`dispatch`] and nothing else, so
//! that roles, costs, the shape of requests and the containment of panics are checked in one place. Deliberately absent:
//! any decision about records (the engine's), any output, any path of a file, and knowledge of which interface is asking.
//!
//! ## Importing from files
//!
//! An interface holds files under opaque ids: the window's picker and drops, an upload of `hub serve`, `file.hand` of the
//! command line. Then:
//!
//! 1. `file.look` {file_ids, choices?, connection_id?} says what they are, table by table, what is missing from the set,
//!    what has to be decided and which connections they may belong to. What a person chooses (another table, header row
//!    or preset) goes into `choices` of the next `file.look` and of whatever follows; nothing is kept in between.
//! 2. `connection.create_from_file` {file_ids, choices?, name?, decisions?} makes a connection of the route `file`; or one
//!    of `known` is used. `connection.answer`, `connection.set_scope`, `preview.run`, `mapping.*` and `fields.*` are those of
//!    every connection.
//! 3. `import.start` {connection_id, file_ids?, choices?} reads the files. Their rows are durable as they are read, so only
//!    a reading that was cut off asks for the files again (`error.file.again`).
//! 4. `review.*`, `push.start` and `undo.start` know no difference. A row of the review says which key part changed
//!    (`summary.changed`) and where it stands (`summary.rows`); a problem names table, row and column in its parameters.
//!    `review.problem_files` gives the rows that need a person as text to be saved, fixed and given to `file.look` again.

mod commands;
mod cost;
pub mod dto;
mod error;
mod host;
mod row;
pub mod schema;
mod secret_text;
mod table;
mod wire;

pub use commands::connections::{NewConnection, connect, reconnect};
pub use commands::definitions::apply_switches;
pub use cost::CostLog;
pub use error::ApiError;
pub use host::{
    ChangeWaiting, CrmSignIn, Crms, DefinitionsKnown, Described, Door, FeedAsked, FeedProbed, Files,
    FilesAsked, HeldBy, Host, HubEvent, Looked, Network, Pasting, PlaceAsked, PlaceSealed, Places, Probed,
    Profile, ProfileKind, RelayAsked, RelayLooked, RowToFix, SignIn, SourceAsked, SourceId, SourceKey,
    SourceTried, WriteAsked,
};
pub use row::{Command, CommandRow, Cost, Least, Offered, Tag};
pub use secret_text::{PastedText, SecretText};
pub use table::{TABLE, call, command, dispatch};
pub use wire::{Code, Retry, WireError, WireMessage};

//! The commands: one table of async functions over a narrow host, with typed requests and responses.
//!
//! Every interface (window, `hub`, `hub serve`) speaks to the rest of the program through [`dispatch`] and nothing else, so
//! that roles, costs, the shape of requests and the containment of panics are checked in one place. Deliberately absent:
//! any decision about records (the engine's), any output, any path of a file, and knowledge of which interface is asking.

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

pub use cost::CostLog;
pub use error::ApiError;
pub use host::{Crms, Door, Host, HubEvent, Network, Probed, Profile, ProfileKind, SignIn};
pub use row::{Command, CommandRow, Cost, Least, Offered, Tag};
pub use secret_text::SecretText;
pub use table::{TABLE, call, command, dispatch};
pub use wire::{Code, Retry, WireError, WireMessage};

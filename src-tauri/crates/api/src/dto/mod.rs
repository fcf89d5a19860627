//! Requests and responses as the wire carries them. Requests refuse unknown fields; responses mirror core types, so that
//! these can change without changing the wire. Frozen: names here are read by the user interface and by guests of
//! another build with the same protocol version.

mod account;
mod bridge;
mod connection;
mod connection_page;
mod connector;
mod crm_sign_in;
mod decision;
mod definition;
mod field;
mod file;
mod home;
mod hook;
mod job;
mod keeping;
mod mapping;
mod names;
mod provider;
mod records;
mod review;
mod settle;

pub use account::*;
pub use bridge::*;
pub use connection::*;
pub use connection_page::*;
pub use connector::*;
pub use crm_sign_in::*;
pub use decision::*;
pub use definition::*;
pub use field::*;
pub use file::*;
pub use home::*;
pub use hook::*;
pub use job::*;
pub use keeping::*;
pub use mapping::*;
pub use names::*;
pub use provider::*;
pub use records::*;
pub use review::*;
pub use settle::*;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A request without parameters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// A response that says only that it was done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Done {}

//! Reading a CRM as its definition says: lists by the page, the account behind a key, the preview.

mod caller;
pub(crate) mod changes;
mod connector;
mod custom_fields;
mod failure;
pub(crate) mod paging;
pub(crate) mod pick;
mod preview;
mod probe;
mod records;
mod rehearse;

pub(crate) use caller::Caller;
pub use connector::{ConnectorParts, DefinedConnector};
pub(crate) use rehearse::assembled;

//! Reading a CRM as its definition says: lists by the page, the account behind a key, the preview.

mod connector;
mod failure;
mod paging;
mod pick;
mod preview;
mod probe;

pub use connector::{ConnectorParts, DefinedConnector};

//! Reading a CRM as its definition says: lists by the page, the account behind a key, the preview.

mod changes;
mod connector;
mod custom_fields;
mod failure;
mod paging;
mod pick;
mod preview;
mod probe;
mod records;

pub use connector::{ConnectorParts, DefinedConnector};

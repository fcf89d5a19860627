//! The CRM side: definitions and the interpreters that run them.
//!
//! A CRM's export, or any spreadsheet, is read by `file` and imported by `sheet`.
//!
//! A CRM is data (`definitions/*.toml`), read by a small interpreter; nothing in the Rust code knows one CRM from
//! another. Writing stands apart from reading (`write`), and so do the Inbox of Light Blue and catch hooks (`hook`). Deliberately
//! absent: retries, checkpoints and storage, which are the engine's, and any write that nobody asked for.

mod assemble;
pub mod bundle;
pub mod definition;
pub mod feed;
pub mod file;
pub mod hook;
pub mod http;
pub mod messages;
pub mod oauth;
mod read;
mod rest;
pub mod sheet;
mod web;
mod write;

pub use definition::{Definition, DefinitionFault, embedded, embedded_keys};
pub use http::{
    Credential, OnWait, PageAsked, PageDrawn, PageViews, Pause, Reach, Session, SessionCookie, SessionFault,
    Signing, TokioPause, Unwaited, ViewFault, origin_of,
};
pub use read::{ConnectorParts, DefinedConnector};
pub use rest::{
    ApartBy, Ask, CalendarConnector, Candidate, Choices, Chosen, Compared, Found, FoundField, KeptWrite,
    KnownFields, LARGEST_PASTE, ListConnector, Note, OpenedBy, PASTED_MESSAGES, Pasted, PastedError,
    PastedKind, PastedWrite, Proof, Recognised, RelayConnector, RelayLook, RelayParts, Seen, SentRequest,
    SignedBy, SignedIn, SignedInAsk, WRITE_MESSAGES, kept_writes, look_at_events, look_signed_in,
    pasted_text, read_pasted, read_pasted_write, recognise, steps_of_write, without_write,
};
#[doc(hidden)]
pub use rest::{Rehearsed, rehearse};
#[doc(hidden)]
pub use web::{RehearsedPage, rehearse_page};
pub use write::DefinedWriter;

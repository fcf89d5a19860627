//! A source of one's own: one list of a REST API, or on the pages of a site, each record of which is a client with their wedding.
//!
//! `recognise` finds out by a capped test read where the list is, how it goes on and ends, and what its fields are, and
//! writes that down as an ordinary definition; `connector` reads by such a definition. A record is looked at as a row: its
//! leaves are the cells, and what a cell means is decided by the same rules as for a spreadsheet (`sheet`). `pasted` fills in what
//! a test read needs from a curl command, a recording of a browser, an OpenAPI document or an answer. What hangs on those clients
//! may stand in lists beside the first (`beside`, `hanging`). A list may be read once for each record of another (`calendars`), and
//! its records be appointments without a client (`appointments`). Deliberately absent: people and jobs in several lists (`read`),
//! writing, and any conclusion that a record is gone.

mod appointments;
mod asking;
mod beside;
mod calendars;
mod connector;
mod flat;
mod hanging;
mod link;
mod nested;
mod newest;
mod paged;
mod pages;
mod pasted;
mod recognise;
mod rehearse;
mod relay;
mod reply;
mod rows;
mod signed_in;
mod site;
mod token;

pub use calendars::CalendarConnector;
pub use connector::ListConnector;
pub use pasted::{
    Candidate, Compared, KeptWrite, KnownFields, LARGEST_PASTE, Note, PASTED_MESSAGES, Pasted, PastedError,
    PastedKind, PastedWrite, Seen, SignedBy, WRITE_MESSAGES, kept_writes, pasted_text, read_pasted,
    read_pasted_write, steps_of_write, without_write,
};
pub use recognise::{
    Ask, Choices, Chosen, Found, FoundField, OpenedBy, Proof, Recognised, SentRequest, recognise,
};
pub(crate) use rehearse::{listed, listed_appointments};
pub use relay::{ApartBy, RelayConnector, RelayLook, RelayParts, look_at_events};
pub use reply::{Rehearsed, rehearse};
pub use signed_in::{SignedIn, SignedInAsk, look_signed_in};

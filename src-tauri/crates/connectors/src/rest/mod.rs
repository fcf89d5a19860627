//! A source of one's own: one list of a REST API, or on the pages of a site, each record of which is a client with their wedding.
//!
//! `recognise` finds out by a capped test read where the list is, how it goes on and ends, and what its fields are, and
//! writes that down as an ordinary definition; `connector` reads by such a definition. A record is looked at as a row: its
//! leaves are the cells, and what a cell means is decided by the same rules as for a spreadsheet (`sheet`).
//! Deliberately absent: several lists that are joined (`read`), writing, and any conclusion that a record is gone.

mod connector;
mod flat;
mod link;
mod nested;
mod paged;
mod pages;
mod recognise;
mod rows;
mod signed_in;

pub use connector::ListConnector;
pub use recognise::{Ask, Found, FoundField, Proof, Recognised, SentRequest, recognise};
pub use signed_in::{SignedIn, SignedInAsk, look_signed_in};

//! Calendars as a source of appointments: iCalendar (RFC 5545) by its address, and in files.
//!
//! `book` reads the bytes, `moment` and `zone` say when something is, `series` works out what repeats, `record` makes one
//! record of each appointment, and `connector` reads them by an address. Every byte is an outsider's: sizes, counts and
//! spans are bounded, and what is left out is counted. Deliberately absent: attendees, who are nobody's clients by being
//! asked, alarms, tasks, and writing.

mod book;
mod connector;
mod moment;
mod record;
mod series;
mod text;
mod zone;

pub use book::FeedFault;
pub use connector::{FeedConnector, FeedParts, feed_address};
pub use record::{Left, Read, STREAM, Window, read};

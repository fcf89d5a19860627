//! Calendars as a source of appointments: iCalendar (RFC 5545) by its address, and in files.
//!
//! `book` reads the bytes, `moment` and `zone` say when something is, `series` works out what repeats, `record` makes one
//! record of each appointment, `connector` reads them by an address and `file` out of a file, and `document` is what both
//! hand over. Every byte is an outsider's: sizes, counts and spans are bounded, and what is left out is counted.
//! Deliberately absent: attendees, who are nobody's clients by being asked, alarms, tasks, and writing.

mod book;
mod connector;
mod document;
mod file;
mod moment;
mod record;
mod series;
mod text;
mod zone;

pub use book::FeedFault;
pub use connector::{FeedConnector, FeedParts, feed_address, left_out};
pub use file::{
    Among, CALENDAR_FILE, CalendarFault, CalendarFileConnector, CalendarFileParts, CalendarKept,
    CalendarLook, among, calendar_rules, look_at,
};
pub use record::{Broken, BrokenPart, Left, Read, STREAM, Window, read};

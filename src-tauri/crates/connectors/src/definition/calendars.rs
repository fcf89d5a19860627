//! Lists of which another list has one for each of its records, such as the events of each calendar, and what an appointment
//! without a client is in such a record.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::list::{ListPages, Only};

/// Another list, for each of whose records the main list is read once: calendars, each with its events. The path of the main
/// list is followed by the id of such a record and by `after`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EachOf {
    /// Path below the base URL.
    pub path: String,
    /// Fixed parameters.
    #[serde(default)]
    pub params: BTreeMap<String, String>,
    /// Path of the records in a reply.
    pub records: String,
    /// Path of the id in a record.
    pub id: String,
    /// How the next page is asked for.
    pub pages: ListPages,
    /// The rest of the main list's path, after the id.
    pub after: String,
    /// Which of them are read: those of which any of these holds; all where there is none.
    #[serde(default)]
    pub any: Vec<Only>,
    /// Ends of the ids of those that are never read.
    #[serde(default)]
    pub never: Vec<String>,
    /// Most of them that are read; with more the reading is refused.
    pub most: u32,
    /// Key in each record of the main list under which its holder is kept.
    pub name: String,
    /// What of the holder is kept there, plain values at its top.
    pub told: Vec<String>,
    /// Parameter of the main list that takes the present instant in a request that only looks, so that a look shows what
    /// is to come.
    pub look_from: Option<String>,
}

/// What an appointment without a client is in a record of the main list.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppointmentsRead {
    /// Fields of an event (`name`, `status`, `location_name`, `description`) to the path of their text.
    pub fields: BTreeMap<String, String>,
    /// When it begins.
    pub start: Moment,
    /// When it ends.
    pub end: Moment,
    /// What the day is on which something of whole days ends.
    pub last_day: LastDay,
    /// Paths of the IANA time zone on whose clocks it takes place; the first that names one counts, else the account's.
    pub zone: Vec<String>,
    /// Paths that together say the same in all copies of one appointment and in no other: of several copies one comes in.
    #[serde(default)]
    pub same: Vec<String>,
    /// What marks the copy of whoever it belongs to.
    pub own: Option<Only>,
    /// Where it stands that the person does not take part, so that it is off for them.
    pub declined: Option<Declined>,
    /// Which are some of many, and how far ahead such are read.
    pub repeated: Option<Repeated>,
}

/// A day, or an instant.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Moment {
    /// Path of the day, `YYYY-MM-DD`, of what takes whole days.
    pub day: String,
    /// Path of the instant (RFC 3339), of everything else.
    pub at: String,
}

/// What the day is on which something of whole days ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LastDay {
    /// The last one.
    Itself,
    /// The one after the last.
    DayAfter,
}

/// What a person answered: in the entry of a list that is about them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declined {
    /// Path of the list.
    pub list: String,
    /// What marks their entry.
    pub who: Only,
    /// What stands there when they do not take part.
    pub says: Only,
}

/// Appointments that a rule makes again and again, perhaps without an end.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repeated {
    /// Path that such a one has.
    pub path: String,
    /// Days from today up to which they are read.
    pub days_ahead: u32,
}

//! iCalendar (RFC 5545) as a table: one row an event, with the same columns for every file.
//!
//! Repeated events stay one row with their rule as text; nothing is worked out here, because which repetitions matter
//! is the import's to say. Times stay as written, beside the zone they are in.

use super::cards::day;
use super::encoding::Charset;
use super::failure::{FileError, Outsize};
use super::limits;
use super::lines::{Line, Lines, parts, plain};
use super::raw::{RawRow, RawRows};
use super::source::Source;
use super::warning::{Oddness, Warnings};

const COLUMNS: &[&str] = &[
    "UID",
    "Summary",
    "Start",
    "End",
    "Duration",
    "All Day",
    "Time Zone",
    "Location",
    "Description",
    "Status",
    "Organizer",
    "Attendees",
    "Recurrence",
    "Recurrence ID",
    "Exceptions",
    "Categories",
    "URL",
    "Created",
    "Last Modified",
];

/// A calendar file.
#[derive(Debug, Clone)]
pub(super) struct Calendar {
    source: Source,
    charset: Charset,
}

impl Calendar {
    pub(super) fn new(source: &Source, charset: Charset) -> Calendar {
        Calendar { source: source.clone(), charset }
    }

    pub(super) fn source(&self) -> &Source {
        &self.source
    }

    pub(super) fn encoding(&self) -> String {
        self.charset.name()
    }

    pub(super) fn header() -> Vec<String> {
        COLUMNS.iter().map(|name| (*name).to_owned()).collect()
    }

    pub(super) fn rows(&self) -> Result<EventRows, FileError> {
        let lines = Lines::open(&self.source, self.charset)?;
        Ok(EventRows { lines, number: 0, cancels: false, warnings: Warnings::default() })
    }
}

/// Events of a calendar, one at a time.
pub(super) struct EventRows {
    lines: Lines,
    number: u64,
    /// The whole file is a message that cancels.
    cancels: bool,
    warnings: Warnings,
}

impl RawRows for EventRows {
    fn next_row(&mut self) -> Result<Option<RawRow>, FileError> {
        loop {
            let Some(line) = self.lines.next()? else { return Ok(None) };
            if line.name == "METHOD" {
                self.cancels = line.value.trim().eq_ignore_ascii_case("CANCEL");
            }
            if line.name != "BEGIN" || !line.value.trim().eq_ignore_ascii_case("VEVENT") {
                continue;
            }
            self.number += 1;
            let (mut held, mut bytes, mut depth) = (Vec::new(), 0, 1);
            while depth > 0 {
                let Some(line) = self.lines.next()? else { break };
                match line.name.as_str() {
                    "BEGIN" => depth += 1,
                    "END" => depth -= 1,
                    // An alarm inside of the event has a description of its own.
                    _ if depth > 1 => {}
                    _ => {
                        bytes += line.value.len() + 64;
                        if bytes > limits::CARD_BYTES {
                            return Err(FileError::Outsize { row: self.number, limit: Outsize::Row });
                        }
                        held.push(line);
                    }
                }
            }
            if depth > 0 || held.is_empty() {
                self.warnings.add(Oddness::BrokenCard, Some(self.number), None);
            }
            if !held.is_empty() {
                return Ok(Some(RawRow { number: self.number, cells: cells(&held, self.cancels) }));
            }
        }
    }

    fn warnings(&self) -> Warnings {
        let mut warnings = self.warnings.clone();
        warnings.join(&self.lines.warnings());
        warnings
    }
}

fn cells(lines: &[Line], cancels: bool) -> Vec<String> {
    let all = |name: &str| lines.iter().filter(|line| line.name == name).collect::<Vec<_>>();
    let first = |name: &str| lines.iter().find(|line| line.name == name);
    let text = |name: &str| first(name).map(|line| plain(&line.value)).unwrap_or_default();
    let moment = |name: &str| first(name).map(|line| moment(&line.value)).unwrap_or_default();
    let joined = |names: Vec<String>| names.join(", ");
    let start = first("DTSTART");
    let all_day = start.is_some_and(|line| !line.value.contains('T'));
    let zone = start
        .map(|line| match line.parameter("TZID") {
            Some(zone) => zone.trim_start_matches('/').to_owned(),
            None if line.value.trim().ends_with('Z') => "UTC".to_owned(),
            None => String::new(),
        })
        .unwrap_or_default();
    let status = match text("STATUS") {
        status if status.is_empty() && cancels => "CANCELLED".to_owned(),
        status => status,
    };
    COLUMNS
        .iter()
        .map(|column| match *column {
            "Start" => moment("DTSTART"),
            // The end of whole days is the day after the last (RFC 5545); people and WedSync name the last one.
            "End" if all_day => last_day(&moment("DTEND"), &moment("DTSTART")),
            "End" => moment("DTEND"),
            "All Day" if start.is_some() => if all_day { "TRUE" } else { "FALSE" }.to_owned(),
            "All Day" => String::new(),
            "Time Zone" => zone.clone(),
            "Status" => status.clone(),
            "Organizer" => joined(all("ORGANIZER").into_iter().map(somebody).collect()),
            "Attendees" => joined(all("ATTENDEE").into_iter().map(somebody).collect()),
            "Recurrence" => {
                let rules = ["RRULE", "RDATE"].iter().flat_map(|name| all(name));
                rules.map(|line| line.value.clone()).collect::<Vec<_>>().join("\n")
            }
            "Recurrence ID" => moment("RECURRENCE-ID"),
            "Exceptions" => {
                let days = all("EXDATE").into_iter().flat_map(|line| line.value.split(','));
                joined(days.map(self::moment).collect())
            }
            "Categories" => {
                joined(all("CATEGORIES").iter().flat_map(|line| parts(&line.value, ',')).collect())
            }
            "Created" => moment("CREATED"),
            "Last Modified" => moment("LAST-MODIFIED"),
            other => text(&other.to_uppercase()),
        })
        .collect()
}

/// "Jo Lee <jo@example.com>".
fn somebody(line: &Line) -> String {
    let address = plain(&line.value);
    let address = match address.get(..7) {
        Some(scheme) if scheme.eq_ignore_ascii_case("mailto:") => address[7..].to_owned(),
        _ => address,
    };
    match line.parameter("CN") {
        Some(name) if !name.is_empty() && name != address => format!("{name} <{address}>"),
        _ => address,
    }
}

/// The day before an end that is not part of the event; an end that is no later than its start is left as it is.
fn last_day(end: &str, start: &str) -> String {
    let days = (end.parse::<jiff::civil::Date>(), start.parse::<jiff::civil::Date>());
    match days {
        (Ok(end), Ok(start)) if end > start => {
            end.yesterday().map_or_else(|_| end.to_string(), |day| day.to_string())
        }
        _ => end.to_owned(),
    }
}

/// `20260620T143000Z` as `2026-06-20T14:30:00Z`; anything else as it is.
fn moment(value: &str) -> String {
    let value = value.trim();
    let (date, time) = value.split_once('T').map_or((value, None), |(date, time)| (date, Some(time)));
    let date_text = day(date);
    let Some(time) = time else { return date_text };
    let (clock, zone) = time.strip_suffix('Z').map_or((time, ""), |clock| (clock, "Z"));
    let digits = clock.len() == 6 && clock.bytes().all(|byte| byte.is_ascii_digit());
    if digits && date_text.len() == 10 {
        format!("{date_text}T{}:{}:{}{zone}", &clock[..2], &clock[2..4], &clock[4..])
    } else {
        value.to_owned()
    }
}

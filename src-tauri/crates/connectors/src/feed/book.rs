//! The entries of a calendar as they are written, taken apart and not yet understood.

use std::collections::BTreeMap;

use crate::file::{FileError, Line, Lines, Source, detect};

/// Entries of one calendar. A studio's diary of ten years has some thousands.
const MOST_ENTRIES: usize = 50_000;
/// Zones that a calendar describes itself.
const MOST_ZONES: usize = 500;
/// Lines of one entry; exceptions of a series stand in lines of their own.
const MOST_LINES: usize = 5_000;
/// How deep components nest; four is what the standard knows.
const DEEPEST: usize = 8;

/// Why bytes are no calendar.
#[derive(Debug, thiserror::Error)]
pub enum FeedFault {
    /// There is something else: a page, an error, nothing.
    #[error("this is no calendar")]
    NotACalendar,
    /// It ends in the middle.
    #[error("the calendar ends in the middle")]
    CutShort,
    /// More than any diary holds.
    #[error("the calendar has more than {0} of something")]
    TooMany(usize),
    /// The bytes cannot be read as text.
    #[error("the calendar cannot be read")]
    Unreadable(#[source] Box<FileError>),
}

impl From<FileError> for FeedFault {
    fn from(error: FileError) -> FeedFault {
        match error {
            // Nothing, or a picture: an address that answers with something else.
            FileError::Empty | FileError::NoRows | FileError::Foreign(_) => FeedFault::NotACalendar,
            error => FeedFault::Unreadable(Box::new(error)),
        }
    }
}

/// The lines of one `VEVENT`, without those of its alarms.
#[derive(Debug)]
pub(super) struct RawEntry {
    pub(super) lines: Vec<Line>,
    /// The calendar it stands in is a message that cancels (RFC 5546, 3.2.5).
    pub(super) cancels: bool,
}

impl RawEntry {
    pub(super) fn first(&self, name: &str) -> Option<&Line> {
        self.lines.iter().find(|line| line.name == name)
    }

    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Line> {
        self.lines.iter().filter(move |line| line.name == name)
    }
}

/// One `STANDARD` or `DAYLIGHT` of a `VTIMEZONE`.
pub(super) type RawObservance = Vec<Line>;

/// A calendar taken apart.
#[derive(Debug, Default)]
pub(super) struct Book {
    pub(super) entries: Vec<RawEntry>,
    /// By `TZID`.
    pub(super) zones: BTreeMap<String, Vec<RawObservance>>,
    /// `X-WR-CALNAME` or `NAME` (RFC 7986, 5.1).
    pub(super) name: Option<String>,
    /// `PRODID`.
    pub(super) program: Option<String>,
    /// `X-WR-TIMEZONE`.
    pub(super) zone: Option<String>,
}

impl Book {
    /// Takes the bytes apart. Several calendars one behind another are one.
    pub(super) fn open(source: &Source) -> Result<Book, FeedFault> {
        let mut lines = Lines::open(source, detect(source)?)?;
        let (mut book, mut inside) = (Book::default(), Vec::<String>::new());
        let (mut held, mut zone) = (Vec::new(), None::<(String, Vec<RawObservance>)>);
        let (mut cancels, mut begun) = (false, false);
        while let Some(line) = lines.next()? {
            let what = line.value.trim().to_ascii_uppercase();
            match line.name.as_str() {
                "BEGIN" => {
                    if inside.is_empty() && what != "VCALENDAR" {
                        return Err(FeedFault::NotACalendar);
                    }
                    if inside.is_empty() {
                        (begun, cancels) = (true, false);
                    }
                    match (inside.len(), what.as_str()) {
                        (1, "VEVENT") | (2, "STANDARD" | "DAYLIGHT") => held = Vec::new(),
                        (1, "VTIMEZONE") => zone = Some((String::new(), Vec::new())),
                        _ => {}
                    }
                    inside.push(what);
                    if inside.len() > DEEPEST {
                        return Err(FeedFault::TooMany(DEEPEST));
                    }
                }
                "END" => {
                    if inside.pop().as_deref() != Some(what.as_str()) {
                        return Err(if begun { FeedFault::CutShort } else { FeedFault::NotACalendar });
                    }
                    match (inside.len(), what.as_str()) {
                        (1, "VEVENT") => {
                            book.entries.push(RawEntry { lines: std::mem::take(&mut held), cancels });
                            if book.entries.len() > MOST_ENTRIES {
                                return Err(FeedFault::TooMany(MOST_ENTRIES));
                            }
                        }
                        (2, "STANDARD" | "DAYLIGHT") => {
                            if let Some((_, observances)) = &mut zone {
                                observances.push(std::mem::take(&mut held));
                            }
                        }
                        (1, "VTIMEZONE") => {
                            book.zones.extend(zone.take().filter(|(name, _)| !name.is_empty()));
                            if book.zones.len() > MOST_ZONES {
                                return Err(FeedFault::TooMany(MOST_ZONES));
                            }
                        }
                        _ => {}
                    }
                }
                _ if !begun => return Err(FeedFault::NotACalendar),
                _ => match (inside.len(), inside.last().map(String::as_str)) {
                    (1, _) => book.head(&line, &mut cancels),
                    (2, Some("VTIMEZONE")) if line.name == "TZID" => {
                        if let Some((name, _)) = &mut zone {
                            line.value.trim().clone_into(name);
                        }
                    }
                    (2, Some("VEVENT")) | (3, Some("STANDARD" | "DAYLIGHT")) => {
                        held.push(line);
                        if held.len() > MOST_LINES {
                            return Err(FeedFault::TooMany(MOST_LINES));
                        }
                    }
                    _ => {}
                },
            }
        }
        match (begun, inside.is_empty()) {
            (false, _) => Err(FeedFault::NotACalendar),
            (true, false) => Err(FeedFault::CutShort),
            (true, true) => Ok(book),
        }
    }

    fn head(&mut self, line: &Line, cancels: &mut bool) {
        let text = || super::text::one_line(&line.value, super::text::LONGEST_TITLE);
        match line.name.as_str() {
            "METHOD" => *cancels = line.value.trim().eq_ignore_ascii_case("CANCEL"),
            "NAME" | "X-WR-CALNAME" if self.name.is_none() => self.name = text(),
            "PRODID" if self.program.is_none() => self.program = text(),
            "X-WR-TIMEZONE" if self.zone.is_none() => self.zone = text(),
            _ => {}
        }
    }
}

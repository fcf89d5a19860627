//! One record of each appointment: whose id stays when others of its series change.
//!
//! An appointment is known by the `UID` of its entry, and one of a series by that and the day on which the series has it,
//! on the series' own clocks. The day stays when the hour of the whole series is moved, and when summer time begins; a
//! change of one appointment names it (`RECURRENCE-ID`), so that it stays the same one wherever it is moved to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hub_core::canonical::hash_bytes;
use hub_core::ports::RawRecord;
use jiff::civil::{Date, DateTime};
use jiff::{Span, ToSpan};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use super::book::{Book, FeedFault, RawEntry};
use super::moment::{Clocks, Moment};
use super::series::{Days, Series};
use super::text::{LONGEST_TITLE, note, one_line};
use super::zone::Zones;
use crate::file::Source;

/// The stream of appointments.
pub const STREAM: &str = "appointments";
/// Appointments that are brought at most.
const MOST: usize = 20_000;
/// Longest appointment, in days.
const LONGEST_DAYS: i32 = 366;
/// Entries that cannot be read and are named one by one.
const MOST_BROKEN: usize = 10;
/// Longest title of one of these, in characters.
const LONGEST_NAMED: usize = 80;
/// Longest id that is kept as it is; a longer one is known by its digest.
const LONGEST_UID: usize = 200;

/// Which days are looked at.
#[derive(Debug, Clone)]
pub struct Window {
    /// Today, where the studio is.
    pub today: Date,
    /// IANA name of the studio's zone, for times that say none.
    pub zone: String,
}

impl Window {
    /// Days before today.
    pub const BEFORE: i32 = 366;
    /// Days after it.
    pub const AFTER: i32 = 3 * 366;

    fn days(&self) -> Days {
        Days {
            from: self.today.saturating_sub(Self::BEFORE.days()),
            until: self.today.saturating_add(Self::AFTER.days()),
        }
    }
}

/// What a calendar has beside what is brought.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Left {
    /// Appointments before the first day that is looked at.
    pub before: u64,
    /// Appointments after the last; a series that goes on counts once.
    pub after: u64,
    /// Series that are longer than anything that is brought.
    pub too_long: u64,
    /// Entries or rules that cannot be read.
    pub unread: u64,
}

/// What of an entry cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BrokenPart {
    /// Its day, or the one that it changes.
    Day,
    /// The rule by which it repeats.
    Rule,
}

/// An entry that is not brought, or not with all that it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Its title.
    pub title: Option<String>,
    /// Its place among the entries, from 1.
    pub number: usize,
    /// What of it.
    pub part: BrokenPart,
}

/// A calendar as read.
#[derive(Debug, Clone, Default)]
pub struct Read {
    /// One record an appointment, by id.
    pub records: Vec<RawRecord>,
    /// What is not among them.
    pub left: Left,
    /// The first of those entries that cannot be read.
    pub broken: Vec<Broken>,
    /// Entries in the calendar, of whatever day.
    pub entries: usize,
    /// What the calendar is called.
    pub name: Option<String>,
    /// The program that wrote it, in its own words.
    pub program: Option<String>,
    /// The zone it says it is in.
    pub zone: Option<String>,
}

/// Reads a calendar from its bytes.
///
/// # Errors
/// A [`FeedFault`] for whatever is not a whole calendar.
pub fn read(bytes: &[u8], window: &Window) -> Result<Read, FeedFault> {
    read_source(&Source::memory(Arc::from(bytes)), window)
}

fn read_source(source: &Source, window: &Window) -> Result<Read, FeedFault> {
    let book = Book::open(source)?;
    let zones = Zones::new(&window.zone, &book.zones);
    let (left, broken, found) = (Left::default(), Vec::new(), BTreeMap::new());
    let mut reader = Reader { zones, days: window.days(), left, broken, found };
    for entries in reader.by_uid(&book.entries) {
        reader.event(&entries)?;
    }
    let records = reader
        .found
        .into_iter()
        .map(|(id, fields)| RawRecord {
            raw: Json::Object(fields).to_string(),
            version: None,
            parents: [None, None],
            id,
        })
        .collect();
    let zone = book.zone.as_deref().and_then(super::zone::known);
    Ok(Read {
        records,
        left: reader.left,
        broken: reader.broken,
        entries: book.entries.len(),
        name: book.name,
        program: book.program,
        zone: zone.and_then(|zone| zone.iana_name().map(str::to_owned)),
    })
}

/// An entry as it is understood.
struct Entry<'a> {
    raw: &'a RawEntry,
    start: Moment,
    /// Which of a series it changes.
    of: Option<Moment>,
    /// Which of two versions is the newer: number, then time of writing, then place in the file.
    age: (i64, String, usize),
}

impl<'a> Entry<'a> {
    fn read(raw: &'a RawEntry, place: usize) -> Option<Entry<'a>> {
        let start = Moment::of(raw.first("DTSTART")?)?;
        let of = match raw.first("RECURRENCE-ID") {
            Some(line) => Some(Moment::of(line)?),
            None => None,
        };
        let number = raw.first("SEQUENCE").and_then(|line| line.value.trim().parse().ok()).unwrap_or(0);
        let written = raw.first("LAST-MODIFIED").or_else(|| raw.first("DTSTAMP"));
        let written = written.map(|line| line.value.trim().to_owned()).unwrap_or_default();
        Some(Entry { raw, start, of, age: (number, written, place) })
    }

    /// Whole days: also what one program writes as from midnight to midnight.
    fn whole_days(&self) -> bool {
        let marked = || {
            self.raw
                .first("X-MICROSOFT-CDO-ALLDAYEVENT")
                .is_some_and(|line| line.value.trim().eq_ignore_ascii_case("TRUE"))
        };
        match &self.start {
            Moment::Day(_) => true,
            Moment::Time(at, _) => at.time() == jiff::civil::Time::midnight() && marked(),
        }
    }

    fn clocks(&self) -> Clocks {
        match &self.start {
            Moment::Day(_) => Clocks::Floating,
            Moment::Time(_, clocks) => clocks.clone(),
        }
    }

    fn cancelled(&self) -> bool {
        self.raw.cancels || self.status() == Some("cancelled")
    }

    fn status(&self) -> Option<&'static str> {
        match self.raw.first("STATUS")?.value.trim().to_ascii_uppercase().as_str() {
            "CONFIRMED" => Some("confirmed"),
            "TENTATIVE" => Some("tentative"),
            "CANCELLED" => Some("cancelled"),
            _ => None,
        }
    }

    /// How long it lasts, on the clocks of its start.
    fn length(&self, start: DateTime, zones: &Zones) -> Span {
        let end = self.raw.first("DTEND").and_then(Moment::of);
        let by_end = end.and_then(|end| zones.on(&end, &self.clocks())).and_then(|end| end.since(start).ok());
        let by_length = || {
            let text = self.raw.first("DURATION")?.value.trim();
            (text.len() <= 40).then(|| text.parse::<Span>().ok()).flatten()
        };
        let none = if matches!(self.start, Moment::Day(_)) { 1.day() } else { Span::new() };
        let length = by_end.or_else(by_length).unwrap_or(none);
        let fits = start
            .checked_add(length)
            .is_ok_and(|end| end >= start && (end.date() - start.date()).get_days() <= LONGEST_DAYS);
        if fits { length } else { none }
    }
}

/// What an entry is known by. One without a `UID` is known by when it begins and what it is called.
fn uid_of(raw: &RawEntry) -> String {
    let value = |name: &str| raw.first(name).map(|line| line.value.trim()).unwrap_or_default();
    let uid: String = value("UID").chars().filter(|letter| !letter.is_control()).collect();
    let digest = |text: &str| hash_bytes(text.as_bytes()).chars().take(32).collect::<String>();
    match uid.len() {
        0 => format!("without-{}", digest(&format!("{}\n{}", value("DTSTART"), value("SUMMARY")))),
        1..=LONGEST_UID => uid,
        _ => format!("long-{}", digest(&uid)),
    }
}

struct Reader {
    zones: Zones,
    days: Days,
    left: Left,
    broken: Vec<Broken>,
    found: BTreeMap<String, Map<String, Json>>,
}

impl Reader {
    /// The entries of each `UID`, in its order.
    fn by_uid<'a>(&mut self, entries: &'a [RawEntry]) -> Vec<(String, Vec<Entry<'a>>)> {
        let mut found: BTreeMap<String, Vec<Entry<'a>>> = BTreeMap::new();
        for (place, raw) in entries.iter().enumerate() {
            match Entry::read(raw, place) {
                Some(entry) => found.entry(uid_of(raw)).or_default().push(entry),
                None => self.unread(raw, place, BrokenPart::Day),
            }
        }
        found.into_iter().collect()
    }

    fn unread(&mut self, raw: &RawEntry, place: usize, part: BrokenPart) {
        self.left.unread += 1;
        if self.broken.len() < MOST_BROKEN {
            let title = raw.first("SUMMARY").and_then(|line| one_line(&line.value, LONGEST_NAMED));
            self.broken.push(Broken { title, number: place + 1, part });
        }
    }

    fn no_day(&mut self, entry: &Entry<'_>) {
        self.unread(entry.raw, entry.age.2, BrokenPart::Day);
    }

    /// Everything of one `UID`.
    fn event(&mut self, (uid, entries): &(String, Vec<Entry<'_>>)) -> Result<(), FeedFault> {
        let masters = newest(entries.iter().filter(|entry| entry.of.is_none()));
        let [master] = masters.as_slice() else {
            // Some programs give all their entries one UID; those that begin at different times are not one.
            for master in &masters {
                let at = told(self.zones.on(&master.start, &master.clocks()), master.whole_days());
                self.single(&format!("{uid}/{at}"), master)?;
            }
            return self.changes(uid, None, entries, &mut BTreeSet::new());
        };
        let master: &Entry<'_> = master;
        let clocks = master.clocks();
        let Some(start) = self.zones.on(&master.start, &clocks) else {
            self.no_day(master);
            return Ok(());
        };
        let rules: Vec<String> = master.raw.all("RRULE").map(|line| line.value.trim().to_owned()).collect();
        let also: Vec<Moment> = master.raw.all("RDATE").flat_map(Moment::all).collect();
        if rules.is_empty() && also.is_empty() {
            self.single(uid, master)?;
            return self.changes(uid, Some(master), entries, &mut BTreeSet::new());
        }
        let except: Vec<Moment> = master.raw.all("EXDATE").flat_map(Moment::all).collect();
        let series = Series { start, clocks: &clocks, rules: &rules, also: &also, except: &except };
        let worked = series.work_out(&self.zones, self.days);
        self.left.before += worked.before;
        self.left.after += u64::from(worked.goes_on);
        self.left.too_long += u64::from(worked.too_long);
        if worked.unread {
            self.unread(master.raw, master.age.2, BrokenPart::Rule);
        }
        let mut changed = BTreeSet::new();
        self.changes(uid, Some(master), entries, &mut changed)?;
        let length = master.length(start, &self.zones);
        let mut of_day: BTreeMap<Date, usize> = BTreeMap::new();
        for at in &worked.starts {
            *of_day.entry(at.date()).or_default() += 1;
        }
        for at in worked.starts {
            let several = of_day.get(&at.date()).is_some_and(|count| *count > 1);
            let (by_day, by_time) = (of_series(uid, at, false), of_series(uid, at, true));
            if changed.contains(&by_time) || (!several && changed.contains(&by_day)) {
                continue;
            }
            self.put(if several { by_time } else { by_day }, master, at, length)?;
        }
        Ok(())
    }

    /// Entries that change one of a series. `named`: by day and by hour, which those are.
    fn changes(
        &mut self,
        uid: &str,
        master: Option<&Entry<'_>>,
        entries: &[Entry<'_>],
        named: &mut BTreeSet<String>,
    ) -> Result<(), FeedFault> {
        let mut of_one: BTreeMap<DateTime, &Entry<'_>> = BTreeMap::new();
        for entry in entries {
            let Some(of) = &entry.of else { continue };
            let clocks = master.map_or_else(|| entry.clocks(), Entry::clocks);
            let Some(at) = self.zones.on(of, &clocks) else {
                self.no_day(entry);
                continue;
            };
            let held = of_one.entry(at).or_insert(entry);
            if held.age < entry.age {
                *held = entry;
            }
        }
        let mut of_day: BTreeMap<Date, usize> = BTreeMap::new();
        for at in of_one.keys() {
            *of_day.entry(at.date()).or_default() += 1;
        }
        for (at, entry) in of_one {
            let several = of_day.get(&at.date()).is_some_and(|count| *count > 1);
            let (by_day, by_time) = (of_series(uid, at, false), of_series(uid, at, true));
            self.single(if several { &by_time } else { &by_day }, entry)?;
            named.extend([by_day, by_time]);
        }
        Ok(())
    }

    /// An entry that is one appointment.
    fn single(&mut self, id: &str, entry: &Entry<'_>) -> Result<(), FeedFault> {
        let Some(start) = self.zones.on(&entry.start, &entry.clocks()) else {
            self.no_day(entry);
            return Ok(());
        };
        let length = entry.length(start, &self.zones);
        let end = start.checked_add(length).unwrap_or(start);
        if end.date() < self.days.from {
            self.left.before += 1;
        } else if start.date() > self.days.until {
            self.left.after += 1;
        } else {
            self.put(id.to_owned(), entry, start, length)?;
        }
        Ok(())
    }

    fn put(&mut self, id: String, entry: &Entry<'_>, start: DateTime, length: Span) -> Result<(), FeedFault> {
        let Some(fields) = self.fields(entry, start, length) else {
            self.no_day(entry);
            return Ok(());
        };
        self.found.insert(id, fields);
        if self.found.len() > MOST {
            return Err(FeedFault::TooMany(MOST));
        }
        Ok(())
    }

    fn fields(&self, entry: &Entry<'_>, start: DateTime, length: Span) -> Option<Map<String, Json>> {
        let end = start.checked_add(length).ok()?;
        let mut fields = Map::new();
        let mut put = |name: &str, value: Json| {
            if !value.is_null() {
                fields.insert(name.to_owned(), value);
            }
        };
        let title =
            |name: &str| json!(entry.raw.first(name).and_then(|line| one_line(&line.value, LONGEST_TITLE)));
        put("name", title("SUMMARY"));
        put("location_name", title("LOCATION"));
        put("kind", title("CATEGORIES"));
        put("description", json!(entry.raw.first("DESCRIPTION").and_then(|line| note(&line.value))));
        let status = if entry.cancelled() { Some("cancelled") } else { entry.status() };
        put("status", json!(status.unwrap_or("confirmed")));
        let whole = entry.whole_days();
        put("all_day", json!(whole));
        if whole {
            // The end of whole days is the day after the last; people and WedSync name the last one.
            let last = end.date().yesterday().ok()?.max(start.date());
            put("start_date", json!(start.date().to_string()));
            put("end_date", json!(last.to_string()));
            return Some(fields);
        }
        let clocks = entry.clocks();
        let (start, zone) = self.zones.shown(start, &clocks)?;
        let (end, _) = self.zones.shown(end, &clocks)?;
        put("start_date", json!(start.date().to_string()));
        put("start_time", json!(start.strftime("%H:%M").to_string()));
        put("end_date", json!(end.date().to_string()));
        put("end_time", json!(end.strftime("%H:%M").to_string()));
        put("time_zone", json!(zone));
        Some(fields)
    }
}

/// Of several versions of one entry the newest; of several that begin at different times and are as new as each other, all.
fn newest<'a, 'b>(entries: impl Iterator<Item = &'a Entry<'b>>) -> Vec<&'a Entry<'b>> {
    let mut entries: Vec<&Entry<'_>> = entries.collect();
    entries.sort_by(|one, other| one.age.cmp(&other.age));
    let Some(last) = entries.last().copied() else { return Vec::new() };
    let as_new = |entry: &&Entry<'_>| (entry.age.0, &entry.age.1) == (last.age.0, &last.age.1);
    let mut found: Vec<&Entry<'_>> = Vec::new();
    for entry in entries.into_iter().rev().filter(as_new) {
        // The same beginning twice is the same thing twice.
        if found.iter().all(|held| held.start != entry.start) {
            found.push(entry);
        }
    }
    found
}

fn of_series(uid: &str, at: DateTime, by_time: bool) -> String {
    format!("{uid}/{}", told(Some(at), !by_time))
}

fn told(at: Option<DateTime>, whole_days: bool) -> String {
    let Some(at) = at else { return String::new() };
    if whole_days { at.date().to_string() } else { at.strftime("%Y-%m-%dT%H%M").to_string() }
}

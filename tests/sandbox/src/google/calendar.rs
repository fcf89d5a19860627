//! The calendars of the studio: what stands in them, what was changed when, and the tokens that were given for it.

use std::collections::HashMap;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use crate::book::{Book, TODAY};

/// The zone of the studio's calendars.
const ZONE: &str = "Europe/London";
/// Days up to which a series without an end is told; Google says nowhere how far it goes.
const HORIZON_DAYS: i64 = 3 * 365;

/// A calendar of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: &'static str,
    /// What the person may do with it: `owner`, `writer`, `reader` or `freeBusyReader`.
    pub role: &'static str,
    /// Whether its box is ticked.
    pub selected: bool,
    /// Whether it was put out of sight.
    pub hidden: bool,
    /// It stands in the list, and whoever asks for it hears that there is none.
    pub lost: bool,
}

/// When something takes place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum When {
    /// Whole days, the second of which is the one after the last.
    Days(Date, Date),
    /// From and to, on the clocks of a zone.
    Times(DateTime, DateTime, &'static str),
}

/// Something in a calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its id; given by Google.
    pub id: String,
    /// The same for all copies of it; given by Google.
    pub uid: String,
    /// Title; Google leaves one that is empty out.
    pub title: String,
    /// Where.
    pub place: String,
    /// More words.
    pub words: String,
    /// When.
    pub when: When,
    /// `confirmed`, `tentative` or `cancelled`.
    pub status: &'static str,
    /// `default`, `focusTime`, `outOfOffice` or `workingLocation`.
    pub kind: &'static str,
    /// Whose it is, where not that of the calendar it stands in.
    pub organizer: Option<String>,
    /// What the person answered to whose it is.
    pub answer: &'static str,
    /// Every so many days, so often; a number of 0 never ends.
    pub repeats: Option<(i64, u32)>,
    /// Of which series it is, and the beginning that it had there.
    pub instance_of: Option<(String, DateTime)>,
}

impl Event {
    /// Something with a title on a day, from one hour to the next.
    pub fn new(title: &str, day: Date, hour: i8) -> Event {
        let from = day.at(hour, 0, 0, 0);
        Event {
            id: String::new(),
            uid: String::new(),
            title: title.to_owned(),
            place: String::new(),
            words: String::new(),
            when: When::Times(from, from.saturating_add(1.hour()), ZONE),
            status: "confirmed",
            kind: "default",
            organizer: None,
            answer: "accepted",
            repeats: None,
            instance_of: None,
        }
    }

    /// The same on whole days.
    pub fn all_day(title: &str, first: Date, days: i64) -> Event {
        Event { when: When::Days(first, first.saturating_add(days.days())), ..Event::new(title, first, 0) }
    }
}

/// One entry.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) calendar: String,
    pub(super) event: Event,
    /// Goes up with every change; later ones are larger.
    pub(super) changed: u64,
    /// Nothing but its id is told.
    pub(super) bare: bool,
}

/// What a token by which changes are read stands for.
#[derive(Debug, Clone)]
pub(super) struct SyncToken {
    pub(super) calendar: String,
    /// The parameters that it was asked for with, without those that a later request may not have.
    pub(super) asked: String,
    pub(super) known: u64,
    expired: bool,
}

/// What a page token stands for.
#[derive(Debug, Clone)]
pub(super) struct PageToken {
    pub(super) calendar: String,
    pub(super) asked: String,
    /// Place of the last entry that was told.
    pub(super) after: Option<(i64, String)>,
    /// Where the calendar stood when the reading began.
    pub(super) began: u64,
}

/// Why a token is not taken.
pub(super) enum Stale {
    /// It ran out.
    Expired,
    /// It never was one.
    Unknown,
}

/// All calendars.
#[derive(Debug, Default)]
pub(super) struct Calendars {
    pub(super) list: Vec<Calendar>,
    entries: Vec<Entry>,
    changes: u64,
    syncs: HashMap<String, SyncToken>,
    pages: HashMap<String, PageToken>,
    /// So many pages that have something are told without it first.
    pub(super) empty_pages: u32,
    /// No token stands at the end from now on.
    pub(super) without_token: bool,
    /// What everything is refused with.
    pub(super) refusal: Option<(u16, &'static str, &'static str)>,
}

fn calendar(id: &str, title: &'static str, role: &'static str, selected: bool) -> Calendar {
    Calendar { id: id.to_owned(), title, role, selected, hidden: false, lost: false }
}

impl Calendars {
    /// The studio's main calendar.
    pub(super) const MAIN: &'static str = "sarah@harlowandfinch.example";
    /// One of its own whose box is not ticked.
    pub(super) const WEDDINGS: &'static str = "c_7f3a91weddings@group.calendar.google.com";
    /// Somebody else's, in which the studio may write.
    pub(super) const TEAM: &'static str = "team@harlowandfinch.example";

    /// The calendars of the book: each wedding a whole day, the talk before it an hour, and what else a calendar holds.
    pub(super) fn of(book: &Book) -> Calendars {
        let mut calendars = Calendars {
            list: vec![
                calendar(Self::MAIN, "Sarah Harlow", "owner", true),
                calendar(Self::WEDDINGS, "Weddings", "owner", false),
                calendar(Self::TEAM, "Team", "writer", true),
                calendar("open@oldmill.example", "The Old Mill: open days", "reader", false),
                calendar("en.uk#holiday@group.v.calendar.google.com", "Holidays", "reader", true),
                calendar("addressbook#contacts@group.v.calendar.google.com", "Birthdays", "reader", true),
                calendar("somebody@else.example", "Somebody Else", "freeBusyReader", true),
            ],
            ..Calendars::default()
        };
        for home in 0..book.spec().clients {
            let (_, party) = book.party(home);
            let names: Vec<&str> = party.people.iter().map(|person| person.first_name.as_str()).collect();
            let couple = names.iter().take(2).copied().collect::<Vec<_>>().join(" & ");
            let day = party.wedding_date.unwrap_or(TODAY);
            let wedding = Event {
                place: party.venue.clone().unwrap_or_default(),
                ..Event::all_day(&format!("Wedding {couple}"), day, 1)
            };
            calendars.add(Self::WEDDINGS, wedding);
            let talk = Event {
                words: "Plan of the day".to_owned(),
                status: if home % 5 == 3 { "tentative" } else { "confirmed" },
                ..Event::new(&format!("Talk with {couple}"), day.saturating_sub(30.days()), 17)
            };
            calendars.add(if home % 4 == 1 { Self::TEAM } else { Self::MAIN }, talk);
        }
        let soon = TODAY.saturating_add(20.days());
        // Asked for from another continent, just after the clocks there have changed and before those here have.
        let far = jiff::civil::date(2027, 3, 20).at(9, 30, 0, 0);
        let call = When::Times(far, far.saturating_add(45.minutes()), "America/New_York");
        calendars.add(Self::MAIN, Event { when: call, ..Event::new("Call with New York", soon, 9) });
        calendars.add(Self::MAIN, Event::all_day("Fair in Harrogate", soon, 3));
        calendars.add(Self::MAIN, Event { kind: "workingLocation", ..Event::all_day("Home", soon, 1) });
        calendars.add(Self::MAIN, Event { kind: "focusTime", ..Event::new("Editing", soon, 13) });
        let (visit, uid) = ("Visit of the venue", "visit@google.com");
        let both = Event { uid: uid.to_owned(), ..Event::new(visit, soon, 11) };
        let id = calendars.add(Self::WEDDINGS, both.clone());
        let invited = Event { organizer: Some(Self::WEDDINGS.to_owned()), ..both };
        calendars.put(Self::MAIN, Event { id, ..invited });
        let yoga = Event { repeats: Some((7, 0)), ..Event::new("Yoga", TODAY, 7) };
        let id = calendars.add(Self::MAIN, yoga);
        let second = TODAY.saturating_add(7.days()).at(7, 0, 0, 0);
        let moved = Event::new("Yoga", TODAY.saturating_add(8.days()), 8);
        calendars.except(Self::MAIN, &id, second, moved);
        calendars.add("open@oldmill.example", Event::all_day("Open day", soon, 1));
        calendars.add("en.uk#holiday@group.v.calendar.google.com", Event::all_day("Bank holiday", soon, 1));
        calendars
            .add("addressbook#contacts@group.v.calendar.google.com", Event::all_day("Birthday", soon, 1));
        calendars
    }

    /// Something new; its id.
    pub(super) fn add(&mut self, calendar: &str, mut event: Event) -> String {
        let number = self.changes + 1;
        event.id = format!("{:026x}", u128::from(number) * 0x9e37_79b9_7f4a_7c15);
        self.put(calendar, event)
    }

    fn put(&mut self, calendar: &str, mut event: Event) -> String {
        self.changes += 1;
        if event.uid.is_empty() {
            event.uid = format!("{}@google.com", event.id);
        }
        let id = event.id.clone();
        let calendar = calendar.to_owned();
        self.entries.push(Entry { calendar, event, changed: self.changes, bare: false });
        id
    }

    /// One of a series becomes something of its own; its id.
    pub(super) fn except(
        &mut self,
        calendar: &str,
        series: &str,
        original: DateTime,
        event: Event,
    ) -> String {
        let id = instance_id(series, original);
        self.entries.retain(|entry| entry.calendar != calendar || entry.event.id != id);
        let uid = format!("{series}@google.com");
        let instance_of = Some((series.to_owned(), original));
        self.put(calendar, Event { id, uid, instance_of, ..event })
    }

    fn entry(&mut self, calendar: &str, id: &str) -> Option<&mut Entry> {
        self.changes += 1;
        let changed = self.changes;
        let found = self
            .entries
            .iter_mut()
            .find(|entry| entry.calendar == calendar && entry.event.id == id && !entry.bare)?;
        found.changed = changed;
        Some(found)
    }

    pub(super) fn change(&mut self, calendar: &str, id: &str, change: impl FnOnce(&mut Event)) -> bool {
        self.entry(calendar, id).map(|entry| change(&mut entry.event)).is_some()
    }

    /// Cancelled so that nothing but the id is told of it.
    pub(super) fn delete(&mut self, calendar: &str, id: &str) -> bool {
        let found = self.entry(calendar, id).is_some();
        let changed = self.changes;
        for entry in self.entries.iter_mut().filter(|entry| found && entry.calendar == calendar) {
            // With a series goes what was one of it.
            let one_of_it = entry.event.instance_of.as_ref().is_some_and(|(series, _)| series == id);
            if entry.event.id == id || one_of_it {
                (entry.bare, entry.changed, entry.event.status) = (true, changed, "cancelled");
            }
        }
        found
    }

    /// What was cancelled is told by nobody any more, and no token from before is good.
    pub(super) fn forget(&mut self) {
        self.entries.retain(|entry| entry.event.status != "cancelled");
        self.syncs.values_mut().for_each(|token| token.expired = true);
    }

    pub(super) fn expire(&mut self) {
        self.syncs.values_mut().for_each(|token| token.expired = true);
    }

    pub(super) fn events(&self, calendar: &str) -> Vec<Event> {
        let own = self.entries.iter().filter(|entry| entry.calendar == calendar);
        own.map(|entry| entry.event.clone()).collect()
    }

    pub(super) fn now(&self) -> u64 {
        self.changes
    }

    /// Entries of a calendar that changed after a point: each as it is, or each single one where series are told as what they
    /// consist of.
    pub(super) fn told(&self, calendar: &str, known: Option<u64>, single: bool) -> Vec<Entry> {
        let own: Vec<&Entry> = self.entries.iter().filter(|entry| entry.calendar == calendar).collect();
        let mut told: Vec<Entry> = Vec::new();
        for entry in &own {
            match entry.event.repeats {
                Some(repeats) if single => told.extend(instances(entry, repeats, &own)),
                _ => told.push((*entry).clone()),
            }
        }
        told.retain(|entry| known.is_none_or(|known| entry.changed > known));
        told
    }

    pub(super) fn give_sync(&mut self, calendar: &str, asked: &str, known: u64) -> String {
        let token = format!("CPD{}v{}GAU=", self.syncs.len() + 1, known);
        let held =
            SyncToken { calendar: calendar.to_owned(), asked: asked.to_owned(), known, expired: false };
        self.syncs.insert(token.clone(), held);
        token
    }

    pub(super) fn sync(&self, token: &str) -> Result<SyncToken, Stale> {
        let held = self.syncs.get(token).ok_or(Stale::Unknown)?;
        if held.expired { Err(Stale::Expired) } else { Ok(held.clone()) }
    }

    pub(super) fn give_page(&mut self, page: PageToken) -> String {
        let token = format!("CiAKG{}", self.pages.len() + 1);
        self.pages.insert(token.clone(), page);
        token
    }

    pub(super) fn page(&self, token: &str) -> Option<PageToken> {
        self.pages.get(token).cloned()
    }
}

/// What one of a series is called: the series and its beginning there.
fn instance_id(series: &str, original: DateTime) -> String {
    format!("{series}_{}", instant(original, ZONE).strftime("%Y%m%dT%H%M%SZ"))
}

/// A time on the clocks of a zone.
pub(super) fn instant(at: DateTime, zone: &str) -> Timestamp {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    at.to_zoned(zone).map_or(Timestamp::UNIX_EPOCH, |zoned| zoned.timestamp())
}

/// The single ones of a series, but for those that are something of their own.
fn instances(series: &Entry, (days, times): (i64, u32), own: &[&Entry]) -> Vec<Entry> {
    let When::Times(from, to, zone) = series.event.when else { return vec![series.clone()] };
    let last = TODAY.saturating_add(HORIZON_DAYS.days());
    let mut found = Vec::new();
    for number in 0_u32.. {
        let by = (i64::from(number) * days).days();
        let (from, to) = (from.saturating_add(by), to.saturating_add(by));
        let over = if times == 0 { from.date() > last } else { number >= times };
        if over {
            break;
        }
        let id = instance_id(&series.event.id, from);
        if own.iter().any(|entry| entry.event.id == id) {
            continue;
        }
        let event = Event {
            id,
            when: When::Times(from, to, zone),
            repeats: None,
            instance_of: Some((series.event.id.clone(), from)),
            ..series.event.clone()
        };
        found.push(Entry { event, ..series.clone() });
    }
    found
}

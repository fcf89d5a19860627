//! One household: a booking party with everything that hangs on it, made from (seed, number) alone.
//!
//! A page of a large book is written by making the households it touches again, so this must be quick and must not
//! look at other households. The one thing shared is a person's id, which can be had without making the person.

use jiff::{Span, Timestamp, ToSpan};
use serde::Serialize;

use super::dice::{Dice, Ulid};
use super::expected::{ExpectedParty, PartyRole};
use super::people::Named;
use super::phones::Country;
use super::record::{Event, File, Job, JobContact, Note, Person, Stream};
use super::studio::{Studio, TODAY};
use super::{Book, BookSpec, Special};

/// Everything one household holds.
#[derive(Debug, Default)]
pub struct Household {
    /// Persons of the address book.
    pub persons: Vec<Person>,
    /// Jobs.
    pub jobs: Vec<Job>,
    /// Who is on them.
    pub job_contacts: Vec<JobContact>,
    /// Appointments.
    pub events: Vec<Event>,
    /// Orders.
    pub orders: Vec<super::bill::Order>,
    /// Payments.
    pub payments: Vec<super::bill::Payment>,
    /// Notes.
    pub notes: Vec<Note>,
    /// Files.
    pub files: Vec<File>,
}

/// What the index needs to know of a record without its text.
#[derive(Debug, Clone, Copy)]
pub struct Card {
    /// Id.
    pub id: Ulid,
    /// When last changed.
    pub modified: Timestamp,
    /// Put away.
    pub hidden: bool,
    /// A closed job.
    pub closed: bool,
}

macro_rules! each_list {
    ($home:expr, $stream:expr, $list:ident => $body:expr, $none:expr) => {
        match $stream {
            Stream::AddressBook => {
                let $list = &$home.persons;
                $body
            }
            Stream::Job => {
                let $list = &$home.jobs;
                $body
            }
            Stream::JobContact => {
                let $list = &$home.job_contacts;
                $body
            }
            Stream::Event => {
                let $list = &$home.events;
                $body
            }
            Stream::Order => {
                let $list = &$home.orders;
                $body
            }
            Stream::Payment => {
                let $list = &$home.payments;
                $body
            }
            Stream::Note => {
                let $list = &$home.notes;
                $body
            }
            Stream::File => {
                let $list = &$home.files;
                $body
            }
            _ => $none,
        }
    };
}

impl Household {
    /// How many records of a growing list it holds.
    pub fn len(&self, stream: Stream) -> usize {
        each_list!(self, stream, list => list.len(), 0)
    }

    /// Whether it holds none of a growing list.
    pub fn is_empty(&self, stream: Stream) -> bool {
        self.len(stream) == 0
    }

    /// Appends the JSON of one record; false where there is no such record.
    pub fn write(&self, stream: Stream, slot: usize, out: &mut Vec<u8>) -> bool {
        each_list!(self, stream, list => write_json(list.get(slot), out), false)
    }

    /// The cards of a growing list, in slot order.
    pub fn cards(&self, stream: Stream) -> Vec<Card> {
        each_list!(self, stream, list => list_cards(list), Vec::new())
    }
}

fn write_json<T: Serialize>(record: Option<&T>, out: &mut Vec<u8>) -> bool {
    record.is_some_and(|record| serde_json::to_writer(out, record).is_ok())
}

trait Carded {
    fn card(&self) -> Card;
}

macro_rules! carded {
    ($($kind:ty),*) => {$(
        impl Carded for $kind {
            fn card(&self) -> Card {
                Card { id: self.id, modified: self.modified, hidden: self.hidden, closed: false }
            }
        }
    )*};
}
carded!(Person, JobContact, Event, super::bill::Order, super::bill::Payment, Note, File);
impl Carded for Job {
    fn card(&self) -> Card {
        Card { id: self.id, modified: self.modified, hidden: false, closed: self.closed }
    }
}

fn list_cards<T: Carded>(list: &[T]) -> Vec<Card> {
    list.iter().map(Carded::card).collect()
}

/// A household in the making.
pub(super) struct Builder<'a> {
    pub(super) book: &'a Book,
    pub(super) spec: &'a BookSpec,
    pub(super) studio: &'a Studio,
    pub(super) home: u32,
    pub(super) special: Option<Special>,
    pub(super) dice: Dice,
    pub(super) country: Country,
    pub(super) clock: i64,
    pub(super) out: Household,
    pub(super) expected: ExpectedParty,
    pub(super) brand: Option<Ulid>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(book: &'a Book, home: u32) -> Self {
        let (spec, studio) = (book.spec(), book.studio());
        let mut dice = Dice::new(spec.seed, u64::from(home));
        let country = spec.country(&mut dice);
        let expected = ExpectedParty {
            index: home as usize,
            people: Vec::new(),
            jobs: Vec::new(),
            wedding_date: None,
            venue: None,
            hidden: false,
            closed: false,
            counts: Default::default(),
            money: Default::default(),
        };
        Self {
            book,
            spec,
            studio,
            home,
            special: book.special(home),
            dice,
            country,
            clock: spec.opened(home) + 10,
            out: Household::default(),
            expected,
            brand: studio.id_of(Stream::Brand, "Main brand"),
        }
    }

    pub(super) fn is(&self, special: Special) -> bool {
        self.special == Some(special)
    }

    /// A booking party with its jobs.
    pub(super) fn party(mut self) -> (Household, ExpectedParty) {
        let couple = match self.special {
            Some(Special::OnlyCustomer) => false,
            Some(_) => true,
            None => self.dice.chance(90),
        };
        let named = self.couple(couple);
        for (slot, person) in named.iter().enumerate() {
            self.add_person(slot as u64, person, PartyRole::Partner);
        }
        if let Some(first) = self.expected.people.first_mut() {
            first.role = PartyRole::Primary;
        }
        self.add_parent(&named);
        self.add_jobs(couple);
        self.close_expectation();
        (self.out, self.expected)
    }

    /// Somebody the supplier wrote down who is on no job.
    pub(super) fn stray(mut self) -> Household {
        let named = self.single();
        self.add_person(0, &named, PartyRole::Primary);
        self.out
    }

    /// The vendor's sample lead or job with its own people.
    pub(super) fn sample(mut self) -> Household {
        let named = [Named::plain("Sample", "Bride"), Named::plain("Sample", "Groom")];
        for (slot, person) in named.iter().enumerate() {
            self.add_person(slot as u64, person, PartyRole::Partner);
        }
        let people: Vec<_> =
            vec![(self.out.persons[0].id, "Bride", true), (self.out.persons[1].id, "Groom", true)];
        let date = TODAY.saturating_add(40.days());
        let job = self.add_job("Wedding", Some(date), people, "Sample wedding of Sample & Sample");
        let record = &mut self.out.jobs[job];
        record.sample = true;
        (record.closed, record.closed_date, record.closed_reason_id, record.closed_reason_name) =
            (false, None, None, None);
        self.add_events(job, "Wedding", Some(date), None);
        self.out
    }

    pub(super) fn stamp(&mut self) -> (i64, Timestamp) {
        self.clock += 1;
        (self.clock, Timestamp::from_second(self.clock).unwrap_or_default())
    }

    /// A fresh id with its time of making and a later time of change.
    pub(super) fn fresh(&mut self) -> (Ulid, Timestamp, Timestamp) {
        let (second, created) = self.stamp();
        let id = Ulid::at(second * 1000, &mut self.dice);
        (id, created, self.later(second))
    }

    pub(super) fn later(&mut self, second: i64) -> Timestamp {
        let room = (self.spec.now() - second).max(0);
        let after = if self.dice.chance(50) { 0 } else { self.dice.between(0, room.min(400 * 86_400)) };
        Timestamp::from_second(second + after).unwrap_or_default()
    }

    pub(super) fn days(&mut self, low: i64, high: i64) -> Span {
        self.dice.between(low, high).days()
    }

    fn close_expectation(&mut self) {
        let weddings = || self.expected.jobs.iter().filter(|job| job.kind == "Wedding" && job.date.is_some());
        let next = weddings().filter(|job| job.date >= Some(TODAY)).min_by_key(|job| job.date);
        let latest = || weddings().max_by_key(|job| job.date);
        let any = || self.expected.jobs.iter().max_by_key(|job| job.date);
        let main = next.or_else(latest).or_else(any);
        let (date, venue) = main.map_or((None, None), |job| (job.date, job.venue.clone()));
        self.expected.wedding_date = date;
        self.expected.venue = venue;
        let clients = || self.expected.people.iter().filter(|person| person.role != PartyRole::Parent);
        self.expected.hidden = clients().all(|person| person.hidden);
        self.expected.closed = self.expected.jobs.iter().all(|job| job.closed);
    }
}

//! A supplier's client book, invented and repeatable.
//!
//! The book is addressed rather than stored: `household(k)` makes the k-th booking party from the seed alone, so a
//! book of 100,000 clients costs an index and no more. What a correct import must find is written down while a
//! household is made (`expected`), never worked out afterwards. There is no clock: every book lives on 14 May 2026.

mod bill;
mod dice;
mod expected;
mod hand_typed;
mod household;
mod jobs;
mod money;
pub(crate) mod names;
mod people;
mod persons;
mod phones;
mod record;
mod studio;

pub use bill::{Allocation, Invoice, LineItem, Order, Payment, Subtotal};
pub use dice::{Dice, Ulid};
pub use expected::{
    Expected, ExpectedCounts, ExpectedCustom, ExpectedJob, ExpectedMoney, ExpectedParty, ExpectedPerson,
    PartyRole,
};
pub use hand_typed::{Agreement, HandTyped, HandTypedPerson, Relation, hand_typed};
pub use household::{Card, Household};
pub use phones::{Country, Phone};
pub use record::{
    Address, AttachedTo, CustomValue, Event, EventPlace, File, Job, JobContact, Note, Person, Stream,
};
pub use studio::{Studio, TODAY, Venue};

use household::Builder;
use jiff::civil;
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};

/// What the integers of the API mean; the vendor's document does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MoneyUnit {
    /// Pence or cents: 450000 is £4,500.00.
    Minor,
    /// Pounds or dollars: 4500 is £4,500.00.
    Major,
}

/// How many jobs a party has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobsEach {
    /// Mostly one, now and then an engagement shoot beside the wedding.
    AsInLife,
    /// Exactly one, special cases included.
    One,
}

/// What book to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookSpec {
    /// The same seed and settings give the same book.
    pub seed: u64,
    /// Booking parties, 1 to 100,000.
    pub clients: u32,
    /// Of 100 parties, how many live in the United States; the rest live in the United Kingdom.
    pub us_percent: u64,
    /// What the integers mean.
    pub money_unit: MoneyUnit,
    /// How many jobs a party has.
    pub jobs_each: JobsEach,
    /// ISO 4217, two decimals.
    pub currency: &'static str,
    /// Name of the studio.
    pub studio_name: String,
    /// IANA zone of the studio, one of those the sandbox lists under `/timezone`.
    pub zone: &'static str,
}

impl BookSpec {
    /// A British book of so many clients.
    pub fn new(seed: u64, clients: u32) -> Self {
        Self {
            seed,
            clients: clients.clamp(1, 100_000),
            us_percent: 15,
            money_unit: MoneyUnit::Minor,
            jobs_each: JobsEach::AsInLife,
            currency: "GBP",
            studio_name: "Harlow & Finch Photography".to_owned(),
            zone: "Europe/London",
        }
    }

    fn strays(&self) -> u32 {
        if self.clients < 10 { 0 } else { (self.clients / 20).max(3) }
    }

    /// Households of every kind: parties, people without a job, sample jobs.
    fn homes(&self) -> u32 {
        self.clients + self.strays() + 2
    }

    /// When a household was first written down, Unix seconds. Rises with the number, so that neighbours in an id
    /// list are neighbours here and a page touches few households.
    fn opened(&self, home: u32) -> i64 {
        let first = second_of(civil::date(2023, 6, 1));
        let last = second_of(civil::date(2026, 5, 12));
        let (place, of) = match home {
            home if home < self.clients => (home, self.clients),
            home if home < self.clients + self.strays() => (home - self.clients, self.strays()),
            home => return first - 86_400 + i64::from(home - self.clients - self.strays()) * 600,
        };
        let step = (last - first) / i64::from(of.max(1));
        let jitter = dice::mix(self.seed ^ u64::from(home) << 20) % (step - 300).max(1) as u64;
        first + step * i64::from(place) + jitter as i64
    }

    fn now(&self) -> i64 {
        second_of(TODAY) + 8 * 3600
    }

    fn country(&self, dice: &mut Dice) -> Country {
        if dice.chance(self.us_percent) { Country::Us } else { Country::Gb }
    }

    fn money(&self, minor: i64) -> i64 {
        match self.money_unit {
            MoneyUnit::Minor => minor,
            MoneyUnit::Major => minor / 100,
        }
    }
}

fn second_of(date: civil::Date) -> i64 {
    TimeZone::UTC.to_timestamp(date.at(0, 0, 0, 0)).map_or(0, |stamp| stamp.as_second())
}

/// Cases that every book of 50 clients or more holds, at fixed places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Special {
    /// One couple with an engagement shoot and a wedding: two jobs, one client.
    EngagementAndWedding,
    /// Her mother pays, and is on the next party's job too.
    PayingMother,
    /// The other wedding of that mother.
    MothersOtherChild,
    /// Nobody is marked as client, but `roleKinds` names two.
    RoleKindClient,
    /// Nobody is marked as client and no role says so; there is a customer.
    OnlyCustomer,
    /// The first person has no e-mail address.
    NoEmail,
    /// A text field that holds dates holds the 31st of February.
    BadCustomDate,
    /// The first person uses an address that her family shares.
    FamilyEmail,
    /// A plain couple kept for tests that take the client mark off one of them.
    FlagWillChange,
    /// Both are put away.
    Hidden,
    /// The job is closed.
    Closed,
    /// The first person's phone is no number.
    UnreadablePhone,
    /// Names in decomposed Unicode.
    Decomposed,
    /// The first person has one name.
    OneName,
    /// The bride has a maiden name.
    Maiden,
    /// A plain couple, complete in everything, that no case touches.
    Untouched,
}

impl Special {
    /// Every case, in book order.
    pub const ALL: [Self; 16] = [
        Self::EngagementAndWedding,
        Self::PayingMother,
        Self::MothersOtherChild,
        Self::RoleKindClient,
        Self::OnlyCustomer,
        Self::NoEmail,
        Self::BadCustomDate,
        Self::FamilyEmail,
        Self::FlagWillChange,
        Self::Hidden,
        Self::Closed,
        Self::UnreadablePhone,
        Self::Decomposed,
        Self::OneName,
        Self::Maiden,
        Self::Untouched,
    ];

    /// The number of its party.
    pub fn home(self) -> u32 {
        self as u32
    }
}

/// A whole book.
#[derive(Debug)]
pub struct Book {
    spec: BookSpec,
    studio: Studio,
}

impl Book {
    /// Makes a book. Only the studio's own lists are made at once; households are made when asked for.
    pub fn generate(spec: BookSpec) -> Self {
        let studio = Studio::generate(&spec);
        Self { spec, studio }
    }

    /// What was asked for.
    pub fn spec(&self) -> &BookSpec {
        &self.spec
    }

    /// The studio's own lists.
    pub fn studio(&self) -> &Studio {
        &self.studio
    }

    /// Number of households of every kind; the booking parties come first.
    pub fn homes(&self) -> u32 {
        self.spec.homes()
    }

    /// The special case at a party's place.
    pub fn special(&self, home: u32) -> Option<Special> {
        (self.spec.clients >= 50).then(|| Special::ALL.get(home as usize).copied()).flatten()
    }

    /// The records of one household; an empty one past the end.
    pub fn household(&self, home: u32) -> Household {
        let spec = &self.spec;
        if home < spec.clients {
            Builder::new(self, home).party().0
        } else if home < spec.clients + spec.strays() {
            Builder::new(self, home).stray()
        } else if home < spec.homes() {
            Builder::new(self, home).sample()
        } else {
            Household::default()
        }
    }

    /// A booking party with what is expected of it.
    pub fn party(&self, home: u32) -> (Household, ExpectedParty) {
        Builder::new(self, home.min(self.spec.clients - 1)).party()
    }

    /// The generator's own list for the whole book.
    pub fn expected(&self) -> Expected {
        let spec = &self.spec;
        let mut totals: Vec<_> = Stream::GROWING.into_iter().map(|stream| (stream, 0)).collect();
        let studio_contacts = self.studio.list(Stream::AddressBook).len();
        let mut parties = Vec::with_capacity(spec.clients as usize);
        let mut without_job = Vec::new();
        let mut sample_people = Vec::new();
        let mut sample_jobs = Vec::new();
        for home in 0..spec.homes() {
            let held = if home < spec.clients {
                let (held, party) = self.party(home);
                parties.push(party);
                held
            } else {
                let held = self.household(home);
                let people = held.persons.iter().map(|person| person.id);
                if home < spec.clients + spec.strays() {
                    without_job.extend(people);
                } else {
                    sample_people.extend(people);
                    sample_jobs.extend(held.jobs.iter().map(|job| job.id));
                }
                held
            };
            for (stream, total) in &mut totals {
                *total += held.len(*stream);
            }
        }
        for (stream, total) in &mut totals {
            *total += if *stream == Stream::AddressBook { studio_contacts } else { 0 };
        }
        Expected { parties, totals, without_job, sample_people, sample_jobs, studio_contacts }
    }

    /// SHA-256 over every record, lower-case hex: equal books have equal digests.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(self.studio.me.to_string());
        for stream in Stream::ALL {
            for record in self.studio.list(stream) {
                hash.update(record.to_string());
            }
        }
        let mut text = Vec::new();
        for home in 0..self.homes() {
            let held = self.household(home);
            for stream in Stream::GROWING {
                for slot in 0..held.len(stream) {
                    held.write(stream, slot, &mut text);
                }
            }
            hash.update(&text);
            text.clear();
        }
        hex::encode(hash.finalize())
    }
}

/// Sarah's book: seed 7, 214 clients, pounds in pence, London.
pub fn demo() -> Book {
    Book::generate(BookSpec::new(7, 214))
}

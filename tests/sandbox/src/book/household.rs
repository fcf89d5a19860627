//! One household: a booking party with everything that hangs on it, made from (seed, number) alone.
//!
//! A page of a large book is written by making the households it touches again, so this must be quick and must not
//! look at other households. The one thing shared is a person's id, which can be had without making the person.

use jiff::civil::{Date, Weekday, time};
use jiff::{SignedDuration, Span, Timestamp, ToSpan};
use serde::Serialize;

use super::dice::{Dice, Ulid, mix};
use super::expected::{ExpectedJob, ExpectedParty, ExpectedPerson, PartyRole};
use super::people::Named;
use super::phones::{self, Country};
use super::record::{
    Address, AttachedTo, CustomValue, Event, EventPlace, File, Job, JobContact, Note, Person, Stream,
};
use super::studio::{CLOSED_REASONS, CUSTOM, ROLES, SOURCES, STATUSES, Studio, TODAY};
use super::{Book, BookSpec, JobsEach, Special, names};

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
    pub orders: Vec<super::record::Order>,
    /// Payments.
    pub payments: Vec<super::record::Payment>,
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
carded!(Person, JobContact, Event, super::record::Order, super::record::Payment, Note, File);
impl Carded for Job {
    fn card(&self) -> Card {
        Card { id: self.id, modified: self.modified, hidden: false, closed: self.closed }
    }
}

fn list_cards<T: Carded>(list: &[T]) -> Vec<Card> {
    list.iter().map(Carded::card).collect()
}

/// The id of the `slot`-th person of a household, without making the household.
pub(super) fn person_id(spec: &BookSpec, home: u32, slot: u64) -> Ulid {
    let second = spec.opened(home) + slot as i64;
    let mut dice = Dice::new(spec.seed, mix(u64::from(home) << 8 | slot | 1 << 50));
    Ulid::at(second * 1000, &mut dice)
}

/// A household in the making.
pub(super) struct Builder<'a> {
    book: &'a Book,
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

    fn later(&mut self, second: i64) -> Timestamp {
        let room = (self.spec.now() - second).max(0);
        let after = if self.dice.chance(50) { 0 } else { self.dice.between(0, room.min(400 * 86_400)) };
        Timestamp::from_second(second + after).unwrap_or_default()
    }

    fn add_person(&mut self, slot: u64, named: &Named, role: PartyRole) -> Ulid {
        let id = person_id(self.spec, self.home, slot);
        let second = self.spec.opened(self.home) + slot as i64;
        let created = Timestamp::from_second(second).unwrap_or_default();
        let modified = self.later(second);
        // Partners take their numbers after all primaries, so that a large book runs out of partners' numbers first.
        let ordinal = u64::from(self.home) + slot * u64::from(self.spec.homes());
        let cell_phone = match self.special {
            Some(Special::UnreadablePhone) if slot == 0 => Some(phones::unreadable(&mut self.dice)),
            Some(_) => phones::phone(self.country, ordinal, &mut self.dice),
            None if self.dice.chance(4) => Some(phones::unreadable(&mut self.dice)),
            None if self.dice.chance(6) => None,
            None => phones::phone(self.country, ordinal, &mut self.dice),
        };
        let email = self.email(slot, named);
        let hidden = self.is(Special::Hidden) || (self.special.is_none() && slot > 1 && self.dice.chance(10));
        let custom_fields = self.contact_fields(slot);
        let name = match &named.last {
            Some(last) => format!("{} {last}", named.first),
            None => named.first.clone(),
        };
        let second_email = (self.special.is_none() && email.is_some() && self.dice.chance(8))
            .then(|| format!("{}.work.{}@example.org", names::plain(&named.first), self.home));
        let birthdate =
            self.dice.chance(25).then(|| jiff::civil::date(1985, 3, 1).saturating_add(self.days(0, 5000)));
        let address = self.dice.chance(60).then(|| self.address());
        let opt_in = self.dice.chance(40);
        self.expected.people.push(ExpectedPerson {
            id,
            role,
            job_role: named.job_role,
            first_name: named.first.clone(),
            last_name: named.last.clone(),
            maiden_name: named.maiden.clone(),
            email: email.clone(),
            phone_e164: cell_phone.as_ref().and_then(|phone| phone.e164.clone()),
            phone_text: cell_phone.as_ref().map(|phone| phone.formatted.clone()),
            hidden,
        });
        self.out.persons.push(Person {
            id,
            created,
            modified,
            hidden,
            kind: "person",
            first_name: Some(named.first.clone()),
            last_name: named.last.clone(),
            maiden_name: named.maiden.clone(),
            name,
            salutation: named.salutation,
            email,
            secondary_email: second_email,
            cell_phone,
            home_phone: None,
            work_phone: None,
            fax: None,
            address,
            mailing_address: None,
            company_name: None,
            job_title: None,
            birthdate,
            anniversary: None,
            brand_id: self.brand,
            contact_preference: Some("email"),
            gender: None,
            custom_fields,
            external_mappings: Vec::new(),
            pinned: false,
            previous_client: Some(false),
            privacy_opt_in: Some(opt_in),
            require_strict_privacy: Some(self.country == Country::Gb),
            anonymized: false,
            vendor_role_id: None,
            account_balance: 0,
            credit_balance: 0,
            url: None,
        });
        id
    }

    fn email(&mut self, slot: u64, named: &Named) -> Option<String> {
        if self.is(Special::NoEmail) && slot == 0 {
            return None;
        }
        let first = names::plain(&named.first);
        let last = names::plain(named.last.as_deref().unwrap_or_default());
        if self.is(Special::FamilyEmail) && slot == 0 {
            return Some(format!("{last}.family.{}@example.org", self.home));
        }
        if self.special.is_none() && self.dice.chance(if slot == 0 { 1 } else { 12 }) {
            return None;
        }
        let domain =
            self.dice.pick(&["example.com", "example.org", "example.net", "Example.com", "EXAMPLE.ORG"]);
        let text = format!("{first}.{last}{}.{slot}", self.home);
        Some(match self.dice.below(4) {
            0 => format!("{}@{domain}", upper_first(&text)),
            _ => format!("{text}@{domain}"),
        })
    }

    fn address(&mut self) -> Address {
        let street = format!("{} {}", self.dice.between(1, 180), self.dice.pick(names::STREETS));
        let (town, code) = match self.country {
            Country::Gb => {
                let town = names::UK_TOWNS[self.dice.below(names::UK_TOWNS.len() as u64) as usize];
                (town, format!("{} {}QT", town.2, self.dice.between(1, 9)))
            }
            Country::Us => {
                let town = names::US_TOWNS[self.dice.below(names::US_TOWNS.len() as u64) as usize];
                (town, format!("{}{:02}", town.2, self.dice.between(1, 99)))
            }
        };
        Address {
            street_address: Some(street),
            village: None,
            city: Some(town.0.to_owned()),
            state: Some(town.1.to_owned()),
            postal_code: Some(code),
            country: Some(self.country.code()),
        }
    }

    fn contact_fields(&mut self, slot: u64) -> Vec<CustomValue> {
        let mut values = Vec::new();
        let engaged = match self.special {
            Some(Special::BadCustomDate) if slot == 0 => Some("31/02/2025".to_owned()),
            _ => self.dice.chance(20).then(|| TODAY.saturating_sub(self.days(200, 900)).to_string()),
        };
        if let Some(engaged) = engaged {
            values.push(self.custom("Date of engagement", engaged));
        }
        for (name, kind, _, choices) in CUSTOM.iter().filter(|field| field.2 == "Contact") {
            if *name != "Date of engagement" && self.dice.chance(12) {
                let text = self.custom_text(kind, choices);
                values.push(self.custom(name, text));
            }
        }
        values
    }

    pub(super) fn custom_text(&mut self, kind: &str, choices: &[&str]) -> String {
        match kind {
            "TextField" => {
                self.dice.pick(&["@harbour.light", "At Last", "Into the Mystic", "La Vie en rose"]).into()
            }
            "TextBox" => "Vegetarian\nNo nuts, please — \"really\" none".to_owned(),
            "DropDown" => choices[self.dice.below(choices.len().max(1) as u64) as usize].to_owned(),
            "Number" => self.dice.between(1, 12).to_string(),
            "Decimal" => format!("{}.{}", self.dice.between(1, 200), self.dice.below(10)),
            "Money" => self.spec.money(self.dice.between(100, 600) * 100).to_string(),
            "Date" => TODAY.saturating_add(self.days(-300, 300)).to_string(),
            "Time" => format!("{:02}:30:00", self.dice.between(9, 17)),
            _ => if self.dice.chance(50) { "1" } else { "0" }.to_owned(),
        }
    }

    pub(super) fn custom(&mut self, field: &str, value: String) -> CustomValue {
        let field_id = self.studio.id_of(Stream::CustomField, field).unwrap_or(Ulid(0));
        let id = Ulid::at(self.clock * 1000, &mut self.dice);
        let created = Timestamp::from_second(self.clock).unwrap_or_default();
        CustomValue { id, created, modified: created, hidden: false, field_id, value: Some(value) }
    }

    pub(super) fn days(&mut self, low: i64, high: i64) -> Span {
        self.dice.between(low, high).days()
    }

    fn add_parent(&mut self, named: &[Named]) {
        let wanted = self.is(Special::PayingMother) || (self.special.is_none() && self.dice.chance(18));
        if self.is(Special::MothersOtherChild) {
            // Made only for her names: she is a record of the other household.
            let (_, other) = self.book.party(Special::PayingMother.home());
            self.expected
                .people
                .extend(other.people.into_iter().filter(|person| person.role == PartyRole::Parent));
        }
        if !wanted {
            return;
        }
        let Some(child) = named.first() else { return };
        let mut parent =
            Named::plain(self.dice.pick(&["Margaret", "Patricia", "Dolores", "Eileen", "Gwyneth"]), "");
        parent.last = child.maiden.clone().or_else(|| child.last.clone());
        parent.job_role = "Mother of the bride";
        parent.salutation = Some("mrs");
        self.add_person(named.len() as u64, &parent, PartyRole::Parent);
    }

    fn add_jobs(&mut self, couple: bool) {
        let opened = Date::from(
            Timestamp::from_second(self.clock).unwrap_or_default().to_zoned(jiff::tz::TimeZone::UTC),
        );
        let wedding = couple && (self.special.is_some() || self.dice.chance(94));
        let kind = if wedding { "Wedding" } else { "Family portrait" };
        let undated = self.special.is_none() && self.dice.chance(4);
        let date = (!undated).then(|| self.wedding_day(opened, wedding));
        let second = match (self.spec.jobs_each, self.special) {
            (JobsEach::One, _) => false,
            (JobsEach::AsInLife, Some(special)) => special == Special::EngagementAndWedding,
            (JobsEach::AsInLife, None) => wedding && self.dice.chance(10),
        };
        let people = self.job_people();
        let title = self.title(kind);
        let venue = (wedding && self.dice.chance(92))
            .then(|| self.studio.venues[self.dice.below(self.studio.venues.len() as u64) as usize].clone());
        let job = self.add_job(kind, date, people.clone(), &title);
        self.add_events(job, kind, date, venue.as_ref());
        self.add_money(job, date, &people);
        self.add_papers(job, opened);
        if second {
            let day = date.map(|day| day.saturating_sub(90.days()));
            let title = self.title("Engagement");
            let clients: Vec<_> = people.iter().filter(|person| person.2).copied().collect();
            let job = self.add_job("Engagement", day, clients, &title);
            self.add_events(job, "Engagement", day, None);
        }
    }

    /// Who is on the household's first job: address-book id, role in words, marked as client.
    fn job_people(&mut self) -> Vec<(Ulid, &'static str, bool)> {
        let mut people = Vec::new();
        for person in self
            .expected
            .people
            .iter()
            .filter(|person| self.out.persons.iter().any(|own| own.id == person.id))
        {
            let marked = person.role != PartyRole::Parent
                && !matches!(self.special, Some(Special::RoleKindClient | Special::OnlyCustomer));
            people.push((person.id, person.job_role, marked));
        }
        if self.is(Special::OnlyCustomer)
            && let Some(only) = people.first_mut()
        {
            only.1 = "Billing contact";
        }
        if self.is(Special::MothersOtherChild) {
            let host = Special::PayingMother.home();
            people.push((person_id(self.spec, host, 2), "Mother of the groom", false));
        }
        if self.special.is_none() && self.dice.chance(12) {
            let crew = &self.studio.planners[self.dice.below(self.studio.planners.len() as u64) as usize];
            people.push((crew.id, crew.role, false));
        }
        if self.dice.chance(25) {
            let crew = &self.studio.vendors[self.dice.below(self.studio.vendors.len() as u64) as usize];
            people.push((crew.id, crew.role, false));
        }
        people.push((self.studio.staff[0].id, self.studio.staff[0].role, false));
        people
    }

    fn title(&self, kind: &str) -> String {
        let names: Vec<_> = self
            .expected
            .people
            .iter()
            .filter(|person| person.role != PartyRole::Parent)
            .map(|person| person.first_name.as_str())
            .collect();
        format!("{} {}", names.join(" & "), kind.to_lowercase())
    }

    fn wedding_day(&mut self, opened: Date, wedding: bool) -> Date {
        let ahead = if wedding { self.days(150, 480) } else { self.days(14, 90) };
        let day = opened.saturating_add(ahead).max(jiff::civil::date(2024, 1, 6));
        if wedding && self.dice.chance(75) {
            day.nth_weekday(1, Weekday::Saturday).unwrap_or(day)
        } else {
            day
        }
    }

    fn add_job(
        &mut self,
        kind: &'static str,
        date: Option<Date>,
        people: Vec<(Ulid, &'static str, bool)>,
        title: &str,
    ) -> usize {
        let (id, created, modified) = self.fresh();
        let opened = Date::from(created.to_zoned(jiff::tz::TimeZone::UTC));
        let recent = (TODAY - opened).get_days() < 45;
        let lead =
            self.special.is_none() && (date.is_none() || self.dice.chance(if recent { 35 } else { 12 }));
        let lost = self.is(Special::Closed) || (lead && !recent && self.dice.chance(60));
        let stage = match date {
            _ if lead || (lost && !self.is(Special::Closed)) => "lead",
            Some(day) if day < TODAY.saturating_sub(60.days()) => "completed",
            Some(day) if day < TODAY => "fulfillment",
            _ => "booked",
        };
        let delivered = stage == "completed" && self.special.is_none() && self.dice.chance(30);
        let closed = lost || delivered;
        let reason = match (lost, delivered) {
            (true, _) => Some(CLOSED_REASONS[self.dice.below(4) as usize]),
            (false, true) => Some(CLOSED_REASONS[4]),
            (false, false) => None,
        };
        let source = self.dice.pick(SOURCES);
        let status = STATUSES[if lost { 3 } else { self.dice.below(3) as usize }].0;
        let custom_fields = self.job_fields();
        let id_of = |stream, name: &str| self.studio.id_of(stream, name);
        let job = Job {
            id,
            created,
            modified,
            account_balance: 0,
            booking_date: (stage != "lead").then(|| opened.saturating_add(9.days()).min(TODAY)),
            brand_id: self.brand,
            closed,
            closed_reason_id: reason.and_then(|name| id_of(Stream::JobClosedReason, name)),
            closed_date: closed.then(|| opened.saturating_add(30.days()).min(TODAY)),
            closed_reason_name: reason,
            completed_date: (stage == "completed")
                .then(|| date.map(|day| day.saturating_add(50.days())))
                .flatten(),
            credit_balance: 0,
            custom_fields,
            custom_number: Some(format!("J{:05}", self.home + 1)),
            event_date: date,
            external_mappings: Vec::new(),
            fulfillment_date: matches!(stage, "fulfillment" | "completed").then_some(date).flatten(),
            guest_count: (kind == "Wedding").then(|| 20 + (id.0 % 180) as u32),
            inquiry_date: Some(opened),
            job_type_id: id_of(Stream::JobType, kind),
            job_type_name: Some(kind),
            last_client_activity: None,
            lead_confidence: (stage == "lead").then_some("medium"),
            lead_max_budget: None,
            lead_notes: (stage == "lead").then(|| "Saw us at the fair & loved the <i>light</i>".to_owned()),
            lead_rating: None,
            lead_source_id: id_of(Stream::LeadSource, source),
            lead_source_name: SOURCES.iter().find(|name| **name == source).copied(),
            lead_status_id: id_of(Stream::LeadStatus, status),
            lead_status_name: Some(status),
            lead_status_changed_at: Some(created),
            name: None,
            pinned: false,
            primary_session_id: None,
            sample: false,
            stage,
            title: Some(title.to_owned()),
            total_cost: 0,
            total_profit: 0,
            total_revenue: 0,
            web_lead: id.0 % 3 == 0,
        };
        self.out.jobs.push(job);
        for (contact_id, role, client) in &people {
            self.add_job_contact(id, *contact_id, role, *client);
        }
        self.expected.jobs.push(ExpectedJob { id, kind, stage, closed, date, venue: None, people });
        self.out.jobs.len() - 1
    }

    fn add_job_contact(&mut self, job_id: Ulid, contact_id: Ulid, role: &str, client: bool) {
        let (id, created, modified) = self.fresh();
        let kind = ROLES.iter().find(|held| held.0 == role).map_or("subject", |held| held.1);
        let named_client = self.is(Special::RoleKindClient) && kind == "subject";
        let mut role_kinds = Vec::new();
        if client || named_client {
            role_kinds.push("client");
        }
        role_kinds.push(kind);
        let job_roles = self.studio.id_of(Stream::JobRole, role).into_iter().collect();
        self.out.job_contacts.push(JobContact {
            id,
            created,
            modified,
            hidden: false,
            client,
            contact_id,
            external_mappings: Vec::new(),
            job_id,
            job_roles,
            role_kinds,
        });
    }

    fn job_fields(&mut self) -> Vec<CustomValue> {
        let mut values = Vec::new();
        for (name, kind, _, choices) in CUSTOM.iter().filter(|field| field.2 == "Job") {
            // The first wedding of a book shows every kind of field at once.
            if self.is(Special::EngagementAndWedding) || self.dice.chance(15) {
                let text = self.custom_text(kind, choices);
                values.push(self.custom(name, text));
            }
        }
        values
    }

    fn add_events(&mut self, job: usize, kind: &str, date: Option<Date>, venue: Option<&super::Venue>) {
        if let Some(day) = date {
            let (name, start) = match kind {
                "Wedding" => ("Wedding ceremony", time(13 + (day.day() % 3), 30, 0, 0)),
                "Engagement" => ("Engagement shoot", time(17, 0, 0, 0)),
                _ => ("Portrait session", time(10, 15, 0, 0)),
            };
            let all_day = kind == "Wedding" && self.special.is_none() && self.dice.chance(15);
            let place = venue.map(|venue| EventPlace { id: Some(venue.id), address: None });
            let id = self.add_event(job, name, day, (!all_day).then_some(start), place);
            self.out.jobs[job].primary_session_id = Some(id);
            if let Some(expected) = self.expected.jobs.get_mut(job) {
                expected.venue = venue.map(|venue| venue.name.clone());
            }
        }
        if kind == "Wedding" && self.dice.chance(45) {
            let asked = self.out.jobs[job].inquiry_date.unwrap_or(TODAY).saturating_add(6.days());
            self.add_event(job, "Consultation", asked, Some(time(18, 30, 0, 0)), None);
        }
    }

    fn add_event(
        &mut self,
        job: usize,
        kind: &'static str,
        day: Date,
        start: Option<jiff::civil::Time>,
        location: Option<EventPlace>,
    ) -> Ulid {
        let (id, created, modified) = self.fresh();
        let end = start.map(|start| start.saturating_add(SignedDuration::from_hours(4)));
        let utc = |time: Option<_>| time.and_then(|time| self.studio.utc(day, time));
        let event = Event {
            id,
            created,
            modified,
            hidden: false,
            all_day: start.is_none(),
            channel: if kind == "Consultation" { "Virtual" } else { "InPerson" },
            confirmed: self.out.jobs[job].stage != "lead",
            description_html: (kind == "Consultation").then(|| "<p>Talk about the day</p>".to_owned()),
            end_date: Some(day),
            end_time: end,
            end_utc: utc(end),
            external_mappings: Vec::new(),
            job_id: Some(self.out.jobs[job].id),
            location,
            name: Some(kind.to_owned()),
            read_only: false,
            start_date: Some(day),
            start_time: start,
            start_utc: utc(start),
            timezone_name: Some(self.studio.zone),
            timezone_id: Some(self.studio.zone_id),
            type_id: self.studio.id_of(Stream::EventType, kind),
            virtual_url: None,
        };
        self.out.events.push(event);
        self.expected.counts.events += 1;
        id
    }

    fn add_papers(&mut self, job: usize, opened: Date) {
        let job_id = self.out.jobs[job].id;
        let author = Some(self.studio.staff[0].id);
        if self.dice.chance(45) {
            let (id, created, modified) = self.fresh();
            let on_contact = self.dice.chance(35);
            let contact_id = on_contact.then(|| self.out.persons[0].id);
            let text = self.dice.pick(&[
                "<p>Rang: they'd love <b>golden hour</b> by the lake &amp; no group shots.</p>",
                "<p>Grandmother uses a wheelchair.</p><ul><li>ramp</li><li>front row</li></ul>",
                "<div>Sent brochure<br>Chase on Friday</div>",
            ]);
            self.out.notes.push(Note {
                id,
                created,
                modified,
                hidden: false,
                author_id: author,
                contact_id,
                content_html: text.to_owned(),
                date: Some(opened),
                job_id: (!on_contact).then_some(job_id),
            });
            self.expected.counts.notes += 1;
        }
        if self.dice.chance(35) {
            let (id, created, modified) = self.fresh();
            let size = Some(12_000 + self.dice.below(900_000));
            self.out.files.push(File {
                id,
                created,
                modified,
                hidden: false,
                attached_to: vec![AttachedTo { entity: "job", id: job_id }],
                created_by_contact_id: author,
                description: None,
                filename: "contract signed.pdf".to_owned(),
                mime_type: Some("application/pdf"),
                name: Some("Contract (signed)".to_owned()),
                size,
            });
            self.expected.counts.files += 1;
        }
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

fn upper_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

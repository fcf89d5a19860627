//! What a correct import must find, written down by the generator while it makes the book.
//!
//! Nothing here is worked out by reading records back: an expectation derived with the connector's own logic would
//! agree with the connector's own mistakes.

use jiff::civil::Date;

use super::dice::Ulid;
use super::record::Stream;

/// What somebody is to a booking party.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PartyRole {
    /// The first client person, in job-contact order, of the party's first job.
    Primary,
    /// The other client person.
    Partner,
    /// Pays or is a parent; never makes two jobs one client.
    Parent,
}

/// A human of a party.
#[derive(Debug, Clone)]
pub struct ExpectedPerson {
    /// Address-book id.
    pub id: Ulid,
    /// What they are to the party.
    pub role: PartyRole,
    /// Their job role in words.
    pub job_role: &'static str,
    /// Given name.
    pub first_name: String,
    /// Family name; none for people with one name.
    pub last_name: Option<String>,
    /// Family name before the wedding.
    pub maiden_name: Option<String>,
    /// As typed.
    pub email: Option<String>,
    /// Mobile in E.164.
    pub phone_e164: Option<String>,
    /// Mobile as typed.
    pub phone_text: Option<String>,
    /// Put away in the CRM.
    pub hidden: bool,
    /// Values of the supplier's own fields.
    pub custom: Vec<ExpectedCustom>,
}

/// A value of one of the supplier's own fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedCustom {
    /// Id of the field's definition.
    pub field: Ulid,
    /// The text as the CRM keeps it, whatever the field's kind.
    pub text: String,
}

/// A job of a party.
#[derive(Debug, Clone)]
pub struct ExpectedJob {
    /// Id.
    pub id: Ulid,
    /// Kind, in words.
    pub kind: &'static str,
    /// Stage, in the CRM's words.
    pub stage: &'static str,
    /// Whether closed.
    pub closed: bool,
    /// The day.
    pub date: Option<Date>,
    /// Where.
    pub venue: Option<String>,
    /// Everybody on it: address-book id, role in words, marked as client.
    pub people: Vec<(Ulid, &'static str, bool)>,
    /// Values of the supplier's own fields.
    pub custom: Vec<ExpectedCustom>,
}

/// Sums of a party, in the currency's minor unit whatever unit the book writes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ExpectedMoney {
    /// Orders, drafts included.
    pub ordered: i64,
    /// Posted payments.
    pub paid: i64,
    /// Given back.
    pub refunded: i64,
}

/// Records that hang on a party's jobs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ExpectedCounts {
    /// Events.
    pub events: usize,
    /// Orders.
    pub orders: usize,
    /// Invoices inside them.
    pub invoices: usize,
    /// Payments, refunds not counted.
    pub payments: usize,
    /// Refunds inside payments.
    pub refunds: usize,
    /// Allocations of payments.
    pub allocations: usize,
    /// Notes.
    pub notes: usize,
    /// Files.
    pub files: usize,
}

/// One booking party: what becomes one client.
#[derive(Debug, Clone)]
pub struct ExpectedParty {
    /// Its number in the book, from 0.
    pub index: usize,
    /// Its people; the primary first, then the partner, then parents.
    pub people: Vec<ExpectedPerson>,
    /// Its jobs in the order they were made.
    pub jobs: Vec<ExpectedJob>,
    /// Day of the main wedding: the next one, else the latest; of the latest job where there is no wedding.
    pub wedding_date: Option<Date>,
    /// Venue of that job.
    pub venue: Option<String>,
    /// All its client persons are put away.
    pub hidden: bool,
    /// All its jobs are closed.
    pub closed: bool,
    /// Records.
    pub counts: ExpectedCounts,
    /// Money.
    pub money: ExpectedMoney,
}

impl ExpectedParty {
    /// The first person.
    pub fn primary(&self) -> Option<&ExpectedPerson> {
        self.people.iter().find(|person| person.role == PartyRole::Primary)
    }

    /// The second person.
    pub fn partner(&self) -> Option<&ExpectedPerson> {
        self.people.iter().find(|person| person.role == PartyRole::Partner)
    }
}

/// The generator's own list.
#[derive(Debug, Clone)]
pub struct Expected {
    /// Parties, in book order. Exactly as many as the book has clients.
    pub parties: Vec<ExpectedParty>,
    /// Records per growing list, sample and hidden and closed ones included.
    pub totals: Vec<(Stream, usize)>,
    /// Persons on no job.
    pub without_job: Vec<Ulid>,
    /// Persons on sample jobs alone.
    pub sample_people: Vec<Ulid>,
    /// Sample jobs.
    pub sample_jobs: Vec<Ulid>,
    /// Locations, companies and employees, which belong to no party; with them the planners.
    pub studio_contacts: usize,
}

impl Expected {
    /// How many records a list holds.
    pub fn total(&self, stream: Stream) -> usize {
        self.totals.iter().find(|(held, _)| *held == stream).map_or(0, |(_, total)| *total)
    }
}

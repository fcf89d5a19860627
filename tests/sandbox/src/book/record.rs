//! The records of a household, in the shape the vendor's API v2 document gives them.
//!
//! Only what grows with the book is typed here, because pages of a 100,000-client book are written straight from these
//! structs. Small lists (roles, types, custom fields) are plain JSON in `studio`. `links` is not here: it depends on
//! the address the sandbox listens on and is added when a page is written.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use serde::Serialize;

use super::dice::Ulid;
use super::phones::Phone;

/// A list of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stream {
    /// Persons, companies, locations and employees.
    AddressBook,
    /// Jobs and leads.
    Job,
    /// Who is on a job.
    JobContact,
    /// Appointments and sessions.
    Event,
    /// Orders with their invoices.
    Order,
    /// Payments.
    Payment,
    /// Notes.
    Note,
    /// Files, without contents.
    File,
    /// Custom field definitions.
    CustomField,
    /// Where leads come from.
    LeadSource,
    /// How far a lead is.
    LeadStatus,
    /// What somebody is on a job.
    JobRole,
    /// Kinds of job.
    JobType,
    /// Kinds of event.
    EventType,
    /// Why a job was closed.
    JobClosedReason,
    /// Ways to pay.
    PaymentMethod,
    /// Time zones.
    Timezone,
    /// Brands of the studio.
    Brand,
    /// People who sign in to the studio.
    User,
}

impl Stream {
    /// Every stream.
    pub const ALL: [Self; 19] = [
        Self::AddressBook,
        Self::Job,
        Self::JobContact,
        Self::Event,
        Self::Order,
        Self::Payment,
        Self::Note,
        Self::File,
        Self::CustomField,
        Self::LeadSource,
        Self::LeadStatus,
        Self::JobRole,
        Self::JobType,
        Self::EventType,
        Self::JobClosedReason,
        Self::PaymentMethod,
        Self::Timezone,
        Self::Brand,
        Self::User,
    ];

    /// Streams that grow with the book.
    pub const GROWING: [Self; 8] = [
        Self::AddressBook,
        Self::Job,
        Self::JobContact,
        Self::Event,
        Self::Order,
        Self::Payment,
        Self::Note,
        Self::File,
    ];

    /// The path segment under `/api/v2/`.
    pub fn path(self) -> &'static str {
        match self {
            Self::AddressBook => "address-book",
            Self::Job => "job",
            Self::JobContact => "job-contact",
            Self::Event => "event",
            Self::Order => "order",
            Self::Payment => "payment",
            Self::Note => "note",
            Self::File => "file",
            Self::CustomField => "custom-field",
            Self::LeadSource => "lead-source",
            Self::LeadStatus => "lead-status",
            Self::JobRole => "job-role",
            Self::JobType => "job-type",
            Self::EventType => "event-type",
            Self::JobClosedReason => "job-closed-reason",
            Self::PaymentMethod => "payment-method",
            Self::Timezone => "timezone",
            Self::Brand => "brand",
            Self::User => "user",
        }
    }

    /// The stream behind a path segment.
    pub fn from_path(path: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stream| stream.path() == path)
    }
}

/// A value of a custom field; the vendor sends each kind as text.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CustomValue {
    /// Of the value.
    pub id: Ulid,
    /// When made.
    pub created: Timestamp,
    /// When last changed.
    pub modified: Timestamp,
    /// Never set here.
    pub hidden: bool,
    /// Of the definition.
    pub field_id: Ulid,
    /// As typed.
    pub value: Option<String>,
}

/// A postal address.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Address {
    /// Number and street.
    pub street_address: Option<String>,
    /// Village.
    pub village: Option<String>,
    /// Town.
    pub city: Option<String>,
    /// County or state.
    pub state: Option<String>,
    /// Postcode or ZIP code.
    pub postal_code: Option<String>,
    /// ISO 3166-1, two letters.
    pub country: Option<&'static str>,
}

/// A person of the address book.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Person {
    /// Id.
    pub id: Ulid,
    /// When made.
    pub created: Timestamp,
    /// When last changed.
    pub modified: Timestamp,
    /// Put away by the supplier.
    pub hidden: bool,
    /// Always `person`.
    pub kind: &'static str,
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// Family name before a wedding.
    pub maiden_name: Option<String>,
    /// Both names, made by the vendor.
    pub name: String,
    /// `mr`, `mrs`, ...
    pub salutation: Option<&'static str>,
    /// Main address.
    pub email: Option<String>,
    /// Second address.
    pub secondary_email: Option<String>,
    /// Mobile.
    pub cell_phone: Option<Phone>,
    /// At home.
    pub home_phone: Option<Phone>,
    /// At work.
    pub work_phone: Option<Phone>,
    /// Fax.
    pub fax: Option<Phone>,
    /// Home.
    pub address: Option<Address>,
    /// For letters.
    pub mailing_address: Option<Address>,
    /// Firm.
    pub company_name: Option<String>,
    /// Trade.
    pub job_title: Option<String>,
    /// Birthday.
    pub birthdate: Option<Date>,
    /// Anniversary.
    pub anniversary: Option<Date>,
    /// Brand.
    pub brand_id: Option<Ulid>,
    /// `email`, `cell-phone`, ...
    pub contact_preference: Option<&'static str>,
    /// `male`, `female` or null.
    pub gender: Option<&'static str>,
    /// Values of custom fields.
    pub custom_fields: Vec<CustomValue>,
    /// Ids of others; always empty here.
    pub external_mappings: Vec<CustomValue>,
    /// Pinned to the top.
    pub pinned: bool,
    /// Booked before.
    pub previous_client: Option<bool>,
    /// Agreed to marketing.
    pub privacy_opt_in: Option<bool>,
    /// Under the GDPR.
    pub require_strict_privacy: Option<bool>,
    /// Made nameless on request.
    pub anonymized: bool,
    /// The role a vendor fills.
    pub vendor_role_id: Option<Ulid>,
    /// What is owed, in the studio's unit.
    pub account_balance: i64,
    /// What is held for them, in the studio's unit.
    pub credit_balance: i64,
    /// Web site.
    pub url: Option<String>,
}

/// A job or lead.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    /// Id.
    pub id: Ulid,
    /// When made.
    pub created: Timestamp,
    /// When last changed.
    pub modified: Timestamp,
    /// What is owed, in the studio's unit.
    pub account_balance: i64,
    /// When booked.
    pub booking_date: Option<Date>,
    /// Brand.
    pub brand_id: Option<Ulid>,
    /// Whether it is closed.
    pub closed: bool,
    /// Why.
    pub closed_reason_id: Option<Ulid>,
    /// When.
    pub closed_date: Option<Date>,
    /// Why, in words.
    pub closed_reason_name: Option<&'static str>,
    /// When all was delivered.
    pub completed_date: Option<Date>,
    /// Held credit, in the studio's unit.
    pub credit_balance: i64,
    /// Values of custom fields.
    pub custom_fields: Vec<CustomValue>,
    /// The studio's own number.
    pub custom_number: Option<String>,
    /// The day.
    pub event_date: Option<Date>,
    /// Ids of others; always empty here.
    pub external_mappings: Vec<CustomValue>,
    /// When the work after the day began.
    pub fulfillment_date: Option<Date>,
    /// Guests.
    pub guest_count: Option<u32>,
    /// When they first wrote.
    pub inquiry_date: Option<Date>,
    /// Kind.
    pub job_type_id: Option<Ulid>,
    /// Kind, in words.
    pub job_type_name: Option<&'static str>,
    /// When the client last looked.
    pub last_client_activity: Option<Timestamp>,
    /// `low`, `medium`, `high`.
    pub lead_confidence: Option<&'static str>,
    /// Budget, in the studio's unit.
    pub lead_max_budget: Option<i64>,
    /// What was said at first.
    pub lead_notes: Option<String>,
    /// 1 to 5.
    pub lead_rating: Option<u32>,
    /// Source.
    pub lead_source_id: Option<Ulid>,
    /// Source, in words.
    pub lead_source_name: Option<&'static str>,
    /// Status.
    pub lead_status_id: Option<Ulid>,
    /// Status, in words.
    pub lead_status_name: Option<&'static str>,
    /// Since when.
    pub lead_status_changed_at: Option<Timestamp>,
    /// A name given by the supplier.
    pub name: Option<String>,
    /// Pinned to the top.
    pub pinned: bool,
    /// The event that is the day itself.
    pub primary_session_id: Option<Ulid>,
    /// Part of the vendor's sample data.
    pub sample: bool,
    /// `lead`, `booked`, `fulfillment`, `completed`.
    pub stage: &'static str,
    /// The name shown, made by the vendor.
    pub title: Option<String>,
    /// Cost, in the studio's unit.
    pub total_cost: i64,
    /// Profit, in the studio's unit.
    pub total_profit: i64,
    /// Revenue, in the studio's unit.
    pub total_revenue: i64,
    /// Came from the web form.
    pub web_lead: bool,
}

/// Somebody on a job.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct JobContact {
    /// Id.
    pub id: Ulid,
    /// When made.
    pub created: Timestamp,
    /// When last changed.
    pub modified: Timestamp,
    /// Put away.
    pub hidden: bool,
    /// Marked as the client.
    pub client: bool,
    /// Of the address book entry.
    pub contact_id: Ulid,
    /// Ids of others; always empty here.
    pub external_mappings: Vec<CustomValue>,
    /// Of the job.
    pub job_id: Ulid,
    /// Roles.
    pub job_roles: Vec<Ulid>,
    /// Kinds of those roles, and `client`.
    pub role_kinds: Vec<&'static str>,
}

/// Where an event takes place.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EventPlace {
    /// Of the location in the address book.
    pub id: Option<Ulid>,
    /// Where there is no entry.
    pub address: Option<Address>,
}

/// An appointment or session.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// Id.
    pub id: Ulid,
    /// When made.
    pub created: Timestamp,
    /// When last changed.
    pub modified: Timestamp,
    /// Put away.
    pub hidden: bool,
    /// Without times.
    pub all_day: bool,
    /// `InPerson`, `Phone`, `Virtual`.
    pub channel: &'static str,
    /// Whether it is agreed.
    pub confirmed: bool,
    /// What it is about.
    pub description_html: Option<String>,
    /// Last day, where the event is.
    pub end_date: Option<Date>,
    /// End, where the event is.
    pub end_time: Option<Time>,
    /// End in UTC.
    pub end_utc: Option<Timestamp>,
    /// Ids of others; always empty here.
    pub external_mappings: Vec<CustomValue>,
    /// Of the job.
    pub job_id: Option<Ulid>,
    /// Place.
    pub location: Option<EventPlace>,
    /// Name.
    pub name: Option<String>,
    /// Cannot be changed.
    pub read_only: bool,
    /// First day, where the event is.
    pub start_date: Option<Date>,
    /// Start, where the event is.
    pub start_time: Option<Time>,
    /// Start in UTC.
    pub start_utc: Option<Timestamp>,
    /// Zone, IANA.
    pub timezone_name: Option<&'static str>,
    /// Zone's id.
    pub timezone_id: Option<Ulid>,
    /// Kind.
    pub type_id: Option<Ulid>,
    /// Address of a video call.
    pub virtual_url: Option<String>,
}

/// A note.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Note {
    /// Id.
    pub id: Ulid,
    /// When made.
    pub created: Timestamp,
    /// When last changed.
    pub modified: Timestamp,
    /// Put away.
    pub hidden: bool,
    /// Who wrote it.
    pub author_id: Option<Ulid>,
    /// About whom.
    pub contact_id: Option<Ulid>,
    /// The text, HTML.
    pub content_html: String,
    /// Of which day.
    pub date: Option<Date>,
    /// Of the job.
    pub job_id: Option<Ulid>,
}

/// What a file hangs on.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AttachedTo {
    /// `job`, `contact`, ...
    pub entity: &'static str,
    /// Its id.
    pub id: Ulid,
}

/// A file; the sandbox holds no contents.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct File {
    /// Id.
    pub id: Ulid,
    /// When made.
    pub created: Timestamp,
    /// When last changed.
    pub modified: Timestamp,
    /// Put away.
    pub hidden: bool,
    /// What it hangs on.
    pub attached_to: Vec<AttachedTo>,
    /// Who put it there.
    pub created_by_contact_id: Option<Ulid>,
    /// Description.
    pub description: Option<String>,
    /// Name on disk.
    pub filename: String,
    /// Type.
    pub mime_type: Option<&'static str>,
    /// Name shown.
    pub name: Option<String>,
    /// Bytes.
    pub size: Option<u64>,
}

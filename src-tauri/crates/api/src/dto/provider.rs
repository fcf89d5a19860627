//! The CRMs there are, how each is reached, what can be done there and how well that is known (R114 to R117).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::RecordType;
use crate::WireMessage;

/// What kind of system it is to a supplier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ProviderCategory {
    /// Clients, jobs and money of a studio.
    Crm,
    /// Galleries for clients.
    Gallery,
    /// An address book.
    Contacts,
    /// A calendar.
    Calendar,
    /// Appointments that clients book.
    Scheduling,
    /// Books of account.
    Accounts,
    /// Hands things on between others.
    Automation,
    /// Whatever the person has.
    Custom,
}

/// A way to reach a book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RouteKind {
    /// Its API.
    Api,
    /// A window in which the person signs in.
    SignIn,
    /// Its exports, or any list.
    File,
    /// A calendar by its address.
    Feed,
    /// A place that only takes.
    Push,
    /// What WedSync's cloud hands on.
    Bridge,
}

/// How well something about a CRM is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// The provider says so.
    Documented,
    /// Others have seen it.
    Observed,
    /// Only the specification says so.
    Specified,
}

/// What a route is opened with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum AuthKind {
    /// A key in a header.
    Header,
    /// A bearer token.
    Bearer,
    /// A user name and a password.
    Basic,
    /// A key in the address.
    Query,
    /// A key in a form.
    Field,
    /// The person says which way it is.
    Ask,
    /// OAuth 2.0.
    Oauth2,
    /// A session that the person opens.
    Session,
    /// A secret address.
    Address,
}

/// The specification's four kinds (R114).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum AuthType {
    /// In the person's own browser.
    Oauth2,
    /// A key, wherever it goes.
    ApiKey,
    /// A user name and a password.
    BasicAuth,
    /// Anything else: a file, a window, an address.
    Custom,
}

/// What can be done with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Bring it in.
    Read,
    /// Make one there.
    Create,
    /// Change one there.
    Update,
    /// Delete one there.
    Delete,
}

/// A format of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    /// Comma, tab or semicolon separated.
    Csv,
    /// A spreadsheet.
    Xlsx,
    /// An archive of files.
    Zip,
    /// An address book.
    Vcard,
    /// A calendar.
    Icalendar,
}

/// One way to reach a CRM.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ProviderRoute {
    /// Which.
    pub kind: RouteKind,
    /// Whether this version has it; what it has not is told and never offered.
    pub works: bool,
    /// How well it is known.
    pub evidence: Evidence,
    /// What it is opened with; nothing for files.
    pub auth: Option<AuthKind>,
    /// Where the person says which way it is: the ways there are.
    pub asks: Vec<AuthKind>,
    /// Whether the person has to give an address.
    pub needs_address: bool,
    /// Whether a test read has to find the list, its pages and its fields.
    pub recognised: bool,
    /// "Where do I find this?"
    pub help: WireMessage,
    /// What to know before choosing it.
    pub note: Option<WireMessage>,
    /// Why WedSync has switched it off, if it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub off: Option<WireMessage>,
    /// Why it is off until the person switches it on: the provider allowed nobody this way.
    pub off_until: Option<WireMessage>,
    /// Since when it is on, where it had to be switched on.
    #[ts(type = "string | null")]
    pub on_since: Option<Timestamp>,
    /// Formats of its exports.
    pub formats: Vec<ExportFormat>,
    /// Exports whose columns are known.
    pub exports: Vec<WireMessage>,
}

/// What can be done with some records (R115).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ProviderFeature {
    /// By which route.
    pub route: RouteKind,
    /// The records.
    pub record: RecordType,
    /// What.
    pub operation: Operation,
    /// Whether this version does it.
    pub works: bool,
    /// How well it is known.
    pub evidence: Evidence,
    /// What it cannot do.
    pub limitation: Option<WireMessage>,
}

/// What becomes of a field (R116).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ProviderField {
    /// Record in WedSync.
    pub record: RecordType,
    /// Field there.
    pub standard_field: String,
    /// What it is called in the CRM, or where it stands in a record of it.
    pub provider_field: String,
    /// Type of the values.
    pub field_type: String,
    /// By which route it comes.
    pub route: RouteKind,
    /// Whether a record without it is looked at by a person.
    pub is_required: bool,
    /// Value where the CRM has none.
    pub default_value: Option<String>,
}

/// How many requests are allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RateLimits {
    /// In a minute.
    pub per_minute: Option<u32>,
    /// In an hour.
    pub per_hour: Option<u32>,
}

/// A CRM that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ProviderInfo {
    /// Key, such as `tave`.
    pub key: String,
    /// Name.
    pub name: String,
    /// One line about it.
    pub description: WireMessage,
    /// Icon below `icons/`.
    pub logo: String,
    /// What kind of system it is.
    pub category: ProviderCategory,
    /// Other names it is known by.
    pub aliases: Vec<String>,
    /// How its API is signed in to.
    pub auth_type: AuthType,
    /// Where the browser is sent for it.
    pub auth_url: Option<String>,
    /// What is asked for there.
    pub scopes: Vec<String>,
    /// How many requests are allowed.
    pub rate_limits: RateLimits,
    /// The ways to reach it.
    pub routes: Vec<ProviderRoute>,
    /// What can be done there.
    pub features: Vec<ProviderFeature>,
    /// What becomes of its fields.
    pub field_mappings: Vec<ProviderField>,
}

/// The CRMs that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Providers {
    /// Each of them, most asked for first.
    pub providers: Vec<ProviderInfo>,
}

//! Connections, their keys and what to bring.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use ts_rs::TS;

use super::{ConnectionStatus, RecordType};
use crate::SecretText;

/// A connection by its id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ConnectionId {
    /// The id.
    pub connection_id: String,
}

/// A key to try.
#[derive(Debug, Clone, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ConnectionTest {
    /// Provider key.
    pub provider: String,
    /// Address in place of the CRM's own.
    #[serde(default)]
    #[ts(optional)]
    pub base_url: Option<String>,
    /// The API key.
    pub key: SecretText,
}

/// A connection to make.
#[derive(Debug, Clone, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ConnectionCreate {
    /// Provider key.
    pub provider: String,
    /// Name for it; the account's own name when absent.
    #[serde(default)]
    #[ts(optional)]
    pub name: Option<String>,
    /// Address in place of the CRM's own.
    #[serde(default)]
    #[ts(optional)]
    pub base_url: Option<String>,
    /// The API key; for a calendar by its address, the address, which opens it like a key.
    pub key: SecretText,
    /// The way that it opens, where that is not the CRM's API: `feed`.
    #[serde(default)]
    #[ts(optional)]
    pub route: Option<super::RouteKind>,
}

/// Another key for a connection.
#[derive(Debug, Clone, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ConnectionSetKey {
    /// The connection.
    pub connection_id: String,
    /// The new key, of the same account.
    pub key: SecretText,
}

/// What writing to the CRM is known to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum WritePermission {
    /// Checked when two-way is turned on; never by writing.
    CheckedLater,
}

/// What a key opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AccountView {
    /// The CRM's id of the account.
    pub account_id: String,
    /// Name.
    pub name: String,
    /// IANA zone.
    pub time_zone: Option<String>,
    /// ISO 4217.
    pub currency: Option<String>,
    /// ISO 3166.
    pub country: Option<String>,
    /// Streams that can be read.
    pub readable: Vec<String>,
    /// Writing.
    pub write_permission: WritePermission,
    /// What is left of the request budget, where it is known.
    pub budget: Vec<BudgetWindow>,
}

impl From<hub_core::ports::AccountInfo> for AccountView {
    fn from(account: hub_core::ports::AccountInfo) -> AccountView {
        AccountView {
            account_id: account.account_id,
            name: account.name,
            time_zone: account.time_zone,
            currency: account.currency,
            country: account.country,
            readable: account.readable,
            write_permission: WritePermission::CheckedLater,
            budget: Vec::new(),
        }
    }
}

/// One window of a request budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BudgetWindow {
    /// Requests at most.
    pub requests: u32,
    /// In so many seconds.
    pub per_seconds: u32,
    /// Requests left.
    pub left: u32,
    /// When the oldest one that was sent leaves the window, and another is free again.
    #[ts(type = "string | null")]
    pub oldest_leaves_at: Option<Timestamp>,
}

/// The windows of a budget.
pub(crate) fn windows(budget: &hub_core::ports::BudgetState) -> Vec<BudgetWindow> {
    budget
        .windows
        .iter()
        .map(|(limit, left, leaves)| BudgetWindow {
            requests: limit.requests,
            per_seconds: limit.per_seconds,
            left: *left,
            oldest_leaves_at: *leaves,
        })
        .collect()
}

/// What to bring, on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// Record types left out.
    pub excluded_record_types: Vec<RecordType>,
    /// Weddings from this day on.
    #[ts(type = "string | null")]
    pub from: Option<jiff::civil::Date>,
    /// Weddings up to this day.
    #[ts(type = "string | null")]
    pub until: Option<jiff::civil::Date>,
    /// Also weddings that are over.
    pub historical: bool,
    /// Also closed jobs.
    pub closed: bool,
    /// Also hidden contacts.
    pub hidden: bool,
    /// Also persons without a job.
    pub people_without_job: bool,
    /// Leave out persons who asked to be forgotten.
    pub leave_out_anonymised: bool,
}

impl From<hub_core::ports::Scope> for Scope {
    fn from(scope: hub_core::ports::Scope) -> Scope {
        Scope {
            excluded_record_types: scope
                .excluded_record_types
                .iter()
                .filter_map(|name| hub_core::record::RecordType::parse(name))
                .map(RecordType::from)
                .collect(),
            from: scope.from,
            until: scope.until,
            historical: scope.historical,
            closed: scope.closed,
            hidden: scope.hidden,
            people_without_job: scope.people_without_job,
            leave_out_anonymised: scope.leave_out_anonymised,
        }
    }
}

impl From<Scope> for hub_core::ports::Scope {
    fn from(scope: Scope) -> hub_core::ports::Scope {
        hub_core::ports::Scope {
            excluded_record_types: scope
                .excluded_record_types
                .into_iter()
                .map(|kind| hub_core::record::RecordType::from(kind).as_str().to_owned())
                .collect(),
            from: scope.from,
            until: scope.until,
            historical: scope.historical,
            closed: scope.closed,
            hidden: scope.hidden,
            people_without_job: scope.people_without_job,
            leave_out_anonymised: scope.leave_out_anonymised,
        }
    }
}

/// What to bring, with the consent that goes with it (R224).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ConnectionSetScope {
    /// The connection.
    pub connection_id: String,
    /// What to bring.
    pub scope: Scope,
    /// Version of the text that was agreed to.
    pub consent_text_version: String,
}

/// Answers that the data cannot give; what is absent stays as it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ConnectionAnswer {
    /// The connection.
    pub connection_id: String,
    /// Answers by name: `money_unit`, `date_orders`, `decimal_marks`, `country`, `currency`, `zone`.
    #[ts(type = "Record<string, unknown>")]
    pub decisions: serde_json::Map<String, Json>,
}

/// The way in which a connection reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Route {
    /// With a key, from the CRM itself.
    Api,
    /// From files that a person picks.
    File,
    /// By events that WedSync's cloud hands on.
    Bridge,
    /// From a calendar by its address.
    Feed,
}

/// A connection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct ConnectionView {
    /// Id.
    pub id: String,
    /// Provider key.
    pub provider: String,
    /// How it reads.
    pub route: Route,
    /// Name.
    pub name: String,
    /// State.
    pub status: ConnectionStatus,
    /// Account behind it.
    pub account_name: String,
    /// IANA zone of the account.
    pub time_zone: Option<String>,
    /// ISO 4217 currency of the account.
    pub currency: Option<String>,
    /// Address in place of the CRM's own.
    pub base_url: Option<String>,
    /// Last four characters of the key.
    pub key_hint: String,
    /// What to bring.
    pub scope: Scope,
    /// Answers given.
    #[ts(type = "unknown")]
    pub decisions: Json,
    /// Last finished sync.
    #[ts(type = "string | null")]
    pub last_sync_at: Option<Timestamp>,
    /// Its result.
    pub last_sync_status: Option<String>,
    /// What went wrong last: a message id with parameters.
    #[ts(type = "unknown")]
    pub error: Option<Json>,
    /// Since when a person has paused it.
    #[ts(type = "string | null")]
    pub paused_since: Option<Timestamp>,
}

impl ConnectionView {
    /// A connection, with the pause that its setting holds.
    pub fn of(connection: hub_core::ports::Connection, paused_since: Option<Timestamp>) -> ConnectionView {
        ConnectionView {
            route: match (connection.is_by_file(), connection.inbox()) {
                (true, _) => Route::File,
                (false, Some(_)) => Route::Bridge,
                (false, None) if connection.is_by_feed() => Route::Feed,
                (false, None) => Route::Api,
            },
            id: connection.id,
            provider: connection.provider,
            name: connection.name,
            status: connection.status.into(),
            account_name: connection.account.name,
            time_zone: connection.account.time_zone,
            currency: connection.account.currency,
            base_url: connection.base_url,
            key_hint: connection.key_hint,
            scope: connection.scope.into(),
            decisions: connection.decisions,
            last_sync_at: connection.last_sync_at,
            last_sync_status: connection.last_sync_status,
            error: connection.error,
            paused_since,
        }
    }
}

/// All connections.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Connections {
    /// By name.
    pub connections: Vec<ConnectionView>,
}

/// A connection with its budget and consent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct ConnectionDetails {
    /// The connection.
    pub connection: ConnectionView,
    /// What is left of its budget.
    pub budget: Vec<BudgetWindow>,
    /// Not before this time, because the CRM asked to wait.
    #[ts(type = "string | null")]
    pub blocked_until: Option<Timestamp>,
    /// When "what to bring" was agreed to.
    #[ts(type = "string | null")]
    pub consented_at: Option<Timestamp>,
}

/// How many records a stream has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct StreamCount {
    /// Stream.
    pub stream: String,
    /// What its records become.
    pub record_type: Option<RecordType>,
    /// Read whatever is chosen.
    pub always: bool,
    /// How many; none where the CRM does not say.
    pub count: Option<u64>,
}

/// How many records there are to bring.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ScopeCounts {
    /// By stream.
    pub streams: Vec<StreamCount>,
    /// Persons without a job, once everything was read.
    pub people_without_job: Option<u64>,
    /// Weddings and other jobs by month, in order of time; nothing where the CRM does not say their days.
    pub months: Vec<MonthCount>,
    /// Jobs without a day.
    pub undated: u64,
    /// Whether that is all of them. A long list is counted by its beginning until an import has read it.
    pub all_months: bool,
}

/// How many weddings and other jobs a month has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MonthCount {
    /// YYYY-MM.
    pub month: String,
    /// How many.
    pub count: u64,
}

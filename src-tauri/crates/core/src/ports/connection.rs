//! Connections: one CRM account each, with its settings, mapping and consent.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::StoreResult;

/// The specification's `connection_status` (R55).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionStatus {
    /// Works.
    Connected,
    /// The supplier ended it.
    Disconnected,
    /// Does not work; `sync_error_details` says why.
    Error,
    /// Needs a key or a sign-in.
    PendingAuth,
    /// A job is running.
    SyncInProgress,
}

impl ConnectionStatus {
    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            ConnectionStatus::Connected => "connected",
            ConnectionStatus::Disconnected => "disconnected",
            ConnectionStatus::Error => "error",
            ConnectionStatus::PendingAuth => "pending_auth",
            ConnectionStatus::SyncInProgress => "sync_in_progress",
        }
    }

    /// The status of this stored name.
    pub fn parse(name: &str) -> Option<ConnectionStatus> {
        [
            ConnectionStatus::Connected,
            ConnectionStatus::Disconnected,
            ConnectionStatus::Error,
            ConnectionStatus::PendingAuth,
            ConnectionStatus::SyncInProgress,
        ]
        .into_iter()
        .find(|status| status.as_str() == name)
    }
}

/// What an account probe says about the CRM account behind a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountInfo {
    /// The CRM's id of the account; the identity of the connection (MODEL 5).
    pub account_id: String,
    /// Name to show.
    pub name: String,
    /// IANA zone of the studio, if it says one.
    pub time_zone: Option<String>,
    /// ISO 4217 currency, if it says one.
    pub currency: Option<String>,
    /// ISO 3166 country for phones without a prefix, if known.
    pub country: Option<String>,
    /// Streams that this key can read.
    pub readable: Vec<String>,
}

/// What to bring: filters of the plan, part of the scope hash (SYNC-LAW 6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Scope {
    /// Record types left out (R111), snake_case names.
    pub excluded_record_types: Vec<String>,
    /// Weddings on or after this day (R108).
    pub from: Option<jiff::civil::Date>,
    /// Weddings on or before this day (R108).
    pub until: Option<jiff::civil::Date>,
    /// Also weddings that are over (R107).
    pub historical: bool,
    /// Also closed jobs.
    pub closed: bool,
    /// Also hidden contacts and records.
    pub hidden: bool,
    /// Also persons without a job.
    pub people_without_job: bool,
    /// Leave out persons whose CRM record says they asked for erasure.
    pub leave_out_anonymised: bool,
}

impl Default for Scope {
    fn default() -> Scope {
        Scope {
            excluded_record_types: Vec::new(),
            from: None,
            until: None,
            historical: true,
            closed: true,
            hidden: false,
            people_without_job: false,
            leave_out_anonymised: true,
        }
    }
}

/// One connection (`crm_integrations`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Connection {
    /// Derived from supplier, provider and account (MODEL 5), so that two computers agree.
    pub id: String,
    /// Whose.
    pub supplier_id: String,
    /// Definition key, such as `tave`.
    pub provider: String,
    /// Name the supplier gave it.
    pub name: String,
    /// State.
    pub status: ConnectionStatus,
    /// Account behind it.
    pub account: AccountInfo,
    /// Where requests go when it is not the definition's own address (sandboxes, self-hosted).
    pub base_url: Option<String>,
    /// Name of the sealed credential in the vault; the credential itself is never here.
    pub vault_ref: String,
    /// Last four characters of the key, for display.
    pub key_hint: String,
    /// What to bring.
    pub scope: Scope,
    /// Answers that cannot be known from data: money unit, date orders, default country.
    pub decisions: Json,
    /// Last finished sync.
    pub last_sync_at: Option<Timestamp>,
    /// Its result (R59).
    pub last_sync_status: Option<String>,
    /// What went wrong last (R60): a message id with parameters.
    pub error: Option<Json>,
    /// Made at.
    pub created_at: Timestamp,
}

impl Connection {
    /// Whether it reads files that a person picks: its account is then its own cloud id (MODEL 5).
    pub fn is_by_file(&self) -> bool {
        self.account.account_id == self.id
    }

    /// The address by whose events it reads, where it does.
    pub fn inbox(&self) -> Option<&str> {
        self.account.account_id.strip_prefix(INBOX_PREFIX)
    }

    /// Whether it reads a calendar by its address.
    pub fn is_by_feed(&self) -> bool {
        self.account.account_id.starts_with(FEED_PREFIX)
    }

    /// The setting under which the reading of its files is kept: which columns mean what.
    pub fn file_setting(&self) -> String {
        file_setting(&self.id)
    }
}

/// Accounts of connections by the address of a calendar begin so; a digest of the address follows, which says nothing of it.
/// External references hold it, so that it never changes.
pub const FEED_PREFIX: &str = "feed:";

/// Accounts of connections by events begin so; the id of the address follows. External references hold it, so that it never
/// changes.
pub const INBOX_PREFIX: &str = "relay:";

/// The setting under which the reading of a connection's files is kept.
pub fn file_setting(connection_id: &str) -> String {
    format!("file:{connection_id}")
}

/// The setting under which the definition of a connection of one's own is kept, as a file.
pub fn definition_setting(connection_id: &str) -> String {
    format!("definition:{connection_id}")
}

/// The setting under which the lengths of a connection's lists are kept, as they were last counted.
pub fn counts_setting(connection_id: &str) -> String {
    format!("counts:{connection_id}")
}

/// The setting under which it is kept which change of its provider's definition was agreed to for a connection, and the
/// definition of an update that it went by last.
pub fn definition_agreed_setting(connection_id: &str) -> String {
    format!("definition_agreed:{connection_id}")
}

/// The setting under which it is kept who agreed to a way that a site may not like, when, and to which text.
pub fn way_agreed_setting(connection_id: &str) -> String {
    format!("way_agreed:{connection_id}")
}

/// The setting under which it is kept when a connection was given what opens its account: a key, or a sign-in.
pub fn key_given_setting(connection_id: &str) -> String {
    format!("key_given:{connection_id}")
}

/// The setting under which a pause of a connection is kept, as [`Pausing`].
pub fn pausing_setting(connection_id: &str) -> String {
    format!("pausing:{connection_id}")
}

/// A pause of a connection: nothing is read for it and nothing of it is uploaded until a person goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pausing {
    /// Since when.
    pub at: Timestamp,
    /// By whom: the WedSync user id.
    pub by: String,
    /// Jobs that the pause stopped; they go on with it.
    pub jobs: Vec<String>,
}

/// The setting under which the number of the last event is kept that was sent as a test and is not to be brought in: nothing reads
/// it or anything before it, be it that the relay is read from its beginning again.
pub fn left_out_setting(connection_id: &str) -> String {
    format!("events_left_out:{connection_id}")
}

/// The setting under which it is kept that a person switched on a way of a provider that allows nobody that way: who, when, to which
/// text, and what is read by it. Gone once they switch it off.
pub fn way_on_setting(provider: &str) -> String {
    format!("way_on:{provider}")
}

/// One stored mapping rule (`crm_field_mappings`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredMapping {
    /// Goes up by one with every change; part of each base pair.
    pub revision: i64,
    /// The rules, as `mapping::MappingRule` encodes them, in order.
    pub rules: Vec<Json>,
}

/// A note of what the supplier agreed to (MODEL 12, R224).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// For which connection.
    pub connection_id: String,
    /// Version of the text shown.
    pub text_version: String,
    /// What it covered: the scope, canonical JSON.
    pub scope: Json,
    /// When.
    pub at: Timestamp,
    /// Who: the WedSync user id.
    pub by: String,
}

/// Connections and what hangs on them.
pub trait ConnectionStore: Send + Sync {
    /// Inserts or replaces a connection (by id).
    ///
    /// # Errors
    /// `Refused("error.connection_name_taken")` when supplier, provider and name are taken by another one (R62).
    fn put_connection(&self, connection: &Connection) -> StoreResult<()>;
    /// All connections of the supplier, by name.
    fn connections(&self, supplier_id: &str) -> StoreResult<Vec<Connection>>;
    /// One connection of the supplier (SYNC-LAW 43: never without the supplier).
    fn connection(&self, supplier_id: &str, id: &str) -> StoreResult<Option<Connection>>;
    /// Removes a connection and, by cascade, its jobs, mappings, logs and staging; clients stay.
    fn delete_connection(&self, supplier_id: &str, id: &str) -> StoreResult<bool>;
    /// The mapping, `None` before the first one was stored.
    fn mapping(&self, connection_id: &str) -> StoreResult<Option<StoredMapping>>;
    /// Replaces the rules and returns the new revision.
    fn put_mapping(&self, connection_id: &str, rules: &[Json]) -> StoreResult<i64>;
    /// Appends a consent.
    fn add_consent(&self, consent: &Consent) -> StoreResult<()>;
    /// The newest consent of a connection.
    fn latest_consent(&self, connection_id: &str) -> StoreResult<Option<Consent>>;
    /// The consents of a connection, the newest first.
    fn consents(&self, connection_id: &str, most: u32) -> StoreResult<Vec<Consent>>;
    /// A setting of this profile.
    fn setting(&self, key: &str) -> StoreResult<Option<Json>>;
    /// Stores a setting of this profile; `Null` removes it.
    fn put_setting(&self, key: &str, value: &Json) -> StoreResult<()>;
}

//! Records, people and roles (MODEL 1 and 2), and where a record comes from.
//!
//! A **client** is one booking party and what screens count; a **person** is one human. `partner` is a role, never a
//! record type. Nothing here knows how a record is stored or sent.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// The fields of a record: name to encoded value (see [`crate::value`]), in name order.
pub type FieldMap = BTreeMap<String, Json>;

/// The closed set of record types, in the order in which parents come before children.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordType {
    /// One human.
    Person,
    /// One booking party: couple, single person or company.
    Client,
    /// One job: a wedding, an engagement shoot.
    Project,
    /// A dated appointment of a project.
    Event,
    /// A bill.
    Invoice,
    /// Money received, expected or returned.
    Payment,
    /// Something to do.
    Task,
    /// A file's name and date, never its contents.
    Document,
    /// A note or a message.
    Communication,
    /// A draft form made from mapped fields.
    Form,
}

impl RecordType {
    /// All record types, parents first.
    pub const ALL: [RecordType; 10] = [
        RecordType::Person,
        RecordType::Client,
        RecordType::Project,
        RecordType::Event,
        RecordType::Invoice,
        RecordType::Payment,
        RecordType::Task,
        RecordType::Document,
        RecordType::Communication,
        RecordType::Form,
    ];

    /// The name on the wire and in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            RecordType::Person => "person",
            RecordType::Client => "client",
            RecordType::Project => "project",
            RecordType::Event => "event",
            RecordType::Invoice => "invoice",
            RecordType::Payment => "payment",
            RecordType::Task => "task",
            RecordType::Document => "document",
            RecordType::Communication => "communication",
            RecordType::Form => "form",
        }
    }

    /// The record type of this name.
    pub fn parse(name: &str) -> Option<RecordType> {
        RecordType::ALL.into_iter().find(|record_type| record_type.as_str() == name)
    }
}

impl fmt::Display for RecordType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// The part a person plays in a booking party (`client_people.role`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientRole {
    /// The one whose name, e-mail and phone stand for the client.
    Primary,
    /// The other half of the couple.
    Partner,
    /// A parent of one of the couple.
    Parent,
    /// The couple's planner.
    Planner,
    /// Anyone else.
    Other,
}

impl ClientRole {
    /// The name on the wire and in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            ClientRole::Primary => "primary",
            ClientRole::Partner => "partner",
            ClientRole::Parent => "parent",
            ClientRole::Planner => "planner",
            ClientRole::Other => "other",
        }
    }
}

/// A record's identity across computers (MODEL 5). `account` comes from the account probe, never from a local id.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ExternalRef {
    /// `provider_key`, such as `tave`.
    pub provider: String,
    /// The CRM's own account id.
    pub account: String,
    /// The stream the record was read from, such as `address-book`.
    #[serde(rename = "type")]
    pub stream: String,
    /// The CRM's id.
    pub id: String,
}

/// A record of WedSync by type and id.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RecordKey {
    /// Which kind.
    pub record_type: RecordType,
    /// UUIDv7 text.
    pub id: String,
}

impl RecordKey {
    /// A key of these parts.
    pub fn new(record_type: RecordType, id: impl Into<String>) -> RecordKey {
        RecordKey { record_type, id: id.into() }
    }
}

/// The id of a connection: UUIDv8 of SHA-256 over supplier, provider and account (MODEL 5), so that two computers
/// derive the same.
pub fn connection_id(supplier_id: &str, provider: &str, account_id: &str) -> String {
    crate::canonical::uuid_v8(&[supplier_id, provider, account_id])
}

/// The stream of a party's own pseudo source: a party has no external id (MODEL 2), yet its base is kept like that of
/// any linked record. References with a leading `@` never leave this computer.
pub const PARTY_STREAM: &str = "@party";

/// A record of one stream within a connection, as the CRM names it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SourceKey {
    /// Stream name of the definition.
    pub stream: String,
    /// The CRM's id.
    pub id: String,
}

impl SourceKey {
    /// The pseudo source of a client.
    pub fn party(client_id: &str) -> SourceKey {
        SourceKey { stream: PARTY_STREAM.to_owned(), id: client_id.to_owned() }
    }

    /// Whether the CRM knows this source; a pseudo source has no external reference.
    pub fn is_external(&self) -> bool {
        !self.stream.starts_with('@')
    }
}

//! History and export.

use std::collections::BTreeMap;

use hub_core::record::FieldMap;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use ts_rs::TS;

use super::{Outcome, RecordType};

/// A window of the history.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct LogsList {
    /// Only this connection.
    #[serde(default)]
    #[ts(optional)]
    pub connection_id: Option<String>,
    /// Only this job.
    #[serde(default)]
    #[ts(optional)]
    pub job_id: Option<String>,
    /// Only this outcome.
    #[serde(default)]
    #[ts(optional)]
    pub outcome: Option<Outcome>,
    /// Rows to pass over.
    #[serde(default)]
    #[ts(optional, as = "Option<u64>")]
    pub offset: u64,
    /// Rows at most; 100 when absent, never more than 500.
    #[serde(default)]
    #[ts(optional)]
    pub limit: Option<u32>,
}

/// One line of the history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct LogView {
    /// Job.
    pub job_id: String,
    /// Connection.
    pub connection_id: String,
    /// Kind of record.
    pub record_type: RecordType,
    /// The CRM's id.
    pub record_id: Option<String>,
    /// WedSync's id.
    pub wedsync_record_id: Option<String>,
    /// What became of it.
    pub outcome: Outcome,
    /// Fields before and after, reason.
    #[ts(type = "unknown")]
    pub details: Json,
    /// What went wrong.
    #[ts(type = "unknown")]
    pub error: Option<Json>,
    /// When.
    #[ts(type = "string")]
    pub at: Timestamp,
}

impl From<hub_core::ports::LogEntry> for LogView {
    fn from(entry: hub_core::ports::LogEntry) -> LogView {
        LogView {
            job_id: entry.job_id,
            connection_id: entry.connection_id,
            record_type: entry.record_type.into(),
            record_id: entry.record_id,
            wedsync_record_id: entry.wedsync_record_id,
            outcome: entry.outcome.into(),
            details: entry.details,
            error: entry.error,
            at: entry.at,
        }
    }
}

/// A page of the history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Logs {
    /// Newest first.
    pub entries: Vec<LogView>,
    /// How many in all.
    pub total: u64,
}

/// A person of an exported client.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct ExportPerson {
    /// WedSync id.
    pub id: String,
    /// Role in the party.
    pub role: String,
    /// The CRM's id, if it came from one.
    pub external_id: Option<String>,
    /// Fields.
    #[ts(type = "Record<string, unknown>")]
    pub fields: FieldMap,
}

/// A client as WedSync holds it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct ExportClient {
    /// WedSync id.
    pub id: String,
    /// The CRM's id of the primary person, if it came from one.
    pub external_id: Option<String>,
    /// The primary person's first name.
    pub first_name: Option<String>,
    /// The primary person's last name.
    pub last_name: Option<String>,
    /// The primary person's e-mail.
    pub email: Option<String>,
    /// The primary person's phone.
    #[ts(type = "unknown")]
    pub phone: Option<Json>,
    /// Date of the next wedding, else the latest.
    pub wedding_date: Option<String>,
    /// Its venue.
    pub venue_name: Option<String>,
    /// When it last agreed with its CRM (R100).
    #[serde(default)]
    #[ts(type = "string | null")]
    pub last_crm_sync_at: Option<jiff::Timestamp>,
    /// The client's own fields.
    #[ts(type = "Record<string, unknown>")]
    pub fields: FieldMap,
    /// Its people, primary first.
    pub people: Vec<ExportPerson>,
    /// Its other records by type, each with its id and fields.
    #[ts(type = "Record<string, Record<string, unknown>[]>")]
    pub records: BTreeMap<String, Vec<Json>>,
}

/// All clients.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Export {
    /// By id.
    pub clients: Vec<ExportClient>,
}

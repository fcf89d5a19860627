//! How CRMs are read at present: by what came with the app or an update of it, what WedSync has switched off, and what an
//! update would change.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::WireMessage;

/// A change of how a CRM is read that waits for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DefinitionChange {
    /// What stands for it when it is agreed to.
    pub standing: String,
    /// What would be different, a sentence each.
    pub differences: Vec<WireMessage>,
}

/// How a connection is read at present, where there is something to say about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ConnectionDefinition {
    /// The connection.
    pub connection_id: String,
    /// Its name.
    pub name: String,
    /// Why WedSync has switched it off, if it has.
    pub off: Option<WireMessage>,
    /// The change that waits, if one does; until then it is read as before.
    pub change: Option<DefinitionChange>,
}

/// How CRMs are read at present.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DefinitionsState {
    /// Serial of the update in force; none where everything goes by what came with the app.
    pub serial: Option<u64>,
    /// Until when that update holds.
    #[ts(type = "string | null")]
    pub expires: Option<Timestamp>,
    /// When WedSync was asked last.
    #[ts(type = "string | null")]
    pub asked_at: Option<Timestamp>,
    /// Why the newest update was not taken, if it was not.
    pub refused: Option<WireMessage>,
    /// Connections about which there is something to say.
    pub connections: Vec<ConnectionDefinition>,
}

/// A change that a person agrees to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct DefinitionAgree {
    /// The connection.
    pub connection_id: String,
    /// What stands for the change that was shown.
    pub standing: String,
}

/// What an import would take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ForecastAsk {
    /// The connection.
    pub connection_id: String,
    /// Read everything again, not only what changed.
    #[serde(default)]
    #[ts(optional)]
    pub full: Option<bool>,
}

/// From where the lengths of lists are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum CountedFrom {
    /// The CRM said them lately.
    Lately,
    /// They are those of the last import.
    LastImport,
    /// Nobody knows those of some.
    Nobody,
}

/// A part of a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BudgetShare {
    /// Requests that the limit allows.
    pub requests: u32,
    /// In so many seconds.
    pub per_seconds: u32,
    /// What the import takes of it, in per cent; above 100 where it needs more than one window.
    pub percent: u64,
    /// What is used already, in per cent.
    pub used_percent: u64,
}

/// What an import will take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ImportForecast {
    /// Requests; none for files.
    pub requests: u64,
    /// Whether it may be more: how much has changed, or what lies below some records, is only known by reading it.
    pub at_least: bool,
    /// From where that is known.
    pub counted: CountedFrom,
    /// Seconds, about; nothing where nobody can know.
    pub seconds: Option<u64>,
    /// Of the limit with the longest window; nothing where there is none, or nobody can know.
    pub share: Option<BudgetShare>,
    /// Not before this time, because the CRM asked to wait or does not work.
    #[ts(type = "string | null")]
    pub not_before: Option<Timestamp>,
    /// The same in a sentence.
    pub sentence: WireMessage,
}

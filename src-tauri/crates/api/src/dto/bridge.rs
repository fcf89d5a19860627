//! Events of automations: the address they are sent to, what came, and the connection that comes of it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{ConnectorClient, ConnectorField};

/// An address to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct BridgeBegin {
    /// Provider key: an automation, or a CRM whose triggers one hands on.
    pub provider: String,
    /// What it is called; the provider's name when absent.
    #[serde(default)]
    #[ts(optional)]
    pub name: Option<String>,
}

/// An address that takes events. Whoever knows it can send some; it gives nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BridgeAddress {
    /// Stands for it.
    pub inbox_id: String,
    /// To be copied into the automation.
    pub address: String,
}

/// What tells one client from another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "by", rename_all = "snake_case", deny_unknown_fields)]
pub enum BridgeApart {
    /// Whatever fits best.
    Suggested {},
    /// A field of the events.
    Field {
        /// Its path.
        path: String,
    },
    /// Address and name together.
    AddressAndName {},
}

/// A look at what came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct BridgeLookAt {
    /// Provider key.
    pub provider: String,
    /// The address.
    pub inbox_id: String,
    /// What tells one client from another.
    pub apart: BridgeApart,
}

/// What came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BridgeLook {
    /// Events so far; none yet is no fault.
    pub events: u64,
    /// Field that tells one client from another; nothing where address and name do.
    pub id: Option<String>,
    /// Fields that may.
    pub ids: Vec<String>,
    /// The fields of the events.
    pub fields: Vec<ConnectorField>,
    /// The first clients.
    pub clients: Vec<ConnectorClient>,
}

/// What becomes of the events that proved the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum BridgeTests {
    /// They were tests: nothing of them comes in.
    LeaveOut,
    /// They are clients like those to come.
    BringIn,
}

/// A connection by events to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct BridgeCreate {
    /// Provider key.
    pub provider: String,
    /// The address.
    pub inbox_id: String,
    /// What tells one client from another.
    pub apart: BridgeApart,
    /// What becomes of what came so far.
    pub tests: BridgeTests,
    /// Name of the connection; the provider's when absent.
    #[serde(default)]
    #[ts(optional)]
    pub name: Option<String>,
}

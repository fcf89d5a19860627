//! Places that are told of WedSync's changes.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{SecretText, WireMessage};

/// What a place is told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum HookTells {
    /// Every change.
    Everything,
    /// The clients that a person picks.
    Picked,
}

/// Whether a place is told anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum HookState {
    /// It is.
    On,
    /// It was switched off.
    Off,
    /// It said that it is gone.
    Ended,
}

/// A place to be told.
#[derive(Debug, Clone, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct HookCreate {
    /// Provider key: an automation, or one with a place that only takes.
    pub provider: String,
    /// The address of its catch hook, or its key: a secret either way.
    pub secret: SecretText,
    /// Address in place of the provider's own, for practice.
    #[serde(default)]
    #[ts(optional)]
    pub base_url: Option<String>,
    /// Its name; the provider's when absent.
    #[serde(default)]
    #[ts(optional)]
    pub name: Option<String>,
    /// What it is told of.
    pub tells: HookTells,
}

/// A place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct HookView {
    /// Id.
    pub id: String,
    /// Provider key.
    pub provider: String,
    /// Its name.
    pub name: String,
    /// Host of its address; the rest is a secret.
    pub host: String,
    /// What it is told of.
    pub tells: HookTells,
    /// Whether it is told anything.
    pub state: HookState,
    /// Why it is told nothing, or nothing at the moment.
    pub why: Option<WireMessage>,
    /// Not before this time, because it asked to wait or did not answer.
    #[ts(type = "string | null")]
    pub not_before: Option<Timestamp>,
    /// Events that wait.
    pub queued: u64,
    /// Events that it took.
    pub taken: u64,
    /// Events that were given up.
    pub given_up: u64,
    /// When it took the newest.
    #[ts(type = "string | null")]
    pub last_taken_at: Option<Timestamp>,
}

/// All places.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Hooks {
    /// By name.
    pub hooks: Vec<HookView>,
}

/// A place that was just made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct HookMade {
    /// The place.
    pub hook: HookView,
    /// What its events are signed with, so that the receiver can check; shown this once. Nothing where events are not signed.
    pub signing_secret: Option<String>,
}

/// One place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct HookId {
    /// Which.
    pub hook_id: String,
}

/// A place to be switched on or off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct HookSwitch {
    /// Which.
    pub hook_id: String,
    /// On or off; nothing can be made to have ended.
    pub state: HookState,
}

/// Clients to be sent to a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct HookSend {
    /// Which.
    pub hook_id: String,
    /// WedSync's ids of the clients; none sends what waits.
    pub client_ids: Vec<String>,
}

/// How many events were put into the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HookQueued {
    /// Events.
    pub queued: u64,
}

/// Where an event stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum HookEventState {
    /// Waits to be sent, perhaps again.
    Queued,
    /// Taken.
    Taken,
    /// Given up.
    GivenUp,
    /// The place is gone.
    Dropped,
}

/// An event as the history of a place shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct HookEventView {
    /// Id.
    pub id: String,
    /// Type: `client.created`.
    pub event_type: String,
    /// The client it is about.
    pub client_id: String,
    /// Names of its people, the first two; none where nobody has one, or it is gone.
    pub names: Vec<String>,
    /// Where it stands.
    pub state: HookEventState,
    /// How often it was sent.
    pub attempts: u32,
    /// When it was queued.
    #[ts(type = "string")]
    pub created_at: Timestamp,
    /// When it is sent next, while it waits.
    #[ts(type = "string | null")]
    pub due_at: Option<Timestamp>,
    /// What went wrong last.
    pub why: Option<WireMessage>,
}

/// The newest events of a place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct HookEvents {
    /// Newest first.
    pub events: Vec<HookEventView>,
}

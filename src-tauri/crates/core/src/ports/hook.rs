//! Telling others of WedSync's changes: places that take events, the queue of what they are told, and who carries it.
//!
//! The queue stands beside the outbox and is none of it: an event has no batch, no lease, no version that it expects, no
//! read-back that moves a base, and no operation of a plan behind it. What both share is kept: an event is durable before the
//! first byte leaves, is sent again byte-equal under the same id until it is answered, and each answer has its audit row.

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::{Actor, CloudRecord, StoreResult};
use crate::record::RecordKey;

/// What kind of place it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HookKind {
    /// A catch hook of an automation: JSON, signed.
    WebHook,
    /// The Inbox of Light Blue: a form with a key.
    LightBlue,
}

impl HookKind {
    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            HookKind::WebHook => "web_hook",
            HookKind::LightBlue => "light_blue",
        }
    }

    /// The kind of this stored name.
    pub fn parse(name: &str) -> Option<HookKind> {
        [HookKind::WebHook, HookKind::LightBlue].into_iter().find(|kind| kind.as_str() == name)
    }
}

/// What a place is told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HookTells {
    /// Every change.
    Everything,
    /// The clients that a person picks.
    Picked,
}

impl HookTells {
    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            HookTells::Everything => "everything",
            HookTells::Picked => "picked",
        }
    }

    /// The value of this stored name.
    pub fn parse(name: &str) -> Option<HookTells> {
        [HookTells::Everything, HookTells::Picked].into_iter().find(|tells| tells.as_str() == name)
    }
}

/// Whether a place is told anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HookState {
    /// It is.
    On,
    /// A person, or a book that was brought back, switched it off.
    Off,
    /// It said that it is gone.
    Ended,
}

impl HookState {
    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            HookState::On => "on",
            HookState::Off => "off",
            HookState::Ended => "ended",
        }
    }

    /// The state of this stored name.
    pub fn parse(name: &str) -> Option<HookState> {
        [HookState::On, HookState::Off, HookState::Ended].into_iter().find(|state| state.as_str() == name)
    }
}

/// A place that is told of changes. Its address and keys lie in the vault under [`Hook::vault_ref`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hook {
    /// Id.
    pub id: String,
    /// Whose.
    pub supplier_id: String,
    /// What it is.
    pub kind: HookKind,
    /// Provider key.
    pub provider: String,
    /// What the supplier calls it.
    pub name: String,
    /// Host of its address; all of the address that is ever shown.
    pub host: String,
    /// What it is told of.
    pub tells: HookTells,
    /// Whether it is told anything.
    pub state: HookState,
    /// Why it is told nothing: a message.
    pub why: Option<Json>,
    /// It asked to be left alone until then.
    pub not_before: Option<Timestamp>,
    /// Made at.
    pub created_at: Timestamp,
}

impl Hook {
    /// Name of what is sealed in the vault.
    pub fn vault_ref(&self) -> String {
        format!("hook:{}", self.id)
    }
}

/// What happened to a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Happened {
    /// It is new.
    Created,
    /// It is another than before.
    Changed,
}

impl Happened {
    /// The stored name, and the second half of an event's type.
    pub fn as_str(self) -> &'static str {
        match self {
            Happened::Created => "created",
            Happened::Changed => "changed",
        }
    }

    /// The value of this stored name.
    pub fn parse(name: &str) -> Option<Happened> {
        [Happened::Created, Happened::Changed].into_iter().find(|what| what.as_str() == name)
    }
}

/// Where an event stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HookEventState {
    /// Waits to be sent, perhaps again.
    Queued,
    /// The place took it.
    Taken,
    /// It was tried for as long as is declared.
    GivenUp,
    /// The place is gone.
    Dropped,
}

impl HookEventState {
    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            HookEventState::Queued => "queued",
            HookEventState::Taken => "taken",
            HookEventState::GivenUp => "given_up",
            HookEventState::Dropped => "dropped",
        }
    }

    /// The state of this stored name.
    pub fn parse(name: &str) -> Option<HookEventState> {
        [HookEventState::Queued, HookEventState::Taken, HookEventState::GivenUp, HookEventState::Dropped]
            .into_iter()
            .find(|state| state.as_str() == name)
    }
}

/// An event to be queued.
#[derive(Debug, Clone, PartialEq)]
pub struct NewHookEvent {
    /// Id; never changes, so that whoever gets it twice knows it.
    pub id: String,
    /// The place.
    pub hook_id: String,
    /// What happened.
    pub happened: Happened,
    /// To which record.
    pub key: RecordKey,
    /// The client it is about; the shield looks at it.
    pub client_id: String,
    /// Digest of what is told of the record; the same one is not told twice in a row.
    pub digest: String,
    /// The exact body.
    pub body: String,
    /// When it happened.
    pub at: Timestamp,
}

/// An event of the queue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HookEvent {
    /// Its place in the queue.
    pub seq: u64,
    /// Id.
    pub id: String,
    /// The place it is for.
    pub hook_id: String,
    /// What happened.
    pub happened: Happened,
    /// To which record.
    #[serde(flatten)]
    pub key: RecordKey,
    /// The client it is about.
    pub client_id: String,
    /// The exact body.
    pub body: String,
    /// Where it stands.
    pub state: HookEventState,
    /// How often it was sent.
    pub attempts: u32,
    /// When it is to be sent next.
    pub due_at: Timestamp,
    /// When it was sent first.
    pub first_sent_at: Option<Timestamp>,
    /// When it was queued.
    pub created_at: Timestamp,
    /// What went wrong last: a message.
    pub why: Option<Json>,
}

/// A record of WedSync that changed since it was last looked at for places to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookChange {
    /// Which.
    pub key: RecordKey,
    /// Its version then.
    pub version: i64,
    /// Whether it is new.
    pub fresh: bool,
    /// Whether a bridge brought it in: telling a bridge of it would be an echo.
    pub echo: bool,
}

/// A client with everything that is told of it.
#[derive(Debug, Clone, PartialEq)]
pub struct ToldClient {
    /// The client.
    pub client: CloudRecord,
    /// Its people with their roles, first ones first.
    pub people: Vec<(String, CloudRecord)>,
    /// Its projects, by the day of the wedding.
    pub projects: Vec<CloudRecord>,
    /// Its events, by day.
    pub events: Vec<CloudRecord>,
}

/// What became of an attempt.
#[derive(Debug, Clone, PartialEq)]
pub enum Settled {
    /// Taken.
    Taken,
    /// To be sent again then.
    Again {
        /// When.
        due_at: Timestamp,
        /// Whether the whole place is left alone until then, and not this event alone.
        whole_hook: bool,
        /// Why: a message.
        why: Json,
    },
    /// Given up.
    GivenUp {
        /// Why: a message.
        why: Json,
    },
    /// The place is gone: it ends, with everything that waits for it.
    Gone {
        /// Why: a message.
        why: Json,
    },
}

/// How many events of a place are in which state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookCounts {
    /// Waiting.
    pub queued: u64,
    /// Taken.
    pub taken: u64,
    /// Given up.
    pub given_up: u64,
    /// When it took the newest.
    pub last_taken_at: Option<Timestamp>,
}

/// Places and their queue.
pub trait HookStore: Send + Sync {
    /// Stores a place, or changes one.
    fn put_hook(&self, hook: &Hook, actor: &Actor) -> StoreResult<()>;
    /// All places of the supplier, by name.
    fn hooks(&self, supplier_id: &str) -> StoreResult<Vec<Hook>>;
    /// Removes a place with its queue; what it was told stays told.
    fn delete_hook(&self, supplier_id: &str, id: &str, actor: &Actor) -> StoreResult<bool>;
    /// Some of the records that changed since they were looked at.
    fn hook_changes(&self, limit: u32) -> StoreResult<Vec<HookChange>>;
    /// Queues events and notes that these changes were looked at, in one step. An event that says what the last one of its
    /// record said is left out; one whose record has an unsent event takes that one's place and keeps its id. Returns how
    /// many stand in the queue for it.
    fn queue_hook_events(
        &self,
        seen: &[HookChange],
        events: &[NewHookEvent],
        actor: &Actor,
    ) -> StoreResult<u64>;
    /// Events of a place that are due, in order, at most `limit`; none while the place is off or wants to be left alone.
    fn due_hook_events(&self, hook_id: &str, now: Timestamp, limit: u32) -> StoreResult<Vec<HookEvent>>;
    /// When something is due next; `None` when nothing waits.
    fn next_hook_due(&self) -> StoreResult<Option<Timestamp>>;
    /// Counts an attempt, durable before the first byte leaves.
    fn mark_hook_sending(&self, event_id: &str, at: Timestamp) -> StoreResult<()>;
    /// Notes what became of an attempt, with its audit row.
    fn settle_hook_event(&self, event_id: &str, settled: &Settled, actor: &Actor) -> StoreResult<()>;
    /// Puts events that were given up into the queue again, under the same ids; returns how many.
    fn retry_hook_events(&self, hook_id: &str, at: Timestamp, actor: &Actor) -> StoreResult<u64>;
    /// The newest events of a place.
    fn hook_events(&self, hook_id: &str, limit: u32) -> StoreResult<Vec<HookEvent>>;
    /// How many are in which state.
    fn hook_counts(&self, hook_id: &str) -> StoreResult<HookCounts>;
    /// A live client with everything that is told of it.
    fn told_client(&self, client_id: &str) -> StoreResult<Option<ToldClient>>;
    /// Live clients that a person belongs to.
    fn clients_of(&self, person_id: &str) -> StoreResult<Vec<String>>;
    /// Live clients with a wedding on one of these days.
    fn clients_marrying(&self, days: &[Date]) -> StoreResult<Vec<(Date, String)>>;
}

/// What a place answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Carried {
    /// It took the event, or had it already.
    Taken,
    /// It did not answer, or asks to come again.
    Later {
        /// Not before so many seconds, where it says so.
        after: Option<u32>,
        /// Why: a message id.
        why: &'static str,
    },
    /// It does not want this one; others may be welcome.
    Refused {
        /// Why: a message id.
        why: &'static str,
    },
    /// It is gone for good.
    Gone,
}

/// Carries an event to its place, once. Knows addresses and keys, which nobody else does.
#[async_trait]
pub trait Carrier: Send + Sync {
    /// Sends it.
    async fn carry(&self, hook: &Hook, event: &HookEvent, at: Timestamp) -> Carried;
}

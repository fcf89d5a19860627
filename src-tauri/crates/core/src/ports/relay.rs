//! The relay of WedSync's cloud: addresses that take events from automations, and what they took.
//!
//! The cloud only keeps and hands on; what an event means is decided here. An event may come more than once, and late: each
//! delivery has a place of its own in the order in which the cloud took them.

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::Value as Json;

use super::CloudFailure;

/// An address that takes events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inbox {
    /// Id, as it was made here.
    pub id: String,
    /// The address. Whoever knows it can send events; it gives nothing.
    pub address: String,
}

/// One event as it came.
#[derive(Debug, Clone, PartialEq)]
pub struct Relayed {
    /// Place in the order in which the cloud took events.
    pub seq: u64,
    /// When it was taken, by the cloud's clock.
    pub received_at: Timestamp,
    /// As received; anything.
    pub payload: Json,
}

/// Some events, in the order in which they were taken.
#[derive(Debug, Clone, PartialEq)]
pub struct RelayedPage {
    /// The events.
    pub events: Vec<Relayed>,
    /// Where to go on, also later.
    pub cursor: String,
    /// Whether there is more at once.
    pub more: bool,
}

/// The relay. No method retries.
#[async_trait]
pub trait Relay: Send + Sync {
    /// The address of an id, made on the first asking.
    async fn inbox(&self, id: &str, provider: &str, name: &str) -> Result<Inbox, CloudFailure>;
    /// Ends an address; one that is not there is no fault.
    async fn end(&self, id: &str) -> Result<(), CloudFailure>;
    /// Events of an address after a cursor; from the oldest that is kept without one. A cursor from before that fails with
    /// the code `cursor_expired`.
    async fn events(
        &self,
        inbox: &str,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<RelayedPage, CloudFailure>;
}

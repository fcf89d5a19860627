//! The WedSync side, as the engine sees it.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::{CloudRecord, OpResult, RetryAdvice};
use crate::custom_field::PlannedField;
use crate::record::ExternalRef;

/// A failure of the WedSync cloud.
#[derive(Debug, thiserror::Error)]
#[error("{message_id} ({code})")]
pub struct CloudFailure {
    /// Stable code of the problem document, or `network`, `timeout`, `unreadable`.
    pub code: String,
    /// Message id under `error.`.
    pub message_id: &'static str,
    /// What the engine does.
    pub retry: RetryAdvice,
    /// Whether the request may have been applied although no answer came (SYNC-LAW 20).
    pub in_doubt: bool,
    /// What happened underneath; never holds a secret.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// The signed-in supplier (`GET /account`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloudAccount {
    /// Supplier.
    pub supplier_id: String,
    /// Studio name.
    pub supplier_name: String,
    /// Signed-in user.
    pub user_id: String,
    /// Their name.
    pub user_name: String,
    /// Their role: `owner`, `manager`, `member`, `viewer`.
    pub role: String,
    /// Plan: FREE, STARTER, PROFESSIONAL, SCALE, ENTERPRISE (R25).
    pub tier: String,
    /// CRMs that the plan connects; `None` is no limit.
    pub connection_limit: Option<u32>,
    /// IANA zone of the studio.
    pub time_zone: String,
    /// ISO 4217.
    pub currency: String,
    /// ISO 3166.
    pub country: String,
}

/// A page of records from the feed or the full list.
#[derive(Debug, Clone, PartialEq)]
pub struct CloudPage {
    /// Records, tombstones too.
    pub records: Vec<CloudRecord>,
    /// Cursor of the next page, or to continue from later.
    pub next: Option<String>,
    /// Whether this was the last page for now.
    pub done: bool,
    /// On the first page of a full list: the feed cursor to continue from afterwards.
    pub feed_cursor: Option<String>,
}

/// A lease on a connection (MODEL 8).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// Connection.
    pub connection_id: String,
    /// Fencing token that writes carry.
    pub token: String,
    /// Seconds until it ends.
    pub expires_in: u32,
    /// Highest `db_epoch` the cloud has seen.
    pub last_epoch: i64,
}

/// What WedSync says about an erasure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasureProof {
    /// Records that were erased.
    pub erased: u64,
    /// Digest over whose, what and when, for the supplier's files.
    pub proof: String,
}

/// A form template of WedSync.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormTemplate {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// For `client` or `project`.
    pub applies_to: String,
    /// Its questions, in order.
    pub questions: Vec<FormQuestion>,
}

/// One question of a form template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormQuestion {
    /// Key of its answer.
    pub key: String,
    /// The question.
    pub label: String,
    /// Name of the answer's type.
    #[serde(rename = "type")]
    pub answer_type: String,
}

/// The WedSync cloud. No method retries; [`CloudFailure::retry`] tells the engine what to do.
#[async_trait]
pub trait CloudApi: Send + Sync {
    /// The signed-in supplier.
    async fn account(&self) -> Result<CloudAccount, CloudFailure>;
    /// WedSync's fields, as the schema document lists them.
    async fn schema(&self) -> Result<Json, CloudFailure>;
    /// A page of the change feed.
    async fn changes(&self, cursor: &str) -> Result<CloudPage, CloudFailure>;
    /// A page of the full list.
    async fn list(&self, cursor: Option<&str>) -> Result<CloudPage, CloudFailure>;
    /// Sends a batch exactly as given, under the lease's fencing token.
    async fn send_batch(
        &self,
        idempotency_key: &str,
        body: &str,
        lease: Option<&Lease>,
    ) -> Result<Vec<OpResult>, CloudFailure>;
    /// What WedSync answered to a batch, without sending it again; `None` when it never took one of this key.
    async fn batch_results(&self, idempotency_key: &str) -> Result<Option<Vec<OpResult>>, CloudFailure>;
    /// Registers or renames a connection object.
    async fn put_connection(
        &self,
        id: &str,
        provider: &str,
        account: &str,
        name: &str,
    ) -> Result<(), CloudFailure>;
    /// Takes or renews the lease of a connection.
    async fn lease(&self, connection_id: &str, device_id: &str, db_epoch: i64)
    -> Result<Lease, CloudFailure>;
    /// Gives a lease back, so that another computer need not wait for it to expire; one that is not held any more is no
    /// fault.
    async fn release(&self, lease: &Lease) -> Result<(), CloudFailure>;
    /// Makes a custom field, once per external reference, however often it is asked; returns the name it has in WedSync,
    /// which is the planned one unless WedSync knew the reference under another.
    async fn add_field(&self, field: &PlannedField, reference: &ExternalRef) -> Result<String, CloudFailure>;
    /// Erases a person, or with `None` everything, with what was written to or about them; returns the cloud's proof.
    /// Somebody whom WedSync does not hold (any more) is no fault: there is nothing to prove then.
    async fn erase(&self, person_id: Option<&str>) -> Result<Option<ErasureProof>, CloudFailure>;
    /// Form templates.
    async fn form_templates(&self) -> Result<Vec<FormTemplate>, CloudFailure>;
}

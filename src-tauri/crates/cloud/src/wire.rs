//! What goes over the wire, as the OpenAPI document names it. Unknown members are ignored, so that a newer cloud can say
//! more; nothing here decides anything.

use std::collections::BTreeMap;

use hub_core::ports::{CloudRecord, OpResult};
use hub_core::record::{ExternalRef, FieldMap, RecordKey, RecordType};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// `GET /account`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Account {
    /// Whose book it is.
    pub supplier: Supplier,
    /// Who is signed in.
    pub user: User,
    /// FREE, STARTER, PROFESSIONAL, SCALE or ENTERPRISE.
    pub tier: String,
    /// What the tier and the cloud allow.
    pub limits: AccountLimits,
    /// Switches by name.
    #[serde(default)]
    pub features: BTreeMap<String, bool>,
    /// The cloud's clock, RFC 3339.
    pub server_time: jiff::Timestamp,
}

/// The supplier of an account.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Supplier {
    /// UUID text.
    pub id: String,
    /// Trading name.
    pub name: String,
    /// IANA zone of the studio.
    pub time_zone: String,
    /// ISO 3166 alpha-2.
    pub country: String,
    /// ISO 4217.
    pub currency: String,
}

/// The signed-in user.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct User {
    /// UUID text.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Login address.
    pub email: String,
    /// owner, manager, member or viewer.
    pub role: String,
}

/// What an account may do.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct AccountLimits {
    /// CRMs the tier connects; `None` is no limit.
    pub connections: Option<u32>,
    /// Ops in one batch.
    pub batch_ops: u32,
    /// Bytes of a request body before compression.
    pub body_bytes: u64,
    /// Bytes of one field's JSON text.
    pub field_bytes: u64,
}

/// `GET /schema`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Schema {
    /// Changes when any field does.
    pub revision: String,
    /// Fields per record type.
    pub types: Vec<TypeSchema>,
}

/// One record type's fields.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct TypeSchema {
    /// The type's name.
    #[serde(rename = "type")]
    pub record_type: RecordType,
    /// Its fields.
    pub fields: Vec<Field>,
}

/// One field.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Field {
    /// Wire name; custom fields are `custom.<id>`.
    pub key: String,
    /// Name of the value type.
    #[serde(rename = "type")]
    pub field_type: String,
    /// What people call it.
    pub label: String,
    /// `standard` or `custom`.
    pub group: String,
    /// A record without it is rejected.
    pub required: bool,
    /// Computed, never sent.
    pub read_only: bool,
    /// none, identifier, personal or financial.
    pub personal_data: String,
    /// Closed list of values, empty when any will do.
    #[serde(default)]
    pub choices: Vec<String>,
    /// What a reference, or the key of a keyed list, points at.
    #[serde(default)]
    pub references: Option<RecordType>,
}

/// A custom field as `POST /schema/fields` answers it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct CustomField {
    /// WedSync field id.
    pub id: String,
    /// Record type it belongs to.
    pub record_type: RecordType,
    /// The field itself.
    #[serde(flatten)]
    pub field: Field,
}

/// Which device and op made a change.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Origin {
    /// Device, where it said.
    pub device: Option<String>,
    /// Op.
    pub op_id: String,
}

/// When and by whom a field was changed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct FieldMeta {
    /// By the cloud's clock.
    pub changed_at: jiff::Timestamp,
    /// User id.
    pub changed_by: String,
    /// Device and op, absent for edits in WedSync itself.
    pub origin: Option<Origin>,
}

/// A record as the cloud holds it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Record {
    /// Type.
    #[serde(rename = "type")]
    pub record_type: RecordType,
    /// UUID text.
    pub id: String,
    /// Goes up with every change.
    pub version: i64,
    /// Values.
    pub fields: FieldMap,
    /// Per field, its last change.
    #[serde(default)]
    pub fields_meta: BTreeMap<String, FieldMeta>,
    /// References of the CRMs.
    #[serde(default)]
    pub external_refs: Vec<ExternalRef>,
    /// Last change of the record, deletion and restoration included.
    #[serde(default)]
    pub origin: Option<Origin>,
    /// By the cloud's clock.
    pub created_at: jiff::Timestamp,
    /// By the cloud's clock.
    pub changed_at: jiff::Timestamp,
    /// Set while deleted.
    pub deleted_at: Option<jiff::Timestamp>,
    /// Emptied for good.
    #[serde(default)]
    pub erased: bool,
}

impl From<Record> for CloudRecord {
    fn from(record: Record) -> Self {
        Self {
            key: RecordKey::new(record.record_type, record.id),
            fields: record.fields,
            version: record.version,
            external_refs: record.external_refs,
            deleted: record.deleted_at.is_some(),
        }
    }
}

/// `GET /records/changes`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Changes {
    /// Each changed record once, in the order of its last change.
    pub changes: Vec<Record>,
    /// Where to continue.
    pub cursor: String,
    /// Whether there is more at once.
    pub more: bool,
}

/// `GET /records`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct RecordList {
    /// In id order, deleted ones included.
    pub records: Vec<Record>,
    /// Next page; `None` on the last.
    #[serde(default)]
    pub cursor: Option<String>,
    /// Whether this is the last page.
    pub done: bool,
    /// Records in all; on the last page only.
    #[serde(default)]
    pub total: Option<u64>,
    /// Where the feed continues after this list; on the first page only.
    #[serde(default)]
    pub feed_cursor: Option<String>,
}

/// What an op does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Makes or changes.
    Upsert,
    /// Deletes softly.
    Delete,
    /// Takes a deletion back.
    Restore,
}

/// One op of a batch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Op {
    /// Unit of idempotency.
    pub op_id: String,
    /// Record type.
    #[serde(rename = "type")]
    pub record_type: RecordType,
    /// What it does.
    pub action: Action,
    /// Client-made id.
    pub id: String,
    /// Reference the record gets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_ref: Option<ExternalRef>,
    /// Reference the record gives back (undo of a link).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remove_external_ref: Option<ExternalRef>,
    /// Absent = leave, null = clear; keyed lists as `{set, remove}`.
    #[serde(default, skip_serializing_if = "FieldMap::is_empty")]
    pub fields: FieldMap,
    /// Version the op was planned against; 0 for a record that should not exist yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_version: Option<i64>,
}

/// The body of `POST /records/batch`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    /// 1 to 200 ops, run in order.
    pub ops: Vec<Op>,
}

/// What a batch was answered.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchReply {
    /// One per op, in order.
    pub results: Vec<OpResult>,
    /// The cloud knew the batch; nothing was applied again.
    pub replayed: bool,
}

#[derive(Deserialize)]
pub(crate) struct WireBatchReply {
    results: Vec<WireResult>,
    #[serde(default)]
    replayed: bool,
}

#[derive(Deserialize)]
struct WireResult {
    op_id: String,
    status: hub_core::ports::OpStatus,
    id: Option<String>,
    version: Option<i64>,
    #[serde(default)]
    fields: FieldMap,
    current: Option<Record>,
    field: Option<String>,
    code: Option<String>,
    #[serde(default)]
    params: Json,
}

impl From<WireBatchReply> for BatchReply {
    fn from(reply: WireBatchReply) -> Self {
        let results = reply.results.into_iter().map(|result| OpResult {
            op_id: result.op_id,
            status: result.status,
            id: result.id,
            version: result.version,
            fields: result.fields,
            current: result.current.map(CloudRecord::from),
            field: result.field,
            code: result.code,
            params: result.params,
        });
        Self { results: results.collect(), replayed: reply.replayed }
    }
}

/// A connection as the cloud holds it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Connection {
    /// UUIDv8 of supplier, provider and account.
    pub id: String,
    /// Provider key.
    pub provider: String,
    /// Account id of the probe.
    pub account: String,
    /// What the supplier calls it.
    pub name: String,
}

/// `POST /leases/{connection}`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct LeaseReply {
    /// Fencing token.
    pub token: String,
    /// Seconds.
    pub expires_in: u32,
    /// Highest epoch known before.
    pub last_epoch: i64,
}

/// A form template with its questions.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Template {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// `client` or `project`.
    pub record_type: RecordType,
    /// What it asks.
    pub questions: Vec<Question>,
}

/// One question of a form.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Question {
    /// Key in `answers`.
    pub key: String,
    /// As asked.
    pub label: String,
    /// Value type.
    #[serde(rename = "type")]
    pub kind: String,
}

/// One event of a webhook or bridge.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct RelayEvent {
    /// Id within the relay.
    pub id: String,
    /// Goes up with the order in which events were taken.
    pub seq: u64,
    /// Provider key.
    pub provider: String,
    /// The address it came to; nothing for webhooks that WedSync asked for itself.
    pub inbox: Option<String>,
    /// By the cloud's clock.
    pub received_at: jiff::Timestamp,
    /// As received.
    pub payload: Json,
}

/// An address that takes events.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RelayInbox {
    /// Id, as the client made it.
    pub id: String,
    /// Provider key.
    pub provider: String,
    /// What the supplier calls it.
    pub name: String,
    /// The address itself. Whoever knows it can send events.
    pub address: String,
    /// By the cloud's clock.
    pub created_at: jiff::Timestamp,
}

/// An imported person who joined WedSync.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Joined {
    /// Person.
    pub person_id: String,
    /// When.
    pub joined_at: jiff::Timestamp,
}

/// Proof of an erasure.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Erased {
    /// Records emptied.
    pub erased: u64,
    /// By the cloud's clock.
    pub erased_at: jiff::Timestamp,
    /// SHA-256, lower-case hex.
    pub proof: String,
}

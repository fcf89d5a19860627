//! The shapes of a plan: staged units going in, planned units and their operations coming out.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::canonical::hash_json;
use crate::matching::Candidate;
use crate::record::{FieldMap, RecordKey, RecordType, SourceKey};

/// A value that could not be brought in as it is; a person fixes it or leaves it out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Staged record it belongs to.
    pub record_id: String,
    /// Its type.
    pub record_type: RecordType,
    /// WedSync field.
    pub field: String,
    /// What stood there, abbreviated.
    pub found: String,
    /// Message id under `problem.`.
    pub code: String,
    /// Parameters of the message.
    #[serde(default)]
    pub params: BTreeMap<String, String>,
    /// Likely answers, best first, encoded for the field.
    #[serde(default)]
    pub fixes: Vec<Json>,
    /// WedSync itself demands the field: "bring in without it" is not offered.
    #[serde(default)]
    pub required_by_wedsync: bool,
}

/// One mapped record of a staged unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StagedRecord {
    /// Which kind.
    pub record_type: RecordType,
    /// Id allotted at staging: the linked WedSync id if there is a link, else a new one kept for this source.
    pub id: String,
    /// Where it was read; `None` for the client itself, which the CRM has no record of (MODEL 2): planning keeps its
    /// base under [`SourceKey::party`].
    pub source: Option<SourceKey>,
    /// Mapped values, references already as staged ids.
    pub fields: FieldMap,
    /// Per mapped field, the parsed value before transforms: the CRM's half of the base pair (MODEL 4).
    pub crm: FieldMap,
    /// The same source record stands in another unit too, which counts it: somebody who works on many jobs is one
    /// record that was read (SYNC-LAW 32).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub counted_elsewhere: bool,
}

/// One booking party, mapped, with everything that belongs to it; or one appointment that no client is known for, which
/// is an event alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StagedUnit {
    /// Position in the job, from 0; stable under page order.
    pub seq: u64,
    /// The client's (staged or linked) id; of an appointment without a client, that of its event.
    pub client_id: String,
    /// External id of the primary person, for display (`clients.external_crm_id`).
    pub external_id: Option<String>,
    /// Clients that claim this party; not empty means a person must decide.
    #[serde(default)]
    pub claimed_by: Vec<String>,
    /// The client first, then persons, projects, then their children: parents before children.
    pub records: Vec<StagedRecord>,
    /// Values that need a person.
    pub problems: Vec<Problem>,
    /// What the review lists.
    pub summary: UnitSummary,
    /// Left out by "what to bring", with the filter's name.
    #[serde(default)]
    pub left_out: Option<String>,
}

/// The cells of the review row; all for display and search.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct UnitSummary {
    /// Names of the booking persons, primary first; of an appointment its title.
    pub names: Vec<String>,
    /// Main wedding date, YYYY-MM-DD.
    pub wedding_date: Option<String>,
    /// Main venue; of an appointment where it is.
    pub venue: Option<String>,
    /// Primary e-mail.
    pub email: Option<String>,
    /// Primary phone as shown.
    pub phone: Option<String>,
    /// Records by type in this unit.
    pub counts: BTreeMap<RecordType, u32>,
    /// The part of its key that differs from the last file (`email`, `name`, `date`, `project`, `number`): the row was
    /// known again by the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed: Option<String>,
    /// Where it stands in the files it was read from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<FileRow>,
    /// It is an appointment that no client is known for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appointment: Option<AppointmentTime>,
}

/// When an appointment is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppointmentTime {
    /// Its first day, YYYY-MM-DD.
    pub day: Option<String>,
    /// When it begins on that day, HH:MM on the clocks of its place; absent for whole days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
}

/// A row of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRow {
    /// Sheet, entry or file.
    pub table: String,
    /// Row as a spreadsheet counts it, from 1.
    pub row: u64,
    /// Stream of its raw record.
    pub stream: String,
    /// Id of its raw record.
    pub id: String,
}

/// What an operation does in WedSync.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OpKind {
    /// A record that WedSync does not hold.
    Create,
    /// Fields of a record that WedSync holds and that is linked.
    Update,
    /// Joins a record that WedSync holds to its source; may fill fields that were empty.
    Link,
    /// Takes a record back (undo of a create); soft for 30 days.
    Delete,
}

impl OpKind {
    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            OpKind::Create => "create",
            OpKind::Update => "update",
            OpKind::Link => "link",
            OpKind::Delete => "delete",
        }
    }

    /// The kind of this stored name.
    pub fn parse(name: &str) -> Option<OpKind> {
        [OpKind::Create, OpKind::Update, OpKind::Link, OpKind::Delete]
            .into_iter()
            .find(|kind| kind.as_str() == name)
    }
}

/// The pair both sides agreed on for one field (MODEL 4); written as `plan/stored.rs` says.
#[derive(Debug, Clone, PartialEq)]
pub struct BasePair {
    /// Parsed CRM value before transforms.
    pub crm: Json,
    /// Value held in WedSync.
    pub wedsync: Json,
}

/// One operation of a plan; written as `plan/stored.rs` says.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanOp {
    /// SHA-256 over what it does, see [`PlanOp::seal`].
    pub hash: String,
    /// What it does.
    pub kind: OpKind,
    /// The record of WedSync.
    pub record: RecordKey,
    /// Where it comes from.
    pub source: Option<SourceKey>,
    /// Version of the record that `before` was read from; `None` for creates. Not part of the hash: a change of other
    /// fields of the record does not move this op.
    pub base_version: Option<i64>,
    /// What both sides last agreed on, for the fields in `after`.
    pub base: BTreeMap<String, BasePair>,
    /// Values before, for the fields in `after`.
    pub before: FieldMap,
    /// Values after.
    pub after: FieldMap,
    /// CRM values that were *not* taken because WedSync holds another one at first link; a person may choose them.
    pub kept_out: FieldMap,
    /// Base pairs to set once WedSync has acknowledged.
    pub pairs: BTreeMap<String, BasePair>,
    /// The record of the same unit that must exist first.
    pub parent: Option<String>,
    /// Message id under `reason.`.
    pub reason: String,
}

impl PlanOp {
    /// Computes the hash: canonical (kind, record, base, before, after, parent, reason), MODEL 6.
    pub fn seal(mut self) -> PlanOp {
        // In full, whatever form is stored.
        let base: serde_json::Map<String, Json> = self
            .base
            .iter()
            .map(|(name, pair)| (name.clone(), json!({"crm": pair.crm, "wedsync": pair.wedsync})))
            .collect();
        self.hash = hash_json(&json!({
            "kind": self.kind,
            "record": self.record,
            "base": base,
            "before": self.before,
            "after": self.after,
            "parent": self.parent,
            "reason": self.reason,
        }));
        self
    }
}

/// The id of an op: derived from its plan and hash, so that planning twice gives the same ids (MODEL 6).
pub fn op_id(plan_id: &str, op_hash: &str) -> String {
    crate::canonical::uuid_v8(&[plan_id, op_hash])
}

/// The hash of a plan: SHA-256 over its op hashes in order, fed one by one.
#[derive(Debug, Clone, Default)]
pub struct PlanHasher {
    text: sha2::Sha256,
}

impl PlanHasher {
    /// Takes the next op's hash.
    pub fn push(&mut self, op_hash: &str) {
        use sha2::Digest;
        self.text.update(op_hash.as_bytes());
        self.text.update(b"\n");
    }

    /// The plan hash.
    pub fn finish(self) -> String {
        use sha2::Digest;
        crate::canonical::hex(&self.text.finalize())
    }
}

/// Which tab of the review a unit stands in. One unit has one kind; what needs a person comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitKind {
    /// Both sides changed.
    Conflict,
    /// A value needs a person.
    Problem,
    /// May already be in WedSync.
    Duplicate,
    /// Linked earlier and changed in the CRM.
    Changed,
    /// Will be joined to a client that WedSync has.
    Linked,
    /// Not in WedSync.
    New,
    /// Nothing to do.
    Unchanged,
    /// Left out by "what to bring".
    Skipped,
}

impl UnitKind {
    /// All kinds, in the order of attention.
    pub const ALL: [UnitKind; 8] = [
        UnitKind::Conflict,
        UnitKind::Problem,
        UnitKind::Duplicate,
        UnitKind::Changed,
        UnitKind::Linked,
        UnitKind::New,
        UnitKind::Unchanged,
        UnitKind::Skipped,
    ];

    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            UnitKind::Conflict => "conflict",
            UnitKind::Problem => "problem",
            UnitKind::Duplicate => "duplicate",
            UnitKind::Changed => "changed",
            UnitKind::Linked => "linked",
            UnitKind::New => "new",
            UnitKind::Unchanged => "unchanged",
            UnitKind::Skipped => "skipped",
        }
    }

    /// The kind of this stored name.
    pub fn parse(name: &str) -> Option<UnitKind> {
        UnitKind::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// Whether a person has to decide before it can be uploaded.
    pub fn needs_decision(self) -> bool {
        matches!(self, UnitKind::Conflict | UnitKind::Problem | UnitKind::Duplicate)
    }
}

/// A field that both sides changed since they agreed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldConflict {
    /// The record.
    pub record: RecordKey,
    /// Its field.
    pub field: String,
    /// Mapped value of the CRM.
    pub crm: Json,
    /// Value in WedSync.
    pub wedsync: Json,
    /// What both agreed on, as WedSync held it.
    pub base: Json,
}

/// What a person decided about one unit. Kept by what it was decided on, so that the next import remembers it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Resolution {
    /// For a duplicate: the client it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link_to: Option<String>,
    /// For a duplicate: it is a client of its own.
    #[serde(default)]
    pub create_anyway: bool,
    /// Left out by the person.
    #[serde(default)]
    pub rejected: bool,
    /// Typed or chosen values: staged record id -> field -> value (`null` = bring in without it).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, FieldMap>,
}

impl Resolution {
    /// Whether nothing was decided.
    pub fn is_empty(&self) -> bool {
        self == &Resolution::default()
    }
}

/// One planned unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlannedUnit {
    /// Position, from the staged unit.
    pub seq: u64,
    /// The client it is or becomes; of an appointment without a client, its event.
    pub client_id: String,
    /// Tab of the review.
    pub kind: UnitKind,
    /// Row of the review.
    pub summary: UnitSummary,
    /// What it would do, parents first.
    pub ops: Vec<PlanOp>,
    /// Clients it may already be.
    pub candidates: Vec<Candidate>,
    /// Values that still need a person.
    pub problems: Vec<Problem>,
    /// Fields that both sides changed.
    pub conflicts: Vec<FieldConflict>,
    /// Base pairs that need no write: both sides already agree (MODEL 4).
    pub adopted: Vec<Adoption>,
    /// Records with nothing to do, or left out with their unit, by type, for the sum of outcomes (SYNC-LAW 32).
    pub unchanged: BTreeMap<RecordType, u32>,
}

/// A base that moves without a write, because both sides hold the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Adoption {
    /// The record.
    pub record: RecordKey,
    /// Its source.
    pub source: SourceKey,
    /// The pairs.
    pub pairs: BTreeMap<String, BasePair>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn op_ids_are_uuids_of_version_8_and_depend_on_both_parts() {
        let id = op_id("plan", "hash");
        let parsed = uuid::Uuid::parse_str(&id).expect("a UUID");
        assert_eq!(parsed.get_version_num(), 8);
        assert_eq!(parsed.get_variant(), uuid::Variant::RFC4122);
        assert_ne!(id, op_id("plan2", "hash"));
        assert_ne!(id, op_id("plan", "hash2"));
    }
}

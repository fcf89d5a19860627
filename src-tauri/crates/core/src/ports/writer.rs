//! Writing to a CRM: one record at a time, each operation at most once.
//!
//! This port stands apart from [`super::Connector`], so that nothing which reads can write by accident. A call of
//! [`CrmWriter::write`] is one durable step of whoever calls: the operation is kept before the call, its outcome after it, and
//! what may have been under way when the program ended is given again with [`CrmWrite::sent`], whereupon it is looked for before
//! anything is sent. Deliberately absent: what is to be written where, whose word counts, and every repetition.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::Value as Json;

use crate::record::{FieldMap, RecordType};

/// A write to a CRM starts only with so much of the lease left, in milliseconds of the monotonic clock (MODEL 8).
pub const WRITE_SPARE_MS: u64 = 30_000;

/// What is done to a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum WriteKind {
    /// Make it.
    Create,
    /// Change it.
    Update,
    /// Delete it.
    Delete,
}

/// What becomes of a create whose reply was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LostReply {
    /// The CRM knows the operation again by its id: it is sent again.
    SentAgain,
    /// The record is looked for, and sent again only where it is proved not to be there.
    LookedFor,
    /// Nothing tells: a person looks.
    Asked,
}

/// What can be done with records of one type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Writable {
    /// Which.
    pub record_type: RecordType,
    /// What.
    pub kind: WriteKind,
    /// Fields that can be given a value; a part of one is named after a dot (`address.city`).
    pub fields: BTreeSet<String>,
    /// Fields without which none is made.
    pub needed: BTreeSet<String>,
    /// Whether a field can be emptied.
    pub clears: bool,
    /// What becomes of it when the reply is lost.
    pub lost_reply: LostReply,
}

/// One operation.
#[derive(Debug, Clone, PartialEq)]
pub struct CrmWrite {
    /// Never changes, whatever becomes of it; the CRM is told it where it has a place for it.
    pub op_id: String,
    /// What kind of record.
    pub record_type: RecordType,
    /// What to do.
    pub kind: WriteKind,
    /// The CRM's id. None for a create; of a create it is given where an earlier outcome told it.
    pub id: Option<String>,
    /// Id of the record under which the CRM shows this one, where it shows it nowhere else.
    pub under: Option<String>,
    /// Version of the record that the change was decided on, as the CRM told it.
    pub version: Option<String>,
    /// What the fields held when the change was decided. Where it names every field that is written, those decide whether
    /// somebody else changed them, and a version that moved for another reason stops nothing (F56).
    pub was: FieldMap,
    /// New values, encoded as [`crate::value::Value`] encodes them.
    pub set: FieldMap,
    /// Fields that are emptied.
    pub clear: BTreeSet<String>,
    /// Ids of records of which a person said that they are somebody else: none of those keeps a new one from being made.
    pub others: BTreeSet<String>,
    /// When a request of this operation may have left for the first time; none as long as that is impossible.
    pub sent: Option<Timestamp>,
}

impl CrmWrite {
    /// Every field that it writes.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.set.keys().chain(&self.clear).map(String::as_str)
    }
}

/// A record as the CRM shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct CrmRecord {
    /// Its id.
    pub id: String,
    /// Its version, where the CRM tells one.
    pub version: Option<String>,
    /// The fields that can be written; one that is empty is null.
    pub fields: FieldMap,
}

/// A write that was acknowledged and read back (SYNC-LAW 16).
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    /// The CRM's id.
    pub id: String,
    /// The version that it has now, where the CRM tells one.
    pub version: Option<String>,
    /// Fields that are stored otherwise than they were sent, with what is stored: put in another form (F54), or not taken (F60).
    pub differs: FieldMap,
}

/// Why something was not written, for a person: a message id under `error.`, with its parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriteWhy {
    /// Id.
    pub message_id: &'static str,
    /// Parameters.
    pub params: Vec<(&'static str, String)>,
}

/// What became of an operation.
#[derive(Debug, Clone, PartialEq)]
pub enum WriteOutcome {
    /// It is there.
    Written(Written),
    /// Nothing was written: somebody changed what would have been written.
    Conflict {
        /// What is there now.
        current: CrmRecord,
    },
    /// Nothing was written: the record is not there any more.
    Gone,
    /// Nothing was written: these could be the record that is to be made. A person says (SYNC-LAW 23).
    Candidates {
        /// At least one.
        found: Vec<CrmRecord>,
    },
    /// Nothing was written, and the same again will not be.
    Refused {
        /// The field that is to blame, where that is known.
        field: Option<String>,
        /// The CRM's own code, where it has one.
        code: Option<String>,
        /// Why.
        why: WriteWhy,
    },
    /// Nobody knows whether it arrived. Given again with [`CrmWrite::sent`], it is looked for.
    Unknown {
        /// Id of the record, where the reply told that much.
        id: Option<String>,
        /// What happened.
        why: WriteWhy,
    },
    /// Nothing was written now.
    Later {
        /// Seconds to wait, where that is known.
        after: Option<u32>,
        /// Why.
        why: WriteWhy,
    },
    /// Nothing was written: the person must sign in or give a new key.
    SignIn {
        /// Why.
        why: WriteWhy,
    },
}

/// Milliseconds that are left of the lease, on the monotonic clock. Asked as late as possible before each write.
pub type LeaseLeft<'a> = &'a (dyn Fn() -> u64 + Send + Sync);

/// Writing to one CRM account.
#[async_trait]
pub trait CrmWriter: Send + Sync {
    /// What can be written.
    fn writable(&self) -> Vec<Writable>;
    /// Permissions that the sign-in needs for all of that, beside those for reading.
    fn scopes(&self) -> BTreeSet<String>;
    /// Carries an operation out: looks before it makes anything, writes with what proves that nobody else was faster, and reads
    /// back. No write leaves with less than [`WRITE_SPARE_MS`] of the lease, and none is sent a second time unless the CRM knows
    /// it again or it is proved not to be there.
    async fn write(&self, op: &CrmWrite, lease_left: LeaseLeft<'_>) -> WriteOutcome;
}

/// The value of a field or of a part of it (`address.city`); nothing where it is empty.
pub fn part_of<'a>(fields: &'a FieldMap, name: &str) -> Option<&'a Json> {
    let found = match fields.get(name) {
        Some(whole) => whole,
        None => {
            let (field, part) = name.split_once('.')?;
            fields.get(field)?.get(part)?
        }
    };
    Some(found).filter(|value| !crate::value::is_blank_json(value))
}

/// Parts of fields put together: `address.city` becomes a member of `address`.
pub fn whole_fields(parts: BTreeMap<String, Json>) -> FieldMap {
    let mut whole = FieldMap::new();
    for (name, value) in parts {
        match name.split_once('.') {
            None => {
                whole.insert(name, value);
            }
            Some((field, part)) => {
                let entry = whole.entry(field.to_owned()).or_insert(Json::Null);
                if value.is_null() {
                    continue;
                }
                if !entry.is_object() {
                    *entry = Json::Object(serde_json::Map::new());
                }
                if let Some(members) = entry.as_object_mut() {
                    members.insert(part.to_owned(), value);
                }
            }
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn parts_of_fields_are_taken_apart_and_put_together() {
        let parts = BTreeMap::from([
            ("address.city".to_owned(), json!("Bath")),
            ("address.street".to_owned(), Json::Null),
            ("email".to_owned(), json!("ann@example.com")),
        ]);
        let whole = whole_fields(parts);
        assert_eq!(whole["address"], json!({"city": "Bath"}), "what is empty is left out");
        assert_eq!(part_of(&whole, "address.city"), Some(&json!("Bath")));
        assert_eq!(part_of(&whole, "address.street"), None);
        assert_eq!(part_of(&whole, "email"), Some(&json!("ann@example.com")));
        let empty = whole_fields(BTreeMap::from([("address.city".to_owned(), Json::Null)]));
        assert_eq!(empty["address"], Json::Null, "an address without parts is none");
    }
}

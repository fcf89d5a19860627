//! How an API is written to: one rule for each type of record and operation.
//!
//! A rule says where a field goes, how an operation that may have arrived already is known again, what proves that nobody else
//! changed the record meanwhile, and how what is stored is read back. Where the provider documents none of these, the rule says
//! nothing, and the interpreter (`write`) does without: it then asks a person rather than writing twice.

use std::collections::BTreeMap;

use hub_core::record::RecordType;
use serde::Deserialize;

use super::{BodyField, Evidence, Operation, StatusMatch};

/// How records of one type are made, changed or deleted.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WriteRule {
    /// Type of record.
    pub record: RecordType,
    /// What is done: anything but reading.
    pub operation: Operation,
    /// How well it is known.
    pub evidence: Evidence,
    /// Where that is written.
    pub source: String,
    /// Method of the request.
    pub method: WriteMethod,
    /// Path below the base URL. `{id}` is the record's id as one step; `{+id}` is one that has steps of its own (RFC 6570).
    pub path: String,
    /// Fixed parameters.
    #[serde(default)]
    pub params: BTreeMap<String, String>,
    /// Parameter that names the members of the record which are sent, with commas between them.
    pub mask: Option<String>,
    /// How the body is written.
    #[serde(default)]
    pub body: BodyForm,
    /// How much of a record an update sends.
    #[serde(default)]
    pub sends: Sends,
    /// What stands in every body, by its path.
    #[serde(default)]
    pub fixed: BTreeMap<String, toml::Value>,
    /// Members that the CRM shows and does not take back; left out where a whole record is sent.
    #[serde(default)]
    pub read_only: Vec<String>,
    /// Where each field goes; of a deletion, where those stand by which the record is compared. A field of several parts is named part by part (`address.city`).
    #[serde(default)]
    pub fields: BTreeMap<String, FieldPlace>,
    /// Fields without which the CRM makes no record.
    #[serde(default)]
    pub needed: Vec<String>,
    /// How a field is emptied; where it is absent, none can be.
    pub empty: Option<EmptyAs>,
    /// By what the CRM knows an operation again that it has carried out.
    pub idempotency: Option<Idempotency>,
    /// Path in the body at which a new record keeps the id of the operation that made it.
    pub mark: Option<String>,
    /// How a record is looked for that may be there already.
    pub lookup: Option<Lookup>,
    /// What proves that nobody changed the record meanwhile.
    pub precondition: Option<Precondition>,
    /// How one record is read.
    pub read: Option<ReadOne>,
    /// Where what is stored can be read after a write.
    #[serde(default)]
    pub read_back: ReadBack,
    /// Answers that say that the record was changed meanwhile, beside 412.
    #[serde(default)]
    pub stale: Vec<Answered>,
    /// Answers that say that the record is not there any more.
    #[serde(default)]
    pub gone: Vec<Answered>,
    /// What an answer that refuses a value says of it.
    #[serde(default)]
    pub refusal: Refusal,
    /// Whether writes of one account may run beside each other.
    #[serde(default)]
    pub order: WriteOrder,
    /// Permissions that a sign-in needs for this, beside those for reading.
    #[serde(default)]
    pub scopes: Vec<String>,
}

/// Method of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum WriteMethod {
    /// RFC 9110, 9.3.3.
    Post,
    /// RFC 9110, 9.3.4.
    Put,
    /// RFC 5789.
    Patch,
    /// RFC 9110, 9.3.5.
    Delete,
}

/// How a body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BodyForm {
    /// JSON.
    #[default]
    Json,
    /// `application/x-www-form-urlencoded`, for flat records.
    Form,
    /// None.
    None,
}

/// How much of a record an update sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sends {
    /// What changes and nothing else; the CRM leaves the rest.
    #[default]
    Changed,
    /// Each member that changes, whole: it is read first, changed, and sent with everything else that is in it.
    Members,
    /// The whole record as it was read, changed.
    Record,
}

/// Where a field goes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "FieldPlaceText")]
pub struct FieldPlace {
    /// Path in the body. A number is a place in a list, 0 the main entry. Fields with the same path are put together there with a
    /// space between them, in the order in which WedSync lists them.
    pub path: String,
    /// Path at which it is read back, where that is another one.
    pub back: String,
    /// How its value is written.
    pub form: ValueForm,
}

/// A path alone, or everything.
#[derive(Deserialize)]
#[serde(untagged)]
enum FieldPlaceText {
    Path(String),
    Place(FieldPlaceTable),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldPlaceTable {
    path: String,
    back: Option<String>,
    #[serde(default, rename = "as")]
    form: ValueForm,
}

impl From<FieldPlaceText> for FieldPlace {
    fn from(text: FieldPlaceText) -> FieldPlace {
        match text {
            FieldPlaceText::Path(path) => FieldPlace { back: path.clone(), path, form: ValueForm::default() },
            FieldPlaceText::Place(table) => FieldPlace {
                back: table.back.unwrap_or_else(|| table.path.clone()),
                path: table.path,
                form: table.form,
            },
        }
    }
}

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueForm {
    /// Text; a telephone number as it was typed, a number as a number, a day as `YYYY-MM-DD`.
    #[default]
    Plain,
    /// A telephone number as E.164 where it could be read, else as it was typed.
    E164,
    /// A whole number.
    Integer,
}

/// How a field is emptied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmptyAs {
    /// By null.
    Null,
    /// By an empty text.
    Text,
    /// By leaving it out of what is sent whole; an entry of a list that keeps nothing else is left out with it.
    LeftOut,
}

/// By what an operation is known again. The CRM answers a second one as it answered the first.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Idempotency {
    /// A header with the id of the operation.
    Header {
        /// Its name.
        name: String,
    },
    /// A parameter with it.
    Query {
        /// Its name.
        name: String,
    },
}

/// How a record is looked for that may be there: asked before one is made, and after a reply was lost.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lookup {
    /// Path below the base URL.
    pub path: String,
    /// Fixed parameters.
    #[serde(default)]
    pub params: BTreeMap<String, String>,
    /// Parameter that takes the value of a field.
    pub param: String,
    /// Strong identifiers among the fields, the first that the operation has is asked for. What comes back is compared with it:
    /// a search may find more than was asked for.
    pub by: Vec<String>,
    /// Path of the records in a reply; one that leaves them out has none.
    #[serde(default)]
    pub records: String,
    /// Path of the record in an entry.
    #[serde(default)]
    pub record: String,
    /// Path of its id.
    pub id: String,
    /// Path of its version.
    pub version: Option<String>,
    /// Path of the id of the operation that made it; a step `*` is any entry of a list.
    pub mark: Option<String>,
    /// Path of the number of records that were found in all.
    pub total: Option<String>,
    /// Most entries of a reply: one that is as long may not be all, and proves nothing.
    pub most: Option<u32>,
    /// Whether the CRM wants to be asked for nothing first, so that it fetches what is new.
    #[serde(default)]
    pub first: LookFirst,
    /// Seconds until what was written is found for certain. Finding nothing before that proves nothing (F30).
    #[serde(default)]
    pub settles_after_seconds: u32,
}

/// What is asked before a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LookFirst {
    /// Nothing.
    #[default]
    Nothing,
    /// The same with an empty value.
    Empty,
}

/// What proves that nobody changed a record meanwhile.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Precondition {
    /// A header with the version (RFC 9110, 13.1.1).
    Header {
        /// Its name.
        name: String,
    },
    /// The version in the body.
    Body {
        /// Its path.
        path: String,
    },
    /// Nothing: the record is read just before, and compared.
    Compare {},
}

/// How one record is read.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadOne {
    /// Path below the base URL, with `{id}` or `{+id}`, or `{under}` for the id of the record under which the CRM shows it.
    pub path: String,
    /// Fixed parameters.
    #[serde(default)]
    pub params: BTreeMap<String, String>,
    /// Path of a list in which the record is looked for by its id, where the CRM shows it in such a one alone.
    pub records: Option<String>,
    /// Path of the record, in the reply or in an entry of that list.
    #[serde(default)]
    pub record: String,
    /// Path of its id.
    pub id: String,
    /// Path of its version.
    pub version: Option<String>,
    /// Path of the number of entries in the whole list.
    pub total: Option<String>,
}

/// Where what is stored can be read after a write.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum ReadBack {
    /// In the reply.
    Reply {
        /// Path of the record.
        #[serde(default)]
        record: String,
        /// Path of its id in it.
        id: String,
        /// Path of its version in it.
        version: Option<String>,
    },
    /// By reading it; the reply tells the id of a new one at this path.
    Get {
        /// Path of the id in the reply.
        id: String,
    },
    /// Nowhere: a deletion.
    Nothing {},
}

impl Default for ReadBack {
    fn default() -> ReadBack {
        ReadBack::Nothing {}
    }
}

/// An answer; all its conditions hold.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answered {
    /// Status codes; empty is any but success.
    #[serde(default)]
    pub status: Vec<StatusMatch>,
    /// A field of the JSON body.
    pub body: Option<BodyField>,
}

/// What an answer that refuses a value says of it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    /// Path of a list of faults, the first of which counts.
    pub list: Option<String>,
    /// Path of the name of the field, as the CRM calls it.
    pub field: Option<String>,
    /// Path of an object whose first member is named after the field.
    pub fields: Option<String>,
    /// Path of the CRM's own code.
    pub code: Option<String>,
}

/// Whether writes of one account may run beside each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WriteOrder {
    /// One after the other.
    #[default]
    Sequential,
    /// As they come.
    Free,
}

impl WriteRule {
    /// The name of a member of a path's first step, by which a mask names it.
    pub fn member(path: &str) -> &str {
        path.split('.').next().unwrap_or(path)
    }
}

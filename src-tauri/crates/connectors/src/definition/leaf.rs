//! How one leaf of an assembled document is made from a record.
//!
//! A plain string is a path whose value is taken as it is. Everything else is a rule with a name of its own; the list
//! is closed, so that a definition can be read and checked without running it.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The leaves of a sub-document by name.
pub type Leaves = BTreeMap<String, Leaf>;

/// How one leaf is made.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Leaf {
    /// The value at this path, as it is.
    Path(String),
    /// A rule.
    Rule(Rule),
}

/// A rule for a leaf.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "as", rename_all = "snake_case", deny_unknown_fields)]
pub enum Rule {
    /// The first of these paths that is not blank.
    First {
        /// Paths in order.
        of: Vec<String>,
    },
    /// One of two paths, by the value of a field.
    When {
        /// Field.
        path: String,
        /// Its value.
        is: String,
        /// Path taken then.
        then: String,
        /// Path taken else.
        otherwise: String,
    },
    /// A telephone number as `{e164, ext, text}`: the first of these that has any digits or text.
    Phone {
        /// Paths of phone objects in order.
        of: Vec<String>,
    },
    /// The phones that [`Rule::Phone`] did not take, keyed by E.164 or digits.
    OtherPhones {
        /// Path to label, in the same order as the phone rule.
        of: Vec<Labelled>,
    },
    /// Further e-mail addresses, keyed by lower-cased address.
    OtherEmails {
        /// Path to label.
        of: Vec<Labelled>,
    },
    /// An object of its own, null when all its leaves are.
    Object {
        /// Path of the source object.
        at: String,
        /// Its leaves.
        leaves: Leaves,
    },
    /// An object made from the record of another stream that an id points at, or from this record where that says
    /// nothing.
    ObjectOf {
        /// Stream of the other record.
        stream: String,
        /// Path of the id.
        by: String,
        /// Path of the source object in the other record.
        at: String,
        /// Path of the source object in this record.
        otherwise: String,
        /// Its leaves.
        leaves: Leaves,
    },
    /// A list, each entry an object of its own.
    List {
        /// Path of the source list.
        at: String,
        /// Leaves of an entry.
        leaves: Leaves,
    },
    /// A word of the CRM in our vocabulary; unknown words stay as they are.
    Words {
        /// Path.
        path: String,
        /// Theirs to ours.
        words: BTreeMap<String, String>,
    },
    /// HTML as plain text.
    Text {
        /// Path.
        path: String,
    },
    /// The civil day, in the studio's zone, of an instant.
    Day {
        /// Path.
        path: String,
    },
    /// A field of the record of another stream that an id points at.
    LookUp {
        /// Stream of the other record.
        stream: String,
        /// Path of the id.
        by: String,
        /// Path of the value in the other record.
        take: String,
        /// Path in this record where the other one is missing.
        otherwise: Option<String>,
    },
    /// Which record an id points at, as `{"@": {"stream", "id"}}`.
    Reference {
        /// Stream of the other record.
        stream: String,
        /// Path of the id.
        by: String,
    },
    /// Custom field values by field id: `{id: {name, kind, value}}`.
    CustomFields {
        /// Path of the list.
        path: String,
        /// Stream of the definitions.
        stream: String,
        /// Path of the field id in an entry.
        id: String,
        /// Path of the value in an entry.
        value: String,
        /// Path of the label in a definition.
        name: String,
        /// Path of the kind in a definition.
        kind: String,
    },
    /// A value of the record that holds this one.
    Holder {
        /// Path in the holder.
        path: String,
    },
    /// A value of the record that holds this one, if this is its only part: what is said of the whole can then be
    /// said of the part.
    HolderOfOne {
        /// Path in the holder.
        path: String,
    },
    /// Which part a whole consists of, if it has exactly one.
    OnlyPart {
        /// Child list of the same job.
        of: String,
        /// Path of the id of the whole.
        by: String,
    },
    /// A leaf of the job's main event.
    MainEvent {
        /// Name of the leaf in the event's sub-document.
        take: String,
    },
    /// Always this text.
    Fixed {
        /// The text.
        text: String,
    },
}

/// A path with a label.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Labelled {
    /// Path.
    pub path: String,
    /// Label.
    pub label: String,
}

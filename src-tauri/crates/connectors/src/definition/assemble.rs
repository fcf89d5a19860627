//! How the records of one booking party become one document (MODEL 2 and 3).
//!
//! Every list in the document has an order declared here that does not depend on the order of arrival.

use serde::Deserialize;

use super::Leaves;

/// The assemble section.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assemble {
    /// Persons.
    pub person: PersonShape,
    /// Jobs.
    pub job: JobShape,
    /// The join between them.
    pub on_job: OnJob,
    /// What hangs on a job.
    #[serde(default)]
    pub child: Vec<Child>,
    /// What hangs on a person.
    #[serde(default)]
    pub person_child: Vec<Child>,
}

/// Persons.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonShape {
    /// Stream.
    pub stream: String,
    /// Path of the kind of contact.
    pub kind: String,
    /// Kinds that are persons whatever their part on a job.
    pub persons: Vec<String>,
    /// Kinds that are the studio's own people: persons on a job, but nobody's client.
    #[serde(default)]
    pub staff: Vec<String>,
    /// Kinds that are places: a name on the job, brought as its venue and never as a person.
    #[serde(default)]
    pub places: Vec<String>,
    /// Leaf by which somebody is called. A firm without a person's name is called by its own, so that it is not lost.
    pub named_by: String,
    /// Leaves.
    pub leaves: Leaves,
}

/// Jobs.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobShape {
    /// Stream.
    pub stream: String,
    /// Path of the sample flag.
    pub sample: String,
    /// Order of a party's jobs.
    pub order: JobOrder,
    /// Which event stands for the job.
    pub main_event: Option<EventPick>,
    /// Leaves.
    pub leaves: Leaves,
}

/// Order of a party's jobs: the main one first, then by date (none last), then by id. The main job is the open one of
/// a main kind with the latest date; without an open one a closed one; without one of a main kind any.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobOrder {
    /// Leaf with the kind.
    pub kind: String,
    /// Kinds that can be the main job, compared without case, as part of the text.
    pub main_kinds: Vec<String>,
    /// Leaf that is true for a job that is over or lost.
    pub closed: String,
    /// Leaf with the date.
    pub date: String,
}

/// Which event stands for a job.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventPick {
    /// Child list that holds the events.
    pub child: String,
    /// Path in the job of the event's id.
    pub id: String,
    /// Leaf of an event that must have a value when the job names none.
    pub leaf: String,
    /// The value.
    pub is: String,
}

/// The join between persons and jobs.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnJob {
    /// Stream.
    pub stream: String,
    /// Path of the person's id.
    pub person: String,
    /// Parent slot that holds the job.
    pub job_slot: usize,
    /// Parent slot that holds the person.
    pub person_slot: usize,
    /// Path of the explicit client flag.
    pub client: String,
    /// Path of the list of role kinds, in the words of `party::RoleKind`.
    pub role_kinds: String,
    /// Path of the list of role ids.
    pub roles: String,
    /// Stream of the roles.
    pub role_stream: String,
    /// Path of a role's label.
    pub role_name: String,
    /// Path of a role's kind.
    pub role_kind: String,
    /// Who is what.
    pub party: PartyRoles,
    /// Names of role kinds for people outside the party.
    pub outside: Vec<RoleWords>,
}

/// Who is what in a booking party. Labels are those of a person's first job by id, so that a further job changes
/// nothing; ties are broken by the person's id, never by the order of arrival.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartyRoles {
    /// Labels in the order in which they make somebody the primary contact; compared without case.
    pub primary: Vec<String>,
    /// Parts of a label that make somebody a parent.
    pub parent: Vec<String>,
    /// Parts of a label that make somebody a planner.
    pub planner: Vec<String>,
}

/// A role kind of the CRM in our words.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleWords {
    /// Theirs.
    pub kind: String,
    /// Ours.
    pub role: String,
}

/// Records that hang on a job or a person.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Child {
    /// Name of the list in the document.
    pub name: String,
    /// Stream.
    pub stream: String,
    /// Parent slot that holds the job or the person.
    pub slot: usize,
    /// Only records without a parent in this slot (a note on a job is not also a note on a person).
    pub without_slot: Option<usize>,
    /// The records are the entries of a list inside those of the stream.
    pub each: Option<Each>,
    /// Entries of a list inside the records stand beside them as records of their own.
    pub also: Option<Each>,
    /// Leaves by which the list is ordered, blanks last; then by id.
    #[serde(default)]
    pub order: Vec<String>,
    /// Leaves.
    pub leaves: Leaves,
}

/// Records inside records.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Each {
    /// Path of the list.
    pub path: String,
    /// Stream name for their identity.
    pub stream: String,
    /// Leaves that differ from those of the list.
    #[serde(default)]
    pub leaves: Leaves,
}

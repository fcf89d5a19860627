//! Anchors: the part of an assembled document that one record is mapped from.
//!
//! A client's document holds several people, jobs and events. A person's rule says `primary_contact.first_name`; for the
//! partner the same rule reads the partner's own sub-document. So a path that begins with an alias of its record type is read
//! relative to the record, and one that begins with an alias of the record's parent relative to the parent.

use crate::path::{Segment, SourcePath};

/// Where each record type stands in an assembled document. `*` matches any position.
pub const ANCHORS: &[(&str, &[&[&str]])] = &[
    ("person", &[&["primary_contact"], &["partner"], &["people", "*"]]),
    ("project", &[&["jobs", "*"]]),
    // An appointment without a client stands in a document of its own.
    ("event", &[&["jobs", "*", "events", "*"], &["appointments", "*"]]),
    ("invoice", &[&["jobs", "*", "invoices", "*"]]),
    ("payment", &[&["jobs", "*", "payments", "*"]]),
    ("task", &[&["jobs", "*", "tasks", "*"]]),
    ("document", &[&["jobs", "*", "files", "*"]]),
    (
        "communication",
        &[
            &["jobs", "*", "notes", "*"],
            &["people", "*", "notes", "*"],
            &["primary_contact", "notes", "*"],
            &["partner", "notes", "*"],
        ],
    ),
];

/// What a source path is read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Base {
    /// The whole document.
    Root,
    /// The record's own sub-document.
    Anchor,
    /// The sub-document that the record's stands in (the job of an event).
    Parent,
}

fn aliases(record_type: &str) -> &'static [&'static [&'static str]] {
    ANCHORS.iter().find(|(name, _)| *name == record_type).map_or(&[], |(_, aliases)| aliases)
}

fn matches(alias: &[&str], segments: &[Segment]) -> bool {
    alias.len() < segments.len()
        && alias.iter().zip(segments).all(|(word, segment)| match segment {
            Segment::Key(key) => key == word,
            Segment::Index(_) | Segment::Every | Segment::FirstFilled => *word == "*",
        })
}

/// Splits a path into what it is read from and the rest.
pub(super) fn split(record_type: &str, path: &SourcePath) -> (Base, SourcePath) {
    let segments = path.segments();
    let strip = |count: usize| segments.get(..count).and_then(|prefix| path.strip_prefix(prefix));
    for alias in aliases(record_type) {
        if matches(alias, segments)
            && let Some(rest) = strip(alias.len())
        {
            return (Base::Anchor, rest);
        }
    }
    // The parent's alias is the record's own without the last two steps (`jobs.*` of `jobs.*.events.*`).
    for alias in aliases(record_type).iter().filter(|alias| alias.len() > 2) {
        let parent = &alias[..alias.len() - 2];
        if matches(parent, segments)
            && let Some(rest) = strip(parent.len())
        {
            return (Base::Parent, rest);
        }
    }
    (Base::Root, path.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split_text(record_type: &str, path: &str) -> (Base, String) {
        let (base, rest) = split(record_type, &SourcePath::parse(path).unwrap());
        (base, rest.to_string())
    }

    #[test]
    fn a_path_is_read_from_its_record() {
        assert_eq!(split_text("person", "primary_contact.first_name"), (Base::Anchor, "first_name".into()));
        assert_eq!(split_text("person", "people.*.email"), (Base::Anchor, "email".into()));
        assert_eq!(split_text("person", "jobs.0.name"), (Base::Root, "jobs.0.name".into()));
        assert_eq!(split_text("project", "jobs.0.event_date"), (Base::Anchor, "event_date".into()));
        assert_eq!(split_text("event", "jobs.*.events.*.start"), (Base::Anchor, "start".into()));
        assert_eq!(split_text("event", "appointments.*.name"), (Base::Anchor, "name".into()));
        assert_eq!(split_text("event", "jobs.*.name"), (Base::Parent, "name".into()));
        assert_eq!(split_text("client", "jobs.0.event_date"), (Base::Root, "jobs.0.event_date".into()));
        assert_eq!(
            split_text("person", "first_name"),
            (Base::Root, "first_name".into()),
            "flat files have no anchors"
        );
    }
}

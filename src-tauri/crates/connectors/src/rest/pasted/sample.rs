//! A list's own answer: where the records stand, what tells them apart, and what their fields are.

use serde_json::Value as Json;

use super::{Candidate, KnownFields, Note, Pasted, PastedError, PastedKind, Seen};
use crate::rest::recognise::{Found, fields, find};

/// Records that the fields are told from.
const LOOKED_AT: usize = 50;
/// Fields that are named at most where a test read differs.
const MOST_NAMED: usize = 10;

pub(super) fn read(json: &Json, known: &KnownFields) -> Result<Pasted, PastedError> {
    let seen = seen(json, known).ok_or(PastedError::NoListInSample)?;
    let candidate =
        Candidate { label: seen.list.clone(), address: None, signed: None, key: None, seen: Some(seen) };
    Ok(Pasted::new(PastedKind::Sample, vec![candidate], vec![Note::NoAddress]))
}

/// The list in an answer, unless it has none or an empty one.
pub(super) fn seen(json: &Json, known: &KnownFields) -> Option<Seen> {
    let list = find::list(json).filter(|list| !list.rows.is_empty())?;
    let (id, version) = (find::id(list.rows), find::version(list.rows));
    let looked_at = &list.rows[..list.rows.len().min(LOOKED_AT)];
    let fields = fields::read(looked_at, known, &[id.as_deref(), version.as_deref()]);
    // Objects without any leaf, `[{}, {}]`, are no records.
    if fields.is_empty() && id.is_none() {
        return None;
    }
    Some(Seen { list: list.path, id, rows: Some(list.rows.len() as u64), fields })
}

/// How a test read differs from what an answer had shown before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// Whether the list stands at the same place.
    pub same_list: bool,
    /// Whether the same field tells records apart.
    pub same_id: bool,
    /// Fields that the answer had and the test read has not, the first few.
    pub missing: Vec<String>,
}

impl Seen {
    /// Compares an answer with a test read; nothing where there was only a description, which promises no field.
    pub fn compared(&self, found: &Found) -> Option<Compared> {
        self.rows?;
        let there = |path: &str| found.fields.iter().any(|field| field.path == path);
        Some(Compared {
            same_list: self.list == found.records,
            same_id: self.id.as_ref() == Some(&found.id),
            missing: self
                .fields
                .iter()
                .map(|field| &field.path)
                // What tells changes is no field of the test read, and what tells records apart may be another one.
                .filter(|path| !there(path) && **path != found.id && Some(*path) != found.version.as_ref())
                .take(MOST_NAMED)
                .cloned()
                .collect(),
        })
    }
}

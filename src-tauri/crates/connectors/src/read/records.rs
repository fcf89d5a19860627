//! One record of a list: its id, version and parents, taken out of text that is kept as it came.

use hub_core::malformed::Malformed;
use hub_core::ports::RawRecord;
use serde_json::value::RawValue;

use super::pick::{Steps, pick, scalar};
use crate::definition::{Lists, Parent, Stream};

/// Paths of a stream, split once.
pub(super) struct StreamReader {
    pub(super) stream: Stream,
    fields: Vec<Steps>,
}

/// A record that cannot be told from others.
#[derive(Debug, thiserror::Error)]
pub(super) enum RecordFault {
    #[error("a record is not an object")]
    Json(#[from] Malformed),
    #[error("a record has no id")]
    NoId,
}

impl StreamReader {
    pub(super) fn new(stream: &Stream, lists: &Lists) -> StreamReader {
        let mut fields = vec![Steps::new(&lists.id)];
        // Without a version path the id's slot is read twice and not used.
        fields.push(Steps::new(lists.version.as_deref().unwrap_or(&lists.id)));
        for parent in &stream.parents {
            fields.push(Steps::new(parent.entry.as_ref().map_or(&parent.path, |entry| &entry.list)));
        }
        StreamReader { stream: stream.clone(), fields }
    }

    pub(super) fn record(&self, raw: &str) -> Result<RawRecord, RecordFault> {
        let found = pick(raw, &self.fields.iter().collect::<Vec<_>>())?;
        let mut found = found.into_iter();
        let id =
            found.next().flatten().and_then(scalar).filter(|id| !id.is_empty()).ok_or(RecordFault::NoId)?;
        let version = found.next().flatten().and_then(scalar);
        let mut parents = [None, None];
        for ((slot, parent), value) in parents.iter_mut().zip(&self.stream.parents).zip(found) {
            *slot = value.and_then(|value| parent_id(parent, value));
        }
        Ok(RawRecord { id, raw: raw.to_owned(), version, parents })
    }
}

fn parent_id(parent: &Parent, value: &RawValue) -> Option<String> {
    let Some(entry) = &parent.entry else { return scalar(value) };
    let entries: Vec<&RawValue> = serde_json::from_str(value.get()).ok()?;
    let (field, id) = (Steps::new(&entry.field), Steps::new(&parent.path));
    entries.into_iter().find_map(|candidate| {
        let found = pick(candidate.get(), &[&field, &id]).ok()?;
        let kind = found.first().copied().flatten().and_then(scalar)?;
        if kind == entry.is { found.get(1).copied().flatten().and_then(scalar) } else { None }
    })
}

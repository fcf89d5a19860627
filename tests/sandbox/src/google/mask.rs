//! Partial responses (`fields=`): `a,b(c,d/e)` names what is left of a reply. What a reply never has is refused.

use serde_json::{Map, Value};

/// Names that replies of the Calendar API can have, at any depth.
const NAMES: [&str; 49] = [
    "accessRole",
    "attendees",
    "calendar",
    "colorId",
    "created",
    "creator",
    "date",
    "dateTime",
    "defaultReminders",
    "description",
    "displayName",
    "email",
    "end",
    "etag",
    "eventType",
    "hidden",
    "htmlLink",
    "iCalUID",
    "id",
    "items",
    "kind",
    "location",
    "nextPageToken",
    "nextSyncToken",
    "organizer",
    "originalStartTime",
    "primary",
    "recurrence",
    "recurringEventId",
    "responseStatus",
    "selected",
    "self",
    "sequence",
    "start",
    "status",
    "summary",
    "summaryOverride",
    "timeZone",
    "transparency",
    "updated",
    "visibility",
    "deleted",
    "endTimeUnspecified",
    "attendeesOmitted",
    "hangoutLink",
    "guestsCanModify",
    "locked",
    "privateCopy",
    "source",
];

/// What is left of a reply.
#[derive(Debug, Default)]
pub(super) struct Mask(Vec<(String, Mask)>);

impl Mask {
    /// Reads a mask; nothing where it is none.
    pub(super) fn parse(text: &str) -> Option<Mask> {
        let (mask, rest) = Mask::some(text)?;
        rest.is_empty().then_some(mask)
    }

    fn some(mut text: &str) -> Option<(Mask, &str)> {
        let mut mask = Mask::default();
        loop {
            let (name, below, rest) = Mask::one(text)?;
            mask.0.push((name, below));
            match rest.strip_prefix(',') {
                Some(more) => text = more,
                None => return Some((mask, rest)),
            }
        }
    }

    fn one(text: &str) -> Option<(String, Mask, &str)> {
        let end = text.find([',', '(', ')', '/']).unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        if !NAMES.contains(&name) {
            return None;
        }
        if let Some(inside) = rest.strip_prefix('(') {
            let (below, rest) = Mask::some(inside)?;
            return Some((name.to_owned(), below, rest.strip_prefix(')')?));
        }
        if let Some(deeper) = rest.strip_prefix('/') {
            let (inner, below, rest) = Mask::one(deeper)?;
            return Some((name.to_owned(), Mask(vec![(inner, below)]), rest));
        }
        Some((name.to_owned(), Mask::default(), rest))
    }

    /// What it leaves of a value.
    pub(super) fn of(&self, value: &Value) -> Option<Value> {
        if self.0.is_empty() {
            return Some(value.clone());
        }
        match value {
            Value::Array(items) => {
                items.iter().map(|item| self.of(item)).collect::<Option<Vec<_>>>().map(Into::into)
            }
            Value::Object(held) => {
                let mut left = Map::new();
                for (name, below) in &self.0 {
                    if let Some(value) = held.get(name) {
                        left.insert(name.clone(), below.of(value)?);
                    }
                }
                Some(left.into())
            }
            _ => None,
        }
    }
}

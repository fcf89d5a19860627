//! What an operation answers with: where the list of records stands in it, and what a record's fields are.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::super::{KnownFields, Seen, sample};
use super::document::Document;
use crate::rest::flat::text_of;
use crate::rest::recognise::fields;
use crate::rest::recognise::find::{self, likeness, plain};

/// Levels of an answer in which a list is looked for, and of a record in which fields are.
const DEEP: usize = 3;
/// Schemas that are put together into one by `allOf` and the like, one inside the other.
const NESTED: usize = 8;
/// Fields of a record.
const MOST_FIELDS: usize = 60;
/// Parts of one answer that are looked at.
const MOST_PARTS: usize = 1_000;

/// An answer as it is described.
pub(super) enum Answer {
    /// By the fields of its records.
    Described { list: String, fields: Vec<(String, Option<String>)> },
    /// By an example alone.
    Example(Json),
}

impl Answer {
    /// How much its records look like clients, before their fields are told.
    pub(super) fn likeness(&self) -> usize {
        match self {
            Answer::Described { fields, .. } => likeness(fields.iter().map(|(path, _)| path.as_str())),
            Answer::Example(json) => find::list(json).map_or(0, |list| list.likeness()),
        }
    }

    pub(super) fn seen(self, known: &KnownFields) -> Option<Seen> {
        match self {
            Answer::Described { list, fields: named } => {
                let paths: Vec<String> = named.iter().map(|(path, _)| path.clone()).collect();
                let values: BTreeMap<String, Vec<String>> =
                    named.into_iter().filter_map(|(path, example)| Some((path, vec![example?]))).collect();
                let id = paths.iter().find(|path| plain(path) == "id").cloned();
                let told: Vec<String> = paths.into_iter().filter(|path| Some(path) != id.as_ref()).collect();
                Some(Seen { list, id, rows: None, fields: fields::told(&told, &values, known) })
            }
            // What an example shows is made up: its number of records says nothing.
            Answer::Example(json) => sample::seen(&json, known).map(|seen| Seen { rows: None, ..seen }),
        }
    }
}

/// The list that an operation answers with, if it is one.
pub(super) fn answer<'a>(document: &Document<'a>, operation: &'a Json) -> Option<Answer> {
    let responses = operation.get("responses")?.as_object()?;
    let good = ["200", "2XX", "2xx", "206", "default"].iter().find_map(|code| responses.get(*code));
    let good = document.resolved(good?)?;
    let media = if document.is_swagger() { Some(good) } else { json_media(good.get("content")?) }?;
    if let Some(schema) = media.get("schema") {
        let mut parts = Parts { document, left: MOST_PARTS };
        let mut lists = Vec::new();
        parts.lists(schema, "", 0, &mut lists);
        let best = lists
            .into_iter()
            .rev()
            .max_by_key(|(_, fields)| likeness(fields.iter().map(|(path, _)| path.as_str())));
        if let Some((list, fields)) = best {
            return Some(Answer::Described { list, fields });
        }
    }
    let examples = media.get("examples").and_then(Json::as_object);
    let example = if document.is_swagger() {
        examples.and_then(|all| all.iter().find(|(media, _)| media.contains("json")).map(|(_, json)| json))
    } else {
        let first =
            examples.and_then(|all| all.values().find_map(|one| document.resolved(one)?.get("value")));
        media.get("example").or(first)
    };
    // Some documents carry it as a text.
    match example? {
        Json::String(text) => serde_json::from_str(text).ok().map(Answer::Example),
        json => Some(Answer::Example(json.clone())),
    }
}

/// The kind of content that is JSON; `*/*` where nothing else is named.
fn json_media(content: &Json) -> Option<&Json> {
    let content = content.as_object()?;
    content
        .iter()
        .find(|(name, _)| name.to_ascii_lowercase().contains("json"))
        .or_else(|| content.iter().find(|(name, _)| name.as_str() == "*/*"))
        .map(|(_, media)| media)
}

struct Parts<'d, 'a> {
    document: &'d Document<'a>,
    left: usize,
}

type Fields = Vec<(String, Option<String>)>;

impl<'a> Parts<'_, 'a> {
    /// Counts a part; whether it may be looked at.
    fn next(&mut self) -> bool {
        self.left = self.left.saturating_sub(1);
        self.left > 0
    }

    /// Every list of objects in an answer, with the fields of its records.
    fn lists(&mut self, schema: &'a Json, path: &str, depth: usize, found: &mut Vec<(String, Fields)>) {
        for part in self.parts(schema, 0) {
            if let Some(items) = part.get("items") {
                let mut fields = Vec::new();
                self.fields(items, "", 0, &mut fields);
                if !fields.is_empty() {
                    found.push((path.to_owned(), fields));
                }
            }
            let members = part.get("properties").and_then(Json::as_object);
            for (name, member) in members.into_iter().flatten() {
                if depth == DEEP || !self.next() {
                    break;
                }
                if is_name(name) {
                    self.lists(member, &below(path, name), depth + 1, found);
                }
            }
        }
    }

    /// The fields of a record, those of objects in it by their path.
    fn fields(&mut self, schema: &'a Json, path: &str, depth: usize, found: &mut Fields) {
        for part in self.parts(schema, 0) {
            let members = part.get("properties").and_then(Json::as_object);
            for (name, member) in members.into_iter().flatten() {
                if found.len() >= MOST_FIELDS || !self.next() {
                    break;
                }
                if !is_name(name) {
                    continue;
                }
                let path = below(path, name);
                let before = found.len();
                if depth < DEEP {
                    self.fields(member, &path, depth + 1, found);
                }
                if found.len() == before && !found.iter().any(|(held, _)| *held == path) {
                    let example = self.document.resolved(member).and_then(|member| {
                        let several = member.get("examples").and_then(Json::as_array);
                        member.get("example").or_else(|| several?.first())
                    });
                    let plain =
                        example.filter(|value| !value.is_object() && !value.is_array() && !value.is_null());
                    found.push((path, plain.map(text_of)));
                }
            }
        }
    }

    /// A schema taken apart: itself and all that `allOf` adds; of alternatives all, because each may be what comes.
    fn parts(&mut self, schema: &'a Json, nested: usize) -> Vec<&'a Json> {
        let Some(schema) = self.document.resolved(schema) else { return Vec::new() };
        if nested > NESTED || !self.next() {
            return Vec::new();
        }
        let mut all = vec![schema];
        for word in ["allOf", "oneOf", "anyOf"] {
            for one in schema.get(word).and_then(Json::as_array).into_iter().flatten() {
                all.extend(self.parts(one, nested + 1));
            }
        }
        all
    }
}

/// A name that can be a step of a path.
fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains('.') && name.len() <= 200
}

fn below(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

//! Paths into a CRM's document: `primary_contact.first_name`, `jobs.0.event_date`, `jobs.*.name`.
//!
//! A path is data in a mapping, so it has a grammar of its own, reports what is wrong with it, and prints as it is read.
//! `*` stands for all elements, `?` for the first whose rest of the path holds something. A name with other characters than
//! letters, digits, `_`, `-` and `$` is quoted: `"Client Name"`. Resolving borrows from the document and notes only what the
//! wildcards picked; the concrete pointer of a value (its provenance, MODEL 3) is built on request.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// The most bytes that the names of a path have together; a column may be named by a whole question of a form.
const MAX_LENGTH: usize = 4_096;
/// The deepest path.
const MAX_SEGMENTS: usize = 32;
/// The longest path as text: every byte of its names escaped, and for each step quotes or a figure, and a point.
const MAX_WRITTEN: usize = 2 * MAX_LENGTH + 12 * MAX_SEGMENTS;

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Segment {
    /// A field of an object.
    Key(String),
    /// An element of a list, counted from zero.
    Index(usize),
    /// All elements (`*`).
    Every,
    /// The first element with a value (`?`).
    FirstFilled,
}

/// A path into a document.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SourcePath {
    segments: Vec<Segment>,
}

/// What is wrong with the text of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// No segments at all.
    #[error("the path is empty")]
    Empty,
    /// Two dots in a row, or one at an end.
    #[error("a step of the path is empty (at byte {at})")]
    EmptyStep {
        /// Byte offset.
        at: usize,
    },
    /// A quotation mark without its partner, or text after a closing one.
    #[error("a quotation mark does not match (at byte {at})")]
    Quote {
        /// Byte offset.
        at: usize,
    },
    /// Longer or deeper than a path may be.
    #[error("the path is too long")]
    TooLong,
}

/// A value that a path leads to.
#[derive(Debug, Clone, PartialEq)]
pub struct Found<'a> {
    /// The value.
    pub value: &'a Json,
    /// What the wildcards picked, in the order of the path.
    picks: Vec<Pick>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Pick {
    Index(usize),
    Key(String),
}

impl SourcePath {
    /// Reads a path.
    ///
    /// # Errors
    /// [`PathError`] with the place of the fault.
    pub fn parse(text: &str) -> Result<SourcePath, PathError> {
        if text.is_empty() {
            return Err(PathError::Empty);
        }
        if text.len() > MAX_WRITTEN {
            return Err(PathError::TooLong);
        }
        let mut segments = Vec::new();
        let mut rest = text;
        loop {
            let at = text.len() - rest.len();
            let (segment, after) = if rest.starts_with('"') { quoted(rest, at)? } else { bare(rest, at)? };
            segments.push(segment);
            if segments.len() > MAX_SEGMENTS {
                return Err(PathError::TooLong);
            }
            match after.strip_prefix('.') {
                Some(next) => rest = next,
                None => break,
            }
        }
        SourcePath::of_segments(segments)
    }

    /// A path of one key, such as the header of a column.
    pub fn of_key(key: &str) -> SourcePath {
        SourcePath { segments: vec![Segment::Key(key.to_owned())] }
    }

    /// A path of these segments.
    ///
    /// # Errors
    /// [`PathError::Empty`] without segments, [`PathError::TooLong`] with too many or too long ones.
    pub fn of_segments(segments: Vec<Segment>) -> Result<SourcePath, PathError> {
        // Names are counted and not what is written, so that a path that was read can be read again however it is quoted.
        let length = |segment: &Segment| match segment {
            Segment::Key(key) => key.len(),
            Segment::Index(_) | Segment::Every | Segment::FirstFilled => 0,
        };
        match segments.len() {
            0 => Err(PathError::Empty),
            1..=MAX_SEGMENTS if segments.iter().map(length).sum::<usize>() <= MAX_LENGTH => {
                Ok(SourcePath { segments })
            }
            _ => Err(PathError::TooLong),
        }
    }

    /// The segments.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Whether the path can lead to several values.
    pub fn is_plural(&self) -> bool {
        self.segments.contains(&Segment::Every)
    }

    /// The part after `prefix`, if the path begins with it and goes on.
    pub fn strip_prefix(&self, prefix: &[Segment]) -> Option<SourcePath> {
        let rest = self.segments.strip_prefix(prefix)?;
        if rest.is_empty() { None } else { Some(SourcePath { segments: rest.to_vec() }) }
    }

    /// All values the path leads to, in document order. A missing field leads to nothing, a `null` to itself.
    pub fn resolve<'a>(&self, root: &'a Json) -> Vec<Found<'a>> {
        let mut found = Vec::new();
        let mut picks = Vec::new();
        walk(&self.segments, root, &mut picks, &mut found);
        found
    }

    /// The first value without collecting: the fast way for paths without wildcards.
    pub fn resolve_one<'a>(&self, root: &'a Json) -> Option<&'a Json> {
        let mut at = root;
        for segment in &self.segments {
            at = match segment {
                Segment::Key(key) => at.get(key.as_str())?,
                Segment::Index(index) => element(at, *index)?,
                Segment::Every | Segment::FirstFilled => {
                    return self.resolve(root).first().map(|found| found.value);
                }
            };
        }
        Some(at)
    }

    /// The place that a path without wildcards leads to, as an RFC 6901 pointer.
    pub fn plain_pointer(&self) -> String {
        self.pointer_with(&[])
    }

    /// The concrete place of a found value as an RFC 6901 pointer.
    pub fn pointer(&self, found: &Found<'_>) -> String {
        self.pointer_with(&found.picks)
    }

    fn pointer_with(&self, picks: &[Pick]) -> String {
        let mut out = String::new();
        let mut picks = picks.iter();
        for segment in &self.segments {
            out.push('/');
            match segment {
                Segment::Key(key) => push_escaped(&mut out, key),
                Segment::Index(index) => out.push_str(&index.to_string()),
                Segment::Every | Segment::FirstFilled => match picks.next() {
                    Some(Pick::Index(index)) => out.push_str(&index.to_string()),
                    Some(Pick::Key(key)) => push_escaped(&mut out, key),
                    None => {}
                },
            }
        }
        out
    }
}

fn push_escaped(out: &mut String, key: &str) {
    for character in key.chars() {
        match character {
            '~' => out.push_str("~0"),
            '/' => out.push_str("~1"),
            other => out.push(other),
        }
    }
}

fn element(json: &Json, index: usize) -> Option<&Json> {
    match json {
        Json::Array(items) => items.get(index),
        Json::Object(object) => object.get(&index.to_string()),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => None,
    }
}

fn walk<'a>(segments: &[Segment], at: &'a Json, picks: &mut Vec<Pick>, found: &mut Vec<Found<'a>>) {
    let Some((segment, rest)) = segments.split_first() else {
        found.push(Found { value: at, picks: picks.clone() });
        return;
    };
    match segment {
        Segment::Key(key) => {
            if let Some(next) = at.get(key.as_str()) {
                walk(rest, next, picks, found);
            }
        }
        Segment::Index(index) => {
            if let Some(next) = element(at, *index) {
                walk(rest, next, picks, found);
            }
        }
        Segment::Every | Segment::FirstFilled => {
            let first_only = *segment == Segment::FirstFilled;
            let before = found.len();
            let mut visit = |pick: Pick, next: &'a Json| {
                let start = found.len();
                picks.push(pick);
                walk(rest, next, picks, found);
                picks.pop();
                let filled = found
                    .get(start..)
                    .is_some_and(|new| new.iter().any(|one| !crate::value::is_blank_json(one.value)));
                if first_only && !filled {
                    found.truncate(start);
                }
                first_only && filled
            };
            match at {
                Json::Array(items) => {
                    for (index, item) in items.iter().enumerate() {
                        if visit(Pick::Index(index), item) {
                            break;
                        }
                    }
                }
                Json::Object(object) => {
                    for (key, item) in object {
                        if visit(Pick::Key(key.clone()), item) {
                            break;
                        }
                    }
                }
                Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
            }
            debug_assert!(found.len() >= before, "a walk only adds");
        }
    }
}

fn bare(text: &str, at: usize) -> Result<(Segment, &str), PathError> {
    let end = text.find('.').unwrap_or(text.len());
    let (word, after) = text.split_at(end);
    if let Some(quote) = word.find('"') {
        return Err(PathError::Quote { at: at + quote });
    }
    let segment = match word.trim() {
        "" => return Err(PathError::EmptyStep { at }),
        "*" => Segment::Every,
        "?" => Segment::FirstFilled,
        // "007" is a name; an index has no leading zeros.
        digits if is_index(digits) => Segment::Index(digits.parse().map_err(|_| PathError::TooLong)?),
        name => Segment::Key(name.to_owned()),
    };
    Ok((segment, after))
}

fn is_index(text: &str) -> bool {
    text == "0"
        || (text.len() <= 9
            && !text.starts_with('0')
            && !text.is_empty()
            && text.bytes().all(|byte| byte.is_ascii_digit()))
}

fn quoted(text: &str, at: usize) -> Result<(Segment, &str), PathError> {
    let mut key = String::new();
    let mut characters = text.char_indices().skip(1);
    while let Some((index, character)) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some((_, escaped)) => key.push(escaped),
                None => return Err(PathError::Quote { at }),
            },
            '"' => {
                let after = text.get(index + 1..).unwrap_or("");
                if !after.is_empty() && !after.starts_with('.') {
                    return Err(PathError::Quote { at: at + index });
                }
                return Ok((Segment::Key(key), after));
            }
            other => key.push(other),
        }
    }
    Err(PathError::Quote { at })
}

impl fmt::Display for SourcePath {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, segment) in self.segments.iter().enumerate() {
            if index > 0 {
                out.write_str(".")?;
            }
            match segment {
                Segment::Index(index) => write!(out, "{index}")?,
                Segment::Every => out.write_str("*")?,
                Segment::FirstFilled => out.write_str("?")?,
                Segment::Key(key) => {
                    let plain = !key.is_empty()
                        && !is_index(key)
                        && key.chars().all(|character| {
                            character.is_alphanumeric() || matches!(character, '_' | '-' | '$')
                        });
                    if plain {
                        out.write_str(key)?;
                    } else {
                        write!(out, "\"{}\"", key.replace('\\', "\\\\").replace('"', "\\\""))?;
                    }
                }
            }
        }
        Ok(())
    }
}

impl TryFrom<String> for SourcePath {
    type Error = PathError;

    fn try_from(text: String) -> Result<SourcePath, PathError> {
        SourcePath::parse(&text)
    }
}

impl From<SourcePath> for String {
    fn from(path: SourcePath) -> String {
        path.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn values(path: &str, root: &Json) -> Vec<Json> {
        SourcePath::parse(path).unwrap().resolve(root).into_iter().map(|found| found.value.clone()).collect()
    }

    #[test]
    fn paths_reach_into_lists_and_quoted_keys() {
        let root = json!({
            "primary_contact": {"first_name": "Sarah", "email": null},
            "jobs": [{"name": "", "events": [{"d": 1}, {"d": 2}]}, {"name": "Wedding", "events": [{"d": 3}]}],
            "Client Name": "Chen", "a.b": 1
        });
        assert_eq!(values("primary_contact.first_name", &root), [json!("Sarah")]);
        assert_eq!(
            values("primary_contact.email", &root),
            [Json::Null],
            "null is there, a missing field is not"
        );
        assert!(values("primary_contact.phone", &root).is_empty());
        assert_eq!(values("jobs.*.name", &root), [json!(""), json!("Wedding")], "* is all");
        assert_eq!(values("jobs.?.name", &root), [json!("Wedding")], "? is the first with a value");
        assert_eq!(values("jobs.*.events.*.d", &root), [json!(1), json!(2), json!(3)]);
        assert_eq!(values("\"Client Name\"", &root), [json!("Chen")]);
        assert_eq!(values("\"a.b\"", &root), [json!(1)]);
        let path = SourcePath::parse("jobs.?.events.*.d").unwrap();
        let pointers: Vec<String> = path.resolve(&root).iter().map(|found| path.pointer(found)).collect();
        assert_eq!(pointers, ["/jobs/0/events/0/d", "/jobs/0/events/1/d"], "provenance is concrete");
    }

    #[test]
    fn faults_name_their_place() {
        assert_eq!(SourcePath::parse(""), Err(PathError::Empty));
        assert_eq!(SourcePath::parse("a..b"), Err(PathError::EmptyStep { at: 2 }));
        assert_eq!(SourcePath::parse("a."), Err(PathError::EmptyStep { at: 2 }));
        assert_eq!(SourcePath::parse("a.\"b"), Err(PathError::Quote { at: 2 }));
        assert_eq!(SourcePath::parse("a\"b"), Err(PathError::Quote { at: 1 }));
        assert_eq!(SourcePath::parse(&"a.".repeat(40)), Err(PathError::TooLong));
        // Found by fuzzing: a name that doubles when it is quoted.
        let slashes = SourcePath::parse(&"\\".repeat(4_000)).expect("a name of backslashes");
        assert_eq!(
            SourcePath::parse(&slashes.to_string()),
            Ok(slashes),
            "it reads back however long it is written"
        );
        assert_eq!(SourcePath::parse(&"a".repeat(4_097)), Err(PathError::TooLong));
    }

    fn any_segment() -> impl Strategy<Value = Segment> {
        prop_oneof![
            any::<String>().prop_map(|key| Segment::Key(key.chars().take(20).collect())),
            (0_usize..1_000_000).prop_map(Segment::Index),
            Just(Segment::Every),
            Just(Segment::FirstFilled),
        ]
    }

    proptest! {
        #[test]
        fn a_path_prints_as_it_is_read(segments in prop::collection::vec(any_segment(), 1..8)) {
            let path = SourcePath::of_segments(segments).unwrap();
            prop_assert_eq!(SourcePath::parse(&path.to_string()), Ok(path));
        }

        #[test]
        fn f46_no_text_panics(text in any::<String>()) {
            if let Ok(path) = SourcePath::parse(&text) {
                prop_assert_eq!(SourcePath::parse(&path.to_string()), Ok(path.clone()));
                path.resolve(&json!({"a": [1]}));
            }
        }
    }
}

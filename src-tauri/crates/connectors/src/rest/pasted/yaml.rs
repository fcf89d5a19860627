//! YAML 1.2 as JSON, as far as OpenAPI documents use it: scalars of the core schema, anchors and merge keys.
//!
//! The parser hands out events, and this puts them together with a cap on everything that a short text can make large: levels,
//! values, and what aliases repeat.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Value as Json};

use super::PastedError;

/// Levels at most, as for JSON.
const DEEPEST: usize = 100;
/// Values at most, those included that an alias repeats.
const MOST_VALUES: usize = 2_000_000;

/// A list or an object that is not whole yet.
enum Open {
    List { anchor: usize, values: Vec<Json> },
    Object { anchor: usize, members: Map<String, Json>, key: Option<String> },
}

struct Builder {
    open: Vec<Open>,
    anchors: HashMap<usize, Json>,
    values: usize,
    done: Option<Json>,
}

/// Reads the first document of a text.
pub(super) fn read(text: &str) -> Result<Json, PastedError> {
    let mut builder = Builder { open: Vec::new(), anchors: HashMap::new(), values: 0, done: None };
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| PastedError::NotYaml(error.marker().line()))?;
        builder.take(event, span.start.line())?;
        if builder.done.is_some() {
            break;
        }
    }
    builder.done.ok_or(PastedError::Cut)
}

impl Builder {
    fn take(&mut self, event: Event<'_>, line: usize) -> Result<(), PastedError> {
        match event {
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => Ok(()),
            Event::Scalar(text, style, anchor, tag) => {
                let is_key = matches!(self.open.last(), Some(Open::Object { key: None, .. }));
                let plain = style == ScalarStyle::Plain && tag.is_none() && !is_key;
                let value = if plain { scalar(&text) } else { Json::String(text.into_owned()) };
                self.put(value, anchor, line)
            }
            Event::Alias(anchor) => {
                let value = self.anchors.get(&anchor).cloned().ok_or(PastedError::NotYaml(line))?;
                self.count(size(&value))?;
                self.put(value, 0, line)
            }
            Event::SequenceStart(anchor, _) => self.begin(Open::List { anchor, values: Vec::new() }),
            Event::MappingStart(anchor, _) => {
                self.begin(Open::Object { anchor, members: Map::new(), key: None })
            }
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(Open::List { anchor, values }) => self.put(Json::Array(values), anchor, line),
                Some(Open::Object { anchor, members, .. }) => self.put(Json::Object(members), anchor, line),
                None => Err(PastedError::NotYaml(line)),
            },
        }
    }

    fn begin(&mut self, open: Open) -> Result<(), PastedError> {
        if self.open.len() == DEEPEST {
            return Err(PastedError::TooDeep);
        }
        self.open.push(open);
        Ok(())
    }

    fn count(&mut self, more: usize) -> Result<(), PastedError> {
        self.values = self.values.saturating_add(more);
        if self.values > MOST_VALUES { Err(PastedError::TooDeep) } else { Ok(()) }
    }

    fn put(&mut self, value: Json, anchor: usize, line: usize) -> Result<(), PastedError> {
        self.count(1)?;
        if anchor > 0 {
            // Kept a second time, for whoever refers to it.
            self.count(size(&value))?;
            self.anchors.insert(anchor, value.clone());
        }
        match self.open.last_mut() {
            None => self.done = Some(value),
            Some(Open::List { values, .. }) => values.push(value),
            Some(Open::Object { members, key, .. }) => match (key.take(), value) {
                (None, Json::String(name)) => *key = Some(name),
                // Nothing in OpenAPI is called by a list or an object.
                (None, _) => return Err(PastedError::NotYaml(line)),
                (Some(name), value) if name == "<<" => merge(members, value),
                (Some(name), value) => {
                    members.insert(name, value);
                }
            },
        }
        Ok(())
    }
}

/// A merge key (YAML 1.1, which OpenAPI tools read too): what the object has itself counts.
fn merge(members: &mut Map<String, Json>, value: Json) {
    match value {
        Json::Object(others) => {
            for (name, value) in others {
                members.entry(name).or_insert(value);
            }
        }
        Json::Array(several) => several.into_iter().for_each(|one| {
            if one.is_object() {
                merge(members, one);
            }
        }),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

/// Values in a value. Levels are capped, so that this goes no deeper than they do.
fn size(json: &Json) -> usize {
    match json {
        Json::Array(values) => values.iter().map(size).sum::<usize>() + 1,
        Json::Object(members) => members.values().map(size).sum::<usize>() + 1,
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => 1,
    }
}

/// A plain scalar of the core schema. Numbers with a point stay text: a version is no number.
fn scalar(text: &str) -> Json {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Json::Null,
        "true" | "True" | "TRUE" => Json::Bool(true),
        "false" | "False" | "FALSE" => Json::Bool(false),
        text => text.parse::<i64>().map_or_else(|_| Json::String(text.to_owned()), Json::from),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn documents_become_json() {
        let text = "openapi: 3.0.1\nservers:\n  - url: 'https://crm.example'\npaths:\n  /a:\n    get:\n      responses:\n        200: {description: ok, required: true, max: 5, none: ~}\n";
        assert_eq!(
            read(text).unwrap(),
            json!({
                "openapi": "3.0.1",
                "servers": [{"url": "https://crm.example"}],
                "paths": {"/a": {"get": {"responses": {"200": {
                    "description": "ok", "required": true, "max": 5, "none": null
                }}}}},
            })
        );
    }

    #[test]
    fn anchors_and_merges() {
        let text = "a: &a {x: 1, y: 2}\nb: *a\nc:\n  <<: *a\n  y: 3\n";
        assert_eq!(
            read(text).unwrap(),
            json!({"a": {"x": 1, "y": 2}, "b": {"x": 1, "y": 2}, "c": {"x": 1, "y": 3}})
        );
    }

    #[test]
    fn levels_and_repetitions_are_bounded() {
        let deep = "[".repeat(DEEPEST + 1);
        assert!(matches!(read(&deep), Err(PastedError::TooDeep)));
        // Each line repeats the one before ten times.
        let mut bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
        for at in 1..12 {
            let before = format!("*a{}", at - 1);
            bomb.push_str(&format!("a{at}: &a{at} [{}]\n", vec![before; 10].join(",")));
        }
        assert!(matches!(read(&bomb), Err(PastedError::TooDeep)));
    }

    #[test]
    fn what_is_no_yaml_is_refused_by_its_line() {
        assert!(matches!(read("a: b\nc: [1, 2\nd: e\n"), Err(PastedError::NotYaml(_))));
        assert!(matches!(read("a: *nobody\n"), Err(PastedError::NotYaml(_))));
        assert!(matches!(read("? [a, b]\n: c\n"), Err(PastedError::NotYaml(_))));
        assert!(matches!(read(""), Err(PastedError::Cut)));
    }
}

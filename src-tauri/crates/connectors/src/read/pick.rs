//! Taking single values out of JSON text without building a tree of the rest.
//!
//! A page of a large book is mostly text that is stored as it came; only ids, parents and counts are looked at.

use std::borrow::Cow;
use std::fmt;

use hub_core::malformed::Malformed;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// A dotted path, split once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Steps(Vec<String>);

impl Steps {
    pub(crate) fn new(path: &str) -> Steps {
        Steps(path.split('.').map(str::to_owned).collect())
    }
}

/// The raw values at some paths of an object; `None` where there is nothing or null.
pub(crate) fn pick<'a>(json: &'a str, paths: &[&Steps]) -> Result<Vec<Option<&'a RawValue>>, Malformed> {
    let wanted: Vec<(usize, &[String])> =
        paths.iter().enumerate().map(|(slot, steps)| (slot, steps.0.as_slice())).collect();
    let mut found = vec![None; paths.len()];
    descend(json, &wanted, &mut found)?;
    Ok(found)
}

fn descend<'a>(
    json: &'a str,
    wanted: &[(usize, &[String])],
    found: &mut [Option<&'a RawValue>],
) -> Result<(), serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let members = deserializer.deserialize_map(Members { wanted })?;
    deserializer.end()?;
    for (key, raw) in members {
        let mut below: Vec<(usize, &[String])> = Vec::new();
        for (slot, steps) in wanted {
            match steps.split_first() {
                Some((first, [])) if *first == key && raw.get() != "null" => found[*slot] = Some(raw),
                Some((first, rest)) if *first == key && !rest.is_empty() => below.push((*slot, rest)),
                _ => {}
            }
        }
        if !below.is_empty() {
            into(raw, &below, found)?;
        }
    }
    Ok(())
}

/// Goes on inside a value: an object, or a list, whose steps are places counted from 0.
fn into<'a>(
    raw: &'a RawValue,
    wanted: &[(usize, &[String])],
    found: &mut [Option<&'a RawValue>],
) -> Result<(), serde_json::Error> {
    match raw.get().as_bytes().first() {
        Some(b'{') => return descend(raw.get(), wanted, found),
        Some(b'[') => {}
        _ => return Ok(()),
    }
    let entries: Vec<&'a RawValue> = serde_json::from_str(raw.get())?;
    for (slot, steps) in wanted {
        let Some((first, rest)) = steps.split_first() else { continue };
        let Some(entry) = first.parse::<usize>().ok().and_then(|at| entries.get(at)).copied() else {
            continue;
        };
        match rest {
            [] if entry.get() != "null" => found[*slot] = Some(entry),
            [] => {}
            rest => into(entry, &[(*slot, rest)], found)?,
        }
    }
    Ok(())
}

#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

struct Members<'w> {
    wanted: &'w [(usize, &'w [String])],
}

impl<'de> Visitor<'de> for Members<'_> {
    type Value = Vec<(String, &'de RawValue)>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(Key(key)) = map.next_key::<Key<'de>>()? {
            if self.wanted.iter().any(|(_, steps)| steps.first().is_some_and(|first| *first == key)) {
                members.push((key.into_owned(), map.next_value::<&'de RawValue>()?));
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(members)
    }
}

/// The text of a scalar; `None` for null, lists and objects.
pub(crate) fn scalar(raw: &RawValue) -> Option<String> {
    let text = raw.get();
    match text.as_bytes().first()? {
        b'"' => serde_json::from_str(text).ok(),
        b'{' | b'[' | b'n' => None,
        _ => Some(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_taken_as_they_are_written() {
        let json = r#"{"id":"01h","n": 1.50 ,"meta":{"total":7,"deep":{"x":null}},"items":[ {"a":1} ],"flip":"text"}"#;
        let steps: Vec<Steps> =
            ["id", "n", "meta.total", "items", "meta.deep.x", "flip.inner", "gone"].map(Steps::new).into();
        let found = pick(json, &steps.iter().collect::<Vec<_>>()).unwrap();
        let text: Vec<Option<&str>> = found.iter().map(|raw| raw.map(RawValue::get)).collect();
        assert_eq!(
            text,
            [Some("\"01h\""), Some("1.50"), Some("7"), Some("[ {\"a\":1} ]"), None, None, None],
            "type flips and missing members are nothing, the rest is byte for byte"
        );
        assert_eq!(scalar(found[0].unwrap()).as_deref(), Some("01h"));
        assert_eq!(scalar(found[3].unwrap()), None, "a list is no scalar");
    }

    #[test]
    fn a_place_in_a_list_is_a_step() {
        let json = r#"{"a":[{"b":[7,null,{"c":"x"}]},[8]],"0":1}"#;
        let steps: Vec<Steps> =
            ["a.0.b.0", "a.0.b.1", "a.0.b.2.c", "a.1.0", "a.2", "a.x", "a.0.b.c", "0"].map(Steps::new).into();
        let found = pick(json, &steps.iter().collect::<Vec<_>>()).unwrap();
        let text: Vec<Option<&str>> = found.iter().map(|raw| raw.map(RawValue::get)).collect();
        assert_eq!(
            text,
            [Some("7"), None, Some("\"x\""), Some("8"), None, None, None, Some("1")],
            "beyond the end and by a name there is nothing"
        );
    }

    #[test]
    fn cut_text_is_an_error() {
        let steps = Steps::new("id");
        for cut in [r#"{"id":"01h""#, r#"{"id":"01h"} x"#, "", "[1]", "<html>"] {
            assert!(pick(cut, &[&steps]).is_err(), "{cut:?} is not one object");
        }
    }
}

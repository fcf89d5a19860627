//! Keyed lists that are made of cells: further e-mail addresses by address, further phones by E.164 (MODEL 3).

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use crate::parse::{Reading, parse_email, parse_phone};
use crate::value::Value;

/// What the elements of a keyed list are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Elements {
    /// `{"address", "label"}` by lower-cased address.
    Emails,
    /// `{"phone", "label"}` by E.164, or by the digits typed.
    Phones,
    /// Whatever the source holds.
    AsGiven,
}

impl Elements {
    pub(super) fn of_field(field: &str) -> Elements {
        match field {
            "other_emails" => Elements::Emails,
            "other_phones" => Elements::Phones,
            _ => Elements::AsGiven,
        }
    }
}

/// Reads the cells of several sources into one keyed list.
pub(super) fn read_elements(kind: Elements, cells: &[&Json], country: Option<&str>) -> Reading<Value> {
    let mut elements = BTreeMap::new();
    for cell in cells {
        match cell {
            Json::Array(items) => {
                for item in items {
                    read_element(kind, item, country, &mut elements)?;
                }
            }
            // Already keyed: {key: {element}}.
            Json::Object(object) if object.values().all(Json::is_object) && !object.is_empty() => {
                elements.extend(object.iter().map(|(key, element)| (key.clone(), element.clone())));
            }
            other => read_element(kind, other, country, &mut elements)?,
        }
    }
    Ok(if elements.is_empty() { None } else { Some(Value::Array(elements)) })
}

fn read_element(
    kind: Elements,
    item: &Json,
    country: Option<&str>,
    out: &mut BTreeMap<String, Json>,
) -> Result<(), crate::parse::ParseProblem> {
    let label = item.get("label").or_else(|| item.get("type")).and_then(Json::as_str);
    let text = match item {
        Json::String(text) => text.clone(),
        Json::Number(number) => number.to_string(),
        Json::Object(object) => {
            let keys = ["address", "email", "e164", "phone", "number", "formatted", "value", "text"];
            match keys.iter().find_map(|key| object.get(*key).and_then(Json::as_str)) {
                Some(text) => text.to_owned(),
                None => return Ok(()),
            }
        }
        Json::Null | Json::Bool(_) | Json::Array(_) => return Ok(()),
    };
    let labelled = |mut element: Json| {
        if let (Some(label), Some(object)) = (label, element.as_object_mut()) {
            object.insert("label".to_owned(), Json::String(label.to_owned()));
        }
        element
    };
    match kind {
        Elements::Emails => {
            if let Some(read) = parse_email(&text)? {
                for address in std::iter::once(read.address).chain(read.others) {
                    out.entry(address.to_lowercase())
                        .or_insert_with(|| labelled(json!({ "address": address })));
                }
            }
        }
        Elements::Phones => {
            if let Some(read) = parse_phone(&text, country)? {
                for phone in std::iter::once(read.phone).chain(read.second) {
                    let digits = || phone.text.chars().filter(char::is_ascii_digit).collect::<String>();
                    let key = phone.e164.clone().unwrap_or_else(digits);
                    let element = labelled(json!({ "phone": Value::Phone(phone).to_json() }));
                    out.entry(key).or_insert(element);
                }
            }
        }
        Elements::AsGiven => {}
    }
    Ok(())
}

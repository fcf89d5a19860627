//! From WedSync's values to the CRM's and back, field by field.

use std::collections::BTreeMap;

use hub_core::fields::field_type;
use hub_core::parse::parse_phone;
use hub_core::ports::{CrmRecord, CrmWrite, WriteWhy, part_of, whole_fields};
use hub_core::record::FieldMap;
use hub_core::value::{FieldType, is_blank_json, same_value};
use serde_json::{Value as Json, json};

use super::tree::{Orders, at, scalar};
use crate::definition::{FieldPlace, ValueForm, WriteRule};
use crate::messages;

/// What an operation writes, part by part as the rule names them; none is an emptied one.
pub(super) type Parts = BTreeMap<String, Option<Part>>;

/// A value in both languages.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part {
    /// WedSync's.
    pub(super) own: Json,
    /// The CRM's.
    pub(super) theirs: Json,
}

/// Why an operation cannot be carried out at all.
#[derive(Debug)]
pub(super) struct Unfit {
    pub(super) message_id: &'static str,
    pub(super) field: String,
}

/// Takes an operation apart by its rule. Whatever the rule has no place for is refused before anything is asked.
pub(super) fn parts(rule: &WriteRule, op: &CrmWrite) -> Result<Parts, Unfit> {
    let unfit = |message_id, field: &str| Unfit { message_id, field: field.to_owned() };
    let mut parts = Parts::new();
    for (field, value) in &op.set {
        let own: Vec<&String> = names(rule, field).collect();
        let whole = own.len() == 1 && own[0] == field;
        let Some(members) = value.as_object().filter(|_| !whole) else {
            if !whole || is_blank_json(value) {
                // Blank is not erase: what is emptied is said to be (SYNC-LAW 7).
                return Err(unfit(messages::WRITE_NO_PLACE, field));
            }
            parts.insert(field.clone(), Some(part(rule, field, value)?));
            continue;
        };
        if own.is_empty() {
            return Err(unfit(messages::WRITE_NO_PLACE, field));
        }
        let known = |member: &String| own.iter().any(|name| is_part(name, field, member));
        if let Some(member) =
            members.keys().find(|member| !known(member) && !is_blank_json(&members[*member]))
        {
            return Err(unfit(messages::WRITE_NO_PLACE, &format!("{field}.{member}")));
        }
        for name in own {
            let held = part_of(&op.set, name);
            match held {
                Some(value) => parts.insert(name.clone(), Some(part(rule, name, value)?)),
                // A new whole takes the place of the old one, with the parts that it lacks.
                None => parts.insert(name.clone(), None),
            };
        }
    }
    for field in &op.clear {
        let own: Vec<&String> = names(rule, field).collect();
        if own.is_empty() || op.set.contains_key(field) {
            return Err(unfit(messages::WRITE_NO_PLACE, field));
        }
        parts.extend(own.into_iter().map(|name| (name.clone(), None)));
    }
    let creates = op.kind == hub_core::ports::WriteKind::Create;
    if creates {
        // What is not there yet needs no emptying.
        parts.retain(|_, part| part.is_some());
        if let Some(name) = rule.needed.iter().find(|name| !parts.contains_key(*name)) {
            return Err(unfit(messages::WRITE_NEEDED, name));
        }
    } else if rule.empty.is_none()
        && let Some((name, _)) = parts.iter().find(|(_, part)| part.is_none())
    {
        return Err(unfit(messages::WRITE_NOT_EMPTIED, name));
    }
    Ok(parts)
}

fn names<'a>(rule: &'a WriteRule, field: &'a str) -> impl Iterator<Item = &'a String> {
    let below = move |name: &str| name.strip_prefix(field).is_some_and(|rest| rest.starts_with('.'));
    rule.fields.keys().filter(move |name| name.as_str() == field || below(name))
}

fn is_part(name: &str, field: &str, member: &str) -> bool {
    name.strip_prefix(field).and_then(|rest| rest.strip_prefix('.')) == Some(member)
}

fn part(rule: &WriteRule, name: &str, value: &Json) -> Result<Part, Unfit> {
    let form = rule.fields.get(name).map(|place| place.form).unwrap_or_default();
    let theirs = encode(kind(rule, name), form, value)
        .ok_or_else(|| Unfit { message_id: messages::WRITE_NO_PLACE, field: name.to_owned() })?;
    Ok(Part { own: value.clone(), theirs })
}

/// The type of a field; a part of one is text.
fn kind(rule: &WriteRule, name: &str) -> FieldType {
    if name.contains('.') { FieldType::Text } else { field_type(rule.record, name) }
}

/// A value as the CRM takes it; nothing for what cannot be one value there.
fn encode(kind: FieldType, form: ValueForm, value: &Json) -> Option<Json> {
    match kind {
        FieldType::Text | FieldType::Email | FieldType::Date | FieldType::Reference => {
            value.as_str().map(|text| json!(text))
        }
        FieldType::Phone => {
            let text =
                |key: &str| value.get(key).and_then(Json::as_str).filter(|text| !text.trim().is_empty());
            match form {
                ValueForm::E164 => text("e164").or_else(|| text("text")),
                ValueForm::Plain | ValueForm::Integer => text("text").or_else(|| text("e164")),
            }
            .map(|text| json!(text))
        }
        FieldType::Boolean => value.as_bool().map(Json::Bool),
        FieldType::Number => {
            let text = value.as_str()?;
            match form {
                ValueForm::Integer => text.parse::<i64>().ok().map(|number| json!(number)),
                ValueForm::Plain | ValueForm::E164 => {
                    serde_json::from_str::<serde_json::Number>(text).ok().map(Json::Number)
                }
            }
        }
        // Amounts and times have no form yet that a rule could name.
        FieldType::Money | FieldType::DateTime | FieldType::Json | FieldType::Array => None,
    }
}

/// What the CRM shows as WedSync's value; null for nothing.
fn decode(kind: FieldType, theirs: Option<&Json>) -> Json {
    let Some(text) = theirs.and_then(scalar).filter(|text| !text.trim().is_empty()) else {
        return Json::Null;
    };
    match kind {
        FieldType::Phone => {
            let read = parse_phone(&text, None).ok().flatten().map(|read| read.phone);
            match read.filter(|phone| phone.e164.is_some()).map(serde_json::to_value) {
                Some(Ok(phone)) => phone,
                Some(Err(_)) | None => json!({ "e164": null, "text": text }),
            }
        }
        FieldType::Boolean => match text.as_str() {
            "true" => Json::Bool(true),
            "false" => Json::Bool(false),
            _ => json!(text),
        },
        FieldType::Text
        | FieldType::Email
        | FieldType::Date
        | FieldType::DateTime
        | FieldType::Number
        | FieldType::Money
        | FieldType::Reference
        | FieldType::Json
        | FieldType::Array => json!(text),
    }
}

/// Whether two values of a field are the same. A number is the same by its text too, where one of them was read without
/// knowing the country.
fn same(kind: FieldType, left: &Json, right: &Json) -> bool {
    let texts = || Some((left.get("text")?.as_str()?, right.get("text")?.as_str()?));
    same_value(kind, left, right)
        || kind == FieldType::Phone && texts().is_some_and(|(left, right)| left.trim() == right.trim())
}

/// The record that a CRM shows, as far as a rule can write it.
pub(super) fn record(
    rule: &WriteRule,
    shown: &Json,
    id: &str,
    version: Option<&str>,
    orders: &Orders,
) -> Option<CrmRecord> {
    let id = at(shown, id, orders).and_then(scalar).filter(|id| !id.is_empty())?;
    let version =
        version.and_then(|path| at(shown, path, orders)).and_then(scalar).filter(|text| !text.is_empty());
    let value = |name: &String, place: &FieldPlace| {
        (name.clone(), decode(kind(rule, name), at(shown, &place.back, orders)))
    };
    let parts = rule.fields.iter().map(|(name, place)| value(name, place)).collect();
    Some(CrmRecord { id, version, fields: whole_fields(parts) })
}

/// Fields that hold something else than was written, with what they hold (F54, F60).
pub(super) fn differences(
    rule: &WriteRule,
    parts: &Parts,
    shown: &Json,
    stored: &CrmRecord,
    orders: &Orders,
) -> FieldMap {
    let differs = |name: &String, part: &Option<Part>| {
        let place = rule.fields.get(name);
        let back = place.and_then(|place| at(shown, &place.back, orders));
        let own = kind(rule, name);
        match part {
            Some(part) => {
                // What is joined with others is read back where it stands alone.
                let as_sent = back == Some(&part.theirs);
                !as_sent && !same(own, &part.own, &decode(own, back))
            }
            None => !is_blank_json(&decode(own, back)),
        }
    };
    let fields = parts.iter().filter(|(name, part)| differs(name, part)).map(|(name, _)| field_of(name));
    fields.map(|field| (field.to_owned(), stored.fields.get(field).cloned().unwrap_or(Json::Null))).collect()
}

/// Whether the record holds all that is to be written.
pub(super) fn holds(rule: &WriteRule, parts: &Parts, current: &CrmRecord) -> bool {
    parts.iter().all(|(name, part)| {
        let held = part_of(&current.fields, name).unwrap_or(&Json::Null);
        match part {
            Some(part) => same(kind(rule, name), &part.own, held),
            None => is_blank_json(held),
        }
    })
}

/// Whether somebody changed what an operation would change, since it was decided; nothing where that cannot be told.
pub(super) fn moved(rule: &WriteRule, op: &CrmWrite, current: &CrmRecord) -> Option<bool> {
    // A deletion changes everything that anybody looked at.
    let fields: Vec<&str> = match op.kind {
        hub_core::ports::WriteKind::Delete => op.was.keys().map(String::as_str).collect(),
        hub_core::ports::WriteKind::Create | hub_core::ports::WriteKind::Update => op.fields().collect(),
    };
    let placed = |field: &&str| op.was.contains_key(*field) && names(rule, field).next().is_some();
    if !fields.is_empty() && fields.iter().all(placed) {
        let mut written = fields.iter().flat_map(|field| names(rule, field));
        return Some(written.any(|name| {
            let was = part_of(&op.was, name).unwrap_or(&Json::Null);
            let is = part_of(&current.fields, name).unwrap_or(&Json::Null);
            !same(kind(rule, name), was, is)
        }));
    }
    Some(op.version.as_ref()? != current.version.as_ref()?)
}

fn field_of(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

/// The reason for a refusal before any request.
pub(super) fn why(unfit: &Unfit, provider: &str, offer: &str) -> WriteWhy {
    WriteWhy {
        message_id: unfit.message_id,
        params: vec![
            ("provider", provider.to_owned()),
            ("action", offer.to_owned()),
            ("field", unfit.field.clone()),
        ],
    }
}

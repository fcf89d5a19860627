//! The request of an operation: path, parameters, body.

use std::collections::{BTreeMap, BTreeSet};

use hub_core::fields::standard_fields;
use reqwest::Method;
use serde_json::value::RawValue;
use serde_json::{Map, Value as Json};

use super::tree::{Orders, at, put, scalar, strip, take};
use super::values::{Part, Parts};
use crate::definition::{BodyForm, EmptyAs, Precondition, Sends, WriteMethod, WriteRule};

/// What stands in every entry of a list and says nothing by itself.
const SAYS_NOTHING: [&str; 3] = ["metadata", "type", "formattedType"];
/// Longest id that is put into a path.
const LONGEST_ID: usize = 256;

/// What a request cannot be made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unmade {
    /// The id holds what leads elsewhere.
    #[error("the id cannot stand in a path")]
    Id,
    /// The record is of another shape than the rule says.
    #[error("the record is laid out differently")]
    Shape,
}

/// A path with its ids filled in.
pub(super) fn path(template: &str, id: Option<&str>, under: Option<&str>) -> Result<String, Unmade> {
    let mut path = template.to_owned();
    for (name, value, steps) in [("{id}", id, 1), ("{+id}", id, 8), ("{under}", under, 1)] {
        if path.contains(name) {
            let value = value.ok_or(Unmade::Id)?;
            path = path.replace(name, &encoded(value, steps)?);
        }
    }
    Ok(path)
}

/// An id as so many steps of a path at most, with nothing in it that means something there.
fn encoded(id: &str, most: usize) -> Result<String, Unmade> {
    let steps: Vec<&str> = if most == 1 { vec![id] } else { id.split('/').collect() };
    let odd = |step: &&str| step.is_empty() || *step == "." || *step == "..";
    if id.len() > LONGEST_ID || steps.len() > most || steps.iter().any(odd) {
        return Err(Unmade::Id);
    }
    let step = |step: &str| {
        step.bytes().fold(String::new(), |mut text, byte| {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                text.push(char::from(byte));
            } else {
                text.push_str(&format!("%{byte:02X}"));
            }
            text
        })
    };
    Ok(steps.into_iter().map(step).collect::<Vec<_>>().join("/"))
}

pub(super) fn method(rule: &WriteRule) -> Method {
    match rule.method {
        WriteMethod::Post => Method::POST,
        WriteMethod::Put => Method::PUT,
        WriteMethod::Patch => Method::PATCH,
        WriteMethod::Delete => Method::DELETE,
    }
}

/// What a body is made of.
pub(super) struct Content<'a> {
    pub(super) rule: &'a WriteRule,
    pub(super) parts: &'a Parts,
    /// The record as it was just read, byte for byte, where the rule sends more than what changes.
    pub(super) read: Option<&'a RawValue>,
    pub(super) id: Option<&'a str>,
    pub(super) op_id: &'a str,
    /// The version, where it stands in the body.
    pub(super) version: Option<&'a str>,
    pub(super) orders: &'a Orders,
}

impl Content<'_> {
    /// The body, with its content type; none where there is none.
    pub(super) fn body(&self) -> Result<Option<(&'static str, Vec<u8>)>, Unmade> {
        let rule = self.rule;
        if rule.body == BodyForm::None {
            return Ok(None);
        }
        let members = self.members()?;
        match rule.body {
            BodyForm::Json => {
                let mut text = String::from("{");
                for (at, (name, value)) in members.iter().enumerate() {
                    if at > 0 {
                        text.push(',');
                    }
                    text.push_str(&Json::from(name.as_str()).to_string());
                    text.push(':');
                    text.push_str(value);
                }
                text.push('}');
                Ok(Some(("application/json", text.into_bytes())))
            }
            BodyForm::Form => {
                let mut form = url::form_urlencoded::Serializer::new(String::new());
                for (name, value) in &members {
                    let value: Json = serde_json::from_str(value).map_err(|_| Unmade::Shape)?;
                    form.append_pair(name, &scalar(&value).unwrap_or_default());
                }
                Ok(Some(("application/x-www-form-urlencoded", form.finish().into_bytes())))
            }
            BodyForm::None => Ok(None),
        }
    }

    /// The value of the parameter that names what is sent.
    pub(super) fn mask(&self) -> String {
        self.changed().into_iter().collect::<Vec<_>>().join(",")
    }

    /// Members of the record that change.
    fn changed(&self) -> BTreeSet<&str> {
        let places = self.parts.keys().filter_map(|name| self.rule.fields.get(name));
        places.map(|place| WriteRule::member(&place.path)).collect()
    }

    /// The members of the body as JSON text. What was read and does not change is sent as it came, so that no number or order
    /// of it is written anew.
    fn members(&self) -> Result<BTreeMap<String, String>, Unmade> {
        let rule = self.rule;
        let held: BTreeMap<String, &RawValue> = match self.read {
            Some(raw) => serde_json::from_str(raw.get()).map_err(|_| Unmade::Shape)?,
            None => BTreeMap::new(),
        };
        let changed = self.changed();
        let mut tree = Json::Object(Map::new());
        for member in changed.iter().filter(|_| rule.sends != Sends::Changed) {
            if let (Some(raw), Json::Object(members)) = (held.get(*member), &mut tree) {
                let value = serde_json::from_str(raw.get()).map_err(|_| Unmade::Shape)?;
                members.insert((*member).to_owned(), value);
            }
        }
        self.write_parts(&mut tree)?;
        for path in &rule.read_only {
            strip(&mut tree, path);
        }
        // A member that was emptied altogether is still named by the mask, and is sent as nothing or not at all.
        for (path, value) in &rule.fixed {
            let value = match value {
                toml::Value::String(text) if text == "{id}" => Json::from(self.id.ok_or(Unmade::Id)?),
                toml::Value::String(text) => Json::from(text.as_str()),
                toml::Value::Integer(number) => Json::from(*number),
                toml::Value::Boolean(flag) => Json::from(*flag),
                toml::Value::Float(_)
                | toml::Value::Datetime(_)
                | toml::Value::Array(_)
                | toml::Value::Table(_) => return Err(Unmade::Shape),
            };
            self.put(&mut tree, path, value)?;
        }
        if let Some(mark) = &rule.mark {
            self.put(&mut tree, mark, Json::from(self.op_id))?;
        }
        if let (Some(Precondition::Body { path }), Some(version)) = (&rule.precondition, self.version) {
            self.put(&mut tree, path, Json::from(version))?;
        }
        let Json::Object(members) = tree else { return Err(Unmade::Shape) };
        let mut texts: BTreeMap<String, String> = BTreeMap::new();
        if rule.sends == Sends::Record {
            let kept =
                |name: &str| !changed.contains(name) && !rule.read_only.iter().any(|path| path == name);
            for (name, raw) in held.iter().filter(|(name, _)| kept(name)) {
                let below = format!("{name}.");
                if rule.read_only.iter().any(|path| path.starts_with(&below)) {
                    let mut holder = Json::Object(Map::new());
                    let value = serde_json::from_str(raw.get()).map_err(|_| Unmade::Shape)?;
                    self.put(&mut holder, name, value)?;
                    rule.read_only.iter().for_each(|path| strip(&mut holder, path));
                    let left = at(&holder, name, self.orders).map(Json::to_string);
                    texts.extend(left.map(|text| (name.clone(), text)));
                } else {
                    texts.insert(name.clone(), raw.get().to_owned());
                }
            }
        }
        texts.extend(members.into_iter().map(|(name, value)| (name, value.to_string())));
        Ok(texts)
    }

    fn write_parts(&self, tree: &mut Json) -> Result<(), Unmade> {
        let rule = self.rule;
        // Fields that share a place are put together there, in WedSync's order.
        let order = |name: &str| standard_fields(rule.record).iter().position(|spec| spec.name == name);
        let mut names: Vec<&String> = self.parts.keys().collect();
        names.sort_by_key(|name| (order(name), *name));
        let mut joined: BTreeMap<&str, Vec<&Part>> = BTreeMap::new();
        for name in names {
            let Some(place) = rule.fields.get(name) else { continue };
            match self.parts.get(name) {
                Some(Some(part)) => joined.entry(&place.path).or_default().push(part),
                Some(None) => match rule.empty {
                    Some(EmptyAs::Null) => self.put(tree, &place.path, Json::Null)?,
                    Some(EmptyAs::Text) => self.put(tree, &place.path, Json::from(""))?,
                    Some(EmptyAs::LeftOut) => {
                        take(tree, &place.path, &SAYS_NOTHING.map(str::to_owned), self.orders);
                    }
                    None => return Err(Unmade::Shape),
                },
                None => {}
            }
        }
        for (path, parts) in joined {
            let value = match parts.as_slice() {
                [part] => part.theirs.clone(),
                parts => {
                    let texts: Vec<String> = parts.iter().filter_map(|part| scalar(&part.theirs)).collect();
                    Json::from(texts.join(" "))
                }
            };
            self.put(tree, path, value)?;
        }
        Ok(())
    }

    fn put(&self, tree: &mut Json, path: &str, value: Json) -> Result<(), Unmade> {
        if put(tree, path, value, self.orders) { Ok(()) } else { Err(Unmade::Shape) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_leads_elsewhere_makes_no_path() {
        assert_eq!(path("/contacts/{id}", Some("a b/c"), None).as_deref(), Ok("/contacts/a%20b%2Fc"));
        assert_eq!(
            path("/{+id}:updateContact", Some("people/c1"), None).as_deref(),
            Ok("/people/c1:updateContact")
        );
        for hostile in ["..", ".", "", "people/../me", "a//b", "/a"] {
            assert_eq!(path("/{+id}", Some(hostile), None), Err(Unmade::Id), "{hostile:?}");
        }
        assert_eq!(path("/contacts/{id}", Some(".."), None), Err(Unmade::Id));
        assert_eq!(path("/contacts/{id}", None, None), Err(Unmade::Id));
        assert_eq!(path("/{id}?admin=1", Some("x?y#z"), None).as_deref(), Ok("/x%3Fy%23z?admin=1"));
    }
}

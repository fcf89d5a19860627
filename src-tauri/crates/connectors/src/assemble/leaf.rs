//! Making one leaf of a document.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value as Json, json};

use super::gather::Record;
use super::{LookUps, at, text_at};
use crate::definition::{Labelled, Leaf, Leaves, Rule};

/// HTML longer than this is left as it is; nobody reads it as text, and taking it apart costs memory many times over.
const LONGEST_HTML: usize = 1024 * 1024;
/// Text is not wrapped; some width must be named.
const WIDE: usize = 10_000;

/// What the leaves of one record are made from.
pub(super) struct Context<'a> {
    pub(super) record: &'a Json,
    /// The record that holds this one, and how many parts it has.
    pub(super) holder: Option<(&'a Json, usize)>,
    pub(super) look_ups: &'a LookUps,
    /// Stream of persons and places, and its records.
    pub(super) contacts: (&'a str, &'a HashMap<String, Record>),
    /// Parts of wholes of the same job: (child list, id of the whole) to references of the parts.
    pub(super) parts: &'a HashMap<(String, String), Vec<Json>>,
    pub(super) main_event: Option<&'a Json>,
    pub(super) zone: &'a TimeZone,
}

impl Context<'_> {
    /// Makes all leaves, in name order.
    pub(super) fn leaves(&self, leaves: &Leaves) -> Map<String, Json> {
        leaves.iter().map(|(name, leaf)| (name.clone(), self.leaf(leaf))).collect()
    }

    fn leaf(&self, leaf: &Leaf) -> Json {
        match leaf {
            Leaf::Path(path) => at(self.record, path).cloned().unwrap_or(Json::Null),
            Leaf::Rule(rule) => self.rule(rule).unwrap_or(Json::Null),
        }
    }

    fn rule(&self, rule: &Rule) -> Option<Json> {
        match rule {
            Rule::First { of } => of.iter().find_map(|path| not_blank(at(self.record, path)?)),
            Rule::When { path, is, then, otherwise } => {
                let path = if text_at(self.record, path) == Some(is) { then } else { otherwise };
                at(self.record, path).cloned()
            }
            Rule::Phone { of } => of.iter().find_map(|path| phone(at(self.record, path)?)),
            Rule::OtherPhones { of } => self.other_phones(of),
            Rule::OtherEmails { of } => self.other_emails(of),
            Rule::Object { at: path, leaves } => self.object(at(self.record, path)?, leaves),
            Rule::ObjectOf { stream, by, at: path, otherwise, leaves } => text_at(self.record, by)
                .and_then(|id| self.other(stream, id))
                .and_then(|other| self.object(at(other, path)?, leaves))
                .or_else(|| self.object(at(self.record, otherwise)?, leaves)),
            Rule::List { at: path, leaves } => {
                let entries = at(self.record, path)?.as_array()?;
                Some(entries.iter().map(|entry| Json::Object(self.inside(entry).leaves(leaves))).collect())
            }
            Rule::Words { path, words } => {
                let theirs = at(self.record, path)?;
                let ours = theirs.as_str().and_then(|text| words.get(text));
                Some(ours.map_or_else(|| theirs.clone(), |word| Json::from(word.as_str())))
            }
            Rule::Text { path } => text_at(self.record, path).map(|html| Json::from(plain_text(html))),
            Rule::Day { path } => {
                let instant: Timestamp = text_at(self.record, path)?.parse().ok()?;
                Some(Json::from(instant.to_zoned(self.zone.clone()).date().to_string()))
            }
            Rule::LookUp { stream, by, take, otherwise } => text_at(self.record, by)
                .and_then(|id| self.other(stream, id))
                .and_then(|other| at(other, take).cloned())
                .or_else(|| at(self.record, otherwise.as_deref()?).cloned()),
            Rule::Reference { stream, by } => {
                text_at(self.record, by).map(|id| json!({"@": {"stream": stream, "id": id}}))
            }
            Rule::CustomFields { path, stream, id, value, name, kind } => {
                self.custom_fields(at(self.record, path)?, stream, [id, value, name, kind])
            }
            Rule::Holder { path } => self.holder.and_then(|(holder, _)| at(holder, path).cloned()),
            Rule::HolderOfOne { path } => match self.holder? {
                (holder, 1) => at(holder, path).cloned(),
                _ => None,
            },
            Rule::OnlyPart { of, by } => {
                let whole = text_at(self.record, by)?;
                match self.parts.get(&(of.clone(), whole.to_owned()))?.as_slice() {
                    [part] => Some(part.clone()),
                    _ => None,
                }
            }
            Rule::MainEvent { take } => at(self.main_event?, take).cloned(),
            Rule::Fixed { text } => Some(Json::from(text.as_str())),
        }
    }

    fn object(&self, source: &Json, leaves: &Leaves) -> Option<Json> {
        let inner = self.inside(source).leaves(leaves);
        inner.values().any(|value| not_blank(value).is_some()).then_some(Json::Object(inner))
    }

    fn inside<'b>(&'b self, record: &'b Json) -> Context<'b> {
        Context { record, ..*self }
    }

    fn other(&self, stream: &str, id: &str) -> Option<&Json> {
        let (contacts, records) = self.contacts;
        if stream == contacts {
            return records.get(id).map(|record| &record.json);
        }
        self.look_ups.get(stream)?.get(id)
    }

    fn other_phones(&self, of: &[Labelled]) -> Option<Json> {
        let all: Vec<(Json, &str)> = of
            .iter()
            .filter_map(|one| Some((phone(at(self.record, &one.path)?)?, one.label.as_str())))
            .collect();
        let first = phone_key(&all.first()?.0)?;
        let mut keyed = Map::new();
        for (phone, label) in all.iter().skip(1) {
            if let Some(key) = phone_key(phone).filter(|key| *key != first)
                && !keyed.contains_key(&key)
            {
                keyed.insert(key, json!({"phone": phone, "label": label}));
            }
        }
        in_key_order(keyed)
    }

    fn other_emails(&self, of: &[Labelled]) -> Option<Json> {
        let mut keyed = Map::new();
        for one in of {
            let Some(address) =
                text_at(self.record, &one.path).map(str::trim).filter(|text| !text.is_empty())
            else {
                continue;
            };
            keyed
                .entry(address.to_lowercase())
                .or_insert_with(|| json!({"address": address, "label": one.label}));
        }
        in_key_order(keyed)
    }

    fn custom_fields(
        &self,
        entries: &Json,
        stream: &str,
        [id, value, name, kind]: [&String; 4],
    ) -> Option<Json> {
        let definitions = self.look_ups.get(stream);
        let mut keyed = Map::new();
        for entry in entries.as_array()? {
            let (Some(field), Some(value)) = (text_at(entry, id), at(entry, value)) else { continue };
            let definition = definitions.and_then(|definitions| definitions.get(field));
            let of = |path: &str| {
                definition.and_then(|definition| at(definition, path)).cloned().unwrap_or(Json::Null)
            };
            keyed.insert(field.to_owned(), json!({"name": of(name), "kind": of(kind), "value": value}));
        }
        in_key_order(keyed)
    }
}

fn not_blank(value: &Json) -> Option<Json> {
    match value {
        Json::Null => None,
        Json::String(text) if text.trim().is_empty() => None,
        _ => Some(value.clone()),
    }
}

/// Keyed sets stand in key order; an empty one is nothing.
fn in_key_order(keyed: Map<String, Json>) -> Option<Json> {
    if keyed.is_empty() {
        return None;
    }
    let mut entries: Vec<(String, Json)> = keyed.into_iter().collect();
    entries.sort_by(|left, right| left.0.cmp(&right.0));
    Some(Json::Object(entries.into_iter().collect()))
}

/// A phone of the CRM as `{e164, ext, text}`; plain text where it is no object.
fn phone(value: &Json) -> Option<Json> {
    let text_of = |key: &str| {
        let found = value.get(key)?;
        let text = found
            .as_str()
            .map_or_else(|| if found.is_number() { found.to_string() } else { String::new() }, str::to_owned);
        Some(text.trim().to_owned()).filter(|text| !text.is_empty())
    };
    if let Some(text) = value.as_str() {
        let text = text.trim();
        return (!text.is_empty()).then(|| json!({"e164": null, "ext": null, "text": text}));
    }
    let (e164, ext) = (text_of("e164"), text_of("extension"));
    let text = text_of("formatted").or_else(|| e164.clone())?;
    Some(json!({"e164": e164, "ext": ext, "text": text}))
}

fn phone_key(phone: &Json) -> Option<String> {
    if let Some(e164) = text_at(phone, "e164") {
        return Some(e164.to_owned());
    }
    let text = text_at(phone, "text")?;
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    Some(if digits.is_empty() { text.to_lowercase() } else { digits })
}

/// HTML as plain text, paragraphs kept as lines; text without markup stays as it is.
pub(super) fn plain_text(html: &str) -> String {
    if !html.contains(['<', '&']) || html.len() > LONGEST_HTML {
        return html.trim().to_owned();
    }
    let plain = html2text::config::plain_no_decorate()
        .no_table_borders()
        .no_link_wrapping()
        .allow_width_overflow()
        .string_from_read(html.as_bytes(), WIDE);
    match plain {
        Ok(text) => text.trim().to_owned(),
        // What cannot be taken apart is kept whole rather than lost.
        Err(_) => html.trim().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::embedded;

    fn person(record: &Json) -> Map<String, Json> {
        let definition = embedded("tave").unwrap().unwrap();
        let (look_ups, contacts, parts) = (LookUps::new(), HashMap::new(), HashMap::new());
        let context = Context {
            record,
            holder: None,
            look_ups: &look_ups,
            contacts: ("address-book", &contacts),
            parts: &parts,
            main_event: None,
            zone: &TimeZone::UTC,
        };
        context.leaves(&definition.assemble.as_ref().unwrap().person.leaves)
    }

    #[test]
    fn the_first_phone_is_the_phone_and_the_rest_are_kept_by_number() {
        let made = person(&json!({
            "kind": "person",
            "companyName": "Fairweather Flowers",
            "jobTitle": "Florist",
            "homePhone": {"e164": "+442079460123", "formatted": "020 7946 0123", "extension": 12},
            "cellPhone": {"e164": null, "formatted": "  "},
            "workPhone": {"e164": null, "formatted": "ask Jo on 0161 496 0000"},
            "phone": {"e164": "+442079460123", "formatted": "+44 20 7946 0123"},
            "secondaryEmail": "Jo@Example.com",
        }));
        assert_eq!(made["phone"], json!({"e164": "+442079460123", "ext": "12", "text": "020 7946 0123"}));
        assert_eq!(
            made["other_phones"],
            json!({"01614960000": {
                "phone": {"e164": null, "ext": null, "text": "ask Jo on 0161 496 0000"}, "label": "work"
            }}),
            "the same number twice is one number"
        );
        assert_eq!(
            made["other_emails"],
            json!({"jo@example.com": {"address": "Jo@Example.com", "label": "other"}})
        );
        assert_eq!(made["company_name"], "Fairweather Flowers");
        assert_eq!(made["job_title"], "Florist");
        assert_eq!(made["address"], Json::Null, "no address is no object of nulls");
    }

    #[test]
    fn a_firm_that_books_is_named_by_its_contact() {
        let made = person(&json!({
            "kind": "company", "name": "Harbour Hotels", "primaryContactFirstName": "Ines",
            "primaryContactLastName": "Moreau", "phone": "0161 496 0001",
        }));
        assert_eq!((&made["first_name"], &made["company_name"]), (&json!("Ines"), &json!("Harbour Hotels")));
        assert_eq!(made["phone"], json!({"e164": null, "ext": null, "text": "0161 496 0001"}));
    }

    #[test]
    fn f51_values_of_another_type_are_kept_or_left_out_but_never_a_fault() {
        let made = person(
            &json!({"kind": 7, "firstName": ["x"], "cellPhone": 5, "customFields": "none", "address": []}),
        );
        assert_eq!(made["first_name"], json!(["x"]), "the mapping names the problem");
        assert_eq!(made["phone"], Json::Null);
        assert_eq!(made["custom_fields"], Json::Null);
    }

    #[test]
    fn html_becomes_text() {
        assert_eq!(plain_text("<p>One &amp; two</p><p>three<br>four</p>"), "One & two\n\nthree\nfour");
        assert_eq!(plain_text("plain, with no markup"), "plain, with no markup");
        assert!(plain_text("<p>cut <b>off").contains("cut"), "broken markup loses no words");
        let links = plain_text("<a href=\"https://example.org\">the list</a>");
        assert!(links.contains("the list"), "{links}");
    }
}

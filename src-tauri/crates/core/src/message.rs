//! Sentences: message ids with parameters, and the catalogues they are looked up in (MODEL 12).
//!
//! No sentence that a person reads stands in code. `hub` and the user interface read the same catalogues, in i18next's
//! JSON form: `{{name}}` for a parameter, `_one` and `_other` endings chosen by `count`.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

const EN_GB: &str = include_str!("../locales/en-GB.json");
const EN_US: &str = include_str!("../locales/en-US.json");

/// A sentence to be: its id and what goes into it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Id in the catalogues.
    pub id: String,
    /// Parameters; `count` chooses the plural.
    #[serde(default)]
    pub params: BTreeMap<String, String>,
}

impl Message {
    /// A message without parameters.
    pub fn new(id: impl Into<String>) -> Message {
        Message { id: id.into(), params: BTreeMap::new() }
    }

    /// The same message with one more parameter.
    pub fn with(mut self, name: &str, value: impl ToString) -> Message {
        self.params.insert(name.to_owned(), value.to_string());
        self
    }
}

/// Languages that ship.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Locale {
    /// British English; complete.
    #[default]
    EnGb,
    /// American English; only what differs.
    EnUs,
}

impl Locale {
    /// The locale of a BCP 47 tag or POSIX name, British where nothing fits.
    pub fn of(tag: &str) -> Locale {
        match tag.replace('_', "-").to_ascii_lowercase() {
            tag if tag.starts_with("en-us") => Locale::EnUs,
            _ => Locale::EnGb,
        }
    }
}

/// The sentence of a message. An id that no catalogue has is shown as it is, so that nothing is swallowed.
pub fn render(locale: Locale, message: &Message) -> String {
    let plural = message.params.get("count").map(|count| if count == "1" { "_one" } else { "_other" });
    let found = plural
        .and_then(|ending| look_up(locale, &format!("{}{ending}", message.id)))
        .or_else(|| look_up(locale, &message.id));
    let Some(text) = found else { return message.id.clone() };
    fill(text, &message.params)
}

/// Whether the complete catalogue has this id, as itself or as a plural.
pub fn is_known(id: &str) -> bool {
    catalogue(Locale::EnGb).contains_key(id) || catalogue(Locale::EnGb).contains_key(&format!("{id}_other"))
}

fn look_up(locale: Locale, id: &str) -> Option<&'static str> {
    let own = match locale {
        Locale::EnGb => None,
        Locale::EnUs => catalogue(Locale::EnUs).get(id),
    };
    own.or_else(|| catalogue(Locale::EnGb).get(id)).map(String::as_str)
}

fn catalogue(locale: Locale) -> &'static BTreeMap<String, String> {
    static GB: OnceLock<BTreeMap<String, String>> = OnceLock::new();
    static US: OnceLock<BTreeMap<String, String>> = OnceLock::new();
    match locale {
        Locale::EnGb => GB.get_or_init(|| read(EN_GB)),
        Locale::EnUs => US.get_or_init(|| read(EN_US)),
    }
}

fn read(text: &str) -> BTreeMap<String, String> {
    let mut flat = BTreeMap::new();
    // A catalogue that cannot be read shows ids instead of sentences; a test keeps that from shipping.
    flatten("", &serde_json::from_str(text).unwrap_or(Json::Null), &mut flat);
    flat
}

fn flatten(prefix: &str, json: &Json, flat: &mut BTreeMap<String, String>) {
    match json {
        Json::String(text) => {
            flat.insert(prefix.to_owned(), text.clone());
        }
        Json::Object(object) => {
            for (key, value) in object {
                let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
                flatten(&path, value, flat);
            }
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Array(_) => {}
    }
}

fn fill(text: &str, params: &BTreeMap<String, String>) -> String {
    let mut out = String::with_capacity(text.len() + 32);
    let mut rest = text;
    while let Some(start) = rest.find("{{") {
        out.push_str(&rest[..start]);
        let Some(end) = rest[start..].find("}}") else { break };
        let name = rest[start + 2..start + end].trim();
        if let Some(value) = params.get(name) {
            out.push_str(value);
        }
        rest = &rest[start + end + 2..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn catalogues_are_whole() {
        let complete = catalogue(Locale::EnGb);
        assert!(complete.len() > 20, "the catalogue was read");
        for (locale, ids) in [(Locale::EnUs, catalogue(Locale::EnUs))] {
            for id in ids.keys() {
                assert!(complete.contains_key(id), "{locale:?} has {id}, which en-GB lacks");
            }
        }
        for (id, text) in complete {
            assert_eq!(text.matches("{{").count(), text.matches("}}").count(), "{id}: braces match");
            if let Some(stem) = id.strip_suffix("_one") {
                assert!(complete.contains_key(&format!("{stem}_other")), "{id} has its plural");
            }
            assert!(!text.contains('!') && !text.to_lowercase().contains("oops"), "{id}: calm words");
        }
    }

    #[test]
    fn plural_parameter_and_fallback() {
        let message = Message::new("review.ready").with("count", 1);
        assert_eq!(render(Locale::EnGb, &message), "1 client is ready to upload.");
        let message = Message::new("review.ready").with("count", 482);
        assert_eq!(render(Locale::EnUs, &message), "482 clients are ready to upload.");
        assert_eq!(render(Locale::EnGb, &Message::new("no.such.id")), "no.such.id");
    }
}

//! Signed bundles of newer definitions and kill switches (MODEL 8): what is believed of them, and why not.
//!
//! Nothing of a bundle is looked at before its signature was found good. Then its kill switches are taken by a serial of their
//! own, because they can only ever switch off; its definitions are taken all together or not at all, each checked by the same
//! checker as a file, and tested by records that came with it. Deliberately absent: fetching, keeping, and the person's word
//! on changes that need one.

mod example;
mod keys;
mod standing;
mod switches;

use std::collections::BTreeMap;
use std::sync::Arc;

use hub_core::message::Message;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value as Json;

use crate::definition::{Definition, embedded, parse};

pub use example::{Example, comes_of, needs_example};
pub use keys::Keys;
pub use standing::Standing;
pub use switches::{Off, OffReason, Switches};

/// Larger than any bundle: 21 definitions have 250 KB together.
pub const LARGEST: usize = 8 * 1024 * 1024;
/// Nobody's definition but the person's own.
const CUSTOM: &str = "custom";

/// A bundle as it travels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The bytes that were signed.
    pub bytes: Vec<u8>,
    /// The signature.
    pub signature: Vec<u8>,
    /// Which key signed.
    pub key_id: String,
}

/// What a bundle is held against.
pub struct Trust<'a> {
    /// Keys that are believed.
    pub keys: &'a Keys,
    /// Version of this program.
    pub app: &'a str,
    /// Now.
    pub now: Timestamp,
    /// Lowest serial of definitions that is taken.
    pub serial: u64,
    /// Lowest serial of kill switches that is taken.
    pub switches_serial: u64,
}

/// A definition of a bundle.
#[derive(Debug, Clone)]
pub struct Bundled {
    /// As a file.
    pub text: String,
    /// As read.
    pub definition: Arc<Definition>,
}

/// What a bundle whose signature is good comes to.
#[derive(Debug)]
pub struct Taken {
    /// Its serial.
    pub serial: u64,
    /// Until when it holds.
    pub expires: Timestamp,
    /// Its kill switches with their serial; none where they are older than what is known.
    pub switches: Option<(u64, Switches)>,
    /// Its definitions by provider key, or why none of them is taken.
    pub definitions: Result<BTreeMap<String, Bundled>, Refused>,
}

/// Why something of a bundle is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// This build knows no key.
    #[error("this build knows no key")]
    NoKeys,
    /// Signed by a key that is not known, or not signed by the key that it names.
    #[error("the signature is not good")]
    Signature,
    /// Larger than any, or not in the form of a bundle.
    #[error("not in the form of a bundle: {0}")]
    Unreadable(String),
    /// Older than one that was taken before.
    #[error("serial {0} is below {1}")]
    Older(u64, u64),
    /// Its time is over.
    #[error("it expired at {0}")]
    Expired(Timestamp),
    /// For a later version of this program.
    #[error("it needs version {0}")]
    NeedsApp(String),
    /// A definition has faults.
    #[error("{key}: {first}")]
    Definition {
        /// Whose.
        key: String,
        /// The first of them.
        first: String,
    },
    /// A definition does not do what its examples say.
    #[error("{key}: self-test: {reason}")]
    Example {
        /// Whose.
        key: String,
        /// What is wrong.
        reason: String,
    },
}

impl Refused {
    /// Message ids of all reasons.
    pub const MESSAGES: [&'static str; 8] = [
        "definitions.refused.no_keys",
        "definitions.refused.signature",
        "definitions.refused.unreadable",
        "definitions.refused.older",
        "definitions.refused.expired",
        "definitions.refused.needs_app",
        "definitions.refused.definition",
        "definitions.refused.example",
    ];

    /// The reason in a sentence.
    pub fn message(&self) -> Message {
        let [no_keys, signature, unreadable, older, expired, needs_app, definition, example] =
            Refused::MESSAGES;
        match self {
            Refused::NoKeys => Message::new(no_keys),
            Refused::Signature => Message::new(signature),
            Refused::Unreadable(_) => Message::new(unreadable),
            Refused::Older(serial, least) => Message::new(older).with("serial", serial).with("least", least),
            Refused::Expired(at) => Message::new(expired).with("at", at),
            Refused::NeedsApp(version) => Message::new(needs_app).with("version", version),
            Refused::Definition { key, first } => {
                Message::new(definition).with("key", key).with("first", first)
            }
            Refused::Example { key, .. } => Message::new(example).with("key", key),
        }
    }
}

/// The header. Fields that this version does not know are passed over, so that a newer bundle can still switch off.
#[derive(Deserialize)]
struct Header {
    serial: u64,
    expires: Timestamp,
    min_app: String,
    key_id: String,
    definitions: Vec<Json>,
    kill_switches: SwitchesText,
}

#[derive(Deserialize)]
struct SwitchesText {
    serial: u64,
    disabled: Vec<Json>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DefinitionText {
    key: String,
    definition: String,
    #[serde(default)]
    examples: Vec<Example>,
}

/// Looks at a bundle.
///
/// # Errors
/// Where nothing of it can be believed: neither its definitions nor its switches.
pub fn take(signed: &Signed, trust: &Trust<'_>) -> Result<Taken, Refused> {
    if trust.keys.is_empty() {
        return Err(Refused::NoKeys);
    }
    if signed.bytes.len() > LARGEST {
        return Err(Refused::Unreadable("too large".to_owned()));
    }
    if !trust.keys.signed(&signed.key_id, &signed.bytes, &signed.signature) {
        return Err(Refused::Signature);
    }
    let header: Header = serde_json::from_slice(&signed.bytes)
        .map_err(|error| Refused::Unreadable(hub_core::malformed::Malformed::from(error).to_string()))?;
    if header.key_id != signed.key_id {
        return Err(Refused::Signature);
    }
    // One that is over may be somebody's replay of what has long been taken back.
    if header.expires <= trust.now {
        return Err(Refused::Expired(header.expires));
    }
    let SwitchesText { serial, disabled } = &header.kill_switches;
    let switches = (*serial >= trust.switches_serial).then(|| (*serial, Switches::read(disabled)));
    let definitions = definitions(&header, trust);
    Ok(Taken { serial: header.serial, expires: header.expires, switches, definitions })
}

fn definitions(header: &Header, trust: &Trust<'_>) -> Result<BTreeMap<String, Bundled>, Refused> {
    if header.serial < trust.serial {
        return Err(Refused::Older(header.serial, trust.serial));
    }
    match (version(&header.min_app), version(trust.app)) {
        (Some(least), Some(app)) if least <= app => {}
        _ => return Err(Refused::NeedsApp(header.min_app.clone())),
    }
    let mut taken = BTreeMap::new();
    for entry in &header.definitions {
        let entry: DefinitionText = serde_json::from_value(entry.clone())
            .map_err(|error| Refused::Unreadable(hub_core::malformed::Malformed::from(error).to_string()))?;
        let definition = checked(&entry)?;
        tested(&entry, &definition)?;
        let bundled = Bundled { text: entry.definition, definition: Arc::new(definition) };
        if taken.insert(entry.key.clone(), bundled).is_some() {
            return Err(Refused::Definition { key: entry.key, first: "it is there twice".to_owned() });
        }
    }
    Ok(taken)
}

fn checked(entry: &DefinitionText) -> Result<Definition, Refused> {
    let fault = |first: String| Refused::Definition { key: entry.key.clone(), first };
    // A CRM that this version has no picture and no words for comes with a version that has them.
    if entry.key == CUSTOM || embedded(&entry.key).is_none() {
        return Err(fault("no CRM of this version".to_owned()));
    }
    let definition = parse(&entry.definition)
        .map_err(|faults| fault(faults.first().map(ToString::to_string).unwrap_or_default()))?;
    if definition.identity.key != entry.key {
        return Err(fault(format!("it is the definition of {}", definition.identity.key)));
    }
    Ok(definition)
}

fn tested(entry: &DefinitionText, definition: &Definition) -> Result<(), Refused> {
    let wrong = |reason: String| Refused::Example { key: entry.key.clone(), reason };
    if needs_example(definition) && entry.examples.is_empty() {
        return Err(wrong("there is no example".to_owned()));
    }
    for example in &entry.examples {
        let came = comes_of(definition, &example.records).map_err(wrong)?;
        if came.as_array().is_none_or(Vec::is_empty) {
            return Err(wrong("nothing comes of the records".to_owned()));
        }
        if came != example.clients {
            return Err(wrong("something else comes of the records".to_owned()));
        }
    }
    Ok(())
}

/// The numbers of a version such as 0.12.3; `None` for anything else.
fn version(text: &str) -> Option<[u32; 3]> {
    let mut parts = text.split('.').map(|part| {
        let plain = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if plain { part.parse().ok() } else { None }
    });
    let found = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(found)
}

#[cfg(test)]
mod tests;

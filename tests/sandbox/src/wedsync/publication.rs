//! What `GET /definitions` serves: a bundle, signed for real, and spoilt on request.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::signature::Ed25519KeyPair;
use serde_json::{Value, json};

use super::control::Start;
use super::db;

/// The keys that sign. Fixed, so that an app under test can be told the public halves before the server starts. They sign
/// nothing real: `connectors/keys/practice.txt` holds the public halves, for profiles with invented data.
const SEEDS: [(&str, [u8; 32]); 2] = [
    ("sandbox-1", *b"wedsync-sandbox-signing-seed-001"),
    ("sandbox-2", *b"wedsync-sandbox-signing-seed-002"),
];
/// A key that nobody believes.
const STRANGER: (&str, [u8; 32]) = ("stranger", *b"nobody-believes-what-this-signs!");

/// Which key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignedBy {
    /// The one in use.
    First,
    /// The one that takes its place.
    Second,
    /// A key that nobody believes, under its own name.
    Stranger,
    /// A key that nobody believes, under the name of the one in use.
    Impostor,
}

/// What is done to a bundle after it was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spoilt {
    /// Nothing.
    No,
    /// One byte of it is another.
    Byte,
    /// The signature is of the bytes alone, without what has to stand before them.
    WithoutPrefix,
    /// The envelope names another key than the bundle.
    KeyName,
}

/// A bundle to serve.
#[derive(Clone, Debug)]
pub struct Publication {
    /// Serial of its definitions.
    pub serial: u64,
    /// Seconds from now until it expires; below zero it has expired.
    pub expires_in: i64,
    /// Oldest version of the app that it is for.
    pub min_app: String,
    /// Its definitions: `{"key", "definition", "examples"}` each.
    pub definitions: Vec<Value>,
    /// Serial of its kill switches.
    pub switches_serial: u64,
    /// What is switched off: `{"provider", "route", "operation", "reason"}` each.
    pub disabled: Vec<Value>,
    /// Who signs.
    pub signed_by: SignedBy,
    /// What is done to it then.
    pub spoilt: Spoilt,
}

impl Default for Publication {
    /// The first bundle: nothing newer than the app, and nothing switched off.
    fn default() -> Publication {
        Publication {
            serial: 1,
            expires_in: 30 * 24 * 3_600,
            min_app: "0.1.0".to_owned(),
            definitions: Vec::new(),
            switches_serial: 1,
            disabled: Vec::new(),
            signed_by: SignedBy::First,
            spoilt: Spoilt::No,
        }
    }
}

/// A bundle as it is sent.
#[derive(Clone, Debug)]
pub(super) struct Published {
    /// The body.
    pub(super) body: Value,
    /// What its version is called.
    pub(super) tag: String,
}

fn pair(seed: &[u8; 32]) -> Result<Ed25519KeyPair, Start> {
    Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| Start::Key)
}

/// The public halves of the two keys, by name.
pub(super) fn public_keys() -> Result<Vec<(String, Vec<u8>)>, Start> {
    use ring::signature::KeyPair as _;
    SEEDS
        .iter()
        .map(|(name, seed)| Ok(((*name).to_owned(), pair(seed)?.public_key().as_ref().to_vec())))
        .collect()
}

/// Makes and signs.
pub(super) fn publish(publication: &Publication, now_ms: i64) -> Result<Published, Start> {
    let expires = now_ms.saturating_add(publication.expires_in.saturating_mul(1000));
    let expires = jiff::Timestamp::from_millisecond(expires).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let (name, seed) = match publication.signed_by {
        SignedBy::First => SEEDS[0],
        SignedBy::Second => SEEDS[1],
        SignedBy::Stranger => STRANGER,
        SignedBy::Impostor => (SEEDS[0].0, STRANGER.1),
    };
    let mut bytes = json!({
        "serial": publication.serial, "expires": expires.to_string(), "min_app": publication.min_app,
        "key_id": name, "definitions": publication.definitions,
        "kill_switches": {"serial": publication.switches_serial, "disabled": publication.disabled},
    })
    .to_string()
    .into_bytes();
    let prefix: &[u8] = match publication.spoilt {
        Spoilt::WithoutPrefix => b"",
        Spoilt::No | Spoilt::Byte | Spoilt::KeyName => b"wedsync-definitions-v1\0",
    };
    let signature = pair(&seed)?.sign(&[prefix, &bytes].concat());
    if publication.spoilt == Spoilt::Byte {
        // The last digit of a serial: still JSON, and as plausible as before.
        if let Some(at) = bytes.iter().position(u8::is_ascii_digit) {
            bytes[at] = if bytes[at] == b'9' { b'8' } else { bytes[at] + 1 };
        }
    }
    let told = if publication.spoilt == Spoilt::KeyName { SEEDS[1].0 } else { name };
    let body = json!({
        "bundle": STANDARD.encode(&bytes), "signature": STANDARD.encode(signature.as_ref()), "key_id": told,
    });
    let tag = format!("\"{}\"", db::digest(body.to_string().as_bytes()));
    Ok(Published { body, tag })
}

//! Whose signature is believed.
//!
//! The public keys of WedSync stand in `keys/production.txt`, at most two, so that one can take the other's place. Their
//! private halves were never in this repository and never will be. While the file names none, a supplier's profile takes no
//! bundle at all and says so. The key of the practice cloud stands in its own source for everybody to read; it is believed
//! by profiles whose data is invented, and by nobody else.

use ed25519_dalek::{Signature, VerifyingKey};

/// What is signed before the bytes of the bundle, so that no other signature of the same key can be passed off as one.
const PREFIX: &[u8] = b"wedsync-definitions-v1\0";
/// One for use and one to take its place.
const MOST: usize = 2;

/// The production keys: a name and 32 bytes in hexadecimal a line.
const PRODUCTION: &str = include_str!("../../keys/production.txt");
/// The public half of the practice cloud's key (`tests/sandbox`), whose private half is no secret.
const PRACTICE: &str = include_str!("../../keys/practice.txt");

/// Public keys by their names.
#[derive(Debug, Clone, Default)]
pub struct Keys(Vec<(String, VerifyingKey)>);

impl Keys {
    /// The keys of WedSync: what a supplier's profile believes.
    pub fn production() -> Keys {
        Keys(read(PRODUCTION))
    }

    /// The key of the practice cloud: for profiles whose data is invented, and for no other.
    pub fn practice() -> Keys {
        Keys(read(PRACTICE))
    }

    /// Whether there is none: then nothing is ever taken.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the key of this name is known.
    pub fn knows(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }

    /// Whether the key of this name signed these bytes.
    pub fn signed(&self, name: &str, bytes: &[u8], signature: &[u8]) -> bool {
        let Ok(signature) = Signature::from_slice(signature) else { return false };
        let whole = [PREFIX, bytes].concat();
        let mut named = self.0.iter().filter(|(known, _)| known == name);
        // Strict: no second form of a signature, and no weak key.
        named.any(|(_, key)| key.verify_strict(&whole, &signature).is_ok())
    }
}

/// The keys of a file; a line that is none, which the tests of this crate keep from shipping, is left out.
fn read(text: &str) -> Vec<(String, VerifyingKey)> {
    lines(text).filter_map(|line| key(line).ok()).take(MOST).collect()
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn key(line: &str) -> Result<(String, VerifyingKey), &'static str> {
    let (name, digits) = line.split_once(' ').ok_or("a name and a key")?;
    let digits = digits.trim();
    let mut bytes = [0_u8; 32];
    if !digits.is_ascii() || digits.len() != 64 {
        return Err("64 hexadecimal digits");
    }
    for (slot, byte) in bytes.iter_mut().enumerate() {
        let pair = digits.get(2 * slot..2 * slot + 2).ok_or("64 hexadecimal digits")?;
        *byte = u8::from_str_radix(pair, 16).map_err(|_| "hexadecimal digits")?;
    }
    let key = VerifyingKey::from_bytes(&bytes).map_err(|_| "no point of the curve")?;
    if key.is_weak() { Err("a weak key") } else { Ok((name.to_owned(), key)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_key_and_no_supplier_believes_the_practice_cloud() {
        for file in [PRODUCTION, PRACTICE] {
            assert!(lines(file).count() <= MOST, "one, and one to take its place");
            for line in lines(file) {
                key(line).unwrap_or_else(|fault| panic!("{line}: {fault}"));
            }
        }
        let (production, practice) = (Keys::production(), Keys::practice());
        assert!(!practice.is_empty());
        for (name, key) in &practice.0 {
            assert!(!production.knows(name), "{name}");
            assert!(production.0.iter().all(|(_, other)| other != key), "{name} under another name");
        }
    }

    #[test]
    fn a_key_is_its_name_and_digits() {
        assert!(key("k 00").is_err());
        assert!(key(&format!("k {}", "zz".repeat(32))).is_err());
        assert!(key(&format!("k {}", "00".repeat(32))).is_err(), "a weak key");
        assert!(key(&format!("k é{}", "0".repeat(62))).is_err(), "no letters between them");
    }
}

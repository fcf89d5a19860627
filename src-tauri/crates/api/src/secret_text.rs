//! A secret on its one way in: from the password field or prompt into the vault.

use hub_core::ports::Secret;
use serde::{Deserialize, Deserializer};
use ts_rs::TS;

/// Longest secret that is taken; API keys have tens of characters.
const LONGEST: usize = 4096;

/// Longest text that is taken from a page; what is longer comes as a file.
const LONGEST_PASTE: usize = 8 * 1024 * 1024;

/// A secret in a request. It can be read from JSON and never be written to it; its `Debug` is [`Secret`]'s.
#[derive(Debug, Clone, TS)]
#[ts(type = "string")]
pub struct SecretText(Secret);

impl SecretText {
    /// The secret, to be sealed or sent to the place it is for.
    pub fn into_secret(self) -> Secret {
        self.0
    }
}

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<SecretText, D::Error> {
        let text = zeroizing(String::deserialize(deserializer)?);
        let trimmed = text.expose().trim();
        if trimmed.is_empty() || trimmed.len() > LONGEST || trimmed.chars().any(char::is_control) {
            return Err(serde::de::Error::custom("invalid value: not a secret"));
        }
        Ok(SecretText(Secret::new(trimmed)))
    }
}

/// A text that a person pasted. A key may stand anywhere in it, so that all of it is one secret.
#[derive(Debug, Clone, TS)]
#[ts(type = "string")]
pub struct PastedText(Secret);

impl PastedText {
    /// The text, to be read.
    pub fn into_secret(self) -> Secret {
        self.0
    }

    /// Whether it is longer than what is taken from a page.
    pub fn is_too_long(&self) -> bool {
        self.0.expose().len() > LONGEST_PASTE
    }
}

impl<'de> Deserialize<'de> for PastedText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<PastedText, D::Error> {
        String::deserialize(deserializer).map(zeroizing).map(PastedText)
    }
}

/// Wraps the text at once, so that also the untrimmed copy is wiped.
fn zeroizing(text: String) -> Secret {
    Secret::new(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pasted_text_is_kept_as_it_is_and_hidden() {
        let read = |text: &str| serde_json::from_value::<PastedText>(serde_json::json!(text));
        let pasted = read(" curl\n -u canary:1 ").expect("lines and spaces belong to it");
        assert!(!format!("{pasted:?}").contains("canary"), "Debug hides it");
        assert!(!pasted.is_too_long());
        assert_eq!(pasted.into_secret().expose(), " curl\n -u canary:1 ");
        assert!(
            read(&"x".repeat(LONGEST_PASTE + 1))
                .expect("it is read, to be refused with a sentence")
                .is_too_long()
        );
    }

    #[test]
    fn a_secret_is_trimmed_bounded_and_hidden() {
        let read = |text: &str| serde_json::from_value::<SecretText>(serde_json::json!(text));
        let secret = read("  canary-key-1234\n").expect("white space around a pasted key is no part of it");
        assert_eq!(secret.clone().into_secret().expose(), "canary-key-1234");
        assert!(!format!("{secret:?}").contains("canary"), "Debug hides it");
        for bad in ["", "  ", "two\nlines", &"x".repeat(LONGEST + 1)] {
            assert!(read(bad).is_err(), "{} characters are no secret", bad.len());
        }
    }
}

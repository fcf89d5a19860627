//! The keys of a profile (MODEL 10): one random master key, stored only wrapped, and the subkeys made from it.
//!
//! `keys.json` lies beside the databases because it has to be read before either can be opened; it holds no key in the
//! clear: the keychain slot names an entry of the operating system's keychain, the passphrase and recovery slots hold
//! the master key under AES-256-GCM with a key that argon2id stretches. Which slot is used is the caller's explicit
//! choice: a missing keychain is an error with a name, never a silent step down to something weaker.

mod keychain;
mod slots;

pub use keychain::{Keychain, KeychainError, MemoryKeychain, OsKeychain};
pub use slots::{
    KEYS_FILE, NewProfile, Protection, Stretch, Unlock, add_slot, create, exists, forget_keychain,
    slot_kinds, unlock,
};

pub(crate) use slots::fits;

use std::fmt;
use std::io;

use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

/// 32 bytes that are zeroed on drop and never shown.
#[derive(Clone)]
pub struct Key(Zeroizing<[u8; 32]>);

impl Key {
    pub(crate) fn new(bytes: [u8; 32]) -> Key {
        Key(Zeroizing::new(bytes))
    }

    pub(crate) fn random() -> Result<Key, KeyError> {
        let mut bytes = Zeroizing::new([0_u8; 32]);
        getrandom::fill(bytes.as_mut_slice()).map_err(KeyError::Random)?;
        Ok(Key(bytes))
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The raw key as SQLCipher takes it (`x'…'`); no stretching happens there.
    pub(crate) fn raw(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(80));
        text.push_str("x'");
        for byte in self.0.iter() {
            for nibble in [byte >> 4, byte & 15] {
                text.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
            }
        }
        text.push('\'');
        text
    }

    /// The statement that keys a connection.
    pub(crate) fn pragma(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(96));
        text.push_str("PRAGMA key = \"");
        text.push_str(&self.raw());
        text.push('"');
        text
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Key(…)")
    }
}

/// The subkeys of a profile, made from its master key by HKDF-SHA256 with the profile id as salt.
#[derive(Debug, Clone)]
pub struct KeyRing {
    /// Profile whose keys these are.
    pub profile: String,
    /// Id of the master key; part of the associated data of every sealed value.
    pub key_id: String,
    pub(crate) check: String,
    pub(crate) db: Key,
    pub(crate) vault: Key,
    pub(crate) seal: Key,
    pub(crate) backup: Key,
    pub(crate) audit: Key,
}

impl KeyRing {
    pub(crate) fn derive(master: &Key, profile: &str, key_id: &str) -> KeyRing {
        let expander = Hkdf::<Sha256>::new(Some(profile.as_bytes()), master.bytes());
        let subkey = |label: &str| {
            let mut bytes = [0_u8; 32];
            // RFC 5869: only more than 255 blocks can fail; this is one.
            let expanded = expander.expand(format!("wedsync-hub/{label}/v1").as_bytes(), &mut bytes);
            debug_assert!(expanded.is_ok(), "32 bytes are one block");
            Key::new(bytes)
        };
        KeyRing {
            profile: profile.to_owned(),
            key_id: key_id.to_owned(),
            check: hub_core::canonical::hex(&subkey("check").bytes()[..16]),
            db: subkey("db"),
            vault: subkey("vault"),
            seal: subkey("seal"),
            backup: subkey("backup"),
            audit: subkey("audit"),
        }
    }
}

/// Why a profile's keys could not be had. Each variant leads a person to a different action.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// This computer offers no keychain; the user has to choose a passphrase instead.
    #[error("this computer has no keychain")]
    NoKeychain(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The keychain is there and locked, or access was denied.
    #[error("the keychain is locked")]
    KeychainLocked(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The keychain is open and holds no entry for this profile: passphrase or recovery kit can still open it.
    #[error("the keychain holds no key of this profile")]
    KeychainWiped,
    /// The keychain failed in another way.
    #[error("the keychain failed")]
    Keychain(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The key, passphrase or recovery code is not the one of this profile.
    #[error("that is not the key of this profile")]
    WrongKey,
    /// The profile has no slot of this kind.
    #[error("this profile has no such key slot")]
    NoSlot,
    /// The profile has keys already; new ones would make its data unreadable.
    #[error("this profile already has keys")]
    AlreadyThere,
    /// The profile has no `keys.json`.
    #[error("this profile has no keys yet")]
    NoKeys,
    /// `keys.json` is damaged.
    #[error("the key file is damaged")]
    Damaged(#[source] Option<Box<dyn std::error::Error + Send + Sync>>),
    /// `keys.json` could not be read or written.
    #[error("the key file could not be used")]
    Io(#[from] io::Error),
    /// No randomness from the operating system.
    #[error("the operating system gave no randomness")]
    Random(#[source] getrandom::Error),
}

impl KeyError {
    /// Message id under which the catalogues hold the sentence.
    pub fn message_id(&self) -> &'static str {
        match self {
            KeyError::NoKeychain(_) => "error.no_keychain",
            KeyError::KeychainLocked(_) => "error.keychain_locked",
            KeyError::KeychainWiped => "error.keychain_wiped",
            KeyError::Keychain(_) => "error.keychain_failed",
            KeyError::WrongKey => "error.wrong_key",
            KeyError::NoSlot => "error.key_slot_missing",
            KeyError::AlreadyThere => "error.keys_exist",
            KeyError::NoKeys => "error.keys_missing",
            KeyError::Damaged(_) => "error.keys_damaged",
            KeyError::Io(_) => "error.keys_unusable",
            KeyError::Random(_) => "error.no_randomness",
        }
    }
}

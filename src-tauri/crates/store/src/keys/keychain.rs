//! The operating system's keychain, behind a trait narrow enough for a memory stand-in.
//!
//! Only wrapped-key business passes here: one entry per profile and key, a base64 text of 44 characters (a Windows
//! credential holds at most 2,560 bytes, which is why tokens never go into the keychain).

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use zeroize::Zeroizing;

/// What a keychain could not do.
#[derive(Debug, thiserror::Error)]
pub enum KeychainError {
    /// There is none on this computer.
    #[error("there is no keychain")]
    Absent(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It is locked, or access was denied.
    #[error("the keychain is locked")]
    Locked(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Anything else underneath.
    #[error("the keychain failed")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// A keychain: texts by account name under the service "WedSync Hub".
pub trait Keychain: Send + Sync {
    /// Reads an entry; `None` when the keychain is open and holds none.
    ///
    /// # Errors
    /// [`KeychainError`] tells an absent, a locked and a failing keychain apart.
    fn get(&self, account: &str) -> Result<Option<Zeroizing<String>>, KeychainError>;
    /// Stores an entry, replacing.
    ///
    /// # Errors
    /// As for [`Keychain::get`].
    fn set(&self, account: &str, text: &str) -> Result<(), KeychainError>;
    /// Removes an entry; absent is fine.
    ///
    /// # Errors
    /// As for [`Keychain::get`].
    fn delete(&self, account: &str) -> Result<(), KeychainError>;
}

/// The keychain of this computer: macOS Keychain, Windows Credential Manager, Secret Service.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsKeychain;

const SERVICE: &str = "WedSync Hub";

fn entry(account: &str) -> Result<keyring::Entry, KeychainError> {
    keyring::Entry::new(SERVICE, account).map_err(sort)
}

/// The Secret Service reports a dismissed unlock prompt and a locked collection as denied access; a missing bus or
/// daemon shows when the store is first reached.
fn sort(error: keyring::Error) -> KeychainError {
    match error {
        keyring::Error::NoDefaultStore => KeychainError::Absent(Box::new(error)),
        keyring::Error::NoStorageAccess(_) => KeychainError::Locked(Box::new(error)),
        other => KeychainError::Failed(Box::new(other)),
    }
}

impl Keychain for OsKeychain {
    fn get(&self, account: &str) -> Result<Option<Zeroizing<String>>, KeychainError> {
        match entry(account)?.get_password() {
            Ok(text) => Ok(Some(Zeroizing::new(text))),
            Err(keyring::Error::NoEntry) => Ok(None),
            Err(error) => Err(sort(error)),
        }
    }

    fn set(&self, account: &str, text: &str) -> Result<(), KeychainError> {
        entry(account)?.set_password(text).map_err(sort)
    }

    fn delete(&self, account: &str) -> Result<(), KeychainError> {
        match entry(account)?.delete_credential() {
            Ok(()) | Err(keyring::Error::NoEntry) => Ok(()),
            Err(error) => Err(sort(error)),
        }
    }
}

/// A keychain in memory, for tests and the demo profile's tests; nothing of it outlives the process.
#[derive(Debug, Default)]
pub struct MemoryKeychain {
    entries: Mutex<BTreeMap<String, Zeroizing<String>>>,
}

impl Keychain for MemoryKeychain {
    fn get(&self, account: &str) -> Result<Option<Zeroizing<String>>, KeychainError> {
        Ok(self.entries.lock().unwrap_or_else(PoisonError::into_inner).get(account).cloned())
    }

    fn set(&self, account: &str, text: &str) -> Result<(), KeychainError> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.insert(account.to_owned(), Zeroizing::new(text.to_owned()));
        Ok(())
    }

    fn delete(&self, account: &str) -> Result<(), KeychainError> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).remove(account);
        Ok(())
    }
}

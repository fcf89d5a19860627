//! `vault.db`: sealed secrets, the device's identity, the epoch of the book, and (in `budget`) rate windows.
//!
//! The file is encrypted as a whole under the `vault` subkey; each secret is sealed once more with AES-256-GCM, a fresh
//! nonce per write and the row's identity as associated data, so that rows cannot be swapped. No restore ever touches it.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use hub_core::ports::{Clock, Ids, Secret, SecretStore, StoreError, StoreResult};
use rusqlite::{Connection, OptionalExtension};
use zeroize::Zeroizing;

use crate::db::{Create, connect};
use crate::error::{DbError, DbResult};
use crate::keys::KeyRing;

/// What each version added to the one before, from 1 on. Append-only.
const VERSIONS: [&str; 2] = [SCHEMA, BREAKERS_AND_BUNDLE];
const KNOWN: u32 = 2;

const SCHEMA: &str = "
CREATE TABLE secrets (
  name   TEXT PRIMARY KEY,
  key_id TEXT NOT NULL,
  nonce  BLOB NOT NULL CHECK (length(nonce) = 12),
  sealed BLOB NOT NULL
) STRICT;
CREATE TABLE identity (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;
-- One row per request that was let through (MODEL 11); at is on the account's own clock, which never goes back.
CREATE TABLE requests (
  account TEXT NOT NULL,
  at      INTEGER NOT NULL,
  n       INTEGER NOT NULL,
  PRIMARY KEY (account, at, n)
) STRICT, WITHOUT ROWID;
CREATE TABLE request_clocks (
  account       TEXT PRIMARY KEY,
  wall          INTEGER NOT NULL,
  own           INTEGER NOT NULL,
  blocked_until INTEGER
) STRICT;
";

const BREAKERS_AND_BUNDLE: &str = "
-- What is known of how an account's CRM works (SYNC-LAW 37); times are on the account's own clock.
CREATE TABLE circuits (
  account      TEXT PRIMARY KEY,
  failures     INTEGER NOT NULL,
  tries        INTEGER NOT NULL,
  until        INTEGER,
  trying_until INTEGER
) STRICT;
-- Limits that somebody else uses too (F19), while they are lowered.
CREATE TABLE lowered_limits (
  account     TEXT NOT NULL,
  per_seconds INTEGER NOT NULL,
  requests    INTEGER NOT NULL,
  until       INTEGER NOT NULL,
  PRIMARY KEY (account, per_seconds)
) STRICT, WITHOUT ROWID;
-- The newest signed definitions and kill switches (MODEL 8). Here, because no restore may bring older ones back.
CREATE TABLE definition_bundle (
  one             INTEGER PRIMARY KEY CHECK (one = 1),
  serial          INTEGER NOT NULL,
  switches_serial INTEGER NOT NULL,
  switches        TEXT NOT NULL,
  bundle          BLOB,
  signature       BLOB,
  key_id          TEXT,
  version_tag     TEXT,
  asked_at        INTEGER,
  taken_at        INTEGER
) STRICT;
";

/// The vault of a profile.
pub struct Vault {
    connection: Mutex<Connection>,
    keys: KeyRing,
    clock: Arc<dyn Clock>,
    /// Wall clock (nanoseconds) and monotonic clock (milliseconds) when the vault was opened.
    opened_at: (i64, u64),
    /// Reading of the monotonic clock at the last reservation of each account.
    seen: Mutex<HashMap<String, u64>>,
}

impl Vault {
    pub(crate) fn open(file: &Path, keys: &KeyRing, ids: &dyn Ids, clock: Arc<dyn Clock>) -> DbResult<Vault> {
        let mut connection = connect(file, &keys.vault, Create::Allowed, 2 * 1024)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        // Removed secrets and old requests leave no trace in free pages.
        connection.pragma_update(None, "secure_delete", true)?;
        let found = crate::migrate::version(&connection)?;
        if found > KNOWN {
            return Err(StoreError::Newer { found, known: KNOWN }.into());
        }
        if found < KNOWN {
            let tx = connection.transaction()?;
            for version in VERSIONS.iter().skip(usize::try_from(found).unwrap_or(usize::MAX)) {
                tx.execute_batch(version)?;
            }
            if found == 0 {
                tx.execute(
                    "INSERT INTO identity (key, value) VALUES ('device_id', ?1), ('db_epoch', '1')",
                    [ids.new_id()],
                )?;
            }
            tx.pragma_update(None, "user_version", KNOWN)?;
            tx.commit()?;
        }
        let opened_at = (crate::time::nanos(clock.now()), clock.monotonic_ms());
        Ok(Vault {
            connection: Mutex::new(connection),
            keys: keys.clone(),
            clock,
            opened_at,
            seen: Mutex::default(),
        })
    }

    pub(crate) fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn opened_at(&self) -> (i64, u64) {
        self.opened_at
    }

    pub(crate) fn monotonic_ms(&self) -> u64 {
        self.clock.monotonic_ms()
    }

    pub(crate) fn seen(&self) -> MutexGuard<'_, HashMap<String, u64>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn identity(&self, key: &str) -> DbResult<Option<String>> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached("SELECT value FROM identity WHERE key = ?1")?;
        Ok(statement.query_row([key], |row| row.get(0)).optional()?)
    }

    pub(crate) fn database_made(&self) -> DbResult<bool> {
        Ok(self.identity("database_made")?.is_some())
    }

    pub(crate) fn set_database_made(&self) -> DbResult<()> {
        self.connection()
            .execute("INSERT OR REPLACE INTO identity (key, value) VALUES ('database_made', '1')", [])?;
        Ok(())
    }

    /// Id of this computer's profile, for leases.
    ///
    /// # Errors
    /// When the vault cannot be read.
    pub fn device_id(&self) -> StoreResult<String> {
        let found = self.identity("device_id")?;
        found.ok_or(StoreError::NotFound { what: "device", id: String::new() })
    }

    /// Epoch of the book: raised by each restore, so that the cloud can tell an older book from a newer one (MODEL 8).
    ///
    /// # Errors
    /// When the vault cannot be read.
    pub fn db_epoch(&self) -> StoreResult<i64> {
        let found = self.identity("db_epoch")?.and_then(|text| text.parse().ok());
        found.ok_or(StoreError::NotFound { what: "db_epoch", id: String::new() })
    }

    /// Raises the epoch and returns the new one.
    ///
    /// # Errors
    /// When the vault cannot be written.
    pub fn raise_epoch(&self) -> StoreResult<i64> {
        self.connection()
            .execute(
                "UPDATE identity SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT) WHERE key = 'db_epoch'",
                [],
            )
            .map_err(DbError::Sql)?;
        self.db_epoch()
    }

    /// Raises the epoch to at least this and returns it.
    pub(crate) fn adopt_epoch(&self, at_least: i64) -> DbResult<i64> {
        self.connection().execute(
            "UPDATE identity SET value = CAST(max(CAST(value AS INTEGER), ?1) AS TEXT) WHERE key = 'db_epoch'",
            [at_least],
        )?;
        Ok(self.db_epoch()?)
    }

    /// How far the book had followed WedSync when it was last open here; 0 before the first time.
    pub(crate) fn mirror_mark(&self) -> DbResult<i64> {
        Ok(self.identity("mirror_mark")?.and_then(|text| text.parse().ok()).unwrap_or(0))
    }

    pub(crate) fn set_mirror_mark(&self, mark: i64) -> DbResult<()> {
        self.connection()
            .prepare_cached("INSERT OR REPLACE INTO identity (key, value) VALUES ('mirror_mark', ?1)")?
            .execute([mark.to_string()])?;
        Ok(())
    }

    fn associated(&self, name: &str, key_id: &str) -> String {
        format!("{}\nsecrets\n{name}\nsealed\n{key_id}", self.keys.profile)
    }

    fn cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new(self.keys.seal.bytes().into())
    }

    fn put(&self, name: &str, secret: &Secret) -> DbResult<()> {
        let mut nonce = [0_u8; 12];
        getrandom::fill(&mut nonce).map_err(DbError::Random)?;
        let aad = self.associated(name, &self.keys.key_id);
        let payload = Payload { msg: secret.expose().as_bytes(), aad: aad.as_bytes() };
        let sealed = self.cipher().encrypt(&Nonce::from(nonce), payload).map_err(|_| DbError::Sealed)?;
        self.connection()
            .prepare_cached(
                "INSERT INTO secrets (name, key_id, nonce, sealed) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (name) DO UPDATE SET key_id = excluded.key_id, nonce = excluded.nonce,
                 sealed = excluded.sealed",
            )?
            .execute((name, &self.keys.key_id, nonce, sealed))?;
        Ok(())
    }

    fn get(&self, name: &str) -> DbResult<Option<Secret>> {
        let row: Option<(String, [u8; 12], Vec<u8>)> = self
            .connection()
            .prepare_cached("SELECT key_id, nonce, sealed FROM secrets WHERE name = ?1")?
            .query_row([name], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        let Some((key_id, nonce, sealed)) = row else { return Ok(None) };
        let aad = self.associated(name, &key_id);
        let payload = Payload { msg: &sealed, aad: aad.as_bytes() };
        let plain = self.cipher().decrypt(&Nonce::from(nonce), payload).map_err(|_| DbError::Sealed)?;
        let plain = Zeroizing::new(plain);
        let text = std::str::from_utf8(&plain).map_err(|_| DbError::Sealed)?;
        Ok(Some(Secret::new(text)))
    }
}

impl SecretStore for Vault {
    fn put_secret(&self, name: &str, secret: &Secret) -> StoreResult<()> {
        Ok(self.put(name, secret)?)
    }

    fn secret(&self, name: &str) -> StoreResult<Option<Secret>> {
        Ok(self.get(name)?)
    }

    fn delete_secret(&self, name: &str) -> StoreResult<bool> {
        let removed =
            self.connection().execute("DELETE FROM secrets WHERE name = ?1", [name]).map_err(DbError::Sql)?;
        Ok(removed > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn a_vault_of_the_first_version_is_brought_up_to_date_and_keeps_what_it_holds() {
        let (dir, store) = testing::store();
        let vault = store.vault();
        vault.put_secret("one", &Secret::new("key-of-one-12345")).unwrap();
        let device = vault.device_id().unwrap();
        // As the first version left it.
        vault
            .connection()
            .execute_batch(
                "DROP TABLE circuits; DROP TABLE lowered_limits; DROP TABLE definition_bundle;
                 PRAGMA user_version = 1;",
            )
            .unwrap();
        let (keys, clock) = (vault.keys.clone(), vault.clock.clone());
        drop((vault, store));
        let file = dir.path().join(crate::VAULT_FILE);
        let vault = Vault::open(&file, &keys, &hub_testkit::TestIds::default(), clock).unwrap();
        assert_eq!(vault.device_id().unwrap(), device, "the same computer");
        assert_eq!(vault.secret("one").unwrap(), Some(Secret::new("key-of-one-12345")));
        assert_eq!(crate::migrate::version(&vault.connection()).unwrap(), KNOWN);
        assert!(vault.kept_bundle().unwrap().is_none(), "and there is room for what is new");
    }

    #[test]
    fn a_sealed_value_opens_only_in_its_own_row_and_shows_nothing() {
        let (_dir, store) = testing::store();
        let vault = store.vault();
        vault.put_secret("one", &Secret::new("key-of-one-12345")).unwrap();
        vault.put_secret("two", &Secret::new("key-of-two-12345")).unwrap();
        let sealed: Vec<u8> = vault
            .connection()
            .query_row("SELECT sealed FROM secrets WHERE name = 'two'", [], |row| row.get(0))
            .unwrap();
        assert!(!sealed.windows(6).any(|window| window == b"key-of"), "sealed within the encrypted file too");
        vault
            .connection()
            .execute(
                "UPDATE secrets SET (nonce, sealed) = (SELECT nonce, sealed FROM secrets WHERE name = 'two')
                 WHERE name = 'one'",
                [],
            )
            .unwrap();
        assert!(vault.secret("one").is_err(), "a value moved to another row does not open");
        assert!(vault.secret("two").unwrap().is_some());
    }
}

//! The audit log: append-only, hash-chained, one row per write (SYNC-LAW 41, MODEL 12).
//!
//! A digest is an HMAC under a random key of the client it is about. Destroying that key is what erasure does: the
//! chain still verifies, since it is taken over the digests, and no phone number can be guessed back from them. The
//! chain itself is keyed with the profile's audit key, so that rows cannot be forged without it.

use std::collections::HashMap;

use hmac::{Hmac, KeyInit, Mac};
use hub_core::ports::Actor;
use rusqlite::{Connection, OptionalExtension, Transaction};
use sha2::Sha256;

use crate::error::{DbError, DbResult};
use crate::keys::Key;
use crate::time::nanos;

/// What one audit row says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry<'a> {
    pub(crate) actor: &'a Actor,
    /// What was done: `record.create`, `connection.put`, ...
    pub(crate) action: &'a str,
    /// Record type and id.
    pub(crate) record: Option<(&'a str, &'a str)>,
    /// Client (or person) under whose key the digests are made.
    pub(crate) subject: Option<&'a str>,
    pub(crate) before: Option<&'a str>,
    pub(crate) after: Option<&'a str>,
}

impl<'a> Entry<'a> {
    pub(crate) fn plain(actor: &'a Actor, action: &'a str, after: Option<&'a str>) -> Entry<'a> {
        Entry { actor, action, record: None, subject: None, before: None, after }
    }
}

/// The end of the chain, and the digest keys used last.
#[derive(Clone, Default)]
pub(crate) struct Chain {
    seq: i64,
    head: [u8; 32],
    keys: HashMap<String, [u8; 32]>,
}

/// Digest keys remembered within a transaction; a unit touches one client, a page a few hundred.
const KEPT_KEYS: usize = 512;

impl Chain {
    pub(crate) fn load(connection: &Connection) -> DbResult<Chain> {
        let last: Option<(i64, [u8; 32])> = connection
            .query_row("SELECT seq, hash FROM audit_log ORDER BY seq DESC LIMIT 1", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        let (seq, head) = last.unwrap_or((0, [0; 32]));
        Ok(Chain { seq, head, keys: HashMap::new() })
    }

    pub(crate) fn rows(&self) -> i64 {
        self.seq
    }

    fn subject_key(&mut self, tx: &Transaction<'_>, subject: &str) -> DbResult<[u8; 32]> {
        if let Some(key) = self.keys.get(subject) {
            return Ok(*key);
        }
        let stored = tx
            .prepare_cached("SELECT key FROM audit_keys WHERE subject = ?1")?
            .query_row([subject], |row| row.get(0))
            .optional()?;
        let key = match stored {
            Some(key) => key,
            None => {
                let mut key = [0_u8; 32];
                getrandom::fill(&mut key).map_err(DbError::Random)?;
                tx.prepare_cached("INSERT INTO audit_keys (subject, key) VALUES (?1, ?2)")?
                    .execute((subject, key))?;
                key
            }
        };
        if self.keys.len() >= KEPT_KEYS {
            self.keys.clear();
        }
        self.keys.insert(subject.to_owned(), key);
        Ok(key)
    }

    /// Forgets a digest key that was destroyed.
    pub(crate) fn forget(&mut self, subject: &str) {
        self.keys.remove(subject);
    }

    /// Forgets every digest key.
    pub(crate) fn forget_all(&mut self) {
        self.keys.clear();
    }

    /// Appends a row.
    pub(crate) fn append(
        &mut self,
        tx: &Transaction<'_>,
        chain_key: &Key,
        entry: &Entry<'_>,
    ) -> DbResult<()> {
        let digest_key = match entry.subject {
            Some(subject) if entry.before.is_some() || entry.after.is_some() => {
                self.subject_key(tx, subject)?
            }
            _ => *chain_key.bytes(),
        };
        let digest = |text: Option<&str>| text.map(|text| mac(&digest_key, &[text.as_bytes()]));
        let (before, after) = (digest(entry.before), digest(entry.after));
        let seq = self.seq + 1;
        let at = nanos(entry.actor.at);
        let (record_type, record_id) = entry.record.unzip();
        let hash = row_hash(
            chain_key,
            &self.head,
            &Row {
                seq,
                at,
                who: &entry.actor.who,
                why: &entry.actor.why,
                job_id: entry.actor.job_id.as_deref(),
                action: entry.action,
                record_type,
                record_id,
                before: before.as_ref().map(<[u8; 32]>::as_slice),
                after: after.as_ref().map(<[u8; 32]>::as_slice),
            },
        );
        tx.prepare_cached(
            "INSERT INTO audit_log (seq, at, who, why, job_id, action, record_type, record_id, before_digest,
             after_digest, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?
        .execute((
            seq,
            at,
            &entry.actor.who,
            &entry.actor.why,
            &entry.actor.job_id,
            entry.action,
            record_type,
            record_id,
            before,
            after,
            hash,
        ))?;
        self.seq = seq;
        self.head = hash;
        Ok(())
    }
}

struct Row<'a> {
    seq: i64,
    at: i64,
    who: &'a str,
    why: &'a str,
    job_id: Option<&'a str>,
    action: &'a str,
    record_type: Option<&'a str>,
    record_id: Option<&'a str>,
    before: Option<&'a [u8]>,
    after: Option<&'a [u8]>,
}

/// Frozen: changing what is hashed, or its order, breaks every chain in the field.
fn row_hash(chain_key: &Key, head: &[u8; 32], row: &Row<'_>) -> [u8; 32] {
    let seq = row.seq.to_be_bytes();
    let at = row.at.to_be_bytes();
    mac(
        chain_key.bytes(),
        &[
            head,
            &seq,
            &at,
            row.who.as_bytes(),
            row.why.as_bytes(),
            row.job_id.unwrap_or_default().as_bytes(),
            row.action.as_bytes(),
            row.record_type.unwrap_or_default().as_bytes(),
            row.record_id.unwrap_or_default().as_bytes(),
            row.before.unwrap_or_default(),
            row.after.unwrap_or_default(),
        ],
    )
}

/// HMAC-SHA256 over parts, each with its length before it so that no two splits give the same bytes.
fn mac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    // A key shorter than the block is padded with zeros, as RFC 2104 says.
    let mut block = [0_u8; 64];
    block[..32].copy_from_slice(key);
    let mut mac = Hmac::<Sha256>::new(&block.into());
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// Walks the chain: the number of rows, or the first row that does not fit.
pub(crate) fn verify(connection: &Connection, chain_key: &Key) -> DbResult<Result<u64, u64>> {
    let mut statement = connection.prepare(
        "SELECT seq, at, who, why, job_id, action, record_type, record_id, before_digest, after_digest, hash
         FROM audit_log ORDER BY seq",
    )?;
    let mut rows = statement.query([])?;
    let mut head = [0_u8; 32];
    let mut count: i64 = 0;
    while let Some(row) = rows.next()? {
        count += 1;
        let text = |index: usize| -> DbResult<Option<&str>> {
            row.get_ref(index)?.as_str_or_null().map_err(|_| DbError::Name { column: "audit_log" })
        };
        let blob = |index: usize| -> DbResult<Option<&[u8]>> {
            row.get_ref(index)?.as_blob_or_null().map_err(|_| DbError::Name { column: "audit_log" })
        };
        let seq: i64 = row.get(0)?;
        let hash = row_hash(
            chain_key,
            &head,
            &Row {
                seq,
                at: row.get(1)?,
                who: text(2)?.unwrap_or_default(),
                why: text(3)?.unwrap_or_default(),
                job_id: text(4)?,
                action: text(5)?.unwrap_or_default(),
                record_type: text(6)?,
                record_id: text(7)?,
                before: blob(8)?,
                after: blob(9)?,
            },
        );
        if seq != count || blob(10)? != Some(hash.as_slice()) {
            return Ok(Err(count.unsigned_abs()));
        }
        head = hash;
    }
    Ok(Ok(count.unsigned_abs()))
}

#[cfg(test)]
mod tests {
    use hub_core::ports::{ConnectionStore, OutboxStore};
    use serde_json::json;

    use super::*;
    use crate::testing;

    #[test]
    fn inv_41_each_write_has_its_row_and_no_row_is_ever_changed() {
        let (_dir, store) = testing::store();
        store.put_setting("theme", &json!("dark")).unwrap();
        store.put_setting("size", &json!(12)).unwrap();
        assert_eq!(store.verify_audit().unwrap(), Ok(2));
        let silent = store.write(|write| Ok(write.tx.execute("UPDATE settings SET value = '1'", [])?));
        assert!(silent.is_err(), "a write without a row is refused");
        assert_eq!(store.setting("theme").unwrap(), Some(json!("dark")), "and rolled back");
        for forgery in
            ["UPDATE audit_log SET who = 'nobody' WHERE seq = 1", "DELETE FROM audit_log WHERE seq = 2"]
        {
            assert!(store.scratch(|tx| Ok(tx.execute(forgery, [])?)).is_err(), "append-only: {forgery}");
        }
        let forged = "DROP TRIGGER audit_log_keeps; UPDATE audit_log SET who = 'nobody' WHERE seq = 2";
        store.scratch(|tx| Ok(tx.execute_batch(forged)?)).unwrap();
        assert_eq!(store.verify_audit().unwrap(), Err(2), "the first row that does not fit");
    }

    #[test]
    fn inv_44_the_chain_verifies_after_the_key_of_a_client_is_destroyed() {
        let (_dir, store) = testing::store();
        let actor = store.app("audit.setting_saved", None);
        let digest = || -> Vec<u8> {
            store
                .write(|write| {
                    write.audit(&Entry {
                        subject: Some("client-1"),
                        ..Entry::plain(&actor, "record.apply", Some("07700 900318"))
                    })?;
                    Ok(write.tx.query_row(
                        "SELECT after_digest FROM audit_log ORDER BY seq DESC LIMIT 1",
                        [],
                        |row| row.get(0),
                    )?)
                })
                .unwrap()
        };
        let before = digest();
        assert_eq!(digest(), before, "one key for one client");
        store
            .write(|write| {
                write.tx.execute("DELETE FROM audit_keys WHERE subject = 'client-1'", [])?;
                write.forget_digest_key("client-1");
                write.audit(&Entry::plain(&actor, "client.erased", None))
            })
            .unwrap();
        assert_ne!(digest(), before, "the old key is gone for good");
        assert_eq!(store.verify_audit().unwrap(), Ok(4), "and the chain still verifies");
    }
}

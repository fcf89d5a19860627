//! The server's own SQLite file: its tables, and the small functions every area shares.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rusqlite::Connection;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

const TABLES: &str = "
CREATE TABLE IF NOT EXISTS suppliers (
  id TEXT PRIMARY KEY, login TEXT NOT NULL UNIQUE, password TEXT NOT NULL, name TEXT NOT NULL,
  user_id TEXT NOT NULL, user_name TEXT NOT NULL, role TEXT NOT NULL, tier TEXT NOT NULL,
  time_zone TEXT NOT NULL, country TEXT NOT NULL, currency TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS families (id TEXT PRIMARY KEY, supplier TEXT NOT NULL, revoked INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE IF NOT EXISTS codes (
  hash TEXT PRIMARY KEY, family TEXT NOT NULL, redirect_uri TEXT NOT NULL, challenge TEXT NOT NULL,
  expires_at INTEGER NOT NULL, used INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE IF NOT EXISTS short_codes (
  state TEXT PRIMARY KEY, hash TEXT NOT NULL, code_hash TEXT NOT NULL, foreign_code TEXT, account TEXT,
  expires_at INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE IF NOT EXISTS tokens (
  hash TEXT PRIMARY KEY, kind TEXT NOT NULL, family TEXT NOT NULL, expires_at INTEGER,
  replaced_at INTEGER, successor TEXT) STRICT;
CREATE TABLE IF NOT EXISTS custom_fields (
  supplier TEXT NOT NULL, id TEXT NOT NULL, record_type TEXT NOT NULL, reference TEXT NOT NULL, def TEXT NOT NULL,
  PRIMARY KEY (supplier, record_type, reference)) STRICT;
CREATE TABLE IF NOT EXISTS records (
  supplier TEXT NOT NULL, type TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, fields TEXT NOT NULL,
  meta TEXT NOT NULL, origin TEXT, created_at TEXT NOT NULL, changed_at TEXT NOT NULL, deleted_at TEXT, erased INTEGER NOT NULL DEFAULT 0,
  seq INTEGER NOT NULL, PRIMARY KEY (supplier, id)) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS records_seq ON records (supplier, seq);
CREATE TABLE IF NOT EXISTS sequences (supplier TEXT PRIMARY KEY, last INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS external_refs (
  supplier TEXT NOT NULL, provider TEXT NOT NULL, account TEXT NOT NULL, type TEXT NOT NULL, external_id TEXT NOT NULL,
  record_type TEXT NOT NULL, record_id TEXT NOT NULL,
  PRIMARY KEY (supplier, provider, account, type, external_id)) STRICT;
CREATE INDEX IF NOT EXISTS external_refs_record ON external_refs (supplier, record_id);
CREATE TABLE IF NOT EXISTS aliases (
  supplier TEXT NOT NULL, alias TEXT NOT NULL, record_id TEXT NOT NULL, PRIMARY KEY (supplier, alias)) STRICT;
CREATE TABLE IF NOT EXISTS record_refs (
  supplier TEXT NOT NULL, from_id TEXT NOT NULL, to_id TEXT NOT NULL, PRIMARY KEY (supplier, from_id, to_id)) STRICT;
CREATE INDEX IF NOT EXISTS record_refs_to ON record_refs (supplier, to_id);
CREATE TABLE IF NOT EXISTS ops (
  supplier TEXT NOT NULL, op_id TEXT NOT NULL, digest TEXT NOT NULL, result TEXT NOT NULL, record_id TEXT, at INTEGER NOT NULL,
  PRIMARY KEY (supplier, op_id)) STRICT;
CREATE INDEX IF NOT EXISTS ops_age ON ops (supplier, at);
CREATE INDEX IF NOT EXISTS ops_record ON ops (supplier, record_id);
CREATE TABLE IF NOT EXISTS batches (
  supplier TEXT NOT NULL, key TEXT NOT NULL, digest TEXT NOT NULL, op_ids TEXT NOT NULL, at INTEGER NOT NULL,
  PRIMARY KEY (supplier, key)) STRICT;
CREATE TABLE IF NOT EXISTS connections (
  supplier TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, created_at TEXT NOT NULL, changed_at TEXT NOT NULL,
  PRIMARY KEY (supplier, id)) STRICT;
CREATE TABLE IF NOT EXISTS leases (
  supplier TEXT NOT NULL, connection TEXT NOT NULL, token INTEGER NOT NULL, device TEXT NOT NULL,
  db_epoch INTEGER NOT NULL, expires_at INTEGER NOT NULL, PRIMARY KEY (supplier, connection)) STRICT;
CREATE TABLE IF NOT EXISTS relay (
  id INTEGER PRIMARY KEY AUTOINCREMENT, supplier TEXT NOT NULL, provider TEXT NOT NULL, payload TEXT NOT NULL, at TEXT NOT NULL,
  inbox TEXT, kept_until INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS relay_inboxes (
  supplier TEXT NOT NULL, id TEXT NOT NULL, token TEXT NOT NULL UNIQUE, provider TEXT NOT NULL, name TEXT NOT NULL,
  created_at TEXT NOT NULL, PRIMARY KEY (supplier, id)) STRICT;
CREATE TABLE IF NOT EXISTS relay_gone (supplier TEXT PRIMARY KEY, last INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS growth (
  supplier TEXT NOT NULL, person_id TEXT NOT NULL, joined_at TEXT NOT NULL, PRIMARY KEY (supplier, person_id)) STRICT;
";

pub(super) fn open(path: Option<&Path>) -> rusqlite::Result<Connection> {
    let db = match path {
        Some(path) => Connection::open(path)?,
        None => Connection::open_in_memory()?,
    };
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "NORMAL")?;
    db.set_prepared_statement_cache_capacity(64);
    db.execute_batch(TABLES)?;
    Ok(db)
}

/// The next change number of a supplier; the feed is ordered by it.
pub(super) fn next_seq(db: &Connection, supplier: &str) -> rusqlite::Result<i64> {
    db.prepare_cached(
        "INSERT INTO sequences (supplier, last) VALUES (?1, 1)
         ON CONFLICT (supplier) DO UPDATE SET last = last + 1 RETURNING last",
    )?
    .query_row([supplier], |row| row.get(0))
}

pub(super) fn last_seq(db: &Connection, supplier: &str) -> rusqlite::Result<i64> {
    db.query_row("SELECT coalesce(max(last), 0) FROM sequences WHERE supplier = ?1", [supplier], |row| {
        row.get(0)
    })
}

/// JSON with every object's keys in byte order, so that equal values have equal text.
pub(super) fn canonical(value: &Value) -> String {
    fn sort(value: &Value) -> Value {
        match value {
            Value::Object(map) => {
                let mut keys: Vec<&String> = map.keys().collect();
                keys.sort_unstable();
                Value::Object(keys.into_iter().map(|key| (key.clone(), sort(&map[key]))).collect())
            }
            Value::Array(items) => Value::Array(items.iter().map(sort).collect()),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
        }
    }
    sort(value).to_string()
}

pub(super) fn digest(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// An id that the same words always give, shaped as UUIDv8 (RFC 9562, 5.8).
pub(super) fn stable_id(words: &[&str]) -> String {
    let mut hash = Sha256::new();
    for word in words {
        hash.update((word.len() as u64).to_be_bytes());
        hash.update(word.as_bytes());
    }
    let full = hash.finalize();
    let mut bytes = [0_u8; 16];
    bytes.copy_from_slice(&full[..16]);
    uuid::Uuid::new_v8(bytes).to_string()
}

/// 256 random bits as URL-safe text.
pub(super) fn random_text() -> Result<String, getrandom::Error> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// A stored JSON column. The server wrote it itself, so that text which does not parse is a damaged file.
pub(super) fn stored_json(text: &str) -> rusqlite::Result<Value> {
    serde_json::from_str(text).map_err(|source| {
        rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(source))
    })
}

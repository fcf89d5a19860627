//! Copies of the book: restore points, the copy before a migration, and going back to one (MODEL 10).
//!
//! A restore point is `hub.db` alone, under the `backup` subkey, so that a leaked copy does not open with the live key and
//! a recovery kit opens it on another computer. Going back never touches `vault.db`, carries the audit log forward,
//! raises the epoch and asks for a rebase of every connection; undo is the everyday tool, this is for disaster.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use hub_core::canonical::hex;
use hub_core::ports::{StoreError, StoreResult};
use rusqlite::backup::Backup;
use rusqlite::{Connection, OptionalExtension};
use sha2::{Digest, Sha256};

use crate::audit::Entry;
use crate::db::{Create, connect};
use crate::error::{DbError, DbResult, not_found};
use crate::keys::Key;
use crate::store::{HUB_FILE, OpenError, OpenOptions, Store};
use crate::time::nanos;

/// Directory of the restore points within a profile.
pub const BACKUPS_DIR: &str = "backups";

/// Restore points kept; the oldest go first.
const KEPT: i64 = 20;

/// Copies a database page by page (SQLite's online backup) into a new file under a key. Any older file of that name is
/// replaced only once the copy is complete.
pub(crate) fn copy(from: &Connection, to: &Path, key: &Key) -> DbResult<()> {
    let beside = to.with_extension("part");
    for leftover in [beside.clone(), beside.with_extension("part-wal"), beside.with_extension("part-journal")]
    {
        match fs::remove_file(leftover) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
    }
    {
        let mut target = connect(&beside, key, Create::Allowed, 2 * 1024)?;
        let backup = Backup::new(from, &mut target)?;
        backup.run_to_completion(1024, Duration::ZERO, None)?;
        drop(backup);
        target.close().map_err(|(_, error)| error)?;
    }
    fs::OpenOptions::new().write(true).open(&beside)?.sync_all()?;
    fs::rename(&beside, to)?;
    Ok(())
}

/// Opens a copy again and checks every page of it.
fn verify(file: &Path, key: &Key, audit_rows: i64) -> DbResult<()> {
    let copy = connect(file, key, Create::Refused, 2 * 1024)?;
    let verdict: String = copy.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    let rows: i64 = copy.query_row("SELECT coalesce(max(seq), 0) FROM audit_log", [], |row| row.get(0))?;
    copy.close().map_err(|(_, error)| error)?;
    if verdict == "ok" && rows >= audit_rows {
        Ok(())
    } else {
        Err(DbError::Store(StoreError::Unreadable(verdict.into())))
    }
}

fn checksum(file: &Path) -> DbResult<(i64, String)> {
    let mut hasher = Sha256::new();
    let size = std::io::copy(&mut fs::File::open(file)?, &mut HashWriter(&mut hasher))?;
    Ok((i64::try_from(size).unwrap_or(i64::MAX), hex(&hasher.finalize())))
}

struct HashWriter<'a>(&'a mut Sha256);

impl std::io::Write for HashWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

pub(crate) fn restore_point(
    store: &Store,
    reason: &str,
    job_id: Option<&str>,
    at: jiff::Timestamp,
) -> DbResult<String> {
    let id = store.ids.new_id();
    let dir = store.dir.join(BACKUPS_DIR);
    fs::create_dir_all(&dir)?;
    let name = format!("{id}.db");
    let file = dir.join(&name);
    let rows: i64 = store.db.read(|connection| {
        let rows =
            connection.query_row("SELECT coalesce(max(seq), 0) FROM audit_log", [], |row| row.get(0))?;
        copy(connection, &file, &store.keys.backup)?;
        Ok(rows)
    })?;
    verify(&file, &store.keys.backup, rows)?;
    let (size, sha256) = checksum(&file)?;
    let actor = store.app("audit.restore_point", job_id);
    let pruned = store.write(|write| {
        write.tx.execute(
            "INSERT INTO backups (id, reason, job_id, file, size, sha256, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            (&id, reason, job_id, &name, size, &sha256, nanos(at)),
        )?;
        let pruned: Vec<String> = write
            .tx
            .prepare_cached(
                "DELETE FROM backups WHERE id NOT IN (SELECT id FROM backups ORDER BY at DESC, id DESC LIMIT ?1)
                 RETURNING file",
            )?
            .query_map([KEPT], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        write.audit(&Entry {
            record: Some(("backup", &id)),
            ..Entry::plain(&actor, "backup.taken", Some(&sha256))
        })?;
        Ok(pruned)
    })?;
    for old in pruned {
        match fs::remove_file(dir.join(old)) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(id)
}

impl Store {
    /// Goes back to a restore point: the present book is set aside (as `hub.db.set-aside`), never deleted. The audit log
    /// written since is carried forward, the epoch raised, and the setting `store.rebase` tells the engine to read
    /// everything anew and write nothing by itself.
    ///
    /// # Errors
    /// `NotFound` for an unknown restore point; `Unreadable` when its checksum or its pages do not fit, and the present
    /// book is untouched then.
    pub fn restore(self, backup_id: &str, options: OpenOptions) -> Result<Store, OpenError> {
        let (file, sha256) = self.backup_file(backup_id)?;
        let (_, found) = checksum(&file).map_err(StoreError::from)?;
        if found != sha256 {
            return Err(StoreError::Unreadable("the restore point was changed".into()).into());
        }
        let fresh = self.dir.join("hub.db.restored");
        self.rebuild(&file, &fresh).map_err(StoreError::from)?;
        let (dir, vault) = (self.dir.clone(), self.vault());
        drop(self);
        let swap = || -> DbResult<()> {
            let live = dir.join(HUB_FILE);
            fs::rename(&live, dir.join("hub.db.set-aside"))?;
            for extra in ["hub.db-wal", "hub.db-shm"] {
                match fs::remove_file(dir.join(extra)) {
                    Ok(()) => {}
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                    Err(error) => return Err(error.into()),
                }
            }
            fs::rename(&fresh, &live)?;
            Ok(())
        };
        swap().map_err(StoreError::from)?;
        vault.raise_epoch()?;
        drop(vault);
        let store = Store::open(options)?;
        let actor = store.app("audit.restored", None);
        store.write(|write| {
            write.tx.execute(
                "INSERT INTO settings (key, value) VALUES ('store.rebase', 'true')
                 ON CONFLICT (key) DO UPDATE SET value = 'true'",
                [],
            )?;
            // The mirror of then is older than WedSync is now: a full list comes before anything else (SYNC-LAW 28).
            write.tx.execute("DELETE FROM store_meta WHERE key = 'mirror_cursor'", [])?;
            write.audit(&Entry {
                record: Some(("backup", backup_id)),
                ..Entry::plain(&actor, "backup.restored", None)
            })
        })?;
        Ok(store)
    }

    fn backup_file(&self, backup_id: &str) -> StoreResult<(PathBuf, String)> {
        let found: Option<(String, String)> = self.read(|connection| {
            Ok(connection
                .query_row("SELECT file, sha256 FROM backups WHERE id = ?1", [backup_id], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })
                .optional()?)
        })?;
        let (file, sha256) = found.ok_or_else(|| StoreError::from(not_found("restore point", backup_id)))?;
        Ok((self.dir.join(BACKUPS_DIR).join(file), sha256))
    }

    /// A book from the restore point under the live key, with everything since then that must not be forgotten.
    fn rebuild(&self, from: &Path, to: &Path) -> DbResult<()> {
        {
            let source = connect(from, &self.keys.backup, Create::Refused, 2 * 1024)?;
            copy(&source, to, &self.keys.db)?;
        }
        let mut book = connect(to, &self.keys.db, Create::Refused, 8 * 1024)?;
        let verdict: String = book.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
        if verdict != "ok" {
            return Err(DbError::Store(StoreError::Unreadable(verdict.into())));
        }
        // Named again, because the same key meets another salt in the other file.
        let live = self.dir.join(HUB_FILE);
        let live = live.to_string_lossy();
        book.execute("ATTACH DATABASE ?1 AS live KEY ?2", [live.as_ref(), self.keys.db.raw().as_str()])?;
        let tx = book.transaction()?;
        tx.execute_batch(
            "INSERT INTO audit_log SELECT * FROM live.audit_log
               WHERE seq > (SELECT coalesce(max(seq), 0) FROM main.audit_log) ORDER BY seq;
             INSERT OR REPLACE INTO audit_keys SELECT * FROM live.audit_keys;
             DELETE FROM audit_keys WHERE subject NOT IN (SELECT subject FROM live.audit_keys);
             INSERT OR REPLACE INTO backups SELECT * FROM live.backups;
             INSERT INTO consents (connection_id, text_version, scope, at, by)
               SELECT connection_id, text_version, scope, at, by FROM live.consents
               WHERE id > (SELECT coalesce(max(id), 0) FROM main.consents) ORDER BY id;",
        )?;
        tx.commit()?;
        book.execute("DETACH DATABASE live", [])?;
        book.close().map_err(|(_, error)| error)?;
        Ok(())
    }
}

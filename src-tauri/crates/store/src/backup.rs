//! Copies of the book: restore points, the copy before a migration, and going back to one (MODEL 10).
//!
//! A restore point is `hub.db` alone, under the `backup` subkey, so that a leaked copy does not open with the live key and
//! a recovery kit opens it on another computer. Going back never touches `vault.db`, carries the audit log forward,
//! raises the epoch and asks for a rebase of every connection; undo is the everyday tool, this is for disaster.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use hub_core::canonical::hex;
use hub_core::message::Message;
use hub_core::ports::{Actor, StoreError};
use rusqlite::backup::Backup;
use rusqlite::{Connection, OptionalExtension};
use sha2::{Digest, Sha256};

use crate::audit::{Chain, Entry};
use crate::db::{Create, connect};
use crate::error::{DbError, DbResult, not_found};
use crate::keys::Key;
use crate::migrate::{self, MIGRATIONS};
use crate::retention;
use crate::store::{HUB_FILE, Store};
use crate::time::nanos;

/// Directory of the restore points within a profile.
pub const BACKUPS_DIR: &str = "backups";

/// Copies a database page by page (SQLite's online backup) into a new file under a key. Any older file of that name is
/// replaced only once the copy is complete.
pub(crate) fn copy(from: &Connection, to: &Path, key: &Key) -> DbResult<()> {
    let beside = to.with_extension("part");
    for leftover in [beside.clone(), beside.with_extension("part-wal"), beside.with_extension("part-journal")]
    {
        remove(&leftover)?;
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
        let kept = retention::of(write.tx)?.backups.max(1);
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
            .query_map([kept], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        write.audit(&Entry {
            record: Some(("backup", &id)),
            ..Entry::plain(&actor, "backup.taken", Some(&sha256))
        })?;
        Ok(pruned)
    })?;
    for old in pruned {
        remove(&dir.join(old))?;
    }
    Ok(id)
}

/// Where a rebuilt book lies until it takes the place of the present one.
pub(crate) const FRESH: &str = "hub.db.restored";
/// Where the present book lies until the rebuilt one is open.
pub(crate) const ASIDE: &str = "hub.db.set-aside";

/// Settings that belong to whoever is signed in now, as the vault does, and not to the book of then.
const OF_NOW: [&str; 3] = ["account", "supplier_id", "studio.time_zone"];

/// Ends an exchange of books that a kill cut in two: the rebuilt book was complete before the present one was moved.
pub(crate) fn finish_exchange(dir: &Path) -> DbResult<()> {
    let (live, fresh, aside) = (dir.join(HUB_FILE), dir.join(FRESH), dir.join(ASIDE));
    if !live.exists() && fresh.exists() && aside.exists() {
        fs::rename(&fresh, &live)?;
    }
    if live.exists() {
        for left in [fresh, aside] {
            remove_book(&left)?;
        }
    }
    Ok(())
}

/// Removes a file; one that is not there is no fault.
pub(crate) fn remove(file: &Path) -> DbResult<()> {
    match fs::remove_file(file) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Removes a book with what SQLite lays beside it.
pub(crate) fn remove_book(file: &Path) -> DbResult<()> {
    for beside in ["", "-wal", "-shm", "-journal"] {
        let mut name = file.as_os_str().to_owned();
        name.push(beside);
        remove(Path::new(&name))?;
    }
    Ok(())
}

/// Goes back to a restore point; see [`hub_core::ports::KeepingStore::restore`].
pub(crate) fn restore(store: &Store, point_id: &str, actor: &Actor) -> DbResult<i64> {
    let damaged = |source: Box<dyn std::error::Error + Send + Sync>| {
        DbError::Store(StoreError::Refused { rule: "error.restore_point_damaged", source: Some(source) })
    };
    let (file, sha256) = point_file(store, point_id)?;
    if !file.exists() {
        return Err(crate::error::refused("error.restore_point_missing"));
    }
    let (_, found) = checksum(&file)?;
    if found != sha256 {
        return Err(damaged("its checksum is another".into()));
    }
    let fresh = store.dir.join(FRESH);
    rebuild(store, &file, &fresh).map_err(|error| match StoreError::from(error) {
        StoreError::Unreadable(source) => damaged(source),
        other => other.into(),
    })?;
    // The present book becomes a restore point too: going back can be gone back on.
    restore_point(store, "restore", None, actor.at)?;
    let epoch = store.vault.raise_epoch()?;
    let (live, aside) = (store.dir.join(HUB_FILE), store.dir.join(ASIDE));
    store.db.exchange(|| {
        carry_forward(store, &fresh, point_id, actor)?;
        fs::rename(&live, &aside)?;
        store.fail_points.pass("store.book_set_aside");
        if let Err(error) = fs::rename(&fresh, &live) {
            fs::rename(&aside, &live)?;
            return Err(error.into());
        }
        Ok(())
    })?;
    remove_book(&aside)?;
    Ok(epoch)
}

fn point_file(store: &Store, point_id: &str) -> DbResult<(PathBuf, String)> {
    let found: Option<(String, String)> = store.db.read(|connection| {
        Ok(connection
            .query_row("SELECT file, sha256 FROM backups WHERE id = ?1", [point_id], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?)
    })?;
    let (file, sha256) = found.ok_or_else(|| not_found("restore point", point_id))?;
    Ok((store.dir.join(BACKUPS_DIR).join(file), sha256))
}

/// A book from the restore point under the live key, checked and of today's version.
fn rebuild(store: &Store, from: &Path, to: &Path) -> DbResult<()> {
    remove_book(to)?;
    {
        let source = connect(from, &store.keys.backup, Create::Refused, 2 * 1024)?;
        copy(&source, to, &store.keys.db)?;
    }
    let mut book = connect(to, &store.keys.db, Create::Refused, 8 * 1024)?;
    let verdict: String = book.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if verdict != "ok" {
        return Err(DbError::Store(StoreError::Unreadable(verdict.into())));
    }
    let now = nanos(store.clock.now());
    // An older one needs no copy beside it: it is one.
    migrate::run(&mut book, to, MIGRATIONS, now, store.fail_points.as_ref(), &|_, _| Ok(()))?;
    book.close().map_err(|(_, error)| error)?;
    Ok(())
}

/// Brings everything into the rebuilt book that must not be forgotten since, and what is different after going back:
/// nothing of then runs on, nothing is approved, everything is read anew. With the books closed to everybody else.
fn carry_forward(store: &Store, fresh: &Path, point_id: &str, actor: &Actor) -> DbResult<()> {
    let mut book = connect(fresh, &store.keys.db, Create::Refused, 8 * 1024)?;
    // Named again, because the same key meets another salt in the other file.
    let live = store.dir.join(HUB_FILE);
    let live = live.to_string_lossy();
    book.execute("ATTACH DATABASE ?1 AS live KEY ?2", [live.as_ref(), store.keys.db.raw().as_str()])?;
    let reason = serde_json::to_string(&Message::new("error.job_before_restore"))?;
    let tx = book.transaction()?;
    tx.execute_batch(
        "INSERT INTO audit_log SELECT * FROM live.audit_log
           WHERE seq > (SELECT coalesce(max(seq), 0) FROM main.audit_log) ORDER BY seq;
         INSERT OR REPLACE INTO audit_keys SELECT * FROM live.audit_keys;
         DELETE FROM audit_keys WHERE subject NOT IN (SELECT subject FROM live.audit_keys);
         DELETE FROM backups;
         INSERT INTO backups SELECT * FROM live.backups;
         INSERT INTO consents (connection_id, text_version, scope, at, by)
           SELECT connection_id, text_version, scope, at, by FROM live.consents
           WHERE id > (SELECT coalesce(max(id), 0) FROM main.consents) ORDER BY id;
         UPDATE plans SET state = 'superseded' WHERE state IN ('building', 'ready', 'executing');
         UPDATE crm_integrations SET rebase = 'restored',
           connection_status = CASE connection_status WHEN 'sync_in_progress' THEN 'connected'
             ELSE connection_status END;
         DELETE FROM store_meta WHERE key IN ('mirror_cursor', 'mirror_mark');
         INSERT INTO store_meta (key, value) SELECT key, value FROM live.store_meta WHERE key = 'mirror_mark';",
    )?;
    tx.execute(
        "UPDATE crm_sync_jobs SET phase = 'cancelled', job_status = 'cancelled', completed_at = ?1,
         error_details = ?2, wait_until = NULL WHERE phase NOT IN ('done', 'partial', 'failed', 'cancelled')",
        (nanos(actor.at), reason),
    )?;
    // What was told since then must not be told again as something new: a person looks first, and switches on again.
    let why = serde_json::to_string(&Message::new("hook.off.restored"))?;
    tx.execute("UPDATE hooks SET state = 'off', why = ?1 WHERE state = 'on'", [why])?;
    tx.execute("DELETE FROM hook_changes", [])?;
    for key in OF_NOW {
        tx.execute("DELETE FROM settings WHERE key = ?1", [key])?;
        tx.execute("INSERT INTO settings SELECT * FROM live.settings WHERE key = ?1", [key])?;
    }
    let mut chain = Chain::load(&tx)?;
    chain.append(
        &tx,
        &store.keys.audit,
        &Entry { record: Some(("backup", point_id)), ..Entry::plain(actor, "backup.restored", None) },
    )?;
    tx.commit()?;
    book.execute("DETACH DATABASE live", [])?;
    book.close().map_err(|(_, error)| error)?;
    fs::OpenOptions::new().write(true).open(fresh)?.sync_all()?;
    Ok(())
}

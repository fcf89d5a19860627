//! Restore points as the port shows them, and what follows from going back to one: connections to be rebased, batches
//! that are in doubt, operations that are withdrawn (MODEL 8, 10).

use std::collections::BTreeMap;

use hub_core::ports::{
    Actor, Batch, ErasedHere, KeepingStore, RebaseReason, RestorePoint, Retention, StoreResult, WasErased,
};
use jiff::Timestamp;
use rusqlite::OptionalExtension;

use crate::audit::Entry;
use crate::backup::{self, BACKUPS_DIR};
use crate::connections::connection_no;
use crate::erase::Places;
use crate::error::{DbError, DbResult, not_found};
use crate::jobs::count;
use crate::store::{Store, Write};
use crate::time::stamp;
use crate::typed::project_day;
use crate::{erase, mirror, outbox, retention};

/// The day on which the clients' next weddings were last looked up.
const PROJECTED_DAY: &str = "projected_day";

/// Notices at start that the book is older than the one that was last open here: its feed cursor was acknowledged
/// further on (F70). Nobody brought it back through the app, so that nothing else would tell.
pub(crate) fn notice_older_book(store: &Store) -> StoreResult<()> {
    let known = store.vault.mirror_mark()?;
    let held = store.read(mirror::mark)?;
    if held < known {
        store.ask_rebase(None, RebaseReason::OlderBook)?;
    }
    Ok(())
}

fn ask(write: &mut Write<'_>, connection_id: Option<&str>, reason: RebaseReason) -> DbResult<()> {
    write.tx.execute(
        "UPDATE crm_integrations SET rebase = coalesce(rebase, ?2) WHERE ?1 IS NULL OR id = ?1",
        (connection_id, reason.as_str()),
    )?;
    mirror::forget_cursor(write.tx)?;
    let actor = write.store.app("audit.rebase", None);
    write.audit(&Entry {
        record: connection_id.map(|id| ("connection", id)),
        ..Entry::plain(&actor, "connection.rebase", Some(reason.as_str()))
    })
}

impl KeepingStore for Store {
    fn restore_points(&self) -> StoreResult<Vec<RestorePoint>> {
        let dir = self.dir.join(BACKUPS_DIR);
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, reason, job_id, at, size, file FROM backups ORDER BY at DESC, id DESC",
            )?;
            let rows = statement.query_map([], |row| {
                Ok(RestorePoint {
                    id: row.get(0)?,
                    reason: row.get(1)?,
                    job_id: row.get(2)?,
                    at: stamp(row.get(3)?),
                    size: count(row.get(4)?),
                    present: dir.join(row.get::<_, String>(5)?).exists(),
                })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    fn restore(&self, point_id: &str, actor: &Actor) -> StoreResult<i64> {
        Ok(backup::restore(self, point_id, actor)?)
    }

    fn rebase(&self, connection_id: &str) -> StoreResult<Option<RebaseReason>> {
        self.near(|connection| {
            let stored: Option<String> = connection
                .prepare_cached("SELECT rebase FROM crm_integrations WHERE id = ?1")?
                .query_row([connection_id], |row| row.get(0))
                .optional()?
                .ok_or_else(|| not_found("connection", connection_id))?;
            stored
                .map(|name| RebaseReason::parse(&name).ok_or(DbError::Name { column: "rebase" }))
                .transpose()
        })
    }

    fn ask_rebase(&self, connection_id: Option<&str>, reason: RebaseReason) -> StoreResult<()> {
        self.write(|write| ask(write, connection_id, reason))?;
        let mark = self.read(mirror::mark)?;
        // Noticed once is enough: from here on this book is the one that counts.
        Ok(self.vault.set_mirror_mark(mark)?)
    }

    fn rebased(&self, connection_id: &str) -> StoreResult<()> {
        let actor = self.app("audit.rebased", None);
        self.write(|write| {
            write.tx.execute("UPDATE crm_integrations SET rebase = NULL WHERE id = ?1", [connection_id])?;
            write.audit(&Entry {
                record: Some(("connection", connection_id)),
                ..Entry::plain(&actor, "connection.rebased", None)
            })
        })
    }

    fn roll_day(&self) -> StoreResult<u64> {
        let last = self.near(|connection| mirror::meta(connection, PROJECTED_DAY))?;
        let today = self.near(|connection| self.today(connection))?;
        if last.as_deref() == Some(today.as_str()) {
            return Ok(0);
        }
        let actor = self.app("audit.new_day", None);
        self.write(|write| {
            // A book that has not noted a day was drawn on any: then everything from the first day on is looked at.
            let from = last.as_deref().unwrap_or("0000-01-01");
            let changed = project_day(write.tx, from, &today)?;
            mirror::put_meta(write.tx, PROJECTED_DAY, &today)?;
            write.audit(&Entry::plain(&actor, "clients.new_day", Some(&today)))?;
            Ok(changed as u64)
        })
    }

    fn crm_syncs(&self) -> StoreResult<BTreeMap<String, Timestamp>> {
        self.read(|connection| {
            let mut statement = connection
                .prepare("SELECT id, last_crm_sync_at FROM clients WHERE last_crm_sync_at IS NOT NULL")?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, stamp(row.get(1)?))))?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    fn prune(&self, keep: &Retention) -> StoreResult<Option<(&'static str, u64)>> {
        retention::prune(self, keep)
    }

    fn erase_person(&self, person_id: &str, actor: &Actor) -> StoreResult<ErasedHere> {
        erase::person(self, person_id, actor)
    }

    fn erase_everything(&self, actor: &Actor) -> StoreResult<()> {
        erase::everything(self, actor)
    }

    fn erased(&self, connection_id: &str) -> StoreResult<WasErased> {
        let places = self.near(|connection| Places::of(connection, &self.keys.audit, connection_id))?;
        Ok(Box::new(move |external_id| places.of_row(external_id).is_some()))
    }

    fn adopt_epoch(&self, at_least: i64) -> StoreResult<i64> {
        Ok(self.vault.adopt_epoch(at_least)?)
    }

    fn doubtful_batches(&self, connection_id: &str, ended: bool) -> StoreResult<Vec<Batch>> {
        self.near(|connection| outbox::doubtful(connection, connection_id, ended))
    }

    fn withdraw_batch(&self, batch_id: &str, actor: &Actor) -> StoreResult<u64> {
        self.write(|write| outbox::stop::of_batch(write, batch_id, actor))
    }

    fn withdraw_queued(&self, connection_id: &str, actor: &Actor) -> StoreResult<u64> {
        self.write(|write| {
            let connection = connection_no(write.tx, connection_id)?;
            outbox::stop::of_connection(write, connection, actor)
        })
    }
}

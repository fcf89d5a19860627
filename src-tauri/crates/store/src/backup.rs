//! Copies of a database: restore points, and the copy before a migration.

use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::backup::Backup;

use crate::db::{Create, connect};
use crate::error::DbResult;
use crate::keys::Key;

/// Copies a database page by page (SQLite's online backup) into a new file under a key. Any older file of that name is
/// replaced only once the copy is complete.
pub(crate) fn copy(from: &Connection, to: &Path, key: &Key) -> DbResult<()> {
    let beside = to.with_extension("part");
    for leftover in [&beside, &beside.with_extension("part-wal")] {
        if leftover.exists() {
            std::fs::remove_file(leftover)?;
        }
    }
    {
        let mut target = connect(&beside, key, Create::Allowed, 2 * 1024)?;
        let backup = Backup::new(from, &mut target)?;
        backup.run_to_completion(1024, Duration::ZERO, None)?;
        drop(backup);
        target.close().map_err(|(_, error)| error)?;
    }
    std::fs::File::open(&beside)?.sync_all()?;
    std::fs::rename(&beside, to)?;
    Ok(())
}

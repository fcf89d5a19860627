//! The migration runner: all pending migrations and their bookkeeping in one transaction.
//!
//! A database from a newer version is refused before anything in it is touched, and the file is copied (SQLite's online
//! backup, under the same key) before an older one is changed (SYNC-LAW 46). Migrations are SQL only: they may not use
//! the types of this crate, which go on changing after a migration is frozen.

use std::path::{Path, PathBuf};

use hub_core::canonical::hash_bytes;
use hub_core::ports::{FailPoints, StoreError};
use rusqlite::Connection;

use crate::error::DbResult;

/// One migration of the set.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// Its number; numbers go up.
    pub version: u32,
    /// Its file's name.
    pub name: &'static str,
    /// Its SQL.
    pub sql: &'static str,
}

/// Migrations of hub.db, in order; append only.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        name: "0001_initial",
        sql: include_str!("../../../../migrations/0001_initial.sql"),
    },
    Migration {
        version: 2,
        name: "0002_custom_fields",
        sql: include_str!("../../../../migrations/0002_custom_fields.sql"),
    },
    Migration {
        version: 3,
        name: "0003_waits_and_watermarks",
        sql: include_str!("../../../../migrations/0003_waits_and_watermarks.sql"),
    },
    Migration {
        version: 4,
        name: "0004_review_headings",
        sql: include_str!("../../../../migrations/0004_review_headings.sql"),
    },
    Migration {
        version: 5,
        name: "0005_keeping",
        sql: include_str!("../../../../migrations/0005_keeping.sql"),
    },
    Migration {
        version: 7,
        name: "0007_find_clients",
        sql: include_str!("../../../../migrations/0007_find_clients.sql"),
    },
    Migration {
        version: 8,
        name: "0008_review_at_size",
        sql: include_str!("../../../../migrations/0008_review_at_size.sql"),
    },
    Migration {
        version: 10,
        name: "0010_bridges",
        sql: include_str!("../../../../migrations/0010_bridges.sql"),
    },
    Migration {
        version: 11,
        name: "0011_sync_tokens",
        sql: include_str!("../../../../migrations/0011_sync_tokens.sql"),
    },
];

/// The version in the file; 0 is an empty database.
pub(crate) fn version(connection: &Connection) -> DbResult<u32> {
    Ok(connection.query_row("SELECT user_version FROM pragma_user_version", [], |row| row.get(0))?)
}

/// Brings a database up to the last of `migrations`. Returns the copy that was taken before, if one was needed.
pub(crate) fn run(
    connection: &mut Connection,
    file: &Path,
    migrations: &[Migration],
    now: i64,
    fail_points: &dyn FailPoints,
    copy: &dyn Fn(&Connection, &Path) -> DbResult<()>,
) -> DbResult<Option<PathBuf>> {
    let found = version(connection)?;
    let known = migrations.last().map_or(0, |migration| migration.version);
    if found > known {
        return Err(StoreError::Newer { found, known }.into());
    }
    if found == known {
        return Ok(None);
    }
    let before = if found > 0 {
        let beside = file.with_extension(format!("db.before-{known}"));
        copy(connection, &beside)?;
        Some(beside)
    } else {
        None
    };
    // Foreign keys cannot be switched within a transaction; a migration that rebuilds a table needs them off.
    connection.pragma_update(None, "foreign_keys", false)?;
    let tx = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    for migration in migrations.iter().filter(|migration| migration.version > found) {
        tx.execute_batch(migration.sql)?;
        fail_points.pass("migration");
        tx.execute(
            "INSERT INTO schema_migrations (version, name, sha256, applied_at) VALUES (?1, ?2, ?3, ?4)",
            (migration.version, migration.name, hash_bytes(migration.sql.as_bytes()), now),
        )?;
    }
    let orphans: i64 = tx.query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| row.get(0))?;
    if orphans > 0 {
        return Err(crate::error::refused("error.migration_orphans"));
    }
    tx.pragma_update(None, "user_version", known)?;
    fail_points.pass("migration");
    tx.commit()?;
    fail_points.pass("migration");
    connection.pragma_update(None, "foreign_keys", true)?;
    Ok(before)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r280_every_migration_can_be_taken_back() {
        let connection = Connection::open_in_memory().unwrap();
        let downs = [
            include_str!("../../../../migrations/0001_initial.down.sql"),
            include_str!("../../../../migrations/0002_custom_fields.down.sql"),
            include_str!("../../../../migrations/0003_waits_and_watermarks.down.sql"),
            include_str!("../../../../migrations/0004_review_headings.down.sql"),
            include_str!("../../../../migrations/0005_keeping.down.sql"),
            include_str!("../../../../migrations/0007_find_clients.down.sql"),
            include_str!("../../../../migrations/0008_review_at_size.down.sql"),
            include_str!("../../../../migrations/0010_bridges.down.sql"),
            include_str!("../../../../migrations/0011_sync_tokens.down.sql"),
        ];
        assert_eq!(downs.len(), MIGRATIONS.len(), "one script down for each script up");
        for migration in MIGRATIONS {
            connection.execute_batch(migration.sql).unwrap();
        }
        for down in downs.iter().rev() {
            connection.execute_batch(down).unwrap();
        }
        let left: i64 =
            connection.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get(0)).unwrap();
        assert_eq!(left, 0, "nothing is left behind");
    }

    #[test]
    fn versions_go_up() {
        let mut last = 0;
        for migration in MIGRATIONS {
            assert!(migration.version > last, "{} comes after {last}", migration.version);
            last = migration.version;
            assert!(migration.name.starts_with(&format!("{last:04}_")), "files sort in order");
        }
    }
}

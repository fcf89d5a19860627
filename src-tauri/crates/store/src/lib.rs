//! SQLite and the vault: migrations, one file a table, backups, outbox, sealed secrets.

//! Every cell of the book as SQLite holds it, for whoever searches the whole book for something that must not be in it
//! (SYNC-LAW 42). Read-only and without an idea of what the tables mean, so that no table can be forgotten.

use hub_core::ports::StoreResult;
use rusqlite::Connection;
use rusqlite::types::ValueRef;

use crate::error::DbResult;
use crate::store::Store;
use crate::vault::Vault;

impl Store {
    /// Shows every text and blob of every table, the schema's own statements included, as (table, column, bytes);
    /// numbers and nulls are passed over. Streams: one cell is in memory at a time.
    ///
    /// # Errors
    /// When the book cannot be read.
    pub fn each_cell(&self, mut show: impl FnMut(&str, &str, &[u8])) -> StoreResult<()> {
        self.read(|connection| cells(connection, &mut show))
    }
}

impl Vault {
    /// As [`Store::each_cell`], for vault.db: credentials are shown as they lie there, sealed.
    ///
    /// # Errors
    /// When the vault cannot be read.
    pub fn each_cell(&self, mut show: impl FnMut(&str, &str, &[u8])) -> StoreResult<()> {
        Ok(cells(&self.connection(), &mut show)?)
    }
}

fn cells(connection: &Connection, show: &mut impl FnMut(&str, &str, &[u8])) -> DbResult<()> {
    let tables: Vec<String> = connection
        .prepare(
            "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'shadow') ORDER BY name",
        )?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for table in &tables {
        // The name comes from the schema; quoting it guards against a word that SQL knows.
        let mut statement =
            connection.prepare(&format!("SELECT * FROM \"{}\"", table.replace('"', "\"\"")))?;
        let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            for (index, column) in columns.iter().enumerate() {
                match row.get_ref(index)? {
                    ValueRef::Text(bytes) | ValueRef::Blob(bytes) => show(table, column, bytes),
                    ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) => {}
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::testing;

    #[test]
    fn every_table_with_a_row_is_shown() {
        let (_dir, store) = testing::store();
        store
            .scratch(|tx| {
                tx.execute("INSERT INTO settings (key, value) VALUES ('k', '\"found me\"')", [])?;
                Ok(())
            })
            .unwrap();
        let mut seen = BTreeSet::new();
        store
            .each_cell(|table, column, bytes| {
                seen.insert((table.to_owned(), column.to_owned(), bytes.to_owned()));
            })
            .unwrap();
        let has = |table: &str, column: &str, bytes: &[u8]| {
            seen.contains(&(table.to_owned(), column.to_owned(), bytes.to_owned()))
        };
        assert!(has("settings", "value", b"\"found me\""), "what was written a moment ago");
        assert!(
            seen.iter().any(|(table, column, _)| table == "sqlite_schema" && column == "sql"),
            "the schema's own statements are cells too"
        );
    }
}

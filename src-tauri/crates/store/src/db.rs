//! One encrypted SQLite file: one writer, a few readers, and the two ways to write.
//!
//! [`Db::write`] is the single write function of MODEL 12: a transaction that cannot be committed without an audit row.
//! [`Db::scratch`] is for what is no record of anybody (staging, progress events, plans under construction). There is no
//! third way to write; [`Db::near`] only reads.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use crate::audit::Chain;
use crate::error::{DbError, DbResult};
use crate::keys::Key;

/// Readers kept open between reads; more are opened under load and closed again.
const KEPT_READERS: usize = 4;

/// Page caches: fixed, so that memory does not grow with the book. Jobs read through the writer's ([`Db::near`]).
const WRITER_CACHE_KIB: u32 = 24 * 1024;
const READER_CACHE_KIB: u32 = 4 * 1024;

pub(crate) struct Db {
    file: PathBuf,
    key: Key,
    writer: Mutex<Writer>,
    readers: Mutex<Readers>,
    /// Told whenever a reader comes back.
    returned: Condvar,
    /// Commits since opening.
    commits: AtomicU64,
}

struct Writer {
    connection: Connection,
    chain: Chain,
}

#[derive(Default)]
struct Readers {
    idle: Vec<Connection>,
    /// How many are reading.
    out: usize,
}

/// Gives a reader's place back, however its reading ended.
struct Lent<'a>(&'a Db);

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        self.0.pool().out -= 1;
        self.0.returned.notify_all();
    }
}

/// How a connection is set up; the reasons stand beside each line because they cost or save data.
fn set_up(connection: &Connection, key: &Key, cache_kib: u32) -> DbResult<()> {
    // SQLCipher would print what it thinks of a file to standard error; the error it returns says enough.
    connection.execute_batch("PRAGMA cipher_log_level = NONE")?;
    // Pages are signed with SHA-256, which processors of the last years compute in hardware, as they do not SHA-512,
    // SQLCipher's own choice. A default, because an attached file is opened before it can be asked.
    connection.execute_batch("PRAGMA cipher_default_hmac_algorithm = HMAC_SHA256")?;
    connection.execute_batch(&key.pragma())?;
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.execute_batch(&format!(
        // Locking memory against swapping costs a third of the speed; the keys themselves are zeroed by us.
        "PRAGMA cipher_memory_security = OFF;
         PRAGMA temp_store = MEMORY;
         PRAGMA trusted_schema = OFF;
         PRAGMA foreign_keys = ON;
         PRAGMA recursive_triggers = ON;
         PRAGMA cache_size = -{cache_kib};"
    ))?;
    connection.set_prepared_statement_cache_capacity(128);
    Ok(())
}

/// Opens an existing file or makes a new one, by `create`.
pub(crate) fn connect(file: &Path, key: &Key, create: Create, cache_kib: u32) -> DbResult<Connection> {
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    if create == Create::Allowed {
        flags |= OpenFlags::SQLITE_OPEN_CREATE;
    }
    let connection = Connection::open_with_flags(file, flags)?;
    set_up(&connection, key, cache_kib)?;
    // The first read shows whether the key fits; until then SQLCipher has looked at nothing.
    connection.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get::<_, i64>(0))?;
    Ok(connection)
}

/// The one connection that writes.
fn writing(file: &Path, key: &Key, create: Create) -> DbResult<Connection> {
    let connection = connect(file, key, create, WRITER_CACHE_KIB)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // FULL: in WAL mode NORMAL may lose the last commits in a power cut, and "durable" is what a port promised
    // when it returned (SYNC-LAW 29). Writes are chunked, so that this is one sync for hundreds of rows.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", 4000)?;
    Ok(connection)
}

/// Whether a missing file may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Create {
    Allowed,
    Refused,
}

impl Db {
    pub(crate) fn open(file: &Path, key: &Key, create: Create) -> DbResult<Db> {
        Ok(Db {
            file: file.to_owned(),
            key: key.clone(),
            writer: Mutex::new(Writer { connection: writing(file, key, create)?, chain: Chain::default() }),
            readers: Mutex::default(),
            returned: Condvar::new(),
            commits: AtomicU64::new(0),
        })
    }

    fn pool(&self) -> MutexGuard<'_, Readers> {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets another file take the place of this one: `swap` runs while nobody has the file open. Readings under way are
    /// waited for; whoever comes meanwhile waits, and finds what lies there afterwards, also when `swap` fails.
    pub(crate) fn exchange(&self, swap: impl FnOnce() -> DbResult<()>) -> DbResult<()> {
        let mut writer = self.writer();
        let mut readers = self.pool();
        while readers.out > 0 {
            readers = self.returned.wait(readers).unwrap_or_else(PoisonError::into_inner);
        }
        readers.idle.clear();
        // What the log beside the file holds goes into it, so that the file is whole when it is moved.
        writer.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        let nothing = Connection::open_in_memory()?;
        std::mem::replace(&mut writer.connection, nothing).close().map_err(|(_, error)| error)?;
        let swapped = swap();
        let connection = writing(&self.file, &self.key, Create::Refused)?;
        let chain = Chain::load(&connection)?;
        *writer = Writer { connection, chain };
        // Another book is another state of everything that was read.
        self.commits.fetch_add(1, Ordering::Release);
        drop(readers);
        swapped
    }

    fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How often something was committed since opening: what was read before the last time may be old. Only this process
    /// writes to the file.
    pub(crate) fn commits(&self) -> u64 {
        self.commits.load(Ordering::Acquire)
    }

    /// Runs with the bare writer connection: opening, migrating, backing up.
    pub(crate) fn exclusive<T>(&self, run: impl FnOnce(&mut Connection) -> DbResult<T>) -> DbResult<T> {
        run(&mut self.writer().connection)
    }

    /// Reads the end of the audit chain into memory, once after opening.
    pub(crate) fn load_chain(&self) -> DbResult<()> {
        let mut writer = self.writer();
        writer.chain = Chain::load(&writer.connection)?;
        Ok(())
    }

    pub(crate) fn read<T>(&self, run: impl FnOnce(&Connection) -> DbResult<T>) -> DbResult<T> {
        let kept = {
            let mut readers = self.pool();
            readers.out += 1;
            readers.idle.pop()
        };
        let lent = Lent(self);
        let connection = match kept {
            Some(connection) => connection,
            None => {
                let connection = connect(&self.file, &self.key, Create::Refused, READER_CACHE_KIB)?;
                connection.pragma_update(None, "query_only", true)?;
                connection
            }
        };
        let result = run(&connection);
        self.keep(connection);
        drop(lent);
        result
    }

    fn keep(&self, reader: Connection) {
        let mut readers = self.pool();
        if readers.idle.len() < KEPT_READERS {
            readers.idle.push(reader);
        }
    }

    /// Reads where the next write will be: on the writer's connection when nobody writes, else like [`Db::read`].
    ///
    /// A reader forgets its whole page cache whenever the writer has committed, and each page costs a decryption and an
    /// HMAC to get back. Work that reads and writes in turns, as jobs do, finds its pages in the writer's cache.
    /// For short reads: a write that comes meanwhile waits.
    pub(crate) fn near<T>(&self, run: impl FnOnce(&Connection) -> DbResult<T>) -> DbResult<T> {
        let writer = match self.writer.try_lock() {
            Ok(writer) => writer,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return self.read(run),
        };
        let changes = writer.connection.total_changes();
        let result = run(&writer.connection);
        if writer.connection.total_changes() != changes {
            return Err(DbError::Unaudited);
        }
        result
    }

    /// Empties the page caches; the next reads fill them again.
    pub(crate) fn rest(&self) -> DbResult<()> {
        self.pool().idle.clear();
        self.writer().connection.execute_batch("PRAGMA shrink_memory")?;
        Ok(())
    }

    /// A write of records, links, settings: rolled back unless it left an audit row for what it changed.
    pub(crate) fn write<T>(
        &self,
        run: impl FnOnce(&Transaction<'_>, &mut Chain) -> DbResult<T>,
    ) -> DbResult<T> {
        let mut writer = self.writer();
        let Writer { connection, chain } = &mut *writer;
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let changes = tx.total_changes();
        let mut next = chain.clone();
        let result = run(&tx, &mut next)?;
        if next.rows() == chain.rows() && tx.total_changes() != changes {
            return Err(DbError::Unaudited);
        }
        tx.commit()?;
        self.commits.fetch_add(1, Ordering::Release);
        *chain = next;
        Ok(result)
    }

    /// A write of scratch tables.
    pub(crate) fn scratch<T>(&self, run: impl FnOnce(&Transaction<'_>) -> DbResult<T>) -> DbResult<T> {
        let mut writer = self.writer();
        let tx = writer.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let result = run(&tx)?;
        tx.commit()?;
        self.commits.fetch_add(1, Ordering::Release);
        Ok(result)
    }
}

#[cfg(test)]
mod tests {
    use crate::testing;

    #[test]
    fn inv_41_a_read_beside_the_writer_that_writes_is_a_fault() {
        let (_dir, store) = testing::store();
        assert!(store.near(|connection| Ok(connection.query_row("SELECT 1", [], |_| Ok(()))?)).is_ok());
        let wrote = store.near(|connection| {
            Ok(connection.execute("INSERT INTO settings (key, value) VALUES ('k', '1')", [])?)
        });
        assert!(wrote.is_err(), "writes go through the two write functions and no other way");
        let both = store.near(|_| {
            // Whoever reads while the writer is taken is served by a reader.
            Ok(store
                .near(|connection| Ok(connection.query_row("SELECT 2", [], |row| row.get::<_, i64>(0))?))?)
        });
        assert_eq!(both.unwrap(), 2);
    }
}

//! A profile's two files, opened together: `hub.db` (the book) and `vault.db` (secrets, rate windows, identity).

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use hub_core::ports::{Actor, Clock, FailPoints, Ids, StoreError, StoreResult};
use rusqlite::{Connection, Transaction};

use crate::audit::{self, Chain};
use crate::backup;
use crate::db::{Create, Db};
use crate::error::{DbError, DbResult};
use crate::keeping;
use crate::keys::{KeyError, KeyRing, fits};
use crate::migrate::{self, MIGRATIONS, Migration};
use crate::outbox::CutOps;
use crate::plan::Finding;
use crate::time::nanos;
use crate::vault::Vault;

/// Name of the book's file.
pub const HUB_FILE: &str = "hub.db";
/// Name of the vault's file.
pub const VAULT_FILE: &str = "vault.db";

/// What opening a profile needs.
#[derive(Clone)]
pub struct OpenOptions {
    /// The profile's directory.
    pub dir: PathBuf,
    /// Its keys.
    pub keys: KeyRing,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Arc<dyn Ids>,
    /// Where tests may end the process.
    pub fail_points: Arc<dyn FailPoints>,
}

/// Why a profile could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The keys are not those of this profile.
    #[error("these are not the keys of this profile")]
    WrongKey,
    /// One of the two files is gone while the other is there; nothing new was made in its place.
    #[error("{file} is missing")]
    Missing {
        /// Which file.
        file: &'static str,
    },
    /// The file is there, the key is right, and it cannot be read.
    #[error("{file} is damaged")]
    Damaged {
        /// Which file.
        file: &'static str,
        /// What SQLite said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The key file is missing or damaged.
    #[error("the key file cannot be used")]
    Keys(#[from] KeyError),
    /// Anything else: newer version, disk full, in use.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl OpenError {
    /// Message id under which the catalogues hold the sentence.
    pub fn message_id(&self) -> &'static str {
        match self {
            OpenError::WrongKey => "error.wrong_key",
            OpenError::Missing { .. } => "error.database_missing",
            OpenError::Damaged { .. } => "error.database_damaged",
            OpenError::Keys(error) => error.message_id(),
            OpenError::Store(StoreError::Newer { .. }) => "error.newer_database",
            OpenError::Store(StoreError::DiskFull(_)) => "error.disk_full",
            OpenError::Store(StoreError::Busy(_)) => "error.store_busy",
            OpenError::Store(_) => "error.fault",
        }
    }
}

/// The book of one profile. Implements every store port; blocking, and safe to use from many threads.
pub struct Store {
    pub(crate) db: Db,
    pub(crate) vault: Arc<Vault>,
    pub(crate) keys: KeyRing,
    pub(crate) dir: PathBuf,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn Ids>,
    pub(crate) fail_points: Arc<dyn FailPoints>,
    /// The review's index in memory.
    pub(crate) finding: Finding,
    /// The operations of the batch that was cut last.
    pub(crate) cut: Mutex<CutOps>,
}

impl Store {
    /// Opens a profile, making its files if it is new, and migrating an older book after copying it.
    ///
    /// # Errors
    /// [`OpenError`] tells a wrong key, a missing file, a damaged file and a newer version apart. A new empty database
    /// is never made where an old one lies or is remembered.
    pub fn open(options: OpenOptions) -> Result<Store, OpenError> {
        Store::open_with(options, MIGRATIONS)
    }

    /// As [`Store::open`], with another set of migrations: for upgrade tests.
    ///
    /// # Errors
    /// As for [`Store::open`].
    pub fn open_with(options: OpenOptions, migrations: &[Migration]) -> Result<Store, OpenError> {
        let OpenOptions { dir, keys, clock, ids, fail_points } = options;
        fs::create_dir_all(&dir).map_err(DbError::Io).map_err(StoreError::from)?;
        if fits(&dir, &keys)? == Some(false) {
            return Err(OpenError::WrongKey);
        }
        let (hub_file, vault_file) = (dir.join(HUB_FILE), dir.join(VAULT_FILE));
        backup::finish_exchange(&dir).map_err(StoreError::from)?;
        if hub_file.exists() && !vault_file.exists() {
            return Err(OpenError::Missing { file: VAULT_FILE });
        }
        let vault = Vault::open(&vault_file, &keys, ids.as_ref(), Arc::clone(&clock))
            .map_err(|error| sort(VAULT_FILE, error))?;
        let promised = vault.database_made().map_err(|error| sort(VAULT_FILE, error))?;
        if promised && !hub_file.exists() {
            return Err(OpenError::Missing { file: HUB_FILE });
        }
        if promised && fs::metadata(&hub_file).is_ok_and(|metadata| metadata.len() == 0) {
            let source = Box::new(std::io::Error::from(std::io::ErrorKind::UnexpectedEof));
            return Err(OpenError::Damaged { file: HUB_FILE, source });
        }
        let create = if promised { Create::Refused } else { Create::Allowed };
        let db = open_book(&hub_file, &keys, create, migrations, nanos(clock.now()), fail_points.as_ref())
            .map_err(|error| sort(HUB_FILE, error))?;
        if !promised {
            vault.set_database_made().map_err(|error| sort(VAULT_FILE, error))?;
        }
        let (finding, cut) = (Finding::default(), Mutex::default());
        let store = Store { db, vault: Arc::new(vault), keys, dir, clock, ids, fail_points, finding, cut };
        keeping::notice_older_book(&store)?;
        Ok(store)
    }

    /// The vault of the profile.
    pub fn vault(&self) -> Arc<Vault> {
        Arc::clone(&self.vault)
    }

    /// The profile's directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Tables and their columns, for `doctor` and for the test that guards the schema.
    ///
    /// # Errors
    /// When the book cannot be read.
    pub fn schema(&self) -> StoreResult<BTreeMap<String, Vec<String>>> {
        self.read(|connection| {
            let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
            let mut statement = connection.prepare(
                "SELECT t.name, c.name FROM pragma_table_list t JOIN pragma_table_info(t.name) c
                 WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite_%' ORDER BY t.name, c.cid",
            )?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                tables.entry(row.get(0)?).or_default().push(row.get(1)?);
            }
            Ok(tables)
        })
    }

    /// Rows of every table, for `doctor` and for benches that show that nothing durable was left out.
    ///
    /// # Errors
    /// When the book cannot be read.
    pub fn row_counts(&self) -> StoreResult<BTreeMap<String, u64>> {
        let tables = self.schema()?;
        self.read(|connection| {
            let mut counts = BTreeMap::new();
            for table in tables.into_keys() {
                // The name comes from the schema; quoting it guards against a word that SQL knows.
                let sql = format!("SELECT count(*) FROM \"{}\"", table.replace('"', "\"\""));
                let rows: i64 = connection.query_row(&sql, [], |row| row.get(0))?;
                counts.insert(table, crate::jobs::count(rows));
            }
            Ok(counts)
        })
    }

    /// The program itself as the actor of a write.
    pub(crate) fn app(&self, why: &str, job_id: Option<&str>) -> Actor {
        Actor {
            who: "app".to_owned(),
            why: why.to_owned(),
            job_id: job_id.map(str::to_owned),
            at: self.clock.now(),
        }
    }

    pub(crate) fn read<T>(&self, run: impl FnOnce(&Connection) -> DbResult<T>) -> StoreResult<T> {
        Ok(self.db.read(run)?)
    }

    /// A short read in the midst of a job's writes; see [`Db::near`].
    pub(crate) fn near<T>(&self, run: impl FnOnce(&Connection) -> DbResult<T>) -> StoreResult<T> {
        Ok(self.db.near(run)?)
    }

    pub(crate) fn write<T>(&self, run: impl FnOnce(&mut Write<'_>) -> DbResult<T>) -> StoreResult<T> {
        Ok(self.db.write(|tx, chain| {
            let mut write = Write { tx, chain, store: self };
            run(&mut write)
        })?)
    }

    pub(crate) fn scratch<T>(&self, run: impl FnOnce(&Transaction<'_>) -> DbResult<T>) -> StoreResult<T> {
        Ok(self.db.scratch(run)?)
    }
}

pub(crate) fn open_book(
    file: &Path,
    keys: &KeyRing,
    create: Create,
    migrations: &[Migration],
    now: i64,
    fail_points: &dyn FailPoints,
) -> DbResult<Db> {
    let db = Db::open(file, &keys.db, create)?;
    db.exclusive(|connection| {
        migrate::run(connection, file, migrations, now, fail_points, &|from, to| {
            backup::copy(from, to, &keys.db)
        })
    })?;
    db.load_chain()?;
    Ok(db)
}

fn sort(file: &'static str, error: DbError) -> OpenError {
    match StoreError::from(error) {
        StoreError::Unreadable(source) => OpenError::Damaged { file, source },
        other => OpenError::Store(other),
    }
}

/// A write in progress: the transaction, and the audit chain that it must lengthen.
pub(crate) struct Write<'a> {
    pub(crate) tx: &'a Transaction<'a>,
    chain: &'a mut Chain,
    pub(crate) store: &'a Store,
}

impl Write<'_> {
    pub(crate) fn audit(&mut self, entry: &audit::Entry<'_>) -> DbResult<()> {
        self.chain.append(self.tx, &self.store.keys.audit, entry)
    }

    /// After the digest key of an erased client was destroyed.
    pub(crate) fn forget_digest_key(&mut self, subject: &str) {
        self.chain.forget(subject);
    }

    /// After all of them were.
    pub(crate) fn forget_digest_keys(&mut self) {
        self.chain.forget_all();
    }
}

//! A profile in a directory of its own.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use hub_core::job::JobKind;
use hub_core::ports::{
    ConnectionStore, FailPoints, JobStore, NoFailPoints, PageCommit, RawReader, RawRecord, RequestBudget,
    SecretStore, SourceStore,
};
use hub_store::keys::{self, KeyRing, MemoryKeychain, Protection};
use hub_store::{OpenOptions, Store};
use hub_testkit::book::{CONNECTION, connection, job};
use hub_testkit::{Book, Budgets, RawPile, Safe, Shelf, TestClock, TestIds};
use tempfile::TempDir;

pub(crate) struct Profile {
    pub(crate) dir: TempDir,
    pub(crate) keys: KeyRing,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) ids: Arc<TestIds>,
}

impl Profile {
    pub(crate) fn new() -> Profile {
        let dir = tempfile::tempdir().unwrap();
        let made = keys::create(dir.path(), "p", &Protection::Keychain(&MemoryKeychain::default())).unwrap();
        Profile { dir, keys: made.keys, clock: Arc::default(), ids: Arc::default() }
    }

    pub(crate) fn options(&self) -> OpenOptions {
        self.options_with(Arc::new(NoFailPoints))
    }

    pub(crate) fn options_with(&self, fail_points: Arc<dyn FailPoints>) -> OpenOptions {
        OpenOptions {
            dir: self.dir.path().to_owned(),
            keys: self.keys.clone(),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            fail_points,
        }
    }

    pub(crate) fn open(&self) -> Store {
        Store::open(self.options()).unwrap()
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }
}

impl Shelf for Profile {
    fn open(&self) -> Box<dyn Book> {
        Box::new(Profile::open(self))
    }

    fn dump(&self) -> BTreeMap<String, Vec<String>> {
        Profile::open(self).dump_normalised().unwrap().tables
    }
}

impl Safe for Profile {
    fn secrets(&self) -> Arc<dyn SecretStore> {
        Profile::open(self).vault()
    }
}

impl Budgets for Profile {
    fn budget(&self) -> Arc<dyn RequestBudget> {
        Profile::open(self).vault()
    }

    fn clock(&self) -> &TestClock {
        &self.clock
    }
}

impl RawPile for Profile {
    fn holding(&self, records: Vec<RawRecord>) -> Box<dyn RawReader> {
        let store = Profile::open(self);
        store.put_connection(&connection()).unwrap();
        store.create_job(&job("import-1", JobKind::Import)).unwrap();
        let page = PageCommit {
            job_id: "import-1",
            connection_id: CONNECTION,
            stream: "job",
            snapshot: Some("s1"),
            scope_hash: "all",
            follow: None,
            records: &records,
            gone: &[],
            checkpoint: &serde_json::Value::Null,
            processed: 0,
            total: None,
        };
        store.commit_page(&page).unwrap();
        Box::new(store)
    }
}

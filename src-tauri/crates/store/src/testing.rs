//! A store in a directory of its own, for this crate's unit tests.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use hub_core::ports::{Clock, Ids, NoFailPoints};
use jiff::Timestamp;
use tempfile::TempDir;

use crate::keys::{self, MemoryKeychain, Protection};
use crate::{OpenOptions, Store};

struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }
    fn monotonic_ms(&self) -> u64 {
        0
    }
}

#[derive(Default)]
struct Counted(AtomicU64);

impl Ids for Counted {
    fn new_id(&self) -> String {
        format!("01990000-0000-7000-8000-{:012x}", self.0.fetch_add(1, Ordering::SeqCst))
    }
}

pub(crate) fn store() -> (TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let made = keys::create(dir.path(), "p", &Protection::Keychain(&MemoryKeychain::default())).unwrap();
    let store = Store::open(OpenOptions {
        dir: dir.path().to_owned(),
        keys: made.keys,
        clock: Arc::new(Still),
        ids: Arc::new(Counted::default()),
        fail_points: Arc::new(NoFailPoints),
    })
    .unwrap();
    (dir, store)
}

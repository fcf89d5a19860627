//! Time that stands still until a test lets it pass, and ids that count up.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use hub_core::ports::{Clock, Ids};
use jiff::Timestamp;

/// A clock that a test moves.
pub struct TestClock {
    /// Milliseconds since 1970, as the wall clock shows them.
    pub wall: AtomicI64,
    /// Milliseconds of the clock that never goes backwards.
    pub steady: AtomicU64,
}

impl Default for TestClock {
    fn default() -> TestClock {
        TestClock { wall: AtomicI64::new(1_778_760_000_000), steady: AtomicU64::new(1_000) }
    }
}

impl TestClock {
    /// Lets time pass on both clocks.
    pub fn pass(&self, ms: u64) {
        self.wall.fetch_add(i64::try_from(ms).unwrap(), Ordering::SeqCst);
        self.steady.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.wall.load(Ordering::SeqCst)).unwrap()
    }
    fn monotonic_ms(&self) -> u64 {
        self.steady.load(Ordering::SeqCst)
    }
}

/// Ids in the order in which they were asked for.
#[derive(Default)]
pub struct TestIds(AtomicU64);

impl Ids for TestIds {
    fn new_id(&self) -> String {
        format!("01990000-0000-7000-8000-{:012x}", self.0.fetch_add(1, Ordering::SeqCst) + 1)
    }
}

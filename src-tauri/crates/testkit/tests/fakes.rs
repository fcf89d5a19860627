//! The ports in memory keep what their ports promise.

use std::sync::Arc;

use hub_core::ports::{RawReader, RawRecord, RequestBudget, SecretStore};
use hub_testkit::fakes::{MemoryBudget, MemoryRaw, MemorySecrets};
use hub_testkit::{Budgets, RawPile, Safe, TestClock};

#[derive(Default)]
struct Memory {
    secrets: Arc<MemorySecrets>,
    budget: Arc<MemoryBudget>,
    clock: TestClock,
}

impl Safe for Memory {
    fn secrets(&self) -> Arc<dyn SecretStore> {
        self.secrets.clone()
    }
}

impl Budgets for Memory {
    fn budget(&self) -> Arc<dyn RequestBudget> {
        self.budget.clone()
    }

    fn clock(&self) -> &TestClock {
        &self.clock
    }
}

impl RawPile for Memory {
    fn holding(&self, records: Vec<RawRecord>) -> Box<dyn RawReader> {
        let mut raw = MemoryRaw::default();
        raw.keep("job", records);
        Box::new(raw)
    }
}

hub_testkit::secret_store!(Memory::default());
hub_testkit::request_budget!(Memory::default());
hub_testkit::raw_reader!(Memory::default());

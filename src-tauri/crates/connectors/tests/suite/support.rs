//! A store, a budget and a clock in memory, and a sandbox beside them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use hub_connectors::{
    ConnectorParts, Credential, DefinedConnector, Pause, Reach, Stopped, embedded, origin_of,
};
use hub_core::canonical::hash_json;
use hub_core::party::{NoLinks, Party};
use hub_core::ports::{
    BudgetState, Clock, Connector, ConnectorError, PartyDocument, RateLimit, RawReader, RawRecord,
    RequestBudget, Reservation, RetryAdvice, Secret, StoreResult, StoredRaw,
};
use hub_sandbox::book::BookSpec;
use hub_sandbox::{Sandbox, SandboxConfig};
use jiff::{SignedDuration, Timestamp};

/// A clock that moves only when somebody waits.
pub(crate) struct StillClock(Mutex<Timestamp>);

impl StillClock {
    pub(crate) fn new() -> Arc<StillClock> {
        Arc::new(StillClock(Mutex::new("2026-05-14T08:00:00Z".parse().unwrap())))
    }
}

impl Clock for StillClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    fn monotonic_ms(&self) -> u64 {
        u64::try_from(self.now().as_millisecond()).unwrap()
    }
}

/// Waiting that takes no time: the clock jumps. Can be told to be stopped instead.
pub(crate) struct Jump {
    clock: Arc<StillClock>,
    pub(crate) waits: Mutex<Vec<Timestamp>>,
    stop: bool,
}

impl Jump {
    pub(crate) fn new(clock: &Arc<StillClock>) -> Jump {
        Jump { clock: Arc::clone(clock), waits: Mutex::default(), stop: false }
    }

    /// Somebody presses Stop as soon as there is a wait.
    pub(crate) fn stopping(clock: &Arc<StillClock>) -> Jump {
        Jump { stop: true, ..Jump::new(clock) }
    }
}

#[async_trait]
impl Pause for Jump {
    async fn until(&self, until: Timestamp) -> Result<(), Stopped> {
        self.waits.lock().unwrap().push(until);
        if self.stop {
            return Err(Stopped);
        }
        *self.clock.0.lock().unwrap() = until;
        Ok(())
    }

    async fn stopped(&self) {
        std::future::pending::<()>().await;
    }
}

/// A sliding log in memory.
#[derive(Default)]
pub(crate) struct MemoryBudget {
    sent: Mutex<Vec<(String, Timestamp)>>,
    blocked: Mutex<BTreeMap<String, Timestamp>>,
}

impl MemoryBudget {
    pub(crate) fn sent(&self, account: &str) -> Vec<Timestamp> {
        self.sent.lock().unwrap().iter().filter(|(name, _)| name == account).map(|(_, at)| *at).collect()
    }

    pub(crate) fn blocked_until(&self, account: &str) -> Option<Timestamp> {
        self.blocked.lock().unwrap().get(account).copied()
    }
}

impl RequestBudget for MemoryBudget {
    fn reserve(&self, account: &str, limits: &[RateLimit], now: Timestamp) -> StoreResult<Reservation> {
        if let Some(until) = self.blocked_until(account).filter(|until| *until > now) {
            return Ok(Reservation::WaitUntil(until));
        }
        let sent = self.sent(account);
        for limit in limits {
            let window = SignedDuration::from_secs(i64::from(limit.per_seconds));
            let inside: Vec<Timestamp> = sent.iter().copied().filter(|at| *at + window > now).collect();
            if inside.len() >= limit.requests as usize {
                return Ok(Reservation::WaitUntil(inside[inside.len() - limit.requests as usize] + window));
            }
        }
        self.sent.lock().unwrap().push((account.to_owned(), now));
        Ok(Reservation::Granted)
    }

    fn block_until(&self, account: &str, until: Timestamp) -> StoreResult<()> {
        self.blocked.lock().unwrap().insert(account.to_owned(), until);
        Ok(())
    }

    fn budget(&self, _: &str, _: &[RateLimit], _: Timestamp) -> StoreResult<BudgetState> {
        Ok(BudgetState { windows: Vec::new(), blocked_until: None })
    }
}

/// Raw records in memory, ordered as the store orders them.
#[derive(Default)]
pub(crate) struct MemoryStore(pub(crate) BTreeMap<String, BTreeMap<String, StoredRaw>>);

impl MemoryStore {
    pub(crate) fn keep(&mut self, stream: &str, records: Vec<RawRecord>) {
        for record in records {
            let content_hash = hash_json(&serde_json::from_str(&record.raw).expect("raw JSON is JSON"));
            let stored =
                StoredRaw { id: record.id.clone(), raw: record.raw, content_hash, parents: record.parents };
            self.0.entry(stream.to_owned()).or_default().insert(record.id, stored);
        }
    }

    fn rows(&self, stream: &str) -> impl Iterator<Item = &StoredRaw> {
        self.0.get(stream).into_iter().flat_map(BTreeMap::values)
    }
}

impl RawReader for MemoryStore {
    fn scan(&self, _: &str, stream: &str, after: Option<&str>, limit: u32) -> StoreResult<Vec<StoredRaw>> {
        let rows = self.rows(stream).filter(|row| after.is_none_or(|after| row.id.as_str() > after));
        Ok(rows.take(limit as usize).cloned().collect())
    }

    fn by_ids(&self, _: &str, stream: &str, ids: &[String]) -> StoreResult<Vec<StoredRaw>> {
        let ids: std::collections::HashSet<&String> = ids.iter().collect();
        Ok(self.rows(stream).filter(|row| ids.contains(&row.id)).cloned().collect())
    }

    fn by_parents(&self, _: &str, stream: &str, slot: usize, ids: &[String]) -> StoreResult<Vec<StoredRaw>> {
        let ids: std::collections::HashSet<&String> = ids.iter().collect();
        let mut rows: Vec<StoredRaw> = self
            .rows(stream)
            .filter(|row| row.parents[slot].as_ref().is_some_and(|parent| ids.contains(parent)))
            .cloned()
            .collect();
        rows.sort_by(|left, right| (&left.parents[slot], &left.id).cmp(&(&right.parents[slot], &right.id)));
        Ok(rows)
    }

    fn count(&self, _: &str, stream: &str) -> StoreResult<u64> {
        Ok(self.rows(stream).count() as u64)
    }
}

/// A sandbox with a connector to it.
pub(crate) struct Bench {
    pub(crate) sandbox: Sandbox,
    pub(crate) connector: DefinedConnector,
    pub(crate) budget: Arc<MemoryBudget>,
    pub(crate) pause: Arc<Jump>,
    pub(crate) clock: Arc<StillClock>,
}

pub(crate) const ACCOUNT: &str = "account";

impl Bench {
    pub(crate) fn new(spec: BookSpec) -> Bench {
        Bench::with(spec, |_| {})
    }

    pub(crate) fn with(spec: BookSpec, change: impl FnOnce(&mut ConnectorParts)) -> Bench {
        let sandbox = Sandbox::start(SandboxConfig::new(spec)).expect("the sandbox starts");
        let clock = StillClock::new();
        let budget = Arc::new(MemoryBudget::default());
        let pause = Arc::new(Jump::new(&clock));
        let mut parts = parts(&sandbox, &budget, &clock, &pause);
        change(&mut parts);
        let connector = DefinedConnector::new(parts).expect("the definition makes a connector");
        Bench { sandbox, connector, budget, pause, clock }
    }

    /// A small book.
    pub(crate) fn small() -> Bench {
        Bench::new(BookSpec::new(11, 60))
    }

    /// Requests so far.
    pub(crate) fn requests(&self) -> usize {
        self.sandbox.control().log().len()
    }

    /// Reads a list once, without second chances.
    pub(crate) async fn sweep(&self, stream: &str) -> Result<Vec<RawRecord>, ConnectorError> {
        let mut records = Vec::new();
        let mut cursor = None;
        loop {
            let page = self.connector.page(stream, cursor.as_ref()).await?;
            records.extend(page.records);
            match page.next {
                None => return Ok(records),
                next => cursor = next,
            }
        }
    }

    /// Reads everything into a store.
    pub(crate) async fn import(&self) -> MemoryStore {
        let mut store = MemoryStore::default();
        for stream in self.connector.streams() {
            let records = self.sweep(&stream.name).await.expect("the sandbox answers");
            store.keep(&stream.name, records);
        }
        store
    }

    /// Parties and documents of a store.
    pub(crate) fn documents(&self, store: &MemoryStore) -> (Vec<Party>, Vec<PartyDocument>) {
        let parties = self.connector.parties(store, "c", &NoLinks).expect("memory does not fail").all();
        let mut documents = Vec::new();
        for chunk in parties.chunks(50) {
            documents.extend(self.connector.assemble(store, "c", chunk).expect("memory does not fail"));
        }
        (parties, documents)
    }
}

pub(crate) fn parts(
    sandbox: &Sandbox,
    budget: &Arc<MemoryBudget>,
    clock: &Arc<StillClock>,
    pause: &Arc<Jump>,
) -> ConnectorParts {
    let base_url = sandbox.vsco_base_url();
    let origin = origin_of(&url::Url::parse(&base_url).unwrap());
    ConnectorParts {
        definition: Arc::new(embedded("tave").expect("built in").expect("without faults")),
        base_url: Some(base_url),
        credential: Credential { secret: Secret::new(sandbox.api_key()), origin },
        account: ACCOUNT.to_owned(),
        time_zone: Some("Europe/London".to_owned()),
        reach: Reach::LoopbackToo,
        budget: Arc::clone(budget) as Arc<dyn RequestBudget>,
        clock: Arc::clone(clock) as Arc<dyn Clock>,
        pause: Arc::clone(pause) as Arc<dyn Pause>,
    }
}

/// Message and advice of a failure.
#[track_caller]
pub(crate) fn verdict<T>(result: Result<T, ConnectorError>) -> (&'static str, RetryAdvice) {
    match result {
        Ok(_) => panic!("this must not succeed"),
        Err(error) => {
            assert!(
                error.params.iter().any(|(name, value)| *name == "action" && !value.is_empty()),
                "{}: each failure offers one action",
                error.message_id
            );
            (error.message_id, error.retry)
        }
    }
}

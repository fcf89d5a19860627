//! A store, a budget and a clock in memory, and a sandbox beside them.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use hub_connectors::{
    ConnectorParts, Credential, DefinedConnector, Pause, Reach, Unwaited, embedded, origin_of,
};
use hub_core::party::{NoLinks, Party};
use hub_core::ports::{
    Clock, Connector, ConnectorError, PartyDocument, RawRecord, RequestBudget, RetryAdvice, Secret,
};
use hub_sandbox::book::BookSpec;
use hub_sandbox::{KeyState, Sandbox, SandboxConfig};
use hub_testkit::CrmStand;
use hub_testkit::fakes::{MemoryBudget, MemoryRaw};
use jiff::Timestamp;

/// A clock that moves only when somebody waits.
pub(crate) struct StillClock(Mutex<Timestamp>);

impl StillClock {
    pub(crate) fn new() -> Arc<StillClock> {
        Arc::new(StillClock(Mutex::new("2026-05-14T08:00:00Z".parse().unwrap())))
    }
}

impl StillClock {
    /// So many seconds pass.
    pub(crate) fn pass(&self, seconds: u32) {
        let mut now = self.0.lock().unwrap();
        *now += jiff::SignedDuration::from_secs(i64::from(seconds));
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
    async fn until(&self, until: Timestamp) -> Result<(), Unwaited> {
        self.waits.lock().unwrap().push(until);
        if self.stop {
            return Err(Unwaited::Stopped);
        }
        *self.clock.0.lock().unwrap() = until;
        Ok(())
    }

    async fn stopped(&self) {
        std::future::pending::<()>().await;
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

/// Reads a list once from its beginning to its proved end.
pub(crate) async fn sweep(connector: &dyn Connector, stream: &str) -> Result<Vec<RawRecord>, ConnectorError> {
    let (mut records, mut cursor) = (Vec::new(), None);
    loop {
        let page = connector.page(stream, cursor.as_ref()).await?;
        records.extend(page.records);
        match page.next {
            None => return Ok(records),
            next => cursor = next,
        }
    }
}

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
        sweep(&self.connector, stream).await
    }

    /// Reads everything into a store.
    pub(crate) async fn import(&self) -> MemoryRaw {
        let mut store = MemoryRaw::default();
        for stream in self.connector.streams() {
            let records = self.sweep(&stream.name).await.expect("the sandbox answers");
            store.keep(&stream.name, records);
        }
        store
    }

    /// Parties and documents of a store.
    pub(crate) fn documents(&self, store: &MemoryRaw) -> (Vec<Party>, Vec<PartyDocument>) {
        let parties = self.connector.parties(store, "c", &NoLinks).expect("memory does not fail").all();
        let mut documents = Vec::new();
        for chunk in parties.chunks(50) {
            documents.extend(self.connector.assemble(store, "c", chunk).expect("memory does not fail"));
        }
        (parties, documents)
    }
}

impl CrmStand for Bench {
    fn connector(&self) -> &dyn Connector {
        &self.connector
    }

    fn requests(&self) -> Vec<String> {
        self.sandbox.control().log().into_iter().map(|row| row.method).collect()
    }

    fn totals(&self) -> Vec<(String, u64)> {
        let expected = self.sandbox.book().expected();
        expected.totals.iter().map(|(stream, total)| (stream.path().to_owned(), *total as u64)).collect()
    }

    fn revoke_the_key(&self) {
        self.sandbox.control().keys(KeyState::Revoked);
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
        credential: Credential::key(Secret::new(sandbox.api_key()), origin),
        account: ACCOUNT.to_owned(),
        known: None,
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

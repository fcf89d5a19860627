//! What the engine is made of, handed over by the composition root.

use std::sync::atomic::AtomicI64;
use std::sync::{Arc, Mutex, PoisonError};

use hub_core::matching::{KeyMatcher, Matcher};
use hub_core::message::Message;
use hub_core::ports::{
    Actor, Clock, CloudAccount, CloudApi, Connection, Connector, ConnectorError, FailPoints, Ids,
};
use jiff::Timestamp;
use tokio::sync::{Semaphore, broadcast};
use tokio_util::sync::CancellationToken;

use crate::progress::ProgressEvent;
use crate::wait::Tasks;
use crate::{Book, Db, EngineError};

/// What a connector tells while it works.
#[derive(Clone)]
pub struct ConnectorHooks {
    /// The budget or the CRM asks to wait until then.
    pub on_wait: Arc<dyn Fn(Timestamp) + Send + Sync>,
    /// Ends waiting and requests.
    pub cancel: CancellationToken,
    /// Longest wait for the budget that the connector sits out itself; for a longer one it says when to come back.
    pub patience: std::time::Duration,
}

/// Makes connectors; implemented by the composition root over `hub-connectors`.
pub trait ConnectorFactory: Send + Sync {
    /// A connector for a stored connection, with its credential from the vault.
    ///
    /// # Errors
    /// When the provider is unknown or the credential is missing.
    fn open(
        &self,
        connection: &Connection,
        hooks: ConnectorHooks,
    ) -> Result<Arc<dyn Connector>, ConnectorError>;
}

/// Everything the engine needs from outside.
pub struct EngineParts {
    /// The store.
    pub book: Arc<dyn Book>,
    /// The WedSync cloud.
    pub cloud: Arc<dyn CloudApi>,
    /// Connectors.
    pub connectors: Arc<dyn ConnectorFactory>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Arc<dyn Ids>,
    /// Windows of the kill test; [`hub_core::ports::NoFailPoints`] in every release.
    pub fail_points: Arc<dyn FailPoints>,
    /// This computer, for leases.
    pub device_id: String,
    /// Raised by every restore (MODEL 10).
    pub db_epoch: i64,
}

/// The engine of one profile. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) db: Db,
    pub(crate) cloud: Arc<dyn CloudApi>,
    pub(crate) connectors: Arc<dyn ConnectorFactory>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn Ids>,
    pub(crate) fail: Arc<dyn FailPoints>,
    pub(crate) matcher: Arc<dyn Matcher>,
    pub(crate) events: broadcast::Sender<ProgressEvent>,
    pub(crate) account: Mutex<Option<CloudAccount>>,
    pub(crate) tasks: Tasks,
    /// Held while a person's pause or stop, or the end of a run, is written: one of them comes first.
    pub(crate) steering: tokio::sync::Mutex<()>,
    /// One refresh of the mirror at a time.
    pub(crate) mirror: tokio::sync::Mutex<()>,
    /// One tidying at a time.
    pub(crate) tidying: tokio::sync::Mutex<()>,
    /// One telling at a time.
    pub(crate) telling: tokio::sync::Mutex<()>,
    /// Jobs at once (R194).
    pub(crate) slots: Semaphore,
    pub(crate) device_id: String,
    pub(crate) db_epoch: AtomicI64,
}

/// Jobs that may run at the same time (R194: 15).
pub(crate) const JOBS_AT_ONCE: usize = 15;
/// Progress events kept for slow subscribers; they read the rest from the log.
const EVENT_BACKLOG: usize = 1024;

impl Engine {
    /// An engine of these parts.
    pub fn new(parts: EngineParts) -> Engine {
        Engine {
            inner: Arc::new(Inner {
                db: Db::new(parts.book),
                cloud: parts.cloud,
                connectors: parts.connectors,
                clock: parts.clock,
                ids: parts.ids,
                fail: parts.fail_points,
                matcher: Arc::new(KeyMatcher),
                events: broadcast::channel(EVENT_BACKLOG).0,
                account: Mutex::new(None),
                tasks: Tasks::default(),
                steering: tokio::sync::Mutex::new(()),
                mirror: tokio::sync::Mutex::new(()),
                tidying: tokio::sync::Mutex::new(()),
                telling: tokio::sync::Mutex::new(()),
                slots: Semaphore::new(JOBS_AT_ONCE),
                device_id: parts.device_id,
                db_epoch: AtomicI64::new(parts.db_epoch),
            }),
        }
    }

    /// The store bridge.
    pub fn db(&self) -> &Db {
        &self.inner.db
    }

    /// Gives memory back that only makes reading faster, unless a job runs.
    ///
    /// # Errors
    /// When the store cannot be used.
    pub async fn rest(&self) -> Result<(), EngineError> {
        if self.inner.slots.available_permits() < JOBS_AT_ONCE {
            return Ok(());
        }
        self.db().run(|book| book.rest()).await
    }

    /// Progress as it happens; what was missed is in the job's event log.
    pub fn subscribe(&self) -> broadcast::Receiver<ProgressEvent> {
        self.inner.events.subscribe()
    }

    /// The signed-in account as last seen, without asking the cloud: review works offline.
    pub fn known_account(&self) -> Option<CloudAccount> {
        self.inner.account.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Tells the engine who is signed in (after sign-in, or at start from the stored copy); `None` after sign-out.
    pub fn set_account(&self, account: Option<CloudAccount>) {
        *self.inner.account.lock().unwrap_or_else(PoisonError::into_inner) = account;
    }

    /// The signed-in account.
    ///
    /// # Errors
    /// `error.not_signed_in`.
    pub fn account(&self) -> Result<CloudAccount, EngineError> {
        self.known_account().ok_or_else(|| EngineError::refused("error.not_signed_in"))
    }

    /// A connection of the signed-in supplier (SYNC-LAW 43).
    ///
    /// # Errors
    /// `error.no_connection`.
    pub async fn connection(&self, id: &str) -> Result<Connection, EngineError> {
        let account = self.account()?;
        let wanted = id.to_owned();
        self.db()
            .run(move |book| book.connection(&account.supplier_id, &wanted))
            .await?
            .ok_or_else(|| EngineError::refused("error.no_connection"))
    }

    pub(crate) fn actor(&self, why: &str, job_id: Option<&str>) -> Actor {
        Actor {
            who: self.known_account().map_or_else(|| "app".to_owned(), |account| account.user_id),
            why: why.to_owned(),
            job_id: job_id.map(str::to_owned),
            at: self.inner.clock.now(),
        }
    }

    /// Refuses unless the signed-in role may change the book (SYNC-LAW 43: roles are checked here, not in the UI).
    ///
    /// # Errors
    /// `error.not_allowed`, `error.not_signed_in`.
    pub fn require_writer(&self) -> Result<CloudAccount, EngineError> {
        let account = self.account()?;
        match account.role.as_str() {
            "owner" | "manager" | "member" => Ok(account),
            _ => Err(EngineError::Refused(Message::new("error.not_allowed"))),
        }
    }
}

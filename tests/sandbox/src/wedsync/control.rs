//! The handle a test or the demo holds: starting, stopping, and every switch.

use std::collections::{BTreeMap, VecDeque};
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::Connection;
use serde_json::Value;
use thiserror::Error;
use tokio::sync::oneshot;

use super::accounts::{self, AccountSeed, Role};
use super::fault::{Fault, On, RateLimit, Rejection, Reset, Switches, Times};
use super::http::{CutListener, Exchange, LogDetail};
use super::publication::{self, Publication, Published};
use super::seed::HandTyped;
use super::{Broker, Config, InstalledClient, db, dump, http, seed};

/// Why the reference cloud did not start or a switch did not take.
#[derive(Debug, Error)]
pub enum Start {
    /// The SQLite file could not be opened or written.
    #[error("the reference cloud's database")]
    Database(#[from] rusqlite::Error),
    /// The loopback port could not be had.
    #[error("the reference cloud's port")]
    Listen(#[from] std::io::Error),
    /// The signing key for definition bundles was refused.
    #[error("the reference cloud's signing key")]
    Key,
    /// The thread ended before it listened.
    #[error("the reference cloud ended before it listened")]
    Ended,
    /// No account has this login.
    #[error("no account with this login")]
    NoSuchLogin,
}

/// Everything a supplier holds, in a form that two runs can be compared by.
#[derive(Clone, Debug, PartialEq)]
pub struct Dump {
    /// Live records by type, sorted, ids replaced by names that do not change from run to run.
    pub json: Value,
    /// SHA-256 of the canonical text of `json`, lower-case hex.
    pub digest: String,
}

/// How much was written for a supplier, for tests that count: an operation applied twice shows in one of the three.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Writes {
    /// Operations that have a stored result, each by its id.
    pub ops: i64,
    /// Places of the change feed that were given out.
    pub changes: i64,
    /// Versions of all records, deleted ones too, added up.
    pub versions: i64,
}

/// What every request handler shares.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) base: String,
    pub(super) access_token_life_ms: i64,
    pub(super) refresh_grace_ms: i64,
    pub(super) lease_life_ms: i64,
    pub(super) log_detail: LogDetail,
    pub(super) brokers: Vec<Broker>,
    pub(super) clients: Vec<InstalledClient>,
    pub(super) definitions: Mutex<Published>,
    pub(super) cursor_generation: AtomicI64,
    clock_offset_ms: AtomicI64,
    database: Mutex<Connection>,
    pub(super) switches: Mutex<Switches>,
    pub(super) log: Mutex<VecDeque<Exchange>>,
}

impl Shared {
    /// The server's clock in milliseconds since 1970; tests move it forward.
    pub(super) fn now_ms(&self) -> i64 {
        jiff::Timestamp::now().as_millisecond() + self.clock_offset_ms.load(Ordering::SeqCst)
    }

    /// The server's clock as RFC 3339 text in UTC.
    pub(super) fn now_text(&self) -> String {
        jiff::Timestamp::from_millisecond(self.now_ms()).unwrap_or(jiff::Timestamp::UNIX_EPOCH).to_string()
    }

    pub(super) fn db(&self) -> MutexGuard<'_, Connection> {
        lock(&self.database)
    }
}

/// A lock whose holder may have panicked: what it guards is changed in single steps, so that it is whole.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether WedSync demands a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// A record without it is turned away.
    Required,
    /// It may be empty.
    Optional,
}

/// A running reference cloud. It stops when dropped.
#[derive(Debug)]
pub struct WedSync {
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl WedSync {
    /// Starts a server on its own thread and returns when it listens.
    ///
    /// # Errors
    /// When the file, the port or the thread cannot be had.
    pub fn start(config: Config) -> Result<Self, Start> {
        let database = db::open(config.database.as_deref())?;
        for account in &config.accounts {
            accounts::insert(&database, account)?;
        }
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, config.port))?;
        listener.set_nonblocking(true)?;
        let shared = Arc::new(Shared {
            base: format!("http://{}", listener.local_addr()?),
            access_token_life_ms: millis(config.access_token_life),
            refresh_grace_ms: millis(config.refresh_grace),
            lease_life_ms: millis(config.lease_life),
            log_detail: config.log,
            brokers: config.brokers,
            clients: config.clients,
            definitions: Mutex::new(publication::publish(
                &Publication::default(),
                jiff::Timestamp::now().as_millisecond(),
            )?),
            cursor_generation: AtomicI64::new(0),
            clock_offset_ms: AtomicI64::new(0),
            database: Mutex::new(database),
            switches: Mutex::new(Switches::default()),
            log: Mutex::new(VecDeque::new()),
        });
        let (stop, stopped) = oneshot::channel();
        let (ready, started) = std::sync::mpsc::channel();
        let for_thread = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("wedsync-cloud".to_owned())
            .spawn(move || run(for_thread, listener, stopped, &ready))?;
        started.recv().map_err(|_| Start::Ended)??;
        Ok(Self { shared, stop: Some(stop), thread: Some(thread) })
    }

    /// Where it listens, for example `http://127.0.0.1:40123`; the API lies under `/v1`.
    pub fn base_url(&self) -> &str {
        &self.shared.base
    }

    /// The server's clock in milliseconds since 1970.
    pub fn now_ms(&self) -> i64 {
        self.shared.now_ms()
    }

    /// Moves the server's clock forward: codes, tokens, leases and the 30-day window age by so much.
    pub fn advance_clock(&self, by: Duration) {
        self.shared.clock_offset_ms.fetch_add(millis(by), Ordering::SeqCst);
    }

    /// The public halves of the keys that sign `GET /definitions`, by name, the one in use first.
    ///
    /// # Errors
    /// When a key is refused.
    pub fn definition_public_keys(&self) -> Result<Vec<(String, Vec<u8>)>, Start> {
        publication::public_keys()
    }

    /// Serves this bundle by `GET /definitions` from now on.
    ///
    /// # Errors
    /// When the signing key is refused.
    pub fn publish(&self, publication: &Publication) -> Result<(), Start> {
        *lock(&self.shared.definitions) = publication::publish(publication, self.shared.now_ms())?;
        Ok(())
    }

    /// Lets matching requests go wrong.
    pub fn inject(&self, on: On, fault: Fault, times: Times) {
        lock(&self.shared.switches).add(on, fault, times);
    }

    /// Ends injected faults.
    pub fn clear_faults(&self, reset: Reset) {
        lock(&self.shared.switches).clear(reset);
    }

    /// F82: from now on every connection, old or new, is closed at once.
    pub fn go_down(&self) {
        lock(&self.shared.switches).down = true;
    }

    /// Ends [`WedSync::go_down`].
    pub fn come_back(&self) {
        lock(&self.shared.switches).down = false;
    }

    /// F59 and F82: ops for which `reject` answers are turned away with that answer. It sees the op as sent.
    pub fn reject_ops(&self, reject: impl Fn(&Value) -> Option<Rejection> + Send + 'static) {
        lock(&self.shared.switches).reject = Some(Box::new(reject));
    }

    /// Ends [`WedSync::reject_ops`].
    pub fn accept_ops(&self) {
        lock(&self.shared.switches).reject = None;
    }

    /// Limits each supplier's requests, or lifts the limit.
    pub fn rate_limit(&self, limit: Option<RateLimit>) {
        lock(&self.shared.switches).rate_limit = limit;
    }

    /// F28: every cursor given out so far answers 410 from now on.
    pub fn expire_cursors(&self) {
        self.shared.cursor_generation.fetch_add(1, Ordering::SeqCst);
    }

    /// F31: every access token given out so far has expired; refresh tokens live on.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn expire_access_tokens(&self) -> Result<(), Start> {
        self.shared.db().execute("UPDATE tokens SET expires_at = 0 WHERE kind = 'access'", [])?;
        Ok(())
    }

    /// F34: every sign-in of this account is revoked.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn revoke_sign_ins(&self, login: &str) -> Result<(), Start> {
        let supplier = self.supplier(login)?;
        self.shared.db().execute("UPDATE families SET revoked = 1 WHERE supplier = ?1", [supplier])?;
        Ok(())
    }

    /// Adds an account while running.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn add_account(&self, account: &AccountSeed) -> Result<(), Start> {
        Ok(accounts::insert(&self.shared.db(), account)?)
    }

    /// F79: puts the account on another tier.
    ///
    /// # Errors
    /// When the login is unknown or the database refuses.
    pub fn set_tier(&self, login: &str, tier: &str) -> Result<(), Start> {
        let supplier = self.supplier(login)?;
        self.shared
            .db()
            .execute("UPDATE suppliers SET tier = ?2 WHERE id = ?1", [supplier.as_str(), tier])?;
        Ok(())
    }

    /// Gives the account's user another role.
    ///
    /// # Errors
    /// When the login is unknown or the database refuses.
    pub fn set_role(&self, login: &str, role: Role) -> Result<(), Start> {
        let supplier = self.supplier(login)?;
        self.shared
            .db()
            .execute("UPDATE suppliers SET role = ?2 WHERE id = ?1", [supplier.as_str(), role.as_str()])?;
        Ok(())
    }

    /// Puts an event of a webhook or bridge into the supplier's relay.
    ///
    /// # Errors
    /// When the login is unknown or the database refuses.
    pub fn relay(&self, login: &str, provider: &str, payload: &Value) -> Result<(), Start> {
        let supplier = self.supplier(login)?;
        let now = self.shared.now_text();
        self.shared.db().execute(
            "INSERT INTO relay (supplier, provider, payload, at, kept_until) VALUES (?1, ?2, ?3, ?4, ?5)",
            rusqlite::params![supplier, provider, payload.to_string(), now, i64::MAX],
        )?;
        Ok(())
    }

    /// Lets a person of the supplier's book join WedSync.
    ///
    /// # Errors
    /// When the login is unknown or the database refuses.
    pub fn person_joined(&self, login: &str, person_id: &str) -> Result<(), Start> {
        let supplier = self.supplier(login)?;
        let now = self.shared.now_text();
        self.shared.db().execute(
            "INSERT INTO growth (supplier, person_id, joined_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            [supplier.as_str(), person_id, now.as_str()],
        )?;
        Ok(())
    }

    /// Enters parties as if the supplier had typed them into WedSync by hand. Returns the client ids in order.
    ///
    /// # Errors
    /// When the login is unknown or the database refuses.
    pub fn seed_hand_typed(&self, login: &str, parties: &[HandTyped]) -> Result<Vec<String>, Start> {
        let supplier = self.supplier(login)?;
        Ok(seed::hand_typed(&mut self.shared.db(), &supplier, parties, &self.shared.now_text())?)
    }

    /// Adds a custom field as the supplier would on WedSync's own screens; returns its key. A required one is demanded
    /// of every record of the type from now on.
    ///
    /// # Errors
    /// When the login is unknown or the database refuses.
    pub fn add_field(
        &self,
        login: &str,
        record_type: &str,
        label: &str,
        kind: &str,
        need: Need,
    ) -> Result<String, Start> {
        let supplier = self.supplier(login)?;
        let id = super::db::stable_id(&["by hand", &supplier, record_type, label]);
        let def = serde_json::json!({"label": label, "type": kind, "choices": [], "required": need == Need::Required});
        self.shared.db().execute(
            "INSERT INTO custom_fields (supplier, id, record_type, reference, def) VALUES (?1, ?2, ?3, ?4, ?5)",
            rusqlite::params![supplier, id, record_type, format!("by hand: {label}"), def.to_string()],
        )?;
        Ok(format!("custom.{id}"))
    }

    /// The supplier's custom fields: record type, key, label.
    ///
    /// # Errors
    /// When the login is unknown or the database refuses.
    pub fn custom_fields(&self, login: &str) -> Result<Vec<(String, String, String)>, Start> {
        let supplier = self.supplier(login)?;
        let database = self.shared.db();
        let mut statement = database.prepare(
            "SELECT record_type, 'custom.' || id, def ->> '$.label' FROM custom_fields WHERE supplier = ?1
             ORDER BY record_type, id",
        )?;
        let rows = statement.query_map([supplier], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Everything that went over the wire so far, oldest first.
    pub fn log(&self) -> Vec<Exchange> {
        lock(&self.shared.log).iter().cloned().collect()
    }

    /// Forgets the log.
    pub fn clear_log(&self) {
        lock(&self.shared.log).clear();
    }

    /// All live records of the account, comparable between runs.
    ///
    /// # Errors
    /// When the login is unknown or the database refuses.
    pub fn dump(&self, login: &str) -> Result<Dump, Start> {
        let supplier = self.supplier(login)?;
        let json = dump::normalised(&self.shared.db(), &supplier)?;
        let digest = db::digest(db::canonical(&json).as_bytes());
        Ok(Dump { json, digest })
    }

    /// Live records of the account per type.
    ///
    /// # Errors
    /// When the login is unknown or the database refuses.
    pub fn counts(&self, login: &str) -> Result<BTreeMap<String, i64>, Start> {
        let supplier = self.supplier(login)?;
        let database = self.shared.db();
        let mut statement = database.prepare(
            "SELECT type, count(*) FROM records WHERE supplier = ?1 AND deleted_at IS NULL GROUP BY type",
        )?;
        let rows = statement.query_map([supplier], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// How much was written for the account so far.
    ///
    /// # Errors
    /// When the login is unknown or the database refuses.
    pub fn writes(&self, login: &str) -> Result<Writes, Start> {
        let supplier = self.supplier(login)?;
        Ok(self.shared.db().query_row(
            "SELECT (SELECT count(*) FROM ops WHERE supplier = ?1),
                    (SELECT ifnull(max(last), 0) FROM sequences WHERE supplier = ?1),
                    (SELECT ifnull(sum(version), 0) FROM records WHERE supplier = ?1)",
            [supplier],
            |row| Ok(Writes { ops: row.get(0)?, changes: row.get(1)?, versions: row.get(2)? }),
        )?)
    }

    fn supplier(&self, login: &str) -> Result<String, Start> {
        accounts::supplier_of(&self.shared.db(), login)?.ok_or(Start::NoSuchLogin)
    }
}

impl Drop for WedSync {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // The thread may have ended already; then there is nobody left to tell.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 4)
}

fn run(
    shared: Arc<Shared>,
    listener: std::net::TcpListener,
    stopped: oneshot::Receiver<()>,
    ready: &std::sync::mpsc::Sender<std::io::Result<()>>,
) {
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(source) => {
            let _ = ready.send(Err(source));
            return;
        }
    };
    runtime.block_on(async {
        let inner = match tokio::net::TcpListener::from_std(listener) {
            Ok(inner) => inner,
            Err(source) => {
                let _ = ready.send(Err(source));
                return;
            }
        };
        let app = axum::Router::new()
            .fallback(http::serve)
            .with_state(Arc::clone(&shared))
            .into_make_service_with_connect_info::<http::Cut>();
        let _ = ready.send(Ok(()));
        let server = std::future::IntoFuture::into_future(axum::serve(CutListener { inner, shared }, app));
        tokio::select! {
            _ = server => {}
            _ = stopped => {}
        }
    });
    // Replies that hang by command would keep a patient shutdown waiting for ever.
    runtime.shutdown_timeout(Duration::from_secs(2));
}

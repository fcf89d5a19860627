//! The composition root: the one place where ports meet their implementations. Nothing else in this crate knows the
//! store, the cloud client or a connector.

mod attempts;
mod bridges;
mod clock;
mod crm_oauth;
mod crm_sign_in;
mod crms;
mod definitions;
mod described;
#[cfg(feature = "fail-points")]
mod fail;
mod files;
mod hooks;
mod keys;
mod logging;
mod network;
mod pastes;
mod providers;
mod sample;
mod sign_in;
mod sites;
mod sources;
#[cfg(test)]
mod tests;
mod window_sign_in;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

use async_trait::async_trait;
use hub_api::{
    ApiError, CostLog, CrmSignIn, Crms, Files, Host, HubEvent, Network, PlaceAsked, PlaceSealed, Places,
    Profile, ProfileKind, SignIn,
};
use hub_cloud::{BaseUrl, CloudClient, Limits, OAuth, PlainHttp, RotatingTokens, Transport};
use hub_connectors::{PageViews, Reach};
use hub_core::message::Locale;
use hub_core::ports::{Clock, CloudAccount, CloudApi, FailPoints, Ids, Job, NoFailPoints, SecretStore};
use hub_engine::{Engine, EngineParts, Telling};
use hub_store::{MIGRATIONS, Migration, OpenOptions, Store};
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use tokio::sync::{Notify, broadcast, watch};

use crate::failure::Failure;
use crate::profile::ProfileDir;

#[cfg(feature = "fail-points")]
pub use fail::migrations_of_the_next_version;
pub(crate) use keys::{KeyChoice, long_enough};
pub(crate) use logging::log_to;

use clock::{SystemClock, UuidIds};
use crm_sign_in::CrmSignIns;
use crms::DefinedCrms;
pub use files::PickedFiles;
use hooks::HookCarrier;
use network::WedSyncNetwork;
use sign_in::WedSyncSignIn;
pub use window_sign_in::{SignInWindow, SignInWindows, WindowEvent, WindowFault, WindowWanted};

/// Where the account is kept between runs, so that a review works offline.
const ACCOUNT: &str = "account";
/// Which supplier a profile belongs to, also while nobody is signed in (MODEL 10).
const SUPPLIER: &str = "supplier_id";
/// Where the tokens lie in the vault.
const TOKENS: &str = "wedsync";
/// Events kept for slow listeners; the rest stands in the job's log.
const EVENT_BACKLOG: usize = 1024;
/// Between two looks at what is due to be told, however soon it is.
const SHORTEST_PAUSE: std::time::Duration = std::time::Duration::from_secs(1);
/// How often the calendar is looked at; the runtime's timer stands still while the computer sleeps.
const HOUSEKEEPING: std::time::Duration = std::time::Duration::from_secs(10 * 60);

/// An open profile.
pub(crate) struct ProfileHost {
    profile: Profile,
    locale: Locale,
    engine: Engine,
    vault: Arc<dyn SecretStore>,
    sign_in: WedSyncSignIn,
    crm_sign_in: CrmSignIns,
    network: WedSyncNetwork,
    crms: Arc<DefinedCrms>,
    files: Arc<PickedFiles>,
    carrier: HookCarrier,
    /// Something may be due to be told.
    telling: Arc<Notify>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    costs: CostLog,
    events: broadcast::Sender<HubEvent>,
    running: watch::Sender<usize>,
    waiting: AtomicUsize,
    /// A job has ended: some of what is kept may be past its time.
    housekeeping: Arc<Notify>,
    me: Weak<ProfileHost>,
}

impl ProfileHost {
    /// Opens the profile. Only its owner may (MODEL 10).
    pub(crate) async fn open(
        place: &ProfileDir,
        locale: Locale,
        keys: KeyChoice,
        build: Build,
        shell: Shell,
    ) -> Result<Arc<ProfileHost>, Failure> {
        let Shell { files, windows } = shell;
        let Build { fail_points, migrations } = build;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
        let ids: Arc<dyn Ids> = Arc::new(UuidIds);
        let store =
            open_store(place, keys, clock.clone(), ids.clone(), fail_points.clone(), migrations).await?;
        let vault = store.vault();
        let device = vault.device_id().map_err(|source| Failure::because("error.database_fault", source))?;
        let db_epoch = vault.db_epoch().map_err(|source| Failure::because("error.database_fault", source))?;

        let plain =
            if place.profile.kind.is_invented() { PlainHttp::LoopbackAllowed } else { PlainHttp::Refused };
        let base = BaseUrl::parse(&place.profile.cloud_url, plain)
            .map_err(|source| Failure::because("error.cloud_address", source))?;
        let transport = Transport::new(base, Limits::default())
            .map_err(|source| Failure::because("error.cloud_setup", source))?;
        let oauth = OAuth::new(transport.clone());
        let secrets: Arc<dyn SecretStore> = vault.clone();
        let tokens = Arc::new(RotatingTokens::new(secrets.clone(), TOKENS, oauth.clone()));
        let client = Arc::new(CloudClient::new(transport.clone(), tokens.clone(), device.clone()));
        let cloud: Arc<dyn CloudApi> = match place.profile.kind {
            ProfileKind::Sample => Arc::new(sample::NoCloud),
            ProfileKind::Live | ProfileKind::Demo | ProfileKind::Test => client.clone(),
        };

        let crms = Arc::new(DefinedCrms::new(
            vault,
            clock.clone(),
            place.profile.kind,
            files.clone(),
            store.clone(),
            client,
            windows.clone().map(|windows| windows as Arc<dyn PageViews>),
        ));
        let engine = Engine::new(EngineParts {
            book: store,
            cloud,
            connectors: crms.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
            fail_points,
            device_id: device.clone(),
            db_epoch,
        });
        let reach = if place.profile.kind.is_invented() { Reach::LoopbackToo } else { Reach::PublicOnly };
        let carrier = HookCarrier::new(reach, secrets.clone())
            .map_err(|source| Failure::because("error.cloud_setup", source))?;
        let events = broadcast::channel(EVENT_BACKLOG).0;
        let asks = place.profile.kind != ProfileKind::Sample;
        let network = WedSyncNetwork::new(asks.then(|| transport.clone()));
        let crm_sign_in = CrmSignIns::new(crm_sign_in::CrmParts {
            oauth: oauth.clone(),
            crms: crms.clone(),
            vault: secrets.clone(),
            engine: engine.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
            events: events.clone(),
            locale,
            windows,
        });
        let sign_in = WedSyncSignIn::new(sign_in::Parts {
            transport,
            device,
            oauth,
            tokens,
            crms: crm_sign_in.clone(),
            vault: secrets.clone(),
            engine: engine.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
            events: events.clone(),
            locale,
        });
        let host = Arc::new_cyclic(|me| ProfileHost {
            profile: place.profile.clone(),
            locale,
            engine,
            vault: secrets,
            sign_in,
            crm_sign_in,
            network,
            crms,
            files,
            carrier,
            telling: Arc::default(),
            clock,
            ids,
            costs: CostLog::default(),
            events,
            running: watch::Sender::new(0),
            waiting: AtomicUsize::new(0),
            housekeeping: Arc::default(),
            me: me.clone(),
        });
        host.start().await?;
        Ok(host)
    }

    /// What only an owner does at its start: remember who is signed in, adopt what a dead process left, pass events on.
    async fn start(&self) -> Result<(), Failure> {
        let stored = self.engine.db().run(|book| book.setting(ACCOUNT)).await.map_err(engine_failure)?;
        let account = match self.profile.kind {
            ProfileKind::Sample => Some(sample::account()),
            ProfileKind::Live | ProfileKind::Demo | ProfileKind::Test => {
                stored.and_then(|json| serde_json::from_value::<CloudAccount>(json).ok())
            }
        };
        self.engine.set_account(account);
        self.engine.adopt_orphans().await.map_err(engine_failure)?;
        self.network.follow(self.me.clone());
        let (mut told, me) = (self.events.subscribe(), self.me.clone());
        tokio::spawn(async move {
            loop {
                match told.recv().await {
                    Ok(event) if event.topic == "sign_in" => match me.upgrade() {
                        Some(host) if host.engine.known_account().is_some() => host.signed_in().await,
                        Some(_) => {}
                        None => return,
                    },
                    Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => {}
                    Err(broadcast::error::RecvError::Closed) => return,
                }
            }
        });
        tokio::spawn(keep_house(self.me.clone()));
        tokio::spawn(definitions::keep(self.me.clone()));
        tokio::spawn(keep_telling(self.me.clone()));
        let (mut progress, events) = (self.engine.subscribe(), self.events.clone());
        tokio::spawn(async move {
            loop {
                let event = match progress.recv().await {
                    Ok(event) => event,
                    // What was missed stands in the log.
                    Err(broadcast::error::RecvError::Lagged(_)) => continue,
                    Err(broadcast::error::RecvError::Closed) => return,
                };
                // Nobody listening is no fault.
                let _ = events.send(HubEvent {
                    topic: "job".to_owned(),
                    job_id: Some(event.job_id),
                    seq: event.seq,
                    event: event.event,
                });
            }
        });
        Ok(())
    }

    /// The files that people picked.
    pub(crate) fn picked_files(&self) -> &PickedFiles {
        &self.files
    }

    /// Waits until no job runs in this process.
    pub(crate) async fn idle(&self) {
        // The sender lives in this value: waiting ends only by being right.
        let _ = self.running.subscribe().wait_for(|running| *running == 0).await;
    }

    /// How many jobs run in this process, now and whenever that changes.
    pub(crate) fn watch_jobs(&self) -> watch::Receiver<usize> {
        self.running.subscribe()
    }

    /// How many jobs run in this process or wait in it for their time.
    pub(crate) fn jobs_at_work(&self) -> usize {
        *self.running.borrow() + self.waiting.load(Ordering::Relaxed)
    }

    /// Goes on with everything that goes on by itself: interrupted jobs, and those whose wait is over or may be.
    pub(crate) async fn go_on(&self) -> Result<(), Failure> {
        if self.engine.known_account().is_some() {
            for job in self.engine.resumable().await.map_err(engine_failure)? {
                self.run_job(job.id);
            }
        }
        Ok(())
    }

    /// Tells places what is due; when something is due next. A fault is logged and tried again.
    async fn tell(&self, how: Telling) -> Option<Timestamp> {
        match self.engine.tell(&self.carrier, how).await {
            Ok(due) => due,
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "nobody could be told of changes");
                None
            }
        }
    }

    /// One run of a job; `None` when it could not be run.
    async fn run_once(&self, job_id: &str) -> Option<Job> {
        // A task of its own inside, so that a panic ends here as well.
        let (engine, id) = (self.engine.clone(), job_id.to_owned());
        let ended = tokio::spawn(async move { engine.run(&id).await }).await;
        let _ = self.events.send(changed(job_id));
        self.housekeeping.notify_one();
        match ended {
            Ok(Ok(job)) => Some(job),
            Ok(Err(error)) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(job = job_id, error, "a job could not run");
                None
            }
            Err(error) => {
                tracing::error!(job = job_id, error = &error as &dyn std::error::Error, "a job panicked");
                None
            }
        }
    }

    async fn ask_definitions(&self) {
        let asked = match self.crms.refresh_definitions().await {
            Ok(()) => hub_api::apply_switches(self).await,
            Err(error) => Err(error),
        };
        if let Err(error) = asked {
            tracing::info!(error = &error as &dyn std::error::Error, "WedSync was not asked for definitions");
        }
    }

    /// Goes on with what waited for a sign-in.
    async fn signed_in(&self) {
        match self.engine.waiting_for_auth(None).await {
            Ok(jobs) => jobs.into_iter().for_each(|job| self.run_job(job.id)),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "waiting jobs could not be listed");
            }
        }
        if self.crms.shelf().is_due()
            && let Some(host) = self.me.upgrade()
        {
            // Nobody who signs in waits for it.
            tokio::spawn(async move { host.ask_definitions().await });
        }
    }
}

pub(crate) fn engine_failure(error: hub_engine::EngineError) -> Failure {
    Failure::Own {
        message: error.message(),
        exit: crate::failure::Exit::Failed,
        source: Some(Box::new(error)),
    }
}

/// Stretching keys and opening databases is work for a thread that may block.
async fn open_store(
    place: &ProfileDir,
    keys: KeyChoice,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    fail_points: Arc<dyn FailPoints>,
    migrations: Vec<Migration>,
) -> Result<Arc<Store>, Failure> {
    let place = place.clone();
    let opened = tokio::task::spawn_blocking(move || {
        let keys = keys::unlock(&place, keys)?;
        let options = OpenOptions { dir: place.dir, keys, clock, ids, fail_points };
        Store::open_with(options, &migrations).map_err(|source| Failure::because(source.message_id(), source))
    });
    Ok(Arc::new(opened.await.map_err(|source| Failure::because("error.fault", source))??))
}

impl Host for ProfileHost {
    fn profile(&self) -> &Profile {
        &self.profile
    }
    fn locale(&self) -> Locale {
        self.locale
    }
    fn engine(&self) -> &Engine {
        &self.engine
    }
    fn secrets(&self) -> Arc<dyn SecretStore> {
        self.vault.clone()
    }
    fn sign_in(&self) -> &dyn SignIn {
        &self.sign_in
    }
    fn crm_sign_in(&self) -> &dyn CrmSignIn {
        &self.crm_sign_in
    }
    fn network(&self) -> &dyn Network {
        &self.network
    }
    fn crms(&self) -> &dyn Crms {
        self.crms.as_ref()
    }
    fn places(&self) -> &dyn Places {
        self
    }
    fn files(&self) -> &dyn Files {
        self.files.as_ref()
    }
    fn clock(&self) -> &dyn Clock {
        self.clock.as_ref()
    }
    fn ids(&self) -> &dyn Ids {
        self.ids.as_ref()
    }
    fn costs(&self) -> &CostLog {
        &self.costs
    }
    fn events(&self) -> &broadcast::Sender<HubEvent> {
        &self.events
    }
    fn version(&self) -> &str {
        env!("CARGO_PKG_VERSION")
    }
    fn run_job(&self, job_id: String) {
        let Some(host) = self.me.upgrade() else { return };
        host.running.send_modify(|running| *running += 1);
        tokio::spawn(async move {
            while let Some(job) = host.run_once(&job_id).await {
                if job.wait_until.is_none() {
                    break;
                }
                // Nobody has to stay for a wait: it stands in the job's row and outlives the process.
                host.running.send_modify(|running| *running -= 1);
                host.waiting.fetch_add(1, Ordering::Relaxed);
                let go_on = host.engine.wait_out(&job_id).await;
                host.waiting.fetch_sub(1, Ordering::Relaxed);
                host.running.send_modify(|running| *running += 1);
                match go_on {
                    Ok(true) => {}
                    Ok(false) => break,
                    Err(error) => {
                        let error = &error as &dyn std::error::Error;
                        tracing::error!(job = job_id, error, "a job could not be waited for");
                        break;
                    }
                }
            }
            // Whatever a job brought to WedSync or saw there is told before anybody waits for nothing any more.
            host.tell(Telling::ByItself).await;
            host.running.send_modify(|running| *running -= 1);
        });
    }
}

#[async_trait]
impl Places for ProfileHost {
    async fn seal(&self, asked: PlaceAsked) -> Result<PlaceSealed, ApiError> {
        self.carrier.seal(asked).await
    }

    fn wake(&self) {
        self.telling.notify_one();
    }

    async fn send_anyway(&self) -> Result<(), ApiError> {
        self.engine.tell(&self.carrier, Telling::Anyway).await?;
        Ok(())
    }
}

/// What only an owner does: tells places what is due, at start, after jobs, and when a pause is over.
async fn keep_telling(me: Weak<ProfileHost>) {
    loop {
        let Some(host) = me.upgrade() else { return };
        let due = host.tell(Telling::ByItself).await;
        let now = host.clock.now();
        let left = due.map(|due| std::time::Duration::try_from(due.duration_since(now)).unwrap_or_default());
        let next = host.telling.clone();
        // Held only while something is done: the last owner of a host must be able to let it go.
        drop(host);
        let wait = left.unwrap_or(HOUSEKEEPING).clamp(SHORTEST_PAUSE, HOUSEKEEPING);
        let _ = tokio::time::timeout(wait, next.notified()).await;
    }
}

/// What only an owner does beside jobs: what a new day changes, and removing what is past its time; at start, after jobs,
/// and every now and then. A fault is logged and tried again.
async fn keep_house(me: Weak<ProfileHost>) {
    loop {
        let Some(host) = me.upgrade() else { return };
        match host.engine.new_day().await {
            Ok(0) => {}
            Ok(_) => {
                let event = json!({"tags": ["clients", "review"]});
                let _ =
                    host.events.send(HubEvent { topic: "changed".to_owned(), job_id: None, seq: 0, event });
            }
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "the new day could not be noted");
            }
        }
        match host.engine.tidy().await {
            Ok(removed) if removed.is_empty() => {}
            Ok(removed) => tracing::info!(?removed, "removed what is past its time"),
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "nothing could be removed");
            }
        }
        // Held only while something is done: the last owner of a host must be able to let it go.
        let next = host.housekeeping.clone();
        drop(host);
        let _ = tokio::time::timeout(HOUSEKEEPING, next.notified()).await;
    }
}

/// Tells listeners that a job's row is worth reading again.
fn changed(job_id: &str) -> HubEvent {
    HubEvent {
        topic: "changed".to_owned(),
        job_id: Some(job_id.to_owned()),
        seq: 0,
        event: json!({"tags": ["jobs", "review", "connections"]}),
    }
}

/// Stores who is signed in; `None` keeps only to which supplier the profile belongs.
pub(crate) async fn remember(
    engine: &Engine,
    account: Option<&CloudAccount>,
) -> Result<(), hub_engine::EngineError> {
    // Plain data with string keys: encoding cannot fail.
    let json = account.map_or(Json::Null, |account| serde_json::to_value(account).unwrap_or(Json::Null));
    let supplier = account.map(|account| (account.supplier_id.clone(), account.time_zone.clone()));
    engine
        .db()
        .run(move |book| {
            if let Some((supplier, zone)) = supplier {
                book.put_setting(SUPPLIER, &Json::String(supplier))?;
                // The studio's own calendar decides what the next wedding is, also while nobody is signed in.
                book.put_setting("studio.time_zone", &Json::String(zone))?;
            }
            book.put_setting(ACCOUNT, &json)
        })
        .await?;
    engine.set_account(account.cloned());
    Ok(())
}

/// The supplier this profile belongs to, once one has signed in.
pub(crate) async fn supplier_of(engine: &Engine) -> Result<Option<String>, hub_engine::EngineError> {
    let stored = engine.db().run(|book| book.setting(SUPPLIER)).await?;
    Ok(stored.and_then(|json| json.as_str().map(str::to_owned)))
}

/// What the program around a profile gives to it.
#[derive(Clone, Default)]
pub(crate) struct Shell {
    /// Where the files that people pick are held.
    pub(crate) files: Arc<PickedFiles>,
    /// What opens windows to sign in, where there is a desktop program.
    pub(crate) windows: Option<Arc<dyn SignInWindows>>,
}

/// What a build can be told to do otherwise: nothing, but for the test-only feature.
pub(crate) struct Build {
    fail_points: Arc<dyn FailPoints>,
    migrations: Vec<Migration>,
}

impl Default for Build {
    fn default() -> Build {
        Build { fail_points: Arc::new(NoFailPoints), migrations: MIGRATIONS.to_vec() }
    }
}

/// What the line says about it.
#[cfg(feature = "fail-points")]
pub(crate) fn build(common: &crate::args::Common) -> Result<Build, Failure> {
    let mut build = Build::default();
    if let Some(point) = &common.fail_point {
        build.fail_points = Arc::new(fail::KillAt::parse(point)?);
    }
    if common.next_version {
        build.migrations = migrations_of_the_next_version();
    }
    Ok(build)
}

/// Builds without the feature are as they are.
#[cfg(not(feature = "fail-points"))]
pub(crate) fn build(_: &crate::args::Common) -> Result<Build, Failure> {
    Ok(Build::default())
}

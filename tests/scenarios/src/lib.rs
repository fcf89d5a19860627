//! A supplier's desk for scenario tests: one profile with a real store, a real engine, a connection to the sandbox's
//! CRM and a sign-in at the sandbox's cloud, made the way the app makes them.
//!
//! Only time, ids and the choice of key are the test's. Everything that could go wrong here is a broken test, so the
//! functions end it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a desk that cannot be set up ends its test"
)]

pub mod canary;
pub mod hub;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use hub_cloud::{
    BaseUrl, CloudClient, Limits, Loopback, LoopbackPage, LoopbackPages, OAuth, PlainHttp, RotatingTokens,
    SignInAttempt, Transport,
};
use hub_connectors::sheet::{FileConnector, FileConnectorParts, FileSet, PickedFile, Reading, Where, look};
use hub_connectors::{ConnectorParts, Credential, DefinedConnector, Reach, TokioPause, embedded, origin_of};
use hub_core::circuit::{RequestEnd, Sent};
use hub_core::job::{JobKind, Phase};
use hub_core::plan::UnitKind;
use hub_core::ports::{
    AccountInfo, BudgetState, Clock, CloudApi, Connection, ConnectionStatus, Connector, ConnectorError,
    FailPoints, Ids, Job, NoFailPoints, OpStatus, PlanHead, RateLimit, RequestBudget, Reservation, Scope,
    Secret, StoreResult, StoredUnit, UnitQuery, UnitRow,
};
use hub_engine::{ConnectorFactory, ConnectorHooks, Decision, Engine, EngineParts};
use hub_sandbox::World;
use hub_sandbox::wedsync::AccountSeed;
use hub_store::keys::{Protection, Stretch, Unlock};
use hub_store::{OpenOptions, Store, Vault, keys};
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use tokio_util::sync::CancellationToken;
use url::Url;

/// The passphrase of every profile that a desk makes.
pub const PASSPHRASE: &str = "correct horse battery staple";

/// Name under which a desk's sign-in is sealed in the vault.
pub const SIGN_IN: &str = "wedsync";

/// Real time, which a test may move on.
pub struct SystemClock {
    began: std::time::Instant,
    ahead_ms: AtomicU64,
}

impl Default for SystemClock {
    fn default() -> SystemClock {
        SystemClock { began: std::time::Instant::now(), ahead_ms: AtomicU64::new(0) }
    }
}

impl SystemClock {
    /// Lets so much time pass at once.
    pub fn pass(&self, time: std::time::Duration) {
        self.ahead_ms.fetch_add(u64::try_from(time.as_millis()).expect("a short time"), Ordering::SeqCst);
    }

    fn ahead(&self) -> std::time::Duration {
        std::time::Duration::from_millis(self.ahead_ms.load(Ordering::SeqCst))
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now() + self.ahead()
    }
    fn monotonic_ms(&self) -> u64 {
        u64::try_from((self.began.elapsed() + self.ahead()).as_millis()).unwrap_or(u64::MAX)
    }
}

/// Random version 7 ids.
pub struct UuidIds;

impl Ids for UuidIds {
    fn new_id(&self) -> String {
        uuid::Uuid::now_v7().to_string()
    }
}

/// A budget without limits that only counts: benches measure the program, not the CRM's patience.
#[derive(Clone, Default)]
struct Unlimited(Arc<AtomicU64>);

impl RequestBudget for Unlimited {
    fn reserve(&self, _: &str, _: &[RateLimit], _: Timestamp) -> StoreResult<Reservation> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(Reservation::Granted)
    }
    fn block_until(&self, _: &str, _: Timestamp) -> StoreResult<()> {
        Ok(())
    }
    fn limit_spent(&self, _: &str, _: &[RateLimit], _: u32, _: Timestamp) -> StoreResult<()> {
        Ok(())
    }
    fn ended(&self, _: &str, _: Sent, _: RequestEnd, _: Timestamp) -> StoreResult<()> {
        Ok(())
    }
    fn budget(&self, _: &str, _: &[RateLimit], _: Timestamp) -> StoreResult<BudgetState> {
        Ok(BudgetState { windows: Vec::new(), blocked_until: None, down_until: None })
    }
}

/// Connectors with one key for all connections.
struct Factory {
    key: Secret,
    unlimited: std::sync::atomic::AtomicBool,
    counted: Unlimited,
    vault: Arc<Vault>,
    clock: Arc<dyn Clock>,
    store: Arc<Store>,
    /// The file of the connection by file, and how it is read.
    file: std::sync::Mutex<Option<(PickedFile, Reading)>>,
    /// What is read in place of everything else.
    diary: std::sync::Mutex<Option<Arc<dyn Connector>>>,
}

impl Factory {
    fn budget(&self) -> Arc<dyn RequestBudget> {
        if self.unlimited.load(Ordering::Relaxed) {
            Arc::new(self.counted.clone())
        } else {
            self.vault.clone()
        }
    }

    fn make(
        &self,
        provider: &str,
        base_url: &str,
        account: &str,
        zone: Option<String>,
        hooks: ConnectorHooks,
    ) -> Result<DefinedConnector, ConnectorError> {
        let definition = embedded(provider).expect("a built-in definition").expect("without faults");
        let origin = origin_of(&Url::parse(base_url).expect("an address"));
        DefinedConnector::new(ConnectorParts {
            definition: Arc::new(definition),
            base_url: Some(base_url.to_owned()),
            credential: Credential::key(self.key.clone(), origin),
            account: account.to_owned(),
            known: None,
            time_zone: zone,
            reach: Reach::LoopbackToo,
            budget: self.budget(),
            clock: self.clock.clone(),
            pause: Arc::new(TokioPause::new(self.clock.clone(), hooks.cancel, hooks.on_wait, hooks.patience)),
        })
    }
}

impl ConnectorFactory for Factory {
    fn open(
        &self,
        connection: &Connection,
        hooks: ConnectorHooks,
    ) -> Result<Arc<dyn Connector>, ConnectorError> {
        if let Some(diary) = self.diary.lock().expect("not poisoned").clone() {
            return Ok(diary);
        }
        if connection.is_by_file() {
            let (file, reading) = self.file.lock().expect("not poisoned").clone().expect("a file");
            return Ok(Arc::new(FileConnector::new(FileConnectorParts {
                provider: connection.provider.clone(),
                connection_id: connection.id.clone(),
                account: connection.account.clone(),
                files: Some(FileSet::open(&[file], &[], &reading)),
                reading,
                stored: self.store.clone(),
            })));
        }
        let base_url = connection.base_url.clone().expect("the sandbox's address");
        Ok(Arc::new(self.make(
            &connection.provider,
            &base_url,
            &connection.account.account_id,
            connection.account.time_zone.clone(),
            hooks,
        )?))
    }
}

/// Hooks for work outside any job.
fn untold() -> ConnectorHooks {
    ConnectorHooks {
        on_wait: Arc::new(|_| {}),
        cancel: CancellationToken::new(),
        patience: std::time::Duration::from_secs(90),
    }
}

/// Where the outside world is.
#[derive(Debug, Clone)]
pub struct Outside {
    /// The CRM's API.
    pub crm_url: String,
    /// Its key.
    pub api_key: String,
    /// The WedSync cloud.
    pub cloud_url: String,
}

impl From<&World> for Outside {
    fn from(world: &World) -> Outside {
        Outside {
            crm_url: world.crm.vsco_base_url(),
            api_key: world.crm.api_key().to_owned(),
            cloud_url: world.wedsync.base_url().to_owned(),
        }
    }
}

/// One profile at work.
pub struct Desk {
    /// The engine.
    pub engine: Engine,
    /// The store behind it.
    pub store: Arc<Store>,
    /// The connection to the CRM.
    pub connection: Connection,
    /// Where the browser was sent at the end of the sign-in; its query holds the one-time code.
    pub callback: Url,
    /// The clock it lives by.
    pub time: Arc<SystemClock>,
    factory: Arc<Factory>,
    runtime: tokio::runtime::Runtime,
    _directory: Option<tempfile::TempDir>,
}

static DEVICES: AtomicU64 = AtomicU64::new(1);

impl Desk {
    /// A new profile, signed in and connected, that has read nothing yet.
    pub fn new(world: &World) -> Desk {
        let directory = tempfile::tempdir().expect("a directory");
        let mut desk = Desk::open(&world.into(), directory.path(), Arc::new(NoFailPoints));
        desk._directory = Some(directory);
        desk.no_rate_limit();
        desk
    }

    /// Opens (or makes) the profile in a directory.
    pub fn open(outside: &Outside, directory: &Path, fail_points: Arc<dyn FailPoints>) -> Desk {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let time = Arc::new(SystemClock::default());
        let clock: Arc<dyn Clock> = time.clone();
        let store = open_store(directory, clock.clone(), fail_points.clone());
        let vault = store.vault();
        let db_epoch = vault.db_epoch().expect("an epoch");
        let device = format!("device-{}", DEVICES.fetch_add(1, Ordering::Relaxed));
        let (cloud, callback) = runtime.block_on(signed_in(&outside.cloud_url, vault.clone(), &device));
        let cloud = Arc::new(cloud);
        let factory = Arc::new(Factory {
            key: Secret::new(outside.api_key.as_str()),
            unlimited: std::sync::atomic::AtomicBool::new(false),
            counted: Unlimited::default(),
            vault,
            clock: clock.clone(),
            store: store.clone(),
            file: std::sync::Mutex::default(),
            diary: std::sync::Mutex::default(),
        });
        let account = runtime.block_on(CloudApi::account(cloud.as_ref())).expect("the account");
        let engine = Engine::new(EngineParts {
            book: store.clone(),
            cloud,
            connectors: factory.clone(),
            clock,
            ids: Arc::new(UuidIds),
            fail_points,
            device_id: device,
            db_epoch,
        });
        engine.set_account(Some(account.clone()));
        let base_url = outside.crm_url.clone();
        let probe = factory.make("tave", &base_url, "probe", None, untold()).expect("a connector");
        let crm = runtime.block_on(probe.probe()).expect("the CRM's account");
        let connection = Connection {
            id: hub_core::record::connection_id(&account.supplier_id, "tave", &crm.account_id),
            supplier_id: account.supplier_id,
            provider: "tave".into(),
            name: "Tave".into(),
            status: ConnectionStatus::Connected,
            account: crm,
            base_url: Some(base_url),
            vault_ref: "connection:tave".into(),
            key_hint: String::new(),
            scope: Scope { hidden: true, ..Scope::default() },
            decisions: json!({"money_unit": "minor"}),
            last_sync_at: None,
            last_sync_status: None,
            error: None,
            created_at: Timestamp::now(),
        };
        {
            use hub_core::ports::ConnectionStore;
            if store.connection(&connection.supplier_id, &connection.id).expect("readable").is_none() {
                store.put_connection(&connection).expect("the connection is stored");
            }
        }
        Desk { engine, store, connection, callback, time, factory, runtime, _directory: None }
    }

    /// Works on a connection by file from here on.
    pub fn read_file(&mut self, path: &Path) {
        let file = PickedFile {
            id: "file".into(),
            name: path.file_name().expect("a name").to_string_lossy().into_owned(),
            size: std::fs::metadata(path).expect("it is there").len(),
            place: Where::Path(path.to_owned()),
        };
        let looked = look(std::slice::from_ref(&file), &[], None, "GB");
        assert!(looked.usable, "{looked:?}");
        let id = UuidIds.new_id();
        self.connection = Connection {
            provider: looked.provider.clone(),
            name: file.name.clone(),
            account: AccountInfo {
                account_id: id.clone(),
                name: file.name.clone(),
                time_zone: None,
                currency: None,
                country: None,
                readable: Vec::new(),
            },
            base_url: None,
            vault_ref: format!("connection:{id}"),
            decisions: serde_json::to_value(&looked.decisions).expect("plain data"),
            id,
            ..self.connection.clone()
        };
        *self.factory.file.lock().expect("not poisoned") = Some((file, looked.reading));
        hub_core::ports::ConnectionStore::put_connection(self.store.as_ref(), &self.connection)
            .expect("the connection is stored");
    }

    /// Works on a connection of its own from here on, which is read by this connector.
    pub fn read_diary(&mut self, diary: Arc<dyn Connector>, account: AccountInfo) {
        let id = UuidIds.new_id();
        self.connection = Connection {
            provider: diary.provider().to_owned(),
            name: account.name.clone(),
            account,
            base_url: None,
            vault_ref: format!("connection:{id}"),
            decisions: diary.initial_decisions(),
            id,
            ..self.connection.clone()
        };
        *self.factory.diary.lock().expect("not poisoned") = Some(diary);
        hub_core::ports::ConnectionStore::put_connection(self.store.as_ref(), &self.connection)
            .expect("the connection is stored");
    }

    /// Lifts the CRM's limits from here on.
    pub fn no_rate_limit(&self) {
        self.factory.unlimited.store(true, Ordering::Relaxed);
    }

    /// Requests sent to the CRM since its limits were lifted.
    pub fn requests(&self) -> u64 {
        self.factory.counted.0.load(Ordering::Relaxed)
    }

    /// The connector that the engine would open.
    pub fn connector(&self) -> Arc<dyn Connector> {
        self.factory.open(&self.connection, untold()).expect("a connector")
    }

    /// Runs something async to its end.
    pub fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// Begins something async and does not wait for it.
    pub fn begin<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> tokio::task::JoinHandle<T> {
        self.runtime.spawn(work)
    }

    /// The job as it stands now.
    pub fn job_now(&self, job: &Job) -> Job {
        self.wait(self.engine.job(&job.id)).expect("the job")
    }

    /// Runs a waiting or interrupted job on from where it stopped.
    pub fn resume(&self, job: &Job) -> Job {
        self.wait(self.engine.run(&job.id)).expect("run")
    }

    /// One unit with everything the panel shows.
    pub fn unit(&self, plan: &PlanHead, seq: u64) -> StoredUnit {
        self.wait(self.engine.unit(&plan.id, seq)).expect("the unit")
    }

    /// Answers every question of a plan: a missing value is left out, a possible duplicate is the client named first.
    pub fn answer_everything(&self, plan: &PlanHead) {
        for row in self.rows(plan, &UnitQuery { kind: Some(UnitKind::Problem), ..UnitQuery::default() }) {
            for problem in self.unit(plan, row.seq).unit.problems {
                let (record_id, field) = (problem.record_id, problem.field);
                self.decide(row.seq, Decision::SetValue { record_id, field, value: Json::Null });
            }
        }
        for row in self.rows(plan, &UnitQuery { kind: Some(UnitKind::Duplicate), ..UnitQuery::default() }) {
            let client_id = self.unit(plan, row.seq).unit.candidates[0].client_id.clone();
            self.decide(row.seq, Decision::Link { client_id });
        }
    }

    /// Queues and runs a job until it ends or waits.
    pub fn job(&self, kind: JobKind, config: Json) -> Job {
        let job = self.wait(self.engine.queue(&self.connection.id, kind, config)).expect("queued");
        self.wait(self.engine.run(&job.id)).expect("run")
    }

    /// Imports; the plan then waits for review.
    pub fn import(&self) -> PlanHead {
        let job = self.job(JobKind::Import, json!({}));
        assert_eq!(job.phase, Phase::WaitingReview, "the import ends with a plan: {:?}", job.error);
        self.plan()
    }

    /// The plan in review.
    pub fn plan(&self) -> PlanHead {
        self.wait(self.engine.current_plan(&self.connection.id)).expect("a plan")
    }

    /// Rows of a plan.
    pub fn rows(&self, plan: &PlanHead, query: &UnitQuery) -> Vec<UnitRow> {
        use hub_core::ports::PlanStore;
        let query = UnitQuery { limit: if query.limit == 0 { 1000 } else { query.limit }, ..query.clone() };
        self.store.units(&plan.id, &query).expect("rows").0
    }

    /// The rules a new connection starts with.
    pub fn default_mapping(&self) -> Vec<Json> {
        let account = &self.connection.account.account_id;
        let base_url = self.connection.base_url.as_deref().expect("the sandbox's address");
        let connector = self.factory.make("tave", base_url, account, None, untold());
        connector.expect("a connector").default_mapping()
    }

    /// Takes a decision.
    pub fn decide(&self, seq: u64, decision: Decision) {
        self.wait(self.engine.decide(&self.plan(), seq, decision)).expect("decided");
    }

    /// Approves all that is ready and uploads it.
    pub fn upload(&self) -> Job {
        let plan = self.plan();
        self.wait(self.engine.approve(&plan, None)).expect("approved");
        self.job(JobKind::Upload, json!({"plan_id": plan.id}))
    }

    /// Undoes an upload.
    pub fn undo(&self, upload: &Job) -> Job {
        let undo = self.wait(self.engine.queue_undo(&upload.id)).expect("queued");
        self.wait(self.engine.run(&undo.id)).expect("run")
    }
}

/// The supplier at WedSync's own screens: edits that come from no import.
pub struct Hand {
    cloud: CloudClient,
    runtime: tokio::runtime::Runtime,
    _directory: tempfile::TempDir,
}

impl Hand {
    /// Signs in at WedSync, on a device of its own.
    pub fn new(world: &World) -> Hand {
        let directory = tempfile::tempdir().expect("a directory");
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let store = open_store(directory.path(), Arc::new(SystemClock::default()), Arc::new(NoFailPoints));
        let device = format!("browser-{}", DEVICES.fetch_add(1, Ordering::Relaxed));
        let (cloud, _) = runtime.block_on(signed_in(world.wedsync.base_url(), store.vault(), &device));
        Hand { cloud, runtime, _directory: directory }
    }

    /// Sets fields of a record that WedSync holds; a keyed list takes `{"set", "remove"}`.
    pub fn edit(&self, record_type: &str, id: &str, fields: Json) {
        self.op(json!({"type": record_type, "action": "upsert", "id": id, "fields": fields}));
    }

    /// Makes a custom field for a field of the CRM, as another program of the supplier would; returns its name.
    pub fn add_field(
        &self,
        record_type: hub_core::record::RecordType,
        label: &str,
        field_type: &str,
        reference: &Json,
    ) -> String {
        let external_ref = serde_json::from_value(reference.clone()).expect("a reference");
        let field = hub_cloud::NewField {
            id: None,
            record_type,
            label,
            field_type,
            choices: &[],
            external_ref: &external_ref,
        };
        self.runtime.block_on(self.cloud.add_field(&field)).expect("made").field.key
    }

    /// Deletes a record.
    pub fn delete(&self, record_type: &str, id: &str) {
        self.op(json!({"type": record_type, "action": "delete", "id": id}));
    }

    fn op(&self, mut op: Json) {
        op["op_id"] = json!(UuidIds.new_id());
        let body = json!({"ops": [op]}).to_string();
        let key = UuidIds.new_id();
        let sent = CloudApi::send_batch(&self.cloud, &key, &body, None);
        let results = self.runtime.block_on(sent).expect("WedSync answers");
        assert!(
            matches!(results[0].status, OpStatus::Updated | OpStatus::Created | OpStatus::Deleted),
            "an edit by hand is taken: {results:?}"
        );
    }
}

/// Opens the store of a directory, making it under the test's passphrase if it is new.
fn open_store(directory: &Path, clock: Arc<dyn Clock>, fail_points: Arc<dyn FailPoints>) -> Arc<Store> {
    let passphrase = Secret::new(PASSPHRASE);
    let light = Stretch { memory: 8, passes: 1, lanes: 1 };
    let ring = if keys::exists(directory) {
        keys::unlock(directory, &Unlock::Passphrase(&passphrase)).expect("its own passphrase")
    } else {
        keys::create(directory, "test", &Protection::Passphrase(&passphrase, light)).expect("keys").keys
    };
    let dir = directory.to_owned();
    let options = OpenOptions { dir, keys: ring, clock, ids: Arc::new(UuidIds), fail_points };
    Arc::new(Store::open(options).expect("the store opens"))
}

/// What a person does in the browser, and the client that comes of it.
async fn signed_in(cloud_url: &str, vault: Arc<Vault>, device: &str) -> (CloudClient, Url) {
    let base = BaseUrl::parse(cloud_url, PlainHttp::LoopbackAllowed).expect("an address");
    let transport = Transport::new(base, Limits::default()).expect("a transport");
    let oauth = OAuth::new(transport.clone());
    let tokens = Arc::new(RotatingTokens::new(vault, SIGN_IN, oauth.clone()));
    let page = |title: &str| LoopbackPage { title: title.into(), text: String::new() };
    let pages = LoopbackPages { done: page("Done"), failed: page("Failed") };
    let listener = Loopback::open(pages).await.expect("a port");
    let attempt = SignInAttempt::new_loopback(&oauth, &listener).expect("an attempt");
    let browser = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .expect("a browser");
    let html = browser
        .get(attempt.authorize_url().clone())
        .send()
        .await
        .expect("the form")
        .text()
        .await
        .expect("html");
    let seed = AccountSeed::demo();
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    for input in html.split("<input type=\"hidden\" name=\"").skip(1) {
        let (name, rest) = input.split_once("\" value=\"").expect("a hidden field has a value");
        let (value, _) = rest.split_once('"').expect("and it ends");
        form.append_pair(name, &value.replace("&amp;", "&"));
    }
    form.append_pair("login", &seed.login).append_pair("password", &seed.password);
    let reply = browser
        .post(attempt.authorize_url().join("/v1/oauth/authorize").expect("an address"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form.finish())
        .send()
        .await
        .expect("the form is sent");
    let callback = reply.headers()["location"].to_str().expect("text").to_owned();
    let (code, _) = tokio::join!(listener.wait(&attempt), browser.get(&callback).send());
    let set = oauth.exchange(attempt, code.expect("a code")).await.expect("tokens");
    tokens.sign_in(&set).expect("sealed");
    (CloudClient::new(transport, tokens, device), Url::parse(&callback).expect("an address"))
}

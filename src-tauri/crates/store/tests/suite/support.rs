//! What every test needs: a profile in a directory of its own, a clock that stands still, a small party, a small cloud.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use hub_core::job::{JobKind, Phase};
use hub_core::plan::{
    ConflictPolicy, FieldRules, PlanHasher, PlanInput, PlannedUnit, Resolution, StagedRecord, StagedUnit,
    UnitSummary, plan_unit,
};
use hub_core::ports::{
    AccountInfo, AccountRef, Actor, Approval, Clock, CloudRecord, Connection, ConnectionStatus,
    ConnectionStore, FailPoints, HeldRecord, Ids, Job, JobStore, LinkRow, MirrorStore, NoFailPoints,
    OpResult, OpStatus, OutboxStore, PlanHead, PlanState, PlanStore, Scope, SourceStore,
};
use hub_core::record::{ExternalRef, FieldMap, RecordKey, RecordType, SourceKey};
use hub_store::keys::{self, KeyRing, MemoryKeychain, Protection};
use hub_store::{OpenOptions, Store};
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use tempfile::TempDir;

pub(crate) struct TestClock {
    pub(crate) wall: AtomicI64,
    pub(crate) steady: AtomicU64,
}

impl Default for TestClock {
    fn default() -> TestClock {
        TestClock { wall: AtomicI64::new(1_778_760_000_000), steady: AtomicU64::new(1_000) }
    }
}

impl TestClock {
    pub(crate) fn pass(&self, ms: u64) {
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

#[derive(Default)]
pub(crate) struct TestIds(AtomicU64);

impl Ids for TestIds {
    fn new_id(&self) -> String {
        format!("01990000-0000-7000-8000-{:012x}", self.0.fetch_add(1, Ordering::SeqCst) + 1)
    }
}

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

pub(crate) const CONNECTION: &str = "conn-1";

pub(crate) fn connection() -> Connection {
    Connection {
        id: CONNECTION.into(),
        supplier_id: "supplier-1".into(),
        provider: "tave".into(),
        name: "Tave".into(),
        status: ConnectionStatus::Connected,
        account: AccountInfo {
            account_id: "studio-1".into(),
            name: "Harlow & Finch".into(),
            time_zone: Some("Europe/London".into()),
            currency: Some("GBP".into()),
            country: Some("GB".into()),
            readable: vec!["job".into()],
        },
        base_url: None,
        vault_ref: "tave/studio-1".into(),
        key_hint: "9f3c".into(),
        scope: Scope::default(),
        decisions: json!({"money_unit": "minor"}),
        last_sync_at: None,
        last_sync_status: None,
        error: None,
        created_at: Timestamp::from_second(1_778_000_000).unwrap(),
    }
}

pub(crate) fn job(id: &str, kind: JobKind) -> Job {
    Job {
        id: id.into(),
        connection_id: CONNECTION.into(),
        kind,
        phase: Phase::Queued,
        config: json!({}),
        checkpoint: Json::Null,
        processed: 0,
        total: None,
        error: None,
        counts: json!({}),
        created_at: Timestamp::from_second(1_778_000_001).unwrap(),
        wait_until: None,
        started_at: None,
        completed_at: None,
    }
}

pub(crate) fn fields(json: Json) -> FieldMap {
    serde_json::from_value(json).unwrap()
}

pub(crate) fn cloud_record(record_type: RecordType, id: &str, version: i64, values: Json) -> CloudRecord {
    CloudRecord {
        key: RecordKey::new(record_type, id),
        fields: fields(values),
        version,
        external_refs: Vec::new(),
        deleted: false,
    }
}

pub(crate) fn actor(job_id: &str) -> Actor {
    Actor {
        who: "user-1".into(),
        why: "reason.upload".into(),
        job_id: Some(job_id.into()),
        at: Timestamp::from_second(1_778_760_100).unwrap(),
    }
}

pub(crate) const ACCOUNT: AccountRef<'static> = AccountRef { provider: "tave", account: "studio-1" };

/// Party `n`: a couple, a wedding, an invoice with a payment. `venue` is what tests change.
pub(crate) fn party(n: u64, venue: &str) -> StagedUnit {
    let id = |kind: &str| format!("{kind}-{n}");
    let record = |record_type, kind: &str, stream: &str, values: Json| StagedRecord {
        record_type,
        id: id(kind),
        source: Some(SourceKey { stream: stream.into(), id: format!("x-{}", id(kind)) }),
        fields: fields(values.clone()),
        crm: fields(values),
        counted_elsewhere: false,
    };
    let people = json!({id("anna"): {"role": "primary", "position": 0}, id("ben"): {"role": "partner", "position": 1}});
    let client = StagedRecord {
        record_type: RecordType::Client,
        id: id("client"),
        source: None,
        fields: fields(json!({"people": people})),
        crm: fields(json!({"people": people})),
        counted_elsewhere: false,
    };
    let phone = format!("+4477009{n:05}");
    let records = vec![
        client,
        record(
            RecordType::Person,
            "anna",
            "address-book",
            json!({"first_name": format!("Anna{n}"), "last_name": "Price", "email": format!("Anna{n}@Example.com"),
                "phone": {"e164": phone, "ext": null, "text": phone}}),
        ),
        record(
            RecordType::Person,
            "ben",
            "address-book",
            json!({"first_name": "Ben", "last_name": "Okafor", "email": format!("ben{n}@example.org")}),
        ),
        record(
            RecordType::Project,
            "job",
            "job",
            json!({"client_id": id("client"), "name": "Wedding", "kind": "Wedding", "wedding_date": "2026-06-13",
                "venue_name": venue, "people": {format!("{}:primary", id("anna")):
                    {"person_id": id("anna"), "role": "primary"}}}),
        ),
        record(
            RecordType::Invoice,
            "invoice",
            "invoice",
            json!({"client_id": id("client"), "project_id": id("job"), "number": format!("INV-{n}"),
                "total": {"minor": 450_000, "currency": "GBP"}}),
        ),
        record(
            RecordType::Payment,
            "payment",
            "payment",
            json!({"client_id": id("client"), "project_id": id("job"), "payer_id": id("anna"),
                "amount": {"minor": 100_000, "currency": "GBP"}, "status": "paid",
                "allocations": {id("invoice"): {"amount": {"minor": 100_000, "currency": "GBP"}}}}),
        ),
    ];
    StagedUnit {
        seq: n,
        client_id: id("client"),
        external_id: Some(format!("x-{}", id("anna"))),
        claimed_by: Vec::new(),
        summary: UnitSummary {
            names: vec![format!("Anna{n} Price"), "Ben Okafor".into()],
            wedding_date: Some("2026-06-13".into()),
            venue: Some(venue.into()),
            email: Some(format!("anna{n}@example.com")),
            phone: None,
            counts: records.iter().fold(BTreeMap::new(), |mut counts, record: &StagedRecord| {
                *counts.entry(record.record_type).or_default() += 1;
                counts
            }),
        },
        records,
        problems: Vec::new(),
        left_out: None,
    }
}

pub(crate) fn allotments(unit: &StagedUnit) -> Vec<LinkRow> {
    unit.records
        .iter()
        .filter_map(|record| {
            let source = record.source.as_ref()?;
            Some(LinkRow {
                stream: source.stream.clone(),
                external_id: source.id.clone(),
                record_type: record.record_type,
                record_id: record.id.clone(),
                client_id: unit.client_id.clone(),
                confirmed: false,
            })
        })
        .collect()
}

/// What the planner sees of the store for one unit.
pub(crate) fn planned(store: &Store, unit: &StagedUnit) -> PlannedUnit {
    let wanted: Vec<(RecordKey, Option<SourceKey>)> = unit
        .records
        .iter()
        .map(|record| {
            let key = RecordKey::new(record.record_type, record.id.clone());
            let source = record.source.clone().or_else(|| Some(SourceKey::party(&record.id)));
            (key, source)
        })
        .collect();
    let held: BTreeMap<RecordKey, HeldRecord> = store
        .held(CONNECTION, &wanted)
        .unwrap()
        .into_iter()
        .map(|held| (held.record.key.clone(), held))
        .collect();
    plan_unit(&PlanInput {
        staged: unit,
        held: &held,
        candidates: &[],
        resolution: &Resolution::default(),
        rules: &FieldRules::default(),
        policy: ConflictPolicy::ManualReview,
    })
}

/// Connection, import job, staging and a sealed plan of these units; returns the plan's id.
pub(crate) fn plan(store: &Store, import: &str, units: &[StagedUnit]) -> String {
    store.put_connection(&connection()).unwrap();
    store.create_job(&job(import, JobKind::Import)).unwrap();
    let links: Vec<LinkRow> = units.iter().flat_map(allotments).collect();
    let at = Timestamp::from_second(1_778_760_000).unwrap();
    store.stage(import, CONNECTION, units, &links, at).unwrap();
    let plan_id = format!("plan-{import}");
    store
        .begin_plan(&PlanHead {
            id: plan_id.clone(),
            job_id: import.into(),
            connection_id: CONNECTION.into(),
            state: PlanState::Building,
            hash: String::new(),
            counts: BTreeMap::new(),
            guard: None,
            created_at: at,
        })
        .unwrap();
    let units: Vec<(PlannedUnit, Resolution)> =
        units.iter().map(|unit| (planned(store, unit), Resolution::default())).collect();
    store.append_units(&plan_id, &units).unwrap();
    let mut hasher = PlanHasher::default();
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for (unit, _) in &units {
        *counts.entry(unit.kind.as_str().into()).or_default() += 1;
        unit.ops.iter().for_each(|op| hasher.push(&op.hash));
    }
    store.seal_plan(&plan_id, &hasher.finish(), &counts, None).unwrap();
    store.transition(import, hub_core::job::JobEvent::Start, None).unwrap();
    store.transition(import, hub_core::job::JobEvent::Finish, None).unwrap();
    plan_id
}

pub(crate) fn approve(store: &Store, plan_id: &str) -> u64 {
    let approval = Approval { by: "user-1".into(), at: Timestamp::from_second(1_778_760_050).unwrap() };
    store.approve(plan_id, None, &approval).unwrap()
}

/// Applies everything approved.
pub(crate) fn apply(store: &Store, plan_id: &str, upload: &str, seqs: &[u64]) -> u64 {
    store.create_job(&job(upload, JobKind::Upload)).unwrap();
    store.apply_and_enqueue(plan_id, upload, CONNECTION, &ACCOUNT, seqs, &actor(upload)).unwrap()
}

/// WedSync in a few lines: versions, references, normalised addresses, and refusals that a test asks for.
#[derive(Default)]
pub(crate) struct Cloud {
    pub(crate) records: BTreeMap<(String, String), (i64, FieldMap, bool)>,
    pub(crate) refs: BTreeMap<String, String>,
    pub(crate) reject: Vec<String>,
    pub(crate) bodies: Vec<String>,
    pub(crate) done: Mutex<BTreeMap<String, OpResult>>,
}

impl Cloud {
    pub(crate) fn send(&mut self, body: &str) -> Vec<OpResult> {
        self.bodies.push(body.to_owned());
        let batch: Json = serde_json::from_str(body).unwrap();
        batch["ops"].as_array().unwrap().iter().map(|op| self.op(op)).collect()
    }

    fn op(&mut self, op: &Json) -> OpResult {
        let op_id = op["op_id"].as_str().unwrap().to_owned();
        if let Some(known) = self.done.lock().unwrap().get(&op_id) {
            return known.clone();
        }
        let result = self.run(op, &op_id);
        self.done.lock().unwrap().insert(op_id, result.clone());
        result
    }

    fn run(&mut self, op: &Json, op_id: &str) -> OpResult {
        let record_type = op["type"].as_str().unwrap().to_owned();
        let mut id = op["id"].as_str().unwrap().to_owned();
        let mut result = OpResult {
            op_id: op_id.into(),
            status: OpStatus::Rejected,
            id: Some(id.clone()),
            version: None,
            fields: FieldMap::new(),
            current: None,
            field: None,
            code: None,
            params: Json::Null,
        };
        if self.reject.contains(&id) {
            result.code = Some("invalid".into());
            return result;
        }
        if let Some(reference) = op.get("external_ref") {
            let known = self.refs.entry(reference.to_string()).or_insert_with(|| id.clone());
            id.clone_from(known);
            result.id = Some(id.clone());
        }
        let key = (record_type.clone(), id.clone());
        let known = self.records.contains_key(&key);
        let (version, held, deleted) = self.records.entry(key).or_default();
        if let Some(expected) = op.get("expected_version").and_then(Json::as_i64)
            && expected != *version
        {
            result.status = OpStatus::Conflict;
            result.current = Some(CloudRecord {
                key: RecordKey::new(RecordType::parse(&record_type).unwrap(), id),
                fields: held.clone(),
                version: *version,
                external_refs: Vec::new(),
                deleted: *deleted,
            });
            return result;
        }
        *version += 1;
        result.version = Some(*version);
        match op["action"].as_str().unwrap() {
            "delete" => {
                *deleted = true;
                self.refs.retain(|_, held| *held != id);
                result.status = OpStatus::Deleted;
            }
            "restore" => {
                *deleted = false;
                result.status = OpStatus::Restored;
            }
            _ => {
                *deleted = false;
                if let Some(reference) = op.get("remove_external_ref") {
                    self.refs.remove(&reference.to_string());
                }
                for (name, value) in op.get("fields").and_then(Json::as_object).into_iter().flatten() {
                    self.set(&record_type, &id, name, value, &mut result);
                }
                result.status = if known { OpStatus::Updated } else { OpStatus::Created };
            }
        }
        result
    }

    fn set(&mut self, record_type: &str, id: &str, name: &str, value: &Json, result: &mut OpResult) {
        let (_, held, _) = self.records.get_mut(&(record_type.to_owned(), id.to_owned())).unwrap();
        let keyed = value.get("set").is_some() && value.get("remove").is_some();
        if keyed {
            let mut list = held.get(name).and_then(Json::as_object).cloned().unwrap_or_default();
            for key in value["remove"].as_array().unwrap() {
                list.remove(key.as_str().unwrap());
            }
            list.extend(value["set"].as_object().unwrap().clone());
            held.insert(name.into(), Json::Object(list));
        } else if value.is_null() {
            held.remove(name);
        } else if name == "email" {
            let lower = value.as_str().unwrap().to_lowercase();
            if Some(lower.as_str()) != value.as_str() {
                result.fields.insert(name.into(), lower.clone().into());
            }
            held.insert(name.into(), lower.into());
        } else {
            held.insert(name.into(), value.clone());
        }
    }

    /// Sends everything that a job has queued.
    pub(crate) fn drain(&mut self, store: &Store, job_id: &str, limit: u32) -> u32 {
        let mut batches = 0;
        while let Some(batch) = store.cut_batch(job_id, limit).unwrap() {
            store.mark_sent(&batch.id).unwrap();
            let results = self.send(&batch.body);
            store.ack_batch(&batch.id, &results, &actor(job_id)).unwrap();
            batches += 1;
        }
        batches
    }

    pub(crate) fn live(&self) -> usize {
        self.records.values().filter(|(_, _, deleted)| !deleted).count()
    }
}

pub(crate) fn reference(stream: &str, id: &str) -> ExternalRef {
    ExternalRef { provider: "tave".into(), account: "studio-1".into(), stream: stream.into(), id: id.into() }
}

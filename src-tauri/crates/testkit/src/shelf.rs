//! A place that keeps a book, and the steps from staging to the outbox that the suites share.

use std::collections::BTreeMap;

use hub_core::job::{JobEvent, JobKind};
use hub_core::plan::{
    ConflictPolicy, FieldRules, PlanHasher, PlanInput, PlannedUnit, Resolution, StagedUnit, plan_unit,
};
use hub_core::ports::{
    Approval, ConnectionStore, FieldStore, HeldRecord, JobStore, KeepingStore, LinkRow, MirrorStore,
    OutboxStore, PlanHead, PlanState, PlanStore, SourceStore, StoreError,
};
use hub_core::record::{RecordKey, SourceKey};
use jiff::Timestamp;

use crate::book::{ACCOUNT, CONNECTION, actor, allotments, connection, job};

/// Everything that is kept of one profile: all store ports together, as the engine uses them.
pub trait Book:
    ConnectionStore + FieldStore + JobStore + KeepingStore + MirrorStore + OutboxStore + PlanStore + SourceStore
{
}

impl<T> Book for T where
    T: ConnectionStore
        + FieldStore
        + JobStore
        + KeepingStore
        + MirrorStore
        + OutboxStore
        + PlanStore
        + SourceStore
{
}

/// Where a book is kept. Suites open it, drop it as a dead process would, and open it again.
pub trait Shelf {
    /// Opens what is kept here.
    fn open(&self) -> Box<dyn Book>;

    /// Everything durable that tells what the book says, free of instants and queues, so that two states can be
    /// compared. Read anew from where it is kept, not from an open book.
    fn dump(&self) -> BTreeMap<String, Vec<String>>;
}

/// What the planner sees of the store for one unit.
pub fn planned(store: &dyn Book, unit: &StagedUnit) -> PlannedUnit {
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
pub fn plan(store: &dyn Book, import: &str, units: &[StagedUnit]) -> String {
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
    store.transition(import, JobEvent::Start, None).unwrap();
    store.transition(import, JobEvent::Finish, None).unwrap();
    plan_id
}

/// Approves everything that needs no decision.
pub fn approve(store: &dyn Book, plan_id: &str) -> u64 {
    let approval = Approval { by: "user-1".into(), at: Timestamp::from_second(1_778_760_050).unwrap() };
    store.approve(plan_id, None, &approval).unwrap()
}

/// Applies everything approved.
pub fn apply(store: &dyn Book, plan_id: &str, upload: &str, seqs: &[u64]) -> u64 {
    store.create_job(&job(upload, JobKind::Upload)).unwrap();
    enqueue(store, plan_id, upload, seqs)
}

/// Applies approved units under an upload that is there.
pub fn enqueue(store: &dyn Book, plan_id: &str, upload: &str, seqs: &[u64]) -> u64 {
    store.apply_and_enqueue(plan_id, upload, CONNECTION, &ACCOUNT, seqs, &actor(upload)).unwrap()
}

/// Starts and finishes a job whose work is done.
pub fn finish(store: &dyn Book, job_id: &str) {
    store.transition(job_id, JobEvent::Start, None).unwrap();
    store.transition(job_id, JobEvent::Finish, None).unwrap();
}

/// The rule that refused something.
pub(crate) fn rule(error: StoreError) -> &'static str {
    match error {
        StoreError::Refused { rule, .. } => rule,
        other => panic!("a rule must refuse it, got {other}"),
    }
}

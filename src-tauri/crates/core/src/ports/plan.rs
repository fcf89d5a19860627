//! The stored plan: what the review shows and what approval freezes (MODEL 6).

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::StoreResult;
use crate::job::Outcome;
use crate::plan::{PlannedUnit, Resolution, UnitKind, UnitSummary};
use crate::record::RecordType;

/// Where a plan stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlanState {
    /// Units are still being added; a kill here throws it away.
    Building,
    /// Waits for review.
    Ready,
    /// Some of it was approved and is being uploaded.
    Executing,
    /// Nothing of it is left to do.
    Finished,
    /// A newer plan took its place.
    Superseded,
}

impl PlanState {
    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            PlanState::Building => "building",
            PlanState::Ready => "ready",
            PlanState::Executing => "executing",
            PlanState::Finished => "finished",
            PlanState::Superseded => "superseded",
        }
    }

    /// The state of this stored name.
    pub fn parse(name: &str) -> Option<PlanState> {
        [
            PlanState::Building,
            PlanState::Ready,
            PlanState::Executing,
            PlanState::Finished,
            PlanState::Superseded,
        ]
        .into_iter()
        .find(|state| state.as_str() == name)
    }
}

/// Head of a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanHead {
    /// Id.
    pub id: String,
    /// Import job whose staging it stands on.
    pub job_id: String,
    /// Connection.
    pub connection_id: String,
    /// State.
    pub state: PlanState,
    /// Hash of the ordered op hashes as first planned.
    pub hash: String,
    /// Units by kind.
    pub counts: BTreeMap<String, u64>,
    /// A guard of the plan that a person must lift, with its message id (`blast_changes`, ...), if any.
    pub guard: Option<String>,
    /// When it was stored.
    pub created_at: Timestamp,
}

/// Where a unit stands in review.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitState {
    /// Waits: for a decision if its kind needs one, else for approval.
    Pending,
    /// A person accepted it (or approved all that is ready).
    Approved,
    /// A person left it out.
    Rejected,
    /// It moved after approval and asks again.
    Moved,
    /// Being uploaded.
    Applied,
    /// In WedSync.
    Done,
    /// WedSync refused some or all of it.
    Refused,
}

impl UnitState {
    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            UnitState::Pending => "pending",
            UnitState::Approved => "approved",
            UnitState::Rejected => "rejected",
            UnitState::Moved => "moved",
            UnitState::Applied => "applied",
            UnitState::Done => "done",
            UnitState::Refused => "refused",
        }
    }

    /// The state of this stored name.
    pub fn parse(name: &str) -> Option<UnitState> {
        [
            UnitState::Pending,
            UnitState::Approved,
            UnitState::Rejected,
            UnitState::Moved,
            UnitState::Applied,
            UnitState::Done,
            UnitState::Refused,
        ]
        .into_iter()
        .find(|state| state.as_str() == name)
    }
}

/// Under which heading of the review a unit stands; follows from its kind and state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Heading {
    /// A person has to decide.
    Waiting,
    /// WedSync did not take it.
    Refused,
    /// Can be uploaded as it is.
    Ready,
    /// Approved, and not yet confirmed by WedSync.
    Approved,
    /// WedSync confirmed it.
    InWedsync,
    /// A person or "what to bring" left it out.
    LeftOut,
    /// Nothing to do.
    Unchanged,
}

impl Heading {
    /// All headings, in the order in which they are listed.
    pub const ALL: [Heading; 7] = [
        Heading::Waiting,
        Heading::Refused,
        Heading::Ready,
        Heading::Approved,
        Heading::InWedsync,
        Heading::LeftOut,
        Heading::Unchanged,
    ];

    /// The heading of a unit of this kind in this state.
    pub fn of(kind: UnitKind, state: UnitState) -> Heading {
        match (state, kind) {
            (UnitState::Done, _) => Heading::InWedsync,
            (UnitState::Approved | UnitState::Applied, _) => Heading::Approved,
            (UnitState::Refused, _) => Heading::Refused,
            (UnitState::Rejected, _) | (_, UnitKind::Skipped) => Heading::LeftOut,
            (UnitState::Moved, _) => Heading::Waiting,
            (UnitState::Pending, kind) if kind.needs_decision() => Heading::Waiting,
            (UnitState::Pending, UnitKind::Unchanged) => Heading::Unchanged,
            (UnitState::Pending, _) => Heading::Ready,
        }
    }

    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Heading::Waiting => "waiting",
            Heading::Refused => "refused",
            Heading::Ready => "ready",
            Heading::Approved => "approved",
            Heading::InWedsync => "in_wedsync",
            Heading::LeftOut => "left_out",
            Heading::Unchanged => "unchanged",
        }
    }
}

/// Why a cell of a row stands out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum Mark {
    /// Its value cannot be brought in as it is.
    Problem {
        /// What stands there, abbreviated.
        found: String,
        /// Message id under `problem.`.
        code: String,
        /// Parameters of the message.
        params: BTreeMap<String, String>,
    },
    /// Both sides changed it.
    Conflict,
    /// It would become another in WedSync.
    Changed,
}

/// A cell that stands out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellMark {
    /// Type of the record.
    pub record_type: RecordType,
    /// Its field.
    pub field: String,
    /// Why.
    pub mark: Mark,
}

/// Units whose first problem is of one sort.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlikeCount {
    /// `record_type/field/code`.
    pub alike: String,
    /// How many wait.
    pub count: u64,
}

/// A row of the review list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UnitRow {
    /// Position in the plan; the row's id.
    pub seq: u64,
    /// Client.
    pub client_id: String,
    /// Tab.
    pub kind: UnitKind,
    /// State.
    pub state: UnitState,
    /// Cells.
    pub summary: UnitSummary,
    /// How many problems, candidates, conflicts it has.
    pub problems: u32,
    /// Candidates.
    pub candidates: u32,
    /// Conflicts.
    pub conflicts: u32,
    /// Operations.
    pub ops: u32,
    /// Cells that stand out, at most [`UnitRow::MOST_MARKS`].
    pub marks: Vec<CellMark>,
}

impl UnitRow {
    /// A row names no more cells than this; its panel shows all.
    pub const MOST_MARKS: usize = 12;
}

/// Which rows of the review.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitQuery {
    /// Only this tab.
    pub kind: Option<UnitKind>,
    /// Only this state.
    pub state: Option<UnitState>,
    /// Only under this heading.
    pub heading: Option<Heading>,
    /// Only those whose first problem is of this sort, as [`AlikeCount::alike`] names it.
    pub alike: Option<String>,
    /// Names, e-mail, venue contain this.
    pub search: Option<String>,
    /// Only weddings on or after this day, `YYYY-MM-DD`; leaves out those without a date.
    pub weddings_from: Option<String>,
    /// Only appointments that no client is known for, or only clients.
    pub appointments: Option<bool>,
    /// Order: `seq`, `name`, `wedding_date` (appointments without a client come after all clients, by their day); a leading `-` turns it round.
    pub sort: Option<String>,
    /// Rows to pass over.
    pub offset: u64,
    /// Rows at most.
    pub limit: u32,
}

/// One unit with everything the panel shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredUnit {
    /// The planned unit as it stands after the person's decisions.
    pub unit: PlannedUnit,
    /// State.
    pub state: UnitState,
    /// What the person decided so far.
    pub resolution: Resolution,
    /// Hash over its op hashes at approval; empty before.
    pub approved_hash: String,
}

/// An approval (MODEL 6): who, when, and what exactly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// WedSync user id.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// Plans.
pub trait PlanStore: Send + Sync {
    /// Starts a plan in `building`, dropping an unsealed one of the same job.
    fn begin_plan(&self, head: &PlanHead) -> StoreResult<()>;
    /// Appends planned units and their ops with the resolutions they were planned under.
    fn append_units(&self, plan_id: &str, units: &[(PlannedUnit, Resolution)]) -> StoreResult<()>;
    /// Makes the plan ready in one transaction: hash, counts, guard; older plans of the connection that have nothing
    /// in flight are superseded.
    fn seal_plan(
        &self,
        plan_id: &str,
        hash: &str,
        counts: &BTreeMap<String, u64>,
        guard: Option<&str>,
    ) -> StoreResult<()>;
    /// Head of a plan.
    fn plan(&self, plan_id: &str) -> StoreResult<Option<PlanHead>>;
    /// The newest plan of a connection that is ready or executing.
    fn current_plan(&self, connection_id: &str) -> StoreResult<Option<PlanHead>>;
    /// Sets the state of a plan.
    fn set_plan_state(&self, plan_id: &str, state: PlanState) -> StoreResult<()>;
    /// Lifts the guard (a person said "go on").
    fn lift_guard(&self, plan_id: &str, approval: &Approval) -> StoreResult<()>;
    /// Rows of the review and how many match in all.
    fn units(&self, plan_id: &str, query: &UnitQuery) -> StoreResult<(Vec<UnitRow>, u64)>;
    /// Waiting units by the sort of their first problem, largest first.
    fn alike_counts(&self, plan_id: &str) -> StoreResult<Vec<AlikeCount>>;
    /// Number of units by (kind, state).
    fn unit_counts(&self, plan_id: &str) -> StoreResult<Vec<(UnitKind, UnitState, u64)>>;
    /// One unit.
    fn unit(&self, plan_id: &str, seq: u64) -> StoreResult<Option<StoredUnit>>;
    /// Units in one state in `seq` order from a position.
    fn units_in_state(
        &self,
        plan_id: &str,
        state: UnitState,
        from_seq: u64,
        limit: u32,
    ) -> StoreResult<Vec<StoredUnit>>;
    /// Positions of the units in one state, in order, from a position.
    fn seqs_in_state(
        &self,
        plan_id: &str,
        state: UnitState,
        from_seq: u64,
        limit: u32,
    ) -> StoreResult<Vec<u64>>;
    /// Whether nothing that a plan is made from can have changed since it was begun: then planning its units again
    /// would find what is stored. Says no whenever it is not sure.
    fn still_stands(&self, plan_id: &str) -> StoreResult<bool>;
    /// Whether an approved op of a plan changes a record that WedSync already holds.
    fn changes_held(&self, plan_id: &str) -> StoreResult<bool>;
    /// Replaces one unit after a decision: new ops, resolution, state; remembers the resolution under the unit's
    /// inputs so that the next import repeats it while they have not changed.
    fn replace_unit(
        &self,
        plan_id: &str,
        unit: &PlannedUnit,
        state: UnitState,
        resolution: &Resolution,
        input_hash: &str,
    ) -> StoreResult<()>;
    /// The remembered resolutions of units by (client id, input hash).
    fn remembered(
        &self,
        connection_id: &str,
        wanted: &[(String, String)],
    ) -> StoreResult<Vec<Option<Resolution>>>;
    /// Approves units: all that are pending and need no decision (`None`), or these; stores person, time and op
    /// hashes; returns how many.
    fn approve(&self, plan_id: &str, seqs: Option<&[u64]>, approval: &Approval) -> StoreResult<u64>;
    /// Sets units back or aside: to `Pending` (un-approve) or `Rejected`.
    fn set_unit_state(&self, plan_id: &str, seqs: &[u64], state: UnitState) -> StoreResult<u64>;
    /// Outcome counts per record type of a plan, from its units, ops and adoptions (SYNC-LAW 32).
    fn outcomes(&self, plan_id: &str) -> StoreResult<BTreeMap<String, BTreeMap<Outcome, u64>>>;
}

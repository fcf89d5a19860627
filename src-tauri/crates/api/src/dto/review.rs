//! The review: clients, what would be done to them, and decisions.

use std::collections::BTreeMap;

use hub_core::plan as core;
use hub_core::record::FieldMap;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use ts_rs::TS;

use super::{Advice, Heading, OpKind, Outcome, PlanState, RecordType, UnitKind, UnitState};
use crate::WireMessage;

/// How many clients of one kind are in one state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct UnitCount {
    /// Kind.
    pub kind: UnitKind,
    /// State.
    pub state: UnitState,
    /// How many.
    pub count: u64,
}

/// The review at a glance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReviewSummary {
    /// The plan.
    pub plan_id: String,
    /// Its state.
    pub state: PlanState,
    /// Its hash as first planned.
    pub hash: String,
    /// Why it has to be confirmed first, if it has.
    pub guard: Option<String>,
    /// Clients by kind and state.
    pub counts: Vec<UnitCount>,
    /// Clients that can be approved as they are.
    pub ready: u64,
    /// Clients that need a decision.
    pub waiting: u64,
    /// Clients that are approved and not yet uploaded.
    pub approved: u64,
    /// Outcomes by record type, as they stand.
    pub outcomes: BTreeMap<String, BTreeMap<Outcome, u64>>,
    /// Custom fields that the upload makes in WedSync before the records that use them; approved with those.
    pub new_fields: Vec<super::NewFieldView>,
    /// Clients by heading and kind, in the order of the headings; empty ones are left out.
    #[serde(default)]
    pub headings: Vec<HeadingCount>,
    /// How many of all these are appointments that no client is known for.
    #[serde(default)]
    pub appointments: u64,
}

/// How many clients of one kind stand under a heading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HeadingCount {
    /// Heading.
    pub heading: Heading,
    /// Kind.
    pub kind: UnitKind,
    /// How many.
    pub count: u64,
}

/// Order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
pub enum ReviewSort {
    /// As read.
    #[default]
    #[serde(rename = "seq")]
    Seq,
    /// By name.
    #[serde(rename = "name")]
    Name,
    /// By name, backwards.
    #[serde(rename = "-name")]
    NameDescending,
    /// By wedding date.
    #[serde(rename = "wedding_date")]
    WeddingDate,
    /// By wedding date, latest first.
    #[serde(rename = "-wedding_date")]
    WeddingDateDescending,
}

impl ReviewSort {
    /// As the store knows it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            ReviewSort::Seq => "seq",
            ReviewSort::Name => "name",
            ReviewSort::NameDescending => "-name",
            ReviewSort::WeddingDate => "wedding_date",
            ReviewSort::WeddingDateDescending => "-wedding_date",
        }
    }
}

/// Which clients.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ReviewList {
    /// The connection.
    pub connection_id: String,
    /// Only this kind.
    #[serde(default)]
    #[ts(optional)]
    pub kind: Option<UnitKind>,
    /// Only this state.
    #[serde(default)]
    #[ts(optional)]
    pub state: Option<UnitState>,
    /// Only under this heading.
    #[serde(default)]
    #[ts(optional)]
    pub heading: Option<Heading>,
    /// Only those whose first problem is of this sort, as `review.alike` names it.
    #[serde(default)]
    #[ts(optional)]
    pub alike: Option<String>,
    /// Names, e-mail or venue contain this.
    #[serde(default)]
    #[ts(optional)]
    pub search: Option<String>,
    /// Order.
    #[serde(default)]
    #[ts(optional, as = "Option<ReviewSort>")]
    pub sort: ReviewSort,
    /// Rows to pass over.
    #[serde(default)]
    #[ts(optional, as = "Option<u64>")]
    pub offset: u64,
    /// Rows at most; 100 when absent, never more than 500.
    #[serde(default)]
    #[ts(optional)]
    pub limit: Option<u32>,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct ReviewRow {
    /// The row's id within the plan.
    pub seq: u64,
    /// Client.
    pub client_id: String,
    /// Kind.
    pub kind: UnitKind,
    /// State.
    pub state: UnitState,
    /// Cells.
    pub summary: Summary,
    /// Values that need a person.
    pub problems: u32,
    /// Clients it may already be.
    pub candidates: u32,
    /// Fields changed on both sides.
    pub conflicts: u32,
    /// Operations.
    pub ops: u32,
    /// Heading it stands under.
    pub heading: Heading,
    /// Cells that stand out.
    #[serde(default)]
    pub marks: Vec<CellMark>,
}

/// Why a cell stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum MarkKind {
    /// Its value cannot be brought in as it is.
    Problem,
    /// Both sides changed it.
    Conflict,
    /// It would become another in WedSync.
    Changed,
}

/// A cell that stands out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CellMark {
    /// Type of the record.
    pub record_type: RecordType,
    /// Its field.
    pub field: String,
    /// Why.
    pub mark: MarkKind,
    /// For problems: what stands there.
    pub found: Option<String>,
    /// For problems: the reason.
    pub message: Option<WireMessage>,
}

impl From<hub_core::ports::CellMark> for CellMark {
    fn from(cell: hub_core::ports::CellMark) -> CellMark {
        use hub_core::ports::Mark;
        let (mark, found, message) = match cell.mark {
            Mark::Problem { found, code, params } => {
                (MarkKind::Problem, Some(found), Some(WireMessage { id: format!("problem.{code}"), params }))
            }
            Mark::Conflict => (MarkKind::Conflict, None, None),
            Mark::Changed => (MarkKind::Changed, None, None),
        };
        CellMark { record_type: cell.record_type.into(), field: cell.field, mark, found, message }
    }
}

/// Clients whose first problem is of one sort.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AlikeGroup {
    /// Names it in `review.list`.
    pub alike: String,
    /// The reason, without parameters: `problem.phone_too_short`.
    pub problem: String,
    /// Type of the records.
    pub record_type: String,
    /// Their field.
    pub field: String,
    /// How many wait.
    pub count: u64,
}

/// What is wrong, by sort.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AlikeGroups {
    /// Largest first.
    pub groups: Vec<AlikeGroup>,
}

impl From<hub_core::ports::UnitRow> for ReviewRow {
    fn from(row: hub_core::ports::UnitRow) -> ReviewRow {
        ReviewRow {
            heading: hub_core::ports::Heading::of(row.kind, row.state).into(),
            marks: row.marks.into_iter().map(CellMark::from).collect(),
            seq: row.seq,
            client_id: row.client_id,
            kind: row.kind.into(),
            state: row.state.into(),
            summary: row.summary.into(),
            problems: row.problems,
            candidates: row.candidates,
            conflicts: row.conflicts,
            ops: row.ops,
        }
    }
}

/// The cells of a row.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct Summary {
    /// Booking persons, primary first.
    pub names: Vec<String>,
    /// YYYY-MM-DD.
    pub wedding_date: Option<String>,
    /// Venue.
    pub venue: Option<String>,
    /// E-mail.
    pub email: Option<String>,
    /// Phone as shown.
    pub phone: Option<String>,
    /// Records by type.
    pub counts: BTreeMap<RecordType, u32>,
    /// The key part by which a row of a file differs from the last one: `email`, `name`, `date`, `project`, `number`.
    pub changed: Option<String>,
    /// Where it stands in files.
    pub rows: Vec<FileRow>,
    /// It is an appointment that no client is known for: `names` is its title, `venue` where it is.
    #[serde(default)]
    pub appointment: Option<AppointmentTime>,
}

/// When an appointment is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AppointmentTime {
    /// Its first day, YYYY-MM-DD.
    pub day: Option<String>,
    /// When it begins, HH:MM on the clocks of its place; absent for whole days.
    pub time: Option<String>,
}

/// A row of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FileRow {
    /// Sheet, entry or file.
    pub table: String,
    /// Row as a spreadsheet counts it, from 1.
    pub row: u64,
}

impl From<core::UnitSummary> for Summary {
    fn from(summary: core::UnitSummary) -> Summary {
        Summary {
            names: summary.names,
            wedding_date: summary.wedding_date,
            venue: summary.venue,
            email: summary.email,
            phone: summary.phone,
            counts: summary.counts.into_iter().map(|(kind, count)| (kind.into(), count)).collect(),
            changed: summary.changed,
            rows: summary
                .rows
                .into_iter()
                .map(|place| FileRow { table: place.table, row: place.row })
                .collect(),
            appointment: summary
                .appointment
                .map(|appointment| AppointmentTime { day: appointment.day, time: appointment.time }),
        }
    }
}

/// A page of rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct ReviewRows {
    /// Rows.
    pub rows: Vec<ReviewRow>,
    /// How many there are in all.
    pub total: u64,
}

/// Which client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ReviewUnit {
    /// The connection.
    pub connection_id: String,
    /// The row.
    pub seq: u64,
}

/// One operation, with each field before and after.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct OpView {
    /// Its hash.
    pub hash: String,
    /// What it does.
    pub kind: OpKind,
    /// Type of the record.
    pub record_type: RecordType,
    /// The record.
    pub record_id: String,
    /// Values before.
    #[ts(type = "Record<string, unknown>")]
    pub before: FieldMap,
    /// Values after.
    #[ts(type = "Record<string, unknown>")]
    pub after: FieldMap,
    /// CRM values that WedSync's own kept out; they can be chosen.
    #[ts(type = "Record<string, unknown>")]
    pub kept_out: FieldMap,
    /// Why.
    pub reason: WireMessage,
}

impl From<core::PlanOp> for OpView {
    fn from(op: core::PlanOp) -> OpView {
        OpView {
            hash: op.hash,
            kind: op.kind.into(),
            record_type: op.record.record_type.into(),
            record_id: op.record.id,
            before: op.before,
            after: op.after,
            kept_out: op.kept_out,
            reason: hub_core::message::Message::new(op.reason).into(),
        }
    }
}

/// Why a candidate may be, or may not be, the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct EvidenceView {
    /// The sentence.
    pub message: WireMessage,
    /// Points for or against.
    pub points: i32,
    /// What agreed or differed.
    pub detail: String,
}

/// A client it may already be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CandidateView {
    /// The client in WedSync.
    pub client_id: String,
    /// Points.
    pub score: i32,
    /// Advice.
    pub advice: Advice,
    /// What the points are made of.
    pub evidence: Vec<EvidenceView>,
}

impl From<hub_core::matching::Candidate> for CandidateView {
    fn from(candidate: hub_core::matching::Candidate) -> CandidateView {
        CandidateView {
            client_id: candidate.client_id,
            score: candidate.score,
            advice: candidate.advice.into(),
            evidence: candidate
                .evidence
                .into_iter()
                .map(|evidence| EvidenceView {
                    message: hub_core::message::Message::new(evidence.code).into(),
                    points: evidence.points,
                    detail: evidence.detail,
                })
                .collect(),
        }
    }
}

/// A value that needs a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ProblemView {
    /// Record.
    pub record_id: String,
    /// Its type.
    pub record_type: RecordType,
    /// Field.
    pub field: String,
    /// What stood there.
    pub found: String,
    /// Why it does not do.
    pub message: WireMessage,
    /// Likely answers, best first.
    #[ts(type = "unknown[]")]
    pub fixes: Vec<Json>,
    /// WedSync demands it: "bring in without it" is not offered.
    pub required_by_wedsync: bool,
}

impl From<core::Problem> for ProblemView {
    fn from(problem: core::Problem) -> ProblemView {
        ProblemView {
            record_id: problem.record_id,
            record_type: problem.record_type.into(),
            field: problem.field,
            found: problem.found,
            message: WireMessage { id: format!("problem.{}", problem.code), params: problem.params },
            fixes: problem.fixes,
            required_by_wedsync: problem.required_by_wedsync,
        }
    }
}

/// A field that both sides changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ConflictView {
    /// Record.
    pub record_id: String,
    /// Its type.
    pub record_type: RecordType,
    /// Field.
    pub field: String,
    /// The CRM's value.
    #[ts(type = "unknown")]
    pub crm: Json,
    /// WedSync's value.
    #[ts(type = "unknown")]
    pub wedsync: Json,
    /// What both held before.
    #[ts(type = "unknown")]
    pub base: Json,
}

impl From<core::FieldConflict> for ConflictView {
    fn from(conflict: core::FieldConflict) -> ConflictView {
        ConflictView {
            record_id: conflict.record.id,
            record_type: conflict.record.record_type.into(),
            field: conflict.field,
            crm: conflict.crm,
            wedsync: conflict.wedsync,
            base: conflict.base,
        }
    }
}

/// One client under review, whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct UnitView {
    /// The row's id.
    pub seq: u64,
    /// The client it is or becomes.
    pub client_id: String,
    /// Kind.
    pub kind: UnitKind,
    /// State.
    pub state: UnitState,
    /// Cells.
    pub summary: Summary,
    /// What would be done, parents first.
    pub ops: Vec<OpView>,
    /// Clients it may already be.
    pub candidates: Vec<CandidateView>,
    /// Values that need a person.
    pub problems: Vec<ProblemView>,
    /// Fields changed on both sides.
    pub conflicts: Vec<ConflictView>,
    /// What was decided so far.
    #[ts(type = "unknown")]
    pub resolution: Json,
    /// What was decided before the last decision, for taking it back; only in the answer to a decision.
    #[ts(type = "unknown")]
    pub resolution_before: Option<Json>,
}

impl From<hub_core::ports::StoredUnit> for UnitView {
    fn from(stored: hub_core::ports::StoredUnit) -> UnitView {
        let unit = stored.unit;
        UnitView {
            seq: unit.seq,
            client_id: unit.client_id,
            kind: unit.kind.into(),
            state: stored.state.into(),
            summary: unit.summary.into(),
            ops: unit.ops.into_iter().map(OpView::from).collect(),
            candidates: unit.candidates.into_iter().map(CandidateView::from).collect(),
            problems: unit.problems.into_iter().map(ProblemView::from).collect(),
            conflicts: unit.conflicts.into_iter().map(ConflictView::from).collect(),
            // Plain data with string keys: encoding cannot fail.
            resolution: serde_json::to_value(stored.resolution).unwrap_or(Json::Null),
            resolution_before: None,
        }
    }
}

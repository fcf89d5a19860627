//! The review: all of it offline; nothing leaves this computer before `push.start`.

use hub_core::plan::{Resolution, UnitKind};
use hub_core::ports::{Heading, PlanHead, UnitQuery, UnitState};
use serde_json::Value as Json;

use crate::dto::{
    AlikeGroup, AlikeGroups, BulkDecision, Comparison, ConnectionId, Decided, HeadingCount, Restored,
    ReviewApprove, ReviewCompare, ReviewDecide, ReviewDecideMany, ReviewList, ReviewRestore, ReviewRow,
    ReviewRows, ReviewSummary, ReviewUnit, UnitCount, UnitView,
};
use crate::{ApiError, Code, Host};

/// Clients that one bulk decision may name.
const MOST_AT_ONCE: usize = 1_000;

async fn plan(host: &dyn Host, connection_id: &str) -> Result<PlanHead, ApiError> {
    // The connection first: it is what belongs to the supplier (SYNC-LAW 43).
    host.engine().connection(connection_id).await?;
    Ok(host.engine().current_plan(connection_id).await?)
}

pub(crate) async fn summary(host: &dyn Host, request: ConnectionId) -> Result<ReviewSummary, ApiError> {
    let plan = plan(host, &request.connection_id).await?;
    let id = plan.id.clone();
    let outcomes = host.engine().db().run(move |book| book.outcomes(&id)).await?;
    let outcomes = outcomes
        .into_iter()
        .map(|(kind, counts)| (kind, counts.into_iter().map(|(what, count)| (what.into(), count)).collect()))
        .collect();
    Ok(ReviewSummary { outcomes, ..counted(host, plan).await? })
}

pub(crate) async fn counts(host: &dyn Host, request: ConnectionId) -> Result<ReviewSummary, ApiError> {
    let plan = plan(host, &request.connection_id).await?;
    counted(host, plan).await
}

/// The counts of clients, without the outcomes of every record, which take reading the whole plan.
async fn counted(host: &dyn Host, plan: PlanHead) -> Result<ReviewSummary, ApiError> {
    let id = plan.id.clone();
    let only = UnitQuery { limit: 0, appointments: Some(true), ..UnitQuery::default() };
    let (counts, fields, appointments) = host
        .engine()
        .db()
        .run(move |book| Ok((book.unit_counts(&id)?, book.plan_fields(&id)?, book.units(&id, &only)?.1)))
        .await?;
    let sum = |wanted: &dyn Fn(UnitKind, UnitState) -> bool| {
        counts.iter().filter(|(kind, state, _)| wanted(*kind, *state)).map(|(_, _, count)| count).sum()
    };
    let idle = |kind: UnitKind| matches!(kind, UnitKind::Unchanged | UnitKind::Skipped);
    let open = |state: UnitState| matches!(state, UnitState::Pending | UnitState::Moved);
    Ok(ReviewSummary {
        new_fields: fields.into_iter().map(Into::into).collect(),
        ready: sum(&|kind, state| state == UnitState::Pending && !kind.needs_decision() && !idle(kind)),
        waiting: sum(&|kind, state| open(state) && (kind.needs_decision() || state == UnitState::Moved)),
        approved: sum(&|_, state| state == UnitState::Approved),
        plan_id: plan.id,
        state: plan.state.into(),
        hash: plan.hash,
        guard: plan.guard,
        counts: counts
            .iter()
            .map(|(kind, state, count)| UnitCount {
                kind: (*kind).into(),
                state: (*state).into(),
                count: *count,
            })
            .collect(),
        headings: headings(&counts),
        appointments,
        outcomes: std::collections::BTreeMap::new(),
    })
}

/// Clients by heading and kind, in the order of the headings.
fn headings(counts: &[(UnitKind, UnitState, u64)]) -> Vec<HeadingCount> {
    let mut sums = std::collections::BTreeMap::new();
    for (kind, state, count) in counts {
        *sums.entry((Heading::of(*kind, *state), *kind)).or_insert(0) += count;
    }
    sums.into_iter()
        .map(|((heading, kind), count)| HeadingCount { heading: heading.into(), kind: kind.into(), count })
        .collect()
}

pub(crate) async fn alike(host: &dyn Host, request: ConnectionId) -> Result<AlikeGroups, ApiError> {
    let plan = plan(host, &request.connection_id).await?;
    let counts = host.engine().db().run(move |book| book.alike_counts(&plan.id)).await?;
    let groups = counts.into_iter().map(|each| {
        let mut parts = each.alike.splitn(3, '/');
        let mut part = || parts.next().unwrap_or_default().to_owned();
        let (record_type, field, code) = (part(), part(), part());
        AlikeGroup {
            record_type,
            field,
            problem: format!("problem.{code}"),
            count: each.count,
            alike: each.alike,
        }
    });
    Ok(AlikeGroups { groups: groups.collect() })
}

pub(crate) async fn list(host: &dyn Host, request: ReviewList) -> Result<ReviewRows, ApiError> {
    let plan = plan(host, &request.connection_id).await?;
    let query = UnitQuery {
        kind: request.kind.map(Into::into),
        state: request.state.map(Into::into),
        heading: request.heading.map(Into::into),
        alike: request.alike,
        search: request.search.filter(|text| !text.trim().is_empty()),
        weddings_from: None,
        appointments: None,
        sort: Some(request.sort.as_str().to_owned()),
        offset: request.offset,
        limit: super::rows(request.limit),
    };
    let (rows, total) = host.engine().db().run(move |book| book.units(&plan.id, &query)).await?;
    Ok(ReviewRows { rows: rows.into_iter().map(ReviewRow::from).collect(), total })
}

pub(crate) async fn unit(host: &dyn Host, request: ReviewUnit) -> Result<UnitView, ApiError> {
    let plan = plan(host, &request.connection_id).await?;
    Ok(host.engine().unit(&plan.id, request.seq).await?.into())
}

pub(crate) async fn decide(host: &dyn Host, request: ReviewDecide) -> Result<UnitView, ApiError> {
    let plan = plan(host, &request.connection_id).await?;
    let change = host.engine().decide(&plan, request.seq, request.decision.into()).await?;
    let before = serde_json::to_value(change.before).map_err(ApiError::Encode)?;
    Ok(UnitView { resolution_before: Some(before), ..change.unit.into() })
}

pub(crate) async fn compare(host: &dyn Host, request: ReviewCompare) -> Result<Comparison, ApiError> {
    let plan = plan(host, &request.connection_id).await?;
    Ok(host.engine().compare(&plan, request.seq, &request.client_id).await?.into())
}

pub(crate) async fn restore(host: &dyn Host, request: ReviewRestore) -> Result<Decided, ApiError> {
    if request.rows.len() > MOST_AT_ONCE {
        return Err(ApiError::refused(Code::Refused, "error.too_many_rows"));
    }
    let plan = plan(host, &request.connection_id).await?;
    let mut done = Decided::default();
    for row in request.rows {
        let resolution = serde_json::from_value(row.resolution).map_err(ApiError::BadRequest)?;
        take(&mut done, row.seq, taken(host.engine().restore(&plan, row.seq, resolution).await, row.seq)?)?;
    }
    Ok(done)
}

pub(crate) async fn decide_many(host: &dyn Host, request: ReviewDecideMany) -> Result<Decided, ApiError> {
    if request.seqs.len() > MOST_AT_ONCE {
        return Err(ApiError::refused(Code::Refused, "error.too_many_rows"));
    }
    let plan = plan(host, &request.connection_id).await?;
    let mut done = Decided::default();
    for seq in request.seqs {
        let before = match request.decision {
            BulkDecision::Reject => decided(host, &plan, seq, hub_engine::Decision::Reject).await?,
            BulkDecision::Reopen => decided(host, &plan, seq, hub_engine::Decision::Reopen).await?,
            BulkDecision::WithoutMissing => without_missing(host, &plan, seq).await?,
        };
        take(&mut done, seq, before)?;
    }
    Ok(done)
}

/// Counts one client of many, and keeps what was decided about it before.
fn take(done: &mut Decided, seq: u64, before: Option<Resolution>) -> Result<(), ApiError> {
    match before {
        Some(before) => {
            let resolution = serde_json::to_value(before).map_err(ApiError::Encode)?;
            done.before.push(Restored { seq, resolution });
            done.decided += 1;
        }
        None => done.left += 1,
    }
    Ok(())
}

/// What was decided before; a decision that its client does not allow leaves that client as it is.
fn taken(
    change: Result<hub_engine::ReviewChange, hub_engine::EngineError>,
    seq: u64,
) -> Result<Option<Resolution>, ApiError> {
    match change {
        Ok(change) => Ok(Some(change.before)),
        Err(hub_engine::EngineError::Refused(message)) => {
            tracing::info!(seq, reason = message.id, "a bulk decision passed a client over");
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

async fn decided(
    host: &dyn Host,
    plan: &PlanHead,
    seq: u64,
    decision: hub_engine::Decision,
) -> Result<Option<Resolution>, ApiError> {
    taken(host.engine().decide(plan, seq, decision).await, seq)
}

/// "Bring in without it": every value that needs a person is left out, unless WedSync itself demands one of them.
async fn without_missing(host: &dyn Host, plan: &PlanHead, seq: u64) -> Result<Option<Resolution>, ApiError> {
    let stored = host.engine().unit(&plan.id, seq).await?;
    let (before, problems) = (stored.resolution, stored.unit.problems);
    if problems.is_empty() || problems.iter().any(|problem| problem.required_by_wedsync) {
        return Ok(None);
    }
    for problem in problems {
        let decision = hub_engine::Decision::SetValue {
            record_id: problem.record_id,
            field: problem.field,
            value: Json::Null,
        };
        if decided(host, plan, seq, decision).await?.is_none() {
            return Ok(None);
        }
    }
    Ok(Some(before))
}

pub(crate) async fn approve(host: &dyn Host, request: ReviewApprove) -> Result<Decided, ApiError> {
    let plan = plan(host, &request.connection_id).await?;
    let named = request.seqs.as_ref().map(Vec::len);
    let approved = host.engine().approve(&plan, request.seqs).await?;
    let left = named.map_or(0, |named| (named as u64).saturating_sub(approved));
    Ok(Decided { decided: approved, left, before: Vec::new() })
}

pub(crate) async fn lift_guard(host: &dyn Host, request: ConnectionId) -> Result<ReviewSummary, ApiError> {
    let plan = plan(host, &request.connection_id).await?;
    host.engine().lift_guard(&plan).await?;
    summary(host, request).await
}

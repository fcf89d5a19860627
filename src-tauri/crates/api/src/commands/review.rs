//! The review: all of it offline; nothing leaves this computer before `push.start`.

use hub_core::plan::UnitKind;
use hub_core::ports::{PlanHead, UnitQuery, UnitState};
use serde_json::Value as Json;

use crate::dto::{
    BulkDecision, ConnectionId, Decided, ReviewApprove, ReviewDecide, ReviewDecideMany, ReviewList,
    ReviewRow, ReviewRows, ReviewSummary, ReviewUnit, UnitCount, UnitView,
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
    let (counts, outcomes, fields) = host
        .engine()
        .db()
        .run(move |book| Ok((book.unit_counts(&id)?, book.outcomes(&id)?, book.plan_fields(&id)?)))
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
        outcomes: outcomes
            .into_iter()
            .map(|(kind, counts)| {
                (kind, counts.into_iter().map(|(what, count)| (what.into(), count)).collect())
            })
            .collect(),
    })
}

pub(crate) async fn list(host: &dyn Host, request: ReviewList) -> Result<ReviewRows, ApiError> {
    let plan = plan(host, &request.connection_id).await?;
    let query = UnitQuery {
        kind: request.kind.map(Into::into),
        state: request.state.map(Into::into),
        search: request.search.filter(|text| !text.trim().is_empty()),
        weddings_from: None,
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

pub(crate) async fn decide_many(host: &dyn Host, request: ReviewDecideMany) -> Result<Decided, ApiError> {
    if request.seqs.len() > MOST_AT_ONCE {
        return Err(ApiError::refused(Code::Refused, "error.too_many_rows"));
    }
    let plan = plan(host, &request.connection_id).await?;
    let mut done = Decided { decided: 0, left: 0 };
    for seq in request.seqs {
        let taken = match request.decision {
            BulkDecision::Reject => decided(host, &plan, seq, hub_engine::Decision::Reject).await?,
            BulkDecision::Reopen => decided(host, &plan, seq, hub_engine::Decision::Reopen).await?,
            BulkDecision::WithoutMissing => without_missing(host, &plan, seq).await?,
        };
        if taken { done.decided += 1 } else { done.left += 1 }
    }
    Ok(done)
}

/// Takes one decision of many; one that its client does not allow leaves that client as it is.
async fn decided(
    host: &dyn Host,
    plan: &PlanHead,
    seq: u64,
    decision: hub_engine::Decision,
) -> Result<bool, ApiError> {
    match host.engine().decide(plan, seq, decision).await {
        Ok(_) => Ok(true),
        Err(hub_engine::EngineError::Refused(message)) => {
            tracing::info!(seq, reason = message.id, "a bulk decision passed a client over");
            Ok(false)
        }
        Err(error) => Err(error.into()),
    }
}

/// "Bring in without it": every value that needs a person is left out, unless WedSync itself demands one of them.
async fn without_missing(host: &dyn Host, plan: &PlanHead, seq: u64) -> Result<bool, ApiError> {
    let stored = host.engine().unit(&plan.id, seq).await?;
    let problems = stored.unit.problems;
    if problems.is_empty() || problems.iter().any(|problem| problem.required_by_wedsync) {
        return Ok(false);
    }
    for problem in problems {
        let decision = hub_engine::Decision::SetValue {
            record_id: problem.record_id,
            field: problem.field,
            value: Json::Null,
        };
        if !decided(host, plan, seq, decision).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

pub(crate) async fn approve(host: &dyn Host, request: ReviewApprove) -> Result<Decided, ApiError> {
    let plan = plan(host, &request.connection_id).await?;
    let named = request.seqs.as_ref().map(Vec::len);
    let approved = host.engine().approve(&plan, request.seqs).await?;
    let left = named.map_or(0, |named| (named as u64).saturating_sub(approved));
    Ok(Decided { decided: approved, left })
}

pub(crate) async fn lift_guard(host: &dyn Host, request: ConnectionId) -> Result<ReviewSummary, ApiError> {
    let plan = plan(host, &request.connection_id).await?;
    host.engine().lift_guard(&plan).await?;
    summary(host, request).await
}

//! Decisions of a review that reach further than one client. Each is kept first and planned with afterwards; planning anew
//! asks neither the CRM nor WedSync, so all of it works offline.

use hub_core::job::Phase;
use hub_core::message::Message;
use hub_core::ports::Job;

use super::files::{by_file, reading_of};
use super::mapping;
use crate::dto::{
    ConnectionId, FixRuleKept, JobView, MappingSet, ReviewCell, ReviewFixRule, ReviewWho, SameValue,
    WhoSettled,
};
use crate::{ApiError, Code, Host};

pub(crate) async fn who(host: &dyn Host, request: ReviewWho) -> Result<WhoSettled, ApiError> {
    host.engine().require_writer()?;
    let connection = by_file(host, &request.connection_id).await?;
    let kept = reading_of(host, &connection).await?;
    let kept = kept.ok_or_else(|| ApiError::refused(Code::NotFound, "error.no_plan"))?;
    let (reading, before) = host.files().answer(&kept, &request.of, &request.is)?;
    // The job first: where the connection is busy, nothing is kept.
    let job = host.engine().queue_again(&connection.id).await?;
    let key = connection.file_setting();
    host.engine().db().run(move |book| book.put_setting(&key, &reading)).await?;
    Ok(WhoSettled { before, job: run(host, job).await? })
}

pub(crate) async fn same_value(host: &dyn Host, request: ReviewCell) -> Result<SameValue, ApiError> {
    let connection = host.engine().connection(&request.connection_id).await?;
    let plan = host.engine().current_plan(&connection.id).await?;
    let found = host.engine().same_value(&plan, request.seq, &request.record_id, &request.field).await?;
    Ok(SameValue { source: found.source, others: found.others })
}

pub(crate) async fn fix_rule(host: &dyn Host, request: ReviewFixRule) -> Result<FixRuleKept, ApiError> {
    let connection = host.engine().connection(&request.connection_id).await?;
    let plan = host.engine().current_plan(&connection.id).await?;
    let made = host
        .engine()
        .fix_rule(&plan, request.seq, &request.record_id, &request.field, &request.value)
        .await?;
    let job = host.engine().queue_again(&connection.id).await?;
    let set = MappingSet { connection_id: connection.id.clone(), rules: made.rules };
    let view = mapping::set(host, set).await?;
    if !view.stored {
        // Every rule but the new line was in force before, so it is that line.
        host.engine().cancel(&job.id).await?;
        return Err(ApiError::refused(Code::Refused, "error.fix_no_rule"));
    }
    Ok(FixRuleKept { rules_before: made.before, rules: view.rules, job: run(host, job).await? })
}

pub(crate) async fn again(host: &dyn Host, request: ConnectionId) -> Result<JobView, ApiError> {
    let connection = host.engine().connection(&request.connection_id).await?;
    let job = host.engine().queue_again(&connection.id).await?;
    run(host, job).await
}

/// Runs it to its plan, so that the answer comes with it.
async fn run(host: &dyn Host, job: Job) -> Result<JobView, ApiError> {
    let job = host.engine().run(&job.id).await?;
    if job.phase == Phase::WaitingReview {
        return Ok(job.into());
    }
    let message = job.error.clone().and_then(|error| serde_json::from_value::<Message>(error).ok());
    let message = message.unwrap_or_else(|| Message::new("error.fault"));
    Err(ApiError::Refused { code: Code::Refused, message })
}

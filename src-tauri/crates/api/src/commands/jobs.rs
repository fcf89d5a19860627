//! Jobs: starting, watching and steering them. They run in the background of whoever owns the profile.

use hub_core::job::{JobKind, Phase};
use hub_core::ports::{Job, PlanHead};
use serde_json::{Value as Json, json};

use crate::dto::{
    FormTemplates, ImportStart, JobEventList, JobEventView, JobEvents, JobId, JobList, JobView, Jobs,
    Nothing, PushStart,
};
use crate::{ApiError, Code, Host, ProfileKind};

/// Jobs listed when the request does not say.
const JOBS: u32 = 50;
/// Events answered at a time.
const EVENTS: u32 = 1_000;

pub(crate) async fn import_start(host: &dyn Host, request: ImportStart) -> Result<JobView, ApiError> {
    if request.file_ids.is_some() {
        super::sample::no_place_for_others(host)?;
    }
    import_begun(host, request).await
}

/// Starts the import, of whatever profile.
pub(super) async fn import_begun(host: &dyn Host, request: ImportStart) -> Result<JobView, ApiError> {
    let connection = host.engine().connection(&request.connection_id).await?;
    let id = connection.id.clone();
    if host.engine().db().run(move |book| book.latest_consent(&id)).await?.is_none() {
        return Err(ApiError::refused(Code::Refused, "error.consent_missing"));
    }
    host.engine().refuse_paused(&connection.id).await?;
    if let Some(file_ids) = &request.file_ids {
        super::files::ready(host, &connection, file_ids, request.choices.unwrap_or_default()).await?;
        // A reading that stopped half-way is begun anew with these: half of one file and half of another is neither.
        end_open(host, &connection.id).await?;
    }
    if let Some(job) = going_on(host, &connection.id, JobKind::Import).await? {
        return Ok(job.into());
    }
    let config = if request.full == Some(true) { json!({"full": true}) } else { json!({}) };
    start(host, &connection.id, JobKind::Import, config).await
}

pub(crate) async fn form_templates(host: &dyn Host, _: Nothing) -> Result<FormTemplates, ApiError> {
    let templates = host.engine().form_templates().await?;
    Ok(FormTemplates { templates: templates.into_iter().map(Into::into).collect() })
}

pub(crate) async fn push_start(host: &dyn Host, request: PushStart) -> Result<JobView, ApiError> {
    if host.profile().kind == ProfileKind::Sample {
        return Err(ApiError::refused(Code::Refused, "error.sample_never_uploaded"));
    }
    let connection = host.engine().connection(&request.connection_id).await?;
    host.engine().refuse_paused(&connection.id).await?;
    if let Some(job) = going_on(host, &connection.id, JobKind::Upload).await? {
        return Ok(job.into());
    }
    let plan: PlanHead = host.engine().current_plan(&connection.id).await?;
    let mut config = json!({ "plan_id": plan.id });
    if let Some(wanted) = request.form {
        let templates = host.engine().form_templates().await?;
        let template = templates
            .into_iter()
            .find(|template| template.id == wanted)
            .ok_or_else(|| ApiError::refused(Code::NotFound, "error.no_form_template"))?;
        // As it is now: a template that changes during the upload changes no form of it.
        config["form"] = serde_json::to_value(template).map_err(ApiError::Encode)?;
    }
    start(host, &connection.id, JobKind::Upload, config).await
}

pub(crate) async fn undo_start(host: &dyn Host, request: JobId) -> Result<JobView, ApiError> {
    let upload = host.engine().job(&request.job_id).await?;
    host.engine().connection(&upload.connection_id).await?;
    if let Some(job) = going_on(host, &upload.connection_id, JobKind::Undo).await?
        && job.config.get("job_id").and_then(Json::as_str) == Some(upload.id.as_str())
    {
        return Ok(job.into());
    }
    let job = host.engine().queue_undo(&request.job_id).await?;
    host.run_job(job.id.clone());
    Ok(job.into())
}

async fn start(
    host: &dyn Host,
    connection_id: &str,
    kind: JobKind,
    config: Json,
) -> Result<JobView, ApiError> {
    let job = host.engine().queue(connection_id, kind, config).await?;
    host.run_job(job.id.clone());
    Ok(job.into())
}

async fn end_open(host: &dyn Host, connection_id: &str) -> Result<(), ApiError> {
    let open = host.engine().db().run(|book| book.open_jobs()).await?;
    let stopped = |phase| matches!(phase, Phase::Interrupted | Phase::WaitingAuth | Phase::Paused);
    for job in open {
        if job.connection_id == connection_id && job.kind == JobKind::Import && stopped(job.phase) {
            host.engine().cancel(&job.id).await?;
        }
    }
    Ok(())
}

/// An open job of this kind goes on instead of a second one beside it.
async fn going_on(host: &dyn Host, connection_id: &str, kind: JobKind) -> Result<Option<Job>, ApiError> {
    host.engine().require_writer()?;
    let id = connection_id.to_owned();
    let open = host.engine().db().run(|book| book.open_jobs()).await?;
    let found = open.into_iter().find(|job| {
        job.connection_id == id
            && job.kind == kind
            && matches!(
                job.phase,
                Phase::Interrupted
                    | Phase::WaitingCrm
                    | Phase::WaitingNetwork
                    | Phase::WaitingAuth
                    | Phase::Paused
                    | Phase::Queued
            )
    });
    if let Some(job) = &found {
        host.run_job(job.id.clone());
    }
    Ok(found)
}

pub(crate) async fn list(host: &dyn Host, request: JobList) -> Result<Jobs, ApiError> {
    if let Some(id) = &request.connection_id {
        host.engine().connection(id).await?;
    }
    let limit = request.limit.unwrap_or(JOBS).clamp(1, super::MOST_ROWS);
    let jobs = host.engine().db().run(move |book| book.jobs(request.connection_id.as_deref(), limit)).await?;
    Ok(Jobs { jobs: jobs.into_iter().map(JobView::from).collect() })
}

/// A job of a connection of the signed-in supplier (SYNC-LAW 43).
async fn own(host: &dyn Host, job_id: &str) -> Result<Job, ApiError> {
    let job = host.engine().job(job_id).await?;
    host.engine().connection(&job.connection_id).await?;
    Ok(job)
}

pub(crate) async fn get(host: &dyn Host, request: JobId) -> Result<JobView, ApiError> {
    Ok(own(host, &request.job_id).await?.into())
}

pub(crate) async fn pause(host: &dyn Host, request: JobId) -> Result<JobView, ApiError> {
    own(host, &request.job_id).await?;
    host.engine().pause(&request.job_id).await?;
    Ok(own(host, &request.job_id).await?.into())
}

pub(crate) async fn cancel(host: &dyn Host, request: JobId) -> Result<JobView, ApiError> {
    own(host, &request.job_id).await?;
    host.engine().cancel(&request.job_id).await?;
    Ok(own(host, &request.job_id).await?.into())
}

pub(crate) async fn resume(host: &dyn Host, request: JobId) -> Result<JobView, ApiError> {
    let job = own(host, &request.job_id).await?;
    if job.kind != JobKind::Undo {
        host.engine().refuse_paused(&job.connection_id).await?;
    }
    match job.phase {
        Phase::Queued
        | Phase::Interrupted
        | Phase::Paused
        | Phase::WaitingAuth
        | Phase::WaitingNetwork
        | Phase::WaitingCrm => host.run_job(job.id.clone()),
        // Nothing to go on with: it runs, waits for a person, or has ended.
        Phase::Running
        | Phase::WaitingReview
        | Phase::Done
        | Phase::Partial
        | Phase::Failed
        | Phase::Cancelled => return Err(ApiError::refused(Code::Refused, "error.illegal_transition")),
    }
    Ok(job.into())
}

pub(crate) async fn events(host: &dyn Host, request: JobEvents) -> Result<JobEventList, ApiError> {
    let job = own(host, &request.job_id).await?;
    let after = request.after;
    let rows = host.engine().db().run(move |book| book.events_after(&job.id, after, EVENTS)).await?;
    let events =
        rows.into_iter().map(|row| JobEventView { seq: row.seq, at: row.at, event: row.event }).collect();
    Ok(JobEventList { events })
}

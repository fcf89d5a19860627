//! Jobs and the history.

use hub_api::command;
use hub_api::dto::{JobId, JobList, JobView, LogsList, Outcome};
use hub_core::message::Message;
use serde_json::Value as Json;

use super::connect::word;
use super::watch;
use crate::args::JobAction;
use crate::client::Client;
use crate::failure::{Exit, Failure};
use crate::screen::Screen;

pub(super) async fn run(client: &Client, screen: Screen, action: Option<JobAction>) -> Result<Exit, Failure> {
    match action.unwrap_or(JobAction::List) {
        JobAction::List => {
            let jobs = client.call::<command::JobList>(&JobList::default()).await?;
            screen.result(&jobs, |jobs| show(screen, &jobs.jobs))?;
            Ok(Exit::Done)
        }
        JobAction::Show { job } => {
            let job = client.call::<command::JobGet>(&JobId { job_id: job }).await?;
            watch::ended(screen, &job)?;
            Ok(Exit::Done)
        }
        JobAction::Pause { job } => {
            let job = client.call::<command::JobPause>(&JobId { job_id: job }).await?;
            screen.result(&job, |job| show(screen, std::slice::from_ref(job)))?;
            Ok(Exit::Done)
        }
        JobAction::Cancel { job } => {
            let job = client.call::<command::JobCancel>(&JobId { job_id: job }).await?;
            screen.result(&job, |job| show(screen, std::slice::from_ref(job)))?;
            Ok(Exit::Done)
        }
        JobAction::Resume { job } => {
            let request = JobId { job_id: job };
            let job = watch::started(client, screen, client.call::<command::JobResume>(&request)).await?;
            watch::ended(screen, &job)
        }
    }
}

pub(super) fn show(screen: Screen, jobs: &[JobView]) -> Result<(), Failure> {
    let rows = jobs
        .iter()
        .map(|job| {
            vec![
                job.id.clone(),
                screen.text(&Message::new(format!("hub.job_kind.{}", word(&job.kind)))),
                screen.text(&Message::new(format!("hub.job.{}", word(&job.state)))),
                job.percent.map(|percent| format!("{percent} %")).unwrap_or_default(),
                job.created_at.to_string(),
            ]
        })
        .collect();
    screen.table(&["id", "kind", "state", "progress", "started"], rows)
}

pub(super) async fn logs(
    client: &Client,
    screen: Screen,
    job: Option<String>,
    outcome: Option<String>,
    limit: u32,
) -> Result<Exit, Failure> {
    let outcome = match outcome {
        Some(name) => Some(
            serde_json::from_value::<Outcome>(Json::String(name.clone()))
                .map_err(|_| Failure::usage(Message::new("error.no_outcome").with("name", name)))?,
        ),
        None => None,
    };
    let request = LogsList { job_id: job, outcome, limit: Some(limit), ..LogsList::default() };
    let logs = client.call::<command::LogsList>(&request).await?;
    screen.result(&logs, |logs| {
        let rows = logs
            .entries
            .iter()
            .map(|entry| {
                vec![
                    entry.at.to_string(),
                    screen.text(&Message::new(format!("hub.records.{}", word(&entry.record_type)))),
                    screen.text(&Message::new(format!("hub.outcome.{}", word(&entry.outcome)))),
                    entry.wedsync_record_id.clone().or_else(|| entry.record_id.clone()).unwrap_or_default(),
                    entry.error.as_ref().map(|error| screen.of_json(error)).unwrap_or_default(),
                ]
            })
            .collect();
        screen.table(&["when", "records", "outcome", "id", "message"], rows)
    })?;
    Ok(Exit::Done)
}

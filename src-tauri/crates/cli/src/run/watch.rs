//! Watching a job to its end or wait, with a bar for people, and stopping it on Ctrl-C.
//!
//! A job that waits for the CRM or the network is sat out by a person at a terminal, who sees the time run down. Whoever
//! reads a pipe or JSON gets an end instead when the wait is longer than [`SAT_OUT`] or is for the network: state, time and
//! sentence, exit code 1, and the next `hub` goes on from where the job stands.

use std::time::Duration;

use hub_api::dto::{JobId, JobView, Phase};
use hub_api::{HubEvent, command};
use hub_core::message::Message;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use crate::client::Client;
use crate::failure::{Exit, Failure};
use crate::screen::Screen;

/// How often the job is looked at while no event comes.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// Longest wait for the CRM that is sat out where nobody watches: a minute's window, and some more.
const SAT_OUT: SignedDuration = SignedDuration::from_secs(90);

/// Starts a job by `start` and watches it until it has ended or waits for a person.
pub(super) async fn started(
    client: &Client,
    screen: Screen,
    start: impl Future<Output = Result<JobView, Failure>>,
) -> Result<JobView, Failure> {
    // Before it starts, so that nothing is missed.
    let events = client.events();
    let job = start.await?;
    settled(client, screen, events, job).await
}

async fn settled(
    client: &Client,
    screen: Screen,
    mut events: broadcast::Receiver<HubEvent>,
    mut job: JobView,
) -> Result<JobView, Failure> {
    let request = JobId { job_id: job.id.clone() };
    let bar = bar(screen);
    // A job that goes on is, for a moment, still what it was: it has settled only once its run has ended.
    let mut may_settle = matches!(job.state, Phase::Queued | Phase::Running);
    loop {
        count_down(screen, &bar, &job);
        if may_settle && is_settled(screen, &job) {
            bar.finish_and_clear();
            return Ok(job);
        }
        tokio::select! {
            event = events.recv() => match event {
                Ok(event) if event.job_id.as_deref() != Some(job.id.as_str()) => continue,
                Ok(event) => {
                    show(screen, &bar, &event.event);
                    let kind = event.event.get("type").and_then(Json::as_str);
                    may_settle |= event.topic == "changed" || kind == Some("begin");
                    // Progress alone says nothing about the state.
                    if matches!(kind, Some("tick" | "phase")) {
                        continue;
                    }
                }
                Err(RecvError::Lagged(_)) => may_settle = true,
                Err(RecvError::Closed) => return Err(Failure::own("error.owner_gone")),
            },
            () = tokio::time::sleep(LOOK_AGAIN) => {}
            _ = tokio::signal::ctrl_c() => {
                screen.note(&Message::new("hub.stopping"));
                client.call::<command::JobCancel>(&request).await?;
                may_settle = true;
            }
        }
        job = client.call::<command::JobGet>(&request).await?;
    }
}

fn is_settled(screen: Screen, job: &JobView) -> bool {
    match job.state {
        Phase::Queued | Phase::Running => false,
        Phase::WaitingCrm if screen.shows_progress() => false,
        Phase::WaitingCrm => job.wait_until.is_some_and(|until| left(until) > SAT_OUT),
        Phase::WaitingNetwork => !screen.shows_progress(),
        Phase::WaitingReview
        | Phase::WaitingAuth
        | Phase::Paused
        | Phase::Interrupted
        | Phase::Done
        | Phase::Partial
        | Phase::Failed
        | Phase::Cancelled => true,
    }
}

fn left(until: Timestamp) -> SignedDuration {
    until.duration_since(Timestamp::now())
}

/// Shows how long a waiting job still waits.
fn count_down(screen: Screen, bar: &ProgressBar, job: &JobView) {
    let id = match job.state {
        Phase::WaitingCrm => "hub.waiting.crm",
        Phase::WaitingNetwork => "hub.waiting.network",
        _ => return,
    };
    if let Some(until) = job.wait_until {
        let seconds = left(until).as_secs().max(0);
        let left = format!("{}:{:02}", seconds / 60, seconds % 60);
        bar.set_message(screen.text(&Message::new(id).with("left", left)));
    }
}

fn bar(screen: Screen) -> ProgressBar {
    let bar = ProgressBar::no_length();
    if !screen.shows_progress() {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    if let Ok(style) = ProgressStyle::with_template("{msg:32} {bar:40} {pos}/{len} {elapsed}") {
        bar.set_style(style);
    }
    bar
}

fn show(screen: Screen, bar: &ProgressBar, event: &Json) {
    let text = |name: &str| event.get(name).and_then(Json::as_str).unwrap_or_default();
    match text("type") {
        "phase" => {
            let message = Message::new(format!("hub.phase.{}", text("phase"))).with("detail", text("detail"));
            bar.set_message(screen.text(&message).trim_end().to_owned());
        }
        "tick" => {
            if let Some(total) = event.get("total").and_then(Json::as_u64) {
                bar.set_length(total);
            }
            bar.set_position(event.get("done").and_then(Json::as_u64).unwrap_or(0));
        }
        _ => {}
    }
}

/// What a settled job means for the exit code.
pub(super) fn exit_of(state: Phase) -> Exit {
    match state {
        Phase::Done | Phase::WaitingReview => Exit::Done,
        Phase::Partial => Exit::Partial,
        Phase::Queued
        | Phase::Running
        | Phase::WaitingCrm
        | Phase::WaitingAuth
        | Phase::WaitingNetwork
        | Phase::Paused
        | Phase::Interrupted
        | Phase::Failed
        | Phase::Cancelled => Exit::Failed,
    }
}

/// Shows how a job ended: its table and sentence, or its JSON and a last line with the state.
pub(super) fn ended(screen: Screen, job: &JobView) -> Result<Exit, Failure> {
    screen.result(job, |job| {
        table(screen, &job.counts)?;
        let mut message = Message::new(format!("hub.job.{}", super::connect::word(&job.state)));
        if let Some(count) = job.counts.get("uploaded").and_then(Json::as_u64) {
            message = Message::new("hub.job.uploaded").with("count", count);
        }
        screen.say(&message)?;
        if let Some(error) = &job.error {
            screen.line(&screen.of_json(error))?;
        }
        match &job.wait_until {
            Some(until) => screen.say(&Message::new("hub.waiting.later").with("until", until)),
            None => Ok(()),
        }
    })?;
    if screen.reader == crate::screen::Reader::Machine {
        let mut last = json!({"state": job.state, "job_id": job.id});
        if let Some(until) = job.wait_until {
            last["wait_until"] = json!(until);
        }
        screen.json(&last)?;
    }
    Ok(exit_of(job.state))
}

/// The columns of the closing table and the outcomes that each of them counts.
const COLUMNS: &[(&str, &[&str])] = &[
    ("new", &["created"]),
    ("linked", &["linked"]),
    ("changed", &["updated"]),
    ("unchanged", &["unchanged"]),
    ("duplicate", &["duplicate_waiting"]),
    ("problem", &["problem", "conflict_waiting", "rejected_by_wedsync"]),
    ("left_out", &["skipped", "rejected_by_you"]),
];

/// The closing table: read, new, linked, changed, duplicate, problem, by type of record.
pub(super) fn table(screen: Screen, counts: &Json) -> Result<(), Failure> {
    let by_type = counts.get("records").unwrap_or(counts);
    let Some(by_type) = by_type.as_object().filter(|object| object.values().any(Json::is_object)) else {
        return Ok(());
    };
    let rows = by_type
        .iter()
        .filter(|(_, outcomes)| outcomes.is_object())
        .map(|(name, outcomes)| {
            let of = |outcome: &str| outcomes.get(outcome).and_then(Json::as_u64).unwrap_or(0);
            let read: u64 = outcomes.as_object().into_iter().flatten().filter_map(|(_, n)| n.as_u64()).sum();
            let mut row = vec![screen.text(&Message::new(format!("hub.records.{name}"))), read.to_string()];
            row.extend(COLUMNS.iter().map(|(_, outcomes)| {
                let sum: u64 = outcomes.iter().map(|outcome| of(outcome)).sum();
                sum.to_string()
            }));
            row
        })
        .collect();
    let mut columns = vec!["records", "read"];
    columns.extend(COLUMNS.iter().map(|(name, _)| *name));
    screen.table(&columns, rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inv_32_every_outcome_has_its_column() {
        for outcome in hub_core::job::Outcome::ALL {
            let columns = COLUMNS.iter().filter(|(_, outcomes)| outcomes.contains(&outcome.as_str())).count();
            assert_eq!(columns, 1, "{outcome:?} is counted once");
        }
    }
}

//! `hub` alone: goes on with whatever can go on, and says how things stand; and the doctor.

use futures::future::join_all;
use hub_api::command;
use hub_api::dto::{ConnectionId, JobId, JobView, Nothing, Phase};
use hub_core::message::Message;

use super::{connect, jobs, watch};
use crate::client::Client;
use crate::failure::{Exit, Failure};
use crate::screen::{Reader, Screen};

pub(super) async fn resume(client: &Client, screen: Screen) -> Result<Exit, Failure> {
    let state = client.call::<command::AppState>(&Nothing {}).await?;
    let resumable: Vec<&JobView> = state.open_jobs.iter().filter(|job| goes_on(job.state)).collect();
    let mut exit = Exit::Done;
    if state.signed_in.is_some() && !resumable.is_empty() {
        screen.note(&Message::new("hub.resuming").with("count", resumable.len()));
        let requests: Vec<JobId> = resumable.iter().map(|job| JobId { job_id: job.id.clone() }).collect();
        let runs = requests
            .iter()
            .map(|request| watch::started(client, screen, client.call::<command::JobResume>(request)));
        for ended in join_all(runs).await {
            exit = worse(exit, watch::ended(screen, &ended?)?);
        }
    }
    let state = client.call::<command::AppState>(&Nothing {}).await?;
    screen.result(&state, |state| {
        match &state.signed_in {
            Some(account) => {
                screen.say(&Message::new("doctor.signed_in").with("name", &account.supplier_name))?
            }
            None => return screen.say(&Message::new("error.not_signed_in")),
        }
        connect::show(screen, &state.connections)?;
        if state.open_jobs.is_empty() { Ok(()) } else { jobs::show(screen, &state.open_jobs) }
    })?;
    if screen.reader == Reader::Person {
        for connection in &state.connections {
            let request = ConnectionId { connection_id: connection.id.clone() };
            // A connection without a plan has nothing to review, which is no fault here.
            if let Ok(summary) = client.call::<command::ReviewSummary>(&request).await {
                screen.line(&connection.name)?;
                super::review::show_summary(screen, &summary)?;
            }
        }
    }
    Ok(exit)
}

fn goes_on(state: Phase) -> bool {
    matches!(state, Phase::Interrupted | Phase::WaitingCrm | Phase::WaitingNetwork | Phase::Queued)
}

fn worse(one: Exit, other: Exit) -> Exit {
    let rank = |exit: Exit| match exit {
        Exit::Done => 0,
        Exit::Partial => 1,
        Exit::Usage => 2,
        Exit::Failed => 3,
    };
    if rank(other) > rank(one) { other } else { one }
}

pub(super) async fn doctor(client: &Client, screen: Screen) -> Result<Exit, Failure> {
    let found = client.call::<command::DoctorRun>(&Nothing {}).await?;
    screen.result(&found, |found| {
        let rows = found
            .checks
            .iter()
            .map(|check| {
                let mark = if check.ok { "hub.doctor.ok" } else { "hub.doctor.look" };
                vec![screen.text(&Message::new(mark)), screen.text(&check.message.clone().into())]
            })
            .collect();
        screen.table(&["state", "found"], rows)
    })?;
    Ok(if found.ok { Exit::Done } else { Exit::Failed })
}

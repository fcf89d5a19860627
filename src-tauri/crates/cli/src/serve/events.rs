//! `GET /events`: the event stream as server-sent events. Job events carry `job:seq` as id; a browser that comes back
//! says the last one it saw and gets what it missed from the job's log.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::stream;
use hub_api::dto::JobEvents;
use hub_api::{Door, Host as _, HubEvent, call, command};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

use super::Served;

struct Tail {
    missed: VecDeque<HubEvent>,
    live: broadcast::Receiver<HubEvent>,
    /// Job and position up to which the log was read: live events up to it were told already.
    told: Option<(String, u64)>,
    shut: CancellationToken,
}

pub(super) async fn stream(State(served): State<Arc<Served>>, headers: HeaderMap) -> impl IntoResponse {
    // Before the log is read, so that nothing falls between.
    let live = served.host.events().subscribe();
    let last = headers.get("last-event-id").and_then(|value| value.to_str().ok()).and_then(position);
    let mut missed = VecDeque::new();
    let mut told = None;
    if let Some((job_id, mut after)) = last {
        let host: Arc<dyn hub_api::Host> = served.host.clone();
        loop {
            let request = JobEvents { job_id: job_id.clone(), after };
            // A job that is not there, or not this supplier's, has no events to repeat.
            let Ok(list) = call::<command::JobEvents>(host.clone(), Door::Serve, &request).await else {
                break;
            };
            let Some(end) = list.events.last().map(|event| event.seq) else { break };
            after = end;
            missed.extend(list.events.into_iter().map(|event| HubEvent {
                topic: "job".to_owned(),
                job_id: Some(job_id.clone()),
                seq: event.seq,
                event: event.event,
            }));
        }
        told = Some((job_id, after));
    }
    let tail = Tail { missed, live, told, shut: served.gate.until_shut() };
    Sse::new(stream::unfold(tail, next)).keep_alive(KeepAlive::default())
}

/// `job:seq`.
fn position(id: &str) -> Option<(String, u64)> {
    let (job, seq) = id.rsplit_once(':')?;
    Some((job.to_owned(), seq.parse().ok()?))
}

async fn next(mut tail: Tail) -> Option<(Result<Event, Infallible>, Tail)> {
    if let Some(event) = tail.missed.pop_front() {
        return Some((Ok(encode(&event)), tail));
    }
    loop {
        let event = tokio::select! {
            () = tail.shut.cancelled() => return None,
            event = tail.live.recv() => event,
        };
        match event {
            Ok(event) => {
                let repeated = tail.told.as_ref().is_some_and(|(job, seq)| {
                    event.topic == "job"
                        && event.seq > 0
                        && event.job_id.as_ref() == Some(job)
                        && event.seq <= *seq
                });
                if !repeated {
                    return Some((Ok(encode(&event)), tail));
                }
            }
            // The reader asks the log for what it missed: the sequence shows the gap.
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return None,
        }
    }
}

fn encode(event: &HubEvent) -> Event {
    let sent = Event::default().event(event.topic.clone());
    let sent = match &event.job_id {
        Some(job) if event.seq > 0 => sent.id(format!("{job}:{}", event.seq)),
        Some(_) | None => sent,
    };
    // Plain data with string keys: encoding cannot fail.
    sent.data(serde_json::to_string(event).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_read_strictly() {
        assert_eq!(position("0195-a:12"), Some(("0195-a".to_owned(), 12)));
        for bad in ["", "x", "x:", "x:-1", ":"] {
            assert_eq!(position(bad), None, "{bad:?}");
        }
    }
}

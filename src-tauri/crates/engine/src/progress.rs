//! Progress as an ordered event log: stored first, then told; ticks are joined to at most ten a second.

use hub_core::ports::Clock;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::broadcast;

use crate::{Db, EngineError};

/// One event of a job, as subscribers get it and as the log keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProgressEvent {
    /// Job.
    pub job_id: String,
    /// Position in the job's log, without gaps.
    pub seq: u64,
    /// `{"type": "begin" | "phase" | "tick" | "wait" | "go_on" | "warning" | "end", ...}`; a `wait` says
    /// the phase, `until` when and for what `reason`.
    pub event: Json,
}

/// Milliseconds between two stored ticks.
const TICK_EVERY_MS: u64 = 100;

/// Writes one job's events.
pub(crate) struct Progress {
    db: Db,
    clock: Arc<dyn Clock>,
    sender: broadcast::Sender<ProgressEvent>,
    job_id: String,
    last_tick: u64,
    waiting_tick: Option<Json>,
}

impl Progress {
    pub(crate) fn new(
        db: Db,
        clock: Arc<dyn Clock>,
        sender: broadcast::Sender<ProgressEvent>,
        job_id: &str,
    ) -> Progress {
        Progress { db, clock, sender, job_id: job_id.to_owned(), last_tick: 0, waiting_tick: None }
    }

    /// A new part of the work begins: `fetch` of a stream, `stage`, `plan`, `send`.
    pub(crate) async fn phase(&mut self, name: &str, detail: &str) -> Result<(), EngineError> {
        self.emit(json!({"type": "phase", "phase": name, "detail": detail})).await
    }

    /// So many done of so many, `None` while the total is unknown; `found` is what they turned out to be, by kind.
    pub(crate) async fn tick(
        &mut self,
        done: u64,
        total: Option<u64>,
        found: Option<&BTreeMap<String, u64>>,
    ) -> Result<(), EngineError> {
        let mut event = json!({"type": "tick", "done": done, "total": total});
        if let (Some(found), Some(event)) = (found, event.as_object_mut()) {
            event.insert("found".to_owned(), json!(found));
        }
        let now = self.clock.monotonic_ms();
        if now.saturating_sub(self.last_tick) < TICK_EVERY_MS {
            self.waiting_tick = Some(event);
            return Ok(());
        }
        self.last_tick = now;
        self.waiting_tick = None;
        self.store(vec![event]).await
    }

    /// Anything else, in order.
    pub(crate) async fn emit(&mut self, event: Json) -> Result<(), EngineError> {
        let mut events: Vec<Json> = self.waiting_tick.take().into_iter().collect();
        events.push(event);
        self.store(events).await
    }

    async fn store(&mut self, events: Vec<Json>) -> Result<(), EngineError> {
        let job_id = self.job_id.clone();
        let stored = events.clone();
        let last = self.db.run(move |book| book.append_events(&job_id, &stored)).await?;
        let first = last + 1 - events.len() as u64;
        for (offset, event) in events.into_iter().enumerate() {
            // Nobody listening is no fault: the log has it.
            let _ = self.sender.send(ProgressEvent {
                job_id: self.job_id.clone(),
                seq: first + offset as u64,
                event,
            });
        }
        Ok(())
    }
}

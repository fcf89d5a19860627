//! Waiting for the CRM or the network without failing (SYNC-LAW 37, F13, F15, F18).
//!
//! A short wait happens within a run: the row says so, the run stays. A long one ends the run: the row says until when,
//! the place among the fifteen is free, and whoever drives the job ([`Engine::wait_out`]) or the next start goes on from
//! the checkpoint. Nothing here knows why a CRM asks to wait; the connector's budget keeps that, durably.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hub_core::job::{JobEvent, Phase};
use hub_core::ports::{Clock, Job, RetryAdvice};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::{Engine, EngineError, JobRun};

/// Longest wait within a run: a little more than the longest minute window and the longest lease.
pub(crate) const WITHIN_RUN: Duration = Duration::from_secs(130);
/// Waits shorter than this are not worth a change of the row.
const SHOWN_FROM: Duration = Duration::from_secs(3);
/// How often the clock is looked at; the runtime's timer stands still while the computer sleeps.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Seconds until the next try when the other side does not work, by how often in a row it did not.
const CRM_STEPS: [u32; 5] = [60, 120, 300, 600, 900];
/// The same while the network is away: it comes back sooner, and a try costs nothing.
const NETWORK_STEPS: [u32; 5] = [15, 30, 60, 120, 300];

/// Jobs of this process that run or wait, and how often in a row each came to nothing.
#[derive(Default)]
pub(crate) struct Tasks {
    present: Mutex<HashMap<String, Arc<Task>>>,
    fruitless: Mutex<HashMap<String, (usize, u64)>>,
}

/// One job that runs or waits in this process.
#[derive(Default)]
pub(crate) struct Task {
    /// Ends the run or the wait.
    pub(crate) cancel: CancellationToken,
    wake: Notify,
    waits: AtomicBool,
    ended: CancellationToken,
}

/// Takes the job out of the registry, however its run ends.
pub(crate) struct Present<'a> {
    tasks: &'a Tasks,
    job_id: String,
    pub(crate) task: Arc<Task>,
}

impl Drop for Present<'_> {
    fn drop(&mut self) {
        self.tasks.lock().remove(&self.job_id);
        self.task.ended.cancel();
    }
}

impl Tasks {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<Task>>> {
        self.present.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Registers a run (or a wait) of a job; `None` when another one is at it, which is woken if it waits. One that was
    /// stopped is let out first.
    pub(crate) async fn enter(&self, job_id: &str, waits: bool) -> Option<Present<'_>> {
        loop {
            let there = {
                let mut present = self.lock();
                match present.get(job_id) {
                    Some(task) => task.clone(),
                    None => {
                        let task = Arc::new(Task { waits: AtomicBool::new(waits), ..Task::default() });
                        present.insert(job_id.to_owned(), task.clone());
                        return Some(Present { tasks: self, job_id: job_id.to_owned(), task });
                    }
                }
            };
            if there.cancel.is_cancelled() {
                there.ended.cancelled().await;
                continue;
            }
            if there.waits.load(Ordering::Acquire) {
                there.wake.notify_one();
            }
            return None;
        }
    }

    /// Ends the run or the wait of a job, if there is one.
    pub(crate) fn stop(&self, job_id: &str) {
        if let Some(task) = self.lock().get(job_id) {
            task.cancel.cancel();
        }
    }

    /// How often in a row a job waited without having done anything in between, this time included, from 0.
    fn fruitless(&self, job: &Job) -> usize {
        let mut fruitless = self.fruitless.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = fruitless.entry(job.id.clone()).or_insert((0, job.processed));
        *entry = if entry.1 == job.processed { (entry.0 + 1, entry.1) } else { (1, job.processed) };
        entry.0 - 1
    }

    pub(crate) fn forget(&self, job_id: &str) {
        self.fruitless.lock().unwrap_or_else(PoisonError::into_inner).remove(job_id);
    }
}

/// How a failure is waited for: the event of the row, and seconds until the next try.
pub(crate) struct Wait {
    pub(crate) event: JobEvent,
    pub(crate) until: Timestamp,
}

impl Engine {
    /// The wait that a failure asks for, if it is one that time mends.
    pub(crate) fn wait_for(&self, job: &Job, error: &EngineError) -> Option<Wait> {
        let of_crm = matches!(error, EngineError::Connector(_));
        let step = |steps: &[u32; 5]| steps[self.inner.tasks.fruitless(job).min(steps.len() - 1)];
        let (event, seconds) = match error.advice() {
            RetryAdvice::After(seconds) if of_crm => (JobEvent::CrmAskedToWait, seconds),
            RetryAdvice::WhenBack if of_crm => (JobEvent::CrmAskedToWait, step(&CRM_STEPS)),
            RetryAdvice::After(seconds) => (JobEvent::NetworkLost, seconds),
            RetryAdvice::WhenBack => (JobEvent::NetworkLost, step(&CRM_STEPS)),
            RetryAdvice::WhenOnline => (JobEvent::NetworkLost, step(&NETWORK_STEPS)),
            RetryAdvice::Retry
            | RetryAdvice::ResetPaging
            | RetryAdvice::SignIn
            | RetryAdvice::WhenSwitchedOn
            | RetryAdvice::Never => {
                return None;
            }
        };
        Some(Wait { event, until: self.inner.clock.now() + SignedDuration::from_secs(i64::from(seconds)) })
    }

    /// Waits until a job that waits for the CRM or the network may go on; `true` when it should be run again, `false`
    /// when it was paused or stopped meanwhile, does not wait, or somebody else is at it. Running it earlier by
    /// [`Engine::run`] ends the wait with `true`: whoever waits goes on.
    ///
    /// # Errors
    /// When the job cannot be read.
    pub async fn wait_out(&self, job_id: &str) -> Result<bool, EngineError> {
        let Some(present) = self.inner.tasks.enter(job_id, true).await else { return Ok(false) };
        let Some(until) = timed_wait(&self.job(job_id).await?) else { return Ok(false) };
        tokio::select! {
            () = present.task.cancel.cancelled() => return Ok(false),
            () = present.task.wake.notified() => {}
            () = reached(self.inner.clock.as_ref(), until) => {}
        }
        let job = self.job(job_id).await?;
        Ok(timed_wait(&job).is_some())
    }

    /// Waits within a run, shown in the row and in the log of events.
    pub(crate) async fn wait_within(
        &self,
        run: &JobRun,
        error: &EngineError,
        delay: Duration,
    ) -> Result<(), EngineError> {
        let until = self.inner.clock.now() + SignedDuration::try_from(delay).unwrap_or(SignedDuration::MAX);
        if delay < SHOWN_FROM {
            return self.until(until, &run.cancel).await;
        }
        let event = match error {
            EngineError::Connector(_) => JobEvent::CrmAskedToWait,
            _ => JobEvent::NetworkLost,
        };
        self.enter_wait(run, event, error, until).await?;
        self.until(until, &run.cancel).await?;
        let _steering = self.inner.steering.lock().await;
        // Whoever paused or stopped it meanwhile wrote so; only an undisturbed wait goes on.
        run.go_on()?;
        self.transition(&run.job.id, JobEvent::Resume, None).await?;
        run.emit(json!({"type": "go_on"})).await
    }

    async fn enter_wait(
        &self,
        run: &JobRun,
        event: JobEvent,
        error: &EngineError,
        until: Timestamp,
    ) -> Result<(), EngineError> {
        let reason = serde_json::to_value(error.message()).unwrap_or(Json::Null);
        let phase = {
            let _steering = self.inner.steering.lock().await;
            run.go_on()?;
            let (job_id, reason) = (run.job.id.clone(), reason.clone());
            self.db().run(move |book| book.wait_until(&job_id, event, &reason, until)).await?
        };
        run.emit(wait_event(phase, until, &reason)).await
    }

    async fn until(&self, until: Timestamp, cancel: &CancellationToken) -> Result<(), EngineError> {
        tokio::select! {
            () = cancel.cancelled() => Err(EngineError::Stopped),
            () = reached(self.inner.clock.as_ref(), until) => Ok(()),
        }
    }
}

/// What the log of events says about a wait: the phase, when it ends, and why.
pub(crate) fn wait_event(phase: Phase, until: Timestamp, reason: &Json) -> Json {
    json!({"type": "wait", "phase": phase.as_str(), "until": until.to_string(), "reason": reason})
}

/// When a job that waits goes on by itself; `None` for one that waits for a person or does not wait. A row that says no
/// time may go on at once.
fn timed_wait(job: &Job) -> Option<Timestamp> {
    matches!(job.phase, Phase::WaitingCrm | Phase::WaitingNetwork)
        .then(|| job.wait_until.unwrap_or(Timestamp::UNIX_EPOCH))
}

/// Returns once the clock has reached a time.
async fn reached(clock: &dyn Clock, until: Timestamp) {
    loop {
        let left = Duration::try_from(until.duration_since(clock.now())).unwrap_or_default();
        if left.is_zero() {
            return;
        }
        tokio::time::sleep(left.min(LOOK_EVERY)).await;
    }
}

//! Running jobs: from a queued row to its end or to a wait, under cancellation, at most fifteen at once.
//!
//! A job that waits (for review, sign-in, the CRM, the network) is not a running task: its row says what it waits for,
//! and [`Engine::run`] starts it again from its checkpoint. What ends by itself is waited for by [`Engine::wait_out`].

use std::collections::BTreeMap;

use hub_core::job::{JobEvent, JobKind, Phase};
use hub_core::message::Message;
use hub_core::ports::{ConnectionStatus, Job, RetryAdvice};
use serde_json::{Value as Json, json};
use tokio_util::sync::CancellationToken;

use crate::progress::Progress;
use crate::wait::wait_event;
use crate::{Engine, EngineError};

/// One run of a job, as its steps see it.
pub struct JobRun {
    /// The job as it was when the run began.
    pub job: Job,
    pub(crate) cancel: CancellationToken,
    pub(crate) progress: tokio::sync::Mutex<Progress>,
}

/// How a run ended well.
pub(crate) enum RunEnd {
    /// The plan waits for review.
    Review,
    /// Everything settled.
    Done,
    /// Some records did not make it.
    Partial,
}

impl Engine {
    /// Queues a job of a connection.
    ///
    /// # Errors
    /// `error.job_active` when the connection is busy.
    pub async fn queue(&self, connection_id: &str, kind: JobKind, config: Json) -> Result<Job, EngineError> {
        self.require_writer()?;
        let job = Job {
            id: self.inner.ids.new_id(),
            connection_id: connection_id.to_owned(),
            kind,
            phase: Phase::Queued,
            config,
            checkpoint: json!({}),
            processed: 0,
            total: None,
            error: None,
            counts: json!({}),
            created_at: self.inner.clock.now(),
            started_at: None,
            completed_at: None,
            wait_until: None,
        };
        if kind == JobKind::Import {
            self.end_review_wait(connection_id).await?;
        }
        let stored = job.clone();
        self.db().run(move |book| book.create_job(&stored)).await?;
        Ok(job)
    }

    /// An import whose plan waits for review has done its own work: a newer one may follow it. The plan stays in force
    /// until the newer one is stored.
    async fn end_review_wait(&self, connection_id: &str) -> Result<(), EngineError> {
        let open = self.db().run(|book| book.open_jobs()).await?;
        for job in open {
            if job.connection_id == connection_id && job.phase == Phase::WaitingReview {
                self.transition(&job.id, JobEvent::Finish, None).await?;
            }
        }
        Ok(())
    }

    /// Runs a queued, interrupted or waiting job until it ends or waits; returns it as it then stands. A job that is
    /// waited for by [`Engine::wait_out`] goes on there, and one that runs already is left alone.
    ///
    /// # Errors
    /// Only when the job itself cannot be loaded or its state not be written; a job's own failure is in its row.
    pub async fn run(&self, job_id: &str) -> Result<Job, EngineError> {
        let Some(present) = self.inner.tasks.enter(job_id, false).await else {
            return self.job(job_id).await;
        };
        let Ok(_slot) = self.inner.slots.acquire().await else { return Err(EngineError::Stopped) };
        if present.task.cancel.is_cancelled() {
            return self.job(job_id).await;
        }
        self.run_in_slot(job_id, present.task.cancel.clone()).await
    }

    async fn run_in_slot(&self, job_id: &str, cancel: CancellationToken) -> Result<Job, EngineError> {
        let job = self.job(job_id).await?;
        if self.left_paused(&job).await? {
            self.inner.tasks.forget(job_id);
            return self.job(job_id).await;
        }
        let start = match job.phase {
            Phase::Queued | Phase::Interrupted => JobEvent::Start,
            _ => JobEvent::Resume,
        };
        self.transition(job_id, start, None).await?;
        self.set_status(&job.connection_id, ConnectionStatus::SyncInProgress, None).await?;
        let mut progress =
            Progress::new(self.db().clone(), self.inner.clock.clone(), self.inner.events.clone(), job_id);
        progress
            .emit(json!({"type": "begin", "kind": job.kind, "resumed": start == JobEvent::Resume}))
            .await?;
        let run = JobRun { job, cancel, progress: tokio::sync::Mutex::new(progress) };
        let result = match run.job.kind {
            JobKind::Import => self.run_import(&run).await,
            JobKind::Upload => self.run_upload(&run).await,
            JobKind::Undo => self.run_undo(&run).await,
        };
        self.settle(&run, result).await
    }

    async fn settle(&self, run: &JobRun, result: Result<RunEnd, EngineError>) -> Result<Job, EngineError> {
        let job_id = &run.job.id;
        let steering = self.inner.steering.lock().await;
        let now = self.job(job_id).await?;
        let wait = result.as_ref().err().and_then(|error| self.wait_for(&now, error));
        let (event, error, status) = match &result {
            Ok(RunEnd::Review) => (JobEvent::PlanReady, None, ConnectionStatus::Connected),
            Ok(RunEnd::Done) => (JobEvent::Finish, None, ConnectionStatus::Connected),
            Ok(RunEnd::Partial) => (JobEvent::FinishPartial, None, ConnectionStatus::Connected),
            Err(error) => {
                tracing::warn!(job = %job_id, error = error as &dyn std::error::Error, "job stopped");
                let message = serde_json::to_value(error.message()).unwrap_or(Json::Null);
                match (&wait, error.advice()) {
                    (Some(wait), _) => (wait.event, Some(message), ConnectionStatus::Connected),
                    (None, RetryAdvice::SignIn) => {
                        (JobEvent::AuthNeeded, Some(message), ConnectionStatus::PendingAuth)
                    }
                    (None, RetryAdvice::WhenSwitchedOn) => {
                        (JobEvent::Pause, Some(message), ConnectionStatus::Connected)
                    }
                    (None, _) => (JobEvent::Fail, Some(message), ConnectionStatus::Error),
                }
            }
        };
        // A pause or a stop was written by whoever asked for it; the run only ends.
        if matches!(now.phase, Phase::Paused | Phase::Cancelled) {
            // Why it was held, where a person did not hold it, stands in its row.
            self.set_status(&run.job.connection_id, ConnectionStatus::Connected, now.error.clone()).await?;
        } else {
            match (&wait, &error) {
                (Some(wait), Some(reason)) => {
                    let (id, event, until, reason) = (job_id.clone(), wait.event, wait.until, reason.clone());
                    self.db().run(move |book| book.wait_until(&id, event, &reason, until)).await?;
                }
                _ => {
                    self.transition(job_id, event, error.clone()).await?;
                }
            }
            self.set_status(&run.job.connection_id, status, error.clone()).await?;
        }
        drop(steering);
        let job = self.job(job_id).await?;
        if let (Some(until), Some(reason)) = (job.wait_until, &job.error) {
            run.emit(wait_event(job.phase, until, reason)).await?;
        } else {
            self.inner.tasks.forget(job_id);
        }
        run.emit(json!({"type": "end", "phase": job.phase, "error": job.error, "counts": job.counts}))
            .await?;
        Ok(job)
    }

    /// Jobs that a dead process left behind become `interrupted` and can be run again; owner only, at start.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn adopt_orphans(&self) -> Result<Vec<Job>, EngineError> {
        self.db().run(|book| book.interrupt_orphans()).await
    }

    /// The jobs that go on by themselves at start: interrupted ones, and those that waited for the CRM or the network.
    /// One that may not yet is told so by the account's budget, and waits on.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn resumable(&self) -> Result<Vec<Job>, EngineError> {
        let open = self.db().run(|book| book.open_jobs()).await?;
        Ok(open
            .into_iter()
            .filter(|job| {
                matches!(
                    job.phase,
                    Phase::Interrupted | Phase::WaitingCrm | Phase::WaitingNetwork | Phase::Queued
                )
            })
            .collect())
    }

    /// Jobs that wait for a sign-in or a key, of one connection or of all: what a new one lets go on.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn waiting_for_auth(&self, connection_id: Option<&str>) -> Result<Vec<Job>, EngineError> {
        let mut open = self.db().run(|book| book.open_jobs()).await?;
        open.retain(|job| {
            job.phase == Phase::WaitingAuth && connection_id.is_none_or(|id| id == job.connection_id)
        });
        Ok(open)
    }

    /// Stops a job; what was saved stays saved.
    ///
    /// # Errors
    /// `error.illegal_transition` when it has ended already.
    pub async fn cancel(&self, job_id: &str) -> Result<Phase, EngineError> {
        let _steering = self.inner.steering.lock().await;
        let phase = self.transition(job_id, JobEvent::Cancel, None).await?;
        self.inner.tasks.stop(job_id);
        Ok(phase)
    }

    /// Pauses a job.
    ///
    /// # Errors
    /// `error.illegal_transition` when it cannot be paused.
    pub async fn pause(&self, job_id: &str) -> Result<Phase, EngineError> {
        let _steering = self.inner.steering.lock().await;
        let phase = self.transition(job_id, JobEvent::Pause, None).await?;
        self.inner.tasks.stop(job_id);
        Ok(phase)
    }

    /// Holds a job because what it does was switched off: at once, with the reason in its row. What was saved stays saved,
    /// and it goes on from there by [`Engine::run`]. A job that is not at work is left as it is: it is refused when it goes on.
    ///
    /// # Errors
    /// When its state cannot be written.
    pub async fn switch_off(&self, job_id: &str, reason: &Message) -> Result<(), EngineError> {
        let _steering = self.inner.steering.lock().await;
        let job = self.job(job_id).await?;
        if !matches!(job.phase, Phase::Queued | Phase::Running | Phase::WaitingCrm | Phase::WaitingNetwork) {
            return Ok(());
        }
        let reason = serde_json::to_value(reason).unwrap_or(Json::Null);
        self.transition(job_id, JobEvent::Pause, Some(reason)).await?;
        self.inner.tasks.stop(job_id);
        Ok(())
    }

    /// A job by id.
    ///
    /// # Errors
    /// `error.not_found`.
    pub async fn job(&self, job_id: &str) -> Result<Job, EngineError> {
        let wanted = job_id.to_owned();
        self.db().run(move |book| book.job(&wanted)).await?.ok_or_else(|| {
            EngineError::Refused(Message::new("error.not_found").with("what", "job").with("id", job_id))
        })
    }

    pub(crate) async fn transition(
        &self,
        job_id: &str,
        event: JobEvent,
        error: Option<Json>,
    ) -> Result<Phase, EngineError> {
        let job_id = job_id.to_owned();
        self.db().run(move |book| book.transition(&job_id, event, error.as_ref())).await
    }

    pub(crate) async fn set_status(
        &self,
        connection_id: &str,
        status: ConnectionStatus,
        error: Option<Json>,
    ) -> Result<(), EngineError> {
        let mut connection = self.connection(connection_id).await?;
        connection.status = status;
        connection.error = error;
        self.db().run(move |book| book.put_connection(&connection)).await
    }

    pub(crate) async fn save_checkpoint(
        &self,
        run: &JobRun,
        checkpoint: Json,
        processed: u64,
        total: Option<u64>,
    ) -> Result<(), EngineError> {
        let job_id = run.job.id.clone();
        self.db().run(move |book| book.checkpoint(&job_id, &checkpoint, processed, total)).await
    }
}

impl JobRun {
    /// Ends the run when a person stopped or paused the job.
    pub(crate) fn go_on(&self) -> Result<(), EngineError> {
        if self.cancel.is_cancelled() { Err(EngineError::Stopped) } else { Ok(()) }
    }

    pub(crate) async fn phase(&self, name: &str, detail: &str) -> Result<(), EngineError> {
        self.progress.lock().await.phase(name, detail).await
    }

    pub(crate) async fn emit(&self, event: Json) -> Result<(), EngineError> {
        self.progress.lock().await.emit(event).await
    }

    pub(crate) async fn tick(&self, done: u64, total: Option<u64>) -> Result<(), EngineError> {
        self.progress.lock().await.tick(done, total, None).await
    }

    /// As `tick`, with what was found so far, by kind of unit.
    pub(crate) async fn tick_found(
        &self,
        done: u64,
        total: Option<u64>,
        found: &BTreeMap<String, u64>,
    ) -> Result<(), EngineError> {
        self.progress.lock().await.tick(done, total, Some(found)).await
    }
}

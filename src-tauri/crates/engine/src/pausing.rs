//! Pausing a connection: a person's word that nothing is read for it and nothing of it is uploaded until they go on. It
//! outlives the process. Taking an upload back is not held up by it: that is a person's own act, and only WedSync's side.

use hub_core::job::{JobKind, Phase};
use hub_core::malformed::Malformed;
use hub_core::message::Message;
use hub_core::ports::{Job, Pausing, StoreError, StoreResult, pausing_setting};
use serde_json::Value as Json;

use crate::book::Book;
use crate::{Engine, EngineError};

/// The pause of a connection, if there is one.
///
/// # Errors
/// When the store cannot be read.
pub fn pausing_of(book: &dyn Book, connection_id: &str) -> StoreResult<Option<Pausing>> {
    let kept = book.setting(&pausing_setting(connection_id))?;
    kept.map(|kept| {
        serde_json::from_value(kept).map_err(|error| StoreError::Fault(Box::new(Malformed::from(error))))
    })
    .transpose()
}

/// Whether a pause holds this kind of job up.
fn held_up(kind: JobKind) -> bool {
    match kind {
        JobKind::Import | JobKind::Upload => true,
        JobKind::Undo => false,
    }
}

impl Engine {
    /// The pause of a connection, if there is one.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn pausing(&self, connection_id: &str) -> Result<Option<Pausing>, EngineError> {
        let id = connection_id.to_owned();
        self.db().run(move |book| pausing_of(book, &id)).await
    }

    /// Refuses work on a connection that is paused.
    ///
    /// # Errors
    /// `error.connection_paused`.
    pub async fn refuse_paused(&self, connection_id: &str) -> Result<(), EngineError> {
        if self.pausing(connection_id).await?.is_none() {
            return Ok(());
        }
        let name = self.connection(connection_id).await?.name;
        Err(EngineError::Refused(Message::new("error.connection_paused").with("name", name)))
    }

    /// Pauses a connection, and with it what runs or waits for it. A connection that is paused already stays so.
    ///
    /// # Errors
    /// When nobody is signed in, or the store fails.
    pub async fn pause_connection(&self, connection_id: &str) -> Result<(), EngineError> {
        let account = self.require_writer()?;
        let connection = self.connection(connection_id).await?;
        if self.pausing(connection_id).await?.is_some() {
            return Ok(());
        }
        let open = self.db().run(|book| book.open_jobs()).await?;
        let jobs: Vec<Job> = open
            .into_iter()
            .filter(|job| {
                job.connection_id == connection.id && held_up(job.kind) && goes_on_by_itself(job.phase)
            })
            .collect();
        // The word first: whatever begins from here on finds it.
        let pausing = Pausing {
            at: self.inner.clock.now(),
            by: account.user_id,
            jobs: jobs.iter().map(|job| job.id.clone()).collect(),
        };
        let kept = serde_json::to_value(&pausing)
            .map_err(|error| EngineError::Store(StoreError::Fault(Box::new(Malformed::from(error)))))?;
        let key = pausing_setting(&connection.id);
        self.db().run(move |book| book.put_setting(&key, &kept)).await?;
        for job in jobs {
            match self.pause(&job.id).await {
                Ok(_) => {}
                // It ended meanwhile, or was interrupted and is held up when it is begun again.
                Err(EngineError::Refused(_) | EngineError::Store(StoreError::Refused { .. })) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Ends the pause of a connection; the jobs that it stopped, for the caller to run.
    ///
    /// # Errors
    /// When nobody is signed in, or the store fails.
    pub async fn end_pause(&self, connection_id: &str) -> Result<Vec<Job>, EngineError> {
        self.require_writer()?;
        let connection = self.connection(connection_id).await?;
        let Some(pausing) = self.pausing(&connection.id).await? else { return Ok(Vec::new()) };
        let key = pausing_setting(&connection.id);
        self.db().run(move |book| book.put_setting(&key, &Json::Null)).await?;
        let open = self.db().run(|book| book.open_jobs()).await?;
        Ok(open
            .into_iter()
            .filter(|job| pausing.jobs.contains(&job.id))
            .filter(|job| job.phase == Phase::Paused || goes_on_by_itself(job.phase))
            .collect())
    }

    /// Leaves a job alone whose connection is paused; whether it did.
    pub(crate) async fn left_paused(&self, job: &Job) -> Result<bool, EngineError> {
        if !held_up(job.kind) || self.pausing(&job.connection_id).await?.is_none() {
            return Ok(false);
        }
        if matches!(job.phase, Phase::Queued | Phase::WaitingCrm | Phase::WaitingNetwork) {
            self.pause(&job.id).await?;
        }
        Ok(true)
    }
}

/// Phases that lead to work without a person.
fn goes_on_by_itself(phase: Phase) -> bool {
    match phase {
        Phase::Queued | Phase::Running | Phase::Interrupted | Phase::WaitingCrm | Phase::WaitingNetwork => {
            true
        }
        Phase::WaitingAuth
        | Phase::WaitingReview
        | Phase::Paused
        | Phase::Done
        | Phase::Partial
        | Phase::Failed
        | Phase::Cancelled => false,
    }
}

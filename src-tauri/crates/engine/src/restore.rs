//! Going back to a restore point, and what an import does first in a book that was brought back (MODEL 8, 10; F70).
//!
//! Undo is the everyday tool; this is for disaster. The store exchanges the books; here it is made sure that nothing
//! runs meanwhile and that nothing goes out afterwards before the supplier has looked: uploads and undos of a connection
//! are refused until an import has read everything anew, and the plan of that import cannot be approved before a person
//! has said so. What a batch that was stored in the book of then came to is asked, never sent.

use std::sync::atomic::Ordering;

use hub_core::ports::{Lease, RebaseReason, RestorePoint};

use crate::parts::JOBS_AT_ONCE;
use crate::retry::with_retry;
use crate::{Engine, EngineError, JobRun};

impl Engine {
    /// The copies of the book that can be gone back to, newest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn restore_points(&self) -> Result<Vec<RestorePoint>, EngineError> {
        self.db().run(|book| book.restore_points()).await
    }

    /// Takes a restore point because a person asked for one; returns its id.
    ///
    /// # Errors
    /// When there is no room, or the copy does not verify.
    pub async fn take_restore_point(&self) -> Result<String, EngineError> {
        self.require_writer()?;
        let at = self.inner.clock.now();
        self.db().run(move |book| book.restore_point("by_hand", None, at)).await
    }

    /// Goes back to a restore point.
    ///
    /// # Errors
    /// `error.restore_jobs_running` while a job runs; `error.restore_point_missing`, `error.restore_point_damaged`: then
    /// nothing was touched (F73).
    pub async fn go_back_to(&self, point_id: &str) -> Result<(), EngineError> {
        self.require_writer()?;
        let _steering = self.inner.steering.lock().await;
        // All places: nobody runs, and nobody begins before this is over.
        let places = u32::try_from(JOBS_AT_ONCE).unwrap_or(u32::MAX);
        let Ok(_alone) = self.inner.slots.try_acquire_many(places) else {
            return Err(EngineError::refused("error.restore_jobs_running"));
        };
        let _mirror = self.inner.mirror.lock().await;
        for job in self.db().run(|book| book.open_jobs()).await? {
            // One that waits in this process ends its wait; its row goes with the book it stands in.
            self.inner.tasks.stop(&job.id);
        }
        let (point_id, actor) = (point_id.to_owned(), self.actor("reason.restore", None));
        let epoch = self.db().run(move |book| book.restore(&point_id, &actor)).await?;
        self.inner.db_epoch.store(epoch, Ordering::SeqCst);
        Ok(())
    }

    /// Why a connection has to be imported anew before anything of it goes out; `None` when it need not.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn rebase_of(&self, connection_id: &str) -> Result<Option<RebaseReason>, EngineError> {
        let id = connection_id.to_owned();
        self.db().run(move |book| book.rebase(&id)).await
    }

    /// Refuses to write for a connection whose book was brought back and not looked through since.
    pub(crate) async fn refuse_before_rebase(&self, connection_id: &str) -> Result<(), EngineError> {
        match self.rebase_of(connection_id).await? {
            Some(_) => Err(EngineError::refused("error.rebase_first")),
            None => Ok(()),
        }
    }

    /// Looks whether WedSync has seen a later book of this connection than ours. If so, this connection has to be rebased,
    /// and our epoch becomes the later one: two computers then agree, and neither is asked twice.
    pub(crate) async fn look_at_epoch(&self, lease: &Lease, epoch: i64) -> Result<(), EngineError> {
        if epoch >= lease.last_epoch {
            return Ok(());
        }
        let (id, last) = (lease.connection_id.clone(), lease.last_epoch);
        let epoch = self
            .db()
            .run(move |book| {
                book.ask_rebase(Some(&id), RebaseReason::OlderEpoch)?;
                book.adopt_epoch(last)
            })
            .await?;
        self.inner.db_epoch.store(epoch, Ordering::SeqCst);
        Err(EngineError::refused("error.rebase_first"))
    }

    /// Asks WedSync what became of every batch without an answer that nobody sends again: those of uploads that were
    /// stopped or failed, and after a restore all that the book holds. What WedSync took is taken for answered, what it
    /// never took is withdrawn: it was approved on what was known then. A plan made over such a doubt would compare the
    /// CRM with values that both sides may have agreed on already.
    pub(crate) async fn settle_doubts(&self, run: &JobRun, rebase: bool) -> Result<(), EngineError> {
        let connection_id = run.job.connection_id.clone();
        let batches = {
            let id = connection_id.clone();
            self.db().run(move |book| book.doubtful_batches(&id, !rebase)).await?
        };
        let reason = if rebase { "reason.restore" } else { "reason.upload" };
        for batch in batches {
            run.go_on()?;
            let cloud = &self.inner.cloud;
            let answer = with_retry(&run.cancel, &|| self.jitter(), || async {
                Ok(cloud.batch_results(&batch.id).await?)
            })
            .await?;
            let actor = self.actor(reason, Some(&run.job.id));
            self.db()
                .run(move |book| match answer {
                    Some(results) => book.ack_batch(&batch.id, &results, &actor).map(drop),
                    None => book.withdraw_batch(&batch.id, &actor).map(drop),
                })
                .await?;
        }
        if rebase {
            let actor = self.actor(reason, Some(&run.job.id));
            self.db().run(move |book| book.withdraw_queued(&connection_id, &actor)).await?;
        }
        Ok(())
    }
}

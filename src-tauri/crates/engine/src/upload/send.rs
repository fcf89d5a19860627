//! Sending: batches are cut once, durable before the first byte leaves, and resent byte-equal until answered (MODEL 7).

use hub_core::ports::{Batch, OpResult, RetryAdvice};

use super::LeaseKeeper;
use crate::retry::{ATTEMPTS, backoff, pause};
use crate::{Engine, EngineError, JobRun};

/// Operations in one batch (the contract's maximum).
const BATCH: u32 = 200;

impl Engine {
    /// Sends everything that is queued for this job, oldest unanswered batch first.
    pub(crate) async fn send_all(
        &self,
        run: &JobRun,
        lease: &mut LeaseKeeper,
        total: u64,
    ) -> Result<(), EngineError> {
        let job_id = run.job.id.clone();
        let counts = self.db().run(move |book| book.outbox_counts(&job_id)).await?;
        let (mut taken, mut refused) = (counts.acked, counts.rejected);
        loop {
            run.go_on()?;
            let job_id = run.job.id.clone();
            let batch = self
                .db()
                .run(move |book| match book.unanswered_batch(&job_id)? {
                    Some(batch) => Ok(Some(batch)),
                    None => book.cut_batch(&job_id, BATCH),
                })
                .await?;
            let Some(batch) = batch else { return Ok(()) };
            self.inner.fail.pass("batch_stored");
            let results = self.send_batch(run, lease, &batch).await?;
            self.inner.fail.pass("answered");
            let (id, actor) = (batch.id.clone(), self.actor("reason.upload", Some(&run.job.id)));
            let effect = self.db().run(move |book| book.ack_batch(&id, &results, &actor)).await?;
            self.inner.fail.pass("base_moved");
            // Added up, not counted anew: counting the queue after every batch would cost its square.
            taken += u64::from(effect.accepted + effect.conflicts);
            refused += u64::from(effect.rejected);
            run.tick(taken + refused, Some(total.max(taken))).await?;
        }
    }

    async fn send_batch(
        &self,
        run: &JobRun,
        lease: &mut LeaseKeeper,
        batch: &Batch,
    ) -> Result<Vec<OpResult>, EngineError> {
        let mut attempt = 0;
        loop {
            let token = lease.fresh(&run.cancel).await?;
            let id = batch.id.clone();
            self.db().run(move |book| book.mark_sent(&id)).await?;
            self.inner.fail.pass("sent");
            let sent = tokio::select! {
                () = run.cancel.cancelled() => return Err(EngineError::Stopped),
                sent = self.inner.cloud.send_batch(&batch.id, &batch.body, Some(&token)) => sent,
            };
            let failure = match sent {
                Ok(results) => return Ok(results),
                Err(failure) => failure,
            };
            attempt += 1;
            if failure.code == "fenced" && attempt < ATTEMPTS {
                // The lease ran out while this computer slept; a new one fences whoever had it in between.
                lease.forget();
                continue;
            }
            if attempt >= ATTEMPTS {
                return Err(failure.into());
            }
            let delay = match failure.retry {
                RetryAdvice::Retry | RetryAdvice::WhenOnline | RetryAdvice::WhenBack => {
                    backoff(attempt, self.jitter())
                }
                RetryAdvice::After(seconds) => {
                    std::time::Duration::from_secs(u64::from(seconds)) + backoff(1, self.jitter())
                }
                RetryAdvice::ResetPaging
                | RetryAdvice::SignIn
                | RetryAdvice::WhenSwitchedOn
                | RetryAdvice::Never => {
                    return Err(failure.into());
                }
            };
            if delay > crate::wait::WITHIN_RUN {
                return Err(failure.into());
            }
            tracing::info!(attempt, ?delay, in_doubt = failure.in_doubt, "sending the same batch again");
            pause(delay, &run.cancel).await?;
        }
    }
}

//! The lease of a connection: one syncing computer at a time, renewed before it runs short (MODEL 8, SYNC-LAW 31).

use std::sync::atomic::Ordering;

use hub_core::ports::Lease;
use tokio_util::sync::CancellationToken;

use crate::retry::with_retry;
use crate::{Engine, EngineError};

/// A write starts only with this much of the lease left, on the monotonic clock.
const SPARE_MS: u64 = 30_000;
/// How long giving the lease back may take; nobody waits for it.
const FAREWELL: std::time::Duration = std::time::Duration::from_secs(5);

/// Holds the lease of one connection for one job.
pub(crate) struct LeaseKeeper {
    engine: Engine,
    connection_id: String,
    held: Option<(Lease, u64)>,
}

impl LeaseKeeper {
    pub(crate) fn new(engine: &Engine, connection_id: &str) -> LeaseKeeper {
        LeaseKeeper { engine: engine.clone(), connection_id: connection_id.to_owned(), held: None }
    }

    /// A lease with enough time left for one more request.
    ///
    /// # Errors
    /// `error.lease_lost` when another computer holds it; `error.rebase_first` when WedSync knows a later book than ours.
    pub(crate) async fn fresh(&mut self, cancel: &CancellationToken) -> Result<Lease, EngineError> {
        let inner = &self.engine.inner;
        let now = inner.clock.monotonic_ms();
        if let Some((lease, ends)) = &self.held
            && now + SPARE_MS <= *ends
        {
            return Ok(lease.clone());
        }
        let epoch = inner.db_epoch.load(Ordering::SeqCst);
        let lease = with_retry(cancel, &|| self.engine.jitter(), || async {
            Ok(inner.cloud.lease(&self.connection_id, &inner.device_id, epoch).await?)
        })
        .await?;
        // Held first: what is refused below is given back at the end of the job like any other.
        self.held = Some((lease.clone(), now + u64::from(lease.expires_in) * 1000));
        self.engine.look_at_epoch(&lease, epoch).await?;
        Ok(lease)
    }

    /// Gives the lease back at the end of a job, so that another computer need not wait for it to expire. Trying is
    /// enough: where it does not work, the lease ends by itself, and what follows is fenced as after a kill.
    pub(crate) async fn release(mut self) {
        let Some((lease, _)) = self.held.take() else { return };
        let released = self.engine.inner.cloud.release(&lease);
        match tokio::time::timeout(FAREWELL, released).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::info!(error = &error as &dyn std::error::Error, "the lease runs out by itself");
            }
            Err(_) => tracing::info!("the lease runs out by itself"),
        }
    }

    /// Forgets the lease, so that the next write takes a new one.
    pub(crate) fn forget(&mut self) {
        self.held = None;
    }
}

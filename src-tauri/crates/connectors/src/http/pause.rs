//! Waiting: for a full budget window to empty, without holding a stopped job back.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use hub_core::ports::Clock;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

/// Why a wait was not waited out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unwaited {
    /// The person stopped or paused the job.
    #[error("stopped")]
    Stopped,
    /// It is longer than whoever asked has patience for: they wait themselves and ask again.
    #[error("not before {0}")]
    TooLong(Timestamp),
}

/// How the client waits. Injected, so that the engine can show that it waits for the CRM and until when, and so that
/// tests need not.
#[async_trait]
pub trait Pause: Send + Sync {
    /// Returns at that time, or earlier if the job was stopped; at once if that is too long.
    async fn until(&self, until: Timestamp) -> Result<(), Unwaited>;
    /// Returns when the job was stopped, else never.
    async fn stopped(&self);
}

/// Called when a wait begins, with the time it ends.
pub type OnWait = Arc<dyn Fn(Timestamp) + Send + Sync>;

/// Waiting on the runtime's timer.
pub struct TokioPause {
    clock: Arc<dyn Clock>,
    stop: CancellationToken,
    on_wait: OnWait,
    patience: Duration,
}

impl TokioPause {
    /// Waits by this clock until stopped by this token, and no longer than `patience` in one piece.
    pub fn new(
        clock: Arc<dyn Clock>,
        stop: CancellationToken,
        on_wait: OnWait,
        patience: Duration,
    ) -> TokioPause {
        TokioPause { clock, stop, on_wait, patience }
    }
}

#[async_trait]
impl Pause for TokioPause {
    async fn until(&self, until: Timestamp) -> Result<(), Unwaited> {
        let left = Duration::try_from(until.duration_since(self.clock.now())).unwrap_or_default();
        if left > self.patience {
            return Err(Unwaited::TooLong(until));
        }
        (self.on_wait)(until);
        loop {
            let left = until.duration_since(self.clock.now());
            let Ok(left) = Duration::try_from(left) else { return Ok(()) };
            if left.is_zero() {
                return Ok(());
            }
            // In short pieces, because the runtime's timer stands still while the computer sleeps.
            tokio::select! {
                () = tokio::time::sleep(left.min(Duration::from_secs(15))) => {}
                () = self.stop.cancelled() => return Err(Unwaited::Stopped),
            }
        }
    }

    async fn stopped(&self) {
        self.stop.cancelled().await;
    }
}

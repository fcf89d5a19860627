//! Backoff for transient failures: jittered, capped, counted, and ended by cancellation.

use std::time::Duration;

use hub_core::ports::RetryAdvice;
use tokio_util::sync::CancellationToken;

use crate::wait::WITHIN_RUN;
use crate::{Engine, EngineError, JobRun};

/// Attempts of one request before the job gives up or waits for the network.
pub(crate) const ATTEMPTS: u32 = 6;
const FIRST_DELAY_MS: u64 = 250;
const LONGEST_DELAY_MS: u64 = 20_000;

/// Delay before attempt `attempt` (from 1): exponential, capped, with jitter of up to a half taken off.
pub(crate) fn backoff(attempt: u32, jitter: u64) -> Duration {
    let full = FIRST_DELAY_MS.saturating_mul(1 << attempt.min(10)).min(LONGEST_DELAY_MS);
    Duration::from_millis(full - (jitter % (full / 2 + 1)))
}

/// Waits unless cancelled first.
pub(crate) async fn pause(delay: Duration, cancel: &CancellationToken) -> Result<(), EngineError> {
    tokio::select! {
        () = cancel.cancelled() => Err(EngineError::Stopped),
        () = tokio::time::sleep(delay) => Ok(()),
    }
}

/// Who waits between two attempts.
#[derive(Clone, Copy)]
pub(crate) enum Waiter<'a> {
    /// Work that no row tells about.
    Silent(&'a CancellationToken),
    /// A job, whose row and log say that it waits.
    Job(&'a Engine, &'a JobRun),
}

impl Waiter<'_> {
    fn cancel(&self) -> &CancellationToken {
        match self {
            Waiter::Silent(cancel) => cancel,
            Waiter::Job(_, run) => &run.cancel,
        }
    }

    async fn wait(&self, error: &EngineError, delay: Duration) -> Result<(), EngineError> {
        match self {
            Waiter::Silent(cancel) => pause(delay, cancel).await,
            Waiter::Job(engine, run) => engine.wait_within(run, error, delay).await,
        }
    }
}

/// [`retrying`] for work that no row tells about.
pub(crate) async fn with_retry<T, F, Fut>(
    cancel: &CancellationToken,
    jitter: &(dyn Fn() -> u64 + Sync),
    request: F,
) -> Result<T, EngineError>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T, EngineError>>,
{
    retrying(Waiter::Silent(cancel), jitter, request).await
}

/// Runs a request, again where its failure says so; a wait that is too long for one run is handed up as the failure it
/// is. `jitter` is a parameter, so that nothing here draws numbers itself.
pub(crate) async fn retrying<T, F, Fut>(
    waiter: Waiter<'_>,
    jitter: &(dyn Fn() -> u64 + Sync),
    mut request: F,
) -> Result<T, EngineError>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T, EngineError>>,
{
    let mut attempt = 0;
    loop {
        let result = tokio::select! {
            () = waiter.cancel().cancelled() => return Err(EngineError::Stopped),
            result = request() => result,
        };
        let error = match result {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        attempt += 1;
        if attempt >= ATTEMPTS {
            return Err(error);
        }
        let delay = match error.advice() {
            RetryAdvice::Retry | RetryAdvice::WhenOnline | RetryAdvice::WhenBack => {
                backoff(attempt, jitter())
            }
            RetryAdvice::After(seconds) => Duration::from_secs(u64::from(seconds)) + backoff(1, jitter()),
            RetryAdvice::ResetPaging
            | RetryAdvice::SignIn
            | RetryAdvice::WhenSwitchedOn
            | RetryAdvice::Never => return Err(error),
        };
        if delay > WITHIN_RUN {
            return Err(error);
        }
        tracing::info!(attempt, ?delay, error = %error, "trying again");
        waiter.wait(&error, delay).await?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backoff_grows_is_capped_and_never_zero() {
        let longest = |attempt| backoff(attempt, 0);
        assert!(longest(1) < longest(2) && longest(2) < longest(5));
        assert_eq!(longest(40), Duration::from_millis(LONGEST_DELAY_MS));
        for jitter in [0, 1, 12_345, u64::MAX] {
            assert!(backoff(1, jitter) >= Duration::from_millis(FIRST_DELAY_MS), "half of it always remains");
        }
    }
}

//! The vendor's request quota: so many a minute and an hour, counted over sliding windows.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

/// A quota. The vendor publishes no number; 60 and 1,000 are what the product is specified for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RateLimit {
    /// Requests in a minute.
    pub per_minute: u32,
    /// Requests in an hour.
    pub per_hour: u32,
    /// How long a "minute" lasts in milliseconds; an hour is sixty of them. Shorter for quick tests.
    pub minute_ms: u64,
}

impl Default for RateLimit {
    fn default() -> Self {
        Self { per_minute: 60, per_hour: 1000, minute_ms: 60_000 }
    }
}

/// Requests that still count.
#[derive(Debug, Default)]
pub(crate) struct Window {
    limit: Option<RateLimit>,
    taken: VecDeque<Instant>,
    refused: u64,
}

impl Window {
    pub(crate) fn set(&mut self, limit: Option<RateLimit>) {
        self.limit = limit;
        self.taken.clear();
        self.refused = 0;
    }

    /// Counts requests of another app that uses the same account (F19).
    pub(crate) fn spend(&mut self, requests: u32) {
        let now = Instant::now();
        self.taken.extend(std::iter::repeat_n(now, requests as usize));
    }

    /// How many requests were refused since the limit was set.
    pub(crate) fn refused(&self) -> u64 {
        self.refused
    }

    /// Takes one request; `Err` is how long until the next may come.
    pub(crate) fn take(&mut self) -> Result<(), Duration> {
        let Some(limit) = self.limit else { return Ok(()) };
        let now = Instant::now();
        let minute = Duration::from_millis(limit.minute_ms.max(1));
        let hour = minute * 60;
        while self.taken.front().is_some_and(|first| now.duration_since(*first) >= hour) {
            self.taken.pop_front();
        }
        let wait = |window: Duration, allowed: u32| {
            let place = self.taken.len().checked_sub(allowed.max(1) as usize)?;
            let age = now.duration_since(*self.taken.get(place)?);
            window.checked_sub(age).filter(|left| !left.is_zero())
        };
        match wait(minute, limit.per_minute).max(wait(hour, limit.per_hour)) {
            Some(left) => {
                self.refused += 1;
                Err(left)
            }
            None => {
                self.taken.push_back(now);
                Ok(())
            }
        }
    }
}

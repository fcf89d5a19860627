//! The switches that make the cloud misbehave, each named after its fault in the law of sync.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::time::Duration;

use serde_json::Value;

/// One way in which a matching request goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// F2: the connection is closed before the request is looked at.
    Refuse,
    /// F15: this status with a problem body; nothing is applied.
    Status(u16),
    /// F5 and F32: the request is applied, then the connection is closed without a reply.
    LoseReply,
    /// F5: the request is applied and no reply ever comes; the caller's own deadline has to end it.
    HangReply,
    /// F8: the request is handled twice and the second reply is sent.
    DeliverTwice,
    /// F13: 429 with this Retry-After; nothing is applied.
    TooManyRequests(RetryAfterStyle),
    /// F12: the reply waits this long.
    Slow(Duration),
    /// F6: half of the reply's body, then the connection closes.
    Truncate,
    /// F10: a captive portal answers 200 with a page of its own.
    CaptivePortal,
    /// F28: the cursor given is answered with 410.
    ExpireCursor,
}

/// How a 429 says when to come back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RetryAfterStyle {
    /// Whole seconds.
    Seconds(u64),
    /// An HTTP date that many seconds ahead.
    Date(u64),
    /// No header at all.
    Absent,
    /// This text as it stands.
    Raw(String),
}

/// Which requests a fault meets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct On {
    method: Option<String>,
    path: Option<String>,
}

impl On {
    /// Every request.
    pub fn any() -> Self {
        Self::default()
    }

    /// Requests whose path begins so, for example `/v1/records/batch`.
    pub fn path(prefix: &str) -> Self {
        Self { method: None, path: Some(prefix.to_owned()) }
    }

    /// Requests with this method and a path that begins so.
    pub fn request(method: &str, prefix: &str) -> Self {
        Self { method: Some(method.to_owned()), path: Some(prefix.to_owned()) }
    }

    fn meets(&self, method: &str, path: &str) -> bool {
        self.method.as_deref().is_none_or(|wanted| wanted == method)
            && self.path.as_deref().is_none_or(|prefix| path.starts_with(prefix))
    }
}

/// How often a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Times {
    /// The next so many matching requests.
    Next(u32),
    /// So many matching requests pass, then one is struck.
    After(u32),
    /// Until cleared.
    Always,
}

/// At most so many requests of one supplier in a sliding window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// Requests allowed.
    pub requests: usize,
    /// Length of the window.
    pub per: Duration,
}

/// Why an op is turned away by a rejection switch (F59, F61, F82).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// The field that is blamed, if one is.
    pub field: Option<String>,
    /// The stable code the app is told.
    pub code: String,
}

/// What [`super::WedSync::clear_faults`] leaves behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reset {
    /// Only the injected faults go.
    Faults,
    /// Faults, rejections, rate limit and being down go.
    Everything,
}

pub(super) type Predicate = Box<dyn Fn(&Value) -> Option<Rejection> + Send>;

/// The switches' present position.
#[derive(Default)]
pub(super) struct Switches {
    rules: Vec<(On, Fault, Times)>,
    pub(super) reject: Option<Predicate>,
    pub(super) rate_limit: Option<RateLimit>,
    pub(super) down: bool,
    seen: HashMap<String, VecDeque<i64>>,
}

impl fmt::Debug for Switches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Switches")
            .field("rules", &self.rules)
            .field("down", &self.down)
            .finish_non_exhaustive()
    }
}

impl Switches {
    pub(super) fn add(&mut self, on: On, fault: Fault, times: Times) {
        self.rules.push((on, fault, times));
    }

    pub(super) fn clear(&mut self, reset: Reset) {
        self.rules.clear();
        match reset {
            Reset::Faults => {}
            Reset::Everything => *self = Self::default(),
        }
    }

    /// The faults that strike this request, in the order in which they were switched on.
    pub(super) fn strike(&mut self, method: &str, path: &str) -> Vec<Fault> {
        let mut struck = Vec::new();
        self.rules.retain_mut(|(on, fault, times)| {
            if !on.meets(method, path) {
                return true;
            }
            match times {
                Times::Always => struck.push(fault.clone()),
                Times::Next(0) => return false,
                Times::Next(left) => {
                    struck.push(fault.clone());
                    *left -= 1;
                    return *left > 0;
                }
                Times::After(0) => {
                    struck.push(fault.clone());
                    return false;
                }
                Times::After(left) => *left -= 1,
            }
            true
        });
        struck
    }

    /// Counts one request of a supplier; `Err` holds the whole seconds until one would be let through.
    pub(super) fn admit(&mut self, supplier: &str, now_ms: i64) -> Result<(), u64> {
        let Some(limit) = self.rate_limit else { return Ok(()) };
        let window = i64::try_from(limit.per.as_millis()).unwrap_or(i64::MAX);
        let seen = self.seen.entry(supplier.to_owned()).or_default();
        while seen.front().is_some_and(|at| now_ms - at >= window) {
            seen.pop_front();
        }
        if seen.len() < limit.requests {
            seen.push_back(now_ms);
            return Ok(());
        }
        let wait_ms = seen.front().map_or(window, |at| at + window - now_ms).max(1);
        Err(u64::try_from(wait_ms).unwrap_or(1).div_ceil(1000))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_counted_per_matching_request() {
        let mut switches = Switches::default();
        switches.add(On::path("/a"), Fault::Truncate, Times::Next(2));
        switches.add(On::request("POST", "/a"), Fault::LoseReply, Times::After(1));
        assert_eq!(switches.strike("GET", "/b"), vec![], "another path is left alone");
        assert_eq!(
            switches.strike("POST", "/a"),
            vec![Fault::Truncate],
            "the first POST passes the second rule"
        );
        assert_eq!(switches.strike("POST", "/a/x"), vec![Fault::Truncate, Fault::LoseReply], "both strike");
        assert_eq!(switches.strike("POST", "/a"), vec![], "both are spent");
    }

    #[test]
    fn the_rate_limit_is_a_sliding_window() {
        let mut switches = Switches {
            rate_limit: Some(RateLimit { requests: 2, per: Duration::from_secs(60) }),
            ..Switches::default()
        };
        assert_eq!(switches.admit("s", 0), Ok(()), "first of two");
        assert_eq!(switches.admit("s", 59_000), Ok(()), "second of two");
        assert_eq!(switches.admit("s", 59_500), Err(1), "the first leaves after half a second, told as one");
        assert_eq!(switches.admit("s", 60_000), Ok(()), "the first has left");
        assert_eq!(switches.admit("s", 60_001), Err(59), "the second is still inside");
        assert_eq!(switches.admit("other", 60_001), Ok(()), "limits are per supplier");
    }
}

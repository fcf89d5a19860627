//! Secrets and request budgets: what lives in `vault.db` (MODEL 10, 11).

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::StoreResult;
use crate::circuit::{RequestEnd, Sent};

/// A secret in memory: no `Serialize`, a redacting `Debug`, zeroed on drop (DESIGN section 7).
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Wraps a secret.
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(Zeroizing::new(text.into()))
    }

    /// The secret itself, for the one place that sends or seals it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The last four characters, for display; nothing of a secret shorter than twelve.
    pub fn hint(&self) -> String {
        let count = self.0.chars().count();
        if count < 12 { String::new() } else { self.0.chars().skip(count - 4).collect() }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(…)")
    }
}

/// Sealed secrets by name.
pub trait SecretStore: Send + Sync {
    /// Seals and stores; replaces. Durable when it returns.
    fn put_secret(&self, name: &str, secret: &Secret) -> StoreResult<()>;
    /// Reads a secret.
    fn secret(&self, name: &str) -> StoreResult<Option<Secret>>;
    /// Removes a secret.
    fn delete_secret(&self, name: &str) -> StoreResult<bool>;
}

/// A limit of requests per window (R175: 60 a minute and 1,000 an hour for Tave).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateLimit {
    /// Requests at most.
    pub requests: u32,
    /// Length of the window in seconds.
    pub per_seconds: u32,
}

/// Answer to a reservation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reservation {
    /// Send now; the request is already counted.
    Granted,
    /// As granted; it finds out whether a CRM that did not work is back, and nobody else is sent before it has ended.
    Try,
    /// Nothing was counted; ask again then.
    WaitUntil(Timestamp),
    /// Nothing was counted: the CRM does not work, and is left alone until then.
    DownUntil(Timestamp),
}

/// What is left of a budget.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BudgetState {
    /// For each limit: the limit in force, how many requests are left, and when the oldest one leaves the window.
    pub windows: Vec<(RateLimit, u32, Option<Timestamp>)>,
    /// Not before this time, because the CRM asked to wait.
    pub blocked_until: Option<Timestamp>,
    /// Not before this time, because the CRM does not work.
    pub down_until: Option<Timestamp>,
}

/// The durable sliding log of requests per account (SYNC-LAW 37, MODEL 11): reserve before sending, one row for each
/// request including retries, refreshes and redirects; kept across restarts; a clock that jumped back is treated as
/// if no time had passed. Beside it the breaker of the account ([`crate::circuit`]), as durable.
pub trait RequestBudget: Send + Sync {
    /// Reserves one request of an account or says when to ask again.
    fn reserve(&self, account: &str, limits: &[RateLimit], now: Timestamp) -> StoreResult<Reservation>;
    /// The CRM asked to wait (Retry-After): no request of the account before this time.
    fn block_until(&self, account: &str, until: Timestamp) -> StoreResult<()>;
    /// The CRM says that its limit is used up, and asks to wait so many seconds. Where our own count has room, somebody else
    /// uses the same account (F19): until the wait and one window after it are over, the limit that is meant is lowered to
    /// what was let through, to no less than a quarter.
    fn limit_spent(
        &self,
        account: &str,
        limits: &[RateLimit],
        wait_seconds: u32,
        now: Timestamp,
    ) -> StoreResult<()>;
    /// A request has ended.
    fn ended(&self, account: &str, sent: Sent, end: RequestEnd, now: Timestamp) -> StoreResult<()>;
    /// What is left.
    fn budget(&self, account: &str, limits: &[RateLimit], now: Timestamp) -> StoreResult<BudgetState>;
}

/// The limit that a CRM means which asks to wait so long: the shortest window that is at least as long, else the longest.
pub fn limit_meant(limits: &[RateLimit], wait_seconds: u32) -> Option<RateLimit> {
    let long_enough = limits.iter().filter(|limit| limit.per_seconds >= wait_seconds);
    long_enough
        .min_by_key(|limit| limit.per_seconds)
        .or_else(|| limits.iter().max_by_key(|limit| limit.per_seconds))
        .copied()
}

/// What a limit is lowered to after so many requests, the refused one included; `None` where our own requests used it up.
pub fn lowered(limit: RateLimit, used: u32) -> Option<u32> {
    (used < limit.requests).then(|| used.saturating_sub(1).max(limit.requests.div_ceil(4)).max(1))
}

//! The log of requests, for tests that count them or look for what must not be sent.

use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;

/// The log holds so many requests; older ones are dropped.
const CAP: usize = 500_000;

/// One request as it arrived and what became of it. The key is never kept whole.
#[derive(Debug, Clone, Serialize)]
pub struct Logged {
    /// Number from 1, per origin.
    pub seq: u64,
    /// Unix time in milliseconds.
    pub time_ms: u128,
    /// Method.
    pub method: String,
    /// Path with `/api/v2`.
    pub path: String,
    /// Query as sent.
    pub query: String,
    /// Status answered; 0 when no answer was sent.
    pub status: u16,
    /// Last four characters of the key.
    pub key_last4: Option<String>,
    /// Names of headers, lower case.
    pub headers: Vec<String>,
    /// Bytes of the request body.
    pub body_bytes: usize,
    /// Faults that struck it.
    pub faults: Vec<String>,
}

/// A list of requests.
#[derive(Debug, Default)]
pub(crate) struct Log {
    rows: Mutex<(u64, Vec<Logged>)>,
}

impl Log {
    pub(crate) fn push(&self, mut row: Logged) {
        let mut held = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        held.0 += 1;
        row.seq = held.0;
        row.time_ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
        if held.1.len() >= CAP {
            held.1.drain(..CAP / 10);
        }
        held.1.push(row);
    }

    pub(crate) fn rows(&self) -> Vec<Logged> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner).1.clone()
    }

    pub(crate) fn reset(&self) {
        let mut held = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        *held = (0, Vec::new());
    }
}

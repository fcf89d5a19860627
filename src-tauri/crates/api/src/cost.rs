//! How often costly commands may be given (R201): ten in any minute, per user. A sliding log, not a bucket: a bucket
//! lets nearly twice the limit into one minute.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

const COMMANDS: usize = 10;
const WINDOW_MS: u64 = 60_000;

/// The costly commands of the last minute, by user.
#[derive(Debug, Default)]
pub struct CostLog {
    by_user: Mutex<HashMap<String, VecDeque<u64>>>,
}

impl CostLog {
    /// Counts one command of this user at a monotonic time, unless it would be the eleventh of a minute.
    pub fn admit(&self, user: &str, now_ms: u64) -> bool {
        let mut by_user = self.by_user.lock().unwrap_or_else(PoisonError::into_inner);
        let times = by_user.entry(user.to_owned()).or_default();
        while times.front().is_some_and(|&first| now_ms.saturating_sub(first) >= WINDOW_MS) {
            times.pop_front();
        }
        let admitted = times.len() < COMMANDS;
        if admitted {
            times.push_back(now_ms);
        }
        admitted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_eleventh_costly_command_of_a_minute_waits() {
        let log = CostLog::default();
        for second in 0..10 {
            assert!(log.admit("sarah", second * 1000), "command {second}");
        }
        assert!(!log.admit("sarah", 30_000), "the eleventh");
        assert!(log.admit("other", 30_000), "somebody else has a minute of their own");
        assert!(!log.admit("sarah", 59_999), "the first one still counts");
        assert!(log.admit("sarah", 60_000), "now it has left the window");
        assert!(!log.admit("sarah", 60_001), "a refused command was not counted, the second one still is");
    }
}

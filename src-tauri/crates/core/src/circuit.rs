//! The breaker of an account: a CRM that does not work is left alone, and asked now and then whether it is back.
//!
//! Pure and by the account's own clock, like the windows of its limits, so that it can be kept beside them and goes on after a
//! restart. What counts are requests, whichever job sends them: fifteen jobs that wait for a dead CRM try it once, not fifteen
//! times. Being offline is no failure of the CRM and moves nothing here.

use serde::{Deserialize, Serialize};

const SECOND: i64 = 1_000_000_000;
/// Failures in a row after which an account is left alone.
pub const FAILURES: u32 = 5;
/// Seconds until the next try, by how often in a row one came to nothing.
pub const STEPS: [i64; 5] = [60, 120, 300, 600, 900];
/// Seconds after which a try that never ended is over: a little more than the longest request.
pub const TRY_LASTS: i64 = 130;
/// Seconds after which others look again while one tries.
pub const LOOK_AGAIN: i64 = 10;
/// How much earlier than its time a try may come, as a part of the wait: two computers do not try at the same moment.
const JITTER_PART: i64 = 10;

/// What is known of how an account's CRM works.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Circuit {
    /// Failures in a row.
    pub failures: u32,
    /// Tries in a row that came to nothing since it was left alone.
    pub tries: u32,
    /// While it is left alone: when the next try may go, in nanoseconds of the account's clock.
    pub until: Option<i64>,
    /// While one tries: when that try is given up.
    pub trying_until: Option<i64>,
}

/// What a request may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passage {
    /// Go.
    Open,
    /// Go, and find out whether the CRM is back.
    Try,
    /// Wait until then, in nanoseconds of the account's clock.
    Shut(i64),
}

/// How a request was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// Like any other.
    Plainly,
    /// To find out whether the CRM is back.
    AsTry,
}

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestEnd {
    /// The CRM answered, be it with a refusal.
    Answered,
    /// The CRM is there and does not work: 5xx, or no answer in time.
    Down,
    /// Nothing is known: no network, a broken connection, or nobody waited for the answer.
    Unknown,
}

impl Circuit {
    /// What a request may do now; looking changes nothing.
    pub fn passage(&self, now: i64) -> Passage {
        let Some(until) = self.until else { return Passage::Open };
        if now < until {
            return Passage::Shut(until);
        }
        match self.trying_until {
            Some(ends) if now < ends => Passage::Shut(ends.min(now.saturating_add(LOOK_AGAIN * SECOND))),
            Some(_) | None => Passage::Try,
        }
    }

    /// One try has begun.
    #[must_use]
    pub fn trying(self, now: i64) -> Circuit {
        Circuit { trying_until: Some(now.saturating_add(TRY_LASTS * SECOND)), ..self }
    }

    /// What is known after a request. `jitter` is any number.
    #[must_use]
    pub fn after(self, sent: Sent, end: RequestEnd, now: i64, jitter: u64) -> Circuit {
        match (end, self.until, sent) {
            (RequestEnd::Answered, _, _) => Circuit::default(),
            // The next one tries at once.
            (RequestEnd::Unknown, Some(_), Sent::AsTry) => Circuit { trying_until: None, ..self },
            (RequestEnd::Unknown, _, _) => self,
            (RequestEnd::Down, None, _) => {
                let failures = self.failures.saturating_add(1);
                let until = (failures >= FAILURES).then(|| pause(0, now, jitter));
                Circuit { failures, until, ..self }
            }
            (RequestEnd::Down, Some(_), Sent::AsTry) => {
                let tries = self.tries.saturating_add(1);
                let failures = self.failures.saturating_add(1);
                Circuit { failures, tries, until: Some(pause(tries, now, jitter)), trying_until: None }
            }
            // On its way since before: nothing new.
            (RequestEnd::Down, Some(_), Sent::Plainly) => self,
        }
    }

    /// When the next request may go, where it may not go now.
    pub fn shut_until(&self, now: i64) -> Option<i64> {
        match self.passage(now) {
            Passage::Shut(until) => Some(until),
            Passage::Open | Passage::Try => None,
        }
    }
}

/// When the next try may go.
fn pause(tries: u32, now: i64, jitter: u64) -> i64 {
    let step = usize::try_from(tries).unwrap_or(usize::MAX).min(STEPS.len() - 1);
    let whole = STEPS[step] * SECOND;
    let most = u64::try_from(whole / JITTER_PART).unwrap_or(0);
    let off = i64::try_from(jitter % (most + 1)).unwrap_or(0);
    now.saturating_add(whole - off)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn down(times: u32) -> Circuit {
        (0..times).fold(Circuit::default(), |held, _| held.after(Sent::Plainly, RequestEnd::Down, 0, 0))
    }

    #[test]
    fn it_opens_after_failures_in_a_row_and_an_answer_begins_the_count_anew() {
        assert_eq!(down(FAILURES - 1).passage(0), Passage::Open);
        let answered = down(FAILURES - 1).after(Sent::Plainly, RequestEnd::Answered, 0, 0);
        assert_eq!(answered, Circuit::default(), "a 404 is an answer too");
        assert_eq!(down(FAILURES).passage(0), Passage::Shut(60 * SECOND));
        let offline = down(FAILURES - 1).after(Sent::Plainly, RequestEnd::Unknown, 0, 0);
        assert_eq!(offline.passage(0), Passage::Open, "being offline is no failure of the CRM");
    }

    #[test]
    fn one_tries_at_a_time_and_each_vain_try_makes_the_next_wait_longer() {
        let mut held = down(FAILURES);
        let mut now = 0;
        for step in [60, 120, 300, 600, 900, 900] {
            let Passage::Shut(until) = held.passage(now) else { panic!("shut at {now}") };
            assert_eq!(until - now, step * SECOND);
            now = until;
            assert_eq!(held.passage(now), Passage::Try);
            held = held.trying(now);
            assert_eq!(held.passage(now), Passage::Shut(now + LOOK_AGAIN * SECOND), "only one tries");
            let late = held.after(Sent::Plainly, RequestEnd::Down, now, 0);
            assert_eq!(late, held, "what was on its way since before moves nothing");
            held = held.after(Sent::AsTry, RequestEnd::Down, now, 0);
        }
        assert_eq!(held.after(Sent::AsTry, RequestEnd::Answered, now, 0), Circuit::default());
    }

    #[test]
    fn a_try_that_never_ends_is_given_up_and_one_without_a_network_frees_its_place() {
        let held = down(FAILURES).trying(60 * SECOND);
        let given_up = (60 + TRY_LASTS) * SECOND;
        assert!(matches!(held.passage(given_up - 1), Passage::Shut(_)));
        assert_eq!(held.passage(given_up), Passage::Try, "the process that tried is gone");
        let offline = held.after(Sent::AsTry, RequestEnd::Unknown, 61 * SECOND, 0);
        assert_eq!(offline.passage(61 * SECOND), Passage::Try);
        assert_eq!(offline.tries, 0, "and nothing was learnt");
    }

    #[test]
    fn jitter_brings_a_try_forward_by_a_tenth_at_most() {
        for jitter in [0, 1, 12_345, u64::MAX] {
            let until = down(FAILURES - 1).after(Sent::Plainly, RequestEnd::Down, 0, jitter).until;
            let until = until.expect("open");
            assert!((54 * SECOND..=60 * SECOND).contains(&until), "{jitter}: {until}");
        }
    }
}

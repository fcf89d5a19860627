//! What becomes of a write after it was carried out: the answer that is lost or turned, and writes that run beside each other.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::Fault;
use crate::http::{Answer, Delivery, Response};

/// How an answer travels. `error` is the service's own form of a failure.
pub(crate) fn travelling(mut answer: Answer, faults: &[Fault], error: impl Fn(u16) -> Response) -> Answer {
    let millis = Duration::from_millis;
    for fault in faults {
        match fault {
            Fault::AppliedThenStatus { status } => answer.response = error(*status),
            Fault::Reset => answer.delivery = Delivery::Reset,
            Fault::StallThenReset { after, stall_ms } => {
                answer.delivery = Delivery::StallThenReset { after: *after, stall: millis(*stall_ms) };
            }
            Fault::Unanswered { stall_ms } => {
                answer.delivery = Delivery::Unanswered { stall: millis(*stall_ms) };
            }
            Fault::Truncated { keep } => answer.delivery = Delivery::Truncated { keep: *keep },
            Fault::Slow { rate } => answer.delivery = Delivery::Slow { rate: *rate },
            Fault::Delay { ms } => answer.delay += millis(*ms),
            _ => {}
        }
    }
    answer
}

/// Whether writes came one after the other.
#[derive(Debug, Default)]
pub(crate) struct Turns(Mutex<(Option<Instant>, usize)>);

impl Turns {
    /// A write came, whose answer takes so long.
    pub(crate) fn taken(&self, answer: &Answer) {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if turns.0.is_some_and(|busy| now < busy) {
            turns.1 += 1;
        }
        turns.0 = Some(now + answer.delay);
    }

    /// How many came while another was not answered yet.
    pub(crate) fn overlapping(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1
    }
}

/// What a property is stored as, where a fault has a say in it; none where it is not stored at all.
pub(crate) fn stored(
    field: &str,
    value: serde_json::Value,
    faults: &[Fault],
) -> Result<Option<serde_json::Value>, ()> {
    let mut stored = Some(value);
    for fault in faults {
        match fault {
            Fault::StoredOtherwise { field: named, value } if named == field => stored = Some(value.clone()),
            Fault::Ignored { field: named } if named == field => stored = None,
            Fault::RefusedField { field: named } if named == field => return Err(()),
            _ => {}
        }
    }
    Ok(stored)
}

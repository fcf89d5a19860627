//! Where the CPU of an import goes, step by step: the windows of the kill test stand between any two steps, so that
//! what was used since the last window belongs to the step that ends here.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use hub_core::ports::FailPoints;
use serde_json::{Value as Json, json};

use crate::usage;

/// A profile by step; the engine's fail points.
pub(crate) struct Steps {
    state: Mutex<State>,
}

struct State {
    cpu: f64,
    wall: Instant,
    phase: String,
    sums: BTreeMap<String, Sum>,
    peaks: Vec<(String, f64)>,
}

#[derive(Default)]
struct Sum {
    cpu: f64,
    wall: f64,
    times: u64,
}

/// The step that ends at a window.
fn step(window: &str) -> Option<&'static str> {
    Some(match window {
        "page_received" => "01 fetch: request and parse a page",
        "store.page_not_durable" => "02 fetch: write the rows of a page",
        "page_durable" => "03 fetch: commit a page",
        "staged" => "04 stage: group parties",
        "mapped" => "05 stage: assemble, map, store",
        "plan_stored" => "06 plan: compare, store, seal",
        "approved" => "07 approve",
        "store.applied_not_durable" => "10 apply and enqueue: rows",
        "applied" => "11 apply and enqueue: commit",
        "batch_stored" => "12 send: cut a batch",
        "sent" => "13 send: lease, mark as sent",
        "answered" => "14 send: request and parse the answer",
        "store.answer_not_durable" => "15 send: take the answer",
        "base_moved" => "16 send: commit the answer",
        _ => return None,
    })
}

/// What is left of a phase of the job when the next one begins.
fn rest(phase: &str) -> String {
    match phase {
        "check" => "08 check what was approved again".to_owned(),
        "restore_point" => "09 restore point".to_owned(),
        "send" => "17 outcomes".to_owned(),
        other => format!("18 else, in {other}"),
    }
}

impl Steps {
    pub(crate) fn new() -> Steps {
        Steps {
            state: Mutex::new(State {
                cpu: usage::cpu_seconds(),
                wall: Instant::now(),
                phase: "begin".to_owned(),
                sums: BTreeMap::new(),
                peaks: Vec::new(),
            }),
        }
    }

    fn mark(&self, step: impl FnOnce(&State) -> String) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (cpu, wall) = (usage::cpu_seconds(), Instant::now());
        let name = step(&state);
        let (used, passed) = (cpu - state.cpu, (wall - state.wall).as_secs_f64());
        let sum = state.sums.entry(name).or_default();
        sum.cpu += used;
        sum.wall += passed;
        sum.times += 1;
        (state.cpu, state.wall) = (cpu, wall);
    }

    /// A phase of the job begins.
    pub(crate) fn phase(&self, phase: &str) {
        self.mark(|state| rest(&state.phase));
        let peak = usage::take_peak();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let before = std::mem::replace(&mut state.phase, phase.to_owned());
        if before == phase {
            return;
        }
        state.peaks.push((before, peak));
    }

    /// `{steps: {step: [CPU seconds, wall seconds, times]}, peaks: [[phase, MB]]}`.
    pub(crate) fn figures(&self) -> Json {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let steps: BTreeMap<&String, Json> =
            state.sums.iter().map(|(name, sum)| (name, json!([sum.cpu, sum.wall, sum.times]))).collect();
        json!({"steps": steps, "peaks": state.peaks})
    }
}

impl FailPoints for Steps {
    fn pass(&self, window: &'static str) {
        if let Some(step) = step(window) {
            self.mark(|_| step.to_owned());
        }
    }
}

//! The whole path of an import: fetch, stage, map, match, plan, approve, apply, upload.

use std::sync::Arc;
use std::time::Instant;

use hub_core::job::{JobKind, Phase};
use hub_engine::ProgressEvent;
use hub_scenarios::{Desk, Outside};
use serde_json::{Value as Json, json};
use tokio::sync::broadcast::{Receiver, error::RecvError};

use crate::steps::Steps;
use crate::usage;

/// Tables that no import may leave out: what is counted after the run.
const DURABLE: &[&str] = &[
    "crm_records",
    "crm_client_staging",
    "plan_units",
    "plan_ops",
    "record_links",
    "outbox",
    "outbox_batches",
    "wedsync_records",
    "base_values",
    "crm_sync_logs",
    "audit_log",
];

/// Imports and uploads everything that needs no decision.
pub(crate) fn run(outside: &Outside) -> Json {
    let directory = tempfile::tempdir().expect("a directory");
    let steps = Arc::new(Steps::new());
    let desk = Desk::open(outside, directory.path(), steps.clone());
    desk.no_rate_limit();
    let phases = desk.engine.subscribe();
    let (began, cpu) = (Instant::now(), usage::own().cpu_seconds);
    let fetched = Arc::new(std::sync::Mutex::new((0.0, 0.0)));
    let (noted, told) = (fetched.clone(), steps.clone());
    each_phase(phases, move |phase| {
        told.phase(phase);
        // The first event after staging.
        if phase == "plan" {
            *noted.lock().expect("not poisoned") =
                (began.elapsed().as_secs_f64(), usage::own().cpu_seconds - cpu);
        }
    });
    let job = desk.job(JobKind::Import, json!({}));
    assert_eq!(job.phase, Phase::WaitingReview, "{:?}", job.error);
    let planned = (began.elapsed().as_secs_f64(), usage::own().cpu_seconds - cpu);
    let requests = desk.requests();
    let upload = desk.upload();
    assert!(matches!(upload.phase, Phase::Done | Phase::Partial), "{:?}", upload.error);
    steps.phase("end");
    let (wall, whole_cpu, peak) =
        (began.elapsed().as_secs_f64(), usage::own().cpu_seconds - cpu, usage::own().peak_mb);
    let tables = desk.store.row_counts().expect("counts");
    let rows: u64 = DURABLE.iter().map(|table| tables[*table]).sum();
    let file = std::fs::metadata(directory.path().join("hub.db")).map(|file| file.len()).unwrap_or(0);
    let fetched = *fetched.lock().expect("not poisoned");
    json!({
        "wall_seconds": wall, "cpu_seconds": whole_cpu, "peak_mb": peak,
        "fetch_wall": fetched.0, "fetch_cpu": fetched.1,
        "plan_wall": planned.0, "plan_cpu": planned.1,
        "requests": requests,
        "raw_rows": tables["crm_records"],
        "rows": rows,
        "tables": tables,
        "file_mb": file as f64 / 1_048_576.0,
        "upload": upload.counts,
        "profile": steps.figures(),
    })
}

/// Tells every phase of the engine's jobs as it begins, on a thread of its own.
fn each_phase(mut phases: Receiver<ProgressEvent>, mut tell: impl FnMut(&str) + Send + 'static) {
    std::thread::spawn(move || {
        loop {
            let event = match phases.blocking_recv() {
                Ok(ProgressEvent { event, .. }) => event,
                // On a busy machine the oldest are missed, which are steps of progress and seldom a phase.
                Err(RecvError::Lagged(_)) => continue,
                Err(RecvError::Closed) => return,
            };
            if event["type"] == "phase" {
                tell(event["phase"].as_str().unwrap_or_default());
            }
        }
    });
}

/// Imports a file up to its staging: reading, ids, rows made durable, parties, documents, mapping.
pub(crate) fn run_file(outside: &Outside, file: &str) -> Json {
    let directory = tempfile::tempdir().expect("a directory");
    let mut desk = Desk::open(outside, directory.path(), Arc::new(hub_core::ports::NoFailPoints));
    desk.read_file(std::path::Path::new(file));
    let phases = desk.engine.subscribe();
    let (began, cpu) = (Instant::now(), usage::own().cpu_seconds);
    let (told, heard) = std::sync::mpsc::channel();
    each_phase(phases, move |phase| {
        if matches!(phase, "mirror" | "plan") {
            let used = usage::own();
            let now = (began.elapsed().as_secs_f64(), used.cpu_seconds - cpu, used.peak_mb);
            // The measurement may have ended.
            let _ = told.send((phase.to_owned(), now));
        }
    });
    let queued =
        desk.wait(desk.engine.queue(&desk.connection.id, JobKind::Import, json!({}))).expect("queued");
    let (engine, id) = (desk.engine.clone(), queued.id);
    let running = desk.begin(async move { engine.run(&id).await });
    let mut fetched = (0.0, 0.0, 0.0);
    let staged = loop {
        match heard.recv_timeout(std::time::Duration::from_secs(1)) {
            Ok((phase, now)) if phase == "mirror" => fetched = now,
            Ok((_, now)) => break now,
            Err(_) => assert!(!running.is_finished(), "it ended before it was staged"),
        }
    };
    let tables = desk.store.row_counts().expect("counts");
    json!({
        "wall_seconds": staged.0, "cpu_seconds": staged.1, "peak_mb": staged.2,
        "fetch_wall": fetched.0, "fetch_peak": fetched.2,
        "raw_rows": tables["crm_records"],
    })
}

//! The whole path of an import: fetch, stage, map, match, plan, approve, apply, upload.

use std::sync::Arc;
use std::time::Instant;

use hub_core::job::{JobKind, Phase};
use hub_core::ports::{MirrorStore, NoFailPoints, RawReader};
use hub_engine::ProgressEvent;
use hub_scenarios::{Desk, Outside};
use serde_json::{Value as Json, json};

use crate::usage;

/// Imports and uploads everything that needs no decision.
pub(crate) fn run(outside: &Outside) -> Json {
    let directory = tempfile::tempdir().expect("a directory");
    let desk = Desk::open(outside, directory.path(), Arc::new(NoFailPoints));
    desk.no_rate_limit();
    let mut phases = desk.engine.subscribe();
    let (began, cpu) = (Instant::now(), usage::own().cpu_seconds);
    let fetched = Arc::new(std::sync::Mutex::new((0.0, 0.0)));
    let noted = fetched.clone();
    let watch = std::thread::spawn(move || {
        while let Ok(ProgressEvent { event, .. }) = phases.blocking_recv() {
            // The first event after staging.
            if event["type"] == "phase" && event["phase"] == "plan" {
                *noted.lock().expect("not poisoned") =
                    (began.elapsed().as_secs_f64(), usage::own().cpu_seconds - cpu);
                return;
            }
        }
    });
    let job = desk.job(JobKind::Import, json!({}));
    assert_eq!(job.phase, Phase::WaitingReview, "{:?}", job.error);
    let planned = (began.elapsed().as_secs_f64(), usage::own().cpu_seconds - cpu);
    watch.join().expect("the watcher ends");
    let upload = desk.upload();
    assert!(matches!(upload.phase, Phase::Done | Phase::Partial), "{:?}", upload.error);
    let wall = began.elapsed().as_secs_f64();
    let raw_rows: u64 = ["address-book", "job", "job-contact", "event", "order", "payment", "note", "file"]
        .iter()
        .map(|stream| desk.store.count(&desk.connection.id, stream).expect("a count"))
        .sum();
    let mirror = desk.store.mirror_counts().expect("counts");
    let fetched = *fetched.lock().expect("not poisoned");
    json!({
        "wall_seconds": wall,
        "fetch_wall": fetched.0, "fetch_cpu": fetched.1,
        "plan_wall": planned.0, "plan_cpu": planned.1,
        "requests": job.counts["requests"],
        "raw_rows": raw_rows,
        "plan_rows": null,
        "rows": mirror.values().sum::<u64>(),
        "mirror": mirror,
        "upload": upload.counts,
    })
}

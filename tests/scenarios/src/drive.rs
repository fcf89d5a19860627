//! The story as something that can be cut off anywhere and gone on with: what starting the app does, then the next
//! step that is due.

use hub_core::job::{JobKind, Phase};
use hub_core::plan::UnitKind;
use hub_core::ports::{Job, JobStore, UnitQuery};
use hub_engine::Decision;
use serde_json::json;

use crate::Desk;

/// Goes on from wherever this profile stands until everything is uploaded; returns the upload.
pub fn drive(desk: &Desk) -> Job {
    desk.wait(desk.engine.adopt_orphans()).expect("orphans are adopted");
    for job in desk.wait(desk.engine.resumable()).expect("jobs are listed") {
        let job = desk.wait(desk.engine.run(&job.id)).expect("the job goes on");
        assert!(
            matches!(job.phase, Phase::WaitingReview | Phase::Done),
            "a job that was cut off goes on without ritual: {:?} {:?}",
            job.phase,
            job.error
        );
    }
    if desk.wait(desk.engine.current_plan(&desk.connection.id)).is_err() {
        let jobs = desk.store.jobs(Some(&desk.connection.id), 10).expect("jobs");
        if let Some(upload) = jobs.into_iter().find(|job| job.kind == JobKind::Upload) {
            return upload;
        }
        desk.import();
    }
    decide_all(desk);
    desk.upload()
}

/// Answers everything that waits in an obvious way: without the missing value, and the first candidate.
pub fn decide_all(desk: &Desk) {
    let plan = desk.plan();
    for row in desk.rows(&plan, &UnitQuery { kind: Some(UnitKind::Problem), ..UnitQuery::default() }) {
        let unit = desk.wait(desk.engine.unit(&plan.id, row.seq)).expect("the unit");
        for problem in unit.unit.problems {
            desk.decide(
                row.seq,
                Decision::SetValue { record_id: problem.record_id, field: problem.field, value: json!(null) },
            );
        }
    }
    for row in desk.rows(&plan, &UnitQuery { kind: Some(UnitKind::Duplicate), ..UnitQuery::default() }) {
        let unit = desk.wait(desk.engine.unit(&plan.id, row.seq)).expect("the unit");
        let client_id = unit.unit.candidates[0].client_id.clone();
        desk.decide(row.seq, Decision::Link { client_id });
    }
}

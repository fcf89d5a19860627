//! WedSync's own fields decide what is asked (issue 2, section 4; MODEL 1).

use hub_core::job::Phase;
use hub_core::plan::UnitKind;
use hub_core::ports::UnitQuery;
use hub_engine::Decision;
use hub_sandbox::wedsync::Need;
use hub_scenarios::Desk;
use serde_json::{Value as Json, json};

use crate::support::{Held, login, world_of};

#[test]
fn what_wedsync_demands_is_asked_in_review_and_cannot_be_left_out() {
    let world = world_of(10);
    let key =
        world.wedsync.add_field(&login(), "project", "House style", "text", Need::Required).expect("added");
    let desk = Desk::new(&world);
    let before = desk.wait(desk.engine.known_schema()).expect("a schema");
    assert_eq!(before.since, None, "the built-in copy, before WedSync was asked");
    let plan = desk.import();
    let known = desk.wait(desk.engine.known_schema()).expect("a schema");
    assert!(
        known.since.is_some() && known.schema.field(hub_core::record::RecordType::Project, &key).is_some()
    );
    let rows = desk.rows(&plan, &UnitQuery { kind: Some(UnitKind::Problem), ..UnitQuery::default() });
    assert_eq!(rows.len(), world.crm.book().expected().parties.len(), "every client has a job");
    // "Bring in without it" answers what only the mapping wants, and not this.
    desk.answer_everything(&plan);
    let rows = desk.rows(&plan, &UnitQuery { kind: Some(UnitKind::Problem), ..UnitQuery::default() });
    assert_eq!(rows.len(), world.crm.book().expected().parties.len(), "WedSync would turn them away");
    for row in &rows {
        for problem in desk.unit(&plan, row.seq).unit.problems {
            assert!(problem.required_by_wedsync && problem.field == key, "{problem:?}");
            let (record_id, field) = (problem.record_id, problem.field);
            desk.decide(row.seq, Decision::SetValue { record_id, field, value: json!("Reportage") });
        }
    }
    desk.answer_everything(&plan);
    let upload = desk.upload();
    assert_eq!(upload.phase, Phase::Done, "{:?} {:?}", upload.error, upload.counts);
    let held = Held::of(&world);
    let of_book = held.by_source("project");
    assert!(!of_book.is_empty() && of_book.values().all(|record| record["fields"][&key] == "Reportage"));
    // WedSync has a value now: the next import asks nothing.
    let plan = desk.import();
    let rows = desk.rows(&plan, &UnitQuery { kind: Some(UnitKind::Problem), ..UnitQuery::default() });
    let asked: Vec<Json> = rows.iter().map(|row| json!(desk.unit(&plan, row.seq).unit.problems)).collect();
    assert!(rows.is_empty(), "{asked:?}");
}

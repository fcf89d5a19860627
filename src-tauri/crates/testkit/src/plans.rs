//! What a [`PlanStore`](hub_core::ports::PlanStore) promises: the review at size, and decisions that last.

#![allow(missing_docs, reason = "the name of a promise says what it is")]

use hub_core::job::{JobKind, Outcome};
use hub_core::plan::{PlannedUnit, Problem, Resolution, UnitKind};
use hub_core::ports::{Approval, Heading, Mark, PlanHead, PlanState, UnitQuery, UnitState};
use hub_core::record::RecordType;
use jiff::Timestamp;

use crate::book::{CONNECTION, appointment, connection, job, party};
use crate::shelf::{Book, Shelf, planned};

fn head(plan_id: &str, job_id: &str) -> PlanHead {
    PlanHead {
        id: plan_id.into(),
        job_id: job_id.into(),
        connection_id: CONNECTION.into(),
        state: PlanState::Building,
        hash: String::new(),
        counts: Default::default(),
        guard: None,
        created_at: Timestamp::from_second(1_778_760_000).unwrap(),
    }
}

fn many(store: &dyn Book, count: u64) {
    store.put_connection(&connection()).unwrap();
    store.create_job(&job("import-1", JobKind::Import)).unwrap();
    store.begin_plan(&head("plan-1", "import-1")).unwrap();
    let units: Vec<(PlannedUnit, Resolution)> = (0..count)
        .map(|n| {
            let mut unit = planned(store, &party(n, if n % 2 == 0 { "Old Barn" } else { "50% Mill_Hall" }));
            unit.summary.wedding_date = (n % 3 != 0).then(|| format!("2026-{:02}-01", n % 12 + 1));
            (unit, Resolution::default())
        })
        .collect();
    store.append_units("plan-1", &units).unwrap();
    store.seal_plan("plan-1", "hash", &Default::default(), Some("blast_changes")).unwrap();
}

pub fn the_review_list_filters_sorts_searches_and_pages(shelf: &dyn Shelf) {
    let store = shelf.open();
    many(&*store, 30);
    let query = |search: Option<&str>, sort: Option<&str>, offset, limit| UnitQuery {
        search: search.map(str::to_owned),
        sort: sort.map(str::to_owned),
        offset,
        limit,
        ..UnitQuery::default()
    };
    let seqs = |query: &UnitQuery| {
        let (rows, total) = store.units("plan-1", query).unwrap();
        (rows.iter().map(|row| row.seq).collect::<Vec<_>>(), total)
    };
    assert_eq!(seqs(&query(None, None, 10, 3)), (vec![10, 11, 12], 30));
    assert_eq!(seqs(&query(None, Some("-seq"), 0, 2)), (vec![29, 28], 30));
    assert_eq!(seqs(&query(Some("ANNA7 price"), None, 0, 5)), (vec![7], 1));
    assert_eq!(seqs(&query(Some("50% mill_"), None, 0, 2)), (vec![1, 3], 15), "no wildcards from a person");
    assert_eq!(seqs(&query(Some("5_% m"), None, 0, 2)), (vec![], 0));
    assert_eq!(seqs(&query(None, Some("name"), 0, 3)), (vec![0, 1, 10], 30));
    let (dated, _) = store.units("plan-1", &query(None, Some("wedding_date"), 0, 30)).unwrap();
    let dates: Vec<_> = dated.iter().map(|row| row.summary.wedding_date.clone()).collect();
    assert!(
        dates[..20].is_sorted() && dates[20..].iter().all(Option::is_none),
        "those without a date come last"
    );
    let third = dates[2].clone();
    let later = UnitQuery { weddings_from: third.clone(), ..query(None, Some("wedding_date"), 0, 1) };
    let (rows, total) = store.units("plan-1", &later).unwrap();
    let fitting = dates[..20].iter().filter(|date| **date >= third).count();
    assert_eq!(rows[0].summary.wedding_date, third, "the day itself counts");
    assert_eq!(total, fitting as u64, "those without a date are left out");
    let none = UnitQuery { kind: Some(UnitKind::Conflict), limit: 5, ..UnitQuery::default() };
    assert_eq!(seqs(&none), (vec![], 0));
    assert_eq!(store.unit("plan-1", 3).unwrap().unwrap().unit.ops.len(), 6);
    assert_eq!(store.plan("plan-1").unwrap().unwrap().guard.as_deref(), Some("blast_changes"));
    let approval = Approval { by: "user-1".into(), at: Timestamp::from_second(1).unwrap() };
    store.lift_guard("plan-1", &approval).unwrap();
    assert_eq!(store.current_plan(CONNECTION).unwrap().unwrap().guard, None, "lifted by a person");
}

pub fn appointments_stand_apart_from_clients(shelf: &dyn Shelf) {
    let store = shelf.open();
    store.put_connection(&connection()).unwrap();
    store.create_job(&job("import-1", JobKind::Import)).unwrap();
    store.begin_plan(&head("plan-1", "import-1")).unwrap();
    let staged = [
        appointment(0, "Album meeting", Some("2026-07-02")),
        party(1, "Old Barn"),
        appointment(2, "Tasting", None),
        appointment(3, "Call", Some("2026-06-30")),
    ];
    let units: Vec<(PlannedUnit, Resolution)> =
        staged.iter().map(|unit| (planned(&*store, unit), Resolution::default())).collect();
    assert!(units.iter().all(|(unit, _)| unit.kind == UnitKind::New), "an appointment is new by itself");
    store.append_units("plan-1", &units).unwrap();
    store.seal_plan("plan-1", "hash", &Default::default(), None).unwrap();
    let seqs = |query: UnitQuery| {
        let (rows, total) = store.units("plan-1", &UnitQuery { limit: 9, ..query }).unwrap();
        assert_eq!(rows.len() as u64, total);
        rows.iter().map(|row| row.seq).collect::<Vec<_>>()
    };
    let by_date = || UnitQuery { sort: Some("wedding_date".into()), ..UnitQuery::default() };
    assert_eq!(seqs(by_date()), [1, 3, 0, 2], "clients first, then by day, then those without");
    let under = UnitQuery { heading: Some(Heading::Ready), ..by_date() };
    assert_eq!(seqs(under), [1, 3, 0, 2], "the same within a heading");
    let weddings = UnitQuery { weddings_from: Some("2026-01-01".into()), ..by_date() };
    assert_eq!(seqs(weddings), [1], "an appointment is no wedding");
    for (only, wanted) in [(true, vec![0, 2, 3]), (false, vec![1])] {
        assert_eq!(seqs(UnitQuery { appointments: Some(only), ..UnitQuery::default() }), wanted);
    }
    let found = UnitQuery { search: Some("album".into()), ..UnitQuery::default() };
    assert_eq!(seqs(found), [0], "found by its title");
}

pub fn every_row_stands_under_the_heading_that_its_kind_and_state_say(shelf: &dyn Shelf) {
    let store = shelf.open();
    store.put_connection(&connection()).unwrap();
    store.create_job(&job("import-1", JobKind::Import)).unwrap();
    store.begin_plan(&head("plan-1", "import-1")).unwrap();
    let states = [UnitState::Pending, UnitState::Approved, UnitState::Rejected, UnitState::Moved];
    let mut units = Vec::new();
    for (n, kind) in UnitKind::ALL.into_iter().cycle().take(UnitKind::ALL.len() * states.len()).enumerate() {
        let mut unit = planned(&*store, &party(n as u64, "Old Barn"));
        unit.kind = kind;
        if kind == UnitKind::Problem {
            unit.problems = vec![Problem {
                record_id: unit.client_id.clone(),
                record_type: RecordType::Person,
                field: "phone".into(),
                found: format!("{n}90"),
                code: if n % 16 == 1 { "phone_too_short".into() } else { "phone_letters".into() },
                params: Default::default(),
                fixes: Vec::new(),
                required_by_wedsync: false,
            }];
        }
        units.push((unit, Resolution::default()));
    }
    store.append_units("plan-1", &units).unwrap();
    store.seal_plan("plan-1", "hash", &Default::default(), None).unwrap();
    for (turn, state) in states.into_iter().enumerate().skip(1) {
        let seqs: Vec<u64> = (0..8).map(|n| (turn * 8 + n) as u64).collect();
        store.set_unit_state("plan-1", &seqs, state).unwrap();
    }
    let mut seen = 0;
    for heading in Heading::ALL {
        for sort in ["seq", "-seq", "name", "-name", "wedding_date", "-wedding_date"] {
            let query = UnitQuery {
                heading: Some(heading),
                sort: Some(sort.to_owned()),
                limit: 100,
                ..UnitQuery::default()
            };
            let (rows, total) = store.units("plan-1", &query).unwrap();
            assert_eq!(rows.len() as u64, total);
            assert!(
                rows.iter().all(|row| Heading::of(row.kind, row.state) == heading),
                "{heading:?} by {sort}"
            );
            seen += rows.len();
        }
    }
    assert_eq!(seen, units.len() * 6, "each row once under each order");
    let groups = store.alike_counts("plan-1").unwrap();
    let named: Vec<(&str, u64)> = groups.iter().map(|group| (group.alike.as_str(), group.count)).collect();
    assert_eq!(
        named,
        [("person/phone/phone_letters", 1), ("person/phone/phone_too_short", 1)],
        "those that wait"
    );
    let query = UnitQuery {
        alike: Some("person/phone/phone_too_short".into()),
        heading: Some(Heading::Waiting),
        limit: 10,
        ..UnitQuery::default()
    };
    let (rows, total) = store.units("plan-1", &query).unwrap();
    assert_eq!((rows.len(), total), (1, 1));
    let mark = &rows[0].marks[0];
    assert_eq!((mark.record_type, mark.field.as_str()), (RecordType::Person, "phone"));
    assert!(matches!(&mark.mark, Mark::Problem { code, .. } if code == "phone_too_short"));
}

pub fn decisions_are_kept_remembered_and_superseded(shelf: &dyn Shelf) {
    let store = shelf.open();
    many(&*store, 3);
    let unit = store.unit("plan-1", 1).unwrap().unwrap().unit;
    let resolution = Resolution { create_anyway: true, ..Resolution::default() };
    store.replace_unit("plan-1", &unit, UnitState::Approved, &resolution, "inputs").unwrap();
    let held = store.unit("plan-1", 1).unwrap().unwrap();
    assert_eq!((held.state, &held.resolution), (UnitState::Approved, &resolution));
    assert!(!held.approved_hash.is_empty());
    let asked = [("client-1".to_owned(), "inputs".to_owned()), ("client-1".to_owned(), "others".to_owned())];
    assert_eq!(store.remembered(CONNECTION, &asked).unwrap(), [Some(resolution), None]);
    store.replace_unit("plan-1", &unit, UnitState::Pending, &Resolution::default(), "inputs").unwrap();
    assert_eq!(store.remembered(CONNECTION, &asked).unwrap(), [None, None], "taken back is forgotten");
    let approval = Approval { by: "user-1".into(), at: Timestamp::from_second(1).unwrap() };
    assert_eq!(store.approve("plan-1", Some(&[0, 2]), &approval).unwrap(), 2);
    assert_eq!(store.set_unit_state("plan-1", &[2], UnitState::Rejected).unwrap(), 1);
    let outcomes = store.outcomes("plan-1").unwrap();
    assert_eq!(outcomes["person"][&Outcome::RejectedByYou], 2);
    assert_eq!(store.units_in_state("plan-1", UnitState::Approved, 0, 9).unwrap().len(), 1);
    store.begin_plan(&head("plan-2", "import-1")).unwrap();
    store.begin_plan(&head("plan-3", "import-1")).unwrap();
    assert!(store.plan("plan-2").unwrap().is_none(), "an unsealed plan of the job is dropped");
    store.seal_plan("plan-3", "hash", &Default::default(), None).unwrap();
    assert_eq!(store.plan("plan-1").unwrap().unwrap().state, PlanState::Superseded);
    assert_eq!(store.current_plan(CONNECTION).unwrap().unwrap().id, "plan-3");
}

//! Fills the plan of a test profile up with invented clients, and measures pages of the review over it.
//!
//! `review_at_size PROFILE_DIR CONNECTION_ID COUNT` on a profile of kind `test` with an import that waits for review. The
//! new units repeat those that are there under other names, dates and numbers. Figures are printed; nothing fails on one.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a tool that prints; what cannot be set up ends it"
)]

use std::sync::Arc;
use std::time::Instant;

use hub_core::plan::{PlannedUnit, Resolution, UnitKind};
use hub_core::ports::{Clock, Heading, Ids, NoFailPoints, PlanStore, Secret, UnitQuery, UnitState};
use hub_store::keys::{self, Unlock};
use hub_store::{OpenOptions, Store};
use jiff::Timestamp;

struct Now;

impl Clock for Now {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }
    fn monotonic_ms(&self) -> u64 {
        0
    }
}

struct Fresh;

impl Ids for Fresh {
    fn new_id(&self) -> String {
        uuid::Uuid::now_v7().to_string()
    }
}

const FIRST: &[&str] =
    &["Anna", "Beth", "Cora", "Dina", "Ella", "Fern", "Gwen", "Hope", "Iris", "Jade", "Kate", "Lily"];
const LAST: &[&str] =
    &["Archer", "Bell", "Carr", "Dunn", "Ellis", "Frost", "Gray", "Hale", "Ivory", "Jones", "Knight"];

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().unwrap();
    let (dir, connection, count): (_, _, u64) = (next(), next(), next().parse().unwrap());
    let passphrase = Secret::new("invented data, published passphrase");
    let keys = keys::unlock(std::path::Path::new(&dir), &Unlock::Passphrase(&passphrase)).unwrap();
    let store = Store::open(OpenOptions {
        dir: dir.into(),
        keys,
        clock: Arc::new(Now),
        ids: Arc::new(Fresh),
        fail_points: Arc::new(NoFailPoints),
    })
    .unwrap();
    let plan = store.current_plan(&connection).unwrap().unwrap().id;
    let models: Vec<PlannedUnit> = store
        .units_in_state(&plan, UnitState::Pending, 0, 1000)
        .unwrap()
        .into_iter()
        .map(|stored| stored.unit)
        .collect();
    let (ready, broken): (Vec<_>, Vec<_>) = models
        .into_iter()
        .filter(|unit| unit.kind != UnitKind::Duplicate)
        .partition(|unit| !unit.kind.needs_decision());
    let began = Instant::now();
    for from in (0..count).step_by(2000) {
        let units: Vec<(PlannedUnit, Resolution)> = (from..count.min(from + 2000))
            .map(|n| (invented(n, &ready, &broken), Resolution::default()))
            .collect();
        store.append_units(&plan, &units).unwrap();
    }
    println!("| {count} clients written | {:.1} s |", began.elapsed().as_secs_f64());
    measure(&store, &plan);
}

fn invented(n: u64, ready: &[PlannedUnit], broken: &[PlannedUnit]) -> PlannedUnit {
    let pick = |from: &[PlannedUnit]| from[n as usize % from.len()].clone();
    let mut unit = if n.is_multiple_of(40) && !broken.is_empty() { pick(broken) } else { pick(ready) };
    let name =
        |at: u64| format!("{} {}", FIRST[at as usize % FIRST.len()], LAST[(at / 7) as usize % LAST.len()]);
    unit.seq = 1_000 + n;
    unit.client_id = Fresh.new_id();
    unit.summary.names = vec![format!("{} {n}", name(n)), name(n / 3)];
    unit.summary.wedding_date = Some(format!("20{:02}-{:02}-{:02}", 20 + n % 9, n % 12 + 1, n % 28 + 1));
    unit.ops.truncate(1);
    unit
}

fn measure(store: &Store, plan: &str) {
    let query = |heading, sort: &str, offset| UnitQuery {
        heading: Some(heading),
        sort: Some(sort.to_owned()),
        offset,
        limit: 100,
        ..UnitQuery::default()
    };
    let search = |text: &str, offset| UnitQuery {
        search: Some(text.to_owned()),
        ..query(Heading::Ready, "seq", offset)
    };
    let alike = store.alike_counts(plan).unwrap().first().map(|group| group.alike.clone());
    let wanted = [
        ("first page, needs a decision", query(Heading::Waiting, "seq", 0)),
        ("first page, ready", query(Heading::Ready, "seq", 0)),
        ("ready from row 50,000", query(Heading::Ready, "seq", 50_000)),
        ("ready from row 90,000", query(Heading::Ready, "seq", 90_000)),
        ("ready from row 90,000, by name", query(Heading::Ready, "name", 90_000)),
        ("ready from row 90,000, latest wedding first", query(Heading::Ready, "-wedding_date", 90_000)),
        (
            "new only, from row 90,000",
            UnitQuery { kind: Some(UnitKind::New), ..query(Heading::Ready, "seq", 90_000) },
        ),
        (
            "one sort of problem",
            UnitQuery { alike, kind: Some(UnitKind::Problem), ..query(Heading::Waiting, "seq", 0) },
        ),
        ("search, many hits", search("knight", 0)),
        ("search, one hit", search("77777", 0)),
    ];
    println!("| page of 100 | rows | p50 ms | p95 ms |\n|---|---|---|---|");
    for (what, query) in wanted {
        let total = store.units(plan, &query).unwrap().1;
        let row = times(|| drop(store.units(plan, &query).unwrap()));
        println!("| {what} | {total} | {:.1} | {:.1} |", row.0, row.1);
    }
    let counts = times(|| drop(store.unit_counts(plan).unwrap()));
    println!("| counts of the tabs | | {:.1} | {:.1} |", counts.0, counts.1);
    let sorts = times(|| drop(store.alike_counts(plan).unwrap()));
    println!("| problems by sort | | {:.1} | {:.1} |", sorts.0, sorts.1);
}

/// Median and 95th percentile of 60 runs, in milliseconds.
fn times(work: impl Fn()) -> (f64, f64) {
    let mut taken: Vec<f64> = (0..60)
        .map(|_| {
            let began = Instant::now();
            work();
            began.elapsed().as_secs_f64() * 1000.0
        })
        .collect();
    taken.sort_by(f64::total_cmp);
    (taken[30], taken[57])
}

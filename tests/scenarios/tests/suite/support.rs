//! What the stories share: worlds of several sizes, and WedSync's own dump read the way a person would look things up.

use std::collections::BTreeMap;

use hub_core::plan::UnitKind;
use hub_core::ports::{Job, PlanHead, PlanStore, UnitQuery};
use hub_sandbox::book::{Book, BookSpec};
pub(crate) use hub_sandbox::expected::{Held, per_type};
use hub_sandbox::wedsync::{AccountSeed, Config};
use hub_sandbox::{SandboxConfig, World};
use hub_scenarios::Desk;

/// Sarah's world: 214 clients.
pub(crate) fn demo_world() -> World {
    World::start(SandboxConfig::demo(), Config::default()).expect("the sandbox starts")
}

/// A world with a smaller or larger book of the same kind.
pub(crate) fn world_of(clients: u32) -> World {
    World::start(SandboxConfig::new(BookSpec::new(7, clients)), Config::default())
        .expect("the sandbox starts")
}

/// Who signs in.
pub(crate) fn login() -> String {
    AccountSeed::demo().login
}

/// Digest of everything WedSync holds.
pub(crate) fn cloud_digest(world: &World) -> String {
    world.wedsync.dump(&login()).expect("a dump").digest
}

/// How many units of which kind a plan has.
pub(crate) fn kinds(desk: &Desk, plan: &PlanHead) -> BTreeMap<UnitKind, usize> {
    let mut kinds = BTreeMap::new();
    for row in desk.rows(plan, &UnitQuery::default()) {
        *kinds.entry(row.kind).or_default() += 1;
    }
    kinds
}

/// How many operations a plan has in all.
pub(crate) fn ops(desk: &Desk, plan: &PlanHead) -> u64 {
    desk.rows(plan, &UnitQuery::default()).iter().map(|row| u64::from(row.ops)).sum()
}

/// The plan stands on the whole book: every party of the generator's list, every record once.
pub(crate) fn assert_whole_book(desk: &Desk, plan: &PlanHead, book: &Book) {
    assert_eq!(
        kinds(desk, plan).values().sum::<usize>(),
        book.expected().parties.len(),
        "one unit per party"
    );
    let outcomes = desk.store.outcomes(&plan.id).expect("outcomes");
    let sums: BTreeMap<String, u64> =
        outcomes.iter().map(|(name, sums)| (name.clone(), sums.values().sum())).collect();
    assert_eq!(sums, per_type(book), "{outcomes:?}");
}

/// The message id a job ended or waits with.
pub(crate) fn message(job: &Job) -> String {
    job.error.as_ref().and_then(|error| error["id"].as_str()).map(str::to_owned).unwrap_or_default()
}

/// Every operation of a plan in a line, for the message of a test that expected none.
pub(crate) fn what_it_does(desk: &Desk, plan: &PlanHead) -> String {
    let mut lines = String::new();
    for row in desk.rows(plan, &UnitQuery::default()).into_iter().filter(|row| row.ops > 0) {
        for op in desk.unit(plan, row.seq).unit.ops {
            let (kind, record) = (op.kind, op.record);
            lines += &format!("{} {kind:?} {record:?} {:?} -> {:?}\n", row.seq, op.before, op.after);
        }
    }
    lines
}

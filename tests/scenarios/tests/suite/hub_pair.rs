//! Two `hub` processes on two profiles bring the same book at the same time: WedSync holds one set (MODEL 5).

use std::path::Path;
use std::time::Duration;

use hub_sandbox::book::BookSpec;
use hub_sandbox::wedsync::Config;
use hub_sandbox::{SandboxConfig, World};
use hub_scenarios::hub::{Ended, Hub};
use serde_json::Value as Json;

use crate::hub_story::PROGRAM;
use crate::support::{Held, cloud_digest, per_type};

/// Runs a line on both at once.
fn both(pair: &[Hub; 2], line: &[&str]) -> [Ended; 2] {
    let running = pair.each_ref().map(|hub| hub.start(line));
    running.map(|running| running.end())
}

fn state(ended: &Ended) -> Json {
    ended.last()["state"].clone()
}

#[test]
fn two_hubs_at_the_same_time_leave_one_set() {
    // So that whoever waits for it does not wait two minutes; writes need thirty seconds of it.
    let cloud = Config { lease_life: Duration::from_secs(35), ..Config::default() };
    let world = World::start(SandboxConfig::new(BookSpec::new(7, 60)), cloud).expect("the sandbox starts");
    let directory = tempfile::tempdir().expect("a directory");
    let pair = ["one", "two"].map(|name| Hub::new(Path::new(PROGRAM), &directory.path().join(name), &world));
    for hub in &pair {
        hub.sign_in();
        hub.connect(&world);
        hub.choose_everything();
    }
    for ended in both(&pair, &["import"]) {
        assert_eq!(state(&ended.done()), "waiting_review");
    }
    for hub in &pair {
        hub.decide_everything();
    }
    for ended in both(&pair, &["review", "approve"]) {
        ended.done();
    }
    // One has the connection's lease; the other waits for its end, finds everything there, and adds nothing.
    let pushed = both(&pair, &["push"]).map(Ended::done);
    assert!(pushed.iter().all(|ended| state(ended) == "done"), "{pushed:?}");
    let made =
        pushed.each_ref().map(|ended| ended.lines()[0]["counts"]["records"]["client"]["created"].clone());
    let makers = made.iter().filter(|created| !created.is_null()).count();
    assert_eq!(makers, 1, "one of them made the clients: {made:?}");
    one_set(&world);
    let after = cloud_digest(&world);
    for hub in &pair {
        let imported = hub.run(&["import"]).done();
        assert_eq!(state(&imported), "waiting_review");
        let kinds: Vec<Json> = hub.rows().into_iter().map(|row| row["kind"].clone()).collect();
        assert!(kinds.iter().all(|kind| kind == "unchanged"), "nothing is left to do: {kinds:?}");
    }
    assert_eq!(cloud_digest(&world), after, "looking again changes nothing");
}

fn one_set(world: &World) {
    let (held, expected) = (Held::of(world), world.crm.book().expected());
    for (name, count) in per_type(world.crm.book()) {
        if name != "client" {
            assert_eq!(held.by_source(&name).len() as u64, count, "{name}s, each once");
        }
    }
    let same = 5;
    assert_eq!(held.all("client").len(), 12 + expected.parties.len() - same, "one client per party");
}

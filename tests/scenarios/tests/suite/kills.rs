//! Kill anywhere (SYNC-LAW 29): the process is ended in every window and at random times; the next start goes on
//! without ritual, and in the end both sides hold exactly what they hold after a run that nobody disturbed.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use hub_core::ports::NoFailPoints;
use hub_sandbox::book::BookSpec;
use hub_sandbox::wedsync::{AccountSeed, Config, Fault, On, Times};
use hub_sandbox::{SandboxConfig, World};
use hub_scenarios::Desk;
use hub_scenarios::drive::drive;
use hub_scenarios::kill::Orders;

/// Windows of an import and an upload, in their order.
const WINDOWS: [&str; 10] = [
    "page_received",
    "page_durable",
    "staged",
    "mapped",
    "plan_stored",
    "approved",
    "applied",
    "batch_stored",
    "answered",
    "base_moved",
];

/// Clients in the book: small, so that a hundred runs are quick; every stream still has records.
const CLIENTS: u32 = 6;

/// What both sides hold, and what it took.
#[derive(Debug, PartialEq)]
struct End {
    cloud: String,
    local: BTreeMap<String, Vec<String>>,
    pages: usize,
}

fn world(seed: u64) -> World {
    World::start(SandboxConfig::new(BookSpec::new(seed, CLIENTS)), Config::default())
        .expect("the world starts")
}

/// Runs a desk in a process of its own; whether it lived to its end.
fn run(world: &World, directory: &Path, kill: Option<(&str, u32)>, after: Option<Duration>) -> bool {
    let orders = Orders {
        outside: world.into(),
        directory: directory.to_owned(),
        kill: kill.map(|(window, pass)| (window.to_owned(), pass)),
        kill_after_ms: after.map(|after| u64::try_from(after.as_millis()).expect("small")),
    };
    let mut child = Command::new(env!("CARGO_BIN_EXE_hub-desk"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the desk starts");
    let mut stdin = child.stdin.take().expect("its input");
    stdin.write_all(orders.to_json().to_string().as_bytes()).expect("orders are given");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    if output.status.success() {
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "Done", "whoever lives finishes");
    }
    output.status.success()
}

fn end(world: &World, directory: &Path) -> End {
    let pages = world.crm.control().log().iter().filter(|request| request.query.contains("page=")).count();
    let desk = Desk::open(&world.into(), directory, std::sync::Arc::new(NoFailPoints));
    drive(&desk);
    let mut local = desk.store.dump_normalised().expect("a dump").tables;
    // Raw records hold links with the sandbox's port, so their hashes differ from world to world.
    for row in local.get_mut("crm_records").into_iter().flatten() {
        let mut record: serde_json::Value = serde_json::from_str(row).expect("a row");
        record["content_hash"] = serde_json::Value::Null;
        *row = record.to_string();
    }
    local.values_mut().for_each(|rows| rows.sort());
    End { cloud: world.wedsync.dump(&AccountSeed::demo().login).expect("a dump").digest, local, pages }
}

fn undisturbed(seed: u64) -> End {
    let world = world(seed);
    let directory = tempfile::tempdir().expect("a directory");
    assert!(run(&world, directory.path(), None, None), "nobody kills it");
    end(&world, directory.path())
}

#[test]
fn two_undisturbed_runs_end_alike() {
    assert_eq!(undisturbed(1), undisturbed(1), "else the comparisons below say nothing");
}

#[test]
fn inv_29_kill_in_every_window() {
    for seed in [1, 2, 3, 4] {
        let control = undisturbed(seed);
        for window in WINDOWS {
            let world = world(seed);
            let directory = tempfile::tempdir().expect("a directory");
            // The windows of one page or chunk are passed several times: another pass with each seed.
            let passes = match window {
                "page_received" | "page_durable" => u32::try_from(seed).expect("small") * 3,
                _ => 1,
            };
            assert!(!run(&world, directory.path(), Some((window, passes)), None), "{window}: it was killed");
            assert!(run(&world, directory.path(), None, None), "{window}: it goes on");
            let end = end(&world, directory.path());
            assert_eq!(
                (&end.cloud, &end.local),
                (&control.cloud, &control.local),
                "{window}, seed {seed}: the same"
            );
            assert!(
                end.pages <= control.pages + 1,
                "{window}: {} pages, {} undisturbed",
                end.pages,
                control.pages
            );
        }
    }
}

#[test]
fn inv_29_kill_while_a_batch_is_on_its_way() {
    for seed in [1, 2, 3, 4] {
        let control = undisturbed(seed);
        let world = world(seed);
        let directory = tempfile::tempdir().expect("a directory");
        world.wedsync.inject(
            On::request("POST", "/v1/records/batch"),
            Fault::Slow(Duration::from_millis(400)),
            Times::Next(1),
        );
        assert!(!run(&world, directory.path(), Some(("sent", 1)), None), "it was killed");
        assert!(run(&world, directory.path(), None, None), "it goes on");
        let end = end(&world, directory.path());
        assert_eq!((&end.cloud, &end.local), (&control.cloud, &control.local), "seed {seed}: each op once");
    }
}

#[test]
fn inv_29_kill_at_any_time_under_latency() {
    let control = undisturbed(5);
    for round in 0_u64..20 {
        let mut config = SandboxConfig::new(BookSpec::new(5, CLIENTS));
        config.latency = Some((Duration::from_millis(50), Duration::from_millis(300)));
        let world = World::start(config, Config::default()).expect("the world starts");
        let directory = tempfile::tempdir().expect("a directory");
        // Spread over the whole run: sign-in, fetching under latency, planning, uploading.
        let after = Duration::from_millis(300 + round * 197);
        run(&world, directory.path(), None, Some(after));
        world.crm.control().latency(Duration::ZERO, Duration::ZERO);
        assert!(run(&world, directory.path(), None, None), "round {round}: it goes on");
        let end = end(&world, directory.path());
        assert_eq!((&end.cloud, &end.local), (&control.cloud, &control.local), "round {round}: the same");
    }
}

//! Killing `hub` and going on (SYNC-LAW 29, issue 2, 7.2): each kill has a world and a profile of its own, tells the
//! whole story with one of its lines cut off, and holds what both sides have in the end to a run that nobody disturbed.
//!
//! Going on is `hub` with no argument, and where there was no job yet the same line once more. Nothing else is done.

pub mod table;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use hub_sandbox::book::BookSpec;
use hub_sandbox::wedsync::{AccountSeed, Config, Fault, On, Times, Writes};
use hub_sandbox::{SandboxConfig, World};
use serde_json::Value as Json;

use super::{Ended, Hub, peek};

/// Clients in the book: enough for the generator's special cases and for more than one batch.
const CLIENTS: u32 = 60;

/// How a process is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Means {
    /// By a fail point, at this pass of it.
    Point(&'static str, u32),
    /// From outside, once WedSync has applied a batch and before it answers; so many batches are answered first.
    Unanswered(u32),
    /// From outside, at a time drawn from this number.
    Random(u64),
}

/// The line of the story that is cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// The first line on a new profile.
    First,
    /// The import.
    Import,
    /// The approval.
    Approve,
    /// The upload.
    Push,
    /// The first line of the version after this one, on a profile of this one.
    Upgrade,
}

/// One kill.
#[derive(Debug, Clone, Copy)]
pub struct Kill {
    /// The window, as the law of kills calls it.
    pub window: &'static str,
    /// The line that is cut off.
    pub line: Line,
    /// How.
    pub means: Means,
    /// Seed of the book.
    pub seed: u64,
}

/// What a kill came to.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The kill.
    pub kill: Kill,
    /// Lines that were typed to go on.
    pub resumed_by: Vec<&'static str>,
    /// Pages read, compared with the undisturbed run.
    pub pages_again: usize,
}

/// Every window, the line it lies in, and the four kills in it: the fail point and its pass, one per seed.
const POINTS: [(&str, Line, &str, [u32; 4]); 13] = [
    ("page received", Line::Import, "page_received", [1, 8, 13, 19]),
    ("page not durable", Line::Import, "store.page_not_durable", [2, 9, 14, 18]),
    ("page durable", Line::Import, "page_durable", [3, 7, 12, 17]),
    ("staged", Line::Import, "staged", [1, 1, 1, 1]),
    ("mapped", Line::Import, "mapped", [1, 1, 1, 1]),
    ("plan stored", Line::Import, "plan_stored", [1, 1, 1, 1]),
    ("approved", Line::Approve, "approved", [1, 1, 1, 1]),
    ("applied, not durable", Line::Push, "store.applied_not_durable", [1, 2, 1, 2]),
    ("applied", Line::Push, "applied", [1, 2, 1, 2]),
    ("batch stored, not sent", Line::Push, "batch_stored", [1, 2, 3, 2]),
    ("marked as sent, not sent", Line::Push, "sent", [1, 2, 3, 2]),
    ("answered, not recorded", Line::Push, "answered", [1, 2, 3, 2]),
    ("answer not durable", Line::Push, "store.answer_not_durable", [1, 2, 3, 2]),
];

/// All kills in windows.
pub fn in_windows() -> Vec<Kill> {
    let mut kills = Vec::new();
    for (window, line, point, passes) in POINTS {
        for (seed, pass) in (1..).zip(passes) {
            kills.push(Kill { window, line, means: Means::Point(point, pass), seed });
        }
    }
    for (seed, before) in [(1, 0), (2, 1), (3, 2), (4, 1)] {
        let means = Means::Unanswered(before);
        kills.push(Kill { window: "sent, not answered", line: Line::Push, means, seed });
    }
    for (seed, pass) in [(1, 1), (2, 2), (3, 3), (4, 2)] {
        let means = Means::Point("base_moved", pass);
        kills.push(Kill { window: "base moved", line: Line::Push, means, seed });
    }
    for line in [Line::First, Line::Upgrade] {
        let window = if line == Line::First { "first migration" } else { "migration of an older book" };
        for (seed, pass) in [(1, 1), (2, 2), (3, 3), (4, 1)] {
            kills.push(Kill { window, line, means: Means::Point("migration", pass), seed });
        }
    }
    kills
}

/// So many kills at random times, every other one in the import and in the upload.
pub fn at_random(count: u64) -> Vec<Kill> {
    let kill = |number: u64| {
        let line = if number.is_multiple_of(2) { Line::Import } else { Line::Push };
        Kill { window: "any time", line, means: Means::Random(number), seed: 5 }
    };
    (0..count).map(kill).collect()
}

/// What both sides hold, and what it took.
#[derive(Debug, Clone, PartialEq)]
struct End {
    cloud: String,
    writes: Writes,
    local: BTreeMap<String, Vec<String>>,
    pages: usize,
}

/// Kills and compares; undisturbed runs are made once for each book.
pub struct Killer<'a> {
    program: &'a Path,
    undisturbed: Mutex<BTreeMap<u64, End>>,
    /// How long the import and the upload take under the latency of the random kills.
    lengths: Mutex<Option<(Duration, Duration)>>,
}

impl<'a> Killer<'a> {
    /// With this `hub`, built with fail points.
    pub fn new(program: &'a Path) -> Killer<'a> {
        Killer { program, undisturbed: Mutex::default(), lengths: Mutex::default() }
    }

    /// Kills, goes on, and compares.
    pub fn kill(&self, kill: Kill) -> Outcome {
        let control = self.undisturbed(kill.seed);
        let (resumed_by, end) = self.disturbed(kill);
        assert_eq!(end.cloud, control.cloud, "{kill:?}: WedSync holds what it holds undisturbed");
        assert_eq!(end.local, control.local, "{kill:?}: this computer holds what it holds undisturbed");
        assert_eq!(end.writes, control.writes, "{kill:?}: each operation was applied once");
        let pages_again = end.pages.saturating_sub(control.pages);
        assert!(pages_again <= 1, "{kill:?}: {pages_again} pages were read again");
        Outcome { kill, resumed_by, pages_again }
    }

    fn undisturbed(&self, seed: u64) -> End {
        // Held while it runs, so that it runs once.
        let mut known = self.undisturbed.lock().expect("no run of it failed");
        if let Some(end) = known.get(&seed) {
            return end.clone();
        }
        let (world, directory) = (world(seed), tempfile::tempdir().expect("a directory"));
        let hub = Hub::new(self.program, &directory.path().join("profile"), &world);
        set_up(&hub, &world);
        for line in [Line::Import, Line::Approve, Line::Push] {
            prepare(&hub, line);
            run(&hub, line).done();
        }
        let end = end(&hub, &world, peek::Version::This);
        known.insert(seed, end.clone());
        end
    }

    fn disturbed(&self, kill: Kill) -> (Vec<&'static str>, End) {
        let (world, directory) = (world(kill.seed), tempfile::tempdir().expect("a directory"));
        let mut hub = Hub::new(self.program, &directory.path().join("profile"), &world);
        let mut resumed_by = Vec::new();
        if kill.line == Line::First {
            self.cut_off(&hub, &world, kill);
            resumed_by = go_on(&hub, kill.line);
        }
        set_up(&hub, &world);
        for line in [Line::Import, Line::Approve, Line::Push] {
            prepare(&hub, line);
            if line == Line::Approve && kill.line == Line::Upgrade {
                hub = hub.with(&["--next-version"]);
                self.cut_off(&hub, &world, kill);
                resumed_by = go_on(&hub, kill.line);
            }
            if kill.line != line {
                run(&hub, line).done();
                continue;
            }
            self.cut_off(&hub, &world, kill);
            resumed_by = go_on(&hub, line);
        }
        let version = match kill.line {
            Line::Upgrade => peek::Version::Next,
            Line::First | Line::Import | Line::Approve | Line::Push => peek::Version::This,
        };
        (resumed_by, end(&hub, &world, version))
    }

    /// Runs the line and sees to it that it dies of SIGKILL.
    fn cut_off(&self, hub: &Hub, world: &World, kill: Kill) {
        let ended = match kill.means {
            Means::Point(point, pass) => {
                let point = format!("{point}:{pass}");
                run(&hub.with(&["--fail-point", &point]), kill.line)
            }
            Means::Unanswered(before) => {
                let batches = || {
                    let log = world.wedsync.log();
                    log.iter().filter(|exchange| exchange.path == "/v1/records/batch").count()
                };
                let hang = On::request("POST", "/v1/records/batch");
                world.wedsync.inject(hang.clone(), Fault::HangReply, Times::After(before));
                let running = hub.start(&arguments(kill.line));
                // It stands in WedSync's log once it is applied.
                while batches() <= before as usize {
                    std::thread::sleep(Duration::from_millis(5));
                }
                running.kill()
            }
            Means::Random(number) => {
                let (import, push) = self.lengths();
                let length = if kill.line == Line::Import { import } else { push };
                slow(world, number);
                let running = hub.start(&arguments(kill.line));
                std::thread::sleep(length.mul_f64(fraction(number)));
                let ended = running.kill();
                quick(world);
                ended
            }
        };
        assert!(was_killed(&ended), "{kill:?}: it did not die of it: {ended:?}");
    }

    /// How long the lines take that random kills cut off, under their latency.
    fn lengths(&self) -> (Duration, Duration) {
        let mut known = self.lengths.lock().expect("no run of it failed");
        *known.get_or_insert_with(|| {
            let (world, directory) = (world(5), tempfile::tempdir().expect("a directory"));
            let hub = Hub::new(self.program, &directory.path().join("profile"), &world);
            set_up(&hub, &world);
            slow(&world, 0);
            let began = Instant::now();
            run(&hub, Line::Import).done();
            let import = began.elapsed();
            quick(&world);
            prepare(&hub, Line::Approve);
            run(&hub, Line::Approve).done();
            slow(&world, 0);
            let began = Instant::now();
            run(&hub, Line::Push).done();
            (import, began.elapsed())
        })
    }
}

fn world(seed: u64) -> World {
    let config = SandboxConfig::new(BookSpec::new(seed, CLIENTS));
    World::start(config, Config::default()).expect("the world starts")
}

/// 50 to 300 ms before each answer of the CRM, and of WedSync as long as the number says.
fn slow(world: &World, number: u64) {
    let millis = Duration::from_millis;
    world.crm.control().latency(millis(50), millis(300));
    world.wedsync.inject(On::any(), Fault::Slow(millis(50 + number * 83 % 250)), Times::Always);
}

fn quick(world: &World) {
    world.crm.control().latency(Duration::ZERO, Duration::ZERO);
    world.wedsync.clear_faults(hub_sandbox::wedsync::Reset::Faults);
}

/// Where in the line the kill falls: drawn from its number, spread over the first nine tenths.
fn fraction(number: u64) -> f64 {
    use sha2::{Digest as _, Sha256};
    let digest = Sha256::digest(number.to_le_bytes());
    f64::from(u16::from_le_bytes([digest[0], digest[1]])) / 65_536.0 * 0.9
}

fn set_up(hub: &Hub, world: &World) {
    hub.sign_in();
    hub.connect(world);
    hub.choose_everything();
}

/// What a person does before a line.
fn prepare(hub: &Hub, line: Line) {
    if line == Line::Approve {
        hub.decide_everything();
    }
}

fn arguments(line: Line) -> Vec<&'static str> {
    match line {
        Line::First | Line::Upgrade => vec!["jobs"],
        Line::Import => vec!["import"],
        Line::Approve => vec!["review", "approve"],
        Line::Push => vec!["push"],
    }
}

fn run(hub: &Hub, line: Line) -> Ended {
    hub.run(&arguments(line))
}

/// `hub` with no argument, then the line once more if what it was for is not there. What was typed.
fn go_on(hub: &Hub, line: Line) -> Vec<&'static str> {
    hub.run(&[]).done();
    let newest = |kind: &str, state: &str| {
        let jobs = hub.run(&["jobs"]).done().last();
        let jobs = jobs["jobs"].as_array().expect("jobs").clone();
        let of_kind: Vec<&Json> = jobs.iter().filter(|job| job["kind"] == kind).collect();
        assert!(of_kind.len() <= 1, "the same job, not another: {of_kind:?}");
        of_kind.first().is_some_and(|job| job["state"] == state)
    };
    let there = match line {
        Line::First | Line::Upgrade => true,
        Line::Import => newest("import", "waiting_review"),
        Line::Push => newest("upload", "done"),
        // Approving what is approved changes nothing; whoever saw no answer types it again.
        Line::Approve => false,
    };
    if there {
        return vec!["hub"];
    }
    run(hub, line).done();
    vec!["hub", "the same line"]
}

fn end(hub: &Hub, world: &World, version: peek::Version) -> End {
    let login = AccountSeed::demo().login;
    let log = world.crm.control().log();
    End {
        cloud: world.wedsync.dump(&login).expect("a dump").digest,
        writes: world.wedsync.writes(&login).expect("a sum"),
        local: peek::book(hub.profile(), version),
        pages: log.iter().filter(|request| request.query.contains("page=")).count(),
    }
}

#[cfg(unix)]
fn was_killed(ended: &Ended) -> bool {
    use std::os::unix::process::ExitStatusExt as _;
    ended.status.signal() == Some(9)
}

#[cfg(not(unix))]
fn was_killed(ended: &Ended) -> bool {
    !ended.status.success()
}

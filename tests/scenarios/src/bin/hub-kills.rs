//! Every kill of the table, one after the other on two threads; writes the table. `cargo xtask kills` runs it.
#![allow(clippy::print_stdout, clippy::expect_used, reason = "a test program")]

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use hub_scenarios::hub::kills::{Killer, Outcome, at_random, in_windows, table};

fn main() {
    let me = std::env::current_exe().expect("a path");
    let program = me.with_file_name(format!("hub-under-test{}", std::env::consts::EXE_SUFFIX));
    run(&program);
}

fn run(program: &Path) {
    let mut kills = in_windows();
    kills.extend(at_random(20));
    let killer = Killer::new(program);
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::<(usize, Outcome)>::new()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    let Some(kill) = kills.get(number) else { return };
                    let outcome = killer.kill(*kill);
                    println!("{} of {}: {kill:?} {:?}", number + 1, kills.len(), outcome.resumed_by);
                    done.lock().expect("no kill failed").push((number, outcome));
                }
            });
        }
    });
    let mut done = done.into_inner().expect("no kill failed");
    done.sort_by_key(|(number, _)| *number);
    let outcomes: Vec<Outcome> = done.into_iter().map(|(_, outcome)| outcome).collect();
    std::fs::write(table::path(), table::text(&outcomes)).expect("the table is written");
    println!("{}", table::path().display());
}

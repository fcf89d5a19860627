//! A desk in a process of its own, so that it can be killed. Reads its orders from standard input.
#![allow(clippy::print_stdout, clippy::expect_used, reason = "a test program")]

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use hub_core::ports::{FailPoints, NoFailPoints};
use hub_scenarios::Desk;
use hub_scenarios::drive::drive;
use hub_scenarios::kill::{KillAt, Orders, kill_self};

fn main() {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).expect("orders");
    let orders = Orders::from_json(&serde_json::from_str(&text).expect("JSON"));
    let fail_points: Arc<dyn FailPoints> = match orders.kill {
        Some((window, pass)) => Arc::new(KillAt::new(window, pass)),
        None => Arc::new(NoFailPoints),
    };
    if let Some(after) = orders.kill_after_ms {
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(after));
            kill_self()
        });
    }
    let desk = Desk::open(&orders.outside, &orders.directory, fail_points);
    desk.no_rate_limit();
    let upload = drive(&desk);
    println!("{:?}", upload.phase);
}

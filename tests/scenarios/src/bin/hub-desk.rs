//! A desk in a process of its own, so that it can be killed, or searched from outside. Reads its orders from the first
//! line of its standard input.
#![allow(clippy::print_stdout, clippy::expect_used, reason = "a test program")]

use std::sync::Arc;
use std::time::Duration;

use hub_core::ports::{FailPoints, NoFailPoints};
use hub_scenarios::Desk;
use hub_scenarios::canary::story::{CanaryOrders, tell_story};
use hub_scenarios::drive::drive;
use hub_scenarios::kill::{KillAt, Orders, kill_self};

fn main() {
    let mut text = String::new();
    std::io::stdin().read_line(&mut text).expect("orders");
    let json = serde_json::from_str(&text).expect("JSON");
    if let Some(orders) = CanaryOrders::from_json(&json) {
        return tell_story(&orders);
    }
    let orders = Orders::from_json(&json);
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

//! A desk in a process of its own, so that it can be searched from outside. Reads its orders from the first line of its
//! standard input.
#![allow(clippy::expect_used, reason = "a test program")]

use hub_scenarios::canary::story::{CanaryOrders, tell_story};

fn main() {
    let mut text = String::new();
    std::io::stdin().read_line(&mut text).expect("orders");
    let orders =
        CanaryOrders::from_json(&serde_json::from_str(&text).expect("JSON")).expect("a story's orders");
    tell_story(&orders);
}

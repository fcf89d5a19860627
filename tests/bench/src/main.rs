//! `hub-bench`: what an import costs, beside the least that any program could do with the same pages.
//!
//! Each measurement runs in a process of its own, so that CPU seconds and peak memory are its own; the sandbox runs in
//! another. Figures are printed as a table and kept in `tests/bench/RESULTS.md`; no test fails on a figure.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a bench tool that prints; what cannot be set up ends it"
)]

mod bare;
mod import;
mod usage;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use hub_scenarios::Outside;
use serde_json::{Value as Json, json};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("bare") => finish(bare::run(&outside_of(&arguments))),
        Some("import") => finish(import::run(&outside_of(&arguments))),
        _ => table(&arguments),
    }
}

fn outside_of(arguments: &[String]) -> Outside {
    let value: Json = serde_json::from_str(&arguments[1]).expect("the sandbox's addresses");
    outside(&value)
}

fn outside(value: &Json) -> Outside {
    let text = |name: &str| value[name].as_str().expect("an address").to_owned();
    Outside { crm_url: text("vsco"), api_key: text("api_key"), cloud_url: text("wedsync") }
}

/// Adds what the process used to its own figures and prints them.
fn finish(mut figures: Json) {
    let used = usage::own();
    figures["cpu_seconds"] = json!(used.cpu_seconds);
    figures["peak_mb"] = json!(used.peak_mb);
    println!("{figures}");
}

struct Sandbox {
    child: Child,
    addresses: Json,
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn sandbox(clients: u32) -> Sandbox {
    let own = std::env::current_exe().expect("this program");
    let program = own.with_file_name(format!("hub-sandbox{}", std::env::consts::EXE_SUFFIX));
    let mut child = Command::new(program)
        .args(["--clients", &clients.to_string(), "--seed", "7"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the sandbox starts (build it with --release first)");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
    Sandbox { child, addresses: serde_json::from_str(&line).expect("addresses") }
}

fn measure(kind: &str, sandbox: &Sandbox) -> Json {
    let own = std::env::current_exe().expect("this program");
    let output = Command::new(own)
        .args([kind, &sandbox.addresses.to_string()])
        .stderr(Stdio::inherit())
        .output()
        .expect("a measurement");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    serde_json::from_str(text.lines().last().unwrap_or_default()).unwrap_or_else(|_| panic!("{kind}: {text}"))
}

fn table(arguments: &[String]) {
    let sizes: Vec<u32> = match arguments.iter().filter_map(|size| size.parse().ok()).collect::<Vec<u32>>() {
        sizes if sizes.is_empty() => vec![500, 10_000, 100_000],
        sizes => sizes,
    };
    println!("| clients | what | wall s | CPU s | x bare CPU | peak MB | requests | rows |");
    println!("|---|---|---|---|---|---|---|---|");
    for clients in sizes {
        let sandbox = sandbox(clients);
        let bare = measure("bare", &sandbox);
        row(clients, "bare pull", &bare, &bare);
        let import = measure("import", &sandbox);
        row(
            clients,
            "fetch and stage",
            &json!({"wall_seconds": import["fetch_wall"], "cpu_seconds": import["fetch_cpu"], "peak_mb": null, "requests": null, "rows": import["raw_rows"]}),
            &bare,
        );
        row(
            clients,
            "import to plan",
            &json!({"wall_seconds": import["plan_wall"], "cpu_seconds": import["plan_cpu"], "peak_mb": null, "requests": null, "rows": import["plan_rows"]}),
            &bare,
        );
        row(clients, "whole path", &import, &bare);
        println!("<!-- {import} -->");
    }
}

fn row(clients: u32, what: &str, figures: &Json, bare: &Json) {
    let number = |figures: &Json, name: &str| figures[name].as_f64();
    let show = |value: Option<f64>, digits: usize| {
        value.map_or_else(String::new, |value| format!("{value:.digits$}"))
    };
    let times = match (number(figures, "cpu_seconds"), number(bare, "cpu_seconds")) {
        (Some(own), Some(bare)) if bare > 0.0 => Some(own / bare),
        _ => None,
    };
    println!(
        "| {clients} | {what} | {} | {} | {} | {} | {} | {} |",
        show(number(figures, "wall_seconds"), 2),
        show(number(figures, "cpu_seconds"), 2),
        show(times, 1),
        show(number(figures, "peak_mb"), 0),
        show(number(figures, "requests"), 0),
        show(number(figures, "rows"), 0),
    );
}

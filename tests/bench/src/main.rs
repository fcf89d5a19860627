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
mod files;
mod import;
mod steps;
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
        Some("file") => finish(files::run(&arguments[1])),
        Some("files") => file_table(&arguments[1..]),
        Some("file-import") => finish(import::run_file(&outside_of(&arguments), &arguments[2])),
        Some("file-imports") => file_import_table(&arguments[1..]),
        _ => table(&arguments),
    }
}

/// `hub-bench files [ROWS]`: a large export as CSV and as XLSX.
fn file_table(arguments: &[String]) {
    let rows = arguments.first().and_then(|rows| rows.parse().ok()).unwrap_or(100_000);
    let directory = tempfile::tempdir().expect("a directory");
    files::write(directory.path(), rows);
    println!("| file | rows | MB on disk | MB of text | opening s | wall s | CPU s | peak MB |");
    println!("|---|---|---|---|---|---|---|---|");
    for name in ["book.csv", "book.xlsx"] {
        let path = directory.path().join(name);
        let figures = measured(&["file", &path.to_string_lossy()]);
        let number = |name: &str| figures[name].as_f64().unwrap_or(0.0);
        println!(
            "| {name} | {} | {:.1} | {:.1} | {:.2} | {:.2} | {:.2} | {:.0} |",
            figures["rows"],
            number("file_bytes") / 1e6,
            number("text_bytes") / 1e6,
            number("opening"),
            number("wall_seconds"),
            number("cpu_seconds"),
            number("peak_mb"),
        );
    }
}

/// `hub-bench file-imports [ROWS]`: the same files through fetch and stage.
fn file_import_table(arguments: &[String]) {
    let rows = arguments.first().and_then(|rows| rows.parse().ok()).unwrap_or(100_000);
    let directory = tempfile::tempdir().expect("a directory");
    files::write(directory.path(), rows);
    let sandbox = sandbox(10);
    println!("| file | rows | fetch s | fetch and stage s | CPU s | peak MB fetched | peak MB staged |");
    println!("|---|---|---|---|---|---|---|");
    for name in ["book.csv", "book.xlsx"] {
        let path = directory.path().join(name);
        let figures = measured(&["file-import", &sandbox.addresses.to_string(), &path.to_string_lossy()]);
        let number = |name: &str| figures[name].as_f64().unwrap_or(0.0);
        println!(
            "| {name} | {} | {:.1} | {:.1} | {:.1} | {:.0} | {:.0} |",
            figures["raw_rows"],
            number("fetch_wall"),
            number("wall_seconds"),
            number("cpu_seconds"),
            number("fetch_peak"),
            number("peak_mb"),
        );
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
    if figures["cpu_seconds"].is_null() {
        figures["cpu_seconds"] = json!(used.cpu_seconds);
        figures["peak_mb"] = json!(used.peak_mb);
    }
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
    measured(&[kind, &sandbox.addresses.to_string()])
}

/// What this program prints when it is run again with these arguments.
fn measured(arguments: &[&str]) -> Json {
    let own = std::env::current_exe().expect("this program");
    let output = Command::new(own).args(arguments).stderr(Stdio::inherit()).output().expect("a measurement");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    serde_json::from_str(text.lines().last().unwrap_or_default())
        .unwrap_or_else(|_| panic!("{arguments:?}: {text}"))
}

/// What is measured, with its first and its last budget: a multiple of the bare pull's CPU.
const WHOLE: Budget = Budget { what: "whole path with upload", first: Some(40), last: Some(10) };
const FETCH: Budget = Budget { what: "fetch and stage", first: Some(10), last: Some(3) };
const PLAN: Budget = Budget { what: "import to plan", first: None, last: None };
const BARE: Budget = Budget { what: "bare pull", first: None, last: None };
/// Megabytes that the whole path may take, whatever the size of the book.
const PEAK_MB: u32 = 100;

struct Budget {
    what: &'static str,
    first: Option<u32>,
    last: Option<u32>,
}

fn table(arguments: &[String]) {
    let sizes: Vec<u32> = match arguments.iter().filter_map(|size| size.parse().ok()).collect::<Vec<u32>>() {
        // A hundred thousand clients take a quarter of an hour: only by name.
        sizes if sizes.is_empty() => vec![500, 10_000],
        sizes => sizes,
    };
    let mut profiles = Vec::new();
    println!(
        "| clients | what | wall s | CPU s | x bare CPU | budget | peak MB | budget | requests | rows |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    for clients in sizes {
        let sandbox = sandbox(clients);
        let bare = measure("bare", &sandbox);
        row(clients, &BARE, &bare, &bare);
        let import = measure("import", &sandbox);
        let part = |name: &str, rows: &Json| {
            json!({"wall_seconds": import[format!("{name}_wall")], "cpu_seconds": import[format!("{name}_cpu")],
                   "rows": rows})
        };
        row(clients, &FETCH, &part("fetch", &import["raw_rows"]), &bare);
        row(clients, &PLAN, &part("plan", &Json::Null), &bare);
        row(clients, &WHOLE, &import, &bare);
        profiles.push((clients, import));
    }
    for (clients, import) in profiles {
        profile(clients, &import);
    }
}

/// The steps and tables of one import.
fn profile(clients: u32, import: &Json) {
    println!("\n{clients} clients, by step:\n\n| step | CPU s | wall s | times |\n|---|---|---|---|");
    for (name, sum) in import["profile"]["steps"].as_object().into_iter().flatten() {
        let number = |index: usize| sum[index].as_f64().unwrap_or_default();
        if number(0) >= 0.005 {
            println!("| {} | {:.2} | {:.2} | {} |", &name[3..], number(0), number(1), number(2));
        }
    }
    println!("\n{clients} clients, highest resident set in each phase (MB):\n");
    let peaks: Vec<String> = import["profile"]["peaks"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|peak| {
            let name = peak[0].as_str().unwrap_or_default();
            format!("{name} {:.0}", peak[1].as_f64().unwrap_or_default())
        })
        .collect();
    println!("{}.", peaks.join(", "));
    println!(
        "\n{clients} clients, rows after the run ({:.0} MB):\n",
        import["file_mb"].as_f64().unwrap_or_default()
    );
    let tables: Vec<String> = import["tables"]
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(_, rows)| rows.as_u64() > Some(0))
        .map(|(name, rows)| format!("{name} {rows}"))
        .collect();
    println!("{}.", tables.join(", "));
}

fn row(clients: u32, budget: &Budget, figures: &Json, bare: &Json) {
    let number = |figures: &Json, name: &str| figures[name].as_f64();
    let show = |value: Option<f64>, digits: usize| {
        value.map_or_else(String::new, |value| format!("{value:.digits$}"))
    };
    let times = match (number(figures, "cpu_seconds"), number(bare, "cpu_seconds")) {
        (Some(own), Some(bare)) if bare > 0.0 => Some(own / bare),
        _ => None,
    };
    let allowed = match (budget.first, budget.last) {
        (Some(first), Some(last)) => format!("{first}, in the end {last}"),
        _ => String::new(),
    };
    let memory = if budget.what == WHOLE.what { PEAK_MB.to_string() } else { String::new() };
    println!(
        "| {clients} | {} | {} | {} | {} | {allowed} | {} | {memory} | {} | {} |",
        budget.what,
        show(number(figures, "wall_seconds"), 2),
        show(number(figures, "cpu_seconds"), 2),
        show(times, 1),
        show(number(figures, "peak_mb"), 0),
        show(number(figures, "requests"), 0),
        show(number(figures, "rows"), 0),
    );
}

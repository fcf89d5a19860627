//! `cargo xtask fuzz [MINUTES [TARGET...]]`: the fuzz targets of `tests/fuzz`, on the stable toolchain.
//!
//! libFuzzer needs the compiler's coverage counters and nothing that only a nightly has: the flags below are those of
//! `cargo fuzz --sanitizer none`. The targets are a workspace of their own, so that no check builds them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use crate::process::{cargo, exists, output, root, run_with};

/// Counters at each edge and comparison of the programs under test.
const FLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares -Cllvm-args=-simplifycfg-branch-fold-threshold=0 \
-Ccodegen-units=1 --cfg fuzzing";

/// A target and the longest input it is given.
const TARGETS: [(&str, u32); 14] = [
    ("csv", 8_192),
    ("text", 8_192),
    ("xlsx", 8_192),
    ("zip", 16_384),
    ("vcard", 8_192),
    ("cells", 1_024),
    ("paths", 1_024),
    ("definition", 8_192),
    ("html", 8_192),
    ("link", 1_024),
    ("pasted", 8_192),
    ("json", 8_192),
    ("calendar", 8_192),
    ("site", 8_192),
];
/// Targets that run at the same time.
const AT_ONCE: usize = 2;
/// Marks around the figures in `tests/fuzz/README.md`.
const MARKS: (&str, &str) = ("<!-- figures -->", "<!-- end of figures -->");

/// Builds the targets, runs each for this many minutes and writes the figures; those of targets that were not run stay.
pub fn fuzz(arguments: &[String]) -> Result<(), String> {
    let minutes: u64 = match arguments.first() {
        Some(text) => text.parse().map_err(|_| format!("{text} is no number of minutes"))?,
        None => 10,
    };
    let named = arguments.get(1..).unwrap_or_default();
    if let Some(unknown) = named.iter().find(|name| TARGETS.iter().all(|(target, _)| target != name)) {
        return Err(format!("{unknown} is no target"));
    }
    let wanted: Vec<(&str, u32)> = TARGETS
        .into_iter()
        .filter(|(target, _)| named.is_empty() || named.iter().any(|name| name == target))
        .collect();
    let host = host()?;
    let home = root().join("target/fuzz");
    let manifest = ["--manifest-path", "tests/fuzz/Cargo.toml"];
    let build =
        ["build", "--release", "--target", &host, "--target-dir", "target/fuzz", manifest[0], manifest[1]];
    run_with(&cargo(), &build, &[("RUSTFLAGS", FLAGS)])?;
    for (target, _) in &wanted {
        sow(target, &home.join("corpus").join(target))?;
    }
    let programs = home.join(&host).join("release");
    let mut rows: BTreeMap<String, String> = BTreeMap::new();
    let mut findings = Vec::new();
    for together in wanted.chunks(AT_ONCE) {
        let mut running = Vec::new();
        for (target, longest) in together {
            running.push((*target, Instant::now(), start(&programs, &home, target, *longest, minutes)?));
        }
        for (target, began, mut child) in running {
            child.wait().map_err(|error| format!("{target}: {error}"))?;
            let log =
                fs::read(home.join(format!("{target}.log"))).map_err(|error| format!("{target}: {error}"))?;
            let figures = Figures::of(&String::from_utf8_lossy(&log));
            let found = artifacts(&home.join("findings").join(target))?;
            let row = figures.row(target, began.elapsed().as_secs(), found.len());
            print!("{row}");
            rows.insert(target.to_owned(), row);
            findings.extend(found);
        }
    }
    write_figures(&rows)?;
    if findings.is_empty() {
        return Ok(());
    }
    let paths: Vec<String> = findings.iter().map(|path| path.display().to_string()).collect();
    Err(format!("{} findings, each an input that its target fails on:\n{}", paths.len(), paths.join("\n")))
}

/// The triple that programs are built for.
fn host() -> Result<String, String> {
    let told = output("rustc", &["-vV"])?;
    let line = told.lines().find_map(|line| line.strip_prefix("host: "));
    line.map(str::to_owned).ok_or_else(|| "rustc does not tell its host".to_owned())
}

/// What a target starts from: the awkward files of `tests/fixtures`, in the form that the target takes.
fn sow(target: &str, corpus: &Path) -> Result<(), String> {
    let fail = |error: std::io::Error| format!("{}: {error}", corpus.display());
    fs::create_dir_all(corpus).map_err(fail)?;
    let mut seeds: Vec<Vec<u8>> = Vec::new();
    for path in files(&root().join("tests/fixtures/files"))? {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let bytes = fs::read(&path).map_err(fail)?;
        let ending = name.rsplit('.').next().unwrap_or_default();
        let without_first_line =
            || bytes.iter().position(|byte| *byte == b'\n').map_or(&[][..], |at| &bytes[at + 1..]);
        match (target, ending) {
            _ if bytes.len() > 100_000 => {}
            ("html", "html" | "htm" | "xls") => seeds.push(bytes),
            ("csv", "csv" | "txt" | "xls") => seeds.push(bytes),
            ("text", "csv" | "txt" | "vcf" | "ics") => seeds.push([b"\x07", &bytes[..]].concat()),
            ("zip", "zip" | "xlsx" | "ods" | "docx" | "numbers") => seeds.push(bytes),
            ("vcard", "vcf") => seeds.push([b"\x00", without_first_line()].concat()),
            ("calendar", "ics") => seeds.push(bytes),
            ("vcard", "ics") => seeds.push([b"\x01", without_first_line()].concat()),
            _ => {}
        }
    }
    if target == "cells" {
        for kind in ["phone", "email", "date", "name", "money"] {
            for path in files(&root().join("tests/fixtures/try").join(kind))? {
                let text = fs::read_to_string(&path).map_err(fail)?;
                let cells: Vec<&str> =
                    text.lines().skip(1).filter_map(|line| line.split('\t').next()).collect();
                seeds.extend(cells.chunks(20).map(|cells| cells.join("\n").into_bytes()));
            }
        }
    }
    if target == "definition" {
        for path in files(&root().join("src-tauri/crates/connectors/definitions"))? {
            if path.extension().is_some_and(|ending| ending == "toml") {
                seeds.push(fs::read(&path).map_err(fail)?);
            }
        }
    }
    if target == "link" {
        let links = [
            "wedsync://oauth/callback?code=a&state=b",
            "code=a&state=b",
            "error=access_denied&state=b&issuer=c",
        ];
        seeds.extend(links.map(|link| link.as_bytes().to_vec()));
    }
    if target == "paths" {
        let paths = ["jobs.0.event_date", "people[*].email", "a.\"b c\".d\n{\"a\":{\"b c\":{\"d\":1}}}"];
        seeds.extend(paths.map(|path| path.as_bytes().to_vec()));
    }
    let own = root().join("tests/fuzz/seeds").join(target);
    if own.is_dir() {
        for path in files(&own)? {
            seeds.push(fs::read(&path).map_err(fail)?);
        }
    }
    for (at, seed) in seeds.iter().enumerate() {
        fs::write(corpus.join(format!("seed-{at:03}")), seed).map_err(fail)?;
    }
    Ok(())
}

fn files(directory: &Path) -> Result<Vec<PathBuf>, String> {
    let fail = |error: std::io::Error| format!("{}: {error}", directory.display());
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).map_err(fail)? {
        let path = entry.map_err(fail)?.path();
        if path.is_file() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn start(programs: &Path, home: &Path, target: &str, longest: u32, minutes: u64) -> Result<Child, String> {
    let fail = |error: std::io::Error| format!("{target}: {error}");
    let findings = home.join("findings").join(target);
    fs::create_dir_all(&findings).map_err(fail)?;
    let log = fs::File::create(home.join(format!("{target}.log"))).map_err(fail)?;
    let program = programs.join(target);
    let mut command = if exists("nice") {
        let mut nice = Command::new("nice");
        nice.args(["-n", "10"]).arg(program);
        nice
    } else {
        Command::new(program)
    };
    println!("--- {target}: {minutes} min");
    command
        .arg(home.join("corpus").join(target))
        .arg(format!("-max_total_time={}", minutes * 60))
        .arg(format!("-max_len={longest}"))
        .args(["-timeout=60", "-rss_limit_mb=1024", "-print_final_stats=1"])
        .arg(format!("-artifact_prefix={}/", findings.display()))
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .map_err(fail)
}

/// The inputs that a target failed on. A `slow-unit-` only took long, which on a busy machine says nothing.
fn artifacts(findings: &Path) -> Result<Vec<PathBuf>, String> {
    let mut found = if findings.is_dir() { files(findings)? } else { Vec::new() };
    found
        .retain(|path| path.file_name().is_none_or(|name| !name.to_string_lossy().starts_with("slow-unit-")));
    Ok(found)
}

/// What a run of libFuzzer tells at its end.
#[derive(Debug, Default, PartialEq, Eq)]
struct Figures {
    executions: u64,
    edges: u64,
    kept: u64,
}

impl Figures {
    fn of(log: &str) -> Figures {
        let mut figures = Figures::default();
        let number = |text: &str| text.split('/').next().and_then(|text| text.parse().ok()).unwrap_or(0);
        for line in log.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            let named: BTreeMap<&str, &str> =
                words.windows(2).filter_map(|pair| Some((pair[0].strip_suffix(':')?, pair[1]))).collect();
            if let Some(executions) = named.get("stat::number_of_executed_units") {
                figures.executions = number(executions);
            }
            if let (Some(edges), Some(kept)) = (named.get("cov"), named.get("corp")) {
                (figures.edges, figures.kept) = (number(edges), number(kept));
            }
        }
        figures
    }

    fn row(&self, target: &str, seconds: u64, findings: usize) -> String {
        format!(
            "| {target} | {} | {} | {} | {} | {} | {findings} |\n",
            seconds / 60,
            self.executions,
            self.executions / seconds.max(1),
            self.edges,
            self.kept
        )
    }
}

fn write_figures(rows: &BTreeMap<String, String>) -> Result<(), String> {
    let path = root().join("tests/fuzz/README.md");
    let fail = |error: std::io::Error| format!("{}: {error}", path.display());
    let text = fs::read_to_string(&path).map_err(fail)?;
    let parts = text.split_once(MARKS.0).and_then(|(before, rest)| {
        let (held, after) = rest.split_once(MARKS.1)?;
        Some((before, held, after))
    });
    let Some((before, held, after)) = parts else {
        return Err(format!("{}: the marks around the figures are gone", path.display()));
    };
    let mut table = String::from(
        "| target | minutes | executions | a second | edges seen | inputs kept | findings |\n|---|---|---|---|---|---|---|\n",
    );
    for (target, _) in TARGETS {
        match rows.get(target) {
            Some(row) => table.push_str(row),
            None => held
                .lines()
                .filter(|line| line.starts_with(&format!("| {target} |")))
                .for_each(|line| table.push_str(&format!("{line}\n"))),
        }
    }
    fs::write(&path, format!("{before}{}\n{table}{}{after}", MARKS.0, MARKS.1)).map_err(fail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_those_of_the_last_lines() {
        let log = "#2\tINITED cov: 12 ft: 13 corp: 1/1b exec/s: 0 rss: 30Mb\n\
            #900\tNEW    cov: 40 ft: 60 corp: 7/300b lim: 4 exec/s: 90 rss: 31Mb\n\
            stat::number_of_executed_units: 1234\n";
        assert_eq!(
            Figures::of(log),
            Figures { executions: 1_234, edges: 40, kept: 7 },
            "libFuzzer's own words"
        );
        assert_eq!(Figures::of(""), Figures::default(), "a run that said nothing");
    }
}

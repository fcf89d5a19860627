//! The interface: its checks, its build, and the stories in a browser.

use std::path::Path;
use std::time::SystemTime;

use crate::lints::Linted;
use crate::process::{exists, root, run};
use crate::{app, requirements};

const NPM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };

/// Lints, types, unit tests and the build, in the order that fails fastest.
pub fn check() -> Result<(), String> {
    install("ui")?;
    for script in ["lint", "typecheck", "test", "build"] {
        run(NPM, &["--prefix", "ui", "run", "--silent", script])?;
    }
    Ok(())
}

/// The interface alone, without its checks.
pub fn build() -> Result<(), String> {
    install("ui")?;
    run(NPM, &["--prefix", "ui", "run", "--silent", "build"])
}

/// The stories of tests/e2e in Chromium on `hub serve`, against the sandbox. Needs the built interface.
pub fn stories(linted: &Linted) -> Result<(), String> {
    install("tests/e2e")?;
    app::programs(linted)?;
    // Most of a story is waiting for a page to come to rest: two at a time do not disturb each other.
    tell("stories", 2, 900)
}

/// Runs the stories of a folder of tests/e2e, so many files at once; each file ends after so many seconds. What passed is
/// written down for the requirements.
pub fn tell(folder: &str, at_once: u32, seconds: u32) -> Result<(), String> {
    let place = root().join("tests/e2e").join(folder);
    // The pattern is expanded here: Node takes patterns only from version 21 on.
    let listed = std::fs::read_dir(&place).map_err(|error| format!("{}: {error}", place.display()))?;
    let mut names: Vec<String> = listed
        .filter_map(Result::ok)
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".test.mjs"))
        .map(|name| format!("tests/e2e/{folder}/{name}"))
        .collect();
    names.sort();
    let report = requirements::report_of(folder);
    let reports = report.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(reports).map_err(|error| format!("{}: {error}", reports.display()))?;
    let timeout = format!("--test-timeout={}", seconds * 1000);
    let destination = format!("--test-reporter-destination={}", report.display());
    let at_once = format!("--test-concurrency={at_once}");
    let mut words = vec!["--test", &at_once, &timeout, "--test-reporter=spec"];
    words.extend(["--test-reporter-destination=stdout", "--test-reporter=junit", &destination]);
    words.extend(names.iter().map(String::as_str));
    run("node", &words)
}

/// Exactly what the lock file says; nothing to do when that is what stands there.
pub fn install(folder: &str) -> Result<(), String> {
    if !exists("node") {
        return Err("node is missing: install Node.js 20.19 or newer".to_owned());
    }
    let folder_path = root().join(folder);
    let locked = changed(&folder_path.join("package-lock.json"));
    let installed = changed(&folder_path.join("node_modules/.package-lock.json"));
    if installed.is_some() && installed >= locked {
        return Ok(());
    }
    run(NPM, &["--prefix", folder, "ci", "--no-audit", "--no-fund", "--loglevel=error"])
}

fn changed(file: &Path) -> Option<SystemTime> {
    file.metadata().and_then(|about| about.modified()).ok()
}

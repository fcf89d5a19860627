//! The interface: its checks, its build, and the stories in a browser.

use std::path::Path;
use std::time::SystemTime;

use crate::app;
use crate::process::{exists, root, run};

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
pub fn stories() -> Result<(), String> {
    install("tests/e2e")?;
    app::programs()?;
    run(NPM, &["--prefix", "tests/e2e", "run", "--silent", "test"])
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

//! The desktop app: built as it ships, kept where no later build replaces it, and driven by its tests.

use std::path::PathBuf;

use crate::lints::Linted;
use crate::process::{cargo, root, run, run_with};
use crate::ui;

/// The app's tests: the real program under WebDriver on a virtual display. Needs the built interface.
pub fn stories(linted: &Linted) -> Result<(), String> {
    if !cfg!(target_os = "linux") {
        println!("--- app: its stories were not run, they need WebKitWebDriver and Xvfb");
        return Ok(());
    }
    programs(linted)?;
    copy()?;
    ui::install("tests/e2e")?;
    ui::tell("app", 1, 900)
}

/// Builds what the stories drive: the app, `hub` and the sandbox, without the features that only tests have.
///
/// The selection is that of the tests but for `hub-scenarios`, which turns the windows of the kill test on. A narrower one
/// would give other features to packages far below, and cargo would compile nearly everything once more.
pub fn programs(linted: &Linted) -> Result<(), String> {
    let arguments = ["build", "--quiet", "--workspace", "--exclude", "hub-scenarios", "--all-targets"];
    run_with(&cargo(), &arguments, &linted.environment())
}

/// Builds the app with the interface in it; where it stands.
pub fn build() -> Result<PathBuf, String> {
    ui::build()?;
    run(&cargo(), &["build", "--quiet", "--package", "wedsync-hub"])?;
    copy()
}

fn copy() -> Result<PathBuf, String> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    let name = format!("wedsync-hub{}", std::env::consts::EXE_SUFFIX);
    let (folder, built) = (target.join("e2e"), target.join("debug").join(&name));
    let failed = |error: std::io::Error| format!("{}: {error}", built.display());
    std::fs::create_dir_all(&folder).map_err(failed)?;
    std::fs::copy(&built, folder.join(&name)).map_err(failed)?;
    Ok(folder.join(name))
}

//! `cargo xtask`: everything a developer or a check runs, on a machine that has Rust and Node and nothing else.

mod app;
mod fuzz;
mod lints;
mod process;
mod requirements;
mod setup;
mod story;
mod tests;
mod tidy;
mod ui;
mod walls;

use std::process::ExitCode;

const USAGE: &str = "cargo xtask <command>
  setup             install the system packages that building and testing need
  demo [--clients N] start the sandbox, run the first import on the demo profile, and open the app on it
  app               build the app with the interface in it
  test              formatting, lints, walls and every test
  ci                what decides whether a change lands (the same as test)
  ui                the interface alone: lints, types, unit tests, build
  e2e               the stories in a browser and in the app, on what `ui` built
  bench             benches with a table of figures beside their budgets
  kills             every kill of the table of kills, which it writes (tests/scenarios/KILLS.md)
  fuzz [MINUTES [TARGET...]]
                    every fuzz target, or those, for so long, and its figures (tests/fuzz/README.md)
  check-platforms   type-check for Windows and macOS where their targets are installed
  walls             only the wall and tidiness checks";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match arguments.first().map(String::as_str) {
        Some("setup") => setup::setup(),
        Some("demo") => story::demo(&arguments[1..]),
        Some("test" | "ci") => tests::all(),
        Some("ui") => ui::check(),
        Some("e2e") => e2e(),
        Some("app") => app::build().map(|app| println!("{}", app.display())),
        Some("bench") => story::bench(&arguments[1..]),
        Some("kills") => story::kills(),
        Some("fuzz") => fuzz::fuzz(&arguments[1..]),
        Some("check-platforms") => tests::platforms(),
        Some("walls") => tests::walls_and_tidiness(),
        _ => Err(USAGE.to_owned()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("{reason}");
            ExitCode::FAILURE
        }
    }
}

/// The stories alone, on programs that are built as by hand.
fn e2e() -> Result<(), String> {
    setup::setup()?;
    let linted = lints::Linted::not();
    ui::stories(&linted)?;
    app::stories(&linted)
}

//! The demo and the benches: both start the sandbox as its own process and drive `hub` like a person would.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use serde_json::Value as Json;

use crate::process::{cargo, root, run};
use crate::{app, setup};

/// A running sandbox; ends with this value.
struct Sandbox {
    child: Child,
    addresses: Json,
}

impl Sandbox {
    fn start(profile: &str, arguments: &[&str]) -> Result<Sandbox, String> {
        let mut child = Command::new(binary(profile, "hub-sandbox"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("the sandbox did not start: {error}"))?;
        let stdout = child.stdout.take().ok_or("the sandbox has no output")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).map_err(|error| error.to_string())?;
        let addresses =
            serde_json::from_str(&line).map_err(|error| format!("the sandbox said {line:?}: {error}"))?;
        Ok(Sandbox { child, addresses })
    }

    fn address(&self, name: &str) -> Result<&str, String> {
        self.addresses.get(name).and_then(Json::as_str).ok_or_else(|| format!("the sandbox has no {name}"))
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // Ending twice is no fault.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn binary(profile: &str, name: &str) -> std::path::PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), Into::into);
    target.join(profile).join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

/// Sarah's story on the demo profile, through the commands a person uses; then the app to look around in, where there
/// is a display.
pub fn demo(arguments: &[String]) -> Result<(), String> {
    setup::setup()?;
    run(&cargo(), &["build", "--quiet", "--package", "hub-sandbox", "--package", "hub-cli"])?;
    let clients = option(arguments, "--clients").unwrap_or_else(|| "214".to_owned());
    let sandbox = Sandbox::start("debug", &["--clients", &clients, "--seed", "7"])?;
    let directory = root().join(".demo");
    if directory.exists() {
        std::fs::remove_dir_all(&directory).map_err(|error| format!("the old demo profile: {error}"))?;
    }
    let mut hub = Command::new(binary("debug", "hub"))
        .args(["--profile-dir".as_ref(), directory.as_os_str()])
        .args(["demo", "--cloud-url", sandbox.address("wedsync")?, "--crm-url", sandbox.address("vsco")?])
        .arg("--crm-key-stdin")
        .stdin(Stdio::piped())
        .spawn()
        .map_err(|error| format!("hub did not start: {error}"))?;
    let mut stdin = hub.stdin.take().ok_or("hub takes no input")?;
    // A key never stands on a command line, the sandbox's neither.
    writeln!(stdin, "{}", sandbox.address("api_key")?).map_err(|error| error.to_string())?;
    drop(stdin);
    let status = hub.wait().map_err(|error| format!("hub did not end: {error}"))?;
    if !status.success() {
        return Err("the demo did not end well".to_owned());
    }
    let on_profile = ["--profile-dir".as_ref(), directory.as_os_str()];
    if !has_display() {
        println!("--- no display, so the app is not opened; to look around in a browser:");
        println!("    cargo xtask ui && {} --profile-dir .demo serve", binary("debug", "hub").display());
        return Ok(());
    }
    // The sandbox stays until the app is quit: there is a CRM to import from again and a cloud to undo at.
    let app = app::build()?;
    println!("--- the app is open; quit it from its tray to end the demo");
    let status = Command::new(app).args(on_profile).status().map_err(|error| format!("the app: {error}"))?;
    if status.success() { Ok(()) } else { Err("the app did not end well".to_owned()) }
}

/// Whether there is something to draw on; only on Linux can there be nothing.
fn has_display() -> bool {
    !cfg!(target_os = "linux")
        || ["DISPLAY", "WAYLAND_DISPLAY"]
            .iter()
            .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

/// Benches, in release builds.
pub fn bench(arguments: &[String]) -> Result<(), String> {
    setup::setup()?;
    // The sandbox is a process of its own, so that its processor time and memory are not ours.
    run(&cargo(), &["build", "--release", "--quiet", "--package", "hub-bench", "--package", "hub-sandbox"])?;
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    run(&binary("release", "hub-bench").to_string_lossy(), &words)
}

/// The whole table of kills: `hub` ended in every window and at random times.
pub fn kills() -> Result<(), String> {
    setup::setup()?;
    run(&cargo(), &["build", "--quiet", "--workspace", "--bins"])?;
    run(&binary("debug", "hub-kills").to_string_lossy(), &[])
}

fn option(arguments: &[String], name: &str) -> Option<String> {
    arguments.iter().position(|argument| argument == name).and_then(|index| arguments.get(index + 1)).cloned()
}

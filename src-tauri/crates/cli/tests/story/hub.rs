//! Running `hub`, and being its user's browser.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use hub_sandbox::wedsync::{AccountSeed, Config};
use hub_sandbox::{SandboxConfig, World, book::BookSpec};
use hub_testkit::browser;
use serde_json::Value as Json;
use tempfile::TempDir;

/// A world and a profile in it.
pub(crate) struct Desk {
    pub(crate) world: World,
    directory: TempDir,
}

/// How a line ended.
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ended {
    /// The last line of the output as JSON.
    pub(crate) fn last(&self) -> Json {
        let line = self.out.lines().last().unwrap_or_default();
        serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {} / {}", self.out, self.err))
    }

    pub(crate) fn done(self) -> Ended {
        assert_eq!(self.code, 0, "{} / {}", self.out, self.err);
        self
    }
}

/// A process that is still running.
pub(crate) struct Running {
    child: Child,
    pub(crate) stdin: Option<ChildStdin>,
    out: BufReader<ChildStdout>,
}

impl Running {
    /// The next line it prints.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.out.read_line(&mut line).expect("it prints text");
        line.trim_end().to_owned()
    }

    pub(crate) fn end(mut self) -> Ended {
        drop(self.stdin.take());
        let (mut out, mut err) = (String::new(), String::new());
        self.out.read_to_string(&mut out).expect("text");
        self.child.stderr.take().expect("piped").read_to_string(&mut err).expect("text");
        Ended { code: self.child.wait().expect("it ends").code().unwrap_or(-1), out, err }
    }

    /// Kills it, as a crash would.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it ends");
    }
}

impl Desk {
    pub(crate) fn new(clients: u32) -> Desk {
        let world = World::start(SandboxConfig::new(BookSpec::new(7, clients)), Config::default());
        Desk {
            world: world.expect("the sandbox starts"),
            directory: tempfile::tempdir().expect("a directory"),
        }
    }

    pub(crate) fn profile(&self) -> PathBuf {
        self.directory.path().join("profile")
    }

    pub(crate) fn start(&self, arguments: &[&str]) -> Running {
        let mut child = Command::new(env!("CARGO_BIN_EXE_hub"))
            .arg("--profile-dir")
            .arg(self.profile())
            .args([
                "--profile-kind",
                "test",
                "--cloud-url",
                self.world.wedsync.base_url(),
                "--locale",
                "en-GB",
                "--json",
            ])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("hub starts");
        let out = BufReader::new(child.stdout.take().expect("piped"));
        Running { stdin: child.stdin.take(), out, child }
    }

    /// Runs a line to its end with this input.
    pub(crate) fn feed(&self, arguments: &[&str], input: &str) -> Ended {
        let mut running = self.start(arguments);
        let mut stdin = running.stdin.take().expect("piped");
        // One that ended without reading is judged by its code.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        running.end()
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        self.feed(arguments, "")
    }

    /// Signs in through the loopback listener.
    pub(crate) fn sign_in(&self) {
        let mut login = self.start(&["login", "--no-browser"]);
        let begun: Json = serde_json::from_str(&login.line()).expect("the address comes first");
        let back = fill_form(begun["url"].as_str().expect("an address"));
        assert!(back.starts_with("http://127.0.0.1:"), "back to this computer: {back}");
        get(&back);
        login.end().done();
    }

    /// Signed in and connected, with the whole book chosen.
    pub(crate) fn connected(clients: u32) -> Desk {
        let desk = Desk::new(clients);
        desk.sign_in();
        let url = desk.world.crm.vsco_base_url();
        let key = format!("{}\n", desk.world.crm.api_key());
        let made =
            desk.feed(&["connect", "tave", "--name", "Tave", "--base-url", &url, "--key-stdin"], &key).done();
        assert!(!made.out.contains(desk.world.crm.api_key()), "the key does not come back");
        desk.run(&["answer", "money_unit=minor"]).done();
        desk.run(&["scope", "--agree", "--hidden"]).done();
        desk
    }
}

/// Types the login into the form; returns where the browser is sent.
pub(crate) fn fill_form(authorize: &str) -> String {
    let seed = AccountSeed::demo();
    browser::fill_form(authorize, &seed.login, &seed.password)
}

/// Fetches a page.
pub(crate) fn get(url: &str) -> String {
    browser::get(url).body
}

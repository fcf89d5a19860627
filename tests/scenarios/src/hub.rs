//! `hub` as a child process: typing lines, reading what it prints, and being its user's browser.
//!
//! Only what a person or a script could do stands here. Nothing looks into the engine or the store of a running process;
//! what is read from a profile is read after its process has ended.

pub mod kills;
pub mod peek;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};

use hub_sandbox::wedsync::AccountSeed;
use hub_sandbox::{CrmLogin, World};
use hub_testkit::browser;
use serde_json::Value as Json;

/// One profile of the kind `test`, and the program that is run on it.
#[derive(Debug, Clone)]
pub struct Hub {
    program: PathBuf,
    profile: PathBuf,
    cloud_url: String,
    /// What stands before each line's own arguments, beside the profile.
    pub options: Vec<String>,
    /// First line of each process's input: the passphrase, where one is used.
    pub first_line: Option<String>,
    /// Environment of each process, beside what this one has.
    pub environ: Vec<(String, PathBuf)>,
    /// Working directory of each process.
    pub home: Option<PathBuf>,
}

/// How a line ended.
#[derive(Debug)]
pub struct Ended {
    /// How the process ended; no code when it was killed.
    pub status: ExitStatus,
    /// What it printed.
    pub out: String,
    /// What it said beside that.
    pub err: String,
}

impl Ended {
    /// The exit code; -1 when it was killed.
    pub fn code(&self) -> i32 {
        self.status.code().unwrap_or(-1)
    }

    /// Whether something killed it.
    pub fn was_killed(&self) -> bool {
        self.status.code().is_none()
    }

    /// All lines of the output as JSON.
    pub fn lines(&self) -> Vec<Json> {
        let read = |line| serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}"));
        self.out.lines().map(read).collect()
    }

    /// The last line of the output as JSON.
    pub fn last(&self) -> Json {
        self.lines().pop().unwrap_or_else(|| panic!("it printed nothing: {}", self.err))
    }

    /// It ended with code 0.
    pub fn done(self) -> Ended {
        assert_eq!(self.code(), 0, "{} / {}", self.out, self.err);
        self
    }
}

/// A process that is still running.
#[derive(Debug)]
pub struct Running {
    child: Child,
    stdin: Option<ChildStdin>,
    out: BufReader<ChildStdout>,
}

impl Running {
    /// Its number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Types something.
    pub fn enter(&mut self, text: &str) {
        // One that ended without reading is judged by its code.
        let _ = self.stdin.as_mut().expect("it takes input").write_all(text.as_bytes());
    }

    /// The next line it prints.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.out.read_line(&mut line).expect("it prints text");
        line.trim_end().to_owned()
    }

    /// Waits for its end; there is nothing more to type.
    pub fn end(mut self) -> Ended {
        drop(self.stdin.take());
        let (mut out, mut err) = (String::new(), String::new());
        self.out.read_to_string(&mut out).expect("text");
        self.child.stderr.take().expect("piped").read_to_string(&mut err).expect("text");
        Ended { status: self.child.wait().expect("it ends"), out, err }
    }

    /// Whether it has ended.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("it is a child of ours").is_some()
    }

    /// Kills it, as a crash would.
    pub fn kill(mut self) -> Ended {
        self.child.kill().expect("it can be killed");
        self.end()
    }
}

impl Hub {
    /// A profile in this directory, of the world's cloud.
    pub fn new(program: &Path, profile: &Path, world: &World) -> Hub {
        Hub {
            program: program.to_owned(),
            profile: profile.to_owned(),
            cloud_url: world.wedsync.base_url().to_owned(),
            options: Vec::new(),
            first_line: None,
            environ: Vec::new(),
            home: None,
        }
    }

    /// The profile's directory.
    pub fn profile(&self) -> &Path {
        &self.profile
    }

    /// The same profile with more options before each line.
    pub fn with(&self, options: &[&str]) -> Hub {
        let mut hub = self.clone();
        hub.options.extend(options.iter().map(ToString::to_string));
        hub
    }

    /// Starts a line.
    pub fn start(&self, arguments: &[&str]) -> Running {
        let mut command = Command::new(&self.program);
        command
            .arg("--profile-dir")
            .arg(&self.profile)
            .args(["--profile-kind", "test", "--cloud-url", &self.cloud_url, "--locale", "en-GB", "--json"])
            .args(&self.options)
            .args(arguments)
            .envs(self.environ.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Some(home) = &self.home {
            command.current_dir(home);
        }
        let mut child = command.spawn().expect("hub starts");
        let out = BufReader::new(child.stdout.take().expect("piped"));
        let mut running = Running { stdin: child.stdin.take(), out, child };
        if let Some(line) = &self.first_line {
            running.enter(&format!("{line}\n"));
        }
        running
    }

    /// Runs a line to its end with this input.
    pub fn feed(&self, arguments: &[&str], input: &str) -> Ended {
        let mut running = self.start(arguments);
        running.enter(input);
        running.end()
    }

    /// Runs a line to its end.
    pub fn run(&self, arguments: &[&str]) -> Ended {
        self.feed(arguments, "")
    }

    /// Signs in through the loopback listener.
    pub fn sign_in(&self) -> Json {
        let mut login = self.start(&["login", "--no-browser"]);
        let back = sign_in_form(&url_of(&login.line()));
        assert!(back.starts_with("http://127.0.0.1:"), "back to this computer: {back}");
        browser::get(&back);
        login.end().done().last()
    }

    /// Signs in with the short code of the return page, typed the way people type.
    pub fn sign_in_by_short_code(&self) -> Json {
        let mut login = self.start(&["login", "--route", "code", "--no-browser"]);
        let page = browser::get(&sign_in_form(&url_of(&login.line()))).body;
        login.enter(&short_code_of(&page));
        login.end().done().last()
    }

    /// Connects HoneyBook: signs in there, and types the short code of WedSync's return page. `again` is the name of a
    /// connection that signs in once more.
    pub fn connect_honeybook(&self, world: &World, login: &CrmLogin, again: Option<&str>) -> Ended {
        self.connect_by_page("honeybook", &world.crm.honeybook().base_url(), login, again)
    }

    /// The same of any CRM that comes back to WedSync's return page.
    pub fn connect_by_page(&self, provider: &str, url: &str, login: &CrmLogin, again: Option<&str>) -> Ended {
        let mut line = vec!["connect", provider, "--code", "--no-browser"];
        match again {
            Some(name) => line.extend(["--replace-key", name]),
            None => line.extend(["--base-url", url]),
        }
        let mut connect = self.start(&line);
        let back = browser::fill_form(&url_of(&connect.line()), &login.login, &login.password);
        connect.enter(&short_code_of(&browser::get(&back).body));
        connect.end()
    }

    /// Connects Google Contacts: signs in there, and comes back to this computer. `again` is the name of a connection that
    /// signs in once more.
    pub fn connect_google(&self, world: &World, login: &CrmLogin, again: Option<&str>) -> Ended {
        self.connect_by_loopback("google_contacts", &world.crm.google().people_url(), login, again)
    }

    /// The same of Google Calendar.
    pub fn connect_google_calendar(&self, world: &World, login: &CrmLogin, again: Option<&str>) -> Ended {
        self.connect_by_loopback("google_calendar", &world.crm.google().calendar_url(), login, again)
    }

    /// The same of any CRM that comes back to this computer.
    fn connect_by_loopback(&self, provider: &str, url: &str, login: &CrmLogin, again: Option<&str>) -> Ended {
        let mut line = vec!["connect", provider, "--no-browser"];
        match again {
            Some(name) => line.extend(["--replace-key", name]),
            None => line.extend(["--base-url", url]),
        }
        let mut connect = self.start(&line);
        let back = browser::fill_form(&url_of(&connect.line()), &login.login, &login.password);
        assert!(back.starts_with("http://127.0.0.1:"), "back to this computer: {back}");
        browser::get(&back);
        connect.end()
    }

    /// Connects the world's CRM, with its key on standard input.
    pub fn connect(&self, world: &World) -> Json {
        let (url, key) = (world.crm.vsco_base_url(), format!("{}\n", world.crm.api_key()));
        let line = ["connect", "tave", "--name", "Tave", "--base-url", &url, "--key-stdin"];
        self.feed(&line, &key).done().last()
    }

    /// Agrees to bring everything, and says in which unit the CRM counts money.
    pub fn choose_everything(&self) {
        self.run(&["answer", "money_unit=minor"]).done();
        self.run(&["scope", "--agree", "--hidden"]).done();
    }

    /// Rows of the review of a kind that wait for a decision.
    pub fn waiting(&self, kind: &str) -> Vec<String> {
        let line = ["review", "list", "--kind", kind, "--state", "pending", "--limit", "500"];
        rows_of(&self.run(&line).done().last()).iter().map(|row| row["seq"].to_string()).collect()
    }

    /// All rows of the review.
    pub fn rows(&self) -> Vec<Json> {
        let listed = self.run(&["review", "list", "--limit", "500"]).done().last();
        let rows = rows_of(&listed);
        assert_eq!(listed["total"].as_u64(), Some(rows.len() as u64), "all on one page");
        rows
    }

    /// Decides everything that waits in the obvious way: without the missing value, and the one candidate.
    pub fn decide_everything(&self) {
        let problems = self.waiting("problem");
        if !problems.is_empty() {
            let mut line = vec!["review", "fix", "--without"];
            line.extend(problems.iter().map(String::as_str));
            self.run(&line).done();
        }
        for row in self.waiting("duplicate") {
            self.run(&["review", "link", &row]).done();
        }
    }
}

/// Signs the demo supplier in at the form of this address; where the browser is sent from there.
pub fn sign_in_form(authorize: &str) -> String {
    let seed = AccountSeed::demo();
    browser::fill_form(authorize, &seed.login, &seed.password)
}

/// The short code of a return page, typed the way people type.
fn short_code_of(page: &str) -> String {
    let code = page.split("id=\"short-code\">").nth(1).and_then(|rest| rest.split('<').next());
    let code = code.expect("the page shows a code");
    format!("{} {}\n", code[..4].to_lowercase(), &code[4..])
}

/// The address that a line of a sign-in says.
pub fn url_of(line: &str) -> String {
    let begun: Json = serde_json::from_str(line).expect("the address comes first");
    begun["url"].as_str().expect("an address").to_owned()
}

fn rows_of(listed: &Json) -> Vec<Json> {
    listed["rows"].as_array().expect("rows").clone()
}

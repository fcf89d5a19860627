//! Running `hub`, and being its user's browser.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use hub_sandbox::wedsync::{AccountSeed, Config};
use hub_sandbox::{SandboxConfig, World, book::BookSpec};
use serde_json::Value as Json;
use tempfile::TempDir;
use url::Url;

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
    let url = Url::parse(authorize).expect("an address");
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(url.query_pairs());
    form.append_pair("login", &seed.login).append_pair("password", &seed.password);
    let mut action = url.clone();
    action.set_query(None);
    let body = form.finish();
    let reply =
        request("POST", action.as_str(), &[("content-type", "application/x-www-form-urlencoded")], &body);
    reply.headers["location"].clone()
}

/// Fetches a page.
pub(crate) fn get(url: &str) -> String {
    request("GET", url, &[], "").body
}

pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: std::collections::BTreeMap<String, String>,
    pub(crate) body: String,
}

/// One HTTP/1.1 request, written by hand: tests have to send what no client library would.
pub(crate) fn request(method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> Reply {
    let url = Url::parse(url).expect("an address");
    let authority = format!("{}:{}", url.host_str().expect("a host"), url.port().expect("a port"));
    let mut stream = std::net::TcpStream::connect(&authority).expect("it listens");
    let target = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    let mut text = format!("{method} {target} HTTP/1.1\r\n");
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        text.push_str(&format!("Host: {authority}\r\n"));
    }
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str(&format!("Content-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len()));
    stream.write_all(text.as_bytes()).expect("sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer");
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|code| code.parse().ok());
    let headers = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    Reply { status: status.expect("a status"), headers, body: body.to_owned() }
}

//! No secret leaves `hub` (SYNC-LAW 42, issue 2, 7.4): its processes tell the whole story on a profile with a
//! passphrase, one of them as owner that serves a page and a guest, and everything they leave, print, log and say to
//! each other is searched.
//!
//! Where a secret has to be: the one request that saves the key, the address that the browser of whoever signs in is
//! given, and the requests that trade a code and a token, which travel to WedSync alone.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hub_core::ports::{JobStore as _, RequestBudget as _};
use hub_sandbox::KeyState;
use hub_scenarios::PASSPHRASE;
use hub_scenarios::canary::{Encoding, Finding, Needle, Place};
use hub_scenarios::hub::{Ended, Hub, Running, peek, sign_in_form};
use hub_testkit::browser;
use serde_json::{Value as Json, json};
use url::Url;

use crate::canary::{CLIENTS, Dressed, Evidence, FEW_CLIENTS, Scene};
use crate::hub_story::PROGRAM;

/// The one command whose request holds the CRM's key.
const SAVES_THE_KEY: &str = "connection.create";

/// What is put where it must not be, so that the search shows that it would see it.
#[derive(Default)]
struct Planted {
    /// The connection's name: it comes to arguments, table, both ways of rpc and output by itself.
    name: Option<String>,
    environ: Vec<(String, PathBuf)>,
    /// Text of an event of the import.
    event: Option<String>,
}

/// What the system knows of a process. A child that was just started has neither arguments nor environment yet: its
/// program is still being loaded when the parent goes on. One that has ended has none any more.
fn of_process(id: u32, name: &str) -> Vec<u8> {
    let read = |name: &str| std::fs::read(format!("/proc/{id}/{name}")).expect("of a child of ours");
    let ended = || String::from_utf8_lossy(&read("stat")).contains(") Z ");
    loop {
        let text = read(name);
        if !text.is_empty() || ended() {
            return text;
        }
        std::thread::yield_now();
    }
}

struct Watcher<'a> {
    scene: &'a Scene,
    evidence: Evidence,
}

impl Watcher<'_> {
    /// Runs a line, looks at its process while it lives, and keeps what it prints.
    fn run(&mut self, hub: &Hub, line: &[&str], input: &str) -> Ended {
        let mut running = self.start(hub, line);
        running.enter(input);
        let ended = running.end();
        for text in [&ended.out, &ended.err] {
            self.evidence.seen.insert((Place::Said, text.clone().into_bytes()));
        }
        self.scene.look_at_files(&mut self.evidence);
        ended
    }

    fn start(&mut self, hub: &Hub, line: &[&str]) -> Running {
        let running = hub.start(line);
        for (name, place) in [("cmdline", Place::Argv), ("environ", Place::Environ)] {
            self.evidence.seen.insert((place, of_process(running.id(), name)));
        }
        running
    }

    fn secret(&mut self, name: &str, secret: &str) {
        self.evidence.secrets.entry(name.to_owned()).or_default().insert(secret.to_owned());
    }

    /// Signs in; the printed address is for the browser, and holds the state by its nature.
    fn sign_in(&mut self, hub: &Hub) {
        let mut login = self.start(hub, &["login", "--no-browser"]);
        let begun: Json = serde_json::from_str(&login.line()).expect("the address comes first");
        let url = Url::parse(begun["url"].as_str().expect("text")).expect("an address");
        let back = sign_in_form(url.as_str());
        browser::get(&back);
        for (name, value) in url.query_pairs().chain(Url::parse(&back).expect("an address").query_pairs()) {
            match name.as_ref() {
                "state" => self.secret("OAuth state", &value),
                "code" => self.secret("sign-in code", &value),
                _ => {}
            }
        }
        let ended = login.end().done();
        self.evidence.seen.insert((Place::Said, [ended.out, ended.err].concat().into_bytes()));
    }

    /// Tokens and verifiers of every trade that WedSync answered.
    fn traded(&mut self) {
        for exchange in self.scene.world.wedsync.log() {
            for (body, field, name) in [
                (&exchange.request, "code_verifier", "OAuth verifier"),
                (&exchange.reply, "access_token", "access token"),
                (&exchange.reply, "refresh_token", "refresh token"),
            ] {
                if let Some(secret) = body.as_ref().and_then(|body| body[field].as_str()) {
                    self.secret(name, secret);
                }
            }
        }
    }
}

/// A socket between a guest and the owner, that writes down what goes over it.
struct Tap {
    asked: Arc<Mutex<Vec<u8>>>,
    answered: Arc<Mutex<Vec<u8>>>,
}

impl Tap {
    /// Puts itself into the profile's `owner.json` in the owner's place.
    fn between(profile: &Path, socket: &Path) -> Tap {
        let file = profile.join("owner.json");
        let mut info: Json = serde_json::from_slice(&std::fs::read(&file).expect("an owner")).expect("JSON");
        let owner = PathBuf::from(info["socket"].as_str().expect("a path"));
        info["socket"] = json!(socket);
        let listener = UnixListener::bind(socket).expect("a socket");
        std::fs::write(&file, info.to_string()).expect("written");
        let tap = Tap { asked: Arc::default(), answered: Arc::default() };
        let (asked, answered) = (tap.asked.clone(), tap.answered.clone());
        std::thread::spawn(move || {
            for guest in listener.incoming() {
                let (guest, owner) =
                    (guest.expect("a guest"), UnixStream::connect(&owner).expect("the owner"));
                let again = |stream: &UnixStream| stream.try_clone().expect("a second handle");
                pass(again(&guest), again(&owner), asked.clone());
                pass(owner, guest, answered.clone());
            }
        });
        tap
    }

    /// What was said both ways, but for the request that saves the key.
    fn heard(&self, evidence: &mut Evidence) {
        let asked = self.asked.lock().expect("whole").clone();
        let (mut rest, mut saved) = (asked.as_slice(), 0);
        while let Some((length, after)) = rest.split_first_chunk::<4>() {
            let (frame, after) = after.split_at(u32::from_be_bytes(*length) as usize);
            let json: Json = serde_json::from_slice(frame).expect("a frame");
            if json["cmd"] == SAVES_THE_KEY {
                saved += 1;
            } else {
                evidence.seen.insert((Place::Rpc("asked over the socket".into()), frame.to_owned()));
            }
            rest = after;
        }
        assert_eq!(saved, 1, "the key went over the socket once, to be kept");
        let answered = self.answered.lock().expect("whole").clone();
        evidence.seen.insert((Place::Rpc("answered over the socket".into()), answered));
    }
}

/// Copies until one side closes, and writes down what it copies.
fn pass(mut from: UnixStream, mut to: UnixStream, into: Arc<Mutex<Vec<u8>>>) {
    std::thread::spawn(move || {
        let mut buffer = [0; 64 * 1024];
        while let Ok(read @ 1..) = from.read(&mut buffer) {
            into.lock().expect("whole").extend_from_slice(&buffer[..read]);
            if to.write_all(&buffer[..read]).is_err() {
                break;
            }
        }
        // The other direction may have closed both already.
        let _ = to.shutdown(std::net::Shutdown::Both);
    });
}

/// The page of `hub serve`: trades its token, asks what a page asks, and listens.
fn page(watcher: &mut Watcher<'_>, url: &str) -> std::thread::JoinHandle<Vec<u8>> {
    let (base, token) = url.split_once("/#token=").expect("the token stands in the fragment");
    let (kind, origin) = (("content-type", "application/json"), ("origin", base));
    let opened = browser::request(
        "POST",
        &format!("{base}/session"),
        &[kind, origin],
        &json!({"token": token}).to_string(),
    );
    let cookie = opened.headers["set-cookie"].split(';').next().expect("its value").to_owned();
    watcher.secret("serve token", token);
    watcher.secret("serve cookie", cookie.split_once('=').expect("a name and a value").1);
    let session = ("cookie", cookie.as_str());
    let mut ask = |cmd: &str, payload: Json| -> Json {
        let body = json!({"cmd": cmd, "payload": payload}).to_string();
        let answer = browser::request("POST", &format!("{base}/rpc"), &[kind, origin, session], &body);
        watcher.evidence.seen.insert((Place::Rpc("asked by the page".into()), body.into_bytes()));
        watcher
            .evidence
            .seen
            .insert((Place::Rpc("answered to the page".into()), answer.body.clone().into_bytes()));
        let answer: Json = serde_json::from_str(&answer.body).expect("JSON");
        assert!(answer["ok"].is_object(), "{cmd}: {answer}");
        answer["ok"].clone()
    };
    for cmd in ["app.state", "providers.list", "connection.list", "job.list", "doctor.run"] {
        ask(cmd, json!({}));
    }
    let connection = ask("connection.list", json!({}))["connections"][0]["id"].clone();
    let whole = json!({"connection_id": connection});
    for cmd in ["connection.get", "mapping.get", "review.summary", "review.list"] {
        ask(cmd, whole.clone());
    }
    ask("review.unit", json!({"connection_id": connection, "seq": 0}));
    let job = ask("job.list", json!({}))["jobs"][0]["id"].clone();
    ask("job.events", json!({"job_id": job, "after": 0}));
    let from_the_start = format!("{}:0", job.as_str().expect("an id"));
    let headers = [origin, session, ("last-event-id", from_the_start.as_str())];
    let mut stream = browser::open("GET", &format!("{base}/events"), &headers, "");
    std::thread::spawn(move || {
        let mut heard = Vec::new();
        // Until the server is gone.
        let _ = stream.read_to_end(&mut heard);
        heard
    })
}

/// Tells the story and collects what can be seen of it.
fn play(scene: &Scene, planted: &Planted) -> Evidence {
    let evidence = Evidence { seen: BTreeSet::new(), secrets: Default::default() };
    let mut watcher = Watcher { scene, evidence };
    let mut guest = Hub::new(Path::new(PROGRAM), &scene.at("profile"), &scene.world);
    let home = scene.at("home");
    guest.environ = ["HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"]
        .map(|name| (name.to_owned(), home.clone()))
        .into_iter()
        .chain([("TMPDIR".to_owned(), scene.at("temp"))])
        .chain(planted.environ.clone())
        .collect();
    guest.home = Some(home);
    guest.options = vec!["-vv".to_owned()];
    let mut owner = guest.with(&["--passphrase-stdin"]);
    owner.first_line = Some(PASSPHRASE.to_owned());

    watcher.sign_in(&owner);
    let mut serving = watcher.start(&owner, &["serve"]);
    let served: Json = serde_json::from_str(&serving.line()).expect("the address");
    let tap = Tap::between(&scene.at("profile"), &scene.at("tap.sock"));
    let (url, key) = (scene.world.crm.vsco_base_url(), format!("{}\n", scene.world.crm.api_key()));
    let name = planted.name.as_deref().unwrap_or("Tave");
    let line = ["connect", "tave", "--name", name, "--base-url", &url, "--key-stdin"];
    watcher.run(&guest, &line, &key).done();
    for line in [&["answer", "money_unit=minor"][..], &["scope", "--agree", "--hidden"], &["import"]] {
        watcher.run(&guest, line, "").done();
    }
    if let Some(name) = &planted.name {
        watcher.run(&guest, &["review", "list", "--search", name], "").done();
    }
    if let Some(text) = &planted.event {
        let store = peek::open(&scene.at("profile"), PASSPHRASE, peek::Version::This);
        let job = store.jobs(None, 1).expect("jobs").remove(0);
        store.append_events(&job.id, &[json!({"type": "warning", "text": text})]).expect("appended");
    }
    let listening = page(&mut watcher, served["url"].as_str().expect("text"));
    guest.decide_everything();
    scene.world.wedsync.expire_access_tokens().expect("they age");
    for line in [&["review", "approve"][..], &["push"], &["jobs"], &["logs"], &["map", "show"], &["export"]] {
        watcher.run(&guest, line, "").done();
    }
    let jobs = watcher.run(&guest, &["jobs"], "").done().last();
    let upload = jobs["jobs"].as_array().into_iter().flatten().find(|job| job["kind"] == "upload");
    let upload = upload.and_then(|job| job["id"].as_str()).expect("an upload").to_owned();
    watcher.run(&guest, &["undo", &upload], "").done();
    scene.look_at_files(&mut watcher.evidence);
    serving.kill();
    let heard = listening.join().expect("it listened");
    watcher.evidence.seen.insert((Place::Rpc("events to the page".into()), heard));
    tap.heard(&mut watcher.evidence);

    scene.world.crm.control().keys(KeyState::Revoked);
    let refused = watcher.run(&owner, &["test"], "");
    assert_eq!(refused.code(), 1, "the CRM refuses: {}", refused.out);
    watcher.traded();
    watcher.evidence
}

/// What only lies still: files, tables, and what the servers were asked for.
fn look_at_the_rest(scene: &Scene, evidence: &mut Evidence) {
    scene.look_at_files(evidence);
    scene.look_inside(evidence);
    scene.look_at_servers(evidence);
    // The browser asks WedSync's sign-in page with the state that WedSync is to send back.
    evidence.seen.retain(|(place, bytes)| {
        *place != Place::Url("WedSync".into()) || !bytes.starts_with(b"/v1/oauth/authorize?")
    });
}

#[test]
fn inv_42_no_secret_leaves_hub_and_no_client_lies_in_the_clear() {
    let scene = Scene::new(CLIENTS);
    let mut evidence = play(&scene, &Planted::default());
    look_at_the_rest(&scene, &mut evidence);
    for name in ["access token", "refresh token"] {
        assert!(evidence.secrets[name].len() >= 2, "{name}: the first was replaced, and both are looked for");
    }
    for name in ["OAuth state", "OAuth verifier", "sign-in code", "serve cookie", "serve token"] {
        assert!(!evidence.secrets[name].is_empty(), "{name}");
    }
    for kind in ["table", "vault", "profile", "log", "argv", "environ", "url", "event", "said", "rpc"] {
        assert!(evidence.any(|place| place.kind() == kind), "{kind}: there is something to search");
    }
    let traced = evidence.seen.iter().any(|(place, bytes)| {
        place.kind() == "log"
            && bytes.windows(7).any(|window| window == b"\"TRACE\"" || window == b"\"DEBUG\"")
    });
    assert!(traced, "the log is written at its finest");
    let found = evidence.search(&scene);
    let leaks: Vec<&Finding> = found.iter().filter(|finding| finding.is_leak()).collect();
    assert!(leaks.is_empty(), "something got out: {leaks:#?}");
    let known: BTreeSet<&str> = found.iter().map(|finding| finding.name.as_str()).collect();
    assert!(known.len() * 10 > scene.clients().len() * 9, "the clients looked for are those in the book");
}

#[test]
fn inv_42_a_leak_of_hub_in_any_place_is_found() {
    let scene = Scene::new(FEW_CLIENTS);
    let standing = scene.standing_secrets();
    let secret = |name: &str, encoding| {
        Dressed::new(standing.iter().find(|needle| needle.name == name).expect("a secret"), encoding)
    };
    let environ = secret("passphrase", Encoding::Percent);
    let key = secret("CRM key", Encoding::Base64);
    let event = secret("db key", Encoding::Hex);
    let planted = Planted {
        event: Some(event.text().to_owned()),
        name: Some(STANDARD.encode(scene.world.crm.api_key())),
        environ: vec![("HUB_NOTE".to_owned(), PathBuf::from(environ.text()))],
    };
    let mut evidence = play(&scene, &planted);
    let clients = scene.clients();
    let email: &Needle = clients.iter().find(|needle| needle.name.starts_with("e-mail")).expect("an e-mail");
    let token = evidence.secrets["refresh token"].iter().next().expect("one").clone();
    let token = Dressed::new(&Needle::secret("refresh token", &token), Encoding::Hex);
    let cookie = evidence.secrets["serve cookie"].iter().next().expect("one").clone();
    let cookie = Dressed::new(&Needle::secret("serve cookie", &cookie), Encoding::Utf16Le);
    let state = evidence.secrets["OAuth state"].iter().next().expect("one").clone();
    let state = Dressed::new(&Needle::secret("OAuth state", &state), Encoding::Base64);
    let files = [
        ("profile/scratch.bin", Place::Profile("scratch.bin".into()), secret("master key", Encoding::Plain)),
        ("profile/backups/old.db", Place::Profile("backups/old.db".into()), cookie),
        ("profile/hub.db-old", Place::Profile("hub.db-old".into()), Dressed::new(email, Encoding::Plain)),
        ("profile/logs/more.log", Place::Log("logs/more.log".into()), token),
        ("temp/upload.tmp", Place::Temp("upload.tmp".into()), secret("CRM key", Encoding::Utf16Be)),
        ("home/.hubrc", Place::Home(".hubrc".into()), state),
    ];
    for (path, _, what) in &files {
        let path = scene.at(path);
        std::fs::create_dir_all(path.parent().expect("a directory")).expect("it is made");
        std::fs::write(path, &what.bytes).expect("written");
    }
    let vault = secret("seal key", Encoding::Hex);
    let store = peek::open(&scene.at("profile"), PASSPHRASE, peek::Version::This);
    store.vault().block_until(vault.text(), jiff::Timestamp::UNIX_EPOCH).expect("noted");
    drop(store);
    let asked = secret("CRM key", Encoding::Hex);
    browser::get(&format!("{}/studio/me?{}", scene.world.crm.vsco_base_url(), asked.text()));
    browser::get(&format!("{}/v1/account?{}", scene.world.wedsync.base_url(), asked.text()));
    look_at_the_rest(&scene, &mut evidence);
    let found = evidence.search(&scene);
    let is_there = |wanted: &dyn Fn(&Place) -> bool, what: &Dressed| {
        let seen = |finding: &&Finding| {
            finding.is_leak()
                && wanted(&finding.place)
                && (&finding.name, finding.encoding) == (&what.name, what.encoding)
        };
        found.iter().any(|finding| seen(&finding))
    };
    for (_, place, what) in &files {
        assert!(
            is_there(&|at| at == place, what),
            "{} as {:?} was not found: {place:?}",
            what.name,
            what.encoding
        );
    }
    for heard in ["asked over the socket", "answered over the socket", "answered to the page"] {
        assert!(is_there(&|at| *at == Place::Rpc(heard.into()), &key), "not found: {heard}");
    }
    assert!(is_there(&|at| *at == Place::Rpc("events to the page".into()), &event), "not found: events");
    for (kind, what) in [
        ("table", &key),
        ("argv", &key),
        ("said", &key),
        ("environ", &environ),
        ("event", &event),
        ("vault", &vault),
    ] {
        assert!(is_there(&|at| at.kind() == kind, what), "{} was not found: {kind}", what.name);
    }
    for server in ["CRM", "WedSync"] {
        assert!(is_there(&|at| *at == Place::Url(server.into()), &asked), "not found: address of {server}");
    }
}

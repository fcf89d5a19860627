//! No secret leaves (SYNC-LAW 42): a desk tells its whole story in a process of its own, and everything that it leaves
//! anywhere is searched for its secrets and for its clients. A secret may travel in the headers of a request and in
//! the body that trades it, and lie sealed in the vault; nowhere else.
//!
//! Only where `/proc` shows a process's arguments and environment from outside.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hkdf::Hkdf;
use hub_core::ports::{ConnectionStore as _, JobStore as _, NoFailPoints, Secret, SecretStore as _};
use hub_sandbox::book::BookSpec;
use hub_sandbox::wedsync::{AccountSeed, Config, LogDetail};
use hub_sandbox::{KeyState, SandboxConfig, World};
use hub_scenarios::canary::story::{CanaryOrders, LOG, Leak, Spot, Stop, Told};
use hub_scenarios::canary::{Encoding, Finding, Needle, Place, Searcher, Sort};
use hub_scenarios::{PASSPHRASE, SystemClock, UuidIds};
use hub_store::keys::{self, Keychain as _, MemoryKeychain, Protection, Stretch, Unlock};
use hub_store::{OpenOptions, Store};
use serde_json::Value as Json;
use sha2::Sha256;

/// Large enough for the generator's special cases: clients typed by hand, two people behind one e-mail.
pub(crate) const CLIENTS: u32 = 60;

/// Enough for every kind of place to have something in it.
pub(crate) const FEW_CLIENTS: u32 = 6;

/// A world with a profile that is about to be used for the first time.
pub(crate) struct Scene {
    pub(crate) world: World,
    root: tempfile::TempDir,
    master: Vec<u8>,
}

/// What the story left behind, place by place.
pub(crate) struct Evidence {
    pub(crate) seen: BTreeSet<(Place, Vec<u8>)>,
    pub(crate) secrets: BTreeMap<String, BTreeSet<String>>,
}

impl Scene {
    pub(crate) fn new(clients: u32) -> Scene {
        let world = World::start(
            SandboxConfig::new(BookSpec::new(7, clients)),
            Config { log: LogDetail::Bodies, ..Config::default() },
        )
        .expect("the world starts");
        let root = tempfile::tempdir().expect("a directory");
        for name in ["profile", "temp", "home"] {
            std::fs::create_dir(root.path().join(name)).expect("a directory");
        }
        let profile = root.path().join("profile");
        let keychain = MemoryKeychain::default();
        keys::create(&profile, "test", &Protection::Keychain(&keychain)).expect("keys");
        let light = Stretch { memory: 8, passes: 1, lanes: 1 };
        let passphrase = Secret::new(PASSPHRASE);
        keys::add_slot(&profile, &Unlock::Keychain(&keychain), &Protection::Passphrase(&passphrase, light))
            .expect("a slot");
        let account = key_file(&profile)["slots"][0]["account"].as_str().expect("an account").to_owned();
        let entry = keychain.get(&account).expect("readable").expect("an entry");
        let master = STANDARD.decode(entry.as_bytes()).expect("base64");
        assert_eq!(master.len(), 32, "the master key itself");
        Scene { world, root, master }
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// Everything that was secret from the beginning.
    pub(crate) fn standing_secrets(&self) -> Vec<Needle> {
        let mut needles = vec![
            Needle::secret("CRM key", self.world.crm.api_key()),
            Needle::secret("passphrase", PASSPHRASE),
            Needle::secret("password", &AccountSeed::demo().password),
            Needle::key("master key", &self.master),
        ];
        let file = key_file(&self.at("profile"));
        let expander = Hkdf::<Sha256>::new(Some(b"test"), &self.master);
        let subkey = |label: &str| {
            let mut key = [0_u8; 32];
            expander.expand(format!("wedsync-hub/{label}/v1").as_bytes(), &mut key).expect("one block");
            key
        };
        let check: String = subkey("check")[..16].iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(file["check"], check, "the subkeys looked for are the ones in use");
        for label in ["db", "vault", "seal", "backup", "audit"] {
            needles.push(Needle::key(format!("{label} key"), &subkey(label)));
        }
        needles
    }

    /// Clients by their full names, e-mails and phones.
    pub(crate) fn clients(&self) -> Vec<Needle> {
        let book = self.world.crm.book();
        let mut texts: BTreeSet<(&str, String)> = BTreeSet::new();
        for person in (0..book.homes()).flat_map(|home| book.household(home).persons) {
            for email in [&person.email, &person.secondary_email].into_iter().flatten() {
                texts.insert(("e-mail", email.clone()));
                texts.insert(("e-mail", email.to_lowercase()));
            }
            let phones = [&person.cell_phone, &person.home_phone, &person.work_phone, &person.fax];
            for phone in phones.into_iter().flatten() {
                texts.insert(("phone", phone.formatted.clone()));
                texts.extend(phone.e164.clone().map(|e164| ("phone", e164)));
            }
            texts.insert(("name", person.name.clone()));
            if let (Some(first), Some(last)) = (&person.first_name, &person.last_name) {
                texts.insert(("name", format!("{first} {last}")));
            }
        }
        // Shorter ones are words like any other, or turn up by chance in what is encrypted.
        texts.retain(|(_, text)| text.trim().len() >= 8);
        texts
            .into_iter()
            .enumerate()
            .map(|(no, (what, text))| Needle::text(Sort::Client, format!("{what} {no}"), &text))
            .collect()
    }

    /// Lets the story happen, with these leaks, and collects what can be seen of it.
    fn play(&self, leaks: Vec<Leak>, argv: &[String], environ: &[(&str, String)]) -> Evidence {
        let orders = CanaryOrders {
            crm_url: self.world.crm.vsco_base_url(),
            crm_key: self.world.crm.api_key().to_owned(),
            cloud_url: self.world.wedsync.base_url().to_owned(),
            profile: self.at("profile"),
            leaks,
        };
        let mut child = Command::new(env!("CARGO_BIN_EXE_hub-desk"))
            .args(argv)
            .envs(environ.iter().map(|(name, value)| (name, value)))
            .env("TMPDIR", self.at("temp"))
            .env("HOME", self.at("home"))
            .env("XDG_CONFIG_HOME", self.at("home"))
            .env("XDG_DATA_HOME", self.at("home"))
            .env("XDG_CACHE_HOME", self.at("home"))
            .current_dir(self.at("home"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the desk starts");
        let mut stdin = child.stdin.take().expect("its input");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        stdin.write_all(orders.to_line().as_bytes()).expect("orders are given");
        let mut evidence = Evidence { seen: BTreeSet::new(), secrets: BTreeMap::new() };
        for stop in Stop::ALL {
            let line = lines.next().unwrap_or_else(|| panic!("it ended before {stop:?}")).expect("text");
            let told: Told = serde_json::from_str(&line).expect("what it tells");
            assert_eq!(told.stop, stop, "the stops come in their order");
            for (name, secret) in told.secrets {
                evidence.secrets.entry(name).or_default().insert(secret);
            }
            evidence.seen.extend(told.said.into_iter().map(|said| (Place::Said, said.into_bytes())));
            self.look_around(&child, &mut evidence);
            self.between(stop);
            stdin.write_all(b"go\n").expect("it goes on");
        }
        drop(stdin);
        assert!(child.wait().expect("it ends").success(), "to its end");
        self.look_at_files(&mut evidence);
        self.look_inside(&mut evidence);
        self.look_at_servers(&mut evidence);
        evidence
    }

    /// What changes in the world between the stops: tokens age, then everybody turns the supplier away.
    fn between(&self, stop: Stop) {
        match stop {
            Stop::SignedIn | Stop::Planned | Stop::CloudRefused => {}
            Stop::Uploaded => self.world.wedsync.expire_access_tokens().expect("they age"),
            Stop::Undone => self.world.crm.control().keys(KeyState::Revoked),
            Stop::CrmRefused => {
                self.world.wedsync.revoke_sign_ins(&AccountSeed::demo().login).expect("it is revoked");
            }
        }
    }

    fn look_around(&self, child: &Child, evidence: &mut Evidence) {
        let of =
            |name: &str| std::fs::read(format!("/proc/{}/{name}", child.id())).expect("of a living process");
        evidence.seen.insert((Place::Argv, of("cmdline")));
        evidence.seen.insert((Place::Environ, of("environ")));
        self.look_at_files(evidence);
    }

    pub(crate) fn look_at_files(&self, evidence: &mut Evidence) {
        for name in ["profile", "temp", "home"] {
            for (path, bytes) in files(&self.at(name)) {
                let place = match name {
                    "profile" if path.starts_with("logs/") => Place::Log(path),
                    "profile" => Place::Profile(path),
                    "temp" => Place::Temp(path),
                    _ => Place::Home(path),
                };
                // What only grew holds what it was before; searching it once is enough.
                evidence.seen.retain(|(before, old)| *before != place || !bytes.starts_with(old));
                evidence.seen.insert((place, bytes));
            }
        }
    }

    /// The book after decryption, and the jobs as everybody sees them.
    pub(crate) fn look_inside(&self, evidence: &mut Evidence) {
        let profile = self.at("profile");
        let keys =
            keys::unlock(&profile, &Unlock::Passphrase(&Secret::new(PASSPHRASE))).expect("its passphrase");
        let store = Store::open(OpenOptions {
            dir: profile,
            keys,
            clock: Arc::new(SystemClock::default()),
            ids: Arc::new(UuidIds),
            fail_points: Arc::new(NoFailPoints),
        })
        .expect("the store opens");
        let supplier = store.setting("supplier_id").expect("readable");
        let supplier = supplier.and_then(|id| id.as_str().map(str::to_owned));
        let connections = match &supplier {
            Some(supplier) => store.connections(supplier).expect("readable"),
            None => Vec::new(),
        };
        let reference = connections.first().map_or("connection:tave", |held| held.vault_ref.as_str());
        let held = store.vault().secret(reference).expect("readable");
        assert!(
            held.is_some_and(|held| held.expose().contains(self.world.crm.api_key())),
            "the key did go through the vault"
        );
        store
            .vault()
            .each_cell(|table, column, bytes| {
                evidence.seen.insert((Place::Vault(format!("{table}.{column}")), bytes.to_owned()));
            })
            .expect("the vault is readable");
        store
            .each_cell(|table, column, bytes| {
                evidence.seen.insert((Place::Table(format!("{table}.{column}")), bytes.to_owned()));
            })
            .expect("the book is readable");
        for job in store.jobs(None, 100).expect("jobs") {
            evidence.seen.insert((Place::Event, serde_json::to_vec(&job).expect("JSON")));
            for event in store.events_after(&job.id, 0, 100_000).expect("events") {
                evidence.seen.insert((Place::Event, serde_json::to_vec(&event).expect("JSON")));
            }
        }
    }

    pub(crate) fn look_at_servers(&self, evidence: &mut Evidence) {
        let control = self.world.crm.control();
        for request in control.log().into_iter().chain(control.second_log()) {
            let url = format!("{}?{}", request.path, request.query);
            evidence.seen.insert((Place::Url("CRM".into()), url.into_bytes()));
        }
        for request in self.world.wedsync.log() {
            let query: Vec<String> =
                request.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let url = format!("{}?{}", request.path, query.join("&"));
            evidence.seen.insert((Place::Url("WedSync".into()), url.into_bytes()));
        }
    }
}

impl Evidence {
    /// Secrets of this run, among them those that came and went.
    fn secrets(&self, scene: &Scene) -> Vec<Needle> {
        let mut needles = scene.standing_secrets();
        for (name, secrets) in &self.secrets {
            needles.extend(secrets.iter().map(|secret| Needle::secret(name, secret)));
        }
        needles
    }

    /// Everything that was looked for and is somewhere, allowed or not.
    pub(crate) fn search(&self, scene: &Scene) -> BTreeSet<Finding> {
        let searcher = Searcher::new(&[self.secrets(scene), scene.clients()].concat());
        self.seen.iter().flat_map(|(place, bytes)| searcher.search(place, bytes)).collect()
    }

    pub(crate) fn any(&self, wanted: impl Fn(&Place) -> bool) -> bool {
        self.seen.iter().any(|(place, bytes)| wanted(place) && !bytes.is_empty())
    }
}

/// Something to leak, as it is written down.
pub(crate) struct Dressed {
    pub(crate) name: String,
    pub(crate) encoding: Encoding,
    pub(crate) bytes: Vec<u8>,
}

impl Dressed {
    pub(crate) fn new(needle: &Needle, encoding: Encoding) -> Dressed {
        let (_, bytes) = needle.forms().into_iter().find(|(of, _)| *of == encoding).expect("such a form");
        Dressed { name: needle.name.clone(), encoding, bytes }
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes).expect("a form that is text")
    }
}

fn key_file(profile: &Path) -> Json {
    let text = std::fs::read(profile.join(keys::KEYS_FILE)).expect("a key file");
    serde_json::from_slice(&text).expect("JSON")
}

/// All files below a directory. A file that goes away while it is looked for was removed by its owner.
fn files(directory: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut open = vec![directory.to_owned()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(&next).expect("a directory") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else if let Ok(bytes) = std::fs::read(&path) {
                let name = path.strip_prefix(directory).expect("below it").to_string_lossy().into_owned();
                found.push((name, bytes));
            }
        }
    }
    found
}

#[test]
fn inv_42_no_secret_and_no_client_leaves() {
    let scene = Scene::new(CLIENTS);
    let evidence = scene.play(Vec::new(), &[], &[]);

    for name in ["access token", "refresh token"] {
        assert!(evidence.secrets[name].len() >= 2, "{name}: the first was replaced, and both are looked for");
    }
    for name in ["sign-in code", "recovery code"] {
        assert_eq!(evidence.secrets[name].len(), 1, "{name}");
    }
    for name in ["hub.db", "hub.db-wal", "vault.db", "vault.db-wal", "keys.json"] {
        assert!(evidence.any(|place| *place == Place::Profile(name.into())), "{name} was looked at");
    }
    let backup =
        |place: &Place| matches!(place, Place::Profile(path) if path.starts_with(hub_store::BACKUPS_DIR));
    assert!(evidence.any(backup), "a restore point was looked at");
    let logs: String = evidence
        .seen
        .iter()
        .filter(|(place, _)| *place == Place::Log(LOG.into()))
        .map(|(_, bytes)| String::from_utf8_lossy(bytes))
        .collect();
    for line in ["hub_connectors::http: request", "job stopped", "TRACE"] {
        assert!(logs.contains(line), "the log holds {line}");
    }
    for kind in ["table", "profile", "log", "argv", "environ", "url", "event", "said"] {
        assert!(evidence.any(|place| place.kind() == kind), "{kind}: there is something to search");
    }

    let found = evidence.search(&scene);
    let leaks: Vec<&Finding> = found.iter().filter(|finding| finding.is_leak()).collect();
    assert!(leaks.is_empty(), "something got out: {leaks:#?}");
    let known: BTreeSet<&str> = found.iter().map(|finding| finding.name.as_str()).collect();
    let clients = scene.clients().len();
    assert!(known.len() * 10 > clients * 9, "the clients looked for are those in the book: {}", known.len());
}

#[test]
fn inv_42_a_leak_in_any_place_is_found() {
    let scene = Scene::new(FEW_CLIENTS);
    let standing = scene.standing_secrets();
    let secret = |name: &str, encoding: Encoding| {
        Dressed::new(standing.iter().find(|needle| needle.name == name).expect("a secret"), encoding)
    };
    let clients = scene.clients();
    let email = clients.iter().find(|needle| needle.name.starts_with("e-mail")).expect("an e-mail");
    let plan = [
        (Spot::Table, Place::Table("settings.value".into()), secret("CRM key", Encoding::Base64)),
        (Spot::Profile, Place::Profile("scratch.bin".into()), secret("passphrase", Encoding::Utf16Le)),
        (Spot::Profile, Place::Profile("scratch.bin".into()), Dressed::new(email, Encoding::Utf16Be)),
        (Spot::Backups, Place::Profile("backups/old.db".into()), secret("master key", Encoding::Plain)),
        (Spot::Temp, Place::Temp("upload.tmp".into()), secret("CRM key", Encoding::Utf16Be)),
        (Spot::Home, Place::Home(".hubrc".into()), secret("db key", Encoding::Hex)),
        (Spot::Log, Place::Log(LOG.into()), secret("vault key", Encoding::Numbers)),
        (Spot::Log, Place::Log(LOG.into()), Dressed::new(email, Encoding::Plain)),
        (Spot::CrmUrl, Place::Url("CRM".into()), secret("CRM key", Encoding::Percent)),
        (Spot::CrmUrl, Place::Url("CRM".into()), Dressed::new(email, Encoding::Hex)),
        (Spot::CloudUrl, Place::Url("WedSync".into()), secret("CRM key", Encoding::Hex)),
        (Spot::Event, Place::Event, secret("CRM key", Encoding::Plain)),
        (Spot::Said, Place::Said, secret("seal key", Encoding::Base64)),
    ];
    let (argv, environ) = (secret("CRM key", Encoding::Base64), secret("passphrase", Encoding::Percent));
    let leaks = plan.iter().map(|(into, _, what)| Leak { into: *into, bytes: what.bytes.clone() }).collect();

    let evidence = scene.play(
        leaks,
        &[format!("--key={}", argv.text())],
        &[("HUB_PASSPHRASE", environ.text().to_owned())],
    );

    let found = evidence.search(&scene);
    let places = plan.into_iter().map(|(_, place, what)| (place, what));
    for (place, what) in places.chain([(Place::Argv, argv), (Place::Environ, environ)]) {
        let there = found.iter().any(|finding| {
            finding.is_leak()
                && (&finding.place, &finding.name, finding.encoding) == (&place, &what.name, what.encoding)
        });
        assert!(there, "{} as {:?} was not found: {place:?}", what.name, what.encoding);
    }
}

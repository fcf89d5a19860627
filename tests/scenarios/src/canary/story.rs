//! The story that is searched for traces: a desk in a process of its own that signs in, imports, uploads, undoes, and
//! is then refused by everybody, stopping after each step so that its files, arguments and environment can be read.
//!
//! What it knows of secrets it tells its parent through the pipe between them, which is no place that is searched. On
//! request it leaks on purpose, to show that the search would see it.

use std::error::Error;
use std::io::{BufRead as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hub_cloud::TokenSet;
use hub_core::job::{JobKind, Phase};
use hub_core::ports::{ConnectionStore as _, JobStore as _, NoFailPoints, Secret, SecretStore as _};
use hub_store::keys::{Protection, Stretch, Unlock, add_slot};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use tokio_util::sync::CancellationToken;

use crate::{Desk, Outside, PASSPHRASE, SIGN_IN};

/// Where the log lies within a profile.
pub const LOG: &str = "logs/trace.log";

/// A place into which the child puts something that must not be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Spot {
    /// A row of hub.db.
    Table,
    /// A file of the profile.
    Profile,
    /// A file among the restore points.
    Backups,
    /// A temporary file.
    Temp,
    /// A file in the home directory.
    Home,
    /// The log.
    Log,
    /// An address of the CRM.
    CrmUrl,
    /// An address of the cloud.
    CloudUrl,
    /// An event of a job.
    Event,
    /// The words of an error.
    Said,
}

/// One leak on purpose: what, already in the dress it goes in, and where.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Leak {
    /// Where.
    pub into: Spot,
    /// What.
    pub bytes: Vec<u8>,
}

/// What the child is told.
#[derive(Debug, Serialize, Deserialize)]
pub struct CanaryOrders {
    /// The CRM's address.
    pub crm_url: String,
    /// The CRM's key.
    pub crm_key: String,
    /// The cloud's address.
    pub cloud_url: String,
    /// The profile.
    pub profile: PathBuf,
    /// Leaks, done once the upload is through.
    pub leaks: Vec<Leak>,
}

/// A stop of the story, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stop {
    /// Signed in at the cloud and connected to the CRM.
    SignedIn,
    /// Everything is read and planned.
    Planned,
    /// Everything is uploaded.
    Uploaded,
    /// The upload is undone.
    Undone,
    /// The CRM refused what it was asked.
    CrmRefused,
    /// The cloud refused what it was asked.
    CloudRefused,
}

impl Stop {
    /// All of them.
    pub const ALL: [Stop; 6] =
        [Stop::SignedIn, Stop::Planned, Stop::Uploaded, Stop::Undone, Stop::CrmRefused, Stop::CloudRefused];
}

/// What the child tells at a stop.
#[derive(Serialize, Deserialize)]
pub struct Told {
    /// Which.
    pub stop: Stop,
    /// Secrets as they are now, by name.
    pub secrets: Vec<(String, String)>,
    /// What errors said since the last stop.
    pub said: Vec<String>,
}

impl CanaryOrders {
    /// From the child's input, if that is what it holds.
    pub fn from_json(json: &Json) -> Option<CanaryOrders> {
        serde_json::from_value(json.get("canary")?.clone()).ok()
    }

    /// As one line.
    pub fn to_line(&self) -> String {
        format!("{}\n", json!({ "canary": self }))
    }
}

/// Everything an error would show anybody: its words, its sources' words, and what a developer sees of it.
fn words(error: &(dyn Error + 'static)) -> Vec<String> {
    let mut said = vec![format!("{error:?}"), format!("{error:#?}")];
    let mut next = Some(error);
    while let Some(error) = next {
        said.push(error.to_string());
        next = error.source();
    }
    said
}

/// Everything from every crate at the finest level, the libraries' own events too.
fn log_to(file: &Path) {
    std::fs::create_dir_all(file.parent().expect("a directory")).expect("it is made");
    let file = std::fs::OpenOptions::new().create(true).append(true).open(file).expect("a log");
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(std::sync::Mutex::new(file))
        .init();
}

struct Teller<'a> {
    desk: &'a Desk,
    recovery_code: Secret,
    said: Vec<String>,
}

impl Teller<'_> {
    /// Tells, and waits until the parent has looked around.
    fn stop(&mut self, stop: Stop) {
        let sealed = self.desk.store.vault().secret(SIGN_IN).expect("the vault opens").expect("a sign-in");
        let tokens = TokenSet::from_sealed(&sealed).expect("tokens");
        let mut secrets = vec![
            ("access token".to_owned(), tokens.access.expose().to_owned()),
            ("refresh token".to_owned(), tokens.refresh.expose().to_owned()),
            ("recovery code".to_owned(), self.recovery_code.expose().to_owned()),
        ];
        secrets.extend(
            self.desk
                .callback
                .query_pairs()
                .filter(|(name, _)| name == "code")
                .map(|(_, code)| ("sign-in code".to_owned(), code.into_owned())),
        );
        let told = Told { stop, secrets, said: std::mem::take(&mut self.said) };
        let mut out = std::io::stdout().lock();
        serde_json::to_writer(&mut out, &told).expect("the parent listens");
        writeln!(out).expect("the parent listens");
        out.flush().expect("the parent listens");
        let mut go = String::new();
        std::io::stdin().lock().read_line(&mut go).expect("the parent answers");
        assert_eq!(go, "go\n", "else the parent is gone");
    }

    fn leak(&mut self, leak: &Leak, orders: &CanaryOrders, job_id: &str) {
        let text = String::from_utf8_lossy(&leak.bytes).into_owned();
        let write = |path: PathBuf| {
            std::fs::create_dir_all(path.parent().expect("a directory")).expect("it is made");
            let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path).expect("a file");
            file.write_all(&leak.bytes).expect("written");
        };
        let ask = |url: String| {
            let client = reqwest::Client::builder().no_proxy().build().expect("a client");
            self.desk.wait(client.get(url).send()).expect("an answer, whatever it is");
        };
        match leak.into {
            Spot::Table => self.desk.store.put_setting("note", &json!(text)).expect("stored"),
            Spot::Profile => write(orders.profile.join("scratch.bin")),
            Spot::Backups => write(orders.profile.join(hub_store::BACKUPS_DIR).join("old.db")),
            Spot::Temp => write(std::env::temp_dir().join("upload.tmp")),
            Spot::Home => write(PathBuf::from(std::env::var_os("HOME").expect("a home")).join(".hubrc")),
            Spot::Log => tracing::debug!(header = text, "request"),
            Spot::CrmUrl => ask(format!("{}/studio/me?{text}", orders.crm_url)),
            Spot::CloudUrl => ask(format!("{}/v1/account?{text}", orders.cloud_url)),
            Spot::Event => {
                let event = json!({"type": "warning", "text": text});
                self.desk.store.append_events(job_id, &[event]).expect("appended");
            }
            Spot::Said => self.said.push(text),
        }
    }
}

/// Tells the whole story, stop by stop.
pub fn tell_story(orders: &CanaryOrders) {
    log_to(&orders.profile.join(LOG));
    let outside = Outside {
        crm_url: orders.crm_url.clone(),
        api_key: orders.crm_key.clone(),
        cloud_url: orders.cloud_url.clone(),
    };
    let desk = Desk::open(&outside, &orders.profile, Arc::new(NoFailPoints));
    desk.no_rate_limit();
    let key = Secret::new(orders.crm_key.as_str());
    desk.store.vault().put_secret(&desk.connection.vault_ref, &key).expect("sealed");
    let passphrase = Secret::new(PASSPHRASE);
    let light = Stretch { memory: 8, passes: 1, lanes: 1 };
    let recovery_code =
        add_slot(&orders.profile, &Unlock::Passphrase(&passphrase), &Protection::RecoveryKit(light))
            .expect("a slot")
            .expect("a code");
    // What `Debug` says of those who hold secrets is words too.
    let said = vec![format!("{key:?} {passphrase:?} {recovery_code:?}")];
    let mut teller = Teller { desk: &desk, recovery_code, said };
    teller.stop(Stop::SignedIn);

    desk.import();
    teller.stop(Stop::Planned);

    desk.answer_everything(&desk.plan());
    let upload = desk.upload();
    for leak in &orders.leaks {
        teller.leak(leak, orders, &upload.id);
    }
    teller.stop(Stop::Uploaded);

    let undo = desk.undo(&upload);
    assert_eq!(undo.phase, Phase::Done, "it is undone: {:?}", undo.error);
    // What the undo left waiting for review is not wanted any more; the next import needs its place.
    for job in desk.store.open_jobs().expect("jobs") {
        desk.wait(desk.engine.cancel(&job.id)).expect("cancelled");
    }
    teller.stop(Stop::Undone);

    let job = desk.job(JobKind::Import, json!({}));
    teller.said.push(format!("{job:?}"));
    let connector = desk.connector();
    let stream = connector.streams()[0].name.clone();
    let refused = desk.wait(connector.page(&stream, None)).expect_err("the CRM refuses");
    teller.said.extend(words(&refused));
    teller.stop(Stop::CrmRefused);

    let refused = desk.wait(desk.engine.refresh_mirror(&CancellationToken::new()));
    teller.said.extend(words(&refused.expect_err("the cloud refuses")));
    teller.stop(Stop::CloudRefused);
}

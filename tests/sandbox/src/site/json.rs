//! Sites whose pages draw themselves from JSON: Pixieset Studio Manager, Dubsado's older app and ShootQ, as far as others saw them.
//!
//! Paths, names of parameters and fields are those of `PROVIDERS.md` and its sources; everything that a definition does not need
//! is here too: further fields, contacts of another kind, samples, archived ones, unknown paths that answer with a page under
//! 200, parameters that one list knows and another does not. What nobody wrote down is marked as ours where it stands.

mod dubsado;
mod pixieset;
mod shootq;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use super::{Visit, cookie, field, pages};
use crate::StartError;
use crate::book::Dice;
use crate::http::{Answer, Door, Request, Response, Site};
use crate::rest::{Couple, make_couples};

pub use pixieset::{SiteInvoice, SitePayment};

/// Which site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonKind {
    /// Pixieset Studio Manager: `/api/v1`, a session cookie, pages counted in `meta`.
    Pixieset,
    /// Dubsado's v2: `/api`, a cookie with a token of 72 hours, a page under every other address.
    Dubsado,
    /// ShootQ: Django REST lists. That a browser's session opens them is what the specification says; nobody showed it.
    ShootQ,
}

/// What a site has become.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Turn {
    /// As it was.
    #[default]
    Usual,
    /// The list stands elsewhere in the answer.
    ListMoved,
    /// The names have other keys.
    NamesRenamed,
    /// Ids have another key.
    IdsRenamed,
    /// The number of records is not told any more.
    NoTotal,
    /// A page for people in place of every answer, under 200.
    OnlyPages,
    /// Contacts of every kind, whatever was asked for.
    EveryKind,
    /// Every draft was thrown away.
    NoDrafts,
    /// Amounts have another key.
    AmountsRenamed,
    /// Whose an invoice or a payment is, is not told any more.
    NobodyNamed,
    /// Moments are objects that name their type.
    TypedDates,
    /// Too many requests: come back in 40 seconds.
    Busy,
    /// Down.
    Down,
}

/// A running site. It stops when this is dropped.
#[derive(Debug)]
pub struct JsonSite {
    pub(super) stand: Arc<Stand>,
    door: Door,
    /// Held: a port stays open as long as its door is.
    pub(super) control: Option<Door>,
    pub(super) runtime: Option<Runtime>,
}

#[derive(Debug)]
pub(super) struct Stand {
    kind: JsonKind,
    email: String,
    password: String,
    pub(super) couples: Mutex<Vec<Couple>>,
    /// Sessions by their secret.
    pub(super) sessions: Mutex<HashMap<String, ()>>,
    dice: Mutex<Dice>,
    turn: Mutex<Turn>,
    owner: Mutex<String>,
    pub(super) log: Mutex<Vec<Visit>>,
    /// Where its page to sign in tries to lead before it sends itself; it sends nothing where absent.
    pub(super) elsewhere: Mutex<Option<String>>,
    /// Headers of the newest request of its API.
    headers: Mutex<Vec<(String, String)>>,
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl JsonSite {
    /// Starts a site with so many clients, and beside them whatever such a site has besides.
    ///
    /// # Errors
    /// When threads or ports are not to be had.
    pub fn start(kind: JsonKind, seed: u64, couples: usize) -> Result<JsonSite, StartError> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("json-site")
            .enable_all()
            .build()
            .map_err(StartError::Runtime)?;
        let mut dice = Dice::new(seed, 0x1A50);
        let password = format!("pw-{:016x}", dice.next_u64());
        let stand = Arc::new(Stand {
            kind,
            email: "studio@example.com".to_owned(),
            password,
            couples: Mutex::new(make_couples(seed, couples)),
            sessions: Mutex::default(),
            dice: Mutex::new(dice),
            turn: Mutex::default(),
            owner: Mutex::new("Harlow & Finch".to_owned()),
            log: Mutex::default(),
            elsewhere: Mutex::default(),
            headers: Mutex::default(),
        });
        let site = Arc::clone(&stand);
        let open = async move { Door::open(site).await };
        let opened = std::thread::scope(|scope| scope.spawn(|| runtime.block_on(open)).join());
        let door = opened
            .unwrap_or_else(|_| Err(std::io::Error::other("the site's first thread ended early")))
            .map_err(StartError::Port)?;
        Ok(JsonSite { stand, door, control: None, runtime: Some(runtime) })
    }

    /// What every session of it has in its cookie, for whoever looks where it must not be.
    pub const SESSION: &str = "canary-session-";

    /// `http://127.0.0.1:port`.
    pub fn address(&self) -> String {
        self.door.origin()
    }

    /// Where one signs in.
    pub fn login_page(&self) -> String {
        format!("{}{}", self.door.origin(), self.stand.kind.login())
    }

    /// What somebody types to sign in: address and password.
    pub fn login(&self) -> (String, String) {
        (self.stand.email.clone(), self.stand.password.clone())
    }

    /// The clients, in the order of the list.
    pub fn couples(&self) -> Vec<Couple> {
        lock(&self.stand.couples).clone()
    }

    /// Changes them.
    pub fn change(&self, change: impl FnOnce(&mut Vec<Couple>)) {
        change(&mut lock(&self.stand.couples));
    }

    /// Records of the list of clients, with samples and those that were put away.
    pub fn total(&self) -> usize {
        self.stand.listed(false).len()
    }

    /// Rows of the other lists of Pixieset: invoices with their drafts, and payments.
    pub fn money_rows(&self) -> (usize, usize) {
        let invoices = self.stand.invoices();
        (invoices.len(), invoices.iter().map(|invoice| invoice.payments.len()).sum())
    }

    /// The same as they are, in the order of the list.
    pub fn invoices(&self) -> Vec<SiteInvoice> {
        self.stand.invoices()
    }

    /// Every request so far.
    pub fn visits(&self) -> Vec<Visit> {
        lock(&self.stand.log).clone()
    }

    /// Headers of the newest request of its API, names in lower case.
    pub fn last_headers(&self) -> Vec<(String, String)> {
        lock(&self.stand.headers).clone()
    }

    /// What the site becomes from now on.
    pub fn becomes(&self, turn: Turn) {
        *lock(&self.stand.turn) = turn;
    }

    /// Ends every session, as time does.
    pub fn sign_everybody_out(&self) {
        lock(&self.stand.sessions).clear();
    }

    /// Whoever signs in is somebody else from now on.
    pub fn belongs_to(&self, owner: &str) {
        *lock(&self.stand.owner) = owner.to_owned();
    }
}

impl Drop for JsonSite {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl JsonKind {
    fn login(self) -> &'static str {
        match self {
            JsonKind::Pixieset | JsonKind::ShootQ => "/login",
            JsonKind::Dubsado => "/user/login",
        }
    }

    fn cookie(self) -> &'static str {
        match self {
            JsonKind::Pixieset => "pixieset_session",
            JsonKind::Dubsado => "token",
            JsonKind::ShootQ => "sessionid",
        }
    }
}

/// A contact that is listed beside the couples.
#[derive(Debug, Clone)]
struct Listed {
    couple: Couple,
    other: bool,
    sample: bool,
    archived: bool,
}

fn moment(turn: Turn, text: &str) -> Value {
    if turn == Turn::TypedDates { json!({ "$date": text }) } else { json!(text) }
}

impl Stand {
    fn random(&self) -> String {
        let mut dice = lock(&self.dice);
        format!("{:016x}{:016x}", dice.next_u64(), dice.next_u64())
    }

    /// Every seventh is archived; a sample and two of another kind are there besides, where such a site has them.
    fn listed(&self, every_kind: bool) -> Vec<Listed> {
        let couples = lock(&self.couples);
        let with_archive = self.kind != JsonKind::Dubsado;
        let mut all: Vec<Listed> = couples
            .iter()
            .map(|couple| Listed {
                couple: couple.clone(),
                other: false,
                sample: false,
                archived: with_archive && couple.number.is_multiple_of(7),
            })
            .collect();
        if self.kind == JsonKind::Pixieset {
            let besides = make_couples(0x5A, 3).into_iter().enumerate().map(|(at, mut couple)| {
                couple.number += 900_000;
                Listed { couple, other: at > 0, sample: at == 0, archived: false }
            });
            all.extend(besides.filter(|one| every_kind || !one.other));
        }
        all
    }

    fn signed_in(&self, request: &Request) -> bool {
        let Some(held) = cookie(request, self.kind.cookie()) else { return false };
        lock(&self.sessions).contains_key(held)
    }

    fn login_page(&self, said: &str) -> Response {
        let token = self.random();
        let script =
            lock(&self.elsewhere).as_deref().map(|at| pages::driver(at, &self.email, &self.password));
        let script = script.unwrap_or_default();
        let form = pages::login(&token, said, &script)
            .replace("action=/login", &format!("action={}", self.kind.login()));
        page(200, &form).with("set-cookie", format!("form={token}; Path=/; HttpOnly; SameSite=Lax"))
    }

    fn login(&self, request: &Request) -> Response {
        let token = field(request, "token").unwrap_or_default();
        if cookie(request, "form") != Some(token.as_str()) || token.is_empty() {
            return page(419, "<h1>Page expired</h1>");
        }
        let right = field(request, "email").as_deref() == Some(self.email.as_str())
            && field(request, "password").as_deref() == Some(self.password.as_str());
        if !right {
            return self.login_page("That was not right.");
        }
        let secret = self.session();
        lock(&self.sessions).insert(secret.clone(), ());
        page(302, "<p>moved</p>")
            .with("location", "/")
            .with("set-cookie", format!("XSRF-TOKEN={}; Path=/; SameSite=Lax", self.random()))
            .with("set-cookie", format!("{}={secret}; Path=/; HttpOnly; SameSite=Lax", self.kind.cookie()))
    }

    /// What the cookie of a session holds.
    fn session(&self) -> String {
        let secret = format!("{}{}", JsonSite::SESSION, self.random());
        if self.kind != JsonKind::Dubsado {
            return secret;
        }
        let part = |json: Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let owner = lock(&self.owner).clone();
        let said = json!({"_id": "69ce8d50920cc40b63fb7d1f", "email": self.email, "activeBrand": brand(&owner), "exp": 1_775_416_126, "iat": 1_775_156_926});
        format!("{}.{}.{secret}", part(json!({"alg": "HS256", "typ": "JWT"})), part(said))
    }

    fn api(&self, request: &Request) -> Response {
        let turn = *lock(&self.turn);
        match turn {
            Turn::OnlyPages => return page(200, "<div id=app></div>"),
            Turn::Busy => {
                return Response::json(429, b"{\"message\":\"Too many\"}".to_vec()).with("retry-after", "40");
            }
            Turn::Down => return page(503, "<h1>Maintenance</h1>"),
            Turn::Usual
            | Turn::ListMoved
            | Turn::NamesRenamed
            | Turn::IdsRenamed
            | Turn::NoTotal
            | Turn::EveryKind
            | Turn::NoDrafts
            | Turn::AmountsRenamed
            | Turn::NobodyNamed
            | Turn::TypedDates => {}
        }
        match self.kind {
            JsonKind::Pixieset => self.pixieset(request, turn),
            JsonKind::Dubsado => self.dubsado(request, turn),
            JsonKind::ShootQ => self.shootq(request, turn),
        }
    }

    /// Whoever is not signed in.
    fn stranger(&self, request: &Request) -> Response {
        let script = request.header("x-requested-with") == Some("XMLHttpRequest");
        match self.kind {
            JsonKind::Pixieset if script => Response::json(
                401,
                b"{\"error\":\"Unauthorized\",\"message\":\"Session expired or invalid\"}".to_vec(),
            ),
            JsonKind::Pixieset => page(302, "<p>moved</p>").with("location", "/login"),
            JsonKind::Dubsado
                if request.path == "/api/users/self" || request.path == "/api/clients/search" =>
            {
                Response::json(401, b"{\"message\":\"Permission Denied\"}".to_vec())
            }
            JsonKind::Dubsado => page(200, "<!doctype html><div ng-app=dubsado></div>"),
            JsonKind::ShootQ => Response::json(
                401,
                b"{\"detail\":\"Authentication credentials were not provided.\"}".to_vec(),
            ),
        }
    }
}

/// What stands for a brand.
fn brand(owner: &str) -> String {
    format!(
        "{:024x}",
        owner.bytes().fold(7_u64, |sum, byte| sum.wrapping_mul(131).wrapping_add(u64::from(byte)))
    )
}

fn page(status: u16, body: &str) -> Response {
    Response::html(
        status,
        &format!("<!doctype html><html><head><title>Studio</title></head><body>{body}</body></html>"),
    )
}

fn told(json: &Value) -> Response {
    Response::json(200, json.to_string().into_bytes())
}

fn number(request: &Request, name: &str) -> Option<usize> {
    request.query(name)?.parse().ok()
}

/// An object under other keys, where the site renamed them.
fn renamed(mut json: Value, turn: Turn, id: &str, names: [&str; 2]) -> Value {
    let keys: &[&str] = match turn {
        Turn::IdsRenamed => &[id],
        Turn::NamesRenamed => &names,
        _ => &[],
    };
    if let Some(members) = json.as_object_mut() {
        for key in keys {
            if let Some(value) = members.remove(*key) {
                members.insert(format!("{key}V2"), value);
            }
        }
    }
    json
}

impl Site for Stand {
    fn answer(&self, request: Request) -> Answer {
        let signed_in = self.signed_in(&request);
        lock(&self.log).push(Visit {
            method: request.method.clone(),
            what: match request.raw_query.as_str() {
                "" => request.path.clone(),
                query => format!("{}?{query}", request.path),
            },
            agent: request.header("user-agent").unwrap_or_default().to_owned(),
            signed_in,
        });
        if request.path == "/alive" {
            return page(200, "").into();
        }
        let api = request.path.starts_with("/api/");
        if api {
            lock(&self.headers).clone_from(&request.headers);
        }
        match (request.method.as_str(), request.path.as_str(), signed_in) {
            ("POST", path, _) if path == self.kind.login() => self.login(&request).into(),
            ("GET", path, _) if path == self.kind.login() => self.login_page("").into(),
            ("GET", _, true) if api => self.api(&request).into(),
            ("GET", _, false) if api => self.stranger(&request).into(),
            ("GET", _, true) => page(200, "<div id=app></div><script src=\"/app.js\"></script>").into(),
            ("GET", _, false) => page(302, "<p>moved</p>").with("location", self.kind.login()).into(),
            _ => Response::json(405, b"{}".to_vec()).into(),
        }
    }
}

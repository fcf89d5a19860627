//! Ordinary web sites behind a sign-in: server-rendered pages, a form with a token against forged requests, cookies.
//!
//! Each shape is one that sites in the wild have: how the list is drawn, how one gets to the next page, in which characters
//! it is written. None of them is made for a definition but for the class names that the specification gives. The switches
//! turn each into what such sites become: signed out, redesigned, asking for a person, down.

mod control;
mod json;
mod pages;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::runtime::{Builder, Runtime};

use crate::StartError;
use crate::book::Dice;
use crate::http::{Answer, Door, Request, Response, Site};
use crate::rest::{Couple, make_couples};

pub use json::{JsonKind, JsonSite, SiteInvoice, SitePayment, Turn};
pub use pages::SiteShape;

/// What a site has become.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mood {
    /// As it was.
    #[default]
    Usual,
    /// Every class has another name.
    Redesigned,
    /// One column has no values any more.
    ColumnEmptied,
    /// Every page asks whether a person is there.
    AsksForPerson,
    /// Every page is a friendly one without a list, under 200.
    SoftBlock,
    /// A page about maintenance, under 503.
    Maintenance,
    /// The way to further pages is drawn by a script.
    Lazy,
}

/// One request as the site saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// Method.
    pub method: String,
    /// Path and query.
    pub what: String,
    /// What the visitor calls itself.
    pub agent: String,
    /// Whether it came with a session that is signed in.
    pub signed_in: bool,
}

/// A running site. It stops when this is dropped.
#[derive(Debug)]
pub struct WebSite {
    stand: Arc<Stand>,
    door: Door,
    /// Held: a port stays open as long as its door is.
    control: Option<Door>,
    runtime: Option<Runtime>,
}

#[derive(Debug)]
struct Stand {
    shape: SiteShape,
    email: String,
    password: String,
    couples: Mutex<Vec<Couple>>,
    /// Sessions by their secret, with the token of their forms.
    sessions: Mutex<HashMap<String, String>>,
    dice: Mutex<Dice>,
    mood: Mutex<Mood>,
    owner: Mutex<String>,
    log: Mutex<Vec<Visit>>,
    elsewhere: Mutex<Option<String>>,
    by_itself: Mutex<bool>,
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl WebSite {
    /// Starts a site with so many couples.
    ///
    /// # Errors
    /// When threads or ports are not to be had.
    pub fn start(shape: SiteShape, seed: u64, couples: usize) -> Result<WebSite, StartError> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("web-site")
            .enable_all()
            .build()
            .map_err(StartError::Runtime)?;
        let mut dice = Dice::new(seed, 0x517E);
        let password = format!("pw-{:016x}", dice.next_u64());
        let stand = Arc::new(Stand {
            shape,
            email: "studio@example.com".to_owned(),
            password,
            couples: Mutex::new(make_couples(seed, couples)),
            sessions: Mutex::default(),
            dice: Mutex::new(dice),
            mood: Mutex::default(),
            owner: Mutex::new("Harlow & Finch".to_owned()),
            log: Mutex::default(),
            elsewhere: Mutex::default(),
            by_itself: Mutex::new(false),
        });
        let site = Arc::clone(&stand);
        let open = async move { Door::open(site).await };
        // On a thread of its own, so that a test which runs inside another runtime may start a site too.
        let opened = std::thread::scope(|scope| scope.spawn(|| runtime.block_on(open)).join());
        let door = opened
            .unwrap_or_else(|_| Err(std::io::Error::other("the site's first thread ended early")))
            .map_err(StartError::Port)?;
        Ok(WebSite { stand, door, control: None, runtime: Some(runtime) })
    }

    /// What the cookie of every session begins with, for whoever looks where it must not be.
    pub const SESSION: &str = "canary-session-";

    /// `http://127.0.0.1:port`, where one signs in.
    pub fn address(&self) -> String {
        self.door.origin()
    }

    /// Address of the list.
    pub fn list(&self) -> String {
        format!("{}{}", self.door.origin(), self.stand.shape.path())
    }

    /// What somebody types to sign in: address and password.
    pub fn login(&self) -> (String, String) {
        (self.stand.email.clone(), self.stand.password.clone())
    }

    /// The couples, in the order of the list.
    pub fn couples(&self) -> Vec<Couple> {
        lock(&self.stand.couples).clone()
    }

    /// Changes them.
    pub fn change(&self, change: impl FnOnce(&mut Vec<Couple>)) {
        change(&mut lock(&self.stand.couples));
    }

    /// Every request so far.
    pub fn visits(&self) -> Vec<Visit> {
        lock(&self.stand.log).clone()
    }

    /// What the site becomes from now on.
    pub fn becomes(&self, mood: Mood) {
        *lock(&self.stand.mood) = mood;
    }

    /// Ends every session.
    pub fn sign_everybody_out(&self) {
        lock(&self.stand.sessions).clear();
    }

    /// Whoever signs in is somebody else from now on.
    pub fn belongs_to(&self, owner: &str) {
        *lock(&self.stand.owner) = owner.to_owned();
    }

    /// The pages fill in and send the form by themselves, as far as a window runs their script, go on to the list, and try
    /// to lead to this address on the way.
    pub fn drives_itself(&self, elsewhere: &str) {
        *lock(&self.stand.elsewhere) = Some(elsewhere.to_owned());
        *lock(&self.stand.by_itself) = true;
    }
}

impl Drop for WebSite {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// The value of a cookie.
fn cookie<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    let line = request.header("cookie")?;
    line.split("; ")
        .find_map(|pair| pair.split_once('=').filter(|(held, _)| *held == name).map(|(_, value)| value))
}

/// A field of a form.
fn field(request: &Request, name: &str) -> Option<String> {
    url::form_urlencoded::parse(&request.body)
        .find(|(held, _)| held == name)
        .map(|(_, value)| value.into_owned())
}

impl Stand {
    fn random(&self) -> String {
        let mut dice = lock(&self.dice);
        format!("{:016x}{:016x}", dice.next_u64(), dice.next_u64())
    }

    fn page(&self, status: u16, body: &str) -> Response {
        self.shape.written(status, body)
    }

    fn sent_to(&self, path: &str) -> Response {
        self.page(302, "<p>moved</p>").with("location", path)
    }

    fn login_page(&self, said: &str) -> Response {
        // The token of a form stands in a cookie too, as long as nobody is signed in.
        let token = self.random();
        let script = if *lock(&self.by_itself) { self.script() } else { String::new() };
        self.page(200, &pages::login(&token, said, &script))
            .with("set-cookie", format!("form={token}; Path=/; HttpOnly; SameSite=Lax"))
    }

    /// Types and sends what a person would, after trying to leave for somewhere else.
    fn script(&self) -> String {
        let elsewhere = lock(&self.elsewhere).clone().unwrap_or_default();
        pages::driver(&elsewhere, &self.email, &self.password)
    }

    fn login(&self, request: &Request) -> Response {
        let token = field(request, "token").unwrap_or_default();
        if cookie(request, "form") != Some(token.as_str()) || token.is_empty() {
            return self.page(403, "<h1>This form is too old</h1>");
        }
        let right = field(request, "email").as_deref() == Some(self.email.as_str())
            && field(request, "password").as_deref() == Some(self.password.as_str());
        if !right {
            return self.login_page("That was not right.");
        }
        let (id, token) = (self.random(), self.random());
        lock(&self.sessions).insert(id.clone(), token);
        self.sent_to("/home")
            .with("set-cookie", format!("sid={}{id}; Path=/; HttpOnly; SameSite=Lax", WebSite::SESSION))
    }

    fn session(&self, request: &Request) -> Option<(String, String)> {
        let id = cookie(request, "sid")?.strip_prefix(WebSite::SESSION)?;
        lock(&self.sessions).get(id).map(|token| (id.to_owned(), token.clone()))
    }

    fn signed_in(&self, request: &Request, token: &str) -> Response {
        let mood = *lock(&self.mood);
        match mood {
            Mood::AsksForPerson => return self.page(200, pages::ASKS),
            Mood::SoftBlock => {
                return self.page(200, "<h1>We will be right back</h1><p>Have a cup of tea.</p>");
            }
            Mood::Maintenance => return self.page(503, "<h1>Maintenance</h1>").with("retry-after", "120"),
            Mood::Usual | Mood::Redesigned | Mood::ColumnEmptied | Mood::Lazy => {}
        }
        let (owner, couples) = (lock(&self.owner).clone(), lock(&self.couples));
        match request.path.as_str() {
            "/home" => {
                let onward =
                    if *lock(&self.by_itself) { pages::onward(self.shape.path()) } else { String::new() };
                self.page(200, &pages::home(&owner, self.shape.path(), &onward))
            }
            path if path == self.shape.path() => {
                if request.method == "POST" && field(request, "token").as_deref() != Some(token) {
                    return self.page(403, "<h1>This form is too old</h1>");
                }
                let after = field(request, "after");
                let page = self.shape.page(request, after.as_deref(), &couples, token, &owner, mood);
                self.page(200, &page)
            }
            "/api/contacts" if self.shape == SiteShape::Script => {
                Response::json(200, self.shape.answer(request, &couples).to_string().into_bytes())
            }
            "/app/data" if self.shape == SiteShape::Drawn => {
                let filling = self.shape.filling(request, &couples, mood).to_string();
                Response::json(200, filling.into_bytes())
            }
            path => match self.shape.own_page(path, &couples) {
                Some(page) => self.page(200, &page),
                None => self.page(404, "<h1>Nothing here</h1>"),
            },
        }
    }
}

impl Site for Stand {
    fn answer(&self, request: Request) -> Answer {
        let session = self.session(&request);
        lock(&self.log).push(Visit {
            method: request.method.clone(),
            what: match request.raw_query.as_str() {
                "" => request.path.clone(),
                query => format!("{}?{query}", request.path),
            },
            agent: request.header("user-agent").unwrap_or_default().to_owned(),
            signed_in: session.is_some(),
        });
        if request.path == "/alive" {
            return self.page(200, "").into();
        }
        match (request.method.as_str(), request.path.as_str(), session) {
            ("POST", "/login", _) => self.login(&request).into(),
            ("GET", "/login", _) => self.login_page("").into(),
            (_, "/", Some(_)) => self.sent_to("/home").into(),
            (_, _, Some((id, token))) => {
                let response = self.signed_in(&request, &token);
                // As many sites do, the session is renewed with every page; the secret changes with the list's first one.
                if self.shape.renews() && request.path == self.shape.path() && request.query.is_empty() {
                    let new = self.random();
                    let mut sessions = lock(&self.sessions);
                    sessions.remove(&id);
                    sessions.insert(new.clone(), token);
                    return response
                        .with(
                            "set-cookie",
                            format!("sid={}{new}; Path=/; HttpOnly; SameSite=Lax", WebSite::SESSION),
                        )
                        .into();
                }
                response.into()
            }
            (_, _, None) => match self.shape.asks_in_place() {
                // Some sites show the form under every address.
                true => self.login_page("").into(),
                false => self.sent_to("/login").into(),
            },
        }
    }
}

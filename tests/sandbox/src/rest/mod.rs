//! REST sources of studios' own: lists of clients in shapes that are common in the wild and made for nobody here.
//!
//! They differ in everything that a reader could take for granted: where the list stands, what an id is called, how one goes
//! on, how the end shows, how the key is sent, what fields are called. The couples are seeded and told beside.

mod couples;
mod shapes;

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::json;
use tokio::runtime::{Builder, Runtime};

use crate::StartError;
use crate::authority::{
    Authority, AuthorityConfig, AuthorityCounts, AuthoritySwitches, CrmLogin, Endpoints, Habits, Redirects,
    Rotation, Told,
};
use crate::http::{Answer, Door, Request, Response, Site};

pub use couples::Couple;
pub(crate) use couples::make as make_couples;
pub use shapes::Shape;

/// A running source. It stops when this is dropped.
#[derive(Debug)]
pub struct RestSource {
    stand: Arc<Stand>,
    door: Door,
    /// Held: a port stays open as long as its door is.
    control: Option<Door>,
    runtime: Option<Runtime>,
}

#[derive(Debug)]
struct Asked(Arc<Stand>);

impl Site for Asked {
    fn answer(&self, _: Request) -> Answer {
        let log: serde_json::Value = lock(&self.0.log).iter().map(|asked| asked.what.as_str()).collect();
        Response::json(200, log.to_string().into_bytes()).into()
    }
}

/// A request.
#[derive(Debug)]
struct Asking {
    method: String,
    /// Path and query.
    what: String,
}

#[derive(Debug)]
struct Stand {
    shape: Shape,
    key: String,
    couples: Mutex<Vec<Couple>>,
    /// How often they were changed.
    minutes: Mutex<u32>,
    log: Mutex<Vec<Asking>>,
    refuse: Mutex<Option<u16>>,
    elsewhere: Mutex<Option<String>>,
    guarded: Option<Guarded>,
}

/// A source that is signed in to in the browser.
#[derive(Debug)]
struct Guarded {
    authority: Arc<Authority>,
    told: Told,
    /// The server's own door, where it is not the source's.
    apart: Option<Door>,
}

/// An authorization server behind a door of its own.
#[derive(Debug)]
struct Apart {
    authority: Arc<Authority>,
    told: Told,
}

impl Site for Apart {
    fn answer(&self, request: Request) -> Answer {
        let described = self.authority.described(&request, self.told).map(Answer::from);
        described
            .or_else(|| self.authority.answer(&request))
            .unwrap_or_else(|| Response::json(404, b"{}".to_vec()).into())
    }
}

/// Scope of the lists.
const SCOPE: &str = "clients.read";

fn authority() -> Arc<Authority> {
    Arc::new(Authority::new(AuthorityConfig {
        service: "A gallery".to_owned(),
        client_id: "wedsync-by-hand".to_owned(),
        client_secret: None,
        redirects: Redirects::Loopback,
        scopes: vec!["openid", "offline_access", SCOPE, "clients.write"],
        logins: vec![
            CrmLogin {
                login: "sarah@harlowandfinch.example".to_owned(),
                password: "correct horse battery staple".to_owned(),
                account_id: "gallery-41".to_owned(),
                name: "Harlow & Finch Photography".to_owned(),
            },
            CrmLogin {
                login: "second@harlowandfinch.example".to_owned(),
                password: "another horse".to_owned(),
                account_id: "gallery-42".to_owned(),
                name: "Second Studio".to_owned(),
            },
        ],
        endpoints: Endpoints::default(),
        habits: Habits::default(),
        rotation: Rotation::Each,
        besides: &[],
    }))
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl RestSource {
    /// Starts a source with so many couples.
    ///
    /// # Errors
    /// When threads or ports are not to be had.
    pub fn start(shape: Shape, seed: u64, couples: usize) -> Result<RestSource, StartError> {
        RestSource::open(shape, seed, couples, None)
    }

    /// Starts a source that is signed in to in the browser, in place of a key. `apart`: its authorization server is another
    /// one, which the source names (RFC 9728); else it is its own.
    ///
    /// # Errors
    /// When threads or ports are not to be had.
    pub fn start_guarded(
        shape: Shape,
        seed: u64,
        couples: usize,
        told: Told,
        apart: bool,
    ) -> Result<RestSource, StartError> {
        RestSource::open(shape, seed, couples, Some((told, apart)))
    }

    fn open(
        shape: Shape,
        seed: u64,
        couples: usize,
        guard: Option<(Told, bool)>,
    ) -> Result<RestSource, StartError> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("rest-source")
            .enable_all()
            .build()
            .map_err(StartError::Runtime)?;
        let open = async move {
            let guarded = match guard {
                Some((told, apart)) => {
                    let authority = authority();
                    let apart = if apart {
                        let door =
                            Door::open(Arc::new(Apart { authority: Arc::clone(&authority), told })).await?;
                        authority.set_origin(&door.origin());
                        Some(door)
                    } else {
                        None
                    };
                    Some(Guarded { authority, told, apart })
                }
                None => None,
            };
            let stand = Arc::new(Stand {
                shape,
                key: couples::key(seed),
                couples: Mutex::new(shape.ordered(couples::make(seed, couples))),
                minutes: Mutex::default(),
                log: Mutex::default(),
                refuse: Mutex::default(),
                elsewhere: Mutex::default(),
                guarded,
            });
            let site = Arc::clone(&stand);
            let door = Door::open(site).await?;
            if let Some(Guarded { authority, apart: None, .. }) = &stand.guarded {
                authority.set_origin(&door.origin());
            }
            Ok((stand, door))
        };
        // On a thread of its own, so that a test which runs inside another runtime may start a source too.
        let opened = std::thread::scope(|scope| scope.spawn(|| runtime.block_on(open)).join());
        let (stand, door) = opened
            .unwrap_or_else(|_| Err(std::io::Error::other("the source's first thread ended early")))
            .map_err(StartError::Port)?;
        Ok(RestSource { stand, door, control: None, runtime: Some(runtime) })
    }

    /// Opens a port of its own for a test outside this process, which answers with every request so far; its address.
    ///
    /// # Errors
    /// When no port can be had.
    pub fn open_control(&mut self) -> Result<String, StartError> {
        let runtime =
            self.runtime.as_ref().ok_or_else(|| StartError::Port(std::io::ErrorKind::NotConnected.into()))?;
        let control = Arc::new(Asked(Arc::clone(&self.stand)));
        let door = runtime.block_on(Door::open(control)).map_err(StartError::Port)?;
        let origin = door.origin();
        self.control = Some(door);
        Ok(origin)
    }

    /// Who can sign in, of a source that is signed in to in the browser.
    pub fn logins(&self) -> &[CrmLogin] {
        self.stand.guarded.as_ref().map_or(&[], |guarded| guarded.authority.logins())
    }

    /// What its authorization server does from now on.
    pub fn switch(&self, switches: AuthoritySwitches) {
        if let Some(guarded) = &self.stand.guarded {
            guarded.authority.switch(switches);
        }
    }

    /// How often its authorization server gave and refused tokens.
    pub fn counts(&self) -> AuthorityCounts {
        self.stand.guarded.as_ref().map(|guarded| guarded.authority.counts()).unwrap_or_default()
    }

    /// Lets every access token age out.
    pub fn expire_access(&self) {
        if let Some(guarded) = &self.stand.guarded {
            guarded.authority.expire_access();
        }
    }

    /// Takes every sign-in back, as a supplier does in the settings there.
    pub fn revoke_all(&self) {
        if let Some(guarded) = &self.stand.guarded {
            guarded.authority.revoke_all();
        }
    }

    /// Address of the list.
    pub fn address(&self) -> String {
        format!("{}{}", self.door.origin(), self.stand.shape.path())
    }

    /// How the key is sent, as `hub connector new --sign` takes it.
    pub fn sign(&self) -> &'static str {
        self.stand.shape.sign()
    }

    /// The key, as the person types it.
    pub fn key(&self) -> String {
        self.stand.shape.typed(&self.stand.key)
    }

    /// The couples, in the order of the list.
    pub fn couples(&self) -> Vec<Couple> {
        lock(&self.stand.couples).clone()
    }

    /// Changes them. Whoever is another one afterwards says so: a minute after the last change.
    pub fn change(&self, change: impl FnOnce(&mut Vec<Couple>)) {
        let mut couples = lock(&self.stand.couples);
        let before = couples.clone();
        change(&mut couples);
        let mut minutes = lock(&self.stand.minutes);
        *minutes += 1;
        let now = format!("2026-05-14T{:02}:{:02}:00Z", 10 + *minutes / 60, *minutes % 60);
        for couple in couples.iter_mut().filter(|couple| !before.contains(couple)) {
            couple.changed.clone_from(&now);
        }
        let ordered = self.stand.shape.ordered(std::mem::take(&mut *couples));
        *couples = ordered;
    }

    /// Path and query of every request so far.
    pub fn requests(&self) -> Vec<String> {
        lock(&self.stand.log).iter().map(|asked| asked.what.clone()).collect()
    }

    /// Methods of every request so far.
    pub fn methods(&self) -> Vec<String> {
        lock(&self.stand.log).iter().map(|asked| asked.method.clone()).collect()
    }

    /// Answers everything with this status from now on; nothing to answer again.
    pub fn refuse(&self, status: Option<u16>) {
        *lock(&self.stand.refuse) = status;
    }

    /// Sends everybody to this origin from now on.
    pub fn redirect(&self, origin: &str) {
        *lock(&self.stand.elsewhere) = Some(origin.to_owned());
    }
}

impl Guarded {
    /// Everything that is not the list, and the list to nobody whose token does not open it.
    fn answer(&self, request: &Request, list: &str) -> Option<Answer> {
        if let Some(door) = &self.apart {
            // RFC 9728: the source names its server.
            if request.path == format!("/.well-known/oauth-protected-resource{list}") {
                let host = request.header("host").unwrap_or_default();
                let said = json!({
                    "resource": format!("http://{host}{list}"),
                    "authorization_servers": [door.origin()],
                    "scopes_supported": [SCOPE, "clients.write"],
                });
                return Some(Response::json(200, said.to_string().into_bytes()).into());
            }
        } else if let Some(response) = self.authority.described(request, self.told) {
            return Some(response.into());
        } else if let Some(answer) = self.authority.answer(request) {
            return Some(answer);
        }
        match self.authority.bearer(request) {
            Ok((_, scopes)) if scopes.iter().any(|scope| scope == SCOPE) => None,
            Ok(_) => {
                let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{SCOPE}\"");
                Some(
                    Response::json(403, b"{\"error\":\"insufficient_scope\"}".to_vec())
                        .with("www-authenticate", challenge)
                        .into(),
                )
            }
            Err(reason) => {
                let challenge = match &self.apart {
                    Some(_) => {
                        let host = request.header("host").unwrap_or_default();
                        format!(
                            "Bearer resource_metadata=\"http://{host}/.well-known/oauth-protected-resource{list}\""
                        )
                    }
                    None => format!("Bearer realm=\"clients\", scope=\"{SCOPE}\""),
                };
                let body = json!({ "error": reason }).to_string().into_bytes();
                Some(Response::json(401, body).with("www-authenticate", challenge).into())
            }
        }
    }
}

impl Drop for RestSource {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Site for Stand {
    fn answer(&self, request: Request) -> Answer {
        let what = match request.raw_query.as_str() {
            "" => request.path.clone(),
            query => format!("{}?{query}", request.path),
        };
        lock(&self.log).push(Asking { method: request.method.clone(), what });
        if let Some(origin) = lock(&self.elsewhere).as_ref() {
            let there = format!("{origin}{}", request.path);
            return Response::html(302, "<html>moved</html>").with("location", there).into();
        }
        if let Some(status) = *lock(&self.refuse) {
            return Response::json(status, b"{\"error\":\"no\"}".to_vec()).into();
        }
        if let Some(guarded) = &self.guarded {
            if let Some(answer) = guarded.answer(&request, self.shape.path()) {
                return answer;
            }
        } else if !self.shape.opens(&self.key, &request) {
            return Response::json(401, b"{\"error\":\"who are you?\"}".to_vec()).into();
        }
        if request.path != self.shape.path() {
            return Response::json(404, b"{\"error\":\"nothing here\"}".to_vec()).into();
        }
        self.shape.page(&request, &lock(&self.couples)).into()
    }
}

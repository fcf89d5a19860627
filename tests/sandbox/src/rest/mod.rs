//! REST sources of studios' own: lists of clients in shapes that are common in the wild and made for nobody here.
//!
//! They differ in everything that a reader could take for granted: where the list stands, what an id is called, how one goes
//! on, how the end shows, how the key is sent, what fields are called. The couples are seeded and told beside.

mod couples;
mod shapes;

use std::sync::{Arc, Mutex, PoisonError};

use tokio::runtime::{Builder, Runtime};

use crate::StartError;
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
        let log: serde_json::Value = lock(&self.0.log).iter().map(String::as_str).collect();
        Response::json(200, log.to_string().into_bytes()).into()
    }
}

#[derive(Debug)]
struct Stand {
    shape: Shape,
    key: String,
    couples: Mutex<Vec<Couple>>,
    log: Mutex<Vec<String>>,
    refuse: Mutex<Option<u16>>,
    elsewhere: Mutex<Option<String>>,
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
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("rest-source")
            .enable_all()
            .build()
            .map_err(StartError::Runtime)?;
        let stand = Arc::new(Stand {
            shape,
            key: couples::key(seed),
            couples: Mutex::new(couples::make(seed, couples)),
            log: Mutex::default(),
            refuse: Mutex::default(),
            elsewhere: Mutex::default(),
        });
        let site = Arc::clone(&stand);
        let open = async move { Door::open(site).await };
        // On a thread of its own, so that a test which runs inside another runtime may start a source too.
        let opened = std::thread::scope(|scope| scope.spawn(|| runtime.block_on(open)).join());
        let door = opened
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

    /// Changes them.
    pub fn change(&self, change: impl FnOnce(&mut Vec<Couple>)) {
        change(&mut lock(&self.stand.couples));
    }

    /// Path and query of every request so far.
    pub fn requests(&self) -> Vec<String> {
        lock(&self.stand.log).clone()
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

impl Drop for RestSource {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Site for Stand {
    fn answer(&self, request: Request) -> Answer {
        lock(&self.log).push(match request.raw_query.as_str() {
            "" => request.path.clone(),
            query => format!("{}?{query}", request.path),
        });
        if let Some(origin) = lock(&self.elsewhere).as_ref() {
            let there = format!("{origin}{}", request.path);
            return Response::html(302, "<html>moved</html>").with("location", there).into();
        }
        if let Some(status) = *lock(&self.refuse) {
            return Response::json(status, b"{\"error\":\"no\"}".to_vec()).into();
        }
        if !self.shape.opens(&self.key, &request) {
            return Response::json(401, b"{\"error\":\"who are you?\"}".to_vec()).into();
        }
        if request.path != self.shape.path() {
            return Response::json(404, b"{\"error\":\"nothing here\"}".to_vec()).into();
        }
        self.shape.page(&request, &lock(&self.couples)).into()
    }
}

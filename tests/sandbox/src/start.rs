//! Starting and stopping the servers, from a test that knows nothing of async.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use crate::authority::PublicAuthority;
use crate::book::{Book, BookSpec};
use crate::cloud_control::CloudControl;
use crate::control::{Control, SecondOrigin};
use crate::faults::RateLimit;
use crate::google::Google;
use crate::honeybook::HoneyBook;
use crate::http::Door;
use crate::log::Log;
use crate::quickbooks::QuickBooks;
use crate::vsco::{BASE, Vsco};
use crate::wedsync::WedSync;

/// What to start.
#[derive(Debug, Clone)]
pub struct SandboxConfig {
    /// The book to serve.
    pub book: BookSpec,
    /// The vendor's quota; none when absent.
    pub rate_limit: Option<RateLimit>,
    /// Waiting time before each answer, from and to; none when absent.
    pub latency: Option<(Duration, Duration)>,
}

impl SandboxConfig {
    /// A book without quota or latency.
    pub fn new(book: BookSpec) -> Self {
        Self { book, rate_limit: None, latency: None }
    }

    /// The demo: Sarah's 214 clients.
    pub fn demo() -> Self {
        Self::new(BookSpec::new(7, 214))
    }
}

/// Why the sandbox did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// No threads or no event loop.
    #[error("the sandbox's runtime could not be made")]
    Runtime(#[source] std::io::Error),
    /// No port on 127.0.0.1.
    #[error("no loopback port could be opened")]
    Port(#[source] std::io::Error),
}

/// Running servers. They stop when this is dropped.
#[derive(Debug)]
pub struct Sandbox {
    control: Control,
    control_origin: String,
    second_origin: String,
    /// Held: a port stays open as long as its door is.
    doors: Vec<Door>,
    runtime: Option<Runtime>,
}

impl Sandbox {
    /// Starts the servers on free loopback ports and returns when they answer.
    ///
    /// # Errors
    /// When threads or ports are not to be had.
    pub fn start(config: SandboxConfig) -> Result<Self, StartError> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("sandbox")
            .enable_all()
            .build()
            .map_err(StartError::Runtime)?;
        let book = Arc::new(Book::generate(config.book));
        let vsco = Arc::new(Vsco::new(Arc::clone(&book)));
        vsco.set_rate_limit(config.rate_limit);
        if let Some((from, to)) = config.latency {
            vsco.set_latency(from, to);
        }
        let second_log = Arc::new(Log::default());
        let open = async {
            let second_site = Arc::new(SecondOrigin { log: Arc::clone(&second_log) });
            let second = Door::open(second_site).await?;
            let door = Door::open(Arc::<Vsco>::clone(&vsco)).await?;
            vsco.set_origins(&door.origin(), &second.origin());
            let honeybook = HoneyBook::open(&book).await?;
            let authority = PublicAuthority::open().await?;
            let quickbooks = QuickBooks::open(&book).await?;
            let google = Google::open(&book).await?;
            let control = Control { vsco, book, door, second_log, honeybook, quickbooks, google, authority };
            let control_door = Door::open(Arc::new(control.clone())).await?;
            Ok::<_, std::io::Error>((control, control_door, second))
        };
        // On a thread of its own, so that a test which runs inside another runtime may start a sandbox too.
        let opened = std::thread::scope(|scope| scope.spawn(|| runtime.block_on(open)).join());
        let (control, control_door, second_door) = opened
            .unwrap_or_else(|_| Err(std::io::Error::other("the sandbox's first thread ended early")))
            .map_err(StartError::Port)?;
        Ok(Self {
            control,
            control_origin: control_door.origin(),
            second_origin: second_door.origin(),
            doors: vec![control_door, second_door],
            runtime: Some(runtime),
        })
    }

    /// Base address of the VSCO Workspace API, with `/api/v2`.
    pub fn vsco_base_url(&self) -> String {
        format!("{}{BASE}", self.control.door.origin())
    }

    /// HoneyBook over the same book.
    pub fn honeybook(&self) -> &HoneyBook {
        &self.control.honeybook
    }

    /// QuickBooks over the same book.
    pub fn quickbooks(&self) -> &QuickBooks {
        &self.control.quickbooks
    }

    /// Google over the same book.
    pub fn google(&self) -> &Google {
        &self.control.google
    }

    /// A CRM that programs sign in to by themselves.
    pub fn authority(&self) -> &PublicAuthority {
        &self.control.authority
    }

    /// Address of the control port; paths begin with `/_control/`.
    pub fn control_url(&self) -> &str {
        &self.control_origin
    }

    /// Opens the control port of a cloud beside this CRM; paths begin with `/_cloud/` (see `cloud_control`).
    ///
    /// # Errors
    /// When no port can be had.
    pub fn open_cloud_control(&mut self, wedsync: Arc<WedSync>, login: &str) -> Result<String, StartError> {
        let site = CloudControl { wedsync, book: Arc::clone(&self.control.book), login: login.to_owned() };
        let runtime =
            self.runtime.as_ref().ok_or_else(|| StartError::Port(std::io::ErrorKind::NotConnected.into()))?;
        let door = runtime.block_on(Door::open(Arc::new(site))).map_err(StartError::Port)?;
        let origin = door.origin();
        self.doors.push(door);
        Ok(origin)
    }

    /// The origin that redirects point to.
    pub fn second_origin(&self) -> &str {
        &self.second_origin
    }

    /// The switches.
    pub fn control(&self) -> &Control {
        &self.control
    }

    /// The book that is served, as it was generated.
    pub fn book(&self) -> &Book {
        &self.control.book
    }

    /// A Read/Write key.
    pub fn api_key(&self) -> &str {
        &self.control.vsco.read_write_key
    }

    /// A Read Only key.
    pub fn read_only_key(&self) -> &str {
        &self.control.vsco.read_only_key
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // In the background, so that a sandbox may also be dropped inside another runtime.
            runtime.shutdown_background();
        }
    }
}

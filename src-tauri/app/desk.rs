//! The shell's state: the seat at the profile, the stream to the page, the files it was handed.
//!
//! The profile opens with the first need and, where that failed, again with the next: "try again" in a page is nothing
//! but its command once more. One opening at a time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use hub_api::{Code, Door, Host, HubEvent, Retry, WireError, dispatch};
use hub_cli::{Seat, Wanted};
use hub_core::message::{Locale, Message};
use hub_core::ports::Secret;
use serde_json::Value as Json;
use tokio::sync::broadcast;

use crate::files::Files;
use crate::stream::Stream;

/// What the shell itself does about what goes on, beside passing it to the page.
pub(crate) trait Watcher: Send + Sync {
    /// An event of the stream.
    fn event(&self, host: &Arc<dyn Host>, event: &HubEvent);
    /// So many jobs run.
    fn jobs(&self, running: usize);
}

/// The state.
pub(crate) struct Desk {
    wanted: Wanted,
    /// The sample's profile is open, or opens next, in place of the wanted one.
    sample: AtomicBool,
    seat: tokio::sync::Mutex<Option<Seat>>,
    /// What listens to the open profile, and would keep it from closing.
    listening: Mutex<Vec<tokio::task::AbortHandle>>,
    watcher: Mutex<Option<Arc<dyn Watcher>>>,
    pub(crate) stream: Arc<Stream>,
    pub(crate) files: Files,
}

impl Desk {
    pub(crate) fn new(wanted: Wanted) -> Arc<Desk> {
        Arc::new(Desk {
            files: Files(wanted.files.clone()),
            wanted,
            sample: AtomicBool::new(false),
            seat: tokio::sync::Mutex::default(),
            listening: Mutex::default(),
            watcher: Mutex::default(),
            stream: Arc::default(),
        })
    }

    pub(crate) fn locale(&self) -> Locale {
        self.wanted.locale
    }

    /// Says what also sees events. To be called before the profile opens.
    pub(crate) fn watch(&self, watcher: Arc<dyn Watcher>) {
        *self.watcher.lock().unwrap_or_else(PoisonError::into_inner) = Some(watcher);
    }

    /// The host of the profile, opening it where it is closed.
    pub(crate) async fn host(&self) -> Result<Arc<dyn Host>, WireError> {
        self.opened(None).await
    }

    /// Opens the profile with a passphrase, where there is no keychain and the supplier chose one.
    pub(crate) async fn unlock(&self, passphrase: Secret) -> Result<(), WireError> {
        self.opened(Some(passphrase)).await.map(drop)
    }

    /// Gives a command of the table.
    pub(crate) async fn command(&self, name: &str, payload: Json) -> Result<Json, WireError> {
        dispatch(self.host().await?, Door::Window, name, payload).await
    }

    /// Takes a sign-in link; what keeps it from being used is told as a sentence.
    pub(crate) async fn deliver(&self, link: Secret) {
        let host = match self.host().await {
            Ok(host) => host,
            Err(error) => return self.stream.notice(error.message),
        };
        match host.sign_in().deliver(link).await {
            Ok(()) => self.stream.changed(&["app", "connections", "jobs"]),
            Err(error) => {
                let error = error.to_wire(self.locale());
                tracing::info!(message = error.message.id, "a link was not used");
                self.stream.notice(error.message);
            }
        }
    }

    /// Nobody looks: memory that only makes reading faster is given back.
    pub(crate) async fn rest(&self) {
        let Some(host) = self.seat.lock().await.as_ref().map(Seat::host) else { return };
        if let Err(error) = host.engine().rest().await {
            tracing::debug!(error = &error as &dyn std::error::Error, "no memory was given back");
        }
    }

    /// Opens the sample's profile in place of the present one, and brings its clients in.
    pub(crate) async fn begin_sample(&self) -> Result<(), WireError> {
        self.change(true).await?;
        match self.command("sample.start", Json::Null).await {
            Ok(_) => Ok(()),
            Err(error) => {
                self.change(false).await?;
                Err(error)
            }
        }
    }

    /// Removes the sample, and opens the profile that was there before it.
    pub(crate) async fn end_sample(&self) -> Result<(), WireError> {
        self.change(false).await?;
        self.wanted.remove_sample().map_err(|error| *error)
    }

    /// Closes what is open; the next need opens the other. Work under way would go on behind the new one's back.
    async fn change(&self, sample: bool) -> Result<(), WireError> {
        let mut held = self.seat.lock().await;
        if held.as_ref().is_some_and(|seat| *seat.jobs_running().borrow() > 0) {
            let message = Message::new("error.sample_busy");
            return Err(WireError::new(self.locale(), Code::Busy, message, Retry::Now));
        }
        for listener in self.listening.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            listener.abort();
        }
        if let Some(seat) = held.take() {
            seat.leave().await;
        }
        self.sample.store(sample, Ordering::SeqCst);
        Ok(())
    }

    /// Gives the profile up.
    pub(crate) async fn close(&self) {
        if let Some(seat) = self.seat.lock().await.take() {
            seat.leave().await;
        }
    }

    fn listens(&self, listener: tokio::task::AbortHandle) {
        self.listening.lock().unwrap_or_else(PoisonError::into_inner).push(listener);
    }

    async fn opened(&self, passphrase: Option<Secret>) -> Result<Arc<dyn Host>, WireError> {
        let mut held = self.seat.lock().await;
        if let Some(seat) = held.as_ref() {
            return Ok(seat.host());
        }
        let sample = self.sample.load(Ordering::SeqCst);
        let mut wanted = if sample { self.wanted.sample() } else { self.wanted.clone() };
        wanted.passphrase = passphrase;
        let seat = Seat::take(wanted).await.map_err(|error| self.in_a_window(error))?;
        let host = seat.host();
        let watcher = self.watcher.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(watcher) = watcher.clone() {
            let mut running = seat.jobs_running();
            let watching = tokio::spawn(async move {
                while running.changed().await.is_ok() {
                    let now = *running.borrow_and_update();
                    watcher.jobs(now);
                }
            });
            self.listens(watching.abort_handle());
        }
        self.listens(tokio::spawn(pass_on(host.clone(), self.stream.clone(), watcher)).abort_handle());
        *held = Some(seat);
        Ok(host)
    }

    /// Sentences that name an option of the command line, as a window says them.
    fn in_a_window(&self, error: WireError) -> WireError {
        let id = match error.message.id.as_str() {
            "error.no_keychain" => "error.app_no_keychain",
            "error.needs_passphrase" => "error.app_needs_passphrase",
            _ => return error,
        };
        WireError::new(self.locale(), error.code, Message::new(id), error.retry)
    }
}

async fn pass_on(host: Arc<dyn Host>, stream: Arc<Stream>, watcher: Option<Arc<dyn Watcher>>) {
    let mut events = host.events().subscribe();
    loop {
        match events.recv().await {
            Ok(event) => {
                if let Some(watcher) = &watcher {
                    watcher.event(&host, &event);
                }
                stream.pass(event);
            }
            // The page sees the gap in the sequence and asks the job's log.
            Err(broadcast::error::RecvError::Lagged(_)) => {}
            Err(broadcast::error::RecvError::Closed) => return,
        }
    }
}

//! Sign-in attempts under way, at WedSync or at a CRM: which there are, where each stands, and whose answer it is that a
//! link brings.
//!
//! The newest return-page attempt is also kept in the vault until it ends: a supplier may close the program while the
//! browser is open, and the link then starts it again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hub_api::{ApiError, Code, HubEvent, WireMessage};
use hub_cloud::{Mark, Returned, SignInAttempt};
use hub_core::message::Message;
use hub_core::ports::{Clock, Secret, SecretStore};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

/// How long a browser may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(600);
/// Attempts remembered; older ones are forgotten.
const REMEMBERED: usize = 16;

/// Where an attempt stands, as its interface sees it.
pub(super) trait Standing: Clone + PartialEq + Send {
    fn waiting() -> Self;
    fn cancelled() -> Self;
    fn failed(message: WireMessage) -> Self;

    fn is_waiting(&self) -> bool {
        *self == Self::waiting()
    }
}

/// An attempt, and what ends it.
struct Attempt<S, A> {
    state: S,
    /// What it is for.
    about: A,
    stop: CancellationToken,
    begun_ms: i64,
    /// Of a return-page attempt: what its link is known by, also after it was spent.
    mark: Option<Mark>,
    /// Of a return-page attempt: waits for a code or link. Taken while one is being tried.
    pending: Option<SignInAttempt>,
}

/// An attempt in the vault. Frozen: old vaults hold it.
#[derive(Serialize, Deserialize)]
struct Kept<A> {
    id: String,
    begun_ms: i64,
    attempt: String,
    #[serde(default)]
    about: A,
}

/// The attempts of one kind.
pub(super) struct Attempts<S, A> {
    held: Mutex<HashMap<String, Attempt<S, A>>>,
    vault: Arc<dyn SecretStore>,
    /// Where the newest return-page attempt lies in the vault.
    kept: &'static str,
    clock: Arc<dyn Clock>,
    events: broadcast::Sender<HubEvent>,
}

/// An attempt that its answer was taken to.
pub(super) struct Taken<A> {
    pub(super) id: String,
    pub(super) about: A,
    pub(super) pending: SignInAttempt,
}

impl<S: Standing, A: Clone + Default + Serialize + DeserializeOwned> Attempts<S, A> {
    /// None yet but what the last process left waiting.
    pub(super) fn new(
        vault: Arc<dyn SecretStore>,
        kept: &'static str,
        clock: Arc<dyn Clock>,
        events: broadcast::Sender<HubEvent>,
    ) -> Self {
        let attempts = Attempts { held: Mutex::default(), vault, kept, clock, events };
        attempts.take_up();
        attempts
    }

    fn held(&self) -> MutexGuard<'_, HashMap<String, Attempt<S, A>>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn now_ms(&self) -> i64 {
        self.clock.now().as_millisecond()
    }

    fn is_late(&self, begun_ms: i64) -> bool {
        let age = self.now_ms() - begun_ms;
        // A clock that was set back makes an attempt younger than it is; that is no better than late.
        age < 0 || u128::try_from(age).is_ok_and(|age| age > PATIENCE.as_millis())
    }

    fn take_up(&self) {
        let kept = match self.vault.secret(self.kept) {
            Ok(Some(kept)) => kept,
            Ok(None) => return,
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "a kept sign-in could not be read");
                return;
            }
        };
        match serde_json::from_str::<Kept<A>>(kept.expose()) {
            Ok(Kept { id, begun_ms, attempt, about }) if !self.is_late(begun_ms) => {
                match SignInAttempt::from_sealed(&Secret::new(attempt)) {
                    Ok(attempt) => drop(self.add(&id, about, begun_ms, Some(attempt))),
                    Err(_) => self.forget_kept(),
                }
            }
            Ok(_) | Err(_) => self.forget_kept(),
        }
    }

    /// Keeps an attempt beyond this process. One that cannot be kept still works as long as the program runs.
    pub(super) fn keep(&self, id: &str, about: &A, begun_ms: i64, attempt: &SignInAttempt) {
        let sealed = attempt.to_sealed().ok().and_then(|sealed| {
            let attempt = sealed.expose().to_owned();
            let kept = Kept { id: id.to_owned(), begun_ms, attempt, about: about.clone() };
            serde_json::to_string(&kept).ok().map(Secret::new)
        });
        let Some(sealed) = sealed else { return };
        if let Err(error) = self.vault.put_secret(self.kept, &sealed) {
            tracing::warn!(error = &error as &dyn std::error::Error, "a sign-in could not be kept");
        }
    }

    pub(super) fn forget_kept(&self) {
        if let Err(error) = self.vault.delete_secret(self.kept) {
            tracing::warn!(error = &error as &dyn std::error::Error, "a kept sign-in could not be removed");
        }
    }

    pub(super) fn add(
        &self,
        id: &str,
        about: A,
        begun_ms: i64,
        pending: Option<SignInAttempt>,
    ) -> CancellationToken {
        let mut held = self.held();
        while held.len() >= REMEMBERED {
            // Ids are of version 7: the smallest is the oldest.
            let Some(oldest) = held.keys().min().cloned() else { break };
            if let Some(attempt) = held.remove(&oldest) {
                attempt.stop.cancel();
            }
        }
        let stop = CancellationToken::new();
        let (state, mark) = (S::waiting(), pending.as_ref().map(SignInAttempt::mark));
        held.insert(id.to_owned(), Attempt { state, about, stop: stop.clone(), begun_ms, mark, pending });
        stop
    }

    /// Tells where an attempt stands from now on, if it was still open.
    pub(super) fn settle(&self, id: &str, state: S) {
        if let Some(attempt) = self.held().get_mut(id)
            && attempt.state.is_waiting()
        {
            attempt.state = state;
        }
        // Nobody listening is no fault; the state can be asked for.
        let _ = self.events.send(HubEvent {
            topic: "sign_in".to_owned(),
            job_id: None,
            seq: 0,
            event: json!({"attempt_id": id}),
        });
    }

    pub(super) fn fail(&self, id: &str, message: WireMessage) {
        self.settle(id, S::failed(message));
    }

    pub(super) fn is_open(&self, id: &str) -> bool {
        self.held().get(id).is_some_and(|attempt| attempt.state.is_waiting())
    }

    /// Another attempt was first: every other open one ends.
    pub(super) fn end_others(&self, id: &str) {
        for (other, attempt) in self.held().iter_mut().filter(|(other, _)| other.as_str() != id) {
            if attempt.state.is_waiting() {
                tracing::info!(attempt = other, "another sign-in was first");
                attempt.state = S::cancelled();
                attempt.pending = None;
                attempt.stop.cancel();
            }
        }
    }

    pub(super) fn take_pending(&self, id: &str) -> Result<Taken<A>, ApiError> {
        let mut held = self.held();
        let attempt = held.get_mut(id);
        let ended = || ApiError::refused(Code::NotFound, "error.no_sign_in");
        let attempt = attempt.ok_or_else(ended)?;
        self.not_late(attempt)?;
        let about = attempt.about.clone();
        attempt.pending.take().ok_or_else(ended).map(|pending| Taken { id: id.to_owned(), about, pending })
    }

    /// Whether a link answers one of these attempts, also one that is over.
    pub(super) fn knows(&self, returned: &Returned) -> bool {
        self.held().values().any(|attempt| attempt.mark.as_ref().is_some_and(|mark| returned.answers(mark)))
    }

    /// Whether one of these attempts waits for its browser.
    pub(super) fn waits(&self) -> bool {
        self.held().values().any(|attempt| attempt.state.is_waiting() && !self.is_late(attempt.begun_ms))
    }

    /// The attempt that this link answers; one that answers none of these is refused in the words of `unknown`.
    pub(super) fn addressed(&self, returned: &Returned, unknown: &str) -> Result<Taken<A>, ApiError> {
        let mut held = self.held();
        let found = held
            .iter_mut()
            .find(|(_, attempt)| attempt.mark.as_ref().is_some_and(|mark| returned.answers(mark)));
        let (id, attempt) = found.ok_or_else(|| ApiError::refused(Code::Refused, unknown))?;
        self.not_late(attempt)?;
        match attempt.pending.take() {
            Some(pending) => Ok(Taken { id: id.clone(), about: attempt.about.clone(), pending }),
            None if attempt.state == S::cancelled() => {
                Err(ApiError::refused(Code::Refused, "error.no_sign_in"))
            }
            None => Err(ApiError::refused(Code::Refused, "error.link_used")),
        }
    }

    fn not_late(&self, attempt: &mut Attempt<S, A>) -> Result<(), ApiError> {
        if attempt.pending.is_some() && self.is_late(attempt.begun_ms) {
            attempt.pending = None;
            attempt.state = S::failed(Message::new("error.sign_in_late").into());
            self.forget_kept();
            return Err(ApiError::refused(Code::Refused, "error.sign_in_late"));
        }
        Ok(())
    }

    pub(super) fn put_back(&self, id: &str, pending: SignInAttempt) {
        if let Some(attempt) = self.held().get_mut(id)
            && attempt.state.is_waiting()
        {
            attempt.pending = Some(pending);
        }
    }

    pub(super) fn state(&self, id: &str) -> Result<S, ApiError> {
        let held = self.held();
        let attempt = held.get(id);
        Ok(attempt.ok_or_else(|| ApiError::refused(Code::NotFound, "error.no_sign_in"))?.state.clone())
    }

    /// Gives an attempt up; unknown ones are no fault.
    pub(super) fn cancel(&self, id: &str) {
        if let Some(attempt) = self.held().get_mut(id) {
            attempt.stop.cancel();
            if attempt.pending.take().is_some() {
                self.forget_kept();
            }
            if attempt.state.is_waiting() {
                attempt.state = S::cancelled();
            }
        }
    }
}

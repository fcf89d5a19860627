//! Signing in to WedSync: attempts by loopback and by return page race; the first that completes ends the others.
//!
//! The newest return-page attempt is also kept in the vault until it ends: a supplier may close the program while the
//! browser is open, and the link then starts it again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use hub_api::dto::{SignInBegun, SignInRoute, SignInState, SignedIn};
use hub_api::{ApiError, Code, HubEvent, Retry, SignIn, WireMessage};
use hub_cloud::{
    AuthorizationCode, CloudClient, CloudError, FreshToken, Loopback, LoopbackPage, LoopbackPages, Mark,
    OAuth, Returned, RotatingTokens, SignInAttempt, SignInError, TokenError, TokenSet, Transport,
};
use hub_core::message::{Locale, Message, render};
use hub_core::ports::{Clock, CloudAccount, Ids, RetryAdvice, Secret, SecretStore};
use hub_engine::Engine;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use super::{remember, supplier_of};

/// How long a browser may take.
const PATIENCE: Duration = Duration::from_secs(600);
/// Attempts remembered; older ones are forgotten.
const REMEMBERED: usize = 16;
/// Where the newest return-page attempt lies in the vault.
const KEPT: &str = "sign_in_attempt";

/// An attempt as its interface sees it, and what ends it.
struct Attempt {
    state: SignInState,
    stop: CancellationToken,
    begun_ms: i64,
    /// Of a return-page attempt: what its link is known by, also after it was spent.
    mark: Option<Mark>,
    /// Of a return-page attempt: waits for a code or link. Taken while one is being tried.
    pending: Option<SignInAttempt>,
}

/// An attempt in the vault. Frozen: old vaults hold it.
#[derive(Serialize, Deserialize)]
struct Kept {
    id: String,
    begun_ms: i64,
    attempt: String,
}

/// What the driver works with.
pub(super) struct Parts {
    pub(super) transport: Transport,
    pub(super) device: String,
    pub(super) oauth: OAuth,
    pub(super) tokens: Arc<RotatingTokens>,
    pub(super) vault: Arc<dyn SecretStore>,
    pub(super) engine: Engine,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: Arc<dyn Ids>,
    pub(super) events: broadcast::Sender<HubEvent>,
    pub(super) locale: Locale,
}

/// What the attempts share.
struct Inner {
    parts: Parts,
    attempts: Mutex<HashMap<String, Attempt>>,
    /// One completion at a time: the first wins.
    finishing: tokio::sync::Mutex<()>,
}

/// The sign-in driver of a profile.
pub(super) struct WedSyncSignIn(Arc<Inner>);

impl WedSyncSignIn {
    pub(super) fn new(parts: Parts) -> WedSyncSignIn {
        let (attempts, finishing) = (Mutex::default(), tokio::sync::Mutex::default());
        let inner = Inner { parts, attempts, finishing };
        inner.take_up();
        WedSyncSignIn(Arc::new(inner))
    }

    async fn begin_loopback(&self, id: &str) -> Result<String, ApiError> {
        let inner = self.0.clone();
        let listener = Loopback::open(inner.pages())
            .await
            .map_err(|error| host_error(Code::Internal, "error.sign_in_listener", Retry::Now, error))?;
        let attempt = SignInAttempt::new_loopback(&inner.parts.oauth, &listener).map_err(sign_in_error)?;
        let url = attempt.authorize_url().to_string();
        let stop = inner.add(id, inner.now_ms(), None);
        let id = id.to_owned();
        tokio::spawn(async move {
            let code = tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(PATIENCE) => {
                    inner.settle(&id, SignInState::Failed { message: Message::new("error.sign_in_late").into() });
                    return;
                }
                code = listener.wait(&attempt) => code,
            };
            let finished = match code {
                Ok(code) => inner.finish(&id, attempt, code).await,
                Err(error) => Err(sign_in_error(error)),
            };
            if let Err(error) = finished {
                let message = error.to_wire(inner.parts.locale).message;
                tracing::warn!(error = &error as &dyn std::error::Error, "a sign-in did not complete");
                inner.settle(&id, SignInState::Failed { message });
            }
        });
        Ok(url)
    }
}

impl Inner {
    fn attempts(&self) -> MutexGuard<'_, HashMap<String, Attempt>> {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now_ms(&self) -> i64 {
        self.parts.clock.now().as_millisecond()
    }

    fn is_late(&self, begun_ms: i64) -> bool {
        let age = self.now_ms() - begun_ms;
        // A clock that was set back makes an attempt younger than it is; that is no better than late.
        age < 0 || u128::try_from(age).is_ok_and(|age| age > PATIENCE.as_millis())
    }

    /// Goes on with what the last process left waiting.
    fn take_up(&self) {
        let kept = match self.parts.vault.secret(KEPT) {
            Ok(Some(kept)) => kept,
            Ok(None) => return,
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "a kept sign-in could not be read");
                return;
            }
        };
        match serde_json::from_str::<Kept>(kept.expose()) {
            Ok(Kept { id, begun_ms, attempt }) if !self.is_late(begun_ms) => {
                match SignInAttempt::from_sealed(&Secret::new(attempt)) {
                    Ok(attempt) => drop(self.add(&id, begun_ms, Some(attempt))),
                    Err(_) => self.forget_kept(),
                }
            }
            Ok(_) | Err(_) => self.forget_kept(),
        }
    }

    /// Keeps an attempt beyond this process. One that cannot be kept still works as long as the program runs.
    fn keep(&self, id: &str, begun_ms: i64, attempt: &SignInAttempt) {
        let sealed = attempt.to_sealed().ok().and_then(|sealed| {
            let kept = Kept { id: id.to_owned(), begun_ms, attempt: sealed.expose().to_owned() };
            serde_json::to_string(&kept).ok().map(Secret::new)
        });
        let Some(sealed) = sealed else { return };
        if let Err(error) = self.parts.vault.put_secret(KEPT, &sealed) {
            tracing::warn!(error = &error as &dyn std::error::Error, "a sign-in could not be kept");
        }
    }

    fn forget_kept(&self) {
        if let Err(error) = self.parts.vault.delete_secret(KEPT) {
            tracing::warn!(error = &error as &dyn std::error::Error, "a kept sign-in could not be removed");
        }
    }

    fn add(&self, id: &str, begun_ms: i64, pending: Option<SignInAttempt>) -> CancellationToken {
        let mut attempts = self.attempts();
        while attempts.len() >= REMEMBERED {
            // Ids are of version 7: the smallest is the oldest.
            let Some(oldest) = attempts.keys().min().cloned() else { break };
            if let Some(attempt) = attempts.remove(&oldest) {
                attempt.stop.cancel();
            }
        }
        let stop = CancellationToken::new();
        let (state, mark) = (SignInState::Waiting, pending.as_ref().map(SignInAttempt::mark));
        attempts.insert(id.to_owned(), Attempt { state, stop: stop.clone(), begun_ms, mark, pending });
        stop
    }

    fn settle(&self, id: &str, state: SignInState) {
        if let Some(attempt) = self.attempts().get_mut(id)
            && attempt.state == SignInState::Waiting
        {
            attempt.state = state;
        }
        // Nobody listening is no fault; the state can be asked for.
        let _ = self.parts.events.send(HubEvent {
            topic: "sign_in".to_owned(),
            job_id: None,
            seq: 0,
            event: json!({"attempt_id": id}),
        });
    }

    fn pages(&self) -> LoopbackPages {
        let page = |name: &str| LoopbackPage {
            title: render(self.parts.locale, &Message::new(format!("sign_in.{name}.title"))),
            text: render(self.parts.locale, &Message::new(format!("sign_in.{name}.text"))),
        };
        LoopbackPages { done: page("done"), failed: page("failed") }
    }

    /// From a code to a signed-in profile.
    async fn finish(
        &self,
        id: &str,
        attempt: SignInAttempt,
        code: AuthorizationCode,
    ) -> Result<(), ApiError> {
        let _first = self.finishing.lock().await;
        if self.attempts().get(id).is_none_or(|attempt| attempt.state != SignInState::Waiting) {
            return Err(ApiError::refused(Code::Cancelled, "error.sign_in_over"));
        }
        self.forget_kept();
        let tokens = self.parts.oauth.exchange(attempt, code).await.map_err(cloud_error)?;
        let account = match self.accepted(&tokens).await {
            Ok(account) => account,
            Err(error) => {
                // Never kept: whoever was signed in before still is.
                if let Err(left) = self.parts.oauth.revoke(&tokens.refresh).await {
                    tracing::warn!(
                        error = &left as &dyn std::error::Error,
                        "a refused sign-in could not be ended at the cloud"
                    );
                }
                return Err(error);
            }
        };
        self.parts.tokens.sign_in(&tokens).map_err(|error| cloud_error(error.into()))?;
        remember(&self.parts.engine, Some(&account)).await?;
        for (other, attempt) in self.attempts().iter_mut().filter(|(other, _)| other.as_str() != id) {
            if attempt.state == SignInState::Waiting {
                tracing::info!(attempt = other, "another sign-in was first");
                attempt.state = SignInState::Cancelled;
                attempt.pending = None;
                attempt.stop.cancel();
            }
        }
        if let Err(error) = self.parts.engine.refresh_schema(&CancellationToken::new()).await {
            // Read again with every import; until then the last known fields stand.
            tracing::warn!(error = &error as &dyn std::error::Error, "WedSync's fields could not be read");
        }
        self.settle(id, SignInState::Done { account: SignedIn::from(account) });
        Ok(())
    }

    /// The account behind fresh tokens, if it is the one this profile belongs to (MODEL 10).
    async fn accepted(&self, tokens: &TokenSet) -> Result<CloudAccount, ApiError> {
        let (transport, device) = (self.parts.transport.clone(), self.parts.device.clone());
        let cloud = CloudClient::new(transport, Arc::new(FreshToken::of(tokens)), device);
        let account = hub_core::ports::CloudApi::account(&cloud)
            .await
            .map_err(|error| ApiError::from(hub_engine::EngineError::Cloud(error)))?;
        match supplier_of(&self.parts.engine).await? {
            Some(supplier) if supplier != account.supplier_id => Err(ApiError::Refused {
                code: Code::Refused,
                message: Message::new("error.other_supplier").with("name", &account.supplier_name),
            }),
            Some(_) | None => Ok(account),
        }
    }

    fn take_pending(&self, id: &str) -> Result<SignInAttempt, ApiError> {
        let mut attempts = self.attempts();
        let attempt = attempts.get_mut(id);
        let ended = || ApiError::refused(Code::NotFound, "error.no_sign_in");
        let attempt = attempt.ok_or_else(ended)?;
        self.not_late(attempt)?;
        attempt.pending.take().ok_or_else(ended)
    }

    /// The attempt that this link answers.
    fn addressed(&self, returned: &Returned) -> Result<(String, SignInAttempt), ApiError> {
        let mut attempts = self.attempts();
        let waiting = attempts.values().any(|attempt| attempt.pending.is_some());
        let found = attempts
            .iter_mut()
            .find(|(_, attempt)| attempt.mark.as_ref().is_some_and(|mark| returned.answers(mark)));
        let Some((id, attempt)) = found else {
            let id = if waiting { "error.sign_in_link" } else { "error.link_unasked" };
            return Err(ApiError::refused(Code::Refused, id));
        };
        self.not_late(attempt)?;
        match (attempt.pending.take(), &attempt.state) {
            (Some(pending), _) => Ok((id.clone(), pending)),
            (None, SignInState::Cancelled) => Err(ApiError::refused(Code::Refused, "error.no_sign_in")),
            (None, SignInState::Waiting | SignInState::Done { .. } | SignInState::Failed { .. }) => {
                Err(ApiError::refused(Code::Refused, "error.link_used"))
            }
        }
    }

    fn not_late(&self, attempt: &mut Attempt) -> Result<(), ApiError> {
        if attempt.pending.is_some() && self.is_late(attempt.begun_ms) {
            attempt.pending = None;
            attempt.state = SignInState::Failed { message: Message::new("error.sign_in_late").into() };
            self.forget_kept();
            return Err(ApiError::refused(Code::Refused, "error.sign_in_late"));
        }
        Ok(())
    }

    async fn accept(&self, id: &str, attempt: SignInAttempt, returned: Returned) -> Result<(), ApiError> {
        match attempt.accept(returned) {
            Ok(code) => self.finish_pending(id, attempt, code).await,
            // Any program can open such a link: one for another attempt must not end this one.
            Err(error @ SignInError::WrongState) => {
                self.put_back(id, attempt);
                Err(sign_in_error(error))
            }
            Err(error) => {
                let error = sign_in_error(error);
                let message: WireMessage = error.to_wire(self.parts.locale).message;
                self.settle(id, SignInState::Failed { message });
                self.forget_kept();
                Err(error)
            }
        }
    }

    fn put_back(&self, id: &str, pending: SignInAttempt) {
        if let Some(attempt) = self.attempts().get_mut(id)
            && attempt.state == SignInState::Waiting
        {
            attempt.pending = Some(pending);
        }
    }

    /// Finishes a return-page attempt; one that was spent and refused is over.
    async fn finish_pending(
        &self,
        id: &str,
        attempt: SignInAttempt,
        code: AuthorizationCode,
    ) -> Result<(), ApiError> {
        let finished = self.finish(id, attempt, code).await;
        if let Err(error) = &finished {
            self.settle(id, SignInState::Failed { message: error.to_wire(self.parts.locale).message });
        }
        finished
    }
}

#[async_trait]
impl SignIn for WedSyncSignIn {
    async fn begin(&self, route: SignInRoute) -> Result<SignInBegun, ApiError> {
        let id = self.0.parts.ids.new_id();
        let url = match route {
            SignInRoute::Loopback => self.begin_loopback(&id).await?,
            SignInRoute::ReturnPage => {
                let attempt = SignInAttempt::new_return_page(&self.0.parts.oauth).map_err(sign_in_error)?;
                let (url, begun_ms) = (attempt.authorize_url().to_string(), self.0.now_ms());
                self.0.keep(&id, begun_ms, &attempt);
                self.0.add(&id, begun_ms, Some(attempt));
                url
            }
        };
        Ok(SignInBegun { attempt_id: id, url })
    }

    async fn short_code(&self, attempt_id: &str, code: &str) -> Result<(), ApiError> {
        let attempt = self.0.take_pending(attempt_id)?;
        match self.0.parts.oauth.claim_short_code(&attempt, code).await {
            Ok(code) => self.0.finish_pending(attempt_id, attempt, code).await,
            Err(error) => {
                // The cloud counts the tries; the attempt itself is not spent.
                self.0.put_back(attempt_id, attempt);
                Err(if error.code() == "invalid_grant" {
                    ApiError::refused(Code::Refused, "error.short_code_wrong")
                } else {
                    cloud_error(error)
                })
            }
        }
    }

    async fn callback(&self, attempt_id: &str, link: Secret) -> Result<(), ApiError> {
        let returned = Returned::from_deep_link(link.expose()).map_err(sign_in_error)?;
        let attempt = self.0.take_pending(attempt_id)?;
        self.0.accept(attempt_id, attempt, returned).await
    }

    async fn deliver(&self, link: Secret) -> Result<(), ApiError> {
        let returned = Returned::from_deep_link(link.expose()).map_err(sign_in_error)?;
        let (id, attempt) = self.0.addressed(&returned)?;
        self.0.accept(&id, attempt, returned).await
    }

    fn state(&self, attempt_id: &str) -> Result<SignInState, ApiError> {
        let attempts = self.0.attempts();
        let attempt = attempts.get(attempt_id);
        Ok(attempt.ok_or_else(|| ApiError::refused(Code::NotFound, "error.no_sign_in"))?.state.clone())
    }

    fn cancel(&self, attempt_id: &str) {
        if let Some(attempt) = self.0.attempts().get_mut(attempt_id) {
            attempt.stop.cancel();
            if attempt.pending.take().is_some() {
                self.0.forget_kept();
            }
            if attempt.state == SignInState::Waiting {
                attempt.state = SignInState::Cancelled;
            }
        }
    }

    async fn sign_out(&self) -> Result<(), ApiError> {
        match self.0.parts.tokens.sign_out().await {
            Ok(()) => {}
            // Here it has ended; the cloud's half runs out by itself.
            Err(TokenError::Refresh(error)) => {
                tracing::warn!(
                    error = error.as_ref() as &dyn std::error::Error,
                    "WedSync was not told of the sign-out"
                );
            }
            Err(error) => return Err(cloud_error(error.into())),
        }
        remember(&self.0.parts.engine, None).await?;
        Ok(())
    }
}

fn host_error(
    code: Code,
    id: &str,
    retry: Retry,
    source: impl std::error::Error + Send + Sync + 'static,
) -> ApiError {
    ApiError::Host { code, message: Message::new(id), retry, source: Some(Box::new(source)) }
}

fn sign_in_error(error: SignInError) -> ApiError {
    match error {
        SignInError::Malformed => host_error(Code::Refused, "error.link_malformed", Retry::Never, error),
        SignInError::WrongState => host_error(Code::Refused, "error.sign_in_link", Retry::Never, error),
        SignInError::Refused(_) => host_error(Code::Refused, "error.sign_in_refused", Retry::Now, error),
        SignInError::Loopback(_) => host_error(Code::Internal, "error.sign_in_listener", Retry::Now, error),
        SignInError::Address(_) | SignInError::Sealed(_) => {
            host_error(Code::Internal, "error.fault", Retry::Never, error)
        }
    }
}

fn cloud_error(error: CloudError) -> ApiError {
    let code = match error.retry() {
        RetryAdvice::SignIn => Code::NotSignedIn,
        RetryAdvice::WhenOnline => Code::Offline,
        RetryAdvice::Retry
        | RetryAdvice::After(_)
        | RetryAdvice::WhenBack
        | RetryAdvice::ResetPaging
        | RetryAdvice::Never => Code::Wedsync,
    };
    let retry = match error.retry() {
        RetryAdvice::Retry | RetryAdvice::WhenBack | RetryAdvice::ResetPaging => Retry::Now,
        RetryAdvice::After(seconds) => Retry::After { seconds },
        RetryAdvice::WhenOnline => Retry::WhenOnline,
        RetryAdvice::SignIn => Retry::AfterSignIn,
        RetryAdvice::Never => Retry::Never,
    };
    let message = Message::new(error.message_id()).with("code", error.code());
    ApiError::Host { code, message, retry, source: Some(Box::new(error)) }
}

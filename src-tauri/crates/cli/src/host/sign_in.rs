//! Signing in to WedSync: attempts by loopback and by return page race; the first that completes ends the others.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use hub_api::dto::{SignInBegun, SignInRoute, SignInState, SignedIn};
use hub_api::{ApiError, Code, HubEvent, Retry, SignIn, WireMessage};
use hub_cloud::{
    AuthorizationCode, CloudClient, CloudError, Loopback, LoopbackPage, LoopbackPages, OAuth, Returned,
    RotatingTokens, SignInAttempt, SignInError, TokenError,
};
use hub_core::message::{Locale, Message, render};
use hub_core::ports::{CloudAccount, Ids, RetryAdvice, Secret};
use hub_engine::Engine;
use serde_json::json;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use super::{remember, supplier_of};

/// How long a browser may take.
const PATIENCE: Duration = Duration::from_secs(600);
/// Attempts remembered; older ones are forgotten.
const REMEMBERED: usize = 16;

/// An attempt as its interface sees it, and what ends it.
struct Attempt {
    state: SignInState,
    stop: CancellationToken,
    /// Of a return-page attempt: waits for a code or link. Taken while one is being tried.
    pending: Option<SignInAttempt>,
}

/// What the attempts share.
struct Inner {
    oauth: OAuth,
    tokens: Arc<RotatingTokens>,
    cloud: Arc<CloudClient>,
    engine: Engine,
    ids: Arc<dyn Ids>,
    events: broadcast::Sender<HubEvent>,
    locale: Locale,
    attempts: Mutex<HashMap<String, Attempt>>,
    /// One completion at a time: the first wins.
    finishing: tokio::sync::Mutex<()>,
}

/// The sign-in driver of a profile.
pub(super) struct WedSyncSignIn(Arc<Inner>);

impl WedSyncSignIn {
    pub(super) fn new(
        oauth: OAuth,
        tokens: Arc<RotatingTokens>,
        cloud: Arc<CloudClient>,
        engine: Engine,
        ids: Arc<dyn Ids>,
        events: broadcast::Sender<HubEvent>,
        locale: Locale,
    ) -> WedSyncSignIn {
        let (attempts, finishing) = (Mutex::default(), tokio::sync::Mutex::default());
        WedSyncSignIn(Arc::new(Inner {
            oauth,
            tokens,
            cloud,
            engine,
            ids,
            events,
            locale,
            attempts,
            finishing,
        }))
    }

    async fn begin_loopback(&self, id: &str) -> Result<String, ApiError> {
        let inner = self.0.clone();
        let listener = Loopback::open(inner.pages())
            .await
            .map_err(|error| host_error(Code::Internal, "error.sign_in_listener", Retry::Now, error))?;
        let attempt = SignInAttempt::new_loopback(&inner.oauth, &listener).map_err(sign_in_error)?;
        let url = attempt.authorize_url().to_string();
        let stop = inner.add(id, None);
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
                let message = error.to_wire(inner.locale).message;
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

    fn add(&self, id: &str, pending: Option<SignInAttempt>) -> CancellationToken {
        let mut attempts = self.attempts();
        while attempts.len() >= REMEMBERED {
            // Ids are of version 7: the smallest is the oldest.
            let Some(oldest) = attempts.keys().min().cloned() else { break };
            if let Some(attempt) = attempts.remove(&oldest) {
                attempt.stop.cancel();
            }
        }
        let stop = CancellationToken::new();
        attempts.insert(id.to_owned(), Attempt { state: SignInState::Waiting, stop: stop.clone(), pending });
        stop
    }

    fn settle(&self, id: &str, state: SignInState) {
        if let Some(attempt) = self.attempts().get_mut(id)
            && attempt.state == SignInState::Waiting
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

    fn pages(&self) -> LoopbackPages {
        let page = |name: &str| LoopbackPage {
            title: render(self.locale, &Message::new(format!("sign_in.{name}.title"))),
            text: render(self.locale, &Message::new(format!("sign_in.{name}.text"))),
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
        let tokens = self.oauth.exchange(attempt, code).await.map_err(cloud_error)?;
        self.tokens.sign_in(&tokens).map_err(|error| cloud_error(error.into()))?;
        let account = match self.accepted().await {
            Ok(account) => account,
            Err(error) => {
                // Tokens of an account that does not belong here must not stay.
                if let Err(left) = self.tokens.sign_out().await {
                    tracing::warn!(
                        error = &left as &dyn std::error::Error,
                        "a refused sign-in could not be ended at the cloud"
                    );
                }
                return Err(error);
            }
        };
        remember(&self.engine, Some(&account)).await?;
        if let Err(error) = self.engine.refresh_schema(&CancellationToken::new()).await {
            // Read again with every import; until then the last known fields stand.
            tracing::warn!(error = &error as &dyn std::error::Error, "WedSync's fields could not be read");
        }
        for (other, attempt) in self.attempts().iter_mut().filter(|(other, _)| other.as_str() != id) {
            if attempt.state == SignInState::Waiting {
                tracing::info!(attempt = other, "another sign-in was first");
                attempt.state = SignInState::Cancelled;
                attempt.pending = None;
                attempt.stop.cancel();
            }
        }
        self.settle(id, SignInState::Done { account: SignedIn::from(account) });
        Ok(())
    }

    /// The account behind fresh tokens, if it is the one this profile belongs to (MODEL 10).
    async fn accepted(&self) -> Result<CloudAccount, ApiError> {
        let account = hub_core::ports::CloudApi::account(self.cloud.as_ref())
            .await
            .map_err(|error| ApiError::from(hub_engine::EngineError::Cloud(error)))?;
        match supplier_of(&self.engine).await? {
            Some(supplier) if supplier != account.supplier_id => Err(ApiError::Refused {
                code: Code::Refused,
                message: Message::new("error.other_supplier").with("name", &account.supplier_name),
            }),
            Some(_) | None => Ok(account),
        }
    }

    fn take_pending(&self, id: &str) -> Result<SignInAttempt, ApiError> {
        self.attempts()
            .get_mut(id)
            .and_then(|attempt| attempt.pending.take())
            .ok_or_else(|| ApiError::refused(Code::NotFound, "error.no_sign_in"))
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
            self.settle(id, SignInState::Failed { message: error.to_wire(self.locale).message });
        }
        finished
    }
}

#[async_trait]
impl SignIn for WedSyncSignIn {
    async fn begin(&self, route: SignInRoute) -> Result<SignInBegun, ApiError> {
        let id = self.0.ids.new_id();
        let url = match route {
            SignInRoute::Loopback => self.begin_loopback(&id).await?,
            SignInRoute::ReturnPage => {
                let attempt = SignInAttempt::new_return_page(&self.0.oauth).map_err(sign_in_error)?;
                let url = attempt.authorize_url().to_string();
                self.0.add(&id, Some(attempt));
                url
            }
        };
        Ok(SignInBegun { attempt_id: id, url })
    }

    async fn short_code(&self, attempt_id: &str, code: &str) -> Result<(), ApiError> {
        let attempt = self.0.take_pending(attempt_id)?;
        match self.0.oauth.claim_short_code(&attempt, code).await {
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
        match attempt.accept(returned) {
            Ok(code) => self.0.finish_pending(attempt_id, attempt, code).await,
            // Any program can open such a link: one for another attempt must not end this one.
            Err(error @ SignInError::WrongState) => {
                self.0.put_back(attempt_id, attempt);
                Err(sign_in_error(error))
            }
            Err(error) => {
                let error = sign_in_error(error);
                let message: WireMessage = error.to_wire(self.0.locale).message;
                self.0.settle(attempt_id, SignInState::Failed { message });
                Err(error)
            }
        }
    }

    fn state(&self, attempt_id: &str) -> Result<SignInState, ApiError> {
        let attempts = self.0.attempts();
        let attempt = attempts.get(attempt_id);
        Ok(attempt.ok_or_else(|| ApiError::refused(Code::NotFound, "error.no_sign_in"))?.state.clone())
    }

    fn cancel(&self, attempt_id: &str) {
        if let Some(attempt) = self.0.attempts().get_mut(attempt_id) {
            attempt.stop.cancel();
            attempt.pending = None;
            if attempt.state == SignInState::Waiting {
                attempt.state = SignInState::Cancelled;
            }
        }
    }

    async fn sign_out(&self) -> Result<(), ApiError> {
        match self.0.tokens.sign_out().await {
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
        remember(&self.0.engine, None).await?;
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
        SignInError::Malformed | SignInError::WrongState => {
            host_error(Code::Refused, "error.sign_in_link", Retry::Never, error)
        }
        SignInError::Refused(_) => host_error(Code::Refused, "error.sign_in_refused", Retry::Now, error),
        SignInError::Loopback(_) => host_error(Code::Internal, "error.sign_in_listener", Retry::Now, error),
        SignInError::Address(_) => host_error(Code::Internal, "error.fault", Retry::Never, error),
    }
}

fn cloud_error(error: CloudError) -> ApiError {
    let code = match error.retry() {
        RetryAdvice::SignIn => Code::NotSignedIn,
        RetryAdvice::WhenOnline => Code::Offline,
        RetryAdvice::Retry | RetryAdvice::After(_) | RetryAdvice::ResetPaging | RetryAdvice::Never => {
            Code::Wedsync
        }
    };
    let retry = match error.retry() {
        RetryAdvice::Retry | RetryAdvice::ResetPaging => Retry::Now,
        RetryAdvice::After(seconds) => Retry::After { seconds },
        RetryAdvice::WhenOnline => Retry::WhenOnline,
        RetryAdvice::SignIn => Retry::AfterSignIn,
        RetryAdvice::Never => Retry::Never,
    };
    let message = Message::new(error.message_id()).with("code", error.code());
    ApiError::Host { code, message, retry, source: Some(Box::new(error)) }
}

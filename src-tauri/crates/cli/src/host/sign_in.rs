//! Signing in to WedSync: attempts by loopback and by return page race; the first that completes ends the others.

use std::sync::Arc;

use async_trait::async_trait;
use hub_api::dto::{SignInBegun, SignInRoute, SignInState, SignedIn};
use hub_api::{ApiError, Code, HubEvent, Retry, SignIn, WireMessage};
use hub_cloud::{
    AuthorizationCode, CloudClient, CloudError, FreshToken, Loopback, LoopbackPage, LoopbackPages, OAuth,
    Returned, RotatingTokens, SignInAttempt, SignInError, TokenError, TokenSet, Transport,
};
use hub_core::message::{Locale, Message, render};
use hub_core::ports::{Clock, CloudAccount, Ids, RetryAdvice, Secret, SecretStore};
use hub_engine::Engine;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use super::attempts::{Attempts, PATIENCE, Standing};
use super::crm_sign_in::CrmSignIns;
use super::{remember, supplier_of};

/// Where the newest return-page attempt lies in the vault.
const KEPT: &str = "sign_in_attempt";

impl Standing for SignInState {
    fn waiting() -> Self {
        SignInState::Waiting
    }
    fn cancelled() -> Self {
        SignInState::Cancelled
    }
    fn failed(message: WireMessage) -> Self {
        SignInState::Failed { message }
    }
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
    /// Sign-ins at CRMs: their links come back the same way.
    pub(super) crms: CrmSignIns,
}

/// What the attempts share.
struct Inner {
    parts: Parts,
    attempts: Attempts<SignInState, ()>,
    /// One completion at a time: the first wins.
    finishing: tokio::sync::Mutex<()>,
}

/// The sign-in driver of a profile.
pub(super) struct WedSyncSignIn(Arc<Inner>);

impl WedSyncSignIn {
    pub(super) fn new(parts: Parts) -> WedSyncSignIn {
        let attempts = Attempts::new(parts.vault.clone(), KEPT, parts.clock.clone(), parts.events.clone());
        WedSyncSignIn(Arc::new(Inner { parts, attempts, finishing: tokio::sync::Mutex::default() }))
    }

    async fn begin_loopback(&self, id: &str) -> Result<String, ApiError> {
        let inner = self.0.clone();
        let listener = Loopback::open(inner.pages())
            .await
            .map_err(|error| host_error(Code::Internal, "error.sign_in_listener", Retry::Now, error))?;
        let attempt = SignInAttempt::new_loopback(&inner.parts.oauth, &listener).map_err(sign_in_error)?;
        let url = attempt.authorize_url().to_string();
        let stop = inner.attempts.add(id, (), inner.attempts.now_ms(), None);
        let id = id.to_owned();
        tokio::spawn(async move {
            let code = tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(PATIENCE) => {
                    inner.attempts.fail(&id, Message::new("error.sign_in_late").into());
                    return;
                }
                code = listener.wait(&attempt) => code,
            };
            let finished = match code {
                Ok(code) => inner.finish(&id, attempt, code).await,
                Err(error) => Err(sign_in_error(error)),
            };
            if let Err(error) = finished {
                tracing::warn!(error = &error as &dyn std::error::Error, "a sign-in did not complete");
                inner.attempts.fail(&id, error.to_wire(inner.parts.locale).message);
            }
        });
        Ok(url)
    }
}

impl Inner {
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
        if !self.attempts.is_open(id) {
            return Err(ApiError::refused(Code::Cancelled, "error.sign_in_over"));
        }
        self.attempts.forget_kept();
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
        self.attempts.end_others(id);
        if let Err(error) = self.parts.engine.refresh_schema(&CancellationToken::new()).await {
            // Read again with every import; until then the last known fields stand.
            tracing::warn!(error = &error as &dyn std::error::Error, "WedSync's fields could not be read");
        }
        self.attempts.settle(id, SignInState::Done { account: SignedIn::from(account) });
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

    async fn accept(&self, id: &str, attempt: SignInAttempt, returned: Returned) -> Result<(), ApiError> {
        match attempt.accept(returned) {
            Ok(code) => self.finish_pending(id, attempt, code).await,
            // Any program can open such a link: one for another attempt must not end this one.
            Err(error @ (SignInError::WrongState | SignInError::WrongIssuer)) => {
                self.attempts.put_back(id, attempt);
                Err(sign_in_error(error))
            }
            Err(error) => {
                let error = sign_in_error(error);
                self.attempts.fail(id, error.to_wire(self.parts.locale).message);
                self.attempts.forget_kept();
                Err(error)
            }
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
            self.attempts.fail(id, error.to_wire(self.parts.locale).message);
        }
        finished
    }
}

#[async_trait]
impl SignIn for WedSyncSignIn {
    async fn begin(&self, route: SignInRoute) -> Result<SignInBegun, ApiError> {
        let id = self.0.parts.ids.new_id();
        let takes_code = matches!(route, SignInRoute::ReturnPage);
        let url = match route {
            SignInRoute::Loopback => self.begin_loopback(&id).await?,
            SignInRoute::ReturnPage => {
                let attempt = SignInAttempt::new_return_page(&self.0.parts.oauth).map_err(sign_in_error)?;
                let (url, begun_ms) = (attempt.authorize_url().to_string(), self.0.attempts.now_ms());
                self.0.attempts.keep(&id, &(), begun_ms, &attempt);
                self.0.attempts.add(&id, (), begun_ms, Some(attempt));
                url
            }
        };
        Ok(SignInBegun { attempt_id: id, url, takes_code })
    }

    async fn short_code(&self, attempt_id: &str, code: &str) -> Result<(), ApiError> {
        let attempt = self.0.attempts.take_pending(attempt_id)?.pending;
        match self.0.parts.oauth.claim_short_code(&attempt, code).await {
            Ok(code) => self.0.finish_pending(attempt_id, attempt, code).await,
            Err(error) => {
                // The cloud counts the tries; the attempt itself is not spent.
                self.0.attempts.put_back(attempt_id, attempt);
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
        let attempt = self.0.attempts.take_pending(attempt_id)?.pending;
        self.0.accept(attempt_id, attempt, returned).await
    }

    async fn deliver(&self, link: Secret) -> Result<(), ApiError> {
        let returned = Returned::from_deep_link(link.expose()).map_err(sign_in_error)?;
        if self.0.parts.crms.knows(&returned) {
            return self.0.parts.crms.deliver(returned).await;
        }
        // Whoever waits, for WedSync or for a CRM, is told that this was not what is waited for.
        let waits = self.0.attempts.waits() || self.0.parts.crms.waits();
        let unknown = if waits { "error.sign_in_link" } else { "error.link_unasked" };
        let taken = self.0.attempts.addressed(&returned, unknown)?;
        self.0.accept(&taken.id, taken.pending, returned).await
    }

    fn state(&self, attempt_id: &str) -> Result<SignInState, ApiError> {
        self.0.attempts.state(attempt_id)
    }

    fn cancel(&self, attempt_id: &str) {
        self.0.attempts.cancel(attempt_id);
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

pub(super) fn host_error(
    code: Code,
    id: &str,
    retry: Retry,
    source: impl std::error::Error + Send + Sync + 'static,
) -> ApiError {
    ApiError::Host { code, message: Message::new(id), retry, source: Some(Box::new(source)) }
}

pub(super) fn sign_in_error(error: SignInError) -> ApiError {
    match error {
        SignInError::Malformed => host_error(Code::Refused, "error.link_malformed", Retry::Never, error),
        SignInError::WrongState | SignInError::WrongIssuer => {
            host_error(Code::Refused, "error.sign_in_link", Retry::Never, error)
        }
        SignInError::Refused(_) => host_error(Code::Refused, "error.sign_in_refused", Retry::Now, error),
        SignInError::Loopback(_) => host_error(Code::Internal, "error.sign_in_listener", Retry::Now, error),
        SignInError::Address(_) | SignInError::Sealed(_) => {
            host_error(Code::Internal, "error.fault", Retry::Never, error)
        }
    }
}

pub(super) fn cloud_error(error: CloudError) -> ApiError {
    let code = match error.retry() {
        RetryAdvice::SignIn => Code::NotSignedIn,
        RetryAdvice::WhenOnline => Code::Offline,
        RetryAdvice::Retry
        | RetryAdvice::After(_)
        | RetryAdvice::WhenBack
        | RetryAdvice::ResetPaging
        | RetryAdvice::WhenSwitchedOn
        | RetryAdvice::Never => Code::Wedsync,
    };
    let retry = match error.retry() {
        RetryAdvice::Retry | RetryAdvice::WhenBack | RetryAdvice::ResetPaging => Retry::Now,
        RetryAdvice::After(seconds) => Retry::After { seconds },
        RetryAdvice::WhenOnline => Retry::WhenOnline,
        RetryAdvice::SignIn => Retry::AfterSignIn,
        RetryAdvice::WhenSwitchedOn | RetryAdvice::Never => Retry::Never,
    };
    let message = Message::new(error.message_id()).with("code", error.code());
    ApiError::Host { code, message, retry, source: Some(Box::new(error)) }
}

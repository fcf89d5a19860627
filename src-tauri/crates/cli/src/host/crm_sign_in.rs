//! Signing in to a CRM in the system's browser (OAuth 2.0): attempts, and from an answer to a connection.
//!
//! Each attempt has one redirect, a state and a verifier of its own (MODEL 8). CRMs that let a program on this computer be
//! the redirect come back to a listener; the others come back to WedSync's page, which opens the app by a link or shows a
//! short code. Whose account it is, is known before anything is kept: a sign-in to another account than the connection's
//! is refused and taken back (F36).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use hub_api::dto::{
    ConnectorSignIn, CrmSignInBegin, CrmSignInState, CrmWindowOpen, SignInAttempt as AttemptId, SignInBegun,
};
use hub_api::{ApiError, Code, CrmSignIn, HubEvent, NewConnection, Retry, WireMessage, connect, reconnect};
use hub_cloud::{
    AuthorizationCode, Loopback, LoopbackPage, LoopbackPages, OAuth, Returned, SignInAttempt, SignInError,
};
use hub_connectors::definition::Redirect;
use hub_connectors::oauth::{GrantFault, Granted, SealedTokens};
use hub_core::message::{Locale, Message, render};
use hub_core::ports::{Clock, Connection, Ids, Secret, SecretStore};
use hub_engine::Engine;
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast;

use super::attempts::{Attempts, PATIENCE, Standing, Taken};
use super::crm_oauth::{OauthWay, grant_error};
use super::crms::{DefinedCrms, SourceWay};
use super::sign_in::{cloud_error, host_error, sign_in_error};
use super::window_sign_in::{SignInWindow, SignInWindows};

/// Where the newest return-page attempt lies in the vault.
const KEPT: &str = "crm_sign_in_attempt";

impl Standing for CrmSignInState {
    fn waiting() -> Self {
        CrmSignInState::Waiting
    }
    fn cancelled() -> Self {
        CrmSignInState::Cancelled
    }
    fn failed(message: WireMessage) -> Self {
        CrmSignInState::Failed { message }
    }
}

/// What an attempt is for. Frozen: old vaults hold it.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Asked {
    pub(super) provider: String,
    pub(super) base_url: Option<String>,
    pub(super) name: Option<String>,
    /// The connection that signs in again; none for a new one.
    pub(super) connection_id: Option<String>,
    /// A source of one's own, of which a look comes and no connection yet. Such an attempt never outlives the program.
    #[serde(skip)]
    pub(super) source: Option<Arc<SourceWay>>,
}

/// What the driver works with.
pub(super) struct CrmParts {
    pub(super) oauth: OAuth,
    pub(super) crms: Arc<DefinedCrms>,
    pub(super) vault: Arc<dyn SecretStore>,
    pub(super) engine: Engine,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: Arc<dyn Ids>,
    pub(super) events: broadcast::Sender<HubEvent>,
    pub(super) locale: Locale,
    /// What opens windows, where the program has any.
    pub(super) windows: Option<Arc<dyn SignInWindows>>,
}

pub(super) struct Inner {
    pub(super) parts: CrmParts,
    pub(super) attempts: Attempts<CrmSignInState, Asked>,
    /// One completion at a time.
    finishing: tokio::sync::Mutex<()>,
    /// Windows by the attempt they are open for.
    windows: Mutex<HashMap<String, Arc<dyn SignInWindow>>>,
}

/// The sign-ins at CRMs of a profile.
#[derive(Clone)]
pub(super) struct CrmSignIns(Arc<Inner>);

impl CrmSignIns {
    pub(super) fn new(parts: CrmParts) -> CrmSignIns {
        let attempts = Attempts::new(parts.vault.clone(), KEPT, parts.clock.clone(), parts.events.clone());
        let (finishing, windows) = (tokio::sync::Mutex::default(), Mutex::default());
        CrmSignIns(Arc::new(Inner { parts, attempts, finishing, windows }))
    }

    /// Whether a link answers one of these attempts.
    pub(super) fn knows(&self, returned: &Returned) -> bool {
        self.0.attempts.knows(returned)
    }

    /// Whether one of these attempts waits for its browser.
    pub(super) fn waits(&self) -> bool {
        self.0.attempts.waits()
    }

    /// Takes a link that answers one of these attempts.
    pub(super) async fn deliver(&self, returned: Returned) -> Result<(), ApiError> {
        let taken = self.0.attempts.addressed(&returned, "error.sign_in_link")?;
        self.0.accept(taken, returned).await
    }

    async fn begin_loopback(&self, id: &str, asked: Asked, way: &OauthWay) -> Result<String, ApiError> {
        let inner = self.0.clone();
        let listener = Loopback::open(inner.pages(&way.name))
            .await
            .map_err(|error| host_error(Code::Internal, "error.sign_in_listener", Retry::Now, error))?;
        let attempt =
            SignInAttempt::for_crm(&way.authorization, listener.redirect_uri()).map_err(sign_in_error)?;
        let url = attempt.authorize_url().to_string();
        let stop = inner.attempts.add(id, asked.clone(), inner.attempts.now_ms(), None);
        let (id, name) = (id.to_owned(), way.name.clone());
        tokio::spawn(async move {
            let code = tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(PATIENCE) => {
                    inner.attempts.fail(&id, Message::new("error.sign_in_late").into());
                    return;
                }
                code = listener.wait(&attempt) => code,
            };
            let taken = Taken { id: id.clone(), about: asked, pending: attempt };
            let finished = match code {
                Ok(code) => inner.finish(taken, code).await,
                Err(error) => Err(not_signed_in(&name, error)),
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
    /// Holds an attempt's window, so that it can be brought to the front.
    pub(super) fn hold(&self, id: &str, window: Arc<dyn SignInWindow>) {
        self.windows.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), window);
    }

    pub(super) fn let_go(&self, id: &str) {
        self.windows.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    }

    fn pages(&self, provider: &str) -> LoopbackPages {
        let text = |name: &str, part: &str| {
            let message = Message::new(format!("crm_sign_in.{name}.{part}")).with("provider", provider);
            render(self.parts.locale, &message)
        };
        let page = |name: &str| LoopbackPage { title: text(name, "title"), text: text(name, "text") };
        LoopbackPages { done: page("done"), failed: page("failed") }
    }

    /// From a code to a connection that works.
    async fn finish(&self, taken: Taken<Asked>, code: AuthorizationCode) -> Result<(), ApiError> {
        let _first = self.finishing.lock().await;
        let Taken { id, about, pending } = taken;
        if !self.attempts.is_open(&id) {
            return Err(ApiError::refused(Code::Cancelled, "error.sign_in_over"));
        }
        self.attempts.forget_kept();
        if let Some(source) = &about.source {
            return self.looked(&id, source, &pending, code).await;
        }
        let connection = match &about.connection_id {
            Some(id) => Some(self.parts.engine.connection(id).await?),
            None => None,
        };
        let way =
            self.parts.crms.oauth_way(&about.provider, about.base_url.as_deref(), connection.as_ref())?;
        let account = code.account().map(str::to_owned);
        if way.authorization.account && account.is_none() {
            return Err(ApiError::refused(Code::CrmKey, "error.sign_in_link"));
        }
        let granted = way
            .server
            .exchange(&code.into_secret(), pending.redirect_uri(), pending.verifier())
            .await
            .map_err(|fault| grant_error(&way.name, fault))?;
        match self.connected(&about, connection.as_ref(), &way, &granted, account.as_deref()).await {
            Ok((connection_id, name)) => {
                self.attempts.settle(&id, CrmSignInState::Done { connection_id, name });
                Ok(())
            }
            // Never kept: what was connected before still is, and what was granted now is taken back.
            Err(error) => {
                take_back(&way, &granted).await;
                Err(error)
            }
        }
    }

    /// From a code to a look at a source of one's own.
    async fn looked(
        &self,
        id: &str,
        source: &SourceWay,
        pending: &SignInAttempt,
        code: AuthorizationCode,
    ) -> Result<(), ApiError> {
        let way = &source.way;
        let traded =
            way.server.exchange(&code.into_secret(), pending.redirect_uri(), pending.verifier()).await;
        let granted = traded.map_err(|fault| {
            if matches!(&fault, GrantFault::Refused(code) if code == "invalid_client") {
                self.parts.crms.name_unknown(source);
            }
            grant_error(&way.name, fault)
        })?;
        let kept = self.granted(way, &granted).and_then(|sealed| {
            let account = way.named(&granted, self.parts.clock.now())?;
            self.parts.crms.keep_sign_in(source, &sealed, account)
        });
        match kept {
            Ok(look_id) => {
                self.attempts.settle(id, CrmSignInState::Opened { look_id });
                Ok(())
            }
            Err(error) => {
                take_back(way, &granted).await;
                Err(error)
            }
        }
    }

    /// What was granted, sealed; refused where less was granted than was asked for.
    fn granted(&self, way: &OauthWay, granted: &Granted) -> Result<Secret, ApiError> {
        if let Some(missing) = way.not_granted(granted) {
            return Err(ApiError::Refused {
                code: Code::CrmKey,
                message: Message::new("error.crm.scope_missing")
                    .with("provider", &way.name)
                    .with("scope", missing),
            });
        }
        let scopes = &way.authorization.scopes;
        let now = self.parts.clock.now().as_second();
        SealedTokens::new(granted, way.origin.clone(), scopes, now)
            .seal()
            .map_err(|error| host_error(Code::Internal, "error.fault", Retry::Never, error))
    }

    /// Keeps what was granted, with a new connection or with the one that signs in again.
    async fn connected(
        &self,
        asked: &Asked,
        connection: Option<&Connection>,
        way: &OauthWay,
        granted: &Granted,
        account: Option<&str>,
    ) -> Result<(String, String), ApiError> {
        let sealed = self.granted(way, granted)?;
        let at = (asked.provider.as_str(), asked.base_url.as_deref());
        let probed = self.parts.crms.whose(at, connection, granted, way, account).await?;
        let kept = match &asked.connection_id {
            None => {
                let new = NewConnection {
                    provider: asked.provider.clone(),
                    base_url: asked.base_url.clone(),
                    name: asked.name.clone(),
                    probed,
                    key_hint: String::new(),
                    sealed,
                    definition: None,
                };
                connect(&self.parts.engine, &self.parts.vault, self.parts.clock.now(), new).await?
            }
            Some(id) => {
                let again = reconnect(
                    &self.parts.engine,
                    &self.parts.vault,
                    id,
                    self.parts.clock.now(),
                    probed.account,
                    sealed,
                    String::new(),
                );
                again.await?
            }
        };
        Ok((kept.id, kept.name))
    }

    async fn accept(&self, taken: Taken<Asked>, returned: Returned) -> Result<(), ApiError> {
        match taken.pending.accept(returned) {
            Ok(code) => self.finish_pending(taken, code).await,
            // Any program can open such a link: one for another attempt must not end this one.
            Err(error @ (SignInError::WrongState | SignInError::WrongIssuer)) => {
                self.attempts.put_back(&taken.id, taken.pending);
                Err(sign_in_error(error))
            }
            Err(error) => {
                let name = hub_connectors::definition::name_of(&taken.about.provider);
                let error = not_signed_in(&name, error);
                self.attempts.fail(&taken.id, error.to_wire(self.parts.locale).message);
                self.attempts.forget_kept();
                Err(error)
            }
        }
    }

    /// Finishes a return-page attempt; one that was spent and refused is over.
    async fn finish_pending(&self, taken: Taken<Asked>, code: AuthorizationCode) -> Result<(), ApiError> {
        let id = taken.id.clone();
        let finished = self.finish(taken, code).await;
        if let Err(error) = &finished {
            self.attempts.fail(&id, error.to_wire(self.parts.locale).message);
        }
        finished
    }
}

/// A sign-in that did not come to its end, in words that name where that was.
fn not_signed_in(provider: &str, error: SignInError) -> ApiError {
    match error {
        SignInError::Refused(_) => ApiError::Host {
            code: Code::Refused,
            message: Message::new("error.crm.sign_in_refused").with("provider", provider),
            retry: Retry::Now,
            source: Some(Box::new(error)),
        },
        other => sign_in_error(other),
    }
}

/// Takes a sign-in back that is not kept.
async fn take_back(way: &OauthWay, granted: &Granted) {
    let token = granted.refresh.as_ref().unwrap_or(&granted.access);
    if let Err(left) = way.server.revoke(token).await {
        tracing::warn!(
            error = &left as &dyn std::error::Error,
            "a refused sign-in could not be ended at the CRM"
        );
    }
}

#[async_trait]
impl CrmSignIn for CrmSignIns {
    async fn begin(&self, request: CrmSignInBegin) -> Result<SignInBegun, ApiError> {
        let parts = &self.0.parts;
        let mut asked = Asked {
            provider: request.provider,
            base_url: request.base_url,
            name: request.name,
            connection_id: request.connection_id,
            source: None,
        };
        let connection = match &asked.connection_id {
            Some(id) => Some(parts.engine.connection(id).await?),
            None => None,
        };
        if let Some(connection) = &connection {
            asked.provider = connection.provider.clone();
            asked.base_url = connection.base_url.clone();
        }
        parts.crms.before_sign_in(&asked.provider, connection.as_ref()).await?;
        let way = parts.crms.oauth_way(&asked.provider, asked.base_url.as_deref(), connection.as_ref())?;
        let id = parts.ids.new_id();
        let url = match way.redirect {
            Redirect::Loopback => self.begin_loopback(&id, asked, &way).await?,
            Redirect::HttpsPage => {
                let redirect = parts.oauth.return_page(&asked.provider);
                let attempt = SignInAttempt::for_crm(&way.authorization, redirect).map_err(sign_in_error)?;
                let (url, begun_ms) = (attempt.authorize_url().to_string(), self.0.attempts.now_ms());
                self.0.attempts.keep(&id, &asked, begun_ms, &attempt);
                self.0.attempts.add(&id, asked, begun_ms, Some(attempt));
                url
            }
        };
        Ok(SignInBegun { attempt_id: id, url, takes_code: way.redirect == Redirect::HttpsPage })
    }

    async fn begin_source(&self, request: ConnectorSignIn) -> Result<SignInBegun, ApiError> {
        let parts = &self.0.parts;
        let source = Arc::new(parts.crms.source_way(&request).await?);
        let id = parts.ids.new_id();
        let asked = Asked { provider: request.provider, source: Some(source.clone()), ..Asked::default() };
        let url = self.begin_loopback(&id, asked, &source.way).await?;
        Ok(SignInBegun { attempt_id: id, url, takes_code: false })
    }

    async fn open_window(&self, request: CrmWindowOpen) -> Result<AttemptId, ApiError> {
        self.0.open_window(request).await
    }

    fn show_window(&self, attempt_id: &str) {
        if let Some(window) = self.0.windows.lock().unwrap_or_else(PoisonError::into_inner).get(attempt_id) {
            window.show();
        }
    }

    async fn short_code(&self, attempt_id: &str, code: &str) -> Result<(), ApiError> {
        let taken = self.0.attempts.take_pending(attempt_id)?;
        match self.0.parts.oauth.claim_short_code(&taken.pending, code).await {
            Ok(code) => self.0.finish_pending(taken, code).await,
            Err(error) => {
                // WedSync counts the tries; the attempt itself is not spent.
                self.0.attempts.put_back(attempt_id, taken.pending);
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
        let taken = self.0.attempts.take_pending(attempt_id)?;
        self.0.accept(taken, returned).await
    }

    fn state(&self, attempt_id: &str) -> Result<CrmSignInState, ApiError> {
        self.0.attempts.state(attempt_id)
    }

    fn cancel(&self, attempt_id: &str) {
        self.0.attempts.cancel(attempt_id);
    }
}

//! Signing in to a site in a window of the program: opened by the person, watched until their list can be read, closed.
//!
//! What is typed there is the site's and the person's; of all that happens in it this learns which page was loaded and
//! which cookies there are. Whether somebody is in is told by their list and by nothing else. The windows themselves are
//! the shell's; without one this way is not there, and says so.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use hub_api::dto::{CrmSignInState, CrmWindowOpen, SignInAttempt};
use hub_api::{ApiError, Code, NewConnection, Probed, Retry, connect, reconnect};
use hub_connectors::{PageViews, Session, SessionCookie, SignedIn};
use hub_core::message::Message;
use hub_core::ports::{RetryAdvice, Secret, way_agreed_setting};
use serde_json::json;
use tokio::sync::mpsc;
use url::Url;

use super::attempts::PATIENCE;
use super::crm_sign_in::{Asked, Inner};

use super::sign_in::host_error;
use super::sites::{SiteLook, SiteWanted};

/// Pages of a window that are looked at. Somebody who opened so many without their list among them needs a hint.
const MOST_LOOKS: u32 = 25;
/// Looks at the same page that failed for a reason which passes, and the pause before each.
const MOST_AGAIN: u32 = 3;
const AGAIN: Duration = Duration::from_secs(5);
/// A window that cannot say its cookies in this time will not say them.
const COOKIES: Duration = Duration::from_secs(10);

/// What a window is to show.
pub struct WindowWanted {
    /// What stands for it; letters, digits and `-`.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Where it begins.
    pub url: Url,
    /// Hosts that it may go to, with their port where it is not the usual one; those below them too.
    pub hosts: Vec<String>,
    /// Cookies that it begins with.
    pub cookies: Vec<SessionCookie>,
    /// Who is told what happens in it.
    pub told: mpsc::UnboundedSender<WindowEvent>,
}

/// What happens in a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WindowEvent {
    /// A page was loaded.
    Loaded(Url),
    /// The person closed it.
    Closed,
}

/// A window cannot be opened, or not be asked.
#[derive(Debug, thiserror::Error)]
#[error("the window cannot be used")]
pub struct WindowFault(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// What opens windows, those too in which a page is drawn and nobody looks.
#[async_trait]
pub trait SignInWindows: PageViews {
    /// Opens one. It has nothing of any other window, keeps nothing, and reaches none of the program's commands.
    ///
    /// # Errors
    /// [`WindowFault`].
    async fn open(&self, wanted: WindowWanted) -> Result<Arc<dyn SignInWindow>, WindowFault>;
}

/// An open window.
#[async_trait]
pub trait SignInWindow: Send + Sync {
    /// All its cookies, those that no script sees too.
    ///
    /// # Errors
    /// [`WindowFault`].
    async fn cookies(&self) -> Result<Vec<SessionCookie>, WindowFault>;
    /// Brings it to the front.
    fn show(&self);
    /// Closes it; one that is closed already is no fault.
    fn close(&self);
}

/// How a window's watch ended.
enum Ended {
    /// With a session that opens the list.
    SignedIn(Box<SignedIn>, Arc<Session>),
    /// The person closed it.
    Closed,
}

/// Closed whatever becomes of the watch.
struct Closing(Arc<dyn SignInWindow>);

impl Drop for Closing {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Whether a later look may well go better.
fn passes(retry: RetryAdvice) -> bool {
    match retry {
        RetryAdvice::Retry
        | RetryAdvice::After(_)
        | RetryAdvice::WhenOnline
        | RetryAdvice::WhenBack
        | RetryAdvice::ResetPaging
        | RetryAdvice::SignIn => true,
        RetryAdvice::WhenSwitchedOn | RetryAdvice::Never => false,
    }
}

fn window_error(fault: WindowFault) -> ApiError {
    host_error(Code::Internal, "error.sign_in_window", Retry::Now, fault)
}

impl Inner {
    /// Opens a window for a sign-in, and watches it in the background.
    pub(super) async fn open_window(
        self: &Arc<Self>,
        request: CrmWindowOpen,
    ) -> Result<SignInAttempt, ApiError> {
        let parts = &self.parts;
        let windows = parts.windows.clone().ok_or_else(|| ApiError::Refused {
            code: Code::Refused,
            message: Message::new("error.sign_in_needs_app"),
        })?;
        let asked = Asked {
            provider: request.provider,
            base_url: request.address,
            name: request.name,
            connection_id: request.connection_id,
            source: None,
        };
        let site = match (&asked.connection_id, &request.definition) {
            (None, Some(own)) => {
                parts.crms.own_site(own, asked.base_url.as_deref(), asked.name.as_deref())?
            }
            (None, None) => {
                parts.crms.site(&asked.provider, asked.base_url.as_deref(), asked.name.as_deref())?
            }
            (Some(id), _) => parts.crms.site_again(&parts.engine.connection(id).await?)?,
        };
        let id = parts.ids.new_id();
        let (told, events) = mpsc::unbounded_channel();
        let title = hub_core::message::render(
            parts.locale,
            &Message::new("sign_in_window.title")
                .with("provider", &site.name)
                .with("host", site.url.host_str().unwrap_or_default()),
        );
        let wanted = WindowWanted {
            id: format!("sign-in-{}", id.chars().filter(char::is_ascii_alphanumeric).collect::<String>()),
            title,
            url: site.url.clone(),
            hosts: site.hosts.clone(),
            cookies: site.cookies.clone(),
            told,
        };
        let window = windows.open(wanted).await.map_err(window_error)?;
        let stop = self.attempts.add(&id, asked.clone(), self.attempts.now_ms(), None);
        self.hold(&id, window.clone());
        let (inner, attempt) = (self.clone(), id.clone());
        let agreed = request.consent_text_version;
        tokio::spawn(async move {
            let closing = Closing(window);
            let ended = tokio::select! {
                () = stop.cancelled() => Ok(Ended::Closed),
                () = tokio::time::sleep(PATIENCE) => Err(ApiError::refused(Code::Refused, "error.sign_in_late")),
                ended = inner.watch(&site, closing.0.as_ref(), events) => ended,
            };
            drop(closing);
            inner.let_go(&attempt);
            let state = match ended {
                Ok(Ended::Closed) => Ok(CrmSignInState::Cancelled),
                Ok(Ended::SignedIn(found, session)) => {
                    inner.window_connected(&asked, *found, &session, agreed).await
                }
                Err(error) => Err(error),
            };
            match state {
                Ok(state) => inner.attempts.settle(&attempt, state),
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "a sign-in window led nowhere");
                    inner.attempts.fail(&attempt, error.to_wire(inner.parts.locale).message);
                }
            }
        });
        Ok(SignInAttempt { attempt_id: id })
    }

    /// Waits until the window's session opens the list.
    async fn watch(
        &self,
        site: &SiteWanted,
        window: &dyn SignInWindow,
        mut events: mpsc::UnboundedReceiver<WindowEvent>,
    ) -> Result<Ended, ApiError> {
        let mut looks = 0;
        let (mut again, mut times) = (None, 0);
        loop {
            let event = match again.take() {
                None => events.recv().await,
                // The page stays as it is: nothing would load that it could be looked at with.
                Some(page) => match tokio::time::timeout(AGAIN, events.recv()).await {
                    Ok(event) => event,
                    Err(_) => Some(WindowEvent::Loaded(page)),
                },
            };
            let Some(mut event) = event else { return Ok(Ended::Closed) };
            // Only the newest page counts: a sign-in leads through several.
            while let Ok(later) = events.try_recv() {
                event = later;
            }
            let page = match event {
                WindowEvent::Closed => return Ok(Ended::Closed),
                WindowEvent::Loaded(page) => page,
            };
            let cookies = tokio::time::timeout(COOKIES, window.cookies()).await;
            let cookies =
                cookies.map_err(|late| window_error(WindowFault(Box::new(late))))?.map_err(window_error)?;
            let views = self.parts.windows.clone().map(|windows| windows as Arc<dyn PageViews>);
            let session = Arc::new(Session::opened(site.origin.clone(), &cookies).with_views(views));
            if session.is_empty() {
                continue;
            }
            looks += 1;
            if looks > MOST_LOOKS {
                return Err(ApiError::Refused {
                    code: Code::Refused,
                    message: Message::new("error.sign_in_no_list").with("provider", &site.name),
                });
            }
            tracing::debug!(host = page.host_str(), "a page of a sign-in window is looked at");
            let look = SiteLook { site, page: page.clone(), session: session.clone() };
            match self.parts.crms.look_at_site(look).await {
                Ok(Some(found)) => return Ok(Ended::SignedIn(Box::new(found), session)),
                Ok(None) => times = 0,
                // It may pass with the next page; whoever is typing a code meanwhile does not begin again for it.
                Err(error) if passes(error.retry) => {
                    tracing::info!(error = &error as &dyn std::error::Error, "a page could not be looked at");
                    times += 1;
                    again = (times <= MOST_AGAIN).then_some(page);
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Keeps the session, with a new connection or with the one that signs in again.
    async fn window_connected(
        &self,
        asked: &Asked,
        found: SignedIn,
        session: &Session,
        agreed: String,
    ) -> Result<CrmSignInState, ApiError> {
        let parts = &self.parts;
        let sealed: Secret =
            session.seal().map_err(|fault| host_error(Code::Internal, "error.fault", Retry::Never, fault))?;
        let kept = match &asked.connection_id {
            None => {
                let definition = hub_connectors::definition::parse(&found.definition)
                    .map_err(|_| ApiError::refused(Code::Internal, "error.fault"))?;
                let new = NewConnection {
                    provider: definition.identity.key,
                    base_url: Some(session.origin().to_owned()),
                    name: asked.name.clone(),
                    probed: Probed { account: found.account, decisions: found.decisions },
                    key_hint: String::new(),
                    sealed,
                    definition: Some(found.definition),
                };
                connect(&parts.engine, &parts.vault, parts.clock.now(), new).await?
            }
            Some(id) => {
                let again = reconnect(
                    &parts.engine,
                    &parts.vault,
                    id,
                    parts.clock.now(),
                    found.account,
                    sealed,
                    String::new(),
                )
                .await?;
                parts.crms.forget_session(&again.id);
                again
            }
        };
        // Beside the consent of what to bring, which is another one and newer or older.
        let agreement = json!({
            "text_version": agreed,
            "site": session.origin(),
            "at": parts.clock.now(),
            "by": parts.engine.require_writer()?.user_id,
        });
        let setting = way_agreed_setting(&kept.id);
        parts.engine.db().run(move |book| book.put_setting(&setting, &agreement)).await?;
        Ok(CrmSignInState::Done { connection_id: kept.id, name: kept.name })
    }
}

#[cfg(test)]
mod tests;

//! The session of a person who signed in by themselves: the site's cookies, and nothing else of it.
//!
//! They are matched to addresses by the rules of RFC 6265 and go to no host that the route does not name. What the site
//! renews on the way is kept durably before the next request, so that an interrupted job goes on as the same session.

use std::fmt;
use std::io::BufReader;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use cookie_store::{CookieDomain, CookieExpiration, CookieStore};
use hub_core::malformed::Malformed;
use hub_core::ports::{Secret, SecretStore, StoreError};
use reqwest::header::{HeaderMap, HeaderValue, SET_COOKIE};
use serde::{Deserialize, Serialize};
use url::Url;

use super::fault::HttpFault;
use super::views::{PageAsked, PageDrawn, PageViews};

/// Most cookies of a session; browsers keep 180 of a site at most.
const MOST: usize = 200;
/// Longest cookie, name and value together, as in RFC 6265, 6.1.
const LONGEST: usize = 4096;
/// The last second of the year 9999, the latest that a date in a header can say.
const LATEST: u64 = 253_402_300_799;

/// A cookie as a window gives it.
#[derive(Clone)]
pub struct SessionCookie {
    /// Name.
    pub name: String,
    /// Value.
    pub value: Secret,
    /// Domain as the window says it, with or without a leading dot.
    pub domain: String,
    /// Path.
    pub path: String,
    /// Only over https.
    pub secure: bool,
    /// Out of the reach of the site's own scripts.
    pub http_only: bool,
    /// Unix seconds at which it ends; with the session where absent.
    pub expires: Option<i64>,
}

impl fmt::Debug for SessionCookie {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SessionCookie").field("domain", &self.domain).finish_non_exhaustive()
    }
}

/// The form of a session in the vault. Frozen: old vaults hold it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed {
    origin: String,
    /// The jar, as the cookie library writes it.
    cookies: serde_json::Value,
}

/// Why a session cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SessionFault {
    /// What lies in the vault is no session.
    #[error("the session in the vault cannot be read")]
    Unreadable(#[source] Malformed),
    /// There is none.
    #[error("there is no session")]
    Missing,
    /// The vault failed.
    #[error("the session cannot be kept")]
    Store(#[source] StoreError),
}

/// Where a session is kept: the vault, and its name there.
type Keeper = (Arc<dyn SecretStore>, String);

/// A session at one site. Shared by everything that reads with it.
pub struct Session {
    origin: String,
    jar: Mutex<CookieStore>,
    keeper: Option<Keeper>,
    /// Where pages that a script draws are drawn.
    views: Option<Arc<dyn PageViews>>,
}

impl fmt::Debug for Session {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Session").field("origin", &self.origin).finish_non_exhaustive()
    }
}

impl Session {
    /// A session that a window just opened at an origin; kept nowhere yet.
    pub fn opened(origin: impl Into<String>, cookies: &[SessionCookie]) -> Session {
        let mut jar = CookieStore::default();
        for cookie in cookies.iter().take(MOST) {
            insert(&mut jar, cookie);
        }
        Session { origin: origin.into(), jar: Mutex::new(jar), keeper: None, views: None }
    }

    /// The session that lies in the vault under this name, and is kept there.
    ///
    /// # Errors
    /// [`SessionFault`].
    pub fn kept(vault: Arc<dyn SecretStore>, name: String) -> Result<Session, SessionFault> {
        let sealed = vault.secret(&name).map_err(SessionFault::Store)?.ok_or(SessionFault::Missing)?;
        let unreadable = |error: serde_json::Error| SessionFault::Unreadable(Malformed::from(error));
        let Sealed { origin, cookies } = serde_json::from_str(sealed.expose()).map_err(unreadable)?;
        let bytes = serde_json::to_vec(&cookies).map_err(unreadable)?;
        let jar = cookie_store::serde::json::load_all(BufReader::new(bytes.as_slice()))
            .map_err(|_| SessionFault::Missing)?;
        Ok(Session { origin, jar: Mutex::new(jar), keeper: Some((vault, name)), views: None })
    }

    /// The same, with windows in which its pages can be drawn.
    #[must_use]
    pub fn with_views(self, views: Option<Arc<dyn PageViews>>) -> Session {
        Session { views, ..self }
    }

    /// Whether its pages can be drawn.
    pub(crate) fn can_draw(&self) -> bool {
        self.views.is_some()
    }

    /// Lets a page be drawn.
    pub(super) async fn draw(&self, asked: PageAsked) -> Result<PageDrawn, HttpFault> {
        let views = self.views.as_ref().ok_or(HttpFault::NoView)?;
        views.draw(asked).await.map_err(HttpFault::View)
    }

    /// The origin it was opened at.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Whether there is any cookie at all.
    pub fn is_empty(&self) -> bool {
        self.jar().iter_unexpired().next().is_none()
    }

    /// The session as the vault keeps it.
    ///
    /// # Errors
    /// [`SessionFault::Unreadable`] when it cannot be written down.
    pub fn seal(&self) -> Result<Secret, SessionFault> {
        let unreadable = |error: serde_json::Error| SessionFault::Unreadable(Malformed::from(error));
        let mut bytes = Vec::new();
        // Cookies that end with the browser are what most sites sign people in with.
        cookie_store::serde::json::save_incl_expired_and_nonpersistent(&self.jar(), &mut bytes)
            .map_err(|_| SessionFault::Missing)?;
        let cookies = serde_json::from_slice(&bytes).map_err(unreadable)?;
        let sealed = Sealed { origin: self.origin.clone(), cookies };
        serde_json::to_string(&sealed).map(Secret::new).map_err(unreadable)
    }

    /// Its cookies, for a window that is to begin where the last one ended.
    pub fn cookies(&self) -> Vec<SessionCookie> {
        self.jar()
            .iter_unexpired()
            .map(|cookie| SessionCookie {
                name: cookie.name().to_owned(),
                value: Secret::new(cookie.value()),
                domain: match &cookie.domain {
                    CookieDomain::Suffix(domain) => format!(".{domain}"),
                    CookieDomain::HostOnly(domain) => domain.clone(),
                    CookieDomain::NotPresent | CookieDomain::Empty => String::new(),
                },
                path: String::from(cookie.path.clone()),
                secure: cookie.secure().unwrap_or(false),
                http_only: cookie.http_only().unwrap_or(false),
                expires: match &cookie.expires {
                    CookieExpiration::AtUtc(at) => Some(at.unix_timestamp()),
                    CookieExpiration::SessionEnd => None,
                },
            })
            .collect()
    }

    fn jar(&self) -> std::sync::MutexGuard<'_, CookieStore> {
        self.jar.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The header for an address; nothing where no cookie is for it.
    pub(super) fn header(&self, url: &Url) -> Option<HeaderValue> {
        let pairs: Vec<String> =
            self.jar().get_request_values(url).map(|(name, value)| format!("{name}={value}")).collect();
        let line = Secret::new(pairs.join("; "));
        let mut value = HeaderValue::from_str(line.expose()).ok().filter(|value| !value.is_empty())?;
        value.set_sensitive(true);
        Some(value)
    }

    /// The value of a cookie that goes to an address.
    pub(super) fn value(&self, name: &str, url: &Url) -> Option<Secret> {
        let jar = self.jar();
        jar.get_request_values(url).find(|(held, _)| *held == name).map(|(_, value)| Secret::new(value))
    }

    /// Takes what a reply sets, and keeps it.
    pub(super) fn absorb(&self, url: &Url, headers: &HeaderMap) -> Result<(), SessionFault> {
        let set = headers.get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut changed = false;
        {
            let mut jar = self.jar();
            for line in set.filter(|line| line.len() <= LONGEST).take(MOST) {
                if jar.iter_any().count() < MOST {
                    changed |= jar.parse(line, url).is_ok();
                }
            }
        }
        if !changed {
            return Ok(());
        }
        self.keep()
    }

    /// Takes the cookies of a window that went on with this session, and keeps them.
    pub(super) fn renewed(&self, cookies: &[SessionCookie]) -> Result<(), SessionFault> {
        if cookies.is_empty() {
            // Signed out or not, a site that has cookies leaves some: the window did not say them.
            return Ok(());
        }
        let mut jar = CookieStore::default();
        for cookie in cookies.iter().take(MOST) {
            insert(&mut jar, cookie);
        }
        *self.jar() = jar;
        self.keep()
    }

    fn keep(&self) -> Result<(), SessionFault> {
        let Some((vault, name)) = &self.keeper else { return Ok(()) };
        vault.put_secret(name, &self.seal()?).map_err(SessionFault::Store)
    }
}

/// Puts a window's cookie into the jar, for the host that the window says it is of.
fn insert(jar: &mut CookieStore, cookie: &SessionCookie) {
    let (name, value) = (cookie.name.as_str(), cookie.value.expose());
    if name.len() + value.len() > LONGEST
        || (name.bytes().chain(value.bytes())).any(|byte| byte < 0x20 || byte == 0x7f || byte == b';')
    {
        return;
    }
    let host = cookie.domain.trim_start_matches('.');
    let scheme = if cookie.secure { "https" } else { "http" };
    let host =
        if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host.to_owned() };
    let Ok(of) = Url::parse(&format!("{scheme}://{host}/")) else { return };
    let path = if cookie.path.starts_with('/') { cookie.path.as_str() } else { "/" };
    let mut line = format!("{name}={value}; Path={path}");
    if cookie.secure {
        line.push_str("; Secure");
    }
    if cookie.http_only {
        line.push_str("; HttpOnly");
    }
    if cookie.domain.starts_with('.') {
        line.push_str("; Domain=");
        line.push_str(&cookie.domain);
    }
    if let Some(at) = cookie.expires.and_then(|at| u64::try_from(at).ok()) {
        let at = UNIX_EPOCH + Duration::from_secs(at.min(LATEST));
        line.push_str("; Expires=");
        line.push_str(&httpdate::fmt_http_date(at));
    }
    let line = Secret::new(line);
    // One that is over, or for a name that has no cookies, is none of the session.
    let _ = jar.parse(line.expose(), &of);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cookie(name: &str, domain: &str, secure: bool) -> SessionCookie {
        SessionCookie {
            name: name.to_owned(),
            value: Secret::new("canary"),
            domain: domain.to_owned(),
            path: "/".to_owned(),
            secure,
            http_only: true,
            expires: None,
        }
    }

    fn sent(session: &Session, url: &str) -> Option<String> {
        let value = session.header(&Url::parse(url).unwrap())?;
        assert!(value.is_sensitive(), "no log shows it");
        Some(value.to_str().unwrap().to_owned())
    }

    #[test]
    fn cookies_go_where_they_are_from_and_nowhere_else() {
        let session = Session::opened(
            "https://www.crm.example",
            &[
                cookie("site", ".crm.example", true),
                cookie("host", "www.crm.example", false),
                cookie("other", ".elsewhere.example", true),
                cookie("bad;name", ".crm.example", true),
            ],
        );
        let here = sent(&session, "https://www.crm.example/clients").unwrap();
        assert!(here.contains("site=canary") && here.contains("host=canary"), "{here}");
        assert!(!here.contains("other") && !here.contains("bad"), "{here}");
        assert_eq!(
            sent(&session, "https://crm.example/").as_deref(),
            Some("site=canary"),
            "a cookie of the domain, not that of one host"
        );
        assert_eq!(
            sent(&session, "http://www.crm.example/").as_deref(),
            Some("host=canary"),
            "only over https"
        );
        assert_eq!(sent(&session, "https://crm.example.evil.example/"), None);
        assert_eq!(sent(&session, "https://notcrm.example/"), None);
    }

    #[test]
    fn inv_42_a_session_is_the_same_after_the_vault_and_says_nothing_of_itself() {
        let over = SessionCookie { expires: Some(1), ..cookie("old", "crm.example", true) };
        let lasting = SessionCookie { expires: Some(4_000_000_000), ..cookie("stays", "crm.example", true) };
        let session =
            Session::opened("https://crm.example", &[cookie("id", "crm.example", true), over, lasting]);
        assert!(!format!("{session:?}{:?}", session.cookies()).contains("canary"), "nothing shows a value");
        let vault = Arc::new(hub_testkit::fakes::MemorySecrets::default());
        vault.put_secret("connection:1", &session.seal().unwrap()).unwrap();
        let again = Session::kept(vault.clone(), "connection:1".to_owned()).unwrap();
        let line = sent(&again, "https://crm.example/").unwrap();
        assert!(
            line.contains("id=canary") && line.contains("stays=canary") && !line.contains("old"),
            "{line}"
        );
        // What the site renews is there for the next process too.
        let mut headers = HeaderMap::new();
        headers.insert(SET_COOKIE, HeaderValue::from_static("id=renewed; Path=/; Secure; HttpOnly"));
        again.absorb(&Url::parse("https://crm.example/clients").unwrap(), &headers).unwrap();
        let third = Session::kept(vault, "connection:1".to_owned()).unwrap();
        assert!(sent(&third, "https://crm.example/").unwrap().contains("id=renewed"));
        assert_eq!(third.cookies().len(), 2, "a window that is opened again begins with both");
    }

    #[test]
    fn what_is_no_session_is_told() {
        let vault = Arc::new(hub_testkit::fakes::MemorySecrets::default());
        assert!(matches!(Session::kept(vault.clone(), "x".to_owned()), Err(SessionFault::Missing)));
        vault.put_secret("x", &Secret::new("{\"key\":1}")).unwrap();
        assert!(matches!(Session::kept(vault, "x".to_owned()), Err(SessionFault::Unreadable(_))));
    }
}

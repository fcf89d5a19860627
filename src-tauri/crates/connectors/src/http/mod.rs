//! The one HTTP client of connectors (MODEL 11).
//!
//! Automatic redirects are off: each hop is checked against the route's hosts, counted against the budget, and carries
//! the credential only to the exact origin it was saved for. Nothing here retries; what failed is classified and
//! handed up. Writes go another way (`write`). Deliberately absent: proxies from the environment (they would see every client),
//! and cookies but for those of a session that a person opened.

mod address;
mod carried;
mod fault;
mod pause;
mod plain;
mod session;
mod sign;
mod views;
mod write;

use std::sync::Arc;

use hub_core::circuit::{RequestEnd, Sent};
use hub_core::ports::{Clock, RateLimit, RequestBudget, Reservation, Secret};
use jiff::Timestamp;
use reqwest::header::{ACCEPT, CONTENT_TYPE, COOKIE, HeaderMap, HeaderName, HeaderValue, LOCATION};
use url::Url;

pub use address::{Reach, check_url};
pub(crate) use carried::Carried;
pub use fault::HttpFault;
pub use pause::{OnWait, Pause, TokioPause, Unwaited};
pub(crate) use plain::Plain;
pub use session::{Session, SessionCookie, SessionFault};
pub use sign::Signing;
pub use views::{PageAsked, PageDrawn, PageViews, ViewFault};
pub(crate) use write::{WriteFault, WriteRequest};

use crate::oauth::CrmTokens;

/// Hops after the first request.
const MAX_HOPS: usize = 5;
/// Largest unpacked size of one reply. A page of 100 records with 1 MB notes would be larger than any seen.
pub const MAX_BODY: usize = 32 * 1024 * 1024;

/// A credential and the origin it was saved for, such as `https://workspace.vsco.co`.
#[derive(Debug, Clone)]
pub struct Credential {
    opens: Opens,
    /// Scheme, host and port of the address the person gave it for; [`origin_of`].
    pub origin: String,
}

/// What opens an account.
#[derive(Debug, Clone)]
enum Opens {
    /// A key, the same until a person gives another.
    Key(Secret),
    /// A sign-in, whose tokens change.
    SignIn(Arc<CrmTokens>),
    /// The session of a person who signed in by themselves.
    Session(Arc<Session>),
    /// Whoever has the address.
    Address(Secret),
}

impl Credential {
    /// A key that was given for this origin.
    pub fn key(secret: Secret, origin: impl Into<String>) -> Credential {
        Credential { opens: Opens::Key(secret), origin: origin.into() }
    }

    /// A sign-in whose tokens are for this origin.
    pub fn sign_in(tokens: Arc<CrmTokens>, origin: impl Into<String>) -> Credential {
        Credential { opens: Opens::SignIn(tokens), origin: origin.into() }
    }

    /// An address that opens what is there by itself; it stands in no log.
    pub fn address(address: Secret, origin: impl Into<String>) -> Credential {
        Credential { opens: Opens::Address(address), origin: origin.into() }
    }

    /// A session, for the origin it was opened at.
    pub fn session(session: Arc<Session>) -> Credential {
        let origin = session.origin().to_owned();
        Credential { opens: Opens::Session(session), origin }
    }
}

/// Scheme, host and port of an address, as [`Credential`] keeps it.
pub fn origin_of(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// What the client is made of.
pub struct HttpParts {
    /// Address below which all paths lie.
    pub base_url: Url,
    /// Hosts that redirects may go to, beside the base URL's own.
    pub hosts: Vec<String>,
    /// Where the secret goes.
    pub signing: Signing,
    /// Largest unpacked reply that is taken, in bytes; [`MAX_BODY`] at most.
    pub largest: usize,
    /// What opens the account.
    pub credential: Credential,
    /// Which addresses may be reached.
    pub reach: Reach,
    /// Account that requests are counted for.
    pub account: String,
    /// Limits of that account.
    pub limits: Vec<RateLimit>,
    /// Where requests are counted.
    pub budget: Arc<dyn RequestBudget>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// How to wait.
    pub pause: Arc<dyn Pause>,
}

/// A reply, whole.
#[derive(Debug, Clone)]
pub struct Reply {
    /// Status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// Unpacked body.
    pub body: Vec<u8>,
    /// Where it came from, after all redirects.
    pub url: Url,
}

impl Reply {
    /// The content type in lower case, without parameters.
    pub fn content_type(&self) -> String {
        let text = self.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }
}

/// An address, and the header that carries the secret, if one does.
type Signed = (Url, Option<(HeaderName, HeaderValue)>);

/// A client for one connection.
pub struct HttpClient {
    client: reqwest::Client,
    parts: HttpParts,
    carried: Carried,
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wants {
    /// Whatever the client is for.
    Usual,
    /// A page for people, whatever else is read.
    Page,
    /// A calendar.
    Calendar,
}

impl HttpClient {
    /// Builds the client.
    ///
    /// # Errors
    /// [`HttpFault::AddressRefused`] when the base URL is not one that may be reached, [`HttpFault::Client`] when the
    /// TLS stack cannot be set up.
    pub fn new(parts: HttpParts) -> Result<HttpClient, HttpFault> {
        check_url(&parts.base_url, parts.reach)?;
        let client = plain::client(parts.reach)?;
        Ok(HttpClient { client, parts, carried: Carried::default() })
    }

    /// The same, with headers of its own.
    pub(crate) fn carrying(self, carried: Carried) -> HttpClient {
        HttpClient { carried, ..self }
    }

    /// What goes with each request beside what opens the account.
    pub(crate) fn carried(&self) -> &Carried {
        &self.carried
    }

    /// Reads a page for people below the base URL, also where lists come as JSON.
    ///
    /// # Errors
    /// As for [`HttpClient::get`].
    pub(crate) async fn get_page(&self, path: &str) -> Result<Reply, HttpFault> {
        self.ask(self.below(path, &[]), None, Wants::Page).await
    }

    /// The clock the client lives by.
    pub fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }

    /// The account that requests are counted for.
    pub fn account(&self) -> &str {
        &self.parts.account
    }

    /// The limits of the account.
    pub fn limits(&self) -> &[RateLimit] {
        &self.parts.limits
    }

    /// Counts requests that were sent under another name for an account that has become known since; without waiting,
    /// because they are sent already.
    pub fn count_for(&self, account: &str, requests: u32) {
        if account == self.parts.account {
            return;
        }
        for _ in 0..requests {
            // A full window needs no further row: it already makes the next request wait.
            let _ = self.parts.budget.reserve(account, &self.parts.limits, self.now());
        }
    }

    /// The CRM asked to wait: nobody sends for this account before then.
    ///
    /// # Errors
    /// [`HttpFault::Budget`].
    pub fn block_until(&self, until: Timestamp) -> Result<(), HttpFault> {
        self.parts.budget.block_until(&self.parts.account, until).map_err(HttpFault::Budget)
    }

    /// The CRM says that a limit of the account is used up, and asks to wait so many seconds.
    ///
    /// # Errors
    /// [`HttpFault::Budget`].
    pub fn limit_spent(&self, wait_seconds: u32) -> Result<(), HttpFault> {
        let (account, limits) = (&self.parts.account, &self.parts.limits);
        self.parts.budget.limit_spent(account, limits, wait_seconds, self.now()).map_err(HttpFault::Budget)
    }

    /// Reads one address below the base URL.
    ///
    /// # Errors
    /// A fault without a reply; every reply that came, whatever its status, is a success here.
    pub async fn get(&self, path: &str, query: &[(String, String)]) -> Result<Reply, HttpFault> {
        self.ask(self.below(path, query), None, Wants::Usual).await
    }

    /// Reads what the secret address of this client opens, under conditions (RFC 9110, 13.1).
    ///
    /// # Errors
    /// [`HttpFault::KeyUnusable`] where no address opens it; else as for [`HttpClient::get`].
    pub(crate) async fn get_address(
        &self,
        conditions: &[(HeaderName, HeaderValue)],
    ) -> Result<Reply, HttpFault> {
        let Opens::Address(address) = &self.parts.credential.opens else {
            return Err(HttpFault::KeyUnusable);
        };
        let url = Url::parse(address.expose()).map_err(|_| HttpFault::KeyUnusable)?;
        if origin_of(&url) != origin_of(&self.parts.base_url) {
            return Err(HttpFault::KeyElsewhere);
        }
        self.ask_if(url, None, Wants::Calendar, conditions).await
    }

    /// Reads one address that the CRM itself named, such as that of a next page: only of its own origin.
    ///
    /// # Errors
    /// [`HttpFault::Moved`] for another origin; else as for [`HttpClient::get`].
    pub async fn get_named(&self, url: Url) -> Result<Reply, HttpFault> {
        if origin_of(&url) != origin_of(&self.parts.base_url) {
            return Err(HttpFault::Moved);
        }
        self.ask(url, None, Wants::Usual).await
    }

    /// Sends a form that a page of this origin holds, such as that of its button for more.
    ///
    /// # Errors
    /// As for [`HttpClient::get_named`].
    pub(crate) async fn send_form(&self, to: Url, fields: &[(String, String)]) -> Result<Reply, HttpFault> {
        if origin_of(&to) != origin_of(&self.parts.base_url) {
            return Err(HttpFault::Moved);
        }
        let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.ask(to, Some(form), Wants::Usual).await
    }

    /// Lets a window draw a page of this origin, with the session that everything else is asked with. The page itself counts
    /// as a request; what its scripts fetch is the site's own doing, as it is when the person opens it.
    ///
    /// # Errors
    /// [`HttpFault::NoView`] where there is no window or no session; [`HttpFault::SessionOver`] for a page that leads elsewhere.
    pub(crate) async fn draw(&self, url: Url, rows: &str, instead: &[String]) -> Result<Reply, HttpFault> {
        let Opens::Session(session) = &self.parts.credential.opens else { return Err(HttpFault::NoView) };
        if origin_of(&url) != origin_of(&self.parts.base_url) {
            return Err(HttpFault::Moved);
        }
        check_url(&url, self.parts.reach)?;
        let sent = self.reserve().await?;
        let hosts = url.host_str().map(|host| match url.port() {
            None => host.to_owned(),
            Some(port) => format!("{host}:{port}"),
        });
        let asked = PageAsked {
            url,
            hosts: hosts.into_iter().collect(),
            cookies: session.cookies(),
            rows: rows.to_owned(),
            instead: instead.to_vec(),
            largest: self.parts.largest.min(MAX_BODY),
        };
        let drawn = tokio::select! {
            drawn = session.draw(asked) => Some(drawn),
            () = self.parts.pause.stopped() => None,
        };
        let end = if matches!(drawn, Some(Ok(_))) { RequestEnd::Answered } else { RequestEnd::Unknown };
        self.note(sent, end)?;
        let drawn = drawn.ok_or(HttpFault::Stopped)??;
        if origin_of(&drawn.url) != origin_of(&self.parts.base_url) {
            return Err(HttpFault::SessionOver);
        }
        session.renewed(&drawn.cookies).map_err(HttpFault::Session)?;
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        Ok(Reply { status: 200, headers, body: drawn.html.into_bytes(), url: drawn.url })
    }

    /// A path below the base URL as an address.
    pub fn address(&self, path: &str) -> Url {
        self.below(path, &[])
    }

    /// An address as it may be kept: without the secret, should it be in there.
    pub fn cleaned(&self, url: Url) -> Url {
        self.parts.signing.cleaned(url)
    }

    async fn ask(&self, first: Url, form: Option<String>, wants: Wants) -> Result<Reply, HttpFault> {
        self.ask_if(first, form, wants, &[]).await
    }

    async fn ask_if(
        &self,
        first: Url,
        mut form: Option<String>,
        wants: Wants,
        conditions: &[(HeaderName, HeaderValue)],
    ) -> Result<Reply, HttpFault> {
        let mut url = self.cleaned(first);
        let mut renewed = false;
        for _ in 0..=MAX_HOPS {
            check_url(&url, self.parts.reach)?;
            self.check_host(&url)?;
            let secret = self.secret_for(&url).await?;
            let signed = self.signed(&url, secret.as_ref())?;
            let sent = self.reserve().await?;
            // An address that is a secret is not written down.
            let shown = if let Opens::Address(_) = &self.parts.credential.opens { "" } else { url.path() };
            tracing::debug!(path = shown, "request");
            // After a redirect the answer to a form is fetched (RFC 9110, 15.4.4).
            let form = form.take();
            let reply = tokio::select! {
                reply = self.send(signed, form, wants, conditions) => reply,
                () = self.parts.pause.stopped() => Err(HttpFault::Stopped),
            };
            self.note(sent, end_of(&reply))?;
            let reply = reply?;
            if let Opens::Session(session) = &self.parts.credential.opens {
                session.absorb(&url, &reply.headers).map_err(HttpFault::Session)?;
            }
            if let (401, false, Opens::SignIn(tokens), Some(refused)) =
                (reply.status, renewed, &self.parts.credential.opens, &secret)
            {
                // Tokens run out in the middle of a list (F31): once more with another, which is a request as well.
                renewed = true;
                let sent = self.reserve().await?;
                // Where tokens are renewed is another place than where records are: it says nothing of that.
                self.note(sent, RequestEnd::Unknown)?;
                tokens.renew(&self.parts.credential.origin, refused).await.map_err(HttpFault::from)?;
                continue;
            }
            let Some(next) = redirect(&url, &reply) else { return Ok(reply) };
            url = self.cleaned(next?);
        }
        Err(HttpFault::Moved)
    }

    fn below(&self, path: &str, query: &[(String, String)]) -> Url {
        let mut url = self.parts.base_url.clone();
        let whole = format!("{}{path}", url.path().trim_end_matches('/'));
        url.set_path(&whole);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    fn check_host(&self, url: &Url) -> Result<(), HttpFault> {
        if origin_of(url) == origin_of(&self.parts.base_url) {
            return Ok(());
        }
        // A listed host means its usual port; another one must be listed with it.
        let named = url.host_str().map(|host| match url.port() {
            None => host.to_owned(),
            Some(port) => format!("{host}:{port}"),
        });
        let listed = named.is_some_and(|named| self.parts.hosts.contains(&named));
        if listed {
            return Ok(());
        }
        match &self.parts.credential.opens {
            Opens::Key(_) | Opens::SignIn(_) | Opens::Address(_) => Err(HttpFault::Moved),
            // Whoever is signed in is not sent away: elsewhere is where one signs in.
            Opens::Session(_) => Err(HttpFault::SessionOver),
        }
    }

    /// What opens this address: nothing at another origin than the one the credential was saved for, where a redirect may
    /// lead; a base URL elsewhere fails.
    async fn secret_for(&self, url: &Url) -> Result<Option<Secret>, HttpFault> {
        let credential = &self.parts.credential;
        if origin_of(&self.parts.base_url) != credential.origin {
            return Err(HttpFault::KeyElsewhere);
        }
        if origin_of(url) != credential.origin {
            return Ok(None);
        }
        match &credential.opens {
            Opens::Key(secret) => Ok(Some(secret.clone())),
            // Its cookies know themselves where they go; an address is where it goes.
            Opens::Session(_) | Opens::Address(_) => Ok(None),
            Opens::SignIn(tokens) => {
                tokens.access(&credential.origin).await.map(Some).map_err(HttpFault::from)
            }
        }
    }

    fn signed(&self, url: &Url, secret: Option<&Secret>) -> Result<Signed, HttpFault> {
        match (secret, &self.parts.credential.opens) {
            (Some(secret), _) => self.parts.signing.sign(url.clone(), secret),
            (None, Opens::Session(session)) => {
                Ok((url.clone(), session.header(url).map(|cookies| (COOKIE, cookies))))
            }
            (None, Opens::Key(_) | Opens::SignIn(_) | Opens::Address(_)) => Ok((url.clone(), None)),
        }
    }

    fn note(&self, sent: Sent, end: RequestEnd) -> Result<(), HttpFault> {
        self.parts.budget.ended(&self.parts.account, sent, end, self.now()).map_err(HttpFault::Budget)
    }

    async fn reserve(&self) -> Result<Sent, HttpFault> {
        loop {
            let now = self.parts.clock.now();
            // A blocking call of one indexed row; handing it to another thread would cost more than it takes.
            let answer = self.parts.budget.reserve(&self.parts.account, &self.parts.limits, now);
            let (until, too_long): (Timestamp, fn(u32) -> HttpFault) =
                match answer.map_err(HttpFault::Budget)? {
                    Reservation::Granted => return Ok(Sent::Plainly),
                    Reservation::Try => return Ok(Sent::AsTry),
                    Reservation::WaitUntil(until) => (until, HttpFault::Spent),
                    Reservation::DownUntil(until) => (until, HttpFault::LeftAlone),
                };
            self.parts.pause.until(until).await.map_err(|unwaited| match unwaited {
                Unwaited::Stopped => HttpFault::Stopped,
                Unwaited::TooLong(until) => too_long(seconds_until(now, until)),
            })?;
        }
    }

    async fn send(
        &self,
        (url, header): Signed,
        form: Option<String>,
        wants: Wants,
        conditions: &[(HeaderName, HeaderValue)],
    ) -> Result<Reply, HttpFault> {
        let accepted = match (&self.parts.credential.opens, wants) {
            (_, Wants::Calendar) => "text/calendar, */*;q=0.5",
            (Opens::Key(_) | Opens::SignIn(_) | Opens::Address(_), Wants::Usual) => "application/json",
            // A site whose lists are JSON shows a page of them to whoever takes one.
            (Opens::Session(_), Wants::Usual) if self.carried.is_for_scripts() => "application/json",
            (Opens::Session(_), Wants::Usual) | (_, Wants::Page) => "text/html, application/json;q=0.9",
        };
        let own = origin_of(&url) == origin_of(&self.parts.base_url);
        let session = match &self.parts.credential.opens {
            Opens::Session(session) if own => Some(session.as_ref()),
            Opens::Session(_) | Opens::Key(_) | Opens::SignIn(_) | Opens::Address(_) => None,
        };
        let beside = session.map(|session| self.carried.headers(session, &url)).unwrap_or_default();
        let mut request = match form {
            None => self.client.get(url),
            Some(form) => {
                self.client.post(url).header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form)
            }
        };
        request = request.header(ACCEPT, accepted);
        for (name, value) in beside.into_iter().chain(conditions.iter().cloned()) {
            request = request.header(name, value);
        }
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        let response = request.send().await.map_err(fault::classify)?;
        plain::whole(response, self.parts.largest.min(MAX_BODY)).await
    }
}

/// What the end of a request says about the CRM.
fn end_of(reply: &Result<Reply, HttpFault>) -> RequestEnd {
    match reply {
        Ok(reply) if reply.status >= 500 => RequestEnd::Down,
        Ok(_) | Err(HttpFault::TooLarge | HttpFault::CutShort(_)) => RequestEnd::Answered,
        Err(HttpFault::TooSlow(_)) => RequestEnd::Down,
        // No network, somebody in between, or nobody who waited: the CRM may be as well as ever.
        Err(
            HttpFault::AddressRefused
            | HttpFault::Moved
            | HttpFault::KeyElsewhere
            | HttpFault::KeyUnusable
            | HttpFault::Unsigned
            | HttpFault::Stopped
            | HttpFault::Spent(_)
            | HttpFault::LeftAlone(_)
            | HttpFault::Budget(_)
            | HttpFault::NoName(_)
            | HttpFault::Broken(_)
            | HttpFault::NotPrivate(_)
            | HttpFault::SignIn(_)
            | HttpFault::SessionOver
            | HttpFault::Session(_)
            | HttpFault::NoView
            | HttpFault::View(_)
            | HttpFault::Client(_),
        ) => RequestEnd::Unknown,
    }
}

/// Whole seconds until a time, at least one.
fn seconds_until(now: Timestamp, until: Timestamp) -> u32 {
    let millis = until.duration_since(now).as_millis().max(1);
    u32::try_from((millis + 999) / 1000).unwrap_or(u32::MAX)
}

/// Where a reply sends us, if anywhere.
fn redirect(from: &Url, reply: &Reply) -> Option<Result<Url, HttpFault>> {
    if ![301, 302, 303, 307, 308].contains(&reply.status) {
        return None;
    }
    let target = reply.headers.get(LOCATION)?.to_str().ok().and_then(|location| from.join(location).ok());
    Some(target.ok_or(HttpFault::Moved))
}

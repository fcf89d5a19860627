//! Who may come in: this computer's own page, once it has traded the token for a cookie.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, COOKIE, HOST, ORIGIN, SET_COOKIE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use super::Served;
use crate::owner::same;

const COOKIE_NAME: &str = "hub_session";

/// The one session of a server.
pub(super) struct Gate {
    /// `127.0.0.1:PORT`, the only name this server answers to.
    authority: String,
    token: String,
    session: String,
    /// Whether the token was traded.
    traded: Mutex<bool>,
    last: Mutex<Instant>,
    shut: CancellationToken,
}

impl Gate {
    pub(super) fn new(authority: String, token: String, session: String) -> Gate {
        Gate {
            authority,
            token,
            session,
            traded: Mutex::new(false),
            last: Mutex::new(Instant::now()),
            shut: CancellationToken::new(),
        }
    }

    pub(super) fn token(&self) -> &str {
        &self.token
    }

    /// Ends open streams, which would keep the server otherwise.
    pub(super) fn shut(&self) {
        self.shut.cancel();
    }

    pub(super) fn until_shut(&self) -> CancellationToken {
        self.shut.clone()
    }

    pub(super) fn used(&self) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    pub(super) fn idle(&self) -> Duration {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).elapsed()
    }

    /// Trades the token, once.
    fn trade(&self, token: &str) -> bool {
        let mut traded = self.traded.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = !*traded && same(token, &self.token);
        *traded |= fits;
        fits
    }

    /// Whether the request comes from this server's own page. A page elsewhere can name us only by a name of its own
    /// (Host) or say where it is from (Origin); what changes something must say it.
    fn is_own(&self, method: &Method, headers: &HeaderMap) -> bool {
        let only = |name: HeaderName| {
            let mut all = headers.get_all(name).iter();
            (all.next().and_then(|value| value.to_str().ok()), all.next().is_some())
        };
        let (host, more_hosts) = only(HOST);
        let (origin, more_origins) = only(ORIGIN);
        let own_origin = format!("http://{}", self.authority);
        let origin_fits = match origin {
            Some(origin) => origin == own_origin,
            None => !headers.contains_key(ORIGIN) && (*method == Method::GET || *method == Method::HEAD),
        };
        host == Some(self.authority.as_str()) && !more_hosts && !more_origins && origin_fits
    }

    fn has_session(&self, headers: &HeaderMap) -> bool {
        let traded = *self.traded.lock().unwrap_or_else(PoisonError::into_inner);
        traded
            && headers
                .get_all(COOKIE)
                .iter()
                .filter_map(|value| value.to_str().ok())
                .flat_map(|cookies| cookies.split(';'))
                .filter_map(|cookie| cookie.trim().split_once('='))
                .any(|(name, value)| name == COOKIE_NAME && same(value, &self.session))
    }
}

/// Turns away every request that another page could have sent, and closes the answers to frames and caches.
pub(super) async fn same_origin(State(served): State<Arc<Served>>, request: Request, next: Next) -> Response {
    if !served.gate.is_own(request.method(), request.headers()) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("x-content-type-options"), "nosniff"),
        (HeaderName::from_static("referrer-policy"), "no-referrer"),
        (
            HeaderName::from_static("content-security-policy"),
            "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Turns away every request without the session, and counts the others as use.
pub(super) async fn signed_in(State(served): State<Arc<Served>>, request: Request, next: Next) -> Response {
    if !served.gate.has_session(request.headers()) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    served.gate.used();
    next.run(request).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Trade {
    token: String,
}

/// `POST /session`: the token for the cookie.
pub(super) async fn open(State(served): State<Arc<Served>>, Json(trade): Json<Trade>) -> Response {
    if !served.gate.trade(&trade.token) {
        return StatusCode::FORBIDDEN.into_response();
    }
    served.gate.used();
    let cookie = format!("{COOKIE_NAME}={}; HttpOnly; SameSite=Strict; Path=/", served.gate.session);
    match HeaderValue::from_str(&cookie) {
        Ok(cookie) => (StatusCode::NO_CONTENT, [(SET_COOKIE, cookie)]).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate() -> Gate {
        Gate::new("127.0.0.1:4000".into(), "token".into(), "session".into())
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (HeaderName::from_static(name), HeaderValue::from_str(value).expect("a header"))
            })
            .collect()
    }

    #[test]
    fn only_the_own_page_is_heard() {
        let own = "http://127.0.0.1:4000";
        for (method, pairs, heard) in [
            (Method::GET, vec![("host", "127.0.0.1:4000")], true),
            (Method::POST, vec![("host", "127.0.0.1:4000"), ("origin", own)], true),
            (Method::POST, vec![("host", "127.0.0.1:4000")], false),
            (Method::GET, vec![("host", "evil.example:4000")], false),
            (Method::GET, vec![("host", "localhost:4000")], false),
            (Method::GET, vec![], false),
            (Method::GET, vec![("host", "127.0.0.1:4000"), ("origin", "http://evil.example")], false),
            (Method::POST, vec![("host", "127.0.0.1:4000"), ("origin", "null")], false),
            (Method::POST, vec![("host", "127.0.0.1:4000"), ("origin", "http://127.0.0.1:4001")], false),
            (Method::POST, vec![("host", "127.0.0.1:4000"), ("origin", "https://127.0.0.1:4000")], false),
        ] {
            assert_eq!(gate().is_own(&method, &headers(&pairs)), heard, "{method} {pairs:?}");
        }
        let mut doubled = headers(&[("host", "127.0.0.1:4000")]);
        doubled.append(HOST, HeaderValue::from_static("evil.example"));
        assert!(!gate().is_own(&Method::GET, &doubled), "two hosts");
    }

    #[test]
    fn the_token_works_once_and_the_cookie_after_it() {
        let gate = gate();
        let cookie = headers(&[("cookie", "a=b; hub_session=session")]);
        assert!(!gate.has_session(&cookie), "nothing was traded yet");
        assert!(!gate.trade("wrong"), "a wrong token");
        assert!(gate.trade("token"), "the token, also after a wrong one");
        assert!(!gate.trade("token"), "a second time");
        assert!(gate.has_session(&cookie));
        assert!(!gate.has_session(&headers(&[("cookie", "hub_session=other")])));
        assert!(!gate.has_session(&headers(&[])));
    }
}

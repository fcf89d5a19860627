//! What goes with each request of a session beside its cookies: headers that the site's own scripts send, and values of the session
//! that have to stand in a header too, such as a token against forged requests.
//!
//! They go to the origin of the session and nowhere else. A value of the session is a secret like the session itself: it is in
//! memory alone, and no log shows it. Deliberately absent: where a value on a page is read from, which is the reader's.

use std::sync::{Mutex, PoisonError};

use hub_core::ports::Secret;
use reqwest::header::{HeaderName, HeaderValue};
use url::Url;

use super::session::Session;
use crate::definition::{CarryFrom, SignInRoute};

/// Longest value of a session that is taken for a header.
const LONGEST: usize = 4096;

/// Headers of a session.
#[derive(Default)]
pub(crate) struct Carried {
    fixed: Vec<(HeaderName, HeaderValue)>,
    /// By the cookie that has the value.
    cookies: Vec<(HeaderName, String)>,
    /// What was read from pages and answers of the site.
    read: Mutex<Vec<(HeaderName, HeaderValue)>>,
    for_scripts: bool,
}

impl std::fmt::Debug for Carried {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Carried").field("fixed", &self.fixed).finish_non_exhaustive()
    }
}

impl Carried {
    /// What a route's requests carry. The check of definitions refuses names and values that cannot stand in a header.
    pub(crate) fn of(route: &SignInRoute) -> Carried {
        let name = |text: &str| HeaderName::try_from(text).ok();
        let fixed = route
            .headers
            .iter()
            .filter_map(|(key, value)| Some((name(key)?, HeaderValue::from_str(value).ok()?)))
            .collect();
        let cookies = route
            .carry
            .iter()
            .filter_map(|carry| match &carry.from {
                CarryFrom::Cookie { name: cookie } => Some((name(&carry.header)?, cookie.clone())),
                CarryFrom::Page { .. } | CarryFrom::Answer { .. } => None,
            })
            .collect();
        Carried { fixed, cookies, read: Mutex::default(), for_scripts: route.list.is_some() }
    }

    /// Whether the site is asked as its own scripts ask it.
    pub(super) fn is_for_scripts(&self) -> bool {
        self.for_scripts
    }

    /// Takes a value that was read from the site; whether it can stand in a header.
    pub(crate) fn take(&self, header: &str, value: &str) -> bool {
        let Ok(name) = HeaderName::try_from(header) else { return false };
        let Some(value) = secret_value(value) else { return false };
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.retain(|(held, _)| *held != name);
        read.push((name, value));
        true
    }

    /// The headers of a request.
    pub(super) fn headers(&self, session: &Session, url: &Url) -> Vec<(HeaderName, HeaderValue)> {
        let mut all = self.fixed.clone();
        all.extend(self.read.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned());
        all.extend(self.cookies.iter().filter_map(|(header, cookie)| {
            let value = session.value(cookie, url)?;
            Some((header.clone(), secret_value(decoded(value.expose()).expose())?))
        }));
        all
    }
}

fn secret_value(text: &str) -> Option<HeaderValue> {
    let text = text.trim();
    if text.is_empty() || text.len() > LONGEST {
        return None;
    }
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// A cookie's value as a script reads it: without percent signs, and with every plus as it stands.
fn decoded(value: &str) -> Secret {
    let kept = Secret::new(format!("v={}", value.replace('+', "%2B").replace('&', "%26")));
    let found = url::form_urlencoded::parse(kept.expose().as_bytes()).next();
    Secret::new(found.map(|(_, value)| value.into_owned()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::SessionCookie;

    fn route(text: &str) -> SignInRoute {
        let whole = format!(
            "state = \"ready\"\nevidence = \"specified\"\nauth = {{ kind = \"session\", help = \"x\" }}\n{text}"
        );
        toml::from_str(&whole).expect("a route")
    }

    #[test]
    fn inv_42_a_value_of_the_session_goes_where_its_cookie_goes_and_no_log_shows_it() {
        let carried = Carried::of(&route(
            "headers = { X-Requested-With = \"XMLHttpRequest\" }\n\
             carry = [{ header = \"x-xsrf-token\", from = { kind = \"cookie\", name = \"XSRF-TOKEN\" } },\n\
                      { header = \"x-brand\", from = { kind = \"answer\", path = \"/me\", at = \"brand\" } }]",
        ));
        let cookie = SessionCookie {
            name: "XSRF-TOKEN".to_owned(),
            value: Secret::new("can+ary%3D%26"),
            domain: "crm.example".to_owned(),
            path: "/".to_owned(),
            secure: true,
            http_only: false,
            expires: None,
        };
        let session = Session::opened("https://crm.example", &[cookie]);
        let sent = |address: &str| -> Vec<(String, String, bool)> {
            let headers = carried.headers(&session, &Url::parse(address).expect("an address"));
            let text = |value: &HeaderValue| value.to_str().expect("text").to_owned();
            headers
                .iter()
                .map(|(name, value)| (name.to_string(), text(value), value.is_sensitive()))
                .collect()
        };
        let fixed = ("x-requested-with".to_owned(), "XMLHttpRequest".to_owned(), false);
        let token = ("x-xsrf-token".to_owned(), "can+ary=&".to_owned(), true);
        assert_eq!(sent("https://crm.example/api"), [fixed.clone(), token.clone()]);
        let elsewhere = sent("https://elsewhere.example/api");
        assert_eq!(elsewhere, std::slice::from_ref(&fixed), "its cookie does not go there");

        assert!(!carried.take("x-brand", "two\nlines") && !carried.take("x-brand", " "), "no such header");
        assert!(carried.take("x-brand", "b-1") && carried.take("x-brand", "b-2"));
        let brand = ("x-brand".to_owned(), "b-2".to_owned(), true);
        assert_eq!(sent("https://crm.example/api"), [fixed, brand, token]);
        assert!(!format!("{carried:?}").contains("b-2"));
    }
}

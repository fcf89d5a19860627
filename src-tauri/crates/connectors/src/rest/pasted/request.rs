//! One request, whoever wrote it down: its address without what does not belong there, how it is signed, and its key.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use hub_core::ports::Secret;
use url::Url;

use super::{Candidate, Note, PastedError, SignedBy, label};
use crate::rest::recognise::find::plain;
use crate::rest::recognise::paging::{PAGE_NAMES, SKIP_NAMES};

/// Longest address, and longest key: what is longer is neither.
const LONGEST_ADDRESS: usize = 4096;
const LONGEST_KEY: usize = 4096;
/// Parameters and headers that are looked at.
const MOST: usize = 200;
/// From this length on a parameter of letters and digits is opaque enough to be a key.
const OPAQUE: usize = 20;
/// Parameters that carry a cursor.
const CURSORS: [&str; 11] = [
    "cursor",
    "after",
    "before",
    "starting_after",
    "ending_before",
    "page_token",
    "pageToken",
    "next_token",
    "nextToken",
    "continuation",
    "continuationToken",
];

/// A request as it was sent, or would be.
pub(super) struct Sent {
    /// Its address; it may hold a key.
    pub(super) url: Url,
    /// Headers in their order.
    pub(super) headers: Vec<(String, Secret)>,
    /// `name:password`, where it was given apart.
    pub(super) user: Option<Secret>,
    /// A bearer token that was given apart.
    pub(super) bearer: Option<Secret>,
    /// Whether cookies go with it.
    pub(super) cookies: bool,
}

impl Sent {
    /// A request of an address alone.
    pub(super) fn to(url: Url) -> Sent {
        Sent { url, headers: Vec::new(), user: None, bearer: None, cookies: false }
    }
}

/// A way in which the request seems to be signed, and the key, unless a placeholder stands there.
struct Sign {
    by: SignedBy,
    key: Option<Secret>,
}

/// Reads a request. Its address keeps no key, and nothing that chooses a page.
pub(super) fn taken(sent: Sent) -> Result<(Candidate, Vec<Note>), PastedError> {
    let Sent { mut url, headers, user, bearer, mut cookies } = sent;
    if !["http", "https"].contains(&url.scheme()) || url.host_str().is_none_or(str::is_empty) {
        return Err(PastedError::BadAddress);
    }
    let mut notes = Vec::new();
    let mut signs: Vec<Sign> = Vec::new();
    for (name, value) in headers.iter().take(MOST) {
        if name.eq_ignore_ascii_case("authorization") {
            match authorization(value) {
                Some(sign) => signs.push(sign),
                None => notes.push(Note::OtherSignIn),
            }
        }
        cookies |= name.eq_ignore_ascii_case("cookie");
    }
    signs.extend(bearer.map(|key| Sign { by: SignedBy::Bearer, key: Some(key) }));
    signs.extend(user.map(basic));
    for (name, value) in headers.iter().take(MOST) {
        if is_key_header(name) && is_header_name(name) {
            signs.push(Sign { by: SignedBy::Header(name.clone()), key: Some(value.clone()) });
        }
    }
    if !url.username().is_empty() || url.password().is_some() {
        let name = format!("{}:{}", url.username(), url.password().unwrap_or_default());
        signs.push(basic(Secret::new(decoded(&name))));
        // An address with a host always takes these.
        let _ = (url.set_username(""), url.set_password(None));
    }
    signs.extend(queried(&mut url, signs.is_empty()));
    url.set_fragment(None);
    let address = url.to_string();
    if address.len() > LONGEST_ADDRESS {
        return Err(PastedError::BadAddress);
    }
    let mut placeholder = false;
    for sign in &mut signs {
        let usable = sign.key.as_ref().is_some_and(|key| is_key(key.expose()));
        if !usable {
            placeholder |= sign.key.take().is_some();
        }
    }
    let real = signs.iter().filter(|sign| sign.key.is_some()).count();
    if real > 1 {
        notes.push(Note::MoreKeys);
    }
    if real == 0 && placeholder {
        notes.push(Note::Placeholder);
    }
    if cookies {
        notes.push(Note::Cookies);
    }
    // The first with a key; else the first that says how the key would be sent.
    let at = signs.iter().position(|sign| sign.key.is_some()).unwrap_or(0);
    let sign = (at < signs.len()).then(|| signs.swap_remove(at));
    let (signed, key) = sign.map_or((None, None), |sign| (Some(sign.by), sign.key));
    let candidate = Candidate { label: label(url.path()), address: Some(address), signed, key, seen: None };
    Ok((candidate, notes))
}

/// `Authorization` (RFC 9110, 11.6.2). Nothing for a scheme that signs each request anew.
fn authorization(value: &Secret) -> Option<Sign> {
    let text = value.expose().trim();
    let (scheme, rest) = text.split_once(char::is_whitespace).unwrap_or(("", text));
    let rest = rest.trim();
    match scheme.to_ascii_lowercase().as_str() {
        "bearer" => Some(Sign { by: SignedBy::Bearer, key: Some(Secret::new(rest)) }),
        "basic" => {
            let bytes = STANDARD.decode(rest).or_else(|_| STANDARD_NO_PAD.decode(rest)).ok();
            let pair = bytes.and_then(|bytes| String::from_utf8(bytes).ok()).map(Secret::new);
            Some(match pair {
                Some(pair) => basic(pair),
                // A placeholder, most likely: it is not decoded and not used.
                None => Sign { by: SignedBy::Basic, key: Some(Secret::new("")) },
            })
        }
        "digest" | "negotiate" | "ntlm" | "hawk" | "oauth" | "mac" | "signature" => None,
        scheme if scheme.starts_with("aws") => None,
        // A scheme of the server's own: what is sent is the whole text.
        _ => Some(Sign { by: SignedBy::Header("Authorization".to_owned()), key: Some(Secret::new(text)) }),
    }
}

/// A pair without a colon has no password: curl would ask for it.
fn basic(pair: Secret) -> Sign {
    let key = pair.expose().contains(':').then_some(pair);
    Sign { by: SignedBy::Basic, key }
}

fn is_header_name(name: &str) -> bool {
    name.len() <= 100 && reqwest::header::HeaderName::try_from(name).is_ok()
}

/// Whether a header of this name carries a key.
fn is_key_header(name: &str) -> bool {
    const NEVER: [&str; 8] =
        ["csrf", "xsrf", "idempotency", "websocket", "captcha", "surrogate", "cookie", "trace"];
    const KEYS: [&str; 8] =
        ["key", "token", "secret", "auth", "apikey", "accesskey", "pat", "authentication"];
    let lower = name.to_ascii_lowercase();
    if lower == "authorization" || NEVER.iter().any(|word| lower.contains(word)) {
        return false;
    }
    lower.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| KEYS.contains(&word))
        || ["apikey", "apitoken", "accesstoken", "authtoken", "apisecret"]
            .iter()
            .any(|word| plain(name).contains(word))
}

/// Whether a parameter of this name carries a key.
fn is_key_parameter(name: &str) -> bool {
    const KEYS: [&str; 22] = [
        "key",
        "apikey",
        "token",
        "apitoken",
        "accesstoken",
        "accesskey",
        "authtoken",
        "authkey",
        "auth",
        "authorization",
        "secret",
        "apisecret",
        "clientsecret",
        "appkey",
        "apptoken",
        "userkey",
        "usertoken",
        "password",
        "subscriptionkey",
        "privatekey",
        "sessiontoken",
        "jwt",
    ];
    KEYS.contains(&plain(name).as_str())
}

/// Whether a parameter chooses a page: the test read begins with the first one.
fn is_paging(name: &str, value: &str) -> bool {
    let number = || !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    let dated = || value.get(..10).is_some_and(|day| day.parse::<jiff::civil::Date>().is_ok());
    (PAGE_NAMES.contains(&name) || SKIP_NAMES.contains(&name)) && number()
        || CURSORS.contains(&name) && !dated()
}

fn is_opaque(value: &str) -> bool {
    value.len() >= OPAQUE
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        && value.bytes().any(|byte| byte.is_ascii_digit())
        && value.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// Takes keys and pages out of the query. A long random value is taken for the key where nothing else is: sent as one, it makes
/// the same request, and it is not shown.
fn queried(url: &mut Url, unsigned: bool) -> Vec<Sign> {
    let pairs: Vec<(String, String)> =
        url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
    let (mut signs, mut kept) = (Vec::new(), Vec::new());
    let named = pairs.iter().any(|(name, _)| is_key_parameter(name));
    let whole = pairs.len();
    for (name, value) in pairs {
        let opaque = || unsigned && !named && is_opaque(&value);
        if is_key_parameter(&name) || !is_paging(&name, &value) && signs.is_empty() && opaque() {
            signs.push(Sign { by: SignedBy::Query(name), key: Some(Secret::new(value)) });
        } else if !is_paging(&name, &value) {
            kept.push((name, value));
        }
    }
    if kept.is_empty() {
        url.set_query(None);
    } else if kept.len() < whole {
        url.query_pairs_mut().clear().extend_pairs(kept);
    }
    signs
}

/// Percent-encoding undone (RFC 3986, 2.1). What is no encoding stays as it stands.
pub(super) fn decoded(text: &str) -> String {
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let pair = bytes.get(at + 1).and_then(digit).zip(bytes.get(at + 2).and_then(digit));
        match (byte, pair) {
            (b'%', Some((high, low))) => {
                out.push(high * 16 + low);
                at += 3;
            }
            _ => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Whether a text can be a key: not a placeholder as documentation writes it, and nothing that no header could carry.
fn is_key(text: &str) -> bool {
    let text = text.trim();
    if text.is_empty() || text.len() > LONGEST_KEY || text.chars().any(char::is_control) {
        return false;
    }
    let lower = text.to_lowercase();
    let told = ["your", "my-", "my_", "insert", "replace"].iter().any(|word| lower.contains(word))
        && ["key", "token", "secret", "password", "here"].iter().any(|word| lower.contains(word));
    let named = ["api_key", "apikey", "api-key", "token", "access_token", "secret", "password", "key"]
        .contains(&lower.trim_matches(|c: char| !c.is_alphanumeric()));
    let drawn = text.chars().all(|c| "xX*.•… ".contains(c));
    !(told || named || drawn || text.contains(['<', '>', '{', '}', '$', '…']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(address: &str) -> Sent {
        Sent::to(Url::parse(address).unwrap())
    }

    fn read(sent: Sent) -> (Candidate, Vec<Note>) {
        taken(sent).unwrap()
    }

    fn with(name: &str, value: &str) -> Candidate {
        let mut sent = sent("https://crm.example/api/clients");
        sent.headers.push((name.to_owned(), Secret::new(value)));
        read(sent).0
    }

    fn key(candidate: &Candidate) -> &str {
        candidate.key.as_ref().map_or("", Secret::expose)
    }

    #[test]
    fn headers_sign_as_they_say() {
        for (name, value, by, secret) in [
            ("Authorization", "Bearer abc123def456", SignedBy::Bearer, "abc123def456"),
            ("authorization", "bearer  abc123def456", SignedBy::Bearer, "abc123def456"),
            ("Authorization", "Basic c3R1ZGlvOnMzY3JldA==", SignedBy::Basic, "studio:s3cret"),
            (
                "Authorization",
                "Token token=abc123",
                SignedBy::Header("Authorization".to_owned()),
                "Token token=abc123",
            ),
            ("Authorization", "abc123def456", SignedBy::Header("Authorization".to_owned()), "abc123def456"),
            ("X-Api-Key", "abc123", SignedBy::Header("X-Api-Key".to_owned()), "abc123"),
            ("apikey", "abc123", SignedBy::Header("apikey".to_owned()), "abc123"),
            ("X-Auth-Token", "abc123", SignedBy::Header("X-Auth-Token".to_owned()), "abc123"),
        ] {
            let candidate = with(name, value);
            assert_eq!((candidate.signed.as_ref(), key(&candidate)), (Some(&by), secret), "{name}");
        }
        for name in ["X-CSRF-Token", "Idempotency-Key", "authority", "Accept", "sec-websocket-key"] {
            assert_eq!(with(name, "abc123").signed, None, "{name} is no key");
        }
    }

    #[test]
    fn a_placeholder_says_how_and_is_no_key() {
        for value in [
            "Bearer $TOKEN",
            "Bearer <token>",
            "Bearer {{api_key}}",
            "Bearer YOUR_API_KEY",
            "Bearer xxxxxxxx",
            "Bearer ...",
            "Bearer token",
            "Basic <credentials>",
        ] {
            let candidate = with("Authorization", value);
            assert!(candidate.signed.is_some(), "{value}");
            assert!(candidate.key.is_none(), "{value}");
        }
        assert_eq!(key(&with("Authorization", "Bearer sk_live_keyboard9")), "sk_live_keyboard9");
    }

    #[test]
    fn keys_and_pages_leave_the_address() {
        for (address, left, by, secret) in [
            (
                "https://crm.example/c?api_key=abc123&page=3&sort=name#top",
                "https://crm.example/c?sort=name",
                Some(SignedBy::Query("api_key".to_owned())),
                "abc123",
            ),
            (
                "https://ann:s3cret%21@crm.example/c",
                "https://crm.example/c",
                Some(SignedBy::Basic),
                "ann:s3cret!",
            ),
            (
                "https://crm.example/c?studio=9f8a7b6c5d4e3f2a1b0c9d8e&limit=50",
                "https://crm.example/c?limit=50",
                Some(SignedBy::Query("studio".to_owned())),
                "9f8a7b6c5d4e3f2a1b0c9d8e",
            ),
            (
                "https://crm.example/c?after=2026-01-01&offset=20",
                "https://crm.example/c?after=2026-01-01",
                None,
                "",
            ),
            ("https://crm.example/c?cursor=9f8a7b6c5d4e3f2a1b0c9d8e", "https://crm.example/c", None, ""),
            ("http://127.0.0.1:8080/c?a=b%20c", "http://127.0.0.1:8080/c?a=b%20c", None, ""),
        ] {
            let (candidate, _) = read(sent(address));
            assert_eq!(candidate.address.as_deref(), Some(left));
            assert_eq!((candidate.signed.as_ref(), key(&candidate)), (by.as_ref(), secret), "{address}");
        }
    }

    #[test]
    fn of_two_keys_one_is_used_and_neither_stays_in_the_address() {
        let mut both = sent("https://crm.example/c?token=query987654");
        both.headers.push(("Authorization".to_owned(), Secret::new("Bearer header123456")));
        both.headers.push(("Cookie".to_owned(), Secret::new("session=1")));
        let (candidate, notes) = read(both);
        assert_eq!(key(&candidate), "header123456");
        assert_eq!(candidate.address.as_deref(), Some("https://crm.example/c"));
        assert_eq!(notes, [Note::MoreKeys, Note::Cookies]);
    }

    #[test]
    fn only_addresses_of_the_web() {
        for address in ["ftp://crm.example/c", "file:///c", "data:text/plain,c"] {
            assert!(matches!(taken(sent(address)), Err(PastedError::BadAddress)), "{address}");
        }
        let long = format!("https://crm.example/{}", "a".repeat(LONGEST_ADDRESS));
        assert!(matches!(taken(sent(&long)), Err(PastedError::BadAddress)));
    }
}

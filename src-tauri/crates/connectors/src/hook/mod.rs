//! Carrying what others are told: one POST to a catch hook, signed, or a form into the Inbox of Light Blue.
//!
//! The only code of this crate that writes anywhere. It takes an address that a person gave for this and nothing else: no
//! definition of a CRM and no connection leads here (SYNC-LAW 8). No redirect is followed, because an address of a hook is a
//! secret that belongs to one host. Deliberately absent: the queue, pauses, and any decision to try again.

mod light_blue;

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use hub_core::canonical::hex;
use hub_core::ports::{Carried, HookEvent, Secret};
use hub_core::told::event_type;
use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use sha2::Sha256;
use url::Url;

use crate::http::{HttpFault, Plain, Reach, Reply};

pub use light_blue::{LIGHT_BLUE, LightBlueAddress};

/// Longest wait for an answer. Zapier and Make answer at once; what takes longer may have taken it all the same.
const PATIENCE: Duration = Duration::from_secs(30);
/// Longest pause that a place can ask for, in seconds.
const LONGEST_WAIT: u32 = 24 * 3_600;

/// Carries events.
#[derive(Debug, Clone)]
pub struct HookPost {
    plain: Plain,
}

/// The header that proves who sent an event: `t=<seconds>,v1=<hex of HMAC-SHA256 over "<seconds>.<body>">`.
pub fn signature(secret: &Secret, body: &str, at: Timestamp) -> String {
    let seconds = at.as_second();
    let mut block = [0_u8; 64];
    // A secret is shorter than the block; padded with zeros, as RFC 2104 says.
    for (to, from) in block.iter_mut().zip(secret.expose().bytes()) {
        *to = from;
    }
    let mut mac = Hmac::<Sha256>::new(&block.into());
    mac.update(format!("{seconds}.{body}").as_bytes());
    format!("t={seconds},v1={}", hex(&mac.finalize().into_bytes()))
}

impl HookPost {
    /// A carrier that goes so far and no further.
    ///
    /// # Errors
    /// When the TLS stack cannot be set up.
    pub fn new(reach: Reach) -> Result<HookPost, HttpFault> {
        Ok(HookPost { plain: Plain::new(reach)? })
    }

    /// An address as a person pasted it, if events may be sent there: https, no user information, no private address.
    ///
    /// # Errors
    /// [`HttpFault::AddressRefused`].
    pub fn address(&self, text: &str) -> Result<Url, HttpFault> {
        let mut url = Url::parse(text.trim()).map_err(|_| HttpFault::AddressRefused)?;
        url.set_fragment(None);
        self.plain.check(&url)?;
        Ok(url)
    }

    /// Sends an event to a catch hook.
    pub async fn post(&self, address: &Secret, secret: &Secret, event: &HookEvent, at: Timestamp) -> Carried {
        let Ok(url) = self.address(address.expose()) else {
            return Carried::Refused { why: "hook.address_refused" };
        };
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let named = [
            ("wedsync-event-id", event.id.clone()),
            ("wedsync-event-type", event_type(&event.key, event.happened)),
            ("wedsync-signature", signature(secret, &event.body, at)),
        ];
        for (name, value) in named {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
        match self.sent(self.plain.post(&url, headers, event.body.clone().into_bytes())).await {
            Ok(reply) => judged(&reply),
            Err(carried) => carried,
        }
    }

    async fn sent(&self, request: impl Future<Output = Result<Reply, HttpFault>>) -> Result<Reply, Carried> {
        match tokio::time::timeout(PATIENCE, request).await {
            Ok(Ok(reply)) => Ok(reply),
            // A name that points into somebody's own network is no place of an automation.
            Ok(Err(HttpFault::AddressRefused)) => Err(Carried::Refused { why: "hook.address_refused" }),
            Ok(Err(_)) | Err(_) => Err(Carried::Later { after: None, why: "hook.no_answer" }),
        }
    }
}

/// What a catch hook's answer means.
fn judged(reply: &Reply) -> Carried {
    match reply.status {
        200..=299 => Carried::Taken,
        410 => Carried::Gone,
        429 => Carried::Later { after: wanted_pause(reply), why: "hook.busy" },
        408 | 425 | 500..=599 => Carried::Later { after: wanted_pause(reply), why: "hook.unavailable" },
        404 => Carried::Later { after: None, why: "hook.not_found" },
        _ => Carried::Refused { why: "hook.refused" },
    }
}

/// The pause that an answer asks for: seconds, or a date counted from the answer's own.
fn wanted_pause(reply: &Reply) -> Option<u32> {
    let text = |name: HeaderName| reply.headers.get(name).and_then(|value| value.to_str().ok());
    let asked = text(RETRY_AFTER)?.trim();
    let seconds = match asked.parse::<u64>() {
        Ok(seconds) => seconds,
        Err(_) => {
            let until = httpdate::parse_http_date(asked).ok()?;
            let now = httpdate::parse_http_date(text(reqwest::header::DATE)?).ok()?;
            until.duration_since(now).map_or(0, |wait| wait.as_secs())
        }
    };
    u32::try_from(seconds.min(u64::from(LONGEST_WAIT))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(status: u16, headers: &[(&'static str, &str)]) -> Reply {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(HeaderName::from_static(name), value.parse().unwrap());
        }
        let url = Url::parse("https://hooks.example/1").unwrap();
        Reply { status, headers: map, body: Vec::new(), url }
    }

    #[test]
    fn a_signature_is_what_anybody_can_compute_who_has_the_secret() {
        let at = Timestamp::from_second(1_778_760_000).unwrap();
        // printf '1778760000.{"a":1}' | openssl dgst -sha256 -hmac whsec_test
        let signed = signature(&Secret::new("whsec_test"), r#"{"a":1}"#, at);
        assert!(signed.starts_with("t=1778760000,v1="), "{signed}");
        assert_eq!(signed.len(), "t=1778760000,v1=".len() + 64);
        assert_ne!(signed, signature(&Secret::new("whsec_test"), r#"{"a":2}"#, at), "the body counts");
        assert_ne!(signed, signature(&Secret::new("whsec_other"), r#"{"a":1}"#, at), "and the secret");
    }

    #[test]
    fn f13_answers_mean_what_hooks_document() {
        let later = |after, why| Carried::Later { after, why };
        assert_eq!(judged(&reply(200, &[])), Carried::Taken);
        assert_eq!(judged(&reply(410, &[])), Carried::Gone);
        assert_eq!(judged(&reply(429, &[("retry-after", "7")])), later(Some(7), "hook.busy"));
        assert_eq!(judged(&reply(429, &[("retry-after", "soon")])), later(None, "hook.busy"));
        let absurd = reply(503, &[("retry-after", "99999999999")]);
        assert_eq!(judged(&absurd), later(Some(LONGEST_WAIT), "hook.unavailable"));
        let dated =
            [("retry-after", "Fri, 01 May 2026 10:00:30 GMT"), ("date", "Fri, 01 May 2026 10:00:00 GMT")];
        assert_eq!(judged(&reply(429, &dated)), later(Some(30), "hook.busy"));
        assert_eq!(
            judged(&reply(302, &[])),
            Carried::Refused { why: "hook.refused" },
            "no redirect is followed"
        );
        assert_eq!(judged(&reply(400, &[])), Carried::Refused { why: "hook.refused" });
    }

    #[test]
    fn only_public_https_addresses_are_taken() {
        let post = HookPost::new(Reach::PublicOnly).unwrap();
        assert!(post.address(" https://hooks.zapier.com/hooks/catch/1/2/ ").is_ok());
        for refused in [
            "http://hooks.zapier.com/1",
            "https://127.0.0.1/1",
            "https://192.168.1.4/1",
            "https://[::1]/1",
            "https://a:b@hooks.zapier.com/1",
            "ftp://hooks.zapier.com/1",
            "hooks.zapier.com/1",
        ] {
            assert!(post.address(refused).is_err(), "{refused}");
        }
    }
}

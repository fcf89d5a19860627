//! Who signed in: the claims of an id token (OpenID Connect Core 1.0, 2 and 3.1.3.7).
//!
//! The signature is not checked: the token came from the token endpoint itself over TLS, or through WedSync's cloud over
//! TLS, and section 3.1.3.7 (6) allows that in place of it. Nothing but the name of the account is taken from it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hub_core::ports::Secret;
use jiff::Timestamp;
use serde::Deserialize;

/// Longest token that is looked at.
const LONGEST: usize = 16 * 1024;

/// Who signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// The account, the same at every sign-in.
    pub subject: String,
    /// What it is called: its name, else its e-mail address, else the account itself.
    pub name: String,
}

/// Why an id token does not tell who signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdTokenFault {
    /// It is not three parts of base64 with JSON in the middle, or has no subject.
    #[error("the id token cannot be read")]
    Malformed,
    /// It was made by somebody else, or for another program.
    #[error("the id token is not for this sign-in")]
    Elsewhere,
    /// It is too old.
    #[error("the id token has run out")]
    Late,
}

#[derive(Deserialize)]
struct Payload {
    iss: String,
    aud: Audience,
    sub: String,
    exp: i64,
    name: Option<String>,
    email: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// Reads the claims of a token for `client_id`; `issuer` where the definition names one.
///
/// # Errors
/// See [`IdTokenFault`].
pub fn claims(
    token: &Secret,
    client_id: &str,
    issuer: Option<&str>,
    now: Timestamp,
) -> Result<Claims, IdTokenFault> {
    let text = token.expose();
    let mut parts = text.split('.');
    let (Some(_), Some(payload), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(IdTokenFault::Malformed);
    };
    if text.len() > LONGEST {
        return Err(IdTokenFault::Malformed);
    }
    let bytes = URL_SAFE_NO_PAD.decode(payload).map_err(|_| IdTokenFault::Malformed)?;
    let payload: Payload = serde_json::from_slice(&bytes).map_err(|_| IdTokenFault::Malformed)?;
    let for_us = match &payload.aud {
        Audience::One(one) => one == client_id,
        Audience::Many(many) => many.iter().any(|one| one == client_id),
    };
    if !for_us || issuer.is_some_and(|issuer| issuer != payload.iss) {
        return Err(IdTokenFault::Elsewhere);
    }
    if payload.exp <= now.as_second() {
        return Err(IdTokenFault::Late);
    }
    let subject = payload.sub.trim().to_owned();
    // OpenID Connect Core 1.0, 2: at most 255 ASCII characters.
    if subject.is_empty() || subject.len() > 255 || !subject.is_ascii() {
        return Err(IdTokenFault::Malformed);
    }
    let named =
        |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let name = named(payload.name).or(named(payload.email)).unwrap_or_else(|| subject.clone());
    Ok(Claims { subject, name })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;

    fn token(payload: &Json) -> Secret {
        let part = |json: &Json| URL_SAFE_NO_PAD.encode(json.to_string());
        Secret::new(format!("{}.{}.sig", part(&json!({"alg": "RS256"})), part(payload)))
    }

    fn now() -> Timestamp {
        Timestamp::from_second(1_778_760_000).unwrap()
    }

    fn read(payload: &Json) -> Result<Claims, IdTokenFault> {
        claims(&token(payload), "hub", Some("https://crm.example"), now())
    }

    #[test]
    fn the_account_and_its_name_are_read() {
        let payload = |more: Json| {
            let mut payload =
                json!({"iss": "https://crm.example", "aud": ["x", "hub"], "sub": "42", "exp": 1_778_760_001});
            payload.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            payload
        };
        let name = |more: Json| read(&payload(more)).unwrap().name;
        assert_eq!(name(json!({"name": "Studio", "email": "a@b.example"})), "Studio");
        assert_eq!(name(json!({"name": " ", "email": "a@b.example"})), "a@b.example", "a blank name is none");
        assert_eq!(name(json!({})), "42", "the account itself where it has no name");
    }

    #[test]
    fn a_token_for_somebody_else_or_from_yesterday_tells_nothing() {
        let with = |iss: &str, aud: &str, exp: i64| {
            read(&json!({"iss": iss, "aud": aud, "sub": "42", "exp": exp})).unwrap_err()
        };
        assert_eq!(with("https://other.example", "hub", 1_778_760_001), IdTokenFault::Elsewhere);
        assert_eq!(with("https://crm.example", "another", 1_778_760_001), IdTokenFault::Elsewhere);
        assert_eq!(with("https://crm.example", "hub", 1_778_760_000), IdTokenFault::Late);
        for text in ["", "a.b", "a.b.c", "a.e30.c", "a.b.c.d", "....."] {
            let found = claims(&Secret::new(text), "hub", None, now());
            assert_eq!(found, Err(IdTokenFault::Malformed), "{text:?} is no token");
        }
    }
}

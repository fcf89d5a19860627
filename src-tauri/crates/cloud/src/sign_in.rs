//! A sign-in attempt: one redirect, one state, one verifier, used once (RFC 8252, MODEL 8).
//!
//! Several attempts may race (loopback, return page); each is its own value here, so that the answer to one can never
//! finish another.

use hub_core::malformed::Malformed;
use hub_core::ports::Secret;
use oauth2::basic::BasicClient;
use oauth2::{AuthUrl, ClientId, CsrfToken, PkceCodeChallenge, RedirectUrl};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::loopback::Loopback;
use crate::oauth::{CLIENT_ID, OAuth};

/// Why an attempt did not give a code.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// The answer is malformed: a wrong link, extra or repeated parameters, too long.
    #[error("the answer to the sign-in is malformed")]
    Malformed,
    /// The answer belongs to another attempt.
    #[error("the answer belongs to another sign-in")]
    WrongState,
    /// The person or the cloud said no.
    #[error("the sign-in was refused: {0}")]
    Refused(String),
    /// The loopback listener failed.
    #[error("the loopback listener failed")]
    Loopback(#[source] std::io::Error),
    /// The authorize address could not be made.
    #[error("the sign-in address could not be made")]
    Address(#[source] url::ParseError),
    /// What lies in the vault is no attempt.
    #[error("the kept sign-in cannot be read")]
    Sealed(#[from] Malformed),
}

/// An authorization code: good once, for a minute.
#[derive(Debug)]
pub struct AuthorizationCode(Secret);

impl AuthorizationCode {
    pub(crate) fn new(code: impl Into<String>) -> Self {
        Self(Secret::new(code))
    }

    pub(crate) fn expose(&self) -> &str {
        self.0.expose()
    }
}

/// What came back from the browser, not yet tied to an attempt.
#[derive(Debug)]
pub struct Returned {
    state: Secret,
    outcome: Result<Secret, String>,
}

/// What ties an answer to its attempt. It outlives the attempt, so that a second answer is known as one.
#[derive(Debug, Clone)]
pub struct Mark(Secret);

/// The form of a [`SignInAttempt`] inside the vault. Frozen: old vaults hold it.
#[derive(Deserialize, Serialize)]
struct Sealed<'a> {
    authorize_url: std::borrow::Cow<'a, str>,
    redirect_uri: std::borrow::Cow<'a, str>,
    state: std::borrow::Cow<'a, str>,
    verifier: std::borrow::Cow<'a, str>,
}

/// Longest parameter that is looked at.
const LONGEST: usize = 2_048;

impl Returned {
    /// Reads `wedsync://oauth/callback?code=..&state=..` and nothing else (any program can open such a link).
    ///
    /// # Errors
    /// [`SignInError::Malformed`] for everything that is not exactly that.
    pub fn from_deep_link(link: &str) -> Result<Self, SignInError> {
        let url = Url::parse(link).map_err(|_| SignInError::Malformed)?;
        let exact = url.scheme() == "wedsync"
            && url.host_str() == Some("oauth")
            && url.path() == "/callback"
            && url.port().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        if !exact || link.len() > 3 * LONGEST {
            return Err(SignInError::Malformed);
        }
        Self::from_query(url.query().unwrap_or_default())
    }

    /// Whether this is an answer to the attempt of that mark.
    pub fn answers(&self, mark: &Mark) -> bool {
        same(self.state.expose(), mark.0.expose())
    }

    /// Reads the query of a callback: `state`, and either `code` or `error`, each once.
    pub(crate) fn from_query(query: &str) -> Result<Self, SignInError> {
        let (mut code, mut state, mut error) = (None, None, None);
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let slot = match name.as_ref() {
                "code" => &mut code,
                "state" => &mut state,
                "error" => &mut error,
                _ => return Err(SignInError::Malformed),
            };
            if slot.is_some() || value.is_empty() || value.len() > LONGEST {
                return Err(SignInError::Malformed);
            }
            *slot = Some(value.into_owned());
        }
        let state = state.map(Secret::new).ok_or(SignInError::Malformed)?;
        let outcome = match (code, error) {
            (Some(code), None) => Ok(Secret::new(code)),
            (None, Some(error)) => Err(error),
            (Some(_), Some(_)) | (None, None) => return Err(SignInError::Malformed),
        };
        Ok(Self { state, outcome })
    }
}

/// One authorization request under way.
#[derive(Debug)]
pub struct SignInAttempt {
    authorize_url: Url,
    redirect_uri: String,
    state: Secret,
    verifier: Secret,
}

impl SignInAttempt {
    /// An attempt that comes back to this listener.
    ///
    /// # Errors
    /// [`SignInError::Address`] never in practice; the address was checked before.
    pub fn new_loopback(oauth: &OAuth, listener: &Loopback) -> Result<Self, SignInError> {
        Self::new(oauth, listener.redirect_uri())
    }

    /// An attempt that comes back through the HTTPS return page, by deep link or short code.
    ///
    /// # Errors
    /// [`SignInError::Address`] never in practice; the address was checked before.
    pub fn new_return_page(oauth: &OAuth) -> Result<Self, SignInError> {
        Self::new(oauth, oauth.base().endpoint(&["oauth", "wedsync", "return"], &[]).to_string())
    }

    fn new(oauth: &OAuth, redirect_uri: String) -> Result<Self, SignInError> {
        let authorize = AuthUrl::new(oauth.base().endpoint(&["oauth", "authorize"], &[]).to_string());
        let redirect = RedirectUrl::new(redirect_uri.clone()).map_err(SignInError::Address)?;
        let client = BasicClient::new(ClientId::new(CLIENT_ID.to_owned()))
            .set_auth_uri(authorize.map_err(SignInError::Address)?)
            .set_redirect_uri(redirect);
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (authorize_url, state) =
            client.authorize_url(|| CsrfToken::new_random_len(32)).set_pkce_challenge(challenge).url();
        Ok(Self {
            authorize_url,
            redirect_uri,
            state: Secret::new(state.into_secret()),
            verifier: Secret::new(verifier.into_secret()),
        })
    }

    /// What the system browser opens.
    pub fn authorize_url(&self) -> &Url {
        &self.authorize_url
    }

    /// The code of an answer that belongs to this attempt.
    ///
    /// # Errors
    /// [`SignInError::WrongState`] when it belongs to another, [`SignInError::Refused`] when the answer is a refusal.
    pub fn accept(&self, returned: Returned) -> Result<AuthorizationCode, SignInError> {
        if !same(returned.state.expose(), self.state.expose()) {
            return Err(SignInError::WrongState);
        }
        returned.outcome.map(AuthorizationCode).map_err(SignInError::Refused)
    }

    /// What its answer will be known by.
    pub fn mark(&self) -> Mark {
        Mark(self.state.clone())
    }

    /// One secret that holds the whole attempt, for the vault: the browser may come back after the program was closed.
    ///
    /// # Errors
    /// Never for attempts, which are text; the signature keeps the source of the fault.
    pub fn to_sealed(&self) -> Result<Secret, Malformed> {
        let sealed = Sealed {
            authorize_url: self.authorize_url.as_str().into(),
            redirect_uri: self.redirect_uri.as_str().into(),
            state: self.state.expose().into(),
            verifier: self.verifier.expose().into(),
        };
        Ok(Secret::new(serde_json::to_string(&sealed)?))
    }

    /// Reads what [`SignInAttempt::to_sealed`] wrote.
    ///
    /// # Errors
    /// [`SignInError::Sealed`] when it is something else, [`SignInError::Address`] when its address is none.
    pub fn from_sealed(sealed: &Secret) -> Result<Self, SignInError> {
        let sealed: Sealed<'_> = serde_json::from_str(sealed.expose()).map_err(Malformed::from)?;
        Ok(Self {
            authorize_url: Url::parse(&sealed.authorize_url).map_err(SignInError::Address)?,
            redirect_uri: sealed.redirect_uri.into_owned(),
            state: Secret::new(sealed.state),
            verifier: Secret::new(sealed.verifier),
        })
    }

    pub(crate) fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    pub(crate) fn state(&self) -> &str {
        self.state.expose()
    }

    pub(crate) fn verifier(&self) -> &Secret {
        &self.verifier
    }
}

/// Comparison whose time does not tell how far two texts agree.
fn same(one: &str, other: &str) -> bool {
    one.len() == other.len() && one.bytes().zip(other.bytes()).fold(0, |seen, (a, b)| seen | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f40_only_the_exact_deep_link_is_read() {
        assert!(Returned::from_deep_link("wedsync://oauth/callback?code=a&state=b").is_ok(), "the real one");
        assert!(
            Returned::from_deep_link("wedsync://oauth/callback?error=denied&state=b").is_ok(),
            "a refusal"
        );
        for forged in [
            "https://oauth/callback?code=a&state=b",
            "wedsync://oauth/callback/?code=a&state=b",
            "wedsync://oauth/callback?code=a",
            "wedsync://oauth/callback?state=b",
            "wedsync://oauth/callback?code=a&code=c&state=b",
            "wedsync://oauth/callback?code=a&state=b&then=open",
            "wedsync://oauth/callback?code=a&error=x&state=b",
            "wedsync://oauth/callback?code=&state=b",
            "wedsync://oauth/callback?code=a&state=b#x",
            "wedsync://user@oauth/callback?code=a&state=b",
            "wedsync://oauth:1/callback?code=a&state=b",
            "wedsync://open/callback?code=a&state=b",
            "wedsync:oauth/callback?code=a&state=b",
            "",
        ] {
            assert!(Returned::from_deep_link(forged).is_err(), "{forged} must be refused");
        }
        let long = format!("wedsync://oauth/callback?code={}&state=b", "a".repeat(LONGEST + 1));
        assert!(Returned::from_deep_link(&long).is_err(), "too long a code");
    }

    #[test]
    fn an_attempt_comes_back_from_the_vault_and_knows_its_answer() {
        let attempt = SignInAttempt {
            authorize_url: Url::parse("https://wedsync.example/v1/oauth/authorize?state=s")
                .expect("an address"),
            redirect_uri: "https://wedsync.example/v1/oauth/wedsync/return".into(),
            state: Secret::new("s"),
            verifier: Secret::new("v"),
        };
        let back = SignInAttempt::from_sealed(&attempt.to_sealed().expect("text")).expect("the same");
        assert_eq!(back.verifier().expose(), "v");
        assert_eq!(back.redirect_uri(), attempt.redirect_uri());
        let answer = |state: &str| {
            Returned::from_deep_link(&format!("wedsync://oauth/callback?code=a&state={state}"))
                .expect("a link")
        };
        assert!(answer("s").answers(&back.mark()), "its own answer");
        assert!(!answer("t").answers(&back.mark()), "another's");
        assert!(SignInAttempt::from_sealed(&Secret::new("{}")).is_err(), "no attempt");
    }
}

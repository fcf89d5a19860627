//! A sign-in attempt: one redirect, one state, one verifier, used once (RFC 8252, MODEL 8).
//!
//! Several attempts may race (loopback, return page); each is its own value here, so that the answer to one can never
//! finish another.

use hub_core::malformed::Malformed;
use hub_core::ports::Secret;
use oauth2::basic::BasicClient;
use oauth2::{AuthUrl, ClientId, CsrfToken, PkceCodeChallenge, RedirectUrl, Scope};
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
    /// Another authorization server answered than the one that was asked (RFC 9207, 2.4).
    #[error("another server answered the sign-in")]
    WrongIssuer,
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
pub struct AuthorizationCode {
    code: Secret,
    /// The account that the CRM named with it.
    account: Option<String>,
}

impl AuthorizationCode {
    /// A code, with the account of a CRM that names it in its answer alone.
    pub(crate) fn new(code: impl Into<String>, account: Option<String>) -> Self {
        Self { code: Secret::new(code), account }
    }

    pub(crate) fn expose(&self) -> &str {
        self.code.expose()
    }

    /// The account that the CRM named with the code. Whether the tokens open it, the CRM's next answer shows.
    pub fn account(&self) -> Option<&str> {
        self.account.as_deref()
    }

    /// The code itself, for the one request that trades it at a CRM. It is spent then.
    pub fn into_secret(self) -> Secret {
        self.code
    }
}

/// Whether a text may be an account's id in a link: short, letters and figures, so that it is one step of a path as it stands.
pub(crate) fn is_account(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
}

/// What came back from the browser, not yet tied to an attempt.
#[derive(Debug)]
pub struct Returned {
    state: Secret,
    outcome: Result<Secret, String>,
    issuer: Option<String>,
    account: Option<String>,
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
    /// Of a CRM's attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    issuer: Option<std::borrow::Cow<'a, str>>,
    /// Whether the answer names the account.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    account: bool,
}

/// Longest parameter that is looked at.
const LONGEST: usize = 2_048;

impl Returned {
    /// Reads `wedsync://oauth/callback?code=..&state=..`, with `&account=..` behind a code, and nothing else (any program can
    /// open such a link). Whether an account belongs there, the attempt knows.
    ///
    /// # Errors
    /// [`SignInError::Malformed`] for everything that is not exactly that.
    pub fn from_deep_link(link: &str) -> Result<Self, SignInError> {
        // The reader of addresses drops what cannot be seen (WHATWG URL, 4.4); a link that holds such is nobody's.
        if link.bytes().any(|byte| byte <= b' ' || byte == 0x7f) {
            return Err(SignInError::Malformed);
        }
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

    /// Reads the query of WedSync's own callback: `state`, and either `code`, with or without `account`, or `error`, each once,
    /// and nothing else.
    pub(crate) fn from_query(query: &str) -> Result<Self, SignInError> {
        Self::read(query, true)
    }

    /// Reads the query of another server's callback, which may say more than we asked (RFC 6749, 4.1.2); what is asked for
    /// still comes once.
    pub(crate) fn from_foreign_query(query: &str) -> Result<Self, SignInError> {
        Self::read(query, false)
    }

    fn read(query: &str, exact: bool) -> Result<Self, SignInError> {
        let (mut code, mut state, mut error, mut issuer, mut account) = (None, None, None, None, None);
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let slot = match name.as_ref() {
                "code" => &mut code,
                "state" => &mut state,
                "error" => &mut error,
                "account" if exact => &mut account,
                "iss" if !exact => &mut issuer,
                _ if !exact => continue,
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
        if account.as_ref().is_some_and(|account: &String| outcome.is_err() || !is_account(account)) {
            return Err(SignInError::Malformed);
        }
        Ok(Self { state, outcome, issuer, account })
    }
}

/// What every attempt at one authorization server has in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorization {
    /// Authorization endpoint.
    pub endpoint: Url,
    /// Our name there.
    pub client_id: String,
    /// What is asked for.
    pub scopes: Vec<String>,
    /// Who answers, where the server says so (RFC 9207).
    pub issuer: Option<String>,
    /// Whether the server takes PKCE (RFC 7636).
    pub pkce: bool,
    /// Whether WedSync's page hands on an account with the code.
    pub account: bool,
}

/// One authorization request under way.
#[derive(Debug)]
pub struct SignInAttempt {
    authorize_url: Url,
    redirect_uri: String,
    state: Secret,
    verifier: Secret,
    /// Of a CRM's attempt: who answers, empty where the CRM does not say.
    issuer: Option<String>,
    /// Whether the answer names the account.
    account: bool,
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
        let endpoint = oauth.base().endpoint(&["oauth", "authorize"], &[]);
        let (client_id, scopes, issuer) = (CLIENT_ID.to_owned(), Vec::new(), None);
        let authorization = Authorization { endpoint, client_id, scopes, issuer, pkce: true, account: false };
        Self::begin(&authorization, redirect_uri)
    }

    /// An attempt at a CRM's authorization server that comes back to this redirect, a listener's or a return page's.
    ///
    /// # Errors
    /// [`SignInError::Address`] for a redirect that is no address.
    pub fn for_crm(authorization: &Authorization, redirect_uri: String) -> Result<Self, SignInError> {
        let mut attempt = Self::begin(authorization, redirect_uri)?;
        attempt.issuer = Some(authorization.issuer.clone().unwrap_or_default());
        Ok(attempt)
    }

    fn begin(authorization: &Authorization, redirect_uri: String) -> Result<Self, SignInError> {
        let redirect = RedirectUrl::new(redirect_uri.clone()).map_err(SignInError::Address)?;
        let client = BasicClient::new(ClientId::new(authorization.client_id.clone()))
            .set_auth_uri(AuthUrl::from_url(authorization.endpoint.clone()))
            .set_redirect_uri(redirect);
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let mut request = client
            .authorize_url(|| CsrfToken::new_random_len(32))
            .add_scopes(authorization.scopes.iter().cloned().map(Scope::new));
        if authorization.pkce {
            request = request.set_pkce_challenge(challenge);
        }
        let (authorize_url, state) = request.url();
        Ok(Self {
            authorize_url,
            redirect_uri,
            state: Secret::new(state.into_secret()),
            verifier: Secret::new(verifier.into_secret()),
            issuer: None,
            account: authorization.account,
        })
    }

    /// What the system browser opens.
    pub fn authorize_url(&self) -> &Url {
        &self.authorize_url
    }

    /// The code of an answer that belongs to this attempt.
    ///
    /// # Errors
    /// [`SignInError::WrongState`] when it belongs to another, [`SignInError::Refused`] when the answer is a refusal,
    /// [`SignInError::Malformed`] when it names an account where none belongs, or none where one does.
    pub fn accept(&self, returned: Returned) -> Result<AuthorizationCode, SignInError> {
        if !same(returned.state.expose(), self.state.expose()) {
            return Err(SignInError::WrongState);
        }
        if let (Some(asked), Some(answered)) = (&self.issuer, &returned.issuer)
            && !asked.is_empty()
            && asked != answered
        {
            return Err(SignInError::WrongIssuer);
        }
        let code = returned.outcome.map_err(SignInError::Refused)?;
        if self.account != returned.account.is_some() {
            return Err(SignInError::Malformed);
        }
        Ok(AuthorizationCode { code, account: returned.account })
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
            issuer: self.issuer.as_deref().map(Into::into),
            account: self.account,
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
            issuer: sealed.issuer.map(std::borrow::Cow::into_owned),
            account: sealed.account,
        })
    }

    /// Whether its answer names the account.
    pub(crate) fn asks_for_account(&self) -> bool {
        self.account
    }

    /// Whether it is at a CRM's server.
    pub(crate) fn is_foreign(&self) -> bool {
        self.issuer.is_some()
    }

    /// Where the browser comes back to; the exchange names it again (RFC 6749, 4.1.3).
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    pub(crate) fn state(&self) -> &str {
        self.state.expose()
    }

    /// What proves that whoever trades the code has begun the attempt (RFC 7636).
    pub fn verifier(&self) -> &Secret {
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
            "wedsync://oauth/callback?code=a&state=b&realmId=7",
            "wedsync://oauth/callback?code=a&state=b&account=",
            "wedsync://oauth/callback?code=a&state=b&account=7&account=8",
            "wedsync://oauth/callback?code=a&state=b&account=7%2F..%2F8",
            "wedsync://oauth/callback?error=denied&state=b&account=7",
            "wedsync://oauth/callback?code=a&error=x&state=b",
            "wedsync://oauth/callback?code=&state=b",
            "wedsync://oauth/callback?code=a&state=b#x",
            "wedsync://user@oauth/callback?code=a&state=b",
            "wedsync://oauth:1/callback?code=a&state=b",
            "wedsync://open/callback?code=a&state=b",
            "wedsync:oauth/callback?code=a&state=b",
            "\u{5}wedsync://oauth/callback?code=a&state=b",
            " wedsync://oauth/callback?code=a&state=b",
            "wedsync://oauth/call\tback?code=a&state=b",
            "wedsync://oauth/callback?code=a&state=b\n",
            "",
        ] {
            assert!(Returned::from_deep_link(forged).is_err(), "{forged} must be refused");
        }
        let long = format!("wedsync://oauth/callback?code=a&state=b&account={}", "7".repeat(65));
        assert!(Returned::from_deep_link(&long).is_err(), "too long an account");
        let long = format!("wedsync://oauth/callback?code={}&state=b", "a".repeat(LONGEST + 1));
        assert!(Returned::from_deep_link(&long).is_err(), "too long a code");
    }

    #[test]
    fn f40_an_answer_of_another_server_is_refused() {
        let at = |issuer: Option<&str>| {
            let authorization = Authorization {
                endpoint: Url::parse("https://crm.example/auth").expect("an address"),
                client_id: "hub".into(),
                scopes: vec!["projects.read".into(), "openid".into()],
                issuer: issuer.map(str::to_owned),
                pkce: true,
                account: false,
            };
            SignInAttempt::for_crm(&authorization, "http://127.0.0.1:1/callback".into()).expect("an attempt")
        };
        let answer = |attempt: &SignInAttempt, more: &str| {
            let query = format!("code=a&state={}{more}", attempt.state());
            attempt.accept(Returned::from_foreign_query(&query).expect("a callback"))
        };
        let attempt = at(Some("https://crm.example"));
        let asked = attempt.authorize_url().query().unwrap_or_default();
        assert!(asked.contains("scope=projects.read+openid"), "{asked}");
        assert!(answer(&attempt, "&iss=https://crm.example&scope=x&prompt=none").is_ok(), "more is no fault");
        assert!(answer(&attempt, "").is_ok(), "a server that does not say who it is");
        let other = answer(&attempt, "&iss=https://evil.example");
        assert!(matches!(other, Err(SignInError::WrongIssuer)), "a mixed-up answer (RFC 9207)");
        assert!(answer(&at(None), "&iss=https://any.example").is_ok(), "nobody knows who should answer");
        let twice = Returned::from_foreign_query("code=a&code=b&state=s");
        assert!(matches!(twice, Err(SignInError::Malformed)), "what is asked for comes once");
        let kept = SignInAttempt::from_sealed(&attempt.to_sealed().expect("text")).expect("the same");
        assert!(kept.is_foreign(), "a CRM's attempt stays one in the vault");
    }

    #[test]
    fn f40_an_account_belongs_to_the_attempts_that_ask_for_one() {
        let at = |account: bool| {
            let authorization = Authorization {
                endpoint: Url::parse("https://crm.example/auth").expect("an address"),
                client_id: "hub".into(),
                scopes: Vec::new(),
                issuer: None,
                pkce: false,
                account,
            };
            SignInAttempt::for_crm(&authorization, "https://wedsync.example/return".into())
                .expect("an attempt")
        };
        let answer = |attempt: &SignInAttempt, more: &str| {
            let link = format!("wedsync://oauth/callback?code=a&state={}{more}", attempt.state());
            attempt.accept(Returned::from_deep_link(&link).expect("a link"))
        };
        let asks = SignInAttempt::from_sealed(&at(true).to_sealed().expect("text")).expect("the same");
        let query = asks.authorize_url().query().unwrap_or_default();
        assert!(!query.contains("code_challenge"), "a server that knows no PKCE is sent none: {query}");
        let code = answer(&asks, "&account=9341453").expect("what it asked for");
        assert_eq!(code.account(), Some("9341453"));
        assert!(matches!(answer(&asks, ""), Err(SignInError::Malformed)), "nobody says whose it is");
        let none = at(false);
        assert!(answer(&none, "").is_ok_and(|code| code.account().is_none()));
        assert!(matches!(answer(&none, "&account=1"), Err(SignInError::Malformed)), "nobody asked for it");
    }

    #[test]
    fn an_attempt_comes_back_from_the_vault_and_knows_its_answer() {
        let attempt = SignInAttempt {
            authorize_url: Url::parse("https://wedsync.example/v1/oauth/authorize?state=s")
                .expect("an address"),
            redirect_uri: "https://wedsync.example/v1/oauth/wedsync/return".into(),
            state: Secret::new("s"),
            verifier: Secret::new("v"),
            issuer: None,
            account: false,
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

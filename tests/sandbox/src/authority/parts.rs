//! What an authorization server is made of, and what can be switched.

use serde::{Deserialize, Serialize};

use super::{Endpoints, Habits, Rotation};

/// Where a client may be sent back to.
#[derive(Debug, Clone)]
pub(crate) enum Redirects {
    /// Exactly these.
    Exact(Vec<String>),
    /// `http://127.0.0.1:{port}/callback` and `http://[::1]:{port}/callback` (RFC 8252, 7.3).
    Loopback,
}

/// Somebody who can sign in.
#[derive(Debug, Clone, Serialize)]
pub struct CrmLogin {
    /// E-mail address.
    pub login: String,
    /// Password.
    pub password: String,
    /// The account behind it, as the id token names it.
    pub account_id: String,
    /// Name of that account.
    pub name: String,
}

/// What a server is made of.
#[derive(Debug, Clone)]
pub(crate) struct AuthorityConfig {
    /// Shown on the form.
    pub(crate) service: String,
    pub(crate) client_id: String,
    /// None for a public client.
    pub(crate) client_secret: Option<String>,
    pub(crate) redirects: Redirects,
    pub(crate) scopes: Vec<&'static str>,
    pub(crate) logins: Vec<CrmLogin>,
    pub(crate) endpoints: Endpoints,
    pub(crate) rotation: Rotation,
    /// What else stands in an answer to the browser.
    pub(crate) besides: &'static [(&'static str, &'static str)],
    pub(crate) habits: Habits,
}

/// What can be switched.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AuthoritySwitches {
    /// Seconds an access token lives.
    pub access_life: u64,
    /// The next so many token answers are lost on their way, after the token was rotated (F32).
    pub lose_answers: u32,
    /// Whether a refresh token whose answer was lost still works once.
    pub forgives_lost_answers: bool,
    /// Scopes that are not granted whatever is asked for.
    pub withheld: Vec<String>,
    /// The token endpoint answers with this status instead, so many times.
    pub token_status: Option<(u16, u32)>,
}

impl Default for AuthoritySwitches {
    fn default() -> Self {
        Self {
            access_life: 3600,
            lose_answers: 0,
            forgives_lost_answers: true,
            withheld: Vec::new(),
            token_status: None,
        }
    }
}

/// How often something happened, for tests to count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct AuthorityCounts {
    /// Codes that were exchanged.
    pub exchanged: u32,
    /// Refresh tokens that were rotated.
    pub refreshed: u32,
    /// Requests for tokens that were refused.
    pub refused: u32,
    /// Sign-ins that were taken back.
    pub revoked: u32,
}

//! What an authorization server does otherwise than the strictest one.

/// In what a server differs from others of its kind.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Habits {
    /// Whether it wants PKCE; one that does not passes over it (RFC 6749, 3.1).
    pub(crate) pkce: bool,
    /// Whether it says in the answer who it is (RFC 9207).
    pub(crate) names_itself: bool,
    /// Parameter of the answer that names the account.
    pub(crate) account_parameter: Option<&'static str>,
}

impl Default for Habits {
    fn default() -> Self {
        Self { pkce: true, names_itself: true, account_parameter: None }
    }
}

/// Where a server's endpoints are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Endpoints {
    pub(crate) authorize: &'static str,
    pub(crate) token: &'static str,
    pub(crate) revoke: &'static str,
}

impl Default for Endpoints {
    fn default() -> Self {
        Self { authorize: "/oauth2/auth", token: "/oauth2/token", revoke: "/oauth2/revoke" }
    }
}

/// What becomes of a refresh token that was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rotation {
    /// Another takes its place.
    Each,
    /// It stays, and answers name none.
    None,
}

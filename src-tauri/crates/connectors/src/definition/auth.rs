//! How a request is signed: a closed set. A definition says what must be told and where it goes, never a secret.

use serde::Deserialize;

/// How a request is signed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Auth {
    /// A key in a header.
    Header {
        /// Header name.
        name: String,
        /// Message id of "where do I find this?".
        help: String,
    },
    /// A token in `Authorization: Bearer` (RFC 6750).
    Bearer {
        /// Message id of "where do I find this?".
        help: String,
    },
    /// User name and password (RFC 7617).
    Basic {
        /// Message id of "where do I find this?".
        help: String,
    },
    /// A key in the query. It is put in as the last step before sending and stands in no stored address.
    Query {
        /// Parameter.
        name: String,
        /// Message id of "where do I find this?".
        help: String,
    },
    /// A key in a field of a form that is sent.
    Field {
        /// Field.
        name: String,
        /// Message id of "where do I find this?".
        help: String,
    },
    /// Nobody wrote down how: the person says which of these it is.
    Ask {
        /// Possible ways, most likely first.
        of: Vec<AuthKind>,
        /// Message id of "where do I find this?".
        help: String,
    },
    /// OAuth 2.0, authorization code (RFC 6749, 8252).
    Oauth2(Oauth2),
    /// The session of a person who signed in by themselves.
    Session {
        /// Message id of "where do I find this?".
        help: String,
    },
    /// The address itself is the secret, as with a calendar feed.
    Address {
        /// Message id of "where do I find this?".
        help: String,
    },
}

/// A kind of [`Auth`], without its particulars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthKind {
    /// A key in a header.
    Header,
    /// A bearer token.
    Bearer,
    /// User name and password.
    Basic,
    /// A key in the query.
    Query,
    /// A key in a form field.
    Field,
    /// Asked from the person.
    Ask,
    /// OAuth 2.0.
    Oauth2,
    /// A signed-in session.
    Session,
    /// A secret address.
    Address,
}

impl AuthKind {
    /// The name that definitions, tables and the wire use.
    pub fn as_str(self) -> &'static str {
        match self {
            AuthKind::Header => "header",
            AuthKind::Bearer => "bearer",
            AuthKind::Basic => "basic",
            AuthKind::Query => "query",
            AuthKind::Field => "field",
            AuthKind::Ask => "ask",
            AuthKind::Oauth2 => "oauth2",
            AuthKind::Session => "session",
            AuthKind::Address => "address",
        }
    }
}

/// OAuth 2.0 as one provider does it. Endpoints are absent only in a `specified` route, where nobody knows them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Oauth2 {
    /// Authorization endpoint.
    pub authorize: Option<String>,
    /// Token endpoint.
    pub token: Option<String>,
    /// Revocation endpoint (RFC 7009), where there is one.
    pub revoke: Option<String>,
    /// Issuer, compared with `iss` of the answer where the server sends it (RFC 9207).
    pub issuer: Option<String>,
    /// Scopes that are asked for.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// How the client proves who it is.
    pub client: ClientProof,
    /// Where the browser comes back to.
    pub redirect: Redirect,
    /// Who trades the code.
    pub exchange: Exchange,
    /// Whether the provider takes PKCE (RFC 7636). S256 is sent wherever it does.
    pub pkce: bool,
    /// Whether each refresh gives a new refresh token.
    #[serde(default)]
    pub rotates: bool,
    /// Parameter of the callback that names the account, where only the callback does. The account is then the first step of
    /// every path below the base URL.
    pub account_parameter: Option<String>,
    /// Message id of "where do I find this?".
    pub help: String,
}

/// How an OAuth client proves who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientProof {
    /// Not at all: an installed program cannot keep a secret.
    None,
    /// Not at all, under a name that the provider gives each program, with a secret that every installed copy holds and
    /// that proves nothing (RFC 8252, 8.5). WedSync tells both at a sign-in.
    Installed,
    /// Not at all, under a name that the server gave this copy of the program (RFC 7591), or that the person got there.
    Registered,
    /// A client secret.
    Secret,
    /// A signed assertion (RFC 7523).
    PrivateKeyJwt,
}

/// Where the browser comes back to after a sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Redirect {
    /// This computer, any port (RFC 8252, 7.3).
    Loopback,
    /// WedSync's own page, which opens the app.
    HttpsPage,
}

/// Who trades the code for tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exchange {
    /// This program.
    Direct,
    /// WedSync's cloud, which holds what the provider demands of a confidential client.
    Brokered,
}

impl Auth {
    /// Its kind.
    pub fn kind(&self) -> AuthKind {
        match self {
            Auth::Header { .. } => AuthKind::Header,
            Auth::Bearer { .. } => AuthKind::Bearer,
            Auth::Basic { .. } => AuthKind::Basic,
            Auth::Query { .. } => AuthKind::Query,
            Auth::Field { .. } => AuthKind::Field,
            Auth::Ask { .. } => AuthKind::Ask,
            Auth::Oauth2(_) => AuthKind::Oauth2,
            Auth::Session { .. } => AuthKind::Session,
            Auth::Address { .. } => AuthKind::Address,
        }
    }

    /// Whether only the callback of the sign-in names the account, which every path then begins with.
    pub fn names_the_account(&self) -> bool {
        matches!(self, Auth::Oauth2(Oauth2 { account_parameter: Some(_), .. }))
    }

    /// Message id of "where do I find this?".
    pub fn help(&self) -> &str {
        match self {
            Auth::Header { help, .. }
            | Auth::Bearer { help }
            | Auth::Basic { help }
            | Auth::Query { help, .. }
            | Auth::Field { help, .. }
            | Auth::Ask { help, .. }
            | Auth::Session { help }
            | Auth::Address { help }
            | Auth::Oauth2(Oauth2 { help, .. }) => help,
        }
    }
}

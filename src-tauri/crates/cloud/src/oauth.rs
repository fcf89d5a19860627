//! The token endpoints: exchange, refresh, claim, revoke.

use hub_core::malformed::Malformed;
use hub_core::ports::Secret;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::error::CloudError;
use crate::sign_in::{AuthorizationCode, SignInAttempt, is_account};
use crate::transport::{Call, Payload, Transport};

pub(crate) const CLIENT_ID: &str = "wedsync-hub";

/// An access token with the refresh token that replaces it.
#[derive(Clone, Debug)]
pub struct TokenSet {
    /// Sent with requests; lives for minutes.
    pub access: Secret,
    /// Used once, for the next pair.
    pub refresh: Secret,
}

/// The form of a [`TokenSet`] inside the vault. Frozen: old vaults hold it.
#[derive(Deserialize, Serialize)]
struct Sealed<'a> {
    access: std::borrow::Cow<'a, str>,
    refresh: std::borrow::Cow<'a, str>,
}

#[derive(Deserialize)]
struct TokenReply {
    access_token: String,
    refresh_token: String,
}

impl TokenSet {
    /// One secret that holds both, for the vault.
    ///
    /// # Errors
    /// Never for tokens that are text; the signature keeps the source of the fault.
    pub fn to_sealed(&self) -> Result<Secret, Malformed> {
        let sealed = Sealed { access: self.access.expose().into(), refresh: self.refresh.expose().into() };
        Ok(Secret::new(serde_json::to_string(&sealed)?))
    }

    /// Reads what [`TokenSet::to_sealed`] wrote.
    ///
    /// # Errors
    /// When it is something else.
    pub fn from_sealed(sealed: &Secret) -> Result<Self, Malformed> {
        let sealed: Sealed<'_> = serde_json::from_str(sealed.expose())?;
        Ok(Self { access: Secret::new(sealed.access), refresh: Secret::new(sealed.refresh) })
    }
}

/// What this app is called at a CRM that gives each program a name of its own.
#[derive(Clone, Debug)]
pub struct InstalledClient {
    /// Its id.
    pub id: String,
    /// The secret that an installed program is given, where there is one; it proves nothing (RFC 8252, 8.5).
    pub secret: Option<Secret>,
}

#[derive(Deserialize)]
pub(crate) struct InstalledReply {
    client_id: String,
    client_secret: Option<String>,
}

impl From<InstalledReply> for InstalledClient {
    fn from(reply: InstalledReply) -> Self {
        Self { id: reply.client_id, secret: reply.client_secret.map(Secret::new) }
    }
}

/// What a brokered exchange starts from.
#[derive(Debug)]
pub enum BrokerGrant<'a> {
    /// A code the CRM gave.
    Code {
        /// The code.
        code: &'a Secret,
        /// Redirect the code was given for.
        redirect_uri: &'a str,
        /// PKCE verifier, where the CRM supports it.
        verifier: Option<&'a Secret>,
    },
    /// A refresh token of the CRM.
    Refresh(&'a Secret),
}

/// Tokens of a CRM, as its own endpoint answered.
#[derive(Clone, Debug)]
pub struct BrokerTokens {
    /// Access token.
    pub access: Secret,
    /// Refresh token, where one was given.
    pub refresh: Option<Secret>,
    /// Seconds the access token lives, where said.
    pub expires_in: Option<u64>,
    /// What was granted, where said.
    pub scopes: Option<Vec<String>>,
    /// Who signed in, where the CRM speaks OpenID Connect.
    pub id_token: Option<Secret>,
}

#[derive(Deserialize)]
pub(crate) struct BrokerReply {
    access_token: String,
    refresh_token: Option<String>,
    expires_in: Option<u64>,
    scope: Option<String>,
    id_token: Option<String>,
}

impl From<BrokerReply> for BrokerTokens {
    fn from(reply: BrokerReply) -> Self {
        Self {
            access: Secret::new(reply.access_token),
            refresh: reply.refresh_token.map(Secret::new),
            expires_in: reply.expires_in,
            scopes: reply.scope.map(|scope| scope.split_whitespace().map(str::to_owned).collect()),
            id_token: reply.id_token.map(Secret::new),
        }
    }
}

/// The endpoints that need no access token.
#[derive(Clone, Debug)]
pub struct OAuth {
    transport: Transport,
}

impl OAuth {
    /// Over this transport.
    pub fn new(transport: Transport) -> Self {
        Self { transport }
    }

    /// A code for the first pair of tokens. The attempt is spent whatever the answer.
    ///
    /// # Errors
    /// `invalid_grant` when code, verifier or redirect do not fit together.
    pub async fn exchange(
        &self,
        attempt: SignInAttempt,
        code: AuthorizationCode,
    ) -> Result<TokenSet, CloudError> {
        self.token(&[
            ("grant_type", "authorization_code"),
            ("code", code.expose()),
            ("redirect_uri", attempt.redirect_uri()),
            ("code_verifier", attempt.verifier().expose()),
        ])
        .await
    }

    /// A new pair for a refresh token.
    ///
    /// # Errors
    /// `invalid_grant` when the token was used, revoked or is too old.
    pub async fn refresh(&self, refresh: &Secret) -> Result<TokenSet, CloudError> {
        self.token(&[("grant_type", "refresh_token"), ("refresh_token", refresh.expose())]).await
    }

    /// The code behind a short code that a person typed.
    ///
    /// # Errors
    /// `invalid_grant` when it is wrong, too old, or tried too often.
    pub async fn claim_short_code(
        &self,
        attempt: &SignInAttempt,
        short_code: &str,
    ) -> Result<AuthorizationCode, CloudError> {
        #[derive(Deserialize)]
        struct Claimed {
            code: String,
            account: Option<String>,
        }
        let body = json!({"short_code": short_code, "state": attempt.state()}).to_string();
        let claimed: Claimed = self
            .transport
            .json(&self.post(&["oauth", "claim"], Payload::Json(body.as_bytes())), None)
            .await?;
        // Held to the same as what a link brings; an account that is none is as good as missing.
        let account = claimed.account.filter(|account| attempt.asks_for_account() && is_account(account));
        Ok(AuthorizationCode::new(claimed.code, account))
    }

    /// WedSync's page that the browser comes back to after a sign-in at a CRM; it opens the app.
    pub fn return_page(&self, provider: &str) -> String {
        self.transport.base.endpoint(&["oauth", provider, "return"], &[]).to_string()
    }

    /// Ends a sign-in at the cloud.
    ///
    /// # Errors
    /// When the cloud could not be told.
    pub async fn revoke(&self, refresh: &Secret) -> Result<(), CloudError> {
        let form = form(&[("token", refresh.expose())]);
        let _empty: serde_json::Value =
            self.transport.json(&self.post(&["oauth", "revoke"], Payload::Form(&form)), None).await?;
        Ok(())
    }

    async fn token(&self, pairs: &[(&str, &str)]) -> Result<TokenSet, CloudError> {
        let form = form(pairs);
        let reply: TokenReply =
            self.transport.json(&self.post(&["oauth", "token"], Payload::Form(&form)), None).await?;
        Ok(TokenSet { access: Secret::new(reply.access_token), refresh: Secret::new(reply.refresh_token) })
    }

    fn post<'a>(&self, path: &'a [&'a str], body: Payload<'a>) -> Call<'a> {
        Call { method: Method::POST, path, query: &[], headers: &[], body, reply_cap: 64 * 1024 }
    }

    pub(crate) fn base(&self) -> &crate::BaseUrl {
        &self.transport.base
    }
}

fn form(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", CLIENT_ID)
        .extend_pairs(pairs)
        .finish()
}

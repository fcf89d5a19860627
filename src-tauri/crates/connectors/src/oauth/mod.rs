//! A CRM's own sign-in: OAuth 2.0, authorization code with PKCE (RFC 6749, 7636, 8252).
//!
//! `server` trades codes and refresh tokens at the CRM's token endpoint, `keeper` holds the tokens of one connection and rotates
//! them, `id_token` reads who signed in; `discover` and `register` find the server of a source that nobody described, and a name
//! for this program there. Where a CRM demands a confidential client, WedSync's cloud
//! trades in its stead; that server stands behind the same trait, elsewhere. Deliberately absent: opening a browser and
//! waiting for its answer, which is the program's.

mod discover;
mod id_token;
mod keeper;
mod register;
mod server;

pub use discover::{DiscoveryFault, FoundServer, discover, server_of};
pub use id_token::{Claims, IdTokenFault, claims};
pub use keeper::{CrmTokens, SealedTokens};
pub use register::{Registered, register};
pub use server::{DirectServer, DirectServerParts};

use async_trait::async_trait;
use hub_core::malformed::Malformed;
use hub_core::ports::{ConnectorError, RetryAdvice, Secret, StoreError};

use crate::definition::Offer;
use crate::http::HttpFault;
use crate::messages;

/// What a CRM granted.
#[derive(Debug, Clone)]
pub struct Granted {
    /// Sent with requests; lives for minutes or hours.
    pub access: Secret,
    /// For the next pair; absent where the CRM gives none, or leaves the one that was used in force.
    pub refresh: Option<Secret>,
    /// Seconds the access token lives, where the CRM says so.
    pub expires_in: Option<u64>,
    /// What was granted, where that differs from what was asked for (RFC 6749, 5.1).
    pub scopes: Option<Vec<String>>,
    /// Who signed in, where the CRM speaks OpenID Connect.
    pub id_token: Option<Secret>,
}

/// Why there are no tokens.
#[derive(Debug, thiserror::Error)]
pub enum GrantFault {
    /// The code or refresh token is not taken: used, revoked, too old. The person signs in again.
    #[error("the CRM does not take this sign-in: {0}")]
    Refused(String),
    /// No answer came. What was held is kept: where the answer alone was lost, a CRM that forgives gives another.
    #[error("the CRM did not answer")]
    Unanswered(#[source] HttpFault),
    /// It could not be done now: the CRM's server has trouble of its own, or WedSync could not ask it.
    #[error("the sign-in could not be traded now")]
    Broker {
        /// When to try again.
        retry: RetryAdvice,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The answer is none.
    #[error("the CRM's answer to a sign-in cannot be read")]
    Unreadable,
    /// The vault failed: what was granted is not durable, so that it may not be used (SYNC-LAW 38).
    #[error("the vault failed")]
    Vault(#[source] StoreError),
    /// What lies in the vault is not a token set.
    #[error("the stored sign-in cannot be read")]
    Sealed(#[source] Malformed),
    /// Nothing lies in the vault.
    #[error("there is no sign-in")]
    Missing,
}

impl GrantFault {
    /// The fault in the supplier's words.
    pub fn into_error(self, provider: &str) -> ConnectorError {
        let fault = match self {
            // Nobody answered: that means the same as for every other request.
            GrantFault::Unanswered(fault) => return fault.into_error(provider),
            fault => fault,
        };
        let (message_id, retry, offer) = match &fault {
            GrantFault::Unanswered(_) | GrantFault::Unreadable => {
                (messages::SIGN_IN_UNREADABLE, RetryAdvice::Retry, Offer::TryAgain)
            }
            GrantFault::Refused(_) => (messages::SIGN_IN_ENDED, RetryAdvice::SignIn, Offer::SignInAgain),
            GrantFault::Missing | GrantFault::Sealed(_) => {
                (messages::SIGN_IN_MISSING, RetryAdvice::SignIn, Offer::SignInAgain)
            }
            GrantFault::Broker { retry, .. } => (messages::SIGN_IN_LATER, *retry, Offer::TryAgain),
            GrantFault::Vault(_) => (messages::SIGN_IN_NOT_KEPT, RetryAdvice::Never, Offer::TryAgain),
        };
        ConnectorError {
            message_id,
            params: vec![("provider", provider.to_owned()), ("action", offer.as_str().to_owned())],
            retry,
            source: Some(Box::new(fault)),
        }
    }
}

/// Where codes and refresh tokens are traded.
#[async_trait]
pub trait TokenServer: Send + Sync {
    /// A code for the first tokens.
    async fn exchange(
        &self,
        code: &Secret,
        redirect_uri: &str,
        verifier: &Secret,
    ) -> Result<Granted, GrantFault>;
    /// A refresh token for the next ones.
    async fn refresh(&self, refresh: &Secret) -> Result<Granted, GrantFault>;
    /// Takes a sign-in back at the CRM (RFC 7009); nothing where the CRM has no place for that.
    async fn revoke(&self, token: &Secret) -> Result<(), GrantFault>;
}

//! Access tokens for requests, and their rotation.

use std::sync::Arc;

use async_trait::async_trait;
use hub_core::malformed::Malformed;
use hub_core::ports::{RetryAdvice, Secret, SecretStore, StoreError};
use tokio::sync::Mutex;

use crate::error::CloudError;
use crate::oauth::{OAuth, TokenSet};

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// Nobody is signed in.
    #[error("nobody is signed in")]
    SignedOut,
    /// The cloud no longer takes the refresh token: revoked, used elsewhere, or too old.
    #[error("the sign-in has ended")]
    Ended,
    /// The cloud did not give a new token; the old ones are kept.
    #[error("the tokens could not be refreshed")]
    Refresh(#[source] Box<CloudError>),
    /// The vault failed.
    #[error("the vault failed")]
    Vault(#[source] StoreError),
    /// What lies in the vault is not a token set.
    #[error("the stored tokens cannot be read")]
    Sealed(#[source] Malformed),
}

impl TokenError {
    pub(crate) fn code(&self) -> &str {
        match self {
            Self::SignedOut => "signed_out",
            Self::Ended => "sign_in_ended",
            Self::Refresh(source) => source.code(),
            Self::Vault(_) => "vault",
            Self::Sealed(_) => "vault",
        }
    }

    pub(crate) fn retry(&self) -> RetryAdvice {
        match self {
            Self::SignedOut | Self::Ended | Self::Sealed(_) => RetryAdvice::SignIn,
            Self::Refresh(source) => source.retry(),
            Self::Vault(_) => RetryAdvice::Never,
        }
    }

    pub(crate) fn message_id(&self) -> &'static str {
        match self {
            Self::SignedOut => "error.not_signed_in",
            Self::Ended | Self::Sealed(_) => "error.cloud_auth",
            Self::Refresh(source) => source.message_id(),
            Self::Vault(_) => "error.cloud_vault",
        }
    }
}

impl From<TokenError> for CloudError {
    fn from(source: TokenError) -> Self {
        Self::Tokens(Box::new(source))
    }
}

/// Where requests get their access token.
///
/// An implementor keeps SYNC-LAW 38: at most one refresh at a time, the new pair durable before it is first used, and
/// a failure never removes a newer token.
#[async_trait]
pub trait TokenSource: Send + Sync {
    /// The current access token.
    async fn access_token(&self) -> Result<Secret, TokenError>;
    /// A token newer than `after`, which the cloud has refused. When another caller has refreshed meanwhile, theirs.
    async fn refresh(&self, after: &Secret) -> Result<Secret, TokenError>;
}

/// The access token of a sign-in that is not kept yet: enough to ask whose it is, before it may replace anything.
pub struct FreshToken(Secret);

impl FreshToken {
    /// Of this set.
    pub fn of(tokens: &TokenSet) -> Self {
        Self(tokens.access.clone())
    }
}

#[async_trait]
impl TokenSource for FreshToken {
    async fn access_token(&self) -> Result<Secret, TokenError> {
        Ok(self.0.clone())
    }

    /// It is seconds old: one that is refused already has been taken back.
    async fn refresh(&self, _after: &Secret) -> Result<Secret, TokenError> {
        Err(TokenError::Ended)
    }
}

/// Tokens in the vault, rotated at the cloud. Only the profile's owner process may refresh (MODEL 10).
pub struct RotatingTokens {
    vault: Arc<dyn SecretStore>,
    name: String,
    oauth: OAuth,
    gate: Mutex<()>,
}

impl RotatingTokens {
    /// Tokens under this name of the vault.
    pub fn new(vault: Arc<dyn SecretStore>, name: impl Into<String>, oauth: OAuth) -> Self {
        Self { vault, name: name.into(), oauth, gate: Mutex::new(()) }
    }

    /// Seals a fresh sign-in.
    ///
    /// # Errors
    /// [`TokenError::Vault`] when it could not be made durable; then the sign-in must not be used.
    pub fn sign_in(&self, tokens: &TokenSet) -> Result<(), TokenError> {
        let sealed = tokens.to_sealed().map_err(TokenError::Sealed)?;
        self.vault.put_secret(&self.name, &sealed).map_err(TokenError::Vault)
    }

    /// Ends the sign-in here, then at the cloud. The local end does not depend on the network.
    ///
    /// # Errors
    /// When the vault failed, or the cloud could not be told.
    pub async fn sign_out(&self) -> Result<(), TokenError> {
        let _alone = self.gate.lock().await;
        let held = self.load()?;
        self.vault.delete_secret(&self.name).map_err(TokenError::Vault)?;
        if let Some(held) = held {
            self.oauth.revoke(&held.refresh).await.map_err(|source| TokenError::Refresh(Box::new(source)))?;
        }
        Ok(())
    }

    fn load(&self) -> Result<Option<TokenSet>, TokenError> {
        match self.vault.secret(&self.name).map_err(TokenError::Vault)? {
            None => Ok(None),
            Some(sealed) => TokenSet::from_sealed(&sealed).map(Some).map_err(TokenError::Sealed),
        }
    }
}

#[async_trait]
impl TokenSource for RotatingTokens {
    async fn access_token(&self) -> Result<Secret, TokenError> {
        self.load()?.map(|held| held.access).ok_or(TokenError::SignedOut)
    }

    async fn refresh(&self, after: &Secret) -> Result<Secret, TokenError> {
        let _alone = self.gate.lock().await;
        let held = self.load()?.ok_or(TokenError::SignedOut)?;
        if held.access != *after {
            return Ok(held.access);
        }
        match self.oauth.refresh(&held.refresh).await {
            Ok(fresh) => {
                self.sign_in(&fresh)?;
                Ok(fresh.access)
            }
            Err(CloudError::Problem(problem)) if problem.code == "invalid_grant" => {
                // Somebody may have put a newer pair there while the question was under way.
                match self.load()? {
                    Some(newer) if newer.access != held.access => Ok(newer.access),
                    Some(_) | None => Err(TokenError::Ended),
                }
            }
            Err(source) => Err(TokenError::Refresh(Box::new(source))),
        }
    }
}

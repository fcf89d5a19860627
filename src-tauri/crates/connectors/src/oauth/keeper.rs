//! The tokens of one connection, and their rotation (SYNC-LAW 38).
//!
//! At most one refresh at a time in this process, and only the profile's owner process refreshes at all (MODEL 10), so
//! that one refresh token is never shown twice by us. The next pair is durable before it is first used. When an answer is
//! lost, the old refresh token is all there is: it is shown once more, a CRM that forgives gives another pair, and one that
//! does not ends it in "sign in again".

use std::borrow::Cow;
use std::sync::Arc;

use hub_core::malformed::Malformed;
use hub_core::ports::{Clock, Secret, SecretStore};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use super::{GrantFault, Granted, TokenServer};

/// An access token that lives no longer than this is renewed before it is used: a request under way takes a while.
const SOON: i64 = 60;

/// Tokens as the vault keeps them. Frozen: old vaults hold it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed<'a> {
    origin: Cow<'a, str>,
    access: Cow<'a, str>,
    refresh: Option<Cow<'a, str>>,
    /// Unix seconds.
    expires_at: Option<i64>,
    scopes: Vec<String>,
}

/// Tokens with what they are for.
#[derive(Debug, Clone)]
pub struct SealedTokens {
    /// Origin of the API that they open; they are sent nowhere else (MODEL 11).
    pub origin: String,
    /// Sent with requests.
    pub access: Secret,
    /// For the next pair, where the CRM gave one.
    pub refresh: Option<Secret>,
    /// When the access token runs out, in Unix seconds, where the CRM said so.
    pub expires_at: Option<i64>,
    /// What was granted.
    pub scopes: Vec<String>,
}

impl SealedTokens {
    /// What was just granted, for an API.
    pub fn new(granted: &Granted, origin: String, asked: &[String], now: i64) -> SealedTokens {
        let life = |seconds: u64| now.saturating_add(i64::try_from(seconds).unwrap_or(i64::MAX));
        SealedTokens {
            origin,
            access: granted.access.clone(),
            refresh: granted.refresh.clone(),
            expires_at: granted.expires_in.map(life),
            scopes: granted.scopes.clone().unwrap_or_else(|| asked.to_vec()),
        }
    }

    /// The next pair. A CRM that gives no new refresh token leaves the old one in force (RFC 6749, 6).
    fn next(&self, granted: &Granted, now: i64) -> SealedTokens {
        let mut next = SealedTokens::new(granted, self.origin.clone(), &self.scopes, now);
        next.refresh = next.refresh.or_else(|| self.refresh.clone());
        next
    }

    /// One secret that holds all of it, for the vault.
    ///
    /// # Errors
    /// Never for tokens that are text; the signature keeps the source of the fault.
    pub fn seal(&self) -> Result<Secret, Malformed> {
        let sealed = Sealed {
            origin: self.origin.as_str().into(),
            access: self.access.expose().into(),
            refresh: self.refresh.as_ref().map(|refresh| refresh.expose().into()),
            expires_at: self.expires_at,
            scopes: self.scopes.clone(),
        };
        Ok(Secret::new(serde_json::to_string(&sealed)?))
    }

    /// Reads what [`SealedTokens::seal`] wrote.
    ///
    /// # Errors
    /// When it is something else.
    pub fn unseal(sealed: &Secret) -> Result<SealedTokens, Malformed> {
        let sealed: Sealed<'_> = serde_json::from_str(sealed.expose())?;
        Ok(SealedTokens {
            origin: sealed.origin.into_owned(),
            access: Secret::new(sealed.access),
            refresh: sealed.refresh.map(Secret::new),
            expires_at: sealed.expires_at,
            scopes: sealed.scopes,
        })
    }
}

/// The tokens of one connection. All connectors of that connection share one.
pub struct CrmTokens {
    vault: Arc<dyn SecretStore>,
    name: String,
    server: Arc<dyn TokenServer>,
    clock: Arc<dyn Clock>,
    gate: Mutex<()>,
}

impl CrmTokens {
    /// Tokens under this name of the vault.
    pub fn new(
        vault: Arc<dyn SecretStore>,
        name: impl Into<String>,
        server: Arc<dyn TokenServer>,
        clock: Arc<dyn Clock>,
    ) -> CrmTokens {
        CrmTokens { vault, name: name.into(), server, clock, gate: Mutex::new(()) }
    }

    /// The access token for an API; a token that is about to run out is renewed first.
    ///
    /// # Errors
    /// [`GrantFault::Missing`] when there is none or it is for another origin; otherwise as renewing it fails.
    pub async fn access(&self, origin: &str) -> Result<Secret, GrantFault> {
        let held = self.load(origin)?;
        let soon = held.expires_at.is_some_and(|at| at - self.clock.now().as_second() < SOON);
        if soon && held.refresh.is_some() { self.renew(origin, &held.access).await } else { Ok(held.access) }
    }

    /// A token newer than one that was refused; when somebody else has renewed meanwhile, theirs.
    ///
    /// # Errors
    /// [`GrantFault::Refused`] when the CRM no longer takes the sign-in; everything else leaves what is held as it is.
    pub async fn renew(&self, origin: &str, refused: &Secret) -> Result<Secret, GrantFault> {
        let _alone = self.gate.lock().await;
        let held = self.load(origin)?;
        if held.access != *refused {
            return Ok(held.access);
        }
        let Some(refresh) = &held.refresh else {
            return Err(GrantFault::Refused("no refresh token".to_owned()));
        };
        match self.server.refresh(refresh).await {
            Ok(granted) => {
                let next = held.next(&granted, self.clock.now().as_second());
                let sealed = next.seal().map_err(GrantFault::Sealed)?;
                self.vault.put_secret(&self.name, &sealed).map_err(GrantFault::Vault)?;
                Ok(next.access)
            }
            Err(GrantFault::Refused(why)) => {
                // The person may have signed in anew while the question was under way.
                let now = self.load(origin)?;
                if now.access == held.access { Err(GrantFault::Refused(why)) } else { Ok(now.access) }
            }
            Err(fault) => Err(fault),
        }
    }

    /// What the CRM said it grants, as it was last told.
    ///
    /// # Errors
    /// [`GrantFault::Missing`] when there is no sign-in or it is for another origin; when the vault fails.
    pub fn granted(&self, origin: &str) -> Result<Vec<String>, GrantFault> {
        Ok(self.load(origin)?.scopes)
    }

    /// Ends the sign-in here, then at the CRM. The local end does not depend on the network.
    ///
    /// # Errors
    /// When the vault failed, or the CRM could not be told.
    pub async fn end(&self) -> Result<(), GrantFault> {
        let _alone = self.gate.lock().await;
        let held = self.vault.secret(&self.name).map_err(GrantFault::Vault)?;
        self.vault.delete_secret(&self.name).map_err(GrantFault::Vault)?;
        match held.map(|sealed| SealedTokens::unseal(&sealed)).transpose().map_err(GrantFault::Sealed)? {
            Some(held) => self.server.revoke(held.refresh.as_ref().unwrap_or(&held.access)).await,
            None => Ok(()),
        }
    }

    fn load(&self, origin: &str) -> Result<SealedTokens, GrantFault> {
        let sealed = self.vault.secret(&self.name).map_err(GrantFault::Vault)?.ok_or(GrantFault::Missing)?;
        let held = SealedTokens::unseal(&sealed).map_err(GrantFault::Sealed)?;
        if held.origin == origin { Ok(held) } else { Err(GrantFault::Missing) }
    }
}

impl std::fmt::Debug for CrmTokens {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("CrmTokens").field("name", &self.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;

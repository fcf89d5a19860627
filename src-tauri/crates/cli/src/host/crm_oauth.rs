//! The OAuth side of the CRMs: what a definition says about signing in, with the server that trades codes for tokens.

use std::sync::Arc;

use async_trait::async_trait;
use hub_api::{ApiError, Code, Retry};
use hub_cloud::{Authorization, BrokerGrant, BrokerTokens, CloudClient, CloudError};
use hub_connectors::Reach;
use hub_connectors::definition::{Auth, Definition, Exchange, Redirect};
use hub_connectors::oauth::{DirectServer, DirectServerParts, GrantFault, Granted, TokenServer, claims};
use hub_core::ports::{AccountInfo, Secret};
use jiff::Timestamp;
use url::Url;

use super::sign_in::host_error;

/// Our name at every authorization server.
const CLIENT_ID: &str = "wedsync-hub";

/// One way to sign in to one CRM.
pub(super) struct OauthWay {
    /// Name of the CRM.
    pub(super) name: String,
    pub(super) authorization: Authorization,
    pub(super) server: Arc<dyn TokenServer>,
    pub(super) redirect: Redirect,
    /// Origin of the API that the tokens are for.
    pub(super) origin: String,
}

/// What an OAuth route needs of the program.
#[derive(Clone)]
pub(super) struct OauthParts {
    /// WedSync, which trades for CRMs that demand a confidential client.
    pub(super) cloud: Arc<CloudClient>,
    pub(super) reach: Reach,
}

impl OauthWay {
    /// The way that a definition describes; `None` where it is signed in to differently.
    ///
    /// # Errors
    /// An address that may not be reached, or a definition that lacks one.
    pub(super) fn of(
        definition: &Definition,
        base_url: Option<&str>,
        parts: &OauthParts,
    ) -> Result<Option<OauthWay>, ApiError> {
        let Some(api) = &definition.routes.api else { return Ok(None) };
        let Auth::Oauth2(oauth) = &api.auth else { return Ok(None) };
        let refused = || ApiError::refused(Code::Refused, "error.address_invalid");
        let base = base_url.or(api.base_url.as_deref()).ok_or_else(refused)?;
        let base = Url::parse(base).map_err(|_| refused())?;
        // A copy of a CRM elsewhere keeps its paths, and signs in where it is: no code and no token of it may reach
        // the original.
        let endpoint = |text: &Option<String>| -> Result<Option<Url>, ApiError> {
            let Some(text) = text else { return Ok(None) };
            let url = Url::parse(text).map_err(|_| refused())?;
            match base_url {
                None => Ok(Some(url)),
                Some(_) => base.join(url.path()).map(Some).map_err(|_| refused()),
            }
        };
        let authorize = endpoint(&oauth.authorize)?.ok_or_else(refused)?;
        let server: Arc<dyn TokenServer> = match oauth.exchange {
            Exchange::Brokered => {
                Arc::new(Brokered { cloud: parts.cloud.clone(), provider: definition.identity.key.clone() })
            }
            Exchange::Direct => Arc::new(
                DirectServer::new(DirectServerParts {
                    token: endpoint(&oauth.token)?.ok_or_else(refused)?,
                    revoke: endpoint(&oauth.revoke)?,
                    client_id: CLIENT_ID.to_owned(),
                    reach: parts.reach,
                })
                .map_err(|fault| ApiError::from(fault.into_error(&definition.identity.name)))?,
            ),
        };
        Ok(Some(OauthWay {
            name: definition.identity.name.clone(),
            authorization: Authorization {
                endpoint: authorize,
                client_id: CLIENT_ID.to_owned(),
                scopes: oauth.scopes.clone(),
                issuer: oauth.issuer.clone().filter(|_| base_url.is_none()),
            },
            server,
            redirect: oauth.redirect,
            origin: hub_connectors::origin_of(&base),
        }))
    }

    /// The first scope that was asked for and not granted (F35).
    pub(super) fn not_granted(&self, granted: &Granted) -> Option<&str> {
        // Where the server says nothing, all of it was granted (RFC 6749, 5.1).
        let held = granted.scopes.as_ref()?;
        self.authorization.scopes.iter().find(|scope| !held.contains(scope)).map(String::as_str)
    }

    /// The account that an id token names, where the CRM gives one.
    ///
    /// # Errors
    /// An id token that is not for this sign-in.
    pub(super) fn named(&self, granted: &Granted, now: Timestamp) -> Result<Option<AccountInfo>, ApiError> {
        let Some(token) = &granted.id_token else { return Ok(None) };
        let found = claims(token, &self.authorization.client_id, self.authorization.issuer.as_deref(), now)
            .map_err(|fault| {
            host_error(Code::CrmKey, "error.crm.sign_in_unreadable", Retry::Now, fault)
        })?;
        Ok(Some(AccountInfo {
            account_id: found.subject,
            name: found.name,
            time_zone: None,
            currency: None,
            country: None,
            readable: Vec::new(),
        }))
    }
}

/// WedSync's cloud trades in our stead.
struct Brokered {
    cloud: Arc<CloudClient>,
    provider: String,
}

fn granted(tokens: BrokerTokens) -> Granted {
    Granted {
        access: tokens.access,
        refresh: tokens.refresh,
        expires_in: tokens.expires_in,
        scopes: tokens.scopes,
        id_token: tokens.id_token,
    }
}

fn broker_fault(error: CloudError) -> GrantFault {
    match error.code() {
        "invalid_grant" => GrantFault::Refused("invalid_grant".to_owned()),
        _ => GrantFault::Broker { retry: error.retry(), source: Box::new(error) },
    }
}

#[async_trait]
impl TokenServer for Brokered {
    async fn exchange(
        &self,
        code: &Secret,
        redirect_uri: &str,
        verifier: &Secret,
    ) -> Result<Granted, GrantFault> {
        let grant = BrokerGrant::Code { code, redirect_uri, verifier: Some(verifier) };
        self.cloud.broker_token(&self.provider, &grant).await.map(granted).map_err(broker_fault)
    }

    async fn refresh(&self, refresh: &Secret) -> Result<Granted, GrantFault> {
        let grant = BrokerGrant::Refresh(refresh);
        self.cloud.broker_token(&self.provider, &grant).await.map(granted).map_err(broker_fault)
    }

    async fn revoke(&self, token: &Secret) -> Result<(), GrantFault> {
        self.cloud.broker_revoke(&self.provider, token).await.map_err(broker_fault)
    }
}

/// A failed trade in the supplier's words.
pub(super) fn grant_error(provider: &str, fault: GrantFault) -> ApiError {
    ApiError::from(fault.into_error(provider))
}

//! The OAuth side of the CRMs: what a definition says about signing in, with the server that trades codes for tokens.

use std::borrow::Cow;
use std::sync::Arc;

use async_trait::async_trait;
use hub_api::{ApiError, Code, Retry};
use hub_cloud::{Authorization, BrokerGrant, BrokerTokens, CloudClient, CloudError};
use hub_connectors::Reach;
use hub_connectors::definition::{Auth, ClientProof, Definition, Exchange, Redirect};
use hub_connectors::oauth::{DirectServer, DirectServerParts, GrantFault, Granted, TokenServer, claims};
use hub_core::message::Message;
use hub_core::ports::{AccountInfo, Secret, SecretStore};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use super::sign_in::{cloud_error, host_error};

/// Our name at authorization servers that take one of ours.
const CLIENT_ID: &str = "wedsync-hub";

/// One way to sign in to one CRM.
pub(super) struct OauthWay {
    /// Name of the CRM.
    pub(super) name: String,
    pub(super) authorization: Authorization,
    pub(super) server: Arc<dyn TokenServer>,
    pub(super) redirect: Redirect,
    /// Whether the server can be told that a sign-in is over.
    pub(super) tells: bool,
    /// Origin of the API that the tokens are for.
    pub(super) origin: String,
}

/// What an OAuth route needs of the program.
#[derive(Clone)]
pub(super) struct OauthParts {
    /// WedSync, which trades for CRMs that demand a confidential client, and knows what we are called at others.
    pub(super) cloud: Arc<CloudClient>,
    pub(super) vault: Arc<dyn SecretStore>,
    pub(super) reach: Reach,
}

/// What we are called at an authorization server.
struct Named {
    id: String,
    secret: Option<Secret>,
}

/// The same in the vault. Frozen: old vaults hold it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeptName<'a> {
    id: Cow<'a, str>,
    secret: Option<Cow<'a, str>>,
}

impl OauthParts {
    /// Asks WedSync what we are called at a CRM that gives each program a name of its own, and keeps it: tokens are renewed
    /// under that name.
    ///
    /// # Errors
    /// `error.crm.no_client` where WedSync is not registered there; else as asking and keeping fail.
    pub(super) async fn learn_name(&self, definition: &Definition) -> Result<(), ApiError> {
        let Some(Auth::Oauth2(oauth)) = definition.routes.api.as_ref().map(|api| &api.auth) else {
            return Ok(());
        };
        if oauth.client != ClientProof::Installed {
            return Ok(());
        }
        let provider = &definition.identity.key;
        let client = match self.cloud.installed_client(provider).await {
            Ok(client) => client,
            Err(error) if error.code() == "provider_unknown" => return Err(no_client(definition)),
            // What was told before is still our name there.
            Err(_) if self.name_at(definition, oauth.client).is_ok() => return Ok(()),
            Err(error) => return Err(cloud_error(error)),
        };
        let secret = client.secret.as_ref().map(|secret| secret.expose().into());
        let kept = KeptName { id: client.id.as_str().into(), secret };
        let sealed = serde_json::to_string(&kept).map(Secret::new).map_err(ApiError::Encode)?;
        self.vault.put_secret(&name_place(provider), &sealed)?;
        Ok(())
    }

    fn name_at(&self, definition: &Definition, proof: ClientProof) -> Result<Named, ApiError> {
        if proof != ClientProof::Installed {
            return Ok(Named { id: CLIENT_ID.to_owned(), secret: None });
        }
        let kept = self.vault.secret(&name_place(&definition.identity.key))?;
        let kept = kept.ok_or_else(|| no_client(definition))?;
        let kept: KeptName<'_> = serde_json::from_str(kept.expose()).map_err(|_| no_client(definition))?;
        Ok(Named { id: kept.id.into_owned(), secret: kept.secret.map(Secret::new) })
    }
}

/// Where the name at a CRM lies in the vault.
fn name_place(provider: &str) -> String {
    format!("oauth_client:{provider}")
}

fn no_client(definition: &Definition) -> ApiError {
    ApiError::Refused {
        code: Code::Refused,
        message: Message::new("error.crm.no_client").with("provider", &definition.identity.name),
    }
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
        let named = parts.name_at(definition, oauth.client)?;
        let server: Arc<dyn TokenServer> = match oauth.exchange {
            Exchange::Brokered => {
                let (cloud, provider) = (parts.cloud.clone(), definition.identity.key.clone());
                Arc::new(Brokered { cloud, provider, pkce: oauth.pkce })
            }
            Exchange::Direct => Arc::new(
                DirectServer::new(DirectServerParts {
                    token: endpoint(&oauth.token)?.ok_or_else(refused)?,
                    revoke: endpoint(&oauth.revoke)?,
                    client_id: named.id.clone(),
                    client_secret: named.secret,
                    reach: parts.reach,
                })
                .map_err(|fault| ApiError::from(fault.into_error(&definition.identity.name)))?,
            ),
        };
        Ok(Some(OauthWay {
            name: definition.identity.name.clone(),
            authorization: Authorization {
                endpoint: authorize,
                client_id: named.id,
                scopes: oauth.scopes.clone(),
                issuer: oauth.issuer.clone().filter(|_| base_url.is_none()),
                pkce: oauth.pkce,
                account: oauth.account_parameter.is_some(),
            },
            server,
            redirect: oauth.redirect,
            tells: oauth.revoke.is_some(),
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
    /// Whether the CRM takes what proves who began (RFC 7636).
    pkce: bool,
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
        let grant = BrokerGrant::Code { code, redirect_uri, verifier: self.pkce.then_some(verifier) };
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

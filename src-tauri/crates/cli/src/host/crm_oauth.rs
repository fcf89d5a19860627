//! The OAuth side of the CRMs: what a definition says about signing in, with the server that trades codes for tokens.

use std::borrow::Cow;
use std::sync::Arc;

use async_trait::async_trait;
use hub_api::{ApiError, Code, Retry};
use hub_cloud::{Authorization, BrokerGrant, BrokerTokens, CloudClient, CloudError};
use hub_connectors::Reach;
use hub_connectors::definition::{Auth, ClientProof, Definition, Exchange, Oauth2, Redirect};
use hub_connectors::oauth::{
    DirectServer, DirectServerParts, DiscoveryFault, FoundServer, GrantFault, Granted, TokenServer, claims,
    register, server_of,
};
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
        match oauth.client {
            ClientProof::Installed => self.ask_wedsync(definition, oauth).await,
            ClientProof::Registered => self.ask_server(&definition.identity.name, oauth).await,
            ClientProof::None | ClientProof::Secret | ClientProof::PrivateKeyJwt => Ok(()),
        }
    }

    /// A name at the server of a source: the one that is kept, else the one that the server gives.
    ///
    /// # Errors
    /// A server that says something else of itself than the definition says, or that gives this program no name.
    async fn ask_server(&self, name: &str, oauth: &Oauth2) -> Result<(), ApiError> {
        let issuer = oauth.issuer.as_deref().unwrap_or_default();
        let server = server_of(issuer, self.reach).await.map_err(|fault| discovery_error(name, fault))?;
        // Whoever wrote the definition: a code goes to the server that gave it and to no other place, also where a name is kept.
        let same = Some(server.token.as_str()) == oauth.token.as_deref()
            && Some(server.authorize.as_str()) == oauth.authorize.as_deref()
            && server.revoke.as_ref().map(Url::as_str) == oauth.revoke.as_deref();
        if !same {
            return Err(discovery_error(
                name,
                DiscoveryFault::Unusable("other endpoints than the server's own"),
            ));
        }
        if self.has_name(issuer)? { Ok(()) } else { self.register_at(name, &server).await }
    }

    /// Asks a server for a name, and keeps it under its issuer.
    ///
    /// # Errors
    /// `error.source.no_registration` where it gives none.
    pub(super) async fn register_at(&self, name: &str, server: &FoundServer) -> Result<(), ApiError> {
        let given = register(server, self.reach).await.map_err(|fault| match fault {
            DiscoveryFault::NoServer => said("error.source.no_registration", name),
            fault => discovery_error(name, fault),
        })?;
        self.keep_name(&server.issuer, &given.id, given.secret.as_ref())
    }

    /// Whether there is a name at this issuer.
    pub(super) fn has_name(&self, issuer: &str) -> Result<bool, ApiError> {
        Ok(self.vault.secret(&name_place(issuer))?.is_some())
    }

    /// A server does not know its name for us any more; the next sign-in asks for another.
    pub(super) fn forget_name(&self, issuer: &str) {
        if let Err(error) = self.vault.delete_secret(&name_place(issuer)) {
            tracing::warn!(error = &error as &dyn std::error::Error, "a name could not be forgotten");
        }
    }

    /// Keeps a name at a provider, or at an issuer.
    pub(super) fn keep_name(&self, place: &str, id: &str, secret: Option<&Secret>) -> Result<(), ApiError> {
        let kept = KeptName { id: id.into(), secret: secret.map(|secret| secret.expose().into()) };
        let sealed = serde_json::to_string(&kept).map(Secret::new).map_err(ApiError::Encode)?;
        self.vault.put_secret(&name_place(place), &sealed)?;
        Ok(())
    }

    async fn ask_wedsync(&self, definition: &Definition, oauth: &Oauth2) -> Result<(), ApiError> {
        let (provider, name) = (&definition.identity.key, &definition.identity.name);
        let client = match self.cloud.installed_client(provider).await {
            Ok(client) => client,
            Err(error) if error.code() == "provider_unknown" => {
                return Err(said("error.crm.no_client", name));
            }
            // What was told before is still our name there.
            Err(_) if self.name_at(provider, name, oauth).is_ok() => return Ok(()),
            Err(error) => return Err(cloud_error(error)),
        };
        self.keep_name(provider, &client.id, client.secret.as_ref())
    }

    fn name_at(&self, provider: &str, name: &str, oauth: &Oauth2) -> Result<Named, ApiError> {
        let place = match oauth.client {
            ClientProof::Installed => provider,
            ClientProof::Registered => oauth.issuer.as_deref().unwrap_or_default(),
            ClientProof::None | ClientProof::Secret | ClientProof::PrivateKeyJwt => {
                return Ok(Named { id: CLIENT_ID.to_owned(), secret: None });
            }
        };
        let none = || said("error.crm.no_client", name);
        let kept = self.vault.secret(&name_place(place))?.ok_or_else(none)?;
        let kept: KeptName<'_> = serde_json::from_str(kept.expose()).map_err(|_| none())?;
        Ok(Named { id: kept.id.into_owned(), secret: kept.secret.map(Secret::new) })
    }
}

/// Where the name at a provider or an issuer lies in the vault.
fn name_place(place: &str) -> String {
    format!("oauth_client:{place}")
}

fn said(id: &str, name: &str) -> ApiError {
    ApiError::Refused { code: Code::Refused, message: Message::new(id).with("provider", name) }
}

/// Why there is no way to sign in to a source in the browser, in the supplier's words.
pub(super) fn discovery_error(name: &str, fault: DiscoveryFault) -> ApiError {
    let id = match fault {
        DiscoveryFault::Unasked(fault) => return ApiError::from(fault.into_error(name)),
        DiscoveryFault::NoServer => "error.source.no_sign_in",
        DiscoveryFault::Unusable(_) => "error.source.sign_in_unusable",
    };
    tracing::info!(error = &fault as &dyn std::error::Error, "no sign-in at a source");
    said(id, name)
}

fn address_refused() -> ApiError {
    ApiError::refused(Code::Refused, "error.address_invalid")
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
        let own = api.base_url.as_deref();
        let base = base_url.or(own).ok_or_else(address_refused)?;
        let base = Url::parse(base).map_err(|_| address_refused())?;
        let elsewhere = base_url.is_some() && base_url != own;
        let identity = &definition.identity;
        OauthWay::at((&identity.key, &identity.name), oauth, &base, elsewhere, parts).map(Some)
    }

    /// A way to sign in to what lies at an address. `elsewhere`: it is a copy of what is described. `whom`: provider key and name.
    ///
    /// # Errors
    /// As for [`OauthWay::of`].
    pub(super) fn at(
        (provider, name): (&str, &str),
        oauth: &Oauth2,
        base: &Url,
        elsewhere: bool,
        parts: &OauthParts,
    ) -> Result<OauthWay, ApiError> {
        let refused = address_refused;
        // A copy of a CRM elsewhere keeps its paths, and signs in where it is: no code and no token of it may reach
        // the original.
        let endpoint = |text: &Option<String>| -> Result<Option<Url>, ApiError> {
            let Some(text) = text else { return Ok(None) };
            let url = Url::parse(text).map_err(|_| refused())?;
            if !elsewhere {
                return Ok(Some(url));
            }
            base.join(url.path()).map(Some).map_err(|_| refused())
        };
        let authorize = endpoint(&oauth.authorize)?.ok_or_else(refused)?;
        let named = parts.name_at(provider, name, oauth)?;
        let server: Arc<dyn TokenServer> = match oauth.exchange {
            Exchange::Brokered => {
                let (cloud, provider) = (parts.cloud.clone(), provider.to_owned());
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
                .map_err(|fault| ApiError::from(fault.into_error(name)))?,
            ),
        };
        Ok(OauthWay {
            name: name.to_owned(),
            authorization: Authorization {
                endpoint: authorize,
                client_id: named.id,
                scopes: oauth.scopes.clone(),
                issuer: oauth.issuer.clone().filter(|_| !elsewhere),
                pkce: oauth.pkce,
                account: oauth.account_parameter.is_some(),
            },
            server,
            redirect: oauth.redirect,
            tells: oauth.revoke.is_some(),
            origin: hub_connectors::origin_of(base),
        })
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

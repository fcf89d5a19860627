//! Sign-ins in the browser, as far as they are of one CRM.

use std::sync::{Arc, PoisonError};

use hub_api::dto::ConnectorSignIn;
use hub_api::{ApiError, Code, Probed};
use hub_connectors::definition::Oauth2;
use hub_connectors::oauth::{CrmTokens, Granted, discover};
use hub_connectors::{Credential, Definition};
use hub_core::message::Message;
use hub_core::ports::{AccountInfo, Connection, ConnectorError, Secret, SecretStore as _};
use url::Url;

use super::{DefinedCrms, Wanted, address_refused, untold};
use crate::host::crm_oauth::{OauthWay, discovery_error};
use crate::host::sources::{self, Held, InMemory, SourceSignIn};

/// How a source of one's own is signed in to.
pub(in crate::host) struct SourceWay {
    /// The way.
    pub(in crate::host) way: OauthWay,
    /// The same as its definition will say it.
    pub(in crate::host) oauth: Oauth2,
}

impl DefinedCrms {
    /// How a provider, or a connection of its own definition, is described.
    fn described_as(
        &self,
        provider: &str,
        connection: Option<&Connection>,
    ) -> Result<Definition, ConnectorError> {
        match connection {
            Some(connection) => self.definition_of(connection),
            None => self.shelf.of_provider(provider),
        }
    }

    /// Learns what has to be known before a sign-in in the browser begins.
    ///
    /// # Errors
    /// See [`OauthParts::learn_name`].
    pub(in crate::host) async fn before_sign_in(
        &self,
        provider: &str,
        connection: Option<&Connection>,
    ) -> Result<(), ApiError> {
        self.oauth.learn_name(&self.described_as(provider, connection)?).await
    }

    /// How a provider, or a connection, is signed in to in the browser.
    pub(in crate::host) fn oauth_way(
        &self,
        provider: &str,
        base_url: Option<&str>,
        connection: Option<&Connection>,
    ) -> Result<OauthWay, ApiError> {
        let definition = self.described_as(provider, connection)?;
        OauthWay::of(&definition, base_url, &self.oauth)?.ok_or_else(|| ApiError::Refused {
            code: Code::Refused,
            message: Message::new("error.unsupported_sign_in").with("provider", &definition.identity.name),
        })
    }

    /// Finds out how a source of one's own is signed in to, and gets a name there. Nothing is sent that is a secret.
    ///
    /// # Errors
    /// A source that says nowhere how, or a server that gives no names where none was typed.
    pub(in crate::host) async fn source_way(&self, asked: &ConnectorSignIn) -> Result<SourceWay, ApiError> {
        let refused = || address_refused(None);
        let address = |text: &str| Url::parse(text.trim()).map_err(|_| refused());
        let (provider, name, oauth, base) = match (&asked.address, &asked.definition) {
            (Some(text), None) => {
                let definition = self.shelf.of_provider(&asked.provider)?;
                let mut base = address(text)?;
                base.set_fragment(None);
                let server =
                    discover(&base, self.reach).await.map_err(|fault| discovery_error(&asked.name, fault))?;
                if let Some(id) = &asked.client_id {
                    self.oauth.keep_name(&server.issuer, id.trim(), None)?;
                } else if !self.oauth.has_name(&server.issuer)? {
                    self.oauth.register_at(&asked.name, &server).await?;
                }
                let help = definition.routes.api.as_ref().map(|api| api.auth.help().to_owned());
                let oauth = server.described(help.unwrap_or_default());
                (asked.provider.clone(), asked.name.clone(), oauth, base)
            }
            (None, Some(text)) => {
                let definition = sources::own(text)?;
                let oauth = sources::by_browser(&definition).cloned().ok_or_else(refused)?;
                if let (Some(id), Some(issuer)) = (&asked.client_id, &oauth.issuer) {
                    self.oauth.keep_name(issuer, id.trim(), None)?;
                }
                self.oauth.learn_name(&definition).await?;
                let base = definition.routes.api.as_ref().and_then(|api| api.base_url.as_deref());
                let base = address(base.ok_or_else(refused)?)?;
                (definition.identity.key, definition.identity.name, oauth, base)
            }
            _ => return Err(ApiError::refused(Code::BadRequest, "error.source_either")),
        };
        let way = OauthWay::at((&provider, &name), &oauth, &base, false, &self.oauth)?;
        Ok(SourceWay { way, oauth })
    }

    /// Keeps a sign-in at a source until a connection is made of it, and gives the look that stands for it.
    ///
    /// # Errors
    /// When what was granted cannot be kept.
    pub(in crate::host) fn keep_sign_in(
        &self,
        source: &SourceWay,
        sealed: &Secret,
        account: Option<AccountInfo>,
    ) -> Result<String, ApiError> {
        let place = Arc::new(InMemory::default());
        place.put_secret("", sealed)?;
        let tokens = CrmTokens::new(place.clone(), "", source.way.server.clone(), self.clock.clone());
        let oauth = source.oauth.clone();
        let held = Held::SignIn(Arc::new(SourceSignIn { oauth, tokens: Arc::new(tokens), place, account }));
        self.looks.keep(held, source.way.origin.clone(), self.clock.now())
    }

    /// A server says that it does not know the name it gave.
    pub(in crate::host) fn name_unknown(&self, source: &SourceWay) {
        if let Some(issuer) = &source.oauth.issuer {
            self.oauth.forget_name(issuer);
        }
    }

    /// Whose account a sign-in opens: as the id token says, else as the CRM answers with the new token; of the account that
    /// came with the code, where the CRM names one there.
    pub(in crate::host) async fn whose(
        &self,
        (provider, base_url): (&str, Option<&str>),
        connection: Option<&Connection>,
        granted: &Granted,
        way: &OauthWay,
        account: Option<&str>,
    ) -> Result<Probed, ApiError> {
        let definition = self.described_as(provider, connection)?;
        let credential = Credential::key(granted.access.clone(), way.origin.clone());
        let named = way.named(granted, self.clock.now())?;
        let account = match (account, &named) {
            (Some(account), _) => account.to_owned(),
            (None, Some(info)) => info.account_id.clone(),
            (None, None) => format!("probe:{provider}"),
        };
        let wanted =
            Wanted { base_url, account: &account, known: None, time_zone: None, credential, hooks: untold() };
        let connector = self.make(definition, wanted)?;
        let account = match named {
            Some(account) => account,
            None => connector.probe().await?,
        };
        Ok(Probed { account, decisions: connector.initial_decisions() })
    }

    pub(super) fn tokens_of(&self, connection: &Connection, way: &OauthWay) -> Arc<CrmTokens> {
        let mut held = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        let made = || {
            let name = connection.vault_ref.clone();
            Arc::new(CrmTokens::new(self.vault.clone(), name, way.server.clone(), self.clock.clone()))
        };
        held.entry(connection.vault_ref.clone()).or_insert_with(made).clone()
    }
}

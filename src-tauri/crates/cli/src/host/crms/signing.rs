//! Sign-ins in the browser, as far as they are of one CRM.

use std::sync::{Arc, PoisonError};

use hub_api::{ApiError, Code, Probed};
use hub_connectors::Credential;
use hub_connectors::oauth::{CrmTokens, Granted};
use hub_core::message::Message;
use hub_core::ports::Connection;

use super::{DefinedCrms, Wanted, untold};
use crate::host::crm_oauth::OauthWay;

impl DefinedCrms {
    /// Learns what has to be known before a sign-in in the browser begins.
    ///
    /// # Errors
    /// See [`OauthParts::learn_name`].
    pub(in crate::host) async fn before_sign_in(&self, provider: &str) -> Result<(), ApiError> {
        self.oauth.learn_name(&self.shelf.of_provider(provider)?).await
    }

    /// How a provider is signed in to in the browser.
    pub(in crate::host) fn oauth_way(
        &self,
        provider: &str,
        base_url: Option<&str>,
    ) -> Result<OauthWay, ApiError> {
        let definition = self.shelf.of_provider(provider)?;
        OauthWay::of(&definition, base_url, &self.oauth)?.ok_or_else(|| ApiError::Refused {
            code: Code::Refused,
            message: Message::new("error.unsupported_sign_in").with("provider", &definition.identity.name),
        })
    }

    /// Whose account a sign-in opens: as the id token says, else as the CRM answers with the new token; of the account that
    /// came with the code, where the CRM names one there.
    pub(in crate::host) async fn whose(
        &self,
        provider: &str,
        base_url: Option<&str>,
        granted: &Granted,
        way: &OauthWay,
        account: Option<&str>,
    ) -> Result<Probed, ApiError> {
        let definition = self.shelf.of_provider(provider)?;
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

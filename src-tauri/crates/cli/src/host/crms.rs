//! Connectors from the built-in definitions, with keys from the vault and budgets beside them.

use std::sync::Arc;

use async_trait::async_trait;
use hub_api::{ApiError, Code, Crms, Probed, ProfileKind, Retry, dto::ProviderInfo};
use hub_connectors::sheet::{FileConnector, FileConnectorParts};
use hub_connectors::{
    ConnectorParts, Credential, DefinedConnector, Definition, Reach, TokioPause, embedded, embedded_keys,
    origin_of,
};
use hub_core::malformed::Malformed;
use hub_core::message::{Locale, Message, render};
use hub_core::ports::{
    BudgetState, Clock, Connection, ConnectionStore as _, Connector, ConnectorError, RequestBudget,
    RetryAdvice, Secret, SecretStore as _,
};
use hub_engine::{ConnectorFactory, ConnectorHooks};
use hub_store::{Store, Vault};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::files::{PickedFiles, reading_of};

/// The form of a key in the vault. Frozen: old vaults hold it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SealedKey<'a> {
    origin: std::borrow::Cow<'a, str>,
    key: std::borrow::Cow<'a, str>,
}

/// The CRMs that the built-in definitions describe.
pub(super) struct DefinedCrms {
    vault: Arc<Vault>,
    clock: Arc<dyn Clock>,
    reach: Reach,
    files: Arc<PickedFiles>,
    store: Arc<Store>,
}

/// What one connector is made for.
struct Wanted<'a> {
    provider: &'a str,
    base_url: Option<&'a str>,
    account: &'a str,
    time_zone: Option<String>,
    credential: Credential,
    hooks: ConnectorHooks,
}

impl DefinedCrms {
    pub(super) fn new(
        vault: Arc<Vault>,
        clock: Arc<dyn Clock>,
        kind: ProfileKind,
        files: Arc<PickedFiles>,
        store: Arc<Store>,
    ) -> DefinedCrms {
        let reach = if kind.is_invented() { Reach::LoopbackToo } else { Reach::PublicOnly };
        DefinedCrms { vault, clock, reach, files, store }
    }

    /// A connection by file: its reading, and the files that were laid ready for it.
    fn by_file(&self, connection: &Connection) -> Result<FileConnector, ConnectorError> {
        let lost = |source: Option<Box<dyn std::error::Error + Send + Sync>>| ConnectorError {
            message_id: "error.file.rows",
            params: Vec::new(),
            retry: RetryAdvice::Never,
            source,
        };
        let kept =
            self.store.setting(&connection.file_setting()).map_err(|error| lost(Some(Box::new(error))))?;
        let kept = kept.ok_or_else(|| lost(None))?;
        let reading = reading_of(&kept).map_err(|error| lost(Some(Box::new(Malformed::from(error)))))?;
        Ok(FileConnector::new(FileConnectorParts {
            provider: connection.provider.clone(),
            connection_id: connection.id.clone(),
            account: connection.account.clone(),
            files: self.files.of_connection(&connection.id, &reading),
            reading,
            stored: self.store.clone(),
        }))
    }

    fn any(
        &self,
        connection: &Connection,
        hooks: ConnectorHooks,
    ) -> Result<Arc<dyn Connector>, ConnectorError> {
        if connection.is_by_file() {
            return Ok(Arc::new(self.by_file(connection)?));
        }
        Ok(self.connector(connection, hooks)?)
    }

    fn make(&self, wanted: Wanted<'_>) -> Result<DefinedConnector, ConnectorError> {
        let definition = definition(wanted.provider)?;
        let pause = TokioPause::new(
            self.clock.clone(),
            wanted.hooks.cancel,
            wanted.hooks.on_wait,
            wanted.hooks.patience,
        );
        DefinedConnector::new(ConnectorParts {
            definition: Arc::new(definition),
            base_url: wanted.base_url.map(str::to_owned),
            credential: wanted.credential,
            account: wanted.account.to_owned(),
            time_zone: wanted.time_zone,
            reach: self.reach,
            budget: self.vault.clone(),
            clock: self.clock.clone(),
            pause: Arc::new(pause),
        })
    }

    fn connector(
        &self,
        connection: &Connection,
        hooks: ConnectorHooks,
    ) -> Result<Arc<DefinedConnector>, ConnectorError> {
        let credential = self.credential(connection)?;
        let made = self.make(Wanted {
            provider: &connection.provider,
            base_url: connection.base_url.as_deref(),
            account: &connection.account.account_id,
            time_zone: connection.account.time_zone.clone(),
            credential,
            hooks,
        })?;
        Ok(Arc::new(made))
    }

    fn credential(&self, connection: &Connection) -> Result<Credential, ConnectorError> {
        let sealed =
            self.vault.secret(&connection.vault_ref).map_err(|error| key_error(Some(Box::new(error))))?;
        let sealed = sealed.ok_or_else(|| key_error(None))?;
        let read: SealedKey<'_> = serde_json::from_str(sealed.expose())
            .map_err(|error| key_error(Some(Box::new(Malformed::from(error)))))?;
        Ok(Credential { secret: Secret::new(read.key), origin: read.origin.into_owned() })
    }
}

/// No key, or none that can be read: the person gives it again.
fn key_error(source: Option<Box<dyn std::error::Error + Send + Sync>>) -> ConnectorError {
    ConnectorError { message_id: "error.key_missing", params: Vec::new(), retry: RetryAdvice::SignIn, source }
}

fn definition(provider: &str) -> Result<Definition, ConnectorError> {
    match embedded(provider) {
        Some(Ok(definition)) => Ok(definition),
        Some(Err(faults)) => {
            // The crate's tests keep a faulty definition from shipping.
            tracing::error!(provider, ?faults, "a built-in definition has faults");
            Err(unsupported(provider))
        }
        None => Err(unsupported(provider)),
    }
}

fn unsupported(provider: &str) -> ConnectorError {
    ConnectorError {
        message_id: "error.unsupported_provider",
        params: vec![("provider", provider.to_owned())],
        retry: RetryAdvice::Never,
        source: None,
    }
}

/// Scheme, host and port that a key is given for.
fn origin(provider: &str, base_url: Option<&str>) -> Result<String, ApiError> {
    let definition = definition(provider)?;
    let own = definition.routes.api.as_ref().and_then(|api| api.base_url.clone());
    let refused = |source: Option<Box<dyn std::error::Error + Send + Sync>>| ApiError::Host {
        code: Code::Refused,
        message: Message::new("error.address_invalid"),
        retry: Retry::Never,
        source,
    };
    let address = base_url.map(str::to_owned).or(own).ok_or_else(|| refused(None))?;
    let url = Url::parse(&address).map_err(|error| refused(Some(Box::new(error))))?;
    Ok(origin_of(&url))
}

/// For work that somebody sits and waits for: a minute's window is sat out, an hour's is told.
fn untold() -> ConnectorHooks {
    let patience = std::time::Duration::from_secs(90);
    ConnectorHooks { on_wait: Arc::new(|_| {}), cancel: CancellationToken::new(), patience }
}

#[async_trait]
impl Crms for DefinedCrms {
    fn providers(&self) -> Vec<ProviderInfo> {
        embedded_keys()
            .filter_map(|key| definition(key).ok())
            .map(|definition| ProviderInfo {
                key: definition.identity.key,
                name: definition.identity.name,
                description: render(Locale::default(), &Message::new(definition.identity.description)),
                aliases: definition.identity.aliases,
                auth: "api_key".to_owned(),
                needs_address: definition.routes.api.is_some_and(|api| api.base_url.is_none()),
            })
            .collect()
    }

    async fn probe(&self, provider: &str, base_url: Option<&str>, key: &Secret) -> Result<Probed, ApiError> {
        let credential = Credential { secret: key.clone(), origin: origin(provider, base_url)? };
        // Nobody knows the account yet; the provider's name stands for it in the budget.
        let account = format!("probe:{provider}");
        let hooks = untold();
        let wanted = Wanted { provider, base_url, account: &account, time_zone: None, credential, hooks };
        let connector = self.make(wanted)?;
        let account = connector.probe().await?;
        Ok(Probed { account, decisions: connector.initial_decisions() })
    }

    fn seal(&self, provider: &str, base_url: Option<&str>, key: &Secret) -> Result<Secret, ApiError> {
        let sealed = SealedKey { origin: origin(provider, base_url)?.into(), key: key.expose().into() };
        serde_json::to_string(&sealed).map(Secret::new).map_err(ApiError::Encode)
    }

    fn open(&self, connection: &Connection) -> Result<Arc<dyn Connector>, ApiError> {
        Ok(self.any(connection, untold())?)
    }

    fn budget(&self, connection: &Connection) -> Result<BudgetState, ApiError> {
        if connection.is_by_file() {
            return Ok(self.vault.budget(&connection.account.account_id, &[], self.clock.now())?);
        }
        let connector = self.connector(connection, untold())?;
        Ok(self.vault.budget(&connection.account.account_id, connector.limits(), self.clock.now())?)
    }
}

impl ConnectorFactory for DefinedCrms {
    fn open(
        &self,
        connection: &Connection,
        hooks: ConnectorHooks,
    ) -> Result<Arc<dyn Connector>, ConnectorError> {
        self.any(connection, hooks)
    }
}

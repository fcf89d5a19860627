//! Connectors from the built-in definitions, with keys from the vault and budgets beside them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use hub_api::dto::{
    AtCrm, CalendarLeft, ConnectorFound, ConnectorWriteFound, DefinitionChecked, DefinitionOpened,
    Operation as WrittenBy, PasteChoice, PasteRead, ProviderInfo, RecordType,
};
use hub_api::{
    ApiError, ChangeWaiting, Code, Crms, DefinitionsKnown, Described, FeedAsked, FeedProbed, Pasting, Probed,
    ProfileKind, RelayAsked, RelayLooked, Retry, SourceAsked, SourceId, SourceKey, SourceTried, WriteAsked,
};
use hub_cloud::CloudClient;
use hub_connectors::bundle::OffReason;
use hub_connectors::definition::{AuthKind, Operation, parse};
use hub_connectors::oauth::CrmTokens;
use hub_connectors::{
    CalendarConnector, ConnectorParts, Credential, DefinedConnector, Definition, ListConnector, PageViews,
    Reach, Session, TokioPause, embedded, origin_of, recognise,
};
use hub_core::message::Message;
use hub_core::ports::{
    AccountInfo, BudgetState, Clock, Connection, ConnectionStore as _, Connector, ConnectorError, Inbox,
    Relay, RequestBudget, RetryAdvice, Secret, SecretStore as _, definition_setting,
};
use hub_engine::{ConnectorFactory, ConnectorHooks};
use hub_store::{Store, Vault};
use serde_json::Value as Json;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::bridges;
use super::crm_oauth::{OauthParts, OauthWay};
use super::definitions::{Shelf, reason_message};
use super::described;
use super::files::PickedFiles;
use super::pastes::{self, Pastes};
use super::sources::{self, Held, Looks};

mod by_file;
mod feeds;
mod keys;
mod sessions;
mod signing;
mod switched;
mod trying;
mod ways;
mod writes;

use keys::sealed;
pub(super) use signing::SourceWay;
use ways::way_off;

/// The CRMs that the built-in definitions describe.
pub(super) struct DefinedCrms {
    vault: Arc<Vault>,
    clock: Arc<dyn Clock>,
    reach: Reach,
    files: Arc<PickedFiles>,
    store: Arc<Store>,
    shelf: Arc<Shelf>,
    looks: Looks,
    pastes: Pastes,
    oauth: OauthParts,
    /// Where pages that a script draws are drawn, where there is a desktop program.
    views: Option<Arc<dyn PageViews>>,
    relay: Arc<dyn Relay>,
    /// One keeper for the tokens of each connection, shared by all its connectors: two would refresh at once.
    tokens: Mutex<HashMap<String, Arc<CrmTokens>>>,
    /// The sessions of sites by connection, shared likewise: each reply may renew them.
    sessions: Mutex<HashMap<String, Arc<Session>>>,
}

/// What one connector is made for.
struct Wanted<'a> {
    base_url: Option<&'a str>,
    account: &'a str,
    /// Whose account it is, where a sign-in said so.
    known: Option<AccountInfo>,
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
        cloud: Arc<CloudClient>,
        views: Option<Arc<dyn PageViews>>,
    ) -> DefinedCrms {
        let reach = if kind.is_invented() { Reach::LoopbackToo } else { Reach::PublicOnly };
        let shelf = Arc::new(Shelf::open(vault.clone(), store.clone(), cloud.clone(), kind, clock.clone()));
        let relay: Arc<dyn Relay> = cloud.clone();
        let oauth = OauthParts { cloud, vault: vault.clone(), reach };
        let (looks, pastes) = (Looks::default(), Pastes::default());
        let (tokens, sessions) = (Mutex::default(), Mutex::default());
        DefinedCrms {
            vault,
            clock,
            reach,
            files,
            store,
            shelf,
            looks,
            pastes,
            oauth,
            relay,
            views,
            tokens,
            sessions,
        }
    }

    /// The definitions in force.
    pub(super) fn shelf(&self) -> &Arc<Shelf> {
        &self.shelf
    }

    /// What is told of a definition before anything is connected.
    fn told(&self, definition: &Definition) -> ProviderInfo {
        let off = |definition: &Definition, route| {
            let reason = self.shelf.off(&definition.identity.key, route, Operation::Read)?;
            Some(reason_message(reason, &definition.identity.name))
        };
        // What cannot be read is shown as off, and refused as such.
        let since = self.on_since(definition).unwrap_or_default();
        super::providers::info(definition, &off, since)
    }

    fn any(
        &self,
        connection: &Connection,
        hooks: ConnectorHooks,
    ) -> Result<Arc<dyn Connector>, ConnectorError> {
        if connection.is_by_file() {
            return self.by_file(connection);
        }
        if let Some(inbox) = connection.inbox() {
            let definition = self.definition_of(connection)?;
            return bridges::connector(connection, inbox, definition, self.relay.clone(), self.store.clone());
        }
        if connection.is_by_feed() {
            return Ok(Arc::new(self.by_feed(connection, hooks)?));
        }
        self.connector(connection, hooks)
    }

    /// The definition of a connection: its own, or that of its provider.
    fn definition_of(&self, connection: &Connection) -> Result<Definition, ConnectorError> {
        let unread = |source: Option<Box<dyn std::error::Error + Send + Sync>>| ConnectorError {
            message_id: "error.definition_kept",
            params: vec![("name", connection.name.clone())],
            retry: RetryAdvice::Never,
            source,
        };
        let kept = self
            .store
            .setting(&definition_setting(&connection.id))
            .map_err(|error| unread(Some(Box::new(error))))?;
        match kept {
            Some(Json::String(text)) => parse(&text).map_err(|faults| {
                // It was sound when it was kept; a version of this program that reads more strictly says so.
                tracing::error!(connection = connection.id, ?faults, "a kept definition has faults");
                unread(None)
            }),
            Some(_) | None => self.shelf.of_connection(connection),
        }
    }

    fn make(&self, definition: Definition, wanted: Wanted<'_>) -> Result<Arc<dyn Connector>, ConnectorError> {
        let parts = self.parts(definition, wanted);
        if parts.definition.appointments.is_some() {
            return Ok(Arc::new(CalendarConnector::new(parts)?));
        }
        let route = parts.definition.read_route();
        if route.is_some_and(|route| route.list.is_some() || route.page.is_some()) {
            return Ok(Arc::new(ListConnector::new(parts)?));
        }
        Ok(Arc::new(DefinedConnector::new(parts)?))
    }

    fn parts(&self, definition: Definition, wanted: Wanted<'_>) -> ConnectorParts {
        let pause = TokioPause::new(
            self.clock.clone(),
            wanted.hooks.cancel,
            wanted.hooks.on_wait,
            wanted.hooks.patience,
        );
        let budget = self.budget_of(&definition);
        ConnectorParts {
            definition: Arc::new(definition),
            base_url: wanted.base_url.map(str::to_owned),
            credential: wanted.credential,
            account: wanted.account.to_owned(),
            known: wanted.known,
            time_zone: wanted.time_zone,
            reach: self.reach,
            budget,
            clock: self.clock.clone(),
            pause: Arc::new(pause),
        }
    }

    fn connector(
        &self,
        connection: &Connection,
        hooks: ConnectorHooks,
    ) -> Result<Arc<dyn Connector>, ConnectorError> {
        let definition = self.definition_of(connection)?;
        let way = OauthWay::of(&definition, connection.base_url.as_deref(), &self.oauth)
            .map_err(|_| key_error(None))?;
        let signed_in = way.is_some();
        let by_session =
            definition.read_route().is_some_and(|route| route.opened.auth.kind() == AuthKind::Session);
        if by_session && !self.is_on(&definition)? {
            return Err(way_off(&connection.name));
        }
        let credential = match way {
            Some(way) => Credential::sign_in(self.tokens_of(connection, &way), way.origin),
            None if by_session => Credential::session(self.session_of(connection)?),
            None => self.credential(connection)?,
        };
        let wanted = Wanted {
            base_url: connection.base_url.as_deref(),
            account: &connection.account.account_id,
            known: signed_in.then(|| connection.account.clone()),
            time_zone: connection.account.time_zone.clone(),
            credential,
            hooks,
        };
        self.make(definition, wanted)
    }

    /// The first look with a key: nobody knows the account yet.
    async fn look(
        &self,
        definition: Definition,
        base_url: Option<&str>,
        key: &Secret,
    ) -> Result<Probed, ApiError> {
        let origin = origin(&definition, base_url)?;
        let credential = Credential::key(key.clone(), origin);
        // The provider's name stands for the account in the budget.
        let account = format!("probe:{}", definition.identity.key);
        let wanted =
            Wanted { base_url, account: &account, known: None, time_zone: None, credential, hooks: untold() };
        let connector = self.make(definition, wanted)?;
        let account = connector.probe().await?;
        Ok(Probed { account, decisions: connector.initial_decisions() })
    }

    fn credential(&self, connection: &Connection) -> Result<Credential, ConnectorError> {
        let sealed =
            self.vault.secret(&connection.vault_ref).map_err(|error| key_error(Some(Box::new(error))))?;
        let sealed = sealed.ok_or_else(|| key_error(None))?;
        keys::opened(&sealed).map_err(|error| key_error(Some(Box::new(error))))
    }
}

/// No key, or none that can be read: the person gives it again.
fn key_error(source: Option<Box<dyn std::error::Error + Send + Sync>>) -> ConnectorError {
    ConnectorError { message_id: "error.key_missing", params: Vec::new(), retry: RetryAdvice::SignIn, source }
}

/// The definition that came with the app.
pub(super) fn definition(provider: &str) -> Result<Definition, ConnectorError> {
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

pub(super) fn unsupported(provider: &str) -> ConnectorError {
    ConnectorError {
        message_id: "error.unsupported_provider",
        params: vec![("provider", provider.to_owned())],
        retry: RetryAdvice::Never,
        source: None,
    }
}

fn address_refused(source: Option<Box<dyn std::error::Error + Send + Sync>>) -> ApiError {
    ApiError::Host {
        code: Code::Refused,
        message: Message::new("error.address_invalid"),
        retry: Retry::Never,
        source,
    }
}

/// Scheme, host and port that a key is given for.
fn origin(definition: &Definition, base_url: Option<&str>) -> Result<String, ApiError> {
    let own = definition.routes.api.as_ref().and_then(|api| api.base_url.as_deref());
    origin_at(base_url.or(own).ok_or_else(|| address_refused(None))?)
}

fn origin_at(address: &str) -> Result<String, ApiError> {
    let url = Url::parse(address).map_err(|error| address_refused(Some(Box::new(error))))?;
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
        self.shelf.all().map(|definition| self.told(&definition)).collect()
    }

    async fn probe(&self, provider: &str, base_url: Option<&str>, key: &Secret) -> Result<Probed, ApiError> {
        self.look(self.shelf.of_provider(provider)?, base_url, key).await
    }

    async fn probe_again(&self, connection: &Connection, key: &Secret) -> Result<Probed, ApiError> {
        self.look(self.definition_of(connection)?, connection.base_url.as_deref(), key).await
    }

    async fn probe_feed(&self, asked: FeedAsked<'_>) -> Result<FeedProbed, ApiError> {
        self.look_at_feed(asked).await
    }

    async fn recognise(&self, asked: SourceAsked) -> Result<ConnectorFound, ApiError> {
        let definition = self.shelf.of_provider(&asked.provider)?;
        let budget = self.budget_of(&definition);
        let (origin, now) = (origin_at(&asked.address)?, self.clock.now());
        let (held, look) = match &asked.key {
            SourceKey::Given(key) => (Held::Key(key.clone()), None),
            SourceKey::OfLook(id) => (self.looks.held(id, &origin, now)?, Some(id.clone())),
        };
        let pasted = asked.paste.as_ref().and_then(|choice| self.pastes.seen(choice, self.clock.now()));
        let ask = sources::ask(definition, asked, &held, self.reach, budget, self.clock.clone())?;
        let recognised = recognise(ask).await?;
        let look_id = match look {
            Some(look_id) => look_id,
            None => self.looks.keep(held, origin, self.clock.now())?,
        };
        Ok(sources::found(recognised, look_id, pasted))
    }

    async fn read_paste(&self, pasting: Pasting) -> Result<PasteRead, ApiError> {
        let known = definition("custom")?.fields;
        let pasted = pastes::read(&self.files, pasting, known).await?;
        let id = self.pastes.keep(pasted.candidates.clone(), self.clock.now())?;
        Ok(pastes::view(&pasted, id))
    }

    fn key_of_paste(&self, choice: &PasteChoice, address: &str) -> Result<Secret, ApiError> {
        self.pastes.key(choice, address, origin_at, self.clock.now())
    }

    fn look_used(&self, look_id: &str) {
        self.looks.used(look_id);
    }

    async fn open_definition(&self, file_id: &str) -> Result<DefinitionOpened, ApiError> {
        sources::opened(&self.files, file_id).await
    }

    fn check_definition(&self, definition: &str) -> DefinitionChecked {
        sources::check(definition)
    }

    fn source_of(&self, definition: &str) -> Result<SourceId, ApiError> {
        let definition = sources::own(definition)?;
        let (provider, address) =
            ListConnector::source_of(&definition).ok_or_else(|| address_refused(None))?;
        let ends = sources::by_browser(&definition)
            .map(|oauth| [&oauth.issuer, &oauth.token, &oauth.revoke].map(Clone::clone));
        Ok(SourceId { provider, address, ends })
    }

    fn version_of(&self, definition: &str) -> Result<u32, ApiError> {
        Ok(sources::own(definition)?.version)
    }

    async fn read_write(&self, asked: WriteAsked) -> Result<ConnectorWriteFound, ApiError> {
        writes::read(self.store.clone(), asked).await
    }

    fn without_write(
        &self,
        definition: &str,
        record: RecordType,
        operation: WrittenBy,
    ) -> Result<String, ApiError> {
        writes::without(definition, record, operation)
    }

    async fn try_definition(&self, definition: &str, key: &SourceKey) -> Result<SourceTried, ApiError> {
        self.tried(definition, key).await
    }

    fn seal(&self, provider: &str, base_url: Option<&str>, key: &Secret) -> Result<Secret, ApiError> {
        match base_url {
            // A connector of one's own has no built-in definition, and needs none here.
            Some(address) => sealed(origin_at(address)?, key),
            None => sealed(origin(&self.shelf.of_provider(provider)?, None)?, key),
        }
    }

    fn open(&self, connection: &Connection) -> Result<Arc<dyn Connector>, ApiError> {
        Ok(self.any(connection, untold())?)
    }

    async fn relay_address(&self, id: &str, provider: &str, name: Option<&str>) -> Result<Inbox, ApiError> {
        bridges::address(self.relay.as_ref(), &self.shelf.of_provider(provider)?, id, name).await
    }

    async fn relay_look(&self, asked: RelayAsked) -> Result<RelayLooked, ApiError> {
        let definition = self.shelf.of_provider(&asked.provider)?;
        bridges::look(self.relay.as_ref(), &definition, asked, self.clock.now()).await
    }

    async fn disconnect(&self, connection: &Connection, own: Option<&str>) -> AtCrm {
        if connection.is_by_file() {
            return AtCrm::Nothing;
        }
        if let Some(inbox) = connection.inbox() {
            if let Err(fault) = self.relay.end(inbox).await {
                tracing::warn!(error = &fault as &dyn std::error::Error, "an address could not be ended");
                return AtCrm::NotTold;
            }
            return AtCrm::Revoked;
        }
        if connection.is_by_feed() {
            // Whoever made the address takes it back where it was made.
            return AtCrm::StaysGood;
        }
        self.forget_session(&connection.id);
        let base_url = connection.base_url.as_deref();
        let way = match own.map(parse) {
            Some(Ok(own)) => OauthWay::of(&own, base_url, &self.oauth).ok().flatten(),
            Some(Err(_)) | None => self.oauth_way(&connection.provider, base_url, Some(connection)).ok(),
        };
        let Some(way) = way else { return AtCrm::StaysGood };
        let ended = self.tokens_of(connection, &way).end().await;
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner).remove(&connection.vault_ref);
        match ended {
            Ok(()) if way.tells => AtCrm::Revoked,
            Ok(()) => AtCrm::StaysGood,
            Err(fault) => {
                tracing::warn!(
                    error = &fault as &dyn std::error::Error,
                    "a sign-in could not be ended at the CRM"
                );
                AtCrm::NotTold
            }
        }
    }

    fn calendar_left(&self, connection: &Connection) -> Result<Option<CalendarLeft>, ApiError> {
        self.left_of_calendar(connection)
    }

    fn described(&self, connection: &Connection) -> Result<Described, ApiError> {
        let known = self.shelf.of_provider(&connection.provider).ok();
        let info = |definition: &Definition| self.told(definition);
        if connection.is_by_file() {
            return Ok(described::by_file(known.as_ref(), &info));
        }
        let own = self.definition_of(connection)?;
        if connection.is_by_feed() {
            return Ok(described::by_feed(&own, &info));
        }
        let way = OauthWay::of(&own, connection.base_url.as_deref(), &self.oauth)?;
        // What cannot be read of the tokens is not known; the page says so, and the next request says why.
        let granted = way.and_then(|way| self.tokens_of(connection, &way).granted(&way.origin).ok());
        let brought =
            matches!(self.store.setting(&definition_setting(&connection.id))?, Some(Json::String(_)));
        let writes = if brought { writes::kept(&own) } else { None };
        Ok(Described { writes, ..described::by(&own, known.as_ref(), granted, &info) })
    }

    fn budget(&self, connection: &Connection) -> Result<BudgetState, ApiError> {
        if connection.is_by_file() || connection.inbox().is_some() {
            return Ok(self.vault.budget(&connection.account.account_id, &[], self.clock.now())?);
        }
        if connection.is_by_feed() {
            let limits = self.feed_limits(connection)?;
            return Ok(self.vault.budget(&connection.account.account_id, &limits, self.clock.now())?);
        }
        let connector = self.connector(connection, untold())?;
        Ok(self.vault.budget(&connection.account.account_id, connector.limits(), self.clock.now())?)
    }

    fn definitions(&self) -> DefinitionsKnown {
        self.shelf.known()
    }

    async fn refresh_definitions(&self) -> Result<(), ApiError> {
        self.shelf.refresh().await
    }

    fn switched_off(&self, connection: &Connection) -> Option<Message> {
        let name = hub_connectors::definition::name_of(&connection.provider);
        self.off(connection).map(|reason| reason_message(reason, &name))
    }

    fn says_switched_off(&self, message: &Message) -> bool {
        OffReason::is_said_by(&message.id)
    }

    fn definition_change(&self, connection: &Connection) -> Result<Option<ChangeWaiting>, ApiError> {
        let own = self.store.setting(&definition_setting(&connection.id))?;
        // What is read by files or by a definition of its own is read as ever.
        if connection.is_by_file() || matches!(own, Some(Json::String(_))) {
            return Ok(None);
        }
        self.shelf.change(connection)
    }

    fn agree_to_change(&self, connection: &Connection, standing: &str) -> Result<(), ApiError> {
        self.shelf.agree(connection, standing)
    }
}

impl ConnectorFactory for DefinedCrms {
    fn open(
        &self,
        connection: &Connection,
        hooks: ConnectorHooks,
    ) -> Result<Arc<dyn Connector>, ConnectorError> {
        // A file is no request, so that this is where it is stopped.
        if connection.is_by_file()
            && let Some(reason) = self.off(connection)
        {
            let provider = hub_connectors::definition::name_of(&connection.provider);
            return Err(ConnectorError {
                message_id: reason.message_id(),
                params: vec![("provider", provider)],
                retry: RetryAdvice::WhenSwitchedOn,
                source: None,
            });
        }
        self.any(connection, hooks)
    }
}

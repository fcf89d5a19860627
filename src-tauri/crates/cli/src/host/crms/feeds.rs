//! Calendars by their address, between the wire, the vault and the connector.

use std::sync::Arc;

use hub_api::{ApiError, FeedAsked, FeedProbed, Probed};
use hub_connectors::definition::{RouteKind, State};
use hub_connectors::feed::{FeedConnector, FeedParts, STREAM, feed_address};
use hub_connectors::{Definition, TokioPause, origin_of};
use hub_core::ports::{
    AccountInfo, Connection, Connector, ConnectorError, RateLimit, Secret, SecretStore as _, Since,
    SourceStore as _,
};
use hub_engine::ConnectorHooks;

use super::{DefinedCrms, address_refused, key_error, keys, unsupported, untold};

/// Zone of times that say none, where nobody has said one.
pub(super) const NO_ZONE: &str = "UTC";

/// What one connector over a calendar is made for.
struct Asked {
    address: Secret,
    account: Option<AccountInfo>,
    connection_id: String,
    zone: String,
    known: Option<Since>,
    hooks: ConnectorHooks,
}

/// Limits of the route by which calendars are read.
fn limits(definition: &Definition) -> Vec<RateLimit> {
    let route = definition.routes.feed.as_ref();
    route
        .into_iter()
        .flat_map(|route| &route.limits)
        .map(|limit| RateLimit { requests: limit.requests, per_seconds: limit.per_seconds })
        .collect()
}

impl DefinedCrms {
    /// The limits of a calendar that is connected.
    pub(super) fn feed_limits(&self, connection: &Connection) -> Result<Vec<RateLimit>, ConnectorError> {
        Ok(limits(&self.definition_of(connection)?))
    }

    /// The connector of a connection by the address of a calendar.
    pub(super) fn by_feed(
        &self,
        connection: &Connection,
        hooks: ConnectorHooks,
    ) -> Result<FeedConnector, ConnectorError> {
        let definition = self.definition_of(connection)?;
        let sealed =
            self.vault.secret(&connection.vault_ref).map_err(|error| key_error(Some(Box::new(error))))?;
        let sealed = sealed.ok_or_else(|| key_error(None))?;
        let address = keys::text(&sealed).map_err(|error| key_error(Some(Box::new(error))))?;
        // Without what is known of it, a calendar is read whole.
        let known = match self.store.watermark(&connection.id, STREAM) {
            Ok(known) => known.map(|known| known.mark),
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "how far a calendar is known could not be read"
                );
                None
            }
        };
        let zone = connection.account.time_zone.clone().unwrap_or_else(|| NO_ZONE.to_owned());
        let asked = Asked {
            address,
            account: Some(connection.account.clone()),
            connection_id: connection.id.clone(),
            zone,
            known,
            hooks,
        };
        self.feed(&definition, asked)
    }

    fn feed(&self, definition: &Definition, asked: Asked) -> Result<FeedConnector, ConnectorError> {
        let hooks = asked.hooks;
        FeedConnector::new(FeedParts {
            provider: definition.identity.key.clone(),
            name: definition.identity.name.clone(),
            address: asked.address,
            account: asked.account,
            connection_id: asked.connection_id,
            zone: asked.zone,
            limits: limits(definition),
            reach: self.reach,
            budget: self.budget_by(definition, RouteKind::Feed),
            clock: self.clock.clone(),
            pause: Arc::new(TokioPause::new(self.clock.clone(), hooks.cancel, hooks.on_wait, hooks.patience)),
            stored: self.store.clone(),
            known: asked.known,
        })
    }

    /// The first look at a calendar, or at its new address.
    pub(super) async fn look_at_feed(&self, asked: FeedAsked<'_>) -> Result<FeedProbed, ApiError> {
        let definition = match asked.of {
            Some(connection) => self.definition_of(connection)?,
            None => self.shelf.of_provider(asked.provider)?,
        };
        if definition.routes.state(RouteKind::Feed) != Some(State::Ready) {
            return Err(unsupported(asked.provider).into());
        }
        let url = feed_address(asked.address.expose(), self.reach).map_err(|_| address_refused(None))?;
        let connector = self.feed(
            &definition,
            Asked {
                address: asked.address.clone(),
                account: None,
                connection_id: asked.of.map(|connection| connection.id.clone()).unwrap_or_default(),
                zone: asked.zone.to_owned(),
                known: None,
                hooks: untold(),
            },
        )?;
        let mut account = connector.probe().await?;
        account.time_zone.get_or_insert_with(|| asked.zone.to_owned());
        if let Some(connection) = asked.of {
            let same = account.account_id == connection.account.account_id;
            // Another address may be that of the same calendar, after its old one was withdrawn.
            if same || connector.is_of(&connection.id).await? {
                account = connection.account.clone();
            }
        }
        let host = url.host_str().unwrap_or_default().to_owned();
        let sealed = keys::sealed(origin_of(&url), &Secret::new(url.as_str()))?;
        let probed = Probed { account, decisions: connector.initial_decisions() };
        Ok(FeedProbed { probed, sealed, host })
    }
}

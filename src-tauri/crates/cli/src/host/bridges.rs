//! Events of automations, between the wire, the relay of WedSync's cloud, and what is told from test events.

use std::sync::Arc;

use hub_api::dto::{BridgeApart, BridgeLook, ConnectorField};
use hub_api::{ApiError, Code, RelayAsked, RelayLooked};
use hub_connectors::definition::State;
use hub_connectors::{ApartBy, Definition, RelayConnector, RelayParts, look_at_events};
use hub_core::mapping::Decisions;
use hub_core::message::Message;
use hub_core::ports::{
    CloudFailure, Connection, ConnectionStore as _, Connector, ConnectorError, Inbox, Relay, Relayed,
    RetryAdvice, left_out_setting,
};
use hub_store::Store;
use jiff::Timestamp;

use super::sources;

/// Events of a page of a look, and pages at most: whoever tests sends a few.
const PAGE: u32 = 100;
const PAGES: usize = 5;

/// A failure of the relay as a failure of what reads by it.
fn failed(failure: CloudFailure) -> ApiError {
    ConnectorError {
        message_id: failure.message_id,
        params: Vec::new(),
        retry: failure.retry,
        source: Some(Box::new(failure)),
    }
    .into()
}

/// Refuses a definition whose events this version does not take.
fn bridged(definition: &Definition) -> Result<(), ApiError> {
    let ready = definition.routes.bridge.as_ref().is_some_and(|bridge| bridge.state == State::Ready);
    if ready {
        return Ok(());
    }
    Err(ApiError::Refused {
        code: Code::Refused,
        message: Message::new("error.relay.not_bridged").with("provider", &definition.identity.name),
    })
}

/// The address of an id.
pub(super) async fn address(
    relay: &dyn Relay,
    definition: &Definition,
    id: &str,
    name: Option<&str>,
) -> Result<Inbox, ApiError> {
    bridged(definition)?;
    let name = name.unwrap_or(&definition.identity.name);
    relay.inbox(id, &definition.identity.key, name).await.map_err(failed)
}

/// What came to an address so far, oldest first, and where it ends.
async fn events(relay: &dyn Relay, inbox: &str) -> Result<(Vec<Relayed>, Option<String>), ApiError> {
    let (mut found, mut cursor) = (Vec::new(), None::<String>);
    for _ in 0..PAGES {
        let page = relay.events(inbox, cursor.as_deref(), PAGE).await.map_err(failed)?;
        found.extend(page.events);
        cursor = Some(page.cursor);
        if !page.more {
            break;
        }
    }
    found.sort_by_key(|event| event.seq);
    Ok((found, cursor))
}

/// Looks at what came to an address.
pub(super) async fn look(
    relay: &dyn Relay,
    definition: &Definition,
    asked: RelayAsked,
    now: Timestamp,
) -> Result<RelayLooked, ApiError> {
    bridged(definition)?;
    let name = asked.name.unwrap_or_else(|| definition.identity.name.clone());
    let (events, cursor) = events(relay, &asked.inbox_id).await?;
    let count = events.len() as u64;
    let last = events.last().map(|event| event.seq);
    let decisions = serde_json::to_value(Decisions::default()).map_err(ApiError::Encode)?;
    let stream = "events".to_owned();
    if events.is_empty() {
        let look =
            BridgeLook { events: 0, id: None, ids: Vec::new(), fields: Vec::new(), clients: Vec::new() };
        return Ok(RelayLooked { look, definition: None, name, stream, cursor, last, decisions });
    }
    let apart = match asked.apart {
        BridgeApart::Suggested {} => ApartBy::Suggested,
        BridgeApart::Field { path } => ApartBy::Field(path),
        BridgeApart::AddressAndName {} => ApartBy::AddressAndName,
    };
    let found = look_at_events(definition, &name, &apart, &events, now)?;
    let look = BridgeLook {
        events: count,
        id: found.id,
        ids: found.ids,
        fields: found
            .fields
            .into_iter()
            .map(|field| ConnectorField { path: field.path, samples: field.samples, uses: field.uses })
            .collect(),
        clients: sources::clients(&found.documents),
    };
    Ok(RelayLooked { look, definition: Some(found.definition), name, stream, cursor, last, decisions })
}

/// The connector of a connection by events.
pub(super) fn connector(
    connection: &Connection,
    inbox: &str,
    definition: Definition,
    relay: Arc<dyn Relay>,
    stored: Arc<Store>,
) -> Result<Arc<dyn Connector>, ConnectorError> {
    let kept = stored.setting(&left_out_setting(&connection.id)).map_err(|error| ConnectorError {
        message_id: "error.fault",
        params: Vec::new(),
        retry: RetryAdvice::Never,
        source: Some(Box::new(error)),
    })?;
    Ok(Arc::new(RelayConnector::new(RelayParts {
        definition: Arc::new(definition),
        inbox: inbox.to_owned(),
        account: connection.account.clone(),
        connection_id: connection.id.clone(),
        left_out: kept.and_then(|kept| kept.as_u64()).unwrap_or(0),
        relay,
        stored,
    })?))
}

//! What WedSync has switched off, as the CRMs see it.

use std::sync::Arc;

use hub_connectors::Definition;
use hub_connectors::bundle::OffReason;
use hub_connectors::definition::{AuthKind, Operation, RouteKind};
use hub_core::ports::{Connection, RequestBudget};

use super::DefinedCrms;
use crate::host::definitions::Switched;

impl DefinedCrms {
    /// By which route a connection is read.
    fn route_of(&self, connection: &Connection) -> RouteKind {
        if connection.is_by_file() {
            return RouteKind::File;
        }
        if connection.is_by_feed() {
            return RouteKind::Feed;
        }
        match self.definition_of(connection) {
            Ok(definition) => read_route(&definition),
            // What cannot be read is read by no route; a switch for the usual one holds.
            Err(_) => RouteKind::Api,
        }
    }

    /// Requests counted for the account, and none granted while reading this is switched off.
    pub(super) fn budget_of(&self, definition: &Definition) -> Arc<dyn RequestBudget> {
        self.budget_by(definition, read_route(definition))
    }

    /// The same for a route.
    pub(super) fn budget_by(&self, definition: &Definition, route: RouteKind) -> Arc<dyn RequestBudget> {
        Arc::new(Switched {
            budget: self.vault.clone(),
            shelf: self.shelf.clone(),
            provider: definition.identity.key.clone(),
            route,
        })
    }

    pub(super) fn off(&self, connection: &Connection) -> Option<OffReason> {
        self.shelf.off(&connection.provider, self.route_of(connection), Operation::Read)
    }
}

/// The route by which a definition reads, or would.
fn read_route(definition: &Definition) -> RouteKind {
    let by_session =
        definition.read_route().is_some_and(|route| route.opened.auth.kind() == AuthKind::Session);
    if by_session { RouteKind::SignIn } else { RouteKind::Api }
}

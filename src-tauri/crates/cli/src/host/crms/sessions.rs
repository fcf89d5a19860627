//! Sites that people sign in to: their sessions, and what a window shows.

use std::sync::{Arc, PoisonError};

use hub_api::{ApiError, Code};
use hub_connectors::definition::{Operation, RouteKind, embedded_text};
use hub_connectors::http::HttpFault;
use hub_connectors::{Session, SignedIn, SignedInAsk, TokioPause, look_signed_in};
use hub_core::ports::{Connection, ConnectionStore as _, ConnectorError, definition_setting};
use serde_json::Value as Json;

use super::ways::way_off;
use super::{DefinedCrms, definition, untold};
use crate::host::definitions::refuse_off;
use crate::host::sites::{SiteLook, SiteWanted, site_address};
use crate::host::sources;

impl DefinedCrms {
    /// The session of a connection.
    pub(super) fn session_of(&self, connection: &Connection) -> Result<Arc<Session>, ConnectorError> {
        let mut held = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(session) = held.get(&connection.id) {
            return Ok(session.clone());
        }
        let session = Session::kept(self.vault.clone(), connection.vault_ref.clone())
            .map_err(|fault| HttpFault::Session(fault).into_error(&connection.name))?;
        let session = Arc::new(session.with_views(self.views.clone()));
        held.insert(connection.id.clone(), session.clone());
        Ok(session)
    }

    /// The next need of a connection's session reads it from the vault.
    pub(in crate::host) fn forget_session(&self, connection_id: &str) {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner).remove(connection_id);
    }

    /// A site to sign in to.
    ///
    /// # Errors
    /// A provider without such a way, or an address that may not be reached.
    pub(in crate::host) fn site(
        &self,
        provider: &str,
        address: Option<&str>,
        name: Option<&str>,
    ) -> Result<SiteWanted, ApiError> {
        if let Some(reason) = self.shelf.off(provider, RouteKind::SignIn, Operation::Read) {
            return Err(refuse_off(reason, &definition(provider)?.identity.name));
        }
        let text = embedded_text(provider).unwrap_or_default();
        let definition = definition(provider)?;
        if !self.is_on(&definition)? {
            return Err(way_off(&definition.identity.name).into());
        }
        let address = address.map(site_address).transpose()?;
        let name = name.unwrap_or(&definition.identity.name).to_owned();
        SiteWanted::of(definition, text.to_owned(), name, address, Vec::new(), self.reach)
    }

    /// The site of a connection, to sign in to again: by what it was connected with, and as far as the last session goes.
    ///
    /// # Errors
    /// As for [`DefinedCrms::site`].
    pub(in crate::host) fn site_again(&self, connection: &Connection) -> Result<SiteWanted, ApiError> {
        let kept = self.store.setting(&definition_setting(&connection.id))?;
        let Some(Json::String(text)) = kept else {
            return Err(ApiError::refused(Code::Refused, "error.sign_in_no_site"));
        };
        let definition = self.definition_of(connection)?;
        if !self.is_on(&definition)? {
            return Err(way_off(&connection.name).into());
        }
        // A session that is over still tells the site which computer this is, where that spares a code by text message.
        let cookies = self.session_of(connection).map(|session| session.cookies()).unwrap_or_default();
        let name = definition.identity.name.clone();
        SiteWanted::of(definition, text, name, None, cookies, self.reach)
    }

    /// Looks at what a window shows.
    ///
    /// # Errors
    /// See [`look_signed_in`].
    pub(in crate::host) async fn look_at_site(
        &self,
        look: SiteLook<'_>,
    ) -> Result<Option<SignedIn>, ConnectorError> {
        let hooks = untold();
        let pause = TokioPause::new(self.clock.clone(), hooks.cancel, hooks.on_wait, hooks.patience);
        look_signed_in(SignedInAsk {
            definition: look.site.definition.clone(),
            text: look.site.text.clone(),
            name: look.site.name.clone(),
            base_url: look.site.address.clone(),
            page: look.page,
            session: look.session,
            reach: self.reach,
            budget: self.budget_of(&look.site.definition),
            clock: self.clock.clone(),
            pause: Arc::new(pause),
        })
        .await
    }

    /// A site of one's own to sign in to, by a definition.
    ///
    /// # Errors
    /// A definition with faults, of a provider's name, or without such a way.
    pub(in crate::host) fn own_site(
        &self,
        text: &str,
        address: Option<&str>,
        name: Option<&str>,
    ) -> Result<SiteWanted, ApiError> {
        let definition = sources::own_site(text)?;
        let address = address.map(site_address).transpose()?;
        let name = name.unwrap_or(&definition.identity.name).to_owned();
        SiteWanted::of(definition, text.to_owned(), name, address, Vec::new(), self.reach)
    }
}

//! A definition of one's own, tried: whose account it is, and the first clients.

use hub_api::{ApiError, Code, Probed, SourceKey, SourceTried};
use hub_connectors::ListConnector;
use hub_core::ports::{Connector as _, SecretStore as _};

use super::keys::sealed;
use super::{DefinedCrms, Wanted, address_refused, origin_at, untold};
use crate::host::sources::{self, Held};

impl DefinedCrms {
    /// Reads the first clients by a definition, with a key or the look that stands for what opens it.
    pub(super) async fn tried(&self, definition: &str, key: &SourceKey) -> Result<SourceTried, ApiError> {
        let definition = sources::own(definition)?;
        let (name, provider) = (definition.identity.name.clone(), definition.identity.key.clone());
        let address = definition.routes.api.as_ref().and_then(|api| api.base_url.clone());
        let address = address.ok_or_else(|| address_refused(None))?;
        let origin = origin_at(&address)?;
        let held = match key {
            SourceKey::OfLook(id) => self.looks.held_for(id, &definition, &origin, self.clock.now())?,
            SourceKey::Given(_) if sources::by_browser(&definition).is_some() => {
                return Err(ApiError::refused(Code::Refused, "error.look_over"));
            }
            SourceKey::Given(key) => Held::Key(key.clone()),
        };
        let known = match &held {
            Held::SignIn(signed_in) => signed_in.account.clone(),
            Held::Key(_) => None,
        };
        let account =
            known.as_ref().map_or_else(|| format!("probe:{provider}"), |known| known.account_id.clone());
        let wanted = Wanted {
            base_url: None,
            account: &account,
            known,
            time_zone: None,
            credential: held.opened_by().credential(origin.clone()),
            hooks: untold(),
        };
        let connector = ListConnector::new(self.parts(definition, wanted))?;
        let probed = Probed { account: connector.probe().await?, decisions: connector.initial_decisions() };
        let clients = sources::clients(&connector.glimpse(sources::SHOWN).await?);
        let (sealed, key_hint) = match &held {
            Held::Key(key) => (sealed(origin.clone(), key)?, key.hint()),
            Held::SignIn(signed_in) => {
                let over = || ApiError::refused(Code::Refused, "error.look_over");
                (signed_in.place.secret("")?.ok_or_else(over)?, String::new())
            }
        };
        let look_id = match key {
            SourceKey::OfLook(id) => id.clone(),
            SourceKey::Given(_) => self.looks.keep(held, origin, self.clock.now())?,
        };
        Ok(SourceTried { provider, name, address, probed, clients, look_id, sealed, key_hint })
    }
}

//! How the subcommands reach the command table: in this process as owner, or through the socket as guest. They do not
//! know which.

use std::sync::Arc;

use hub_api::{Command, Door, Host as _, HubEvent, dispatch};
use hub_core::message::Locale;
use serde::Serialize;
use serde_json::Value as Json;
use tokio::sync::broadcast;

use crate::args::Common;
use crate::failure::Failure;
use crate::host::{KeyChoice, ProfileHost, Shell, build, log_to};
use crate::owner::{Guest, Guests, OwnerLock, Standing, stand};
use crate::profile::{self, ProfileDir};

/// How long guests may take to leave once the owner has nothing more to do.
pub(crate) const FAREWELL: std::time::Duration = std::time::Duration::from_secs(5);

enum Standpoint {
    Owner {
        host: Arc<ProfileHost>,
        guests: Guests,
        // Declared last: given up when everything else is closed.
        _lock: OwnerLock,
    },
    Guest(Guest),
}

/// An open profile, near or far.
pub(crate) struct Client {
    at: Standpoint,
    pub(crate) place: ProfileDir,
}

impl Client {
    /// Opens the profile that the line names.
    pub(crate) async fn open(common: &Common, locale: Locale) -> Result<Client, Failure> {
        let place = profile::open(common)?;
        log_to(&place.dir, common.verbose)?;
        let lock = match stand(&place.dir).await? {
            Standing::Guest(guest) => return Ok(Client { at: Standpoint::Guest(guest), place }),
            Standing::Owner(lock) => lock,
        };
        let keys = KeyChoice::read(common.passphrase_stdin, locale)?;
        let host = ProfileHost::open(&place, locale, keys, build(common)?, Shell::default()).await?;
        let info = lock.announce()?;
        let guests = Guests::welcome(&info, host.clone())
            .map_err(|source| Failure::because("error.owner_socket", source))?;
        Ok(Client { at: Standpoint::Owner { host, guests, _lock: lock }, place })
    }

    /// The host, when this process is the owner.
    pub(crate) fn host(&self) -> Option<&Arc<ProfileHost>> {
        match &self.at {
            Standpoint::Owner { host, .. } => Some(host),
            Standpoint::Guest(_) => None,
        }
    }

    /// Gives a command as JSON.
    pub(crate) async fn send(&self, name: &str, payload: Json) -> Result<Json, Failure> {
        match &self.at {
            Standpoint::Owner { host, .. } => {
                let host: Arc<dyn hub_api::Host> = host.clone();
                Ok(dispatch(host, Door::Cli, name, payload).await?)
            }
            Standpoint::Guest(guest) => guest.call(name, payload).await,
        }
    }

    /// Gives a command with its types.
    pub(crate) async fn call<C: Command>(&self, request: &C::Request) -> Result<C::Response, Failure>
    where
        C::Request: Serialize,
    {
        let payload = serde_json::to_value(request).map_err(Failure::Answer)?;
        self.ask::<C>(payload).await
    }

    /// Gives a command whose request cannot be encoded, because it holds a secret.
    pub(crate) async fn ask<C: Command>(&self, payload: Json) -> Result<C::Response, Failure> {
        serde_json::from_value(self.send(C::NAME, payload).await?).map_err(Failure::Answer)
    }

    /// The event stream.
    pub(crate) fn events(&self) -> broadcast::Receiver<HubEvent> {
        match &self.at {
            Standpoint::Owner { host, .. } => host.events().subscribe(),
            Standpoint::Guest(guest) => guest.events(),
        }
    }

    /// Ends well: jobs that guests started in this process are finished first.
    pub(crate) async fn close(self) {
        if let Standpoint::Owner { host, guests, .. } = &self.at {
            host.idle().await;
            if tokio::time::timeout(FAREWELL, guests.gone()).await.is_err() {
                tracing::info!("a guest stayed; it will find the profile free");
            }
        }
    }
}

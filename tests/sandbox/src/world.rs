//! The whole outside world of one supplier: their CRM and their WedSync account, seeded to belong together.

use crate::book::{Book, hand_typed};
use crate::wedsync::{AccountSeed, Config, HandTyped, HandTypedPerson, Start, WedSync};
use crate::{Sandbox, SandboxConfig, StartError};

/// A CRM and a WedSync cloud that already holds the twelve clients typed by hand (MODEL 4).
pub struct World {
    /// The CRM.
    pub crm: Sandbox,
    /// The WedSync cloud.
    pub wedsync: WedSync,
}

/// Why a world could not be started.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// The CRM.
    #[error("the CRM did not start")]
    Crm(#[from] StartError),
    /// The cloud.
    #[error("the WedSync cloud did not start")]
    Cloud(#[from] Start),
}

/// Books smaller than this have no special cases, so nothing typed by hand would fit them.
const SMALLEST_SPECIAL_BOOK: usize = 50;

impl World {
    /// Starts both.
    ///
    /// # Errors
    /// When a port cannot be had or the cloud's database not be made.
    pub fn start(crm: SandboxConfig, mut cloud: Config) -> Result<World, WorldError> {
        let crm = Sandbox::start(crm)?;
        let login =
            cloud.accounts.first().map_or_else(|| AccountSeed::demo().login, |account| account.login.clone());
        // WedSync exchanges the codes of these CRMs, and its return page is the one address they send people back to.
        cloud.brokers.extend(crm.honeybook().broker());
        cloud.brokers.extend(crm.quickbooks().broker());
        cloud.clients.extend(crm.google().clients());
        let wedsync = WedSync::start(cloud)?;
        crm.honeybook().register_redirect(format!("{}/v1/oauth/honeybook/return", wedsync.base_url()));
        crm.quickbooks().register_redirect(format!("{}/v1/oauth/quickbooks/return", wedsync.base_url()));
        if crm.book().spec().clients as usize >= SMALLEST_SPECIAL_BOOK {
            wedsync.seed_hand_typed(&login, &typed(crm.book()))?;
        }
        Ok(World { crm, wedsync })
    }
}

/// What was typed by hand, as the cloud takes it.
fn typed(book: &Book) -> Vec<HandTyped> {
    hand_typed(book)
        .into_iter()
        .map(|client| HandTyped {
            people: client
                .people
                .into_iter()
                .map(|person| HandTypedPerson {
                    first: person.first,
                    last: person.last,
                    email: person.email,
                    phone_text: person.phone_text,
                    role: person.role.to_owned(),
                })
                .collect(),
            wedding_date: client.wedding_date.map(|date| date.to_string()),
            venue: client.venue,
        })
        .collect()
}

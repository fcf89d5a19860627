//! Signing in to a CRM in the system's browser.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::WireMessage;

/// Which CRM to sign in to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct CrmSignInBegin {
    /// Provider key.
    pub provider: String,
    /// Address in place of the provider's own, for copies and sandboxes.
    #[ts(optional)]
    pub base_url: Option<String>,
    /// Name of the connection that comes of it; the account's own where absent.
    #[ts(optional)]
    pub name: Option<String>,
    /// A connection that signs in again, in place of a new one; provider and address are its own then.
    #[ts(optional)]
    pub connection_id: Option<String>,
}

/// Which site to open a window for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct CrmWindowOpen {
    /// Provider key.
    pub provider: String,
    /// Where the person signs in, for a site whose address nobody knows, and for copies and sandboxes.
    #[ts(optional)]
    pub address: Option<String>,
    /// Name of the connection that comes of it; the site's own where absent.
    #[ts(optional)]
    pub name: Option<String>,
    /// A connection that signs in again, in place of a new one; provider and address are its own then.
    #[ts(optional)]
    pub connection_id: Option<String>,
    /// A definition of a site of one's own, in place of the provider's.
    #[serde(default)]
    #[ts(optional)]
    pub definition: Option<String>,
    /// Version of the text that was agreed to: that this is the person's own account, and that the site may not like it.
    pub consent_text_version: String,
}

/// Switches on a way that the provider allowed nobody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct CrmWayAllow {
    /// Provider key.
    pub provider: String,
    /// Version of the text that was agreed to: what the provider's terms may mean for the person.
    pub consent_text_version: String,
}

/// Switches such a way off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct CrmWayEnd {
    /// Provider key.
    pub provider: String,
}

/// Where a sign-in at a CRM stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum CrmSignInState {
    /// The browser has not answered.
    Waiting,
    /// Signed in, and connected.
    Done {
        /// The connection.
        connection_id: String,
        /// Its name.
        name: String,
    },
    /// Signed in to a source of one's own; nothing is connected yet.
    Opened {
        /// The look that stands for the sign-in, for a quarter of an hour.
        look_id: String,
    },
    /// It did not work.
    Failed {
        /// Why and what to do.
        message: WireMessage,
    },
    /// Given up.
    Cancelled,
}

//! The profile, the sign-in and the state of the whole.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{ConnectionView, JobView};
use crate::{Profile, SecretText, WireMessage};

/// The signed-in supplier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SignedIn {
    /// Studio name.
    pub supplier_name: String,
    /// Name of the user.
    pub user_name: String,
    /// `owner`, `manager`, `member` or `viewer`.
    pub role: String,
    /// Plan.
    pub tier: String,
    /// CRMs the plan connects; none is no limit.
    pub connection_limit: Option<u32>,
    /// IANA zone of the studio.
    pub time_zone: String,
    /// ISO 4217.
    pub currency: String,
    /// ISO 3166.
    pub country: String,
}

impl From<hub_core::ports::CloudAccount> for SignedIn {
    fn from(account: hub_core::ports::CloudAccount) -> SignedIn {
        SignedIn {
            supplier_name: account.supplier_name,
            user_name: account.user_name,
            role: account.role,
            tier: account.tier,
            connection_limit: account.connection_limit,
            time_zone: account.time_zone,
            currency: account.currency,
            country: account.country,
        }
    }
}

/// The whole at a glance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct AppState {
    /// Version of the program.
    pub version: String,
    /// The open profile.
    pub profile: Profile,
    /// Who is signed in.
    pub signed_in: Option<SignedIn>,
    /// Connections.
    pub connections: Vec<ConnectionView>,
    /// Jobs that have not ended.
    pub open_jobs: Vec<JobView>,
}

/// The way to WedSync.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct NetworkState {
    /// Whether WedSync answers. Without it everything but signing in and uploading goes on.
    pub wedsync_answers: bool,
}

/// How the browser's answer comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SignInRoute {
    /// To a listener on this computer.
    Loopback,
    /// To the HTTPS return page, which opens the app or shows a short code.
    ReturnPage,
}

/// Which attempt to start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct SignInBegin {
    /// Its route.
    pub route: SignInRoute,
}

/// A started attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SignInBegun {
    /// Its id.
    pub attempt_id: String,
    /// What the system browser opens.
    pub url: String,
    /// Whether the page that the browser ends on shows a short code to type; a browser that comes back to this computer needs
    /// none.
    pub takes_code: bool,
}

/// An attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct SignInAttempt {
    /// Its id.
    pub attempt_id: String,
}

/// The code that a person typed.
#[derive(Debug, Clone, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct SignInShortCode {
    /// Attempt.
    pub attempt_id: String,
    /// Eight characters; spaces, dashes and case do not matter.
    pub code: String,
}

/// The link that the browser opened. It carries a one-time code, so it is treated as a secret.
#[derive(Debug, Clone, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct SignInCallback {
    /// Attempt.
    pub attempt_id: String,
    /// The whole `wedsync://` link.
    pub url: SecretText,
}

/// Where an attempt stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum SignInState {
    /// The browser has not answered.
    Waiting,
    /// Signed in.
    Done {
        /// As whom.
        account: SignedIn,
    },
    /// It did not work.
    Failed {
        /// Why and what to do.
        message: WireMessage,
    },
    /// Given up, or another attempt was first.
    Cancelled,
}

/// One thing the doctor looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Check {
    /// What was looked at.
    pub id: String,
    /// Whether it is in order.
    pub ok: bool,
    /// What was found.
    pub message: WireMessage,
}

/// What the doctor found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Diagnosis {
    /// Each check.
    pub checks: Vec<Check>,
    /// Whether all of them are in order.
    pub ok: bool,
}

//! The first screen.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::Heading;

/// What the first screen says beside connections and jobs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HomeOverview {
    /// Clients that WedSync holds, as last read.
    pub clients_in_wedsync: u64,
    /// Clients of the newest plans, on this computer and readable offline.
    pub clients_here: u64,
    /// The next weddings from today on, soonest first.
    pub coming_up: Vec<ComingUp>,
    /// When the last restore point was taken.
    #[ts(type = "string | null")]
    pub backed_up_at: Option<Timestamp>,
}

/// A wedding that is coming up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ComingUp {
    /// The connection it came by.
    pub connection_id: String,
    /// Its row in the review.
    pub seq: u64,
    /// Booking persons, primary first.
    pub names: Vec<String>,
    /// YYYY-MM-DD.
    pub wedding_date: String,
    /// Venue.
    pub venue: Option<String>,
}

/// What clients are looked for by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ClientsFind {
    /// Parts of names or of an e-mail, in any order; or the day of the wedding as a person writes it.
    pub query: String,
    /// Clients at most; 8 when absent, never more than 50.
    #[serde(default)]
    #[ts(optional)]
    pub limit: Option<u32>,
}

/// A client that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FoundClient {
    /// WedSync's id of it, or the id it will have.
    pub client_id: String,
    /// Where it stands in a review.
    pub review: Option<FoundInReview>,
    /// The couple, primary first.
    pub names: Vec<String>,
    /// E-mail.
    pub email: Option<String>,
    /// YYYY-MM-DD.
    pub wedding_date: Option<String>,
    /// Venue.
    pub venue: Option<String>,
}

/// A row of a review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FoundInReview {
    /// The connection it came by.
    pub connection_id: String,
    /// Its row.
    pub seq: u64,
    /// What it stands under.
    pub heading: Heading,
}

/// Clients that were found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FoundClients {
    /// Those of a review first, then by name.
    pub clients: Vec<FoundClient>,
}

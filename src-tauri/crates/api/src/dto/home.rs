//! The first screen.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

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

//! The reference WedSync cloud: what `crates/cloud/openapi.json` says, over real HTTP on a loopback port.
//!
//! It exists so that sign-in, upload, feed, leases and undo can be shown end to end without an outside account, and
//! so that the contract has one executable reading. It keeps its own SQLite file and shares no code with the app: a
//! mistake in the app's idea of a value must not be repeated here. Deliberately absent: TLS (loopback only), e-mail,
//! billing, and every projection a client list may show (the app derives those from people and projects).

mod accounts;
mod batch;
mod broker;
mod control;
mod db;
mod dump;
mod extras;
mod fault;
mod http;
mod leases;
mod oauth;
mod ops;
pub(crate) mod pages;
mod privacy;
mod publication;
mod reads;
mod records;
mod relay;
mod routes;
mod schema;
mod seed;
mod values;

pub use accounts::{AccountSeed, Role};
pub use broker::{Broker, InstalledClient};
pub use control::{Dump, Need, Start, WedSync, Writes};
pub use fault::{Fault, On, RateLimit, Rejection, Reset, RetryAfterStyle, Times};
pub use http::{Exchange, LogDetail};
pub use publication::{Publication, SignedBy, Spoilt};
pub use seed::{HandTyped, HandTypedPerson};

use std::path::PathBuf;
use std::time::Duration;

/// How a reference cloud is started. `Config::default()` holds the demo supplier in memory.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the SQLite file lies; `None` keeps everything in memory.
    pub database: Option<PathBuf>,
    /// Loopback port to listen on; 0 takes a free one.
    pub port: u16,
    /// Suppliers that can sign in. Those whose login is already in the file are left as they are.
    pub accounts: Vec<AccountSeed>,
    /// How long an access token lives.
    pub access_token_life: Duration,
    /// How long a refresh token that was just rotated still answers, so that a lost reply is not a lost sign-in.
    pub refresh_grace: Duration,
    /// How long a lease lasts without renewal. The contract allows at most 120 s, which is the default.
    pub lease_life: Duration,
    /// What the request log keeps of each exchange.
    pub log: LogDetail,
    /// CRMs whose token endpoint demands a confidential client.
    pub brokers: Vec<Broker>,
    /// What the app is called at CRMs that name each program themselves.
    pub clients: Vec<InstalledClient>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            database: None,
            port: 0,
            accounts: vec![AccountSeed::demo()],
            access_token_life: Duration::from_secs(600),
            refresh_grace: Duration::from_secs(60),
            lease_life: Duration::from_secs(120),
            log: LogDetail::Summary,
            brokers: Vec::new(),
            clients: Vec::new(),
        }
    }
}

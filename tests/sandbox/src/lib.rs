//! The CRMs and the WedSync cloud over real HTTP on loopback.
//!
//! Tests, benches and the demo talk to these servers exactly as the app talks to the real ones; only addresses
//! differ. Data is invented and seeded, faults are switched on by name, every request is logged. Nothing here is in a
//! release build of the app, and nothing here listens on anything but 127.0.0.1.

mod authority;
pub mod book;
mod calendly;
mod cloud_control;
mod control;
pub mod expected;
pub mod exports;
mod faults;
pub mod feed;
mod google;
mod honeybook;
pub mod hooks;
mod http;
mod log;
mod mutate;
mod quickbooks;
pub mod rest;
pub mod site;
mod start;
mod vsco;
pub mod wedsync;
mod world;

pub use authority::{AuthorityCounts, AuthoritySwitches, CrmLogin, PublicAuthority, Told};
pub use calendly::Calendly;
pub use control::Control;
pub use faults::{Fault, RateLimit, RetryAfter, Rule, Scope};
pub use google::{
    Calendar as GoogleCalendar, Event as GoogleEvent, Google, Person as GooglePerson, When as GoogleWhen,
};
pub use honeybook::HoneyBook;
pub use log::Logged;
pub use mutate::{Mutation, MutationError};
pub use quickbooks::{Owed, QuickBooks};
pub use start::{Sandbox, SandboxConfig, StartError};
pub use vsco::{Account, KeyState};
pub use world::{World, WorldError};

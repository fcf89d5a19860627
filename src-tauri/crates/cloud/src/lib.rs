//! The typed client of the WedSync cloud, with the OpenAPI document it keeps to.
//!
//! The boundary exists so that one place knows how the cloud is spoken to: addresses, tokens, sizes, and what each
//! failure means. Deliberately absent: retries (the engine decides, from [`RetryAdvice`]), storage of records, and any
//! opinion about when to sync. The one thing sent twice by itself is a request that was refused because its access
//! token had run out: the cloud did not look at it.
//!
//! [`RetryAdvice`]: hub_core::ports::RetryAdvice

mod base;
mod client;
mod error;
mod loopback;
mod oauth;
mod port;
mod reach;
mod sign_in;
mod tokens;
mod transport;
mod wire;

pub use base::{BaseUrl, PlainHttp};
pub use client::{CloudClient, ConnectionBody, DefinitionBundle, EraseScope, NewField, Page};
pub use error::{CloudError, MESSAGE_IDS, Problem};
pub use loopback::{Loopback, LoopbackPage, LoopbackPages};
pub use oauth::{BrokerGrant, BrokerTokens, InstalledClient, OAuth, TokenSet};
pub use reach::Reached;
pub use sign_in::{Authorization, AuthorizationCode, Mark, Returned, SignInAttempt, SignInError};
pub use tokens::{FreshToken, RotatingTokens, TokenError, TokenSource};
pub use transport::{Limits, Transport};
pub use wire::*;

/// The contract, OpenAPI 3.1.
pub const OPENAPI: &str = include_str!("../openapi.json");

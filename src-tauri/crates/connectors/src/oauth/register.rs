//! A name for this program at an authorization server that gives names (RFC 7591).

use hub_core::ports::Secret;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue};
use serde::Deserialize;
use serde_json::json;

use super::discover::{DiscoveryFault, FoundServer};
use crate::http::{Plain, Reach};

/// Longest name that is kept.
const LONGEST: usize = 512;

/// What this program is called at a server.
#[derive(Debug, Clone)]
pub struct Registered {
    /// Its name there.
    pub id: String,
    /// A secret that came with it, where the server wants one of every program.
    pub secret: Option<Secret>,
}

#[derive(Deserialize)]
struct Reply {
    client_id: String,
    client_secret: Option<String>,
}

/// Asks for a name. The redirects are this computer's own, on any port (RFC 8252, 7.3).
///
/// # Errors
/// [`DiscoveryFault::NoServer`] where the server gives no names; [`DiscoveryFault::Unusable`] where it gives this program none.
pub async fn register(server: &FoundServer, reach: Reach) -> Result<Registered, DiscoveryFault> {
    let place = server.registration.as_ref().ok_or(DiscoveryFault::NoServer)?;
    let method = if server.takes_public_clients { "none" } else { "client_secret_post" };
    let wanted = json!({
        "client_name": "WedSync Hub",
        "application_type": "native",
        "redirect_uris": ["http://127.0.0.1/callback", "http://[::1]/callback"],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": method,
        "scope": server.scopes.join(" "),
    });
    let mut headers = HeaderMap::new();
    for name in [CONTENT_TYPE, ACCEPT] {
        headers.insert(name, HeaderValue::from_static("application/json"));
    }
    let plain = Plain::new(reach).map_err(DiscoveryFault::Unasked)?;
    let sent = plain.post(place, headers, wanted.to_string().into_bytes()).await;
    let reply = sent.map_err(DiscoveryFault::Unasked)?;
    if !matches!(reply.status, 200 | 201) {
        return Err(DiscoveryFault::Unusable("it gives this program no name"));
    }
    let unusable = || DiscoveryFault::Unusable("the name it gives cannot be read");
    let given: Reply = serde_json::from_slice(&reply.body).map_err(|_| unusable())?;
    let fits = |text: &str| {
        (1..=LONGEST).contains(&text.len()) && text.bytes().all(|byte| (0x20..=0x7e).contains(&byte))
    };
    if !fits(&given.client_id) || given.client_secret.as_deref().is_some_and(|secret| !fits(secret)) {
        return Err(unusable());
    }
    Ok(Registered { id: given.client_id, secret: given.client_secret.map(Secret::new) })
}

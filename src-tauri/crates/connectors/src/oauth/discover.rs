//! Finding the authorization server of a source that nobody described.
//!
//! A source says where its server is (RFC 9728), or is that server itself; the server says where its endpoints are and what
//! it takes (RFC 8414, OpenID Connect Discovery 1.0). Every address on the way is asked without a key, is checked like any
//! other and is bounded in size. A server's word counts for the issuer it was asked under and for nobody else (RFC 8414, 3.3),
//! so that one server cannot speak for another. Deliberately absent: getting a name there (`register`), opening a browser.

use serde::Deserialize;
use url::Url;

use crate::definition::{ClientProof, Exchange, Oauth2, Redirect};
use crate::http::{HttpFault, Plain, Reach, Reply, origin_of};

/// Authorization servers of a source that are looked at.
const MOST_SERVERS: usize = 3;
/// Scopes that are asked for at most.
const MOST_SCOPES: usize = 12;
/// Words in the name of a scope that allows more than to read.
const MORE_THAN_READING: [&str; 6] = ["write", "delete", "admin", "manage", "create", "update"];

/// An authorization server, in its own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundServer {
    /// Its identifier; also who must answer (RFC 9207).
    pub issuer: String,
    /// Authorization endpoint.
    pub authorize: Url,
    /// Token endpoint.
    pub token: Url,
    /// Revocation endpoint (RFC 7009), where it has one.
    pub revoke: Option<Url>,
    /// Where programs are given a name (RFC 7591), where it has such a place.
    pub registration: Option<Url>,
    /// Whether a program without a secret may have tokens.
    pub takes_public_clients: bool,
    /// Scopes to ask for: those that the source names and that allow no more than to read, what tells who signed in, and what
    /// outlives a day.
    pub scopes: Vec<String>,
}

impl FoundServer {
    /// The same as a definition says it, for a program with a name of its own.
    pub fn described(&self, help: String) -> Oauth2 {
        Oauth2 {
            authorize: Some(self.authorize.to_string()),
            token: Some(self.token.to_string()),
            revoke: self.revoke.as_ref().map(Url::to_string),
            issuer: Some(self.issuer.clone()),
            scopes: self.scopes.clone(),
            client: ClientProof::Registered,
            redirect: Redirect::Loopback,
            exchange: Exchange::Direct,
            // Servers that do not know it pass over it (RFC 6749, 3.1).
            pkce: true,
            rotates: true,
            account_parameter: None,
            help,
        }
    }
}

/// Why no server was found.
#[derive(Debug, thiserror::Error)]
pub enum DiscoveryFault {
    /// The source, or the server that it names, cannot be asked.
    #[error("it cannot be asked")]
    Unasked(#[source] HttpFault),
    /// Neither the source nor its origin says where one signs in.
    #[error("nothing says where one signs in")]
    NoServer,
    /// What it says cannot be used.
    #[error("what it says cannot be used: {0}")]
    Unusable(&'static str),
}

/// What a source says about who guards it (RFC 9728, 3.2).
#[derive(Deserialize)]
struct ResourceText {
    resource: String,
    #[serde(default)]
    authorization_servers: Vec<String>,
    #[serde(default)]
    scopes_supported: Vec<String>,
}

/// What a server says of itself (RFC 8414, 2).
#[derive(Deserialize)]
struct ServerText {
    issuer: String,
    authorization_endpoint: Option<String>,
    token_endpoint: Option<String>,
    revocation_endpoint: Option<String>,
    registration_endpoint: Option<String>,
    scopes_supported: Option<Vec<String>>,
    response_types_supported: Option<Vec<String>>,
    grant_types_supported: Option<Vec<String>>,
    code_challenge_methods_supported: Option<Vec<String>>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
}

/// Finds the server that guards the list at an address.
///
/// # Errors
/// See [`DiscoveryFault`].
pub async fn discover(address: &Url, reach: Reach) -> Result<FoundServer, DiscoveryFault> {
    let plain = Plain::new(reach).map_err(DiscoveryFault::Unasked)?;
    let reply = plain.get(address).await.map_err(DiscoveryFault::Unasked)?;
    let challenge = Challenge::of(&reply);
    let mut places: Vec<Url> = challenge.metadata.iter().cloned().collect();
    places.extend(well_known(address, "oauth-protected-resource"));
    places.extend(well_known(&root(address), "oauth-protected-resource"));
    let mut source = None;
    for place in &places {
        if let Some(found) = read::<ResourceText>(&plain, place).await?
            && speaks_for(&found.resource, address)
        {
            source = Some(found);
            break;
        }
    }
    let (mut issuers, named) = match source {
        Some(source) => (source.authorization_servers, source.scopes_supported),
        None => (Vec::new(), Vec::new()),
    };
    if issuers.is_empty() {
        issuers.push(origin_of(address));
    }
    let asked = if challenge.scopes.is_empty() { named } else { challenge.scopes };
    for issuer in issuers.iter().take(MOST_SERVERS) {
        if let Some(text) = told(&plain, issuer).await? {
            return usable(&plain, text, asked);
        }
    }
    Err(DiscoveryFault::NoServer)
}

/// What the server of this issuer says of itself.
///
/// # Errors
/// See [`DiscoveryFault`].
pub async fn server_of(issuer: &str, reach: Reach) -> Result<FoundServer, DiscoveryFault> {
    let plain = Plain::new(reach).map_err(DiscoveryFault::Unasked)?;
    let text = told(&plain, issuer).await?.ok_or(DiscoveryFault::NoServer)?;
    usable(&plain, text, Vec::new())
}

/// A server's own word, from any of the places where it may stand.
async fn told(plain: &Plain, issuer: &str) -> Result<Option<ServerText>, DiscoveryFault> {
    let Ok(address) = Url::parse(issuer) else { return Ok(None) };
    let places = [
        well_known(&address, "oauth-authorization-server"),
        well_known(&address, "openid-configuration"),
        // OpenID Connect Discovery 1.0, 4: behind the issuer's path, not before it.
        Url::parse(&format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'))).ok(),
    ];
    for place in places.into_iter().flatten() {
        if let Some(text) = read::<ServerText>(plain, &place).await?
            && text.issuer.trim_end_matches('/') == issuer.trim_end_matches('/')
        {
            return Ok(Some(text));
        }
    }
    Ok(None)
}

/// A JSON document; nothing where there is none. What cannot be reached at all is a fault: somebody who is offline is not told
/// that there is no way in.
async fn read<T: serde::de::DeserializeOwned>(
    plain: &Plain,
    place: &Url,
) -> Result<Option<T>, DiscoveryFault> {
    match plain.get(place).await {
        Ok(reply) if reply.status == 200 => Ok(serde_json::from_slice(&reply.body).ok()),
        // An address of the server's own making that may not be reached is no place of its word.
        Ok(_) | Err(HttpFault::AddressRefused) => Ok(None),
        Err(fault) => Err(DiscoveryFault::Unasked(fault)),
    }
}

fn usable(plain: &Plain, text: ServerText, asked: Vec<String>) -> Result<FoundServer, DiscoveryFault> {
    let has = |list: &Option<Vec<String>>, wanted: &str| {
        list.as_ref().is_none_or(|list| list.iter().any(|one| one == wanted))
    };
    if !has(&text.response_types_supported, "code") || !has(&text.grant_types_supported, "authorization_code")
    {
        return Err(DiscoveryFault::Unusable("no authorization code"));
    }
    if !has(&text.code_challenge_methods_supported, "S256") {
        return Err(DiscoveryFault::Unusable("no S256 challenge"));
    }
    let address = |text: Option<String>| -> Result<Option<Url>, DiscoveryFault> {
        let Some(text) = text else { return Ok(None) };
        let url = Url::parse(&text).map_err(|_| DiscoveryFault::Unusable("an endpoint is no address"))?;
        plain.check(&url).map_err(|_| DiscoveryFault::Unusable("an endpoint may not be reached"))?;
        Ok(Some(url))
    };
    let missing = || DiscoveryFault::Unusable("an endpoint is missing");
    let methods = &text.token_endpoint_auth_methods_supported;
    let mut scopes: Vec<String> = asked.into_iter().filter(|scope| only_reads(scope)).collect();
    // Who signed in, and what outlives the first hour, where the server knows such scopes.
    let known = text.scopes_supported.unwrap_or_default();
    for wanted in ["openid", "offline_access"] {
        if known.iter().any(|scope| scope == wanted) && !scopes.iter().any(|scope| scope == wanted) {
            scopes.push(wanted.to_owned());
        }
    }
    scopes.truncate(MOST_SCOPES);
    Ok(FoundServer {
        issuer: text.issuer,
        authorize: address(text.authorization_endpoint)?.ok_or_else(missing)?,
        token: address(text.token_endpoint)?.ok_or_else(missing)?,
        revoke: address(text.revocation_endpoint)?,
        registration: address(text.registration_endpoint)?,
        // Said nowhere, a server wants a secret in a header (RFC 8414, 2); those that say nothing mostly take none all the same.
        takes_public_clients: has(methods, "none"),
        scopes,
    })
}

/// Whether the name of a scope is one, and of no more than reading.
fn only_reads(scope: &str) -> bool {
    // RFC 6749, 3.3.
    let is_token = (1..=128).contains(&scope.len())
        && scope.bytes().all(|byte| (0x21..=0x7e).contains(&byte) && byte != b'"' && byte != b'\\');
    let lower = scope.to_ascii_lowercase();
    is_token && !MORE_THAN_READING.iter().any(|word| lower.contains(word))
}

/// Whether a source's word is about this address: at its origin, and not for another part of it (RFC 9728, 3.3).
fn speaks_for(resource: &str, address: &Url) -> bool {
    let Ok(resource) = Url::parse(resource) else { return false };
    let path = resource.path().trim_end_matches('/');
    origin_of(&resource) == origin_of(address)
        && address.path().strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Where a document about an address stands: between its origin and its path (RFC 8414, 3; RFC 9728, 3.1).
fn well_known(address: &Url, name: &str) -> Option<Url> {
    let path = address.path().trim_end_matches('/');
    Url::parse(&format!("{}/.well-known/{name}{path}", origin_of(address))).ok()
}

fn root(address: &Url) -> Url {
    let mut root = address.clone();
    root.set_path("/");
    root.set_query(None);
    root
}

/// What a refusal says about the way in (RFC 6750, 3; RFC 9728, 5.1).
#[derive(Debug, Default, PartialEq, Eq)]
struct Challenge {
    metadata: Option<Url>,
    scopes: Vec<String>,
}

impl Challenge {
    fn of(reply: &Reply) -> Challenge {
        let headers = reply.headers.get_all("www-authenticate");
        headers.iter().filter_map(|value| value.to_str().ok()).find_map(Challenge::read).unwrap_or_default()
    }

    fn read(text: &str) -> Option<Challenge> {
        let rest = text.get(..6).filter(|scheme| scheme.eq_ignore_ascii_case("bearer"))?;
        let rest = text.get(rest.len()..)?;
        let value = |name: &str| parameter(rest, name);
        let scopes = value("scope").unwrap_or_default();
        Some(Challenge {
            metadata: value("resource_metadata").and_then(|text| Url::parse(&text).ok()),
            scopes: scopes.split_ascii_whitespace().map(str::to_owned).collect(),
        })
    }
}

/// A parameter of a challenge, quoted or not (RFC 9110, 11.2).
fn parameter(text: &str, name: &str) -> Option<String> {
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let (key, after) = rest.split_once('=')?;
        let (value, left) = match after.strip_prefix('"') {
            Some(quoted) => {
                let end = quoted.find('"')?;
                (quoted.get(..end)?, quoted.get(end + 1..)?)
            }
            None => after.split_at(after.find(',').unwrap_or(after.len())),
        };
        if key.trim().eq_ignore_ascii_case(name) {
            return Some(value.trim().to_owned());
        }
        rest = left;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn documents_stand_between_origin_and_path() {
        let at = |address: &str| well_known(&url(address), "oauth-authorization-server").unwrap().to_string();
        assert_eq!(at("https://a.example/"), "https://a.example/.well-known/oauth-authorization-server");
        assert_eq!(
            at("https://a.example/studio/7/"),
            "https://a.example/.well-known/oauth-authorization-server/studio/7"
        );
    }

    #[test]
    fn a_source_speaks_for_itself_alone() {
        let list = url("https://a.example/api/v1/clients?page=1");
        for (resource, speaks) in [
            ("https://a.example/api/v1/clients", true),
            ("https://a.example/api/", true),
            ("https://a.example", true),
            ("https://a.example/ap", false),
            ("https://a.example/api/v2", false),
            ("https://b.example/api/v1/clients", false),
            ("http://a.example/api", false),
            ("clients", false),
        ] {
            assert_eq!(speaks_for(resource, &list), speaks, "{resource}");
        }
    }

    #[test]
    fn a_challenge_is_read_quoted_or_not_and_in_any_order() {
        let read = |text: &str| Challenge::read(text);
        let at = Some(url("https://a.example/.well-known/oauth-protected-resource"));
        let said = "Bearer realm=\"a, b\", resource_metadata=\"https://a.example/.well-known/oauth-protected-resource\", scope=\"clients.read openid\"";
        let scopes = vec!["clients.read".to_owned(), "openid".to_owned()];
        assert_eq!(read(said), Some(Challenge { metadata: at.clone(), scopes }));
        let plain = "bearer error=invalid_token,resource_metadata=https://a.example/.well-known/oauth-protected-resource";
        assert_eq!(read(plain), Some(Challenge { metadata: at, scopes: Vec::new() }));
        assert_eq!(read("Basic realm=\"x\""), None);
        assert_eq!(read("Bearer"), Some(Challenge::default()));
        assert_eq!(read("Bearer scope=\"cut"), Some(Challenge::default()), "cut off");
        assert_eq!(read("Bear\u{e9}r x=1"), None);
    }

    #[test]
    fn nothing_is_asked_for_that_allows_more_than_reading() {
        for scope in ["clients.read", "openid", "contacts", "https://a.example/auth/clients.readonly"] {
            assert!(only_reads(scope), "{scope}");
        }
        for scope in
            ["clients.write", "clients:delete", "admin", "Manage_Clients", "", "two words", "quo\"te"]
        {
            assert!(!only_reads(scope), "{scope}");
        }
    }
}

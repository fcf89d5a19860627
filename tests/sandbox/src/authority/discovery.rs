//! What a server says of itself (RFC 8414, OpenID Connect Discovery 1.0), and the names it gives (RFC 7591).

use serde_json::{Value, json};

use super::{Authority, random};
use crate::http::{Request, Response};

/// Where a server says what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// `/.well-known/oauth-authorization-server`, and it gives programs a name.
    Metadata,
    /// `/.well-known/openid-configuration` alone, and it gives programs a name and a secret that it wants back.
    OpenId,
    /// `/.well-known/oauth-authorization-server`, and it gives no names: a person has to ask for one.
    Nameless,
    /// Nowhere.
    Nowhere,
}

impl Authority {
    /// Answers what somebody who knows nothing asks first; `None` for other paths.
    pub(crate) fn described(&self, request: &Request, told: Told) -> Option<Response> {
        let place = match told {
            Told::Metadata | Told::Nameless => "/.well-known/oauth-authorization-server",
            Told::OpenId => "/.well-known/openid-configuration",
            Told::Nowhere => return None,
        };
        match (request.path.as_str(), request.method.as_str()) {
            (path, "GET") if path == place => {
                Some(Response::json(200, self.metadata(told).to_string().into_bytes()))
            }
            ("/oauth2/register", "POST") if told != Told::Nameless => Some(self.register(request, told)),
            _ => None,
        }
    }

    fn metadata(&self, told: Told) -> Value {
        let origin = self.state().origin.clone();
        let at = |path: &str| format!("{origin}{path}");
        let endpoints = self.config.endpoints;
        let methods = if told == Told::OpenId { ["client_secret_post"] } else { ["none"] };
        let mut metadata = json!({
            "issuer": origin,
            "authorization_endpoint": at(endpoints.authorize),
            "token_endpoint": at(endpoints.token),
            "revocation_endpoint": at(endpoints.revoke),
            "scopes_supported": self.config.scopes,
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": methods,
            "authorization_response_iss_parameter_supported": true,
        });
        if told != Told::Nameless {
            metadata["registration_endpoint"] = at("/oauth2/register").into();
        }
        metadata
    }

    /// A name for a program that comes back to the computer it runs on.
    fn register(&self, request: &Request, told: Told) -> Response {
        let refusal = |error: &str| Response::json(400, json!({ "error": error }).to_string().into_bytes());
        let Ok(wanted) = serde_json::from_slice::<Value>(&request.body) else {
            return refusal("invalid_client_metadata");
        };
        let texts = |name: &str| -> Vec<&str> {
            wanted[name].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
        };
        let redirects = texts("redirect_uris");
        let loopback = ["http://127.0.0.1/callback", "http://[::1]/callback"];
        if redirects.is_empty() || redirects.iter().any(|redirect| !loopback.contains(redirect)) {
            return refusal("invalid_redirect_uri");
        }
        let method = wanted["token_endpoint_auth_method"].as_str();
        let fits = match told {
            Told::OpenId => method == Some("client_secret_post"),
            Told::Metadata | Told::Nameless | Told::Nowhere => method == Some("none"),
        };
        let known = wanted["client_name"].as_str().is_some_and(|name| !name.is_empty());
        if !fits || !known || texts("response_types") != ["code"] {
            return refusal("invalid_client_metadata");
        }
        let id = format!("program-{}", random());
        let secret = (told == Told::OpenId).then(random);
        self.state().programs.insert(id.clone(), secret.clone());
        let mut given =
            json!({ "client_id": id, "redirect_uris": redirects, "token_endpoint_auth_method": method });
        if let Some(secret) = secret {
            given["client_secret"] = secret.into();
            given["client_secret_expires_at"] = 0.into();
        }
        Response::json(201, given.to_string().into_bytes())
    }
}

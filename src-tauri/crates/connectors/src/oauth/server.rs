//! The CRM's own token endpoint, asked by this program.

use std::pin::Pin;

use async_trait::async_trait;
use hub_core::ports::{RetryAdvice, Secret};
use oauth2::basic::{
    BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse, BasicTokenType,
};
use oauth2::{
    AsyncHttpClient, AuthType, AuthorizationCode, Client, ClientId, ClientSecret, EndpointNotSet,
    EndpointSet, ExtraTokenFields, HttpRequest, HttpResponse, PkceCodeVerifier, RedirectUrl, RefreshToken,
    RequestTokenError, StandardRevocableToken, StandardTokenResponse, TokenResponse as _, TokenUrl,
};
use serde::{Deserialize, Serialize};
use url::Url;

use super::{GrantFault, Granted, TokenServer};
use crate::http::{HttpFault, Plain, Reach};

/// What such a server is known by.
#[derive(Debug, Clone)]
pub struct DirectServerParts {
    /// Token endpoint.
    pub token: Url,
    /// Revocation endpoint, where there is one.
    pub revoke: Option<Url>,
    /// Our name there.
    pub client_id: String,
    /// A secret that every installed copy holds, where the server demands one; it proves nothing.
    pub client_secret: Option<Secret>,
    /// Which addresses may be reached.
    pub reach: Reach,
}

/// The CRM's own token endpoint.
pub struct DirectServer {
    parts: DirectServerParts,
    http: Plain,
    client: OAuthClient,
}

/// Beside the standard fields: who signed in (OpenID Connect Core 1.0, 3.1.3.3).
#[derive(Debug, Deserialize, Serialize)]
struct IdTokenField {
    id_token: Option<String>,
}

impl ExtraTokenFields for IdTokenField {}

type OAuthClient = Client<
    BasicErrorResponse,
    StandardTokenResponse<IdTokenField, BasicTokenType>,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

impl DirectServer {
    /// A server at this address.
    ///
    /// # Errors
    /// [`HttpFault::AddressRefused`] for an address that may not be reached, [`HttpFault::Client`] when the network client
    /// cannot be set up.
    pub fn new(parts: DirectServerParts) -> Result<DirectServer, HttpFault> {
        let http = Plain::new(parts.reach)?;
        http.check(&parts.token)?;
        let mut client = Client::new(ClientId::new(parts.client_id.clone()))
            .set_token_uri(TokenUrl::from_url(parts.token.clone()))
            // A public client names itself in the body (RFC 6749, 3.2.1).
            .set_auth_type(AuthType::RequestBody);
        if let Some(secret) = &parts.client_secret {
            client = client.set_client_secret(ClientSecret::new(secret.expose().to_owned()));
        }
        Ok(DirectServer { parts, http, client })
    }
}

/// Our network client as the OAuth library asks for one.
impl<'c> AsyncHttpClient<'c> for Plain {
    type Error = HttpFault;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpFault>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let address = Url::parse(&parts.uri.to_string()).map_err(|_| HttpFault::AddressRefused)?;
            let reply = self.post(&address, parts.headers, body).await?;
            let mut response = HttpResponse::new(reply.body);
            *response.status_mut() = oauth2::http::StatusCode::from_u16(reply.status)
                .map_err(|error| HttpFault::CutShort(Box::new(error)))?;
            *response.headers_mut() = reply.headers;
            Ok(response)
        })
    }
}

fn granted(reply: &StandardTokenResponse<IdTokenField, BasicTokenType>) -> Granted {
    Granted {
        access: Secret::new(reply.access_token().secret()),
        refresh: reply.refresh_token().map(|token| Secret::new(token.secret())),
        expires_in: reply.expires_in().map(|life| life.as_secs()),
        scopes: reply.scopes().map(|scopes| scopes.iter().map(|scope| scope.to_string()).collect()),
        id_token: reply.extra_fields().id_token.clone().map(Secret::new),
    }
}

/// What a failed token request means (RFC 6749, 5.2). What the CRM says beside its code has no place in a log.
fn fault(error: RequestTokenError<HttpFault, BasicErrorResponse>) -> GrantFault {
    match error {
        RequestTokenError::ServerResponse(response) => match response.error().as_ref() {
            // The server's trouble, not ours.
            "server_error" | "temporarily_unavailable" | "slow_down" => {
                let source = response.error().as_ref().to_owned().into();
                GrantFault::Broker { retry: RetryAdvice::Retry, source }
            }
            code => GrantFault::Refused(code.to_owned()),
        },
        RequestTokenError::Request(fault) => GrantFault::Unanswered(fault),
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => GrantFault::Unreadable,
    }
}

#[async_trait]
impl TokenServer for DirectServer {
    async fn exchange(
        &self,
        code: &Secret,
        redirect_uri: &str,
        verifier: &Secret,
    ) -> Result<Granted, GrantFault> {
        let redirect = RedirectUrl::new(redirect_uri.to_owned()).map_err(|_| GrantFault::Unreadable)?;
        let reply = self
            .client
            .exchange_code(AuthorizationCode::new(code.expose().to_owned()))
            .set_pkce_verifier(PkceCodeVerifier::new(verifier.expose().to_owned()))
            .set_redirect_uri(std::borrow::Cow::Owned(redirect))
            .request_async(&self.http)
            .await
            .map_err(fault)?;
        Ok(granted(&reply))
    }

    async fn refresh(&self, refresh: &Secret) -> Result<Granted, GrantFault> {
        let reply = self
            .client
            .exchange_refresh_token(&RefreshToken::new(refresh.expose().to_owned()))
            .request_async(&self.http)
            .await
            .map_err(fault)?;
        Ok(granted(&reply))
    }

    async fn revoke(&self, token: &Secret) -> Result<(), GrantFault> {
        let Some(address) = &self.parts.revoke else { return Ok(()) };
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("client_id", &self.parts.client_id)
            .append_pair("token", token.expose())
            .finish();
        let reply = self.http.post_form(address, form).await.map_err(GrantFault::Unanswered)?;
        match reply.status {
            200..=299 => Ok(()),
            status => Err(GrantFault::Refused(status.to_string())),
        }
    }
}

impl std::fmt::Debug for DirectServer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("DirectServer").field("parts", &self.parts).finish_non_exhaustive()
    }
}

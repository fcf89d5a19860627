//! Sending what changes something: never by itself a second time, never after a redirect, and within the lease.

use std::time::Duration;

use hub_core::circuit::RequestEnd;
use hub_core::ports::{LeaseLeft, WRITE_SPARE_MS};
use reqwest::Method;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderName, HeaderValue};
use url::Url;

use super::address::check_url;
use super::{HttpClient, HttpFault, MAX_BODY, Opens, Reply, fault, plain, redirect};

/// A write is over before the lease, whose rest it began with, is: 5 seconds are left for what lies between.
const LONGEST_WRITE: Duration = Duration::from_millis(WRITE_SPARE_MS - 5_000);

/// A request that changes something.
#[derive(Debug, Clone)]
pub(crate) struct WriteRequest {
    pub(crate) method: Method,
    pub(crate) url: Url,
    /// Beside what opens the account.
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    /// Content type and content.
    pub(crate) body: Option<(&'static str, Vec<u8>)>,
}

/// A write that was not answered.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WriteFault {
    /// Not a byte of it left.
    #[error("the write did not leave")]
    NotSent(#[source] HttpFault),
    /// Too little is left of the lease; not a byte of it left.
    #[error("the lease is too short for a write")]
    LeaseShort,
    /// It may have arrived.
    #[error("nobody knows whether the write arrived")]
    InDoubt(#[source] HttpFault),
}

impl HttpClient {
    /// Sends a write. Whatever the account's limits make it wait for comes before the lease is looked at. A token that ran out
    /// is renewed once, because a request that was not let in changed nothing.
    pub(crate) async fn send_write(
        &self,
        request: &WriteRequest,
        lease_left: LeaseLeft<'_>,
    ) -> Result<Reply, WriteFault> {
        let not_sent = WriteFault::NotSent;
        let url = self.cleaned(request.url.clone());
        check_url(&url, self.parts.reach).map_err(not_sent)?;
        self.check_host(&url).map_err(not_sent)?;
        let mut renewed = false;
        loop {
            let secret = self.secret_for(&url).await.map_err(not_sent)?;
            let (signed, header) = self.signed(&url, secret.as_ref()).map_err(not_sent)?;
            let sent = self.reserve().await.map_err(not_sent)?;
            if lease_left() < WRITE_SPARE_MS {
                self.note(sent, RequestEnd::Unknown).map_err(not_sent)?;
                return Err(WriteFault::LeaseShort);
            }
            tracing::debug!(path = url.path(), method = request.method.as_str(), "write");
            let mut built = self
                .client
                .request(request.method.clone(), signed)
                .timeout(LONGEST_WRITE)
                .header(ACCEPT, "application/json");
            for (name, value) in request.headers.iter().cloned().chain(header) {
                built = built.header(name, value);
            }
            if let Some((content_type, body)) = &request.body {
                built = built.header(CONTENT_TYPE, *content_type).body(body.clone());
            }
            let answered = tokio::select! {
                answered = built.send() => answered.map_err(|error| {
                    let arrived = !(error.is_connect() || error.is_builder());
                    let fault = fault::classify(error);
                    if arrived { WriteFault::InDoubt(fault) } else { WriteFault::NotSent(fault) }
                }),
                () = self.parts.pause.stopped() => Err(WriteFault::InDoubt(HttpFault::Stopped)),
            };
            let reply = match answered {
                Ok(response) => plain::whole(response, self.parts.largest.min(MAX_BODY))
                    .await
                    .map_err(WriteFault::InDoubt),
                Err(fault) => Err(fault),
            };
            let end = match &reply {
                Ok(reply) if reply.status >= 500 => RequestEnd::Down,
                Ok(_) => RequestEnd::Answered,
                Err(WriteFault::InDoubt(HttpFault::TooSlow(_))) => RequestEnd::Down,
                Err(_) => RequestEnd::Unknown,
            };
            // The write is out: that it could not be noted down must not hide what became of it.
            if let Err(fault) = self.note(sent, end) {
                tracing::warn!(error = &fault as &dyn std::error::Error, "a request was not noted down");
            }
            let reply = reply?;
            if let (401, false, Opens::SignIn(tokens), Some(refused)) =
                (reply.status, renewed, &self.parts.credential.opens, &secret)
            {
                renewed = true;
                let asked = self.reserve().await.map_err(not_sent)?;
                self.note(asked, RequestEnd::Unknown).map_err(not_sent)?;
                let origin = &self.parts.credential.origin;
                tokens.renew(origin, refused).await.map_err(HttpFault::from).map_err(not_sent)?;
                continue;
            }
            // Where it led to, nobody follows: the other place may do it, or have done it.
            return match redirect(&url, &reply) {
                Some(_) => Err(WriteFault::InDoubt(HttpFault::Moved)),
                None => Ok(reply),
            };
        }
    }
}

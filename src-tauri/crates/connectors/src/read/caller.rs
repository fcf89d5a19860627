//! Sending one request and judging its reply, in the name of a provider.

use hub_core::ports::{ConnectorError, RetryAdvice};
use jiff::SignedDuration;
use reqwest::header::{HeaderName, HeaderValue};
use url::Url;

use super::failure::{body_says, judge};
use crate::definition::{BodyField, FailureRule, Offer, RequestKind, StatusMatch};
use crate::http::{HttpClient, Reply};
use crate::messages;

/// A client together with what its failed replies mean.
pub(crate) struct Caller {
    pub(crate) http: HttpClient,
    name: String,
    failure: Vec<FailureRule>,
}

impl Caller {
    /// A caller for the provider of this name.
    pub(crate) fn new(http: HttpClient, name: &str, failure: &[FailureRule]) -> Caller {
        Caller { http, name: name.to_owned(), failure: failure.to_vec() }
    }

    /// A failure in the provider's name.
    pub(crate) fn error(&self, message_id: &'static str, retry: RetryAdvice, offer: Offer) -> ConnectorError {
        ConnectorError {
            message_id,
            params: vec![("provider", self.name.clone()), ("action", offer.as_str().to_owned())],
            retry,
            source: None,
        }
    }

    /// A reply that is not what it should be.
    pub(crate) fn unreadable(
        &self,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> ConnectorError {
        ConnectorError {
            source: Some(Box::new(source)),
            ..self.error(messages::UNREADABLE, RetryAdvice::Retry, Offer::TryAgain)
        }
    }

    /// Reads an address below the base URL.
    pub(crate) async fn get(&self, path: &str, query: &[(String, String)]) -> Result<Reply, ConnectorError> {
        let reply = self.http.get(path, query).await.map_err(|fault| fault.into_error(&self.name))?;
        self.judged(reply)
    }

    /// Reads a page for people below the base URL.
    pub(crate) async fn get_page(&self, path: &str) -> Result<Reply, ConnectorError> {
        let reply = self.http.get_page(path).await.map_err(|fault| fault.into_error(&self.name))?;
        // Where lists are JSON, a page is no data; this one was asked for.
        if (200..300).contains(&reply.status) { Ok(reply) } else { self.judged(reply) }
    }

    /// Reads an address that the provider named itself.
    pub(crate) async fn get_named(&self, url: Url) -> Result<Reply, ConnectorError> {
        let reply = self.http.get_named(url).await.map_err(|fault| fault.into_error(&self.name))?;
        self.judged(reply)
    }

    /// Reads what a secret address opens; "as it was" is an answer.
    pub(crate) async fn get_address(
        &self,
        conditions: &[(HeaderName, HeaderValue)],
    ) -> Result<Reply, ConnectorError> {
        let reply = self.http.get_address(conditions).await.map_err(|fault| fault.into_error(&self.name))?;
        if reply.status == 304 { Ok(reply) } else { self.judged(reply) }
    }

    /// Sends a form that a page of the provider holds.
    pub(crate) async fn send_form(
        &self,
        to: Url,
        fields: &[(String, String)],
    ) -> Result<Reply, ConnectorError> {
        let reply = self.http.send_form(to, fields).await.map_err(|fault| fault.into_error(&self.name))?;
        self.judged(reply)
    }

    /// Reads a page of the provider as its scripts draw it.
    pub(crate) async fn draw(
        &self,
        url: Url,
        rows: &str,
        instead: &[String],
    ) -> Result<Reply, ConnectorError> {
        self.http.draw(url, rows, instead).await.map_err(|fault| fault.into_error(&self.name))
    }

    /// The name of the provider.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Whether a reply is one of these; without a status any but success.
    pub(crate) fn answers(&self, status: &[StatusMatch], body: Option<&BodyField>, reply: &Reply) -> bool {
        let hit = match status {
            [] => !(200..300).contains(&reply.status),
            status => status.iter().any(|status| status.holds(reply.status)),
        };
        hit && body.is_none_or(|field| body_says(reply, field))
    }

    /// What the failure table makes of the reply to a read.
    pub(crate) fn judged(&self, reply: Reply) -> Result<Reply, ConnectorError> {
        self.judged_as(RequestKind::Read, reply)
    }

    /// The same of the reply to a read or a write.
    pub(crate) fn judged_as(&self, kind: RequestKind, reply: Reply) -> Result<Reply, ConnectorError> {
        let found = judge(&self.failure, &self.name, kind, &reply, self.http.now());
        let Some(judgement) = found else { return Ok(reply) };
        if let Some(seconds) = judgement.limit_spent {
            self.http.limit_spent(seconds).map_err(|fault| fault.into_error(&self.name))?;
        }
        if let Some(seconds) = judgement.block_for {
            let until = self.http.now() + SignedDuration::from_secs(i64::from(seconds));
            self.http.block_until(until).map_err(|fault| fault.into_error(&self.name))?;
        }
        Err(judgement.error)
    }

    /// The text of a reply.
    pub(crate) fn text(&self, body: Vec<u8>) -> Result<String, ConnectorError> {
        // The whole error holds the body, which has no place in a log.
        String::from_utf8(body).map_err(|error| self.unreadable(error.utf8_error()))
    }
}

//! What every request has in common, whoever sends it: no redirects, no cookies, no proxy, checked names, caps.

use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue};
use url::Url;

use super::address::{CheckedNames, check_url};
use super::{HttpFault, Reach, Reply, fault};

/// All header bytes of one reply.
const MAX_HEADERS: usize = 64 * 1024;
/// A token endpoint's reply is a few hundred bytes.
const MAX_SMALL: usize = 256 * 1024;
const CONNECT: Duration = Duration::from_secs(10);
const IDLE_READ: Duration = Duration::from_secs(30);
const TOTAL: Duration = Duration::from_secs(120);

pub(super) fn client(reach: Reach) -> Result<reqwest::Client, HttpFault> {
    // A second installation is refused, which is fine: one is there then.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .user_agent(concat!("WedSyncHub/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .no_proxy()
        .dns_resolver(CheckedNames { reach })
        .connect_timeout(CONNECT)
        .read_timeout(IDLE_READ)
        .timeout(TOTAL)
        .build()
        .map_err(|error| HttpFault::Client(Box::new(error)))
}

/// A reply, read to its end; refused when it is larger than `most` bytes.
pub(super) async fn whole(mut response: reqwest::Response, most: usize) -> Result<Reply, HttpFault> {
    let headers: usize =
        response.headers().iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if headers > MAX_HEADERS {
        return Err(HttpFault::TooLarge);
    }
    let url = response.url().clone();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(fault::classify_body)? {
        if body.len() + chunk.len() > most {
            return Err(HttpFault::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Reply { status: response.status().as_u16(), headers: response.headers().clone(), body, url })
}

/// For the few requests that belong to no account's budget and no API: those of a sign-in.
#[derive(Debug, Clone)]
pub(crate) struct Plain {
    client: reqwest::Client,
    reach: Reach,
}

impl Plain {
    pub(crate) fn new(reach: Reach) -> Result<Plain, HttpFault> {
        Ok(Plain { client: client(reach)?, reach })
    }

    /// Whether an address may be reached at all.
    pub(crate) fn check(&self, url: &Url) -> Result<(), HttpFault> {
        check_url(url, self.reach)
    }

    pub(crate) async fn post(
        &self,
        url: &Url,
        headers: HeaderMap,
        body: Vec<u8>,
    ) -> Result<Reply, HttpFault> {
        self.check(url)?;
        let request = self.client.post(url.clone()).headers(headers).body(body);
        whole(request.send().await.map_err(fault::classify)?, MAX_SMALL).await
    }

    pub(crate) async fn get(&self, url: &Url) -> Result<Reply, HttpFault> {
        self.check(url)?;
        let request = self.client.get(url.clone()).header(ACCEPT, "application/json");
        whole(request.send().await.map_err(fault::classify)?, MAX_SMALL).await
    }

    pub(crate) async fn post_form(&self, url: &Url, form: String) -> Result<Reply, HttpFault> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        self.post(url, headers, form.into_bytes()).await
    }
}

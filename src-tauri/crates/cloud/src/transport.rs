//! One HTTP client for the cloud: no redirects, capped bodies, gzip both ways, problems as values.

use std::io::Write as _;
use std::sync::Once;
use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_ENCODING, CONTENT_TYPE, DATE, ETAG, HeaderValue, RETRY_AFTER};
use reqwest::{Method, Response, StatusCode};
use serde::de::DeserializeOwned;
use tokio::sync::watch;

use crate::base::BaseUrl;
use crate::error::{CloudError, Problem, retry_after};
use crate::reach::{Reach, Reached};

/// Caps and deadlines of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Time to reach the cloud.
    pub connect: Duration,
    /// Longest silence while an answer arrives.
    pub silence: Duration,
    /// Whole request.
    pub total: Duration,
    /// Largest answer after decompression, in bytes. A page of 500 records stays far below it.
    pub reply_bytes: usize,
    /// Largest export, in bytes.
    pub export_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            silence: Duration::from_secs(30),
            total: Duration::from_secs(120),
            reply_bytes: 32 * 1024 * 1024,
            export_bytes: 512 * 1024 * 1024,
        }
    }
}

/// A connection pool to one cloud. Cloning shares the pool.
#[derive(Clone, Debug)]
pub struct Transport {
    http: reqwest::Client,
    pub(crate) base: BaseUrl,
    pub(crate) limits: Limits,
    reach: Reach,
}

/// One request, before it is sent.
pub(crate) struct Call<'a> {
    pub(crate) method: Method,
    pub(crate) path: &'a [&'a str],
    pub(crate) query: &'a [(&'a str, &'a str)],
    pub(crate) headers: &'a [(&'static str, &'a str)],
    pub(crate) body: Payload<'a>,
    pub(crate) reply_cap: usize,
}

/// A JSON answer, before it is read.
pub(crate) struct Answer {
    /// The body; empty where what the client has is what there is.
    pub(crate) bytes: Vec<u8>,
    /// What this version of the answer is called.
    pub(crate) tag: Option<String>,
    /// Whether what the client has is what there is.
    pub(crate) unchanged: bool,
}

/// A request body.
#[derive(Clone, Copy)]
pub(crate) enum Payload<'a> {
    None,
    /// JSON text, sent byte by byte as given.
    Json(&'a [u8]),
    /// `application/x-www-form-urlencoded`.
    Form(&'a str),
}

/// Longest wait for a sign of life: a person is looking at the answer.
const LOOK: Duration = Duration::from_secs(5);
/// Bodies above this many bytes are sent compressed.
const COMPRESS_ABOVE: usize = 1_024;

/// rustls is built without a provider of its own choice; ring is the one the app carries.
fn install_crypto() {
    static INSTALL: Once = Once::new();
    INSTALL.call_once(|| {
        // An error says that another part of the process was first, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

impl Transport {
    /// Builds the pool; nothing is sent yet.
    ///
    /// # Errors
    /// [`CloudError::Setup`] when the platform's certificate store cannot be used.
    pub fn new(base: BaseUrl, limits: Limits) -> Result<Self, CloudError> {
        install_crypto();
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(limits.connect)
            .read_timeout(limits.silence)
            .timeout(limits.total)
            .gzip(true)
            .user_agent(concat!("wedsync-hub/", env!("CARGO_PKG_VERSION")))
            .https_only(!base.is_loopback());
        if base.is_loopback() {
            builder = builder.no_proxy();
        }
        let http = builder.build().map_err(CloudError::Setup)?;
        Ok(Self { http, base, limits, reach: Reach::default() })
    }

    /// Whether WedSync answered the last request, now and whenever that changes.
    pub fn reached(&self) -> watch::Receiver<Reached> {
        self.reach.watch()
    }

    /// Asks WedSync for nothing but a sign of life, within [`LOOK`]. Without a sign-in: its refusal is an answer, and no
    /// token travels or ages for it.
    pub async fn look(&self) -> Reached {
        let call = Call {
            method: Method::GET,
            path: &["account"],
            query: &[],
            headers: &[],
            body: Payload::None,
            reply_cap: self.limits.reply_bytes,
        };
        match tokio::time::timeout(LOOK, self.bytes(&call, None)).await {
            // What came of it was noted.
            Ok(_) => *self.reach.watch().borrow(),
            Err(_) => self.reach.lost(),
        }
    }

    /// Sends and reads a JSON answer.
    pub(crate) async fn json<T: DeserializeOwned>(
        &self,
        call: &Call<'_>,
        bearer: Option<&str>,
    ) -> Result<T, CloudError> {
        let bytes = self.bytes(call, bearer).await?;
        serde_json::from_slice(&bytes).map_err(|error| CloudError::Unreadable(error.into()))
    }

    /// Sends and reads the bytes of a JSON answer.
    pub(crate) async fn bytes(&self, call: &Call<'_>, bearer: Option<&str>) -> Result<Vec<u8>, CloudError> {
        self.answer(call, bearer).await.map(|answer| answer.bytes)
    }

    /// Sends and reads a JSON answer with its version.
    pub(crate) async fn answer(&self, call: &Call<'_>, bearer: Option<&str>) -> Result<Answer, CloudError> {
        let ended = self.exchange(call, bearer).await;
        self.reach.note(&ended);
        ended
    }

    async fn exchange(&self, call: &Call<'_>, bearer: Option<&str>) -> Result<Answer, CloudError> {
        let url = self.base.endpoint(call.path, call.query);
        let mut request = self.http.request(call.method.clone(), url).header(ACCEPT, "application/json");
        if let Some(token) = bearer {
            request = request.bearer_auth(token);
        }
        for (name, value) in call.headers {
            request = request.header(*name, *value);
        }
        request = match call.body {
            Payload::None => request,
            Payload::Form(form) => {
                request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form.to_owned())
            }
            Payload::Json(bytes) if bytes.len() > COMPRESS_ABOVE => {
                let packed = gzip(bytes).map_err(CloudError::Unwritable)?;
                request
                    .header(CONTENT_TYPE, "application/json")
                    .header(CONTENT_ENCODING, HeaderValue::from_static("gzip"))
                    .body(packed)
            }
            Payload::Json(bytes) => request.header(CONTENT_TYPE, "application/json").body(bytes.to_vec()),
        };
        let response = request.send().await.map_err(|source| {
            // The address may carry a cursor; it has no place in a log.
            let source = source.without_url();
            if source.is_connect() { CloudError::Unreachable(source) } else { CloudError::NoAnswer(source) }
        })?;
        let asked_for_newer = call.headers.iter().any(|(name, _)| *name == "if-none-match");
        if asked_for_newer && response.status() == StatusCode::NOT_MODIFIED {
            return Ok(Answer { bytes: Vec::new(), tag: None, unchanged: true });
        }
        self.read(response, call.reply_cap).await
    }

    async fn read(&self, mut response: Response, cap: usize) -> Result<Answer, CloudError> {
        let status = response.status();
        let headers = response.headers();
        let header = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let tag = header(ETAG).map(str::to_owned);
        let kind = header(CONTENT_TYPE).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let wait = retry_after(header(RETRY_AFTER), header(DATE));
        let expected = if status.is_success() { "application/json" } else { "application/problem+json" };
        if kind != expected {
            return Err(foreign(status, wait));
        }
        let mut bytes = Vec::new();
        while let Some(chunk) =
            response.chunk().await.map_err(|source| CloudError::NoAnswer(source.without_url()))?
        {
            if bytes.len() + chunk.len() > cap {
                return Err(CloudError::TooLarge { limit: cap });
            }
            bytes.extend_from_slice(&chunk);
        }
        if status.is_success() {
            return Ok(Answer { bytes, tag, unchanged: false });
        }
        let mut problem: Problem =
            serde_json::from_slice(&bytes).map_err(|error| CloudError::Unreadable(error.into()))?;
        problem.status = status.as_u16();
        problem.retry_after = wait;
        Err(CloudError::Problem(problem))
    }
}

/// A gateway in front of the cloud may answer 429 or 5xx in words of its own; everything else that is not the
/// contract's media type comes from somebody else.
fn foreign(status: StatusCode, wait: Option<u32>) -> CloudError {
    let code = match status.as_u16() {
        429 => "rate_limited",
        500..=599 => "unavailable",
        status => return CloudError::NotWedSync { status },
    };
    CloudError::Problem(Problem {
        status: status.as_u16(),
        code: code.to_owned(),
        params: std::collections::BTreeMap::new(),
        request_id: String::new(),
        retry_after: wait,
    })
}

fn gzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes)?;
    encoder.finish()
}

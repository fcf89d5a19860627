//! One pipeline for every request: read, decompress, strike faults, answer, compress, log.
//!
//! Routes are plain functions from [`Incoming`] to [`Reply`], so that a fault such as "applied twice" or "applied,
//! reply lost" wraps any of them without its knowledge.

use std::io::{Read as _, Write as _};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use axum::body::{Body, to_bytes};
use axum::extract::connect_info::Connected;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use axum::serve::{IncomingStream, Listener};
use serde_json::{Map, Value, json};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

use super::control::{Shared, lock};
use super::fault::{Fault, RetryAfterStyle};

/// The largest request body after decompression, in bytes.
pub(super) const MAX_BODY: usize = 8 * 1024 * 1024;

/// What the request log keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogDetail {
    /// Method, path, status, code and sizes; the newest 100,000 exchanges.
    Summary,
    /// The bodies too; meant for tests that read them, not for large books.
    Bodies,
}

/// One request and what was answered.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// Milliseconds since 1970 by the server's clock.
    pub at_ms: i64,
    /// HTTP method.
    pub method: String,
    /// Path without query.
    pub path: String,
    /// Query pairs, decoded.
    pub query: Vec<(String, String)>,
    /// Path template of the OpenAPI document, `None` where no route matched.
    pub route: Option<&'static str>,
    /// The status that was decided, also when a fault kept it from being sent.
    pub status: u16,
    /// Stable code of a problem reply.
    pub code: Option<String>,
    /// `Content-Type` of the reply without parameters.
    pub content_type: Option<String>,
    /// `Location` of the reply.
    pub location: Option<String>,
    /// `Retry-After` of the reply.
    pub retry_after: Option<String>,
    /// `Idempotency-Key` of the request.
    pub idempotency_key: Option<String>,
    /// `Content-Encoding` of the request.
    pub request_encoding: Option<String>,
    /// Size of the request body after decompression.
    pub request_bytes: usize,
    /// Size of the reply body before compression.
    pub reply_bytes: usize,
    /// The request body where it is JSON or a form and [`LogDetail::Bodies`] is on.
    pub request: Option<Value>,
    /// The reply body where it is JSON and [`LogDetail::Bodies`] is on.
    pub reply: Option<Value>,
    /// Whether the reply left the server whole and unchanged.
    pub delivered: bool,
}

/// A request, read to its end.
#[derive(Clone, Debug)]
pub(super) struct Incoming {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: Vec<(String, String)>,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
    pub(super) expire_cursor: bool,
}

impl Incoming {
    pub(super) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The body as a JSON object.
    pub(super) fn json(&self) -> Result<Map<String, Value>, Problem> {
        match serde_json::from_slice(&self.body) {
            Ok(Value::Object(map)) => Ok(map),
            Ok(_) => Err(Problem::invalid("body")),
            Err(source) => Err(Problem::new(400, "malformed_json").with("detail", source.to_string())),
        }
    }

    /// The body as form pairs.
    pub(super) fn form(&self) -> Vec<(String, String)> {
        url::form_urlencoded::parse(&self.body).into_owned().collect()
    }
}

#[derive(Clone, Debug)]
pub(super) enum Content {
    Json(Value),
    Html(String),
    Empty,
}

/// An answer before compression.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) content: Content,
    pub(super) code: Option<String>,
    pub(super) problem: bool,
}

impl Reply {
    pub(super) fn json(status: u16, body: Value) -> Self {
        Self { status, headers: Vec::new(), content: Content::Json(body), code: None, problem: false }
    }

    pub(super) fn html(status: u16, page: String) -> Self {
        Self { status, headers: Vec::new(), content: Content::Html(page), code: None, problem: false }
    }

    /// What the client has is what there is.
    pub(super) fn unchanged() -> Self {
        Self { status: 304, headers: Vec::new(), content: Content::Empty, code: None, problem: false }
    }

    pub(super) fn redirect(to: &str) -> Self {
        Self {
            status: 303,
            headers: vec![("location", to.to_owned())],
            content: Content::Empty,
            code: None,
            problem: false,
        }
    }
}

/// An RFC 9457 problem with a stable code.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    status: u16,
    code: &'static str,
    params: Map<String, Value>,
    headers: Vec<(&'static str, String)>,
}

impl Problem {
    pub(super) fn new(status: u16, code: &'static str) -> Self {
        Self { status, code, params: Map::new(), headers: Vec::new() }
    }

    /// 400 that names the part of the request which is wrong.
    pub(super) fn invalid(part: &str) -> Self {
        Self::new(400, "invalid_request").with("part", part)
    }

    pub(super) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.params.insert(name.to_owned(), value.into());
        self
    }

    pub(super) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    fn into_reply(self, request_id: &str) -> Reply {
        let mut body = json!({
            "type": format!("https://wedsync.example/problems/{}", self.code),
            "title": self.code.replace('_', " "),
            "status": self.status,
            "code": self.code,
            "params": self.params,
            "request_id": request_id,
        });
        // RFC 6749 section 5.2 names this member; it is harmless beside `code` everywhere else.
        if matches!(self.code, "invalid_grant" | "invalid_client" | "unsupported_grant_type") {
            body["error"] = json!(self.code);
        }
        Reply {
            status: self.status,
            headers: self.headers,
            content: Content::Json(body),
            code: Some(self.code.to_owned()),
            problem: true,
        }
    }
}

impl From<rusqlite::Error> for Problem {
    fn from(source: rusqlite::Error) -> Self {
        tracing::error!(%source, "the reference cloud's database refused");
        Self::new(500, "internal")
    }
}

impl From<getrandom::Error> for Problem {
    fn from(source: getrandom::Error) -> Self {
        tracing::error!(%source, "no randomness");
        Self::new(500, "internal")
    }
}

/// A listener whose connections can be cut from the outside, as a pulled cable would.
pub(super) struct CutListener {
    pub(super) inner: TcpListener,
    pub(super) shared: Arc<Shared>,
}

/// A connection that dies when it may carry no more bytes to the caller.
pub(super) struct CutStream {
    inner: TcpStream,
    left: Arc<AtomicUsize>,
}

/// The scissors for the connection a request came over.
#[derive(Clone)]
pub(super) struct Cut(Arc<AtomicUsize>);

impl Cut {
    fn now(&self) {
        self.after(0);
    }

    /// Cuts once so many more bytes have left.
    fn after(&self, bytes: usize) {
        self.0.store(bytes, Ordering::SeqCst);
    }

    fn is_cut(&self) -> bool {
        self.0.load(Ordering::SeqCst) == 0
    }
}

impl Listener for CutListener {
    type Io = CutStream;
    type Addr = std::net::SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let (inner, address) = Listener::accept(&mut self.inner).await;
            if lock(&self.shared.switches).down {
                drop(inner);
                continue;
            }
            return (CutStream { inner, left: Arc::new(AtomicUsize::new(usize::MAX)) }, address);
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        self.inner.local_addr()
    }
}

impl Connected<IncomingStream<'_, CutListener>> for Cut {
    fn connect_info(stream: IncomingStream<'_, CutListener>) -> Self {
        Self(Arc::clone(&stream.io().left))
    }
}

impl CutStream {
    /// How many bytes may still leave; an error once there are none.
    fn check(&self) -> std::io::Result<usize> {
        match self.left.load(Ordering::SeqCst) {
            0 => Err(std::io::ErrorKind::ConnectionReset.into()),
            left => Ok(left),
        }
    }
}

impl AsyncRead for CutStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        self.check()?;
        Pin::new(&mut self.inner).poll_read(cx, buf)
    }
}

impl AsyncWrite for CutStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        let left = self.check()?;
        let allowed = &buf[..buf.len().min(left)];
        let written = std::task::ready!(Pin::new(&mut self.inner).poll_write(cx, allowed))?;
        if left != usize::MAX {
            self.left.store(left - written, Ordering::SeqCst);
        }
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        self.check()?;
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

/// Answers one request; the only handler there is.
pub(super) async fn serve(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    request: Request,
) -> Response {
    let request_id = uuid::Uuid::now_v7().to_string();
    let (parts, body) = request.into_parts();
    let method = parts.method.as_str().to_owned();
    let path = parts.uri.path().to_owned();
    let query: Vec<(String, String)> =
        url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).into_owned().collect();

    let faults = {
        let mut switches = lock(&shared.switches);
        if switches.down {
            cut.now();
        }
        switches.strike(&method, &path)
    };
    let mut incoming = Incoming {
        method,
        path,
        query,
        headers: parts.headers,
        body: Vec::new(),
        expire_cursor: faults.contains(&Fault::ExpireCursor),
    };
    let read = read_body(&mut incoming, body).await;
    if faults.contains(&Fault::Refuse) {
        cut.now();
    }

    let (route, reply) = match (read, early_reply(&faults, &shared)) {
        (Err(problem), _) => (None, problem.into_reply(&request_id)),
        (Ok(()), Some(early)) => (None, early.unwrap_or_else(|problem| problem.into_reply(&request_id))),
        (Ok(()), None) if cut.is_cut() => (None, Problem::new(503, "down").into_reply(&request_id)),
        (Ok(()), None) => handle(&shared, &incoming, &faults, &request_id).await,
    };

    for fault in &faults {
        if let Fault::Slow(wait) = fault {
            tokio::time::sleep(*wait).await;
        }
    }
    let lost =
        faults.iter().any(|fault| matches!(fault, Fault::LoseReply | Fault::HangReply | Fault::Refuse));
    let damaged = lost || cut.is_cut() || faults.contains(&Fault::Truncate);
    record(&shared, &incoming, route, &reply, !damaged && !faults.contains(&Fault::CaptivePortal));
    if faults.contains(&Fault::HangReply) {
        std::future::pending::<()>().await;
    }
    if lost {
        cut.now();
    }
    let accepts_gzip = incoming.header("accept-encoding").is_some_and(|value| value.contains("gzip"));
    let response = send(reply, &request_id, accepts_gzip && !faults.contains(&Fault::Truncate));
    if faults.contains(&Fault::Truncate) {
        // Head and half of the body go out, the declared length is never reached.
        let whole = response.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
        let whole: usize = whole.and_then(|value| value.parse().ok()).unwrap_or_default();
        cut.after(TYPICAL_HEAD + whole / 2);
    }
    response
}

async fn handle(
    shared: &Arc<Shared>,
    incoming: &Incoming,
    faults: &[Fault],
    request_id: &str,
) -> (Option<&'static str>, Reply) {
    let deliveries = if faults.contains(&Fault::DeliverTwice) { 2 } else { 1 };
    let shared = Arc::clone(shared);
    let incoming = incoming.clone();
    let request_id = request_id.to_owned();
    let crashed = Problem::new(500, "internal").into_reply(&request_id);
    // SQLite blocks; the runtime's own threads must not.
    let answered = tokio::task::spawn_blocking(move || {
        let mut answered = (None, Problem::new(404, "not_found").into_reply(&request_id));
        for _ in 0..deliveries {
            let (route, result) = super::routes::answer(&shared, &incoming);
            answered = (route, result.unwrap_or_else(|problem| problem.into_reply(&request_id)));
        }
        answered
    })
    .await;
    answered.unwrap_or((None, crashed))
}

/// The reply of faults that answer in the server's stead.
fn early_reply(faults: &[Fault], shared: &Shared) -> Option<Result<Reply, Problem>> {
    faults.iter().find_map(|fault| match fault {
        Fault::Status(status) => Some(Err(Problem::new(*status, "unavailable"))),
        Fault::TooManyRequests(style) => {
            let problem = Problem::new(429, "rate_limited");
            Some(Err(match style {
                RetryAfterStyle::Seconds(seconds) => problem.header("retry-after", seconds.to_string()),
                RetryAfterStyle::Date(seconds) => {
                    let at = shared.now_ms() / 1000 + i64::try_from(*seconds).unwrap_or(i64::MAX / 2000);
                    let at = std::time::UNIX_EPOCH
                        + std::time::Duration::from_secs(u64::try_from(at).unwrap_or_default());
                    problem.header("retry-after", httpdate::fmt_http_date(at))
                }
                RetryAfterStyle::Absent => problem,
                RetryAfterStyle::Raw(text) => problem.header("retry-after", text.clone()),
            }))
        }
        Fault::CaptivePortal => Some(Ok(Reply::html(200, super::pages::captive_portal()))),
        Fault::Refuse
        | Fault::LoseReply
        | Fault::HangReply
        | Fault::DeliverTwice
        | Fault::Slow(_)
        | Fault::Truncate
        | Fault::ExpireCursor => None,
    })
}

async fn read_body(incoming: &mut Incoming, body: Body) -> Result<(), Problem> {
    let too_large = || Problem::new(413, "body_too_large").with("limit", MAX_BODY);
    let raw = to_bytes(body, MAX_BODY).await.map_err(|_| too_large())?;
    match incoming.header("content-encoding") {
        None | Some("identity") => incoming.body = raw.to_vec(),
        Some("gzip") => {
            let mut unpacked = Vec::new();
            flate2::read::GzDecoder::new(raw.as_ref())
                .take(MAX_BODY as u64 + 1)
                .read_to_end(&mut unpacked)
                .map_err(|_| Problem::new(400, "malformed_gzip"))?;
            if unpacked.len() > MAX_BODY {
                return Err(too_large());
            }
            incoming.body = unpacked;
        }
        Some(_) => return Err(Problem::new(415, "unsupported_encoding")),
    }
    Ok(())
}

/// A body as JSON: a form as an object of its pairs.
fn readable(incoming: &Incoming) -> Option<Value> {
    if incoming.header("content-type") == Some("application/x-www-form-urlencoded") {
        let pairs = incoming.form().into_iter().map(|(name, value)| (name, json!(value)));
        return Some(Value::Object(pairs.collect()));
    }
    serde_json::from_slice(&incoming.body).ok()
}

fn record(shared: &Shared, incoming: &Incoming, route: Option<&'static str>, reply: &Reply, delivered: bool) {
    let bodies = match shared.log_detail {
        LogDetail::Summary => false,
        LogDetail::Bodies => true,
    };
    let found =
        |name: &str| reply.headers.iter().find(|(header, _)| *header == name).map(|(_, value)| value.clone());
    let (content_type, reply_bytes, body) = match &reply.content {
        Content::Json(value) => {
            let kind = if reply.problem { "application/problem+json" } else { "application/json" };
            (Some(kind.to_owned()), value.to_string().len(), Some(value))
        }
        Content::Html(page) => (Some("text/html".to_owned()), page.len(), None),
        Content::Empty => (None, 0, None),
    };
    let exchange = Exchange {
        at_ms: shared.now_ms(),
        method: incoming.method.clone(),
        path: incoming.path.clone(),
        query: incoming.query.clone(),
        route,
        status: reply.status,
        code: reply.code.clone(),
        content_type,
        location: found("location"),
        retry_after: found("retry-after"),
        idempotency_key: incoming.header("idempotency-key").map(str::to_owned),
        request_encoding: incoming.header("content-encoding").map(str::to_owned),
        request_bytes: incoming.body.len(),
        reply_bytes,
        request: if bodies { readable(incoming) } else { None },
        reply: if bodies { body.cloned() } else { None },
        delivered,
    };
    let mut log = lock(&shared.log);
    if log.len() >= 100_000 {
        log.pop_front();
    }
    log.push_back(exchange);
}

/// About what status line and headers of a reply take, in bytes.
const TYPICAL_HEAD: usize = 300;

fn send(reply: Reply, request_id: &str, accepts_gzip: bool) -> Response {
    let mut headers = HeaderMap::new();
    let bytes = match reply.content {
        Content::Json(value) => {
            let kind = if reply.problem { "application/problem+json" } else { "application/json" };
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
            value.to_string().into_bytes()
        }
        Content::Html(page) => {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
            page.into_bytes()
        }
        Content::Empty => Vec::new(),
    };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(value) = HeaderValue::from_str(request_id) {
        headers.insert(HeaderName::from_static("x-request-id"), value);
    }
    for (name, value) in reply.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.append(HeaderName::from_static(name), value);
        }
    }
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    let body = if accepts_gzip && bytes.len() > 512 {
        headers.remove(header::CONTENT_LENGTH);
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        match gzip(&bytes) {
            Ok(packed) => Body::from(packed),
            Err(_) => {
                headers.remove(header::CONTENT_ENCODING);
                Body::from(bytes)
            }
        }
    } else {
        Body::from(bytes)
    };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    *response.headers_mut() = headers;
    response
}

fn gzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes)?;
    encoder.finish()
}

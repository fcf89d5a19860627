//! HTTP/1.1 by hand, because the sandbox must be able to do it wrong.
//!
//! A web framework will not send a wrong Content-Length, break a gzip stream or reset a connection after 300 bytes,
//! and those are the faults an importer meets. So this speaks just enough of RFC 9112 for one kind of client:
//! Content-Length bodies, keep-alive, gzip on request. No TLS, no chunked requests, no pipelining.

mod door;
mod wire;

pub(crate) use door::{Door, Site};

use std::time::Duration;

/// What came in.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// Upper case.
    pub(crate) method: String,
    /// Percent-decoded path without the query.
    pub(crate) path: String,
    /// The query as sent.
    pub(crate) raw_query: String,
    /// Decoded query pairs in order.
    pub(crate) query: Vec<(String, String)>,
    /// Header names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// Body.
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// The first header of a lower-case name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(held, _)| held == name).map(|(_, value)| value.as_str())
    }

    /// The first query value of a name.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(held, _)| held == name).map(|(_, value)| value.as_str())
    }

    fn accepts_gzip(&self) -> bool {
        self.header("accept-encoding").is_some_and(|value| value.contains("gzip"))
    }
}

/// What goes out.
#[derive(Debug, Clone)]
pub(crate) struct Response {
    /// Status code.
    pub(crate) status: u16,
    /// Content type; none sends no body header.
    pub(crate) content_type: &'static str,
    /// Further headers.
    pub(crate) headers: Vec<(&'static str, String)>,
    /// Body before any encoding.
    pub(crate) body: Vec<u8>,
}

impl Response {
    /// JSON.
    pub(crate) fn json(status: u16, body: Vec<u8>) -> Self {
        Self { status, content_type: "application/json", headers: Vec::new(), body }
    }

    /// A web page.
    pub(crate) fn html(status: u16, body: &str) -> Self {
        let body = body.as_bytes().to_vec();
        Self { status, content_type: "text/html; charset=utf-8", headers: Vec::new(), body }
    }

    /// The same with one more header.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// How an answer travels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Delivery {
    /// As it should.
    Whole,
    /// The connection is reset before a byte of the answer (TCP RST).
    Reset,
    /// So many bytes, silence, then a reset.
    StallThenReset {
        /// Bytes sent first.
        after: usize,
        /// Silence.
        stall: Duration,
    },
    /// Silence, then the connection closes without an answer.
    Unanswered {
        /// Silence.
        stall: Duration,
    },
    /// The headers promise the whole body; only part of it is sent before the connection closes.
    Truncated {
        /// Body bytes sent.
        keep: usize,
    },
    /// Content-Length is off by so much.
    WrongLength {
        /// Added to the true length.
        by: i64,
    },
    /// Marked as gzip, and broken in the middle.
    BrokenGzip,
    /// In small pieces at a steady rate.
    Slow {
        /// Bytes per second.
        rate: u64,
    },
}

/// An answer and how it travels.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// What goes out.
    pub(crate) response: Response,
    /// How.
    pub(crate) delivery: Delivery,
    /// Waiting time before the first byte.
    pub(crate) delay: Duration,
}

impl From<Response> for Answer {
    fn from(response: Response) -> Self {
        Self { response, delivery: Delivery::Whole, delay: Duration::ZERO }
    }
}

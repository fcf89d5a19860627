//! The smallest client that sees broken bytes as they are.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use flate2::read::GzDecoder;
use hub_sandbox::Sandbox;
use hub_sandbox::book::BookSpec;
use serde_json::Value;

pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    /// The body as it came, not unpacked; shorter than promised when the connection ended early.
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|held| held.0.eq_ignore_ascii_case(name)).map(|held| held.1.as_str())
    }

    pub(crate) fn promised(&self) -> usize {
        self.header("content-length").and_then(|text| text.parse().ok()).unwrap_or(0)
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.text().expect("a body that unpacks")).expect("a JSON body")
    }

    pub(crate) fn text(&self) -> io::Result<Vec<u8>> {
        let mut text = Vec::new();
        match self.header("content-encoding") {
            Some("gzip") => GzDecoder::new(self.body.as_slice()).read_to_end(&mut text)?,
            _ => self.body.as_slice().read_to_end(&mut text)?,
        };
        Ok(text)
    }
}

/// Sends one request on a connection of its own and reads until the promised length or the end.
pub(crate) fn send(url: &str, method: &str, headers: &[(&str, &str)], body: &[u8]) -> io::Result<Reply> {
    let rest = url.strip_prefix("http://").expect("an http address");
    let (host, target) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let target = if target.is_empty() { "/" } else { target };
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    let mut head =
        format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    stream.write_all(format!("{head}\r\n").as_bytes())?;
    stream.write_all(body)?;
    let mut held = Vec::new();
    let mut piece = [0_u8; 16 * 1024];
    let split = loop {
        if let Some(split) = held.windows(4).position(|window| window == b"\r\n\r\n") {
            break split;
        }
        let count = stream.read(&mut piece)?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        held.extend_from_slice(&piece[..count]);
    };
    let head = String::from_utf8_lossy(&held[..split]).into_owned();
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|code| code.parse().ok());
    let headers =
        lines.filter_map(|line| line.split_once(": ")).map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
    let mut reply = Reply { status: status.unwrap_or(0), headers, body: held.split_off(split + 4) };
    while reply.body.len() < reply.promised() {
        let count = stream.read(&mut piece)?;
        if count == 0 {
            break;
        }
        reply.body.extend_from_slice(&piece[..count]);
    }
    Ok(reply)
}

/// A running sandbox with the calls that tests make.
pub(crate) struct Tave(pub(crate) Sandbox);

impl Tave {
    pub(crate) fn with(book: BookSpec) -> Self {
        Self(Sandbox::start(hub_sandbox::SandboxConfig::new(book)).expect("loopback ports"))
    }

    pub(crate) fn small() -> Self {
        Self::with(BookSpec::new(11, 60))
    }

    pub(crate) fn try_get(&self, path: &str) -> io::Result<Reply> {
        self.call("GET", path, self.0.api_key(), b"")
    }

    pub(crate) fn get(&self, path: &str) -> Reply {
        self.try_get(path).expect("an answer")
    }

    pub(crate) fn call(&self, method: &str, path: &str, key: &str, body: &[u8]) -> io::Result<Reply> {
        send(&format!("{}{path}", self.0.vsco_base_url()), method, &[("X-API-KEY", key)], body)
    }

    /// Every row of a list, hidden and closed ones included, walked page by page.
    pub(crate) fn all(&self, stream: &str, more: &str) -> Vec<Value> {
        let mut rows = Vec::new();
        for page in 1.. {
            let path =
                format!("/{stream}?page={page}&pageSize=100&includeHidden=true&includeClosed=true{more}");
            let reply = self.get(&path);
            assert_eq!(reply.status, 200, "{path}: {}", String::from_utf8_lossy(&reply.body));
            let body = reply.json();
            rows.extend(body["items"].as_array().expect("items").iter().cloned());
            if page >= body["meta"]["totalPages"].as_u64().expect("totalPages") {
                assert_eq!(rows.len() as u64, body["meta"]["totalItems"].as_u64().expect("totalItems"));
                break;
            }
        }
        rows
    }
}

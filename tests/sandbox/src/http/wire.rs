//! Bytes of one connection: reading a request, writing an answer well or badly.

use std::io::{self, Write};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::sleep;

use super::{Answer, Delivery, Request, Response};

const HEAD_CAP: usize = 64 * 1024;
const BODY_CAP: usize = 8 * 1024 * 1024;

/// Reads one request; `None` when the client has closed.
///
/// # Errors
/// Broken connections, heads or bodies over the caps, and anything that is not HTTP/1.1.
pub(super) async fn read(stream: &mut TcpStream, held: &mut Vec<u8>) -> io::Result<Option<Request>> {
    let end = loop {
        if let Some(end) = find(held, b"\r\n\r\n") {
            break end;
        }
        if held.len() > HEAD_CAP {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "request head too large"));
        }
        if stream.read_buf(held).await? == 0 {
            return Ok(None);
        }
    };
    let head = String::from_utf8_lossy(&held[..end]).into_owned();
    held.drain(..end + 4);
    let mut request =
        parse_head(&head).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "not HTTP"))?;
    let length = request.header("content-length").and_then(|text| text.parse::<usize>().ok()).unwrap_or(0);
    if length > BODY_CAP {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "request body too large"));
    }
    while held.len() < length {
        if stream.read_buf(held).await? == 0 {
            return Ok(None);
        }
    }
    request.body = held.drain(..length).collect();
    Ok(Some(request))
}

fn find(held: &[u8], needle: &[u8]) -> Option<usize> {
    held.windows(needle.len()).position(|window| window == needle)
}

fn parse_head(head: &str) -> Option<Request> {
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?);
    let (path, raw_query) = target.split_once('?').unwrap_or((target, ""));
    let query = url::form_urlencoded::parse(raw_query.as_bytes()).into_owned().collect();
    let headers = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    Some(Request {
        method,
        path: path.to_owned(),
        raw_query: raw_query.to_owned(),
        query,
        headers,
        body: Vec::new(),
    })
}

/// Writes an answer; true when the connection may be used again.
///
/// # Errors
/// Broken connections.
pub(super) async fn write(stream: &mut TcpStream, request: &Request, answer: Answer) -> io::Result<bool> {
    if !answer.delay.is_zero() {
        sleep(answer.delay).await;
    }
    let Answer { response, delivery, .. } = answer;
    match delivery {
        Delivery::Whole => {
            let (head, body) = render(&response, request, Encoding::AsAsked, 0)?;
            stream.write_all(&[head, body].concat()).await?;
            Ok(request.header("connection").is_none_or(|value| !value.eq_ignore_ascii_case("close")))
        }
        Delivery::Reset => reset(stream),
        Delivery::StallThenReset { after, stall } => {
            let (head, body) = render(&response, request, Encoding::AsAsked, 0)?;
            let bytes = [head, body].concat();
            // Never the whole answer: then it would be a slow success.
            let cut = after.min(bytes.len().saturating_sub(1));
            stream.write_all(&bytes[..cut]).await?;
            stream.flush().await?;
            sleep(stall).await;
            reset(stream)
        }
        Delivery::Unanswered { stall } => {
            sleep(stall).await;
            Ok(false)
        }
        Delivery::Truncated { keep } => {
            let (head, body) = render(&response, request, Encoding::AsAsked, 0)?;
            let cut = keep.min(body.len().saturating_sub(1));
            stream.write_all(&[&head, &body[..cut]].concat()).await?;
            Ok(false)
        }
        Delivery::WrongLength { by } => {
            let (head, body) = render(&response, request, Encoding::AsAsked, by)?;
            stream.write_all(&[head, body].concat()).await?;
            Ok(false)
        }
        Delivery::BrokenGzip => {
            let (head, body) = render(&response, request, Encoding::Broken, 0)?;
            stream.write_all(&[head, body].concat()).await?;
            Ok(false)
        }
        Delivery::Slow { rate } => {
            let (head, body) = render(&response, request, Encoding::AsAsked, 0)?;
            let rate = rate.max(10);
            for piece in [head, body].concat().chunks((rate / 10) as usize) {
                stream.write_all(piece).await?;
                stream.flush().await?;
                sleep(Duration::from_millis(100)).await;
            }
            Ok(true)
        }
    }
}

/// Makes the close that follows an RST, so that the client sees a reset and not an end.
fn reset(stream: &TcpStream) -> io::Result<bool> {
    stream.set_zero_linger()?;
    Ok(false)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Encoding {
    AsAsked,
    Broken,
}

fn render(
    response: &Response,
    request: &Request,
    encoding: Encoding,
    length_by: i64,
) -> io::Result<(Vec<u8>, Vec<u8>)> {
    let mut head = format!("HTTP/1.1 {} {}\r\n", response.status, reason(response.status)).into_bytes();
    let zip = encoding == Encoding::Broken || (request.accepts_gzip() && response.body.len() > 200);
    let body = if zip {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&response.body)?;
        let mut bytes = encoder.finish()?;
        if encoding == Encoding::Broken {
            let middle = bytes.len() / 2;
            for byte in bytes.iter_mut().skip(middle.max(10)) {
                *byte ^= 0xA5;
            }
        }
        write!(head, "content-encoding: gzip\r\n")?;
        bytes
    } else {
        response.body.clone()
    };
    if response.status != 204 {
        write!(head, "content-type: {}\r\n", response.content_type)?;
    }
    for (name, value) in &response.headers {
        write!(head, "{name}: {value}\r\n")?;
    }
    let length = (body.len() as i64 + length_by).max(0);
    if response.status != 204 {
        write!(head, "content-length: {length}\r\n")?;
    }
    write!(head, "\r\n")?;
    Ok((head, body))
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        302 => "Found",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        409 => "Conflict",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        _ => "Status",
    }
}

//! The listener a loopback sign-in comes back to. It is open only while signing in, on this computer's own address, and
//! takes one answer: requests with another path, host or state are turned away and the wait goes on, so that a web page
//! that guesses the port can neither finish nor end the sign-in.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::sign_in::{AuthorizationCode, Returned, SignInAttempt, SignInError};

/// The words of a page, from the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoopbackPage {
    /// Title and heading.
    pub title: String,
    /// One sentence.
    pub text: String,
}

/// What the browser shows after the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoopbackPages {
    /// The person is signed in and can close the page.
    pub done: LoopbackPage,
    /// The answer was not one, or a refusal.
    pub failed: LoopbackPage,
}

/// Requests larger than this are turned away.
const MOST_BYTES: usize = 16 * 1024;
/// Open connections beyond this many are turned away.
const MOST_CONNECTIONS: usize = 16;
/// A connection that says nothing is dropped after this time; browsers open spare ones.
const PATIENCE: Duration = Duration::from_secs(10);

/// An open listener.
#[derive(Debug)]
pub struct Loopback {
    listener: TcpListener,
    address: SocketAddr,
    pages: LoopbackPages,
}

impl Loopback {
    /// Opens on 127.0.0.1, or on ::1 where that is all there is.
    ///
    /// # Errors
    /// When neither address can be had.
    pub async fn open(pages: LoopbackPages) -> std::io::Result<Self> {
        match Self::open_on(IpAddr::V4(Ipv4Addr::LOCALHOST), pages.clone()).await {
            Ok(open) => Ok(open),
            Err(_) => Self::open_on(IpAddr::V6(Ipv6Addr::LOCALHOST), pages).await,
        }
    }

    /// Opens on one of the two loopback addresses.
    ///
    /// # Errors
    /// When it is no loopback address or cannot be had.
    pub async fn open_on(ip: IpAddr, pages: LoopbackPages) -> std::io::Result<Self> {
        if !ip.is_loopback() {
            return Err(std::io::ErrorKind::InvalidInput.into());
        }
        let listener = TcpListener::bind((ip, 0)).await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address, pages })
    }

    /// `http://127.0.0.1:{port}/callback` or `http://[::1]:{port}/callback`.
    pub fn redirect_uri(&self) -> String {
        format!("http://{}/callback", self.address)
    }

    /// Waits for the attempt's answer, then closes. Dropping the future closes too.
    ///
    /// # Errors
    /// [`SignInError::Refused`] when the answer is a refusal, [`SignInError::Loopback`] when the listener fails.
    pub async fn wait(self, attempt: &SignInAttempt) -> Result<AuthorizationCode, SignInError> {
        let mut readers = JoinSet::new();
        loop {
            tokio::select! {
                accepted = self.listener.accept() => {
                    let (stream, _) = accepted.map_err(SignInError::Loopback)?;
                    if readers.len() < MOST_CONNECTIONS {
                        readers.spawn(tokio::time::timeout(PATIENCE, read_request(stream)));
                    }
                }
                Some(read) = readers.join_next() => {
                    // A reader that was too slow, cut off or broken leaves nobody to answer.
                    let Ok(Ok(Ok((stream, request)))) = read else { continue };
                    if let Some(outcome) = self.judge(attempt, stream, &request).await {
                        return outcome;
                    }
                }
            }
        }
    }

    async fn judge(
        &self,
        attempt: &SignInAttempt,
        stream: TcpStream,
        request: &str,
    ) -> Option<Result<AuthorizationCode, SignInError>> {
        let read = if attempt.is_foreign() { Returned::from_foreign_query } else { Returned::from_query };
        let returned = match callback_query(request, &self.address.to_string()).map(read) {
            Some(Ok(returned)) => attempt.accept(returned),
            Some(Err(error)) => Err(error),
            None => Err(SignInError::Malformed),
        };
        let (status, page) = match &returned {
            Ok(_) => ("200 OK", &self.pages.done),
            Err(_) => ("400 Bad Request", &self.pages.failed),
        };
        answer(stream, status, page).await;
        match returned {
            Err(SignInError::Malformed | SignInError::WrongState | SignInError::WrongIssuer) => None,
            Ok(_) | Err(_) => Some(returned),
        }
    }
}

async fn read_request(mut stream: TcpStream) -> std::io::Result<(TcpStream, String)> {
    let mut request = Vec::new();
    let mut buffer = [0_u8; 2_048];
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        let read = stream.read(&mut buffer).await?;
        if read == 0 || request.len() + read > MOST_BYTES {
            return Err(std::io::ErrorKind::InvalidData.into());
        }
        request.extend_from_slice(&buffer[..read]);
    }
    let request = String::from_utf8(request).map_err(|_| std::io::ErrorKind::InvalidData)?;
    Ok((stream, request))
}

/// The query of `GET /callback?...` sent to this very address; `None` for every other request.
fn callback_query<'a>(request: &'a str, address: &str) -> Option<&'a str> {
    let (head, _) = request.split_once("\r\n\r\n")?;
    let mut lines = head.split("\r\n");
    let (target, version) = lines.next()?.strip_prefix("GET ")?.rsplit_once(' ')?;
    let mut hosts =
        lines.filter_map(|line| line.split_once(':')).filter(|(name, _)| name.eq_ignore_ascii_case("host"));
    let host = hosts.next()?.1.trim();
    if !version.starts_with("HTTP/1.") || host != address || hosts.next().is_some() {
        return None;
    }
    target.strip_prefix("/callback?")
}

async fn answer(mut stream: TcpStream, status: &str, page: &LoopbackPage) {
    let body = format!(
        "<!doctype html><html><head><meta charset=\"utf-8\"><title>{0}</title></head><body><h1>{0}</h1><p>{1}</p></body></html>",
        escape(&page.title),
        escape(&page.text)
    );
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
         Content-Security-Policy: default-src 'none'\r\nReferrer-Policy: no-referrer\r\nConnection: close\r\n\r\n",
        body.len()
    );
    // The page is a courtesy; a browser that is gone already has missed nothing.
    let _ = stream.write_all(head.as_bytes()).await;
    let _ = stream.write_all(body.as_bytes()).await;
    let _ = stream.shutdown().await;
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_callback_to_this_address_is_read() {
        let address = "127.0.0.1:4000";
        let request = |line: &str, host: &str| format!("{line}\r\nHost: {host}\r\nAccept: */*\r\n\r\n");
        let good = request("GET /callback?code=a&state=b HTTP/1.1", address);
        assert_eq!(callback_query(&good, address), Some("code=a&state=b"), "the real one");
        for bad in [
            request("POST /callback?code=a&state=b HTTP/1.1", address),
            request("GET /callback/?code=a&state=b HTTP/1.1", address),
            request("GET /favicon.ico HTTP/1.1", address),
            request("GET /callback?code=a&state=b HTTP/1.1", "evil.example:4000"),
            request("GET /callback?code=a&state=b HTTP/1.1", "localhost:4000"),
            "GET /callback?code=a&state=b HTTP/1.1\r\n\r\n".to_owned(),
            format!("GET /callback?code=a&state=b HTTP/1.1\r\nHost: {address}\r\nHost: x\r\n\r\n"),
            "\r\n\r\n".to_owned(),
        ] {
            assert_eq!(callback_query(&bad, address), None, "{bad:?} must be turned away");
        }
    }
}

//! The browser of whoever signs in, and a bare HTTP client for whoever talks to `hub serve`: it follows no redirect by
//! itself, runs no script, and sends what it is told to send.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use url::Url;

/// What came back.
#[derive(Debug)]
pub struct Reply {
    /// Status.
    pub status: u16,
    /// Headers by their lower-case names; of several with one name the last.
    pub headers: BTreeMap<String, String>,
    /// Cookies that it sets, in order.
    pub cookies: Vec<(String, String)>,
    /// Body.
    pub body: String,
}

/// Fetches a page.
pub fn get(url: &str) -> Reply {
    request("GET", url, &[], "")
}

/// Types a login into the form at this address; where the browser is sent from there.
pub fn fill_form(authorize: &str, login: &str, password: &str) -> String {
    let mut url = Url::parse(authorize).expect("an address");
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(url.query_pairs());
    form.append_pair("login", login).append_pair("password", password);
    url.set_query(None);
    let kind = ("content-type", "application/x-www-form-urlencoded");
    let mut reply = request("POST", url.as_str(), &[kind], &form.finish());
    reply.headers.remove("location").unwrap_or_else(|| panic!("it sends somewhere: {}", reply.status))
}

/// Opens a connection and sends one HTTP/1.1 request; the answer is still to be read.
pub fn open(method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> TcpStream {
    let url = Url::parse(url).expect("an address");
    let authority = format!("{}:{}", url.host_str().expect("a host"), url.port().expect("a port"));
    let mut stream = TcpStream::connect(&authority).expect("it listens");
    let target = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    let mut text = format!("{method} {target} HTTP/1.1\r\n");
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        text.push_str(&format!("Host: {authority}\r\n"));
    }
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str(&format!("Content-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len()));
    stream.write_all(text.as_bytes()).expect("sent");
    stream
}

/// Sends one request and reads its answer.
pub fn request(method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> Reply {
    let mut answer = Vec::new();
    open(method, url, headers, body).read_to_end(&mut answer).expect("an answer");
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|code| code.parse().ok());
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let cookies = headers
        .iter()
        .filter(|(name, _)| name == "set-cookie")
        .filter_map(|(_, line)| line.split(';').next()?.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let headers = headers.into_iter().collect();
    Reply { status: status.expect("a status"), headers, cookies, body: body.to_owned() }
}

/// Signs in at an ordinary site by its form at `/login`, with the token that the form holds; the cookies that the browser
/// has afterwards.
pub fn sign_in(site: &str, email: &str, password: &str) -> Vec<(String, String)> {
    sign_in_at(&format!("{site}/login"), email, password)
}

/// The same where the form stands at another address.
pub fn sign_in_at(login: &str, email: &str, password: &str) -> Vec<(String, String)> {
    let mut form = get(login);
    let (name, value) = form.cookies.pop().expect("a cookie");
    let token = form.body.split("name=token value=\"").nth(1).and_then(|rest| rest.split('"').next());
    let mut fields = url::form_urlencoded::Serializer::new(String::new());
    fields.append_pair("token", token.expect("the form has a token"));
    fields.append_pair("email", email).append_pair("password", password);
    let cookies = format!("{name}={value}");
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("cookie", cookies.as_str())];
    let answer = request("POST", login, &headers, &fields.finish());
    assert_eq!(answer.status, 302, "it lets the person in");
    let mut all = vec![(name, value)];
    all.extend(answer.cookies);
    all
}

//! Token exchange on behalf of the app, for CRMs whose token endpoint demands a client secret.
//!
//! The secret stays here; the app sends its code or refresh token and gets the CRM's own answer. Only loopback
//! addresses are asked, because this server speaks for a sandbox.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{IpAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

use super::accounts::Caller;
use super::control::Shared;
use super::http::{Incoming, Problem, Reply};

/// A CRM whose tokens are exchanged through WedSync.
#[derive(Clone, Debug)]
pub struct Broker {
    /// Provider key, for example `honeybook`.
    pub provider: String,
    /// The CRM's token endpoint; `http` on a loopback address.
    pub token_url: url::Url,
    /// The CRM's revocation endpoint, where it has one.
    pub revoke_url: Option<url::Url>,
    /// WedSync's client id at that CRM.
    pub client_id: String,
    /// WedSync's client secret at that CRM.
    pub client_secret: String,
    /// Parameter of the CRM's answer that names the account, where only the answer does.
    pub account_parameter: Option<String>,
}

/// What the app is called at a CRM that gives each program a name of its own.
#[derive(Clone, Debug)]
pub struct InstalledClient {
    /// Provider key, for example `google_contacts`.
    pub provider: String,
    /// Its id.
    pub client_id: String,
    /// The secret that an installed program is given, where there is one; it proves nothing (RFC 8252, 8.5).
    pub client_secret: Option<String>,
}

/// `GET /oauth/{provider}/client`.
pub(super) fn client(shared: &Shared, provider: &str) -> Result<Reply, Problem> {
    let client = shared
        .clients
        .iter()
        .find(|client| client.provider == provider)
        .ok_or_else(|| Problem::new(404, "provider_unknown"))?;
    let mut body = serde_json::json!({ "client_id": client.client_id });
    if let Some(secret) = &client.client_secret {
        body["client_secret"] = secret.as_str().into();
    }
    Ok(Reply::json(200, body))
}

const MAX_ANSWER: u64 = 64 * 1024;

/// `POST /oauth/{provider}/token`.
pub(super) fn token(
    shared: &Shared,
    caller: &Caller,
    provider: &str,
    incoming: &Incoming,
) -> Result<Reply, Problem> {
    caller.may_write()?;
    let broker = shared
        .brokers
        .iter()
        .find(|broker| broker.provider == provider)
        .ok_or_else(|| Problem::new(404, "provider_unknown"))?;
    let body = incoming.json()?;
    let text = |name: &str| body.get(name).and_then(Value::as_str).ok_or_else(|| Problem::invalid(name));
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    match text("grant_type")? {
        "authorization_code" => {
            form.append_pair("grant_type", "authorization_code")
                .append_pair("code", text("code")?)
                .append_pair("redirect_uri", text("redirect_uri")?);
            if let Some(verifier) = body.get("code_verifier").and_then(Value::as_str) {
                form.append_pair("code_verifier", verifier);
            }
        }
        "refresh_token" => {
            form.append_pair("grant_type", "refresh_token")
                .append_pair("refresh_token", text("refresh_token")?);
        }
        _ => return Err(Problem::new(400, "unsupported_grant_type")),
    }
    form.append_pair("client_id", &broker.client_id).append_pair("client_secret", &broker.client_secret);
    let (status, answer) = post_form(&broker.token_url, &form.finish()).map_err(|source| {
        tracing::warn!(%source, provider, "the CRM's token endpoint did not answer");
        Problem::new(502, "provider_unreachable")
    })?;
    match (status, answer) {
        (200, Some(tokens)) if tokens["access_token"].is_string() => Ok(Reply::json(200, tokens)),
        (400 | 401, Some(_)) => Err(Problem::new(400, "invalid_grant")),
        _ => Err(Problem::new(502, "provider_unreachable").with("status", status)),
    }
}

/// `POST /oauth/{provider}/revoke`: always done as far as the caller is concerned, unless the CRM cannot be reached.
pub(super) fn revoke(
    shared: &Shared,
    caller: &Caller,
    provider: &str,
    incoming: &Incoming,
) -> Result<Reply, Problem> {
    caller.may_write()?;
    let broker = shared
        .brokers
        .iter()
        .find(|broker| broker.provider == provider)
        .ok_or_else(|| Problem::new(404, "provider_unknown"))?;
    let body = incoming.json()?;
    let token = body.get("token").and_then(Value::as_str).ok_or_else(|| Problem::invalid("token"))?;
    let Some(address) = &broker.revoke_url else { return Ok(Reply::json(200, serde_json::json!({}))) };
    let form = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("token", token)
        .append_pair("client_id", &broker.client_id)
        .append_pair("client_secret", &broker.client_secret)
        .finish();
    match post_form(address, &form) {
        Ok((200, _)) => Ok(Reply::json(200, serde_json::json!({}))),
        Ok((status, _)) => Err(Problem::new(502, "provider_unreachable").with("status", status)),
        Err(source) => {
            tracing::warn!(%source, provider, "the CRM's revocation endpoint did not answer");
            Err(Problem::new(502, "provider_unreachable"))
        }
    }
}

fn post_form(address: &url::Url, form: &str) -> std::io::Result<(u16, Option<Value>)> {
    let invalid = || std::io::Error::from(std::io::ErrorKind::InvalidInput);
    let ip = match address.host() {
        Some(url::Host::Ipv4(ip)) => IpAddr::V4(ip),
        Some(url::Host::Ipv6(ip)) => IpAddr::V6(ip),
        Some(url::Host::Domain(_)) | None => return Err(invalid()),
    };
    if address.scheme() != "http" || !ip.is_loopback() {
        return Err(invalid());
    }
    let port = address.port_or_known_default().ok_or_else(invalid)?;
    let mut stream = TcpStream::connect_timeout(&(ip, port).into(), Duration::from_secs(5))?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    // HTTP/1.0, so that the answer never comes in chunks.
    write!(
        stream,
        "POST {} HTTP/1.0\r\nHost: {}:{port}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Accept: application/json\r\nContent-Length: {}\r\n\r\n{form}",
        address.path(),
        address.host_str().unwrap_or_default(),
        form.len()
    )?;
    // A server that keeps the connection open says how long its answer is; one that does not ends it.
    let mut answer = BufReader::new(stream.take(MAX_ANSWER));
    let (mut head, mut line) = (String::new(), String::new());
    while answer.read_line(&mut line)? > 2 {
        head.push_str(&line);
        line.clear();
    }
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<u64>().ok())?
    });
    let mut body = Vec::new();
    answer.take(length.unwrap_or(MAX_ANSWER)).read_to_end(&mut body)?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(invalid)?;
    Ok((status, serde_json::from_slice(&body).ok()))
}

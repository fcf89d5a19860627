//! A curl command (curl's manual, version 8): its addresses, headers and user; every other option is passed over.

use hub_core::ports::Secret;
use url::Url;

use super::request::{Sent, taken};
use super::{Candidate, Note, Pasted, PastedError, PastedKind, words};

/// Addresses of one command that are read.
const MOST_ADDRESSES: usize = 20;

/// Options that take a value and mean nothing here. What is not known is judged by what follows it.
const VALUED: &str = "abstract-unix-socket alt-svc aws-sigv4 cacert capath cert cert-type ciphers config connect-timeout \
    connect-to continue-at cookie-jar create-file-mode crlfile curves delegation dns-interface dns-ipv4-addr \
    dns-ipv6-addr dns-servers doh-url dump-header ech egd-file engine etag-compare etag-save expect100-timeout \
    happy-eyeballs-timeout-ms haproxy-clientip hostpubmd5 hostpubsha256 hsts interface ip-tos ipfs-gateway \
    keepalive-cnt keepalive-time key key-type krb libcurl limit-rate local-port login-options max-filesize \
    max-redirs max-time netrc-file noproxy output output-dir parallel-max pass pinnedpubkey preproxy proto \
    proto-default proto-redir proxy proxy-header proxy-user proxy-cacert proxy-cert proxy-key proxy-pass \
    proxy1.0 pubkey random-file range rate referer request-target resolve retry retry-delay retry-max-time \
    sasl-authzid service-name signature-algorithms socks4 socks4a socks5 socks5-hostname speed-limit \
    speed-time stderr time-cond tls-max tls13-ciphers trace trace-ascii user-agent write-out";
/// Options without a value that stand before an address often.
const PLAIN: &str = "anyauth basic compressed digest disable fail fail-early fail-with-body globoff http0.9 http1.0 http1.1 \
    http2 http2-prior-knowledge http3 http3-only include insecure ipv4 ipv6 junk-session-cookies location \
    location-trusted negotiate netrc netrc-optional no-buffer ntlm parallel path-as-is progress-bar raw \
    remote-header-name remote-name show-error show-headers silent ssl-reqd styled-output verbose";
/// Short options that take a value and mean nothing here.
const VALUED_SHORT: &str = "ACDEKPQUYcehmortwyzt";

/// What a command says.
#[derive(Default)]
struct Command {
    addresses: Vec<Secret>,
    /// Words that may be the value of an option nobody knows, or the address.
    unsure: Vec<Secret>,
    headers: Vec<(String, Secret)>,
    user: Option<Secret>,
    bearer: Option<Secret>,
    cookies: bool,
    method: Option<String>,
    /// `-G`: what would be sent along goes into the query.
    get: bool,
    head: bool,
    /// What is sent along, and whether it is still to be encoded.
    data: Vec<(Secret, Encoding)>,
    /// Something is sent along that fits no query.
    body: bool,
    /// Another way of signing in than by user and password as they are.
    other_sign_in: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    /// `--data`, `--url-query`.
    AsItIs,
    /// `--data-urlencode`: what stands behind the first `=`.
    OfValue,
}

/// Reads a command from its name on.
pub(super) fn read(text: &str) -> Result<Pasted, PastedError> {
    let command = parsed(words::of(text)?);
    let plain = command.method.as_deref().is_none_or(|method| method.eq_ignore_ascii_case("GET"));
    let sends = command.body || !command.get && !command.data.is_empty();
    if !plain || sends || command.head {
        return Err(PastedError::NotGet);
    }
    let Command { addresses, unsure, headers, user, bearer, cookies, data, other_sign_in, .. } = command;
    let addresses = if addresses.is_empty() { unsure } else { addresses };
    let (mut candidates, mut notes): (Vec<Candidate>, Vec<Note>) = Default::default();
    if other_sign_in {
        notes.push(Note::OtherSignIn);
    }
    for address in addresses.iter().take(MOST_ADDRESSES) {
        let mut url = address_of(address.expose()).ok_or(PastedError::BadAddress)?;
        add(&mut url, &data);
        let sent =
            Sent { url, headers: headers.clone(), user: user.clone(), bearer: bearer.clone(), cookies };
        let (candidate, further) = taken(sent)?;
        notes.extend(further);
        if !candidates.iter().any(|held: &Candidate| held.address == candidate.address) {
            candidates.push(candidate);
        }
    }
    if candidates.is_empty() {
        return Err(PastedError::NoAddress);
    }
    Ok(Pasted::new(PastedKind::Curl, candidates, notes))
}

/// A request that changes something.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) method: String,
    pub(super) url: Url,
    /// What is sent along.
    pub(super) body: Option<String>,
    /// Name of the header by which it may be sent again.
    pub(super) idempotency: Option<String>,
    /// Name of the header with the version that it is meant for.
    pub(super) precondition: Option<String>,
}

/// Reads a command that changes something, from its name on.
pub(super) fn change(text: &str) -> Result<Change, PastedError> {
    let command = parsed(words::of(text)?);
    let address = command.addresses.first().or(command.unsure.first()).ok_or(PastedError::NoAddress)?;
    let url = address_of(address.expose()).ok_or(PastedError::BadAddress)?;
    let method = match &command.method {
        Some(method) => method.to_ascii_uppercase(),
        None if command.get || command.head || command.data.is_empty() => "GET".to_owned(),
        None => "POST".to_owned(),
    };
    // A file of somebody else's computer says nothing here.
    let files = command.data.iter().any(|(text, _)| text.expose().starts_with('@'));
    if !["POST", "PUT", "PATCH"].contains(&method.as_str()) || files || command.get || command.data.is_empty()
    {
        return Err(PastedError::NoChange);
    }
    let encoded = |(text, encoding): &(Secret, Encoding)| match (encoding, text.expose().split_once('=')) {
        (Encoding::OfValue, Some((name, value))) => {
            url::form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish()
        }
        (Encoding::OfValue, None) | (Encoding::AsItIs, _) => text.expose().to_owned(),
    };
    let body: Vec<String> = command.data.iter().map(encoded).collect();
    let named = |wanted: &str| {
        let mut names = command.headers.iter().map(|(name, _)| name);
        names.find(|name| name.eq_ignore_ascii_case(wanted)).cloned()
    };
    Ok(Change {
        method,
        url,
        body: Some(body.join("&")),
        idempotency: named("Idempotency-Key"),
        precondition: named("If-Match"),
    })
}

/// An address as curl takes it: without a scheme it is one of the web, and of this computer where it says so.
fn address_of(text: &str) -> Option<Url> {
    let text = text.trim();
    if text.contains("://") {
        return Url::parse(text).ok();
    }
    let host = text.split(['/', ':', '?']).next().unwrap_or_default();
    let local = ["localhost", "127.0.0.1"].contains(&host);
    Url::parse(&format!("{}://{text}", if local { "http" } else { "https" })).ok()
}

/// Puts into the query what `-G` takes out of the body.
fn add(url: &mut Url, data: &[(Secret, Encoding)]) {
    for (text, encoding) in data {
        let text = text.expose();
        match (encoding, text.split_once('=')) {
            (Encoding::OfValue, Some(("", value))) => {
                url.query_pairs_mut().append_key_only(value);
            }
            (Encoding::OfValue, Some((name, value))) => {
                url.query_pairs_mut().append_pair(name, value);
            }
            (Encoding::OfValue, None) => {
                url.query_pairs_mut().append_key_only(text);
            }
            (Encoding::AsItIs, _) => {
                let joined = match url.query() {
                    Some(query) if !query.is_empty() => format!("{query}&{text}"),
                    _ => text.to_owned(),
                };
                url.set_query(Some(&joined));
            }
        }
    }
}

fn parsed(words: Vec<Secret>) -> Command {
    let mut command = Command::default();
    let mut words = words.into_iter().skip(1).peekable();
    let mut only_addresses = false;
    while let Some(word) = words.next() {
        let text = word.expose();
        if only_addresses || !text.starts_with('-') || text == "-" {
            command.addresses.push(word);
        } else if text == "--" {
            only_addresses = true;
        } else if let Some(long) = text.strip_prefix("--") {
            // What follows asks for something else.
            if long == "next" {
                break;
            }
            let (name, own) = match long.split_once('=') {
                Some((name, value)) => (name.to_ascii_lowercase(), Some(Secret::new(value))),
                None => (long.to_ascii_lowercase(), None),
            };
            if takes_value(&name) {
                if let Some(value) = own.or_else(|| words.next()) {
                    command.long(&name, value);
                }
            } else if !command.flag(&name) && own.is_none() {
                // Nobody knows whether the next word belongs to it.
                let maybe = |next: &Secret| !next.expose().starts_with('-') && !next.expose().contains("://");
                command.unsure.extend(words.next_if(maybe));
            }
        } else {
            let Some(short) = text.strip_prefix('-') else { continue };
            for (at, c) in short.char_indices() {
                if c == ':' {
                    return command;
                }
                let Some(name) = long_of(c) else {
                    if !VALUED_SHORT.contains(c) {
                        command.short(c);
                        continue;
                    }
                    if at + c.len_utf8() == short.len() {
                        words.next();
                    }
                    break;
                };
                let rest = &short[at + c.len_utf8()..];
                let own = (!rest.is_empty()).then(|| Secret::new(rest.strip_prefix('=').unwrap_or(rest)));
                if let Some(value) = own.or_else(|| words.next()) {
                    command.long(name, value);
                }
                break;
            }
        }
    }
    command
}

/// The options that mean something here and take a value, by their letter.
fn long_of(short: char) -> Option<&'static str> {
    Some(match short {
        'H' => "header",
        'u' => "user",
        'X' => "request",
        'b' => "cookie",
        'd' => "data",
        'F' => "form",
        'T' => "upload-file",
        _ => return None,
    })
}

/// Whether a name is one of several, divided by spaces.
fn listed(names: &str, name: &str) -> bool {
    names.split(' ').any(|one| one == name)
}

fn takes_value(name: &str) -> bool {
    const READ: &str = "url header user request cookie data data-ascii data-binary data-raw data-urlencode form form-string \
        json upload-file url-query oauth2-bearer variable expand-url";
    listed(READ, name) || listed(VALUED, name)
}

impl Command {
    fn long(&mut self, name: &str, value: Secret) {
        match name {
            "url" | "expand-url" => self.addresses.push(value),
            "header" => {
                // `Name: value`; `Name;` is an empty one, `Name:` takes one away, `@file` names a file.
                if let Some((name, text)) = value.expose().split_once(':') {
                    self.headers.push((name.trim().to_owned(), Secret::new(text.trim())));
                }
            }
            "user" => self.user = Some(value),
            "oauth2-bearer" => self.bearer = Some(value),
            "request" => self.method = Some(value.expose().trim().to_owned()),
            "cookie" => self.cookies = true,
            "aws-sigv4" => self.other_sign_in = true,
            "data" | "data-ascii" | "data-raw" | "data-urlencode" => {
                let encoding = if name == "data-urlencode" { Encoding::OfValue } else { Encoding::AsItIs };
                // A file of somebody else's computer.
                self.body |= name != "data-raw" && value.expose().starts_with('@');
                self.data.push((value, encoding));
            }
            "url-query" => {
                if let Some(raw) = value.expose().strip_prefix('+') {
                    self.query(Secret::new(raw), Encoding::AsItIs);
                } else {
                    self.query(value, Encoding::OfValue);
                }
            }
            "data-binary" | "json" => {
                self.body = true;
                self.data.push((value, Encoding::AsItIs));
            }
            "form" | "form-string" | "upload-file" => self.body = true,
            _ => {}
        }
    }

    /// `--url-query` goes into the query whatever is sent along.
    fn query(&mut self, value: Secret, encoding: Encoding) {
        if self.data.is_empty() {
            self.get = true;
        }
        self.data.push((value, encoding));
    }

    /// An option without a value; whether it is known.
    fn flag(&mut self, name: &str) -> bool {
        match name {
            "get" => self.get = true,
            "head" => self.head = true,
            "digest" | "ntlm" | "negotiate" | "anyauth" => self.other_sign_in = true,
            name => return listed(PLAIN, name) || name.starts_with("no-") || name.starts_with("tls"),
        }
        true
    }

    fn short(&mut self, c: char) {
        match c {
            'G' => self.get = true,
            'I' => self.head = true,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::SignedBy;
    use super::*;

    fn one(text: &str) -> (String, Option<SignedBy>, String, Vec<Note>) {
        let pasted = read(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let [candidate] = &pasted.candidates[..] else { panic!("{text}: one candidate") };
        let key = candidate.key.as_ref().map_or(String::new(), |key| key.expose().to_owned());
        (candidate.address.clone().unwrap(), candidate.signed.clone(), key, pasted.notes)
    }

    const CLIENTS: &str = "https://crm.example/api/clients";

    #[test]
    fn commands_of_documentation_and_of_browsers() {
        let header = |name: &str| Some(SignedBy::Header(name.to_owned()));
        for (text, signed, key, notes) in [
            (
                "curl https://crm.example/api/clients -H 'Authorization: Bearer k3y-abcdef12'",
                Some(SignedBy::Bearer),
                "k3y-abcdef12",
                vec![],
            ),
            (
                "curl -sSL --request GET --url https://crm.example/api/clients --header 'X-Api-Key: k3y-abcdef12'",
                header("X-Api-Key"),
                "k3y-abcdef12",
                vec![],
            ),
            (
                "curl --header=X-Api-Key:k3y-abcdef12 --url=https://crm.example/api/clients --max-time 5",
                header("X-Api-Key"),
                "k3y-abcdef12",
                vec![],
            ),
            (
                "curl -u studio:s3cret -XGET crm.example/api/clients -o out.json",
                Some(SignedBy::Basic),
                "studio:s3cret",
                vec![],
            ),
            (
                "curl -ustudio:s3cret https://crm.example/api/clients",
                Some(SignedBy::Basic),
                "studio:s3cret",
                vec![],
            ),
            ("curl -u studio https://crm.example/api/clients", Some(SignedBy::Basic), "", vec![]),
            (
                "curl -sG https://crm.example/api/clients -d api_key=k3y-abcdef12 --data-urlencode 'page=2'",
                Some(SignedBy::Query("api_key".to_owned())),
                "k3y-abcdef12",
                vec![],
            ),
            (
                "curl --oauth2-bearer k3y-abcdef12 https://crm.example/api/clients",
                Some(SignedBy::Bearer),
                "k3y-abcdef12",
                vec![],
            ),
            (
                "curl 'https://crm.example/api/clients' \\\n  -H 'accept: application/json' \\\n  -b 'sid=abc' \\\n  \
                 -H 'user-agent: Mozilla/5.0 (X11; Linux x86_64)' \\\n  --compressed ;",
                None,
                "",
                vec![Note::Cookies],
            ),
            (
                "curl -H \"Authorization: Bearer $TOKEN\" https://crm.example/api/clients | jq .",
                Some(SignedBy::Bearer),
                "",
                vec![Note::Placeholder],
            ),
            (
                "curl --digest -u a:b1 https://crm.example/api/clients",
                Some(SignedBy::Basic),
                "a:b1",
                vec![Note::OtherSignIn],
            ),
            ("curl --brand-new-flag https://crm.example/api/clients", None, "", vec![]),
            ("curl --brand-new value https://crm.example/api/clients", None, "", vec![]),
            ("curl --brand-new crm.example/api/clients", None, "", vec![]),
            ("curl -A agent -m 5 -kL -- https://crm.example/api/clients", None, "", vec![]),
        ] {
            assert_eq!(one(text), (CLIENTS.to_owned(), signed, key.to_owned(), notes), "{text}");
        }
    }

    #[test]
    fn only_what_a_get_can_ask_for_is_read() {
        for text in [
            "curl -X POST https://crm.example/api/clients",
            "curl https://crm.example/api/clients -d '{\"query\":\"{ clients { id } }\"}'",
            "curl https://crm.example/api/clients --data-raw 'a=b'",
            "curl https://crm.example/api/clients --json '{}'",
            "curl -F file=@a https://crm.example/api/clients",
            "curl -XDELETE https://crm.example/api/clients/1",
            "curl -I https://crm.example/api/clients",
            "curl -X GET https://crm.example/api/clients -d 'a=b'",
            "curl -G https://crm.example/api/clients -d @file",
        ] {
            assert!(matches!(read(text), Err(PastedError::NotGet)), "{text}");
        }
        assert!(matches!(read("curl -H 'A: b'"), Err(PastedError::NoAddress)));
        assert!(matches!(read("curl ftp://crm.example/a"), Err(PastedError::BadAddress)));
    }

    #[test]
    fn several_addresses_are_several_candidates() {
        let pasted = read(
            "curl https://crm.example/a https://crm.example/b https://crm.example/a -H 'X-Token: abc123'",
        );
        let pasted = pasted.unwrap();
        assert_eq!(pasted.candidates.len(), 2, "each address once");
        assert!(pasted.candidates.iter().all(|one| one.key.is_some()), "signed alike");
    }

    #[test]
    fn a_command_of_this_computer_needs_no_scheme() {
        assert_eq!(one("curl localhost:8080/clients").0, "http://localhost:8080/clients");
        assert_eq!(one("curl 127.0.0.1:8080/clients").0, "http://127.0.0.1:8080/clients");
    }
}

//! Writing down what was found, as an ordinary definition.

use std::fmt::Write as _;

use super::{Ask, Found, Trial};
use crate::definition::{Auth, FailureRule, ListPages};
use crate::http::origin_of;

/// What failed replies mean to every source that nobody describes. Part of each definition that is written, so that a person
/// can change it there.
const FAILURES: &str = r#"
[[routes.api.failure]]
status = ["429"]
action = "rate_limited"
message = "error.crm.busy"
offer = "wait"

{refused}
# A web page in place of data: the sign-in page of a public network, a maintenance page, a block page.
[[routes.api.failure]]
content_type = "text/html"
action = "fail"
message = "error.crm.not_the_crm"
offer = "check_network"

{not_allowed}
[[routes.api.failure]]
status = ["404", "410"]
action = "fail"
message = "error.crm.not_found"
offer = "report"

[[routes.api.failure]]
status = ["408", "425", "5xx"]
action = "retry"
message = "error.crm.unavailable"
offer = "try_again"

[[routes.api.failure]]
status = ["4xx"]
action = "fail"
message = "error.crm.request_refused"
offer = "report"
"#;

/// The table for a way of signing: what a person does about a refusal differs.
fn failures_of(auth: &Auth) -> String {
    let rule = |status: &str, message: &str, offer: &str| {
        format!(
            "[[routes.api.failure]]\nstatus = [\"{status}\"]\naction = \"sign_in\"\nmessage = \"error.crm.{message}\"\noffer = \"{offer}\"\n"
        )
    };
    let (refused, not_allowed, offer) = match auth {
        Auth::Oauth2(_) => ("sign_in_ended", "sign_in_not_allowed", "sign_in_again"),
        _ => ("key_refused", "key_not_allowed", "new_key"),
    };
    FAILURES
        .replace("{refused}", &rule("401", refused, offer))
        .replace("{not_allowed}", &rule("403", not_allowed, offer))
}

#[derive(serde::Deserialize)]
struct Table {
    routes: Routes,
}

#[derive(serde::Deserialize)]
struct Routes {
    api: Api,
}

#[derive(serde::Deserialize)]
struct Api {
    failure: Vec<FailureRule>,
}

/// The same as rules, for the test read itself.
pub(super) fn failures(auth: &Auth) -> Vec<FailureRule> {
    // A test reads the text; without rules the status alone is judged.
    toml::from_str::<Table>(&failures_of(auth)).map(|table| table.routes.api.failure).unwrap_or_default()
}

/// Seconds that are read again where a list comes newest change first. Without an offset its times may jump back by an hour once
/// a year.
const LOOKBACK: u32 = 2 * 60 * 60;

/// A text as TOML writes it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// `key = "text"`.
fn line(out: &mut String, key: &str, text: &str) {
    // Writing to a string does not fail.
    let _ = writeln!(out, "{key} = {}", quoted(text));
}

/// The definition.
pub(super) fn definition(ask: &Ask, trial: &Trial, found: &Found) -> String {
    let own = ask.definition.identity.key == "custom";
    let key = if own { format!("custom:{}", slug(&ask.name)) } else { ask.definition.identity.key.clone() };
    let origin = origin_of(&trial.caller().http.address("/"));
    let day = ask.clock.now().strftime("%Y-%m-%d").to_string();
    let mut out =
        String::from("# Written by a test read. It holds no key, and may be changed, checked and shared.\n");
    out.push_str("format = 1\nversion = 1\n\n[identity]\n");
    line(&mut out, "key", &key);
    line(&mut out, "name", &ask.name);
    line(&mut out, "description", &ask.definition.identity.description);
    line(&mut out, "icon", &ask.definition.identity.icon);
    let _ = writeln!(out, "category = {}", quoted(ask.definition.identity.category.as_str()));
    out.push_str("\n[routes.api]\nstate = \"ready\"\nevidence = \"observed\"\n");
    line(&mut out, "source", &format!("a test read on {day}"));
    line(&mut out, "base_url", &origin);
    let hosts: Vec<String> = hosts(&origin, &ask.auth).iter().map(|host| quoted(host)).collect();
    let _ = writeln!(out, "hosts = [{}]", hosts.join(", "));
    let limits = ask.definition.routes.api.as_ref().map_or(&[][..], |api| &api.limits);
    let limits: Vec<String> = limits
        .iter()
        .map(|limit| format!("{{ requests = {}, per_seconds = {} }}", limit.requests, limit.per_seconds))
        .collect();
    let _ = writeln!(out, "limits = [{}]", limits.join(", "));
    auth(&mut out, &ask.auth);
    list(&mut out, trial, found);
    out.push_str(&failures_of(&ask.auth));
    out.push_str("\n[[capability]]\nroute = \"api\"\nrecords = [\"person\", \"project\"]\noperations = [\"read\"]\nevidence = \"observed\"\n");
    line(&mut out, "source", &format!("a test read on {day}"));
    line(&mut out, "limitation", "connector.limit.one_list");
    out.push_str("\n# Field by field: whose it is, and what. What nothing reads is kept as a field of one's own.\n[rows]\n");
    let unread: Vec<String> =
        found.fields.iter().filter(|field| field.uses.is_empty()).map(|field| quoted(&field.path)).collect();
    let _ = writeln!(out, "own = [{}]", unread.join(", "));
    out.push_str("\n[rows.fields]\n");
    for field in found.fields.iter().filter(|field| !field.uses.is_empty()) {
        let _ = writeln!(out, "{} = {}", quoted(&field.path), quoted(&field.uses.join(" ")));
    }
    out
}

/// Every host that this program asks: the list's, and those where tokens are traded.
fn hosts(origin: &str, auth: &Auth) -> Vec<String> {
    let mut origins = vec![origin.to_owned()];
    if let Auth::Oauth2(oauth) = auth {
        let endpoints = [&oauth.token, &oauth.revoke].into_iter().flatten();
        origins.extend(endpoints.filter_map(|text| url::Url::parse(text).ok()).map(|url| origin_of(&url)));
    }
    let mut hosts: Vec<String> = Vec::new();
    for origin in origins {
        let host = origin.split_once("://").map_or(origin.as_str(), |(_, host)| host).to_owned();
        if !hosts.contains(&host) {
            hosts.push(host);
        }
    }
    hosts
}

fn auth(out: &mut String, auth: &Auth) {
    out.push_str("\n[routes.api.auth]\n");
    line(out, "kind", auth.kind().as_str());
    if let Auth::Oauth2(oauth) = auth {
        let endpoints = [
            ("authorize", &oauth.authorize),
            ("token", &oauth.token),
            ("revoke", &oauth.revoke),
            ("issuer", &oauth.issuer),
        ];
        for (key, address) in endpoints {
            if let Some(address) = address {
                line(out, key, address);
            }
        }
        let scopes: Vec<String> = oauth.scopes.iter().map(|scope| quoted(scope)).collect();
        let _ = writeln!(out, "scopes = [{}]", scopes.join(", "));
        // What a test read signs in to is a program's own name at the server, on this computer, with a challenge.
        out.push_str("client = \"registered\"\nredirect = \"loopback\"\nexchange = \"direct\"\n");
        let _ = writeln!(out, "pkce = {}\nrotates = {}", oauth.pkce, oauth.rotates);
    }
    if let Auth::Header { name, .. } | Auth::Query { name, .. } = auth {
        line(out, "name", name);
    }
    line(out, "help", auth.help());
}

fn list(out: &mut String, trial: &Trial, found: &Found) {
    out.push_str("\n[routes.api.list]\n");
    line(out, "stream", "clients");
    line(out, "path", trial.path());
    if !trial.params().is_empty() {
        let params: Vec<String> = trial
            .params()
            .iter()
            .map(|(name, value)| format!("{} = {}", quoted(name), quoted(value)))
            .collect();
        let _ = writeln!(out, "params = {{ {} }}", params.join(", "));
    }
    line(out, "records", &found.records);
    line(out, "id", &found.id);
    for (key, path) in [("version", &found.version), ("total", &found.total)] {
        if let Some(path) = path {
            line(out, key, path);
        }
    }
    let kind = found.pages.as_str();
    let rest = match &found.pages {
        ListPages::Page { number, first, .. } => format!(", number = {}, first = {first}", quoted(number)),
        ListPages::Offset { skip, .. } => format!(", skip = {}", quoted(skip)),
        ListPages::Cursor { next, param } => format!(", next = {}, param = {}", quoted(next), quoted(param)),
        ListPages::NextUrl { next } => format!(", next = {}", quoted(next)),
        // A test read finds no statements.
        ListPages::Whole {} | ListPages::Link {} | ListPages::Query { .. } => String::new(),
    };
    let _ = writeln!(out, "pages = {{ kind = \"{kind}\"{rest} }}");
    if let Some(params) = &found.newest_first {
        let params: Vec<String> =
            params.iter().map(|(name, value)| format!("{} = {}", quoted(name), quoted(value))).collect();
        let _ = writeln!(
            out,
            "newest_first = {{ params = {{ {} }}, lookback_seconds = {LOOKBACK}, whole_after_days = 7 }}",
            params.join(", ")
        );
    }
}

/// A name as a key.
pub(in crate::rest) fn slug(name: &str) -> String {
    let plain: String = name
        .to_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .take(40)
        .collect();
    let parts: Vec<&str> = plain.split('_').filter(|part| !part.is_empty()).collect();
    if parts.is_empty() { "source".to_owned() } else { parts.join("_") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_failures_is_one() {
        let key = Auth::Bearer { help: String::new() };
        assert_eq!(failures(&key).len(), 7);
        assert_eq!(failures(&key)[1].message, "error.crm.key_refused");
    }

    #[test]
    fn names_become_keys() {
        assert_eq!(slug("Harlow & Finch CRM"), "harlow_finch_crm");
        assert_eq!(slug("Ünïque"), "n_que");
        assert_eq!(slug("✿"), "source");
    }
}

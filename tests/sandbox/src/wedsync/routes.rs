//! The table from method and path to handler, with the path template of the OpenAPI document beside each.

use super::accounts::{self, Caller};
use super::control::{Shared, lock};
use super::http::{Incoming, Problem, Reply};
use super::{batch, broker, extras, leases, oauth, privacy, reads, relay, schema};

type Answer = Result<Reply, Problem>;

/// Finds the route and answers; the template is `None` where no route matches.
pub(super) fn answer(shared: &Shared, incoming: &Incoming) -> (Option<&'static str>, Answer) {
    let segments: Vec<&str> = incoming.path.split('/').skip(1).collect();
    let Some((&"v1", rest)) = segments.split_first() else {
        return (None, Err(Problem::new(404, "not_found")));
    };
    let method = incoming.method.as_str();
    match open_route(shared, incoming, method, rest) {
        Some((template, answer)) => (Some(template), answer),
        None => match template_of(rest) {
            Some(template) => (Some(template), closed_route(shared, incoming, method, rest)),
            None => (None, Err(Problem::new(404, "not_found"))),
        },
    }
}

/// Routes that need no access token.
fn open_route(
    shared: &Shared,
    incoming: &Incoming,
    method: &str,
    rest: &[&str],
) -> Option<(&'static str, Answer)> {
    Some(match (method, rest) {
        ("GET", ["oauth", "authorize"]) => ("/oauth/authorize", oauth::show_login(shared, incoming)),
        ("POST", ["oauth", "authorize"]) => ("/oauth/authorize", oauth::sign_in(shared, incoming)),
        ("POST", ["oauth", "token"]) => ("/oauth/token", oauth::token(shared, incoming)),
        ("POST", ["oauth", "claim"]) => ("/oauth/claim", oauth::claim(shared, incoming)),
        ("POST", ["oauth", "revoke"]) => ("/oauth/revoke", oauth::revoke(shared, incoming)),
        ("GET", ["oauth", provider, "return"]) => {
            ("/oauth/{provider}/return", oauth::return_page(shared, incoming, provider))
        }
        ("POST", ["relay", "in", token]) => ("/relay/in/{token}", relay::take(shared, token, incoming)),
        _ => return None,
    })
}

fn template_of(rest: &[&str]) -> Option<&'static str> {
    Some(match rest {
        ["account"] => "/account",
        ["schema"] => "/schema",
        ["schema", "fields"] => "/schema/fields",
        ["records"] => "/records",
        ["records", "batch"] => "/records/batch",
        ["records", "batch", _] => "/records/batch/{key}",
        ["records", "changes"] => "/records/changes",
        ["records", _, _] => "/records/{type}/{id}",
        ["records", _, _, "restore"] => "/records/{type}/{id}/restore",
        ["connections", _] => "/connections/{id}",
        ["leases", _] => "/leases/{connection}",
        ["form-templates"] => "/form-templates",
        ["definitions"] => "/definitions",
        ["oauth", "authorize"] => "/oauth/authorize",
        ["oauth", "token"] => "/oauth/token",
        ["oauth", "claim"] => "/oauth/claim",
        ["oauth", "revoke"] => "/oauth/revoke",
        ["oauth", _, "return"] => "/oauth/{provider}/return",
        ["oauth", _, "token"] => "/oauth/{provider}/token",
        ["oauth", _, "revoke"] => "/oauth/{provider}/revoke",
        ["oauth", _, "client"] => "/oauth/{provider}/client",
        ["relay"] => "/relay",
        ["relay", "inboxes", _] => "/relay/inboxes/{id}",
        ["relay", "in", _] => "/relay/in/{token}",
        ["growth"] => "/growth",
        ["privacy", "erase"] => "/privacy/erase",
        ["privacy", "export"] => "/privacy/export",
        _ => return None,
    })
}

fn closed_route(shared: &Shared, incoming: &Incoming, method: &str, rest: &[&str]) -> Answer {
    let caller = oauth::authenticate(shared, incoming)?;
    lock(&shared.switches)
        .admit(&caller.supplier, shared.now_ms())
        .map_err(|wait| Problem::new(429, "rate_limited").header("retry-after", wait.to_string()))?;
    signed_in(shared, incoming, &caller, method, rest)
}

fn signed_in(shared: &Shared, incoming: &Incoming, caller: &Caller, method: &str, rest: &[&str]) -> Answer {
    match (method, rest) {
        ("GET", ["account"]) => accounts::account(&shared.db(), caller, &shared.now_text()),
        ("GET", ["schema"]) => schema::read(&shared.db(), caller),
        ("POST", ["schema", "fields"]) => schema::add_field(&shared.db(), caller, incoming),
        ("GET", ["records"]) => reads::list(shared, caller, incoming),
        ("POST", ["records", "batch"]) => batch::post(shared, caller, incoming),
        ("GET", ["records", "batch", key]) => batch::results(shared, caller, key),
        ("GET", ["records", "changes"]) => reads::changes(shared, caller, incoming),
        ("GET", ["records", record_type, id]) => reads::one(shared, caller, record_type, id),
        ("POST", ["records", record_type, id, "restore"]) => batch::restore(shared, caller, record_type, id),
        ("PUT", ["connections", id]) => leases::put_connection(shared, caller, id, incoming),
        ("GET", ["connections", id]) => leases::get_connection(shared, caller, id),
        ("POST", ["leases", connection]) => leases::acquire(shared, caller, connection, incoming),
        ("DELETE", ["leases", connection]) => leases::release(shared, caller, connection, incoming),
        ("GET", ["form-templates"]) => Ok(extras::form_templates()),
        ("GET", ["definitions"]) => Ok(extras::definitions(shared, incoming)),
        ("POST", ["oauth", provider, "token"]) => broker::token(shared, caller, provider, incoming),
        ("GET", ["oauth", provider, "client"]) => broker::client(shared, provider),
        ("POST", ["oauth", provider, "revoke"]) => broker::revoke(shared, caller, provider, incoming),
        ("GET", ["relay"]) => relay::read(shared, caller, incoming),
        ("PUT", ["relay", "inboxes", id]) => relay::put_inbox(shared, caller, id, incoming),
        ("DELETE", ["relay", "inboxes", id]) => relay::end_inbox(shared, caller, id),
        ("GET", ["growth"]) => extras::growth(shared, caller, incoming),
        ("POST", ["privacy", "erase"]) => privacy::erase(shared, caller, incoming),
        ("GET", ["privacy", "export"]) => privacy::export(shared, caller),
        _ => Err(Problem::new(405, "method_not_allowed")),
    }
}

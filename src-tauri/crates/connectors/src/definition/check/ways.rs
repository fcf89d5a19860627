//! Checks of routes, of what can be done by them, and of lists of one kind.

use std::collections::{BTreeMap, BTreeSet};

use super::{Faults, beside, calendars, changes, is_loopback, named_host, sentence};
use crate::definition::{
    Action, Auth, AuthKind, Definition, EventsRead, Evidence, FailureRule, Limit, ListPages, ListRead,
    Oauth2, RouteKind, State,
};
use crate::file::{RowIs, preset};
use crate::sheet::is_place_and_field;

/// Largest page that is asked for.
pub(super) const LARGEST_PAGE: u32 = 1_000;

pub(super) fn check(definition: &Definition, faults: &mut Faults) {
    let routes = &definition.routes;
    if RouteKind::ALL.iter().all(|kind| routes.state(*kind).is_none()) {
        faults.add("routes", "no route");
    }
    if let Some(api) = &routes.api {
        check_auth(&api.auth, api.evidence, "routes.api.auth", faults);
        check_endpoint_hosts(&api.auth, &api.hosts, faults);
        note(api.note.as_deref(), "routes.api.note", faults);
        if api.state == State::Ready && !runs(&api.auth) {
            faults.add("routes.api.state", "this version cannot sign a request in that way");
        }
    }
    if let Some(file) = &routes.file {
        sourced(file.evidence, file.source.as_deref(), "routes.file", faults);
        sentence(&file.help, "routes.file.help", faults);
        note(file.note.as_deref(), "routes.file.note", faults);
        if file.formats.is_empty() {
            faults.add("routes.file.formats", "at least one");
        }
        for key in &file.presets {
            match preset(key) {
                None => faults.add("routes.file.presets", format!("no preset `{key}`")),
                Some(found) if found.provider != definition.identity.key => {
                    faults.add("routes.file.presets", format!("`{key}` is an export of {}", found.provider));
                }
                Some(_) => {}
            }
        }
    }
    for kind in [RouteKind::SignIn, RouteKind::Feed, RouteKind::Push, RouteKind::Bridge] {
        let Some(route) = routes.opened(kind) else { continue };
        let place = format!("routes.{}", kind.as_str());
        sourced(route.evidence, route.source, &place, faults);
        check_auth(route.auth, route.evidence, &format!("{place}.auth"), faults);
        note(route.note, &format!("{place}.note"), faults);
        if route.state == State::Ready && kind == RouteKind::Feed {
            if route.auth.kind() != AuthKind::Address {
                faults.add(format!("{place}.auth.kind"), "a calendar is opened by its address");
            }
            if route.limits.is_empty() {
                faults.add(format!("{place}.limits"), "at least one limit");
            }
        }
        if route.evidence == Evidence::Specified && (route.base_url.is_some() || !route.hosts.is_empty()) {
            faults.add(format!("{place}.hosts"), "a specified route has no host; the user gives the address");
        }
        if route.hosts.iter().any(|host| host.is_empty() || host.contains(['/', '@', '*', ' '])) {
            faults.add(format!("{place}.hosts"), "names of hosts alone");
        }
    }
    if let Some(events) = definition.events() {
        check_events(events, faults);
        check_rows(definition, faults);
    }
    check_capabilities(definition, faults);
    for (name, use_) in &definition.fields {
        if name.trim().is_empty() || !use_.split(' ').all(is_place_and_field) {
            faults.add(format!("fields.{name}"), format!("`{use_}` names no place and field of WedSync"));
        }
    }
}

/// What an event is known by.
fn check_events(events: &EventsRead, faults: &mut Faults) {
    if events.stream.is_empty() || events.stream.len() > 64 || events.stream.contains(char::is_whitespace) {
        faults.add("routes.bridge.events.stream", "a short name without spaces");
    }
    for path in [events.id.as_ref(), events.version.as_ref()].into_iter().flatten() {
        if path.split('.').any(str::is_empty) {
            faults.add("routes.bridge.events", format!("`{path}` has an empty step"));
        }
    }
}

fn check_capabilities(definition: &Definition, faults: &mut Faults) {
    let routes = &definition.routes;
    let mut seen = BTreeSet::new();
    for (index, capability) in definition.capability.iter().enumerate() {
        let place = format!("capability.{index}");
        if capability.source.trim().is_empty() {
            faults.add(format!("{place}.source"), "evidence without a source");
        }
        if capability.records.is_empty() || capability.operations.is_empty() {
            faults.add(place.as_str(), "at least one record and one operation");
        }
        if let Some(id) = &capability.limitation {
            sentence(id, &format!("{place}.limitation"), faults);
        }
        if routes.state(capability.route).is_none() {
            faults
                .add(format!("{place}.route"), format!("there is no route `{}`", capability.route.as_str()));
        }
        for record in &capability.records {
            for operation in &capability.operations {
                if !seen.insert((capability.route, record.as_str(), *operation)) {
                    faults.add(place.as_str(), format!("{} {record} is there twice", operation.as_str()));
                }
            }
        }
    }
    for kind in RouteKind::ALL.into_iter().filter(|kind| routes.state(*kind).is_some()) {
        if definition.capability.iter().all(|capability| capability.route != kind) {
            faults.add(
                format!("routes.{}", kind.as_str()),
                "no capability says what can be done by this route",
            );
        }
        let does = |capability: &&crate::definition::Capability| {
            capability.route == kind
                && capability.operations.iter().any(|operation| routes.works(kind, *operation))
        };
        if routes.state(kind) == Some(State::Ready) && definition.capability.iter().find(does).is_none() {
            faults.add(format!("routes.{}.state", kind.as_str()), "ready, and nothing can be done by it");
        }
    }
}

/// Whether the HTTP client of this version can sign so, or the person is asked for a way in which it can.
fn runs(auth: &Auth) -> bool {
    match auth {
        Auth::Header { .. }
        | Auth::Bearer { .. }
        | Auth::Basic { .. }
        | Auth::Query { .. }
        | Auth::Oauth2(_)
        | Auth::Ask { .. } => true,
        Auth::Field { .. } | Auth::Session { .. } | Auth::Address { .. } => false,
    }
}

fn check_auth(auth: &Auth, evidence: Evidence, place: &str, faults: &mut Faults) {
    sentence(auth.help(), &format!("{place}.help"), faults);
    match auth {
        Auth::Header { name, .. } | Auth::Query { name, .. } | Auth::Field { name, .. } => {
            if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.[]".contains(&b)) {
                faults.add(format!("{place}.name"), "letters, digits, - and _ only");
            }
        }
        Auth::Ask { of, .. } => {
            use crate::definition::AuthKind::{Basic, Bearer, Header, Oauth2, Query};
            if of.is_empty() || of.iter().any(|kind| ![Header, Bearer, Basic, Query, Oauth2].contains(kind)) {
                faults.add(format!("{place}.of"), "at least one of header, bearer, basic, query and oauth2");
            }
        }
        Auth::Oauth2(oauth) => check_oauth(oauth, evidence, place, faults),
        Auth::Bearer { .. } | Auth::Basic { .. } | Auth::Session { .. } | Auth::Address { .. } => {}
    }
}

fn check_oauth(oauth: &Oauth2, evidence: Evidence, place: &str, faults: &mut Faults) {
    let endpoints = [
        ("authorize", &oauth.authorize, true),
        ("token", &oauth.token, true),
        ("revoke", &oauth.revoke, false),
        ("issuer", &oauth.issuer, false),
    ];
    for (name, address, needed) in endpoints {
        let place = format!("{place}.{name}");
        match address.as_deref().map(url::Url::parse) {
            Some(_) if evidence == Evidence::Specified => {
                faults.add(place, "a specified route has no host; the user gives the address");
            }
            Some(Ok(url)) if url.host_str().is_some() && (url.scheme() == "https" || is_loopback(&url)) => {}
            Some(_) => faults.add(place, "an https address"),
            None if needed && evidence != Evidence::Specified => faults.add(place, "missing"),
            None => {}
        }
    }
    use crate::definition::{ClientProof, Exchange};
    if let Some(name) = &oauth.account_parameter {
        use crate::definition::Redirect;
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            faults.add(format!("{place}.account_parameter"), "letters, digits and _ only");
        }
        if oauth.redirect != Redirect::HttpsPage || oauth.exchange != Exchange::Brokered {
            faults.add(format!("{place}.account_parameter"), "only WedSync's page hands an account on");
        }
    }
    let proves = match oauth.client {
        ClientProof::None | ClientProof::Installed | ClientProof::Registered => false,
        ClientProof::Secret | ClientProof::PrivateKeyJwt => true,
    };
    if oauth.client == ClientProof::Registered && oauth.issuer.is_none() {
        faults.add(format!("{place}.issuer"), "missing: the name at a server is kept under its issuer");
    }
    if proves && oauth.exchange == Exchange::Direct {
        faults.add(
            format!("{place}.exchange"),
            "an installed program cannot prove a client; such an exchange is brokered",
        );
    }
}

/// Whatever tokens and codes are sent to is among the hosts that a person is shown (SYNC-LAW 45). The browser goes to the
/// authorization endpoint, not this program.
fn check_endpoint_hosts(auth: &Auth, hosts: &[String], faults: &mut Faults) {
    let Auth::Oauth2(oauth) = auth else { return };
    for (name, address) in [("token", &oauth.token), ("revoke", &oauth.revoke)] {
        let Some(Ok(url)) = address.as_deref().map(url::Url::parse) else { continue };
        if named_host(&url).is_none_or(|host| !hosts.contains(&host)) {
            faults.add(format!("routes.api.auth.{name}"), "its host is not listed in routes.api.hosts");
        }
    }
}

fn sourced(evidence: Evidence, source: Option<&str>, place: &str, faults: &mut Faults) {
    if evidence != Evidence::Specified && source.is_none_or(|source| source.trim().is_empty()) {
        faults.add(format!("{place}.source"), "evidence without a source");
    }
}

fn note(id: Option<&str>, place: &str, faults: &mut Faults) {
    if let Some(id) = id {
        sentence(id, place, faults);
    }
}

/// Lists below each record: their paths, and that a page with everything below it fits into every window of the limits. A job
/// that has to wait begins its page anew, and a page that never fits would never end.
fn check_nested(list: &ListRead, limits: &[Limit], at: &str, faults: &mut Faults) {
    if list.nested.is_empty() {
        return;
    }
    for (index, nested) in list.nested.iter().enumerate() {
        let place = format!("{at}.nested.{index}");
        if let Some(before) = nested.before.as_deref()
            && (!before.starts_with('/') || !before.ends_with('/') || before.contains(['?', '#']))
        {
            faults.add(format!("{place}.before"), "starts and ends with /, without a query");
        }
        if nested.before.is_some() == nested.address.is_some()
            || nested.address.is_some() && nested.of.is_some()
        {
            faults.add(
                format!("{place}.before"),
                "either a path with ids of what has such lists, or the record's own address",
            );
        }
        if nested.of.is_none() && nested.most != 1 {
            faults.add(format!("{place}.most"), "1, as the record has one such list");
        }
        if nested.after.contains(['?', '#']) {
            faults.add(format!("{place}.after"), "no query in a path");
        }
        if nested.name.is_empty() || nested.name.contains('.') || nested.most == 0 {
            faults.add(place, "a name without dots, and at least one list");
        }
    }
    let below: u32 = list.nested.iter().map(|nested| nested.most).sum();
    let rows = list.pages.rows().or(list.page_rows);
    let window = limits.iter().map(|limit| limit.requests).min();
    let step = rows.map(|rows| 1 + rows.saturating_mul(below));
    if step.zip(window).is_none_or(|(step, window)| step > window) {
        faults.add(
            format!("{at}.pages"),
            "a page with the lists below its records asks for more requests than a window of the limits has",
        );
    }
}

/// One list, each record of which is a client.
pub(super) fn check_list(list: &ListRead, limits: &[Limit], place: &str, faults: &mut Faults) {
    if list.stream.is_empty() || list.stream.len() > 64 || list.stream.contains(char::is_whitespace) {
        faults.add(format!("{place}.stream"), "a short name without spaces");
    }
    if !list.path.starts_with('/') || list.path.contains(['?', '#']) {
        faults.add(format!("{place}.path"), "starts with / and holds no query");
    }
    let paths = [Some(&list.id), list.version.as_ref(), list.total.as_ref()];
    let left_out = list.leave_out.iter().map(|only| &only.path);
    for path in paths.into_iter().flatten().chain(&list.needed).chain(left_out) {
        if path.split('.').any(str::is_empty) {
            faults.add(place, format!("`{path}` has an empty step"));
        }
    }
    if !list.records.is_empty() && list.records.split('.').any(str::is_empty) {
        faults.add(format!("{place}.records"), "empty step in the path");
    }
    check_pages(&list.pages, &list.params, list.total.as_deref(), place, faults);
    beside::check(list, place, faults);
    check_nested(list, limits, place, faults);
    if let Some(each) = &list.each {
        calendars::check_each(list, each, place, faults);
    }
    changes::check(list, place, faults);
}

/// That a token which ran out is told from other failures.
pub(super) fn check_expiry(list: &ListRead, failure: &[FailureRule], place: &str, faults: &mut Faults) {
    let beside = list.beside.iter().filter_map(|beside| beside.sync_token.as_ref());
    // An instant does not run out before the list is read whole again.
    let runs_out = list.sync_token.iter().chain(beside).any(|token| token.lookback_seconds.is_none());
    if runs_out && failure.iter().all(|rule| rule.action != Action::ResetPaging) {
        faults.add(format!("{place}.failure"), "says nowhere what a token that ran out is answered with");
    }
}

/// How a list is asked for page by page.
pub(super) fn check_pages(
    pages: &ListPages,
    params: &BTreeMap<String, String>,
    total: Option<&str>,
    place: &str,
    faults: &mut Faults,
) {
    match pages {
        ListPages::Page { size, rows, .. } | ListPages::Offset { size, rows, .. } => {
            let fits = |rows: u32| (1..=LARGEST_PAGE).contains(&rows);
            if size.is_some() != rows.is_some() || rows.is_some_and(|rows| !fits(rows)) {
                faults.add(
                    format!("{place}.pages"),
                    format!("size and rows stand together, rows between 1 and {LARGEST_PAGE}"),
                );
            }
        }
        ListPages::Query { param, start, size, rows, count } => {
            if !(1..=LARGEST_PAGE).contains(rows) {
                faults.add(format!("{place}.pages.rows"), format!("between 1 and {LARGEST_PAGE}"));
            }
            if params.get(param).is_none_or(|statement| statement.trim().is_empty()) {
                faults.add(format!("{place}.params"), format!("no statement in `{param}`"));
            }
            if [start, size].into_iter().any(|word| word.is_empty() || word.contains(char::is_whitespace)) {
                faults.add(format!("{place}.pages"), "start and size are one word each");
            }
            if count.is_some() != total.is_some() {
                faults.add(format!("{place}.pages.count"), "stands together with the total of the list");
            }
        }
        ListPages::Whole {} | ListPages::Cursor { .. } | ListPages::NextUrl { .. } | ListPages::Link {} => {}
    }
}

/// What the fields of a record are, where each is a client.
pub(super) fn check_rows(definition: &Definition, faults: &mut Faults) {
    if let Some(appointments) = &definition.appointments {
        calendars::check(definition, appointments, faults);
        return;
    }
    let Some(rows) = &definition.rows else {
        faults.add("rows", "missing: nothing says what the fields of a record are");
        return;
    };
    beside::check_rows(definition, rows, faults);
    if !matches!(rows.row, RowIs::Project | RowIs::Contact | RowIs::Client) {
        faults.add("rows.row", "project, client or contact");
    }
    let sorted = rows.order.iter().flat_map(|(list, order)| [list, &order.first.path, &order.by]);
    if sorted.into_iter().any(|path| path.split('.').any(str::is_empty)) {
        faults.add("rows.order", "a path has an empty step");
    }
    for (path, use_) in rows.fields.iter().chain(&rows.under) {
        if path.split('.').any(str::is_empty) || !use_.split(' ').all(is_place_and_field) {
            faults
                .add(format!("rows.fields.{path}"), format!("`{use_}` names no place and field of WedSync"));
        }
    }
    for (name, mark) in [("sample", &rows.sample), ("hidden", &rows.hidden)] {
        if mark.as_ref().is_some_and(|mark| mark.path.split('.').any(str::is_empty)) {
            faults.add(format!("rows.{name}"), "empty step in the path");
        }
    }
    let names_somebody = rows
        .fields
        .values()
        .flat_map(|use_| use_.split(' '))
        .any(|use_| ["primary.first_name", "primary.full_name", "primary.people"].contains(&use_));
    if !names_somebody {
        faults.add(
            "rows.fields",
            "nothing says what a client is called (primary.first_name or primary.full_name)",
        );
    }
}

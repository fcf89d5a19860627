//! Checks of the route behind a sign-in: its selectors, its fields, where it goes.

use scraper::Selector;

use super::{Faults, check_failures, indexed, ways};
use crate::definition::{
    AuthKind, Carry, CarryFrom, Cell, Definition, DrawnBy, Evidence, PagePages, PageRead, PageRows,
    SignInRoute, State,
};

pub(super) fn check(route: &SignInRoute, definition: &Definition, faults: &mut Faults) {
    let place = "routes.sign_in";
    check_failures(&indexed(&route.failure), place, faults);
    if let Some(path) = &route.window
        && !path.starts_with('/')
    {
        faults.add(format!("{place}.window"), "starts with /");
    }
    check_headers(route, faults);
    if let Some(id) = &route.off_until {
        super::sentence(id, &format!("{place}.off_until"), faults);
    }
    if let Some(account) = &route.account {
        path_of_site(&account.path, &format!("{place}.account.path"), faults);
        let paths =
            [Some(&account.id), Some(&account.name), account.time_zone.as_ref(), account.currency.as_ref()];
        for path in paths.into_iter().flatten().filter(|path| path.split('.').any(str::is_empty)) {
            faults.add(format!("{place}.account"), format!("`{path}` has an empty step"));
        }
        if route.page.as_ref().is_some_and(|page| page.account.is_some()) {
            faults.add(format!("{place}.account"), "a page says already who is signed in");
        }
    }
    if let Some(page) = &route.page {
        check_page(page, faults);
    }
    if let Some(list) = &route.list {
        ways::check_list(list, &route.limits, "routes.sign_in.list", faults);
        ways::check_expiry(list, &route.failure, "routes.sign_in", faults);
    }
    if route.state == State::Later {
        return;
    }
    if route.auth.kind() != AuthKind::Session {
        faults.add(format!("{place}.auth"), "a window leaves a session, and nothing else");
    }
    if route.page.is_some() == route.list.is_some() {
        faults.add(place, "is read by a page or by a list, by one of them");
    }
    if route.limits.is_empty()
        || route.limits.iter().any(|limit| limit.requests == 0 || limit.per_seconds == 0)
    {
        faults.add(format!("{place}.limits"), "at least one limit, each above zero");
    }
    if route.evidence != Evidence::Specified {
        super::check_host(route.base_url.as_deref(), &route.hosts, place, faults);
    }
    ways::check_rows(definition, faults);
}

/// Headers that are the program's own to send, and never a definition's.
const OWN_HEADERS: [&str; 12] = [
    "accept",
    "accept-encoding",
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "host",
    "proxy-authorization",
    "te",
    "transfer-encoding",
    "user-agent",
];
/// Longest fixed value of a header.
const LONGEST_VALUE: usize = 200;
/// Most headers of a definition.
const MOST_HEADERS: usize = 20;

fn path_of_site(path: &str, place: &str, faults: &mut Faults) {
    if !path.starts_with('/') || path.contains(['?', '#']) {
        faults.add(place, "starts with / and holds no query");
    }
}

fn check_headers(route: &SignInRoute, faults: &mut Faults) {
    let place = "routes.sign_in";
    if route.headers.len() + route.carry.len() > MOST_HEADERS {
        faults.add(format!("{place}.headers"), format!("{MOST_HEADERS} at most"));
    }
    let mut seen: Vec<String> = Vec::new();
    let mut named = |name: &str, at: String, faults: &mut Faults| {
        let plain = name.to_ascii_lowercase();
        let sound = reqwest::header::HeaderName::try_from(plain.as_str()).is_ok();
        if !sound || OWN_HEADERS.contains(&plain.as_str()) {
            faults.add(at, format!("`{name}` is no header that a definition may send"));
        } else if seen.contains(&plain) {
            faults.add(at, format!("`{name}` is there twice"));
        }
        seen.push(plain);
    };
    for (name, value) in &route.headers {
        named(name, format!("{place}.headers"), faults);
        if value.len() > LONGEST_VALUE || !value.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
            faults.add(format!("{place}.headers.{name}"), "plain text of 200 letters at most");
        }
    }
    for (index, Carry { header, from }) in route.carry.iter().enumerate() {
        let place = format!("{place}.carry.{index}");
        named(header, format!("{place}.header"), faults);
        match from {
            CarryFrom::Cookie { name } if name.is_empty() || name.contains(['=', ';', ' ']) => {
                faults.add(format!("{place}.from"), "the name of a cookie");
            }
            CarryFrom::Cookie { .. } => {}
            CarryFrom::Page { path, select, .. } => {
                path_of_site(path, &format!("{place}.from.path"), faults);
                if Selector::parse(select).is_err() {
                    faults.add(format!("{place}.from.select"), format!("`{select}` is no CSS selector"));
                }
            }
            CarryFrom::Answer { path, at } => {
                path_of_site(path, &format!("{place}.from.path"), faults);
                if at.split('.').any(str::is_empty) {
                    faults.add(format!("{place}.from.at"), format!("`{at}` has an empty step"));
                }
            }
        }
    }
}

fn check_page(page: &PageRead, faults: &mut Faults) {
    let place = "routes.sign_in.page";
    if page.stream.is_empty() || page.stream.len() > 64 || page.stream.contains(char::is_whitespace) {
        faults.add(format!("{place}.stream"), "a short name without spaces");
    }
    if page.path.as_ref().is_some_and(|path| !path.starts_with('/') || path.contains(['?', '#'])) {
        faults.add(format!("{place}.path"), "starts with / and holds no query");
    }
    let mut selects: Vec<(String, &str)> = Vec::new();
    let mut cells: Vec<(String, &Cell)> = Vec::new();
    if let Some(holder) = &page.holder {
        selects.push(("holder".to_owned(), holder));
    }
    for (index, text) in page.signed_out.iter().enumerate() {
        selects.push((format!("signed_out.{index}"), text));
    }
    match &page.pages {
        Some(PagePages::Next { select, .. } | PagePages::Form { select }) => {
            selects.push(("pages.select".to_owned(), select));
        }
        Some(PagePages::Number { param, .. }) if param.is_empty() => {
            faults.add(format!("{place}.pages.param"), "missing");
        }
        Some(PagePages::Number { .. } | PagePages::Whole {}) | None => {}
    }
    cells.extend(page.total.iter().map(|cell| ("total".to_owned(), cell)));
    cells.extend(page.account.iter().map(|cell| ("account".to_owned(), cell)));
    match &page.rows {
        PageRows::Elements { select, id, fields, needed } => {
            selects.push(("rows.select".to_owned(), select));
            cells.push(("rows.id".to_owned(), id));
            cells.extend(fields.iter().map(|(name, cell)| (format!("rows.fields.{name}"), cell)));
            for name in needed.iter().filter(|name| !fields.contains_key(*name)) {
                faults.add(format!("{place}.rows.needed"), format!("there is no field `{name}`"));
            }
        }
        PageRows::Script { select, records, id } => {
            selects.push(("rows.select".to_owned(), select));
            for path in [records, id] {
                if !path.is_empty() && path.split('.').any(str::is_empty) {
                    faults.add(format!("{place}.rows"), format!("`{path}` has an empty step"));
                }
            }
            if page.detail.is_some() {
                faults.add(format!("{place}.detail"), "a record of a script has no page of its own");
            }
        }
    }
    if page.drawn_by == DrawnBy::Script {
        if page.total.is_none() {
            faults.add(
                format!("{place}.total"),
                "missing: only a total proves the end of a list that a script draws",
            );
        }
        if matches!(page.rows, PageRows::Script { .. }) {
            faults.add(
                format!("{place}.drawn_by"),
                "rows in a script element are there before any script runs",
            );
        }
    }
    if let Some(detail) = &page.detail {
        selects.push(("detail.holder".to_owned(), &detail.holder));
        cells.push(("detail.link".to_owned(), &detail.link));
        cells.extend(detail.fields.iter().map(|(name, cell)| (format!("detail.fields.{name}"), cell)));
    }
    selects.extend(cells.iter().filter_map(|(name, cell)| Some((name.clone(), cell.select.as_deref()?))));
    for (name, select) in selects {
        if Selector::parse(select).is_err() {
            faults.add(format!("{place}.{name}"), format!("`{select}` is no CSS selector"));
        }
    }
    for (name, cell) in cells {
        let field = name.rsplit_once("fields.").map(|(_, field)| field);
        if field.is_some_and(|field| field.is_empty() || field == "id" || field.contains(['.', '#'])) {
            faults.add(format!("{place}.{name}"), "a name without dots, and not `id`");
        }
        if cell.select.is_none() && cell.attr.is_none() && name != "rows.id" {
            faults.add(format!("{place}.{name}"), "a selector, an attribute, or both");
        }
    }
}

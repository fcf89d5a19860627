//! Reading and checking a definition: every fault in one run.
//!
//! Parsing stops at the first fault of a file, so the shape is checked table by table first; the cross-checks then
//! run on whatever could be read. A fault names its place the way the file spells it.

mod beside;
mod calendars;
mod changes;
mod joined;
mod pages;
mod ways;
mod writes;

use std::collections::BTreeSet;
use std::fmt;

use hub_core::fields::standard_field;
use hub_core::path::SourcePath;
use serde::de::DeserializeOwned;
use toml::{Table, Value};

use super::{
    AccountProbe, ApiReads, ApiRoute, AppointmentsRead, Auth, BridgeRoute, Capability, Child, CustomFields,
    DeclaredRoute, Definition, Evidence, FORMAT, FailureRule, FileRoute, Identity, JobShape, Limit, ListRead,
    Lists, ListsRead, MapRule, Money, OnJob, Pagination, PersonShape, Preview, Rows, SignInRoute, State,
    Stream, WriteRule, Writes,
};
use crate::messages;
use joined::check_assemble;

/// One fault of a definition.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DefinitionFault {
    /// Where, such as `routes.api.stream.3`.
    pub place: String,
    /// What is wrong.
    pub reason: String,
}

impl fmt::Display for DefinitionFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.place, self.reason)
    }
}

impl std::error::Error for DefinitionFault {}

/// Reads a definition.
///
/// # Errors
/// All its faults, in the order of their places.
pub fn parse(text: &str) -> Result<Definition, Vec<DefinitionFault>> {
    let mut faults = Faults::default();
    let mut table: Table = match text.parse() {
        Ok(table) => table,
        Err(error) => {
            faults.add("file", error.message());
            return Err(faults.list);
        }
    };
    if let Err(reason) = super::lift::lift(&mut table) {
        faults.add("format", reason);
        return Err(faults.list);
    }
    shape(&table, &mut faults);
    match Value::Table(table.clone()).try_into::<Definition>() {
        Ok(definition) => {
            cross_check(&definition, &mut faults);
            faults.finish(definition)
        }
        Err(error) => {
            if faults.list.is_empty() {
                faults.add("file", error.message());
            }
            partial_checks(&table, &mut faults);
            Err(faults.sorted())
        }
    }
}

/// What stands before the name of a connector that a person made (MODEL 9).
const CUSTOM: &str = "custom:";
/// Longest name of a CRM.
const LONGEST_NAME: usize = 120;

#[derive(Debug, Default)]
struct Faults {
    list: Vec<DefinitionFault>,
}

impl Faults {
    fn add(&mut self, place: impl Into<String>, reason: impl Into<String>) {
        self.list.push(DefinitionFault { place: place.into(), reason: reason.into() });
    }

    fn sorted(mut self) -> Vec<DefinitionFault> {
        self.list.sort();
        self.list.dedup();
        self.list
    }

    fn finish(self, definition: Definition) -> Result<Definition, Vec<DefinitionFault>> {
        if self.list.is_empty() { Ok(definition) } else { Err(self.sorted()) }
    }
}

/// Checks each table by itself, so that one misspelt key does not hide the next.
fn shape(table: &Table, faults: &mut Faults) {
    const KNOWN: [&str; 13] = [
        "format",
        "version",
        "identity",
        "routes",
        "appointments",
        "assemble",
        "rows",
        "custom_fields",
        "money",
        "capability",
        "mapping",
        "fields",
        "writes",
    ];
    for key in table.keys().filter(|key| !KNOWN.contains(&key.as_str())) {
        faults.add(key.as_str(), "unknown key");
    }
    for key in ["format", "version", "identity", "routes"] {
        if !table.contains_key(key) {
            faults.add(key, "missing");
        }
    }
    one::<Identity>(table.get("identity"), "identity", faults);
    one::<Money>(table.get("money"), "money", faults);
    one::<Rows>(table.get("rows"), "rows", faults);
    one::<AppointmentsRead>(table.get("appointments"), "appointments", faults);
    one::<Writes>(table.get("writes"), "writes", faults);
    one::<CustomFields>(table.get("custom_fields"), "custom_fields", faults);
    each::<Capability>(table.get("capability"), "capability", faults);
    each::<MapRule>(table.get("mapping"), "mapping", faults);
    let routes = table.get("routes").and_then(Value::as_table);
    for (key, value) in routes.into_iter().flatten() {
        let place = format!("routes.{key}");
        match key.as_str() {
            "api" => api_shape(value, faults),
            "file" => one::<FileRoute>(Some(value), &place, faults),
            "sign_in" => one::<SignInRoute>(Some(value), &place, faults),
            "feed" | "push" => one::<DeclaredRoute>(Some(value), &place, faults),
            "bridge" => one::<BridgeRoute>(Some(value), &place, faults),
            _ => faults.add(place, "unknown key"),
        }
    }
    if let Some(assemble) = table.get("assemble") {
        one::<PersonShape>(assemble.get("person"), "assemble.person", faults);
        one::<JobShape>(assemble.get("job"), "assemble.job", faults);
        one::<OnJob>(assemble.get("on_job"), "assemble.on_job", faults);
        each::<Child>(assemble.get("child"), "assemble.child", faults);
        each::<Child>(assemble.get("person_child"), "assemble.person_child", faults);
    }
}

fn api_shape(api: &Value, faults: &mut Faults) {
    for (key, value) in api.as_table().into_iter().flatten() {
        let place = format!("routes.api.{key}");
        match key.as_str() {
            "state" => one::<State>(Some(value), &place, faults),
            "evidence" => one::<Evidence>(Some(value), &place, faults),
            "auth" => one::<Auth>(Some(value), &place, faults),
            "limits" => each::<Limit>(Some(value), &place, faults),
            "account" => one::<AccountProbe>(Some(value), &place, faults),
            "lists" => one::<Lists>(Some(value), &place, faults),
            "stream" => each::<Stream>(Some(value), &place, faults),
            "failure" => each::<FailureRule>(Some(value), &place, faults),
            "preview" => one::<Preview>(Some(value), &place, faults),
            "list" => one::<ListRead>(Some(value), &place, faults),
            "write" => each::<WriteRule>(Some(value), &place, faults),
            "source" | "base_url" | "hosts" | "note" => {}
            _ => faults.add(place, "unknown key"),
        }
    }
}

fn one<T: DeserializeOwned>(value: Option<&Value>, place: &str, faults: &mut Faults) {
    if let Some(Err(error)) = value.cloned().map(Value::try_into::<T>) {
        faults.add(place, error.message());
    }
}

fn each<T: DeserializeOwned>(value: Option<&Value>, place: &str, faults: &mut Faults) {
    match value {
        None => {}
        Some(Value::Array(entries)) => {
            for (index, entry) in entries.iter().enumerate() {
                one::<T>(Some(entry), &format!("{place}.{index}"), faults);
            }
        }
        Some(_) => faults.add(place, "is a list"),
    }
}

/// What can still be said of a file that is not a whole definition.
fn partial_checks(table: &Table, faults: &mut Faults) {
    fn readable<T: DeserializeOwned>(value: Option<&Value>) -> Vec<(usize, T)> {
        let entries = value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        entries
            .iter()
            .enumerate()
            .filter_map(|(index, entry)| entry.clone().try_into().ok().map(|entry| (index, entry)))
            .collect()
    }
    if let Some(identity) = table.get("identity").and_then(|value| value.clone().try_into().ok()) {
        check_identity(&identity, faults);
    }
    check_mapping(&readable(table.get("mapping")), faults);
    let api = table.get("routes").and_then(|routes| routes.get("api"));
    check_failures(&readable(api.and_then(|api| api.get("failure"))), "routes.api", faults);
    check_streams(&readable(api.and_then(|api| api.get("stream"))), faults);
}

fn cross_check(definition: &Definition, faults: &mut Faults) {
    if definition.format != FORMAT {
        faults.add("format", format!("this app reads format {FORMAT}, not {}", definition.format));
    }
    check_identity(&definition.identity, faults);
    check_mapping(&indexed(&definition.mapping), faults);
    ways::check(definition, faults);
    writes::check(definition, faults);
    if let Some(route) = &definition.routes.sign_in {
        pages::check(route, definition, faults);
    }
    let Some(api) = &definition.routes.api else {
        let read = definition.read_route().is_some_and(|route| route.list.is_some() || route.page.is_some());
        let read = read || definition.events().is_some();
        if definition.assemble.is_some() || definition.rows.is_some() && !read {
            faults.add("routes", "assemble and rows say how something is read, and nothing is");
        }
        return;
    };
    check_address(api, faults);
    check_failures(&indexed(&api.failure), "routes.api", faults);
    if api.limits.is_empty() || api.limits.iter().any(|limit| limit.requests == 0 || limit.per_seconds == 0) {
        faults.add("routes.api.limits", "at least one limit, each above zero");
    }
    match (&api.reads, api.state) {
        (Some(ApiReads::Lists(lists)), _) => check_lists(lists, definition, faults),
        (Some(ApiReads::List(list)), _) => {
            ways::check_list(list, &api.limits, "routes.api.list", faults);
            ways::check_expiry(list, &api.failure, "routes.api", faults);
            ways::check_rows(definition, faults);
        }
        (None, State::Ready) if api.evidence != Evidence::Specified => {
            faults.add("routes.api", "says nowhere how it is read");
        }
        (None, _) => {}
    }
}

/// Several lists, and how they are joined.
fn check_lists(api: &ListsRead, definition: &Definition, faults: &mut Faults) {
    check_streams(&indexed(&api.stream), faults);
    let Pagination::Page { page_size, smallest, .. } = &api.lists.pagination;
    if *smallest == 0 || page_size < smallest {
        faults.add("routes.api.lists.pagination", "page_size and smallest are above zero and in order");
    }
    if let Some(changed) = &api.lists.changed {
        if !(1..=7).contains(&changed.whole_after_days) {
            faults.add("routes.api.lists.changed.whole_after_days", "between 1 and 7 (SYNC-LAW 17)");
        }
        if api.lists.version.is_none() {
            faults.add(
                "routes.api.lists.changed",
                "needs the version of a record to be the instant it changed",
            );
        }
    }
    let streams: BTreeSet<&str> = api.stream.iter().map(|stream| stream.name.as_str()).collect();
    for name in api.preview.look_ups.iter().chain(&api.preview.newest_pages) {
        known_stream(name, "routes.api.preview", &streams, faults);
    }
    match &definition.assemble {
        Some(assemble) => check_assemble(assemble, api, &streams, faults),
        None => faults.add("assemble", "missing: nothing says how the lists are joined"),
    }
    if definition.money.is_none() {
        faults.add("money", "missing");
    }
    if let Some(section) = &definition.custom_fields {
        known_stream(&section.stream, "custom_fields.stream", &streams, faults);
        if section.on.is_empty() || section.on.iter().any(|one| SourcePath::parse(&one.source).is_err()) {
            faults.add("custom_fields.on", "at least one, each with a path");
        }
    }
}

fn indexed<T: Clone>(entries: &[T]) -> Vec<(usize, T)> {
    entries.iter().cloned().enumerate().collect()
}

fn check_identity(identity: &Identity, faults: &mut Faults) {
    let plain = |text: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    let slug = identity.key.strip_prefix(CUSTOM);
    if !plain(slug.unwrap_or(&identity.key)) {
        faults.add("identity.key", "lower-case letters, digits and _ only");
    }
    let icon = format!("connectors/{}.svg", if slug.is_some() { "custom" } else { identity.key.as_str() });
    if identity.icon != icon {
        faults.add("identity.icon", format!("the icon is {icon}"));
    }
    match super::icon(&identity.icon) {
        None => faults.add("identity.icon", format!("there is no drawing icons/{}", identity.icon)),
        Some(drawing) if !is_own_drawing(drawing) => {
            faults.add("identity.icon", "the drawing is one SVG of its own, without references");
        }
        Some(_) => {}
    }
    sentence(&identity.description, "identity.description", faults);
    if identity.name.trim().is_empty() || identity.name.chars().count() > LONGEST_NAME {
        faults.add("identity.name", "a name of 1 to 120 letters");
    }
}

/// A drawing that is whole and asks for nothing from elsewhere.
fn is_own_drawing(drawing: &str) -> bool {
    drawing.starts_with("<svg ")
        && drawing.trim_end().ends_with("</svg>")
        && !["href", "<image", "<script", "url(", "<text"].iter().any(|banned| drawing.contains(banned))
}

/// A message id that the catalogue has.
fn sentence(id: &str, place: &str, faults: &mut Faults) {
    if !hub_core::message::is_known(id) {
        faults.add(place, format!("no message `{id}`"));
    }
}

fn check_address(api: &ApiRoute, faults: &mut Faults) {
    if api.evidence == Evidence::Specified {
        if api.base_url.is_some() || !api.hosts.is_empty() {
            faults.add("routes.api.base_url", "a specified route has no host; the user gives the address");
        }
        return;
    }
    if api.source.as_deref().is_none_or(|source| source.trim().is_empty()) {
        faults.add("routes.api.source", "a host needs a source");
    }
    check_host(api.base_url.as_deref(), &api.hosts, "routes.api", faults);
}

/// An address whose host is among those that are named.
fn check_host(base_url: Option<&str>, hosts: &[String], place: &str, faults: &mut Faults) {
    match base_url.map(url::Url::parse) {
        Some(Ok(url)) => {
            // An address on this computer is reached by test profiles alone (`http::Reach`).
            if url.scheme() != "https" && !is_loopback(&url) {
                faults.add(format!("{place}.base_url"), "https only");
            }
            if named_host(&url).is_none_or(|named| !hosts.contains(&named)) {
                faults.add(format!("{place}.hosts"), "the host of base_url is not listed");
            }
        }
        _ => faults.add(format!("{place}.base_url"), "is not an address"),
    }
}

/// A host as `hosts` names it: with a port that is not the scheme's own.
fn named_host(url: &url::Url) -> Option<String> {
    url.host_str().map(|host| match url.port() {
        None => host.to_owned(),
        Some(port) => format!("{host}:{port}"),
    })
}

fn is_loopback(url: &url::Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

fn check_failures(rules: &[(usize, FailureRule)], route: &str, faults: &mut Faults) {
    for (index, rule) in rules {
        let place = format!("{route}.failure.{index}");
        if messages::known(&rule.message).is_none() {
            faults.add(format!("{place}.message"), format!("no message `{}`", rule.message));
        }
        if rule.status.is_empty()
            && rule.content_type.is_none()
            && rule.header.is_none()
            && rule.body.is_none()
        {
            faults.add(place, "a rule without a condition would catch every reply");
        }
    }
}

fn check_streams(streams: &[(usize, Stream)], faults: &mut Faults) {
    let mut seen = BTreeSet::new();
    let names: BTreeSet<&str> = streams.iter().map(|(_, stream)| stream.name.as_str()).collect();
    for (index, stream) in streams {
        let place = format!("routes.api.stream.{index}");
        if !seen.insert(&stream.name) {
            faults.add(format!("{place}.name"), format!("`{}` is there twice", stream.name));
        }
        if !stream.path.starts_with('/') {
            faults.add(format!("{place}.path"), "starts with /");
        }
        if stream.parents.len() > 2 {
            faults.add(format!("{place}.parents"), "two at most");
        }
        for parent in &stream.parents {
            known_stream(&parent.stream, &format!("{place}.parents"), &names, faults);
        }
    }
}

fn check_mapping(rules: &[(usize, MapRule)], faults: &mut Faults) {
    let mut seen = BTreeSet::new();
    for (index, rule) in rules {
        let place = format!("mapping.{index}");
        if standard_field(rule.record, &rule.field).is_none() {
            faults.add(
                format!("{place}.field"),
                format!("WedSync has no field {}.{}", rule.record, rule.field),
            );
        }
        if !seen.insert((rule.record, &rule.field)) {
            faults.add(format!("{place}.field"), format!("{}.{} is mapped twice", rule.record, rule.field));
        }
        if rule.from.is_empty() || rule.from.iter().any(|path| path.split('.').any(str::is_empty)) {
            faults.add(format!("{place}.from"), "at least one path, without empty steps");
        }
    }
}

fn known_stream(name: &str, place: &str, streams: &BTreeSet<&str>, faults: &mut Faults) {
    if !streams.contains(name) {
        faults.add(place, format!("no stream `{name}`"));
    }
}

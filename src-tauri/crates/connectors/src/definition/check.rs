//! Reading and checking a definition: every fault in one run.
//!
//! Parsing stops at the first fault of a file, so the shape is checked table by table first; the cross-checks then
//! run on whatever could be read. A fault names its place the way the file spells it.

use std::collections::BTreeSet;
use std::fmt;

use hub_core::fields::standard_field;
use hub_core::path::SourcePath;
use serde::de::DeserializeOwned;
use toml::{Table, Value};

use super::{
    Assemble, Capability, Child, Definition, Evidence, FORMAT, FailureRule, Identity, Leaf, Leaves, MapRule,
    Money, Rule, Stream, Writes,
};
use crate::messages;

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
    let table: Table = match text.parse() {
        Ok(table) => table,
        Err(error) => {
            faults.add("file", error.message());
            return Err(faults.list);
        }
    };
    shape(&table, &mut faults);
    match text.parse::<Table>().map(Value::Table).map(Value::try_into::<Definition>) {
        Ok(Ok(definition)) => {
            cross_check(&definition, &mut faults);
            faults.finish(definition)
        }
        Ok(Err(error)) => {
            if faults.list.is_empty() {
                faults.add("file", error.message());
            }
            partial_checks(&table, &mut faults);
            Err(faults.sorted())
        }
        Err(error) => {
            faults.add("file", error.message());
            Err(faults.sorted())
        }
    }
}

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
    const KNOWN: [&str; 10] = [
        "format",
        "version",
        "identity",
        "routes",
        "assemble",
        "custom_fields",
        "money",
        "capability",
        "mapping",
        "writes",
    ];
    for key in table.keys().filter(|key| !KNOWN.contains(&key.as_str())) {
        faults.add(key.as_str(), "unknown key");
    }
    for key in KNOWN.iter().filter(|key| !["capability", "custom_fields", "mapping"].contains(key)) {
        if !table.contains_key(*key) {
            faults.add(*key, "missing");
        }
    }
    one::<Identity>(table.get("identity"), "identity", faults);
    one::<Money>(table.get("money"), "money", faults);
    one::<Writes>(table.get("writes"), "writes", faults);
    one::<super::CustomFields>(table.get("custom_fields"), "custom_fields", faults);
    each::<Capability>(table.get("capability"), "capability", faults);
    each::<MapRule>(table.get("mapping"), "mapping", faults);
    if let Some(api) = table.get("routes").and_then(|routes| routes.get("api")) {
        for (key, value) in api.as_table().into_iter().flatten() {
            let place = format!("routes.api.{key}");
            match key.as_str() {
                "evidence" => one::<Evidence>(Some(value), &place, faults),
                "auth" => one::<super::Auth>(Some(value), &place, faults),
                "limits" => each::<super::Limit>(Some(value), &place, faults),
                "account" => one::<super::AccountProbe>(Some(value), &place, faults),
                "lists" => one::<super::Lists>(Some(value), &place, faults),
                "stream" => each::<Stream>(Some(value), &place, faults),
                "failure" => each::<FailureRule>(Some(value), &place, faults),
                "preview" => one::<super::Preview>(Some(value), &place, faults),
                "source" | "base_url" | "hosts" => {}
                _ => faults.add(place, "unknown key"),
            }
        }
    }
    if let Some(assemble) = table.get("assemble") {
        one::<super::PersonShape>(assemble.get("person"), "assemble.person", faults);
        one::<super::JobShape>(assemble.get("job"), "assemble.job", faults);
        one::<super::OnJob>(assemble.get("on_job"), "assemble.on_job", faults);
        each::<Child>(assemble.get("child"), "assemble.child", faults);
        each::<Child>(assemble.get("person_child"), "assemble.person_child", faults);
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
    check_failures(&readable(api.and_then(|api| api.get("failure"))), faults);
    check_streams(&readable(api.and_then(|api| api.get("stream"))), faults);
}

fn cross_check(definition: &Definition, faults: &mut Faults) {
    if definition.format != FORMAT {
        faults.add("format", format!("this app reads format {FORMAT}, not {}", definition.format));
    }
    check_identity(&definition.identity, faults);
    check_mapping(&indexed(&definition.mapping), faults);
    for (index, capability) in definition.capability.iter().enumerate() {
        if capability.source.trim().is_empty() {
            faults.add(format!("capability.{index}.source"), "evidence without a source");
        }
    }
    let Some(api) = &definition.routes.api else {
        faults.add("routes", "no route");
        return;
    };
    check_address(api, faults);
    check_failures(&indexed(&api.failure), faults);
    check_streams(&indexed(&api.stream), faults);
    if api.limits.is_empty() || api.limits.iter().any(|limit| limit.requests == 0 || limit.per_seconds == 0) {
        faults.add("routes.api.limits", "at least one limit, each above zero");
    }
    let super::Pagination::Page { page_size, smallest, .. } = &api.lists.pagination;
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
    check_assemble(&definition.assemble, api, &streams, faults);
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
    let plain = |text: &str| text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if identity.key.is_empty() || !plain(&identity.key) {
        faults.add("identity.key", "lower-case letters, digits and _ only");
    }
    if identity.icon != format!("connectors/{}.svg", identity.key) {
        faults.add("identity.icon", format!("the icon is connectors/{}.svg", identity.key));
    }
}

fn check_address(api: &super::ApiRoute, faults: &mut Faults) {
    if api.evidence == Evidence::Specified {
        if api.base_url.is_some() || !api.hosts.is_empty() {
            faults.add("routes.api.base_url", "a specified route has no host; the user gives the address");
        }
        return;
    }
    if api.source.as_deref().is_none_or(|source| source.trim().is_empty()) {
        faults.add("routes.api.source", "a host needs a source");
    }
    match api.base_url.as_deref().map(url::Url::parse) {
        Some(Ok(url)) => {
            if url.scheme() != "https" {
                faults.add("routes.api.base_url", "https only");
            }
            if !api.hosts.iter().any(|host| Some(host.as_str()) == url.host_str()) {
                faults.add("routes.api.hosts", "the host of base_url is not listed");
            }
        }
        _ => faults.add("routes.api.base_url", "is not an address"),
    }
}

fn check_failures(rules: &[(usize, FailureRule)], faults: &mut Faults) {
    for (index, rule) in rules {
        let place = format!("routes.api.failure.{index}");
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

fn check_assemble(assemble: &Assemble, api: &super::ApiRoute, streams: &BTreeSet<&str>, faults: &mut Faults) {
    known_stream(&assemble.person.stream, "assemble.person.stream", streams, faults);
    known_stream(&assemble.job.stream, "assemble.job.stream", streams, faults);
    known_stream(&assemble.on_job.stream, "assemble.on_job.stream", streams, faults);
    known_stream(&assemble.on_job.role_stream, "assemble.on_job.role_stream", streams, faults);
    check_leaves(&assemble.person.leaves, "assemble.person.leaves", streams, faults);
    check_leaves(&assemble.job.leaves, "assemble.job.leaves", streams, faults);
    if !assemble.person.leaves.contains_key(&assemble.person.named_by) {
        faults.add("assemble.person.named_by", format!("no leaf `{}`", assemble.person.named_by));
    }
    let order = &assemble.job.order;
    for leaf in [&order.kind, &order.closed, &order.date] {
        if !assemble.job.leaves.contains_key(leaf) {
            faults.add("assemble.job.order", format!("no leaf `{leaf}`"));
        }
    }
    if let Some(pick) = &assemble.job.main_event
        && !assemble
            .child
            .iter()
            .any(|child| child.name == pick.child && child.leaves.contains_key(&pick.leaf))
    {
        faults
            .add("assemble.job.main_event", format!("no child `{}` with a leaf `{}`", pick.child, pick.leaf));
    }
    for (kind, children) in [("child", &assemble.child), ("person_child", &assemble.person_child)] {
        for (index, child) in children.iter().enumerate() {
            let place = format!("assemble.{kind}.{index}");
            known_stream(&child.stream, &format!("{place}.stream"), streams, faults);
            let slots =
                api.stream.iter().find(|stream| stream.name == child.stream).map_or(0, |s| s.parents.len());
            if child.slot >= slots {
                faults.add(format!("{place}.slot"), format!("`{}` has {slots} parents", child.stream));
            }
            for leaf in child.order.iter().filter(|leaf| !child.leaves.contains_key(*leaf)) {
                faults.add(format!("{place}.order"), format!("no leaf `{leaf}`"));
            }
            check_leaves(&child.leaves, &format!("{place}.leaves"), streams, faults);
        }
    }
}

fn check_leaves(leaves: &Leaves, place: &str, streams: &BTreeSet<&str>, faults: &mut Faults) {
    for (name, leaf) in leaves {
        let place = format!("{place}.{name}");
        match leaf {
            Leaf::Path(path) if path.split('.').any(str::is_empty) => {
                faults.add(place, "empty step in the path")
            }
            Leaf::Path(_) => {}
            Leaf::Rule(
                Rule::LookUp { stream, .. }
                | Rule::Reference { stream, .. }
                | Rule::CustomFields { stream, .. },
            ) => {
                known_stream(stream, &place, streams, faults);
            }
            Leaf::Rule(Rule::Object { leaves, .. } | Rule::List { leaves, .. }) => {
                check_leaves(leaves, &place, streams, faults);
            }
            Leaf::Rule(Rule::ObjectOf { stream, leaves, .. }) => {
                known_stream(stream, &place, streams, faults);
                check_leaves(leaves, &place, streams, faults);
            }
            Leaf::Rule(_) => {}
        }
    }
}

//! Checks of how an API is written to.

use std::collections::BTreeSet;

use hub_core::fields::standard_field;
use hub_core::record::RecordType;
use reqwest::header::HeaderName;

use super::Faults;
use crate::definition::{
    Answered, Auth, BodyForm, Definition, EmptyAs, Evidence, Idempotency, Lookup, Operation, Precondition,
    ReadBack, ReadOne, RouteKind, Sends, WriteMethod, WriteRule,
};

/// What a path of a rule may name.
const ID: &str = "{id}";
const WHOLE_ID: &str = "{+id}";
const UNDER: &str = "{under}";
/// Longest wait until a lookup is believed: an hour.
const LONGEST_SETTLING: u32 = 3_600;

pub(super) fn check(definition: &Definition, faults: &mut Faults) {
    let Some(api) = &definition.routes.api else { return };
    let mut seen: BTreeSet<(RecordType, &str)> = BTreeSet::new();
    for (index, rule) in api.write.iter().enumerate() {
        let place = format!("routes.api.write.{index}");
        if !seen.insert((rule.record, rule.operation.as_str())) {
            faults.add(&*place, format!("{} {} is there twice", rule.operation.as_str(), rule.record));
        }
        check_standing(definition, rule, &place, faults);
        check_request(rule, &place, faults);
        check_fields(rule, &place, faults);
        check_safety(rule, &place, faults);
        if let Some(read) = &rule.read {
            check_read(read, &format!("{place}.read"), faults);
        }
        if let Some(lookup) = &rule.lookup {
            check_lookup(rule, lookup, &format!("{place}.lookup"), faults);
        }
        for (name, answers) in [("stale", &rule.stale), ("gone", &rule.gone)] {
            check_answers(answers, &format!("{place}.{name}"), faults);
        }
        let scoped = matches!(api.auth, Auth::Oauth2(_));
        if rule.scopes.iter().any(|scope| scope.is_empty() || scope.contains(char::is_whitespace)) {
            faults.add(format!("{place}.scopes"), "names without spaces");
        }
        if !rule.scopes.is_empty() && !scoped {
            faults.add(format!("{place}.scopes"), "only a sign-in by OAuth has permissions to ask for");
        }
    }
}

/// A rule is known from somewhere, and what it does is among what can be done.
fn check_standing(definition: &Definition, rule: &WriteRule, place: &str, faults: &mut Faults) {
    if rule.source.trim().is_empty() {
        faults.add(format!("{place}.source"), "evidence without a source");
    }
    if rule.evidence == Evidence::Specified {
        faults.add(format!("{place}.evidence"), "nothing is written by what nobody has documented or seen");
    }
    let named = definition.capability.iter().any(|capability| {
        capability.route == RouteKind::Api
            && capability.records.contains(&rule.record)
            && capability.operations.contains(&rule.operation)
    });
    if !named {
        faults.add(place, format!("no capability says {} {}", rule.operation.as_str(), rule.record));
    }
}

fn check_request(rule: &WriteRule, place: &str, faults: &mut Faults) {
    path(&rule.path, &format!("{place}.path"), faults);
    let ids = [ID, WHOLE_ID].iter().map(|name| rule.path.matches(name).count()).sum::<usize>();
    let (wanted, methods): (usize, &[WriteMethod]) = match rule.operation {
        Operation::Create => (0, &[WriteMethod::Post, WriteMethod::Put]),
        Operation::Update => (1, &[WriteMethod::Post, WriteMethod::Put, WriteMethod::Patch]),
        Operation::Delete => (1, &[WriteMethod::Delete, WriteMethod::Post]),
        Operation::Read => {
            faults.add(format!("{place}.operation"), "create, update or delete");
            return;
        }
    };
    // Some name the record in the body alone.
    let in_body = rule.fixed.values().any(|value| value.as_str() == Some(ID));
    let names_one = ids + usize::from(in_body) > 0;
    if names_one != (wanted > 0) || ids > 1 || rule.path.contains(UNDER) {
        faults.add(format!("{place}.path"), "names the record once, and none that is to be made");
    }
    if !methods.contains(&rule.method) {
        faults.add(format!("{place}.method"), format!("no method of {}", rule.operation.as_str()));
    }
    if (rule.body == BodyForm::None) != (rule.operation == Operation::Delete && rule.fixed.is_empty()) {
        faults.add(format!("{place}.body"), "only a deletion without fixed members has none");
    }
    if rule.params.keys().chain(&rule.mask).any(|name| name.is_empty() || name.contains(['&', '=', '?', '#']))
    {
        faults.add(format!("{place}.params"), "names of parameters alone");
    }
    if rule.mask.as_ref().is_some_and(|mask| rule.params.contains_key(mask)) {
        faults.add(format!("{place}.mask"), "a parameter of its own");
    }
    for (name, value) in &rule.fixed {
        steps(name, &format!("{place}.fixed"), faults);
        if !matches!(value, toml::Value::String(_) | toml::Value::Boolean(_) | toml::Value::Integer(_)) {
            faults.add(format!("{place}.fixed.{name}"), "a text, a whole number, true or false");
        }
    }
}

fn check_fields(rule: &WriteRule, place: &str, faults: &mut Faults) {
    let deletes = rule.operation == Operation::Delete;
    if rule.fields.is_empty() {
        let why = if deletes { "at least one by which it is compared" } else { "at least one" };
        faults.add(format!("{place}.fields"), why);
    }
    for (name, to) in &rule.fields {
        let place = format!("{place}.fields.{name}");
        let field = name.split('.').next().unwrap_or(name);
        if name.matches('.').count() > 1 || standard_field(rule.record, field).is_none() {
            faults.add(&*place, format!("WedSync has no field {}.{name}", rule.record));
        }
        steps(&to.path, &place, faults);
        steps(&to.back, &place, faults);
        if rule.fixed.keys().any(|fixed| fixed == &to.path) {
            faults.add(&*place, "stands among what is fixed");
        }
        if rule.body == BodyForm::Form && to.path.contains('.') {
            faults.add(&*place, "a form has names alone");
        }
    }
    for name in rule.needed.iter().filter(|name| !rule.fields.contains_key(*name)) {
        faults.add(format!("{place}.needed"), format!("there is no field `{name}`"));
    }
    for name in &rule.read_only {
        steps(name, &format!("{place}.read_only"), faults);
    }
    if rule.empty == Some(EmptyAs::LeftOut) && rule.sends == Sends::Changed {
        faults.add(format!("{place}.empty"), "what is left out of a part of a record is left alone");
    }
}

/// What keeps a write from being lost, doubled or blind.
fn check_safety(rule: &WriteRule, place: &str, faults: &mut Faults) {
    let creates = rule.operation == Operation::Create;
    if creates && rule.precondition.is_some() {
        faults.add(format!("{place}.precondition"), "nothing is there before it is made");
    }
    if !creates && rule.precondition.is_none() {
        faults.add(format!("{place}.precondition"), "missing: nothing proves that nobody else changed it");
    }
    if !creates && rule.read.is_none() {
        faults.add(format!("{place}.read"), "missing: a conflict shows what is there");
    }
    if !creates && (rule.lookup.is_some() || rule.mark.is_some()) {
        faults.add(format!("{place}.lookup"), "only what is made is looked for");
    }
    match (&rule.read_back, rule.operation) {
        (ReadBack::Nothing {}, Operation::Delete) => {}
        (ReadBack::Nothing {}, _) => {
            faults.add(format!("{place}.read_back"), "missing: nothing tells what is stored");
        }
        (_, Operation::Delete) => faults.add(format!("{place}.read_back"), "nothing is left to be read"),
        (ReadBack::Get { id }, _) => {
            steps(id, &format!("{place}.read_back"), faults);
            if rule.read.is_none() {
                faults.add(format!("{place}.read"), "missing: says nowhere how one record is read");
            }
        }
        (ReadBack::Reply { record, id, version }, _) => {
            if !record.is_empty() {
                steps(record, &format!("{place}.read_back"), faults);
            }
            for path in [Some(id), version.as_ref()].into_iter().flatten() {
                steps(path, &format!("{place}.read_back"), faults);
            }
        }
    }
    if creates && rule.sends != Sends::Changed {
        faults.add(format!("{place}.sends"), "of what is made nothing can be read first");
    }
    if rule.sends == Sends::Record && rule.mask.is_some() {
        faults.add(format!("{place}.mask"), "a whole record has no mask");
    }
    match &rule.precondition {
        Some(Precondition::Header { name }) if HeaderName::try_from(name.as_str()).is_err() => {
            faults.add(format!("{place}.precondition.name"), "no name of a header");
        }
        Some(Precondition::Body { path }) => steps(path, &format!("{place}.precondition"), faults),
        Some(Precondition::Header { .. } | Precondition::Compare {}) | None => {}
    }
    let versioned =
        matches!(rule.precondition, Some(Precondition::Header { .. } | Precondition::Body { .. }));
    if versioned && rule.read.as_ref().is_some_and(|read| read.version.is_none()) {
        faults.add(format!("{place}.read.version"), "missing: the precondition is a version");
    }
    match &rule.idempotency {
        Some(Idempotency::Header { name }) if HeaderName::try_from(name.as_str()).is_err() => {
            faults.add(format!("{place}.idempotency.name"), "no name of a header");
        }
        Some(Idempotency::Query { name }) if name.is_empty() || rule.params.contains_key(name) => {
            faults.add(format!("{place}.idempotency.name"), "a parameter of its own");
        }
        Some(_) | None => {}
    }
    if let Some(mark) = &rule.mark {
        steps(mark, &format!("{place}.mark"), faults);
    }
}

fn check_read(read: &ReadOne, place: &str, faults: &mut Faults) {
    path(&read.path, &format!("{place}.path"), faults);
    let named = read.path.contains(ID) || read.path.contains(WHOLE_ID);
    let under = read.path.contains(UNDER);
    if named == read.records.is_some() || under && read.records.is_none() {
        faults.add(format!("{place}.path"), "names the record, or what holds a list in which it is found");
    }
    let paths = [read.records.as_ref(), read.version.as_ref(), read.total.as_ref(), Some(&read.id)];
    for one in paths.into_iter().flatten().chain(Some(&read.record).filter(|record| !record.is_empty())) {
        steps(one, place, faults);
    }
    if read.records.is_some() && read.total.is_none() {
        faults.add(format!("{place}.total"), "missing: a list that may not be whole says nobody is gone");
    }
}

fn check_lookup(rule: &WriteRule, lookup: &Lookup, place: &str, faults: &mut Faults) {
    path(&lookup.path, &format!("{place}.path"), faults);
    if lookup.path.contains('{') {
        faults.add(format!("{place}.path"), "nothing is known of what is looked for but its fields");
    }
    if lookup.param.is_empty() || lookup.params.contains_key(&lookup.param) {
        faults.add(format!("{place}.param"), "a parameter of its own");
    }
    if lookup.by.is_empty() || lookup.by.iter().any(|name| !rule.fields.contains_key(name)) {
        faults.add(format!("{place}.by"), "at least one of the fields");
    }
    if lookup.by.iter().any(|name| !["email", "phone", "number"].contains(&name.as_str())) {
        faults.add(format!("{place}.by"), "an address or a number: many have the same name");
    }
    let paths = [Some(&lookup.id), lookup.version.as_ref(), lookup.mark.as_ref(), lookup.total.as_ref()];
    let holders = [&lookup.records, &lookup.record].into_iter().filter(|holder| !holder.is_empty());
    for one in paths.into_iter().flatten().chain(holders) {
        steps(one, place, faults);
    }
    if lookup.mark.is_some() != rule.mark.is_some() {
        faults.add(format!("{place}.mark"), "stands together with the place where a new record keeps it");
    }
    if lookup.total.is_none() && lookup.most.is_none() {
        faults.add(format!("{place}.most"), "missing: nothing tells whether all came that were found");
    }
    if lookup.settles_after_seconds > LONGEST_SETTLING {
        faults.add(format!("{place}.settles_after_seconds"), "an hour at most");
    }
}

fn check_answers(answers: &[Answered], place: &str, faults: &mut Faults) {
    for (index, answer) in answers.iter().enumerate() {
        if answer.status.is_empty() && answer.body.is_none() {
            faults.add(format!("{place}.{index}"), "a rule without a condition would catch every reply");
        }
    }
}

/// A path below the base URL, with no more in braces than is known.
fn path(text: &str, place: &str, faults: &mut Faults) {
    if !text.starts_with('/') || text.contains(['?', '#', '%']) || text.contains("..") {
        faults.add(place, "starts with / and holds no query");
    }
    let rest = text.replace(ID, "").replace(WHOLE_ID, "").replace(UNDER, "");
    if rest.contains(['{', '}']) {
        faults.add(place, "nothing but {id}, {+id} and {under} stands in braces");
    }
}

fn steps(path: &str, place: &str, faults: &mut Faults) {
    if path.split('.').any(str::is_empty) {
        faults.add(place, format!("`{path}` has an empty step"));
    }
}

#[cfg(test)]
mod tests {
    use crate::definition::{embedded_text, parse};

    /// Faults of a built-in definition with a part of it changed, by place.
    fn faults(key: &str, from: &str, to: &str) -> Vec<String> {
        let text = embedded_text(key).expect("built in");
        assert!(text.contains(from), "{from}");
        let list = parse(&text.replacen(from, to, 1)).err().unwrap_or_default();
        list.into_iter().map(|fault| fault.place).collect()
    }

    #[test]
    fn every_fault_of_a_write_is_named_by_its_place() {
        const PLACE: &str = "routes.api.write.";
        let google = [
            ("method = \"POST\"", "method = \"DELETE\"", "0.method"),
            ("path = \"/people:createContact\"", "path = \"/{+id}:createContact\"", "0.path"),
            ("path = \"/{+id}:updateContact\"", "path = \"/{id:updateContact\"", "1.path"),
            ("mask = \"updatePersonFields\"", "mask = \"personFields\"", "1.mask"),
            ("first_name = \"names.0.givenName\"", "shoe_size = \"names.0.givenName\"", "0.fields.shoe_size"),
            (
                "first_name = \"names.0.givenName\"",
                "first_name = \"names..givenName\"",
                "0.fields.first_name",
            ),
            ("by = [\"email\", \"phone\"]", "by = [\"first_name\"]", "0.lookup.by"),
            ("by = [\"email\", \"phone\"]", "by = [\"birthday\"]", "0.lookup.by"),
            ("most = 30\n", "", "0.lookup.most"),
            ("mark = \"clientData.*.value\"\n", "", "0.lookup.mark"),
            (
                "settles_after_seconds = 300",
                "settles_after_seconds = 86400",
                "0.lookup.settles_after_seconds",
            ),
            ("precondition = { kind = \"body\", path = \"etag\" }\n", "", "1.precondition"),
            (
                "read_only = [\"names.displayName\"",
                "lookup = { path = \"/x\", param = \"q\", by = [\"email\"], id = \"id\", most = 1 }\nread_only = [\"names.displayName\"",
                "1.lookup",
            ),
            (
                "stale = [{ status = [\"400\"], body = { path = \"error.status\", is = \"FAILED_PRECONDITION\" } }]",
                "stale = [{}]",
                "1.stale.0",
            ),
            ("https://developers.google.com/people/api/rest/v1/people/createContact", "", "0.source"),
            ("scopes = [\"https://www.googleapis.com/auth/contacts\"]", "scopes = [\"a b\"]", "0.scopes"),
            ("sends = \"members\"", "sends = \"record\"", "1.mask"),
        ];
        for (from, to, place) in google {
            let found = faults("google_contacts", from, to);
            assert!(found.contains(&format!("{PLACE}{place}")), "{to:?}: {place} in {found:?}");
        }
        let honeybook = [
            ("total = \"pagination.total_items\"\n\n[rows.fields]", "\n[rows.fields]", "1.read.total"),
            ("needed = [\"email\"]", "needed = [\"birthday\"]", "0.needed"),
            ("read_back = { kind = \"reply\", id = \"id\" }", "", "0.read_back"),
            ("path = \"/workspaces/{under}/members\"", "path = \"/workspaces/{id}/members\"", "1.read.path"),
            ("fixed = { kind = \"client\" }", "fixed = { kind = 1.5 }", "0.fixed.kind"),
            ("operation = \"update\"\nevidence", "operation = \"create\"\nevidence", "1"),
            ("operation = \"create\"\nevidence", "operation = \"read\"\nevidence", "0.operation"),
        ];
        for (from, to, place) in honeybook {
            let found = faults("honeybook", from, to);
            assert!(found.contains(&format!("{PLACE}{place}")), "{to:?}: {place} in {found:?}");
        }
        let tave = [
            ("body = \"none\"\n", "", "2.body"),
            (
                "record = \"project\"\noperation = \"update\"",
                "record = \"task\"\noperation = \"update\"",
                "3",
            ),
            ("refusal = { fields = \"detail\", code = \"type\" }", "scopes = [\"write\"]", "0.scopes"),
        ];
        for (from, to, place) in tave {
            let found = faults("tave", from, to);
            assert!(found.contains(&format!("{PLACE}{place}")), "{to:?}: {place} in {found:?}");
        }
        let several = faults("quickbooks", "name = \"requestid\"", "name = \"minorversion\"");
        assert!(several.contains(&format!("{PLACE}0.idempotency.name")), "{several:?}");
    }
}

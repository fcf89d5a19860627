//! A pasted command that changes a record, as a rule of the definition by which its list is read.
//!
//! What stands in the command is compared with a record that was read: a value or a name that both have is a field, what only
//! the command has is fixed where it is a plain word, and left out where it could be a key or somebody's data. Nothing is sent, and
//! nothing in this version carries the rule out.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use hub_core::fields::standard_field;
use hub_core::ports::Secret;
use hub_core::record::RecordType;
use serde_json::Value as Json;
use url::Url;

use super::{LARGEST_PASTE, PastedError, curl, kept, words};
use crate::definition::{Definition, ListRead, parse};
use crate::http::origin_of;

/// Leaves that are looked at.
const MOST_LEAVES: usize = 500;
/// Longest fixed word.
const LONGEST_WORD: usize = 40;

/// A rule that was made of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastedWrite {
    /// The definition with the rule, as a file.
    pub definition: String,
    /// `create` or `update`.
    pub operation: &'static str,
    /// What is written.
    pub record: RecordType,
    /// Method and path.
    pub request: String,
    /// Fields of WedSync and where they go.
    pub places: Vec<(String, String)>,
    /// What stands in every request.
    pub fixed: Vec<(String, String)>,
    /// What of the command is not written: nothing says what it is.
    pub left: Vec<String>,
}

/// Reads a command as a write to the source of a definition.
///
/// # Errors
/// A command that changes nothing or leads elsewhere, or whose body has nothing in common with the record.
pub fn read_pasted_write(
    command: &Secret,
    record: &str,
    definition: &str,
) -> Result<PastedWrite, PastedError> {
    let text = words::command(command.expose().trim()).ok_or(PastedError::Unknown)?;
    let change = curl::change(text)?;
    let read = parse(definition).map_err(|_| PastedError::NoListYet)?;
    let (list, base) = source(&read).ok_or(PastedError::NoListYet)?;
    if record.len() > LARGEST_PASTE {
        return Err(PastedError::TooLarge);
    }
    let record: Json = serde_json::from_str(record).map_err(|error| PastedError::NotJson(error.into()))?;
    let path = path_below(&base, &change.url).ok_or(PastedError::OtherPlace)?;
    let known = leaves(one_of(&record, list, &path));
    let id = known.get(&list.id).cloned();
    let own_path = path;
    let (path, named) = id_in(&own_path, id.as_deref());
    let operation = match (named, change.method.as_str()) {
        (true, "PUT" | "PATCH" | "POST") => "update",
        (false, "PATCH") => return Err(PastedError::OtherRecord),
        (false, "POST" | "PUT") if names_another(&own_path, list) => return Err(PastedError::OtherRecord),
        (false, "POST" | "PUT") => "create",
        _ => return Err(PastedError::NoChange),
    };
    let body = change.body.as_deref().unwrap_or_default();
    let (sent, form) = match serde_json::from_str::<Json>(body) {
        Ok(json @ Json::Object(_)) => (leaves(&json), false),
        Ok(_) | Err(_) if body.contains('=') && !body.trim_start().starts_with('{') => {
            (url::form_urlencoded::parse(body.as_bytes()).into_owned().collect(), true)
        }
        Ok(_) => return Err(PastedError::NoFields),
        Err(error) => return Err(PastedError::NotJson(error.into())),
    };
    let fields = read.rows.as_ref().map(|rows| &rows.fields).ok_or(PastedError::NoListYet)?;
    let sorted = Sorted::of(&sent, &known, fields, id.as_deref());
    let (record, places) = sorted.most().ok_or(PastedError::NoFields)?;
    if kept::has_rule(&read, record, operation) {
        return Err(PastedError::RuleThere);
    }
    let left = sorted.left(record);
    let rule = Rule {
        list,
        operation,
        record,
        path: &path,
        form,
        change: &change,
        places: &places,
        fixed: &sorted.fixed,
        sent: &sent,
    };
    let made = rule.appended(definition, read.version);
    // What was written is held to the same rules as what anybody writes.
    parse(&made).map_err(|faults| {
        tracing::warn!(?faults, "a pasted write makes no sound definition");
        PastedError::NoFields
    })?;
    Ok(PastedWrite {
        definition: made,
        operation,
        record,
        request: format!("{} {path}", change.method),
        places: places.into_iter().map(|(field, to)| (field, to.0)).collect(),
        fixed: sorted.fixed.into_iter().collect(),
        left,
    })
}

/// The steps of a command's address, one of which may be the id of the record that it saves.
///
/// # Errors
/// A command that changes nothing.
pub fn steps_of_write(command: &Secret) -> Result<Vec<String>, PastedError> {
    let text = words::command(command.expose().trim()).ok_or(PastedError::Unknown)?;
    let change = curl::change(text)?;
    Ok(change.url.path().split('/').filter(|step| !step.is_empty()).map(str::to_owned).collect())
}

/// The record, out of what somebody has at hand: itself, the one member in which it stands, or an answer of the list, of which
/// the one counts that the command names.
fn one_of<'a>(json: &'a Json, list: &ListRead, path: &str) -> &'a Json {
    let at = |json: &'a Json, path: &str| {
        path.split('.').filter(|step| !step.is_empty()).try_fold(json, |json, step| json.get(step))
    };
    if let Some(rows) = at(json, &list.records).and_then(Json::as_array) {
        let is_named = |row: &&Json| {
            let id = leaves(row).remove(&list.id);
            id.is_some_and(|id| path.split('/').any(|step| step == id))
        };
        return rows.iter().find(is_named).or(rows.first()).unwrap_or(json);
    }
    match json.as_object() {
        Some(members) if at(json, &list.id).is_none() && members.len() == 1 => {
            members.values().find(|inner| at(inner, &list.id).is_some()).unwrap_or(json)
        }
        _ => json,
    }
}

/// Whether an address below that of the list names a record, which is none of those at hand: it would be kept as if it made
/// somebody new, at the address of somebody who is there.
fn names_another(path: &str, list: &ListRead) -> bool {
    let below = path.strip_prefix(list.path.trim_end_matches('/')).and_then(|rest| rest.strip_prefix('/'));
    below.is_some_and(|rest| rest.contains(|c: char| c.is_ascii_digit()))
}

fn source(definition: &Definition) -> Option<(&ListRead, Url)> {
    let api = definition.routes.api.as_ref()?;
    Some((api.list()?, Url::parse(api.base_url.as_deref()?).ok()?))
}

/// The path below the base URL, of an address of the same origin.
fn path_below(base: &Url, url: &Url) -> Option<String> {
    let below = url.path().strip_prefix(base.path().trim_end_matches('/'))?;
    (origin_of(base) == origin_of(url) && below.starts_with('/'))
        .then(|| below.trim_end_matches('/').to_owned())
}

/// The path with the record's id left open, and whether it names one. A placeholder as documents write them is one too.
fn id_in(path: &str, id: Option<&str>) -> (String, bool) {
    let placeholder = |step: &str| {
        let step = step.replace("%7B", "{").replace("%7D", "}").replace("%3C", "<").replace("%3E", ">");
        [('{', '}'), ('<', '>')].iter().any(|(open, close)| step.starts_with(*open) && step.ends_with(*close))
            || step.starts_with(':') && step.len() > 1
    };
    let mut named = false;
    let steps: Vec<String> = path
        .split('/')
        .map(|step| {
            if !named && !step.is_empty() && (Some(step) == id || placeholder(step)) {
                named = true;
                "{id}".to_owned()
            } else {
                step.to_owned()
            }
        })
        .collect();
    (steps.join("/"), named)
}

/// Scalars by their path; what stands in lists is none that could be written back.
fn leaves(json: &Json) -> BTreeMap<String, String> {
    fn walk(json: &Json, path: &str, found: &mut BTreeMap<String, String>) {
        if found.len() >= MOST_LEAVES {
            return;
        }
        match json {
            Json::Object(members) => {
                for (name, value) in
                    members.iter().filter(|(name, _)| !name.is_empty() && !name.contains('.'))
                {
                    walk(
                        value,
                        &if path.is_empty() { name.clone() } else { format!("{path}.{name}") },
                        found,
                    );
                }
            }
            Json::Array(_) => {}
            Json::Null => drop(found.insert(path.to_owned(), String::new())),
            Json::String(text) => drop(found.insert(path.to_owned(), text.clone())),
            Json::Bool(_) | Json::Number(_) => drop(found.insert(path.to_owned(), json.to_string())),
        }
    }
    let mut found = BTreeMap::new();
    walk(json, "", &mut found);
    found
}

/// Where a field goes, and where the record that was read has it.
type Place = (String, String);

/// The leaves of a body, by what they are.
struct Sorted {
    by_record: BTreeMap<RecordType, BTreeMap<String, Place>>,
    fixed: BTreeMap<String, String>,
    unknown: Vec<String>,
}

impl Sorted {
    fn of(
        sent: &BTreeMap<String, String>,
        known: &BTreeMap<String, String>,
        fields: &BTreeMap<String, String>,
        id: Option<&str>,
    ) -> Sorted {
        let mut sorted = Sorted { by_record: BTreeMap::new(), fixed: BTreeMap::new(), unknown: Vec::new() };
        for (path, value) in sent {
            let found = counterpart(path, value, known).and_then(|there| Some((there, fields.get(there)?)));
            let uses =
                found.into_iter().flat_map(|(there, uses)| uses.split(' ').map(move |one| (there, one)));
            let mut taken = false;
            for (there, (record, field)) in uses.filter_map(|(there, one)| Some((there, field_of(one)?))) {
                taken = true;
                sorted
                    .by_record
                    .entry(record)
                    .or_default()
                    .entry(field)
                    .or_insert((path.clone(), there.to_owned()));
            }
            if taken {
                continue;
            }
            if Some(value.as_str()) == id && !value.is_empty() {
                sorted.fixed.insert(path.clone(), "{id}".to_owned());
            } else if counterpart(path, value, known).is_none() && is_plain_word(path, value) {
                sorted.fixed.insert(path.clone(), value.clone());
            } else {
                sorted.unknown.push(path.clone());
            }
        }
        sorted
    }

    /// The record of which most fields are written.
    fn most(&self) -> Option<(RecordType, BTreeMap<String, Place>)> {
        let most = self.by_record.iter().max_by_key(|(_, places)| places.len())?;
        Some((*most.0, most.1.clone()))
    }

    fn left(&self, record: RecordType) -> Vec<String> {
        let others = self.by_record.iter().filter(|(other, _)| **other != record);
        let taken: BTreeSet<&String> =
            self.by_record.get(&record).into_iter().flatten().map(|(_, (path, _))| path).collect();
        let others = others.flat_map(|(_, places)| places.values().map(|(path, _)| path));
        let left: BTreeSet<&String> =
            others.chain(&self.unknown).filter(|path| !taken.contains(path)).collect();
        left.into_iter().cloned().collect()
    }
}

/// The leaf of the record that a leaf of the body is: by its path or the end of it, else by a value that only one has.
fn counterpart<'a>(path: &str, value: &str, known: &'a BTreeMap<String, String>) -> Option<&'a str> {
    let ends = |there: &&String| path == there.as_str() || path.ends_with(&format!(".{there}"));
    if let Some(there) = known.keys().filter(ends).max_by_key(|there| there.len()) {
        return Some(there);
    }
    let mut alike = known.iter().filter(|(_, held)| value.len() > 2 && held.as_str() == value);
    match (alike.next(), alike.next()) {
        (Some((there, _)), None) => Some(there),
        _ => None,
    }
}

/// The record and field of WedSync that a place of a row is.
pub(super) fn field_of(place: &str) -> Option<(RecordType, String)> {
    let (holder, field) = place.split_once('.')?;
    let record = match holder {
        "primary" => RecordType::Person,
        "project" => RecordType::Project,
        _ => return None,
    };
    standard_field(record, field.split('.').next()?)?;
    Some((record, field.to_owned()))
}

/// A word that says what is sent, and neither a key nor anything about anybody.
fn is_plain_word(path: &str, value: &str) -> bool {
    let name = path.to_lowercase();
    let secret = ["key", "token", "secret", "pass", "auth", "sig", "hash", "nonce", "csrf"];
    let word = |c: char| c.is_ascii_alphabetic() || "_- ".contains(c);
    !secret.iter().any(|one| name.contains(one))
        && !value.is_empty()
        && value.len() <= LONGEST_WORD
        && value.chars().all(word)
}

struct Rule<'a> {
    list: &'a ListRead,
    operation: &'static str,
    record: RecordType,
    path: &'a str,
    form: bool,
    change: &'a curl::Change,
    places: &'a BTreeMap<String, Place>,
    fixed: &'a BTreeMap<String, String>,
    sent: &'a BTreeMap<String, String>,
}

impl Rule<'_> {
    /// The definition with this rule at its end, as the next version.
    fn appended(&self, definition: &str, version: u32) -> String {
        let mut out = kept::next_version(definition, version);
        // Writing to a string does not fail.
        let _ = self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        let quoted = |text: &str| toml::Value::from(text).to_string();
        let (operation, record) = (self.operation, self.record);
        writeln!(out, "\n# Made of a command that was pasted. Nothing carries it out by itself.")?;
        writeln!(out, "[[routes.api.write]]\nrecord = \"{record}\"\noperation = \"{operation}\"")?;
        writeln!(out, "evidence = \"observed\"\nsource = \"a command that was pasted\"")?;
        writeln!(out, "method = \"{}\"\npath = {}", self.change.method, quoted(self.path))?;
        if self.form {
            writeln!(out, "body = \"form\"")?;
        }
        let update = operation == "update";
        let whole = update && self.change.method == "PUT";
        if whole {
            writeln!(out, "sends = \"record\"\nempty = \"null\"")?;
        }
        // Where everything stands in one member, the answers have it there too.
        let holder = self.holder();
        if update {
            match (&self.change.precondition, &self.list.version) {
                (Some(name), Some(_)) => {
                    writeln!(out, "precondition = {{ kind = \"header\", name = {} }}", quoted(name))?;
                }
                (Some(_), None) | (None, _) => writeln!(out, "precondition = {{ kind = \"compare\" }}")?,
            }
            writeln!(out, "gone = [{{ status = [\"404\"] }}]")?;
            writeln!(
                out,
                "read_back = {{ kind = \"get\", id = {} }}",
                quoted(&self.held(&holder, &self.list.id))
            )?;
        } else {
            let record = quoted(&holder);
            writeln!(
                out,
                "read_back = {{ kind = \"reply\", record = {record}, id = {} }}",
                quoted(&self.list.id)
            )?;
        }
        if let Some(name) = &self.change.idempotency {
            writeln!(out, "idempotency = {{ kind = \"header\", name = {} }}", quoted(name))?;
        }
        if !self.fixed.is_empty() {
            let pair = |(path, value): (&String, &String)| {
                let value = match value.as_str() {
                    "true" | "false" if !self.form => value.clone(),
                    value => quoted(value),
                };
                format!("{} = {value}", quoted(path))
            };
            let pairs: Vec<String> = self.fixed.iter().map(pair).collect();
            writeln!(out, "fixed = {{ {} }}", pairs.join(", "))?;
        }
        writeln!(out, "\n[routes.api.write.fields]")?;
        for (field, (path, there)) in self.places {
            match path == there {
                true => writeln!(out, "{} = {}", quoted(field), quoted(path))?,
                false => writeln!(
                    out,
                    "{} = {{ path = {}, back = {} }}",
                    quoted(field),
                    quoted(path),
                    quoted(there)
                )?,
            }
        }
        if update {
            writeln!(out, "\n[routes.api.write.read]\npath = {}", quoted(self.path))?;
            writeln!(out, "record = {}\nid = {}", quoted(&holder), quoted(&self.list.id))?;
            if let Some(version) = &self.list.version {
                writeln!(out, "version = {}", quoted(version))?;
            }
        }
        writeln!(
            out,
            "\n[[capability]]\nroute = \"api\"\nrecords = [\"{record}\"]\noperations = [\"{operation}\"]"
        )?;
        writeln!(out, "evidence = \"observed\"\nsource = \"a command that was pasted\"")
    }

    /// The one member in which the whole body stands; nothing where there is none.
    fn holder(&self) -> String {
        let first = |path: &String| path.split_once('.').map(|(first, _)| first.to_owned());
        let mut firsts = self.sent.keys().map(first);
        match firsts.next().flatten() {
            Some(one) if firsts.all(|other| other.as_ref() == Some(&one)) => {
                let wraps = self.places.values().any(|(path, there)| *path == format!("{one}.{there}"));
                if wraps { one } else { String::new() }
            }
            _ => String::new(),
        }
    }

    fn held(&self, holder: &str, path: &str) -> String {
        if holder.is_empty() { path.to_owned() } else { format!("{holder}.{path}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: &str = r#"{"id": "c-17", "first": "Ann", "surname": "Lee", "email": "ann@example.com",
        "updated": "2026-05-01", "wedding": {"date": "2027-06-12"}, "tier": "gold"}"#;

    const DEFINITION: &str = "format = 1\nversion = 4\n\n[identity]\nkey = \"custom:own\"\nname = \"Own\"\n\
        description = \"connector.custom.description\"\nicon = \"connectors/custom.svg\"\ncategory = \"custom\"\n\n\
        [routes.api]\nstate = \"ready\"\nevidence = \"observed\"\nsource = \"a test read\"\n\
        base_url = \"https://crm.example\"\nhosts = [\"crm.example\"]\n\
        limits = [{ requests = 30, per_seconds = 60 }]\n\n[routes.api.auth]\nkind = \"bearer\"\n\
        help = \"connector.help.key_of_your_own\"\n\n[routes.api.list]\nstream = \"clients\"\npath = \"/api/clients\"\n\
        records = \"data\"\nid = \"id\"\nversion = \"updated\"\ntotal = \"count\"\npages = { kind = \"whole\" }\n\n\
        [[capability]]\nroute = \"api\"\nrecords = [\"person\", \"project\"]\noperations = [\"read\"]\n\
        evidence = \"observed\"\nsource = \"a test read\"\n\n[rows.fields]\nfirst = \"primary.first_name\"\n\
        surname = \"primary.last_name\"\nemail = \"primary.email\"\n\"wedding.date\" = \"project.wedding_date\"\n";

    fn read(command: &str) -> Result<PastedWrite, PastedError> {
        read_pasted_write(&Secret::new(command), RECORD, DEFINITION)
    }

    #[test]
    fn a_command_that_changes_a_record_is_a_rule_with_its_fields_and_its_id_left_open() {
        let write = read(
            "curl -X PATCH https://crm.example/api/clients/c-17 -H 'Authorization: Bearer s3cret-k3y-abcdef' \
             -H 'Content-Type: application/json' \
             -d '{\"client\": {\"first\": \"Anna\", \"mail_address\": \"ann@example.com\", \"kind\": \"client\", \
             \"api_key\": \"abc\", \"shoe\": 41}}'",
        )
        .expect("a rule");
        assert_eq!((write.operation, write.record), ("update", RecordType::Person));
        assert_eq!(write.request, "PATCH /api/clients/{id}");
        let place = |field: &str, path: &str| (field.to_owned(), path.to_owned());
        assert_eq!(
            write.places,
            [place("email", "client.mail_address"), place("first_name", "client.first")]
        );
        assert_eq!(write.fixed, [place("client.kind", "client")]);
        assert_eq!(
            write.left,
            ["client.api_key", "client.shoe"],
            "what could be a key, and what nobody knows"
        );
        for secret in ["s3cret", "ann@example.com", "Anna", "c-17", "abc"] {
            assert!(!write.definition.contains(secret), "inv 42: {secret} stands in no definition");
        }
        let read = parse(&write.definition).expect("a sound definition");
        assert_eq!(read.version, 5, "another version: what was agreed to is another thing now");
        let rule = &read.routes.api.unwrap().write[0];
        assert_eq!(rule.read.as_ref().unwrap().record, "client");
    }

    #[test]
    fn commands_that_make_somebody_and_forms_and_placeholders_are_read_too() {
        let made = read("curl https://crm.example/api/clients --json '{\"first\":\"x\",\"surname\":\"y\"}'")
            .unwrap();
        assert_eq!((made.operation, made.request.as_str()), ("create", "POST /api/clients"));
        let form =
            read("curl https://crm.example/api/clients/:id -d first=Anna -d email=a@b.example").unwrap();
        assert_eq!(form.request, "POST /api/clients/{id}");
        assert_eq!(form.places.len(), 2);
        let whole = read(
            "curl -X PUT https://crm.example/api/clients/c-17 -H 'If-Match: \"7\"' -H 'Idempotency-Key: 1' \
             -d '{\"id\":\"c-17\",\"wedding\":{\"date\":\"2027-06-13\"}}'",
        )
        .unwrap();
        assert_eq!(whole.record, RecordType::Project);
        assert_eq!(whole.fixed, [("id".to_owned(), "{id}".to_owned())]);
        let rule = parse(&whole.definition).unwrap().routes.api.unwrap().write.remove(0);
        assert!(rule.idempotency.is_some() && rule.sends == crate::definition::Sends::Record);
    }

    #[test]
    fn what_reads_leads_elsewhere_or_has_nothing_in_common_is_no_rule() {
        for (command, fault) in [
            ("curl https://crm.example/api/clients", "no_change"),
            ("curl -X DELETE https://crm.example/api/clients/c-17", "no_change"),
            ("curl -X PATCH https://crm.example/api/clients/c-18 -d '{\"first\":\"x\"}'", "other_record"),
            ("curl -X PUT https://crm.example/api/clients/c-18 -d '{\"first\":\"x\"}'", "other_record"),
            ("curl https://crm.example/api/clients/c-18 -d first=x", "other_record"),
            ("curl -X PUT https://elsewhere.example/api/clients/c-17 -d '{\"first\":\"x\"}'", "other_place"),
            ("curl https://crm.example/api/clients -d '{\"shoe\": 41}'", "no_fields"),
            ("curl https://crm.example/api/clients -d '[1]'", "no_fields"),
            ("curl https://crm.example/api/clients -d '{\"first\":'", "not_json"),
            ("curl https://crm.example/api/clients -d @body.json", "no_change"),
        ] {
            let error = read(command).expect_err(command);
            assert_eq!(error.message().id, format!("error.pasted.{fault}"), "{command}");
        }
        assert!(read_pasted_write(&Secret::new("curl x"), "{}", "format = 1").is_err());
    }

    #[test]
    fn the_record_is_found_in_what_somebody_has_at_hand() {
        let command = "curl -X PATCH https://crm.example/api/clients/c-17 -d '{\"first\":\"x\",\"email\":\"a@b.example\"}'";
        let answer =
            format!(r#"{{"count": 2, "data": [{{"id": "c-16", "email": "x@y.example"}}, {RECORD}]}}"#);
        let alone = format!(r#"{{"client": {RECORD}}}"#);
        for sample in [RECORD, &answer, &alone] {
            let write = read_pasted_write(&Secret::new(command), sample, DEFINITION).expect(sample);
            assert_eq!((write.operation, write.places.len()), ("update", 2), "{sample}");
        }
        let empty = r#"{"count": 0, "data": []}"#;
        let error = read_pasted_write(&Secret::new(command), empty, DEFINITION).expect_err("nobody is in it");
        assert_eq!(error.message().id, "error.pasted.other_record");
        assert_eq!(steps_of_write(&Secret::new(command)).unwrap(), ["api", "clients", "c-17"]);
        assert!(steps_of_write(&Secret::new("curl https://crm.example/api/clients/c-17")).is_err());
    }

    #[test]
    fn a_second_rule_for_the_same_is_told_and_takes_nobodys_place() {
        let command = "curl -X PATCH https://crm.example/api/clients/c-17 -d '{\"first\":\"x\"}'";
        let once = read(command).unwrap().definition;
        let error = read_pasted_write(&Secret::new(command), RECORD, &once).expect_err("it is there");
        assert_eq!(error.message().id, "error.pasted.rule_there");
        let other = "curl https://crm.example/api/clients -d '{\"first\":\"x\"}'";
        let both = read_pasted_write(&Secret::new(other), RECORD, &once).expect("another one").definition;
        assert_eq!(parse(&both).unwrap().routes.api.unwrap().write.len(), 2);
    }
}

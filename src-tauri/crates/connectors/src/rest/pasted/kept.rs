//! The rules for writing that a definition keeps, in words that a person can judge, and taking one away again.
//!
//! A definition is a file that its owner may have written by hand: what is taken out of it leaves every other line as it stands.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use hub_core::message::Message;
use hub_core::record::RecordType;

use super::change::field_of;
use crate::definition::{
    BodyForm, Capability, Definition, Idempotency, Operation, Precondition, ReadBack, RouteKind, Sends,
    WriteMethod, WriteRule, parse,
};

/// A rule as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptWrite {
    /// What is written.
    pub record: RecordType,
    /// What is done with it.
    pub operation: Operation,
    /// Method and path.
    pub request: String,
    /// Fields of WedSync, where each goes, and where it is read back where that is another place.
    pub places: Vec<(String, String, Option<String>)>,
    /// What stands in every request, by its path.
    pub fixed: Vec<(String, String)>,
    /// How it is sent, kept from doing harm and read back.
    pub facts: Vec<Message>,
    /// Fields that are read from the list and not written by it.
    pub unwritten: Vec<String>,
    /// What it cannot do, or nothing says.
    pub lacks: Vec<Message>,
}

/// All ids of [`KeptWrite::facts`] and [`KeptWrite::lacks`], for the test that each has its sentence.
pub const WRITE_MESSAGES: &[&str] = &[
    "connector.write.as_form",
    "connector.write.known_again",
    "connector.write.lacks.empty",
    "connector.write.lacks.known_again",
    "connector.write.lacks.lookup",
    "connector.write.lacks.needed",
    "connector.write.lacks.precondition",
    "connector.write.lacks.refusal",
    "connector.write.looked_for",
    "connector.write.precondition",
    "connector.write.read_back.get",
    "connector.write.read_back.nothing",
    "connector.write.read_back.reply",
    "connector.write.sends_members",
    "connector.write.sends_whole",
];

/// The rules of a definition's API, in its order.
pub fn kept_writes(definition: &Definition) -> Vec<KeptWrite> {
    let rules = definition.routes.api.as_ref().map_or(&[][..], |api| &api.write);
    rules.iter().map(|rule| kept(definition, rule)).collect()
}

fn kept(definition: &Definition, rule: &WriteRule) -> KeptWrite {
    KeptWrite {
        record: rule.record,
        operation: rule.operation,
        request: format!("{} {}", method(rule.method), rule.path),
        places: rule
            .fields
            .iter()
            .map(|(field, to)| {
                (field.clone(), to.path.clone(), (to.back != to.path).then(|| to.back.clone()))
            })
            .collect(),
        fixed: rule
            .fixed
            .iter()
            .map(|(path, value)| {
                (path.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned))
            })
            .collect(),
        facts: facts(rule, &definition.identity.name),
        unwritten: unwritten(definition, rule),
        lacks: lacks(rule, &definition.identity.name),
    }
}

fn method(method: WriteMethod) -> &'static str {
    match method {
        WriteMethod::Post => "POST",
        WriteMethod::Put => "PUT",
        WriteMethod::Patch => "PATCH",
        WriteMethod::Delete => "DELETE",
    }
}

fn facts(rule: &WriteRule, name: &str) -> Vec<Message> {
    let mut facts = Vec::new();
    let mut say = |message: Message| facts.push(message.with("name", name));
    match rule.sends {
        Sends::Changed => {}
        Sends::Members => say(Message::new("connector.write.sends_members")),
        Sends::Record => say(Message::new("connector.write.sends_whole")),
    }
    if rule.body == BodyForm::Form {
        say(Message::new("connector.write.as_form"));
    }
    match &rule.precondition {
        Some(Precondition::Header { name: by } | Precondition::Body { path: by }) => {
            say(Message::new("connector.write.precondition").with("by", by));
        }
        Some(Precondition::Compare {}) | None => {}
    }
    match &rule.idempotency {
        Some(Idempotency::Header { name: by } | Idempotency::Query { name: by }) => {
            say(Message::new("connector.write.known_again").with("by", by));
        }
        None => {}
    }
    if let Some(lookup) = &rule.lookup {
        say(Message::new("connector.write.looked_for").with("path", &lookup.path));
    }
    match (&rule.read_back, &rule.read) {
        (ReadBack::Get { .. }, Some(read)) => {
            say(Message::new("connector.write.read_back.get").with("path", &read.path));
        }
        (ReadBack::Reply { .. }, _) => say(Message::new("connector.write.read_back.reply")),
        (ReadBack::Get { .. }, None) | (ReadBack::Nothing {}, _) => {
            say(Message::new("connector.write.read_back.nothing"));
        }
    }
    facts
}

fn lacks(rule: &WriteRule, name: &str) -> Vec<Message> {
    let creates = rule.operation == Operation::Create;
    let updates = rule.operation == Operation::Update;
    let missing = [
        (creates && rule.lookup.is_none(), "connector.write.lacks.lookup"),
        (creates && rule.idempotency.is_none(), "connector.write.lacks.known_again"),
        (creates && rule.needed.is_empty(), "connector.write.lacks.needed"),
        (rule.precondition == Some(Precondition::Compare {}), "connector.write.lacks.precondition"),
        (updates && rule.empty.is_none(), "connector.write.lacks.empty"),
        (rule.refusal == Default::default(), "connector.write.lacks.refusal"),
    ];
    missing.into_iter().filter(|(is, _)| *is).map(|(_, id)| Message::new(id).with("name", name)).collect()
}

/// What is read of such a record and goes nowhere by the rule.
fn unwritten(definition: &Definition, rule: &WriteRule) -> Vec<String> {
    if rule.operation == Operation::Delete {
        return Vec::new();
    }
    let uses = definition.rows.iter().flat_map(|rows| rows.fields.values());
    let read: BTreeSet<String> = uses
        .flat_map(|uses| uses.split(' '))
        .filter_map(field_of)
        .filter(|(record, field)| *record == rule.record && !rule.fields.contains_key(field))
        .map(|(_, field)| field)
        .collect();
    read.into_iter().collect()
}

/// Whether a definition says already how such a record is written.
pub(super) fn has_rule(definition: &Definition, record: RecordType, operation: &str) -> bool {
    let rules = definition.routes.api.as_ref().map_or(&[][..], |api| &api.write);
    rules.iter().any(|rule| rule.record == record && rule.operation.as_str() == operation)
}

/// The text of a definition as its next version.
pub(super) fn next_version(definition: &str, version: u32) -> String {
    let is_it = |line: &str| {
        let says = line.split('#').next().and_then(|line| line.split_once('='));
        says.is_some_and(|(name, value)| name.trim() == "version" && value.trim() == version.to_string())
    };
    let mut replaced = false;
    let mut out = String::with_capacity(definition.len() + 2_048);
    for line in definition.lines() {
        if !replaced && is_it(line) {
            replaced = true;
            // Writing to a string does not fail.
            let _ = writeln!(out, "version = {}", version.saturating_add(1));
        } else {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

/// A part of the text: a table with what stands above it as a comment.
struct Block<'a> {
    /// The name of the table as it is written, brackets and all; nothing at the beginning.
    header: String,
    lines: Vec<&'a str>,
}

fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks = vec![Block { header: String::new(), lines: Vec::new() }];
    let mut above = Vec::new();
    for line in text.lines() {
        let bare = line.trim();
        if bare.is_empty() || bare.starts_with('#') {
            above.push(line);
            continue;
        }
        if bare.starts_with('[') {
            let header = bare.split('#').next().unwrap_or(bare);
            let header = header.chars().filter(|c| !c.is_whitespace()).collect();
            blocks.push(Block { header, lines: Vec::new() });
        }
        if let Some(block) = blocks.last_mut() {
            block.lines.append(&mut above);
            block.lines.push(line);
        }
    }
    if let Some(block) = blocks.last_mut() {
        block.lines.append(&mut above);
    }
    blocks
}

/// The text of a definition without a rule, as its next version; the line that says so goes with it, where it says nothing else.
/// Nothing where there is no such rule, or the text is written in another way than in tables of its own: what came of taking it
/// out is compared with what has to be left.
pub fn without_write(text: &str, record: RecordType, operation: Operation) -> Option<String> {
    const RULE: &str = "[[routes.api.write]]";
    let read = parse(text).ok()?;
    let is_rule = |rule: &WriteRule| rule.record == record && rule.operation == operation;
    let says_it = |said: &Capability| {
        said.route == RouteKind::Api && said.records == [record] && said.operations == [operation]
    };
    let rule = read.routes.api.as_ref()?.write.iter().position(is_rule)?;
    let said = read.capability.iter().position(says_it);
    let mut wanted = read.clone();
    wanted.version = read.version.saturating_add(1);
    wanted.routes.api.as_mut()?.write.remove(rule);
    if let Some(said) = said {
        wanted.capability.remove(said);
    }
    let (mut rules, mut said_so_far, mut inside) = (0, 0, false);
    let mut left = String::with_capacity(text.len());
    for block in blocks(text) {
        let is_part =
            block.header.starts_with("[routes.api.write.") || block.header.starts_with("[[routes.api.write.");
        if block.header == RULE {
            inside = rules == rule;
            rules += 1;
        } else if !is_part {
            inside = false;
        }
        let mut goes = inside;
        if block.header == "[[capability]]" {
            goes = Some(said_so_far) == said;
            said_so_far += 1;
        }
        if !goes {
            for line in block.lines {
                left.push_str(line);
                left.push('\n');
            }
        }
    }
    let made = next_version(&left, read.version);
    (parse(&made).ok()? == wanted).then_some(made)
}

#[cfg(test)]
mod tests {
    use hub_core::ports::Secret;

    use super::super::read_pasted_write;
    use super::*;

    const DEFINITION: &str = "format = 1\nversion = 4 # the fourth\n\n[identity]\nkey = \"custom:own\"\nname = \"Own\"\n\
        description = \"connector.custom.description\"\nicon = \"connectors/custom.svg\"\ncategory = \"custom\"\n\n\
        [routes.api]\nstate = \"ready\"\nevidence = \"observed\"\nsource = \"a test read\"\n\
        base_url = \"https://crm.example\"\nhosts = [\"crm.example\"]\n\
        limits = [{ requests = 30, per_seconds = 60 }]\n\n[routes.api.auth]\nkind = \"bearer\"\n\
        help = \"connector.help.key_of_your_own\"\n\n[routes.api.list]\nstream = \"clients\"\npath = \"/api/clients\"\n\
        records = \"data\"\nid = \"id\"\nversion = \"updated\"\ntotal = \"count\"\npages = { kind = \"whole\" }\n\n\
        # What it is for.\n[[capability]]\nroute = \"api\"\nrecords = [\"person\", \"project\"]\noperations = [\"read\"]\n\
        evidence = \"observed\"\nsource = \"a test read\"\n\n[rows.fields]\nfirst = \"primary.first_name\"\n\
        surname = \"primary.last_name\"\nemail = \"primary.email\"\n\"wedding.date\" = \"project.wedding_date\"\n";
    const RECORD: &str = r#"{"id": "c-17", "first": "Ann", "surname": "Lee", "email": "ann@example.com"}"#;
    const CHANGES: &str = "curl -X PATCH https://crm.example/api/clients/c-17 \
        -d '{\"client\":{\"first\":\"Anna\",\"kind\":\"client\",\"mail\":\"ann@example.com\"}}'";
    const MAKES: &str =
        "curl https://crm.example/api/clients -H 'Idempotency-Key: 1' -d first=Ann -d surname=Lee";

    fn with(command: &str, definition: &str) -> String {
        read_pasted_write(&Secret::new(command), RECORD, definition).expect("a rule").definition
    }

    fn ids(messages: &[Message]) -> Vec<&str> {
        messages.iter().map(|message| message.id.trim_start_matches("connector.write.")).collect()
    }

    #[test]
    fn a_rule_says_what_goes_where_how_it_is_read_back_and_what_it_lacks() {
        assert_eq!(kept_writes(&parse(DEFINITION).expect("sound")), []);
        let definition = parse(&with(MAKES, &with(CHANGES, DEFINITION))).expect("sound");
        let kept = kept_writes(&definition);
        let [change, make] = kept.as_slice() else { panic!("both: {kept:?}") };
        assert_eq!((change.record, change.operation), (RecordType::Person, Operation::Update));
        assert_eq!(change.request, "PATCH /api/clients/{id}");
        let place =
            |field: &str, path: &str, back: &str| (field.to_owned(), path.to_owned(), Some(back.to_owned()));
        assert_eq!(
            change.places,
            [place("email", "client.mail", "email"), place("first_name", "client.first", "first")]
        );
        assert_eq!(change.fixed, [("client.kind".to_owned(), "client".to_owned())]);
        assert_eq!(ids(&change.facts), ["read_back.get"]);
        assert_eq!(change.facts[0].params["path"], "/api/clients/{id}");
        assert_eq!(change.unwritten, ["last_name"], "the day of the wedding is no person's");
        assert_eq!(ids(&change.lacks), ["lacks.precondition", "lacks.empty", "lacks.refusal"]);

        assert_eq!((make.operation, make.request.as_str()), (Operation::Create, "POST /api/clients"));
        assert_eq!(make.places[0], ("first_name".to_owned(), "first".to_owned(), None));
        assert_eq!(ids(&make.facts), ["as_form", "known_again", "read_back.reply"]);
        assert_eq!(ids(&make.lacks), ["lacks.lookup", "lacks.needed", "lacks.refusal"]);
        for one in kept.iter().flat_map(|one| one.facts.iter().chain(&one.lacks)) {
            assert!(WRITE_MESSAGES.contains(&one.id.as_str()), "{}", one.id);
        }
    }

    #[test]
    fn a_rule_is_taken_away_and_every_other_line_stays() {
        let both = with(MAKES, &with(CHANGES, DEFINITION));
        let person = RecordType::Person;
        for (first, second) in
            [(Operation::Update, Operation::Create), (Operation::Create, Operation::Update)]
        {
            let one = without_write(&both, person, first).expect("the first");
            assert_eq!(parse(&one).expect("sound").version, 7);
            assert_eq!(without_write(&one, person, first), None, "it is gone");
            let none = without_write(&one, person, second).expect("the second");
            assert_eq!(none, DEFINITION.replace("version = 4 # the fourth", "version = 8"), "as it was");
        }
        assert_eq!(without_write(DEFINITION, person, Operation::Update), None);
        assert_eq!(without_write("format = ", person, Operation::Update), None);
    }

    #[test]
    fn what_is_written_in_another_way_is_left_alone() {
        let person = RecordType::Person;
        // A line that says more than the rule stays, and so does what it says.
        let kept = with(CHANGES, DEFINITION)
            .replace("operations = [\"update\"]", "operations = [\"update\", \"create\"]");
        let left = without_write(&kept, person, Operation::Update).expect("the rule alone");
        assert!(left.contains("operations = [\"update\", \"create\"]"));
        // A text within a text looks like a table: what would come of cutting there is not what has to be left.
        let inside = with(CHANGES, DEFINITION).replace(
            "source = \"a command that was pasted\"",
            "source = \"\"\"\n[[routes.api.write]]\nx\"\"\"",
        );
        assert!(parse(&inside).is_ok());
        assert_eq!(without_write(&inside, person, Operation::Update), None);
    }

    #[test]
    fn every_sentence_stands_in_the_catalogue() {
        for id in WRITE_MESSAGES {
            assert!(hub_core::message::is_known(id), "{id}");
        }
    }
}

//! Definitions as files: the built-in ones are sound, broken ones name every fault at once.

use hub_connectors::definition::{AuthKind, Pagination, parse};
use hub_connectors::messages::MESSAGES;
use hub_connectors::{embedded, embedded_keys};
use hub_core::fields::standard_fields;
use hub_core::mapping::{Mapping, Severity, read_rules, standard_schema, validate};
use hub_core::message::is_known;
use hub_core::record::RecordType;

const TAVE: &str = include_str!("../../definitions/tave.toml");

#[test]
fn the_built_in_definitions_are_sound_and_everybody_is_there() {
    for key in embedded_keys() {
        let definition =
            embedded(key).expect("built in").unwrap_or_else(|faults| panic!("{key}: {faults:#?}"));
        assert_eq!(definition.identity.key, key);
    }
    assert!(embedded("nobody").is_none());
    // R53 and the phases after it.
    for key in [
        "tave",
        "lightblue",
        "honeybook",
        "seventeen",
        "shootq",
        "pixieset",
        "iris_works",
        "dubsado",
        "studio_ninja",
        "custom",
        "studiocloud",
        "crm27",
        "pictime",
        "cloudspot",
        "sprout_studio",
        "google_contacts",
        "google_calendar",
        "calendly",
        "quickbooks",
        "zapier",
        "make",
    ] {
        assert!(embedded(key).is_some(), "{key} can be chosen");
    }
    assert!(embedded("calendar_feed").is_some(), "and any calendar (MODEL 9)");
    assert_eq!(embedded_keys().count(), 22);
}

#[test]
fn the_default_mapping_of_the_specification_holds() {
    let tave = embedded("tave").unwrap().unwrap();
    let rule = |record: RecordType, field: &str| {
        let found = tave.mapping.iter().find(|rule| rule.record == record && rule.field == field);
        found.unwrap_or_else(|| panic!("{record}.{field} has a rule"))
    };
    for (field, from) in [
        ("first_name", "primary_contact.first_name"),
        ("last_name", "primary_contact.last_name"),
        ("email", "primary_contact.email"),
        ("phone", "primary_contact.phone"),
    ] {
        assert_eq!(rule(RecordType::Person, field).from, [from]);
    }
    assert_eq!(rule(RecordType::Project, "wedding_date").from, ["jobs.0.event_date"]);
    assert_eq!(rule(RecordType::Project, "venue_name").from, ["jobs.0.venue_name"]);
    assert!(rule(RecordType::Person, "email").required, "a person without an address is looked at");
    // What the engine fills by itself: references and joins.
    let linked = ["client_id", "project_id", "payer_id", "person_id", "people", "allocations"];
    // What this CRM has no source for.
    let nothing = [("person", "notes"), ("document", "kind"), ("event", "status")];
    for record in [
        RecordType::Person,
        RecordType::Project,
        RecordType::Event,
        RecordType::Invoice,
        RecordType::Payment,
        RecordType::Document,
        RecordType::Communication,
    ] {
        for spec in standard_fields(record) {
            if !linked.contains(&spec.name) && !nothing.contains(&(record.as_str(), spec.name)) {
                rule(record, spec.name);
            }
        }
    }
}

#[test]
fn tave_has_the_limits_page_and_probe_of_the_specification() {
    let tave = embedded("tave").unwrap().unwrap();
    let api = tave.routes.api.as_ref().unwrap();
    let limits: Vec<(u32, u32)> =
        api.limits.iter().map(|limit| (limit.requests, limit.per_seconds)).collect();
    assert_eq!(limits, [(60, 60), (1000, 3600)], "R175");
    let lists = api.lists().unwrap();
    let Pagination::Page { page_size, .. } = lists.lists.pagination;
    assert_eq!((page_size, lists.account.path.as_str()), (100, "/studio/me"), "R175");
    assert_eq!(api.auth.kind(), AuthKind::Header);
}

#[test]
fn every_sentence_of_a_failure_stands_in_the_catalogue() {
    for id in MESSAGES {
        assert!(is_known(id), "{id} is a sentence");
    }
}

#[test]
fn the_default_mapping_is_sound_for_the_core() {
    let tave = embedded("tave").unwrap().unwrap();
    let rules: Vec<serde_json::Value> = tave.mapping.iter().map(|rule| rule.to_json()).collect();
    let (rules, faults) = read_rules(&rules);
    assert!(faults.is_empty(), "{faults:?}");
    let mut mapping = Mapping { revision: 1, rules, ..Mapping::default() };
    let faults = validate(&mut mapping, &standard_schema());
    let severe: Vec<_> = faults.iter().filter(|fault| fault.severity == Severity::Error).collect();
    assert!(severe.is_empty(), "{severe:?}");
}

#[test]
fn ten_faults_are_named_in_one_run() {
    let broken = TAVE
        .replacen("key = \"tave\"", "key = \"Tave!\"", 1)
        .replacen("unit = \"ask\"", "unit = \"guess\"", 1)
        .replacen("permission = \"when_two_way\"", "permision = \"when_two_way\"", 1)
        .replacen(
            "evidence = \"documented\"\nsource = \"https://workspace.vsco.co/api\"",
            "evidence = \"heard\"\nsource = \"x\"",
            1,
        )
        .replacen("kind = \"header\"", "kind = \"magic\"", 1)
        .replacen("path = \"/job-role\"", "path = \"job-role\"", 1)
        .replacen("name = \"job-type\"", "name = \"job-role\"", 1)
        .replacen("status = [\"429\"]", "status = [\"42\"]", 1)
        .replacen("message = \"error.crm.key_refused\"", "message = \"error.crm.oh_no\"", 1)
        .replacen("field = \"wedding_date\"", "field = \"weding_date\"", 1)
        .replacen("[assemble.job.leaves]", "[assemble.job.leaves]\nbroken = { as = \"miracle\" }", 1);
    let faults = parse(&broken).expect_err("eleven faults are in it");
    let places: Vec<&str> = faults.iter().map(|fault| fault.place.as_str()).collect();
    for place in [
        "identity.key",
        "money",
        "writes",
        "capability.0",
        "routes.api.auth",
        "routes.api.stream.0.path",
        "routes.api.stream.1.name",
        "routes.api.failure.1",
        "routes.api.failure.2.message",
        "assemble.job",
    ] {
        assert!(places.contains(&place), "{place} is named in {places:?}");
    }
    assert!(faults.iter().any(|fault| fault.reason.contains("weding_date")), "{faults:?}");
    assert!(faults.iter().all(|fault| !fault.to_string().contains('\n')), "one line each: {faults:?}");
}

#[test]
fn ten_broken_definitions_are_each_named() {
    let cases: [(&str, &str, &str); 10] = [
        ("format = 1", "format = 2", "format"),
        (
            "base_url = \"https://workspace.vsco.co/api/v2\"",
            "base_url = \"http://workspace.vsco.co\"",
            "routes.api.base_url",
        ),
        ("hosts = [\"workspace.vsco.co\"]", "hosts = [\"example.org\"]", "routes.api.hosts"),
        (
            "[routes.api]\nstate = \"ready\"\nevidence = \"documented\"",
            "[routes.api]\nstate = \"ready\"\nevidence = \"specified\"",
            "routes.api.base_url",
        ),
        ("icon = \"connectors/tave.svg\"", "icon = \"logo.png\"", "identity.icon"),
        ("look_ups = [\"job-role\"", "look_ups = [\"job-rolle\"", "routes.api.preview"),
        (
            "stream = \"payment-method\", by",
            "stream = \"payment-methods\", by",
            "assemble.child.2.leaves.method",
        ),
        ("order = [\"start_date\"", "order = [\"begin_date\"", "assemble.child.0.order"),
        ("field = \"due_date\"", "field = \"number\"", "mapping."),
        ("status = [\"429\"]\n", "", "routes.api.failure.1"),
    ];
    for (from, to, place) in cases {
        assert!(TAVE.contains(from), "{from} is still in the file");
        let faults = parse(&TAVE.replacen(from, to, 1)).expect_err(to);
        assert!(
            faults.iter().any(|fault| fault.place.starts_with(place)),
            "{to}: {place} is named in {faults:?}"
        );
    }
}

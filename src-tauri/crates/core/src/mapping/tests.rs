//! Rules against documents.

use serde_json::{Value as Json, json};

use super::*;
use crate::parse::Reason;
use crate::value::{Value, same_value};

fn compile(rules: Json, decisions: Json) -> CompiledMapping {
    let mapping: Mapping =
        serde_json::from_value(json!({"revision": 3, "rules": rules, "decisions": decisions}))
            .expect("the mapping is well formed");
    CompiledMapping::compile(&mapping).expect("its transforms are sound")
}

fn rule(record_type: &str, field: &str, source: &str, value_type: &str) -> Json {
    json!({"record_type": record_type, "wedsync_field": field, "sources": [source], "value_type": value_type})
}

fn scope<'a>(root: &'a Json, anchor: Option<&'a Json>) -> Scope<'a> {
    Scope { root, anchor, parent: None, row: "row 12", clearing: Clearing::BlankIsUnknown }
}

fn document() -> Json {
    json!({
        "primary_contact": {"first_name": "Sarah", "email": "sarah@example.com", "phone": {"e164": null, "text": "call mum"}},
        "partner": {"first_name": "Mike", "email": ""},
        "people": [{"first_name": "Linda", "role": "parent"}],
        "jobs": [
            {"name": "Wedding", "event_date": "2026-06-13", "events": [{"name": "Ceremony"}, {"name": "Dinner"}], "total": 450000},
            {"name": "Engagement", "event_date": "2025-09-01", "events": []}
        ],
        "tags": ["vip", "rural"]
    })
}

#[test]
fn one_person_rule_serves_every_person() {
    let mapping =
        compile(json!([rule("person", "first_name", "primary_contact.first_name", "text")]), json!({}));
    let root = document();
    let first = &mapping.rules()[0];
    let names: Vec<Value> = [&root["primary_contact"], &root["partner"], &root["people"][0]]
        .into_iter()
        .filter_map(|person| mapping.evaluate(first, &scope(&root, Some(person))).value)
        .collect();
    assert_eq!(names, ["Sarah", "Mike", "Linda"].map(|name| Value::Text(name.into())));
    let outcome = mapping.evaluate(first, &scope(&root, Some(&root["partner"])));
    assert_eq!(outcome.source, json!("Mike"), "the base keeps what the CRM says");
    assert_eq!((outcome.provenance[0].base, &*outcome.provenance[0].pointer), (Base::Anchor, "/first_name"));
}

#[test]
fn paths_reach_the_root_the_parent_and_all_elements() {
    let mapping = compile(
        json!([
            rule("client", "notes", "tags.*", "text"),
            rule("event", "name", "jobs.*.name", "text"),
            rule("project", "wedding_date", "jobs.0.event_date", "date"),
        ]),
        json!({}),
    );
    let root = document();
    let job = &root["jobs"][1];
    let value = |index: usize, scope: &Scope<'_>| {
        mapping.evaluate(&mapping.rules()[index], scope).value.map(|value| value.to_json())
    };
    assert_eq!(value(0, &scope(&root, None)), Some(json!("vip, rural")), "all of them, as a text");
    let event = Scope { parent: Some(&root["jobs"][0]), ..scope(&root, Some(&root["jobs"][0]["events"][1])) };
    assert_eq!(value(1, &event), Some(json!("Wedding")), "the event's own job, not the first of all");
    assert_eq!(value(2, &scope(&root, Some(job))), Some(json!("2025-09-01")), "the second job's own date");
}

#[test]
fn problems_name_row_field_value_reason_and_fix() {
    let mapping = compile(
        json!([
            {"record_type": "person", "wedsync_field": "email", "sources": ["Email"], "value_type": "email", "required": true},
            {"record_type": "project", "wedsync_field": "wedding_date", "sources": ["Date"], "value_type": "date"},
            {"record_type": "person", "wedsync_field": "phone", "sources": ["Phone"], "value_type": "phone"},
            {"record_type": "project", "wedsync_field": "crm_total", "sources": ["Total"], "value_type": "money"},
        ]),
        json!({"date_orders": {"Date": "dmy"}, "money_unit": "ask", "currency": "GBP", "country": "GB"}),
    );
    let row = json!({"Email": " ", "Date": "31/02/2026", "Phone": "call mum", "Total": 450000});
    let outcomes: Vec<FieldOutcome> =
        mapping.rules().iter().map(|rule| mapping.evaluate(rule, &scope(&row, None))).collect();
    let problem = |index: usize| outcomes[index].problem.clone().expect("this value has a problem");
    assert_eq!(problem(0).code, Reason::RequiredMissing);
    let date = problem(1);
    assert_eq!(
        (date.row.as_str(), date.field.as_str(), date.value.as_str()),
        ("row 12", "wedding_date", "31/02/2026")
    );
    assert_eq!((date.code, date.message.as_str()), (Reason::NotADate, "problem.not_a_date"));
    assert_eq!(date.suggestion, Some(json!("2026-02-28")));
    assert_eq!(problem(2).code, Reason::PhoneNoDigits);
    assert_eq!(
        outcomes[2].value.as_ref().map(Value::to_json),
        Some(json!({"e164": null, "text": "call mum"})),
        "the text is kept"
    );
    assert_eq!(problem(3).code, Reason::MoneyUnitUnknown, "until answered, money stays out");
}

#[test]
fn inv_07_blank_is_not_erase() {
    let mapping = compile(
        json!([
            rule("person", "email", "Email", "email"),
            {"record_type": "project", "wedsync_field": "kind", "sources": ["Kind"], "value_type": "text", "default": "Wedding"},
        ]),
        json!({}),
    );
    for row in [json!({}), json!({"Email": null}), json!({"Email": "  "}), json!({"Email": "n/a"})] {
        let outcome = mapping.evaluate(&mapping.rules()[0], &scope(&row, None));
        assert_eq!((outcome.value, outcome.problem), (None, None), "{row} says nothing");
    }
    let clears = Scope { clearing: Clearing::BlankClears, ..scope(&Json::Null, None) };
    let null = json!({"Email": null});
    let empty = json!({});
    assert_eq!(
        mapping.evaluate(&mapping.rules()[0], &Scope { root: &null, ..clears }).value,
        Some(Value::Null),
        "cleared in so many words"
    );
    assert_eq!(
        mapping.evaluate(&mapping.rules()[0], &Scope { root: &empty, ..clears }).value,
        None,
        "an absent field never clears"
    );
    assert_eq!(
        mapping.evaluate(&mapping.rules()[1], &scope(&empty, None)).value,
        Some(Value::Text("Wedding".into())),
        "the default"
    );
}

#[test]
fn further_addresses_become_keyed_lists() {
    let mapping = compile(
        json!([
            rule("person", "other_emails", "Emails", "array"),
            rule("person", "other_phones", "Phones", "array"),
        ]),
        json!({"country": "GB"}),
    );
    let row = json!({"Emails": "A@Example.com; b@example.com", "Phones": [{"number": "07700 900318", "label": "home"}, "020 7946 0123"]});
    let value = |index: usize| {
        mapping.evaluate(&mapping.rules()[index], &scope(&row, None)).value.map(|value| value.to_json())
    };
    assert_eq!(
        value(0),
        Some(
            json!({"a@example.com": {"address": "A@Example.com"}, "b@example.com": {"address": "b@example.com"}})
        )
    );
    let phones = value(1).expect("two numbers");
    assert_eq!(phones["+447700900318"]["label"], json!("home"));
    assert_eq!(phones["+442079460123"]["phone"]["e164"], json!("+442079460123"));
}

#[test]
fn r131_every_fault_of_a_mapping_is_reported() {
    let rules = json!([
        rule("person", "frist_name", "a", "text"),
        rule("persn", "first_name", "a", "text"),
        rule("person", "email", "a", "text"),
        rule("person", "last_name", "a", "text"),
        rule("person", "last_name", "b", "text"),
        rule("client", "wedding_date", "a", "date"),
        {"record_type": "person", "wedsync_field": "phone", "sources": [], "value_type": "phone"},
        {"record_type": "person", "wedsync_field": "title", "sources": ["t"], "value_type": "text", "transforms": [{"kind": "extract", "regex": "("}]},
        {"record_type": "person", "wedsync_field": "job_title", "sources": ["t"], "value_type": "text", "transforms": [{"kind": "name_case"}]},
        {"record_type": "person", "wedsync_field": "birthday", "sources": ["t"], "value_type": "date", "default": "soon"},
    ]);
    let mut mapping: Mapping =
        serde_json::from_value(json!({"revision": 1, "rules": rules})).expect("well formed");
    let faults = validate(&mut mapping, &standard_schema());
    let found: Vec<(usize, MappingFault, Option<&str>)> = faults
        .iter()
        .map(|fault| (fault.mapping_index, fault.error, fault.suggested_fix.as_deref()))
        .collect();
    assert_eq!(
        found,
        [
            (0, MappingFault::UnknownField, Some("first_name")),
            (1, MappingFault::UnknownRecordType, Some("person")),
            (2, MappingFault::WrongType, Some("email")),
            (4, MappingFault::DuplicateTarget, None),
            (5, MappingFault::ReadOnly, Some("project.wedding_date")),
            (6, MappingFault::NoSource, None),
            (7, MappingFault::BadTransform, None),
            (7, MappingFault::NotInvertible, Some("import_only")),
            (8, MappingFault::NotInvertible, Some("import_only")),
            (9, MappingFault::BadDefault, None),
            (10, MappingFault::RequiredUnmapped, Some("person.first_name")),
        ]
    );
    assert_eq!(
        mapping.rules[8].direction,
        Direction::ImportOnly,
        "a field that can't be undone is brought in only"
    );
    for fault in &faults {
        assert!(
            crate::message::is_known(&format!("mapping.{}", fault.error.as_str())),
            "{:?} has a sentence",
            fault.error
        );
    }
}

#[test]
fn unreadable_rules_are_all_reported() {
    let (read, faults) = read_rules(&[
        json!({"record_type": "person", "wedsync_field": "email", "sources": ["a..b"], "value_type": "emial"}),
        json!({"record_type": "person", "wedsync_field": "title", "sources": ["t"], "value_type": "text", "transforms": [{"kind": "shout"}]}),
        json!({"record_type": "person", "wedsync_field": "phone", "sources": ["p"], "value_type": "phone", "colour": 1}),
        rule("person", "last_name", "l", "text"),
    ]);
    assert_eq!(read.len(), 1, "the sound rule is read");
    let found: Vec<(usize, MappingFault)> =
        faults.iter().map(|fault| (fault.mapping_index, fault.error)).collect();
    use MappingFault::{BadPath, BadRule, BadTransform, UnknownType};
    assert_eq!(found, [(0, BadPath), (0, UnknownType), (1, BadTransform), (2, BadRule)]);
    assert_eq!(faults[1].suggested_fix.as_deref(), Some("email"));
}

#[test]
fn every_reason_has_a_sentence() {
    for reason in Reason::ALL {
        assert!(
            crate::message::is_known(&format!("problem.{}", reason.as_str())),
            "problem.{} is in the catalogue",
            reason.as_str()
        );
    }
    for code in [
        "name",
        "alias",
        "similar_name",
        "type",
        "samples_fit",
        "samples_doubtful",
        "samples_contradict",
        "only_emails",
        "couple_in_samples",
        "second_of_its_kind",
        "sibling",
        "earlier",
    ] {
        assert!(crate::message::is_known(&format!("suggest.reason.{code}")), "suggest.reason.{code}");
    }
}

#[test]
fn inv_26_a_wedding_date_is_the_day_as_written_in_every_zone() {
    let mapping = compile(json!([rule("project", "wedding_date", "d", "date")]), json!({}));
    for hour in -12_i32..=14 {
        let sign = if hour < 0 { '-' } else { '+' };
        for clock in ["00:00:00", "23:59:59"] {
            let row = json!({ "d": format!("2026-03-29T{clock}{sign}{:02}:00", hour.abs()) });
            let value =
                mapping.evaluate(&mapping.rules()[0], &scope(&row, None)).value.map(|value| value.to_json());
            assert_eq!(
                value,
                Some(json!("2026-03-29")),
                "{row}: the day London's clocks change stays that day"
            );
        }
    }
    assert!(same_value(FieldType::Date, &json!("2026-03-29"), &json!("2026-03-29")));
}

//! Staging of assembled documents.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::*;
use crate::party::Party;
use crate::plan::{StagedRecord, StagedUnit};
use crate::ports::{AccountInfo, CloudAccount, Connection, ConnectionStatus, Scope};

/// Ids that say where they come from.
#[derive(Default)]
pub(super) struct Readable {
    pub(super) clients: BTreeMap<String, String>,
}

impl Allotment for Readable {
    fn id(&mut self, stream: &str, external_id: &str, _: RecordType, client_id: &str) -> String {
        let id = format!("{stream}/{external_id}");
        self.clients.insert(id.clone(), client_id.to_owned());
        id
    }
}

fn connection(decisions: Json, scope: Scope) -> Connection {
    Connection {
        id: "c".into(),
        supplier_id: "s".into(),
        provider: "tave".into(),
        name: "Tave".into(),
        status: ConnectionStatus::Connected,
        account: AccountInfo {
            account_id: "studio".into(),
            name: "Studio".into(),
            time_zone: Some("Europe/London".into()),
            currency: Some("GBP".into()),
            country: None,
            readable: Vec::new(),
        },
        base_url: None,
        vault_ref: String::new(),
        key_hint: String::new(),
        scope,
        decisions,
        last_sync_at: None,
        last_sync_status: None,
        error: None,
        created_at: jiff::Timestamp::UNIX_EPOCH,
    }
}

fn account() -> CloudAccount {
    CloudAccount {
        supplier_id: "s".into(),
        supplier_name: "Studio".into(),
        user_id: "u".into(),
        user_name: "Sarah".into(),
        role: "owner".into(),
        tier: "SCALE".into(),
        connection_limit: None,
        time_zone: "Europe/London".into(),
        currency: "GBP".into(),
        country: "GB".into(),
    }
}

fn rules() -> Vec<Json> {
    let rule = |record_type: &str, field: &str, source: &str, value_type: &str, required: bool| {
        json!({
            "record_type": record_type, "wedsync_field": field, "sources": [source], "value_type": value_type,
            "transforms": [], "direction": "import_only", "required": required
        })
    };
    vec![
        rule("person", "first_name", "primary_contact.first_name", "text", true),
        rule("person", "last_name", "primary_contact.last_name", "text", false),
        rule("person", "email", "primary_contact.email", "email", true),
        rule("project", "wedding_date", "jobs.0.event_date", "date", false),
        rule("project", "venue_name", "jobs.0.venue_name", "text", false),
        rule("payment", "amount", "jobs.*.payments.*.amount", "money", true),
        rule("invoice", "total", "jobs.*.invoices.*.total", "money", false),
    ]
}

fn at(stream: &str, id: &str) -> Json {
    json!({"stream": stream, "id": id})
}

fn document() -> Json {
    let ann = json!({"@": at("address-book", "a"), "role": "primary", "first_name": "Ann", "last_name": "Lee", "email": "ann@example.com"});
    let bo = json!({"@": at("address-book", "b"), "role": "partner", "first_name": "Bo", "last_name": "Hay", "email": null});
    json!({
        "primary_contact": ann, "partner": bo, "people": [ann, bo],
        "jobs": [{
            "@": at("job", "j"), "event_date": "2026-06-13", "venue_name": "Old Barn", "closed": false,
            "people": [{"@": at("address-book", "v"), "role": "vendor", "label": "Video", "first_name": "Vic"}],
            "invoices": [{"@": at("invoice", "i"), "total": 450000}],
            "payments": [{
                "@": at("payment", "p"), "amount": 100000, "payer": {"@": at("address-book", "a")},
                "allocations": [{"invoice": {"@": at("invoice", "i")}, "amount": 100000}]
            }]
        }]
    })
}

/// Fourteenth of May 2026 under these rules.
pub(super) fn context(rules: &[Json], scope: Scope) -> StagingContext {
    let today = jiff::civil::date(2026, 5, 14);
    StagingContext::new(1, rules, &connection(json!({}), scope), &account(), today)
        .expect("the rules are fine")
}

fn stage(document: &Json, decisions: Json, scope: Scope) -> (StagedUnit, Readable) {
    let context = StagingContext::new(
        1,
        &rules(),
        &connection(decisions, scope),
        &account(),
        jiff::civil::date(2026, 5, 14),
    )
    .expect("the rules are fine");
    let party =
        Party { client_id: None, claimed_by: Vec::new(), persons: vec!["a".into()], jobs: vec!["j".into()] };
    let mut ids = Readable::default();
    let unit = stage_party(&context, 0, &party, "client", document, &mut ids);
    (unit, ids)
}

fn record<'a>(unit: &'a StagedUnit, id: &str) -> &'a StagedRecord {
    unit.records.iter().find(|record| record.id == id).unwrap_or_else(|| panic!("{id} is staged"))
}

#[test]
fn a_party_becomes_client_people_project_and_children() {
    let (unit, ids) = stage(&document(), json!({"money_unit": "minor"}), Scope::default());
    assert_eq!(unit.records[0].record_type, RecordType::Client, "the client comes first");
    assert_eq!(
        record(&unit, "client").fields["people"],
        json!({
            "address-book/a": {"role": "primary", "position": 0},
            "address-book/b": {"role": "partner", "position": 1}
        })
    );
    assert_eq!(
        record(&unit, "address-book/b").fields["first_name"],
        json!("Bo"),
        "one rule serves every person"
    );
    let project = record(&unit, "job/j");
    assert_eq!(project.fields["client_id"], json!("client"));
    assert_eq!(
        project.fields["people"]["address-book/v:vendor"],
        json!({"person_id": "address-book/v", "role": "vendor", "label": "Video"})
    );
    assert_eq!(ids.clients["address-book/v"], "", "a vendor belongs to no client");
    let payment = record(&unit, "payment/p");
    assert_eq!(payment.fields["amount"], json!({"minor": 100_000, "currency": "GBP"}));
    assert_eq!(payment.fields["payer_id"], json!("address-book/a"));
    assert_eq!(
        payment.fields["allocations"],
        json!({"invoice/i": {"amount": {"minor": 100_000, "currency": "GBP"}}})
    );
    assert_eq!(unit.summary.names, ["Ann Lee", "Bo Hay"]);
    assert_eq!(unit.summary.wedding_date.as_deref(), Some("2026-06-13"));
    assert_eq!(unit.external_id.as_deref(), Some("a"));
    assert_eq!(unit.problems, [], "a partner without an e-mail is no problem");
}

#[test]
fn what_no_job_is_known_for_hangs_on_the_client() {
    let mut document = document();
    document["invoices"] = json!([{"@": at("invoice", "x"), "total": 20000}]);
    document["payments"] = json!([{
        "@": at("payment", "y"), "amount": 30000,
        "allocations": [
            {"invoice": {"@": at("invoice", "x")}, "amount": 20000},
            {"invoice": {"@": at("invoice", "i")}, "amount": 10000},
        ],
    }]);
    document["events"] = json!([{"@": at("booking", "z"), "start_date": "2026-06-01"}]);
    let (unit, _) = stage(&document, json!({"money_unit": "minor"}), Scope::default());
    for id in ["invoice/x", "payment/y", "booking/z"] {
        let fields = &record(&unit, id).fields;
        assert_eq!((&fields["client_id"], fields.get("project_id")), (&json!("client"), None), "{id}");
    }
    assert_eq!(record(&unit, "invoice/x").fields["total"], json!({"minor": 20_000, "currency": "GBP"}));
    let allocations = record(&unit, "payment/y").fields["allocations"].as_object().expect("two parts");
    let paid: Vec<&String> = allocations.keys().collect();
    assert_eq!(paid, ["invoice/i", "invoice/x"], "a job's invoice and the client's own");
    assert_eq!(record(&unit, "invoice/i").fields["project_id"], json!("job/j"), "the job's stays with it");
}

#[test]
fn the_one_who_stands_for_the_client_needs_what_the_mapping_requires() {
    let mut document = document();
    document["people"][0]["email"] = Json::Null;
    let (unit, _) = stage(&document, json!({"money_unit": "minor"}), Scope::default());
    assert_eq!(unit.problems.len(), 1);
    let problem = &unit.problems[0];
    assert_eq!((problem.field.as_str(), problem.code.as_str()), ("email", "required_missing"));
    assert!(!problem.required_by_wedsync, "it can be brought in without");
}

#[test]
fn what_the_schema_demands_is_asked_even_where_no_rule_fills_it() {
    let schema = crate::schema::Schema::read(&json!({"revision": "r", "types": [
        {"type": "person", "fields": [{"key": "first_name", "type": "text", "required": true}]},
        {"type": "project", "fields": [
            {"key": "client_id", "type": "reference", "required": true},
            {"key": "custom.1", "type": "text", "label": "House style", "required": true}
        ]}
    ]}))
    .expect("a schema");
    let context = StagingContext::new(
        1,
        &rules(),
        &connection(json!({"money_unit": "minor"}), Scope::default()),
        &account(),
        jiff::civil::date(2026, 5, 14),
    )
    .expect("the rules are fine")
    .under(&schema);
    let party =
        Party { client_id: None, claimed_by: Vec::new(), persons: vec!["a".into()], jobs: vec!["j".into()] };
    let mut ids = Readable::default();
    let unit = stage_party(&context, 0, &party, "client", &document(), &mut ids);
    let asked: Vec<(&str, &str, bool)> = unit
        .problems
        .iter()
        .map(|problem| (problem.record_id.as_str(), problem.field.as_str(), problem.required_by_wedsync))
        .collect();
    assert_eq!(asked, [("job/j", "custom.1", true)], "once for the job; its client is made here");
}

#[test]
fn money_of_unknown_unit_stays_out() {
    let (unit, _) = stage(&document(), json!({"money_unit": "ask"}), Scope::default());
    assert!(
        unit.records
            .iter()
            .all(|record| !matches!(record.record_type, RecordType::Invoice | RecordType::Payment)),
        "until somebody says pounds or pence"
    );
}

#[test]
fn filters_leave_a_party_out_by_name() {
    let left_out = |scope: Scope, change: &dyn Fn(&mut Json)| {
        let mut document = document();
        change(&mut document);
        stage(&document, json!({"money_unit": "minor"}), scope).0.left_out
    };
    let none = |_: &mut Json| {};
    assert_eq!(left_out(Scope::default(), &none), None);
    let from = Scope { from: Some(jiff::civil::date(2026, 7, 1)), ..Scope::default() };
    assert_eq!(left_out(from, &none).as_deref(), Some("dates"));
    let open = Scope { closed: false, ..Scope::default() };
    assert_eq!(left_out(open, &|d| d["jobs"][0]["closed"] = json!(true)).as_deref(), Some("closed"));
    assert_eq!(
        left_out(Scope::default(), &|d| d["people"][0]["anonymized"] = json!(true)).as_deref(),
        Some("anonymised")
    );
    let current = Scope { historical: false, ..Scope::default() };
    let past = |d: &mut Json| d["jobs"][0]["event_date"] = json!("2024-01-01");
    assert_eq!(left_out(current, &past).as_deref(), Some("historical"));
}

#[test]
fn swapping_partners_changes_no_other_record() {
    let (before, _) = stage(&document(), json!({"money_unit": "minor"}), Scope::default());
    let mut swapped = document();
    let (ann, bo) = (swapped["people"][0].clone(), swapped["people"][1].clone());
    swapped["people"] = json!([bo, ann]);
    swapped["people"][0]["role"] = json!("primary");
    swapped["people"][1]["role"] = json!("partner");
    let (after, _) = stage(&swapped, json!({"money_unit": "minor"}), Scope::default());
    for old in before.records.iter().filter(|record| record.record_type != RecordType::Client) {
        assert_eq!(record(&after, &old.id), old, "only the client's list of people differs");
    }
}

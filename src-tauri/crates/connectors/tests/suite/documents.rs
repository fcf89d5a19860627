//! Parties and documents against the generator's own list.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use hub_core::mapping::{Clearing, CompiledMapping, Decisions, Mapping, Scope, read_rules};
use hub_core::parse::MoneyUnit;
use hub_core::ports::{Connector, PartyDocument};
use hub_sandbox::Mutation;
use hub_sandbox::book::{BookSpec, ExpectedParty, PartyRole, Special, Stream};
use hub_testkit::fakes::MemoryRaw;
use serde_json::{Value as Json, json};

use crate::support::Bench;

/// Every sub-document with an identity, by (stream, id), without the lists of other records inside it.
fn records(document: &Json, found: &mut BTreeMap<(String, String), Json>) {
    match document {
        Json::Object(members) => {
            if let Some(identity) = members.get("@").filter(|_| members.len() > 1) {
                let key = (text(&identity["stream"]), text(&identity["id"]));
                let mut own = document.clone();
                let inner = own.as_object_mut().unwrap();
                for list in [
                    "events", "invoices", "payments", "notes", "files", "people", "role", "position", "label",
                ] {
                    inner.remove(list);
                }
                if let Some(before) = found.insert(key.clone(), own.clone()) {
                    assert_eq!(before, own, "{key:?} reads the same wherever it stands");
                }
            }
            members.values().for_each(|member| records(member, found));
        }
        Json::Array(entries) => entries.iter().for_each(|entry| records(entry, found)),
        _ => {}
    }
}

fn text(json: &Json) -> String {
    json.as_str().unwrap_or_default().to_owned()
}

fn by_first_job(documents: &[PartyDocument]) -> HashMap<String, &Json> {
    let mut found = HashMap::new();
    for document in documents {
        for job in document.document["jobs"].as_array().unwrap() {
            found.insert(text(&job["@"]["id"]), &document.document);
        }
    }
    found
}

fn compare(party: &ExpectedParty, document: &Json) {
    let name = format!("party {}", party.index);
    let jobs: BTreeSet<String> =
        document["jobs"].as_array().unwrap().iter().map(|job| text(&job["@"]["id"])).collect();
    assert_eq!(jobs, party.jobs.iter().map(|job| job.id.to_string()).collect(), "{name}: its jobs");
    let client: BTreeSet<String> =
        document["people"].as_array().unwrap().iter().map(|person| text(&person["@"]["id"])).collect();
    let expected: BTreeSet<String> = party
        .people
        .iter()
        .filter(|person| person.role != PartyRole::Parent)
        .map(|person| person.id.to_string())
        .collect();
    assert_eq!(client, expected, "{name}: its people");
    for person in party.people.iter().filter(|person| person.role != PartyRole::Parent) {
        let people = document["people"].as_array().unwrap();
        let found = people.iter().find(|found| text(&found["@"]["id"]) == person.id.to_string()).unwrap();
        assert_eq!(found["first_name"], person.first_name.as_str(), "{name}");
        assert_eq!(found["last_name"].as_str(), person.last_name.as_deref(), "{name}");
        assert_eq!(found["maiden_name"].as_str(), person.maiden_name.as_deref(), "{name}");
        assert_eq!(found["email"].as_str(), person.email.as_deref(), "{name}");
        assert_eq!(found["cell_phone"]["e164"].as_str(), person.phone_e164.as_deref(), "{name}");
        assert_eq!(found["cell_phone"]["text"].as_str(), person.phone_text.as_deref(), "{name}");
        assert_eq!(found["hidden"], person.hidden, "{name}");
    }
    let count = |list: &str| -> usize {
        document["jobs"].as_array().unwrap().iter().map(|job| job[list].as_array().unwrap().len()).sum()
    };
    assert_eq!(count("events"), party.counts.events, "{name}: events");
    assert_eq!(count("invoices"), party.counts.invoices, "{name}: invoices");
    assert_eq!(
        count("payments"),
        party.counts.payments + party.counts.refunds,
        "{name}: payments with refunds"
    );
    let on_people: usize = document["people"]
        .as_array()
        .unwrap()
        .iter()
        .map(|person| person["notes"].as_array().unwrap().len())
        .sum();
    assert_eq!(count("notes") + on_people, party.counts.notes, "{name}: notes");
    assert_eq!(count("files"), party.counts.files, "{name}: files");
    let paid: i64 = document["jobs"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|job| job["payments"].as_array().unwrap())
        .filter(|payment| payment["status"] == "paid")
        .filter_map(|payment| payment["amount"].as_i64())
        .sum();
    assert_eq!(paid, party.money.paid, "{name}: only posted payments are paid");
    for job in &party.jobs {
        let jobs = document["jobs"].as_array().unwrap();
        let found = jobs.iter().find(|found| text(&found["@"]["id"]) == job.id.to_string()).unwrap();
        assert_eq!(found["kind"], job.kind, "{name}");
        assert_eq!(found["closed"], job.closed, "{name}");
        assert_eq!(text(&found["stage"]), job.stage.replace("fulfillment", "fulfilment"), "{name}");
        assert_eq!(found["event_date"].as_str(), job.date.map(|date| date.to_string()).as_deref(), "{name}");
        assert_eq!(found["venue_name"].as_str(), job.venue.as_deref(), "{name}");
    }
}

#[tokio::test]
async fn parties_and_documents_are_the_generators_own() {
    let bench = Bench::new(BookSpec::new(7, 214));
    let store = bench.import().await;
    let (parties, documents) = bench.documents(&store);
    let expected = bench.sandbox.book().expected();
    assert_eq!(parties.len(), expected.parties.len(), "one client a party");
    let by_job = by_first_job(&documents);
    let mut same_primary = 0;
    for party in &expected.parties {
        let document = by_job[&party.jobs[0].id.to_string()];
        compare(party, document);
        let primary = party.primary().expect("each party has a primary");
        same_primary += usize::from(text(&document["primary_contact"]["@"]["id"]) == primary.id.to_string());
        assert_eq!(document["partner"].is_object(), party.partner().is_some(), "party {}", party.index);
    }
    assert_eq!(same_primary, expected.parties.len(), "the primary contact is the one the generator names");
    let all: BTreeSet<&str> = documents.iter().map(|document| document.content_hash.as_str()).collect();
    assert_eq!(all.len(), documents.len(), "each document has a hash of its own");
    let without = bench.connector.people_without_job(&store, "c").unwrap();
    assert_eq!(
        without,
        expected.without_job.len() as u64,
        "persons on no job; sample people are not among them"
    );
    let sample: BTreeSet<String> = expected.sample_people.iter().map(ToString::to_string).collect();
    let mut found = BTreeMap::new();
    documents.iter().for_each(|document| records(&document.document, &mut found));
    assert!(found.keys().all(|(_, id)| !sample.contains(id)), "sample people stand nowhere");
}

#[tokio::test]
async fn documents_hold_the_leaves_that_the_mapping_names() {
    let bench = Bench::new(BookSpec::new(7, 214));
    let store = bench.import().await;
    let (_, documents) = bench.documents(&store);
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for document in &documents {
        let root = &document.document;
        for person in root["people"].as_array().unwrap() {
            note(&mut seen, "primary_contact", person);
        }
        for job in root["jobs"].as_array().unwrap() {
            note(&mut seen, "jobs.0", job);
            for list in ["events", "invoices", "payments", "notes", "files"] {
                for child in job[list].as_array().unwrap() {
                    note(&mut seen, &format!("jobs.*.{list}.*"), child);
                }
            }
        }
    }
    let tave = hub_connectors::embedded("tave").unwrap().unwrap();
    for rule in &tave.mapping {
        // The book has one phone a person, no firms, and several invoices an order; these are shown elsewhere.
        let unused = [
            "primary_contact.other_phones",
            "primary_contact.company_name",
            "primary_contact.job_title",
            "jobs.*.invoices.*.balance",
        ];
        for path in rule.from.iter().filter(|path| !unused.iter().any(|one| one == *path)) {
            assert!(seen.contains(path), "{path} has a value somewhere in 214 clients");
        }
    }
    let texts: Vec<String> = documents
        .iter()
        .flat_map(|document| document.document["jobs"].as_array().unwrap())
        .flat_map(|job| job["notes"].as_array().unwrap())
        .map(|note| text(&note["text"]))
        .collect();
    assert!(!texts.is_empty() && texts.iter().all(|text| !text.contains("<p>")), "notes are plain text");
    let outsiders: BTreeSet<String> = documents
        .iter()
        .flat_map(|document| document.document["jobs"].as_array().unwrap())
        .flat_map(|job| job["people"].as_array().unwrap())
        .map(|person| text(&person["role"]))
        .collect();
    assert!(outsiders.contains("vendor") || outsiders.contains("planner"), "{outsiders:?}");
}

fn note(seen: &mut BTreeSet<String>, prefix: &str, document: &Json) {
    for (name, value) in document.as_object().unwrap() {
        if !value.is_null() {
            seen.insert(format!("{prefix}.{name}"));
        }
    }
}

#[tokio::test]
async fn the_default_mapping_reads_every_document() {
    let bench = Bench::new(BookSpec::new(7, 80));
    let store = bench.import().await;
    let (_, documents) = bench.documents(&store);
    let (rules, faults) = read_rules(&bench.connector.default_mapping());
    assert!(faults.is_empty(), "{faults:?}");
    let decisions = Decisions {
        money_unit: MoneyUnit::Minor,
        country: Some("GB".to_owned()),
        currency: Some("GBP".to_owned()),
        zone: Some("Europe/London".to_owned()),
        ..Decisions::default()
    };
    let mapping = CompiledMapping::compile(&Mapping { revision: 1, rules, decisions }).expect("sound");
    let mut problems: BTreeSet<(String, String)> = BTreeSet::new();
    let mut filled: BTreeSet<(String, String)> = BTreeSet::new();
    for document in &documents {
        let root = &document.document;
        let mut map = |record: &str, anchor: &Json, parent: Option<&Json>| {
            for rule in mapping.rules_of(record) {
                let scope =
                    Scope { root, anchor: Some(anchor), parent, row: "row", clearing: Clearing::default() };
                let outcome = mapping.evaluate(rule, &scope);
                let name = (record.to_owned(), rule.rule().wedsync_field.clone());
                problems.extend(outcome.problem.is_some().then(|| name.clone()));
                filled.extend(outcome.value.is_some().then_some(name));
            }
        };
        root["people"].as_array().unwrap().iter().for_each(|person| map("person", person, None));
        for job in root["jobs"].as_array().unwrap() {
            map("project", job, None);
            let lists = [
                ("event", "events"),
                ("invoice", "invoices"),
                ("payment", "payments"),
                ("document", "files"),
                ("communication", "notes"),
            ];
            for (record, list) in lists {
                job[list].as_array().unwrap().iter().for_each(|child| map(record, child, Some(job)));
            }
        }
    }
    let expected = [("person", "email"), ("person", "phone")];
    assert_eq!(
        problems.iter().map(|(record, field)| (record.as_str(), field.as_str())).collect::<Vec<_>>(),
        expected,
        "one person without an address, one with a number that is none"
    );
    for name in [
        ("person", "first_name"),
        ("person", "phone"),
        ("person", "address"),
        ("project", "wedding_date"),
        ("project", "venue_name"),
        ("project", "crm_total"),
        ("event", "start_date"),
        ("event", "time_zone"),
        ("invoice", "total"),
        ("payment", "amount"),
        ("payment", "paid_on"),
        ("document", "created_on"),
        ("communication", "text"),
    ] {
        assert!(filled.contains(&(name.0.to_owned(), name.1.to_owned())), "{name:?} has values");
    }
}

async fn all_records(bench: &Bench) -> BTreeMap<(String, String), Json> {
    let store = bench.import().await;
    let (_, documents) = bench.documents(&store);
    let mut found = BTreeMap::new();
    documents.iter().for_each(|document| records(&document.document, &mut found));
    found
}

#[tokio::test]
async fn adding_a_job_or_swapping_partners_changes_no_other_record() {
    let bench = Bench::new(BookSpec::new(7, 80));
    let before = all_records(&bench).await;
    let couple = bench.sandbox.book().party(Special::Untouched.home()).1;
    let clients: Vec<String> =
        [couple.primary(), couple.partner()].into_iter().flatten().map(|p| p.id.to_string()).collect();
    let add = Mutation::AddJob { clients, date: "2027-05-01".to_owned(), title: "Anniversary".to_owned() };
    let job = bench.sandbox.control().mutate(&add).expect("the couple exists").expect("an id").to_string();
    let after = all_records(&bench).await;
    for (key, record) in &before {
        assert_eq!(after.get(key), Some(record), "{key:?} is as it was");
    }
    let new: Vec<&(String, String)> = after.keys().filter(|key| !before.contains_key(*key)).collect();
    assert!(new.iter().any(|(stream, id)| stream == "job" && *id == job), "{new:?}");
    assert!(new.iter().all(|(stream, _)| stream == "job" || stream == "event"), "{new:?}");

    let joins: Vec<String> = bench
        .sweep("job-contact")
        .await
        .unwrap()
        .into_iter()
        .filter(|join| join.parents[0].as_deref() == Some(couple.jobs[0].id.to_string().as_str()))
        .filter(|join| serde_json::from_str::<Json>(&join.raw).unwrap()["client"] == true)
        .map(|join| join.id)
        .collect();
    let swap = Mutation::SwapPartners { first: joins[0].clone(), second: joins[1].clone() };
    bench.sandbox.control().mutate(&swap).expect("two joins");
    assert_eq!(all_records(&bench).await, after, "swapped partners are the same people");
}

#[tokio::test]
async fn raw_records_are_kept_byte_for_byte() {
    let bench = Bench::small();
    let spec = bench.sandbox.book().party(0).0;
    let record =
        bench.sweep("job").await.unwrap().into_iter().find(|row| row.id == spec.jobs[0].id.to_string());
    let record = record.expect("the first party's job is read");
    assert!(record.raw.starts_with('{') && record.raw.ends_with('}'));
    assert_eq!(serde_json::from_str::<Json>(&record.raw).unwrap()["id"], record.id, "the id is the record's");
    assert!(record.version.is_some(), "with the version the CRM gives");
    let value = bench.sandbox.control().record(Stream::Job, spec.jobs[0].id).expect("it exists");
    let mut read: Json = serde_json::from_str(&record.raw).unwrap();
    read.as_object_mut().unwrap().remove("links");
    let mut served = value;
    served.as_object_mut().unwrap().remove("links");
    assert_eq!(read, served, "nothing was taken away");
}

#[tokio::test]
async fn money_hangs_together_and_a_vendors_firm_goes_by_its_own_name() {
    let bench = Bench::small();
    let mut store = MemoryRaw::default();
    let mut keep = |stream: &str, parents: [Option<&str>; 2], record: Json| {
        let raw = hub_core::ports::RawRecord {
            id: text(&record["id"]),
            raw: record.to_string(),
            version: None,
            parents: parents.map(|parent| parent.map(str::to_owned)),
        };
        store.keep(stream, vec![raw]);
    };
    keep("job", [None, None], json!({"id": "j", "sample": false, "totalRevenue": 4500}));
    keep("address-book", [None, None], json!({"id": "a", "kind": "person", "firstName": "Ann"}));
    keep("address-book", [None, None], json!({"id": "f", "kind": "company", "name": "Petal & Stem"}));
    keep("job-role", [None, None], json!({"id": "r", "name": "Florist", "kind": "vendor"}));
    keep(
        "job-contact",
        [Some("j"), Some("a")],
        json!({"id": "1", "jobId": "j", "contactId": "a", "client": true}),
    );
    keep(
        "job-contact",
        [Some("j"), Some("f")],
        json!({"id": "2", "jobId": "j", "contactId": "f", "client": false, "jobRoles": ["r"], "roleKinds": ["vendor"]}),
    );
    let invoice = |id: &str| json!({"id": id, "status": "paid-in-full", "total": 4500});
    keep(
        "order",
        [Some("j"), None],
        json!({"id": "o", "jobId": "j", "balance": 100, "invoices": [invoice("i")]}),
    );
    keep(
        "order",
        [Some("j"), None],
        json!({"id": "p", "jobId": "j", "balance": 7, "invoices": [invoice("k"), invoice("l")]}),
    );
    keep(
        "payment",
        [Some("j"), Some("a")],
        json!({
            "id": "q", "jobId": "j", "payerId": "a", "status": "posted", "amount": 50, "received": "2026-01-02",
            "refunds": [{"id": "s", "status": "posted", "amount": 20, "received": "2026-02-02"}],
            "paymentAllocations": [{"orderId": "o", "amount": 30}, {"orderId": "p", "amount": 20}],
        }),
    );
    // The refund stands in the list of payments as well; it is one record.
    keep("payment", [Some("j"), None], json!({"id": "s", "jobId": "j", "status": "posted", "amount": 20}));
    keep(
        "note",
        [None, Some("a")],
        json!({"id": "n", "contactId": "a", "contentHtml": "<p>Likes peonies</p>"}),
    );
    keep(
        "note",
        [Some("j"), Some("a")],
        json!({"id": "m", "jobId": "j", "contactId": "a", "contentHtml": "Rain plan"}),
    );
    let (_, documents) = bench.documents(&store);
    let document = &documents[0].document;
    let job = &document["jobs"][0];
    let balances: Vec<&Json> =
        job["invoices"].as_array().unwrap().iter().map(|invoice| &invoice["balance"]).collect();
    assert_eq!(balances, [&json!(100), &Json::Null, &Json::Null], "an order's balance is its only invoice's");
    assert_eq!(job["invoices"][0]["status"], "paid");
    let payments = job["payments"].as_array().unwrap();
    let rows: Vec<(&str, &str)> = payments
        .iter()
        .map(|row| (row["@"]["id"].as_str().unwrap(), row["status"].as_str().unwrap()))
        .collect();
    assert_eq!(rows, [("q", "paid"), ("s", "refunded")], "a refund is a row of its own, once");
    assert_eq!(payments[0]["payer"], json!({"@": {"stream": "address-book", "id": "a"}}));
    assert_eq!(
        payments[0]["allocations"],
        json!([
            {"amount": 30, "invoice": {"@": {"stream": "invoice", "id": "i"}}, "order": {"@": {"stream": "order", "id": "o"}}},
            {"amount": 20, "invoice": null, "order": {"@": {"stream": "order", "id": "p"}}},
        ]),
        "an invoice is named only where there is no doubt"
    );
    let firm = &job["people"][0];
    assert_eq!(
        (&firm["role"], &firm["label"], &firm["name"]),
        (&json!("vendor"), &json!("Florist"), &json!("Petal & Stem"))
    );
    assert_eq!(firm["@"]["id"], "f", "a firm without a person's name is a record all the same");
    assert_eq!(
        (&firm["first_name"], &firm["company_name"]),
        (&json!("Petal & Stem"), &json!("Petal & Stem"))
    );
    assert_eq!(document["people"][0]["notes"][0]["text"], "Likes peonies");
    assert_eq!(document["people"][0]["notes"].as_array().unwrap().len(), 1, "a note on a job is the job's");
    assert_eq!(job["notes"][0]["@"]["id"], "m");
}

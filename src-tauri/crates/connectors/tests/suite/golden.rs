//! What comes of golden records: read as the product reads them, mapped by the suggested mapping, staged for a studio.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use hub_connectors::sheet::{FileConnector, FileConnectorParts, FileSet, PickedFile, Where, look};
use hub_core::mapping::{Mapping, Severity, read_rules, standard_schema, validate};
use hub_core::party::Party;
use hub_core::ports::{AccountInfo, CloudAccount, Connection, ConnectionStatus, Connector as _, Scope};
use hub_core::record::RecordType;
use hub_core::staging::{Allotment, Known, StagingContext, stage_appointment, stage_party};
use hub_testkit::fakes::MemoryRaw;
use serde_json::{Value as Json, json};

/// Ids in the order of their first mention.
#[derive(Default)]
struct Numbered(BTreeMap<(String, String), String>);

impl Allotment for Numbered {
    fn id(&mut self, stream: &str, external_id: &str, record_type: RecordType, _client: &str) -> String {
        let next = self.0.len() + 1;
        let key = (stream.to_owned(), external_id.to_owned());
        self.0.entry(key).or_insert_with(|| format!("{record_type} {next}")).clone()
    }
}

fn account() -> AccountInfo {
    AccountInfo {
        account_id: "c".to_owned(),
        name: "Harlow & Finch Photography".to_owned(),
        time_zone: None,
        currency: Some("GBP".to_owned()),
        country: Some("GB".to_owned()),
        readable: Vec::new(),
    }
}

/// The provider that a file is taken for, and what its rows become: per client, records with their fields.
pub(crate) async fn comes_of(file: &Path, key: &str) -> (String, Json) {
    let picked = PickedFile {
        id: "golden".to_owned(),
        name: file.file_name().unwrap().to_string_lossy().into_owned(),
        size: std::fs::metadata(file).unwrap().len(),
        place: Where::Path(file.to_owned()),
    };
    let looked = look(std::slice::from_ref(&picked), &[], None, "GB");
    assert!(looked.usable, "{}: can be imported", file.display());
    let connector = FileConnector::new(FileConnectorParts {
        provider: key.to_owned(),
        connection_id: "c".to_owned(),
        account: account(),
        files: Some(FileSet::open(&[picked], &[], &looked.reading)),
        reading: looked.reading,
        stored: Arc::new(MemoryRaw::default()),
    });
    let documents = Mutex::new(Vec::new());
    connector
        .preview(50, 1, &|document| documents.lock().unwrap().push(document.document.clone()))
        .await
        .expect("a golden file is readable");
    let mut decisions = serde_json::to_value(&looked.decisions).unwrap();
    if decisions["money_unit"] == "ask" {
        decisions["money_unit"] = json!("major");
    }
    (looked.provider, staged(&connector.default_mapping(), decisions, &documents.into_inner().unwrap()))
}

/// What a mapping makes of documents; that the mapping is sound is shown on the way.
pub(crate) fn staged(rules: &[Json], decisions: Json, documents: &[Json]) -> Json {
    let (read, faults) = read_rules(rules);
    assert!(faults.is_empty(), "{faults:?}");
    let mut mapping = Mapping { revision: 1, rules: read, ..Mapping::default() };
    let severe: Vec<_> = validate(&mut mapping, &standard_schema())
        .into_iter()
        .filter(|fault| fault.severity == Severity::Error)
        // A table of invoices alone names no couple; its set does.
        .filter(|fault| fault.error.as_str() != "required_unmapped")
        .collect();
    assert!(severe.is_empty(), "{severe:?}");
    let connection = Connection {
        id: "c".to_owned(),
        supplier_id: "s".to_owned(),
        provider: "golden".to_owned(),
        name: "Golden".to_owned(),
        status: ConnectionStatus::Connected,
        account: account(),
        base_url: None,
        vault_ref: String::new(),
        key_hint: String::new(),
        scope: Scope::default(),
        decisions,
        last_sync_at: None,
        last_sync_status: None,
        error: None,
        created_at: "2026-05-14T08:00:00Z".parse().unwrap(),
    };
    let supplier = CloudAccount {
        supplier_id: "s".to_owned(),
        supplier_name: "Harlow & Finch Photography".to_owned(),
        user_id: "u".to_owned(),
        user_name: "Ann".to_owned(),
        role: "owner".to_owned(),
        tier: "SCALE".to_owned(),
        connection_limit: None,
        time_zone: "Europe/London".to_owned(),
        currency: "GBP".to_owned(),
        country: "GB".to_owned(),
    };
    let today = jiff::civil::date(2026, 5, 14);
    let context = StagingContext::new(1, rules, &connection, &supplier, today).expect("the mapping is sound");
    documents.iter().map(|document| client(&context, document)).collect()
}

fn client(context: &StagingContext, document: &Json) -> Json {
    let party = Party { client_id: None, claimed_by: Vec::new(), persons: Vec::new(), jobs: Vec::new() };
    let mut ids = Numbered::default();
    // What names nobody is an appointment without a client.
    let unit = match (document.get("primary_contact"), document.get("appointments")) {
        (None, Some(_)) => stage_appointment(context, 0, Known::Not, document, &mut ids).expect("one"),
        _ => stage_party(context, 0, &party, "client", document, &mut ids),
    };
    let records: Vec<Json> = unit
        .records
        .iter()
        .map(|record| {
            let fields: BTreeMap<&String, &Json> =
                record.fields.iter().filter(|(_, value)| !value.is_null()).collect();
            json!({"is": record.record_type.as_str(), "fields": fields})
        })
        .collect();
    let problems: Vec<String> =
        unit.problems.iter().map(|problem| format!("{}: {}", problem.field, problem.code)).collect();
    json!({"records": records, "problems": problems})
}

//! A small party, its connection and its job: what the suites put into a book.

use std::collections::BTreeMap;

use hub_core::job::{JobKind, Phase};
use hub_core::plan::{AppointmentTime, StagedRecord, StagedUnit, UnitSummary};
use hub_core::ports::{
    AccountInfo, AccountRef, Actor, CloudRecord, Connection, ConnectionStatus, Job, LinkRow, Scope,
};
use hub_core::record::{ExternalRef, FieldMap, RecordKey, RecordType, SourceKey};
use jiff::Timestamp;
use serde_json::{Value as Json, json};

/// The connection that most suites use.
pub const CONNECTION: &str = "conn-1";

/// A working connection to Tave.
pub fn connection() -> Connection {
    Connection {
        id: CONNECTION.into(),
        supplier_id: "supplier-1".into(),
        provider: "tave".into(),
        name: "Tave".into(),
        status: ConnectionStatus::Connected,
        account: AccountInfo {
            account_id: "studio-1".into(),
            name: "Harlow & Finch".into(),
            time_zone: Some("Europe/London".into()),
            currency: Some("GBP".into()),
            country: Some("GB".into()),
            readable: vec!["job".into()],
        },
        base_url: None,
        vault_ref: "tave/studio-1".into(),
        key_hint: "9f3c".into(),
        scope: Scope::default(),
        decisions: json!({"money_unit": "minor"}),
        last_sync_at: None,
        last_sync_status: None,
        error: None,
        created_at: Timestamp::from_second(1_778_000_000).unwrap(),
    }
}

/// A queued job of [`CONNECTION`].
pub fn job(id: &str, kind: JobKind) -> Job {
    Job {
        id: id.into(),
        connection_id: CONNECTION.into(),
        kind,
        phase: Phase::Queued,
        config: json!({}),
        checkpoint: Json::Null,
        processed: 0,
        total: None,
        error: None,
        counts: json!({}),
        created_at: Timestamp::from_second(1_778_000_001).unwrap(),
        wait_until: None,
        started_at: None,
        completed_at: None,
    }
}

/// A field map from JSON.
pub fn fields(json: Json) -> FieldMap {
    serde_json::from_value(json).unwrap()
}

/// A record as WedSync holds it.
pub fn cloud_record(record_type: RecordType, id: &str, version: i64, values: Json) -> CloudRecord {
    CloudRecord {
        key: RecordKey::new(record_type, id),
        fields: fields(values),
        version,
        external_refs: Vec::new(),
        deleted: false,
    }
}

/// The user, uploading.
pub fn actor(job_id: &str) -> Actor {
    Actor {
        who: "user-1".into(),
        why: "reason.upload".into(),
        job_id: Some(job_id.into()),
        at: Timestamp::from_second(1_778_760_100).unwrap(),
    }
}

/// The account behind [`CONNECTION`].
pub const ACCOUNT: AccountRef<'static> = AccountRef { provider: "tave", account: "studio-1" };

/// Party `n`: a couple, a wedding, an invoice with a payment. `venue` is what tests change.
pub fn party(n: u64, venue: &str) -> StagedUnit {
    let id = |kind: &str| format!("{kind}-{n}");
    let record = |record_type, kind: &str, stream: &str, values: Json| StagedRecord {
        record_type,
        id: id(kind),
        source: Some(SourceKey { stream: stream.into(), id: format!("x-{}", id(kind)) }),
        fields: fields(values.clone()),
        crm: fields(values),
        counted_elsewhere: false,
    };
    let people = json!({id("anna"): {"role": "primary", "position": 0}, id("ben"): {"role": "partner", "position": 1}});
    let client = StagedRecord {
        record_type: RecordType::Client,
        id: id("client"),
        source: None,
        fields: fields(json!({"people": people})),
        crm: fields(json!({"people": people})),
        counted_elsewhere: false,
    };
    let phone = format!("+4477009{n:05}");
    let records = vec![
        client,
        record(
            RecordType::Person,
            "anna",
            "address-book",
            json!({"first_name": format!("Anna{n}"), "last_name": "Price", "email": format!("Anna{n}@Example.com"),
                "phone": {"e164": phone, "ext": null, "text": phone}}),
        ),
        record(
            RecordType::Person,
            "ben",
            "address-book",
            json!({"first_name": "Ben", "last_name": "Okafor", "email": format!("ben{n}@example.org")}),
        ),
        record(
            RecordType::Project,
            "job",
            "job",
            json!({"client_id": id("client"), "name": "Wedding", "kind": "Wedding", "wedding_date": "2026-06-13",
                "venue_name": venue, "people": {format!("{}:primary", id("anna")):
                    {"person_id": id("anna"), "role": "primary"}}}),
        ),
        record(
            RecordType::Invoice,
            "invoice",
            "invoice",
            json!({"client_id": id("client"), "project_id": id("job"), "number": format!("INV-{n}"),
                "total": {"minor": 450_000, "currency": "GBP"}}),
        ),
        record(
            RecordType::Payment,
            "payment",
            "payment",
            json!({"client_id": id("client"), "project_id": id("job"), "payer_id": id("anna"),
                "amount": {"minor": 100_000, "currency": "GBP"}, "status": "paid",
                "allocations": {id("invoice"): {"amount": {"minor": 100_000, "currency": "GBP"}}}}),
        ),
    ];
    StagedUnit {
        seq: n,
        client_id: id("client"),
        external_id: Some(format!("x-{}", id("anna"))),
        claimed_by: Vec::new(),
        summary: UnitSummary {
            names: vec![format!("Anna{n} Price"), "Ben Okafor".into()],
            wedding_date: Some("2026-06-13".into()),
            venue: Some(venue.into()),
            email: Some(format!("anna{n}@example.com")),
            phone: None,
            counts: records.iter().fold(BTreeMap::new(), |mut counts, record: &StagedRecord| {
                *counts.entry(record.record_type).or_default() += 1;
                counts
            }),
            ..UnitSummary::default()
        },
        records,
        problems: Vec::new(),
        left_out: None,
    }
}

/// An appointment without a client, `n`-th of its kind.
pub fn appointment(n: u64, name: &str, day: Option<&str>) -> StagedUnit {
    let fields = FieldMap::from([("name".to_owned(), json!(name)), ("start_date".to_owned(), json!(day))]);
    let id = format!("00000000-0000-7000-8000-0000000e{n:04}");
    let event = StagedRecord {
        record_type: RecordType::Event,
        id: id.clone(),
        source: Some(SourceKey { stream: "calendar".into(), id: format!("e-{n}") }),
        crm: fields.clone(),
        fields,
        counted_elsewhere: false,
    };
    StagedUnit {
        seq: n,
        client_id: id,
        external_id: Some(format!("e-{n}")),
        claimed_by: Vec::new(),
        records: vec![event],
        problems: Vec::new(),
        summary: UnitSummary {
            names: vec![name.to_owned()],
            counts: [(RecordType::Event, 1)].into(),
            appointment: Some(AppointmentTime { day: day.map(str::to_owned), time: None }),
            ..UnitSummary::default()
        },
        left_out: None,
    }
}

/// The ids that staging allots to the sources of a unit.
pub fn allotments(unit: &StagedUnit) -> Vec<LinkRow> {
    unit.records
        .iter()
        .filter_map(|record| {
            let source = record.source.as_ref()?;
            Some(LinkRow {
                stream: source.stream.clone(),
                external_id: source.id.clone(),
                record_type: record.record_type,
                record_id: record.id.clone(),
                client_id: unit.client_id.clone(),
                confirmed: false,
            })
        })
        .collect()
}

/// An external reference of [`ACCOUNT`].
pub fn reference(stream: &str, id: &str) -> ExternalRef {
    ExternalRef { provider: "tave".into(), account: "studio-1".into(), stream: stream.into(), id: id.into() }
}

//! The self-test of a definition: records as the CRM gives them, and what has to come of them. It needs no network.
//!
//! What is compared is what would be staged: the records are assembled, mapped by the definition's own rules and staged for
//! an invented studio, as an import would do it.

use std::collections::BTreeMap;

use hub_core::mapping::{Mapping, Severity, read_rules, standard_schema, validate};
use hub_core::party::Party;
use hub_core::ports::{AccountInfo, CloudAccount, Connection, ConnectionStatus, Scope};
use hub_core::record::RecordType;
use hub_core::staging::{Allotment, Known, StagingContext, stage_appointment, stage_party};
use jiff::Timestamp;
use jiff::civil::date;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use crate::definition::{ApiReads, Definition, MoneyUnit};
use crate::read::assembled;
use crate::rest::{listed, listed_appointments};

/// Zone of the invented studio.
const ZONE: &str = "Europe/London";

/// Records, and what has to come of them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// Records by the list they stand in.
    pub records: BTreeMap<String, Vec<Json>>,
    /// What comes of them: clients with their records, and what a person would be asked.
    pub clients: Json,
}

/// Whether a definition has to come with an example: where it says itself what its records mean.
pub fn needs_example(definition: &Definition) -> bool {
    definition.routes.api.as_ref().is_some_and(|api| api.reads.is_some())
}

/// What comes of an example's records.
///
/// # Errors
/// A line about what cannot be read or mapped.
pub fn comes_of(definition: &Definition, records: &BTreeMap<String, Vec<Json>>) -> Result<Json, String> {
    let reads = definition.routes.api.as_ref().and_then(|api| api.reads.as_ref());
    let (documents, rules) = match reads {
        Some(ApiReads::Lists(lists)) => {
            let shape = definition.assemble.as_ref().ok_or("nothing says how the lists are joined")?;
            let rules = definition.mapping.iter().map(crate::definition::MapRule::to_json).collect();
            (assembled(lists, shape, ZONE, records)?, rules)
        }
        Some(ApiReads::List(list)) => {
            if records.keys().any(|stream| *stream != list.stream) {
                return Err("records of a list that there is not".to_owned());
            }
            let entries = records.get(&list.stream).map(Vec::as_slice).unwrap_or_default();
            match (&definition.rows, &definition.appointments) {
                (Some(fields), _) => listed(&definition.identity.key, list, fields, entries)?,
                (None, Some(read)) => listed_appointments(list, read, entries)?,
                (None, None) => return Err("nothing says what the fields are".to_owned()),
            }
        }
        None => return Err("nothing says how it is read".to_owned()),
    };
    sound(&rules)?;
    let unit = match definition.money_unit() {
        MoneyUnit::Minor => "minor",
        // Somebody has to have said it.
        MoneyUnit::Major | MoneyUnit::Ask => "major",
    };
    staged(&rules, &json!({ "money_unit": unit }), &documents)
}

fn sound(rules: &[Json]) -> Result<(), String> {
    let (rules, faults) = read_rules(rules);
    if let Some(fault) = faults.first() {
        return Err(format!("mapping {}: {}", fault.field, fault.error.as_str()));
    }
    let mut mapping = Mapping { revision: 1, rules, ..Mapping::default() };
    let faults = validate(&mut mapping, &standard_schema());
    match faults.iter().find(|fault| fault.severity == Severity::Error) {
        Some(fault) => Err(format!("mapping {}: {}", fault.field, fault.error.as_str())),
        None => Ok(()),
    }
}

fn staged(rules: &[Json], decisions: &Json, documents: &[Json]) -> Result<Json, String> {
    let connection = Connection {
        id: "example".to_owned(),
        supplier_id: "example".to_owned(),
        provider: "example".to_owned(),
        name: "Example".to_owned(),
        status: ConnectionStatus::Connected,
        account: AccountInfo {
            account_id: "example".to_owned(),
            name: "Example".to_owned(),
            time_zone: Some(ZONE.to_owned()),
            currency: Some("GBP".to_owned()),
            country: Some("GB".to_owned()),
            readable: Vec::new(),
        },
        base_url: None,
        vault_ref: String::new(),
        key_hint: String::new(),
        scope: Scope { historical: true, closed: true, hidden: true, ..Scope::default() },
        decisions: decisions.clone(),
        last_sync_at: None,
        last_sync_status: None,
        error: None,
        created_at: Timestamp::UNIX_EPOCH,
    };
    let supplier = CloudAccount {
        supplier_id: "example".to_owned(),
        supplier_name: "Example".to_owned(),
        user_id: "example".to_owned(),
        user_name: "Example".to_owned(),
        role: "owner".to_owned(),
        tier: "STARTER".to_owned(),
        connection_limit: None,
        time_zone: ZONE.to_owned(),
        currency: "GBP".to_owned(),
        country: "GB".to_owned(),
    };
    let context = StagingContext::new(1, rules, &connection, &supplier, date(2026, 1, 1))
        .map_err(|message| format!("mapping: {}", message.id))?;
    Ok(documents.iter().map(|document| client(&context, document)).collect())
}

fn client(context: &StagingContext, document: &Json) -> Json {
    let appointment = stage_appointment(context, 0, Known::Linked, document, &mut Numbered::default());
    let unit = appointment.unwrap_or_else(|| {
        let party = Party { client_id: None, claimed_by: Vec::new(), persons: Vec::new(), jobs: Vec::new() };
        stage_party(context, 0, &party, "client", document, &mut Numbered::default())
    });
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

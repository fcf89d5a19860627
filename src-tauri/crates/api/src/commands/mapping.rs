//! Matching of fields: reading it, replacing it, suggesting it, and showing what it does to real clients.

use hub_core::fields::{standard_field, standard_fields};
use hub_core::mapping::{
    Clearing, CompiledMapping, Decisions, FieldMappingError, Mapping, SchemaField, Scope, Severity,
    read_rules, validate,
};
use hub_core::message::Message;
use hub_core::parse::{MoneyUnit, Reason, currency};
use hub_core::ports::{Connection, PartyDocument};
use hub_core::record::RecordType;
use hub_core::suggest::{SourceField, standard_targets, suggest as suggest_matches};
use hub_core::value::FieldType;
use serde_json::{Value as Json, json};
use std::sync::{Arc, Mutex, PoisonError};

use crate::dto::{
    ConnectionId, FieldPreview, MappingPreview, MappingSet, MappingSuggestions, MappingView, Preview,
    PreviewRow, Question, RuleFault,
};
use crate::{ApiError, Code, Host, HubEvent};

/// Parties of a preview.
const PARTIES: usize = 10;
/// Requests a preview may take (issue: at most 40).
const REQUESTS: u32 = 40;
/// Sample values of a source field that a suggestion looks at.
const SAMPLES: usize = 20;
/// Source fields that a suggestion looks at; a document has tens.
const SOURCES: usize = 2_000;

pub(crate) async fn get(host: &dyn Host, request: ConnectionId) -> Result<MappingView, ApiError> {
    let connection = host.engine().connection(&request.connection_id).await?;
    let (revision, rules) = rules(host, &connection).await?;
    let (_, faults) = check(&connection, revision, &rules)?;
    Ok(MappingView { revision, rules, faults, stored: revision > 0 })
}

pub(crate) async fn set(host: &dyn Host, request: MappingSet) -> Result<MappingView, ApiError> {
    host.engine().require_writer()?;
    let connection = host.engine().connection(&request.connection_id).await?;
    let (mapping, faults) = check(&connection, 0, &request.rules)?;
    let usable = !faults.iter().any(|fault| fault.severity == "error");
    if !usable {
        return Ok(MappingView { revision: 0, rules: request.rules, faults, stored: false });
    }
    // As checked: a two-way rule that cannot be undone was made import-only.
    let rules = mapping
        .rules
        .iter()
        .map(serde_json::to_value)
        .collect::<Result<Vec<_>, _>>()
        .map_err(ApiError::Encode)?;
    let stored = rules.clone();
    let revision = host.engine().db().run(move |book| book.put_mapping(&connection.id, &stored)).await?;
    Ok(MappingView { revision, rules, faults, stored: true })
}

/// The stored rules, else the definition's own under revision 0.
async fn rules(host: &dyn Host, connection: &Connection) -> Result<(i64, Vec<Json>), ApiError> {
    let id = connection.id.clone();
    match host.engine().db().run(move |book| book.mapping(&id)).await? {
        Some(stored) => Ok((stored.revision, stored.rules)),
        None => Ok((0, host.crms().open(connection)?.default_mapping())),
    }
}

fn schema() -> Vec<SchemaField> {
    RecordType::ALL
        .into_iter()
        .flat_map(|record_type| {
            standard_fields(record_type).iter().map(move |field| SchemaField {
                record_type: record_type.as_str().to_owned(),
                name: field.name.to_owned(),
                field_type: field.field_type,
                required: field.required,
            })
        })
        .collect()
}

/// Reads and checks rules; all faults at once.
fn check(
    connection: &Connection,
    revision: i64,
    rules: &[Json],
) -> Result<(Mapping, Vec<RuleFault>), ApiError> {
    let decisions: Decisions =
        serde_json::from_value(connection.decisions.clone()).map_err(ApiError::BadRequest)?;
    let (rules, mut faults) = read_rules(rules);
    let mut mapping = Mapping { revision: u32::try_from(revision).unwrap_or(u32::MAX), rules, decisions };
    // Only a mapping whose every rule could be read can be checked as a whole.
    if faults.is_empty() {
        faults = validate(&mut mapping, &schema());
    }
    Ok((mapping, faults.into_iter().map(fault).collect()))
}

fn fault(fault: FieldMappingError) -> RuleFault {
    RuleFault {
        index: fault.mapping_index,
        field: fault.field,
        error: fault.error.as_str().to_owned(),
        severity: match fault.severity {
            Severity::Error => "error".to_owned(),
            Severity::Warning => "warning".to_owned(),
        },
        found: fault.found,
        suggested_fix: fault.suggested_fix,
    }
}

pub(crate) async fn preview_run(host: &dyn Host, request: ConnectionId) -> Result<Preview, ApiError> {
    let connection = host.engine().connection(&request.connection_id).await?;
    let connector = host.crms().open(&connection)?;
    let (revision, rules) = rules(host, &connection).await?;
    let compiled = Arc::new(compiled(&connection, revision, &rules)?);
    let read: Arc<Mutex<Vec<Json>>> = Arc::default();
    let (rows, events, id) = (read.clone(), host.events().clone(), connection.id.clone());
    let shown = compiled.clone();
    let on_row = move |party: &PartyDocument| {
        let row = row(&shown, &party.document);
        // Each row is shown as soon as it is complete; nobody listening is no fault.
        let _ = events.send(HubEvent {
            topic: "preview".to_owned(),
            job_id: None,
            seq: 0,
            event: json!({"connection_id": id, "row": row}),
        });
        rows.lock().unwrap_or_else(PoisonError::into_inner).push(party.document.clone());
    };
    connector.preview(PARTIES, REQUESTS, &on_row).await?;
    let documents = std::mem::take(&mut *read.lock().unwrap_or_else(PoisonError::into_inner));
    let (key, kept) = (sample_key(&connection.id), Json::Array(documents.clone()));
    // Kept, so that matching can be tried without asking the CRM again; the database is encrypted.
    host.engine().db().run(move |book| book.put_setting(&key, &kept)).await?;
    Ok(show(&connection, &compiled, &documents))
}

pub(crate) async fn preview(host: &dyn Host, request: MappingPreview) -> Result<Preview, ApiError> {
    let connection = host.engine().connection(&request.connection_id).await?;
    let (revision, stored) = rules(host, &connection).await?;
    let compiled = compiled(&connection, revision, &request.rules.unwrap_or(stored))?;
    let documents = samples(host, &connection.id).await?;
    Ok(show(&connection, &compiled, &documents))
}

pub(crate) async fn suggest(host: &dyn Host, request: ConnectionId) -> Result<MappingSuggestions, ApiError> {
    let connection = host.engine().connection(&request.connection_id).await?;
    let documents = samples(host, &connection.id).await?;
    let mut sources: Vec<SourceField> = Vec::new();
    for document in &documents {
        leaves(document, String::new(), &mut sources);
    }
    let suggestions = suggest_matches(&sources, &standard_targets(), &[])
        .iter()
        .map(serde_json::to_value)
        .collect::<Result<Vec<_>, _>>()
        .map_err(ApiError::Encode)?;
    Ok(MappingSuggestions { suggestions })
}

fn sample_key(connection_id: &str) -> String {
    format!("preview:{connection_id}")
}

async fn samples(host: &dyn Host, connection_id: &str) -> Result<Vec<Json>, ApiError> {
    let key = sample_key(connection_id);
    let kept = host.engine().db().run(move |book| book.setting(&key)).await?;
    match kept {
        Some(Json::Array(documents)) if !documents.is_empty() => Ok(documents),
        Some(_) | None => Err(ApiError::refused(Code::NotFound, "error.no_preview")),
    }
}

/// Collects every leaf with its path; the same path of several documents gives several samples.
fn leaves(json: &Json, path: String, sources: &mut Vec<SourceField>) {
    match json {
        Json::Object(object) => {
            for (key, value) in object.iter().filter(|(key, _)| key.as_str() != "@") {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                leaves(value, path, sources);
            }
        }
        // A later element of a list says what the first one says.
        Json::Array(array) => {
            if let Some(first) = array.first() {
                leaves(first, format!("{path}.0"), sources);
            }
        }
        Json::Null => {}
        Json::Bool(_) | Json::Number(_) | Json::String(_) => {
            if let Some(known) = sources.iter_mut().find(|source| source.path == path) {
                if known.samples.len() < SAMPLES {
                    known.samples.push(json.clone());
                }
            } else if sources.len() < SOURCES {
                let label = path.rsplit('.').find(|part| part.parse::<u32>().is_err()).unwrap_or(&path);
                let label = label.replace('_', " ");
                sources.push(SourceField { path, label, type_hint: None, samples: vec![json.clone()] });
            }
        }
    }
}

fn compiled(connection: &Connection, revision: i64, rules: &[Json]) -> Result<CompiledMapping, ApiError> {
    let (mapping, faults) = check(connection, revision, rules)?;
    if let Some(fault) = faults.iter().find(|fault| fault.severity == "error") {
        return Err(invalid(&fault.field, &fault.error));
    }
    CompiledMapping::compile(&mapping).map_err(|fault| {
        let field = mapping.rules.get(fault.index).map_or("", |rule| rule.wedsync_field.as_str());
        invalid(field, &fault.source.to_string())
    })
}

fn invalid(field: &str, error: &str) -> ApiError {
    ApiError::Refused {
        code: Code::Refused,
        message: Message::new("error.mapping_invalid").with("field", field).with("error", error),
    }
}

fn show(connection: &Connection, compiled: &CompiledMapping, documents: &[Json]) -> Preview {
    let rows: Vec<PreviewRow> = documents.iter().map(|document| row(compiled, document)).collect();
    let questions = money_question(connection, compiled, &rows).into_iter().collect();
    Preview { rows, questions }
}

fn row(compiled: &CompiledMapping, document: &Json) -> PreviewRow {
    let mut fields = Vec::new();
    for record_type in RecordType::ALL {
        for (place, anchor, parent) in anchors(record_type, document) {
            for rule in compiled.rules_of(record_type.as_str()) {
                let scope =
                    Scope { root: document, anchor, parent, row: &place, clearing: Clearing::BlankIsUnknown };
                let outcome = compiled.evaluate(rule, &scope);
                let field = &rule.rule().wedsync_field;
                let problem =
                    outcome.problem.filter(|problem| asks(problem.code, &place, record_type, field));
                if outcome.value.is_none() && problem.is_none() {
                    continue;
                }
                fields.push(FieldPreview {
                    place: place.clone(),
                    record_type: record_type.into(),
                    field: rule.rule().wedsync_field.clone(),
                    before: outcome.source,
                    after: outcome.value.map(|value| value.to_json()),
                    problem: problem
                        .map(|problem| Message { id: problem.message, params: problem.params }.into()),
                });
            }
        }
    }
    PreviewRow { fields, document: document.clone() }
}

/// Whether an import would ask a person about this, as `hub_core::staging` does: the money unit is one question beside
/// the rows, and what the mapping requires is required of the one who stands for the client.
fn asks(reason: Reason, place: &str, record_type: RecordType, field: &str) -> bool {
    match reason {
        Reason::MoneyUnitUnknown => false,
        Reason::RequiredMissing => {
            place == "primary_contact" || standard_field(record_type, field).is_some_and(|spec| spec.required)
        }
        _ => true,
    }
}

/// The records of a type that a document holds, each with its place and the record around it.
fn anchors(record_type: RecordType, document: &Json) -> Vec<(String, Option<&Json>, Option<&Json>)> {
    let list =
        |json: &'_ Json, name: &str| -> usize { json.get(name).and_then(Json::as_array).map_or(0, Vec::len) };
    let of_jobs = |name: &'static str| {
        let mut found = Vec::new();
        for (index, job) in document.get("jobs").and_then(Json::as_array).into_iter().flatten().enumerate() {
            for inner in 0..list(job, name) {
                let anchor = job.get(name).and_then(|records| records.get(inner));
                found.push((format!("jobs.{index}.{name}.{inner}"), anchor, Some(job)));
            }
        }
        found
    };
    match record_type {
        RecordType::Client => vec![(String::new(), None, None)],
        RecordType::Person => ["primary_contact", "partner"]
            .into_iter()
            .filter_map(|name| {
                Some((name.to_owned(), Some(document.get(name).filter(|json| json.is_object())?), None))
            })
            .collect(),
        RecordType::Project => (0..list(document, "jobs"))
            .map(|index| {
                (format!("jobs.{index}"), document.get("jobs").and_then(|jobs| jobs.get(index)), None)
            })
            .collect(),
        RecordType::Event => of_jobs("events"),
        RecordType::Invoice => of_jobs("invoices"),
        RecordType::Payment => of_jobs("payments"),
        RecordType::Task => of_jobs("tasks"),
        RecordType::Document => of_jobs("files"),
        RecordType::Communication => of_jobs("notes"),
        RecordType::Form => Vec::new(),
    }
}

/// "£4,500.00 or £450,000.00?": the largest amount both ways, while nobody has said which (MODEL 1).
fn money_question(
    connection: &Connection,
    compiled: &CompiledMapping,
    rows: &[PreviewRow],
) -> Option<Question> {
    let decisions: Decisions = serde_json::from_value(connection.decisions.clone()).ok()?;
    if decisions.money_unit != MoneyUnit::Ask {
        return None;
    }
    let is_money = |field: &FieldPreview| {
        compiled.rules().iter().any(|rule| {
            let rule = rule.rule();
            rule.value_type == FieldType::Money
                && rule.wedsync_field == field.field
                && RecordType::parse(&rule.record_type)
                    .is_some_and(|kind| crate::dto::RecordType::from(kind) == field.record_type)
        })
    };
    let largest = rows
        .iter()
        .flat_map(|row| &row.fields)
        .filter(|field| is_money(field))
        .filter_map(|field| field.before.as_i64().or_else(|| field.before.as_str()?.parse().ok()))
        .max_by_key(|amount| amount.unsigned_abs())?;
    let currency = decisions.currency.or_else(|| connection.account.currency.clone()).unwrap_or_default();
    let exponent = currency::exponent(&currency).unwrap_or(2);
    let message = Message::new("preview.money_unit")
        .with("currency", &currency)
        .with("major", largest)
        .with("minor", as_minor(largest, exponent));
    Some(Question {
        decision: "money_unit".to_owned(),
        message: message.into(),
        answers: vec!["major".to_owned(), "minor".to_owned()],
    })
}

/// An amount of minor units as people write it.
fn as_minor(amount: i64, exponent: u32) -> String {
    let unit = 10_u64.saturating_pow(exponent);
    let (whole, rest) = (amount.unsigned_abs() / unit, amount.unsigned_abs() % unit);
    let sign = if amount < 0 { "-" } else { "" };
    if exponent == 0 {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{rest:0width$}", width = exponent as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_with_the_digits_of_their_currency() {
        assert_eq!(as_minor(450_000, 2), "4500.00");
        assert_eq!(as_minor(-5, 2), "-0.05");
        assert_eq!(as_minor(1200, 0), "1200");
        assert_eq!(as_minor(1, 3), "0.001");
    }

    #[test]
    fn a_preview_asks_what_an_import_would_ask() {
        let person = RecordType::Person;
        assert!(asks(Reason::RequiredMissing, "primary_contact", person, "email"));
        assert!(!asks(Reason::RequiredMissing, "partner", person, "email"), "a couple may share one address");
        assert!(
            asks(Reason::RequiredMissing, "partner", person, "first_name"),
            "WedSync demands it of everybody"
        );
        assert!(
            !asks(Reason::MoneyUnitUnknown, "jobs.0", RecordType::Project, "crm_total"),
            "asked once, beside"
        );
        assert!(asks(Reason::NotADate, "partner", person, "birthday"));
    }

    #[test]
    fn leaves_are_found_once_with_all_their_samples() {
        let mut sources = Vec::new();
        for name in ["Beth", "Sam"] {
            let document = json!({"@": {"id": "x"}, "primary_contact": {"first_name": name}, "jobs": [{"event_date": "2027-05-01"}]});
            leaves(&document, String::new(), &mut sources);
        }
        let paths: Vec<&str> = sources.iter().map(|source| source.path.as_str()).collect();
        assert_eq!(paths, ["primary_contact.first_name", "jobs.0.event_date"]);
        assert_eq!(sources[0].samples, [json!("Beth"), json!("Sam")]);
        assert_eq!(sources[1].label, "event date");
    }
}

//! Matching of fields: reading it, replacing it, suggesting it, and showing what it does to real clients.

use hub_core::mapping::{Decisions, FieldMappingError, Mapping, Severity, read_rules, validate};
use hub_core::message::Message;
use hub_core::parse::currency;
use hub_core::ports::Connection;
use hub_core::suggest::{SourceField, suggest as suggest_matches};
use hub_engine::LargestAmount;
use serde_json::{Value as Json, json};
use std::sync::atomic::{AtomicU32, Ordering};
use tokio_util::sync::CancellationToken;

use crate::dto::{
    ConnectionId, MappingPreview, MappingSet, MappingSuggestions, MappingView, Preview, PreviewRow,
    PreviewRun, Question, RuleFault,
};
use crate::{ApiError, Code, Host, HubEvent};

/// Sample values of a source field that a suggestion looks at.
const SAMPLES: usize = 20;
/// Source fields that a suggestion looks at; a document has tens.
const SOURCES: usize = 2_000;

pub(crate) async fn get(host: &dyn Host, request: ConnectionId) -> Result<MappingView, ApiError> {
    let connection = host.engine().connection(&request.connection_id).await?;
    let (revision, rules) = host.engine().rules(&connection).await?;
    let (_, faults) = check(host, &connection, revision, &rules).await?;
    Ok(MappingView { revision, rules, faults, stored: revision > 0 })
}

pub(crate) async fn set(host: &dyn Host, request: MappingSet) -> Result<MappingView, ApiError> {
    host.engine().require_writer()?;
    let connection = host.engine().connection(&request.connection_id).await?;
    let (mapping, faults) = check(host, &connection, 0, &request.rules).await?;
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

/// Reads and checks rules against WedSync's fields as they were last read; all faults at once.
async fn check(
    host: &dyn Host,
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
        faults = validate(&mut mapping, &host.engine().mapping_targets(connection).await?);
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

/// Reads the newest clients. Each row is sent over the event stream as soon as it is complete, under the topic `preview` as
/// `{"connection_id", "index", "row"}` with `index` counting from 0: an interface subscribes, gives the command, shows the
/// rows as they come, and takes the reply, which holds all of them once more, as the end. A row is never taken back.
pub(crate) async fn preview_run(host: &dyn Host, request: PreviewRun) -> Result<Preview, ApiError> {
    let mut connection = host.engine().connection(&request.connection_id).await?;
    host.engine().refuse_paused(&connection.id).await?;
    if let Some(file_ids) = &request.file_ids {
        super::sample::no_place_for_others(host)?;
        super::files::ready(host, &connection, file_ids, request.choices.unwrap_or_default()).await?;
        connection = host.engine().connection(&request.connection_id).await?;
    }
    let (rules_in_force, events, id) =
        (host.engine().rules(&connection).await?, host.events().clone(), connection.id.clone());
    usable(host, &connection, &rules_in_force.1).await?;
    let complete = AtomicU32::new(0);
    let on_row = move |row: &hub_engine::PreviewRow| {
        let index = complete.fetch_add(1, Ordering::Relaxed);
        // Nobody listening is no fault: the reply has it too.
        let _ = events.send(HubEvent {
            topic: "preview".to_owned(),
            job_id: None,
            seq: 0,
            event: json!({"connection_id": id, "index": index, "row": PreviewRow::from(row.clone())}),
        });
    };
    let rows = host.engine().preview(&connection.id, &CancellationToken::new(), &on_row).await?;
    let documents: Vec<Json> = rows.iter().map(|row| row.document.clone()).collect();
    let (key, kept) = (sample_key(&connection.id), Json::Array(documents.clone()));
    // Kept, so that matching can be tried without asking the CRM again; the database is encrypted.
    host.engine().db().run(move |book| book.put_setting(&key, &kept)).await?;
    shown(host, &connection, rows, &documents).await
}

pub(crate) async fn preview(host: &dyn Host, request: MappingPreview) -> Result<Preview, ApiError> {
    let connection = host.engine().connection(&request.connection_id).await?;
    if let Some(rules) = &request.rules {
        usable(host, &connection, rules).await?;
    }
    let documents = samples(host, &connection.id).await?;
    let rows = host.engine().preview_of(&connection, request.rules.as_deref(), &documents).await?;
    shown(host, &connection, rows, &documents).await
}

async fn shown(
    host: &dyn Host,
    connection: &Connection,
    rows: Vec<hub_engine::PreviewRow>,
    documents: &[Json],
) -> Result<Preview, ApiError> {
    let largest = host.engine().undecided_amount(connection, documents).await?;
    Ok(Preview {
        rows: rows.into_iter().map(PreviewRow::from).collect(),
        questions: largest.map(|largest| money_question(&largest)).into_iter().collect(),
    })
}

/// Rules that can be used as they stand.
async fn usable(host: &dyn Host, connection: &Connection, rules: &[Json]) -> Result<(), ApiError> {
    let (_, faults) = check(host, connection, 0, rules).await?;
    match faults.iter().find(|fault| fault.severity == "error") {
        None => Ok(()),
        Some(fault) => Err(ApiError::Refused {
            code: Code::Refused,
            message: Message::new("error.mapping_invalid")
                .with("field", &fault.field)
                .with("error", &fault.error),
        }),
    }
}

pub(crate) async fn suggest(host: &dyn Host, request: ConnectionId) -> Result<MappingSuggestions, ApiError> {
    let connection = host.engine().connection(&request.connection_id).await?;
    let documents = samples(host, &connection.id).await?;
    let mut sources: Vec<SourceField> = Vec::new();
    for document in &documents {
        leaves(document, String::new(), &mut sources);
    }
    let targets = host.engine().known_schema().await?.schema.targets();
    let suggestions = suggest_matches(&sources, &targets, &[])
        .iter()
        .map(serde_json::to_value)
        .collect::<Result<Vec<_>, _>>()
        .map_err(ApiError::Encode)?;
    Ok(MappingSuggestions { suggestions })
}

fn sample_key(connection_id: &str) -> String {
    format!("preview:{connection_id}")
}

pub(super) async fn samples(host: &dyn Host, connection_id: &str) -> Result<Vec<Json>, ApiError> {
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
            // The supplier's own fields have a list of their own (`fields.list`), under their labels.
            for (key, value) in
                object.iter().filter(|(key, _)| !matches!(key.as_str(), "@" | "#" | "custom_fields"))
            {
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

/// "£4,500.00 or £450,000.00?": the largest amount both ways, while nobody has said which (MODEL 1).
fn money_question(largest: &LargestAmount) -> Question {
    let exponent = currency::exponent(&largest.currency).unwrap_or(2);
    let message = Message::new("preview.money_unit")
        .with("currency", &largest.currency)
        .with("major", largest.amount)
        .with("minor", as_minor(largest.amount, exponent));
    Question {
        decision: "money_unit".to_owned(),
        message: message.into(),
        answers: vec!["major".to_owned(), "minor".to_owned()],
    }
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

//! The preview: real first clients within a minute, before anything is stored (issue text: at most 40 requests).
//!
//! Rows are mapped exactly as an import would map them, with ids that are thrown away. Nothing is written: no staging,
//! no links, no cursor; only the requests are counted.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::PoisonError;

use hub_core::mapping::Decisions;
use hub_core::message::Message;
use hub_core::parse::MoneyUnit;
use hub_core::party::Party;
use hub_core::plan::{Problem, StagedUnit};
use hub_core::ports::Connection;
use hub_core::record::RecordType;
use hub_core::staging::{Allotment, Known, StagingContext, sources_of, stage_appointment, stage_party};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use tokio_util::sync::CancellationToken;

use crate::{ConnectorHooks, Engine, EngineError};

/// Clients in a preview.
const PARTIES: usize = 10;
/// Requests a preview may take, the one for the supplier's own fields included.
const REQUESTS: u32 = 40;

/// One previewed client, or appointment without one: the document as the CRM has it, and what it would become.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PreviewRow {
    /// The assembled document.
    pub document: Json,
    /// As it would be staged.
    pub unit: StagedUnit,
    /// Its mapped fields, before and after.
    pub fields: Vec<PreviewField>,
}

/// One mapped field of a previewed client.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PreviewField {
    /// Where the record stands in the document: `primary_contact`, `jobs.0`; empty for the client itself.
    pub place: String,
    /// Type of the record.
    pub record_type: RecordType,
    /// WedSync field.
    pub field: String,
    /// What the CRM holds.
    pub before: Json,
    /// What it becomes; none says nothing about the field.
    pub after: Option<Json>,
    /// What an import would ask a person about it.
    pub problem: Option<Message>,
}

/// The largest amount of some clients, for "£4,500.00 or £450,000.00?" (MODEL 1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LargestAmount {
    /// As the CRM holds it.
    pub amount: i64,
    /// ISO 4217, empty where nobody says it.
    pub currency: String,
}

impl Engine {
    /// Reads and maps the newest clients; each row is handed over as soon as it is complete. Then the definitions of the
    /// supplier's own fields are read, so that they can be matched before the first import.
    ///
    /// # Errors
    /// When the CRM cannot be read or the mapping not be used.
    pub async fn preview(
        &self,
        connection_id: &str,
        cancel: &CancellationToken,
        on_row: &(dyn Fn(&PreviewRow) + Send + Sync),
    ) -> Result<Vec<PreviewRow>, EngineError> {
        let connection = self.connection(connection_id).await?;
        let connector = self.inner.connectors.open(&connection, hooks(cancel))?;
        let (revision, rules) = self.rules(&connection).await?;
        let context = self.staging_under(&connection, revision, &rules).await?;
        let shown = mapped_fields(&rules);
        let id = connection.id.clone();
        let erased = self.db().run(move |book| book.erased(&id)).await?;
        let rows: Mutex<Vec<PreviewRow>> = Mutex::new(Vec::new());
        connector
            .preview(PARTIES, REQUESTS - 1, &|found| {
                // The CRM may still have whom the supplier erased; here they are not seen again (SYNC-LAW 44).
                if sources_of(&found.document).iter().any(|(_, id)| erased(id)) {
                    return;
                }
                let mut rows = rows.lock().unwrap_or_else(PoisonError::into_inner);
                let row = row(&context, &shown, rows.len() as u64, &found.document);
                on_row(&row);
                rows.push(row);
            })
            .await?;
        match connector.custom_fields().await {
            Ok(defs) => self.keep_custom_fields(&connection.id, defs).await?,
            // The rows are there and right without them; the import reads them again.
            Err(error) => tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the supplier's own fields could not be read beside the preview"
            ),
        }
        Ok(rows.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    /// What rules (`None`: those in force) make of documents that were read before, without asking the CRM.
    ///
    /// # Errors
    /// When the rules cannot be used.
    pub async fn preview_of(
        &self,
        connection: &Connection,
        rules: Option<&[Json]>,
        documents: &[Json],
    ) -> Result<Vec<PreviewRow>, EngineError> {
        let (revision, rules) = match rules {
            Some(rules) => (0, rules.to_vec()),
            None => self.rules(connection).await?,
        };
        let context = self.staging_under(connection, revision, &rules).await?;
        let shown = mapped_fields(&rules);
        Ok((0..).zip(documents).map(|(seq, document)| row(&context, &shown, seq, document)).collect())
    }

    /// The largest amount in some documents, while nobody has said whether amounts are in pounds or pence; until then
    /// money stays out of the rows, as it stays out of plans.
    ///
    /// # Errors
    /// When the rules cannot be used.
    pub async fn undecided_amount(
        &self,
        connection: &Connection,
        documents: &[Json],
    ) -> Result<Option<LargestAmount>, EngineError> {
        let decisions: Decisions = serde_json::from_value(connection.decisions.clone()).unwrap_or_default();
        if decisions.money_unit != MoneyUnit::Ask {
            return Ok(None);
        }
        // As if it had been answered: only what the CRM holds is looked at, not what it becomes.
        let mut answered = connection.clone();
        if let Some(decisions) = answered.decisions.as_object_mut() {
            decisions.insert("money_unit".to_owned(), json!("minor"));
        }
        let (_, rules) = self.rules(connection).await?;
        let rules: Vec<Json> = rules.into_iter().filter(|rule| rule["value_type"] == "money").collect();
        let rows = self.preview_of(&answered, Some(&rules), documents).await?;
        let largest = rows
            .iter()
            .flat_map(|row| &row.fields)
            .filter_map(|field| field.before.as_i64().or_else(|| field.before.as_str()?.parse().ok()))
            .max_by_key(|amount| amount.unsigned_abs());
        let currency = decisions.currency.or_else(|| connection.account.currency.clone()).unwrap_or_default();
        Ok(largest.map(|amount| LargestAmount { amount, currency }))
    }

    /// What mapping needs beside a document: the stored rules or the definition's, decisions, scope and today.
    pub(crate) async fn staging_context(
        &self,
        connection: &Connection,
        connector: &dyn hub_core::ports::Connector,
    ) -> Result<StagingContext, EngineError> {
        let connection_id = connection.id.clone();
        let stored = self.db().run(move |book| book.mapping(&connection_id)).await?;
        let (revision, rules) = match stored {
            Some(mapping) => (mapping.revision, mapping.rules),
            None => (0, connector.default_mapping()),
        };
        self.staging_under(connection, revision, &rules).await
    }

    async fn staging_under(
        &self,
        connection: &Connection,
        revision: i64,
        rules: &[Json],
    ) -> Result<StagingContext, EngineError> {
        let account = self.account()?;
        let schema = self.known_schema().await?.schema;
        let zone = connection.account.time_zone.as_deref().unwrap_or(&account.time_zone);
        StagingContext::new(revision, rules, connection, &account, self.inner.clock.today(zone))
            .map(|context| context.under(&schema))
            .map_err(EngineError::Refused)
    }

    /// A connector outside any job.
    pub(crate) fn connector_of(
        &self,
        connection: &Connection,
        cancel: &CancellationToken,
    ) -> Result<std::sync::Arc<dyn hub_core::ports::Connector>, EngineError> {
        Ok(self.inner.connectors.open(connection, hooks(cancel))?)
    }
}

fn hooks(cancel: &CancellationToken) -> ConnectorHooks {
    ConnectorHooks {
        on_wait: std::sync::Arc::new(|_| {}),
        cancel: cancel.clone(),
        patience: crate::wait::WITHIN_RUN,
    }
}

/// Ids that name their source and mean nothing beyond the preview.
struct Throwaway;

impl Allotment for Throwaway {
    fn id(&mut self, stream: &str, external_id: &str, _: RecordType, _: &str) -> String {
        format!("{stream}:{external_id}")
    }
}

/// One row: the document staged as an import would stage it, and its mapped fields listed.
fn row(
    context: &StagingContext,
    shown: &BTreeSet<(String, String)>,
    seq: u64,
    document: &Json,
) -> PreviewRow {
    // Also what was cancelled is shown as it is.
    let appointment = stage_appointment(context, seq, Known::Linked, document, &mut Throwaway);
    let unit = appointment.unwrap_or_else(|| {
        let party = Party { client_id: None, claimed_by: Vec::new(), persons: Vec::new(), jobs: Vec::new() };
        stage_party(context, seq, &party, "preview", document, &mut Throwaway)
    });
    let fields = listed(&unit, shown, &places(document));
    PreviewRow { document: document.clone(), unit, fields }
}

/// What rules fill, as (record type, field); relations between records are made and no field of a preview.
fn mapped_fields(rules: &[Json]) -> BTreeSet<(String, String)> {
    let text = |rule: &Json, name: &str| rule.get(name).and_then(Json::as_str).map(str::to_owned);
    rules.iter().filter_map(|rule| Some((text(rule, "record_type")?, text(rule, "wedsync_field")?))).collect()
}

fn listed(
    unit: &StagedUnit,
    shown: &BTreeSet<(String, String)>,
    places: &BTreeMap<(String, String), String>,
) -> Vec<PreviewField> {
    let mut fields = Vec::new();
    for record in &unit.records {
        let place = match &record.source {
            Some(source) => {
                places.get(&(source.stream.clone(), source.id.clone())).cloned().unwrap_or_default()
            }
            None => String::new(),
        };
        let of_record = |problem: &&Problem| problem.record_id == record.id;
        let problem_of = |name: &str| {
            unit.problems.iter().filter(of_record).find(|problem| problem.field == name).map(|problem| {
                Message { id: format!("problem.{}", problem.code), params: problem.params.clone() }
            })
        };
        let field = |name: &str| PreviewField {
            place: place.clone(),
            record_type: record.record_type,
            field: name.to_owned(),
            before: record.crm.get(name).cloned().unwrap_or(Json::Null),
            after: record.fields.get(name).cloned(),
            problem: problem_of(name),
        };
        let record_type = record.record_type.as_str();
        let mapped =
            record.crm.keys().filter(|name| shown.contains(&(record_type.to_owned(), (*name).clone())));
        fields.extend(
            mapped.map(|name| field(name)).filter(|one| one.after.is_some() || one.problem.is_some()),
        );
        // What WedSync demands and no rule fills.
        let unmapped =
            unit.problems.iter().filter(of_record).filter(|one| !record.crm.contains_key(&one.field));
        fields.extend(unmapped.map(|problem| field(&problem.field)));
    }
    fields
}

/// Where each source record stands in a document: the first place by which a person would look for it.
fn places(document: &Json) -> BTreeMap<(String, String), String> {
    let mut found = BTreeMap::new();
    for name in ["primary_contact", "partner", "people", "jobs", "appointments"] {
        if let Some(part) = document.get(name) {
            place(part, name, &mut found);
        }
    }
    found
}

fn place(json: &Json, path: &str, found: &mut BTreeMap<(String, String), String>) {
    match json {
        Json::Object(object) => {
            if let Some(at) = object.get("@") {
                let text = |name: &str| at.get(name).and_then(Json::as_str).map(str::to_owned);
                if let (Some(stream), Some(id)) = (text("stream"), text("id")) {
                    found.entry((stream, id)).or_insert_with(|| path.to_owned());
                }
            }
            // People before what only refers to them.
            let people = object.get_key_value("people");
            let others = object.iter().filter(|(key, _)| !matches!(key.as_str(), "@" | "people"));
            for (key, value) in people.into_iter().chain(others) {
                place(value, &format!("{path}.{key}"), found);
            }
        }
        Json::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                place(item, &format!("{path}.{index}"), found);
            }
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

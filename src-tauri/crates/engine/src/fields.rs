//! Custom fields: noted as the CRM defines them, chosen by a person, planned, and made in WedSync before the records that
//! use them (MODEL 1). Deliberately absent: their values, which are mapped and planned like all others.

use std::collections::BTreeMap;

use hub_core::custom_field::{CustomFieldChoice, CustomFieldDef, PlannedField, StoredCustomField};
use hub_core::mapping::SchemaField;
use hub_core::message::Message;
use hub_core::plan::PlannedUnit;
use hub_core::ports::{Connection, Connector, FieldChoice, PlanHead, RetryAdvice};
use hub_core::record::RecordType;
use hub_core::value::FieldType;
use serde_json::Value as Json;
use tokio_util::sync::CancellationToken;

use crate::retry::with_retry;
use crate::{Engine, EngineError, JobRun};

/// How many records of a plan have a value for a custom field, by record type and name.
pub(crate) type Uses = BTreeMap<(RecordType, String), u64>;

impl Engine {
    /// The custom fields of a connection, as they were last read.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn custom_fields(
        &self,
        connection: &Connection,
    ) -> Result<Vec<StoredCustomField>, EngineError> {
        let id = connection.id.clone();
        self.db().run(move |book| book.custom_fields(&id)).await
    }

    /// Everything a mapping of this connection may fill: WedSync's fields, and the own fields of the CRM's custom fields
    /// that an upload would make.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn mapping_targets(&self, connection: &Connection) -> Result<Vec<SchemaField>, EngineError> {
        let mut targets = self.known_schema().await?.schema.for_mapping();
        for field in self.custom_fields(connection).await? {
            let name = field.own_name(connection);
            let record_type = field.def.record_type.as_str();
            if !targets.iter().any(|known| known.record_type == record_type && known.name == name) {
                targets.push(SchemaField {
                    record_type: record_type.to_owned(),
                    name,
                    field_type: field.def.value_type,
                    required: false,
                });
            }
        }
        Ok(targets)
    }

    /// The rules in force, with their revision: the stored ones, else the definition's own under 0.
    ///
    /// # Errors
    /// When the store cannot be read or the connection not be opened.
    pub async fn rules(&self, connection: &Connection) -> Result<(i64, Vec<Json>), EngineError> {
        let id = connection.id.clone();
        Ok(match self.db().run(move |book| book.mapping(&id)).await? {
            Some(stored) => (stored.revision, stored.rules),
            None => (0, self.connector_of(connection, &CancellationToken::new())?.default_mapping()),
        })
    }

    /// Stores where the values of some custom fields go, with the rules that bring them there; returns the revision of
    /// the mapping.
    ///
    /// # Errors
    /// `error.not_found` for an unknown custom field, `error.field_unknown` for a field that WedSync does not have,
    /// `error.field_taken` for one that another rule fills.
    pub async fn choose_custom_fields(
        &self,
        connection: &Connection,
        choices: Vec<FieldChoice>,
    ) -> Result<i64, EngineError> {
        self.require_writer()?;
        let held = self.custom_fields(connection).await?;
        let schema = self.known_schema().await?.schema;
        let (_, mut rules) = self.rules(connection).await?;
        let find = |record_type: RecordType, id: &str| {
            held.iter()
                .find(|field| field.def.record_type == record_type && field.def.external_id == id)
                .ok_or_else(|| {
                    EngineError::Refused(Message::new("error.not_found").with("what", "field").with("id", id))
                })
        };
        // All that is chosen anew gives its target free first, so that two fields can change places.
        for (record_type, id, _) in &choices {
            let field = find(*record_type, id)?;
            rules.retain(|rule| !field.def.is_read_by(rule));
        }
        for (record_type, id, choice) in &choices {
            let field = find(*record_type, id)?;
            let (name, value_type) = match choice {
                CustomFieldChoice::Keep => continue,
                CustomFieldChoice::New => {
                    let name = field.own_name(connection);
                    let made = schema.field(*record_type, &name).map(|made| made.field_type);
                    (name, made.unwrap_or(field.def.value_type))
                }
                CustomFieldChoice::Existing { field: name } => {
                    let refused = |id: &str| EngineError::Refused(Message::new(id).with("field", name));
                    let target = schema
                        .field(*record_type, name)
                        .filter(|target| !target.read_only)
                        .filter(|target| {
                            !matches!(target.field_type, FieldType::Reference | FieldType::Array)
                        })
                        .ok_or_else(|| refused("error.field_unknown"))?;
                    if rules.iter().any(|rule| fills(rule, *record_type, name)) {
                        return Err(refused("error.field_taken"));
                    }
                    (name.clone(), target.field_type)
                }
            };
            rules.push(field.def.rule(&name, value_type));
        }
        let id = connection.id.clone();
        self.db().run(move |book| book.choose_custom_fields(&id, &choices, &rules)).await
    }

    /// Takes over the definitions that a full sweep has read.
    pub(crate) async fn note_custom_fields(
        &self,
        connection_id: &str,
        connector: std::sync::Arc<dyn Connector>,
    ) -> Result<(), EngineError> {
        let id = connection_id.to_owned();
        self.db()
            .run(move |book| {
                let defs = connector.custom_fields_read(book, &id)?;
                book.put_custom_fields(&id, &defs)
            })
            .await
    }

    /// Takes over definitions that were read beside a preview.
    pub(crate) async fn keep_custom_fields(
        &self,
        connection_id: &str,
        defs: Vec<CustomFieldDef>,
    ) -> Result<(), EngineError> {
        let id = connection_id.to_owned();
        self.db().run(move |book| book.put_custom_fields(&id, &defs)).await
    }

    /// The fields that the mapping fills and that WedSync does not have yet, with how many records of the plan use each.
    /// Also one that none uses yet: an answer in review may be its first value.
    pub(crate) async fn fields_of_plan(
        &self,
        connection: &Connection,
        uses: &Uses,
    ) -> Result<Vec<PlannedField>, EngineError> {
        let schema = self.known_schema().await?.schema;
        let (_, rules) = self.rules(connection).await?;
        let mut planned = Vec::new();
        for field in self.custom_fields(connection).await? {
            let (record_type, name) = (field.def.record_type, field.own_name(connection));
            let Some(rule) = rules.iter().find(|rule| fills(rule, record_type, &name)) else { continue };
            if schema.field(record_type, &name).is_some() {
                continue;
            }
            let records = uses.get(&(record_type, name.clone())).copied().unwrap_or(0);
            let value_type = rule
                .get("value_type")
                .and_then(Json::as_str)
                .and_then(FieldType::parse)
                .unwrap_or(field.def.value_type);
            planned.push(PlannedField {
                record_type,
                stream: field.def.stream,
                external_id: field.def.external_id,
                name,
                label: field.def.label,
                value_type,
                records,
                made_by: None,
            });
        }
        Ok(planned)
    }

    /// Makes the fields that approved records need. Each is made once, however often a kill makes us ask again; the
    /// records that use it follow.
    pub(crate) async fn make_fields(
        &self,
        run: &JobRun,
        connection: &Connection,
        plan: &PlanHead,
    ) -> Result<(), EngineError> {
        let plan_id = plan.id.clone();
        let fields = self.db().run(move |book| book.fields_to_make(&plan_id)).await?;
        if fields.is_empty() {
            return Ok(());
        }
        run.phase("fields", "").await?;
        for field in fields {
            run.go_on()?;
            let reference = hub_core::record::ExternalRef {
                provider: connection.provider.clone(),
                account: connection.account.account_id.clone(),
                stream: field.stream.clone(),
                id: field.external_id.clone(),
            };
            let asked = with_retry(&run.cancel, &|| self.jitter(), || async {
                Ok(self.inner.cloud.add_field(&field, &reference).await?)
            })
            .await;
            let name = match asked {
                Ok(name) => name,
                Err(EngineError::Cloud(failure)) if failure.retry == RetryAdvice::Never => {
                    tracing::warn!(field = field.name, error = %failure, "WedSync did not make the field");
                    let message = Message::new("error.field_refused")
                        .with("field", &field.label)
                        .with("code", &failure.code);
                    return Err(EngineError::Refused(message));
                }
                Err(error) => return Err(error),
            };
            let (plan_id, job_id, actor) =
                (plan.id.clone(), run.job.id.clone(), self.actor("reason.upload", Some(&run.job.id)));
            self.db().run(move |book| book.field_made(&plan_id, &field, &name, &job_id, &actor)).await?;
        }
        self.refresh_schema(&run.cancel).await
    }
}

/// Counts the custom fields that planned units have values for.
pub(crate) fn count_uses<'a>(units: impl Iterator<Item = &'a PlannedUnit>, uses: &mut Uses) {
    for op in units.flat_map(|unit| &unit.ops) {
        for name in op.after.keys().filter(|name| name.starts_with(hub_core::custom_field::CUSTOM_PREFIX)) {
            *uses.entry((op.record.record_type, name.clone())).or_default() += 1;
        }
    }
}

fn fills(rule: &Json, record_type: RecordType, field: &str) -> bool {
    rule.get("record_type").and_then(Json::as_str) == Some(record_type.as_str())
        && rule.get("wedsync_field").and_then(Json::as_str) == Some(field)
}

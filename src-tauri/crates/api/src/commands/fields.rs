//! WedSync's fields, and where the supplier's own fields go.

use hub_core::custom_field::{CustomFieldChoice, StoredCustomField};
use hub_core::path::SourcePath;
use hub_core::ports::Connection;
use hub_core::schema::Schema;
use hub_core::suggest::{SourceField, Suggestion, TargetField, suggest};
use hub_core::value::{FieldType, is_blank_json};
use serde_json::{Value as Json, json};

use super::mapping::samples;
use crate::dto::{
    ConnectionId, CustomFieldView, CustomFields, FieldSuggestion, FieldsChoose, Nothing, SchemaFieldView,
    SchemaView,
};
use crate::{ApiError, Code, Host};

/// Sample values shown of a field.
const SAMPLES: usize = 5;
/// Choices stored at a time; a supplier has tens of fields.
const MOST_CHOICES: usize = 1_000;

pub(crate) async fn schema(host: &dyn Host, _: Nothing) -> Result<SchemaView, ApiError> {
    let known = host.engine().known_schema().await?;
    let fields = known
        .schema
        .fields
        .into_iter()
        .map(|field| SchemaFieldView {
            custom: field.is_custom(),
            record_type: field.record_type.into(),
            name: field.name,
            label: field.label,
            value_type: field.field_type.as_str().to_owned(),
            required: field.required,
            read_only: field.read_only,
            choices: field.choices,
        })
        .collect();
    Ok(SchemaView { since: known.since, fields })
}

pub(crate) async fn list(host: &dyn Host, request: ConnectionId) -> Result<CustomFields, ApiError> {
    let connection = host.engine().connection(&request.connection_id).await?;
    listed(host, &connection).await
}

pub(crate) async fn choose(host: &dyn Host, request: FieldsChoose) -> Result<CustomFields, ApiError> {
    let connection = host.engine().connection(&request.connection_id).await?;
    if request.choices.len() > MOST_CHOICES {
        return Err(ApiError::refused(Code::Refused, "error.too_many_rows"));
    }
    let choices = request
        .choices
        .into_iter()
        .map(|one| (one.record_type.into(), one.external_id, one.choice.into()))
        .collect();
    host.engine().choose_custom_fields(&connection, choices).await?;
    listed(host, &connection).await
}

async fn listed(host: &dyn Host, connection: &Connection) -> Result<CustomFields, ApiError> {
    let fields = host.engine().custom_fields(connection).await?;
    let schema = host.engine().known_schema().await?.schema;
    let (revision, rules) = host.engine().rules(connection).await?;
    // Before the first preview there is nothing to show; the fields are known all the same after an import.
    let documents = match samples(host, &connection.id).await {
        Ok(documents) => documents,
        Err(error) if error.is_internal() => return Err(error),
        Err(_) => Vec::new(),
    };
    let sources: Vec<SourceField> = fields.iter().map(|field| source(field, &documents)).collect();
    let suggested = suggest(&sources, &free_targets(&schema, &fields, &rules, connection), &[]);
    let views = fields
        .into_iter()
        .zip(sources)
        .map(|(field, source)| {
            let chosen = field.choice_under(&rules, connection);
            let suggestion = suggestion(&field, &schema, &suggested)?;
            Ok(CustomFieldView {
                chosen: chosen.map(Into::into),
                suggestion,
                samples: source.samples.into_iter().take(SAMPLES).collect(),
                record_type: field.def.record_type.into(),
                external_id: field.def.external_id,
                label: field.def.label,
                kind: field.def.kind,
                value_type: field.def.value_type.as_str().to_owned(),
                choices: field.def.choices,
                source: field.def.source,
                hidden: field.def.hidden,
            })
        })
        .collect::<Result<Vec<_>, ApiError>>()?;
    Ok(CustomFields { fields: views, revision })
}

/// A custom field as a source of suggestions: its label, its type and the values of all people or jobs of a preview.
fn source(field: &StoredCustomField, documents: &[Json]) -> SourceField {
    let mut paths = vec![field.def.source.clone()];
    if let Some(rest) = field.def.source.strip_prefix("jobs.0.") {
        paths = vec![format!("jobs.*.{rest}")];
    } else if let Some(rest) = field.def.source.strip_prefix("primary_contact.") {
        paths = vec![format!("people.*.{rest}")];
    }
    let read: Vec<SourcePath> = paths.iter().filter_map(|path| SourcePath::parse(path).ok()).collect();
    let samples = documents
        .iter()
        .flat_map(|document| read.iter().flat_map(|path| path.resolve(document)))
        .map(|found| found.value.clone())
        .filter(|value| !is_blank_json(value))
        .collect();
    SourceField {
        path: field.def.source.clone(),
        label: field.def.label.clone(),
        type_hint: Some(field.def.value_type),
        samples,
    }
}

/// Targets that no rule fills yet, apart from those of the custom fields themselves; own fields are no suggestion.
fn free_targets(
    schema: &Schema,
    fields: &[StoredCustomField],
    rules: &[Json],
    connection: &Connection,
) -> Vec<TargetField> {
    let own: Vec<String> = fields.iter().map(|field| field.own_name(connection)).collect();
    let filled = |target: &TargetField| {
        rules.iter().any(|rule| {
            rule.get("record_type").and_then(Json::as_str) == Some(&target.record_type)
                && rule.get("wedsync_field").and_then(Json::as_str) == Some(&target.name)
                && !fields.iter().any(|field| field.def.is_read_by(rule))
        })
    };
    let mut targets = schema.targets();
    targets.retain(|target| {
        !own.contains(&target.name)
            && !filled(target)
            && !matches!(target.field_type, FieldType::Reference | FieldType::Array)
    });
    targets
}

/// A field that WedSync has, where it fits without any change on the way; a field of its own otherwise; and what the
/// supplier has put away stays here.
fn suggestion(
    field: &StoredCustomField,
    schema: &Schema,
    suggested: &[Suggestion],
) -> Result<FieldSuggestion, ApiError> {
    if field.def.hidden {
        return Ok(plain(CustomFieldChoice::Keep, "hidden"));
    }
    let fitting = suggested.iter().find(|one| {
        one.source == field.def.source
            && one.record_type == field.def.record_type.as_str()
            && one.transforms.is_empty()
            && schema.field(field.def.record_type, &one.field).is_some_and(|target| {
                target.field_type == field.def.value_type || field.def.value_type == FieldType::Text
            })
    });
    match fitting {
        Some(one) => Ok(FieldSuggestion {
            choice: CustomFieldChoice::Existing { field: one.field.clone() }.into(),
            confidence: one.confidence,
            reasons: one
                .reasons
                .iter()
                .map(serde_json::to_value)
                .collect::<Result<_, _>>()
                .map_err(ApiError::Encode)?,
        }),
        None => Ok(plain(CustomFieldChoice::New, "own_field")),
    }
}

fn plain(choice: CustomFieldChoice, code: &str) -> FieldSuggestion {
    let reason = json!({"code": code, "params": {}, "points": 0});
    FieldSuggestion { choice: choice.into(), confidence: 1.0, reasons: vec![reason] }
}

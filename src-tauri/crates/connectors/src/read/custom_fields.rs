//! The supplier's custom fields, as the definition's list of them says.

use hub_core::custom_field::CustomFieldDef;
use hub_core::path::{Segment, SourcePath};
use hub_core::ports::{ConnectorError, RawReader, RetryAdvice, StoreResult};
use hub_core::value::FieldType;
use serde_json::Value as Json;

use super::connector::DefinedConnector;
use crate::assemble::{SCAN, at, is_true, parse, text_at};
use crate::definition::{CustomFields, Offer};
use crate::messages;

/// The longest label that is kept, in characters; WedSync takes 200.
const LONGEST_LABEL: usize = 200;
/// The most values offered that are kept.
const MOST_CHOICES: usize = 1_000;

impl DefinedConnector {
    pub(super) async fn list_custom_fields(&self) -> Result<Vec<CustomFieldDef>, ConnectorError> {
        let Some(section) = &self.definition.custom_fields else { return Ok(Vec::new()) };
        let sort = self.sorted_by(&self.api()?.lists.sort.ascending_id)?;
        let mut found = Vec::new();
        for record in self.list(&section.stream, vec![sort]).await?.records {
            let json = parse(&record.raw).map_err(|error| ConnectorError {
                source: Some(Box::new(error)),
                ..self.error(messages::UNREADABLE, RetryAdvice::Never, Offer::TryAgain)
            })?;
            found.extend(read_field(section, &record.id, &json));
        }
        Ok(found)
    }

    pub(super) fn stored_custom_fields(
        &self,
        raw: &dyn RawReader,
        connection_id: &str,
    ) -> StoreResult<Vec<CustomFieldDef>> {
        let Some(section) = &self.definition.custom_fields else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let rows = raw.scan(connection_id, &section.stream, after.as_deref(), SCAN)?;
            for row in &rows {
                found.extend(read_field(section, &row.id, &parse(&row.raw)?));
            }
            if rows.len() < SCAN as usize {
                return Ok(found);
            }
            after = rows.last().map(|row| row.id.clone());
        }
    }
}

/// A field that is on nothing we bring, or without a label, is none.
fn read_field(section: &CustomFields, id: &str, json: &Json) -> Option<CustomFieldDef> {
    let word = text_at(json, &section.applies)?;
    let carried = section.on.iter().find(|one| one.is == word)?;
    let label: String = text_at(json, &section.label)?.trim().chars().take(LONGEST_LABEL).collect();
    if label.is_empty() {
        return None;
    }
    let kind = text_at(json, &section.kind).unwrap_or_default();
    let mut segments = SourcePath::parse(&carried.source).ok()?.segments().to_vec();
    segments.extend([Segment::Key(id.to_owned()), Segment::Key("value".to_owned())]);
    Some(CustomFieldDef {
        record_type: carried.record,
        stream: section.stream.clone(),
        external_id: id.to_owned(),
        label,
        kind: kind.to_owned(),
        value_type: section.types.get(kind).copied().unwrap_or(FieldType::Text),
        choices: at(json, &section.choices)
            .and_then(Json::as_array)
            .into_iter()
            .flatten()
            .filter_map(|choice| choice.as_str().map(str::to_owned))
            .take(MOST_CHOICES)
            .collect(),
        source: SourcePath::of_segments(segments).ok()?.to_string(),
        hidden: is_true(json, &section.hidden),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::definition::embedded;

    #[test]
    fn kinds_become_types_and_an_unknown_kind_is_text() {
        let tave = embedded("tave").unwrap().unwrap();
        let section = tave.custom_fields.as_ref().unwrap();
        let read = |kind: &str, on: &str| {
            let json =
                json!({"name": "Album", "kind": kind, "canApplyTo": on, "choices": ["A", 7], "hidden": true});
            read_field(section, "01h3", &json)
        };
        let field = read("Checkbox", "Job").unwrap();
        assert_eq!(field.value_type, FieldType::Boolean);
        assert_eq!(field.source, "jobs.0.custom_fields.01h3.value");
        assert_eq!(field.choices, ["A"], "what is no text is no choice");
        assert!(field.hidden);
        assert_eq!(read("Hologram", "Contact").unwrap().value_type, FieldType::Text);
        assert_eq!(read("TextField", "Spaceship"), None, "on nothing that is brought");
        assert_eq!(
            read_field(section, "01h3", &json!({"kind": "Date", "canApplyTo": "Job", "name": " "})),
            None
        );
    }
}

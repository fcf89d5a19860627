//! Suggestions for a table: what `hub try mapping` prints for one line.

use serde_json::{Value as Json, json};

use super::{SourceField, standard_targets, suggest};
use crate::path::SourcePath;
use crate::try_cell::{TryOptions, unreadable_line};

/// The most columns a table may have here.
const MAX_COLUMNS: usize = 500;

/// Reads `{"header": [..], "rows": [[..]]}` and suggests matches. Columns of one name are told apart by their position.
pub(crate) fn try_mapping(line: &str, _options: &TryOptions) -> Json {
    let Ok(table) = serde_json::from_str::<Json>(line) else { return unreadable_line(line) };
    let Some(header) =
        table.get("header").and_then(Json::as_array).filter(|header| header.len() <= MAX_COLUMNS)
    else {
        return unreadable_line(line);
    };
    let rows: Vec<&Vec<Json>> =
        table.get("rows").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_array).collect();
    let label = |json: &Json| {
        json.as_str()
            .map_or_else(|| if json.is_null() { String::new() } else { json.to_string() }, str::to_owned)
    };
    let sources: Vec<SourceField> = header
        .iter()
        .enumerate()
        .map(|(column, name)| {
            let label = label(name);
            SourceField {
                path: SourcePath::of_key(&label).to_string(),
                label,
                type_hint: None,
                samples: rows.iter().filter_map(|row| row.get(column)).cloned().collect(),
            }
        })
        .collect();
    let names: Vec<(String, String)> =
        sources.iter().map(|source| (source.path.clone(), source.label.clone())).collect();
    let suggestions: Vec<Json> = suggest(&sources, &standard_targets(), &[])
        .into_iter()
        .map(|suggestion| {
            let source =
                names.iter().find(|(path, _)| *path == suggestion.source).map(|(_, label)| label.clone());
            json!({
                "source": source,
                "record_type": suggestion.record_type,
                "field": suggestion.field,
                "transforms": suggestion.transforms,
                "confidence": suggestion.confidence,
                "reasons": suggestion.reasons,
            })
        })
        .collect();
    json!({ "input": { "header": header }, "value": suggestions, "error": null })
}

//! Preview and matching of fields.

use std::io::Read as _;
use std::path::PathBuf;

use hub_api::command;
use hub_api::dto::{ConnectionId, MappingPreview, MappingSet, MappingView, Preview, PreviewRun};
use hub_core::message::Message;
use serde_json::Value as Json;

use super::connect::word;
use super::connection;
use crate::args::MapAction;
use crate::client::Client;
use crate::failure::{Exit, Failure};
use crate::screen::{Reader, Screen};

/// Largest mapping read from standard input.
const LARGEST: u64 = 16 * 1024 * 1024;

pub(super) async fn run(client: &Client, screen: Screen, action: MapAction) -> Result<Exit, Failure> {
    match action {
        MapAction::Show { connection: name } => {
            let id = connection(client, name).await?.id;
            let view = client.call::<command::MappingGet>(&ConnectionId { connection_id: id }).await?;
            screen.result(&view, |view| show(screen, view))?;
            Ok(Exit::Done)
        }
        MapAction::Set { connection: name } => set(client, screen, name).await,
        MapAction::Suggest { connection: name } => {
            let id = connection(client, name).await?.id;
            let found = client.call::<command::MappingSuggest>(&ConnectionId { connection_id: id }).await?;
            screen.result(&found, |found| {
                let text = |json: &Json, name: &str| {
                    json.get(name).and_then(Json::as_str).unwrap_or_default().to_owned()
                };
                let rows = found
                    .suggestions
                    .iter()
                    .map(|one| {
                        let confidence = one.get("confidence").and_then(Json::as_f64).unwrap_or(0.0);
                        vec![
                            text(one, "source"),
                            format!("{}.{}", text(one, "record_type"), text(one, "field")),
                            format!("{:.0} %", confidence * 100.0),
                        ]
                    })
                    .collect();
                screen.table(&["source", "field", "confidence"], rows)
            })?;
            Ok(Exit::Done)
        }
        MapAction::Fields { connection: name } => super::fields::list(client, screen, name).await,
        MapAction::Choose(arguments) => super::fields::choose(client, screen, arguments).await,
        MapAction::Preview { connection: name } => {
            let id = connection(client, name).await?.id;
            let request = MappingPreview { connection_id: id, rules: None };
            let preview = client.call::<command::MappingPreview>(&request).await?;
            screen.result(&preview, |preview| show_preview(screen, preview))?;
            Ok(Exit::Done)
        }
    }
}

/// Reads `{"rules": [..]}` or `[..]` from standard input.
async fn set(client: &Client, screen: Screen, name: Option<String>) -> Result<Exit, Failure> {
    let id = connection(client, name).await?.id;
    let mut text = String::new();
    std::io::stdin().take(LARGEST).read_to_string(&mut text).map_err(Failure::Stdio)?;
    let unreadable = || Failure::usage(Message::new("error.mapping_input"));
    let rules = match serde_json::from_str(&text).map_err(|_| unreadable())? {
        Json::Array(rules) => rules,
        Json::Object(mut object) => match object.remove("rules") {
            Some(Json::Array(rules)) => rules,
            Some(_) | None => return Err(unreadable()),
        },
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => return Err(unreadable()),
    };
    let view = client.call::<command::MappingSet>(&MappingSet { connection_id: id, rules }).await?;
    screen.result(&view, |view| show(screen, view))?;
    Ok(if view.stored { Exit::Done } else { Exit::Usage })
}

fn show(screen: Screen, view: &MappingView) -> Result<(), Failure> {
    let text = |rule: &Json, name: &str| rule.get(name).and_then(Json::as_str).unwrap_or_default().to_owned();
    let rows = view
        .rules
        .iter()
        .enumerate()
        .map(|(index, rule)| {
            let sources = rule.get("sources").and_then(Json::as_array).into_iter().flatten();
            let sources: Vec<&str> = sources.filter_map(Json::as_str).collect();
            vec![
                index.to_string(),
                sources.join(", "),
                format!("{}.{}", text(rule, "record_type"), text(rule, "wedsync_field")),
                text(rule, "value_type"),
                text(rule, "direction"),
            ]
        })
        .collect();
    screen.table(&["row", "source", "field", "type", "direction"], rows)?;
    for fault in &view.faults {
        let message = Message::new(format!("mapping.{}", fault.error))
            .with("field", &fault.field)
            .with("row", fault.index)
            .with("found", fault.found.as_deref().unwrap_or_default())
            .with("fix", fault.suggested_fix.as_deref().unwrap_or_default());
        screen.say(&message)?;
    }
    let id = if view.stored { "hub.map.stored" } else { "hub.map.not_stored" };
    screen.say(&Message::new(id).with("revision", view.revision))
}

pub(super) async fn preview_run(
    client: &Client,
    screen: Screen,
    name: Option<String>,
    files: &[PathBuf],
) -> Result<Exit, Failure> {
    let id = connection(client, name).await?.id;
    let file_ids = match files {
        [] => None,
        files => Some(super::files::hand(client, files).await?),
    };
    let preview = read_preview(client, screen, &id, file_ids).await?;
    screen.result(&preview, |preview| show_preview(screen, preview))?;
    Ok(Exit::Done)
}

/// Reads the preview; while it comes, each complete row is counted on standard error.
pub(super) async fn read_preview(
    client: &Client,
    screen: Screen,
    id: &str,
    file_ids: Option<Vec<String>>,
) -> Result<Preview, Failure> {
    let request = PreviewRun { connection_id: id.to_owned(), file_ids, choices: None };
    let mut events = client.events();
    let reading = client.call::<command::PreviewRun>(&request);
    tokio::pin!(reading);
    let mut complete = 0_u32;
    loop {
        tokio::select! {
            preview = &mut reading => return preview,
            event = events.recv(), if screen.reader == Reader::Person => {
                if event.is_ok_and(|event| event.topic == "preview") {
                    complete += 1;
                    screen.note(&Message::new("hub.preview.row").with("count", complete));
                }
            }
        }
    }
}

pub(super) fn show_preview(screen: Screen, preview: &Preview) -> Result<(), Failure> {
    let cell = |row: &hub_api::dto::PreviewRow, place: &str, name: &str| {
        row.fields
            .iter()
            .find(|field| field.place == place && field.field == name)
            .and_then(|field| field.after.as_ref())
            .map(plain)
            .unwrap_or_default()
    };
    let rows = preview
        .rows
        .iter()
        .map(|row| {
            let person = |place: &str| {
                format!("{} {}", cell(row, place, "first_name"), cell(row, place, "last_name"))
                    .trim()
                    .to_owned()
            };
            let problems = row.fields.iter().filter(|field| field.problem.is_some()).count();
            vec![
                person("primary_contact"),
                person("partner"),
                cell(row, "primary_contact", "email"),
                cell(row, "primary_contact", "phone"),
                cell(row, "jobs.0", "wedding_date"),
                cell(row, "jobs.0", "venue_name"),
                problems.to_string(),
            ]
        })
        .collect();
    screen.table(&["name", "partner", "email", "phone", "wedding_date", "venue", "problem"], rows)?;
    for question in &preview.questions {
        screen.say(&question.message.clone().into())?;
        let answers = question.answers.join(", ");
        screen.say(
            &Message::new("hub.preview.answer").with("decision", &question.decision).with("answers", answers),
        )?;
    }
    Ok(())
}

/// A value as one reads it.
pub(super) fn plain(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        Json::Bool(_) | Json::Number(_) => value.to_string(),
        Json::Object(object) => match (object.get("text"), object.get("minor"), object.get("local")) {
            (Some(Json::String(text)), _, _) | (_, _, Some(Json::String(text))) => text.clone(),
            (_, Some(minor), _) => {
                format!("{minor} {}", object.get("currency").map(word).unwrap_or_default())
            }
            (_, None, _) => value.to_string(),
        },
        Json::Array(_) => value.to_string(),
    }
}

//! Where the supplier's own fields go.

use hub_api::command;
use hub_api::dto::{ChosenField, ConnectionId, CustomFieldView, CustomFields, FieldChoice, FieldsChoose};
use hub_core::message::Message;

use super::connect::word;
use super::connection;
use crate::args::ChooseArgs;
use crate::client::Client;
use crate::failure::{Exit, Failure};
use crate::screen::Screen;

pub(super) async fn list(client: &Client, screen: Screen, name: Option<String>) -> Result<Exit, Failure> {
    let request = ConnectionId { connection_id: connection(client, name).await?.id };
    let found = client.call::<command::FieldsList>(&request).await?;
    screen.result(&found, |found| show(screen, found))?;
    Ok(Exit::Done)
}

/// Stores a choice for the named fields, or what is suggested; without names, for all that nobody has chosen for yet.
pub(super) async fn choose(client: &Client, screen: Screen, arguments: ChooseArgs) -> Result<Exit, Failure> {
    let id = connection(client, arguments.connection).await?.id;
    let held = client.call::<command::FieldsList>(&ConnectionId { connection_id: id.clone() }).await?.fields;
    let named: Vec<&CustomFieldView> = if arguments.custom_fields.is_empty() {
        held.iter().filter(|field| field.chosen.is_none()).collect()
    } else {
        arguments.custom_fields.iter().map(|name| find(&held, name)).collect::<Result<_, _>>()?
    };
    let choices = named
        .into_iter()
        .map(|field| ChosenField {
            record_type: field.record_type,
            external_id: field.external_id.clone(),
            choice: match &arguments.to {
                Some(target) => FieldChoice::Existing { field: target.clone() },
                None if arguments.new => FieldChoice::New,
                None if arguments.keep => FieldChoice::Keep,
                None => field.suggestion.choice.clone(),
            },
        })
        .collect();
    let request = FieldsChoose { connection_id: id, choices };
    let found = client.call::<command::FieldsChoose>(&request).await?;
    screen.result(&found, |found| show(screen, found))?;
    Ok(Exit::Done)
}

/// The field of this id, else the only one of this label.
fn find<'a>(held: &'a [CustomFieldView], wanted: &str) -> Result<&'a CustomFieldView, Failure> {
    if let Some(field) = held.iter().find(|field| field.external_id == wanted) {
        return Ok(field);
    }
    let mut labelled = held.iter().filter(|field| field.label == wanted);
    match (labelled.next(), labelled.next()) {
        (Some(only), None) => Ok(only),
        (None, _) => Err(Failure::usage(Message::new("error.no_custom_field").with("field", wanted))),
        (Some(_), Some(_)) => {
            Err(Failure::usage(Message::new("error.which_custom_field").with("field", wanted)))
        }
    }
}

fn show(screen: Screen, found: &CustomFields) -> Result<(), Failure> {
    let text = |choice: &FieldChoice| match choice {
        FieldChoice::Existing { field } => field.clone(),
        FieldChoice::New => screen.text(&Message::new("hub.choice.new")),
        FieldChoice::Keep => screen.text(&Message::new("hub.choice.keep")),
    };
    let rows = found
        .fields
        .iter()
        .map(|field| {
            vec![
                field.external_id.clone(),
                word(&field.record_type),
                field.label.clone(),
                field.value_type.clone(),
                field.chosen.as_ref().map(text).unwrap_or_default(),
                text(&field.suggestion.choice),
            ]
        })
        .collect();
    screen.table(&["id", "records", "name", "type", "chosen", "suggested"], rows)
}

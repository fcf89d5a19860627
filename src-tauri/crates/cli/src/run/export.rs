//! Taking the clients out again: as JSON, or as a table for a spreadsheet.

use std::path::Path;

use hub_api::command;
use hub_api::dto::{ExportClient, Nothing};
use hub_core::message::Message;
use serde_json::{Map, Value as Json, json};

use super::map::plain;
use crate::client::Client;
use crate::failure::{Exit, Failure};
use crate::screen::{Reader, Screen};

const COLUMNS: [&str; 10] = [
    "id",
    "external_id",
    "first_name",
    "last_name",
    "email",
    "phone",
    "wedding_date",
    "venue_name",
    "partner_first_name",
    "partner_last_name",
];

pub(super) async fn run(client: &Client, screen: Screen, csv: Option<&Path>) -> Result<Exit, Failure> {
    if csv.is_none() && screen.reader == Reader::Person {
        return Err(Failure::usage(Message::new("error.export_how")));
    }
    let export = client.call::<command::ExportClients>(&Nothing {}).await?;
    if let Some(path) = csv {
        write_csv(path, &export.clients)?;
        screen.note(&Message::new("hub.export.written").with("count", export.clients.len()));
    }
    if screen.reader == Reader::Machine {
        let clients: Vec<Json> = export.clients.iter().map(flat).collect();
        screen.json(&clients)?;
    }
    Ok(Exit::Done)
}

/// A client with its own fields beside the standard ones, and people with theirs.
fn flat(client: &ExportClient) -> Json {
    let mut object = Map::new();
    object.insert("id".to_owned(), json!(client.id));
    object.insert("external_id".to_owned(), json!(client.external_id));
    object.insert("first_name".to_owned(), json!(client.first_name));
    object.insert("last_name".to_owned(), json!(client.last_name));
    object.insert("email".to_owned(), json!(client.email));
    object.insert("phone".to_owned(), json!(client.phone));
    object.insert("wedding_date".to_owned(), json!(client.wedding_date));
    object.insert("venue_name".to_owned(), json!(client.venue_name));
    if let Some(at) = client.last_crm_sync_at {
        object.insert("last_crm_sync_at".to_owned(), json!(at));
    }
    for (name, value) in &client.fields {
        object.entry(name.clone()).or_insert_with(|| value.clone());
    }
    let people: Vec<Json> = client
        .people
        .iter()
        .map(|person| {
            let mut object = Map::new();
            object.insert("id".to_owned(), json!(person.id));
            object.insert("external_id".to_owned(), json!(person.external_id));
            object.insert("role".to_owned(), json!(person.role));
            for (name, value) in &person.fields {
                object.entry(name.clone()).or_insert_with(|| value.clone());
            }
            Json::Object(object)
        })
        .collect();
    object.insert("people".to_owned(), Json::Array(people));
    for (name, records) in &client.records {
        object.entry(format!("{name}s")).or_insert_with(|| json!(records));
    }
    Json::Object(object)
}

fn write_csv(path: &Path, clients: &[ExportClient]) -> Result<(), Failure> {
    let failed = |source| Failure::because("error.export_file", source);
    let mut options = std::fs::OpenOptions::new();
    // An existing file is somebody's: it is never replaced.
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let file = options.open(path).map_err(failed)?;
    let mut writer = csv::Writer::from_writer(file);
    let refused = |source| Failure::because("error.export_file", source);
    writer.write_record(COLUMNS).map_err(refused)?;
    for client in clients {
        let partner = client.people.iter().find(|person| person.role == "partner");
        let of_partner =
            |name: &str| partner.and_then(|person| person.fields.get(name)).map(plain).unwrap_or_default();
        let cells = [
            client.id.clone(),
            client.external_id.clone().unwrap_or_default(),
            client.first_name.clone().unwrap_or_default(),
            client.last_name.clone().unwrap_or_default(),
            client.email.clone().unwrap_or_default(),
            client.phone.as_ref().map(plain).unwrap_or_default(),
            client.wedding_date.clone().unwrap_or_default(),
            client.venue_name.clone().unwrap_or_default(),
            of_partner("first_name"),
            of_partner("last_name"),
        ];
        writer.write_record(cells.map(harmless)).map_err(refused)?;
    }
    writer.flush().map_err(failed)
}

/// A cell that a spreadsheet will not take for a formula; a leading apostrophe is what spreadsheets themselves use.
fn harmless(cell: String) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    // A phone number is no formula and has to stay a number that can be dialled.
    let phone = cell.starts_with('+') && cell[1..].bytes().all(|byte| byte.is_ascii_digit() || byte == b' ');
    if formula && !phone { format!("'{cell}") } else { cell }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f55_formulas_are_disarmed_and_phones_are_left() {
        for (cell, written) in [
            ("=1+1", "'=1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("-2+3", "'-2+3"),
            ("+1+cmd|x", "'+1+cmd|x"),
            ("+44 7700 900318", "+44 7700 900318"),
            ("Beth", "Beth"),
            ("", ""),
        ] {
            assert_eq!(harmless(cell.to_owned()), written, "{cell:?}");
        }
    }
}

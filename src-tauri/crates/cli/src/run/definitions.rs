//! `hub definitions`: what is wrong with a definition, what the built-in ones say can be done where, and what is in force.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use hub_api::command;
use hub_api::dto::{DefinitionAgree, DefinitionsState, Nothing};
use hub_connectors::definition::{parse, table};
use hub_connectors::{embedded, embedded_keys};
use hub_core::message::Message;
use serde_json::json;

use super::connection;
use crate::args::DefinitionsAction;
use crate::client::Client;
use crate::failure::{Exit, Failure};
use crate::screen::{Reader, Screen};

/// Largest definition that is read; the largest of ours has 30 KB.
const LARGEST: u64 = 1024 * 1024;

pub(super) fn run(action: &DefinitionsAction, screen: Screen) -> Result<Exit, Failure> {
    match action {
        DefinitionsAction::Check { files } => check(files, screen),
        // These are about a profile (`give`).
        DefinitionsAction::State | DefinitionsAction::Refresh | DefinitionsAction::Agree { .. } => {
            Err(Failure::own("error.fault"))
        }
        DefinitionsAction::Table => {
            let definitions: Vec<_> = embedded_keys().filter_map(embedded).filter_map(Result::ok).collect();
            screen.line(table(&definitions).trim_end())?;
            Ok(Exit::Done)
        }
    }
}

/// What is about the profile's own connections.
pub(super) async fn give(
    client: &Client,
    screen: Screen,
    action: DefinitionsAction,
) -> Result<Exit, Failure> {
    match action {
        DefinitionsAction::Check { .. } | DefinitionsAction::Table => run(&action, screen),
        DefinitionsAction::State => {
            show(screen, &client.call::<command::DefinitionsState>(&Nothing {}).await?)
        }
        DefinitionsAction::Refresh => {
            show(screen, &client.call::<command::DefinitionsRefresh>(&Nothing {}).await?)
        }
        DefinitionsAction::Agree { connection: wanted } => {
            let found = connection(client, wanted).await?;
            let state = client.call::<command::DefinitionsState>(&Nothing {}).await?;
            let waits = state.connections.into_iter().find(|one| one.connection_id == found.id);
            let Some(change) = waits.and_then(|one| one.change) else {
                screen.say(&Message::new("hub.definitions.no_change").with("name", &found.name))?;
                return Ok(Exit::Done);
            };
            let request = DefinitionAgree { connection_id: found.id, standing: change.standing };
            client.call::<command::DefinitionsAgree>(&request).await?;
            for difference in change.differences {
                screen.note(&difference.into());
            }
            screen.say(&Message::new("hub.definitions.agreed").with("name", &found.name))?;
            Ok(Exit::Done)
        }
    }
}

fn show(screen: Screen, state: &DefinitionsState) -> Result<Exit, Failure> {
    screen.result(state, |state| {
        match (&state.refused, state.serial) {
            (Some(reason), _) => screen.say(&reason.clone().into())?,
            (None, Some(serial)) => {
                screen.say(&Message::new("doctor.definitions_updated").with("serial", serial))?;
            }
            (None, None) => screen.say(&Message::new("doctor.definitions_built_in"))?,
        }
        for connection in &state.connections {
            if let Some(reason) = &connection.off {
                screen.say(&reason.clone().into())?;
            }
            if let Some(change) = &connection.change {
                screen.say(&Message::new("hub.definitions.changes").with("name", &connection.name))?;
                for difference in &change.differences {
                    screen.say(&difference.clone().into())?;
                }
            }
        }
        Ok(())
    })?;
    Ok(Exit::Done)
}

/// The text of a definition.
pub(super) fn read(file: &Path) -> Result<String, Failure> {
    let failed = |source: std::io::Error| Failure::Own {
        message: Message::new("error.definition_unreadable").with("file", file.display()),
        exit: Exit::Usage,
        source: Some(Box::new(source)),
    };
    let mut text = String::new();
    let opened = std::fs::File::open(file).map_err(failed)?;
    opened.take(LARGEST + 1).read_to_string(&mut text).map_err(failed)?;
    if text.len() as u64 > LARGEST {
        return Err(failed(std::io::Error::other("larger than any definition")));
    }
    Ok(text)
}

fn check(files: &[PathBuf], screen: Screen) -> Result<Exit, Failure> {
    let mut faulty = false;
    for file in files {
        let faults = parse(&read(file)?).err().unwrap_or_default();
        faulty |= !faults.is_empty();
        let name = file.display().to_string();
        match screen.reader {
            Reader::Machine => {
                let faults: Vec<_> = faults
                    .iter()
                    .map(|fault| json!({"place": fault.place, "reason": fault.reason}))
                    .collect();
                screen.json(&json!({"file": name, "faults": faults}))?;
            }
            Reader::Person => {
                for fault in &faults {
                    screen.line(&format!("{name}: {fault}"))?;
                }
                if faults.is_empty() {
                    screen.say(&Message::new("hub.definitions.sound").with("file", &name))?;
                }
            }
        }
    }
    Ok(if faulty { Exit::Failed } else { Exit::Done })
}

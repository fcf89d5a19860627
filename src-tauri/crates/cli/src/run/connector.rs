//! `hub connector`: a source of one's own, from its address and a key to a definition that can be kept, changed and shared.

use std::path::{Path, PathBuf};

use hub_api::command;
use hub_api::dto::{
    ConnectionId, ConnectorClient, ConnectorFound, ConnectorReplace, ConnectorSignIn, CrmSignInState,
    DefinitionText, ListChosen, SignBy,
};
use hub_core::message::Message;
use serde_json::{Value as Json, json};

use super::connect::{connected, key, settled, show_address, word};
use super::{connection, definitions, paste};
use crate::args::{ConnectorAction, ConnectorNew};
use crate::client::Client;
use crate::failure::{Exit, Failure};
use crate::screen::Screen;

pub(super) async fn run(client: &Client, screen: Screen, action: ConnectorAction) -> Result<Exit, Failure> {
    match action {
        ConnectorAction::New(new) => make(client, screen, new).await,
        ConnectorAction::Test { file, key_stdin, no_browser } => {
            try_out(client, screen, &file, key_stdin, !no_browser).await
        }
        ConnectorAction::Use { file, key_stdin, no_browser, name } => {
            take(client, screen, &file, key_stdin, !no_browser, name).await
        }
        ConnectorAction::Export { connection, out } => export(client, screen, connection, out).await,
        ConnectorAction::Replace { connection, file } => replace(client, screen, connection, &file).await,
        ConnectorAction::Write(write) => super::connector_write::run(&write, screen),
    }
}

/// How a key is sent: `header:NAME`, `bearer`, `basic`, `query:NAME`; `sign-in` for a sign-in in the browser.
fn sign_by(text: &str) -> Result<SignBy, Failure> {
    let (kind, name) = text.split_once(':').unwrap_or((text, ""));
    match (kind, name) {
        ("header", name) if !name.is_empty() => Ok(SignBy::Header { name: name.to_owned() }),
        ("query", name) if !name.is_empty() => Ok(SignBy::Query { name: name.to_owned() }),
        ("bearer", "") => Ok(SignBy::Bearer {}),
        ("basic", "") => Ok(SignBy::Basic {}),
        ("sign-in", "") => Ok(SignBy::SignIn {}),
        _ => Err(Failure::usage(Message::new("error.sign_shape").with("text", text))),
    }
}

async fn make(client: &Client, screen: Screen, new: ConnectorNew) -> Result<Exit, Failure> {
    let sign = new.sign.as_deref().map(sign_by).transpose()?;
    let taken = match &new.paste {
        Some(place) => {
            let pasted = paste::read(client, place, new.key_stdin).await?;
            match paste::take(screen, &pasted, new.which)? {
                Some(taken) => Some(taken),
                None => return Ok(Exit::Failed),
            }
        }
        None => None,
    };
    // What stands on the line counts before what was pasted.
    let pasted = taken.as_ref().map(|taken| &taken.candidate);
    let address = new.address.or_else(|| pasted.and_then(|pasted| pasted.address.clone()));
    let sign = sign.or_else(|| pasted.and_then(|pasted| pasted.sign.clone()));
    let missing = |id: &str| Failure::usage(Message::new(id));
    let address = address.ok_or_else(|| missing("error.paste_address"))?;
    let sign = sign.ok_or_else(|| missing("error.paste_sign"))?;
    // A pasted key stays with whoever keeps the profile; a key that is given counts before it.
    let in_paste = pasted.is_some_and(|pasted| pasted.key.is_some()) && !new.key_stdin;
    let look_id = match sign {
        SignBy::SignIn {} => {
            let wanted = ConnectorSignIn {
                provider: new.provider.clone(),
                name: new.name.clone(),
                address: Some(address.clone()),
                definition: None,
                client_id: new.client_id.clone(),
            };
            Some(signed_in(client, screen, &wanted, !new.no_browser).await?)
        }
        _ => None,
    };
    let keyless = in_paste || look_id.is_some();
    let key = if keyless { None } else { Some(key(screen, &new.name, new.key_stdin)?) };
    let mut request = json!({"provider": new.provider, "name": new.name, "address": address, "sign": sign});
    if let Some(key) = &key {
        request["key"] = json!(key.expose());
    }
    if let Some(look_id) = &look_id {
        request["look_id"] = json!(look_id);
    } else if let Some(taken) = &taken {
        request["paste"] = json!(taken.choice);
    }
    let chosen = ListChosen { list: new.list_at, id: new.id, changed: new.changed_by };
    if chosen != ListChosen::default() {
        request["chosen"] = json!(chosen);
    }
    let found = client.ask::<command::ConnectorRecognise>(request).await?;
    screen.result(&found, |found| show(screen, found))?;
    if let Some(file) = &new.out {
        write(file, &found.definition)?;
        screen.say(&Message::new("hub.connector.written").with("file", file.display()))?;
    }
    if !new.connect {
        screen.say(&Message::new("hub.connector.next"))?;
        return Ok(Exit::Done);
    }
    let request = json!({"definition": found.definition, "look_id": found.look_id});
    let made = client.ask::<command::ConnectorCreate>(request).await?;
    screen.result(&made, |made| screen.say(&connected(made)))?;
    Ok(Exit::Done)
}

fn show(screen: Screen, found: &ConnectorFound) -> Result<(), Failure> {
    let list = if found.list.is_empty() {
        Message::new("hub.connector.list_itself")
    } else {
        Message::new("hub.connector.list").with("path", &found.list)
    };
    screen.say(&list)?;
    screen.say(&Message::new("hub.connector.id").with("path", &found.id))?;
    screen.say(&Message::new(format!("hub.connector.paging.{}", word(&found.paging))))?;
    screen.say(&Message::new(format!("hub.connector.proof.{}", word(&found.proof))))?;
    if let Some(compared) = &found.compared {
        paste::show_compared(screen, compared)?;
    }
    if let Some(path) = &found.changed {
        screen.say(&Message::new("hub.connector.changed").with("path", path))?;
    }
    let later = if found.newest_first { "hub.connector.by_changes" } else { "hub.connector.whole" };
    screen.say(&Message::new(later))?;
    let rows = found
        .fields
        .iter()
        .map(|field| vec![field.path.clone(), field.uses.join(", "), field.samples.join(" | ")])
        .collect();
    screen.table(&["field", "read_as", "values"], rows)?;
    show_clients(screen, &found.clients)
}

pub(super) fn show_clients(screen: Screen, clients: &[ConnectorClient]) -> Result<(), Failure> {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let rows = clients
        .iter()
        .map(|one| {
            vec![
                one.names.join(" & "),
                text(&one.email),
                text(&one.phone),
                text(&one.wedding_date),
                text(&one.venue),
            ]
        })
        .collect();
    screen.table(&["client", "email", "phone", "wedding", "venue"], rows)
}

/// Signs in to a source in the browser, and gives the look that stands for it.
async fn signed_in(
    client: &Client,
    screen: Screen,
    wanted: &ConnectorSignIn,
    open: bool,
) -> Result<String, Failure> {
    let begun = client.call::<command::ConnectorSignIn>(wanted).await?;
    show_address(screen, &begun, &wanted.name, open)?;
    match settled(client, begun.attempt_id).await? {
        CrmSignInState::Opened { look_id } => Ok(look_id),
        // A look is all that comes of such an attempt.
        _ => Err(Failure::own("error.cancelled")),
    }
}

/// What opens a source of a definition, as a request says it: a key, or the look of a sign-in.
async fn opening(
    client: &Client,
    screen: Screen,
    (definition, name): (&str, &str),
    key_stdin: bool,
    open: bool,
) -> Result<Json, Failure> {
    let by_browser = hub_connectors::definition::parse(definition).is_ok_and(|definition| {
        let auth = definition.routes.api.as_ref().map(|api| api.auth.kind());
        auth == Some(hub_connectors::definition::AuthKind::Oauth2)
    });
    if by_browser {
        let wanted = ConnectorSignIn {
            provider: "custom".to_owned(),
            name: name.to_owned(),
            address: None,
            definition: Some(definition.to_owned()),
            client_id: None,
        };
        let look_id = signed_in(client, screen, &wanted, open).await?;
        return Ok(json!({"definition": definition, "look_id": look_id}));
    }
    let key = key(screen, name, key_stdin)?;
    Ok(json!({"definition": definition, "key": key.expose()}))
}

async fn try_out(
    client: &Client,
    screen: Screen,
    file: &Path,
    key_stdin: bool,
    open: bool,
) -> Result<Exit, Failure> {
    let definition = sound(client, screen, file).await?;
    let Some((definition, name)) = definition else { return Ok(Exit::Failed) };
    let request = opening(client, screen, (&definition, &name), key_stdin, open).await?;
    let tried = client.ask::<command::ConnectorTry>(request).await?;
    screen.result(&tried, |tried| show_clients(screen, &tried.clients))?;
    Ok(Exit::Done)
}

async fn take(
    client: &Client,
    screen: Screen,
    file: &Path,
    key_stdin: bool,
    open: bool,
    name: Option<String>,
) -> Result<Exit, Failure> {
    let Some((definition, own)) = sound(client, screen, file).await? else { return Ok(Exit::Failed) };
    let mut request = opening(client, screen, (&definition, &own), key_stdin, open).await?;
    request["name"] = json!(name);
    let made = client.ask::<command::ConnectorCreate>(request).await?;
    screen.result(&made, |made| screen.say(&connected(made)))?;
    Ok(Exit::Done)
}

/// A definition from a file and its name; its faults are told, and nothing is given back.
async fn sound(client: &Client, screen: Screen, file: &Path) -> Result<Option<(String, String)>, Failure> {
    let definition = definitions::read(file)?;
    let checked =
        client.call::<command::ConnectorCheck>(&DefinitionText { definition: definition.clone() }).await?;
    if let Some(name) = checked.name {
        return Ok(Some((definition, name)));
    }
    screen.result(&checked, |checked| {
        checked.faults.iter().try_for_each(|fault| {
            screen.line(&format!("{}: {}: {}", file.display(), fault.place, fault.reason))
        })
    })?;
    Ok(None)
}

async fn export(
    client: &Client,
    screen: Screen,
    name: Option<String>,
    out: Option<PathBuf>,
) -> Result<Exit, Failure> {
    let held = connection(client, name).await?;
    let exported = client.call::<command::ConnectorExport>(&ConnectionId { connection_id: held.id }).await?;
    match out {
        Some(file) => {
            write(&file, &exported.definition)?;
            screen.result(&exported, |_| {
                screen.say(&Message::new("hub.connector.written").with("file", file.display()))
            })?;
        }
        None => screen.result(&exported, |exported| screen.line(exported.definition.trim_end()))?,
    }
    Ok(Exit::Done)
}

async fn replace(
    client: &Client,
    screen: Screen,
    name: Option<String>,
    file: &Path,
) -> Result<Exit, Failure> {
    let Some((definition, _)) = sound(client, screen, file).await? else { return Ok(Exit::Failed) };
    let held = connection(client, name).await?;
    let request = ConnectorReplace { connection_id: held.id, definition, of_version: None };
    let changed = client.call::<command::ConnectorReplace>(&request).await?;
    screen.result(&changed, |changed| {
        screen.say(&Message::new("hub.connector.replaced").with("name", &changed.name))
    })?;
    Ok(Exit::Done)
}

fn write(file: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(file, text).map_err(|source| Failure::Own {
        message: Message::new("error.definition_unwritable").with("file", file.display()),
        exit: Exit::Failed,
        source: Some(Box::new(source)),
    })
}

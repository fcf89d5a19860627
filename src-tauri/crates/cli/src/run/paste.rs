//! `hub connector new --paste FILE`: what a person has at hand, in a file or on standard input; never on the line, because a
//! key may be in it.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use hub_api::command;
use hub_api::dto::{PasteCandidate, PasteChoice, PasteCompared, PasteRead, SignBy};
use hub_core::message::Message;
use hub_core::ports::Secret;
use serde_json::json;

use super::connect::word;
use super::files::hand;
use crate::client::Client;
use crate::failure::{Exit, Failure};
use crate::screen::Screen;

/// Longest text from standard input; a larger recording is given as a file.
const LARGEST: u64 = 8 * 1024 * 1024;

/// The list that was chosen.
pub(super) struct Taken {
    /// It, as it was found.
    pub(super) candidate: PasteCandidate,
    /// What stands for it.
    pub(super) choice: PasteChoice,
}

/// Reads a file, or standard input where it is `-`.
pub(super) async fn read(client: &Client, place: &Path, key_stdin: bool) -> Result<PasteRead, Failure> {
    let request = if place == Path::new("-") {
        if key_stdin {
            return Err(Failure::usage(Message::new("error.paste_stdin")));
        }
        let mut text = String::new();
        // One more than is taken, so that the command refuses it with its sentence.
        std::io::stdin().take(LARGEST + 1).read_to_string(&mut text).map_err(Failure::Stdio)?;
        let text = Secret::new(text);
        json!({"text": text.expose()})
    } else {
        let ids = hand(client, &[PathBuf::from(place)]).await?;
        json!({"file_id": ids.first()})
    };
    client.ask::<command::ConnectorPaste>(request).await
}

/// Shows what was found and takes the list that was asked for, or the only one. Nothing where a person has to choose.
pub(super) fn take(
    screen: Screen,
    pasted: &PasteRead,
    number: Option<u32>,
) -> Result<Option<Taken>, Failure> {
    screen.result(pasted, |pasted| show(screen, pasted))?;
    let at = match (number, pasted.candidates.len()) {
        (Some(number), _) => number.checked_sub(1),
        (None, 1) => Some(0),
        (None, _) => {
            screen.say(&Message::new("hub.connector.choose"))?;
            return Ok(None);
        }
    };
    let found = at.and_then(|at| Some((at, pasted.candidates.get(usize::try_from(at).ok()?)?)));
    let (at, candidate) = found.ok_or_else(|| Failure::Own {
        message: Message::new("error.paste_take"),
        exit: Exit::Usage,
        source: None,
    })?;
    let choice = PasteChoice { paste_id: pasted.paste_id.clone(), candidate: at };
    Ok(Some(Taken { candidate: candidate.clone(), choice }))
}

fn show(screen: Screen, pasted: &PasteRead) -> Result<(), Failure> {
    screen.say(&Message::new(format!("hub.connector.pasted.{}", word(&pasted.kind))))?;
    let rows = pasted.candidates.iter().zip(1..).map(|(one, number): (_, u32)| {
        vec![
            number.to_string(),
            one.label.clone(),
            one.address.clone().unwrap_or_default(),
            one.sign.as_ref().map(way).unwrap_or_default(),
            one.key.as_ref().map(|key| format!("…{}", key.hint)).unwrap_or_default(),
        ]
    });
    screen.table(&["number", "list", "address", "sign", "key"], rows.collect())?;
    pasted.notes.iter().try_for_each(|note| screen.say(&note.clone().into()))
}

/// As `--sign` takes it.
fn way(sign: &SignBy) -> String {
    match sign {
        SignBy::Header { name } => format!("header:{name}"),
        SignBy::Bearer {} => "bearer".to_owned(),
        SignBy::Basic {} => "basic".to_owned(),
        SignBy::Query { name } => format!("query:{name}"),
        SignBy::SignIn {} => "sign-in".to_owned(),
    }
}

/// How the test read differs from what was pasted.
pub(super) fn show_compared(screen: Screen, compared: &PasteCompared) -> Result<(), Failure> {
    let told = |id: &str| Message::new(format!("hub.connector.compared.{id}"));
    if !compared.same_list {
        screen.say(&told("list"))?;
    }
    if !compared.same_id {
        screen.say(&told("id"))?;
    }
    if !compared.missing.is_empty() {
        screen.say(&told("missing").with("fields", compared.missing.join(", ")))?;
    }
    if compared.same_list && compared.same_id && compared.missing.is_empty() {
        screen.say(&told("same"))?;
    }
    Ok(())
}

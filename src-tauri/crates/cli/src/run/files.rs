//! Importing from files: `hub import FILE...`.
//!
//! The first time a connection is made of them; after that they go into the one that they are a newer version of.

use std::path::{Path, PathBuf};

use hub_api::command;
use hub_api::dto::{
    ConnectionFromFile, ConnectionId, ConnectionSetScope, ConnectionView, FileCalendar, FileHand, FileLook,
    FileLookAt, ImportStart,
};
use hub_core::message::Message;
use serde_json::{Map, Value as Json};

use super::connect::{CONSENT, answers_of};
use super::{connection, watch};
use crate::client::Client;
use crate::failure::{Exit, Failure};
use crate::screen::Screen;

/// What `hub import` is asked for.
pub(super) struct Wanted {
    pub(super) files: Vec<PathBuf>,
    pub(super) connection: Option<String>,
    pub(super) name: Option<String>,
    pub(super) answers: Vec<String>,
    pub(super) agree: bool,
    pub(super) new: bool,
}

/// Whether these words are files and not the name of a connection.
pub(super) fn are_files(words: &[String]) -> bool {
    let looks_like = |word: &String| Path::new(word).is_file() || word.contains(['/', '\\']);
    words.len() > 1 || words.first().is_some_and(looks_like)
}

/// Holds files and gives their ids.
pub(super) async fn hand(client: &Client, files: &[PathBuf]) -> Result<Vec<String>, Failure> {
    let mut ids = Vec::with_capacity(files.len());
    for file in files {
        // The owner of the profile may have been started elsewhere.
        let whole = std::path::absolute(file).map_err(Failure::Stdio)?;
        let path = whole.to_str().ok_or_else(|| Failure::usage(Message::new("error.file.not_found")))?;
        let request = FileHand { path: path.to_owned() };
        ids.push(client.call::<command::FileHand>(&request).await?.file_id);
    }
    Ok(ids)
}

pub(super) async fn import(client: &Client, screen: Screen, wanted: Wanted) -> Result<Exit, Failure> {
    let file_ids = hand(client, &wanted.files).await?;
    let named = match wanted.connection {
        Some(name) => Some(connection(client, Some(name)).await?),
        None => None,
    };
    let request = FileLookAt {
        file_ids: file_ids.clone(),
        choices: None,
        connection_id: named.as_ref().map(|held| held.id.clone()),
    };
    let look = client.call::<command::FileLook>(&request).await?;
    tell(screen, &look);
    let held = match named {
        Some(held) => held,
        None => match look.known.as_slice() {
            [only] if !wanted.new && only.sure => {
                connection(client, Some(only.connection_id.clone())).await?
            }
            [only] if !wanted.new => {
                let asked = Message::new("error.file.which_calendar").with("name", &only.name);
                return Err(Failure::usage(asked));
            }
            [] => create(client, &file_ids, wanted.name, &wanted.answers).await?,
            _ if wanted.new => create(client, &file_ids, wanted.name, &wanted.answers).await?,
            _ => return Err(Failure::usage(Message::new("error.which_connection"))),
        },
    };
    if !agreed(client, &held, wanted.agree).await? {
        screen.result(&held, |held| {
            screen.say(&Message::new("hub.import.made").with("name", &held.name))?;
            screen.say(&Message::new("hub.scope.consent"))?;
            screen.say(&Message::new("hub.import.agree").with("name", &held.name))
        })?;
        return Ok(Exit::Done);
    }
    let request = ImportStart { connection_id: held.id, full: None, file_ids: Some(file_ids), choices: None };
    let job = watch::started(client, screen, client.call::<command::ImportStart>(&request)).await?;
    watch::ended(screen, &job)
}

async fn create(
    client: &Client,
    file_ids: &[String],
    name: Option<String>,
    answers: &[String],
) -> Result<ConnectionView, Failure> {
    let decisions: Map<String, Json> = answers_of(answers)?;
    let request =
        ConnectionFromFile { file_ids: file_ids.to_vec(), choices: None, name, decisions: Some(decisions) };
    client.call::<command::ConnectionCreateFromFile>(&request).await
}

/// Whether "what to bring" was agreed to, now or before.
async fn agreed(client: &Client, held: &ConnectionView, agree: bool) -> Result<bool, Failure> {
    let request = ConnectionId { connection_id: held.id.clone() };
    let details = client.call::<command::ConnectionGet>(&request).await?;
    if details.consented_at.is_some() {
        return Ok(true);
    }
    if agree {
        let request = ConnectionSetScope {
            connection_id: held.id.clone(),
            scope: held.scope.clone(),
            consent_text_version: CONSENT.to_owned(),
        };
        client.call::<command::ConnectionSetScope>(&request).await?;
    }
    Ok(agree)
}

/// What was recognised, what is missing, what is left open; on the way, for people.
fn tell(screen: Screen, look: &FileLook) {
    for file in &look.files {
        if let Some(error) = &file.error {
            screen.note(&Message { id: error.id.clone(), params: error.params.clone() });
        }
        if let Some(calendar) = &look.calendar {
            tell_calendar(screen, &look.provider_name, calendar);
            continue;
        }
        for table in file.tables.iter().filter(|table| table.used) {
            let title = Message { id: table.title.id.clone(), params: table.title.params.clone() };
            screen.note(
                &Message::new("hub.import.table")
                    .with("name", if table.name.is_empty() { &file.name } else { &table.name })
                    .with("title", screen.text(&title))
                    .with("count", table.rows)
                    .with("sure", format!("{:.0}", table.confidence * 100.0)),
            );
        }
    }
    let missing = look.missing.iter().map(|one| &one.message);
    let open = look.questions.iter().filter(|one| one.assumed.is_none()).map(|one| &one.message);
    for message in missing.chain(open) {
        screen.note(&Message { id: message.id.clone(), params: message.params.clone() });
    }
}

/// What is in a calendar, and what of it is left out.
fn tell_calendar(screen: Screen, name: &str, calendar: &FileCalendar) {
    let day = |day: Option<jiff::civil::Date>| day.map(|day| day.to_string()).unwrap_or_default();
    screen.note(
        &Message::new("hub.calendar.found")
            .with("name", name)
            .with("count", calendar.appointments)
            .with("from", day(calendar.from))
            .with("until", day(calendar.until)),
    );
    if let Some(left) = calendar.left {
        let parts = [
            ("before", left.before),
            ("after", left.after),
            ("too_long", left.too_long),
            ("unread", left.unread),
        ];
        let parts: Vec<String> = parts
            .into_iter()
            .filter(|(_, count)| *count > 0)
            .map(|(what, count)| {
                screen.text(&Message::new(format!("hub.calendar.{what}")).with("count", count))
            })
            .collect();
        screen.note(&Message::new("hub.calendar.left").with("what", parts.join(", ")));
    }
    for one in &calendar.broken {
        screen.note(&Message { id: one.id.clone(), params: one.params.clone() });
    }
}

/// Writes the rows that need a person into a folder; without one they are the result.
pub(super) async fn problems(
    client: &Client,
    screen: Screen,
    held: &ConnectionId,
    dir: Option<&Path>,
) -> Result<Exit, Failure> {
    let found = client.call::<command::ReviewProblemFiles>(held).await?;
    if let Some(dir) = dir {
        for file in &found.files {
            new_file(&dir.join(&file.name), &file.text)?;
        }
    }
    screen.result(&found, |found| {
        if found.files.is_empty() {
            return screen.say(&Message::new("hub.review.no_problem_rows"));
        }
        found.files.iter().try_for_each(|file| match dir {
            Some(_) => screen.say(
                &Message::new("hub.review.problem_file").with("name", &file.name).with("count", file.rows),
            ),
            None => screen.line(&file.text),
        })
    })?;
    Ok(Exit::Done)
}

/// An existing file is somebody's: it is never replaced.
fn new_file(path: &Path, text: &str) -> Result<(), Failure> {
    use std::io::Write as _;
    let failed = |source| Failure::because("error.export_file", source);
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(path).map_err(failed)?;
    file.write_all(text.as_bytes()).and_then(|()| file.flush()).map_err(failed)
}

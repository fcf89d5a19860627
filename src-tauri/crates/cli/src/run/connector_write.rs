//! `hub connector write`: a command that saves one client, as a rule for writing in a definition of one's own. It needs no
//! profile and sends nothing, and nothing in this version carries the rule out.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::Args;
use hub_connectors::{KeptWrite, PastedWrite, kept_writes, read_pasted_write};
use hub_core::message::Message;
use hub_core::ports::Secret;
use serde_json::json;

use super::definitions;
use crate::failure::{Exit, Failure};
use crate::screen::{Reader, Screen};

/// Largest command and largest record that are read, in bytes.
const LARGEST: u64 = 1024 * 1024;

#[derive(Debug, Args)]
pub(crate) struct ConnectorWrite {
    file: PathBuf,
    #[arg(long, value_name = "FILE")]
    paste: PathBuf,
    #[arg(long, value_name = "FILE")]
    sample: PathBuf,
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(super) fn run(write: &ConnectorWrite, screen: Screen) -> Result<Exit, Failure> {
    let definition = definitions::read(&write.file)?;
    let command = Secret::new(read(&write.paste)?);
    let record = read(&write.sample)?;
    let made = read_pasted_write(&command, &record, &definition).map_err(|error| Failure::Own {
        message: error.message(),
        exit: Exit::Failed,
        source: Some(Box::new(error)),
    })?;
    if screen.reader == Reader::Machine {
        let PastedWrite { definition, operation, record, request, places, fixed, left } = &made;
        screen.result(
            &json!({
                "operation": operation, "record": record.as_str(), "request": request, "places": places,
                "fixed": fixed, "left": left, "definition": definition,
            }),
            |_| Ok(()),
        )?;
    } else {
        show(screen, &made)?;
    }
    match &write.out {
        Some(file) => {
            std::fs::write(file, &made.definition).map_err(|source| Failure::Own {
                message: Message::new("error.definition_unwritable").with("file", file.display()),
                exit: Exit::Failed,
                source: Some(Box::new(source)),
            })?;
            screen.say(&Message::new("hub.connector.written").with("file", file.display()))?;
        }
        None => screen.say(&Message::new("hub.connector.write.next"))?,
    }
    Ok(Exit::Done)
}

fn show(screen: Screen, made: &PastedWrite) -> Result<(), Failure> {
    let about =
        Message::new(format!("hub.connector.write.{}", made.operation)).with("request", &made.request);
    screen.say(&about)?;
    let mut rows: Vec<Vec<String>> = made
        .places
        .iter()
        .map(|(field, path)| vec![path.clone(), format!("{}.{field}", made.record)])
        .collect();
    rows.extend(made.fixed.iter().map(|(path, value)| vec![path.clone(), format!("= {value}")]));
    screen.table(&["field", "written"], rows)?;
    if !made.left.is_empty() {
        screen.say(&Message::new("hub.connector.write.left").with("fields", made.left.join(", ")))?;
    }
    // The rule stands at the end, and was found sound.
    let rule = hub_connectors::definition::parse(&made.definition).ok();
    if let Some(rule) = rule.and_then(|definition| kept_writes(&definition).pop()) {
        let KeptWrite { facts, unwritten, lacks, .. } = rule;
        facts.iter().chain(&lacks).try_for_each(|fact| screen.say(fact))?;
        if !unwritten.is_empty() {
            screen
                .say(&Message::new("hub.connector.write.unwritten").with("fields", unwritten.join(", ")))?;
        }
    }
    screen.say(&Message::new("hub.connector.write.off"))
}

fn read(file: &Path) -> Result<String, Failure> {
    let failed = |source: std::io::Error| Failure::Own {
        message: Message::new("error.definition_unreadable").with("file", file.display()),
        exit: Exit::Usage,
        source: Some(Box::new(source)),
    };
    let mut text = String::new();
    if file == Path::new("-") {
        std::io::stdin().take(LARGEST + 1).read_to_string(&mut text).map_err(Failure::Stdio)?;
    } else {
        let opened = std::fs::File::open(file).map_err(failed)?;
        opened.take(LARGEST + 1).read_to_string(&mut text).map_err(failed)?;
    }
    if text.len() as u64 > LARGEST {
        return Err(failed(std::io::Error::other("larger than any command")));
    }
    Ok(text)
}

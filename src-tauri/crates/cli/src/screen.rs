//! What `hub` shows: sentences from the catalogues, tables, or JSON lines for machines. Standard output holds results,
//! standard error holds everything said on the way.

use std::io::{IsTerminal as _, Write as _};

use comfy_table::Table;
use hub_core::message::{Locale, Message, render};
use serde::Serialize;
use serde_json::Value as Json;

use crate::failure::Failure;

/// Who reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    Person,
    Machine,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Screen {
    pub(crate) reader: Reader,
    pub(crate) locale: Locale,
}

impl Screen {
    pub(crate) fn text(&self, message: &Message) -> String {
        render(self.locale, message)
    }

    /// A sentence for people; machines read the result instead.
    pub(crate) fn say(&self, message: &Message) -> Result<(), Failure> {
        match self.reader {
            Reader::Person => self.line(&self.text(message)),
            Reader::Machine => Ok(()),
        }
    }

    /// A sentence said on the way, for people.
    pub(crate) fn note(&self, message: &Message) {
        if self.reader == Reader::Person {
            // Nobody to tell when standard error is closed.
            let _ = writeln!(std::io::stderr(), "{}", self.text(message));
        }
    }

    /// A line of the result.
    pub(crate) fn line(&self, text: &str) -> Result<(), Failure> {
        let mut out = std::io::stdout().lock();
        writeln!(out, "{text}").and_then(|()| out.flush()).map_err(Failure::Stdio)
    }

    /// A JSON line, for machines.
    pub(crate) fn json(&self, value: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string(value).map_err(Failure::Answer)?;
        self.line(&text)
    }

    /// A result: JSON for machines, otherwise what `person` makes of it.
    pub(crate) fn result<T: Serialize>(
        &self,
        value: &T,
        person: impl FnOnce(&T) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        match self.reader {
            Reader::Machine => self.json(value),
            Reader::Person => person(value),
        }
    }

    pub(crate) fn failure(&self, failure: &Failure) {
        let text = self.text(&failure.message());
        match self.reader {
            Reader::Machine => {
                let _ = writeln!(std::io::stdout(), "{}", failure.to_json(&text));
            }
            Reader::Person => {
                let reference = match failure {
                    Failure::Wire(error) => error.reference.clone(),
                    Failure::Own { .. } | Failure::Stdio(_) | Failure::Answer(_) => None,
                };
                let _ = match reference {
                    Some(reference) => writeln!(std::io::stderr(), "{text} [{reference}]"),
                    None => writeln!(std::io::stderr(), "{text}"),
                };
            }
        }
    }

    /// A table with headings from the catalogue (`hub.column.<name>`).
    pub(crate) fn table(&self, columns: &[&str], rows: Vec<Vec<String>>) -> Result<(), Failure> {
        let mut table = Table::new();
        table.load_style(comfy_table::presets::NOTHING);
        table.set_header(columns.iter().map(|name| self.text(&Message::new(format!("hub.column.{name}")))));
        for row in rows {
            table.add_row(row);
        }
        self.line(&table.to_string())
    }

    /// A table whose headings come from outside.
    pub(crate) fn plain_table(&self, header: Vec<String>, rows: Vec<Vec<String>>) -> Result<(), Failure> {
        let mut table = Table::new();
        table.load_style(comfy_table::presets::NOTHING);
        table.set_header(header);
        for row in rows {
            table.add_row(row);
        }
        self.line(&table.to_string())
    }

    /// A message id with parameters that travels as JSON.
    pub(crate) fn of_json(&self, message: &Json) -> String {
        match serde_json::from_value::<Message>(message.clone()) {
            Ok(message) => self.text(&message),
            Err(_) => message.to_string(),
        }
    }

    /// Whether a progress bar makes sense.
    pub(crate) fn shows_progress(&self) -> bool {
        self.reader == Reader::Person && std::io::stderr().is_terminal()
    }
}

/// One line from standard input, without its end.
pub(crate) fn input_line() -> Result<String, Failure> {
    let mut line = String::new();
    let read = std::io::stdin().read_line(&mut line).map_err(Failure::Stdio)?;
    if read == 0 {
        return Err(Failure::usage(Message::new("error.no_input")));
    }
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

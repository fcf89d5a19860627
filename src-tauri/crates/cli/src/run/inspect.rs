//! `hub inspect`: what the app makes of a file, without importing it.
//!
//! The file is read to its end before anything is printed, so that a fault in its last row is an error and not half an
//! answer; then it is read once more and printed row by row, so that a large file costs no memory.

use std::io::{BufWriter, Write as _};
use std::path::Path;

use hub_connectors::file::{FileError, Opened, Table, open};
use hub_core::message::Message;
use serde::Serialize;
use serde_json::json;

use crate::failure::{Exit, Failure};
use crate::screen::{Reader, Screen};

/// Rows that a person is shown of each table without `--limit`.
const SHOWN: u64 = 20;
/// Columns, and letters of a cell, that fit a terminal.
const SHOWN_COLUMNS: usize = 8;
const SHOWN_LETTERS: usize = 28;

struct Survey {
    rows: Vec<u64>,
    warnings: Vec<Message>,
    codes: Vec<&'static str>,
}

pub(super) fn run(file: &Path, limit: Option<u64>, screen: Screen) -> Result<Exit, Failure> {
    let opened = open(file).map_err(unreadable)?;
    let survey = survey(&opened)?;
    match screen.reader {
        Reader::Machine => machine(&opened, &survey, limit.unwrap_or(u64::MAX), screen)?,
        Reader::Person => person(&opened, &survey, limit.unwrap_or(SHOWN), screen)?,
    }
    Ok(Exit::Done)
}

fn unreadable(error: FileError) -> Failure {
    Failure::Own { message: error.message(), exit: Exit::Usage, source: Some(Box::new(error)) }
}

fn survey(opened: &Opened) -> Result<Survey, Failure> {
    let mut survey = Survey { rows: Vec::new(), warnings: Vec::new(), codes: Vec::new() };
    let mut found = opened.warnings();
    for table in &opened.tables {
        let mut rows = table.rows().map_err(unreadable)?;
        let mut count = 0;
        while rows.next_row().map_err(unreadable)?.is_some() {
            count += 1;
        }
        survey.rows.push(count);
        found.extend(rows.warnings());
    }
    for warning in found {
        survey.codes.push(warning.oddness.code());
        survey.warnings.push(warning.message());
    }
    Ok(survey)
}

fn machine(opened: &Opened, survey: &Survey, limit: u64, screen: Screen) -> Result<(), Failure> {
    let mut out = Out(BufWriter::new(std::io::stdout().lock()));
    let main = opened.main_table();
    let Some(table) = opened.tables.get(main) else { return Err(Failure::own("error.fault")) };
    out.text("{\"format\":")?;
    out.value(&opened.format.name())?;
    out.text(",\"encoding\":")?;
    out.value(&table.encoding)?;
    out.text(",\"delimiter\":")?;
    out.value(&table.delimiter)?;
    out.text(",\"preset\":")?;
    out.value(&table.recognised.as_ref().map(|found| &found.preset.key))?;
    out.table(table, limit)?;
    out.text(",\"warnings\":")?;
    let warnings: Vec<_> = survey
        .codes
        .iter()
        .zip(&survey.warnings)
        .map(|(code, message)| json!({ "code": code, "message": screen.text(message) }))
        .collect();
    out.value(&warnings)?;
    if opened.tables.len() > 1 {
        for (at, table) in opened.tables.iter().enumerate() {
            out.text(if at == 0 { ",\"tables\":[{\"name\":" } else { "},{\"name\":" })?;
            out.value(&table.name)?;
            out.table(table, limit)?;
        }
        out.text("}]")?;
    }
    out.text("}\n")?;
    out.0.flush().map_err(Failure::Stdio)
}

struct Out(BufWriter<std::io::StdoutLock<'static>>);

impl Out {
    fn text(&mut self, text: &str) -> Result<(), Failure> {
        self.0.write_all(text.as_bytes()).map_err(Failure::Stdio)
    }

    fn value(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        serde_json::to_writer(&mut self.0, value).map_err(|error| Failure::Stdio(error.into()))
    }

    /// `,"header":[..],"rows":[[..]]`
    fn table(&mut self, table: &Table, limit: u64) -> Result<(), Failure> {
        self.text(",\"header\":")?;
        self.value(&table.header)?;
        self.text(",\"rows\":[")?;
        let mut rows = table.rows().map_err(unreadable)?;
        let mut count = 0;
        while count < limit {
            let Some(row) = rows.next_row().map_err(unreadable)? else { break };
            self.text(if count == 0 { "" } else { "," })?;
            self.value(&row.cells)?;
            count += 1;
        }
        self.text("]")
    }
}

fn person(opened: &Opened, survey: &Survey, limit: u64, screen: Screen) -> Result<(), Failure> {
    for (table, count) in opened.tables.iter().zip(&survey.rows) {
        let about = Message::new("hub.inspect.table")
            .with("name", shown(&table.name, 80))
            .with("format", opened.format.name())
            .with("count", count);
        screen.say(&about)?;
        if let Some(found) = &table.recognised {
            let sure = format!("{:.0}", found.confidence * 100.0);
            screen.say(
                &Message::new("hub.inspect.preset").with("preset", &found.preset.key).with("sure", sure),
            )?;
        }
        let width = table.header.len().min(SHOWN_COLUMNS);
        let cut = |cells: &[String]| -> Vec<String> {
            let mut cells: Vec<String> =
                cells.iter().take(width).map(|cell| shown(cell, SHOWN_LETTERS)).collect();
            if table.header.len() > width {
                cells.push("…".to_owned());
            }
            cells
        };
        let mut lines = Vec::new();
        let mut rows = table.rows().map_err(unreadable)?;
        while (lines.len() as u64) < limit {
            let Some(row) = rows.next_row().map_err(unreadable)? else { break };
            lines.push(cut(&row.cells));
        }
        let left = count.saturating_sub(lines.len() as u64);
        screen.plain_table(cut(&table.header), lines)?;
        if left > 0 {
            screen.say(&Message::new("hub.inspect.more").with("count", left))?;
        }
    }
    for warning in &survey.warnings {
        screen.note(warning);
    }
    Ok(())
}

/// A cell on one line, without what a terminal would obey.
fn shown(cell: &str, most: usize) -> String {
    let mut text: String =
        cell.chars().take(most + 1).map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    if text.chars().count() > most {
        text = text.chars().take(most - 1).chain(['…']).collect();
    }
    text
}

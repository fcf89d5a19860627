//! The files that people picked, under opaque ids, and what the commands ask about them. Paths and bytes stay here.

use std::collections::{HashMap, VecDeque};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use hub_api::dto::{
    FileChoice, FileColumn, FileHanded, FileLook, FileMissing, FileQuestion, FileSources, FileTable,
    FileView, FileWarning, ProblemFile, WhoIs,
};
use hub_api::{ApiError, Code, Files, FilesAsked, Looked, Retry, RowToFix};
use hub_connectors::feed::{CalendarKept, calendar_rules};
use hub_connectors::file::{FileError, RowIs, Warning};
use hub_connectors::sheet::{
    Answer, FileSet, LookFile, LookTable, PickedFile, ProblemRow, Reading, SPREADSHEET, TableChoice, Where,
    look, problem_files, provider_name, suggested_rules,
};
use hub_core::message::Message;
use serde_json::Value as Json;

mod calendars;

pub(super) use calendars::calendar_left;

/// Files remembered; older ones are forgotten.
const MOST: usize = 64;
/// Uploads kept at a time, in bytes.
const MOST_BYTES: u64 = 128 << 20;

/// The sample: an export of the demo's couples, all invented; `tests/sandbox` writes it and holds it to its generator.
const SAMPLE: &[u8] = include_bytes!("../../sample/clients.csv");
const SAMPLE_NAME: &str = "Sample clients.csv";

/// Files laid ready for a connection.
#[derive(Debug, Clone)]
struct Ready {
    files: Vec<PickedFile>,
    choices: Vec<TableChoice>,
}

/// The files of this run. They outlive a profile that is closed and opened again.
#[derive(Debug, Default)]
pub struct PickedFiles {
    held: Mutex<VecDeque<PickedFile>>,
    ready: Mutex<HashMap<String, Ready>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl PickedFiles {
    /// Keeps an upload in memory, unless there is no room.
    pub(crate) fn keep(&self, id: &str, name: &str, bytes: Arc<[u8]>) -> bool {
        let size = bytes.len() as u64;
        let in_memory = |file: &PickedFile| match &file.place {
            Where::Bytes(bytes) => bytes.len() as u64,
            Where::Path(_) => 0,
        };
        let room = {
            let held = lock(&self.held);
            held.iter().map(in_memory).sum::<u64>() + size <= MOST_BYTES
        };
        if room {
            self.hold(PickedFile {
                id: id.to_owned(),
                name: name.to_owned(),
                size,
                place: Where::Bytes(bytes),
            });
        }
        room
    }

    fn hold(&self, file: PickedFile) {
        let mut held = lock(&self.held);
        while held.len() >= MOST {
            held.pop_front();
        }
        held.push_back(file);
    }

    /// Takes a file out of those that are held: it is read once.
    pub(super) fn take(&self, id: &str) -> Result<PickedFile, ApiError> {
        let mut held = lock(&self.held);
        let at = held.iter().position(|file| file.id == id);
        at.and_then(|at| held.remove(at))
            .ok_or_else(|| ApiError::refused(Code::NotFound, "error.file.forgotten"))
    }

    pub(super) fn picked(&self, file_ids: &[String]) -> Result<Vec<PickedFile>, ApiError> {
        let held = lock(&self.held);
        let find = |id: &String| {
            let found = held.iter().find(|file| &file.id == id).cloned();
            found.ok_or_else(|| ApiError::refused(Code::NotFound, "error.file.forgotten"))
        };
        file_ids.iter().map(find).collect()
    }

    /// The calendar that was laid ready for a connection.
    pub(super) fn calendar_of(&self, connection_id: &str) -> Option<PickedFile> {
        lock(&self.ready).get(connection_id)?.files.first().cloned()
    }

    /// The files that were laid ready for a connection, opened; none when there are none.
    pub(super) fn of_connection(
        &self,
        connection_id: &str,
        reading: &Reading,
    ) -> Option<Result<FileSet, FileError>> {
        let ready = lock(&self.ready).get(connection_id).cloned()?;
        Some(FileSet::open(&ready.files, &ready.choices, reading))
    }
}

/// An id that says nothing of its file.
pub(super) fn fresh_id() -> Result<String, ApiError> {
    let mut random = [0_u8; 16];
    getrandom::fill(&mut random).map_err(|error| unreadable(std::io::Error::other(error).into()))?;
    Ok(hex::encode(random))
}

/// A fault of the machine or of the file, with its sentence.
fn unreadable(error: FileError) -> ApiError {
    ApiError::Host {
        code: Code::Refused,
        message: error.message(),
        retry: Retry::Now,
        source: Some(Box::new(error)),
    }
}

pub(super) fn reading_of(json: &Json) -> Result<Reading, serde_json::Error> {
    serde_json::from_value(json.clone())
}

#[async_trait]
impl Files for PickedFiles {
    fn hand(&self, path: &Path) -> Result<FileHanded, ApiError> {
        let found = std::fs::metadata(path).map_err(|error| unreadable(error.into()))?;
        if !found.is_file() {
            return Err(unreadable(FileError::NotAFile));
        }
        let file = PickedFile {
            id: fresh_id()?,
            name: path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
            size: found.len(),
            place: Where::Path(path.to_owned()),
        };
        let handed = FileHanded { file_id: file.id.clone(), name: file.name.clone(), size: file.size };
        self.hold(file);
        Ok(handed)
    }

    fn sample(&self) -> Result<FileHanded, ApiError> {
        let place = Where::Bytes(SAMPLE.into());
        let file =
            PickedFile { id: fresh_id()?, name: SAMPLE_NAME.to_owned(), size: SAMPLE.len() as u64, place };
        let handed = FileHanded { file_id: file.id.clone(), name: file.name.clone(), size: file.size };
        self.hold(file);
        Ok(handed)
    }

    async fn sources(&self, file_ids: Vec<String>) -> Result<FileSources, ApiError> {
        super::pastes::among(self.picked(&file_ids)?).await
    }

    async fn look(&self, asked: FilesAsked) -> Result<Looked, ApiError> {
        let files = self.picked(&asked.file_ids)?;
        tokio::task::spawn_blocking(move || looked(&files, asked)).await.map_err(ApiError::Panicked)?
    }

    fn fits(&self, kept: &Json, new: &Json) -> bool {
        match (CalendarKept::of(kept), CalendarKept::of(new)) {
            (Ok(None), Ok(None)) => {}
            (Ok(Some(kept)), Ok(Some(new))) => return kept.may_be(&new),
            _ => return false,
        }
        match (reading_of(kept), reading_of(new)) {
            (Ok(kept), Ok(new)) => kept.fits(&new),
            _ => false,
        }
    }

    fn rules(&self, reading: &Json) -> Result<Vec<Json>, ApiError> {
        if CalendarKept::of(reading).map_err(ApiError::BadRequest)?.is_some() {
            return Ok(calendar_rules());
        }
        Ok(suggested_rules(&reading_of(reading).map_err(ApiError::BadRequest)?))
    }

    fn answer(&self, reading: &Json, of: &str, is: &WhoIs) -> Result<(Json, WhoIs), ApiError> {
        if CalendarKept::of(reading).map_err(ApiError::BadRequest)?.is_some() {
            // Nobody is named in a calendar.
            return Err(ApiError::refused(Code::BadRequest, "error.which_person"));
        }
        let mut reading = reading_of(reading).map_err(ApiError::BadRequest)?;
        let answer = match is {
            WhoIs::Open => Answer::Open,
            WhoIs::Nobody => Answer::Nobody,
            WhoIs::Entry { person } => Answer::Entry(person.clone()),
        };
        let before = reading
            .keep_answer(of, answer)
            .ok_or_else(|| ApiError::refused(Code::BadRequest, "error.which_person"))?;
        let before = match before {
            Answer::Open => WhoIs::Open,
            Answer::Nobody => WhoIs::Nobody,
            Answer::Entry(person) => WhoIs::Entry { person },
        };
        Ok((serde_json::to_value(&reading).map_err(ApiError::Encode)?, before))
    }

    fn problem_files(&self, rows: &[RowToFix]) -> Result<Vec<ProblemFile>, ApiError> {
        let rows: Vec<ProblemRow> = rows
            .iter()
            .map(|row| ProblemRow {
                stream: row.stream.clone(),
                raw: row.raw.clone(),
                problems: row.problems.clone(),
            })
            .collect();
        let files = problem_files(&rows)?;
        Ok(files
            .into_iter()
            .map(|file| ProblemFile {
                name: format!("To fix - {}.csv", file.stream),
                stream: file.stream,
                rows: file.rows,
                text: file.text,
            })
            .collect())
    }

    fn ready(
        &self,
        connection_id: &str,
        file_ids: &[String],
        choices: &[FileChoice],
    ) -> Result<(), ApiError> {
        let ready =
            Ready { files: self.picked(file_ids)?, choices: choices.iter().cloned().map(choice).collect() };
        lock(&self.ready).insert(connection_id.to_owned(), ready);
        Ok(())
    }
}

/// Looks at files together: a calendar by itself, or lists. A calendar among others keeps all of them from being read.
fn looked(files: &[PickedFile], asked: FilesAsked) -> Result<Looked, ApiError> {
    let sorted = calendars::sort(files);
    if let ([only], true) = (files, sorted.alone) {
        return calendars::look(only, &asked);
    }
    if sorted.refused.iter().all(Option::is_none) {
        return lists(files, asked);
    }
    let readable = files.iter().zip(&sorted.refused).filter(|(_, refused)| refused.is_none());
    let read: Vec<PickedFile> = readable.map(|(file, _)| file.clone()).collect();
    let mut looked = if read.is_empty() { calendars::nothing(Vec::new())? } else { lists(&read, asked)? };
    let mut views = std::mem::take(&mut looked.look.files).into_iter();
    let view = |(file, message): (&PickedFile, Option<Message>)| match message {
        Some(message) => Some(calendars::refused(file, message)),
        None => views.next(),
    };
    looked.look.files = files.iter().zip(sorted.refused).filter_map(view).collect();
    looked.look.usable = false;
    Ok(looked)
}

/// Looks at client lists.
fn lists(files: &[PickedFile], asked: FilesAsked) -> Result<Looked, ApiError> {
    let choices: Vec<TableChoice> = asked.choices.into_iter().map(choice).collect();
    let kept = match &asked.reading {
        // What was kept of a calendar says nothing of a list.
        Some(json) if CalendarKept::of(json).map_err(ApiError::BadRequest)?.is_none() => {
            Some(reading_of(json).map_err(ApiError::BadRequest)?)
        }
        Some(_) | None => None,
    };
    let name = files.first().map(|file| file.name.clone()).unwrap_or_default();
    let found = look(files, &choices, kept.as_ref(), &asked.country);
    let provider = found.provider.clone();
    let provider_name = match provider.as_str() {
        SPREADSHEET => stem(&name),
        key => provider_name(key),
    };
    let streams = found.reading.tables.iter().map(|table| table.stream.clone()).collect();
    Ok(Looked {
        reading: serde_json::to_value(&found.reading).map_err(ApiError::Encode)?,
        decisions: serde_json::to_value(&found.decisions).map_err(ApiError::Encode)?,
        streams,
        look: FileLook {
            provider,
            provider_name,
            confidence: found.confidence,
            files: found.files.into_iter().zip(files).map(|(file, picked)| view(file, picked)).collect(),
            usable: found.usable,
            missing: found
                .missing
                .iter()
                .map(|one| FileMissing {
                    preset: one.preset.key.clone(),
                    message: Message::new(format!("file.missing.{}", one.preset.key)).into(),
                })
                .collect(),
            questions: found
                .questions
                .into_iter()
                .map(|one| FileQuestion {
                    decision: one.decision.to_owned(),
                    path: one.path,
                    columns: one.columns,
                    samples: one.samples,
                    message: one.message.into(),
                    answers: one.answers.into_iter().map(str::to_owned).collect(),
                    assumed: one.assumed,
                })
                .collect(),
            known: Vec::new(),
            calendar: None,
        },
        time_zone: None,
        held: None,
    })
}

/// A file's name without its ending.
fn stem(name: &str) -> String {
    let stem = Path::new(name).file_stem().map(|stem| stem.to_string_lossy().trim().to_owned());
    stem.filter(|stem| !stem.is_empty()).unwrap_or_else(|| name.to_owned())
}

fn choice(choice: FileChoice) -> TableChoice {
    TableChoice {
        file_id: choice.file_id,
        table: choice.table,
        used: choice.used,
        header_row: choice.header_row,
        preset: choice.preset,
    }
}

fn warned(warnings: Vec<Warning>) -> Vec<FileWarning> {
    warnings
        .into_iter()
        .map(|warning| FileWarning {
            code: warning.oddness.code().to_owned(),
            message: warning.message().into(),
        })
        .collect()
}

fn view(file: LookFile, picked: &PickedFile) -> FileView {
    let mut view = FileView {
        file_id: file.id,
        name: picked.name.clone(),
        size: picked.size,
        format: None,
        tables: Vec::new(),
        warnings: Vec::new(),
        error: None,
    };
    match file.found {
        Ok((format, tables, warnings)) => {
            view.format = Some(format.to_owned());
            view.tables = tables.into_iter().map(table).collect();
            view.warnings = warned(warnings);
        }
        Err(error) => view.error = Some(error.message().into()),
    }
    view
}

fn table(found: LookTable) -> FileTable {
    let key = found.preset.map(|preset| preset.key.clone());
    FileTable {
        index: found.index,
        name: found.name,
        used: found.used,
        title: Message::new(format!("file.preset.{}", key.as_deref().unwrap_or("none"))).into(),
        preset: key,
        row_is: row_is(found.preset.map_or(RowIs::Project, |preset| preset.row)).to_owned(),
        confidence: found.confidence,
        header_row: found.header_row.unwrap_or(0),
        rows: found.rows,
        columns: found
            .columns
            .into_iter()
            .map(|column| FileColumn {
                name: column.name,
                letters: column.letters,
                samples: column.samples,
                place: column.read_as.as_ref().map(|one| one.place.as_str().to_owned()),
                field: column.read_as.map(|one| one.field),
            })
            .collect(),
        warnings: warned(found.warnings),
    }
}

fn row_is(row: RowIs) -> &'static str {
    match row {
        RowIs::Client => "client",
        RowIs::Contact => "contact",
        RowIs::Project => "project",
        RowIs::PersonOfProject => "person_of_project",
        RowIs::Invoice => "invoice",
        RowIs::Transaction => "transaction",
        RowIs::Instalment => "instalment",
        RowIs::Event => "event",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_files_are_forgotten_and_uploads_have_their_room() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("a.csv");
        std::fs::write(&path, "a,b\n").expect("written");
        let files = PickedFiles::default();
        let first = files.hand(&path).expect("a file").file_id;
        for _ in 0..MOST {
            files.hand(&path).expect("a file");
        }
        assert_eq!(lock(&files.held).len(), MOST);
        let error = files.picked(&[first]).expect_err("it is the oldest");
        assert!(matches!(error, ApiError::Refused { code: Code::NotFound, .. }));
        let large: Arc<[u8]> = vec![0; (MOST_BYTES / 2 + 1) as usize].into();
        assert!(files.keep("one", "one.csv", large.clone()));
        assert!(!files.keep("two", "two.csv", large), "there is no room for another");
    }
}

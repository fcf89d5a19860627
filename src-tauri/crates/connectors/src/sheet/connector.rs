//! The port over picked files.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use hub_core::custom_field::CustomFieldDef;
use hub_core::mapping::Decisions;
use hub_core::party::{NoLinks, Party, PartyLinks, PartyList};
use hub_core::ports::{
    AccountInfo, ChangeReading, ChangedPage, Connector, ConnectorError, Page, PartyDocument, RateLimit,
    RawReader, RawRecord, Requests, RetryAdvice, Since, StoreError, StoreResult, StreamInfo,
};
use hub_core::record::RecordType;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::document::{JOBS, PERSONS, assemble, parties};
use super::fileset::{ChosenTable, FileSet, StreamRow, StreamRows};
use super::keys::text_of;
use super::plan::RowPlan;
use super::reading::Reading;
use super::rules::{mapping, own_fields};
use super::settle::{SettleError, Settled, settle};
use super::stored::{Place, Stored, StoredRow, Told, fault};
use crate::assemble::MemoryRaw;
use crate::file::{FileError, RowIs};
use crate::messages;

/// Rows made durable in one step.
const PAGE: usize = 500;
/// Rows of each table that a preview reads.
const PREVIEW_ROWS: usize = 2_000;

/// What a connector by file is made of.
pub struct FileConnectorParts {
    /// Provider key.
    pub provider: String,
    /// Connection.
    pub connection_id: String,
    /// Its account: itself.
    pub account: AccountInfo,
    /// How its files are read.
    pub reading: Reading,
    /// The files that were laid ready; none when only what is stored is looked at.
    pub files: Option<Result<FileSet, FileError>>,
    /// What was read before.
    pub stored: Arc<dyn RawReader>,
}

/// A connection by file.
pub struct FileConnector {
    provider: String,
    connection_id: String,
    account: AccountInfo,
    reading: Arc<Reading>,
    files: Option<Result<Arc<FileSet>, FileError>>,
    stored: Stored,
    streams: Vec<StreamInfo>,
    state: Arc<Mutex<State>>,
}

/// Where reading stands.
#[derive(Default)]
struct State {
    settled: Option<Arc<Settled>>,
    open: Option<Open>,
}

struct Open {
    stream: String,
    rows: StreamRows,
    next: usize,
}

/// Where a page begins, and of which reading.
#[derive(Serialize, Deserialize)]
struct Cursor {
    row: usize,
    seen: String,
}

impl FileConnector {
    /// A connector of these parts.
    pub fn new(parts: FileConnectorParts) -> FileConnector {
        let streams = parts
            .reading
            .tables
            .iter()
            .map(|table| StreamInfo {
                name: table.stream.clone(),
                record_type: Some(match table.row {
                    RowIs::Client | RowIs::Contact => RecordType::Person,
                    RowIs::Project | RowIs::PersonOfProject => RecordType::Project,
                    RowIs::Invoice => RecordType::Invoice,
                    RowIs::Transaction | RowIs::Instalment => RecordType::Payment,
                    RowIs::Event => RecordType::Event,
                }),
                always: matches!(
                    table.row,
                    RowIs::Client | RowIs::Contact | RowIs::Project | RowIs::PersonOfProject
                ),
            })
            .collect();
        FileConnector {
            provider: parts.provider,
            connection_id: parts.connection_id,
            account: parts.account,
            reading: Arc::new(parts.reading),
            files: parts.files.map(|files| files.map(Arc::new)),
            stored: parts.stored,
            streams,
            state: Arc::default(),
        }
    }

    fn files(&self) -> Result<Arc<FileSet>, ConnectorError> {
        match &self.files {
            Some(Ok(files)) => Ok(Arc::clone(files)),
            Some(Err(error)) => Err(ConnectorError {
                message_id: error.message_id(),
                params: error.params(),
                retry: RetryAdvice::Never,
                source: None,
            }),
            None => Err(refused(messages::FILE_AGAIN)),
        }
    }
}

fn refused(message_id: &'static str) -> ConnectorError {
    ConnectorError { message_id, params: Vec::new(), retry: RetryAdvice::Never, source: None }
}

fn file_fault(error: FileError) -> ConnectorError {
    // A file that went away or was changed meanwhile is picked again; a damaged one says so itself.
    ConnectorError {
        message_id: error.message_id(),
        params: error.params(),
        retry: RetryAdvice::Never,
        source: Some(Box::new(error)),
    }
}

fn store_fault(error: StoreError) -> ConnectorError {
    ConnectorError { source: Some(Box::new(error)), ..refused(messages::FILE_ROWS) }
}

fn settle_fault(error: SettleError) -> ConnectorError {
    match error {
        SettleError::File(error) => file_fault(error),
        SettleError::Store(error) => store_fault(error),
    }
}

/// Runs what blocks where it may.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ConnectorError> + Send + 'static,
) -> Result<T, ConnectorError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| ConnectorError { source: Some(Box::new(error)), ..refused(messages::FILE_ROWS) })?
}

/// A row as it is stored.
fn record(row: StreamRow, table: &ChosenTable, plan: &RowPlan, seen: &str) -> StoreResult<RawRecord> {
    let mut cells = Map::new();
    let mut values = row.cells.into_iter();
    for name in &table.names {
        let Some(cell) = values.next() else { break };
        if !cell.trim().is_empty() {
            cells.insert(name.clone(), Json::from(cell));
        }
    }
    // Cells beyond the header's are kept under their letters.
    for (at, cell) in (table.names.len()..).zip(values).filter(|(_, cell)| !cell.trim().is_empty()) {
        cells.insert(format!("Column {}", crate::file::letters(at)), Json::from(cell));
    }
    let job = plan.job.as_ref().map(text_of);
    let doubt = plan.doubt.as_deref().cloned().unwrap_or_default();
    let stored = StoredRow {
        cells,
        at: Place {
            table: table.table.name.clone(),
            row: row.number,
            job: job.clone(),
            people: plan.people.iter().map(|(id, role)| (text_of(id), role.as_str().to_owned())).collect(),
            only_people: plan.only_people,
            maybe: doubt.maybe.iter().map(text_of).collect(),
            which: doubt.which,
            named_by: doubt.named_by,
            changed: plan.changed.map(|part| part.as_str().to_owned()),
            seen: seen.to_owned(),
        },
        told: Told::default(),
    };
    let raw = serde_json::to_string(&stored).map_err(fault)?;
    Ok(RawRecord { id: text_of(&plan.id), raw, version: None, parents: [job, None] })
}

/// One page of a stream, from a row on.
fn page(
    state: &Mutex<State>,
    settle_now: &dyn Fn() -> Result<Settled, SettleError>,
    files: &FileSet,
    stream: &str,
    cursor: Option<Cursor>,
    last_stream: bool,
) -> Result<Page, ConnectorError> {
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    let settled = match &state.settled {
        Some(settled) => Arc::clone(settled),
        None => {
            let settled = Arc::new(settle_now().map_err(settle_fault)?);
            state.settled = Some(Arc::clone(&settled));
            settled
        }
    };
    let from = match cursor {
        Some(cursor) if cursor.seen != settled.seen => {
            // Other files than those that were begun with: from the start, never on in the middle.
            return Err(ConnectorError {
                retry: RetryAdvice::ResetPaging,
                ..refused(messages::LIST_CHANGED)
            });
        }
        Some(cursor) => cursor.row,
        None => 0,
    };
    let fits = state.open.as_ref().is_some_and(|open| open.stream == stream && open.next == from);
    if !fits {
        let mut rows = files.rows(stream);
        for _ in 0..from {
            rows.next_row().map_err(file_fault)?;
        }
        state.open = Some(Open { stream: stream.to_owned(), rows, next: from });
    }
    let plans = settled.streams.get(stream).map_or(&[][..], Vec::as_slice);
    let Some(open) = &mut state.open else { return Err(refused(messages::FILE_ROWS)) };
    let mut records = Vec::with_capacity(PAGE);
    let mut ended = false;
    while records.len() < PAGE {
        let Some(row) = open.rows.next_row().map_err(file_fault)? else {
            ended = true;
            break;
        };
        let Some((plan, table)) = plans.get(open.next).zip(open.rows.table(row.table)) else {
            // It grew while it was read.
            return Err(ConnectorError {
                retry: RetryAdvice::ResetPaging,
                ..refused(messages::LIST_CHANGED)
            });
        };
        records.push(record(row, table, plan, &settled.seen).map_err(store_fault)?);
        open.next += 1;
    }
    let cursor = Cursor { row: open.next, seen: settled.seen.clone() };
    let total = Some(plans.len() as u64);
    if ended {
        state.open = None;
        if last_stream {
            // What comes now works on what was stored.
            state.settled = None;
            files.let_go();
        }
        return Ok(Page { records, total, ..Page::default() });
    }
    let next = serde_json::to_value(cursor).map_err(|error| store_fault(fault(error)))?;
    Ok(Page { records, next: Some(next), total, ..Page::default() })
}

#[async_trait]
impl Connector for FileConnector {
    fn provider(&self) -> &str {
        &self.provider
    }

    fn limits(&self) -> &[RateLimit] {
        &[]
    }

    fn streams(&self) -> &[StreamInfo] {
        &self.streams
    }

    fn tells_what_is_gone(&self) -> bool {
        // A row that a file lacks may stand in another one (SYNC-LAW 3).
        false
    }

    async fn probe(&self) -> Result<AccountInfo, ConnectorError> {
        Ok(self.account.clone())
    }

    fn requests(&self, _stream: &str, _records: Option<u64>) -> Requests {
        Requests::About(0)
    }

    async fn count(&self, stream: &str) -> Result<Option<u64>, ConnectorError> {
        let (id, stored, stream) = (self.connection_id.clone(), self.stored.clone(), stream.to_owned());
        let files = match &self.files {
            Some(Ok(files)) => Some(Arc::clone(files)),
            Some(Err(_)) | None => None,
        };
        blocking(move || {
            let Some(files) = files else {
                let held = stored.count(&id, &stream).map_err(store_fault)?;
                return Ok((held > 0).then_some(held));
            };
            let mut rows = files.rows(&stream);
            let mut count = 0;
            while rows.next_row().map_err(file_fault)?.is_some() {
                count += 1;
            }
            Ok(Some(count))
        })
        .await
    }

    async fn page(&self, stream: &str, cursor: Option<&Json>) -> Result<Page, ConnectorError> {
        let files = self.files()?;
        let cursor = match cursor {
            None => None,
            Some(json) => Some(serde_json::from_value::<Cursor>(json.clone()).map_err(|_| {
                ConnectorError { retry: RetryAdvice::ResetPaging, ..refused(messages::LIST_CHANGED) }
            })?),
        };
        let last = self.streams.last().is_some_and(|last| last.name == stream);
        let (state, reading, stored, id, stream) = (
            Arc::clone(&self.state),
            Arc::clone(&self.reading),
            Arc::clone(&self.stored),
            self.connection_id.clone(),
            stream.to_owned(),
        );
        blocking(move || {
            let settle_now = || settle(&reading, &files, stored.as_ref(), &id, usize::MAX);
            page(&state, &settle_now, &files, &stream, cursor, last)
        })
        .await
    }

    fn changes(&self, _stream: &str) -> Option<ChangeReading> {
        None
    }

    async fn changed_page(
        &self,
        _stream: &str,
        _since: &Since,
        _cursor: Option<&Json>,
    ) -> Result<ChangedPage, ConnectorError> {
        Err(ConnectorError { retry: RetryAdvice::ResetPaging, ..refused(messages::LIST_CHANGED) })
    }

    async fn preview(
        &self,
        count: usize,
        _requests: u32,
        on_row: &(dyn for<'a> Fn(&'a PartyDocument) + Send + Sync),
    ) -> Result<(), ConnectorError> {
        let files = match &self.files {
            // Nothing laid ready: what was read before is shown.
            None => None,
            Some(_) => Some(self.files()?),
        };
        let (reading, stored, id) =
            (Arc::clone(&self.reading), Arc::clone(&self.stored), self.connection_id.clone());
        let documents = blocking(move || {
            let Some(files) = files else {
                return first(&reading, stored.as_ref(), &id, count);
            };
            let settled =
                settle(&reading, &files, stored.as_ref(), &id, PREVIEW_ROWS).map_err(settle_fault)?;
            let mut memory = MemoryRaw::default();
            for (stream, plans) in &settled.streams {
                let mut rows = files.rows(stream);
                for plan in plans {
                    let Some(row) = rows.next_row().map_err(file_fault)? else { break };
                    let Some(table) = rows.table(row.table).cloned() else { break };
                    let raw = record(row, &table, plan, &settled.seen).map_err(store_fault)?;
                    memory.insert(stream, raw).map_err(store_fault)?;
                }
            }
            first(&reading, &memory, &id, count)
        })
        .await?;
        documents.iter().for_each(on_row);
        Ok(())
    }

    fn party_streams(&self) -> [String; 2] {
        [PERSONS.to_owned(), JOBS.to_owned()]
    }

    fn parties(
        &self,
        raw: &dyn RawReader,
        connection_id: &str,
        links: &dyn PartyLinks,
    ) -> StoreResult<PartyList> {
        parties(&self.reading, raw, connection_id, links)
    }

    fn assemble(
        &self,
        raw: &dyn RawReader,
        connection_id: &str,
        parties: &[Party],
    ) -> StoreResult<Vec<PartyDocument>> {
        assemble(&self.reading, raw, connection_id, parties)
    }

    fn people_without_job(&self, _raw: &dyn RawReader, _connection_id: &str) -> StoreResult<u64> {
        // Whoever stands in a list of clients is one.
        Ok(0)
    }

    async fn custom_fields(&self) -> Result<Vec<CustomFieldDef>, ConnectorError> {
        Ok(own_fields(&self.reading))
    }

    fn custom_fields_read(&self, _: &dyn RawReader, _: &str) -> StoreResult<Vec<CustomFieldDef>> {
        Ok(own_fields(&self.reading))
    }

    fn default_mapping(&self) -> Vec<Json> {
        mapping(&self.reading)
    }

    fn initial_decisions(&self) -> Json {
        serde_json::to_value(Decisions::default()).unwrap_or(Json::Null)
    }
}

/// The first parties of what is at hand.
fn first(
    reading: &Reading,
    raw: &dyn RawReader,
    connection_id: &str,
    count: usize,
) -> Result<Vec<PartyDocument>, ConnectorError> {
    let list = parties(reading, raw, connection_id, &NoLinks).map_err(store_fault)?;
    assemble(reading, raw, connection_id, &list.some(0, count)).map_err(store_fault)
}

impl std::fmt::Debug for FileConnector {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("FileConnector")
            .field("provider", &self.provider)
            .field("connection_id", &self.connection_id)
            .finish_non_exhaustive()
    }
}

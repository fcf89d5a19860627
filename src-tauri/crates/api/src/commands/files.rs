//! Files picked for an import: looking at them, making a connection of them, and laying them ready for it.

use std::path::Path;

use hub_core::fields::SAME_AS;
use hub_core::mapping::Decisions;
use hub_core::message::{Locale, Message, render};
use hub_core::plan::{PlannedUnit, Problem, UnitKind};
use hub_core::ports::{
    AccountInfo, CloudAccount, Connection, ConnectionStatus, StoreResult, UnitQuery, file_setting,
};
use hub_engine::Book;
use serde_json::{Map, Value as Json};

use super::connections::{name_of, room_for_one_more, store};
use crate::dto::{
    ConnectionFromFile, ConnectionId, ConnectionView, FileChoice, FileHand, FileHanded, FileIds, FileKnown,
    FileLook, FileLookAt, FileSources, ProblemFiles,
};
use crate::{ApiError, Code, FilesAsked, HeldBy, Host, Looked, RowToFix};

/// Files of one import.
const MOST_FILES: usize = 32;

pub(crate) async fn hand(host: &dyn Host, request: FileHand) -> Result<FileHanded, ApiError> {
    host.files().hand(Path::new(&request.path))
}

/// Files that were brought without saying what for: which of them begin a connector of one's own.
pub(crate) async fn sources(host: &dyn Host, request: FileIds) -> Result<FileSources, ApiError> {
    if request.file_ids.len() > MOST_FILES {
        return Err(ApiError::Refused {
            code: Code::Refused,
            message: Message::new("error.file.how_many").with("most", MOST_FILES),
        });
    }
    host.files().sources(request.file_ids).await
}

pub(crate) async fn look(host: &dyn Host, request: FileLookAt) -> Result<FileLook, ApiError> {
    let account = host.engine().account()?;
    let reading = match &request.connection_id {
        Some(id) => reading_of(host, &by_file(host, id).await?).await?,
        None => None,
    };
    let choices = request.choices.unwrap_or_default();
    let looked = looked(host, &account, request.file_ids, choices, reading).await?;
    let supplier = account.supplier_id;
    let held = host.engine().db().run(move |book| book.connections(&supplier)).await?;
    let mut look = looked.look;
    for other in held.into_iter().filter(|other| other.is_by_file() && other.provider == look.provider) {
        let Some(kept) = reading_of(host, &other).await? else { continue };
        let sure = match &looked.held {
            Some(held) => holds_one(host, &other.id, held.clone()).await?,
            None => true,
        };
        if host.files().fits(&kept, &looked.reading) || (looked.held.is_some() && sure) {
            look.known.push(FileKnown { connection_id: other.id, name: other.name, sure });
        }
    }
    // Where one is certain, another of the same name is another.
    if look.known.iter().any(|known| known.sure) {
        look.known.retain(|known| known.sure);
    }
    Ok(look)
}

/// Whether a connection has read any of these before.
async fn holds_one(host: &dyn Host, connection_id: &str, held: HeldBy) -> Result<bool, ApiError> {
    let id = connection_id.to_owned();
    let found = host.engine().db().run(move |book| {
        // Most of a newer version is known, so that the first few tell it.
        for some in held.ids.chunks(200) {
            if !book.by_ids(&id, &held.stream, some)?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    });
    Ok(found.await?)
}

pub(crate) async fn create(host: &dyn Host, request: ConnectionFromFile) -> Result<ConnectionView, ApiError> {
    super::sample::no_place_for_others(host)?;
    made(host, request).await
}

/// The connection that files make, whatever the profile is for.
pub(super) async fn made(host: &dyn Host, request: ConnectionFromFile) -> Result<ConnectionView, ApiError> {
    let account = host.engine().require_writer()?;
    let held = room_for_one_more(host.engine(), &account).await?;
    let choices = request.choices.unwrap_or_default();
    let looked = looked(host, &account, request.file_ids.clone(), choices.clone(), None).await?;
    if !looked.look.usable {
        return Err(nothing_usable(&looked.look));
    }
    let id = host.ids().new_id();
    let name = match request.name {
        Some(name) => name_of(Some(name), "")?,
        None => free_name(&looked.look.provider_name, &held),
    };
    let connection = Connection {
        supplier_id: account.supplier_id,
        provider: looked.look.provider.clone(),
        name,
        status: ConnectionStatus::Connected,
        account: AccountInfo {
            // A file has no account of its own: the connection is one (MODEL 5).
            account_id: id.clone(),
            name: looked.look.provider_name.clone(),
            time_zone: looked.time_zone,
            currency: None,
            country: None,
            readable: looked.streams,
        },
        base_url: None,
        vault_ref: format!("connection:{id}"),
        key_hint: String::new(),
        scope: hub_core::ports::Scope::default(),
        decisions: decided(looked.decisions, request.decisions)?,
        last_sync_at: None,
        last_sync_status: None,
        error: None,
        created_at: host.clock().now(),
        id,
    };
    host.files().ready(&connection.id, &request.file_ids, &choices)?;
    let (key, reading) = (connection.file_setting(), looked.reading);
    // The reading first: a connection without it could not read its own rows.
    host.engine().db().run(move |book| book.put_setting(&key, &reading)).await?;
    store(host.engine(), connection).await
}

/// Lays files ready for a connection. Columns that it knows stay what they are; new ones are added to its reading.
pub(super) async fn ready(
    host: &dyn Host,
    connection: &Connection,
    file_ids: &[String],
    choices: Vec<FileChoice>,
) -> Result<(), ApiError> {
    let account = host.engine().require_writer()?;
    if !connection.is_by_file() {
        return Err(ApiError::refused(Code::Refused, "error.file.not_by_file"));
    }
    let kept = reading_of(host, connection).await?;
    let looked = looked(host, &account, file_ids.to_vec(), choices.clone(), kept.clone()).await?;
    if !looked.look.usable {
        return Err(nothing_usable(&looked.look));
    }
    if looked.look.provider != connection.provider {
        return Err(ApiError::Refused {
            code: Code::Refused,
            message: Message::new("error.file.other_provider")
                .with("found", &looked.look.provider_name)
                .with("name", &connection.name),
        });
    }
    host.files().ready(&connection.id, file_ids, &choices)?;
    if kept.as_ref() != Some(&looked.reading) {
        if let Some(kept) = &kept {
            matched_too(host, connection, kept, &looked.reading).await?;
        }
        let (key, reading) = (file_setting(&connection.id), looked.reading);
        host.engine().db().run(move |book| book.put_setting(&key, &reading)).await?;
    }
    // What a person decided stays; only columns that nobody has seen before bring decisions of their own.
    let mut fresh = looked.decisions.as_object().cloned().unwrap_or_default();
    let own = connection.decisions.as_object().cloned().unwrap_or_default();
    for (name, value) in own {
        match (fresh.get_mut(&name), value) {
            (Some(Json::Object(held)), Json::Object(decided)) => held.extend(decided),
            (_, value) => {
                fresh.insert(name, value);
            }
        }
    }
    if Json::Object(fresh.clone()) != connection.decisions {
        store(host.engine(), Connection { decisions: Json::Object(fresh), ..connection.clone() }).await?;
    }
    Ok(())
}

/// Columns that a newer file has for the first time get the rules they would have had from the start, where the matching
/// is a person's own by now; what that person matched or took away stays as it is.
async fn matched_too(
    host: &dyn Host,
    connection: &Connection,
    kept: &Json,
    reading: &Json,
) -> Result<(), ApiError> {
    let id = connection.id.clone();
    let Some(stored) = host.engine().db().run(move |book| book.mapping(&id)).await? else { return Ok(()) };
    let before = host.files().rules(kept)?;
    let same = |one: &Json, other: &Json| {
        ["record_type", "wedsync_field"].iter().all(|part| one.get(part) == other.get(part))
    };
    let fresh: Vec<Json> = host
        .files()
        .rules(reading)?
        .into_iter()
        .filter(|rule| before.iter().chain(&stored.rules).all(|other| !same(rule, other)))
        .collect();
    if fresh.is_empty() {
        return Ok(());
    }
    let (id, rules) = (connection.id.clone(), [stored.rules, fresh].concat());
    host.engine().db().run(move |book| book.put_mapping(&id, &rules)).await?;
    Ok(())
}

/// Units read at a time.
const UNITS: u32 = 200;
/// Rows that a fix file may have; whoever has more changes the columns and not the cells.
const MOST_ROWS: usize = 10_000;

pub(crate) async fn problems(host: &dyn Host, request: ConnectionId) -> Result<ProblemFiles, ApiError> {
    let connection = by_file(host, &request.connection_id).await?;
    let plan = host.engine().current_plan(&connection.id).await?;
    let (id, locale) = (connection.id.clone(), host.locale());
    let rows = host
        .engine()
        .db()
        .run(move |book| {
            let mut found: Vec<RowToFix> = Vec::new();
            let mut query = UnitQuery { kind: Some(UnitKind::Problem), limit: UNITS, ..UnitQuery::default() };
            loop {
                let (listed, _) = book.units(&plan.id, &query)?;
                query.offset += u64::from(UNITS);
                for row in &listed {
                    if let Some(stored) = book.unit(&plan.id, row.seq)? {
                        take_rows(book, &id, &stored.unit, locale, &mut found)?;
                    }
                }
                if listed.len() < UNITS as usize || found.len() >= MOST_ROWS {
                    return Ok(found);
                }
            }
        })
        .await?;
    Ok(ProblemFiles { files: host.files().problem_files(&rows)? })
}

/// The rows of a unit that its problems stand in.
fn take_rows(
    book: &dyn Book,
    connection_id: &str,
    unit: &PlannedUnit,
    locale: Locale,
    found: &mut Vec<RowToFix>,
) -> StoreResult<()> {
    for place in &unit.summary.rows {
        let here = |problem: &&Problem| {
            let is = |name: &str, value: &str| problem.params.get(name).is_none_or(|own| own == value);
            is("table", &place.table) && is("row", &place.row.to_string())
        };
        let problems: Vec<String> = unit
            .problems
            .iter()
            .filter(here)
            // Who somebody is no cell can say.
            .filter(|problem| problem.field != SAME_AS)
            .map(|problem| {
                let id = format!("problem.{}", problem.code);
                let sentence = render(locale, &Message { id, params: problem.params.clone() });
                match problem.params.get("column") {
                    Some(column) => format!("{column}: {sentence}"),
                    None => sentence,
                }
            })
            .collect();
        if problems.is_empty() {
            continue;
        }
        let raw = book.by_ids(connection_id, &place.stream, std::slice::from_ref(&place.id))?;
        let stream = place.stream.clone();
        found.extend(raw.into_iter().map(|raw| RowToFix {
            stream: stream.clone(),
            raw,
            problems: problems.clone(),
        }));
    }
    Ok(())
}

async fn looked(
    host: &dyn Host,
    account: &CloudAccount,
    file_ids: Vec<String>,
    choices: Vec<FileChoice>,
    reading: Option<Json>,
) -> Result<Looked, ApiError> {
    if file_ids.is_empty() || file_ids.len() > MOST_FILES {
        let message = Message::new("error.file.how_many").with("most", MOST_FILES);
        return Err(ApiError::Refused { code: Code::Refused, message });
    }
    let (country, zone) = (account.country.clone(), account.time_zone.clone());
    let today = host.clock().today(&zone);
    let asked = FilesAsked { file_ids, choices, reading, country, zone, today };
    let mut looked = host.files().look(asked).await?;
    if let Some(name) = read_by_address(host, account, looked.held.as_ref()).await? {
        looked.look.usable = false;
        let message = Message::new("error.file.calendar_by_address").with("name", name);
        for file in &mut looked.look.files {
            file.error.get_or_insert_with(|| message.clone().into());
        }
    }
    Ok(looked)
}

/// The connection that reads the same calendar by its address: from two connections each appointment would come twice.
async fn read_by_address(
    host: &dyn Host,
    account: &CloudAccount,
    held: Option<&HeldBy>,
) -> Result<Option<String>, ApiError> {
    let Some(held) = held else { return Ok(None) };
    let supplier = account.supplier_id.clone();
    let connections = host.engine().db().run(move |book| book.connections(&supplier)).await?;
    for connection in connections.into_iter().filter(Connection::is_by_feed) {
        if holds_one(host, &connection.id, held.clone()).await? {
            return Ok(Some(connection.name));
        }
    }
    Ok(None)
}

/// What keeps every file from being read, else that there is nothing in them.
fn nothing_usable(look: &FileLook) -> ApiError {
    let error = look.files.iter().find_map(|file| file.error.as_ref());
    let message = error.map_or_else(
        || Message::new("error.file.nothing_usable"),
        |error| Message { id: error.id.clone(), params: error.params.clone() },
    );
    ApiError::Refused { code: Code::Refused, message }
}

pub(super) async fn by_file(host: &dyn Host, connection_id: &str) -> Result<Connection, ApiError> {
    let connection = host.engine().connection(connection_id).await?;
    if connection.is_by_file() {
        Ok(connection)
    } else {
        Err(ApiError::refused(Code::Refused, "error.file.not_by_file"))
    }
}

pub(super) async fn reading_of(host: &dyn Host, connection: &Connection) -> Result<Option<Json>, ApiError> {
    let key = connection.file_setting();
    Ok(host.engine().db().run(move |book| book.setting(&key)).await?)
}

/// The decisions that the files allow, under those of a person.
fn decided(found: Json, own: Option<Map<String, Json>>) -> Result<Json, ApiError> {
    let mut decisions = found.as_object().cloned().unwrap_or_default();
    for (name, value) in own.unwrap_or_default() {
        match (decisions.get_mut(&name), value) {
            (Some(Json::Object(held)), Json::Object(decided)) => held.extend(decided),
            (_, value) => {
                decisions.insert(name, value);
            }
        }
    }
    let decisions = Json::Object(decisions);
    serde_json::from_value::<Decisions>(decisions.clone()).map_err(ApiError::BadRequest)?;
    Ok(decisions)
}

/// The name, with a number behind it where a connection has it already.
fn free_name(name: &str, held: &[Connection]) -> String {
    let taken = |name: &str| held.iter().any(|other| other.name == name);
    if !taken(name) {
        return name.to_owned();
    }
    let mut numbered = (2_u32..).map(|number| format!("{name} {number}"));
    numbered.find(|name| !taken(name)).unwrap_or_else(|| name.to_owned())
}

//! Records as rows: who is in each, which job it is, and the documents that mapping sees.

use std::collections::BTreeMap;

use hub_core::party::{JobContactEdge, JobEdge, Party, PartyLinks, PartyList, group};
use hub_core::ports::{PartyDocument, RawReader, StoreResult, StoredRaw};
use serde_json::{Map, Value as Json};

use super::flat::cells;
use crate::assemble::{SCAN, parse};
use crate::definition::Rows;
use crate::file::RowIs;
use crate::sheet::{
    ColumnUse, Facts, Reading, Role, RowPlace, StoredRow, TableReading, assemble_rows, facts, place_and_field,
};

/// How the fields of a list are read, in the form in which columns are.
pub(super) fn reading(provider: &str, stream: &str, rows: &Rows) -> Reading {
    let columns = rows
        .fields
        .iter()
        .flat_map(|(path, uses)| uses.split(' ').map(move |use_| (path, use_)))
        .filter_map(|(path, use_)| {
            let (place, field) = place_and_field(use_)?;
            Some(ColumnUse { column: path.clone(), place, field, who: None })
        })
        .collect();
    let mut reading = Reading::of(provider);
    reading.learn(TableReading {
        stream: stream.to_owned(),
        preset: None,
        row: RowIs::Project,
        columns,
        extras: rows.own.clone(),
    });
    reading
}

/// Paths of people's ids by their role, where the records have such.
pub(super) type Ids = BTreeMap<String, String>;

/// A record as a row: its leaves as cells, and ids for the people in it.
pub(super) fn as_row(ids: &Ids, table: &TableReading, record: &StoredRaw) -> StoreResult<StoredRow> {
    let cells: Map<String, Json> =
        cells(&parse(&record.raw)?).into_iter().map(|(path, text)| (path, Json::from(text))).collect();
    let own = |role: Role| ids.get(role.as_str()).and_then(|path| cells.get(path)?.as_str());
    let people = people(&record.id, &found(table, &cells), &own);
    Ok(StoredRow { cells, at: RowPlace { job: Some(record.id.clone()), people, ..RowPlace::default() } })
}

/// What the cells of a row say.
pub(super) fn found(table: &TableReading, cells: &Map<String, Json>) -> Facts {
    facts(table, "", &|name| cells.get(name).and_then(Json::as_str))
}

/// Ids and roles. Who has an id of their own in the CRM goes by it. Everybody else is a part of the record: the part they play
/// tells them from the others, so that no id changes when somebody is added.
fn people<'a>(id: &str, facts: &Facts, own: &dyn Fn(Role) -> Option<&'a str>) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for (at, person) in facts.people.iter().enumerate() {
        let unmarked = match at {
            0 => Role::Primary,
            1 => Role::Partner,
            _ => Role::Other,
        };
        let role = person.role.as_deref().and_then(Role::parse).unwrap_or(unmarked);
        let same = found.iter().filter(|(_, held)| held == role.as_str()).count();
        let part = match (role, same) {
            (role, 0) if own(role).is_some() => own(role).unwrap_or_default().to_owned(),
            (Role::Primary, 0) => id.to_owned(),
            (role, 0) => format!("{id}/{}", role.as_str()),
            (role, same) => format!("{id}/{}-{}", role.as_str(), same + 1),
        };
        found.push((part, role.as_str().to_owned()));
    }
    found
}

/// Groups records into parties: each record is a job with its people.
pub(super) fn parties(
    (reading, ids): (&Reading, &Ids),
    raw: &dyn RawReader,
    connection_id: &str,
    links: &dyn PartyLinks,
) -> StoreResult<PartyList> {
    let mut jobs: Vec<JobEdge> = Vec::new();
    for table in &reading.tables {
        let mut after: Option<String> = None;
        loop {
            let records = raw.scan(connection_id, &table.stream, after.as_deref(), SCAN)?;
            let full = records.len() == SCAN as usize;
            after = records.last().map(|record| record.id.clone());
            for record in records {
                let row = as_row(ids, table, &record)?;
                let nobody_books =
                    row.at.people.iter().all(|(_, role)| !Role::parse(role).is_some_and(Role::books));
                let contacts = row
                    .at
                    .people
                    .into_iter()
                    .map(|(contact_id, role)| JobContactEdge {
                        client: nobody_books || Role::parse(&role).is_some_and(Role::books),
                        contact_id,
                        role_kinds: Vec::new(),
                    })
                    .collect();
                jobs.push(JobEdge { job_id: record.id, sample: false, contacts });
            }
            if !full {
                break;
            }
        }
    }
    Ok(group(jobs, links))
}

/// The documents of some parties, in the same order.
pub(super) fn documents(
    (reading, ids): (&Reading, &Ids),
    raw: &dyn RawReader,
    connection_id: &str,
    parties: &[Party],
) -> StoreResult<Vec<PartyDocument>> {
    let row = |table: &TableReading, record: &StoredRaw| as_row(ids, table, record);
    let mut made = assemble_rows(reading, raw, connection_id, parties, &row)?;
    for document in &mut made {
        unplaced(&mut document.document);
    }
    Ok(made)
}

/// Without the places in a file: these records stand in none.
fn unplaced(json: &mut Json) {
    match json {
        Json::Object(members) => {
            members.remove("#");
            members.values_mut().for_each(unplaced);
        }
        Json::Array(entries) => entries.iter_mut().for_each(unplaced),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

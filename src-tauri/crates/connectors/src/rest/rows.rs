//! Records as rows: who is in each, which job it is, and the documents that mapping sees.

use std::cell::RefCell;
use std::collections::HashSet;

use hub_core::party::{JobContactEdge, JobEdge, Party, PartyLinks, PartyList, group};
use hub_core::ports::{PartyDocument, RawReader, StoreResult, StoredRaw};
use serde_json::{Map, Value as Json};

use super::flat::{cells, text_of};
use crate::assemble::{SCAN, at, parse};
use crate::definition::{Only, Rows};
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
        row: rows.row,
        columns,
        extras: rows.own.clone(),
    });
    reading
}

/// The leaves of a record as cells, its lists in the order that is said of them.
pub(super) fn cells_of(rows: &Rows, mut record: Json) -> Map<String, Json> {
    for (path, order) in &rows.order {
        let list = path.split('.').try_fold(&mut record, |json, step| json.get_mut(step));
        if let Some(entries) = list.and_then(Json::as_array_mut) {
            let first = |entry: &Json| {
                at(entry, &order.first.path).is_some_and(|value| text_of(value) == order.first.is)
            };
            entries.sort_by_cached_key(|entry| {
                (!first(entry), at(entry, &order.by).map(text_of).unwrap_or_default())
            });
        }
    }
    cells(&record).into_iter().map(|(path, text)| (path, Json::from(text))).collect()
}

/// Whether a record is of a kind: a plain value at a path, as text.
pub(super) fn holds(only: &Only, record: &Json) -> bool {
    let Some(value) = at(record, &only.path) else { return false };
    !value.is_object() && !value.is_array() && text_of(value) == only.is
}

/// A record as a row: its leaves as cells, and ids for the people in it.
pub(super) fn as_row(rows: &Rows, table: &TableReading, record: &StoredRaw) -> StoreResult<StoredRow> {
    let cells = cells_of(rows, parse(&record.raw)?);
    let own = |role: Role| rows.ids.get(role.as_str()).and_then(|path| cells.get(path)?.as_str());
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
    (reading, fields): (&Reading, &Rows),
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
                let row = as_row(fields, table, &record)?;
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
                let sample = match &fields.sample {
                    Some(only) => holds(only, &parse(&record.raw)?),
                    None => false,
                };
                jobs.push(JobEdge { job_id: record.id, sample, contacts });
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
    (reading, fields): (&Reading, &Rows),
    raw: &dyn RawReader,
    connection_id: &str,
    parties: &[Party],
) -> StoreResult<Vec<PartyDocument>> {
    let away: RefCell<HashSet<String>> = RefCell::default();
    let row = |table: &TableReading, record: &StoredRaw| {
        if let Some(only) = &fields.hidden
            && holds(only, &parse(&record.raw)?)
        {
            away.borrow_mut().insert(record.id.clone());
        }
        as_row(fields, table, record)
    };
    let mut made = assemble_rows(reading, raw, connection_id, parties, &row)?;
    let away = away.into_inner();
    for (document, party) in made.iter_mut().zip(parties) {
        unplaced(&mut document.document);
        if !party.jobs.is_empty() && party.jobs.iter().all(|job| away.contains(job)) {
            hide(&mut document.document);
        }
    }
    Ok(made)
}

/// Marks everybody of a document as put away.
fn hide(document: &mut Json) {
    let people = document.get_mut("people").and_then(Json::as_array_mut);
    for person in people.into_iter().flatten().filter_map(Json::as_object_mut) {
        person.insert("hidden".to_owned(), Json::Bool(true));
    }
}

/// Without the places in a file: these records stand in none. A further address or number has the name of its column as its
/// label there; a path inside a record is no label, and another one when a list gets an entry more.
fn unplaced(json: &mut Json) {
    match json {
        Json::Object(members) => {
            members.remove("#");
            for list in ["other_emails", "other_phones"] {
                let entries = members.get_mut(list).and_then(Json::as_object_mut);
                for entry in entries.into_iter().flat_map(Map::values_mut).filter_map(Json::as_object_mut) {
                    entry.remove("label");
                }
            }
            members.values_mut().for_each(unplaced);
        }
        Json::Array(entries) => entries.iter_mut().for_each(unplaced),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

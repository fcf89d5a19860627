//! Appointments as they were stored, for whoever stages, maps and shows them: the same whether they came by an address or
//! in a file.

use hub_core::canonical::hash_json;
use hub_core::ports::{PartyDocument, RawReader, RawRecord, StoreResult, StoredRaw};
use jiff::civil::Date;
use serde_json::{Value as Json, json};

use super::record::STREAM;
use crate::assemble::{MemoryRaw, parse};

/// Appointments handed over at once.
const SOME: u32 = 100;

/// The document of a stored appointment.
fn document_of(stored: StoredRaw) -> StoreResult<PartyDocument> {
    let mut appointment = parse(&stored.raw)?;
    if let Some(fields) = appointment.as_object_mut() {
        fields.insert("@".to_owned(), json!({"stream": STREAM, "id": stored.id}));
    }
    let document = json!({"appointments": [appointment]});
    Ok(PartyDocument { content_hash: hash_json(&document), document })
}

/// Some stored appointments after an id, and the id to go on from.
pub(super) fn appointments(
    raw: &dyn RawReader,
    connection_id: &str,
    after: Option<&str>,
) -> StoreResult<(Vec<PartyDocument>, Option<String>)> {
    let rows = raw.scan(connection_id, STREAM, after, SOME)?;
    let next = rows.last().filter(|_| rows.len() == SOME as usize).map(|row| row.id.clone());
    Ok((rows.into_iter().map(document_of).collect::<StoreResult<_>>()?, next))
}

/// Everything that is stored, as it came.
pub(super) fn stored(raw: &dyn RawReader, connection_id: &str) -> StoreResult<Vec<RawRecord>> {
    let (mut records, mut after) = (Vec::new(), None::<String>);
    loop {
        let rows = raw.scan(connection_id, STREAM, after.as_deref(), SOME)?;
        let last = rows.last().filter(|_| rows.len() == SOME as usize).map(|row| row.id.clone());
        records.extend(rows.into_iter().map(|row| RawRecord {
            id: row.id,
            raw: row.raw,
            version: None,
            parents: row.parents,
        }));
        match last {
            Some(last) => after = Some(last),
            None => return Ok(records),
        }
    }
}

/// The first day of an appointment.
pub(super) fn day(raw: &str) -> Option<Date> {
    parse(raw).ok()?.get("start_date")?.as_str()?.parse().ok()
}

/// The first days of appointments.
pub(super) fn days(raws: &[&str]) -> Vec<Option<Date>> {
    raws.iter().map(|raw| day(raw)).collect()
}

/// The next appointments from today on, then the last before it.
pub(super) fn first(records: &[RawRecord], count: usize, today: Date) -> StoreResult<Vec<PartyDocument>> {
    let mut by_day: Vec<(bool, Option<Date>, &RawRecord)> = records
        .iter()
        .map(|record| {
            let day = day(&record.raw);
            (day.is_none_or(|day| day < today), day, record)
        })
        .collect();
    by_day.sort_by(|one, other| (one.0, one.1, &one.2.id).cmp(&(other.0, other.1, &other.2.id)));
    let coming = by_day.iter().filter(|(past, ..)| !past);
    let past = by_day.iter().rev().filter(|(past, ..)| *past);
    let mut documents = Vec::new();
    for (_, _, record) in coming.chain(past).take(count) {
        let mut memory = MemoryRaw::default();
        memory.insert(STREAM, (*record).clone())?;
        let rows = memory.by_ids("", STREAM, std::slice::from_ref(&record.id))?;
        documents.extend(rows.into_iter().map(document_of).collect::<StoreResult<Vec<_>>>()?);
    }
    Ok(documents)
}

/// Leaves of an appointment beside the types of the fields that they fill, which are called the same.
const FIELDS: [(&str, &str); 11] = [
    ("name", "text"),
    ("kind", "text"),
    ("start_date", "date"),
    ("start_time", "text"),
    ("end_date", "date"),
    ("end_time", "text"),
    ("time_zone", "text"),
    ("all_day", "boolean"),
    ("status", "text"),
    ("location_name", "text"),
    ("description", "text"),
];

/// The rules that a new connection starts with, as `mapping::MappingRule` encodes them.
pub(super) fn mapping() -> Vec<Json> {
    FIELDS
        .iter()
        .map(|(field, value_type)| {
            json!({
                "record_type": "event", "wedsync_field": field, "sources": [format!("appointments.*.{field}")],
                "value_type": value_type, "transforms": [], "direction": "import_only", "required": false
            })
        })
        .collect()
}

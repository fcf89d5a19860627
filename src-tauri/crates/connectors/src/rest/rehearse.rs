//! Records made into documents without a source: what a definition is tested by before it is taken into force.

use hub_core::party::NoLinks;
use hub_core::ports::RawRecord;
use jiff::tz::TimeZone;
use serde_json::Value as Json;

use super::appointments::Appointments;
use super::reply::scalars;
use super::rows::RowReader;
use crate::assemble::MemoryRaw;
use crate::definition::{AppointmentsRead, ListRead, Rows};
use crate::sheet::mapping;

/// The documents that these records of one list make, and the rules that map them. What is wrong is said in a line.
pub(crate) fn listed(
    provider: &str,
    list: &ListRead,
    fields: &Rows,
    records: &[Json],
) -> Result<(Vec<Json>, Vec<Json>), String> {
    let mut raw = MemoryRaw::default();
    for entry in records {
        let text = entry.to_string();
        let told = [Some(list.id.as_str()), list.version.as_deref()];
        let [id, version] = scalars(&text, told).map_err(|fault| fault.to_string())?;
        let id = id.filter(|id| !id.is_empty()).ok_or("a record has no id")?;
        let record = RawRecord { version, parents: [Some(id.clone()), None], id, raw: text };
        raw.insert(&list.stream, record).map_err(|fault| fault.to_string())?;
    }
    let reader = RowReader::new(provider, list, fields, TimeZone::UTC);
    let parties = reader.parties(&raw, "", &NoLinks).map_err(|fault| fault.to_string())?.all();
    let made = reader.documents(&raw, "", &parties).map_err(|fault| fault.to_string())?;
    Ok((made.into_iter().map(|document| document.document).collect(), mapping(reader.reading())))
}

/// Documents and suggested mapping of records that are appointments without a client.
pub(crate) fn listed_appointments(
    list: &ListRead,
    read: &AppointmentsRead,
    records: &[Json],
) -> Result<(Vec<Json>, Vec<Json>), String> {
    let appointments = Appointments::new(&list.stream, read.clone(), TimeZone::UTC);
    let mut raw = MemoryRaw::default();
    for entry in records {
        let text = entry.to_string();
        let told = [Some(list.id.as_str()), list.version.as_deref()];
        let [id, version] = scalars(&text, told).map_err(|fault| fault.to_string())?;
        let id = id.filter(|id| !id.is_empty()).ok_or("a record has no id")?;
        let record = RawRecord { id, version, parents: [appointments.same(entry), None], raw: text };
        raw.insert(&list.stream, record).map_err(|fault| fault.to_string())?;
    }
    let made = appointments.soonest(&raw, records.len()).map_err(|fault| fault.to_string())?;
    Ok((made.into_iter().map(|document| document.document).collect(), appointments.mapping()))
}

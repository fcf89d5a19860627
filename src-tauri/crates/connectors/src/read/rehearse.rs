//! Records made into documents without a CRM: what a definition is tested by before it is taken into force.

use std::collections::BTreeMap;

use hub_core::party::NoLinks;
use serde_json::Value as Json;

use super::records::StreamReader;
use crate::assemble::{Assembler, MemoryRaw};
use crate::definition::{Assemble, ListsRead};

/// The documents that these records of several lists make, in the zone of a studio. What is wrong is said in a line.
pub(crate) fn assembled(
    lists: &ListsRead,
    shape: &Assemble,
    zone: &str,
    records: &BTreeMap<String, Vec<Json>>,
) -> Result<Vec<Json>, String> {
    let mut raw = MemoryRaw::default();
    for (stream, entries) in records {
        let stream = lists.stream.iter().find(|one| one.name == *stream);
        let stream = stream.ok_or("records of a list that there is not")?;
        let reader = StreamReader::new(stream, &lists.lists);
        for entry in entries {
            let record = reader.record(&entry.to_string()).map_err(|fault| fault.to_string())?;
            raw.insert(&stream.name, record).map_err(|fault| fault.to_string())?;
        }
    }
    let assembler = Assembler::new(shape, &lists.stream, Some(zone));
    let parties = assembler.parties(&raw, "", &NoLinks).map_err(|fault| fault.to_string())?.all();
    let made = assembler.assemble(&raw, "", &parties).map_err(|fault| fault.to_string())?;
    Ok(made.into_iter().map(|document| document.document).collect())
}

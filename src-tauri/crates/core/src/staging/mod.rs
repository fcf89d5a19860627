//! Staging: one assembled document becomes the mapped records of one booking party, or the event of one appointment that
//! no client is known for (MODEL 1 to 3).
//!
//! The document is a view; every record keeps the source it was read from, and every mapped field the value the CRM
//! gave before transforms. Relations between records (who belongs to which client, which payment to which job) are
//! made here and never mapped by a person. Pure: ids come from [`Allotment`].

mod appointment;
mod build;
mod context;
mod typed;

use serde_json::Value as Json;

pub use appointment::{Known, appointment_source, stage_appointment};
pub use build::stage_party;
pub use context::StagingContext;
pub use typed::Typist;

use crate::record::RecordType;

/// Gives every source record its WedSync id: linked, allotted earlier, or new.
pub trait Allotment {
    /// The id of a source record; `client_id` is the client it belongs to, empty for people outside the party.
    fn id(&mut self, stream: &str, external_id: &str, record_type: RecordType, client_id: &str) -> String;
}

/// Every source record that a document mentions: (stream, external id), in document order.
pub fn sources_of(document: &Json) -> Vec<(String, String)> {
    let mut found = Vec::new();
    collect(document, &mut found);
    found
}

fn collect(json: &Json, found: &mut Vec<(String, String)>) {
    match json {
        Json::Object(object) => {
            if let Some(source) = source_of(json) {
                found.push(source);
            }
            for (key, value) in object {
                if key != "@" {
                    collect(value, found);
                }
            }
        }
        Json::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

/// The source a sub-document names under `@`.
fn source_of(document: &Json) -> Option<(String, String)> {
    let at = document.get("@")?;
    Some((at.get("stream")?.as_str()?.to_owned(), at.get("id")?.as_str()?.to_owned()))
}

#[cfg(test)]
mod tests;

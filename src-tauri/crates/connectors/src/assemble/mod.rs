//! From raw records to booking parties and their documents (MODEL 2 and 3).
//!
//! Only a chunk of parties is in memory at a time; what a chunk needs is asked of the store by a handful of queries,
//! never one per record. The document is a view: it serves mapping and preview, carries where every part came from,
//! and nothing is ever diffed against it. Deliberately absent: mapping, matching and every filter of "what to bring".

mod document;
mod gather;
mod leaf;
mod memory;
mod order;
mod parties;
mod roles;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use hub_core::malformed::Malformed;
use hub_core::party::Party;
use hub_core::ports::{PartyDocument, RawReader, StoreError, StoreResult};
use jiff::tz::TimeZone;
use serde_json::Value as Json;

pub(crate) use memory::MemoryRaw;
pub(crate) use parties::is_true;

use crate::definition::{Assemble, Leaf, Leaves, Rule, Stream};
use document::Builder;
use gather::Chunk;

/// Look-up lists by stream and id.
pub(crate) type LookUps = HashMap<String, HashMap<String, Json>>;

/// Assembles the parties of one CRM.
#[derive(Debug)]
pub(crate) struct Assembler {
    shape: Assemble,
    /// Streams that are small lists and read whole, once per run.
    look_up_streams: Vec<String>,
    zone: TimeZone,
    cached: Mutex<Option<(String, Arc<LookUpSet>)>>,
}

/// Look-up lists with a digest of their contents.
#[derive(Debug, Default)]
pub(crate) struct LookUpSet {
    pub(crate) lists: LookUps,
    pub(crate) hashes: Vec<String>,
}

impl Assembler {
    pub(crate) fn new(shape: &Assemble, streams: &[Stream], time_zone: Option<&str>) -> Assembler {
        let small: Vec<&str> = streams
            .iter()
            .filter(|stream| stream.record_type.is_none() && stream.parents.is_empty())
            .map(|stream| stream.name.as_str())
            .collect();
        let shape = shape.clone();
        let mut wanted: Vec<String> = vec![shape.on_job.role_stream.clone()];
        let lists = [&shape.person.leaves, &shape.job.leaves];
        let children = shape.child.iter().chain(&shape.person_child).map(|child| &child.leaves);
        for leaves in lists.into_iter().chain(children) {
            pointed_at(leaves, &mut |stream, _| wanted.push(stream.to_owned()));
        }
        wanted.retain(|stream| small.contains(&stream.as_str()));
        wanted.sort();
        wanted.dedup();
        let zone = time_zone.and_then(|name| TimeZone::get(name).ok()).unwrap_or(TimeZone::UTC);
        Assembler { shape, look_up_streams: wanted, zone, cached: Mutex::new(None) }
    }

    /// How documents are joined.
    pub(crate) fn shape(&self) -> &Assemble {
        &self.shape
    }

    /// The documents of some parties, in their order.
    pub(crate) fn assemble(
        &self,
        raw: &dyn RawReader,
        connection_id: &str,
        parties: &[Party],
    ) -> StoreResult<Vec<PartyDocument>> {
        let look_ups = self.look_ups(raw, connection_id)?;
        let chunk = Chunk::gather(&self.shape, raw, connection_id, parties)?;
        let builder = Builder { shape: &self.shape, look_ups: &look_ups, chunk: &chunk, zone: &self.zone };
        Ok(parties.iter().map(|party| builder.party(party)).collect())
    }

    /// Look-up lists, read once until [`Assembler::forget`].
    fn look_ups(&self, raw: &dyn RawReader, connection_id: &str) -> StoreResult<Arc<LookUpSet>> {
        let mut cached = self.cached.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some((connection, set)) = cached.as_ref()
            && connection == connection_id
        {
            return Ok(Arc::clone(set));
        }
        let mut set = LookUpSet::default();
        for stream in &self.look_up_streams {
            let mut list = HashMap::new();
            let mut after: Option<String> = None;
            loop {
                let rows = raw.scan(connection_id, stream, after.as_deref(), SCAN)?;
                after = rows.last().map(|row| row.id.clone());
                let full = rows.len() == SCAN as usize;
                for row in rows {
                    set.hashes.push(format!("{stream}\0{}\0{}", row.id, row.content_hash));
                    list.insert(row.id, parse(&row.raw)?);
                }
                if !full {
                    break;
                }
            }
            set.lists.insert(stream.clone(), list);
        }
        let set = Arc::new(set);
        *cached = Some((connection_id.to_owned(), Arc::clone(&set)));
        Ok(set)
    }

    /// A new run begins: what was cached for the last one is read again.
    fn forget(&self) {
        *self.cached.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = None;
    }
}

/// Rows per scan.
pub(crate) const SCAN: u32 = 500;

/// Stored JSON was checked when its page was read; anything else means a damaged store.
pub(crate) fn parse(raw: &str) -> StoreResult<Json> {
    serde_json::from_str(raw).map_err(|error| StoreError::Fault(Box::new(Malformed::from(error))))
}

/// Calls back with the stream and the id path of each leaf that points at another record.
pub(crate) fn pointed_at<'a>(leaves: &'a Leaves, found: &mut dyn FnMut(&'a str, Option<&'a str>)) {
    for leaf in leaves.values() {
        match leaf {
            Leaf::Rule(Rule::LookUp { stream, by, .. } | Rule::ObjectOf { stream, by, .. }) => {
                found(stream, Some(by))
            }
            Leaf::Rule(Rule::CustomFields { stream, .. }) => found(stream, None),
            Leaf::Rule(Rule::Object { leaves, .. } | Rule::List { leaves, .. }) => pointed_at(leaves, found),
            _ => {}
        }
    }
}

/// The value at a dotted path, `None` where there is nothing or null.
pub(crate) fn at<'a>(json: &'a Json, path: &str) -> Option<&'a Json> {
    let mut here = json;
    for step in path.split('.') {
        here = here.get(step)?;
    }
    if here.is_null() { None } else { Some(here) }
}

/// The text at a dotted path.
pub(crate) fn text_at<'a>(json: &'a Json, path: &str) -> Option<&'a str> {
    at(json, path).and_then(Json::as_str)
}

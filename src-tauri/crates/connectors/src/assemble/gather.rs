//! Everything the documents of a chunk of parties are made from, by a handful of queries.

use std::collections::{BTreeSet, HashMap};

use hub_core::party::Party;
use hub_core::ports::{RawReader, StoreResult, StoredRaw};
use serde_json::Value as Json;

use super::{parse, pointed_at, text_at};
use crate::definition::{Assemble, Child};

/// One record.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) id: String,
    pub(super) json: Json,
    pub(super) content_hash: String,
    pub(super) parents: [Option<String>; 2],
}

impl Record {
    fn of(row: StoredRaw) -> StoreResult<Record> {
        Ok(Record {
            json: parse(&row.raw)?,
            id: row.id,
            content_hash: row.content_hash,
            parents: row.parents,
        })
    }
}

/// Records by the id of their parent, in id order.
pub(super) type ByParent = HashMap<String, Vec<Record>>;

/// The records of a chunk.
#[derive(Debug)]
pub(super) struct Chunk {
    pub(super) jobs: HashMap<String, Record>,
    pub(super) on_job: ByParent,
    /// Persons on the jobs, and places of events, all from the same stream.
    pub(super) contacts: HashMap<String, Record>,
    /// Per child of the definition, by job.
    pub(super) children: Vec<ByParent>,
    /// Per person child of the definition, by person.
    pub(super) person_children: Vec<ByParent>,
}

impl Chunk {
    pub(super) fn gather(
        shape: &Assemble,
        raw: &dyn RawReader,
        connection_id: &str,
        parties: &[Party],
    ) -> StoreResult<Chunk> {
        let unique = |ids: BTreeSet<&String>| -> Vec<String> { ids.into_iter().cloned().collect() };
        let job_ids = unique(parties.iter().flat_map(|party| &party.jobs).collect());
        let person_ids = unique(parties.iter().flat_map(|party| &party.persons).collect());
        let by_parent = |stream: &str, slot: usize, ids: &[String]| -> StoreResult<ByParent> {
            let mut found = ByParent::new();
            for row in raw.by_parents(connection_id, stream, slot, ids)? {
                if let Some(parent) = row.parents.get(slot).cloned().flatten() {
                    found.entry(parent).or_default().push(Record::of(row)?);
                }
            }
            Ok(found)
        };
        let by_id = |stream: &str, ids: &[String]| -> StoreResult<HashMap<String, Record>> {
            let rows = raw.by_ids(connection_id, stream, ids)?;
            rows.into_iter().map(|row| Ok((row.id.clone(), Record::of(row)?))).collect()
        };
        let children_of = |children: &[Child], ids: &[String]| -> StoreResult<Vec<ByParent>> {
            children.iter().map(|child| by_parent(&child.stream, child.slot, ids)).collect()
        };
        let jobs = by_id(&shape.job.stream, &job_ids)?;
        let on_job = by_parent(&shape.on_job.stream, shape.on_job.job_slot, &job_ids)?;
        let children = children_of(&shape.child, &job_ids)?;
        let mut person_children = children_of(&shape.person_child, &person_ids)?;
        for (child, found) in shape.person_child.iter().zip(&mut person_children) {
            if let Some(other) = child.without_slot {
                for records in found.values_mut() {
                    records.retain(|record| record.parents.get(other).is_none_or(Option::is_none));
                }
            }
        }
        let mut contact_ids: BTreeSet<String> = person_ids.into_iter().collect();
        for record in on_job.values().flatten() {
            contact_ids.extend(text_at(&record.json, &shape.on_job.person).map(str::to_owned));
        }
        for (child, found) in shape.child.iter().zip(&children) {
            pointed_at(&child.leaves, &mut |stream, by| {
                if let (true, Some(by)) = (stream == shape.person.stream, by) {
                    let records = found.values().flatten();
                    contact_ids
                        .extend(records.filter_map(|record| text_at(&record.json, by).map(str::to_owned)));
                }
            });
        }
        let contact_ids: Vec<String> = contact_ids.into_iter().collect();
        let contacts = by_id(&shape.person.stream, &contact_ids)?;
        Ok(Chunk { jobs, on_job, contacts, children, person_children })
    }
}

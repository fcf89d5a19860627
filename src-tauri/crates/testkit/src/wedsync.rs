//! WedSync in a few lines, for the store's suites: what the outbox sends is carried out, once per op.
//!
//! It keeps the contract of MODEL 8 as far as the store can tell: versions, references and canonical ids, addresses in
//! lower case that are read back, children of missing parents, refusals that a test asks for, and the two idempotencies.
//! The real thing is the reference server in `tests/sandbox`.

use std::collections::BTreeMap;

use hub_core::ports::{CloudRecord, OpResult, OpStatus};
use hub_core::record::{FieldMap, RecordKey, RecordType};
use serde_json::Value as Json;

use crate::book::actor;
use crate::shelf::Book;

/// One supplier's records in WedSync.
#[derive(Default)]
pub struct Cloud {
    /// Version, values and whether it is deleted, by type and id.
    pub records: BTreeMap<(String, String), (i64, FieldMap, bool)>,
    /// Id by external reference, as JSON text.
    pub refs: BTreeMap<String, String>,
    /// Ids whose ops are refused.
    pub reject: Vec<String>,
    /// Every body that was received, in order.
    pub bodies: Vec<String>,
    /// Body of each op that was received, and the answer to it.
    pub done: BTreeMap<String, (Json, OpResult)>,
    /// Ids of senders and the canonical ids that stand for them.
    pub aliases: BTreeMap<String, String>,
}

impl Cloud {
    /// Carries out a batch and answers it; an op that it knows is answered as before.
    pub fn send(&mut self, body: &str) -> Vec<OpResult> {
        self.bodies.push(body.to_owned());
        let batch: Json = serde_json::from_str(body).unwrap();
        batch["ops"].as_array().unwrap().iter().map(|op| self.op(op)).collect()
    }

    /// What became of a batch, as `GET /records/batch/{key}` tells; `None` when it never came.
    pub fn results(&self, body: &str) -> Option<Vec<OpResult>> {
        let batch: Json = serde_json::from_str(body).unwrap();
        let of = |op: &Json| self.done.get(op["op_id"].as_str().unwrap()).map(|(_, result)| result.clone());
        batch["ops"].as_array().unwrap().iter().map(of).collect()
    }

    fn op(&mut self, op: &Json) -> OpResult {
        let op_id = op["op_id"].as_str().unwrap().to_owned();
        if let Some((body, known)) = self.done.get(&op_id) {
            assert_eq!(body, op, "op_reused: the same op came with another content");
            return known.clone();
        }
        let result = self.run(op, &op_id);
        self.done.insert(op_id, (op.clone(), result.clone()));
        result
    }

    fn run(&mut self, sent: &Json, op_id: &str) -> OpResult {
        let record_type = sent["type"].as_str().unwrap().to_owned();
        let mut op = sent.clone();
        exchange(&self.aliases, &mut op);
        let mut id = op["id"].as_str().unwrap().to_owned();
        let mut result = OpResult {
            op_id: op_id.into(),
            status: OpStatus::Rejected,
            id: Some(id.clone()),
            version: None,
            fields: FieldMap::new(),
            current: None,
            field: None,
            code: None,
            params: Json::Null,
        };
        if self.reject.contains(&id) {
            result.code = Some("invalid".into());
            return result;
        }
        if let Some((field, _)) = references(&op).into_iter().find(|(_, parent)| !self.holds(parent)) {
            result.field = Some(field);
            result.code = Some("parent_missing".into());
            return result;
        }
        if let Some(reference) = op.get("external_ref") {
            let known = self.refs.entry(reference.to_string()).or_insert_with(|| id.clone());
            if *known != id {
                self.aliases.insert(id.clone(), known.clone());
            }
            id.clone_from(known);
            result.id = Some(id.clone());
        }
        let key = (record_type.clone(), id.clone());
        let known = self.records.contains_key(&key);
        let (version, held, deleted) = self.records.entry(key).or_default();
        if let Some(expected) = op.get("expected_version").and_then(Json::as_i64)
            && expected != *version
        {
            result.status = OpStatus::Conflict;
            result.current = Some(CloudRecord {
                key: RecordKey::new(RecordType::parse(&record_type).unwrap(), id),
                fields: held.clone(),
                version: *version,
                external_refs: Vec::new(),
                deleted: *deleted,
            });
            return result;
        }
        *version += 1;
        result.version = Some(*version);
        match op["action"].as_str().unwrap() {
            "delete" => {
                *deleted = true;
                self.refs.retain(|_, held| *held != id);
                result.status = OpStatus::Deleted;
            }
            "restore" => {
                *deleted = false;
                result.status = OpStatus::Restored;
            }
            _ => {
                *deleted = false;
                if let Some(reference) = op.get("remove_external_ref") {
                    self.refs.remove(&reference.to_string());
                }
                for (name, value) in op.get("fields").and_then(Json::as_object).into_iter().flatten() {
                    self.set(&record_type, &id, name, value, &sent["fields"][name], &mut result);
                }
                result.status = if known { OpStatus::Updated } else { OpStatus::Created };
            }
        }
        result
    }

    fn set(
        &mut self,
        record_type: &str,
        id: &str,
        name: &str,
        value: &Json,
        sent: &Json,
        result: &mut OpResult,
    ) {
        let (_, held, _) = self.records.get_mut(&(record_type.to_owned(), id.to_owned())).unwrap();
        let keyed = value.get("set").is_some() && value.get("remove").is_some();
        if keyed {
            let mut list = held.get(name).and_then(Json::as_object).cloned().unwrap_or_default();
            for key in value["remove"].as_array().unwrap() {
                list.remove(key.as_str().unwrap());
            }
            list.extend(value["set"].as_object().unwrap().clone());
            held.insert(name.into(), Json::Object(list));
        } else if value.is_null() {
            held.remove(name);
        } else if name == "email" {
            held.insert(name.into(), value.as_str().unwrap().to_lowercase().into());
        } else {
            held.insert(name.into(), value.clone());
        }
        let stored = held.get(name).cloned().unwrap_or_default();
        if (keyed && value != sent) || (!keyed && stored != *sent) {
            result.fields.insert(name.into(), stored);
        }
    }

    /// Sends everything that a job has queued.
    pub fn drain(&mut self, store: &dyn Book, job_id: &str, limit: u32) -> u32 {
        let mut batches = 0;
        while let Some(batch) = store.cut_batch(job_id, limit).unwrap() {
            store.mark_sent(&batch.id).unwrap();
            let results = self.send(&batch.body);
            store.ack_batch(&batch.id, &results, &actor(job_id)).unwrap();
            batches += 1;
        }
        batches
    }

    /// How many records are not deleted.
    pub fn live(&self) -> usize {
        self.records.values().filter(|(_, _, deleted)| !deleted).count()
    }

    /// Whether a record of any type is there under this id, or under the one that stands for it.
    pub fn holds(&self, id: &str) -> bool {
        let id = self.aliases.get(id).map_or(id, String::as_str);
        self.records.iter().any(|((_, held), (_, _, deleted))| held == id && !deleted)
    }

    /// Everything it holds, as the full list would tell it.
    pub fn list(&self) -> Vec<CloudRecord> {
        self.records
            .iter()
            .map(|((record_type, id), (version, fields, deleted))| CloudRecord {
                key: RecordKey::new(RecordType::parse(record_type).unwrap(), id),
                fields: fields.clone(),
                version: *version,
                external_refs: self
                    .refs
                    .iter()
                    .filter(|(_, held)| *held == id)
                    .map(|(reference, _)| serde_json::from_str(reference).unwrap())
                    .collect(),
                deleted: *deleted,
            })
            .collect()
    }
}

/// The records that an op on the wire points at: field, and id.
pub fn references(op: &Json) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (field, value) in op.get("fields").and_then(Json::as_object).into_iter().flatten() {
        let set = value.get("set").and_then(Json::as_object);
        match field.as_str() {
            "client_id" | "project_id" | "payer_id" => {
                found.extend(value.as_str().map(|id| (field.clone(), id.to_owned())));
            }
            // A client's people and a payment's invoices are keyed by id, a project's people by id and role.
            "people" | "allocations" => found.extend(set.into_iter().flatten().map(|(key, element)| {
                let id = element.get("person_id").and_then(Json::as_str).unwrap_or(key);
                (field.clone(), id.to_owned())
            })),
            _ => {}
        }
    }
    found
}

/// Puts canonical ids in the place of others, in values, keys and composite keys.
fn exchange(aliases: &BTreeMap<String, String>, json: &mut Json) {
    match json {
        Json::String(text) => {
            if let Some(canonical) = aliases.get(text.as_str()) {
                text.clone_from(canonical);
            }
        }
        Json::Array(items) => items.iter_mut().for_each(|item| exchange(aliases, item)),
        Json::Object(object) => {
            *object = std::mem::take(object)
                .into_iter()
                .map(|(key, mut value)| {
                    exchange(aliases, &mut value);
                    let (id, rest) = key.split_at(key.find(':').unwrap_or(key.len()));
                    (
                        aliases.get(id).map_or_else(|| key.clone(), |canonical| format!("{canonical}{rest}")),
                        value,
                    )
                })
                .collect();
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}

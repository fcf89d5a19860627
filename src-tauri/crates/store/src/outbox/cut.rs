//! Cutting a batch: which ops go next, and the exact bytes they go as.

use std::collections::{HashMap, HashSet};

use hub_core::canonical::hash_bytes;
use hub_core::fields::field_type;
use hub_core::plan::{OpKind, PlanOp};
use hub_core::ports::Batch;
use hub_core::record::{FieldMap, RecordType, SourceKey};
use hub_core::value::FieldType;
use jiff::Timestamp;
use rusqlite::{Connection, Row, Transaction};
use serde_json::{Map, Value as Json, json};

use super::undo::Back;
use super::{OutRow, ROW, apply, read_row};
use crate::alias::Aliases;
use crate::error::DbResult;
use crate::mirror;
use crate::time::nanos;

pub(super) fn read_batch(row: &Row<'_>) -> rusqlite::Result<Batch> {
    Ok(Batch { id: row.get(0)?, body: row.get(1)?, ops: row.get(2)?, attempts: row.get(3)? })
}

/// The oldest batch that was never answered: of this job, or of one of its connection that was ended meanwhile.
pub(super) fn unanswered(connection: &Connection, job_id: &str) -> DbResult<Option<Batch>> {
    let mut statement = connection.prepare_cached(
        "SELECT b.id, b.body, b.ops, b.attempts FROM outbox_batches b INDEXED BY outbox_batches_unanswered
         JOIN crm_sync_jobs j ON j.id = b.job_id
         WHERE b.answered_at IS NULL AND (b.job_id = ?1 OR (j.phase IN ('cancelled', 'failed')
           AND j.integration_id = (SELECT integration_id FROM crm_sync_jobs WHERE id = ?1)))
         ORDER BY b.created_at, b.id LIMIT 1",
    )?;
    Ok(statement.query_map([job_id], read_batch)?.next().transpose()?)
}

pub(super) fn run(
    tx: &Transaction<'_>,
    job_id: &str,
    limit: u32,
    id: String,
    now: Timestamp,
) -> DbResult<Option<(Batch, CutOps)>> {
    let mut read = CutOps::default();
    if let Some(batch) = unanswered(tx, job_id)? {
        return Ok(Some((batch, read)));
    }
    let chosen = choose(tx, job_id, limit)?;
    if chosen.is_empty() {
        return Ok(None);
    }
    let aliases = Aliases::load(tx)?;
    let mut ops = Vec::with_capacity(chosen.len());
    // All ops of a job belong to its connection.
    let mut account: Option<(String, String)> = None;
    for row in &chosen {
        ops.push(wire_op(tx, &aliases, &mut account, row, &mut read)?);
    }
    read.batch_id.clone_from(&id);
    let body = json!({ "ops": ops }).to_string();
    tx.execute(
        "INSERT INTO outbox_batches (id, job_id, body, digest, ops, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        (&id, job_id, &body, hash_bytes(body.as_bytes()), chosen.len() as i64, nanos(now)),
    )?;
    let mut update = tx.prepare_cached("UPDATE outbox SET state = 'sent', batch_id = ?2 WHERE seq = ?1")?;
    for row in &chosen {
        update.execute((row.seq, &id))?;
    }
    let ops = u32::try_from(chosen.len()).unwrap_or(u32::MAX);
    Ok(Some((Batch { id, body, ops, attempts: 0 }, read)))
}

/// The operations of the batch that was cut last, as they were read for it: its answer, which comes a moment later, needs them
/// again. Only a shortcut; whoever finds nothing here reads the file.
#[derive(Default)]
pub(crate) struct CutOps {
    batch_id: String,
    by_place: HashMap<i64, PlanOp>,
}

impl CutOps {
    /// The operations of a batch, if it is the one that was cut last.
    pub(super) fn of(self, batch_id: &str) -> HashMap<i64, PlanOp> {
        if self.batch_id == batch_id { self.by_place } else { HashMap::new() }
    }
}

/// The next ops in order: parents acknowledged or earlier in this batch, one op per record in flight.
fn choose(tx: &Transaction<'_>, job_id: &str, limit: u32) -> DbResult<Vec<OutRow>> {
    let mut statement = tx.prepare_cached(&format!(
        "{ROW} INDEXED BY outbox_queued WHERE job_id = ?1 AND state = 'queued' ORDER BY seq"
    ))?;
    let mut parent = tx.prepare_cached(
        "SELECT p.seq, p.state FROM outbox o JOIN outbox p ON p.seq = o.depends_on WHERE o.seq = ?1",
    )?;
    let mut in_flight = tx.prepare_cached(
        "SELECT 1 FROM outbox INDEXED BY outbox_by_record WHERE record_id = ?1 AND record_type = ?2 AND state = 'sent'",
    )?;
    let mut chosen: Vec<OutRow> = Vec::new();
    let (mut places, mut records) = (HashSet::new(), HashSet::new());
    let mut passed_over = 0_u32;
    for row in statement.query_and_then([job_id], read_row)? {
        let row = row?;
        let ready = parent
            .query_map([row.seq], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))?
            .next()
            .transpose()?
            .is_none_or(|(place, state)| state == "acked" || places.contains(&place));
        let free =
            !records.contains(&row.key) && !in_flight.exists((&row.key.id, row.key.record_type.as_str()))?;
        if ready && free {
            places.insert(row.seq);
            records.insert(row.key.clone());
            chosen.push(row);
            if chosen.len() >= limit as usize {
                break;
            }
        } else {
            // What is not ready keeps its record's later ops waiting too, and does not make us walk the whole queue.
            records.insert(row.key);
            passed_over += 1;
            if passed_over > limit.saturating_mul(8).max(64) {
                break;
            }
        }
    }
    Ok(chosen)
}

/// One op as it is sent (MODEL 8): absent = leave, null = clear, keyed lists as {set, remove}.
fn wire_op(
    tx: &Transaction<'_>,
    aliases: &Aliases,
    account: &mut Option<(String, String)>,
    row: &OutRow,
    read: &mut CutOps,
) -> DbResult<Json> {
    let mut op = Map::new();
    op.insert("op_id".into(), row.op_id.as_str().into());
    op.insert("type".into(), row.key.record_type.as_str().into());
    let action = match (row.kind, &row.undo_of) {
        (OpKind::Delete, _) => "delete",
        (OpKind::Create, Some(_)) => "restore",
        (OpKind::Create | OpKind::Update | OpKind::Link, _) => "upsert",
    };
    op.insert("action".into(), action.into());
    op.insert("id".into(), row.key.id.as_str().into());
    if row.undo_of.is_some() {
        let back = Back::load(tx, &row.op_id)?;
        if matches!(row.kind, OpKind::Update | OpKind::Link) {
            let held = mirror::find(tx, &row.key)?.map(|record| record.fields).unwrap_or_default();
            if let Some(reference) = &back.external {
                op.insert("remove_external_ref".into(), serde_json::to_value(reference)?);
            }
            if !back.fields.is_empty() {
                op.insert("fields".into(), wire_fields(row.key.record_type, &held, &back.fields));
            }
        }
    } else {
        let planned = row.op(tx, aliases)?;
        if matches!(row.kind, OpKind::Create | OpKind::Link)
            && let Some(source) = planned.source.as_ref().filter(|source| source.is_external())
        {
            op.insert("external_ref".into(), external_ref(tx, account, row, source)?);
        }
        if !planned.after.is_empty() && row.kind != OpKind::Delete {
            op.insert("fields".into(), wire_fields(row.key.record_type, &planned.before, &planned.after));
        }
        // An id that is replaced until the answer comes would have to be exchanged in it.
        if aliases.is_empty() {
            read.by_place.insert(row.seq, planned);
        }
    }
    // An earlier op of this job on the record has raised its version; nobody else's change does that unseen.
    let own: Option<i64> = tx
        .prepare_cached(
            "SELECT max(version) FROM outbox INDEXED BY outbox_by_record
             WHERE job_id = ?1 AND record_id = ?2 AND record_type = ?3 AND state = 'acked'",
        )?
        .query_row((&row.job_id, &row.key.id, row.key.record_type.as_str()), |row| row.get(0))?;
    if let Some(expected) = row.expected.into_iter().chain(own).max() {
        op.insert("expected_version".into(), expected.into());
    }
    Ok(Json::Object(op))
}

fn external_ref(
    tx: &Transaction<'_>,
    account: &mut Option<(String, String)>,
    row: &OutRow,
    source: &SourceKey,
) -> DbResult<Json> {
    let (provider, account) = match account {
        Some(account) => account,
        None => {
            let connection_id: String = tx
                .prepare_cached(
                    "SELECT i.id FROM outbox o JOIN crm_integrations i ON i.no = o.connection WHERE o.seq = ?1",
                )?
                .query_row([row.seq], |row| row.get(0))?;
            account.insert(apply::account_of(tx, &connection_id)?)
        }
    };
    Ok(json!({ "provider": provider, "account": account, "type": source.stream, "id": source.id }))
}

fn wire_fields(record_type: RecordType, before: &FieldMap, after: &FieldMap) -> Json {
    let mut fields = Map::new();
    for (name, value) in after {
        let sent = match (field_type(record_type, name), value) {
            (FieldType::Array, Json::Object(elements)) => keyed_change(before.get(name), elements),
            (FieldType::Array, Json::Null) => keyed_change(before.get(name), &Map::new()),
            _ => value.clone(),
        };
        fields.insert(name.clone(), sent);
    }
    Json::Object(fields)
}

/// What of a keyed list changes.
fn keyed_change(before: Option<&Json>, after: &Map<String, Json>) -> Json {
    let empty = Map::new();
    let before = before.and_then(Json::as_object).unwrap_or(&empty);
    let set: Map<String, Json> = after
        .iter()
        .filter(|(key, element)| before.get(*key) != Some(element))
        .map(|(key, element)| (key.clone(), element.clone()))
        .collect();
    let remove: Vec<&String> = before.keys().filter(|key| !after.contains_key(*key)).collect();
    json!({ "set": set, "remove": remove })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keyed_list_is_sent_as_what_changes_in_it() {
        let before = json!({"a": {"role": "primary"}, "b": {"role": "partner"}});
        let after = json!({"a": {"role": "primary"}, "c": {"role": "partner"}});
        let fields = |json: &Json| FieldMap::from([("people".to_owned(), json.clone())]);
        let sent = wire_fields(RecordType::Client, &fields(&before), &fields(&after));
        assert_eq!(
            sent,
            json!({"people": {"set": {"c": {"role": "partner"}}, "remove": ["b"]}}),
            "an element that stays is not sent again"
        );
        let cleared = wire_fields(RecordType::Client, &fields(&before), &fields(&Json::Null));
        assert_eq!(cleared, json!({"people": {"set": {}, "remove": ["a", "b"]}}));
        let plain = FieldMap::from([("notes".to_owned(), Json::Null)]);
        assert_eq!(
            wire_fields(RecordType::Client, &FieldMap::new(), &plain),
            json!({"notes": null}),
            "null clears a single value"
        );
    }
}

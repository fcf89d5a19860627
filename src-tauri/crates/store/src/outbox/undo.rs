//! The way back: what an upload did, and queueing what takes it back (SYNC-LAW 36).

use hub_core::plan::{BasePair, OpKind, op_id};
use hub_core::ports::{Actor, UndoItem};
use hub_core::record::{ExternalRef, FieldMap};
use rusqlite::{Connection, OptionalExtension, Transaction};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::collections::BTreeMap;

use super::ack::Answering;
use super::{OutRow, ROW, read_row};
use crate::alias::Aliases;
use crate::audit::Entry;
use crate::base::unit_image;
use crate::connections::connection_no;
use crate::error::DbResult;
use crate::jobs::{count, signed};
use crate::mirror::{base_pairs, put_base};
use crate::plan::text;
use crate::source::make_stream;
use crate::store::Write;

/// What an undo op puts back; stored when it is queued.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Back {
    /// Values from before; null clears.
    pub(super) fields: FieldMap,
    /// Reference that the undone op added.
    pub(super) external: Option<ExternalRef>,
}

impl Back {
    pub(super) fn load(connection: &Connection, op_id: &str) -> DbResult<Back> {
        let mut statement = connection
            .prepare_cached("SELECT image FROM before_images WHERE op_id = ?1 AND part = 'fields'")?;
        let mut rows = statement.query([op_id])?;
        match rows.next()? {
            Some(row) => Ok(serde_json::from_str(text(row, 0)?)?),
            None => Ok(Back::default()),
        }
    }
}

/// Ops of a job that WedSync took and nobody has taken back, last first: children come before their parents. A create
/// that WedSync answered with a record it already had made nothing, so that there is nothing to take back.
pub(super) fn items(
    connection: &Connection,
    job_id: &str,
    before: Option<u64>,
    limit: u32,
) -> DbResult<Vec<UndoItem>> {
    let aliases = Aliases::load(connection)?;
    let rows = {
        let mut statement = connection.prepare_cached(&format!(
            "{ROW} WHERE job_id = ?1 AND state = 'acked' AND version IS NOT NULL AND undone_by IS NULL
             AND undo_of IS NULL AND (kind <> 'create' OR outcome = 'created') AND seq < ?2
             ORDER BY seq DESC LIMIT ?3"
        ))?;
        let before = before.map_or(i64::MAX, signed);
        statement.query_and_then((job_id, before, limit), read_row)?.collect::<DbResult<Vec<OutRow>>>()?
    };
    let account: Option<(String, String)> = connection
        .query_row(
            "SELECT i.provider_key, i.account ->> '$.account_id' FROM crm_sync_jobs j
             JOIN crm_integrations i ON i.id = j.integration_id WHERE j.id = ?1",
            [job_id],
            |row| Ok((row.get(0)?, row.get::<_, Option<String>>(1)?.unwrap_or_default())),
        )
        .optional()?;
    let (provider, account) = account.unwrap_or_default();
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        let op = row.op(connection, &aliases)?;
        let mut after = op.after.clone();
        if let Some(answer) = &row.answer {
            after.extend(serde_json::from_str::<FieldMap>(answer)?);
        }
        let before = if op.kind == OpKind::Create {
            FieldMap::new()
        } else {
            after
                .keys()
                .map(|name| (name.clone(), op.before.get(name).cloned().unwrap_or(Json::Null)))
                .collect()
        };
        let external =
            op.source.filter(|source| source.is_external() && op.kind != OpKind::Update).map(|source| {
                ExternalRef {
                    provider: provider.clone(),
                    account: account.clone(),
                    stream: source.stream,
                    id: source.id,
                }
            });
        items.push(UndoItem {
            place: count(row.seq),
            op_id: row.op_id,
            kind: op.kind,
            record: row.key,
            version: row.version.unwrap_or_default(),
            before,
            after,
            external,
        });
    }
    Ok(items)
}

pub(super) fn enqueue(
    write: &mut Write<'_>,
    job_id: &str,
    of_job: &str,
    connection_id: &str,
    items: &[UndoItem],
    actor: &Actor,
) -> DbResult<u64> {
    let tx = write.tx;
    let connection = connection_no(tx, connection_id)?;
    let scope = format!("undo:{job_id}");
    let mut queued = 0;
    for item in items {
        let kind = match item.kind {
            OpKind::Create => OpKind::Delete,
            OpKind::Update => OpKind::Update,
            OpKind::Link => OpKind::Link,
            OpKind::Delete => OpKind::Create,
        };
        let id = op_id(&scope, &item.op_id);
        let fresh = tx
            .prepare_cached(
                "INSERT INTO outbox (op_id, job_id, connection, undo_of, kind, record_type, record_id, expected)
                 SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8
                 WHERE EXISTS (SELECT 1 FROM outbox WHERE op_id = ?4 AND job_id = ?9 AND undone_by IS NULL)
                 ON CONFLICT (op_id) DO NOTHING",
            )?
            .execute((
                &id,
                job_id,
                connection,
                &item.op_id,
                kind.as_str(),
                item.record.record_type.as_str(),
                &item.record.id,
                item.version,
                of_job,
            ))?;
        if fresh == 0 {
            continue;
        }
        let back = Back {
            fields: if item.kind == OpKind::Create { FieldMap::new() } else { item.before.clone() },
            external: if item.kind == OpKind::Link { item.external.clone() } else { None },
        };
        tx.prepare_cached(
            "INSERT OR REPLACE INTO before_images (op_id, part, record_type, image) VALUES (?1, 'fields', ?2, ?3)",
        )?
        .execute((&id, item.record.record_type.as_str(), serde_json::to_string(&back)?))?;
        write.audit(&Entry {
            record: Some((item.record.record_type.as_str(), &item.record.id)),
            ..Entry::plain(actor, "record.undo_queued", None)
        })?;
        queued += 1;
    }
    Ok(queued)
}

/// Link and base as they were before the op that was taken back.
pub(super) fn take_back_agreement(
    tx: &Transaction<'_>,
    answering: &Answering<'_>,
    aliases: &Aliases,
    row: &OutRow,
    back: &Back,
) -> DbResult<()> {
    let Some(undone) = &row.undo_of else { return Ok(()) };
    let original = {
        let mut statement = tx.prepare_cached(&format!("{ROW} WHERE op_id = ?1"))?;
        statement.query_and_then([undone], read_row)?.next().transpose()?
    };
    let Some(original) = original else { return Ok(()) };
    tx.prepare_cached("UPDATE outbox SET undone_by = ?2 WHERE seq = ?1")?
        .execute((original.seq, &row.op_id))?;
    let op = original.op(tx, aliases)?;
    if let Some(source) = &op.source {
        let stream = make_stream(tx, &answering.connection_id, &source.stream)?;
        let record_type = row.key.record_type;
        match original.kind {
            OpKind::Create | OpKind::Link => {
                for rows in ["record_links", "base_values"] {
                    tx.prepare_cached(&format!(
                        "DELETE FROM {rows} WHERE stream = ?1 AND external_id = ?2 AND record_type = ?3"
                    ))?
                    .execute((stream, &source.id, record_type.as_str()))?;
                }
            }
            OpKind::Update | OpKind::Delete => {
                let image: Option<String> = tx
                    .prepare_cached(
                        "SELECT image FROM before_images WHERE op_id = ?1 AND part = 'base' AND stream = ?2
                         AND external_id = ?3 AND record_type = ?4",
                    )?
                    .query_row((undone, stream, &source.id, record_type.as_str()), |row| row.get(0))
                    .optional()?
                    .flatten();
                let image: BTreeMap<String, BasePair> =
                    image.as_deref().map(serde_json::from_str).transpose()?.unwrap_or_default();
                let held = base_pairs(tx, stream, &source.id, record_type)?;
                let mut pairs: BTreeMap<String, BasePair> =
                    held.as_deref().map(serde_json::from_str).transpose()?.unwrap_or_default();
                // Fields that somebody changed since keep the base that the upload gave them.
                let kept = |name: &String| op.after.contains_key(name) && !back.fields.contains_key(name);
                pairs
                    .retain(|name, _| kept(name) || image.contains_key(name) || !op.pairs.contains_key(name));
                for (name, pair) in image {
                    if op.pairs.contains_key(&name) && !kept(&name) {
                        pairs.insert(name, pair);
                    }
                }
                put_base(tx, stream, &source.id, record_type, &serde_json::to_string(&pairs)?)?;
            }
        }
    }
    if let (Some(plan), Some(unit)) = (original.plan, original.unit) {
        restore_adoptions(tx, plan, unit)?;
    }
    Ok(())
}

/// Pairs that a unit adopted beside its ops go back with the first of them.
fn restore_adoptions(tx: &Transaction<'_>, plan: i64, unit: i64) -> DbResult<()> {
    let image = unit_image(plan, unit);
    type Adopted = (i64, String, String, Option<String>);
    let adopted: Vec<Adopted> = tx
        .prepare_cached(
            "DELETE FROM before_images WHERE op_id = ?1 AND part = 'adopted'
             RETURNING stream, external_id, record_type, image",
        )?
        .query_map([image], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?
        .collect::<rusqlite::Result<_>>()?;
    for (stream, external_id, record_type, image) in adopted {
        match image {
            Some(pairs) => {
                put_base(tx, stream, &external_id, crate::plan::record_type(&record_type)?, &pairs)?;
            }
            None => {
                tx.prepare_cached(
                    "DELETE FROM base_values WHERE stream = ?1 AND external_id = ?2 AND record_type = ?3",
                )?
                .execute((stream, external_id, record_type))?;
            }
        }
    }
    Ok(())
}

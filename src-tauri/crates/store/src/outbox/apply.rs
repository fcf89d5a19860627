//! Applying approved units locally and queueing their operations.

use std::collections::HashMap;

use hub_core::fields::field_type;
use hub_core::job::Phase;
use hub_core::plan::{OpKind, PlanOp, op_id};
use hub_core::ports::{AccountRef, Actor};
use hub_core::record::RecordType;
use hub_core::value::same_value;
use rusqlite::{Connection, OptionalExtension, Transaction};
use serde_json::Value as Json;

use crate::alias::Aliases;
use crate::audit::Entry;
use crate::base::{adopt, unit_image};
use crate::connections::connection_no;
use crate::error::{DbResult, not_found, refused};
use crate::jobs::signed;
use crate::mirror;
use crate::plan::{UnitBody, plan_no, text, unit_hash, unit_ops};
use crate::source::StreamNumbers;
use crate::store::Write;
use crate::time::nanos;
use crate::typed::Typed;

/// A unit as applying needs it.
struct Unit {
    seq: i64,
    client_id: String,
    approved_hash: String,
    body: UnitBody,
}

pub(super) fn run(
    write: &mut Write<'_>,
    plan_id: &str,
    job_id: &str,
    connection_id: &str,
    account: &AccountRef<'_>,
    seqs: &[u64],
    actor: &Actor,
) -> DbResult<u64> {
    let tx = write.tx;
    let plan = plan_no(tx, plan_id)?;
    let connection = connection_no(tx, connection_id)?;
    require_account(tx, connection_id, account)?;
    if ended(tx, job_id)? {
        // Stopped while this step was on its way: what it would queue, nobody would send.
        return Ok(0);
    }
    let aliases = Aliases::load(tx)?;
    let mut typed = Typed::new(tx, write.store.today(tx)?)?;
    let mut streams = StreamNumbers::new(connection_id);
    let mut enqueued = 0;
    for seq in seqs {
        let Some(unit) = approved(tx, &aliases, plan, signed(*seq))? else { continue };
        let ops = unit_ops(tx, &aliases, plan, unit.seq)?;
        // Hashes were taken before any id was replaced: they stand in the stored texts.
        let hash = unit_hash(ops.iter().map(|(_, op)| op.hash.as_str()));
        let mut expected = Vec::with_capacity(ops.len());
        let mut moved = hash != unit.approved_hash;
        for (_, op) in &ops {
            match precondition(tx, &mut streams, connection, op)? {
                Check::Unmoved(version) => expected.push(version),
                Check::Moved => moved = true,
            }
        }
        if moved {
            set_state(tx, plan, unit.seq, "moved")?;
            write.audit(&Entry {
                record: Some(("unit", &format!("{plan_id}/{seq}"))),
                ..Entry::plain(actor, "unit.moved", None)
            })?;
            continue;
        }
        let image = unit_image(plan, unit.seq);
        for adoption in &unit.body.adopted {
            adopt(write, connection_id, adoption, Some(&image), actor)?;
        }
        let mut places: HashMap<&str, i64> = HashMap::new();
        for ((ord, op), expected) in ops.iter().zip(expected) {
            let depends_on = match op.parent.as_deref() {
                None => None,
                Some(parent) => match places.get(parent) {
                    Some(place) => Some(*place),
                    None => pending_of(tx, parent)?,
                },
            };
            let place = enqueue(
                tx,
                &Queued {
                    op_id: op_id(plan_id, &op.hash),
                    job_id,
                    connection,
                    plan,
                    unit: unit.seq,
                    ord: *ord,
                    depends_on,
                    expected,
                },
                op,
            )?;
            let Some(place) = place else { continue };
            places.insert(&op.record.id, place);
            enqueued += 1;
            reserve_link(tx, &mut streams, connection, &unit.client_id, op)?;
            show_op(tx, &mut typed, op)?;
            let before = if op.before.is_empty() { None } else { Some(serde_json::to_string(&op.before)?) };
            write.audit(&Entry {
                actor,
                action: "record.apply",
                record: Some((op.record.record_type.as_str(), &op.record.id)),
                subject: Some(&unit.client_id),
                before: before.as_deref(),
                after: Some(&serde_json::to_string(&op.after)?),
            })?;
        }
        let state = if ops.is_empty() { "done" } else { "applied" };
        set_state(tx, plan, unit.seq, state)?;
        if ops.is_empty() {
            // Both sides say the same already: that is agreed here and now, without anything to send.
            super::ack::synced(tx, plan, unit.seq, nanos(actor.at))?;
            write.audit(&Entry {
                record: Some(("unit", &format!("{plan_id}/{seq}"))),
                ..Entry::plain(actor, "unit.done", None)
            })?;
        }
    }
    typed.settle()?;
    Ok(enqueued)
}

fn ended(tx: &Connection, job_id: &str) -> DbResult<bool> {
    let phase: Option<String> = tx
        .prepare_cached("SELECT phase FROM crm_sync_jobs WHERE id = ?1")?
        .query_row([job_id], |row| row.get(0))
        .optional()?;
    let phase = phase.ok_or_else(|| not_found("job", job_id))?;
    Ok(Phase::parse(&phase).is_some_and(Phase::is_terminal))
}

/// The references that will be sent name the account of the connection, and no other (F36).
fn require_account(tx: &Connection, connection_id: &str, account: &AccountRef<'_>) -> DbResult<()> {
    let (provider, held) = account_of(tx, connection_id)?;
    if provider == account.provider && held == account.account {
        Ok(())
    } else {
        Err(refused("error.other_account"))
    }
}

/// Provider key and account id of a connection.
pub(super) fn account_of(connection: &Connection, connection_id: &str) -> DbResult<(String, String)> {
    connection
        .prepare_cached(
            "SELECT provider_key, account ->> '$.account_id' FROM crm_integrations WHERE id = ?1",
        )?
        .query_row([connection_id], |row| {
            Ok((row.get(0)?, row.get::<_, Option<String>>(1)?.unwrap_or_default()))
        })
        .optional()?
        .ok_or_else(|| not_found("connection", connection_id))
}

fn approved(tx: &Transaction<'_>, aliases: &Aliases, plan: i64, seq: i64) -> DbResult<Option<Unit>> {
    let mut statement = tx.prepare_cached(
        "SELECT client_id, approved_hash, body FROM plan_units WHERE plan = ?1 AND seq = ?2 AND state = 'approved'",
    )?;
    statement
        .query_and_then((plan, seq), |row| {
            Ok(Unit {
                seq,
                client_id: aliases.now(text(row, 0)?).to_owned(),
                approved_hash: row.get(1)?,
                body: aliases.parse(text(row, 2)?)?,
            })
        })?
        .next()
        .transpose()
}

pub(super) fn set_state(tx: &Transaction<'_>, plan: i64, seq: i64, state: &str) -> DbResult<()> {
    tx.prepare_cached("UPDATE plan_units SET state = ?3 WHERE plan = ?1 AND seq = ?2")?
        .execute((plan, seq, state))?;
    Ok(())
}

/// Whether what an operation stands on is still so.
enum Check {
    /// It is; the version to expect in WedSync.
    Unmoved(Option<i64>),
    /// It is not: the unit asks again.
    Moved,
}

fn precondition(
    tx: &Transaction<'_>,
    streams: &mut StreamNumbers,
    connection: i64,
    op: &PlanOp,
) -> DbResult<Check> {
    if let Some(source) = &op.source
        && taken_elsewhere(tx, streams, connection, op, &source.stream, &source.id)?
    {
        return Ok(Check::Moved);
    }
    match op.kind {
        OpKind::Create => match mirror::version_of(tx, &op.record)? {
            Some((_, false)) => Ok(Check::Moved),
            Some((_, true)) | None => Ok(Check::Unmoved(None)),
        },
        OpKind::Update | OpKind::Link | OpKind::Delete => {
            let Some((version, deleted)) = mirror::version_of(tx, &op.record)? else {
                return Ok(Check::Moved);
            };
            if deleted {
                return Ok(Check::Moved);
            }
            if op.base_version == Some(version) {
                return Ok(Check::Unmoved(Some(version)));
            }
            // A change of other fields does not move this op; a change of its own does (MODEL 6).
            let Some(held) = mirror::find(tx, &op.record)? else { return Ok(Check::Moved) };
            let unmoved = op.after.keys().all(|name| {
                let before = op.before.get(name).unwrap_or(&Json::Null);
                let now = held.fields.get(name).unwrap_or(&Json::Null);
                same_value(field_type(op.record.record_type, name), before, now)
            });
            Ok(if unmoved { Check::Unmoved(Some(version)) } else { Check::Moved })
        }
    }
}

/// Whether the source is linked to another record, or the record to another source of this connection (SYNC-LAW 19).
fn taken_elsewhere(
    tx: &Transaction<'_>,
    streams: &mut StreamNumbers,
    connection: i64,
    op: &PlanOp,
    stream: &str,
    external_id: &str,
) -> DbResult<bool> {
    let record_type = op.record.record_type.as_str();
    let stream = streams.of(tx, stream)?;
    let by_source: Option<(String, bool)> = tx
        .prepare_cached(
            "SELECT record_id, confirmed FROM record_links WHERE stream = ?1 AND external_id = ?2 AND record_type = ?3",
        )?
        .query_row((stream, external_id, record_type), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    if let Some((record_id, confirmed)) = by_source
        && confirmed
        && record_id != op.record.id
    {
        return Ok(true);
    }
    let by_record: Option<(i64, String)> = tx
        .prepare_cached(
            "SELECT stream, external_id FROM record_links WHERE record_id = ?1 AND record_type = ?2 AND connection = ?3",
        )?
        .query_row((&op.record.id, record_type, connection), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(by_record.is_some_and(|(held_stream, held_id)| held_stream != stream || held_id != external_id))
}

fn pending_of(tx: &Transaction<'_>, record_id: &str) -> DbResult<Option<i64>> {
    Ok(tx
        .prepare_cached(
            "SELECT seq FROM outbox INDEXED BY outbox_by_record WHERE record_id = ?1 AND state IN ('queued', 'sent') AND kind = 'create'
             ORDER BY seq LIMIT 1",
        )?
        .query_row([record_id], |row| row.get(0))
        .optional()?)
}

struct Queued<'a> {
    op_id: String,
    job_id: &'a str,
    connection: i64,
    plan: i64,
    unit: i64,
    ord: i64,
    depends_on: Option<i64>,
    expected: Option<i64>,
}

/// Queues an op; `None` when this very op is in the outbox already.
fn enqueue(tx: &Transaction<'_>, queued: &Queued<'_>, op: &PlanOp) -> DbResult<Option<i64>> {
    Ok(tx
        .prepare_cached(
            "INSERT INTO outbox (op_id, job_id, connection, plan, unit, ord, kind, record_type, record_id, depends_on,
             expected) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT (op_id) DO NOTHING
             RETURNING seq",
        )?
        .query_row(
            (
                &queued.op_id,
                queued.job_id,
                queued.connection,
                queued.plan,
                queued.unit,
                queued.ord,
                op.kind.as_str(),
                op.record.record_type.as_str(),
                &op.record.id,
                queued.depends_on,
                queued.expected,
            ),
            |row| row.get(0),
        )
        .optional()?)
}

/// Points the source at the record it becomes; WedSync's answer confirms it.
fn reserve_link(
    tx: &Transaction<'_>,
    streams: &mut StreamNumbers,
    connection: i64,
    client_id: &str,
    op: &PlanOp,
) -> DbResult<()> {
    let Some(source) = &op.source else { return Ok(()) };
    let stream = streams.of(tx, &source.stream)?;
    // An appointment without a client is what its unit is about, and belongs to nobody.
    let alone = op.record.record_type != RecordType::Client && op.record.id == client_id;
    let client_id = if alone { "" } else { client_id };
    tx.prepare_cached(
        "INSERT INTO record_links (stream, external_id, record_type, connection, record_id, client_id, confirmed)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0)
         ON CONFLICT (stream, external_id, record_type) DO UPDATE SET record_id = excluded.record_id,
         client_id = excluded.client_id WHERE confirmed = 0",
    )?
    .execute((stream, &source.id, op.record.record_type.as_str(), connection, &op.record.id, client_id))?;
    Ok(())
}

fn show_op(tx: &Transaction<'_>, typed: &mut Typed<'_>, op: &PlanOp) -> DbResult<()> {
    if op.kind == OpKind::Create {
        return typed.put(op.record.record_type, &op.record.id, &op.after);
    }
    if op.after.is_empty() {
        return Ok(());
    }
    let held = mirror::find(tx, &op.record)?.map(|record| record.fields).unwrap_or_default();
    let mut shown = mirror::with_pending(tx, &op.record, &held)?;
    shown.extend(op.after.clone());
    typed.put(op.record.record_type, &op.record.id, &shown)
}

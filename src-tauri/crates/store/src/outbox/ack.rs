//! Taking WedSync's answer to a batch: everything that follows from it, in one transaction (SYNC-LAW 16).

use std::collections::{BTreeMap, BTreeSet, HashMap, btree_map};

use hub_core::job::Outcome;
use hub_core::plan::{BasePair, OpKind, PlanOp};
use hub_core::ports::{AckEffect, Actor, CloudRecord, OpResult, OpStatus};
use hub_core::record::{ExternalRef, RecordKey};
use rusqlite::{OptionalExtension, Transaction};
use serde_json::{Value as Json, json};

use super::undo::{self, Back};
use super::{OutRow, ROW, apply, read_row, rekey};
use crate::alias::Aliases;
use crate::audit::Entry;
use crate::base::merge;
use crate::error::{DbResult, not_found, refused};
use crate::jobs::{Line, put_log};
use crate::mirror::{self, base_pairs, put_base};
use crate::source::StreamNumbers;
use crate::store::Write;
use crate::time::nanos;
use crate::typed::{Typed, table};

/// What every answer of one batch needs.
pub(super) struct Answering<'a> {
    pub(super) connection_id: String,
    streams: StreamNumbers,
    account: (String, String),
    generation: i64,
    pub(super) now: i64,
    pub(super) actor: &'a Actor,
    aliases: Aliases,
    /// Operations that were read when the batch was cut, by place in the queue.
    ops: HashMap<i64, PlanOp>,
    effect: AckEffect,
    units: BTreeSet<(i64, i64)>,
    /// Units of which WedSync took something.
    agreed: BTreeSet<(i64, i64)>,
}

pub(super) fn run(
    write: &mut Write<'_>,
    batch_id: &str,
    ops: HashMap<i64, PlanOp>,
    results: &[OpResult],
    actor: &Actor,
) -> DbResult<AckEffect> {
    let tx = write.tx;
    let (job_id, effect): (String, Option<String>) = tx
        .query_row(
            "SELECT job_id, CASE WHEN answered_at IS NOT NULL THEN effect END FROM outbox_batches WHERE id = ?1",
            [batch_id],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?
        .ok_or_else(|| not_found("batch", batch_id))?;
    if let Some(effect) = effect {
        // Answered before: once is enough (SYNC-LAW 12).
        let [accepted, conflicts, rejected, held] = serde_json::from_str(&effect)?;
        return Ok(AckEffect { accepted, conflicts, rejected, held });
    }
    let rows = {
        let mut statement =
            tx.prepare_cached(&format!("{ROW} WHERE batch_id = ?1 AND state = 'sent' ORDER BY seq"))?;
        statement.query_and_then([batch_id], read_row)?.collect::<DbResult<Vec<OutRow>>>()?
    };
    let answers: HashMap<&str, &OpResult> =
        results.iter().map(|result| (result.op_id.as_str(), result)).collect();
    if rows.iter().any(|row| !answers.contains_key(row.op_id.as_str())) {
        // An answer that leaves an op out says nothing about it; the batch is sent again as it is.
        return Err(refused("error.answer_incomplete"));
    }
    let connection_id: String =
        tx.query_row("SELECT integration_id FROM crm_sync_jobs WHERE id = ?1", [&job_id], |row| row.get(0))?;
    let mut answering = Answering {
        account: apply::account_of(tx, &connection_id)?,
        streams: StreamNumbers::new(&connection_id),
        connection_id,
        generation: mirror::generation(tx)?,
        now: nanos(actor.at),
        actor,
        aliases: Aliases::load(tx)?,
        ops,
        effect: AckEffect::default(),
        units: BTreeSet::new(),
        agreed: BTreeSet::new(),
    };
    let mut typed = Typed::new(tx, write.store.today(tx)?)?;
    for mut row in rows {
        // An earlier answer of this batch may have given the record another id.
        row.key.id = answering.aliases.now(&row.key.id).to_owned();
        if let Some(result) = answers.get(row.op_id.as_str()) {
            answer(write, &mut answering, &mut typed, &mut row, result)?;
        }
    }
    typed.settle()?;
    for (plan, unit) in &answering.units {
        settle_unit(tx, *plan, *unit)?;
    }
    for (plan, unit) in &answering.agreed {
        synced(tx, *plan, *unit, answering.now)?;
    }
    let effect = answering.effect.clone();
    tx.execute(
        "UPDATE outbox_batches SET answered_at = ?2, effect = ?3 WHERE id = ?1",
        (
            batch_id,
            answering.now,
            json!([effect.accepted, effect.conflicts, effect.rejected, effect.held]).to_string(),
        ),
    )?;
    write
        .audit(&Entry { record: Some(("batch", batch_id)), ..Entry::plain(actor, "batch.answered", None) })?;
    Ok(effect)
}

fn answer(
    write: &mut Write<'_>,
    answering: &mut Answering<'_>,
    typed: &mut Typed<'_>,
    row: &mut OutRow,
    result: &OpResult,
) -> DbResult<()> {
    if let (Some(plan), Some(unit)) = (row.plan, row.unit) {
        answering.units.insert((plan, unit));
    }
    match result.status {
        OpStatus::Created
        | OpStatus::Updated
        | OpStatus::Unchanged
        | OpStatus::Deleted
        | OpStatus::Restored => {
            answering.effect.accepted += 1;
            if row.undo_of.is_some() {
                taken_back(write, answering, typed, row, result)
            } else {
                accepted(write, answering, typed, row, result)
            }
        }
        OpStatus::Conflict => conflicted(write, answering, typed, row, result),
        OpStatus::Rejected => rejected(write, answering, typed, row, result),
    }
}

/// Sets a row's state; `version` stays empty for what was not taken, so that an undo passes it over.
fn settle_row(
    tx: &Transaction<'_>,
    row: &OutRow,
    state: &str,
    outcome: Outcome,
    version: Option<i64>,
    answer: Option<&Json>,
) -> DbResult<()> {
    tx.prepare_cached(
        "UPDATE outbox SET state = ?2, outcome = ?3, version = ?4, answer = ?5 WHERE seq = ?1",
    )?
    .execute((row.seq, state, outcome.as_str(), version, answer.map(Json::to_string)))?;
    Ok(())
}

fn accepted(
    write: &mut Write<'_>,
    answering: &mut Answering<'_>,
    typed: &mut Typed<'_>,
    row: &mut OutRow,
    result: &OpResult,
) -> DbResult<()> {
    let tx = write.tx;
    let mut renamed = false;
    if let Some(id) = result.id.as_ref().filter(|id| **id != row.key.id) {
        rekey::run(tx, typed, row.key.record_type, &row.key.id, id, answering.now)?;
        row.key.id.clone_from(id);
        answering.aliases = Aliases::load(tx)?;
        renamed = true;
    }
    let op = match answering.ops.remove(&row.seq).filter(|_| answering.aliases.is_empty()) {
        Some(op) => op,
        None => row.op(tx, &answering.aliases)?,
    };
    let known = mirror::find(tx, &row.key)?;
    let was_there = known.is_some();
    let mut record = known.unwrap_or_else(|| CloudRecord {
        key: row.key.clone(),
        fields: hub_core::record::FieldMap::new(),
        version: 0,
        external_refs: Vec::new(),
        deleted: false,
    });
    // An answer that was lost for long may come after the mirror has read somebody's later word.
    let late = result.version.is_some_and(|version| version < record.version);
    if !late {
        for (name, value) in op.after.iter().chain(&result.fields) {
            if value.is_null() {
                record.fields.remove(name);
            } else {
                record.fields.insert(name.clone(), value.clone());
            }
        }
        record.deleted = row.kind == OpKind::Delete;
    }
    record.version = result.version.unwrap_or(record.version + 1).max(record.version);
    let reference = reference_of(answering, &op);
    if let Some(reference) = reference
        && !record.external_refs.contains(&reference)
    {
        record.external_refs.push(reference);
    }
    mirror::put(tx, &record, answering.generation, answering.now)?;
    let outcome = match (row.kind, result.status) {
        (OpKind::Link, _) => Outcome::Linked,
        (_, OpStatus::Unchanged) => Outcome::Unchanged,
        (OpKind::Create, OpStatus::Created | OpStatus::Restored) => Outcome::Created,
        (OpKind::Create | OpKind::Update | OpKind::Delete, _) => Outcome::Updated,
    };
    // Settled before it is shown: what is answered is no longer pending over what WedSync stored.
    let answer = if result.fields.is_empty() { None } else { Some(serde_json::to_value(&result.fields)?) };
    settle_row(tx, row, "acked", outcome, Some(record.version), answer.as_ref())?;
    let shown = tx
        .prepare_cached(&format!(
            "SELECT 1 FROM {} WHERE id = ?1 AND awaited = 0",
            table(row.key.record_type)
        ))?
        .exists([&row.key.id])?;
    if renamed || was_there || !shown || !result.fields.is_empty() {
        mirror::show(typed, tx, &row.key, answering.now)?;
    }
    agree(tx, answering, &op, row, result)?;
    answering.agreed.extend(row.plan.zip(row.unit));
    typed.touch_link(row.key.record_type, &row.key.id)?;
    log(write, answering, row, Some(&op), outcome, None, None)?;
    audit(write, answering, row, &op.before, &record.fields, "record.acknowledged")
}

/// Notes on the client of a unit when it last agreed with its CRM (R100).
pub(super) fn synced(tx: &Transaction<'_>, plan: i64, unit: i64, now: i64) -> DbResult<()> {
    tx.prepare_cached(
        "UPDATE clients SET last_crm_sync_at = ?3 WHERE id = (SELECT coalesce(
           (SELECT new_id FROM id_aliases WHERE record_type = 'client' AND old_id = u.client_id), u.client_id)
         FROM plan_units u WHERE u.plan = ?1 AND u.seq = ?2)",
    )?
    .execute((plan, unit, now))?;
    Ok(())
}

fn reference_of(answering: &Answering<'_>, op: &PlanOp) -> Option<ExternalRef> {
    let source = op.source.as_ref().filter(|source| source.is_external())?;
    let (provider, account) = &answering.account;
    Some(ExternalRef {
        provider: provider.clone(),
        account: account.clone(),
        stream: source.stream.clone(),
        id: source.id.clone(),
    })
}

/// Confirms the link and moves the base, per field, to what WedSync stored: an answered value counts as read back.
fn agree(
    tx: &Transaction<'_>,
    answering: &mut Answering<'_>,
    op: &PlanOp,
    row: &OutRow,
    result: &OpResult,
) -> DbResult<()> {
    let Some(source) = &op.source else { return Ok(()) };
    let stream = answering.streams.of(tx, &source.stream)?;
    let record_type = row.key.record_type;
    tx.prepare_cached(
        "UPDATE record_links SET confirmed = 1, record_id = ?4 WHERE stream = ?1 AND external_id = ?2
         AND record_type = ?3",
    )?
    .execute((stream, &source.id, record_type.as_str(), &row.key.id))?;
    if op.pairs.is_empty() {
        return Ok(());
    }
    let mut pairs = op.pairs.clone();
    for (name, stored) in &result.fields {
        if let Some(pair) = pairs.get_mut(name) {
            let wedsync = read_back(stored, &pair.wedsync);
            *pair = BasePair { crm: pair.crm.clone(), wedsync };
        }
    }
    let held = base_pairs(tx, stream, &source.id, record_type)?;
    if let Some(held) = &held {
        tx.prepare_cached(
            "INSERT OR IGNORE INTO before_images (op_id, part, stream, external_id, record_type, image)
             VALUES (?1, 'base', ?2, ?3, ?4, ?5)",
        )?
        .execute((&row.op_id, stream, &source.id, record_type.as_str(), held))?;
    }
    put_base(tx, stream, &source.id, record_type, &merge(held.as_deref(), &pairs)?)
}

/// What WedSync stored of what was agreed: of a keyed list only the elements that both sides have.
fn read_back(stored: &Json, agreed: &Json) -> Json {
    match (stored, agreed) {
        (Json::Object(stored), Json::Object(agreed)) => Json::Object(
            stored
                .iter()
                .filter(|(key, _)| agreed.contains_key(*key))
                .map(|(key, element)| (key.clone(), element.clone()))
                .collect(),
        ),
        _ => stored.clone(),
    }
}

/// An undo was taken: record, link and base are as they were before the operation it takes back.
fn taken_back(
    write: &mut Write<'_>,
    answering: &mut Answering<'_>,
    typed: &mut Typed<'_>,
    row: &OutRow,
    result: &OpResult,
) -> DbResult<()> {
    let tx = write.tx;
    let back = Back::load(tx, &row.op_id)?;
    let known = mirror::find(tx, &row.key)?;
    let before = known.as_ref().map(|record| record.fields.clone()).unwrap_or_default();
    if let Some(mut record) = known {
        for (name, value) in back.fields.iter().chain(&result.fields) {
            if value.is_null() {
                record.fields.remove(name);
            } else {
                record.fields.insert(name.clone(), value.clone());
            }
        }
        record.version = result.version.unwrap_or(record.version + 1).max(record.version);
        record.deleted = row.kind == OpKind::Delete;
        if let Some(reference) = &back.external {
            record.external_refs.retain(|held| held != reference);
        }
        if row.kind == OpKind::Delete {
            record.external_refs.clear();
        }
        mirror::put(tx, &record, answering.generation, answering.now)?;
        mirror::show(typed, tx, &row.key, answering.now)?;
        undo::take_back_agreement(tx, answering, &answering.aliases, row, &back)?;
        settle_row(tx, row, "acked", Outcome::Updated, Some(record.version), None)?;
        let action = if row.kind == OpKind::Delete { Some("deleted") } else { None };
        log(write, answering, row, None, Outcome::Updated, action, None)?;
        match row.key.record_type {
            hub_core::record::RecordType::Client => typed.touch(&row.key.id),
            hub_core::record::RecordType::Person => typed.touch_clients_of(&row.key.id)?,
            _ => {}
        }
        audit(write, answering, row, &before, &record.fields, "record.taken_back")?;
    } else {
        settle_row(tx, row, "acked", Outcome::Unchanged, result.version, None)?;
    }
    Ok(())
}

fn conflicted(
    write: &mut Write<'_>,
    answering: &mut Answering<'_>,
    typed: &mut Typed<'_>,
    row: &OutRow,
    result: &OpResult,
) -> DbResult<()> {
    let tx = write.tx;
    answering.effect.conflicts += 1;
    settle_row(tx, row, "acked", Outcome::ConflictWaiting, None, None)?;
    if let Some(current) = &result.current {
        let newer =
            mirror::version_of(tx, &current.key)?.is_none_or(|(version, _)| version < current.version);
        if newer {
            mirror::put(tx, current, answering.generation, answering.now)?;
        }
        if current.key != row.key {
            mirror::show(typed, tx, &current.key, answering.now)?;
        }
    }
    mirror::show(typed, tx, &row.key, answering.now)?;
    if let (Some(plan), Some(unit)) = (row.plan, row.unit) {
        apply::set_state(tx, plan, unit, "moved")?;
    }
    log(write, answering, row, None, Outcome::ConflictWaiting, None, None)?;
    audit(write, answering, row, &Default::default(), &Default::default(), "record.conflict")
}

fn rejected(
    write: &mut Write<'_>,
    answering: &mut Answering<'_>,
    typed: &mut Typed<'_>,
    row: &OutRow,
    result: &OpResult,
) -> DbResult<()> {
    let tx = write.tx;
    answering.effect.rejected += 1;
    let why = json!({ "field": result.field, "code": result.code, "params": result.params });
    settle_row(tx, row, "rejected", Outcome::RejectedByWedsync, None, Some(&why))?;
    log(write, answering, row, None, Outcome::RejectedByWedsync, None, Some(&why))?;
    audit(write, answering, row, &Default::default(), &Default::default(), "record.rejected")?;
    // Its children wait, naming it, and are shown no more: what was never sent is not in the book.
    let held = waiting_for(tx, row)?;
    for child in &held {
        let why = json!({ "parent": row.key.id });
        settle_row(tx, child, "held", Outcome::RejectedByWedsync, None, Some(&why))?;
        log(write, answering, child, None, Outcome::RejectedByWedsync, None, Some(&why))?;
        answering.effect.held += 1;
    }
    for child in held.iter().chain([row]) {
        mirror::show(typed, tx, &child.key, answering.now)?;
    }
    Ok(())
}

/// The queued operations that cannot go without a refused record, the last first: those that wait for it, those of its
/// unit that name a record it would have made, and so on down the line.
fn waiting_for(tx: &Transaction<'_>, refused: &OutRow) -> DbResult<Vec<OutRow>> {
    let mut by_parent = tx.prepare_cached(&format!("{ROW} WHERE depends_on = ?1 AND state = 'queued'"))?;
    // A child has one parent it waits for and may name several; ids are looked for as the stored texts write them.
    let mut by_name = tx.prepare_cached(&format!(
        "{ROW} WHERE plan = ?1 AND unit = ?2 AND state = 'queued' AND EXISTS (
           SELECT 1 FROM plan_ops p WHERE p.plan = outbox.plan AND p.seq = outbox.unit AND p.ord = outbox.ord
           AND (instr(p.op, ?3) OR instr(p.op, ?4)))"
    ))?;
    let mut found: BTreeMap<i64, OutRow> = BTreeMap::new();
    let mut next = vec![refused.clone()];
    while let Some(parent) = next.pop() {
        let mut children =
            by_parent.query_and_then([parent.seq], read_row)?.collect::<DbResult<Vec<OutRow>>>()?;
        if let (OpKind::Create, Some(plan), Some(unit)) = (parent.kind, parent.plan, parent.unit) {
            let named = (plan, unit, format!("\"{}\"", parent.key.id), format!("\"{}:", parent.key.id));
            children.extend(by_name.query_and_then(named, read_row)?.collect::<DbResult<Vec<OutRow>>>()?);
        }
        for child in children {
            if let btree_map::Entry::Vacant(place) = found.entry(child.seq) {
                next.push(child.clone());
                place.insert(child);
            }
        }
    }
    Ok(found.into_values().rev().collect())
}

fn log(
    write: &Write<'_>,
    answering: &Answering<'_>,
    row: &OutRow,
    op: Option<&PlanOp>,
    outcome: Outcome,
    action: Option<&str>,
    error: Option<&Json>,
) -> DbResult<()> {
    let external = op.and_then(|op| op.source.as_ref()).filter(|source| source.is_external());
    let details = match op {
        Some(op) => json!({
            "reason": op.reason,
            "fields": op.after.keys().collect::<Vec<_>>(),
        })
        .to_string(),
        None => "{}".to_owned(),
    };
    put_log(
        write.tx,
        &Line {
            id: &write.store.ids.new_id(),
            connection_id: &answering.connection_id,
            job_id: &row.job_id,
            record_type: row.key.record_type.as_str(),
            external_id: external.map(|source| source.id.as_str()),
            record_id: &row.key.id,
            outcome,
            action,
            details: &details,
            error: error.map(Json::to_string).as_deref(),
            at: answering.now,
        },
    )
}

fn audit(
    write: &mut Write<'_>,
    answering: &Answering<'_>,
    row: &OutRow,
    before: &hub_core::record::FieldMap,
    after: &hub_core::record::FieldMap,
    action: &str,
) -> DbResult<()> {
    let subject = subject_of(write.tx, &row.key, after)?;
    let text = |fields: &hub_core::record::FieldMap| -> DbResult<Option<String>> {
        if fields.is_empty() { Ok(None) } else { Ok(Some(serde_json::to_string(fields)?)) }
    };
    let (before, after) = (text(before)?, text(after)?);
    write.audit(&Entry {
        actor: answering.actor,
        action,
        record: Some((row.key.record_type.as_str(), &row.key.id)),
        subject: Some(&subject),
        before: before.as_deref(),
        after: after.as_deref(),
    })
}

/// Under whose key digests about a record are made: its client, else the record itself.
fn subject_of(
    tx: &Transaction<'_>,
    key: &RecordKey,
    fields: &hub_core::record::FieldMap,
) -> DbResult<String> {
    use hub_core::record::RecordType;
    Ok(match key.record_type {
        RecordType::Client => key.id.clone(),
        RecordType::Person => tx
            .prepare_cached(
                "SELECT client_id FROM client_people WHERE person_id = ?1 ORDER BY client_id LIMIT 1",
            )?
            .query_row([&key.id], |row| row.get(0))
            .optional()?
            .unwrap_or_else(|| key.id.clone()),
        _ => fields.get("client_id").and_then(Json::as_str).unwrap_or(&key.id).to_owned(),
    })
}

/// The state of a unit follows from its ops: refused when one was refused or held, done when all were taken.
fn settle_unit(tx: &Transaction<'_>, plan: i64, unit: i64) -> DbResult<()> {
    tx.prepare_cached(
        "UPDATE plan_units SET state = CASE
           WHEN EXISTS (SELECT 1 FROM outbox WHERE plan = ?1 AND unit = ?2 AND state IN ('rejected', 'held'))
             THEN 'refused'
           WHEN NOT EXISTS (SELECT 1 FROM outbox WHERE plan = ?1 AND unit = ?2 AND state <> 'acked')
             THEN 'done'
           ELSE state END
         WHERE plan = ?1 AND seq = ?2 AND state = 'applied'",
    )?
    .execute((plan, unit))?;
    Ok(())
}

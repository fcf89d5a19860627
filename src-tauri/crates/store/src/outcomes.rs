//! The sum of outcomes of a plan (SYNC-LAW 32): each record that was read counts once, under one outcome.

use std::collections::{BTreeMap, BTreeSet};

use hub_core::job::Outcome;
use hub_core::plan::{OpKind, UnitKind};
use hub_core::ports::UnitState;
use hub_core::record::RecordType;
use rusqlite::Connection;

use crate::error::{DbError, DbResult};
use crate::jobs::count;
use crate::plan::{UnitBody, op_kind, text};

/// Whether a plan only tells what it would do, or an upload has done what was approved of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Planned,
    Uploaded,
}

/// What an op counts as while its unit waits, is turned down, or runs; `sent` is what WedSync answered, if it did.
fn of_op(stage: Stage, kind: UnitKind, state: UnitState, op: OpKind, sent: Option<Outcome>) -> Outcome {
    if let Some(outcome) = sent {
        return outcome;
    }
    // What an upload left behind was not done: it changed since it was approved, or was not approved.
    if stage == Stage::Uploaded && matches!(kind, UnitKind::Changed | UnitKind::Linked | UnitKind::New) {
        match state {
            UnitState::Moved => return Outcome::ConflictWaiting,
            UnitState::Pending | UnitState::Approved => return Outcome::Skipped,
            UnitState::Rejected | UnitState::Applied | UnitState::Done | UnitState::Refused => {}
        }
    }
    if state == UnitState::Rejected {
        return Outcome::RejectedByYou;
    }
    match kind {
        UnitKind::Conflict => Outcome::ConflictWaiting,
        UnitKind::Problem => Outcome::Problem,
        UnitKind::Duplicate => Outcome::DuplicateWaiting,
        UnitKind::Skipped => Outcome::Skipped,
        UnitKind::Unchanged => Outcome::Unchanged,
        UnitKind::Changed | UnitKind::Linked | UnitKind::New => match op {
            OpKind::Create => Outcome::Created,
            OpKind::Update => Outcome::Updated,
            OpKind::Link => Outcome::Linked,
            OpKind::Delete => Outcome::Updated,
        },
    }
}

pub(crate) fn of_plan(
    connection: &Connection,
    plan: i64,
) -> DbResult<BTreeMap<String, BTreeMap<Outcome, u64>>> {
    let state: String =
        connection.query_row("SELECT state FROM plans WHERE no = ?1", [plan], |row| row.get(0))?;
    let stage = match state.as_str() {
        "executing" | "finished" => Stage::Uploaded,
        _ => Stage::Planned,
    };
    let mut sums: BTreeMap<String, BTreeMap<Outcome, u64>> = BTreeMap::new();
    // Counted here and not by GROUP BY: its sorter would hold every row of the plan in memory.
    let mut add = |record_type: &str, outcome: Outcome, n: u64| {
        if n == 0 {
            return;
        }
        match sums.get_mut(record_type) {
            Some(sum) => *sum.entry(outcome).or_default() += n,
            None => {
                sums.insert(record_type.to_owned(), BTreeMap::from([(outcome, n)]));
            }
        }
    };
    let unit = |row: &rusqlite::Row<'_>| -> DbResult<(UnitKind, UnitState)> {
        Ok((
            UnitKind::parse(text(row, 0)?).ok_or(DbError::Name { column: "plan_units.kind" })?,
            UnitState::parse(text(row, 1)?).ok_or(DbError::Name { column: "plan_units.state" })?,
        ))
    };
    let mut ops = connection.prepare_cached(
        "SELECT u.kind, u.state, p.kind, p.record_type, o.outcome FROM plan_ops p JOIN plan_units u ON u.plan = p.plan AND u.seq = p.seq
         LEFT JOIN outbox o ON o.plan = p.plan AND o.unit = p.seq AND o.ord = p.ord
         WHERE p.plan = ?1 AND p.live = 1 AND p.record_type <> 'person'",
    )?;
    let mut rows = ops.query([plan])?;
    while let Some(row) = rows.next()? {
        let (kind, state) = unit(row)?;
        let sent = row.get_ref(4)?.as_str_or_null().map_err(rusqlite::Error::from)?.and_then(Outcome::parse);
        add(text(row, 3)?, of_op(stage, kind, state, op_kind(text(row, 2)?)?, sent), 1);
    }
    drop(rows);
    // Somebody who works on many jobs stands in many units and is one record: what was sent counts, else what is
    // ready, else what waits.
    let mut people = connection.prepare_cached(
        "SELECT u.kind, u.state, p.kind, p.record_id, o.outcome
         FROM plan_ops p INDEXED BY plan_ops_people JOIN plan_units u ON u.plan = p.plan AND u.seq = p.seq
         LEFT JOIN outbox o ON o.plan = p.plan AND o.unit = p.seq AND o.ord = p.ord
         WHERE p.plan = ?1 AND p.live = 1 AND p.record_type = 'person' ORDER BY p.record_id",
    )?;
    let mut rows = people.query([plan])?;
    let mut person: Option<(String, bool, Outcome)> = None;
    while let Some(row) = rows.next()? {
        let (kind, state) = unit(row)?;
        let sent = row.get_ref(4)?.as_str_or_null().map_err(rusqlite::Error::from)?.and_then(Outcome::parse);
        let (id, outcome) = (text(row, 3)?, of_op(stage, kind, state, op_kind(text(row, 2)?)?, sent));
        match &mut person {
            Some((held, was_sent, before)) if held == id => {
                let stronger =
                    (sent.is_some(), std::cmp::Reverse(outcome)) > (*was_sent, std::cmp::Reverse(*before));
                if stronger {
                    (*was_sent, *before) = (sent.is_some(), outcome);
                }
            }
            _ => {
                if let Some((_, _, outcome)) = person.replace((id.to_owned(), sent.is_some(), outcome)) {
                    add("person", outcome, 1);
                }
            }
        }
    }
    if let Some((_, _, outcome)) = person {
        add("person", outcome, 1);
    }
    drop(rows);
    let mut unchanged = connection.prepare_cached(
        "SELECT j.key, u.kind = 'linked' AND u.state <> 'rejected' AND j.key = 'client', j.value
         FROM plan_units u, json_each(u.unchanged) j
         WHERE u.plan = ?1 AND u.unchanged <> '{}' AND u.kind <> 'skipped'",
    )?;
    let mut rows = unchanged.query([plan])?;
    while let Some(row) = rows.next()? {
        // A client may be joined to the one WedSync has without a change to it: that is a link all the same.
        let outcome = if row.get(1)? { Outcome::Linked } else { Outcome::Unchanged };
        add(text(row, 0)?, outcome, count(row.get(2)?));
    }
    drop(rows);
    let mut skipped = connection.prepare_cached(
        "SELECT j.key, j.value FROM plan_units u, json_each(u.unchanged) j
         WHERE u.plan = ?1 AND u.kind = 'skipped'",
    )?;
    let mut rows = skipped.query([plan])?;
    while let Some(row) = rows.next()? {
        add(text(row, 0)?, Outcome::Skipped, count(row.get(1)?));
    }
    drop(rows);
    // A record whose only difference is a conflict has no op and was counted as unchanged; it waits.
    for (record_type, waiting) in waiting_without_op(connection, plan)? {
        let sum = sums.entry(record_type.as_str().to_owned()).or_default();
        let moved = sum.get(&Outcome::Unchanged).copied().unwrap_or(0).min(waiting);
        if moved > 0 {
            *sum.entry(Outcome::Unchanged).or_default() -= moved;
            *sum.entry(Outcome::ConflictWaiting).or_default() += moved;
        }
        sum.retain(|_, n| *n > 0);
    }
    Ok(sums)
}

fn waiting_without_op(connection: &Connection, plan: i64) -> DbResult<BTreeMap<RecordType, u64>> {
    let mut waiting: BTreeMap<RecordType, u64> = BTreeMap::new();
    let mut units = connection.prepare_cached(
        "SELECT seq, body FROM plan_units WHERE plan = ?1 AND kind = 'conflict' AND state <> 'rejected'",
    )?;
    let mut has_op = connection.prepare_cached(
        "SELECT 1 FROM plan_ops WHERE plan = ?1 AND seq = ?2 AND live = 1 AND record_type = ?3
             AND record_id = ?4",
    )?;
    let mut rows = units.query([plan])?;
    while let Some(row) = rows.next()? {
        let seq: i64 = row.get(0)?;
        let body: UnitBody = serde_json::from_str(text(row, 1)?)?;
        let records: BTreeSet<_> = body.conflicts.iter().map(|conflict| &conflict.record).collect();
        for record in records {
            if !has_op.exists((plan, seq, record.record_type.as_str(), &record.id))? {
                *waiting.entry(record.record_type).or_default() += 1;
            }
        }
    }
    Ok(waiting)
}

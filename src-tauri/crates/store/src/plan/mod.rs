//! `plans`, `plan_units`, `plan_ops`, `review_decisions`: the stored plan, which is what the review shows.
//!
//! A unit is one row with the columns that lists sort and filter by; its operations stand beside it, because applying
//! reads them one by one. Building a plan is scratch work; a person's decisions and approvals are audited writes.

mod decide;
mod find;
mod list;
mod standing;

use std::collections::BTreeMap;

use hub_core::job::Outcome;
use hub_core::matching::Candidate;
use hub_core::plan::{
    Adoption, FieldConflict, OpKind, PlanHasher, PlanOp, PlannedUnit, Problem, Resolution, UnitKind,
    UnitSummary,
};
use hub_core::ports::{
    AlikeCount, Approval, PlanHead, PlanState, PlanStore, StoreResult, StoredUnit, UnitQuery, UnitRow,
    UnitState,
};
use hub_core::record::RecordType;
use rusqlite::{Connection, OptionalExtension, Row, Transaction};
use serde::{Deserialize, Serialize};

use crate::alias::Aliases;
use crate::audit::Entry;
use crate::connections::connection_no;
use crate::error::{DbError, DbResult, not_found};
use crate::jobs::{count, signed};
use crate::outcomes;
use crate::store::Store;
use crate::time::{nanos, stamp};
use decide::{approve_where, remember};
pub(crate) use find::Finding;
use list::list;

/// What of a unit only its panel shows.
#[derive(Serialize, Deserialize)]
pub(crate) struct UnitBody {
    candidates: Vec<Candidate>,
    problems: Vec<Problem>,
    pub(crate) conflicts: Vec<FieldConflict>,
    pub(crate) adopted: Vec<Adoption>,
}

/// The same, borrowed, for writing.
#[derive(Serialize)]
struct UnitBodyRef<'a> {
    candidates: &'a [Candidate],
    problems: &'a [Problem],
    conflicts: &'a [FieldConflict],
    adopted: &'a [Adoption],
}

pub(crate) fn text<'r>(row: &'r Row<'_>, index: usize) -> DbResult<&'r str> {
    Ok(row.get_ref(index)?.as_str().map_err(rusqlite::Error::from)?)
}

pub(crate) fn plan_no(connection: &Connection, id: &str) -> DbResult<i64> {
    connection
        .prepare_cached("SELECT no FROM plans WHERE id = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()?
        .ok_or_else(|| not_found("plan", id))
}

pub(crate) fn unit_hash<'a>(ops: impl IntoIterator<Item = &'a str>) -> String {
    let mut hasher = PlanHasher::default();
    ops.into_iter().for_each(|hash| hasher.push(hash));
    hasher.finish()
}

/// Rows without a date come after those with one.
const NO_DATE: &str = "~";

/// Appointments without a client have their day behind this in the column of wedding dates, so that they come after every
/// client, stand in order among themselves, and are no weddings.
fn date_key(summary: &UnitSummary) -> String {
    match &summary.appointment {
        Some(appointment) => format!("{NO_DATE}{}", appointment.day.as_deref().unwrap_or(NO_DATE)),
        None => summary.wedding_date.as_deref().unwrap_or(NO_DATE).to_owned(),
    }
}

fn put_unit(tx: &Transaction<'_>, plan: i64, unit: &PlannedUnit, resolution: &Resolution) -> DbResult<()> {
    let summary = &unit.summary;
    let names = summary.names.join(", ").to_lowercase();
    let search = [Some(names.as_str()), summary.email.as_deref(), summary.venue.as_deref()];
    let search = search.into_iter().flatten().collect::<Vec<_>>().join("\n").to_lowercase();
    let body = UnitBodyRef {
        candidates: &unit.candidates,
        problems: &unit.problems,
        conflicts: &unit.conflicts,
        adopted: &unit.adopted,
    };
    let adoptions: usize = unit.adopted.len();
    tx.prepare_cached(
        "INSERT INTO plan_units (plan, seq, kind, state, client_id, name_key, wedding_date, search, problems,
         candidates, conflicts, ops, adoptions, resolution, unchanged, summary, body)
         VALUES (?1, ?2, ?3, 'pending', ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
         ON CONFLICT (plan, seq) DO UPDATE SET kind = excluded.kind, client_id = excluded.client_id,
         name_key = excluded.name_key, wedding_date = excluded.wedding_date, search = excluded.search,
         problems = excluded.problems, candidates = excluded.candidates, conflicts = excluded.conflicts,
         ops = excluded.ops, adoptions = excluded.adoptions, resolution = excluded.resolution,
         unchanged = excluded.unchanged, summary = excluded.summary, body = excluded.body",
    )?
    .execute(rusqlite::params![
        plan,
        signed(unit.seq),
        unit.kind.as_str(),
        unit.client_id,
        names,
        date_key(summary),
        search,
        unit.problems.len() as i64,
        unit.candidates.len() as i64,
        unit.conflicts.len() as i64,
        unit.ops.len() as i64,
        adoptions as i64,
        if resolution.is_empty() { "{}".to_owned() } else { serde_json::to_string(resolution)? },
        if unit.unchanged.is_empty() { "{}".to_owned() } else { serde_json::to_string(&unit.unchanged)? },
        serde_json::to_string(summary)?,
        serde_json::to_string(&body)?,
    ])?;
    Ok(())
}

fn put_ops(tx: &Transaction<'_>, plan: i64, seq: i64, first: i64, ops: &[PlanOp]) -> DbResult<()> {
    let mut insert = tx.prepare_cached(
        "INSERT INTO plan_ops (plan, seq, ord, kind, record_type, record_id, hash, op)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    for (ord, op) in (first..).zip(ops) {
        insert.execute((
            plan,
            seq,
            ord,
            op.kind.as_str(),
            op.record.record_type.as_str(),
            &op.record.id,
            &op.hash,
            serde_json::to_string(op)?,
        ))?;
    }
    Ok(())
}

fn read_head(row: &Row<'_>) -> DbResult<PlanHead> {
    Ok(PlanHead {
        id: row.get(0)?,
        job_id: row.get(1)?,
        connection_id: row.get(2)?,
        state: PlanState::parse(text(row, 3)?).ok_or(DbError::Name { column: "plans.state" })?,
        hash: row.get(4)?,
        counts: serde_json::from_str(text(row, 5)?)?,
        guard: row.get(6)?,
        created_at: stamp(row.get(7)?),
    })
}

const HEAD: &str = "SELECT p.id, p.job_id, i.id, p.state, p.hash, p.counts,
    CASE WHEN p.guard_lifted_at IS NULL THEN p.guard END, p.created_at
    FROM plans p JOIN crm_integrations i ON i.no = p.connection";

fn kind_and_state(kind: &str, state: &str) -> DbResult<(UnitKind, UnitState)> {
    Ok((
        UnitKind::parse(kind).ok_or(DbError::Name { column: "plan_units.kind" })?,
        UnitState::parse(state).ok_or(DbError::Name { column: "plan_units.state" })?,
    ))
}

/// Takes a unit's operations out of the plan. Those that are in the outbox stay as they were sent, out of sight;
/// returns the first free place after them.
fn clear_ops(tx: &Transaction<'_>, plan: i64, seq: i64) -> DbResult<i64> {
    tx.prepare_cached(
        "DELETE FROM plan_ops WHERE plan = ?1 AND seq = ?2 AND NOT EXISTS
         (SELECT 1 FROM outbox o WHERE o.plan = ?1 AND o.unit = ?2 AND o.ord = plan_ops.ord)",
    )?
    .execute((plan, seq))?;
    tx.prepare_cached("UPDATE plan_ops SET live = 0 WHERE plan = ?1 AND seq = ?2")?.execute((plan, seq))?;
    Ok(tx
        .prepare_cached("SELECT coalesce(max(ord) + 1, 0) FROM plan_ops WHERE plan = ?1 AND seq = ?2")?
        .query_row((plan, seq), |row| row.get(0))?)
}

/// Operations of a unit with their places, in order.
pub(crate) fn unit_ops(
    connection: &Connection,
    aliases: &Aliases,
    plan: i64,
    seq: i64,
) -> DbResult<Vec<(i64, PlanOp)>> {
    let mut statement = connection.prepare_cached(
        "SELECT ord, op FROM plan_ops WHERE plan = ?1 AND seq = ?2 AND live = 1 ORDER BY ord",
    )?;
    statement.query_and_then((plan, seq), |row| Ok((row.get(0)?, aliases.parse(text(row, 1)?)?)))?.collect()
}

const UNIT: &str = "SELECT seq, kind, state, client_id, approved_hash, resolution, unchanged, summary, body
    FROM plan_units";

fn read_unit(connection: &Connection, aliases: &Aliases, plan: i64, row: &Row<'_>) -> DbResult<StoredUnit> {
    let seq: i64 = row.get(0)?;
    let (kind, state) = kind_and_state(text(row, 1)?, text(row, 2)?)?;
    let body: UnitBody = aliases.parse(text(row, 8)?)?;
    let summary: UnitSummary = serde_json::from_str(text(row, 7)?)?;
    Ok(StoredUnit {
        unit: PlannedUnit {
            seq: count(seq),
            client_id: aliases.now(text(row, 3)?).to_owned(),
            kind,
            summary,
            ops: unit_ops(connection, aliases, plan, seq)?.into_iter().map(|(_, op)| op).collect(),
            candidates: body.candidates,
            problems: body.problems,
            conflicts: body.conflicts,
            adopted: body.adopted,
            unchanged: serde_json::from_str(text(row, 6)?)?,
        },
        state,
        resolution: aliases.parse(text(row, 5)?)?,
        approved_hash: row.get(4)?,
    })
}

fn find_unit(connection: &Connection, plan: i64, seq: u64) -> DbResult<Option<StoredUnit>> {
    let mut statement = connection.prepare_cached(&format!("{UNIT} WHERE plan = ?1 AND seq = ?2"))?;
    let aliases = Aliases::load(connection)?;
    let mut units =
        statement.query_and_then((plan, signed(seq)), |row| read_unit(connection, &aliases, plan, row))?;
    units.next().transpose()
}

impl PlanStore for Store {
    fn begin_plan(&self, head: &PlanHead) -> StoreResult<()> {
        self.scratch(|tx| {
            let connection = connection_no(tx, &head.connection_id)?;
            tx.execute("DELETE FROM plans WHERE job_id = ?1 AND state = 'building'", [&head.job_id])?;
            tx.execute(
                "INSERT INTO plans (id, job_id, connection, state, created_at) VALUES (?1, ?2, ?3, 'building', ?4)",
                (&head.id, &head.job_id, connection, nanos(head.created_at)),
            )?;
            standing::note(tx, connection, &head.id)
        })
    }

    fn append_units(&self, plan_id: &str, units: &[(PlannedUnit, Resolution)]) -> StoreResult<()> {
        self.scratch(|tx| {
            let plan = plan_no(tx, plan_id)?;
            for (unit, resolution) in units {
                put_unit(tx, plan, unit, resolution)?;
                put_ops(tx, plan, signed(unit.seq), 0, &unit.ops)?;
                if resolution.rejected {
                    tx.prepare_cached(
                        "UPDATE plan_units SET state = 'rejected' WHERE plan = ?1 AND seq = ?2",
                    )?
                    .execute((plan, signed(unit.seq)))?;
                }
            }
            Ok(())
        })
    }

    fn seal_plan(
        &self,
        plan_id: &str,
        hash: &str,
        counts: &BTreeMap<String, u64>,
        guard: Option<&str>,
    ) -> StoreResult<()> {
        let actor = self.app("audit.plan_stored", None);
        self.write(|write| {
            let plan = plan_no(write.tx, plan_id)?;
            write.tx.execute(
                "UPDATE plans SET state = 'ready', hash = ?2, counts = ?3, guard = ?4 WHERE no = ?1",
                (plan, hash, serde_json::to_string(counts)?, guard),
            )?;
            write.tx.execute(
                "UPDATE plans SET state = 'superseded' WHERE no <> ?1 AND state IN ('building', 'ready', 'executing')
                 AND connection = (SELECT connection FROM plans WHERE no = ?1)
                 AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.plan = plans.no AND o.state IN ('queued', 'sent'))",
                [plan],
            )?;
            write.audit(&Entry {
                record: Some(("plan", plan_id)),
                ..Entry::plain(&actor, "plan.seal", Some(hash))
            })
        })
    }

    fn plan(&self, plan_id: &str) -> StoreResult<Option<PlanHead>> {
        self.near(|connection| {
            let mut statement = connection.prepare_cached(&format!("{HEAD} WHERE p.id = ?1"))?;
            statement.query_and_then([plan_id], read_head)?.next().transpose()
        })
    }

    fn current_plan(&self, connection_id: &str) -> StoreResult<Option<PlanHead>> {
        self.near(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "{HEAD} WHERE i.id = ?1 AND p.state IN ('ready', 'executing') ORDER BY p.no DESC LIMIT 1"
            ))?;
            statement.query_and_then([connection_id], read_head)?.next().transpose()
        })
    }

    fn set_plan_state(&self, plan_id: &str, state: PlanState) -> StoreResult<()> {
        self.scratch(|tx| {
            let plan = plan_no(tx, plan_id)?;
            tx.execute("UPDATE plans SET state = ?2 WHERE no = ?1", (plan, state.as_str()))?;
            Ok(())
        })
    }

    fn lift_guard(&self, plan_id: &str, approval: &Approval) -> StoreResult<()> {
        let mut actor = self.app("audit.guard_lifted", None);
        actor.who.clone_from(&approval.by);
        self.write(|write| {
            let plan = plan_no(write.tx, plan_id)?;
            write.tx.execute(
                "UPDATE plans SET guard_lifted_by = ?2, guard_lifted_at = ?3 WHERE no = ?1",
                (plan, &approval.by, nanos(approval.at)),
            )?;
            write.audit(&Entry {
                record: Some(("plan", plan_id)),
                ..Entry::plain(&actor, "plan.guard_lifted", None)
            })
        })
    }

    fn units(&self, plan_id: &str, query: &UnitQuery) -> StoreResult<(Vec<UnitRow>, u64)> {
        // Before the reading begins: what is committed meanwhile makes it old, not what it shows new.
        let commits = self.db.commits();
        self.read(|connection| list(connection, &self.finding, commits, plan_no(connection, plan_id)?, query))
    }

    fn alike_counts(&self, plan_id: &str) -> StoreResult<Vec<AlikeCount>> {
        self.read(|connection| {
            let plan = plan_no(connection, plan_id)?;
            let mut statement = connection.prepare_cached(
                "SELECT alike, count(*) FROM plan_units INDEXED BY plan_units_alike
                 WHERE plan = ?1 AND problems > 0 AND kind IN ('conflict', 'problem') AND state IN ('pending', 'moved')
                 GROUP BY alike ORDER BY count(*) DESC, alike",
            )?;
            statement
                .query_and_then([plan], |row| {
                    Ok(AlikeCount { alike: row.get(0)?, count: count(row.get(1)?) })
                })?
                .collect()
        })
    }

    fn unit_counts(&self, plan_id: &str) -> StoreResult<Vec<(UnitKind, UnitState, u64)>> {
        self.read(|connection| {
            let plan = plan_no(connection, plan_id)?;
            let mut statement = connection.prepare_cached(
                "SELECT kind, state, count(*) FROM plan_units WHERE plan = ?1 GROUP BY kind, state
                 ORDER BY kind, state",
            )?;
            statement
                .query_and_then([plan], |row| {
                    let (kind, state) = kind_and_state(text(row, 0)?, text(row, 1)?)?;
                    Ok((kind, state, count(row.get(2)?)))
                })?
                .collect()
        })
    }

    fn unit(&self, plan_id: &str, seq: u64) -> StoreResult<Option<StoredUnit>> {
        self.near(|connection| find_unit(connection, plan_no(connection, plan_id)?, seq))
    }

    fn units_in_state(
        &self,
        plan_id: &str,
        state: UnitState,
        from_seq: u64,
        limit: u32,
    ) -> StoreResult<Vec<StoredUnit>> {
        self.near(|connection| {
            let plan = plan_no(connection, plan_id)?;
            let aliases = Aliases::load(connection)?;
            let mut statement = connection.prepare_cached(&format!(
                "{UNIT} WHERE plan = ?1 AND state = ?2 AND seq >= ?3 ORDER BY seq LIMIT ?4"
            ))?;
            statement
                .query_and_then((plan, state.as_str(), signed(from_seq), limit), |row| {
                    read_unit(connection, &aliases, plan, row)
                })?
                .collect()
        })
    }

    fn seqs_in_state(
        &self,
        plan_id: &str,
        state: UnitState,
        from_seq: u64,
        limit: u32,
    ) -> StoreResult<Vec<u64>> {
        self.near(|connection| {
            let plan = plan_no(connection, plan_id)?;
            let mut statement = connection.prepare_cached(
                "SELECT seq FROM plan_units WHERE plan = ?1 AND state = ?2 AND seq >= ?3 ORDER BY seq LIMIT ?4",
            )?;
            let rows = statement
                .query_map((plan, state.as_str(), signed(from_seq), limit), |row| Ok(count(row.get(0)?)))?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    fn still_stands(&self, plan_id: &str) -> StoreResult<bool> {
        self.near(|connection| standing::still(connection, plan_id))
    }

    fn changes_held(&self, plan_id: &str) -> StoreResult<bool> {
        self.near(|connection| {
            let plan = plan_no(connection, plan_id)?;
            Ok(connection
                .prepare_cached(
                    "SELECT 1 FROM plan_units u JOIN plan_ops p ON p.plan = u.plan AND p.seq = u.seq
                     WHERE u.plan = ?1 AND u.state = 'approved' AND p.live = 1 AND p.kind <> 'create'",
                )?
                .exists([plan])?)
        })
    }

    fn replace_unit(
        &self,
        plan_id: &str,
        unit: &PlannedUnit,
        state: UnitState,
        resolution: &Resolution,
        input_hash: &str,
    ) -> StoreResult<()> {
        // A second look that finds everything as it was writes nothing: an upload looks at every approved unit.
        let held = self.unit(plan_id, unit.seq)?;
        if held
            .is_some_and(|held| held.unit == *unit && held.state == state && held.resolution == *resolution)
        {
            return Ok(());
        }
        let actor = self.app("audit.unit_decided", None);
        self.write(|write| {
            let tx = write.tx;
            let plan = plan_no(tx, plan_id)?;
            let seq = signed(unit.seq);
            let first = clear_ops(tx, plan, seq)?;
            put_unit(tx, plan, unit, resolution)?;
            put_ops(tx, plan, seq, first, &unit.ops)?;
            let hash = match state {
                UnitState::Approved => unit_hash(unit.ops.iter().map(|op| op.hash.as_str())),
                _ => String::new(),
            };
            tx.prepare_cached(
                "UPDATE plan_units SET state = ?3, approved_hash = ?4 WHERE plan = ?1 AND seq = ?2",
            )?
            .execute((plan, seq, state.as_str(), &hash))?;
            let decision = serde_json::to_string(resolution)?;
            remember(tx, plan, seq, &unit.client_id, input_hash, resolution, &decision, nanos(actor.at))?;
            write.audit(&Entry {
                record: Some(("unit", &format!("{plan_id}/{seq}"))),
                subject: Some(&unit.client_id),
                ..Entry::plain(&actor, "unit.decide", Some(&decision))
            })
        })
    }

    fn remembered(
        &self,
        connection_id: &str,
        wanted: &[(String, String)],
    ) -> StoreResult<Vec<Option<Resolution>>> {
        self.near(|connection| {
            let no = connection_no(connection, connection_id)?;
            let mut statement = connection.prepare_cached(
                "SELECT resolution FROM review_decisions WHERE connection = ?1 AND client_id = ?2 AND input_hash = ?3",
            )?;
            wanted
                .iter()
                .map(|(client, hash)| {
                    statement
                        .query_and_then((no, client, hash), |row| -> DbResult<Resolution> {
                            Ok(serde_json::from_str(text(row, 0)?)?)
                        })?
                        .next()
                        .transpose()
                })
                .collect()
        })
    }

    fn approve(&self, plan_id: &str, seqs: Option<&[u64]>, approval: &Approval) -> StoreResult<u64> {
        let mut actor = self.app("audit.approved", None);
        actor.who.clone_from(&approval.by);
        self.write(|write| {
            let tx = write.tx;
            let plan = plan_no(tx, plan_id)?;
            let approved = match seqs {
                None => approve_where(tx, plan, "u.state = 'pending'", None, approval)?,
                Some(seqs) => {
                    let mut approved = 0;
                    for seq in seqs {
                        let condition = "u.state IN ('pending', 'rejected', 'moved')";
                        approved += approve_where(tx, plan, condition, Some(signed(*seq)), approval)?;
                    }
                    approved
                }
            };
            tx.execute(
                "UPDATE plans SET approved_by = ?2, approved_at = ?3 WHERE no = ?1",
                (plan, &approval.by, nanos(approval.at)),
            )?;
            crate::base::adopt_unchanged(write, plan, &actor)?;
            write.audit(&Entry {
                record: Some(("plan", plan_id)),
                ..Entry::plain(&actor, "plan.approve", Some(&approved.to_string()))
            })?;
            Ok(approved)
        })
    }

    fn set_unit_state(&self, plan_id: &str, seqs: &[u64], state: UnitState) -> StoreResult<u64> {
        let actor = self.app("audit.unit_state", None);
        self.write(|write| {
            let plan = plan_no(write.tx, plan_id)?;
            let mut changed = 0;
            {
                // What is on its way to WedSync or there already is no longer a matter of review.
                let mut update = write.tx.prepare_cached(
                    "UPDATE plan_units SET state = ?3, approved_hash = '' WHERE plan = ?1 AND seq = ?2
                     AND state NOT IN ('applied', 'done', 'refused') AND state <> ?3",
                )?;
                for seq in seqs {
                    changed += update.execute((plan, signed(*seq), state.as_str()))? as u64;
                }
            }
            if changed > 0 {
                write.audit(&Entry {
                    record: Some(("plan", plan_id)),
                    ..Entry::plain(&actor, "plan.unit_state", Some(state.as_str()))
                })?;
            }
            Ok(changed)
        })
    }

    fn outcomes(&self, plan_id: &str) -> StoreResult<BTreeMap<String, BTreeMap<Outcome, u64>>> {
        self.read(|connection| outcomes::of_plan(connection, plan_no(connection, plan_id)?))
    }
}

/// The kind of an operation by its stored name.
pub(crate) fn op_kind(name: &str) -> DbResult<OpKind> {
    OpKind::parse(name).ok_or(DbError::Name { column: "plan_ops.kind" })
}

/// A record type by its stored name.
pub(crate) fn record_type(name: &str) -> DbResult<RecordType> {
    RecordType::parse(name).ok_or(DbError::Name { column: "record_type" })
}

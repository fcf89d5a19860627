//! Operations that are not sent any more: what WedSync never took is taken back, what it may have taken stays.
//!
//! Nobody sends the queue of an ended job. Left where it is, it would be shown as if it were on its way, and later jobs
//! would wait for it. So its unsent operations go, and their units are approved as before: the next upload looks at them a
//! second time, and one of which a part was sent asks again. A batch without an answer may have been carried out: it stays
//! until the next job of the connection has sent it again as it is (MODEL 7), see `cut::unanswered`, or has asked WedSync
//! what became of it and was told that it never came.

use std::collections::BTreeSet;

use hub_core::ports::Actor;
use rusqlite::Params;

use super::{OutRow, ROW, read_row};
use crate::audit::Entry;
use crate::error::DbResult;
use crate::mirror;
use crate::store::Write;
use crate::time::nanos;
use crate::typed::Typed;

/// Operations taken back in one go, so that memory does not grow with the queue.
const PIECE: u32 = 500;

/// What a job that ends leaves unsent. Its units are approved as before.
pub(crate) fn of_job(write: &mut Write<'_>, job_id: &str, actor: &Actor) -> DbResult<u64> {
    let (taken, units) = take_back(write, "job_id = ?1 AND state = 'queued'", [job_id], actor)?;
    set_units(write, &units, "approved")?;
    Ok(taken)
}

/// A batch that WedSync says it never received. Its units ask again: what was approved was approved on what was known then.
pub(crate) fn of_batch(write: &mut Write<'_>, batch_id: &str, actor: &Actor) -> DbResult<u64> {
    let (taken, units) = take_back(write, "batch_id = ?1 AND state = 'sent'", [batch_id], actor)?;
    set_units(write, &units, "moved")?;
    write.tx.execute("DELETE FROM outbox_batches WHERE id = ?1 AND answered_at IS NULL", [batch_id])?;
    Ok(taken)
}

/// Everything of a connection that waits to be sent. Its units ask again.
pub(crate) fn of_connection(write: &mut Write<'_>, connection: i64, actor: &Actor) -> DbResult<u64> {
    let (taken, units) = take_back(write, "connection = ?1 AND state = 'queued'", [connection], actor)?;
    set_units(write, &units, "moved")?;
    Ok(taken)
}

/// Plan and place in it, of the units that lost an operation.
type Units = BTreeSet<(i64, i64)>;

fn take_back(
    write: &mut Write<'_>,
    which: &str,
    of: impl Params + Copy,
    actor: &Actor,
) -> DbResult<(u64, Units)> {
    let tx = write.tx;
    let (mut taken, mut units) = (0, Units::new());
    loop {
        // The last first: children before their parents.
        let rows = {
            let mut statement =
                tx.prepare_cached(&format!("{ROW} WHERE {which} ORDER BY seq DESC LIMIT {PIECE}"))?;
            statement.query_and_then(of, read_row)?.collect::<DbResult<Vec<OutRow>>>()?
        };
        if rows.is_empty() {
            return Ok((taken, units));
        }
        for row in &rows {
            tx.prepare_cached("DELETE FROM outbox WHERE seq = ?1")?.execute([row.seq])?;
            if row.undo_of.is_some() {
                tx.prepare_cached("DELETE FROM before_images WHERE op_id = ?1")?.execute([&row.op_id])?;
            }
            units.extend(row.plan.zip(row.unit));
        }
        taken += rows.len() as u64;
        let mut typed = Typed::new(tx, write.store.today(tx)?)?;
        for row in &rows {
            mirror::show(&mut typed, tx, &row.key, nanos(actor.at))?;
            write.audit(&Entry {
                record: Some((row.key.record_type.as_str(), &row.key.id)),
                ..Entry::plain(actor, "record.withdrawn", Some(&row.op_id))
            })?;
        }
        typed.settle()?;
    }
}

fn set_units(write: &Write<'_>, units: &Units, state: &str) -> DbResult<()> {
    let mut update = write.tx.prepare_cached(
        "UPDATE plan_units SET state = ?3 WHERE plan = ?1 AND seq = ?2 AND state = 'applied'",
    )?;
    for (plan, unit) in units {
        update.execute((plan, unit, state))?;
    }
    Ok(())
}

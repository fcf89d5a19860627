//! A job that ends before its work is done: what was not sent is taken back, what was sent stays until it is answered.
//!
//! Nobody sends the queue of an ended job any more. Left where it is, it would be shown as if it were on its way, and
//! later jobs would wait for it. So unsent operations go, and their units are approved as before: the next upload looks at
//! them a second time, and one of which a part was sent asks again. A batch without an answer may have been carried out:
//! the next job of the connection sends it again as it is (MODEL 7), see `cut::unanswered`.

use std::collections::BTreeSet;

use hub_core::ports::Actor;

use super::{OutRow, ROW, read_row};
use crate::audit::Entry;
use crate::error::DbResult;
use crate::mirror;
use crate::store::Write;
use crate::time::nanos;
use crate::typed::Typed;

/// Operations taken back in one go, so that memory does not grow with the queue.
const PIECE: u32 = 500;

pub(crate) fn withdraw(write: &mut Write<'_>, job_id: &str, actor: &Actor) -> DbResult<()> {
    let tx = write.tx;
    let mut units: BTreeSet<(i64, i64)> = BTreeSet::new();
    loop {
        // The last first: children before their parents.
        let rows = {
            let mut statement = tx.prepare_cached(&format!(
                "{ROW} WHERE job_id = ?1 AND state = 'queued' ORDER BY seq DESC LIMIT {PIECE}"
            ))?;
            statement.query_and_then([job_id], read_row)?.collect::<DbResult<Vec<OutRow>>>()?
        };
        if rows.is_empty() {
            break;
        }
        for row in &rows {
            tx.prepare_cached("DELETE FROM outbox WHERE seq = ?1")?.execute([row.seq])?;
            if row.undo_of.is_some() {
                tx.prepare_cached("DELETE FROM before_images WHERE op_id = ?1")?.execute([&row.op_id])?;
            }
            units.extend(row.plan.zip(row.unit));
        }
        let mut typed = Typed::new(tx, write.store.today(tx)?)?;
        for row in &rows {
            mirror::show(&mut typed, tx, &row.key, nanos(actor.at))?;
            write.audit(&Entry {
                record: Some((row.key.record_type.as_str(), &row.key.id)),
                ..Entry::plain(actor, "record.withdrawn", None)
            })?;
        }
        typed.settle()?;
    }
    for (plan, unit) in units {
        tx.prepare_cached(
            "UPDATE plan_units SET state = 'approved' WHERE plan = ?1 AND seq = ?2 AND state = 'applied'",
        )?
        .execute((plan, unit))?;
    }
    Ok(())
}

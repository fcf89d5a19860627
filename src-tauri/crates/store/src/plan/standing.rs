//! Whether a stored plan can have moved: what was written to the book since it was begun.
//!
//! Every write of a record, link, base or mapping has its row in the audit log, so that the log tells whether anything a
//! plan is made from can have changed. The few kinds of writes that change none of it are named here; any other,
//! also one that does not exist yet, means "look again".

use rusqlite::Connection;

use crate::error::DbResult;
use crate::mirror::{meta, put_meta};
use crate::plan::plan_no;

/// Writes that touch nothing a plan is made from: the plan's own life, decisions (which plan their unit anew at once),
/// a connection's status and scope (which staging reads), settings, copies of the file, and what is past its time.
const IDLE: &str = "'plan.seal', 'plan.approve', 'plan.guard_lifted', 'plan.unit_state', 'unit.decide',
    'connection.put', 'setting.put', 'consent.add', 'backup.taken', 'connection.rebased', 'clients.new_day',
    'retention.pruned'";

fn key(connection: i64) -> String {
    format!("planned_from:{connection}")
}

fn last_row(connection: &Connection) -> DbResult<i64> {
    Ok(connection
        .prepare_cached("SELECT coalesce(max(seq), 0) FROM audit_log")?
        .query_row([], |row| row.get(0))?)
}

/// Remembers where the log stood when a plan was begun; the newest plan of a connection is the one that counts.
pub(super) fn note(tx: &Connection, connection: i64, plan_id: &str) -> DbResult<()> {
    put_meta(tx, &key(connection), &format!("{plan_id} {}", last_row(tx)?))
}

/// Whether nothing but [`IDLE`] writes came since.
pub(super) fn still(connection: &Connection, plan_id: &str) -> DbResult<bool> {
    let owner: i64 = connection
        .prepare_cached("SELECT connection FROM plans WHERE no = ?1")?
        .query_row([plan_no(connection, plan_id)?], |row| row.get(0))?;
    let noted = meta(connection, &key(owner))?;
    let from = noted.as_deref().and_then(|noted| noted.split_once(' '));
    let Some((_, from)) = from.filter(|(plan, _)| *plan == plan_id) else { return Ok(false) };
    let Ok(from) = from.parse::<i64>() else { return Ok(false) };
    let moved = connection
        .prepare_cached(&format!("SELECT 1 FROM audit_log WHERE seq > ?1 AND action NOT IN ({IDLE})"))?
        .exists([from])?;
    Ok(!moved)
}

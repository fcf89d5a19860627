//! What a person decides: approvals, and decisions remembered for the next import.

use hub_core::plan::{PlanHasher, Resolution};
use hub_core::ports::Approval;
use rusqlite::{OptionalExtension, Transaction};

use crate::error::DbResult;
use crate::time::nanos;

/// Units approved in one go, so that memory does not grow with the plan.
const PIECE: u32 = 1000;

/// Approves the units that a condition picks, with the hash over their operations as they stand now.
pub(super) fn approve_where(
    tx: &Transaction<'_>,
    plan: i64,
    condition: &str,
    seq: Option<i64>,
    approval: &Approval,
) -> DbResult<u64> {
    let mut picked = tx.prepare_cached(&format!(
        "SELECT u.no, u.seq FROM plan_units u WHERE u.plan = ?1 AND u.seq >= ?2 AND (?3 IS NULL OR u.seq = ?3)
         AND u.kind IN ('changed', 'linked', 'new') AND {condition} ORDER BY u.seq LIMIT {PIECE}"
    ))?;
    let mut ops = tx
        .prepare_cached("SELECT hash FROM plan_ops WHERE plan = ?1 AND seq = ?2 AND live = 1 ORDER BY ord")?;
    let mut update = tx.prepare_cached(
        "UPDATE plan_units SET state = 'approved', approved_hash = ?2, approved_by = ?3, approved_at = ?4
         WHERE no = ?1",
    )?;
    let mut from = seq.unwrap_or(0);
    let mut approved = 0;
    loop {
        let units: Vec<(i64, i64)> = picked
            .query_map((plan, from, seq), |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        let Some((_, last)) = units.last() else { return Ok(approved) };
        from = last + 1;
        for (no, seq) in &units {
            let mut hasher = PlanHasher::default();
            let mut rows = ops.query((plan, seq))?;
            while let Some(row) = rows.next()? {
                hasher.push(row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?);
            }
            update.execute((no, hasher.finish(), &approval.by, nanos(approval.at)))?;
        }
        approved += units.len() as u64;
    }
}

/// Keeps a decision under the inputs it was made on; a decision that was taken back is forgotten.
#[expect(clippy::too_many_arguments, reason = "one row of one table, named by its columns")]
pub(super) fn remember(
    tx: &Transaction<'_>,
    plan: i64,
    seq: i64,
    client_id: &str,
    input_hash: &str,
    resolution: &Resolution,
    decision: &str,
    now: i64,
) -> DbResult<()> {
    // A link moves the unit to the held client's id; what the next import asks with is the id of its staging.
    let mut clients = vec![client_id.to_owned()];
    let staged: Option<String> = tx
        .prepare_cached(
            "SELECT s.mapped_data ->> '$.client_id' FROM plans p
             JOIN crm_client_staging s ON s.sync_job_id = p.job_id AND s.seq = ?2 WHERE p.no = ?1",
        )?
        .query_row((plan, seq), |row| row.get(0))
        .optional()?;
    if let Some(staged) = staged
        && staged != client_id
    {
        clients.push(staged);
    }
    for client in clients {
        if resolution.is_empty() {
            tx.prepare_cached(
                "DELETE FROM review_decisions WHERE connection = (SELECT connection FROM plans WHERE no = ?1)
                 AND client_id = ?2 AND input_hash = ?3",
            )?
            .execute((plan, &client, input_hash))?;
        } else {
            tx.prepare_cached(
                "INSERT INTO review_decisions (connection, client_id, input_hash, resolution, at)
                 SELECT connection, ?2, ?3, ?4, ?5 FROM plans WHERE no = ?1
                 ON CONFLICT (connection, client_id, input_hash) DO UPDATE SET resolution = excluded.resolution,
                 at = excluded.at",
            )?
            .execute((plan, &client, input_hash, decision, now))?;
        }
    }
    Ok(())
}

//! What a person decides: approvals, and decisions remembered for the next import.

use hub_core::plan::{PlanHasher, Resolution};
use hub_core::ports::Approval;
use rusqlite::{OptionalExtension, Transaction};

use crate::error::DbResult;
use crate::time::nanos;

/// Approves the units that a condition picks, with the hash over their operations as they stand now.
pub(super) fn approve_where(
    tx: &Transaction<'_>,
    plan: i64,
    condition: &str,
    seq: Option<i64>,
    approval: &Approval,
) -> DbResult<u64> {
    let mut picked = tx.prepare_cached(&format!(
        "SELECT u.no, o.hash FROM plan_units u LEFT JOIN plan_ops o ON o.plan = u.plan AND o.seq = u.seq AND o.live = 1
         WHERE u.plan = ?1 AND (?2 IS NULL OR u.seq = ?2) AND u.kind IN ('changed', 'linked', 'new') AND {condition}
         ORDER BY u.seq, o.ord"
    ))?;
    let mut hashes: Vec<(i64, String)> = Vec::new();
    let mut open: Option<(i64, PlanHasher)> = None;
    let mut rows = picked.query((plan, seq))?;
    while let Some(row) = rows.next()? {
        let no: i64 = row.get(0)?;
        if open.as_ref().is_some_and(|(held, _)| *held != no)
            && let Some((no, hasher)) = open.take()
        {
            hashes.push((no, hasher.finish()));
        }
        let (_, hasher) = open.get_or_insert_with(|| (no, PlanHasher::default()));
        if let Some(hash) = row.get_ref(1)?.as_str_or_null().map_err(rusqlite::Error::from)? {
            hasher.push(hash);
        }
    }
    if let Some((no, hasher)) = open {
        hashes.push((no, hasher.finish()));
    }
    drop(rows);
    let mut update = tx.prepare_cached(
        "UPDATE plan_units SET state = 'approved', approved_hash = ?2, approved_by = ?3, approved_at = ?4
         WHERE no = ?1",
    )?;
    for (no, hash) in &hashes {
        update.execute((no, hash, &approval.by, nanos(approval.at)))?;
    }
    Ok(hashes.len() as u64)
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

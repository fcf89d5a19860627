//! Base pairs that move without a write, because both sides hold the same already (MODEL 4).
//!
//! A plan is a dry run and moves no base (SYNC-LAW 34). Adopted pairs move when a person acts on the plan: those of an
//! unchanged unit with its approval, those of a unit with operations when it is applied. A source that is not linked
//! yet has no base; its pairs come with the acknowledgement of its link.

use std::collections::BTreeMap;

use hub_core::plan::{Adoption, BasePair};
use hub_core::ports::Actor;
use rusqlite::{Connection, OptionalExtension};

use crate::alias::Aliases;
use crate::audit::Entry;
use crate::error::DbResult;
use crate::mirror::{base_pairs, put_base};
use crate::plan::{UnitBody, text};
use crate::source::make_stream;
use crate::store::Write;

/// Lays new pairs over stored ones.
pub(crate) fn merge(held: Option<&str>, pairs: &BTreeMap<String, BasePair>) -> DbResult<String> {
    let Some(held) = held else { return Ok(serde_json::to_string(pairs)?) };
    let mut merged: BTreeMap<String, BasePair> = serde_json::from_str(held)?;
    merged.extend(pairs.iter().map(|(name, pair)| (name.clone(), pair.clone())));
    Ok(serde_json::to_string(&merged)?)
}

/// What an undo finds the image of a unit's adoptions under.
pub(crate) fn unit_image(plan: i64, seq: i64) -> String {
    format!("unit:{plan}:{seq}")
}

/// Adopts one pair set where its source is linked to its record; remembers what stood there before under `image`.
pub(crate) fn adopt(
    write: &mut Write<'_>,
    connection_id: &str,
    adoption: &Adoption,
    image: Option<&str>,
    actor: &Actor,
) -> DbResult<()> {
    let tx = write.tx;
    let stream = make_stream(tx, connection_id, &adoption.source.stream)?;
    let record_type = adoption.record.record_type;
    let linked: Option<String> = tx
        .prepare_cached(
            "SELECT record_id FROM record_links WHERE stream = ?1 AND external_id = ?2 AND record_type = ?3
             AND confirmed = 1",
        )?
        .query_row((stream, &adoption.source.id, record_type.as_str()), |row| row.get(0))
        .optional()?;
    if linked.as_deref() != Some(adoption.record.id.as_str()) {
        return Ok(());
    }
    let held = base_pairs(tx, stream, &adoption.source.id, record_type)?;
    let pairs = merge(held.as_deref(), &adoption.pairs)?;
    if held.as_deref() == Some(pairs.as_str()) {
        return Ok(());
    }
    if let Some(image) = image {
        tx.prepare_cached(
            "INSERT OR IGNORE INTO before_images (op_id, part, stream, external_id, record_type, image)
             VALUES (?1, 'adopted', ?2, ?3, ?4, ?5)",
        )?
        .execute((image, stream, &adoption.source.id, record_type.as_str(), &held))?;
    }
    put_base(tx, stream, &adoption.source.id, record_type, &pairs)?;
    write.audit(&Entry {
        actor,
        action: "base.adopt",
        record: Some((record_type.as_str(), &adoption.record.id)),
        subject: None,
        before: held.as_deref(),
        after: Some(&pairs),
    })
}

/// Units whose pairs are adopted in one go, so that memory does not grow with the plan.
const PIECE: u32 = 200;

/// Adopts the pairs of every unchanged unit of a plan, once.
pub(crate) fn adopt_unchanged(write: &mut Write<'_>, plan: i64, actor: &Actor) -> DbResult<()> {
    let connection_id = connection_of(write.tx, plan)?;
    let aliases = Aliases::load(write.tx)?;
    let mut after = 0_i64;
    loop {
        let bodies: Vec<(i64, UnitBody)> = write
            .tx
            .prepare_cached(&format!(
                "SELECT no, body FROM plan_units WHERE plan = ?1 AND kind = 'unchanged' AND adoptions > 0
                 AND no > ?2 ORDER BY no LIMIT {PIECE}"
            ))?
            .query_and_then([plan, after], |row| -> DbResult<(i64, UnitBody)> {
                Ok((row.get(0)?, aliases.parse(text(row, 1)?)?))
            })?
            .collect::<DbResult<_>>()?;
        let Some((last, _)) = bodies.last() else { return Ok(()) };
        after = *last;
        for (no, body) in &bodies {
            for adoption in &body.adopted {
                adopt(write, &connection_id, adoption, None, actor)?;
            }
            write.tx.prepare_cached("UPDATE plan_units SET adoptions = 0 WHERE no = ?1")?.execute([no])?;
        }
    }
}

/// The connection a plan belongs to.
pub(crate) fn connection_of(connection: &Connection, plan: i64) -> DbResult<String> {
    Ok(connection
        .prepare_cached(
            "SELECT i.id FROM plans p JOIN crm_integrations i ON i.no = p.connection WHERE p.no = ?1",
        )?
        .query_row([plan], |row| row.get(0))?)
}

//! `crm_records`, `snapshots`, `record_links` as allotments, `crm_client_staging`: what the CRM last said.

use std::collections::BTreeMap;

use hub_core::canonical::{digest_text, hex};
use hub_core::plan::StagedUnit;
use hub_core::ports::{
    LinkRow, PageCommit, PageEffect, RawReader, RawRecord, SourceStore, StoreResult, StoredRaw, Watermark,
};
use hub_core::record::RecordType;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, Transaction};

use crate::connections::connection_no;
use crate::erase::Places;
use crate::error::{DbError, DbResult, not_found};
use crate::jobs::{count, put_checkpoint, signed};
use crate::keys::Key;
use crate::store::Store;
use crate::time::nanos;
use crate::watermark;

/// The small number of a stream, if it was ever read.
pub(crate) fn stream_no(connection: &Connection, connection_id: &str, stream: &str) -> DbResult<Option<i64>> {
    Ok(connection
        .prepare_cached(
            "SELECT s.no FROM crm_streams s JOIN crm_integrations i ON i.no = s.connection
             WHERE i.id = ?1 AND s.stream = ?2",
        )?
        .query_row([connection_id, stream], |row| row.get(0))
        .optional()?)
}

/// The small number of a stream, made on first use.
pub(crate) fn make_stream(tx: &Connection, connection_id: &str, stream: &str) -> DbResult<i64> {
    if let Some(no) = stream_no(tx, connection_id, stream)? {
        return Ok(no);
    }
    let connection = connection_no(tx, connection_id)?;
    Ok(tx.query_row(
        "INSERT INTO crm_streams (connection, stream) VALUES (?1, ?2) RETURNING no",
        (connection, stream),
        |row| row.get(0),
    )?)
}

/// The small numbers of the streams of one connection, each asked for once in a transaction.
pub(crate) struct StreamNumbers {
    connection_id: String,
    known: BTreeMap<String, i64>,
}

impl StreamNumbers {
    pub(crate) fn new(connection_id: &str) -> StreamNumbers {
        StreamNumbers { connection_id: connection_id.to_owned(), known: BTreeMap::new() }
    }

    /// The number of a stream, made on first use.
    pub(crate) fn of(&mut self, tx: &Connection, stream: &str) -> DbResult<i64> {
        if let Some(no) = self.known.get(stream) {
            return Ok(*no);
        }
        let no = make_stream(tx, &self.connection_id, stream)?;
        self.known.insert(stream.to_owned(), no);
        Ok(no)
    }
}

fn make_snapshot(tx: &Transaction<'_>, stream: i64, id: &str, scope_hash: &str) -> DbResult<i64> {
    let known = tx
        .prepare_cached("SELECT no FROM snapshots WHERE stream = ?1 AND id = ?2")?
        .query_row((stream, id), |row| row.get(0))
        .optional()?;
    match known {
        Some(no) => Ok(no),
        None => Ok(tx.query_row(
            "INSERT INTO snapshots (stream, id, scope_hash) VALUES (?1, ?2, ?3) RETURNING no",
            (stream, id, scope_hash),
            |row| row.get(0),
        )?),
    }
}

/// An erased row as it is kept: its place, and nothing of what the CRM says.
fn emptied(record: &RawRecord, places: &Places) -> Option<RawRecord> {
    let place = places.of_row(&record.id).or_else(|| {
        // Whatever hangs on somebody who was erased is about them, but for what belongs to a job.
        let on_erased =
            |parent: &Option<String>| parent.as_deref().is_some_and(|parent| places.of_row(parent).is_some());
        let alone = record.parents.iter().all(|parent| parent.is_none() || on_erased(parent));
        (record.parents.iter().any(on_erased) && alone).then(|| places.make(&record.id))
    })?;
    Some(RawRecord {
        id: place,
        raw: "{}".to_owned(),
        version: record.version.clone(),
        parents: [None, None],
    })
}

fn commit(tx: &Transaction<'_>, page: &PageCommit<'_>, key: &Key, now: i64) -> DbResult<PageEffect> {
    let places = Places::of(tx, key, page.connection_id)?;
    let stream = make_stream(tx, page.connection_id, page.stream)?;
    let snapshot = match page.snapshot {
        Some(id) => Some(make_snapshot(tx, stream, id, page.scope_hash)?),
        None => None,
    };
    let mut effect = PageEffect::default();
    let mut find = tx.prepare_cached(
        "SELECT no, seen, content_hash, raw FROM crm_records WHERE stream = ?1 AND external_id = ?2",
    )?;
    let mut insert = tx.prepare_cached(
        "INSERT INTO crm_records (stream, external_id, content_hash, version, scope_hash, parent1, parent2, seen, raw)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?;
    let mut update = tx.prepare_cached(
        "UPDATE crm_records SET content_hash = ?2, version = ?3, scope_hash = ?4, parent1 = ?5, parent2 = ?6,
         seen = coalesce(?7, seen), raw = ?8, missed = 0, missing_since = NULL, deleted_at = NULL WHERE no = ?1",
    )?;
    let mut touch = tx.prepare_cached(
        "UPDATE crm_records SET version = ?2, scope_hash = ?3, parent1 = ?4, parent2 = ?5,
         seen = coalesce(?6, seen), missed = 0,
         missing_since = NULL, deleted_at = NULL WHERE no = ?1",
    )?;
    for record in page.records {
        let erased = emptied(record, &places);
        let record = erased.as_ref().unwrap_or(record);
        let [parent1, parent2] = &record.parents;
        let known: Option<(i64, i64, Vec<u8>, bool)> = find
            .query_row((stream, &record.id), |row| {
                let same_text = row.get_ref(3)?.as_str()? == record.raw;
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, same_text))
            })
            .optional()?;
        match known {
            None => {
                let hash = content_hash(&record.raw)?;
                effect.fresh += 1;
                effect.changed += 1;
                insert.execute((
                    stream,
                    &record.id,
                    hash,
                    &record.version,
                    page.scope_hash,
                    parent1,
                    parent2,
                    snapshot.unwrap_or(0),
                    &record.raw,
                ))?;
            }
            Some((no, seen, old_hash, same_text)) => {
                if Some(seen) == snapshot {
                    effect.repeated += 1;
                } else {
                    effect.fresh += 1;
                }
                // The same bytes have the same hash; only other bytes are worth parsing.
                let hash = if same_text { old_hash.clone() } else { content_hash(&record.raw)? };
                if hash != old_hash {
                    effect.changed += 1;
                }
                if same_text {
                    touch.execute((no, &record.version, page.scope_hash, parent1, parent2, snapshot))?;
                } else {
                    update.execute((
                        no,
                        hash,
                        &record.version,
                        page.scope_hash,
                        parent1,
                        parent2,
                        snapshot,
                        &record.raw,
                    ))?;
                }
            }
        }
    }
    let mut bury = tx.prepare_cached(
        "UPDATE crm_records SET deleted_at = ?3 WHERE stream = ?1 AND external_id = ?2 AND deleted_at IS NULL",
    )?;
    for id in page.gone {
        let place = places.of_row(id);
        effect.gone += bury.execute((stream, place.as_ref().unwrap_or(id), now))? as u64;
    }
    if let Some(snapshot) = snapshot {
        tx.prepare_cached("UPDATE snapshots SET ids = ids + ?2 WHERE no = ?1")?
            .execute((snapshot, signed(effect.fresh)))?;
    }
    if let Some(cursor) = page.follow {
        put_follow(tx, stream, cursor)?;
    }
    put_checkpoint(tx, page.job_id, page.checkpoint, page.processed, page.total)?;
    Ok(effect)
}

fn put_follow(tx: &Connection, stream: i64, cursor: &str) -> DbResult<()> {
    tx.prepare_cached("UPDATE crm_streams SET follow = ?2 WHERE no = ?1")?.execute((stream, cursor))?;
    Ok(())
}

/// SHA-256 of the canonical JSON, as 32 bytes.
fn content_hash(raw: &str) -> DbResult<Vec<u8>> {
    Ok(digest_text(raw)?.to_vec())
}

fn read_raw(row: &Row<'_>) -> rusqlite::Result<StoredRaw> {
    Ok(StoredRaw {
        id: row.get(0)?,
        raw: row.get(1)?,
        content_hash: hex(row.get_ref(2)?.as_blob()?),
        parents: [row.get(3)?, row.get(4)?],
    })
}

const LIVE: &str = "deleted_at IS NULL AND missing_since IS NULL";

impl RawReader for Store {
    fn scan(
        &self,
        connection_id: &str,
        stream: &str,
        after: Option<&str>,
        limit: u32,
    ) -> StoreResult<Vec<StoredRaw>> {
        self.near(|connection| {
            let Some(stream) = stream_no(connection, connection_id, stream)? else { return Ok(Vec::new()) };
            let mut statement = connection.prepare_cached(&format!(
                "SELECT external_id, raw, content_hash, parent1, parent2 FROM crm_records
                 WHERE stream = ?1 AND external_id > ?2 AND {LIVE} ORDER BY external_id LIMIT ?3"
            ))?;
            let rows = statement.query_map((stream, after.unwrap_or_default(), limit), read_raw)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    fn by_ids(&self, connection_id: &str, stream: &str, ids: &[String]) -> StoreResult<Vec<StoredRaw>> {
        self.near(|connection| {
            let Some(stream) = stream_no(connection, connection_id, stream)? else { return Ok(Vec::new()) };
            let mut statement = connection.prepare_cached(&format!(
                "SELECT external_id, raw, content_hash, parent1, parent2 FROM crm_records
                 WHERE stream = ?1 AND external_id = ?2 AND {LIVE}"
            ))?;
            let mut sorted: Vec<&String> = ids.iter().collect();
            sorted.sort_unstable();
            sorted.dedup();
            let mut found = Vec::with_capacity(sorted.len());
            for id in sorted {
                found.extend(statement.query_row((stream, id), read_raw).optional()?);
            }
            Ok(found)
        })
    }

    fn by_parents(
        &self,
        connection_id: &str,
        stream: &str,
        slot: usize,
        ids: &[String],
    ) -> StoreResult<Vec<StoredRaw>> {
        let column = match slot {
            0 => "parent1",
            1 => "parent2",
            _ => return Ok(Vec::new()),
        };
        self.near(|connection| {
            let Some(stream) = stream_no(connection, connection_id, stream)? else { return Ok(Vec::new()) };
            let mut statement = connection.prepare_cached(&format!(
                "SELECT external_id, raw, content_hash, parent1, parent2 FROM crm_records
                 WHERE stream = ?1 AND {column} = ?2 AND {LIVE} ORDER BY external_id"
            ))?;
            let mut sorted: Vec<&String> = ids.iter().collect();
            sorted.sort_unstable();
            sorted.dedup();
            let mut found = Vec::new();
            for id in sorted {
                for row in statement.query_map((stream, id), read_raw)? {
                    found.push(row?);
                }
            }
            Ok(found)
        })
    }

    fn count(&self, connection_id: &str, stream: &str) -> StoreResult<u64> {
        self.read(|connection| {
            let Some(stream) = stream_no(connection, connection_id, stream)? else { return Ok(0) };
            let live: i64 = connection
                .prepare_cached(&format!("SELECT count(*) FROM crm_records WHERE stream = ?1 AND {LIVE}"))?
                .query_row([stream], |row| row.get(0))?;
            Ok(count(live))
        })
    }
}

pub(crate) fn read_link(row: &Row<'_>) -> DbResult<LinkRow> {
    let record_type: String = row.get(2)?;
    Ok(LinkRow {
        stream: row.get(0)?,
        external_id: row.get(1)?,
        record_type: RecordType::parse(&record_type).ok_or(DbError::Name { column: "record_type" })?,
        record_id: row.get(3)?,
        client_id: row.get(4)?,
        confirmed: row.get(5)?,
    })
}

impl SourceStore for Store {
    fn commit_page(&self, page: &PageCommit<'_>) -> StoreResult<PageEffect> {
        let actor = self.app("audit.page_received", Some(page.job_id));
        self.write(|write| {
            let effect = commit(write.tx, page, &self.keys.audit, nanos(actor.at))?;
            let reading = page.snapshot.unwrap_or("changed");
            let what = format!("{} {reading} {}", page.stream, page.records.len());
            write.audit(&crate::audit::Entry {
                record: Some(("stream", page.stream)),
                ..crate::audit::Entry::plain(&actor, "page.commit", Some(&what))
            })?;
            self.fail_points.pass("store.page_not_durable");
            Ok(effect)
        })
    }

    fn followed(&self, connection_id: &str, stream: &str) -> StoreResult<Option<String>> {
        self.near(|connection| {
            let Some(stream) = stream_no(connection, connection_id, stream)? else { return Ok(None) };
            Ok(connection
                .prepare_cached("SELECT follow FROM crm_streams WHERE no = ?1")?
                .query_row([stream], |row| row.get(0))?)
        })
    }

    fn follow_from(&self, connection_id: &str, stream: &str, cursor: &str) -> StoreResult<()> {
        self.scratch(|tx| {
            let stream = make_stream(tx, connection_id, stream)?;
            put_follow(tx, stream, cursor)
        })
    }

    fn prove_snapshot(&self, connection_id: &str, stream: &str, snapshot: &str) -> StoreResult<u64> {
        let actor = self.app("audit.snapshot_proved", None);
        let now = nanos(actor.at);
        self.write(|write| {
            let tx = write.tx;
            let found = stream_no(tx, connection_id, stream)?;
            let no = found.ok_or_else(|| not_found("stream", stream))?;
            let (snapshot_no, scope, ids, proved): (i64, String, i64, Option<i64>) = tx
                .query_row(
                    "SELECT no, scope_hash, ids, proved_at FROM snapshots WHERE stream = ?1 AND id = ?2",
                    (no, snapshot),
                    |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
                )
                .optional()?
                .ok_or_else(|| not_found("snapshot", snapshot))?;
            if proved.is_some() {
                return Ok(count(ids));
            }
            let before: Option<String> =
                tx.query_row("SELECT proved_scope FROM crm_streams WHERE no = ?1", [no], |row| row.get(0))?;
            let absent = "stream = ?1 AND seen <> ?2 AND deleted_at IS NULL AND missing_since IS NULL";
            if before.as_deref() == Some(scope.as_str()) {
                tx.execute(
                    &format!(
                        "UPDATE crm_records SET missed = missed + 1,
                         missing_since = CASE WHEN missed + 1 >= 2 THEN ?3 END WHERE {absent}"
                    ),
                    (no, snapshot_no, now),
                )?;
            } else {
                // Another scope: what is absent may only be out of it. This snapshot counts as the first of two.
                tx.execute(
                    &format!("UPDATE crm_records SET missed = (scope_hash = ?3) WHERE {absent}"),
                    (no, snapshot_no, &scope),
                )?;
            }
            tx.execute("UPDATE snapshots SET proved_at = ?2 WHERE no = ?1", (snapshot_no, now))?;
            tx.execute(
                "UPDATE crm_streams SET proved = ?2, proved_scope = ?3 WHERE no = ?1",
                (no, snapshot_no, &scope),
            )?;
            // Proofs are needed two deep; older snapshots say nothing any more.
            tx.execute(
                "DELETE FROM snapshots WHERE stream = ?1 AND no <> ?2 AND no NOT IN
                 (SELECT no FROM snapshots WHERE stream = ?1 AND proved_at IS NOT NULL ORDER BY no DESC LIMIT 2)",
                (no, snapshot_no),
            )?;
            write.audit(&crate::audit::Entry {
                record: Some(("stream", stream)),
                ..crate::audit::Entry::plain(&actor, "snapshot.prove", Some(snapshot))
            })?;
            Ok(count(ids))
        })
    }

    fn watermark(&self, connection_id: &str, stream: &str) -> StoreResult<Option<Watermark>> {
        self.read(|connection| watermark::of(connection, connection_id, stream))
    }

    fn put_watermark(
        &self,
        connection_id: &str,
        stream: &str,
        watermark: Option<&Watermark>,
    ) -> StoreResult<()> {
        self.scratch(|tx| watermark::put(tx, connection_id, stream, watermark))
    }

    fn drop_snapshot(&self, connection_id: &str, stream: &str, snapshot: &str) -> StoreResult<()> {
        self.scratch(|tx| {
            let Some(no) = stream_no(tx, connection_id, stream)? else { return Ok(()) };
            let found: Option<i64> = tx
                .query_row(
                    "DELETE FROM snapshots WHERE stream = ?1 AND id = ?2 AND proved_at IS NULL RETURNING no",
                    (no, snapshot),
                    |row| row.get(0),
                )
                .optional()?;
            if let Some(snapshot_no) = found {
                tx.execute(
                    "UPDATE crm_records SET seen = 0 WHERE stream = ?1 AND seen = ?2",
                    (no, snapshot_no),
                )?;
            }
            Ok(())
        })
    }

    fn links(&self, connection_id: &str, sources: &[(String, String)]) -> StoreResult<Vec<LinkRow>> {
        self.near(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT ?2, l.external_id, l.record_type, l.record_id, l.client_id, l.confirmed
                 FROM record_links l WHERE l.stream = ?1 AND l.external_id = ?3 ORDER BY l.record_type",
            )?;
            let mut streams: Vec<(&str, Option<i64>)> = Vec::new();
            let mut found = Vec::with_capacity(sources.len());
            for (stream, id) in sources {
                let no = match streams.iter().find(|(name, _)| *name == stream) {
                    Some((_, no)) => *no,
                    None => {
                        let no = stream_no(connection, connection_id, stream)?;
                        streams.push((stream, no));
                        no
                    }
                };
                let Some(no) = no else { continue };
                for row in statement.query_and_then((no, stream, id), read_link)? {
                    found.push(row?);
                }
            }
            Ok(found)
        })
    }

    fn reset_staging(&self, job_id: &str) -> StoreResult<()> {
        self.scratch(|tx| {
            tx.execute("DELETE FROM crm_client_staging WHERE sync_job_id = ?1", [job_id])?;
            Ok(())
        })
    }

    fn stage(
        &self,
        job_id: &str,
        connection_id: &str,
        units: &[StagedUnit],
        allotments: &[LinkRow],
        at: Timestamp,
    ) -> StoreResult<()> {
        self.scratch(|tx| {
            let connection = connection_no(tx, connection_id)?;
            let mut insert = tx.prepare_cached(
                "INSERT INTO crm_client_staging (id, integration_id, sync_job_id, external_id, mapped_data,
                 import_status, created_at, seq) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?;
            for unit in units {
                let status = if unit.problems.is_empty() { "pending" } else { "error" };
                insert.execute((
                    self.ids.new_id(),
                    connection_id,
                    job_id,
                    &unit.external_id,
                    serde_json::to_string(unit)?,
                    status,
                    nanos(at),
                    signed(unit.seq),
                ))?;
            }
            // An allotted id stays with its source for good; only the client of one that was never confirmed follows
            // a new grouping of the parties.
            let mut allot = tx.prepare_cached(
                "INSERT INTO record_links (stream, external_id, record_type, connection, record_id, client_id,
                 confirmed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0)
                 ON CONFLICT (stream, external_id, record_type) DO UPDATE SET client_id = excluded.client_id
                 WHERE confirmed = 0 AND record_id = excluded.record_id",
            )?;
            let mut streams: Vec<(&str, i64)> = Vec::new();
            for link in allotments {
                let stream = match streams.iter().find(|(name, _)| *name == link.stream) {
                    Some((_, no)) => *no,
                    None => {
                        let no = make_stream(tx, connection_id, &link.stream)?;
                        streams.push((&link.stream, no));
                        no
                    }
                };
                allot.execute((
                    stream,
                    &link.external_id,
                    link.record_type.as_str(),
                    connection,
                    &link.record_id,
                    &link.client_id,
                ))?;
            }
            Ok(())
        })
    }

    fn staged_units(&self, job_id: &str, from_seq: u64, limit: u32) -> StoreResult<Vec<StagedUnit>> {
        self.near(|connection| {
            let aliases = crate::alias::Aliases::load(connection)?;
            let mut statement = connection.prepare_cached(
                "SELECT mapped_data FROM crm_client_staging WHERE sync_job_id = ?1 AND seq >= ?2 ORDER BY seq LIMIT ?3",
            )?;
            statement
                .query_and_then((job_id, signed(from_seq), limit), |row| {
                    aliases.parse(row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?)
                })?
                .collect()
        })
    }

    fn staged_unit(&self, job_id: &str, seq: u64) -> StoreResult<Option<StagedUnit>> {
        self.near(|connection| {
            let aliases = crate::alias::Aliases::load(connection)?;
            let mut statement = connection.prepare_cached(
                "SELECT mapped_data FROM crm_client_staging WHERE sync_job_id = ?1 AND seq = ?2",
            )?;
            statement
                .query_and_then((job_id, signed(seq)), |row| {
                    aliases.parse(row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?)
                })?
                .next()
                .transpose()
        })
    }
}

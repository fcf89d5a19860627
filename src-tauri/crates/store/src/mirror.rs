//! `wedsync_records`, `base_values`, `match_keys`: what WedSync last said, and what both sides agreed on.

use std::collections::BTreeMap;

use hub_core::matching::{MatchKey, MatchParty};
use hub_core::plan::{BasePair, PlanOp};
use hub_core::ports::{CloudRecord, FoundParty, HeldRecord, MirrorStore, StoreResult};
use hub_core::record::{FieldMap, RecordKey, RecordType, SourceKey};
use rusqlite::{Connection, OptionalExtension, Row};

use crate::alias::Aliases;
use crate::audit::Entry;
use crate::error::{DbError, DbResult};
use crate::finding::{by_words, on_day};
use crate::jobs::count;
use crate::source::{make_stream, stream_no};
use crate::store::{Store, Write};
use crate::time::nanos;
use crate::typed::{Typed, key_number, match_party};

const CURSOR: &str = "mirror_cursor";
const GENERATION: &str = "mirror_generation";
/// Counts how often the cursor moved; the vault remembers it, so that an older file put in this one's place is noticed.
const MARK: &str = "mirror_mark";

pub(crate) fn mark(connection: &Connection) -> DbResult<i64> {
    Ok(meta(connection, MARK)?.and_then(|text| text.parse().ok()).unwrap_or(0))
}

/// Moves the cursor of the feed; returns the new mark, which the vault is told once this is durable.
fn put_cursor(connection: &Connection, cursor: &str) -> DbResult<i64> {
    put_meta(connection, CURSOR, cursor)?;
    let mark = mark(connection)? + 1;
    put_meta(connection, MARK, &mark.to_string())?;
    Ok(mark)
}

/// Forgets the cursor: a full list comes before anything else (SYNC-LAW 28).
pub(crate) fn forget_cursor(connection: &Connection) -> DbResult<()> {
    connection.execute("DELETE FROM store_meta WHERE key = ?1", [CURSOR])?;
    Ok(())
}

pub(crate) fn meta(connection: &Connection, key: &str) -> DbResult<Option<String>> {
    Ok(connection
        .prepare_cached("SELECT value FROM store_meta WHERE key = ?1")?
        .query_row([key], |row| row.get(0))
        .optional()?)
}

pub(crate) fn put_meta(connection: &Connection, key: &str, value: &str) -> DbResult<()> {
    connection
        .prepare_cached(
            "INSERT INTO store_meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        )?
        .execute([key, value])?;
    Ok(())
}

pub(crate) fn generation(connection: &Connection) -> DbResult<i64> {
    Ok(meta(connection, GENERATION)?.and_then(|text| text.parse().ok()).unwrap_or(0))
}

fn read_record(record_type: RecordType, row: &Row<'_>) -> DbResult<CloudRecord> {
    let fields = row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?;
    let refs = row.get_ref(3)?.as_str().map_err(rusqlite::Error::from)?;
    Ok(CloudRecord {
        key: RecordKey::new(record_type, row.get::<_, String>(0)?),
        fields: serde_json::from_str(fields)?,
        version: row.get(2)?,
        external_refs: if refs == "[]" { Vec::new() } else { serde_json::from_str(refs)? },
        deleted: row.get_ref(4)? != rusqlite::types::ValueRef::Null,
    })
}

/// One record of the mirror, deleted ones too.
pub(crate) fn find(connection: &Connection, key: &RecordKey) -> DbResult<Option<CloudRecord>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, fields, server_version, external_refs, deleted_at FROM wedsync_records
         WHERE record_type = ?1 AND id = ?2",
    )?;
    statement
        .query_and_then((key.record_type.as_str(), &key.id), |row| read_record(key.record_type, row))?
        .next()
        .transpose()
}

/// Version and liveness alone, for checks that need no fields.
pub(crate) fn version_of(connection: &Connection, key: &RecordKey) -> DbResult<Option<(i64, bool)>> {
    Ok(connection
        .prepare_cached(
            "SELECT server_version, deleted_at IS NOT NULL FROM wedsync_records WHERE record_type = ?1 AND id = ?2",
        )?
        .query_row((key.record_type.as_str(), &key.id), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?)
}

/// Stores what WedSync says about one record.
pub(crate) fn put(connection: &Connection, record: &CloudRecord, generation: i64, now: i64) -> DbResult<()> {
    let refs = if record.external_refs.is_empty() {
        "[]".to_owned()
    } else {
        serde_json::to_string(&record.external_refs)?
    };
    connection
        .prepare_cached(
            "INSERT INTO wedsync_records (record_type, id, server_version, external_refs, deleted_at, mentioned, fields)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (record_type, id) DO UPDATE SET server_version = excluded.server_version,
             external_refs = excluded.external_refs, deleted_at = excluded.deleted_at,
             mentioned = excluded.mentioned, fields = excluded.fields",
        )?
        .execute((
            record.key.record_type.as_str(),
            &record.key.id,
            record.version,
            refs,
            record.deleted.then_some(now),
            generation,
            serde_json::to_string(&record.fields)?,
        ))?;
    Ok(())
}

/// The fields of a record as this computer shows it: WedSync's, with what is on its way there laid over.
pub(crate) fn with_pending(
    connection: &Connection,
    key: &RecordKey,
    fields: &FieldMap,
) -> DbResult<FieldMap> {
    let mut shown = fields.clone();
    let mut statement = connection.prepare_cached(
        "SELECT p.op FROM outbox o INDEXED BY outbox_by_record JOIN plan_ops p ON p.plan = o.plan AND p.seq = o.unit AND p.ord = o.ord
         WHERE o.record_id = ?1 AND o.record_type = ?2 AND o.state IN ('queued', 'sent') ORDER BY o.seq",
    )?;
    let mut rows = statement.query((&key.id, key.record_type.as_str()))?;
    let mut aliases: Option<Aliases> = None;
    while let Some(row) = rows.next()? {
        let aliases = match &aliases {
            Some(aliases) => aliases,
            None => aliases.insert(Aliases::load(connection)?),
        };
        let op: PlanOp = aliases.parse(row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?)?;
        shown.extend(op.after);
    }
    Ok(shown)
}

/// Brings the typed row of a record in line with the mirror and what is pending over it.
pub(crate) fn show(
    typed: &mut Typed<'_>,
    connection: &Connection,
    key: &RecordKey,
    now: i64,
) -> DbResult<()> {
    match find(connection, key)? {
        Some(record) if !record.deleted => {
            let shown = with_pending(connection, key, &record.fields)?;
            typed.put(key.record_type, &key.id, &shown)
        }
        Some(_) => typed.delete(key.record_type, &key.id, now),
        None => typed.remove(key.record_type, &key.id),
    }
}

/// Base pairs of the link to one source.
pub(crate) fn base_pairs(
    connection: &Connection,
    stream: i64,
    external_id: &str,
    record_type: RecordType,
) -> DbResult<Option<String>> {
    Ok(connection
        .prepare_cached(
            "SELECT pairs FROM base_values WHERE stream = ?1 AND external_id = ?2 AND record_type = ?3",
        )?
        .query_row((stream, external_id, record_type.as_str()), |row| row.get(0))
        .optional()?)
}

/// Stores base pairs under the connection's present mapping revision.
pub(crate) fn put_base(
    connection: &Connection,
    stream: i64,
    external_id: &str,
    record_type: RecordType,
    pairs: &str,
) -> DbResult<()> {
    connection
        .prepare_cached(
            "INSERT INTO base_values (stream, external_id, record_type, mapping_revision, pairs)
             SELECT ?1, ?2, ?3, i.mapping_revision, ?4 FROM crm_streams s
             JOIN crm_integrations i ON i.no = s.connection WHERE s.no = ?1
             ON CONFLICT (stream, external_id, record_type) DO UPDATE SET pairs = excluded.pairs,
             mapping_revision = excluded.mapping_revision",
        )?
        .execute((stream, external_id, record_type.as_str(), pairs))?;
    Ok(())
}

impl Store {
    /// Today in the studio's zone, for projections; the zone is a setting that signing in stores.
    pub(crate) fn today(&self, connection: &Connection) -> DbResult<String> {
        let zone = crate::connections::setting(connection, "studio.time_zone")?;
        let zone = zone.as_ref().and_then(serde_json::Value::as_str).unwrap_or("UTC");
        Ok(self.clock.today(zone).to_string())
    }
}

fn commit(write: &mut Write<'_>, records: &[CloudRecord], now: i64) -> DbResult<u64> {
    let tx = write.tx;
    let generation = generation(tx)?;
    let mut typed = Typed::new(tx, write.store.today(tx)?)?;
    let mut taken = 0;
    for record in records {
        if let Some((version, _)) = version_of(tx, &record.key)?
            && version >= record.version
        {
            tx.prepare_cached(
                "UPDATE wedsync_records SET mentioned = ?3 WHERE record_type = ?1 AND id = ?2",
            )?
            .execute((record.key.record_type.as_str(), &record.key.id, generation))?;
            continue;
        }
        put(tx, record, generation, now)?;
        if record.deleted {
            typed.delete(record.key.record_type, &record.key.id, now)?;
        } else {
            let shown = with_pending(tx, &record.key, &record.fields)?;
            typed.put(record.key.record_type, &record.key.id, &shown)?;
        }
        if !record.deleted && !record.external_refs.is_empty() {
            link_references(tx, &mut typed, record, now)?;
        }
        taken += 1;
    }
    typed.settle()?;
    Ok(taken)
}

/// This computer had reserved an id for the source; another one was first. Its id takes the place of ours, also in what
/// is staged and planned, or the plan would make everything a second time.
fn give_up_reserved(
    tx: &rusqlite::Transaction<'_>,
    typed: &mut Typed<'_>,
    (stream, external_id): (i64, &str),
    key: &RecordKey,
    client: Option<&str>,
    now: i64,
) -> DbResult<()> {
    let reserved: Option<(String, String)> = tx
        .prepare_cached(
            "SELECT record_id, client_id FROM record_links
             WHERE stream = ?1 AND external_id = ?2 AND record_type = ?3 AND confirmed = 0",
        )?
        .query_row((stream, external_id, key.record_type.as_str()), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((own, own_client)) = reserved else { return Ok(()) };
    let unknown = |record_type, id: &str| -> DbResult<bool> {
        Ok(version_of(tx, &RecordKey::new(record_type, id))?.is_none())
    };
    if own != key.id && unknown(key.record_type, &own)? {
        crate::outbox::rekey::run(tx, typed, key.record_type, &own, &key.id, now)?;
    }
    // A party has no reference of its own: its jobs tell which client it became.
    if let (RecordType::Project, Some(client)) = (key.record_type, client)
        && !own_client.is_empty()
        && own_client != client
        && unknown(RecordType::Client, &own_client)?
    {
        crate::outbox::rekey::run(tx, typed, RecordType::Client, &own_client, client, now)?;
    }
    Ok(())
}

/// Another computer's links: WedSync names the source of a record, and the source belongs to a connection that this
/// computer has too (MODEL 5). What is linked here already stays as it is.
fn link_references(
    tx: &rusqlite::Transaction<'_>,
    typed: &mut Typed<'_>,
    record: &CloudRecord,
    now: i64,
) -> DbResult<()> {
    for reference in &record.external_refs {
        let connection: Option<(i64, String)> = tx
            .prepare_cached(
                "SELECT no, id FROM crm_integrations WHERE provider_key = ?1 AND account ->> '$.account_id' = ?2",
            )?
            .query_row([&reference.provider, &reference.account], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((connection, connection_id)) = connection else { continue };
        let stream = make_stream(tx, &connection_id, &reference.stream)?;
        let client = match record.key.record_type {
            RecordType::Client => Some(record.key.id.clone()),
            RecordType::Person => tx
                .prepare_cached(
                    "SELECT client_id FROM client_people WHERE person_id = ?1 ORDER BY client_id LIMIT 1",
                )?
                .query_row([&record.key.id], |row| row.get(0))
                .optional()?,
            _ => record.fields.get("client_id").and_then(serde_json::Value::as_str).map(str::to_owned),
        };
        give_up_reserved(tx, typed, (stream, &reference.id), &record.key, client.as_deref(), now)?;
        tx.prepare_cached(
            "INSERT INTO record_links (stream, external_id, record_type, connection, record_id, client_id, confirmed)
             SELECT ?1, ?2, ?3, ?4, ?5, ?6, 1 WHERE NOT EXISTS
             (SELECT 1 FROM record_links WHERE record_id = ?5 AND record_type = ?3 AND connection = ?4
              AND (stream, external_id) <> (?1, ?2))
             ON CONFLICT (stream, external_id, record_type) DO UPDATE SET record_id = excluded.record_id,
             client_id = excluded.client_id, confirmed = 1 WHERE confirmed = 0",
        )?
        .execute((
            stream,
            &reference.id,
            record.key.record_type.as_str(),
            connection,
            &record.key.id,
            client.unwrap_or_default(),
        ))?;
    }
    Ok(())
}

impl MirrorStore for Store {
    fn mirror_cursor(&self) -> StoreResult<Option<String>> {
        self.near(|connection| meta(connection, CURSOR))
    }

    fn commit_mirror(&self, records: &[CloudRecord], next_cursor: Option<&str>) -> StoreResult<()> {
        let actor = self.app("audit.mirror", None);
        let now = nanos(actor.at);
        let mark = self.write(|write| {
            let taken = commit(write, records, now)?;
            let mark = next_cursor.map(|cursor| put_cursor(write.tx, cursor)).transpose()?;
            let what = format!("{} {taken}", records.len());
            write.audit(&Entry::plain(&actor, "mirror.commit", Some(&what)))?;
            Ok(mark)
        })?;
        Ok(mark.map_or(Ok(()), |mark| self.vault.set_mirror_mark(mark))?)
    }

    fn begin_full_mirror(&self) -> StoreResult<()> {
        self.scratch(|tx| put_meta(tx, GENERATION, &(generation(tx)? + 1).to_string()))
    }

    fn end_full_mirror(&self, feed_cursor: &str) -> StoreResult<()> {
        let actor = self.app("audit.mirror_complete", None);
        let now = nanos(actor.at);
        let mark = self.write(|write| {
            let tx = write.tx;
            let generation = generation(tx)?;
            let gone: Vec<(String, String)> = tx
                .prepare_cached(
                    "UPDATE wedsync_records SET deleted_at = ?2 WHERE mentioned < ?1 AND deleted_at IS NULL
                     RETURNING record_type, id",
                )?
                .query_map((generation, now), |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<rusqlite::Result<_>>()?;
            let mut typed = Typed::new(tx, self.today(tx)?)?;
            for (record_type, id) in &gone {
                let record_type =
                    RecordType::parse(record_type).ok_or(DbError::Name { column: "record_type" })?;
                typed.delete(record_type, id, now)?;
            }
            typed.settle()?;
            let mark = put_cursor(tx, feed_cursor)?;
            write.audit(&Entry::plain(&actor, "mirror.complete", Some(&gone.len().to_string())))?;
            Ok(mark)
        })?;
        Ok(self.vault.set_mirror_mark(mark)?)
    }

    fn mirror_record(&self, key: &RecordKey) -> StoreResult<Option<CloudRecord>> {
        self.near(|connection| find(connection, key))
    }

    fn held(
        &self,
        connection_id: &str,
        wanted: &[(RecordKey, Option<SourceKey>)],
    ) -> StoreResult<Vec<HeldRecord>> {
        self.near(|connection| {
            let mut streams: BTreeMap<&str, Option<i64>> = BTreeMap::new();
            let mut found = Vec::with_capacity(wanted.len());
            for (key, source) in wanted {
                let Some(record) = find(connection, key)? else { continue };
                let mut base: BTreeMap<String, BasePair> = BTreeMap::new();
                if let Some(source) = source {
                    let stream = match streams.get(source.stream.as_str()) {
                        Some(stream) => *stream,
                        None => {
                            let stream = stream_no(connection, connection_id, &source.stream)?;
                            streams.insert(&source.stream, stream);
                            stream
                        }
                    };
                    if let Some(stream) = stream
                        && let Some(pairs) = base_pairs(connection, stream, &source.id, key.record_type)?
                    {
                        base = serde_json::from_str(&pairs)?;
                    }
                }
                found.push(HeldRecord { record, base });
            }
            Ok(found)
        })
    }

    fn match_party(&self, client_id: &str) -> StoreResult<Option<MatchParty>> {
        self.near(|connection| match_party(connection, client_id))
    }

    fn match_candidates(&self, connection_id: &str, keys: &[MatchKey]) -> StoreResult<Vec<MatchParty>> {
        self.near(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT k.client_id FROM match_keys k WHERE k.key = ?1 AND NOT EXISTS
                 (SELECT 1 FROM record_links l JOIN crm_integrations i ON i.no = l.connection
                  WHERE l.client_id = k.client_id AND i.id = ?2)",
            )?;
            let mut clients = std::collections::BTreeSet::new();
            for key in keys {
                for client in statement.query_map((key_number(key), connection_id), |row| row.get(0))? {
                    clients.insert(client?);
                }
            }
            let mut parties = Vec::with_capacity(clients.len());
            for client in clients {
                let client: String = client;
                parties.extend(match_party(connection, &client)?);
            }
            Ok(parties)
        })
    }

    fn mirror_page(
        &self,
        record_type: RecordType,
        after: Option<&str>,
        limit: u32,
    ) -> StoreResult<Vec<CloudRecord>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, fields, server_version, external_refs, deleted_at FROM wedsync_records
                 WHERE record_type = ?1 AND deleted_at IS NULL AND id > ?2 ORDER BY id LIMIT ?3",
            )?;
            statement
                .query_and_then((record_type.as_str(), after.unwrap_or_default(), limit), |row| {
                    read_record(record_type, row)
                })?
                .collect()
        })
    }

    fn find_clients(&self, words: &[String], limit: u32) -> StoreResult<Vec<FoundParty>> {
        self.read(|connection| by_words(connection, words, limit))
    }

    fn find_clients_on(&self, day: &str, limit: u32) -> StoreResult<Vec<FoundParty>> {
        self.read(|connection| on_day(connection, day, limit))
    }

    fn mirror_counts(&self) -> StoreResult<BTreeMap<String, u64>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT record_type, count(*) FROM wedsync_records WHERE deleted_at IS NULL GROUP BY record_type",
            )?;
            let rows =
                statement.query_map([], |row| Ok((row.get::<_, String>(0)?, count(row.get::<_, i64>(1)?))))?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }
}

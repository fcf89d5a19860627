//! How far each stream is known newest-first (`crm_streams`), so that an unchanged book costs a few requests.

use hub_core::ports::Watermark;
use rusqlite::{Connection, OptionalExtension};

use crate::error::DbResult;
use crate::source::{make_stream, stream_no};
use crate::time::{nanos, stamp};

pub(crate) fn of(connection: &Connection, connection_id: &str, stream: &str) -> DbResult<Option<Watermark>> {
    let Some(no) = stream_no(connection, connection_id, stream)? else { return Ok(None) };
    let found = connection
        .prepare_cached(
            "SELECT watermark, watermark_scope, swept_at FROM crm_streams WHERE no = ?1
             AND watermark IS NOT NULL AND watermark_scope IS NOT NULL AND swept_at IS NOT NULL",
        )?
        .query_row([no], |row| {
            Ok(Watermark { at: stamp(row.get(0)?), scope_hash: row.get(1)?, swept_at: stamp(row.get(2)?) })
        })
        .optional()?;
    Ok(found)
}

pub(crate) fn put(
    connection: &Connection,
    connection_id: &str,
    stream: &str,
    watermark: Option<&Watermark>,
) -> DbResult<()> {
    let no = make_stream(connection, connection_id, stream)?;
    connection
        .prepare_cached(
            "UPDATE crm_streams SET watermark = ?2, watermark_scope = ?3, swept_at = ?4 WHERE no = ?1",
        )?
        .execute((
            no,
            watermark.map(|watermark| nanos(watermark.at)),
            watermark.map(|watermark| &watermark.scope_hash),
            watermark.map(|watermark| nanos(watermark.swept_at)),
        ))?;
    Ok(())
}

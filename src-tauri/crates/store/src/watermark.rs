//! How far each stream is known (`crm_streams`): newest-first up to an instant, or up to a token of the CRM's own; so that an
//! unchanged book costs a few requests.

use hub_core::ports::{Since, Watermark};
use rusqlite::{Connection, OptionalExtension};

use crate::error::DbResult;
use crate::source::{make_stream, stream_no};
use crate::time::{nanos, stamp};

pub(crate) fn of(connection: &Connection, connection_id: &str, stream: &str) -> DbResult<Option<Watermark>> {
    let Some(no) = stream_no(connection, connection_id, stream)? else { return Ok(None) };
    let found = connection
        .prepare_cached(
            "SELECT watermark, watermark_token, watermark_scope, swept_at FROM crm_streams WHERE no = ?1
             AND (watermark IS NULL) <> (watermark_token IS NULL)
             AND watermark_scope IS NOT NULL AND swept_at IS NOT NULL",
        )?
        .query_row([no], |row| {
            let mark = match row.get::<_, Option<String>>(1)? {
                Some(token) => Since::Token(token),
                None => Since::Time(stamp(row.get(0)?)),
            };
            Ok(Watermark { mark, scope_hash: row.get(2)?, swept_at: stamp(row.get(3)?) })
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
    let (at, token) = match watermark.map(|watermark| &watermark.mark) {
        Some(Since::Time(at)) => (Some(nanos(*at)), None),
        Some(Since::Token(token)) => (None, Some(token)),
        None => (None, None),
    };
    connection
        .prepare_cached(
            "UPDATE crm_streams SET watermark = ?2, watermark_token = ?3, watermark_scope = ?4, swept_at = ?5
             WHERE no = ?1",
        )?
        .execute((
            no,
            at,
            token,
            watermark.map(|watermark| &watermark.scope_hash),
            watermark.map(|watermark| nanos(watermark.swept_at)),
        ))?;
    Ok(())
}

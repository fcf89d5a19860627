//! The review list: filtering, searching, sorting and paging units without touching their wide rows.

use hub_core::plan::UnitKind;
use hub_core::ports::{UnitQuery, UnitRow, UnitState};
use rusqlite::Connection;

use super::{NO_DATE, kind_and_state, text};
use crate::error::DbResult;
use crate::jobs::{count, signed};

/// Escapes what LIKE takes for a wildcard.
fn like(search: &str) -> String {
    let mut pattern = String::with_capacity(search.len() + 2);
    pattern.push('%');
    for character in search.to_lowercase().chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

pub(super) fn list(connection: &Connection, plan: i64, query: &UnitQuery) -> DbResult<(Vec<UnitRow>, u64)> {
    let search = query.search.as_deref().map(str::trim).filter(|search| !search.is_empty()).map(like);
    let (kind, state) = (query.kind.map(UnitKind::as_str), query.state.map(UnitState::as_str));
    let mut wanted = String::from("plan = :plan");
    let mut values: Vec<(&str, &dyn rusqlite::ToSql)> = vec![(":plan", &plan)];
    if let Some(kind) = &kind {
        wanted.push_str(" AND kind = :kind");
        values.push((":kind", kind));
    }
    if let Some(state) = &state {
        wanted.push_str(" AND state = :state");
        values.push((":state", state));
    }
    if let Some(search) = &search {
        wanted.push_str(" AND search LIKE :search ESCAPE '\\'");
        values.push((":search", search));
    }
    if let Some(from) = &query.weddings_from {
        wanted.push_str(" AND wedding_date >= :from AND wedding_date < :undated");
        values.push((":from", from));
        values.push((":undated", &NO_DATE));
    }
    // The index of the search column holds nothing else to read: a page over 100,000 units scans it alone.
    let hint = if search.is_some() { "INDEXED BY plan_units_search" } else { "" };
    let total: i64 = connection
        .prepare_cached(&format!("SELECT count(*) FROM plan_units {hint} WHERE {wanted}"))?
        .query_row(values.as_slice(), |row| row.get(0))?;
    let (column, order) = match query.sort.as_deref() {
        Some("-seq") => ("seq", "seq DESC"),
        Some("name") => ("name_key", "name_key, seq"),
        Some("-name") => ("name_key", "name_key DESC, seq DESC"),
        Some("wedding_date") => ("wedding_date", "wedding_date, seq"),
        Some("-wedding_date") => ("wedding_date", "wedding_date DESC, seq DESC"),
        _ => ("seq", "seq"),
    };
    let (offset, limit) = (signed(query.offset), query.limit);
    values.push((":offset", &offset));
    values.push((":limit", &limit));
    // First the numbers, from an index; then the wide rows of one page.
    let hint = match (search.is_some(), column) {
        (true, _) => "INDEXED BY plan_units_search",
        (false, "name_key") => "INDEXED BY plan_units_by_name",
        (false, "wedding_date") => "INDEXED BY plan_units_by_date",
        (false, _) => "",
    };
    let mut statement = connection.prepare_cached(&format!(
        "SELECT u.seq, u.kind, u.state, u.client_id, u.problems, u.candidates, u.conflicts, u.ops, u.summary
         FROM (SELECT no, {column} AS sorted, seq AS place FROM plan_units {hint} WHERE {wanted}
               ORDER BY {order} LIMIT :limit OFFSET :offset) page
         JOIN plan_units u ON u.no = page.no ORDER BY {}",
        match query.sort.as_deref() {
            Some(sort) if sort.starts_with('-') => "sorted DESC, place DESC",
            _ => "sorted, place",
        }
    ))?;
    let rows = statement.query_and_then(values.as_slice(), |row| -> DbResult<UnitRow> {
        let (kind, state) = kind_and_state(text(row, 1)?, text(row, 2)?)?;
        Ok(UnitRow {
            seq: count(row.get(0)?),
            kind,
            state,
            client_id: row.get(3)?,
            problems: row.get(4)?,
            candidates: row.get(5)?,
            conflicts: row.get(6)?,
            ops: row.get(7)?,
            summary: serde_json::from_str(text(row, 8)?)?,
        })
    })?;
    Ok((rows.collect::<DbResult<_>>()?, count(total)))
}

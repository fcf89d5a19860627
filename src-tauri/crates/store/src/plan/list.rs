//! The review list: filtering, searching, sorting and paging units without touching their wide rows.

use hub_core::plan::UnitKind;
use hub_core::ports::{CellMark, Heading, Mark, UnitQuery, UnitRow, UnitState};
use rusqlite::{Connection, Row};

use super::find::{self, Finding};
use super::{NO_DATE, UnitBody, kind_and_state, record_type, text};
use crate::error::DbResult;
use crate::jobs::{count, signed};

/// The index that holds everything a query filters and sorts by, so that passing rows over reads no wide row.
fn index_of(query: &UnitQuery, column: &str) -> &'static str {
    match (query.alike.is_some(), query.heading.is_some(), column) {
        (true, ..) => "INDEXED BY plan_units_alike",
        (false, true, "seq") => "INDEXED BY plan_units_heading_order",
        (false, false, "wedding_date") => "INDEXED BY plan_units_by_date",
        (false, ..) => "",
    }
}

const COLUMNS: &str =
    "u.seq, u.kind, u.state, u.client_id, u.problems, u.candidates, u.conflicts, u.ops, u.summary,
    CASE WHEN u.problems + u.conflicts > 0 THEN u.body END";

/// A page of the review, and how many units the query fits in all. `commits` is the number of commits before the
/// connection reads.
pub(super) fn list(
    connection: &Connection,
    finding: &Finding,
    commits: u64,
    plan: i64,
    query: &UnitQuery,
) -> DbResult<(Vec<UnitRow>, u64)> {
    if !find::answers(query) {
        return walk(connection, plan, query);
    }
    let (page, total) = finding.index(connection, plan, commits)?.page(query);
    let mut statement = connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM plan_units u WHERE u.plan = ?1 AND u.seq = ?2"))?;
    let mut rows = Vec::with_capacity(page.len());
    for seq in page {
        // A unit is never deleted from a plan that can be listed.
        rows.extend(
            statement
                .query_and_then((plan, seq), |row| read_unit_row(connection, plan, row))?
                .next()
                .transpose()?,
        );
    }
    Ok((rows, total))
}

/// The same from an index of the file, for orders that one holds.
fn walk(connection: &Connection, plan: i64, query: &UnitQuery) -> DbResult<(Vec<UnitRow>, u64)> {
    let (kind, state) = (query.kind.map(UnitKind::as_str), query.state.map(UnitState::as_str));
    let heading = query.heading.map(Heading::as_str);
    let search = find::search_of(query);
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
    if let Some(heading) = &heading {
        wanted.push_str(" AND heading = :heading");
        values.push((":heading", heading));
    }
    if let Some(alike) = &query.alike {
        wanted.push_str(" AND problems > 0 AND alike = :alike");
        values.push((":alike", alike));
    }
    if let Some(search) = &search {
        wanted.push_str(" AND instr(search, :search) > 0");
        values.push((":search", search));
    }
    if let Some(from) = &query.weddings_from {
        wanted.push_str(" AND wedding_date >= :from AND wedding_date < :undated");
        values.push((":from", from));
        values.push((":undated", &NO_DATE));
    }
    if let Some(appointments) = query.appointments {
        wanted.push_str(if appointments {
            " AND wedding_date > :apart"
        } else {
            " AND wedding_date <= :apart"
        });
        values.push((":apart", &NO_DATE));
    }
    let (column, order) = match query.sort.as_deref() {
        Some("-seq") => ("seq", "seq DESC"),
        Some("name") => ("name_key", "name_key, seq"),
        Some("-name") => ("name_key", "name_key DESC, seq DESC"),
        Some("wedding_date") => ("wedding_date", "wedding_date, seq"),
        Some("-wedding_date") => ("wedding_date", "wedding_date DESC, seq DESC"),
        _ => ("seq", "seq"),
    };
    // Counting needs no order: any index that holds the conditions will do.
    let hint = index_of(query, "seq");
    let total: i64 = connection
        .prepare_cached(&format!("SELECT count(*) FROM plan_units {hint} WHERE {wanted}"))?
        .query_row(values.as_slice(), |row| row.get(0))?;
    let (offset, limit) = (signed(query.offset), query.limit);
    values.push((":offset", &offset));
    values.push((":limit", &limit));
    // First the numbers, from an index; then the wide rows of one page.
    let hint = index_of(query, column);
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {COLUMNS}
         FROM (SELECT no, {column} AS sorted, seq AS place FROM plan_units {hint} WHERE {wanted}
               ORDER BY {order} LIMIT :limit OFFSET :offset) page
         JOIN plan_units u ON u.no = page.no ORDER BY {}",
        match query.sort.as_deref() {
            Some(sort) if sort.starts_with('-') => "sorted DESC, place DESC",
            _ => "sorted, place",
        }
    ))?;
    let rows = statement.query_and_then(values.as_slice(), |row| read_unit_row(connection, plan, row))?;
    Ok((rows.collect::<DbResult<_>>()?, count(total)))
}

fn read_unit_row(connection: &Connection, plan: i64, row: &Row<'_>) -> DbResult<UnitRow> {
    let (kind, state) = kind_and_state(text(row, 1)?, text(row, 2)?)?;
    let seq: i64 = row.get(0)?;
    let mut marks = match row.get_ref(9)?.as_str_or_null().map_err(rusqlite::Error::from)? {
        Some(body) => marks_of(serde_json::from_str(body)?),
        None => Vec::new(),
    };
    if matches!(kind, UnitKind::Changed | UnitKind::Linked) {
        marks.append(&mut changes(connection, plan, seq)?);
    }
    marks.truncate(UnitRow::MOST_MARKS);
    Ok(UnitRow {
        seq: count(seq),
        kind,
        state,
        client_id: row.get(3)?,
        problems: row.get(4)?,
        candidates: row.get(5)?,
        conflicts: row.get(6)?,
        ops: row.get(7)?,
        summary: serde_json::from_str(text(row, 8)?)?,
        marks,
    })
}

/// Conflicts and problems as the cells of a row show them.
fn marks_of(body: UnitBody) -> Vec<CellMark> {
    let conflicts = body.conflicts.into_iter().map(|conflict| CellMark {
        record_type: conflict.record.record_type,
        field: conflict.field,
        mark: Mark::Conflict,
    });
    let problems = body.problems.into_iter().map(|problem| CellMark {
        record_type: problem.record_type,
        field: problem.field,
        mark: Mark::Problem { found: problem.found, code: problem.code, params: problem.params },
    });
    conflicts.chain(problems).collect()
}

/// The fields of held records that a unit would change.
fn changes(connection: &Connection, plan: i64, seq: i64) -> DbResult<Vec<CellMark>> {
    let mut statement = connection.prepare_cached(
        "SELECT DISTINCT o.record_type, f.key FROM plan_ops o, json_each(o.op, '$.after') f
         WHERE o.plan = ?1 AND o.seq = ?2 AND o.live = 1 AND o.kind IN ('update', 'link') LIMIT ?3",
    )?;
    statement
        .query_and_then((plan, seq, UnitRow::MOST_MARKS as i64), |row| {
            Ok(CellMark { record_type: record_type(text(row, 0)?)?, field: row.get(1)?, mark: Mark::Changed })
        })?
        .collect()
}

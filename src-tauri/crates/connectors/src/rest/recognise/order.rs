//! Whether a list can be had in the order of its changes: seen in its rows or tried out, never believed.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use hub_core::ports::ConnectorError;
use jiff::Timestamp;
use serde_json::Value as Json;

use super::find::ids;
use super::trial::Trial;
use crate::rest::flat::cells;
use crate::rest::newest::instant;

/// Rows that are looked at.
const SAMPLE: usize = 50;
/// Different instants that an order is told by: fewer may stand so by chance.
const TELLING: usize = 5;

/// The parameters that ask for the list newest change first; none where it always is so. Nothing where it cannot be had so.
pub(super) async fn newest_first(
    trial: &mut Trial,
    rows: &[Json],
    id: &str,
    changed: &str,
) -> Result<Option<BTreeMap<String, String>>, ConnectorError> {
    if is_newest_first(rows, changed) {
        return Ok(Some(BTreeMap::new()));
    }
    if instants(&told(rows), changed).is_none_or(|instants| different(&instants) < TELLING) {
        return Ok(None);
    }
    let descending = format!("-{changed}");
    // What JSON:API writes for it (1.1, "Sorting"), and what many servers of tables take.
    let conventions: [&[(&str, &str)]; 2] =
        [&[("sort", &descending)], &[("sort", changed), ("order", "desc")]];
    for asked in conventions {
        if asked.iter().any(|(name, _)| trial.params().contains_key(*name)) {
            continue;
        }
        let Some(sorted) = trial.rows_with(asked).await? else { continue };
        if ids(&sorted, id) != ids(rows, id) && is_newest_first(&sorted, changed) {
            let params = asked.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            return Ok(Some(params.collect()));
        }
    }
    Ok(None)
}

/// Cells of the first rows, by their paths.
fn told(rows: &[Json]) -> Vec<BTreeMap<String, String>> {
    rows.iter().take(SAMPLE).map(|row| cells(row).into_iter().collect()).collect()
}

/// When each row was changed; nothing where one does not say.
fn instants(told: &[BTreeMap<String, String>], changed: &str) -> Option<Vec<Timestamp>> {
    told.iter().map(|row| instant(row.get(changed)?)).collect()
}

/// Whether rows stand in the order of their changes, and nothing else in them explains that order: a list in the order in which
/// records were made looks the same until an old one is changed.
fn is_newest_first(rows: &[Json], changed: &str) -> bool {
    let told = told(rows);
    let Some(instants) = instants(&told, changed) else { return false };
    if different(&instants) < TELLING || !instants.is_sorted_by(|one, next| one >= next) {
        return false;
    }
    let Some(first) = told.first() else { return false };
    first.keys().filter(|path| *path != changed).all(|path| {
        let values: Option<Vec<&String>> = told.iter().map(|row| row.get(path)).collect();
        values.is_none_or(|values| {
            // Of two values, one may well stand before the other by chance.
            different(&values) < 3
                || !(ordered(&values, Ordering::Less) || ordered(&values, Ordering::Greater))
        })
    })
}

fn different<T: Ord>(values: &[T]) -> usize {
    values.iter().collect::<BTreeSet<_>>().len()
}

/// Whether no value stands on the wrong side of the next one.
fn ordered(values: &[&String], wrong: Ordering) -> bool {
    let compare = |one: &str, next: &str| match (one.parse::<f64>(), next.parse::<f64>()) {
        (Ok(one), Ok(next)) => one.total_cmp(&next),
        _ => one.cmp(next),
    };
    values.windows(2).all(|pair| compare(pair[0], pair[1]) != wrong)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rows(of: &[(u32, &str, &str)]) -> Vec<Json> {
        of.iter()
            .map(|(id, made, changed)| json!({"id": id, "made": made, "changed": changed, "kind": "wedding"}))
            .collect()
    }

    #[test]
    fn inv_03_an_order_counts_only_where_nothing_else_explains_it() {
        let at = |minute: u32| format!("2026-05-14T08:{minute:02}:00Z");
        let list = |ids: [u32; 5], made: [u32; 5], changed: [u32; 5]| {
            let made: Vec<String> = made.iter().map(|minute| at(*minute)).collect();
            let changed: Vec<String> = changed.iter().map(|minute| at(*minute)).collect();
            let of: Vec<(u32, &str, &str)> =
                (0..5).map(|at| (ids[at], made[at].as_str(), changed[at].as_str())).collect();
            is_newest_first(&rows(&of), "changed")
        };
        assert!(list([3, 1, 5, 2, 4], [3, 1, 5, 2, 4], [50, 40, 30, 20, 10]), "newest change first");
        assert!(!list([5, 4, 3, 2, 1], [3, 1, 5, 2, 4], [50, 40, 30, 20, 10]), "by id, as well");
        assert!(!list([3, 1, 5, 2, 4], [5, 4, 3, 2, 1], [50, 40, 30, 20, 10]), "as they were made, as well");
        assert!(!list([3, 1, 5, 2, 4], [3, 1, 5, 2, 4], [50, 40, 30, 20, 21]), "one is out of order");
        assert!(!list([3, 1, 5, 2, 4], [3, 1, 5, 2, 4], [50, 50, 50, 20, 10]), "too few different ones");
        let undated = rows(&[(1, "a", "2026-05-14T08:00:00Z"), (2, "b", "2026-05-14")]);
        assert!(instants(&told(&undated), "changed").is_none(), "a day is no instant");
        assert!(!is_newest_first(&undated, "changed") && !is_newest_first(&[], "changed"));
    }
}

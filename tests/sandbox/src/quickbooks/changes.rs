//! Change data capture: what changed since an instant, as Intuit's page on it tells.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::error;
use super::lists::Lists;
use crate::http::{Request, Response};

/// Records of an answer at most.
const MOST: usize = 1_000;
/// Days that are looked back at most.
const DAYS: i64 = 30;

pub(super) fn since(lists: &Lists, own: bool, request: &Request) -> Response {
    let since: Option<Timestamp> = request.query("changedSince").and_then(|text| text.parse().ok());
    let Some(since) =
        since.filter(|since| lists.now().duration_since(*since) <= SignedDuration::from_hours(DAYS * 24))
    else {
        return error(400, "2080", "ValidationFault");
    };
    let mut left = MOST;
    let mut told = Vec::new();
    for entity in request.query("entities").unwrap_or_default().split(',').filter(|name| !name.is_empty()) {
        let Some(held) = lists.of(entity) else { return error(400, "4001", "ValidationFault") };
        let changed = |at: &Value| {
            at.as_str().and_then(|at| at.parse::<Timestamp>().ok()).is_some_and(|at| at >= since)
        };
        let mut rows: Vec<Value> = if own {
            held.iter().filter(|row| changed(&row["MetaData"]["LastUpdatedTime"])).cloned().collect()
        } else {
            Vec::new()
        };
        rows.extend(lists.gone.iter().filter(|gone| own && gone.entity == entity).filter_map(|gone| {
            let row = json!({
                "domain": "QBO", "status": "Deleted", "Id": gone.id, "MetaData": {"LastUpdatedTime": gone.at},
            });
            changed(&row["MetaData"]["LastUpdatedTime"]).then_some(row)
        }));
        rows.truncate(left);
        left -= rows.len();
        // What has no rows is left out.
        told.push(match rows.len() {
            0 => json!({}),
            count => json!({ entity: rows, "startPosition": 1, "maxResults": count }),
        });
    }
    let body = json!({ "CDCResponse": [{ "QueryResponse": told }], "time": lists.now().to_string() });
    Response::json(200, body.to_string().into_bytes())
}

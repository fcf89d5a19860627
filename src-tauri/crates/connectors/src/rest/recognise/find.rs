//! What stands where in a reply. Pure.

use std::collections::HashSet;

use serde_json::Value as Json;

use crate::rest::flat::{cells, text_of};

/// Levels in which a list, a total or a next page is looked for.
const DEEP: usize = 4;

/// A list of records.
#[derive(Debug)]
pub(in crate::rest) struct List<'a> {
    /// Its path; empty where the reply itself is the list.
    pub(in crate::rest) path: String,
    pub(in crate::rest) rows: &'a [Json],
}

impl List<'_> {
    /// How much its records look like clients.
    pub(in crate::rest) fn likeness(&self) -> usize {
        alike(self)
    }
}

/// Letters and digits of a name, in lower case.
pub(in crate::rest) fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The list in a reply: of several the one whose records look most like clients.
pub(in crate::rest) fn list(json: &Json) -> Option<List<'_>> {
    lists(json).into_iter().next()
}

/// Every list of records in a reply, the one whose records look most like clients first.
pub(in crate::rest) fn lists(json: &Json) -> Vec<List<'_>> {
    let mut found: Vec<List<'_>> = Vec::new();
    walk(json, "", 0, &mut |path, value| {
        if let Json::Array(rows) = value
            && rows.iter().all(Json::is_object)
        {
            found.push(List { path: path.to_owned(), rows });
        }
    });
    found.sort_by_key(|list| std::cmp::Reverse((alike(list), list.rows.len())));
    found
}

/// How much the records of a list look like clients.
fn alike(list: &List<'_>) -> usize {
    let Some(first) = list.rows.first() else { return 0 };
    likeness(cells(first).iter().map(|(path, _)| path.as_str()))
}

/// How much fields of these names look like a client's: so many of the names that clients have are among them.
pub(in crate::rest) fn likeness<'a>(names: impl Iterator<Item = &'a str>) -> usize {
    const TELLING: [&str; 9] =
        ["email", "mail", "name", "phone", "mobile", "wedding", "event", "venue", "address"];
    let names: Vec<String> = names.map(plain).collect();
    TELLING.iter().filter(|word| names.iter().any(|name| name.contains(**word))).count()
}

/// Everything outside of lists, with its path. A name that holds a dot has no path.
fn walk<'a>(json: &'a Json, path: &str, depth: usize, found: &mut dyn FnMut(&str, &'a Json)) {
    found(path, json);
    if let (Json::Object(members), true) = (json, depth < DEEP) {
        for (key, value) in members.iter().filter(|(key, _)| !key.is_empty() && !key.contains('.')) {
            let below = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            walk(value, &below, depth + 1, found);
        }
    }
}

/// The rows at a path.
pub(in crate::rest) fn rows_at<'a>(json: &'a Json, path: &str) -> Option<&'a [Json]> {
    let list = if path.is_empty() { Some(json) } else { crate::assemble::at(json, path) };
    list.and_then(Json::as_array).map(Vec::as_slice)
}

/// The ids of rows; one without an id has an empty one, which no two may have.
pub(in crate::rest) fn ids(rows: &[Json], id: &str) -> Vec<String> {
    rows.iter().map(|row| row.get(id).map(text_of).unwrap_or_default()).collect()
}

/// The field that tells records apart: one that every record has, and that no two share.
pub(in crate::rest) fn id(rows: &[Json]) -> Option<String> {
    ids_of(rows).into_iter().next()
}

/// Every field that is called an id and tells records apart, the likeliest first.
pub(in crate::rest) fn ids_of(rows: &[Json]) -> Vec<String> {
    const LIKELY: [&str; 14] = [
        "id",
        "uuid",
        "uid",
        "guid",
        "clientid",
        "customerid",
        "contactid",
        "recordid",
        "key",
        "ref",
        "reference",
        "uri",
        "url",
        "href",
    ];
    let Some(first) = rows.first().and_then(Json::as_object) else { return Vec::new() };
    let tells = |name: &str| {
        let mut seen = HashSet::new();
        !name.contains('.')
            && rows.iter().all(|row| match row.get(name) {
                Some(value @ (Json::String(_) | Json::Number(_))) => {
                    let text = text_of(value);
                    !text.trim().is_empty() && seen.insert(text)
                }
                _ => false,
            })
    };
    let by_rank = LIKELY.iter().flat_map(|likely| first.keys().filter(move |name| plain(name) == *likely));
    let by_ending = first.keys().filter(|name| plain(name).ends_with("id"));
    let mut found: Vec<String> = Vec::new();
    for name in by_rank.chain(by_ending) {
        if !found.contains(name) && tells(name) {
            found.push(name.clone());
        }
    }
    found
}

/// The number of all records, and its path.
pub(in crate::rest) fn total(json: &Json, rows: u64) -> Option<(String, u64)> {
    const NAMES: [&str; 10] = [
        "total",
        "totalcount",
        "totalitems",
        "totalresults",
        "totalrecords",
        "totalrows",
        "recordstotal",
        "totalelements",
        "count",
        "resultcount",
    ];
    let mut found: Vec<(usize, String, u64)> = Vec::new();
    walk(json, "", 0, &mut |path, value| {
        let name = plain(path.rsplit('.').next().unwrap_or_default());
        let count = match value {
            Json::Number(number) => number.as_u64(),
            Json::String(text) => text.parse().ok(),
            _ => None,
        };
        if let (Some(rank), Some(count)) = (NAMES.iter().position(|known| *known == name), count) {
            // A mere `count` is often that of the page.
            let of_all = count > rows || rank < NAMES.len() - 2 && count == rows;
            if of_all {
                found.push((rank, path.to_owned(), count));
            }
        }
    });
    found.into_iter().min_by_key(|(rank, _, _)| *rank).map(|(_, path, count)| (path, count))
}

/// The field that tells when a record was changed.
pub(in crate::rest) fn version(rows: &[Json]) -> Option<String> {
    let names = changes_of(rows);
    NAMED_SO.iter().find_map(|known| names.iter().find(|name| plain(name) == *known)).cloned()
}

/// Every field that could tell when a record was changed: a time that each record has.
pub(in crate::rest) fn changes_of(rows: &[Json]) -> Vec<String> {
    let Some(first) = rows.first().and_then(Json::as_object) else { return Vec::new() };
    let dated = |value: &Json| match value {
        Json::String(text) => text.get(..10).is_some_and(|day| day.parse::<jiff::civil::Date>().is_ok()),
        Json::Number(number) => number.as_u64().is_some_and(|seconds| seconds > 100_000_000),
        _ => false,
    };
    first
        .keys()
        .filter(|name| !name.contains('.'))
        .filter(|name| rows.iter().all(|row| row.get(name.as_str()).is_some_and(dated)))
        .cloned()
        .collect()
}

/// What the time of a change is called.
const NAMED_SO: [&str; 12] = [
    "updatedat",
    "modifiedat",
    "lastmodified",
    "lastmodifiedat",
    "lastupdated",
    "lastupdatedat",
    "updated",
    "modified",
    "changedat",
    "datemodified",
    "dateupdated",
    "updatedon",
];

/// Where a reply says that there is a next page: the path, and what stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::rest) enum Next {
    /// An address.
    Url { path: String, address: Option<String> },
    /// A cursor.
    Cursor { path: String, token: Option<String> },
}

/// What a reply says of a next page. Null is an answer too: there is none.
pub(in crate::rest) fn next(json: &Json) -> Option<Next> {
    const CURSORS: [&str; 9] = [
        "nextcursor",
        "nextpagetoken",
        "nexttoken",
        "nextpage",
        "continuationtoken",
        "continuation",
        "endcursor",
        "cursor",
        "next",
    ];
    const URLS: [&str; 5] = ["nexturl", "nextpageurl", "nextlink", "nexthref", "next"];
    let mut found: Vec<(usize, Next)> = Vec::new();
    walk(json, "", 0, &mut |path, value| {
        let mut steps = path.rsplit('.');
        let (last, before) =
            (plain(steps.next().unwrap_or_default()), plain(steps.next().unwrap_or_default()));
        let name = if last == "href" && before == "next" { "next".to_owned() } else { last };
        let text = match value {
            Json::String(text) if text.is_empty() => None,
            Json::String(text) => Some(text.clone()),
            Json::Number(number) => Some(number.to_string()),
            Json::Null => None,
            Json::Bool(_) | Json::Array(_) | Json::Object(_) => return,
        };
        let path = path.to_owned();
        let address = |text: &str| text.starts_with("http") || text.starts_with('/') || text.starts_with('?');
        match (
            &text,
            URLS.iter().position(|known| *known == name),
            CURSORS.iter().position(|known| *known == name),
        ) {
            (Some(text), Some(rank), _) if address(text) => {
                found.push((rank, Next::Url { path, address: Some(text.clone()) }));
            }
            (Some(text), _, Some(rank)) if !address(text) => {
                found.push((10 + rank, Next::Cursor { path, token: Some(text.clone()) }));
            }
            // Nothing stands there: what it would be is told by its name alone.
            (None, Some(rank), _) => found.push((20 + rank, Next::Url { path, address: None })),
            (None, None, Some(rank)) => found.push((30 + rank, Next::Cursor { path, token: None })),
            _ => {}
        }
    });
    found.into_iter().min_by_key(|(rank, _)| *rank).map(|(_, next)| next)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_list_of_clients_is_found_wherever_it_stands() {
        let people = json!([{"id": 1, "email": "a@example.com"}, {"id": 2, "email": "b@example.com"}]);
        let path = |json: &Json| list(json).map(|list| list.path);
        assert_eq!(path(&people).as_deref(), Some(""));
        assert_eq!(path(&json!({"data": people})).as_deref(), Some("data"));
        assert_eq!(
            path(&json!({"tags": [{"a": 1}, {"a": 2}, {"a": 3}], "result": {"people": people}})).as_deref(),
            Some("result.people"),
            "the one that looks like clients, not the longest"
        );
        assert_eq!(path(&json!({"error": "none"})), None);
        assert_eq!(path(&json!([1, 2, 3])), None, "numbers are no records");
    }

    #[test]
    fn an_id_is_in_every_record_and_once() {
        let found = |rows: Json| id(rows.as_array().unwrap());
        assert_eq!(found(json!([{"name": "a", "id": 1}, {"name": "b", "id": 2}])).as_deref(), Some("id"));
        assert_eq!(found(json!([{"id": 1, "uuid": "x"}, {"id": 1, "uuid": "y"}])).as_deref(), Some("uuid"));
        assert_eq!(
            found(json!([{"Customer_ID": "c1"}, {"Customer_ID": "c2"}])).as_deref(),
            Some("Customer_ID")
        );
        assert_eq!(found(json!([{"bookingId": "c1"}, {"bookingId": "c2"}])).as_deref(), Some("bookingId"));
        assert_eq!(found(json!([{"id": 1}, {"name": "b"}])), None, "one has none");
        assert_eq!(found(json!([{"id": {"x": 1}}])), None);
    }

    #[test]
    fn a_total_is_of_all_and_not_of_the_page() {
        assert_eq!(total(&json!({"meta": {"total": 9}}), 2), Some(("meta.total".to_owned(), 9)));
        assert_eq!(total(&json!({"total": "9"}), 2), Some(("total".to_owned(), 9)));
        assert_eq!(total(&json!({"count": 2}), 2), None, "the number of the page, for all we know");
        assert_eq!(total(&json!({"count": 9}), 2), Some(("count".to_owned(), 9)));
        assert_eq!(total(&json!({"total": 1}), 2), None, "fewer than came");
    }

    #[test]
    fn a_next_page_is_an_address_or_a_cursor() {
        let url = |path: &str, address: Option<&str>| {
            Some(Next::Url { path: path.to_owned(), address: address.map(str::to_owned) })
        };
        let cursor = |path: &str, token: Option<&str>| {
            Some(Next::Cursor { path: path.to_owned(), token: token.map(str::to_owned) })
        };
        assert_eq!(
            next(&json!({"links": {"next": "/list?page=2"}})),
            url("links.next", Some("/list?page=2"))
        );
        assert_eq!(
            next(&json!({"_links": {"next": {"href": "?page=2"}}})),
            url("_links.next.href", Some("?page=2"))
        );
        assert_eq!(next(&json!({"paging": {"nextCursor": "abc"}})), cursor("paging.nextCursor", Some("abc")));
        assert_eq!(next(&json!({"next": null})), url("next", None));
        assert_eq!(next(&json!({"next_cursor": null})), cursor("next_cursor", None));
        assert_eq!(next(&json!({"page": 1})), None);
    }

    #[test]
    fn what_tells_changes_is_a_time() {
        let rows =
            json!([{"id": 1, "updated_at": "2026-05-14T08:00:00Z"}, {"id": 2, "updated_at": "2026-05-13"}]);
        assert_eq!(version(rows.as_array().unwrap()).as_deref(), Some("updated_at"));
        let rows = json!([{"id": 1, "updated": true}]);
        assert_eq!(version(rows.as_array().unwrap()), None);
    }
}

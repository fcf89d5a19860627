//! Paths in JSON that is written to: members and the main entry of a list.
//!
//! A step that is a number is a place in a list, `0` the main entry: the one that the definition's order puts first. No other
//! place can be written to, because a CRM that promises no order gives none of the others a name.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use crate::definition::Order;

/// Order of lists inside a record, by their path.
pub(super) type Orders = BTreeMap<String, Order>;

/// The value at a path; nothing for null.
pub(super) fn at<'a>(json: &'a Json, path: &str, orders: &Orders) -> Option<&'a Json> {
    let mut here = json;
    let mut gone = String::new();
    for step in path.split('.').filter(|step| !step.is_empty()) {
        here = match here {
            Json::Object(members) => members.get(step)?,
            Json::Array(entries) if step == "0" => entries.get(main(entries, orders.get(&gone))?)?,
            _ => return None,
        };
        extend(&mut gone, step);
    }
    Some(here).filter(|found| !found.is_null())
}

/// Every value at a path, whatever the place in a list; `*` is any entry too.
pub(super) fn every<'a>(json: &'a Json, path: &str) -> Vec<&'a Json> {
    let mut here = vec![json];
    for step in path.split('.').filter(|step| !step.is_empty()) {
        let any = step == "*" || step.bytes().all(|byte| byte.is_ascii_digit());
        here = here
            .into_iter()
            .flat_map(|one| match one {
                Json::Array(entries) if any => entries.iter().collect(),
                Json::Object(members) => members.get(step).into_iter().collect::<Vec<_>>(),
                _ => Vec::new(),
            })
            .collect();
    }
    here
}

/// Puts a value at a path, with everything that leads there. False where something else stands in the way.
pub(super) fn put(json: &mut Json, path: &str, value: Json, orders: &Orders) -> bool {
    let mut here = json;
    let mut gone = String::new();
    for step in path.split('.') {
        if step == "0" {
            if here.is_null() {
                *here = Json::Array(Vec::new());
            }
            let Json::Array(entries) = here else { return false };
            if entries.is_empty() {
                entries.push(Json::Null);
            }
            let Some(place) = main(entries, orders.get(&gone)) else { return false };
            let Some(entry) = entries.get_mut(place) else { return false };
            here = entry;
        } else {
            if here.is_null() {
                *here = Json::Object(Map::new());
            }
            let Json::Object(members) = here else { return false };
            here = members.entry(step).or_insert(Json::Null);
        }
        extend(&mut gone, step);
    }
    *here = value;
    true
}

/// Takes the value at a path out. An entry of a list in which nothing is left but what says nothing by itself goes with it, and
/// so does what is left empty by that.
pub(super) fn take(json: &mut Json, path: &str, says_nothing: &[String], orders: &Orders) {
    take_below(json, "", path, says_nothing, orders);
}

fn take_below(json: &mut Json, gone: &str, path: &str, says_nothing: &[String], orders: &Orders) {
    let (step, rest) = path.split_once('.').unwrap_or((path, ""));
    let mut next = gone.to_owned();
    extend(&mut next, step);
    match json {
        Json::Object(members) if rest.is_empty() => {
            members.shift_remove(step);
        }
        Json::Object(members) => {
            let Some(inner) = members.get_mut(step) else { return };
            take_below(inner, &next, rest, says_nothing, orders);
            if is_hollow(inner, says_nothing) {
                members.shift_remove(step);
            }
        }
        Json::Array(entries) if step == "0" => {
            let Some(place) = main(entries, orders.get(gone)) else { return };
            let Some(entry) = entries.get_mut(place) else { return };
            if rest.is_empty() {
                entries.remove(place);
                return;
            }
            take_below(entry, &next, rest, says_nothing, orders);
            if is_hollow(entry, says_nothing) {
                entries.remove(place);
            }
        }
        _ => {}
    }
}

/// Whether nothing of use is left in something.
fn is_hollow(json: &Json, says_nothing: &[String]) -> bool {
    match json {
        Json::Object(members) => members.keys().all(|name| says_nothing.contains(name)),
        Json::Array(entries) => entries.is_empty(),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => false,
    }
}

/// Takes members out wherever they stand; lists on the way are gone through.
pub(super) fn strip(json: &mut Json, path: &str) {
    let (step, rest) = path.split_once('.').unwrap_or((path, ""));
    match json {
        Json::Array(entries) => entries.iter_mut().for_each(|entry| strip(entry, path)),
        Json::Object(members) if rest.is_empty() => {
            members.shift_remove(step);
        }
        Json::Object(members) => {
            if let Some(inner) = members.get_mut(step) {
                strip(inner, rest);
            }
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

/// The place of the main entry.
fn main(entries: &[Json], order: Option<&Order>) -> Option<usize> {
    let Some(order) = order else { return (!entries.is_empty()).then_some(0) };
    let text =
        |entry: &Json, path: &str| at(entry, path, &Orders::new()).and_then(scalar).unwrap_or_default();
    let key = |entry: &Json| (text(entry, &order.first.path) != order.first.is, text(entry, &order.by));
    entries.iter().enumerate().min_by_key(|(_, entry)| key(entry)).map(|(place, _)| place)
}

/// The text of a scalar.
pub(super) fn scalar(json: &Json) -> Option<String> {
    match json {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(flag) => Some(flag.to_string()),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

fn extend(path: &mut String, step: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(step);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::definition::Only;

    fn orders() -> Orders {
        let first = Only { path: "metadata.primary".to_owned(), is: "true".to_owned() };
        Orders::from([("emails".to_owned(), Order { first, by: "value".to_owned() })])
    }

    #[test]
    fn the_main_entry_is_written_wherever_it_stands_and_the_others_stay() {
        let mut json = json!({"emails": [
            {"value": "b@x.example", "type": "work"},
            {"value": "a@x.example", "metadata": {"primary": true}},
        ]});
        assert_eq!(at(&json, "emails.0.value", &orders()), Some(&json!("a@x.example")));
        assert!(put(&mut json, "emails.0.value", json!("new@x.example"), &orders()));
        assert_eq!(json["emails"][1]["value"], "new@x.example");
        assert_eq!(json["emails"][0], json!({"value": "b@x.example", "type": "work"}), "not touched");
        assert_eq!(every(&json, "emails.*.value").len(), 2);

        let mut none = json!({});
        assert!(put(&mut none, "emails.0.value", json!("first@x.example"), &orders()));
        assert_eq!(none, json!({"emails": [{"value": "first@x.example"}]}));
        let mut odd = json!({"emails": "text"});
        assert!(!put(&mut odd, "emails.0.value", json!("x"), &orders()), "F51: another shape is left alone");
    }

    #[test]
    fn an_emptied_entry_goes_only_where_nothing_of_use_is_left_in_it() {
        let says_nothing = ["metadata".to_owned(), "type".to_owned()];
        let mut json =
            json!({"emails": [{"value": "a@x.example", "type": "home", "metadata": {"primary": true}}]});
        take(&mut json, "emails.0.value", &says_nothing, &orders());
        assert_eq!(json, json!({}));
        let mut job = json!({"jobs": [{"name": "Bath Ltd", "department": "Sales", "type": "work"}]});
        take(&mut job, "jobs.0.name", &says_nothing, &Orders::new());
        assert_eq!(job, json!({"jobs": [{"department": "Sales", "type": "work"}]}), "the department is kept");
    }

    #[test]
    fn members_are_left_out_in_every_entry() {
        let mut json = json!({"names": [{"givenName": "Ann", "displayName": "Ann B"}], "id": 7});
        strip(&mut json, "names.displayName");
        strip(&mut json, "id");
        assert_eq!(json, json!({"names": [{"givenName": "Ann"}]}));
    }
}

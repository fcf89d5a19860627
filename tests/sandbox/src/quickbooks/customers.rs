//! Customers of QuickBooks: read one by one, made, and changed with the current SyncToken.
//!
//! As its documents and open-source clients tell: an update is a POST with `Id`, `SyncToken` and, for a part of the record,
//! `sparse`; a stale SyncToken is answered 400 with code 5010, a DisplayName that somebody else has with 6240, a property that
//! there is not with 2010, a missing record with 610; the answer to a `requestid` that came before is the one it had.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::error_of;
use crate::faults::{Fault, carried};
use crate::http::{Request, Response};

/// Properties that may be written.
const PROPERTIES: [&str; 14] = [
    "Id",
    "SyncToken",
    "sparse",
    "GivenName",
    "FamilyName",
    "DisplayName",
    "CompanyName",
    "PrimaryEmailAddr",
    "PrimaryPhone",
    "Mobile",
    "BillAddr",
    "Notes",
    "Active",
    "Title",
];
/// Longest request id.
const LONGEST_ID: usize = 50;

/// What was answered to which request.
#[derive(Debug, Default)]
pub(super) struct Answered(HashMap<String, (u16, Vec<u8>)>);

pub(super) fn one(customers: &[Value], id: &str) -> Response {
    match customers.iter().find(|customer| customer["Id"] == id) {
        Some(customer) => shown(customer),
        None => error_of(400, "610", "ValidationFault", None),
    }
}

/// `POST /customer`.
pub(super) fn write(
    customers: &mut Vec<Value>,
    answered: &mut Answered,
    request: &Request,
    faults: &[Fault],
) -> Response {
    let id = request.query("requestid").unwrap_or_default().to_owned();
    if id.len() > LONGEST_ID {
        return error_of(400, "4000", "ValidationFault", None);
    }
    if let Some((status, body)) = answered.0.get(&id).filter(|_| !id.is_empty()) {
        return Response::json(*status, body.clone());
    }
    let response = carry_out(customers, request, faults);
    if !id.is_empty() {
        answered.0.insert(id, (response.status, response.body.clone()));
    }
    response
}

fn carry_out(customers: &mut Vec<Value>, request: &Request, faults: &[Fault]) -> Response {
    let Ok(Value::Object(given)) = serde_json::from_slice(&request.body) else {
        return error_of(400, "2010", "ValidationFault", None);
    };
    let mut taken = Map::new();
    for (name, value) in given {
        if !PROPERTIES.contains(&name.as_str()) {
            return error_of(400, "2010", "ValidationFault", Some(&name));
        }
        match carried::stored(&name, value, faults) {
            Ok(Some(value)) => drop(taken.insert(name, value)),
            Ok(None) => {}
            Err(()) => return error_of(400, "2090", "ValidationFault", Some(&name)),
        }
    }
    match taken.get("Id").and_then(Value::as_str).map(str::to_owned) {
        Some(id) => update(customers, &id, taken),
        None => create(customers, taken),
    }
}

fn create(customers: &mut Vec<Value>, mut given: Map<String, Value>) -> Response {
    let text = |name: &str| given.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let name = match text("DisplayName") {
        name if !name.is_empty() => name,
        _ => format!("{} {}", text("GivenName"), text("FamilyName")).trim().to_owned(),
    };
    if name.is_empty() {
        return error_of(400, "2020", "ValidationFault", Some("DisplayName"));
    }
    if customers.iter().any(|held| held["DisplayName"] == name.as_str()) {
        return error_of(400, "6240", "ValidationFault", Some("DisplayName"));
    }
    given.shift_remove("sparse");
    let mut made = json!({
        "Id": (customers.len() + 1).to_string(), "SyncToken": "0", "Active": true, "Job": false,
        "DisplayName": name, "FullyQualifiedName": name, "Balance": 0,
    });
    if let Some(made) = made.as_object_mut() {
        made.extend(given);
    }
    customers.push(made.clone());
    shown(&made)
}

fn update(customers: &mut [Value], id: &str, mut given: Map<String, Value>) -> Response {
    let Some(held) = customers.iter_mut().find(|customer| customer["Id"] == id) else {
        return error_of(400, "610", "ValidationFault", None);
    };
    // A text, as it was given out.
    if given.get("SyncToken") != held.get("SyncToken") {
        return error_of(400, "5010", "ValidationFault", None);
    }
    let sparse = given.shift_remove("sparse").is_some_and(|sparse| sparse == true);
    let next = held["SyncToken"].as_str().and_then(|token| token.parse::<u64>().ok()).unwrap_or_default() + 1;
    if let Some(held) = held.as_object_mut() {
        if !sparse {
            // What a full update leaves out is emptied.
            held.retain(|name, _| !PROPERTIES[3..].contains(&name.as_str()) || name == "DisplayName");
        }
        held.extend(given);
        held.insert("SyncToken".to_owned(), next.to_string().into());
    }
    shown(held)
}

fn shown(customer: &Value) -> Response {
    let body = json!({ "Customer": customer, "time": "2026-05-14T08:00:00.000-07:00" });
    Response::json(200, body.to_string().into_bytes())
}

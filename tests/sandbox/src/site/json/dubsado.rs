//! Dubsado's older app: who is signed in, and its clients by the search of its own pages.

use serde_json::{Map, Value, json};

use super::{Listed, Stand, Turn, brand, lock, moment, number, page, renamed, told};
use crate::http::{Request, Response};

impl Stand {
    pub(super) fn dubsado(&self, request: &Request, turn: Turn) -> Response {
        let owner = lock(&self.owner).clone();
        match request.path.as_str() {
            "/api/users/self" => told(&json!({"user": {
                "_id": "69ce8d50920cc40b63fb7d1f", "email": self.email,
                "contact": {"firstName": "Sarah", "lastName": "Harlow"}, "locale": "en-us",
                "isDeviceVerificationEnabled": true, "activeBrand": brand(&owner),
                "business": {"_id": brand(&owner), "name": owner, "locale": "en-us", "tzid": "America/Los_Angeles"},
                "hmac": "internal", "createdAt": moment(turn, "2026-04-02T15:37:52.247Z"),
            }})),
            "/api/clients/search" => {
                let all = self.listed(false);
                let size = number(request, "count").unwrap_or(50).clamp(1, 50);
                let at = number(request, "page").unwrap_or(1).max(1);
                let wanted =
                    request.query("custom").and_then(|text| serde_json::from_str::<Value>(text).ok());
                let select =
                    wanted.as_ref().and_then(|json| json["select"].as_str()).unwrap_or_default().to_owned();
                let shown: Vec<Value> = all
                    .iter()
                    .skip((at - 1) * size)
                    .take(size)
                    .map(|one| selected(card(one, turn), &select))
                    .collect();
                let key = if turn == Turn::ListMoved { "results" } else { "clients" };
                let mut answer = json!({key: shown, "page": at, "count": size});
                if turn != Turn::NoTotal {
                    answer["totalCount"] = json!(all.len());
                }
                told(&answer).with("ratelimit-policy", "100;w=60")
            }
            // Every address that is none answers with the app, under 200.
            _ => page(200, "<!doctype html><div ng-app=dubsado></div>"),
        }
    }
}

/// A client of Dubsado.
fn card(one: &Listed, turn: Turn) -> Value {
    let couple = &one.couple;
    let company = if couple.number.is_multiple_of(4) { json!({"name": "Finch & Co"}) } else { json!({}) };
    let address = if couple.number.is_multiple_of(3) {
        json!({})
    } else {
        json!({"street": format!("{} Mill Lane", couple.number), "city": "Austin", "state": "TX", "zip": "78701", "country": "US"})
    };
    let json = json!({
        "_id": format!("{:024x}", couple.number), "firstName": couple.first, "lastName": couple.last,
        "email": couple.email, "phone": if couple.number.is_multiple_of(6) { "" } else { couple.phone.as_str() },
        "company": company, "address": address, "tags": ["vip", "photography"],
        "createdAt": moment(turn, &couple.changed), "hmac": "internal", "__v": 3, "accountId": "acct_001",
    });
    renamed(json, turn, "_id", ["firstName", "lastName"])
}

/// The fields that were asked for; all where none were.
fn selected(json: Value, select: &str) -> Value {
    let names: Vec<&str> = select.split_whitespace().collect();
    match json {
        Value::Object(members) if !names.is_empty() => {
            let kept: Map<String, Value> = members
                .into_iter()
                .filter(|(key, _)| names.contains(&key.trim_end_matches("V2")) || key.starts_with("_id"))
                .collect();
            Value::Object(kept)
        }
        json => json,
    }
}

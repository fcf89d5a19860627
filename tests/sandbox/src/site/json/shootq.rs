//! ShootQ's lists, which Django REST draws.

use serde_json::{Value, json};

use super::{Listed, Stand, Turn, lock, number, renamed, told};
use crate::http::{Request, Response};

impl Stand {
    pub(super) fn shootq(&self, request: &Request, turn: Turn) -> Response {
        match request.path.as_str() {
            "/api/v1/auth/me/" => {
                let owner = lock(&self.owner).clone();
                told(
                    &json!({"id": 41 + owner.len(), "email": self.email, "first_name": "Sarah", "name": owner}),
                )
            }
            "/api/v1/person/contact/" => {
                let all = self.listed(false);
                let size = number(request, "page_size").unwrap_or(10).clamp(1, 100);
                let at = number(request, "page").unwrap_or(1);
                if at == 0 || at > all.len().div_ceil(size).max(1) {
                    return Response::json(404, b"{\"detail\":\"Invalid page.\"}".to_vec());
                }
                let shown: Vec<Value> =
                    all.iter().skip((at - 1) * size).take(size).map(|one| contact(one, turn)).collect();
                let key = if turn == Turn::ListMoved { "contacts" } else { "results" };
                let mut answer = json!({key: shown, "next": null, "previous": null});
                if turn != Turn::NoTotal {
                    answer["count"] = json!(all.len());
                }
                told(&answer)
            }
            _ => Response::json(404, b"{\"detail\":\"Not found.\"}".to_vec()),
        }
    }
}

/// A contact of ShootQ.
fn contact(one: &Listed, turn: Turn) -> Value {
    let couple = &one.couple;
    let (number, at) = (couple.number, &couple.changed);
    let email = json!({"id": number * 10, "address": couple.email, "email_type": 1, "visible": true, "contact": number});
    let phone = json!({"id": number * 10 + 1, "number": couple.phone, "phone_type": 2, "visible": true, "contact": number});
    let second = json!({"id": number * 10 + 2, "address": format!("second{number}@example.com"), "email_type": 2, "visible": true, "contact": number});
    let json = json!({
        "id": number, "first_name": couple.first, "last_name": couple.last, "maiden_name": "",
        "full_name": format!("{} {}", couple.first, couple.last), "company_name": "",
        "emails": if number.is_multiple_of(4) { json!([email, second]) } else { json!([email]) },
        "phones": [phone], "addresses": [], "custom_fields": [], "social_networks": [], "dates": [],
        "default_email": number * 10, "default_email_details": email,
        "default_phone": number * 10 + 1, "default_phone_details": phone,
        "default_address": null, "default_address_details": null, "contact_types": [3],
        "active": !one.archived, "archived": one.archived, "created": at, "modified": at, "balance_due": 0,
    });
    renamed(json, turn, "id", ["first_name", "last_name"])
}

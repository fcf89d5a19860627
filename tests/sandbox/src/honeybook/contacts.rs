//! Contacts of HoneyBook: made, changed and deleted as its document says, and read through the members of workspaces alone.

use serde_json::{Map, Value, json};

use crate::faults::{Fault, carried};
use crate::http::Response;

/// Properties that a contact is made of, and those it is changed by.
const MADE_OF: [&str; 12] = [
    "kind",
    "full_name",
    "email",
    "phone_number",
    "address",
    "website_url",
    "company_name",
    "job_title",
    "company_type",
    "private_notes",
    "source",
    "sms_consent_confirmed",
];
const CHANGED_BY: [&str; 12] = [
    "first_name",
    "last_name",
    "email",
    "phone_number",
    "address",
    "website_url",
    "company_name",
    "job_title",
    "company_type",
    "private_notes",
    "preferred",
    "sms_consent_confirmed",
];

/// The contacts of a company.
#[derive(Debug, Default)]
pub(super) struct Contacts {
    /// Members by workspace.
    pub(super) members: Vec<Vec<Value>>,
    /// Those that no workspace has.
    pub(super) loose: Vec<Value>,
    deleted: Vec<String>,
    made: u64,
}

impl Contacts {
    pub(super) fn of(members: Vec<Vec<Value>>) -> Self {
        Self { members, ..Self::default() }
    }

    /// Each contact once.
    pub(super) fn all(&self) -> Vec<Value> {
        let mut all: Vec<Value> = Vec::new();
        let members = self.members.iter().flatten().filter_map(|member| member.get("contact"));
        for contact in members.chain(&self.loose) {
            if !all.iter().any(|held| held["id"] == contact["id"]) {
                all.push(contact.clone());
            }
        }
        all
    }

    /// Changes a contact wherever it stands; whether there is one.
    pub(super) fn change(&mut self, id: &str, mut change: impl FnMut(&mut Map<String, Value>)) -> bool {
        let members = self.members.iter_mut().flatten().filter_map(|member| member.get_mut("contact"));
        let mut found = false;
        for contact in members.chain(&mut self.loose).filter(|contact| contact["id"] == id) {
            if let Some(contact) = contact.as_object_mut() {
                change(contact);
                let name = |key: &str| contact.get(key).and_then(Value::as_str).unwrap_or_default();
                let full = format!("{} {}", name("first_name"), name("last_name"));
                contact.insert("full_name".to_owned(), full.trim().into());
                found = true;
            }
        }
        found
    }

    pub(super) fn delete(&mut self, id: &str) -> bool {
        let known = self.all().iter().any(|contact| contact["id"] == id);
        for members in &mut self.members {
            members.retain(|member| member["contact"]["id"] != id);
        }
        self.loose.retain(|contact| contact["id"] != id);
        if known {
            self.deleted.push(id.to_owned());
        }
        known
    }

    /// `POST /contacts`.
    pub(super) fn create(&mut self, body: &[u8], faults: &[Fault]) -> Response {
        let given = match properties(body, &MADE_OF, faults) {
            Ok(given) => given,
            Err(refused) => return refused,
        };
        if !given.get("email").and_then(Value::as_str).is_some_and(|email| email.contains('@')) {
            return invalid("email", "is required");
        }
        if given.get("kind").is_some_and(|kind| kind != "client" && kind != "vendor") {
            return invalid("kind", "is not one of client, vendor");
        }
        self.made += 1;
        let mut contact = json!({
            "id": format!("cnt_made_{:04}", self.made), "company_id": "hb-company-7", "client_id": Value::Null,
            "vendor_id": Value::Null, "user_id": Value::Null, "client_organization_id": Value::Null,
            "user": Value::Null, "kind": "client",
        });
        if let Some(contact) = contact.as_object_mut() {
            let full = given.get("full_name").and_then(Value::as_str).unwrap_or_default().to_owned();
            let (first, last) = full.split_once(' ').unwrap_or((&full, ""));
            contact.insert("first_name".to_owned(), first.into());
            contact.insert("last_name".to_owned(), last.into());
            contact.extend(given);
        }
        self.loose.push(contact.clone());
        Response::json(201, contact.to_string().into_bytes())
    }

    /// `PATCH /contacts/{id}`.
    pub(super) fn update(&mut self, id: &str, body: &[u8], faults: &[Fault]) -> Response {
        if let Some(missing) = self.missing(id) {
            return missing;
        }
        let given = match properties(body, &CHANGED_BY, faults) {
            Ok(given) => given,
            Err(refused) => return refused,
        };
        if given.get("email").is_some_and(|email| !email.as_str().is_some_and(|email| email.contains('@'))) {
            return invalid("email", "is not an address");
        }
        self.change(id, |contact| contact.extend(given.clone()));
        let shown = self.all().into_iter().find(|contact| contact["id"] == id).unwrap_or_default();
        Response::json(200, shown.to_string().into_bytes())
    }

    fn missing(&self, id: &str) -> Option<Response> {
        if self.deleted.iter().any(|deleted| deleted == id) {
            return Some(super::error(410, "HBObjectDeletedError"));
        }
        let there = self.all().iter().any(|contact| contact["id"] == id);
        (!there).then(|| super::error(404, "HBObjectNotFoundError"))
    }
}

fn properties(body: &[u8], known: &[&str], faults: &[Fault]) -> Result<Map<String, Value>, Response> {
    let Ok(Value::Object(given)) = serde_json::from_slice(body) else {
        return Err(super::error(400, "HBValidationError"));
    };
    let mut taken = Map::new();
    for (field, value) in given {
        if !known.contains(&field.as_str()) || !(value.is_string() || value.is_boolean()) {
            return Err(invalid(&field, "is not allowed"));
        }
        match carried::stored(&field, value, faults) {
            Ok(Some(value)) => drop(taken.insert(field, value)),
            Ok(None) => {}
            Err(()) => return Err(invalid(&field, "is not valid")),
        }
    }
    Ok(taken)
}

fn invalid(field: &str, message: &str) -> Response {
    let body = json!({
        "error": true, "is_timeout": false, "error_type": "HBValidationError",
        "error_message": "The request was not carried out.",
        "error_data": { "fields": [{ "field": field, "message": message }] },
    });
    Response::json(400, body.to_string().into_bytes())
}

//! WedSync's fields: the standard ones, and the custom ones a supplier's mapping adds.

use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::{Value, json};

use super::accounts::Caller;
use super::db::{canonical, digest, stable_id, stored_json};
use super::http::{Incoming, Problem, Reply};

/// The record types, parents before children.
pub(super) const RECORD_TYPES: [&str; 10] = [
    "person",
    "client",
    "project",
    "event",
    "invoice",
    "payment",
    "task",
    "document",
    "communication",
    "form",
];

/// How a field's value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Email,
    Phone,
    Date,
    DateTime,
    Number,
    Boolean,
    Money,
    Reference,
    Json,
    Array,
}

impl Kind {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Date => "date",
            Self::DateTime => "date_time",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Money => "money",
            Self::Reference => "reference",
            Self::Json => "json",
            Self::Array => "array",
        }
    }

    /// Kinds a custom field may have; a reference would need a target and an array an element.
    fn parse_custom(text: &str) -> Option<Self> {
        Some(match text {
            "text" => Self::Text,
            "email" => Self::Email,
            "phone" => Self::Phone,
            "date" => Self::Date,
            "date_time" => Self::DateTime,
            "number" => Self::Number,
            "boolean" => Self::Boolean,
            "money" => Self::Money,
            "json" => Self::Json,
            _ => return None,
        })
    }
}

/// One field, standard or custom.
#[derive(Clone, Debug)]
pub(super) struct Field {
    pub(super) key: String,
    pub(super) kind: Kind,
    pub(super) required: bool,
    pub(super) read_only: bool,
    pub(super) choices: Vec<String>,
    /// The record type a reference, or the key of a keyed list, points at.
    pub(super) target: Option<&'static str>,
    label: String,
    personal: &'static str,
}

const NO_CHOICES: &[&str] = &[];
const STAGES: &[&str] = &["lead", "booked", "fulfilment", "completed"];
const INVOICE_STATUS: &[&str] = &["draft", "open", "paid", "void"];
const PAYMENT_STATUS: &[&str] = &["scheduled", "pending", "paid", "failed", "refunded", "void"];
const COMMUNICATION_KIND: &[&str] = &["note", "email"];
const EVENT_STATUS: &[&str] = &["confirmed", "tentative", "cancelled"];
const FORM_STATE: &[&str] = &["draft"];

/// (key, kind, choices, target). A `!` after the key marks a required field, `=` one that only WedSync computes.
type Row = (&'static str, Kind, &'static [&'static str], Option<&'static str>);

const fn f(key: &'static str, kind: Kind) -> Row {
    (key, kind, NO_CHOICES, None)
}

const fn to(key: &'static str, kind: Kind, target: &'static str) -> Row {
    (key, kind, NO_CHOICES, Some(target))
}

const fn one_of(key: &'static str, choices: &'static [&'static str]) -> Row {
    (key, Kind::Text, choices, None)
}

const CLIENT: &[Row] = &[
    to("people", Kind::Array, "person"),
    f("company_name", Kind::Text),
    f("notes", Kind::Text),
    f("first_name=", Kind::Text),
    f("last_name=", Kind::Text),
    f("email=", Kind::Email),
    f("phone=", Kind::Phone),
    f("wedding_date=", Kind::Date),
    f("venue_name=", Kind::Text),
];
const PERSON: &[Row] = &[
    f("first_name!", Kind::Text),
    f("last_name", Kind::Text),
    f("email", Kind::Email),
    f("phone", Kind::Phone),
    f("other_emails", Kind::Array),
    f("other_phones", Kind::Array),
    f("maiden_name", Kind::Text),
    f("title", Kind::Text),
    f("company_name", Kind::Text),
    f("job_title", Kind::Text),
    f("birthday", Kind::Date),
    f("address", Kind::Json),
    f("privacy_opt_in", Kind::Boolean),
    f("strict_privacy", Kind::Boolean),
    f("notes", Kind::Text),
];
const PROJECT: &[Row] = &[
    to("client_id!", Kind::Reference, "client"),
    f("name", Kind::Text),
    f("kind", Kind::Text),
    one_of("stage", STAGES),
    f("closed", Kind::Boolean),
    f("closed_reason", Kind::Text),
    f("wedding_date", Kind::Date),
    f("venue_name", Kind::Text),
    f("venue_address", Kind::Json),
    f("guest_count", Kind::Number),
    f("lead_source", Kind::Text),
    f("lead_status", Kind::Text),
    f("inquiry_date", Kind::Date),
    f("booking_date", Kind::Date),
    f("completed_date", Kind::Date),
    f("notes", Kind::Text),
    to("people", Kind::Array, "person"),
    f("crm_total", Kind::Money),
];
const EVENT: &[Row] = &[
    to("client_id", Kind::Reference, "client"),
    to("project_id", Kind::Reference, "project"),
    f("name", Kind::Text),
    f("kind", Kind::Text),
    f("start_date", Kind::Date),
    f("start_time", Kind::Text),
    f("end_date", Kind::Date),
    f("end_time", Kind::Text),
    f("time_zone", Kind::Text),
    f("all_day", Kind::Boolean),
    f("confirmed", Kind::Boolean),
    one_of("status", EVENT_STATUS),
    f("location_name", Kind::Text),
    f("address", Kind::Json),
    f("description", Kind::Text),
];
const INVOICE: &[Row] = &[
    to("client_id!", Kind::Reference, "client"),
    to("project_id", Kind::Reference, "project"),
    f("number", Kind::Text),
    f("title", Kind::Text),
    one_of("status", INVOICE_STATUS),
    f("due_date", Kind::Date),
    f("total", Kind::Money),
    f("balance", Kind::Money),
    f("order_reference", Kind::Text),
];
const PAYMENT: &[Row] = &[
    to("client_id!", Kind::Reference, "client"),
    to("project_id", Kind::Reference, "project"),
    to("payer_id", Kind::Reference, "person"),
    one_of("status", PAYMENT_STATUS),
    f("amount!", Kind::Money),
    f("refunded", Kind::Money),
    f("paid_on", Kind::Date),
    f("method", Kind::Text),
    f("memo", Kind::Text),
    to("allocations", Kind::Array, "invoice"),
];
const TASK: &[Row] = &[
    to("client_id", Kind::Reference, "client"),
    to("project_id", Kind::Reference, "project"),
    f("title", Kind::Text),
    f("due_date", Kind::Date),
    f("done", Kind::Boolean),
];
const DOCUMENT: &[Row] = &[
    to("client_id", Kind::Reference, "client"),
    to("project_id", Kind::Reference, "project"),
    f("name", Kind::Text),
    f("mime_type", Kind::Text),
    f("size", Kind::Number),
    f("created_on", Kind::Date),
    f("kind", Kind::Text),
];
const COMMUNICATION: &[Row] = &[
    to("client_id", Kind::Reference, "client"),
    to("project_id", Kind::Reference, "project"),
    to("person_id", Kind::Reference, "person"),
    one_of("kind", COMMUNICATION_KIND),
    f("date", Kind::Date),
    f("text", Kind::Text),
    f("html", Kind::Text),
];
const FORM: &[Row] = &[
    to("client_id", Kind::Reference, "client"),
    to("project_id", Kind::Reference, "project"),
    f("template_id!", Kind::Text),
    one_of("state", FORM_STATE),
    f("answers", Kind::Json),
];

fn rows(record_type: &str) -> &'static [Row] {
    match record_type {
        "client" => CLIENT,
        "person" => PERSON,
        "project" => PROJECT,
        "event" => EVENT,
        "invoice" => INVOICE,
        "payment" => PAYMENT,
        "task" => TASK,
        "document" => DOCUMENT,
        "communication" => COMMUNICATION,
        "form" => FORM,
        _ => &[],
    }
}

/// "first_name" as "First name".
fn label_of(key: &str) -> String {
    let words = key.trim_end_matches("_id").replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// How sensitive a field is: `identifier` names or reaches a human, `personal` is about one, `financial` is money.
fn personal_class(record_type: &str, key: &str) -> &'static str {
    match (record_type, key) {
        (
            _,
            "first_name" | "last_name" | "maiden_name" | "email" | "phone" | "other_emails" | "other_phones",
        )
        | (_, "company_name" | "address")
        | ("project" | "event" | "document", "name") => "identifier",
        (_, "crm_total" | "total" | "balance" | "amount" | "refunded" | "allocations") => "financial",
        ("person", _)
        | (_, "notes" | "text" | "html" | "memo" | "answers" | "description")
        | (
            _,
            "wedding_date" | "venue_name" | "venue_address" | "start_date" | "end_date" | "location_name",
        )
        | ("invoice" | "task", "title") => "personal",
        _ => "none",
    }
}

fn standard(record_type: &str) -> Vec<Field> {
    rows(record_type)
        .iter()
        .map(|(marked, kind, choices, target)| {
            let key = marked.trim_end_matches(['!', '=']);
            Field {
                key: key.to_owned(),
                kind: *kind,
                required: marked.ends_with('!'),
                read_only: marked.ends_with('='),
                choices: choices.iter().map(|&choice| choice.to_owned()).collect(),
                target: *target,
                label: label_of(key),
                personal: personal_class(record_type, key),
            }
        })
        .collect()
}

/// All fields of a type for this supplier.
pub(super) fn fields(db: &Connection, supplier: &str, record_type: &str) -> rusqlite::Result<Vec<Field>> {
    let mut fields = standard(record_type);
    let mut statement = db.prepare_cached(
        "SELECT id, def FROM custom_fields WHERE supplier = ?1 AND record_type = ?2 ORDER BY id",
    )?;
    let custom = statement.query_map([supplier, record_type], |row| {
        let def = stored_json(&row.get::<_, String>(1)?)?;
        Ok(Field {
            key: format!("custom.{}", row.get::<_, String>(0)?),
            kind: def["type"].as_str().and_then(Kind::parse_custom).unwrap_or(Kind::Text),
            required: def["required"].as_bool().unwrap_or(false),
            read_only: false,
            choices: strings(&def["choices"]),
            target: None,
            label: def["label"].as_str().unwrap_or_default().to_owned(),
            personal: "personal",
        })
    })?;
    for field in custom {
        fields.push(field?);
    }
    Ok(fields)
}

fn strings(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn field_json(field: &Field) -> Value {
    let mut json = json!({
        "key": field.key, "type": field.kind.as_str(), "label": field.label,
        "group": if field.key.starts_with("custom.") { "custom" } else { "standard" },
        "required": field.required, "read_only": field.read_only, "personal_data": field.personal,
    });
    if !field.choices.is_empty() {
        json["choices"] = json!(field.choices);
    }
    if let Some(target) = field.target {
        json["references"] = json!(target);
    }
    json
}

/// `GET /schema`.
pub(super) fn read(db: &Connection, caller: &Caller) -> Result<Reply, Problem> {
    let mut types = Vec::new();
    for record_type in RECORD_TYPES {
        let fields: Vec<Value> = fields(db, &caller.supplier, record_type)?.iter().map(field_json).collect();
        types.push(json!({"type": record_type, "fields": fields}));
    }
    let types = Value::Array(types);
    let revision = digest(canonical(&types).as_bytes());
    Ok(Reply::json(200, json!({"revision": revision, "types": types})))
}

/// `POST /schema/fields`: makes a custom field, once per external reference.
pub(super) fn add_field(db: &Connection, caller: &Caller, incoming: &Incoming) -> Result<Reply, Problem> {
    caller.may_write()?;
    let body = incoming.json()?;
    let text = |name: &str| {
        body.get(name)
            .and_then(Value::as_str)
            .map(str::trim)
            .filter(|text| !text.is_empty() && text.len() <= 200)
    };
    let record_type = text("record_type")
        .filter(|name| RECORD_TYPES.contains(name))
        .ok_or_else(|| Problem::invalid("record_type"))?;
    let label = text("label").ok_or_else(|| Problem::invalid("label"))?;
    let kind = text("type").and_then(Kind::parse_custom).ok_or_else(|| Problem::invalid("type"))?;
    let choices = strings(body.get("choices").unwrap_or(&Value::Null));
    let reference = super::records::ExternalRef::parse(body.get("external_ref").unwrap_or(&Value::Null))
        .ok_or_else(|| Problem::invalid("external_ref"))?;
    let reference = canonical(&reference.json());
    let sent = match body.get("id") {
        None => None,
        Some(id) => Some(id.as_str().and_then(super::values::uuid).ok_or_else(|| Problem::invalid("id"))?),
    };
    let held: Option<(String, String)> = db
        .query_row(
            "SELECT id, def FROM custom_fields WHERE supplier = ?1 AND record_type = ?2 AND reference = ?3",
            [&caller.supplier, record_type, &reference],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    let (status, id, def) = match held {
        Some((id, held)) => (200, id, stored_json(&held)?),
        None => {
            // An id that is another field's is no id for this one.
            let free = |id: &String| -> rusqlite::Result<bool> {
                let mut taken =
                    db.prepare_cached("SELECT 1 FROM custom_fields WHERE supplier = ?1 AND id = ?2")?;
                Ok(!taken.exists([&caller.supplier, id])?)
            };
            let id = match sent {
                Some(id) if free(&id)? => id,
                Some(_) | None => stable_id(&["custom_field", &caller.supplier, record_type, &reference]),
            };
            let def = json!({"label": label, "type": kind.as_str(), "choices": choices});
            db.execute(
                "INSERT INTO custom_fields (supplier, id, record_type, reference, def) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![caller.supplier, id, record_type, reference, def.to_string()],
            )?;
            (201, id, def)
        }
    };
    if def["type"] != kind.as_str() {
        return Err(Problem::new(409, "field_type_differs").with("type", def["type"].clone()));
    }
    let field = Field {
        key: format!("custom.{id}"),
        kind,
        required: false,
        read_only: false,
        choices: strings(&def["choices"]),
        target: None,
        label: def["label"].as_str().unwrap_or_default().to_owned(),
        personal: "personal",
    };
    let mut json = field_json(&field);
    json["id"] = json!(id);
    json["record_type"] = json!(record_type);
    Ok(Reply::json(status, json))
}

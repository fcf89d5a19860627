//! The smaller reads: form templates, signed definitions, who joined.

use rusqlite::params;
use serde_json::{Value, json};

use super::accounts::Caller;
use super::control::{Shared, lock};
use super::http::{Incoming, Problem, Reply};
use super::reads::{cursor, cut, limit, read_cursor};

/// (id, name, record type it belongs to, questions as key, label, type).
type Template =
    (&'static str, &'static str, &'static str, &'static [(&'static str, &'static str, &'static str)]);

const TEMPLATES: &[Template] = &[
    (
        "wedding-questionnaire",
        "Wedding questionnaire",
        "project",
        &[
            ("wedding_date", "When is the wedding?", "date"),
            ("venue_name", "Where is it?", "text"),
            ("guest_count", "How many guests?", "number"),
            ("notes", "Anything else we should know?", "text"),
        ],
    ),
    (
        "couple-details",
        "Couple details",
        "client",
        &[
            ("first_name", "Your first name", "text"),
            ("partner_first_name", "Your partner's first name", "text"),
            ("email", "Where can we write to you?", "email"),
            ("phone", "Where can we ring you?", "phone"),
        ],
    ),
];

pub(super) fn is_template(id: &str) -> bool {
    TEMPLATES.iter().any(|(known, ..)| *known == id)
}

/// `GET /form-templates`.
pub(super) fn form_templates() -> Reply {
    let templates: Vec<Value> = TEMPLATES
        .iter()
        .map(|(id, name, record_type, questions)| {
            let questions: Vec<Value> = questions
                .iter()
                .map(|(key, label, kind)| json!({"key": key, "label": label, "type": kind}))
                .collect();
            json!({"id": id, "name": name, "record_type": record_type, "questions": questions})
        })
        .collect();
    Reply::json(200, json!({"templates": templates}))
}

/// `GET /definitions`: the bundle that was published last, signed for real (`publication`).
pub(super) fn definitions(shared: &Shared, incoming: &Incoming) -> Reply {
    let published = lock(&shared.definitions).clone();
    let mut reply = if incoming.header("if-none-match") == Some(published.tag.as_str()) {
        Reply::unchanged()
    } else {
        Reply::json(200, published.body)
    };
    reply.headers.push(("etag", published.tag));
    reply
}

/// `GET /growth`.
pub(super) fn growth(shared: &Shared, caller: &Caller, incoming: &Incoming) -> Result<Reply, Problem> {
    let limit = limit(incoming)?;
    let after = read_cursor(shared, incoming, "growth")?.unwrap_or_default();
    let db = shared.db();
    let mut statement = db.prepare_cached(
        "SELECT person_id, joined_at FROM growth WHERE supplier = ?1 AND person_id > ?2 ORDER BY person_id LIMIT ?3",
    )?;
    let mut joined: Vec<Value> = statement
        .query_map(params![caller.supplier, after, limit + 1], |row| {
            Ok(json!({"person_id": row.get::<_, String>(0)?, "joined_at": row.get::<_, String>(1)?}))
        })?
        .collect::<rusqlite::Result<_>>()?;
    let more = cut(&mut joined, limit);
    let last = joined.last().and_then(|one| one["person_id"].as_str()).unwrap_or(&after).to_owned();
    Ok(Reply::json(200, json!({"joined": joined, "cursor": cursor(shared, "growth", &last), "more": more})))
}

//! The smaller reads: form templates, signed definitions, who joined.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rusqlite::params;
use serde_json::{Value, json};

use super::accounts::Caller;
use super::control::Shared;
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

/// `GET /definitions`: the header and an empty list, signed for real. The app ships its definitions; what matters here
/// is that a signature, a serial and an expiry can be checked.
pub(super) fn definitions(shared: &Shared) -> Reply {
    let expires = jiff::Timestamp::from_millisecond(shared.now_ms() + 30 * 24 * 3_600_000)
        .unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let bundle = json!({
        "serial": 1, "expires": expires.to_string(), "min_app": "0.1.0", "key_id": "sandbox-1",
        "definitions": [], "kill_switches": {"serial": 1, "disabled": []},
    })
    .to_string();
    let mut signed = b"wedsync-definitions-v1\0".to_vec();
    signed.extend_from_slice(bundle.as_bytes());
    let signature = shared.signing.sign(&signed);
    Reply::json(
        200,
        json!({
            "bundle": STANDARD.encode(&bundle), "signature": STANDARD.encode(signature.as_ref()),
            "key_id": "sandbox-1",
        }),
    )
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

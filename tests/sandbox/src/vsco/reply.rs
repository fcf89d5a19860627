//! Answers that are not lists: errors in the vendor's shape, and the pages of others that stand in the way.
//!
//! The document defines 400 (`ErrorValidation`), 401 and 429 (`Error`), and ties 401 to no operation. It is silent on
//! a write with a read-only key and on most missing records; here these are 403 and 404 with an `Error` body.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use crate::faults::{Fault, RetryAfter};
use crate::http::Response;
use crate::mutate::MutationError;

fn error(status: u16, kind: &str, title: &str, detail: &str) -> Response {
    let body = json!({ "type": kind, "title": title, "detail": detail, "status": status });
    Response::json(status, body.to_string().into_bytes())
}

pub(super) fn unauthorized() -> Response {
    error(401, "unknown", "Unauthorized", "API key is missing or invalid")
}

pub(super) fn forbidden() -> Response {
    error(403, "unknown", "Forbidden", "This key may not read this resource")
}

pub(super) fn read_only_key() -> Response {
    error(403, "unknown", "Forbidden", "This API key is read only")
}

pub(super) fn not_found() -> Response {
    error(404, "unknown", "Not found", "There is no such resource")
}

pub(super) fn too_many() -> Response {
    error(429, "quota-limit", "Too many requests", "Exceeded request quota, see Retry-After header")
}

pub(super) fn limited(retry_after: RetryAfter) -> Response {
    match retry_after {
        RetryAfter::Seconds(seconds) => too_many().with("retry-after", seconds.to_string()),
        RetryAfter::DateIn(seconds) => {
            let when = SystemTime::now() + Duration::from_secs(seconds.min(1_000_000));
            too_many().with("retry-after", httpdate::fmt_http_date(when))
        }
        RetryAfter::None => too_many(),
        RetryAfter::Absurd => too_many().with("retry-after", "-99999999999999999999"),
    }
}

pub(super) fn disguised(status: u16) -> Response {
    Response { status, ..too_many() }
}

/// A status with an `Error` body; nothing for 204 and 302.
pub(super) fn bare(status: u16) -> Response {
    match status {
        204 | 302 => Response::json(status, Vec::new()),
        _ => error(status, "unknown", "Error", "The request could not be carried out"),
    }
}

pub(super) fn invalid(field: &str, reason: &str) -> Response {
    let body = json!({
        "type": "validation-error", "title": "Validation error", "detail": { field: [reason] }, "status": 400,
    });
    Response::json(400, body.to_string().into_bytes())
}

pub(super) fn refused(error: &MutationError) -> Response {
    match error {
        MutationError::NotFound { .. } => not_found(),
        MutationError::Invalid { field, .. } => invalid(field, "is missing or wrong"),
    }
}

pub(super) fn single(status: u16, record: Option<Value>, faults: &[Fault]) -> Response {
    match record {
        Some(record) => {
            let mut body = record.to_string().into_bytes();
            patch(&mut body, faults);
            Response::json(status, body)
        }
        None => not_found(),
    }
}

pub(super) fn captive_portal() -> Response {
    Response::html(
        200,
        "<!doctype html><html><head><title>Welcome to Seaview Guest Wi-Fi</title></head><body><h1>Seaview Guest Wi-Fi\
         </h1><form action=\"/accept\" method=\"post\"><button>Accept and connect</button></form></body></html>",
    )
}

pub(super) fn login_page() -> Response {
    Response::html(
        200,
        "<!doctype html><html><head><title>Sign in</title></head><body><form method=\"post\"><input name=\"email\">\
         <input name=\"password\" type=\"password\"><button>Sign in</button></form></body></html>",
    )
}

/// Applies `Fault::Patch` to the text of one record.
pub(super) fn patch(body: &mut Vec<u8>, faults: &[Fault]) {
    for fault in faults {
        let Fault::Patch { set, remove } = fault else { continue };
        let Ok(Value::Object(mut record)) = serde_json::from_slice(body) else { continue };
        for (field, value) in set {
            record.insert(field.clone(), value.clone());
        }
        for field in remove {
            record.shift_remove(field);
        }
        *body = Value::Object(record).to_string().into_bytes();
    }
}

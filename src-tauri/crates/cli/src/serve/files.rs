//! `POST /files`: a file that the browser was given, kept in memory under an opaque id. Never on disk: it may hold what
//! only the encrypted database may.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use hub_api::Host as _;
use serde_json::json;

use super::Served;

/// Largest upload in bytes.
pub(super) const LARGEST: usize = 64 * 1024 * 1024;
/// The header with the file's name, percent-encoded.
const NAME: &str = "x-file-name";
/// Longest name that is kept.
const LONGEST_NAME: usize = 255;

pub(super) async fn upload(State(served): State<Arc<Served>>, headers: HeaderMap, bytes: Bytes) -> Response {
    let id = served.host.ids().new_id();
    let size = bytes.len();
    let name = headers.get(NAME).and_then(|name| name.to_str().ok()).map(name_of).unwrap_or_default();
    if !served.host.picked_files().keep(&id, &name, bytes.as_ref().into()) {
        return StatusCode::INSUFFICIENT_STORAGE.into_response();
    }
    Json(json!({ "file_id": id, "size": size })).into_response()
}

/// The name without folders; it is shown and says nothing of where the file lies.
fn name_of(encoded: &str) -> String {
    let mut pairs = url::form_urlencoded::parse(encoded.as_bytes());
    let name = pairs.next().map(|(name, _)| name.into_owned()).unwrap_or_default();
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    name.chars().filter(|letter| !letter.is_control()).take(LONGEST_NAME).collect()
}

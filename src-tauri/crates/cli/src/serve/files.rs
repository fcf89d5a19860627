//! `POST /files`: a file that the browser was given, kept in memory under an opaque id. Never on disk: it may hold what
//! only the encrypted database may.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use hub_api::Host as _;
use serde_json::json;

use super::Served;

/// Largest upload in bytes.
pub(super) const LARGEST: usize = 64 * 1024 * 1024;
/// Uploads kept at a time, in bytes.
const MOST: usize = 128 * 1024 * 1024;

/// Uploads of this server, until it ends.
#[derive(Default)]
pub(super) struct Files(Mutex<HashMap<String, Bytes>>);

impl Files {
    /// Keeps a file, unless there is no room.
    fn keep(&self, id: &str, bytes: Bytes) -> bool {
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let held: usize = files.values().map(Bytes::len).sum();
        let fits = held + bytes.len() <= MOST;
        if fits {
            files.insert(id.to_owned(), bytes);
        }
        fits
    }
}

pub(super) async fn upload(State(served): State<Arc<Served>>, bytes: Bytes) -> Response {
    let id = served.host.ids().new_id();
    let size = bytes.len();
    if !served.files.keep(&id, bytes) {
        return StatusCode::INSUFFICIENT_STORAGE.into_response();
    }
    Json(json!({ "file_id": id, "size": size })).into_response()
}

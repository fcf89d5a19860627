//! The UI's own files, where it was built; otherwise a line that says how.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use hub_api::Host as _;
use hub_core::message::{Message, render};

use super::Served;

pub(super) async fn show(State(served): State<Arc<Served>>, uri: Uri) -> Response {
    let Some(file) = file_of(&served.ui, uri.path()) else { return StatusCode::NOT_FOUND.into_response() };
    match tokio::fs::read(&file).await {
        Ok(bytes) => ([(CONTENT_TYPE, kind_of(&file))], bytes).into_response(),
        Err(_) if uri.path() == "/" => {
            let text = render(served.host.locale(), &Message::new("hub.serve.no_ui"));
            ([(CONTENT_TYPE, "text/plain; charset=utf-8")], format!("{text}\n")).into_response()
        }
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

/// The file of a path; nothing for a path that could leave the directory.
fn file_of(dir: &Path, path: &str) -> Option<PathBuf> {
    let relative = path.trim_start_matches('/');
    let relative = if relative.is_empty() { "index.html" } else { relative };
    // Built files have plain names; an escape or a drive letter has no business here.
    let plain = relative.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte));
    let inside = Path::new(relative).components().all(|part| matches!(part, Component::Normal(_)));
    (plain && inside).then(|| dir.join(relative))
}

fn kind_of(file: &Path) -> &'static str {
    match file.extension().and_then(|ending| ending.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("json") => "application/json",
        Some("woff2") => "font/woff2",
        Some(_) | None => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leaves_the_directory() {
        let dir = Path::new("ui");
        assert_eq!(file_of(dir, "/"), Some(dir.join("index.html")));
        assert_eq!(file_of(dir, "/assets/app-1.js"), Some(dir.join("assets/app-1.js")));
        for bad in ["/../secret", "/a/../../b", "/%2e%2e/x", "/c:/x", "/a\\b", "/./x"] {
            assert!(
                file_of(dir, bad).is_none_or(|file| file.starts_with(dir) && !bad.contains("..")),
                "{bad}"
            );
        }
        assert_eq!(file_of(dir, "/../secret"), None);
    }
}

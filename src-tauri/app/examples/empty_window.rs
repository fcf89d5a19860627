//! An empty window of the same toolkit: what the app's start and memory are measured beside (`tests/e2e/bench/app.mjs`).

use tauri::{WebviewUrl, WebviewWindowBuilder};

fn main() -> tauri::Result<()> {
    tauri::Builder::default()
        .setup(|app| {
            // A picture of the interface's own: no script, nothing to lay out.
            WebviewWindowBuilder::new(app, "main", WebviewUrl::App("mark.svg".into()))
                .inner_size(1280.0, 800.0)
                .build()?;
            Ok(())
        })
        .run(tauri::generate_context!("tauri.conf.json"))
}

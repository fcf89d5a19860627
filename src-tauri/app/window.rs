//! The one window, and the few commands that only a window has: choosing files, opening an address, its own buttons.
//!
//! They travel through `rpc` like the table's, under the prefix `window.`; the table itself stays the same for every
//! interface. Each takes what its struct says and nothing else.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use hub_api::{Code, Retry, SecretText, WireError};
use hub_core::malformed::Malformed;
use hub_core::message::{Locale, Message, render};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use tauri::webview::NewWindowResponse;
use tauri::{
    AppHandle, DragDropEvent, Manager as _, WebviewUrl, WebviewWindow, WebviewWindowBuilder, WindowEvent,
};
use tauri_plugin_dialog::DialogExt as _;
use ts_rs::TS;
use url::{Host, Url};

use crate::arrivals::{Arrival, ENDINGS, SOURCE_ENDINGS, file_of};
use crate::desk::Desk;
use crate::files::Handed;
use crate::rest::Rest;

/// Label of the window; capabilities name it.
pub(crate) const MAIN: &str = "main";
/// Names of the window's own commands begin so.
pub(crate) const PREFIX: &str = "window.";
/// Longest text that is saved, in bytes.
const MOST_SAVED: usize = 256 << 20;
/// Longest address that is opened.
const LONGEST_ADDRESS: usize = 4096;

/// `window.pick_file`: which endings to offer, such as `.csv`; none offers all the program opens.
#[derive(Debug, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub(crate) struct PickFile {
    accept: Vec<String>,
}

/// `window.save_text`: a text that the person keeps, under a name that is offered.
#[derive(Debug, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub(crate) struct SaveText {
    name: String,
    text: String,
}

/// `window.open_link`: what the system's browser shows.
#[derive(Debug, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub(crate) struct OpenLink {
    url: String,
}

/// `window.unlock`: the passphrase of a profile that no keychain opens.
#[derive(Debug, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub(crate) struct Unlock {
    #[ts(type = "string")]
    passphrase: SecretText,
}

/// `window.about`: how the window looks here.
#[derive(Debug, Serialize, TS)]
pub(crate) struct About {
    title_bar: TitleBar,
}

/// Who draws the title bar.
#[derive(Debug, Clone, Copy, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TitleBar {
    /// The page, around the buttons of the system; its empty parts move the window.
    Page,
    /// The system.
    System,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// Makes the window, at a place within the interface where there was one.
pub(crate) fn open(app: &AppHandle, locale: Locale, place: Option<&str>) -> tauri::Result<WebviewWindow> {
    let title = render(locale, &Message::new("app.name"));
    let page = place.map_or_else(|| "index.html".to_owned(), |place| format!("index.html#{place}"));
    let window = WebviewWindowBuilder::new(app, MAIN, WebviewUrl::App(page.into()))
        .title(title)
        .inner_size(1280.0, 800.0)
        .min_inner_size(360.0, 560.0)
        .on_navigation(is_ours)
        .on_new_window(|_, _| NewWindowResponse::Deny);
    #[cfg(target_os = "macos")]
    let window = window.title_bar_style(tauri::TitleBarStyle::Overlay).hidden_title(true);
    window.build()
}

/// Brings the window back from wherever it is; one that was let go is made anew.
pub(crate) fn show(app: &AppHandle) {
    let place = app.state::<Rest>().end();
    let Some(window) = app.get_webview_window(MAIN) else {
        let app = app.clone();
        // Not from within an event: on Windows making a window there waits for itself.
        tauri::async_runtime::spawn(async move {
            let locale = app.state::<Arc<Desk>>().locale();
            if let Err(error) = open(&app, locale, place.as_deref()) {
                tracing::error!(error = &error as &dyn std::error::Error, "the window could not be made");
            }
        });
        return;
    };
    for result in [window.unminimize(), window.show(), window.set_focus()] {
        if let Err(error) = result {
            tracing::debug!(error = &error as &dyn std::error::Error, "the window did not come forward");
        }
    }
}

/// Whether a person is looking at it.
pub(crate) fn is_watched(app: &AppHandle) -> bool {
    app.get_webview_window(MAIN)
        .is_some_and(|window| window.is_visible().unwrap_or(false) && window.is_focused().unwrap_or(false))
}

/// What was dropped, as ids.
pub(crate) fn dropped(desk: &Desk, event: &WindowEvent) {
    if let WindowEvent::DragDrop(DragDropEvent::Drop { paths, .. }) = event {
        let files: Vec<PathBuf> = paths
            .iter()
            .filter_map(|path| match file_of(path.clone()) {
                Some(Arrival::File(path)) => Some(path),
                Some(Arrival::Link(_)) | None => None,
            })
            .collect();
        hand_over(desk, &files);
    }
}

/// Tells the page about files that came by another way than its own request.
pub(crate) fn hand_over(desk: &Desk, paths: &[PathBuf]) {
    let mut handed = Vec::new();
    for path in paths {
        match desk.files.hand(path) {
            Ok(file) => handed.push(file),
            Err(error) => {
                tracing::info!(error = &error as &dyn std::error::Error, "a file could not be taken");
                desk.stream.notice(Message::new("error.app_file").into());
            }
        }
    }
    if !handed.is_empty() {
        desk.stream.files(&handed);
    }
}

/// Runs one of the window's commands.
pub(crate) async fn command(
    desk: &Desk,
    window: &WebviewWindow,
    name: &str,
    payload: Json,
) -> Result<Json, WireError> {
    let locale = desk.locale();
    let app = window.app_handle();
    let bad = |fault| unreadable(locale, fault);
    let answer = match name {
        "window.about" => {
            read::<Nothing>(payload).map_err(bad)?;
            let title_bar = if cfg!(target_os = "macos") { TitleBar::Page } else { TitleBar::System };
            serde_json::to_value(About { title_bar })
        }
        "window.pick_file" => {
            let wanted = read::<PickFile>(payload).map_err(bad)?;
            serde_json::to_value(pick(desk, window, wanted).await?)
        }
        "window.save_text" => {
            let wanted = read::<SaveText>(payload).map_err(bad)?;
            serde_json::to_value(save(desk, window, wanted).await?)
        }
        "window.open_link" => {
            let OpenLink { url } = read(payload).map_err(bad)?;
            open_link(desk, &url).await?;
            Ok(Json::Null)
        }
        "window.unlock" => {
            let Unlock { passphrase } = read(payload).map_err(bad)?;
            desk.unlock(passphrase.into_secret()).await?;
            Ok(Json::Null)
        }
        "window.sample_begin" => {
            read::<Nothing>(payload).map_err(bad)?;
            desk.begin_sample().await?;
            Ok(Json::Null)
        }
        "window.sample_end" => {
            read::<Nothing>(payload).map_err(bad)?;
            desk.end_sample().await?;
            Ok(Json::Null)
        }
        "window.close" => {
            read::<Nothing>(payload).map_err(bad)?;
            window.close().map_err(|error| fault(locale, error))?;
            Ok(Json::Null)
        }
        "window.quit" => {
            read::<Nothing>(payload).map_err(bad)?;
            app.exit(0);
            Ok(Json::Null)
        }
        _ => return Err(refused(locale, Code::UnknownCommand, "error.unknown_command")),
    };
    answer.map_err(|error| fault(locale, error))
}

async fn pick(desk: &Desk, window: &WebviewWindow, wanted: PickFile) -> Result<Option<Handed>, WireError> {
    let locale = desk.locale();
    let asked: Vec<&str> = wanted.accept.iter().map(|ending| ending.trim_start_matches('.')).collect();
    // Only what the program opens, whatever a page asks for.
    let offered: Vec<&str> = [ENDINGS, SOURCE_ENDINGS]
        .concat()
        .into_iter()
        .filter(|ending| asked.is_empty() || asked.contains(ending))
        .collect();
    let (answer, picked) = tokio::sync::oneshot::channel();
    window
        .dialog()
        .file()
        .set_parent(window)
        .add_filter(render(locale, &Message::new("app.pick.files")), &offered)
        // A dialog that outlives its page has nobody to tell.
        .pick_file(move |file| drop(answer.send(file)));
    let Ok(Some(file)) = picked.await else { return Ok(None) };
    let unreadable = || refused(locale, Code::Refused, "error.app_file");
    let path = file.into_path().map_err(|_| unreadable())?;
    desk.files.hand(&path).map(Some).map_err(|_| unreadable())
}

/// Writes a text where the person says; false when they changed their mind. The page never learns where.
async fn save(desk: &Desk, window: &WebviewWindow, wanted: SaveText) -> Result<bool, WireError> {
    let locale = desk.locale();
    let unsaved = || refused(locale, Code::Refused, "error.app_save");
    if wanted.text.len() > MOST_SAVED {
        return Err(unsaved());
    }
    let (answer, picked) = tokio::sync::oneshot::channel();
    window
        .dialog()
        .file()
        .set_parent(window)
        .set_file_name(offered_name(&wanted.name))
        .save_file(move |file| drop(answer.send(file)));
    let Ok(Some(file)) = picked.await else { return Ok(false) };
    let path = file.into_path().map_err(|_| unsaved())?;
    tokio::task::spawn_blocking(move || write_whole(&path, &wanted.text))
        .await
        .map_err(|error| fault(locale, error))?
        .map_err(|error| {
            tracing::warn!(error = &error as &dyn std::error::Error, "a file could not be saved");
            unsaved()
        })?;
    Ok(true)
}

/// A name without a folder, and with nothing that a system's file names refuse.
fn offered_name(name: &str) -> String {
    let kept = |letter: char| !letter.is_control() && !"/\\:*?\"<>|".contains(letter);
    let name: String = name.chars().filter(|letter| kept(*letter)).take(120).collect();
    let name = name.trim().trim_start_matches('.');
    if name.is_empty() { "WedSync.csv".to_owned() } else { name.to_owned() }
}

/// Writes beside it first, so that a full disk leaves no half of a file in its place.
fn write_whole(path: &Path, text: &str) -> std::io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    let beside = PathBuf::from(beside);
    let written = std::fs::write(&beside, text).and_then(|()| std::fs::rename(&beside, path));
    if written.is_err() {
        // What could not be written is not left lying about; there may be nothing to take away.
        let _ = std::fs::remove_file(&beside);
    }
    written
}

/// Opens an address in the browser: the web over TLS, and in profiles of invented data what plays their cloud and their CRMs on
/// this computer.
async fn open_link(desk: &Desk, text: &str) -> Result<(), WireError> {
    let refusal = || refused(desk.locale(), Code::Refused, "error.app_address");
    let url = Url::parse(text).map_err(|_| refusal())?;
    let plain = url.username().is_empty() && url.password().is_none() && text.len() <= LONGEST_ADDRESS;
    let allowed = plain
        && match url.scheme() {
            "https" => matches!(url.host(), Some(Host::Domain(_))),
            "http" => is_this_computer(&url) && desk.host().await?.profile().kind.is_invented(),
            _ => false,
        };
    if !allowed {
        return Err(refusal());
    }
    hub_cli::open_in_browser(url.as_str());
    Ok(())
}

/// By number: a name can be pointed elsewhere.
fn is_this_computer(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(_)) | None => false,
    }
}

/// The page stays the program's own. In development it comes from the interface's server.
fn is_ours(url: &Url) -> bool {
    match (url.scheme(), url.host_str()) {
        ("tauri", Some("localhost")) | ("http" | "https", Some("tauri.localhost")) => true,
        ("http", Some("localhost")) => cfg!(dev) && url.port() == Some(1420),
        (_, _) => false,
    }
}

fn read<T: DeserializeOwned>(payload: Json) -> Result<T, Malformed> {
    let payload = if payload.is_null() { Json::Object(serde_json::Map::new()) } else { payload };
    // Where and how, without what it says: it may hold a passphrase.
    serde_json::from_value(payload).map_err(Malformed::from)
}

fn unreadable(locale: Locale, fault: Malformed) -> WireError {
    let message = Message::new("error.bad_request").with("details", fault);
    WireError::new(locale, Code::BadRequest, message, Retry::Never)
}

fn refused(locale: Locale, code: Code, id: &str) -> WireError {
    WireError::new(locale, code, Message::new(id), Retry::Never)
}

fn fault(locale: Locale, error: impl std::error::Error) -> WireError {
    tracing::error!(error = error.to_string(), "a command of the window failed");
    refused(locale, Code::Internal, "error.fault")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_cannot_leave() {
        let ours = |address: &str| is_ours(&Url::parse(address).expect("an address"));
        assert!(ours("tauri://localhost/index.html#/review"));
        for elsewhere in [
            "https://example.com/",
            "http://localhost/",
            "http://localhost:8080/",
            "file:///etc/passwd",
            "data:text/html,x",
        ] {
            assert!(!ours(elsewhere), "{elsewhere}");
        }
    }

    #[test]
    fn plain_addresses_are_this_computers_by_number_alone() {
        let here = |address: &str| is_this_computer(&Url::parse(address).expect("an address"));
        assert!(here("http://127.0.0.1:4000/oauth2/auth") && here("http://[::1]:4000/"));
        for elsewhere in
            ["http://localhost/", "http://192.168.0.1/", "http://crm.example/", "mailto:a@b.example"]
        {
            assert!(!here(elsewhere), "{elsewhere}");
        }
    }

    #[test]
    fn what_is_saved_is_whole_and_its_name_names_no_folder() {
        assert_eq!(offered_name("To fix - rows.csv"), "To fix - rows.csv");
        assert_eq!(offered_name("../../etc/passwd"), "etcpasswd");
        assert_eq!(offered_name("a:b\n.csv"), "ab.csv");
        assert_eq!(offered_name(" . "), "WedSync.csv");
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("rows.csv");
        for text in ["first", "second"] {
            write_whole(&path, text).expect("written");
            assert_eq!(std::fs::read_to_string(&path).expect("there"), text);
        }
        assert!(write_whole(&dir.path().join("no/such/folder.csv"), "x").is_err());
        let left = std::fs::read_dir(dir.path()).expect("readable").count();
        assert_eq!(left, 1, "nothing half-written is left");
    }

    #[test]
    fn requests_are_read_strictly() {
        let json = serde_json::json!({"url": "https://a.example", "path": "/etc"});
        assert!(read::<OpenLink>(json).is_err(), "nothing beside what is asked for");
        assert!(read::<Nothing>(Json::Null).is_ok(), "no payload is an empty one");
    }
}

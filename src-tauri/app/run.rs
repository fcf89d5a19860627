//! Composition: the order in which the parts come to life, and what the system's events mean to them.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use hub_api::dto::JobId;
use hub_api::{Door, Host, HubEvent, call, command};
use hub_cli::Wanted;
use hub_core::message::{Locale, Message, render};
use tauri::{App, AppHandle, Manager as _, RunEvent, WindowEvent};
use tauri_plugin_window_state::StateFlags;

use crate::arrivals::Arrival;
use crate::desk::{Desk, Watcher};
use crate::rest::{self, Rest};
use crate::sign_in::Windows;
use crate::tray::{self, Tray};
use crate::{door, line, menu, notices, window};

/// Runs the app until it is quit.
pub fn main() -> ExitCode {
    let cwd = std::env::current_dir().unwrap_or_default();
    let line = line::read(arguments().skip(1), &cwd);
    let locale = line.wanted.locale;
    if !has_display() {
        return say(locale, "error.app_no_display");
    }
    let windows = Arc::new(Windows::default());
    let desk = Desk::new(Wanted { windows: Some(windows.clone()), ..line.wanted });
    let first = line.arrivals;
    let built = tauri::Builder::default()
        // Before all others: a second instance hands over and ends before it has touched anything.
        .plugin(tauri_plugin_single_instance::init(|app, words, cwd| {
            window::show(app);
            let line = line::read(words.into_iter().skip(1), Path::new(&cwd));
            take(app, line.arrivals);
        }))
        .plugin(tauri_plugin_deep_link::init())
        .plugin(tauri_plugin_dialog::init())
        .plugin(tauri_plugin_notification::init())
        .plugin(
            tauri_plugin_window_state::Builder::default()
                .with_state_flags(StateFlags::SIZE | StateFlags::POSITION | StateFlags::MAXIMIZED)
                .with_filter(|label| label == window::MAIN)
                .build(),
        )
        .manage(desk.clone())
        .manage(Rest::default())
        .invoke_handler(tauri::generate_handler![door::rpc, door::events])
        .setup(move |app| {
            windows.begin(app.handle().clone());
            set_up(app, &desk)?;
            take(app.handle(), first);
            Ok(())
        })
        .on_window_event(|window, event| {
            let app = window.app_handle();
            // Windows to sign in close when they are closed, and take no files.
            if window.label() != window::MAIN {
                return;
            }
            match event {
                // Work goes on in the tray; without one, closing the window means ending.
                WindowEvent::CloseRequested { api, .. } if app.try_state::<Arc<Tray>>().is_some() => {
                    api.prevent_close();
                    if let Some(window) = app.get_webview_window(window.label()) {
                        rest::hide(&window);
                    }
                }
                event => window::dropped(&app.state::<Arc<Desk>>(), event),
            }
        })
        .on_menu_event(|app, event| match event.id().as_ref() {
            tray::OPEN => window::show(app),
            tray::QUIT => app.exit(0),
            entry if menu::is_for_the_page(entry) => {
                window::show(app);
                app.state::<Arc<Desk>>().stream.menu(entry);
            }
            _ => {}
        })
        .build(tauri::generate_context!("tauri.conf.json"));
    match built {
        Ok(app) => {
            app.run(on_event);
            ExitCode::SUCCESS
        }
        Err(error) => {
            if matches!(&error, tauri::Error::PluginInitialization(name, _) if name == "single-instance") {
                start_again();
            }
            // The profile's log may not be open yet; what is said here is all that is left of the cause.
            let mut cause: Option<&dyn std::error::Error> = Some(&error);
            while let Some(because) = cause {
                let _ = writeln!(std::io::stderr(), "{because}");
                cause = because.source();
            }
            say(locale, "error.app_not_started")
        }
    }
}

fn set_up(app: &mut App, desk: &Arc<Desk>) -> Result<(), Box<dyn std::error::Error>> {
    let (handle, locale) = (app.handle().clone(), desk.locale());
    if cfg!(target_os = "macos") {
        app.set_menu(menu::application(&handle, locale)?)?;
    }
    let tray = Tray::put(&handle, locale).map(Arc::new);
    if let Some(tray) = tray.clone() {
        app.manage(tray);
    }
    desk.watch(Arc::new(Eyes { app: handle.clone(), tray, locale }));
    window::open(&handle, locale, None)?;
    #[cfg(target_os = "macos")]
    {
        // Elsewhere links come as arguments of a second instance.
        use tauri_plugin_deep_link::DeepLinkExt as _;
        let app = handle.clone();
        handle.deep_link().on_open_url(move |event| {
            let links = event.urls().into_iter();
            take(
                &app,
                links.filter_map(|url| crate::arrivals::arrival_of(url.as_str(), Path::new("/"))).collect(),
            );
        });
    }
    // Not waited for: the page asks as well, and is told what keeps the profile closed.
    let desk = desk.clone();
    tauri::async_runtime::spawn(async move {
        if let Err(error) = desk.host().await {
            tracing::info!(message = error.message.id, "the profile is closed");
        }
    });
    Ok(())
}

/// Deals with what the system handed over.
fn take(app: &AppHandle, arrivals: Vec<Arrival>) {
    let desk = app.state::<Arc<Desk>>().inner().clone();
    let mut files = Vec::new();
    for arrival in arrivals {
        match arrival {
            Arrival::File(path) => files.push(path),
            Arrival::Link(link) => {
                let desk = desk.clone();
                tauri::async_runtime::spawn(async move { desk.deliver(link).await });
            }
        }
    }
    window::hand_over(&desk, &files);
}

fn on_event(app: &AppHandle, event: RunEvent) {
    match event {
        // The last window was let go: the program stays in the tray. Quitting says a code.
        RunEvent::ExitRequested { code: None, api, .. } if app.try_state::<Arc<Tray>>().is_some() => {
            api.prevent_exit();
        }
        RunEvent::Exit => {
            let desk = app.state::<Arc<Desk>>().inner().clone();
            tauri::async_runtime::block_on(desk.close());
        }
        #[cfg(target_os = "macos")]
        RunEvent::Reopen { .. } => window::show(app),
        #[cfg(target_os = "macos")]
        RunEvent::Opened { urls } => {
            // Links of our scheme come through the deep-link plugin; here only files opened with the program.
            let files = urls.iter().filter(|url| url.scheme() == "file");
            take(
                app,
                files.filter_map(|url| crate::arrivals::arrival_of(url.as_str(), Path::new("/"))).collect(),
            );
        }
        _ => {}
    }
}

/// What the shell does about events: the tray's words, and notifications for who is not looking.
struct Eyes {
    app: AppHandle,
    tray: Option<Arc<Tray>>,
    locale: Locale,
}

impl Watcher for Eyes {
    fn event(&self, host: &Arc<dyn Host>, event: &HubEvent) {
        let Some(job_id) = event.job_id.clone().filter(|_| event.topic == "changed") else { return };
        let (app, host, locale) = (self.app.clone(), host.clone(), self.locale);
        tokio::spawn(async move {
            let Ok(job) = call::<command::JobGet>(host, Door::Window, &JobId { job_id }).await else {
                return;
            };
            if let Some(message) = notices::about(&job).filter(|_| !window::is_watched(&app)) {
                notices::show(&app, locale, &message);
            }
        });
    }

    fn jobs(&self, running: usize) {
        if let Some(tray) = &self.tray {
            tray.say(running);
        }
    }
}

/// Starts this program afresh in its own place. On Linux an instance that was ending may still hold the name on the message
/// bus when this one asks, and be gone when this one wants to hand over to it; then there is nobody to hand over to, and
/// what this one was started with is still its own to do. Returns where that is not so, or was tried often enough.
fn start_again() {
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::process::CommandExt as _;
        const TRIES: &str = "WEDSYNC_HUB_TRIES";
        let tries = std::env::var(TRIES).ok().and_then(|text| text.parse::<u8>().ok()).unwrap_or(0);
        if tries < 5
            && let Ok(program) = std::env::current_exe()
        {
            let mut again = std::process::Command::new(program);
            again.args(std::env::args_os().skip(1)).env(TRIES, (tries + 1).to_string());
            // Only a fault comes back from this.
            let _ = writeln!(std::io::stderr(), "{}", again.exec());
        }
    }
}

/// The arguments as text; one that is none cannot be an option, a link or a file we open.
fn arguments() -> impl Iterator<Item = String> {
    std::env::args_os().map(|word| word.into_string().unwrap_or_default())
}

/// Whether there is something to draw on. Only on Linux can there be nothing; the toolkit would end the process.
fn has_display() -> bool {
    !cfg!(target_os = "linux")
        || ["DISPLAY", "WAYLAND_DISPLAY"]
            .iter()
            .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

fn say(locale: Locale, id: &str) -> ExitCode {
    // Nobody to tell when standard error is closed.
    let _ = writeln!(std::io::stderr(), "{}", render(locale, &Message::new(id)));
    ExitCode::FAILURE
}

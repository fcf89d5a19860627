//! The tray: what is going on, in words, and the way back to the window.

use std::panic::AssertUnwindSafe;

use hub_core::message::{Locale, Message, render};
use tauri::menu::{MenuBuilder, MenuItem, MenuItemBuilder};
use tauri::tray::TrayIconBuilder;
use tauri::{AppHandle, Wry};

/// Entries of the tray's menu.
pub(crate) const OPEN: &str = "tray_open";
pub(crate) const QUIT: &str = "tray_quit";

/// The tray, where there is one.
pub(crate) struct Tray {
    words: MenuItem<Wry>,
    locale: Locale,
}

impl Tray {
    /// Puts the program into the tray; nothing where the system has none. Then closing the window ends the program.
    pub(crate) fn put(app: &AppHandle, locale: Locale) -> Option<Tray> {
        // Linux finds its tray library at run time, and the binding panics where there is none.
        let built = std::panic::catch_unwind(AssertUnwindSafe(|| build(app, locale)));
        match built {
            Ok(Ok(tray)) => Some(tray),
            Ok(Err(error)) => {
                tracing::info!(error = &error as &dyn std::error::Error, "there is no tray");
                None
            }
            Err(_) => {
                tracing::info!("the system has no library for a tray");
                None
            }
        }
    }

    /// Says how many jobs run.
    pub(crate) fn say(&self, jobs: usize) {
        if let Err(error) = self.words.set_text(words(self.locale, jobs)) {
            tracing::debug!(error = &error as &dyn std::error::Error, "the tray kept its words");
        }
    }
}

fn build(app: &AppHandle, locale: Locale) -> tauri::Result<Tray> {
    let text = |id: &str| render(locale, &Message::new(id));
    let words = MenuItemBuilder::new(words(locale, 0)).enabled(false).build(app)?;
    let menu = MenuBuilder::new(app)
        .item(&words)
        .separator()
        .text(OPEN, text("app.tray.open"))
        .text(QUIT, text("app.tray.quit"))
        .build()?;
    let mut tray = TrayIconBuilder::with_id("main").menu(&menu).tooltip(text("app.name"));
    if let Some(icon) = app.default_window_icon() {
        tray = tray.icon(icon.clone());
    }
    tray.build(app)?;
    Ok(Tray { words, locale })
}

fn words(locale: Locale, jobs: usize) -> String {
    let message = match jobs {
        0 => Message::new("app.tray.idle"),
        count => Message::new("app.tray.running").with("count", count),
    };
    render(locale, &message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_is_a_sentence() {
        assert_eq!(words(Locale::EnGb, 0), "Nothing is running");
        assert_eq!(words(Locale::EnGb, 1), "1 job is running");
        assert_eq!(words(Locale::EnGb, 3), "3 jobs are running");
    }
}

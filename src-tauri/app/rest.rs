//! The app left alone in the tray: after a while the page is let go and made anew when the window comes back, where it
//! was. A hidden page costs as much memory as a shown one, and more than everything else in the program.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tauri::{AppHandle, Manager as _, WebviewWindow};

use crate::desk::Desk;
use crate::window;

/// How long a hidden window keeps its page: whoever comes back at once finds it as it was.
const KEPT: Duration = Duration::from_secs(60);

/// Where the window rests.
#[derive(Default)]
pub(crate) struct Rest {
    /// Raised whenever the window is hidden or shown: a wait that began before does nothing.
    turn: AtomicU64,
    /// The place within the interface, `/review` or the like, of a page that was let go.
    place: Mutex<Option<String>>,
}

impl Rest {
    /// The window comes back: it stays, and opens at the place that is returned where it had been let go.
    pub(crate) fn end(&self) -> Option<String> {
        self.turn.fetch_add(1, Ordering::SeqCst);
        self.place.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn begin(&self) -> u64 {
        self.turn.fetch_add(1, Ordering::SeqCst) + 1
    }

    fn lasts(&self, turn: u64) -> bool {
        self.turn.load(Ordering::SeqCst) == turn
    }
}

/// Hides the window, and after a while lets its page go.
pub(crate) fn hide(window: &WebviewWindow) {
    if let Err(error) = window.hide() {
        tracing::debug!(error = &error as &dyn std::error::Error, "the window stayed");
        return;
    }
    let app = window.app_handle().clone();
    let turn = app.state::<Rest>().begin();
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(KEPT).await;
        // On the thread of the windows, where showing one happens too: one of them comes first.
        let there = app.clone();
        if let Err(error) = app.run_on_main_thread(move || let_go(&there, turn)) {
            tracing::debug!(error = &error as &dyn std::error::Error, "the page stayed");
        }
    });
}

fn let_go(app: &AppHandle, turn: u64) {
    let rest = app.state::<Rest>();
    let Some(window) = app.get_webview_window(window::MAIN).filter(|_| rest.lasts(turn)) else { return };
    let place = window.url().ok().and_then(|url| url.fragment().map(str::to_owned));
    *rest.place.lock().unwrap_or_else(PoisonError::into_inner) = place;
    let desk = app.state::<Arc<Desk>>().inner().clone();
    desk.stream.leave();
    if let Err(error) = window.destroy() {
        tracing::debug!(error = &error as &dyn std::error::Error, "the page stayed");
    }
    tauri::async_runtime::spawn(async move { desk.rest().await });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_that_came_back_is_not_let_go_by_an_older_wait() {
        let rest = Rest::default();
        let first = rest.begin();
        assert!(rest.lasts(first));
        assert_eq!(rest.end(), None, "nothing was let go yet");
        assert!(!rest.lasts(first), "it was shown meanwhile");
        let second = rest.begin();
        assert!(rest.lasts(second) && !rest.lasts(first));
    }

    #[test]
    fn the_place_of_a_page_is_given_once() {
        let rest = Rest::default();
        *rest.place.lock().expect("whole") = Some("/review".to_owned());
        assert_eq!(rest.end().as_deref(), Some("/review"));
        assert_eq!(rest.end(), None);
    }
}

//! Ending the process in a chosen window, for the kill test: SIGKILL, so that nothing is flushed, dropped or caught.

use std::sync::atomic::{AtomicU32, Ordering};

use hub_core::message::Message;
use hub_core::ports::FailPoints;

use crate::failure::Failure;

/// Kills this process at the Nth pass of a window.
pub(super) struct KillAt {
    window: String,
    left: AtomicU32,
}

impl KillAt {
    /// Reads `WINDOW:N`.
    pub(super) fn parse(text: &str) -> Result<KillAt, Failure> {
        let read = text.split_once(':').and_then(|(window, n)| Some((window, n.parse::<u32>().ok()?)));
        match read {
            Some((window, pass)) if pass > 0 => {
                Ok(KillAt { window: window.to_owned(), left: AtomicU32::new(pass) })
            }
            Some(_) | None => Err(Failure::usage(Message::new("error.fail_point"))),
        }
    }
}

impl FailPoints for KillAt {
    fn pass(&self, window: &'static str) {
        if window == self.window && self.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            kill();
        }
    }
}

#[cfg(unix)]
fn kill() {
    // Through the command, because signals need unsafe code otherwise. It answers nothing: it ends us.
    let killed = std::process::Command::new("kill").args(["-9", &std::process::id().to_string()]).status();
    tracing::error!(?killed, "the process outlived its fail point");
    std::process::abort();
}

#[cfg(not(unix))]
fn kill() {
    std::process::abort();
}

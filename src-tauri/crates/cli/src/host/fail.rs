//! Ending the process in a chosen window, for the kill test: SIGKILL, so that nothing is flushed, dropped or caught. And
//! the version after this one, so that an upgrade can be cut off, whatever this version's last migration is.

use std::sync::atomic::{AtomicU32, Ordering};

use hub_core::message::Message;
use hub_core::ports::FailPoints;
use hub_store::{MIGRATIONS, Migration};

use crate::failure::Failure;

/// What the next version's migration does: it reads every record and writes about as many rows.
const NEXT: &str = "CREATE TABLE of_the_next_version (external_id TEXT NOT NULL) STRICT;
    INSERT INTO of_the_next_version SELECT external_id FROM crm_records;
    UPDATE crm_records SET external_id = external_id;";

/// The migrations of the version after this one.
pub fn migrations_of_the_next_version() -> Vec<Migration> {
    let version = MIGRATIONS.last().map_or(1, |last| last.version + 1);
    let next = Migration { version, name: "of_the_next_version", sql: NEXT };
    MIGRATIONS.iter().copied().chain([next]).collect()
}

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

//! The command line of WedSync Hub.
//!
//! It exists so that the whole main job can be done, scripted and tested without a window; it gives the same commands as
//! the window, through the same table. Deliberately absent: any decision of its own about records, and any second way to
//! reach the store.

mod args;
mod client;
mod failure;
mod host;
mod owner;
mod profile;
mod run;
mod screen;
mod seat;
mod serve;

use std::process::ExitCode;

#[cfg(feature = "fail-points")]
pub use host::migrations_of_the_next_version;

use failure::{Exit, Failure};
use screen::{Reader, Screen};

pub use host::{PickedFiles, SignInWindow, SignInWindows, WindowEvent, WindowFault, WindowWanted};
pub use hub_connectors::{PageAsked, PageDrawn, PageViews, SessionCookie, ViewFault};
pub use seat::{Seat, Wanted, locale, open_in_browser};

/// How long what still runs may take to close its files once the result is known.
const CLOSING: std::time::Duration = std::time::Duration::from_secs(10);

/// Runs the line that this process was started with.
pub fn main() -> ExitCode {
    let arguments: Vec<std::ffi::OsString> = std::env::args_os().collect();
    let locale = args::locale_of(&arguments);
    let line = match args::read(arguments, locale) {
        Ok(line) => line,
        Err(error) => {
            // Also help and version come this way. Nobody to tell when the stream is closed.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { Exit::Usage.code() } else { Exit::Done.code() });
        }
    };
    let reader = if line.common.json { Reader::Machine } else { Reader::Person };
    let screen = Screen { reader, locale };
    let result = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|source| Failure::because("error.fault", source))
        .and_then(|runtime| {
            let result = runtime.block_on(run::run(line, screen));
            // The books are closed before the process ends: the cipher's library is taken down at its exit, and a
            // connection that another thread closes at that moment ends it by a fault, after all was done.
            runtime.shutdown_timeout(CLOSING);
            result
        });
    let exit = result.unwrap_or_else(|failure| {
        tracing::info!(error = &failure as &dyn std::error::Error, "ended without success");
        screen.failure(&failure);
        failure.exit()
    });
    ExitCode::from(exit.code())
}

/// Random bytes as hexadecimal text.
pub(crate) fn random_hex(bytes: usize) -> Result<String, Failure> {
    let mut buffer = vec![0_u8; bytes];
    getrandom::fill(&mut buffer).map_err(|source| Failure::because("error.no_randomness", source))?;
    Ok(hex::encode(buffer))
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    fn sources(dir: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(dir).expect("readable") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                sources(&path, found);
            } else {
                found.push(path);
            }
        }
    }

    #[test]
    fn every_message_id_in_the_code_has_its_sentence() {
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut files = Vec::new();
        for name in ["api", "cli", "cloud", "connectors", "engine", "store"] {
            sources(&crates.join(name).join("src"), &mut files);
        }
        let (mut missing, mut seen) = (Vec::new(), 0);
        for file in files {
            let text = std::fs::read_to_string(&file).expect("text");
            for literal in text.split('"').skip(1) {
                let is_id = ["error.", "hub.", "doctor.", "preview.", "sign_in.", "reason."]
                    .iter()
                    .any(|area| literal.starts_with(area))
                    && !literal.ends_with('.')
                    && literal.bytes().all(|byte| byte.is_ascii_lowercase() || b"._".contains(&byte));
                let is_other = hub_api::TABLE.iter().any(|row| row.name == literal)
                    || literal.starts_with("hub.db")
                    || ["hub.log", "hub.help"].contains(&literal);
                if is_id && !is_other {
                    seen += 1;
                    if !hub_core::message::is_known(literal) {
                        missing.push(format!("{literal} in {}", file.display()));
                    }
                }
            }
        }
        assert!(seen > 150, "ids were found: {seen}");
        assert_eq!(missing, Vec::<String>::new());
    }
}

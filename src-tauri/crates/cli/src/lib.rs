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
mod serve;

use std::process::ExitCode;

use failure::{Exit, Failure};
use screen::{Reader, Screen};

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
            // A blocked read of standard input must not keep the process.
            runtime.shutdown_background();
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

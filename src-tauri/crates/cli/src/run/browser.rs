//! Opening the system browser.

use std::process::{Command, Stdio};

/// Opens an address; a computer without a browser is no fault, because the address is shown as well.
pub(crate) fn open(url: &str) {
    let mut command = if cfg!(target_os = "macos") {
        Command::new("open")
    } else if cfg!(windows) {
        // Not through `cmd /c start`: an address holds characters that a shell would act on.
        let mut command = Command::new("rundll32");
        command.arg("url.dll,FileProtocolHandler");
        command
    } else {
        Command::new("xdg-open")
    };
    let started = command.arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    match started {
        Ok(mut child) => {
            // Waited for on a thread, so that it leaves no zombie.
            std::thread::spawn(move || child.wait());
        }
        Err(error) => tracing::info!(error = &error as &dyn std::error::Error, "no browser was opened"),
    }
}

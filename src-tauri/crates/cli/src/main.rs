//! `hub`: the commands of WedSync Hub without a window.

use std::process::ExitCode;

fn main() -> ExitCode {
    hub_cli::main()
}

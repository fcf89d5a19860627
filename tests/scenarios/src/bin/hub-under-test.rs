//! `hub` itself, its whole `main`, from a build with fail points: what the proofs run as their child process.

fn main() -> std::process::ExitCode {
    hub_cli::main()
}

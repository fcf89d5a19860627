//! Running programs from the repository's root, with what was run printed and timed.

use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

/// The repository's root: three levels above this crate's manifest.
pub fn root() -> PathBuf {
    let manifest = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    manifest.ancestors().nth(3).map_or(manifest.clone(), PathBuf::from)
}

/// The cargo that runs us, or the one on the path.
pub fn cargo() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

/// Runs a program and fails with its command line.
pub fn run(program: &str, arguments: &[&str]) -> Result<(), String> {
    run_with(program, arguments, &[])
}

/// Runs a program with more environment.
pub fn run_with(program: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Result<(), String> {
    let shown = format!(
        "{} {}",
        PathBuf::from(program)
            .file_stem()
            .map_or_else(|| program.into(), |name| name.to_string_lossy().into_owned()),
        arguments.join(" ")
    );
    println!("--- {shown}");
    let began = Instant::now();
    let status = Command::new(program)
        .args(arguments)
        .envs(environment.iter().copied())
        .current_dir(root())
        .status()
        .map_err(|error| format!("{shown}: {error}"))?;
    println!("--- {shown}: {:.1} s", began.elapsed().as_secs_f32());
    if status.success() { Ok(()) } else { Err(format!("failed: {shown}")) }
}

/// What a program prints.
pub fn output(program: &str, arguments: &[&str]) -> Result<String, String> {
    let result = Command::new(program)
        .args(arguments)
        .current_dir(root())
        .output()
        .map_err(|error| format!("{program}: {error}"))?;
    if !result.status.success() {
        return Err(format!("{program}: {}", String::from_utf8_lossy(&result.stderr)));
    }
    String::from_utf8(result.stdout).map_err(|error| format!("{program}: {error}"))
}

/// Whether a program can be found.
pub fn exists(program: &str) -> bool {
    let Some(path) = std::env::var_os("PATH") else { return false };
    let names = [program.to_owned(), format!("{program}.exe")];
    std::env::split_paths(&path).any(|directory| names.iter().any(|name| directory.join(name).is_file()))
}

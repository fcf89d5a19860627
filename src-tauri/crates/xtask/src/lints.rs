//! Lints while building: clippy's driver compiles our own crates in the compiler's place.
//!
//! `cargo clippy` by itself checks every dependency once more, because a check and a build share nothing: on two cores that
//! was a third of the whole run from an empty target. The driver is the compiler with more lints, so that one build does
//! both. Dependencies are compiled by the plain compiler and shared with every other build.

use std::path::PathBuf;

use crate::process::{cargo, output, run};

/// What divides the driver's own arguments in `CLIPPY_ARGS`; `cargo clippy` passes its words on in the same way.
const DIVIDER: &str = "__CLIPPY_HACKERY__";

/// Names and values for a build whose warnings are faults; empty where the driver is not installed.
pub struct Linted(Vec<(String, String)>);

impl Linted {
    /// The environment of linted builds. Without a driver the lints run by themselves, once, here.
    pub fn prepare() -> Result<Linted, String> {
        let sysroot = output("rustc", &["--print", "sysroot"])?;
        let driver = PathBuf::from(sysroot.trim())
            .join("bin")
            .join(format!("clippy-driver{}", std::env::consts::EXE_SUFFIX));
        if !driver.is_file() {
            run(&cargo(), &["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"])?;
            return Ok(Linted(Vec::new()));
        }
        Ok(Linted(vec![
            // What a second build would need is only written for nothing here.
            ("CARGO_INCREMENTAL".to_owned(), "0".to_owned()),
            ("RUSTC_WORKSPACE_WRAPPER".to_owned(), driver.display().to_string()),
            ("CLIPPY_ARGS".to_owned(), ["-D", "warnings"].map(|word| format!("{word}{DIVIDER}")).concat()),
        ]))
    }

    /// Builds as they are by hand, without lints.
    pub fn not() -> Linted {
        Linted(Vec::new())
    }

    /// For one program.
    pub fn environment(&self) -> Vec<(&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }
}

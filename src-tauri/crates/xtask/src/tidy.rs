//! Tidiness that no compiler checks: file length, put-off work, and what only one place may do.

use std::path::Path;

use crate::process::{output, root};

/// A file past this many lines has become two rooms (style card).
const LINES: usize = 600;

/// Every fault, in words.
pub fn faults() -> Result<Vec<String>, String> {
    let listed = output("git", &["ls-files", "--cached", "--others", "--exclude-standard"])?;
    let mut found = Vec::new();
    for name in listed.lines() {
        let path = root().join(name);
        if !is_source(name) || !path.is_file() {
            continue;
        }
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{name}: {error}"))?;
        found.extend(faults_of(name, &text));
    }
    Ok(found)
}

fn is_source(name: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|ending| ["rs", "ts", "tsx"].iter().any(|source| ending == *source))
        && !name.starts_with("src-tauri/crates/xtask/src/tidy.rs")
        // Written by a test from the command table, read by nobody.
        && !name.starts_with("ui/src/api/generated/")
}

fn faults_of(name: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let lines = text.lines().count();
    if lines > LINES {
        found.push(format!("tidy: {name} has {lines} lines, more than {LINES}"));
    }
    for (index, line) in text.lines().enumerate() {
        let banned: Option<&str> = if line.contains("todo!(") || line.contains("unimplemented!(") {
            Some("unfinished work")
        } else if line.contains("TODO") || line.contains("FIXME") {
            Some("put-off work; finish it or open an issue")
        } else if line.trim_start().starts_with("#[ignore") {
            Some("a test that does not run")
        } else if line.contains("tauri::") && !name.starts_with("src-tauri/app/") && name.ends_with(".rs") {
            Some("only src-tauri/app may say tauri")
        } else if line.contains("@tauri-apps") && !name.starts_with("ui/src/platform/") {
            Some("only ui/src/platform may import @tauri-apps")
        } else {
            None
        };
        if let Some(reason) = banned {
            found.push(format!("tidy: {name}:{}: {reason}", index + 1));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_catches_its_fault() {
        let long = "x\n".repeat(LINES + 1);
        for (name, text) in [
            ("src-tauri/crates/core/src/a.rs", long.as_str()),
            ("src-tauri/crates/core/src/a.rs", "todo!()"),
            ("ui/src/a.ts", "// FIXME"),
            ("src-tauri/crates/core/src/a.rs", "  #[ignore = \"slow\"]"),
            ("src-tauri/crates/api/src/a.rs", "use tauri::App;"),
            ("ui/src/features/a.tsx", "import '@tauri-apps/api'"),
        ] {
            assert_eq!(faults_of(name, text).len(), 1, "{name}: {}", &text[..text.len().min(20)]);
        }
        assert!(faults_of("src-tauri/app/main.rs", "use tauri::App;").is_empty());
        assert!(faults_of("ui/src/platform/tauri.ts", "import '@tauri-apps/api'").is_empty());
    }
}

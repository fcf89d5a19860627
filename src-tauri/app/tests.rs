//! What the configuration may say: the walls around the page are data, so they are tested as data.

use std::path::Path;

use serde_json::Value as Json;
use ts_rs::{Config, TS};

use crate::arrivals::ENDINGS;
use crate::files::Handed;
use crate::window::{About, MAIN, OpenLink, PickFile, SaveText, TitleBar, Unlock};

/// Everything a page may be allowed. Longer only with a reason in its capability file.
const ALLOWED: &[&str] = &[
    "allow-rpc",
    "allow-events",
    "core:window:allow-start-dragging",
    "core:window:allow-internal-toggle-maximize",
];

fn read(name: &str) -> Json {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    serde_json::from_str(&std::fs::read_to_string(&path).expect(name)).expect(name)
}

/// Everything that is wrong with a capability.
fn faults(capability: &Json) -> Vec<String> {
    let mut faults = Vec::new();
    if capability["windows"] != serde_json::json!([MAIN]) {
        faults.push("it is not for the main window alone".to_owned());
    }
    if capability["local"] != Json::Bool(true) {
        faults.push("it does not say local".to_owned());
    }
    for banned in ["remote", "webviews"] {
        if capability.get(banned).is_some() {
            faults.push(format!("it has {banned}"));
        }
    }
    for permission in capability["permissions"].as_array().into_iter().flatten() {
        if permission.as_str().is_none_or(|name| !ALLOWED.contains(&name)) {
            faults.push(format!("{permission} is more than a page needs"));
        }
    }
    if capability.to_string().contains('*') {
        faults.push("it has a wildcard".to_owned());
    }
    faults
}

#[test]
fn capabilities_are_for_the_main_window_and_nothing_remote() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("src-tauri/capabilities");
    let mut names = Vec::new();
    for entry in std::fs::read_dir(dir).expect("readable") {
        let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
        let capability = read(&format!("src-tauri/capabilities/{name}"));
        assert_eq!(faults(&capability), Vec::<String>::new(), "{name}");
        names.push(capability["identifier"].as_str().expect("a name").to_owned());
    }
    names.sort();
    let conf = read("tauri.conf.json");
    assert_eq!(
        conf["app"]["security"]["capabilities"],
        serde_json::json!(names),
        "the configuration names each"
    );
}

#[test]
fn a_capability_that_says_too_much_is_caught() {
    let good = read("src-tauri/capabilities/main.json");
    for (key, value) in [
        ("windows", serde_json::json!(["*"])),
        ("windows", serde_json::json!(["main", "sign-in"])),
        ("local", Json::Bool(false)),
        ("remote", serde_json::json!({"urls": ["https://example.com"]})),
        ("webviews", serde_json::json!(["main"])),
        ("permissions", serde_json::json!(["core:default"])),
        ("permissions", serde_json::json!([{"identifier": "allow-rpc", "allow": []}])),
    ] {
        let mut bad = good.clone();
        bad[key] = value;
        assert!(!faults(&bad).is_empty(), "{key}: {bad}");
    }
}

#[test]
fn the_page_has_no_remote_origin_and_no_global() {
    let conf = read("tauri.conf.json");
    assert_eq!(conf["app"]["withGlobalTauri"], Json::Bool(false));
    let csp = conf["app"]["security"]["csp"].as_object().expect("a policy");
    assert_eq!(csp["default-src"], "'none'");
    assert_eq!(csp["script-src"], "'self'", "no inline script, no eval");
    for (directive, sources) in csp {
        for source in sources.as_str().expect("text").split_whitespace() {
            // The last one is how the web view of Windows reaches the program; it never leaves the process.
            let own = ["'none'", "'self'", "'unsafe-inline'", "data:", "ipc:", "http://ipc.localhost"];
            assert!(own.contains(&source), "{directive} {source}");
        }
    }
}

#[test]
fn the_system_is_told_of_the_files_that_are_ours_to_open() {
    let conf = read("tauri.conf.json");
    let told: Vec<&str> = conf["bundle"]["fileAssociations"]
        .as_array()
        .expect("a list")
        .iter()
        .flat_map(|kind| kind["ext"].as_array().expect("endings"))
        .map(|ending| ending.as_str().expect("text"))
        .collect();
    // Texts and web pages are taken where somebody brings them; nobody opens every one of them with this program.
    let ours: Vec<&str> =
        ENDINGS.iter().copied().filter(|ending| !["txt", "html", "htm"].contains(ending)).collect();
    assert_eq!(told, ours);
    let offered =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/src/app/held-files.ts"))
            .expect("the interface's list");
    let list: Vec<String> = ENDINGS.iter().map(|ending| format!("\".{ending}\"")).collect();
    assert!(offered.contains(&list.join(", ")), "the interface offers what the window takes");
    let desktop =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src-tauri/wedsync-hub.desktop"))
            .expect("the desktop entry");
    assert!(desktop.lines().any(|line| line == "Exec={{exec}} %U"), "links and files reach the program");
}

/// The window's own commands, as TypeScript.
fn typescript() -> String {
    let config = Config::new().with_large_int("number");
    let mut text =
        String::from("// Made from the shell by `cargo test -p wedsync-hub`; change it there.\n\n");
    for declaration in [
        About::decl(&config),
        Handed::decl(&config),
        OpenLink::decl(&config),
        PickFile::decl(&config),
        SaveText::decl(&config),
        TitleBar::decl(&config),
        Unlock::decl(&config),
    ] {
        text.push_str(&format!("export {declaration}\n\n"));
    }
    text.push_str("export type WindowSchema = {\n");
    for (name, request, response) in [
        ("about", "Record<string, never>", "About"),
        ("close", "Record<string, never>", "null"),
        ("open_link", "OpenLink", "null"),
        ("pick_file", "PickFile", "Handed | null"),
        ("quit", "Record<string, never>", "null"),
        ("sample_begin", "Record<string, never>", "null"),
        ("sample_end", "Record<string, never>", "null"),
        ("save_text", "SaveText", "boolean"),
        ("unlock", "Unlock", "null"),
    ] {
        text.push_str(&format!("  \"window.{name}\": {{ request: {request}; response: {response} }};\n"));
    }
    text.push_str("};\n");
    text
}

#[test]
fn the_generated_types_are_those_of_the_window() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/src/platform/generated/window.ts");
    let wanted = typescript();
    if std::env::var_os("UPDATE_BINDINGS").is_some() {
        std::fs::create_dir_all(file.parent().expect("a directory")).expect("it can be made");
        std::fs::write(&file, &wanted).expect("it can be written");
    }
    let found = std::fs::read_to_string(&file).unwrap_or_default().replace("\r\n", "\n");
    assert!(found == wanted, "window.ts differs from the shell; run the tests once with UPDATE_BINDINGS=1");
}

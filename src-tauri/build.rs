//! Checks configuration and capabilities while building, and stands in for an interface that has not been built.
//!
//! The shell embeds `ui/dist`, which is made by npm and is not in the repository. Checks and tests of the shell need no
//! interface: without it, a page of one sentence is embedded from the build's own directory, and nothing is written
//! among the sources.

use std::path::Path;
use std::{env, fs};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed=src-tauri/capabilities");
    println!("cargo:rerun-if-changed=src-tauri/permissions");
    println!("cargo:rerun-if-changed=ui/dist/index.html");
    if !Path::new("ui/dist/index.html").exists() {
        let page = Path::new(&env::var("OUT_DIR")?).join("page");
        fs::create_dir_all(&page)?;
        fs::write(page.join("index.html"), include_str!("app/unbuilt.html"))?;
        let change = format!(r#"{{"build":{{"frontendDist":{:?}}}}}"#, page.to_string_lossy());
        println!("cargo:rustc-env=TAURI_CONFIG={change}");
    }
    let attributes = tauri_build::Attributes::new()
        .capabilities_path_pattern("./src-tauri/capabilities/**/*")
        .app_manifest(
            tauri_build::AppManifest::new().permissions_path_pattern("./src-tauri/permissions/**/*"),
        );
    tauri_build::try_build(attributes)?;
    Ok(())
}

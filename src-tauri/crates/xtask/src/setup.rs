//! System packages: what a fresh machine lacks.

use crate::process::{exists, output, run, run_with};

/// Debian packages by the program that shows they are there, or a library's package itself.
const DEBIAN: &[(&str, &str)] = &[
    // The C compiler, make and perl build SQLCipher with its OpenSSL.
    ("cc", "gcc"),
    ("make", "make"),
    ("perl", "perl"),
    ("pkg-config", "pkg-config"),
    // A real Secret Service for the vault's test.
    ("dbus-run-session", "dbus-daemon"),
    ("dbus-send", "dbus-bin"),
    ("gnome-keyring-daemon", "gnome-keyring"),
    // The browser of the stories in tests/e2e, and a display for the window.
    ("chromium", "chromium"),
    ("Xvfb", "xvfb"),
    // The app under remote control, and what a desktop opens links with.
    ("WebKitWebDriver", "webkit2gtk-driver"),
    ("xdg-open", "xdg-utils"),
    ("update-desktop-database", "desktop-file-utils"),
];

/// Libraries of the app's window, by the name that pkg-config knows them under.
const LIBRARIES: &[(&str, &str)] = &[
    ("webkit2gtk-4.1", "libwebkit2gtk-4.1-dev"),
    ("ayatana-appindicator3-0.1", "libayatana-appindicator3-dev"),
];

/// Installs what is missing.
pub fn setup() -> Result<(), String> {
    if !cfg!(target_os = "linux") {
        for (program, _) in DEBIAN.iter().take(3) {
            if !exists(program) {
                return Err(format!("{program} is missing: SQLCipher is built from source and needs it"));
            }
        }
        return Ok(());
    }
    let mut missing: Vec<&str> =
        DEBIAN.iter().filter(|(program, _)| !exists(program)).map(|(_, package)| *package).collect();
    let lacks =
        |library: &str| !exists("pkg-config") || output("pkg-config", &["--exists", library]).is_err();
    missing.extend(LIBRARIES.iter().filter(|(library, _)| lacks(library)).map(|(_, package)| *package));
    if missing.is_empty() {
        return Ok(());
    }
    if !exists("apt-get") {
        return Err(format!("install these (names as in Debian), then try again: {}", missing.join(" ")));
    }
    let root = output("id", &["-u"])?.trim() == "0";
    let quiet = [("DEBIAN_FRONTEND", "noninteractive")];
    let install = |arguments: &[&str]| {
        if root {
            run_with("apt-get", arguments, &quiet)
        } else {
            let mut all = vec!["apt-get"];
            all.extend_from_slice(arguments);
            run("sudo", &all)
        }
    };
    install(&["update", "-qq"])?;
    let mut arguments = vec!["install", "-y", "-qq", "--no-install-recommends"];
    arguments.extend(missing);
    install(&arguments)
}

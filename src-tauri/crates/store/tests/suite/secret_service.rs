//! The real keychain of Linux: gnome-keyring behind the Secret Service, in a D-Bus session of its own.
//!
//! The tests run a second copy of this binary within `dbus-run-session`, with a throw-away home, so that nobody's own
//! keyring is ever touched. They fail where the programs are missing: a skipped keychain test would prove nothing.

use std::path::Path;
use std::process::{Command, Output};

use hub_store::keys::{self, KeyError, OsKeychain, Protection, Unlock};

const ROLE: &str = "HUB_STORE_KEYCHAIN_ROLE";
const DIR: &str = "HUB_STORE_KEYCHAIN_DIR";

/// What the inner copy does; outside a session of ours it is no test at all and passes at once.
#[test]
fn inside_the_session() {
    let (Ok(role), Ok(dir)) = (std::env::var(ROLE), std::env::var(DIR)) else { return };
    let dir = Path::new(&dir);
    match role.as_str() {
        "make" => {
            let made = keys::create(dir, "profile-1", &Protection::Keychain(&OsKeychain)).unwrap();
            let opened = keys::unlock(dir, &Unlock::Keychain(&OsKeychain)).unwrap();
            assert_eq!(opened.key_id, made.keys.key_id);
        }
        "open" => {
            keys::unlock(dir, &Unlock::Keychain(&OsKeychain)).expect("the keychain kept the key");
        }
        "wipe" => {
            keys::forget_keychain(dir, &OsKeychain).unwrap();
            let opened = keys::unlock(dir, &Unlock::Keychain(&OsKeychain));
            assert!(matches!(opened, Err(KeyError::KeychainWiped)), "got {opened:?}");
        }
        "locked" => {
            let opened = keys::unlock(dir, &Unlock::Keychain(&OsKeychain));
            assert!(matches!(opened, Err(KeyError::KeychainLocked(_))), "got {opened:?}");
        }
        "absent" => {
            let opened = keys::unlock(dir, &Unlock::Keychain(&OsKeychain));
            assert!(matches!(opened, Err(KeyError::NoKeychain(_))), "got {opened:?}");
        }
        other => panic!("no such role: {other}"),
    }
}

/// Runs this binary's inner test under a shell line that sets the keychain up.
fn run(home: &Path, profile: &Path, role: &str, set_up: &str) -> Output {
    let binary = std::env::current_exe().unwrap();
    let line = format!("{set_up}; exec \"$1\" --exact secret_service::inside_the_session --nocapture");
    let mut command = Command::new("dbus-run-session");
    command.args(["--", "sh", "-c", &line, "sh"]).arg(binary);
    command.env_clear();
    for (name, at) in [
        ("HOME", ""),
        ("XDG_DATA_HOME", "data"),
        ("XDG_CONFIG_HOME", "config"),
        ("XDG_CACHE_HOME", "cache"),
        ("XDG_RUNTIME_DIR", "run"),
    ] {
        let dir = home.join(at);
        std::fs::create_dir_all(&dir).unwrap();
        command.env(name, dir);
    }
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(home.join("run"), std::fs::Permissions::from_mode(0o700)).unwrap();
    command
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("LANG", "C.UTF-8")
        .env(ROLE, role)
        .env(DIR, profile);
    command.output().expect("dbus-run-session and gnome-keyring must be installed to test the keychain")
}

fn passed(output: &Output, role: &str) {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{role}:\n{out}\n{err}");
    assert!(out.contains("1 passed"), "{role} ran the inner test:\n{out}\n{err}");
}

const UNLOCK: &str = "printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null";

#[test]
fn a_key_is_kept_by_the_secret_service_and_found_again() {
    let (home, profile) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    passed(&run(home.path(), profile.path(), "make", UNLOCK), "make");
    passed(&run(home.path(), profile.path(), "open", UNLOCK), "open in a new session");
    let text = std::fs::read_to_string(profile.path().join(keys::KEYS_FILE)).unwrap();
    assert!(text.contains("\"keychain\""), "the slot only names the entry");
    passed(&run(home.path(), profile.path(), "locked", "true"), "a keyring that nobody has unlocked");
    let no_bus = "export DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent";
    passed(&run(home.path(), profile.path(), "absent", no_bus), "no bus, so no keychain");
    passed(&run(home.path(), profile.path(), "wipe", UNLOCK), "wipe");
}

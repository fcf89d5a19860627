//! Which key slot opens a profile. Never a silent step down: without a keychain a supplier chooses a passphrase, in so
//! many words; only profiles whose data is invented are opened with a published one, so that tests and the demo never
//! prompt and need no keychain (README, "Keys").

use std::io::IsTerminal as _;

use hub_api::ProfileKind;
use hub_core::message::{Locale, Message, render};
use hub_core::ports::Secret;
use hub_store::keys::{self, KeyRing, OsKeychain, Protection, Stretch, Unlock};

use crate::failure::Failure;
use crate::profile::ProfileDir;
use crate::screen::input_line;

/// Opens demo, test and sample profiles, whose data is invented. It protects nothing and is meant to be known.
const PUBLISHED: &str = "invented data, published passphrase";
/// Stretching a published passphrase would only cost time.
const LIGHT: Stretch = Stretch { memory: 64, passes: 1, lanes: 1 };
const SHORTEST: usize = 10;

/// How the line says the profile is to be opened.
#[derive(Debug, Clone)]
pub(crate) enum KeyChoice {
    /// By the keychain, else by asking.
    Usual(Locale),
    /// By the keychain, and never by asking: a window has no terminal to ask in, even where it was started from one.
    Silent,
    /// By this passphrase.
    Passphrase(Secret),
}

impl KeyChoice {
    /// Reads the passphrase where the line promises one on standard input.
    pub(crate) fn read(passphrase_stdin: bool, locale: Locale) -> Result<KeyChoice, Failure> {
        if !passphrase_stdin {
            return Ok(KeyChoice::Usual(locale));
        }
        Ok(KeyChoice::Passphrase(long_enough(Secret::new(input_line()?))?))
    }
}

/// Opens the keys of a profile, or makes them.
pub(super) fn unlock(place: &ProfileDir, choice: KeyChoice) -> Result<KeyRing, Failure> {
    match choice {
        KeyChoice::Passphrase(passphrase) => with_passphrase(place, &passphrase, Stretch::default()),
        KeyChoice::Usual(_) | KeyChoice::Silent if holds_invented_data(place.profile.kind) => {
            with_passphrase(place, &Secret::new(PUBLISHED), LIGHT)
        }
        KeyChoice::Usual(locale) => usual(place, locale),
        KeyChoice::Silent => by_keychain(place),
    }
}

/// Demo and test profiles; and the sample's, which takes no other clients than its own.
fn holds_invented_data(kind: ProfileKind) -> bool {
    kind.is_invented() || kind == ProfileKind::Sample
}

fn by_keychain(place: &ProfileDir) -> Result<KeyRing, Failure> {
    if !keys::exists(&place.dir) {
        return make(place, &Protection::Keychain(&OsKeychain));
    }
    if !keys::slot_kinds(&place.dir).map_err(failed)?.contains(&"keychain") {
        return Err(Failure::own("error.needs_passphrase"));
    }
    keys::unlock(&place.dir, &Unlock::Keychain(&OsKeychain)).map_err(failed)
}

fn with_passphrase(place: &ProfileDir, passphrase: &Secret, stretch: Stretch) -> Result<KeyRing, Failure> {
    if keys::exists(&place.dir) {
        return keys::unlock(&place.dir, &Unlock::Passphrase(passphrase)).map_err(failed);
    }
    make(place, &Protection::Passphrase(passphrase, stretch))
}

fn usual(place: &ProfileDir, locale: Locale) -> Result<KeyRing, Failure> {
    let keychain = OsKeychain;
    if !keys::exists(&place.dir) {
        return match make(place, &Protection::Keychain(&keychain)) {
            Ok(ring) => Ok(ring),
            Err(failure) => match asked_to_choose(locale, &failure)? {
                Some(passphrase) => make(place, &Protection::Passphrase(&passphrase, Stretch::default())),
                None => Err(failure),
            },
        };
    }
    let kinds = keys::slot_kinds(&place.dir).map_err(failed)?;
    if kinds.contains(&"keychain") {
        match keys::unlock(&place.dir, &Unlock::Keychain(&keychain)) {
            Ok(ring) => return Ok(ring),
            Err(error) if !kinds.contains(&"passphrase") => return Err(failed(error)),
            // There is another slot; the person is asked for it.
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "the keychain did not open")
            }
        }
    }
    let passphrase = prompt(locale, "hub.ask.passphrase")?;
    keys::unlock(&place.dir, &Unlock::Passphrase(&passphrase)).map_err(failed)
}

fn make(place: &ProfileDir, protection: &Protection<'_>) -> Result<KeyRing, Failure> {
    // Each profile has its own id: keys, associated data and keychain entries are bound to it.
    let profile = uuid::Uuid::now_v7().to_string();
    keys::create(&place.dir, &profile, protection).map(|made| made.keys).map_err(failed)
}

/// Without a keychain, asks whether a passphrase will do; only where somebody can answer.
fn asked_to_choose(locale: Locale, failure: &Failure) -> Result<Option<Secret>, Failure> {
    if !std::io::stdin().is_terminal() {
        return Ok(None);
    }
    use std::io::Write as _;
    let mut out = std::io::stderr();
    // Nobody to tell when standard error is closed.
    let _ = writeln!(out, "{}", render(locale, &failure.message()));
    let first = prompt(locale, "hub.ask.choose_passphrase")?;
    if first.expose().is_empty() {
        return Ok(None);
    }
    let first = long_enough(first)?;
    let again = prompt(locale, "hub.ask.passphrase_again")?;
    if first != again {
        return Err(Failure::own("error.passphrases_differ"));
    }
    Ok(Some(first))
}

fn prompt(locale: Locale, id: &str) -> Result<Secret, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::usage(Message::new("error.needs_passphrase")));
    }
    let text = rpassword::prompt_password(render(locale, &Message::new(id))).map_err(Failure::Stdio)?;
    Ok(Secret::new(text))
}

pub(crate) fn long_enough(passphrase: Secret) -> Result<Secret, Failure> {
    if passphrase.expose().chars().count() < SHORTEST {
        return Err(Failure::usage(Message::new("error.passphrase_short").with("count", SHORTEST)));
    }
    Ok(passphrase)
}

fn failed(error: keys::KeyError) -> Failure {
    Failure::because(error.message_id(), error)
}

//! What the program was started with: options for a profile, and what the system hands over by argument.
//!
//! Read by hand: the system, not a person, writes most of these lines, and what it adds (session ids, a link, files) must
//! never end the program with a usage text.

use std::path::{Path, PathBuf};

use hub_api::ProfileKind;
use hub_cli::Wanted;

use crate::arrivals::{Arrival, arrival_of};

/// A line of arguments, read.
#[derive(Debug)]
pub(crate) struct Line {
    /// The profile to open.
    pub(crate) wanted: Wanted,
    /// What was handed over.
    pub(crate) arrivals: Vec<Arrival>,
}

/// Reads a line without the program's own name. What is not understood is passed over.
pub(crate) fn read(words: impl IntoIterator<Item = String>, cwd: &Path) -> Line {
    let mut wanted = Wanted {
        profile: "default".to_owned(),
        profile_dir: None,
        kind: None,
        cloud_url: None,
        locale: hub_cli::locale(),
        passphrase: None,
        files: std::sync::Arc::default(),
        windows: None,
    };
    let mut arrivals = Vec::new();
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        let (name, given) = match word.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name.to_owned(), Some(value.to_owned())),
            Some(_) | None => (word.clone(), None),
        };
        match name.as_str() {
            "--profile" => {
                if let Some(value) = given.or_else(|| words.next()) {
                    wanted.profile = value;
                }
            }
            "--profile-dir" => wanted.profile_dir = given.or_else(|| words.next()).map(PathBuf::from),
            "--profile-kind" => wanted.kind = given.or_else(|| words.next()).and_then(|text| kind_of(&text)),
            "--cloud-url" => wanted.cloud_url = given.or_else(|| words.next()),
            "--locale" => {
                if let Some(tag) = given.or_else(|| words.next()) {
                    wanted.locale = hub_core::message::Locale::of(&tag);
                }
            }
            _ => arrivals.extend(arrival_of(&word, cwd)),
        }
    }
    Line { wanted, arrivals }
}

fn kind_of(text: &str) -> Option<ProfileKind> {
    match text {
        "live" => Some(ProfileKind::Live),
        "demo" => Some(ProfileKind::Demo),
        "test" => Some(ProfileKind::Test),
        "sample" => Some(ProfileKind::Sample),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(words: &[&str]) -> Line {
        read(words.iter().map(|word| (*word).to_owned()), Path::new("/"))
    }

    #[test]
    fn options_and_what_is_handed_over_are_told_apart() {
        let read = line(&[
            "--profile-dir=/p",
            "--profile-kind",
            "test",
            "-psn_0_1",
            "wedsync://oauth/callback?code=a",
        ]);
        assert_eq!(read.wanted.profile_dir, Some(PathBuf::from("/p")));
        assert_eq!(read.wanted.kind, Some(ProfileKind::Test));
        assert!(
            matches!(read.arrivals.as_slice(), [Arrival::Link(_)]),
            "the session id of an old Mac is no arrival"
        );
    }

    #[test]
    fn a_link_is_never_taken_for_an_option_and_never_shown() {
        let read = line(&["wedsync://oauth/callback?code=canary-code-1&state=--profile=x"]);
        assert_eq!(read.wanted.profile, "default");
        assert!(!format!("{read:?}").contains("canary"), "a link holds a one-time code");
    }

    #[test]
    fn lines_that_end_early_are_no_fault() {
        for words in [&["--profile"][..], &["--profile-dir"], &["--locale"], &["--profile-kind", "x"], &[]] {
            assert_eq!(line(words).wanted.profile, "default");
        }
    }
}

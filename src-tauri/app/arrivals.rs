//! What the system hands to the program: a sign-in link, or files opened with it. A closed set; all else is nothing.
//!
//! Any program on the computer can hand something over, so nothing here is believed: whether a link is a sign-in's is
//! for the sign-in to say (strictly, once, bound to its state), and a file becomes an opaque id before a page hears of it.

use std::path::{Path, PathBuf};

use hub_core::ports::Secret;

/// Endings of files that the program takes: dropped, chosen, or named when it is started. The interface offers the same
/// (`held-files.ts`).
pub(crate) const ENDINGS: &[&str] = &["csv", "tsv", "txt", "xlsx", "ods", "zip", "vcf", "ics", "html", "htm"];
/// Endings of files that may describe a source of one's own, such as a recording of a browser or a definition. They are taken where somebody
/// brings them, and what they are is told by what is in them; the system is not told that they are ours to open.
pub(crate) const SOURCE_ENDINGS: &[&str] = &["har", "json", "yaml", "yml", "toml"];
/// Longest link that is looked at.
const LONGEST: usize = 8 * 1024;

/// Something handed over.
#[derive(Debug)]
pub(crate) enum Arrival {
    /// A `wedsync:` link. It may hold a one-time code, so it is a secret from the first moment.
    Link(Secret),
    /// A file to be opened.
    File(PathBuf),
}

/// What a word is; `cwd` is where it was said.
pub(crate) fn arrival_of(word: &str, cwd: &Path) -> Option<Arrival> {
    let scheme = word.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
    match scheme.as_deref() {
        Some("wedsync") if word.len() <= LONGEST => Some(Arrival::Link(Secret::new(word))),
        // Too long to be one of ours; a sentence says that it was not used.
        Some("wedsync") => Some(Arrival::Link(Secret::new("wedsync:"))),
        Some("file") => url::Url::parse(word).ok()?.to_file_path().ok().and_then(file_of),
        // A colon also stands behind a drive letter.
        Some(_) | None if !word.starts_with('-') => file_of(cwd.join(word)),
        Some(_) | None => None,
    }
}

/// A file that is there and of a kind the program opens.
pub(crate) fn file_of(path: PathBuf) -> Option<Arrival> {
    let ending = path.extension()?.to_str()?.to_ascii_lowercase();
    let ours = [ENDINGS, SOURCE_ENDINGS].iter().any(|endings| endings.contains(&ending.as_str()));
    (ours && path.is_file()).then_some(Arrival::File(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_links_of_ours_and_files_we_open_arrive() {
        let dir = tempfile::tempdir().expect("a directory");
        for name in ["book.csv", "Book.XLSX", "book.ods", "network.HAR", "ours.toml", "run.sh", "no-ending"] {
            std::fs::write(dir.path().join(name), "x").expect("written");
        }
        std::fs::create_dir(dir.path().join("folder.csv")).expect("made");
        let arrives = |word: &str| arrival_of(word, dir.path());
        assert!(matches!(arrives("wedsync://oauth/callback"), Some(Arrival::Link(_))));
        assert!(matches!(arrives("WEDSYNC:x"), Some(Arrival::Link(_))), "schemes have no case");
        assert!(matches!(arrives("book.csv"), Some(Arrival::File(_))), "relative to where it was said");
        assert!(matches!(arrives("Book.XLSX"), Some(Arrival::File(_))));
        assert!(matches!(arrives("book.ods"), Some(Arrival::File(_))));
        assert!(
            matches!(arrives("network.HAR"), Some(Arrival::File(_))),
            "a recording, for a source of one's own"
        );
        assert!(matches!(arrives("ours.toml"), Some(Arrival::File(_))), "a definition, for the same");
        let address = url::Url::from_file_path(dir.path().join("book.csv")).expect("absolute");
        assert!(matches!(arrives(address.as_str()), Some(Arrival::File(_))));
        for nothing in [
            "run.sh",
            "no-ending",
            "absent.csv",
            "folder.csv",
            "https://wedsync/x.csv",
            "--x.csv",
            "",
            "file://elsewhere/x.csv",
        ] {
            assert!(arrives(nothing).is_none(), "{nothing}");
        }
        let long = format!("wedsync://{}", "a".repeat(LONGEST));
        let Some(Arrival::Link(link)) = arrives(&long) else { panic!("a link") };
        assert!(link.expose().len() < 20, "nobody carries a long one about");
    }
}

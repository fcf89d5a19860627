//! Files a person chose, dropped or opened with the program: JavaScript gets an opaque id, a name for showing and a size;
//! the path stays with the profile's host (MODEL 10).

use std::path::Path;
use std::sync::Arc;

use hub_api::{ApiError, Files as _};
use hub_cli::PickedFiles;
use serde::Serialize;
use ts_rs::TS;

/// A file as a page knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub(crate) struct Handed {
    /// Opaque.
    pub(crate) file_id: String,
    /// Its name, without its folder.
    pub(crate) name: String,
    /// Bytes.
    pub(crate) size: u64,
}

/// The files of this run; they may come before the profile is open.
#[derive(Debug, Default)]
pub(crate) struct Files(pub(crate) Arc<PickedFiles>);

impl Files {
    /// Remembers a file.
    ///
    /// # Errors
    /// When it is no readable file, or this computer has no randomness.
    pub(crate) fn hand(&self, path: &Path) -> Result<Handed, ApiError> {
        let handed = self.0.hand(path)?;
        Ok(Handed { file_id: handed.file_id, name: handed.name, size: handed.size })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_gets_a_name_and_no_path() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("clients.csv");
        std::fs::write(&path, "a,b\n").expect("written");
        let files = Files::default();
        let handed = files.hand(&path).expect("it is a file");
        assert_eq!((handed.name.as_str(), handed.size, handed.file_id.len()), ("clients.csv", 4, 32));
        let shown = serde_json::to_string(&handed).expect("plain data");
        assert!(!shown.contains(&*dir.path().to_string_lossy()), "no folder in {shown}");
        assert_ne!(
            files.hand(&path).expect("again").file_id,
            handed.file_id,
            "an id is no function of the path"
        );
        assert!(files.hand(dir.path()).is_err(), "a folder is no file");
    }
}

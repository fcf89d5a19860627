//! Files a person chose, dropped or opened with the program: JavaScript gets an opaque id, a name for showing and a size;
//! the path stays here (MODEL 10).

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use ts_rs::TS;

/// Files remembered; older ones are forgotten.
const MOST: usize = 64;

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

/// The files of this run.
#[derive(Debug, Default)]
pub(crate) struct Files(Mutex<VecDeque<(String, PathBuf)>>);

impl Files {
    /// Remembers a file.
    ///
    /// # Errors
    /// When it is no readable file, or this computer has no randomness.
    pub(crate) fn hand(&self, path: &Path) -> std::io::Result<Handed> {
        let found = std::fs::metadata(path)?;
        if !found.is_file() {
            return Err(std::io::ErrorKind::InvalidInput.into());
        }
        let mut random = [0_u8; 16];
        getrandom::fill(&mut random).map_err(std::io::Error::other)?;
        let file_id = hex::encode(random);
        let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let mut files = self.lock();
        while files.len() >= MOST {
            files.pop_front();
        }
        files.push_back((file_id.clone(), path.to_owned()));
        Ok(Handed { file_id, name, size: found.len() })
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<(String, PathBuf)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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

    #[test]
    fn old_files_are_forgotten() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("a.csv");
        std::fs::write(&path, "").expect("written");
        let files = Files::default();
        for _ in 0..MOST + 3 {
            files.hand(&path).expect("a file");
        }
        assert_eq!(files.lock().len(), MOST);
    }
}

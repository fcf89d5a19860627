//! The log of a profile: a file in `logs/`, kept small. Only this project's own events are written: libraries underneath
//! may print addresses and headers.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::failure::Failure;
use crate::profile::private_dir;

const LARGEST: u64 = 4 * 1024 * 1024;
const KEPT: u32 = 3;
const OURS: &[&str] =
    &["hub_core", "hub_connectors", "hub_store", "hub_cloud", "hub_engine", "hub_api", "hub_cli"];

/// Starts logging into a profile. A second start in one process keeps the first.
pub(crate) fn log_to(dir: &Path, verbose: u8) -> Result<(), Failure> {
    let logs = dir.join("logs");
    let failed = |source| Failure::because("error.log_file", source);
    private_dir(&logs).map_err(failed)?;
    let file = Rolling::open(logs.join("hub.log")).map_err(failed)?;
    let level = match verbose {
        0 => "info",
        1 => "debug",
        _ => "trace",
    };
    let filter = OURS.iter().map(|name| format!("{name}={level}")).collect::<Vec<_>>().join(",");
    let started = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_ansi(false)
        .json()
        .with_writer(SharedFile(Arc::new(Mutex::new(file))))
        .try_init();
    if started.is_err() {
        tracing::debug!("the log was started before");
    }
    Ok(())
}

/// A file that makes room when it has grown.
struct Rolling {
    path: PathBuf,
    file: File,
    size: u64,
}

impl Rolling {
    fn open(path: PathBuf) -> std::io::Result<Rolling> {
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        let file = options.open(&path)?;
        let size = file.metadata()?.len();
        Ok(Rolling { path, file, size })
    }

    fn roll(&mut self) -> std::io::Result<()> {
        let old = |n: u32| self.path.with_extension(format!("{n}.log"));
        for n in (1..KEPT).rev() {
            if old(n).exists() {
                std::fs::rename(old(n), old(n + 1))?;
            }
        }
        std::fs::rename(&self.path, old(1))?;
        *self = Rolling::open(self.path.clone())?;
        Ok(())
    }
}

impl Write for Rolling {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        // A log that cannot be moved goes on where it is.
        if self.size > LARGEST && self.roll().is_err() {
            self.size = 0;
        }
        let written = self.file.write(bytes)?;
        self.size += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

#[derive(Clone)]
struct SharedFile(Arc<Mutex<Rolling>>);

impl Write for SharedFile {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).flush()
    }
}

impl<'a> MakeWriter<'a> for SharedFile {
    type Writer = SharedFile;
    fn make_writer(&'a self) -> SharedFile {
        self.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_rolls_and_keeps_a_few() {
        let dir = tempfile::tempdir().expect("a directory");
        let mut log = Rolling::open(dir.path().join("hub.log")).expect("a log");
        for round in 0..6 {
            log.size = LARGEST + 1;
            log.write_all(format!("{round}\n").as_bytes()).expect("written");
        }
        let mut names: Vec<String> = std::fs::read_dir(dir.path())
            .expect("readable")
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        assert_eq!(names, ["hub.1.log", "hub.2.log", "hub.3.log", "hub.log"]);
        assert_eq!(std::fs::read_to_string(dir.path().join("hub.log")).expect("text"), "5\n");
    }
}

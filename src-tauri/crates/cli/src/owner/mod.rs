//! One owner per profile (MODEL 10): whoever holds the lock opens the book, runs jobs and refreshes tokens; every later
//! process is a guest that sends the same commands over a local socket.
//!
//! The lock is the operating system's and dies with its process, so there is no stale state to clean up: what
//! `owner.json` says counts only while the lock is held.

mod frames;
mod guest;
mod server;

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use hub_core::message::Message;
use interprocess::local_socket::Name;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::profile::private_dir;

pub(crate) use guest::Guest;
pub(crate) use server::{Guests, same};

/// Version of what is said over the socket.
pub(crate) const PROTOCOL: u32 = 1;
const LOCK: &str = "owner.lock";
const INFO: &str = "owner.json";
/// How long a second process waits for an owner that has the lock and is not yet listening.
const PATIENCE: Duration = Duration::from_secs(20);
const LOOK_AGAIN: Duration = Duration::from_millis(25);
/// Socket addresses of Unix systems hold about a hundred bytes.
const LONGEST_SOCKET_PATH: usize = 100;

/// `owner.json`: beside the lock and not in it, because Windows lets nobody read a locked file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct OwnerInfo {
    pub(crate) pid: u32,
    pub(crate) protocol: u32,
    pub(crate) socket: String,
    /// Shown by guests in their first frame; whoever can read this file is the same user.
    pub(crate) token: String,
}

/// What this process is to the profile.
pub(crate) enum Standing {
    /// It holds the lock.
    Owner(OwnerLock),
    /// Another process does.
    Guest(Guest),
}

/// The held lock. Everything of the owner lives inside its lifetime.
pub(crate) struct OwnerLock {
    dir: PathBuf,
    // Held, never read: closing it gives the lock up.
    _file: File,
}

impl OwnerLock {
    /// Names a socket for this run and tells guests about it.
    pub(crate) fn announce(&self) -> Result<OwnerInfo, Failure> {
        let failed = |source| Failure::because("error.owner_socket", source);
        let socket = socket_name(&self.dir).map_err(failed)?;
        let info =
            OwnerInfo { pid: std::process::id(), protocol: PROTOCOL, socket, token: crate::random_hex(32)? };
        let bytes = serde_json::to_vec(&info).map_err(Failure::Answer)?;
        write_private(&self.dir.join(INFO), &bytes).map_err(failed)?;
        Ok(info)
    }
}

/// Becomes owner, or reaches the owner there is.
pub(crate) async fn stand(dir: &Path) -> Result<Standing, Failure> {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        if let Some(lock) = try_lock(dir)? {
            return Ok(Standing::Owner(lock));
        }
        // The owner may be starting, or ending: look at both until one of them is settled.
        if let Some(info) = read_info(dir) {
            if info.protocol != PROTOCOL {
                return Err(Failure::own("error.other_protocol"));
            }
            match Guest::connect(&info).await {
                Ok(guest) => return Ok(Standing::Guest(guest)),
                Err(guest::ConnectError::OtherProtocol) => return Err(Failure::own("error.other_protocol")),
                Err(guest::ConnectError::Io(error)) => {
                    tracing::debug!(
                        error = &error as &dyn std::error::Error,
                        "the owner does not answer yet"
                    );
                }
            }
        }
        if tokio::time::Instant::now() > deadline {
            return Err(Failure::said(Message::new("error.owner_silent")));
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

fn try_lock(dir: &Path) -> Result<Option<OwnerLock>, Failure> {
    let failed = |source| Failure::because("error.owner_lock", source);
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(dir.join(LOCK))
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(OwnerLock { dir: dir.to_owned(), _file: file })),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

/// What the owner says about itself; nothing while it is being written.
fn read_info(dir: &Path) -> Option<OwnerInfo> {
    serde_json::from_slice(&std::fs::read(dir.join(INFO)).ok()?).ok()
}

fn write_private(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write as _;
    let temporary = file.with_extension("new");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut open = options.open(&temporary)?;
    open.write_all(bytes)?;
    drop(open);
    std::fs::rename(&temporary, file)
}

/// A name nobody else listens under: a file in a directory of this user alone, or a pipe with an unguessable name.
fn socket_name(dir: &Path) -> std::io::Result<String> {
    if cfg!(windows) {
        return Ok(format!("wedsync-hub-{}", random_name()?));
    }
    let own = dir.join("owner.sock");
    let path = if own.as_os_str().len() <= LONGEST_SOCKET_PATH {
        // Left by an owner that was killed; we hold the lock, so nobody listens there.
        match std::fs::remove_file(&own) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        own
    } else {
        let short = std::env::temp_dir().join(format!("wedsync-hub-{}", random_name()?));
        private_dir(&short)?;
        short.join("s")
    };
    path.into_os_string().into_string().map_err(|_| std::io::ErrorKind::InvalidInput.into())
}

fn random_name() -> std::io::Result<String> {
    let mut bytes = [0_u8; 8];
    getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
    Ok(hex::encode(bytes))
}

/// The socket's name as the platform wants it.
fn name_of(socket: &str) -> std::io::Result<Name<'_>> {
    #[cfg(windows)]
    {
        use interprocess::local_socket::{GenericNamespaced, ToNsName as _};
        socket.to_ns_name::<GenericNamespaced>()
    }
    #[cfg(not(windows))]
    {
        use interprocess::local_socket::{GenericFilePath, ToFsName as _};
        socket.to_fs_name::<GenericFilePath>()
    }
}

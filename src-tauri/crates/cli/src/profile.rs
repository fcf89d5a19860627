//! Profiles: a directory each, readable by its owner alone, with a small file that says what it is for.

use std::path::{Path, PathBuf};

use hub_api::{Profile, ProfileKind};
use hub_core::message::Message;
use serde::{Deserialize, Serialize};

use crate::args::{Common, Kind};
use crate::failure::Failure;

const FILE: &str = "profile.json";
/// Where WedSync is, known to builds that are made for it; other builds ask for `--cloud-url`.
const CLOUD: Option<&str> = option_env!("WEDSYNC_CLOUD_URL");

/// An opened profile directory.
#[derive(Debug, Clone)]
pub(crate) struct ProfileDir {
    pub(crate) dir: PathBuf,
    pub(crate) profile: Profile,
}

/// `profile.json`. Frozen: later versions read it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    kind: ProfileKind,
    cloud_url: String,
}

/// Opens the directory that the line names, making it if it is new.
pub(crate) fn open(common: &Common) -> Result<ProfileDir, Failure> {
    let dir = directory(common)?;
    private_dir(&dir).map_err(|source| Failure::because("error.profile_dir", source))?;
    let file = dir.join(FILE);
    let name = match &common.profile_dir {
        Some(dir) => dir.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
        None => common.profile.clone(),
    };
    let stored = match std::fs::read(&file) {
        Ok(bytes) => serde_json::from_slice::<Stored>(&bytes)
            .map_err(|source| Failure::because("error.profile_file", source))?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => make(&file, common)?,
        Err(source) => return Err(Failure::because("error.profile_file", source)),
    };
    let asked = common.profile_kind.map(kind_of).filter(|kind| *kind != stored.kind);
    let other_cloud = common.cloud_url.as_ref().filter(|url| **url != stored.cloud_url);
    // A profile keeps to one WedSync: another address could only be a mistake or an attempt to send data elsewhere.
    // Invented profiles may follow a sandbox that came back on another port.
    if asked.is_some() || (other_cloud.is_some() && !stored.kind.is_invented()) {
        return Err(Failure::usage(Message::new("error.profile_is_other")));
    }
    let stored = match other_cloud {
        Some(url) => write(&file, Stored { kind: stored.kind, cloud_url: url.clone() })?,
        None => stored,
    };
    Ok(ProfileDir { profile: Profile { name, kind: stored.kind, cloud_url: stored.cloud_url }, dir })
}

/// Stands for WedSync in a sample profile, which asks nobody (RFC 2606: no such host will ever be).
const NOWHERE: &str = "https://sample.invalid";

fn make(file: &Path, common: &Common) -> Result<Stored, Failure> {
    let nowhere = (common.profile_kind == Some(Kind::Sample)).then(|| NOWHERE.to_owned());
    let cloud_url = nowhere
        .or_else(|| common.cloud_url.clone())
        .or_else(|| CLOUD.map(str::to_owned))
        .ok_or_else(|| Failure::usage(Message::new("error.no_cloud_url")))?;
    write(file, Stored { kind: common.profile_kind.map_or(ProfileKind::Live, kind_of), cloud_url })
}

fn write(file: &Path, stored: Stored) -> Result<Stored, Failure> {
    let bytes = serde_json::to_vec_pretty(&stored).map_err(Failure::Answer)?;
    std::fs::write(file, bytes).map_err(|source| Failure::because("error.profile_file", source))?;
    Ok(stored)
}

fn kind_of(kind: Kind) -> ProfileKind {
    match kind {
        Kind::Live => ProfileKind::Live,
        Kind::Demo => ProfileKind::Demo,
        Kind::Test => ProfileKind::Test,
        Kind::Sample => ProfileKind::Sample,
    }
}

fn directory(common: &Common) -> Result<PathBuf, Failure> {
    if let Some(dir) = &common.profile_dir {
        return std::path::absolute(dir).map_err(|source| Failure::because("error.profile_dir", source));
    }
    let name = &common.profile;
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    if name.is_empty() || name.len() > 40 || !plain {
        return Err(Failure::usage(Message::new("error.profile_name")));
    }
    let data = data_dir().ok_or_else(|| Failure::own("error.profile_dir"))?;
    Ok(data.join("WedSync Hub").join(name))
}

/// The platform's place for an application's data.
fn data_dir() -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if cfg!(target_os = "windows") {
        return variable("APPDATA");
    }
    let home = variable("HOME");
    if cfg!(target_os = "macos") {
        return home.map(|home| home.join("Library").join("Application Support"));
    }
    // The XDG base directory specification ignores relative paths.
    variable("XDG_DATA_HOME")
        .filter(|path| path.is_absolute())
        .or_else(|| home.map(|home| home.join(".local").join("share")))
}

/// Makes a directory that only its owner can enter; on Windows the user's profile directory is so already.
pub(crate) fn private_dir(dir: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
        builder.mode(0o700);
        builder.create(dir)?;
        // It may have been there with wider rights.
        std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o700))
    }
    #[cfg(not(unix))]
    builder.create(dir)
}

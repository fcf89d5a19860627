//! What the desktop shell needs of this crate: the profile opened as its owner, with guests let in.
//!
//! The shell and `hub` must not compose the program twice; a difference between the two would be a second product. So
//! the shell takes a seat here and speaks to the command table like everybody else. Deliberately absent: being a guest.
//! The app runs jobs, takes links and keeps the tray, all of which only an owner may (MODEL 10).

use std::path::PathBuf;
use std::sync::Arc;

use hub_api::{Code, Host, ProfileKind, Retry, WireError};
use hub_core::message::{Locale, Message};
use hub_core::ports::Secret;
use tokio::sync::watch;

use crate::args::{self, Common, Kind};
use crate::client::FAREWELL;
use crate::failure::Failure;
use crate::host::{KeyChoice, PickedFiles, ProfileHost, Shell, SignInWindows, build, log_to, long_enough};
use crate::owner::{Guests, OwnerLock, Standing, stand};
use crate::profile;

/// Which profile is wanted, and how it opens.
#[derive(Clone)]
pub struct Wanted {
    /// Its name, unless a directory is given.
    pub profile: String,
    /// Its directory.
    pub profile_dir: Option<PathBuf>,
    /// Its kind, when it is new.
    pub kind: Option<ProfileKind>,
    /// Its WedSync, when it is new.
    pub cloud_url: Option<String>,
    /// Language of sentences that are rendered here.
    pub locale: Locale,
    /// Opens it where there is no keychain, by the supplier's explicit choice.
    pub passphrase: Option<Secret>,
    /// Where the files that people pick are held: by the shell, because they may come before the profile is open.
    pub files: Arc<PickedFiles>,
    /// What opens windows to sign in.
    pub windows: Option<Arc<dyn SignInWindows>>,
}

impl std::fmt::Debug for Wanted {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Wanted")
            .field("profile", &self.profile)
            .field("profile_dir", &self.profile_dir)
            .field("kind", &self.kind)
            .field("locale", &self.locale)
            .finish_non_exhaustive()
    }
}

impl Wanted {
    /// The sample's profile, beside this one.
    #[must_use]
    pub fn sample(&self) -> Wanted {
        let beside = |dir: &PathBuf| {
            let mut name = dir.file_name().unwrap_or_default().to_os_string();
            name.push("-sample");
            dir.with_file_name(name)
        };
        Wanted {
            profile: "sample".to_owned(),
            profile_dir: self.profile_dir.as_ref().map(beside),
            kind: Some(ProfileKind::Sample),
            cloud_url: None,
            passphrase: None,
            ..self.clone()
        }
    }

    /// Removes the sample's profile from this computer. It must not be open.
    ///
    /// # Errors
    /// `error.sample_left` where something of it stays.
    pub fn remove_sample(&self) -> Result<(), Box<WireError>> {
        let left = |failure: Failure| Box::new(wire(failure, self.locale));
        let place = profile::open(&common(&self.sample())).map_err(left)?;
        // Nothing but a sample is ever removed here.
        if place.profile.kind != ProfileKind::Sample {
            return Err(left(Failure::own("error.sample_left")));
        }
        std::fs::remove_dir_all(&place.dir)
            .map_err(|source| left(Failure::because("error.sample_left", source)))
    }
}

/// An open profile whose owner this process is.
pub struct Seat {
    host: Arc<ProfileHost>,
    guests: Guests,
    // Declared last: given up when everything else is closed.
    _lock: OwnerLock,
}

impl Seat {
    /// Opens the profile.
    ///
    /// # Errors
    /// [`Code::Busy`] while another process owns it; otherwise the sentence that says what keeps it closed. Asking
    /// again is always allowed.
    pub async fn take(wanted: Wanted) -> Result<Seat, WireError> {
        let locale = wanted.locale;
        open(wanted).await.map_err(|failure| wire(failure, locale))
    }

    /// The host that commands are dispatched to.
    pub fn host(&self) -> Arc<dyn Host> {
        self.host.clone()
    }

    /// How many jobs run, now and whenever that changes.
    pub fn jobs_running(&self) -> watch::Receiver<usize> {
        self.host.watch_jobs()
    }

    /// Gives the profile up. Jobs under way are not waited for: the next owner goes on where they stood.
    pub async fn leave(self) {
        if tokio::time::timeout(FAREWELL, self.guests.gone()).await.is_err() {
            tracing::info!("a guest stayed; it will find the profile free");
        }
    }
}

/// The language of this computer, as far as its environment says.
pub fn locale() -> Locale {
    args::locale_of(&[])
}

/// Opens an address in the system's browser. A computer without one is no fault: interfaces show the address as well.
pub fn open_in_browser(url: &str) {
    crate::run::open_in_browser(url);
}

async fn open(wanted: Wanted) -> Result<Seat, Failure> {
    let keys = match &wanted.passphrase {
        Some(passphrase) => KeyChoice::Passphrase(long_enough(passphrase.clone())?),
        None => KeyChoice::Silent,
    };
    let common = common(&wanted);
    let place = profile::open(&common)?;
    log_to(&place.dir, common.verbose)?;
    let lock = match stand(&place.dir).await? {
        Standing::Owner(lock) => lock,
        Standing::Guest(_) => return Err(Failure::own("error.app_taken")),
    };
    let shell = Shell { files: wanted.files.clone(), windows: wanted.windows.clone() };
    let host = ProfileHost::open(&place, wanted.locale, keys, build(&common)?, shell).await?;
    let info = lock.announce()?;
    let guests = Guests::welcome(&info, host.clone())
        .map_err(|source| Failure::because("error.owner_socket", source))?;
    Ok(Seat { host, guests, _lock: lock })
}

fn common(wanted: &Wanted) -> Common {
    Common {
        profile: wanted.profile.clone(),
        profile_dir: wanted.profile_dir.clone(),
        json: false,
        locale: None,
        verbose: 0,
        passphrase_stdin: false,
        cloud_url: wanted.cloud_url.clone(),
        profile_kind: wanted.kind.map(|kind| match kind {
            ProfileKind::Live => Kind::Live,
            ProfileKind::Demo => Kind::Demo,
            ProfileKind::Test => Kind::Test,
            ProfileKind::Sample => Kind::Sample,
        }),
        #[cfg(feature = "fail-points")]
        fail_point: None,
        #[cfg(feature = "fail-points")]
        next_version: false,
    }
}

fn wire(failure: Failure, locale: Locale) -> WireError {
    if let Failure::Wire(error) = failure {
        return *error;
    }
    tracing::warn!(error = &failure as &dyn std::error::Error, "the profile did not open");
    let message = failure.message();
    let code = match message.id.as_str() {
        "error.app_taken" | "error.owner_silent" | "error.other_protocol" => Code::Busy,
        "error.fault" => Code::Internal,
        _ => Code::Refused,
    };
    WireError::new(locale, code, Message { id: message.id, params: message.params }, Retry::Now)
}

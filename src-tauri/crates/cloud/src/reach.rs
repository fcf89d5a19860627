//! Whether WedSync answers, as the requests themselves tell.
//!
//! Nothing else can tell: a computer may be in a network that leads nowhere, on a page that wants a room number, or at home
//! while WedSync is down. So each request's end is looked at, and what it says is told to whoever listens.

use tokio::sync::watch;

use crate::error::CloudError;

/// What is known of the way to WedSync.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reached {
    /// Nothing was asked yet.
    #[default]
    Unknown,
    /// WedSync answered the last request, be it with a refusal.
    Yes,
    /// The last request found nobody, or somebody else.
    No,
}

/// What the requests of one cloud tell; clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reach(watch::Sender<Reached>);

impl Reach {
    /// Looks at how a request ended. Listeners are woken only by a change.
    pub(crate) fn note<T>(&self, ended: &Result<T, CloudError>) {
        let Some(now) = reached(ended.as_ref().err()) else { return };
        self.0.send_if_modified(|known| std::mem::replace(known, now) != now);
    }

    /// Nobody answered in time.
    pub(crate) fn lost(&self) -> Reached {
        self.0.send_if_modified(|known| std::mem::replace(known, Reached::No) != Reached::No);
        Reached::No
    }

    pub(crate) fn watch(&self) -> watch::Receiver<Reached> {
        self.0.subscribe()
    }
}

/// What an end says; nothing when the request never left.
fn reached(failed: Option<&CloudError>) -> Option<Reached> {
    match failed {
        None | Some(CloudError::Unreadable(_) | CloudError::TooLarge { .. }) => Some(Reached::Yes),
        // A gateway's own words carry no request id: it is there, WedSync behind it is not.
        Some(CloudError::Problem(problem)) if problem.status >= 500 && problem.request_id.is_empty() => {
            Some(Reached::No)
        }
        Some(CloudError::Problem(_)) => Some(Reached::Yes),
        Some(CloudError::Unreachable(_) | CloudError::NoAnswer(_) | CloudError::NotWedSync { .. }) => {
            Some(Reached::No)
        }
        Some(
            CloudError::Address { .. }
            | CloudError::Setup(_)
            | CloudError::Unwritable(_)
            | CloudError::Tokens(_),
        ) => None,
    }
}

//! The way to WedSync: what its requests tell, a question of our own when nobody asked lately, and what follows from a change.

use std::sync::{Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use hub_api::{HubEvent, Network};
use hub_cloud::{Reached, Transport};
use hub_core::job::Phase;
use serde_json::json;

use super::ProfileHost;

/// What was seen so lately still counts: several screens may ask at once, and a change is told at the moment it is seen.
const FRESH: Duration = Duration::from_secs(2);

/// The way to the profile's WedSync.
pub(super) struct WedSyncNetwork {
    /// None in a sample, which asks nobody.
    transport: Option<Transport>,
    looked: Mutex<Option<Instant>>,
}

impl WedSyncNetwork {
    pub(super) fn new(transport: Option<Transport>) -> WedSyncNetwork {
        WedSyncNetwork { transport, looked: Mutex::new(None) }
    }

    /// Tells listeners of each change, and lets go on what waited for the network.
    pub(super) fn follow(&self, host: Weak<ProfileHost>) {
        let Some(transport) = &self.transport else { return };
        let mut reached = transport.reached();
        tokio::spawn(async move {
            let mut before = *reached.borrow_and_update();
            while reached.changed().await.is_ok() {
                let now = *reached.borrow_and_update();
                let Some(host) = host.upgrade() else { return };
                tracing::info!(reached = ?now, "the way to WedSync");
                // Nobody listening is no fault.
                let _ = host.events.send(HubEvent {
                    topic: "changed".to_owned(),
                    job_id: None,
                    seq: 0,
                    event: json!({"tags": ["network"]}),
                });
                if before == Reached::No && now == Reached::Yes {
                    host.back_online().await;
                }
                before = now;
            }
        });
    }
}

#[async_trait]
impl Network for WedSyncNetwork {
    async fn wedsync_answers(&self) -> bool {
        let Some(transport) = &self.transport else { return true };
        let known = *transport.reached().borrow();
        let fresh = {
            let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
            let fresh = known != Reached::Unknown && looked.is_some_and(|at| at.elapsed() < FRESH);
            if !fresh {
                *looked = Some(Instant::now());
            }
            fresh
        };
        let now = if fresh { known } else { transport.look().await };
        now != Reached::No
    }
}

impl ProfileHost {
    /// Goes on with what waited for the network.
    async fn back_online(&self) {
        match self.engine.resumable().await {
            Ok(jobs) => {
                let waiting = jobs.into_iter().filter(|job| job.phase == Phase::WaitingNetwork);
                waiting.for_each(|job| hub_api::Host::run_job(self, job.id));
            }
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "waiting jobs could not be listed");
            }
        }
    }
}

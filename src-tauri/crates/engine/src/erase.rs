//! Erasing a person, or everything, at WedSync and in every copy on this computer (SYNC-LAW 44).
//!
//! WedSync first: it is the part that can fail, and asking twice is no fault. A kill in between leaves the person on this
//! computer, and the same command goes on.

use hub_core::ports::{ErasedHere, ErasureProof};
use tokio_util::sync::CancellationToken;

use crate::parts::JOBS_AT_ONCE;
use crate::{Engine, EngineError};

/// What an erasure did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    /// What WedSync says; nothing where it held nothing of them.
    pub proof: Option<ErasureProof>,
    /// What went from this computer; nothing where it held nothing of them.
    pub here: Option<ErasedHere>,
}

impl Engine {
    /// Erases a person, or with `None` everything. `studio` is the studio's name as the person who asks has typed it.
    ///
    /// # Errors
    /// `error.erase_not_confirmed` when the name is another; `error.restore_jobs_running`, `error.erase_jobs_open` while
    /// something is under way; `error.not_found` when nobody knows the person.
    pub async fn erase(&self, person_id: Option<&str>, studio: &str) -> Result<Erasure, EngineError> {
        let account = self.require_writer()?;
        if account.supplier_name.trim() != studio.trim() {
            return Err(EngineError::refused("error.erase_not_confirmed"));
        }
        let places = u32::try_from(JOBS_AT_ONCE).unwrap_or(u32::MAX);
        let Ok(_alone) = self.inner.slots.try_acquire_many(places) else {
            return Err(EngineError::refused("error.erase_jobs_open"));
        };
        let proof = self.inner.cloud.erase(person_id).await?;
        let actor = self.actor("reason.erasure", None);
        let Some(person_id) = person_id.map(str::to_owned) else {
            self.db().run(move |book| book.erase_everything(&actor)).await?;
            return Ok(Erasure { proof, here: Some(ErasedHere::default()) });
        };
        // What WedSync took the person out of comes back without them, before the rest is looked through.
        self.refresh_mirror(&CancellationToken::new()).await?;
        let here = match self.db().run(move |book| book.erase_person(&person_id, &actor)).await {
            Ok(here) => Some(here),
            Err(EngineError::Store(hub_core::ports::StoreError::NotFound { .. })) if proof.is_some() => None,
            Err(error) => return Err(error),
        };
        Ok(Erasure { proof, here })
    }
}

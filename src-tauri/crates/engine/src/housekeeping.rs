//! What the owner of a profile does beside jobs: the next wedding of each client on a new day, and removing what is past
//! its time (SYNC-LAW 40). Both in small steps, so that nobody waits for them.

use std::collections::BTreeMap;

use hub_core::message::Message;
use hub_core::ports::Retention;

use crate::{Engine, EngineError};

/// Where the retention is kept.
const RETENTION: &str = "retention";

impl Engine {
    /// Looks up the next weddings anew if the studio's day is another than last time; returns how many clients show
    /// another one. To be asked at start and every now and then.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn new_day(&self) -> Result<u64, EngineError> {
        self.db().run(|book| book.roll_day()).await
    }

    /// How long what is kept.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn retention(&self) -> Result<Retention, EngineError> {
        let stored = self.db().run(|book| book.setting(RETENTION)).await?;
        // What an older or newer version stored and this one does not understand counts as the default.
        Ok(stored.and_then(|json| serde_json::from_value(json).ok()).unwrap_or_default())
    }

    /// Changes how long what is kept.
    ///
    /// # Errors
    /// `error.retention_too_short` naming the number that would not keep what has to be kept.
    pub async fn set_retention(&self, keep: Retention) -> Result<(), EngineError> {
        self.require_writer()?;
        keep.check().map_err(|field| {
            EngineError::Refused(Message::new("error.retention_too_short").with("field", field))
        })?;
        // Plain data: encoding cannot fail.
        let json = serde_json::to_value(&keep).unwrap_or_default();
        self.db().run(move |book| book.put_setting(RETENTION, &json)).await
    }

    /// Removes what is past its time, step by step; returns how many rows of what. One at a time: who comes meanwhile has
    /// nothing to do.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn tidy(&self) -> Result<BTreeMap<&'static str, u64>, EngineError> {
        let mut removed = BTreeMap::new();
        let Ok(_one_at_a_time) = self.inner.tidying.try_lock() else { return Ok(removed) };
        let keep = self.retention().await?;
        loop {
            let keep = keep.clone();
            match self.db().run(move |book| book.prune(&keep)).await? {
                Some((what, rows)) => *removed.entry(what).or_default() += rows,
                None => return Ok(removed),
            }
            // Whoever waits for the writer comes in between two steps.
            tokio::task::yield_now().await;
        }
    }
}

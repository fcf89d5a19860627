//! WedSync's own fields, as it last said them: read with the mirror and after sign-in, kept for work offline.

use hub_core::ports::{CloudFailure, RetryAdvice};
use hub_core::schema::Schema;
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use tokio_util::sync::CancellationToken;

use crate::retry::with_retry;
use crate::{Engine, EngineError};

/// WedSync's fields and since when they have been so.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownSchema {
    /// The fields.
    pub schema: Schema,
    /// When this content was first seen; `None` is the built-in copy, before WedSync was ever asked.
    pub since: Option<Timestamp>,
}

impl Engine {
    /// Asks WedSync for its fields and keeps the answer.
    ///
    /// # Errors
    /// When WedSync cannot be read; what was known before stays in force.
    pub async fn refresh_schema(&self, cancel: &CancellationToken) -> Result<(), EngineError> {
        let key = self.schema_key()?;
        let document =
            with_retry(cancel, &|| self.jitter(), || async { Ok(self.inner.cloud.schema().await?) }).await?;
        if let Err(error) = Schema::read(&document) {
            return Err(EngineError::Cloud(CloudFailure {
                code: "unreadable".into(),
                message_id: "error.cloud_refused",
                retry: RetryAdvice::Never,
                in_doubt: false,
                source: Some(Box::new(error)),
            }));
        }
        let now = self.inner.clock.now();
        self.db()
            .run(move |book| {
                let held = book.setting(&key)?;
                // The same again is no change: nothing is written, nothing audited.
                if held.is_some_and(|held| held.get("document") == Some(&document)) {
                    return Ok(());
                }
                book.put_setting(&key, &json!({"since": now, "document": document}))
            })
            .await
    }

    /// The fields as they were last read; the built-in copy before that.
    ///
    /// # Errors
    /// `error.not_signed_in`; when the store cannot be read.
    pub async fn known_schema(&self) -> Result<KnownSchema, EngineError> {
        let key = self.schema_key()?;
        let kept = self.db().run(move |book| book.setting(&key)).await?;
        let read = |kept: &Json| {
            let schema = Schema::read(kept.get("document")?).ok()?;
            Some(KnownSchema { schema, since: kept.get("since")?.as_str()?.parse().ok() })
        };
        Ok(kept
            .as_ref()
            .and_then(read)
            .unwrap_or_else(|| KnownSchema { schema: Schema::built_in(), since: None }))
    }

    /// Each supplier has fields of its own (SYNC-LAW 43).
    fn schema_key(&self) -> Result<String, EngineError> {
        Ok(format!("schema:{}", self.account()?.supplier_id))
    }
}

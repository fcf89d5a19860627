//! Bringing the WedSync mirror up to date: a full list once, then the change feed (MODEL 4).

use hub_core::ports::{CloudFailure, CloudPage};
use tokio_util::sync::CancellationToken;

use crate::retry::with_retry;
use crate::{Engine, EngineError};

impl Engine {
    /// Brings the mirror up to date; the first time, or after the feed has forgotten us (SYNC-LAW 28), by a full list.
    ///
    /// # Errors
    /// When WedSync cannot be read; the mirror is then as complete as it was before.
    pub async fn refresh_mirror(&self, cancel: &CancellationToken) -> Result<(), EngineError> {
        let _one_at_a_time = self.inner.mirror.lock().await;
        let cursor = self.db().run(|book| book.mirror_cursor()).await?;
        let cursor = match cursor {
            Some(cursor) => cursor,
            None => self.full_mirror(cancel).await?,
        };
        match self.follow_feed(cursor, cancel).await {
            Err(EngineError::Cloud(failure)) if failure.code == "cursor_expired" => {
                let cursor = self.full_mirror(cancel).await?;
                self.follow_feed(cursor, cancel).await?;
            }
            other => other?,
        }
        self.refresh_schema(cancel).await
    }

    async fn follow_feed(&self, mut cursor: String, cancel: &CancellationToken) -> Result<(), EngineError> {
        loop {
            let page = self.cloud_page(cancel, || self.inner.cloud.changes(&cursor)).await?;
            let next = page.next.clone();
            let (records, stored) = (page.records, next.clone());
            if !records.is_empty() || next.as_deref() != Some(cursor.as_str()) {
                self.db().run(move |book| book.commit_mirror(&records, stored.as_deref())).await?;
            }
            match next {
                Some(next) if !page.done => cursor = next,
                _ => return Ok(()),
            }
        }
    }

    /// Reads every record; returns the feed cursor to continue from.
    async fn full_mirror(&self, cancel: &CancellationToken) -> Result<String, EngineError> {
        self.db().run(|book| book.begin_full_mirror()).await?;
        let mut cursor: Option<String> = None;
        let mut feed: Option<String> = None;
        loop {
            let page = self.cloud_page(cancel, || self.inner.cloud.list(cursor.as_deref())).await?;
            if feed.is_none() {
                feed = page.feed_cursor.clone();
            }
            let records = page.records;
            self.db().run(move |book| book.commit_mirror(&records, None)).await?;
            match page.next {
                Some(next) if !page.done => cursor = Some(next),
                _ => break,
            }
        }
        let Some(feed) = feed else {
            return Err(EngineError::Cloud(CloudFailure {
                code: "unreadable".into(),
                message_id: "error.cloud_refused",
                retry: hub_core::ports::RetryAdvice::Never,
                in_doubt: false,
                source: None,
            }));
        };
        let stored = feed.clone();
        self.db().run(move |book| book.end_full_mirror(&stored)).await?;
        Ok(feed)
    }

    async fn cloud_page<Fut>(
        &self,
        cancel: &CancellationToken,
        request: impl Fn() -> Fut,
    ) -> Result<CloudPage, EngineError>
    where
        Fut: Future<Output = Result<CloudPage, CloudFailure>>,
    {
        with_retry(cancel, &|| self.jitter(), || async { Ok(request().await?) }).await
    }

    /// A number that differs from call to call, for jitter only.
    pub(crate) fn jitter(&self) -> u64 {
        self.inner
            .ids
            .new_id()
            .bytes()
            .fold(0, |sum: u64, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)))
    }
}

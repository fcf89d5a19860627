//! Reading every stream to its proved end, one durable page at a time; a stream that is known well enough only by what
//! changed (`changes`).

use hub_core::ports::{Connector, ConnectorError, Page, PageCommit, RawRecord, RetryAdvice};
use serde_json::Value as Json;

use super::{Checkpoint, ImportContext, Reading};
use crate::retry::{Waiter, retrying};
use crate::{Engine, EngineError, JobRun};

/// How often a stream's paging may start again before the job gives up (F21 to F26).
const RESETS: u32 = 3;

impl Engine {
    pub(super) async fn fetch_all(
        &self,
        run: &JobRun,
        context: &ImportContext,
        checkpoint: &mut Checkpoint,
    ) -> Result<(), EngineError> {
        let account = retrying(Waiter::Job(self, run), &|| self.jitter(), || async {
            Ok(context.connector.probe().await?)
        })
        .await?;
        if account.account_id != context.connection.account.account_id {
            // Another account behind the same key: nothing of it may touch this connection's data (F36).
            return Err(EngineError::refused("error.other_account"));
        }
        for stream in context.connector.streams() {
            if checkpoint.finished.contains(&stream.name) {
                continue;
            }
            if checkpoint.stream.as_deref() != Some(stream.name.as_str()) {
                checkpoint.stream = Some(stream.name.clone());
                checkpoint.cursor = None;
                checkpoint.resets = 0;
                checkpoint.reading = None;
            }
            run.phase("fetch", &stream.name).await?;
            if context.connector.follows(&stream.name) {
                self.follow_stream(run, context, &stream.name, checkpoint).await?;
                continue;
            }
            let reading = match checkpoint.reading.take() {
                Some(reading) => reading,
                None => self.how_to_read(context, &stream.name).await?,
            };
            let whole = match reading.since.clone() {
                None => Some(reading),
                Some(since) => {
                    self.fetch_changes(run, context, &stream.name, &since, reading, checkpoint).await?
                }
            };
            if let Some(reading) = whole {
                checkpoint.reading = Some(reading);
                self.fetch_stream(run, context, &stream.name, checkpoint).await?;
            }
        }
        checkpoint.stream = None;
        checkpoint.cursor = None;
        checkpoint.reading = None;
        checkpoint.fetched = true;
        self.store_checkpoint(run, checkpoint).await
    }

    async fn fetch_stream(
        &self,
        run: &JobRun,
        context: &ImportContext,
        stream: &str,
        checkpoint: &mut Checkpoint,
    ) -> Result<(), EngineError> {
        // A snapshot is one sweep: a sweep that starts again is another snapshot.
        let mut snapshot = snapshot_name(run, stream, checkpoint.resets);
        let mut expected_of_stream = 0;
        let mut read_of_stream = 0;
        loop {
            run.go_on()?;
            let cursor = checkpoint.cursor.clone();
            let page = match self.read_page(run, context.connector.as_ref(), stream, cursor.as_ref()).await {
                Ok(page) => page,
                Err(EngineError::Connector(error)) if error.retry == RetryAdvice::ResetPaging => {
                    self.restart_stream(run, context, stream, checkpoint, error).await?;
                    snapshot = snapshot_name(run, stream, checkpoint.resets);
                    checkpoint.read = checkpoint.read.saturating_sub(read_of_stream);
                    checkpoint.expected = checkpoint.expected.saturating_sub(expected_of_stream);
                    (read_of_stream, expected_of_stream) = (0, 0);
                    continue;
                }
                Err(error) => return Err(error),
            };
            self.inner.fail.pass("page_received");
            if let Some(total) = page.total
                && expected_of_stream == 0
                && cursor.is_none()
            {
                expected_of_stream = total;
                checkpoint.expected += total;
            }
            let rows = page.records.len() as u64;
            read_of_stream += rows;
            checkpoint.read += rows;
            let last = page.next.is_none();
            checkpoint.cursor = page.next.clone();
            if last {
                checkpoint.finished.push(stream.to_owned());
            }
            if let Some(reading) = &mut checkpoint.reading {
                reading.note(&page.records);
            }
            let proves = context.connector.tells_what_is_gone();
            let named = proves.then_some(snapshot.as_str());
            self.commit_page(run, context, stream, named, (page.records, page.gone), checkpoint).await?;
            self.inner.fail.pass("page_durable");
            run.tick(checkpoint.read, Some(checkpoint.expected.max(checkpoint.read))).await?;
            if last && !proves {
                return Ok(());
            }
            if last {
                let (connection, stream, snapshot) =
                    (context.connection.id.clone(), stream.to_owned(), snapshot.clone());
                let proved = stream.clone();
                self.db().run(move |book| book.prove_snapshot(&connection, &proved, &snapshot)).await?;
                return self.swept(context, &stream, checkpoint.reading.as_ref(), page.token).await;
            }
        }
    }

    async fn read_page(
        &self,
        run: &JobRun,
        connector: &dyn Connector,
        stream: &str,
        cursor: Option<&Json>,
    ) -> Result<Page, EngineError> {
        retrying(Waiter::Job(self, run), &|| self.jitter(), || async {
            Ok(connector.page(stream, cursor).await?)
        })
        .await
    }

    async fn restart_stream(
        &self,
        run: &JobRun,
        context: &ImportContext,
        stream: &str,
        checkpoint: &mut Checkpoint,
        error: ConnectorError,
    ) -> Result<(), EngineError> {
        if checkpoint.resets >= RESETS {
            return Err(EngineError::Connector(ConnectorError {
                message_id: "error.paging_unstable",
                retry: RetryAdvice::Never,
                ..error
            }));
        }
        tracing::warn!(stream, error = %error, "the list changed under us; reading it again from its start");
        let name = snapshot_name(run, stream, checkpoint.resets);
        let (connection, owned) = (context.connection.id.clone(), stream.to_owned());
        self.db().run(move |book| book.drop_snapshot(&connection, &owned, &name)).await?;
        checkpoint.resets += 1;
        checkpoint.cursor = None;
        if let Some(reading) = &mut checkpoint.reading {
            *reading = Reading::whole(self.inner.clock.now());
        }
        self.store_checkpoint(run, checkpoint).await
    }

    pub(super) async fn commit_page(
        &self,
        run: &JobRun,
        context: &ImportContext,
        stream: &str,
        snapshot: Option<&str>,
        (records, gone): (Vec<RawRecord>, Vec<String>),
        checkpoint: &Checkpoint,
    ) -> Result<(), EngineError> {
        let (job_id, connection_id, scope_hash) =
            (run.job.id.clone(), context.connection.id.clone(), context.scope_hash.clone());
        let (stream, snapshot, stored) = (stream.to_owned(), snapshot.map(str::to_owned), encode(checkpoint));
        let (processed, total) = (checkpoint.read, Some(checkpoint.expected.max(checkpoint.read)));
        self.db()
            .run(move |book| {
                book.commit_page(&PageCommit {
                    job_id: &job_id,
                    connection_id: &connection_id,
                    stream: &stream,
                    snapshot: snapshot.as_deref(),
                    scope_hash: &scope_hash,
                    follow: None,
                    records: &records,
                    gone: &gone,
                    checkpoint: &stored,
                    processed,
                    total,
                })
            })
            .await?;
        Ok(())
    }

    pub(super) async fn store_checkpoint(
        &self,
        run: &JobRun,
        checkpoint: &Checkpoint,
    ) -> Result<(), EngineError> {
        self.save_checkpoint(
            run,
            encode(checkpoint),
            checkpoint.read,
            Some(checkpoint.expected.max(checkpoint.read)),
        )
        .await
    }
}

fn snapshot_name(run: &JobRun, stream: &str, resets: u32) -> String {
    format!("{}:{stream}:{resets}", run.job.id)
}

pub(super) fn encode(checkpoint: &Checkpoint) -> Json {
    // Plain data with string keys: encoding cannot fail; an empty checkpoint would only read again.
    serde_json::to_value(checkpoint).unwrap_or_else(|_| Json::Object(serde_json::Map::new()))
}

//! Following a feed of events: from where the last job stopped, each page durable together with where to go on (SYNC-LAW 27).
//!
//! A feed that no longer knows that place is read from the oldest event it keeps, and the job's log says that some may be
//! missing (SYNC-LAW 28): nothing here can tell how many. What comes again changes nothing; the connector sees to that.

use hub_core::message::Message;
use hub_core::ports::{PageCommit, RawRecord, RetryAdvice};
use serde_json::{Value as Json, json};

use super::fetch::encode;
use super::{Checkpoint, ImportContext};
use crate::retry::{Waiter, retrying};
use crate::{Engine, EngineError, JobRun};

impl Engine {
    pub(super) async fn follow_stream(
        &self,
        run: &JobRun,
        context: &ImportContext,
        stream: &str,
        checkpoint: &mut Checkpoint,
    ) -> Result<(), EngineError> {
        let mut cursor = match &checkpoint.cursor {
            Some(Json::String(cursor)) => Some(cursor.clone()),
            Some(_) | None if context.whole => None,
            Some(_) | None => {
                let (connection, name) = (context.connection.id.clone(), stream.to_owned());
                self.db().run(move |book| book.followed(&connection, &name)).await?
            }
        };
        loop {
            run.go_on()?;
            let asked = retrying(Waiter::Job(self, run), &|| self.jitter(), || async {
                Ok(context.connector.followed_page(stream, cursor.as_deref()).await?)
            })
            .await;
            let page = match asked {
                Ok(page) => page,
                Err(EngineError::Connector(error))
                    if error.retry == RetryAdvice::ResetPaging && cursor.is_some() =>
                {
                    tracing::warn!(stream, error = %error, "the feed has forgotten where we were");
                    let told = Message::new("warning.feed_gap").with("name", &context.connection.name);
                    run.emit(json!({"type": "warning", "message": told})).await?;
                    cursor = None;
                    checkpoint.cursor = None;
                    continue;
                }
                Err(error) => return Err(error),
            };
            self.inner.fail.pass("page_received");
            checkpoint.read += page.records.len() as u64;
            checkpoint.expected += page.records.len() as u64;
            checkpoint.cursor = Some(Json::String(page.cursor.clone()));
            if !page.more {
                checkpoint.finished.push(stream.to_owned());
            }
            self.commit_followed(run, context, (stream, &page.cursor), page.records, checkpoint).await?;
            self.inner.fail.pass("page_durable");
            run.tick(checkpoint.read, Some(checkpoint.expected)).await?;
            if !page.more {
                return Ok(());
            }
            cursor = Some(page.cursor);
        }
    }

    async fn commit_followed(
        &self,
        run: &JobRun,
        context: &ImportContext,
        (stream, cursor): (&str, &str),
        records: Vec<RawRecord>,
        checkpoint: &Checkpoint,
    ) -> Result<(), EngineError> {
        let (job_id, connection_id, scope_hash) =
            (run.job.id.clone(), context.connection.id.clone(), context.scope_hash.clone());
        let (stream, cursor, stored) = (stream.to_owned(), cursor.to_owned(), encode(checkpoint));
        let (processed, total) = (checkpoint.read, Some(checkpoint.expected.max(checkpoint.read)));
        self.db()
            .run(move |book| {
                book.commit_page(&PageCommit {
                    job_id: &job_id,
                    connection_id: &connection_id,
                    stream: &stream,
                    snapshot: None,
                    scope_hash: &scope_hash,
                    records: &records,
                    gone: &[],
                    follow: Some(&cursor),
                    checkpoint: &stored,
                    processed,
                    total,
                })
            })
            .await?;
        Ok(())
    }
}

//! An import: fetch every stream, stage the parties, plan them. Reads only; nothing leaves this computer (SYNC-LAW 34).

mod changes;
mod fetch;
mod follow;
mod forecast;
mod plan;
mod stage;

use std::sync::Arc;

use hub_core::canonical::hash_json;
use hub_core::job::JobKind;
use hub_core::ports::{Connection, Connector, Job, Since};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::runner::RunEnd;
use crate::{ConnectorHooks, Engine, EngineError, JobRun};

pub use forecast::{Counted, Forecast, Share};
pub(crate) use plan::planned_unit;

/// Where an import stands, stored with every page.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Checkpoint {
    /// Streams that were read to their proved end.
    pub(crate) finished: Vec<String>,
    /// Stream being read.
    pub(crate) stream: Option<String>,
    /// Its next page; `None` is the first.
    pub(crate) cursor: Option<Json>,
    /// How often its paging started again.
    pub(crate) resets: u32,
    /// How it is read, once that is decided.
    pub(crate) reading: Option<Reading>,
    /// Records read so far, all streams.
    pub(crate) read: u64,
    /// Records expected, all streams whose total is known.
    pub(crate) expected: u64,
    /// Everything is fetched.
    pub(crate) fetched: bool,
    /// Everything is staged; with it, how many units.
    pub(crate) staged: Option<u64>,
}

/// How one stream is read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Reading {
    /// Only what changed since then; `None` is a full sweep.
    pub(crate) since: Option<Since>,
    /// When it began, by this computer's clock.
    pub(crate) began: Timestamp,
    /// Newest change seen, by the CRM's clock.
    pub(crate) newest: Option<Timestamp>,
    /// Some record did not say when it was changed: there will be no watermark.
    pub(crate) undated: bool,
}

/// Of a job's options: nothing is read, what is stored is staged and planned once more.
const AGAIN: &str = "again";

/// What an import works on.
pub(crate) struct ImportContext {
    pub(crate) connection: Connection,
    pub(crate) connector: Arc<dyn Connector>,
    pub(crate) scope_hash: String,
    /// Every stream is swept, whatever is known of it.
    pub(crate) whole: bool,
    /// The book was brought back from a copy: what became of its batches is asked, and its plan is a preview.
    pub(crate) rebase: bool,
}

impl Engine {
    pub(crate) async fn run_import(&self, run: &JobRun) -> Result<RunEnd, EngineError> {
        let connection = self.connection(&run.job.connection_id).await?;
        let (id, full) = (connection.id.clone(), run.job.config.get("full").and_then(Json::as_bool));
        let rebase = self.db().run(move |book| book.rebase(&id)).await?;
        let context = ImportContext {
            connector: self.open_connector(&connection, run)?,
            scope_hash: scope_hash(&connection),
            whole: rebase.is_some() || full.unwrap_or(false),
            rebase: rebase.is_some(),
            connection,
        };
        let mut checkpoint: Checkpoint =
            serde_json::from_value(run.job.checkpoint.clone()).unwrap_or_default();
        let again = run.job.config.get(AGAIN).and_then(Json::as_bool).unwrap_or(false);
        if !checkpoint.fetched && !again {
            self.fetch_all(run, &context, &mut checkpoint).await?;
        }
        // Before staging, so that what another computer linked keeps its id here; the plan stands on the same state.
        if !again {
            run.phase("mirror", "").await?;
        }
        // Also where nothing is read: nobody plans beside an upload of which it is not known what became.
        self.settle_doubts(run, context.rebase).await?;
        if !again {
            self.refresh_mirror(&run.cancel).await?;
        }
        self.note_custom_fields(&context.connection.id, context.connector.clone()).await?;
        let staged = match checkpoint.staged {
            Some(units) => units,
            None => self.stage_all(run, &context, &mut checkpoint).await?,
        };
        self.plan_all(run, &context, staged).await?;
        Ok(RunEnd::Review)
    }

    /// Queues a job that stages and plans once more what was read before, after something was decided that changes more
    /// than one client. It asks nobody anything, so it works without a network; whether WedSync has moved since is looked
    /// at before the upload as always.
    ///
    /// # Errors
    /// `error.rebase_first` where the book has to be read anew, `error.job_active` while the connection is busy.
    pub async fn queue_again(&self, connection_id: &str) -> Result<Job, EngineError> {
        self.refuse_before_rebase(connection_id).await?;
        // There must be something to plan from.
        self.current_plan(connection_id).await?;
        self.queue(connection_id, JobKind::Import, json!({ AGAIN: true })).await
    }

    pub(crate) fn open_connector(
        &self,
        connection: &Connection,
        run: &JobRun,
    ) -> Result<Arc<dyn Connector>, EngineError> {
        // Whatever lasts longer than a moment is the job's to wait for, so that its row can say so.
        let patience = std::time::Duration::from_secs(2);
        let hooks = ConnectorHooks { on_wait: Arc::new(|_| {}), cancel: run.cancel.clone(), patience };
        Ok(self.inner.connectors.open(connection, hooks)?)
    }
}

/// What a snapshot depends on: account, filters and connector (SYNC-LAW 6).
pub(crate) fn scope_hash(connection: &Connection) -> String {
    hash_json(&json!({
        "provider": connection.provider,
        "account": connection.account.account_id,
        "base_url": connection.base_url,
        "scope": connection.scope,
    }))
}

//! An import: fetch every stream, stage the parties, plan them. Reads only; nothing leaves this computer (SYNC-LAW 34).

mod fetch;
mod plan;
mod stage;

use std::sync::Arc;

use hub_core::canonical::hash_json;
use hub_core::ports::{Connection, Connector};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::runner::RunEnd;
use crate::{ConnectorHooks, Engine, EngineError, JobRun};

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
    /// Records read so far, all streams.
    pub(crate) read: u64,
    /// Records expected, all streams whose total is known.
    pub(crate) expected: u64,
    /// Everything is fetched.
    pub(crate) fetched: bool,
    /// Everything is staged; with it, how many units.
    pub(crate) staged: Option<u64>,
}

/// What an import works on.
pub(crate) struct ImportContext {
    pub(crate) connection: Connection,
    pub(crate) connector: Arc<dyn Connector>,
    pub(crate) scope_hash: String,
}

impl Engine {
    pub(crate) async fn run_import(&self, run: &JobRun) -> Result<RunEnd, EngineError> {
        let connection = self.connection(&run.job.connection_id).await?;
        let context = ImportContext {
            connector: self.open_connector(&connection, run)?,
            scope_hash: scope_hash(&connection),
            connection,
        };
        let mut checkpoint: Checkpoint =
            serde_json::from_value(run.job.checkpoint.clone()).unwrap_or_default();
        if !checkpoint.fetched {
            self.fetch_all(run, &context, &mut checkpoint).await?;
        }
        // Before staging, so that what another computer linked keeps its id here; the plan stands on the same state.
        run.phase("mirror", "").await?;
        self.refresh_mirror(&run.cancel).await?;
        self.note_custom_fields(&context.connection.id, context.connector.clone()).await?;
        let staged = match checkpoint.staged {
            Some(units) => units,
            None => self.stage_all(run, &context, &mut checkpoint).await?,
        };
        self.plan_all(run, &context, staged).await?;
        Ok(RunEnd::Review)
    }

    pub(crate) fn open_connector(
        &self,
        connection: &Connection,
        run: &JobRun,
    ) -> Result<Arc<dyn Connector>, EngineError> {
        let job_id = run.job.id.clone();
        let events = self.inner.events.clone();
        let hooks = ConnectorHooks {
            // Told, not stored: a wait is a state of the moment.
            on_wait: Arc::new(move |until| {
                let _ = events.send(crate::ProgressEvent {
                    job_id: job_id.clone(),
                    seq: 0,
                    event: json!({"type": "waiting_crm", "until": until.to_string()}),
                });
            }),
            cancel: run.cancel.clone(),
        };
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

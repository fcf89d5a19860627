//! The preview: real first clients within a minute, before anything is stored (issue text: at most 40 requests).
//!
//! Rows are mapped exactly as an import would map them, with ids that are thrown away. Nothing is written: no staging,
//! no links, no cursor; only the requests are counted.

use std::sync::Mutex;
use std::sync::PoisonError;

use hub_core::plan::StagedUnit;
use hub_core::ports::Connection;
use hub_core::record::RecordType;
use hub_core::staging::{Allotment, StagingContext, stage_party};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use tokio_util::sync::CancellationToken;

use crate::{ConnectorHooks, Engine, EngineError};

/// Clients in a preview.
const PARTIES: usize = 10;
/// Requests a preview may take.
const REQUESTS: u32 = 40;

/// One previewed client: the document as the CRM has it, and what it would become.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PreviewRow {
    /// The assembled document.
    pub document: Json,
    /// As it would be staged.
    pub unit: StagedUnit,
}

/// How many records of a type the CRM has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypeCount {
    /// Stream of the definition.
    pub stream: String,
    /// What its records become.
    pub record_type: RecordType,
    /// How many, where the CRM says it.
    pub count: Option<u64>,
}

impl Engine {
    /// Reads and maps the newest clients; each row is handed over as soon as it is complete.
    ///
    /// # Errors
    /// When the CRM cannot be read or the mapping not be used.
    pub async fn preview(
        &self,
        connection_id: &str,
        cancel: &CancellationToken,
        on_row: &(dyn Fn(&PreviewRow) + Send + Sync),
    ) -> Result<Vec<PreviewRow>, EngineError> {
        let connection = self.connection(connection_id).await?;
        let connector = self.inner.connectors.open(&connection, hooks(cancel))?;
        let context = self.staging_context(&connection, connector.as_ref()).await?;
        let rows: Mutex<Vec<PreviewRow>> = Mutex::new(Vec::new());
        connector
            .preview(PARTIES, REQUESTS, &|found| {
                let mut rows = rows.lock().unwrap_or_else(PoisonError::into_inner);
                let party = hub_core::party::Party {
                    client_id: None,
                    claimed_by: Vec::new(),
                    persons: Vec::new(),
                    jobs: Vec::new(),
                };
                let seq = rows.len() as u64;
                let unit = stage_party(&context, seq, &party, "preview", &found.document, &mut Throwaway);
                let row = PreviewRow { document: found.document.clone(), unit };
                on_row(&row);
                rows.push(row);
            })
            .await?;
        Ok(rows.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    /// How many records of each type the CRM has, one request a stream.
    ///
    /// # Errors
    /// When the CRM cannot be read.
    pub async fn type_counts(
        &self,
        connection_id: &str,
        cancel: &CancellationToken,
    ) -> Result<Vec<TypeCount>, EngineError> {
        let connection = self.connection(connection_id).await?;
        let connector = self.inner.connectors.open(&connection, hooks(cancel))?;
        let mut counts = Vec::new();
        for stream in connector.streams() {
            if let Some(record_type) = stream.record_type {
                let count = connector.count(&stream.name).await?;
                counts.push(TypeCount { stream: stream.name.clone(), record_type, count });
            }
        }
        Ok(counts)
    }

    /// What mapping needs beside a document: the stored rules or the definition's, decisions, scope and today.
    pub(crate) async fn staging_context(
        &self,
        connection: &Connection,
        connector: &dyn hub_core::ports::Connector,
    ) -> Result<StagingContext, EngineError> {
        let connection_id = connection.id.clone();
        let stored = self.db().run(move |book| book.mapping(&connection_id)).await?;
        let (revision, rules) = match stored {
            Some(mapping) => (mapping.revision, mapping.rules),
            None => (0, connector.default_mapping()),
        };
        let account = self.account()?;
        let zone = connection.account.time_zone.as_deref().unwrap_or(&account.time_zone);
        StagingContext::new(revision, &rules, connection, &account, self.inner.clock.today(zone))
            .map_err(EngineError::Refused)
    }
}

fn hooks(cancel: &CancellationToken) -> ConnectorHooks {
    ConnectorHooks {
        on_wait: std::sync::Arc::new(|_| {}),
        cancel: cancel.clone(),
        patience: crate::wait::WITHIN_RUN,
    }
}

/// Ids that name their source and mean nothing beyond the preview.
struct Throwaway;

impl Allotment for Throwaway {
    fn id(&mut self, stream: &str, external_id: &str, _: RecordType, _: &str) -> String {
        format!("{stream}:{external_id}")
    }
}

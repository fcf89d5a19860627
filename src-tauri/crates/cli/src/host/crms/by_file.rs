//! Connections by files: what is kept of how they are read, and the files that were laid ready for them.

use std::sync::Arc;

use hub_api::ApiError;
use hub_api::dto::CalendarLeft;
use hub_connectors::feed::{CalendarFileConnector, CalendarFileParts, CalendarKept, STREAM, left_out};
use hub_connectors::sheet::{FileConnector, FileConnectorParts};
use hub_core::malformed::Malformed;
use hub_core::ports::{
    Connection, ConnectionStore as _, Connector, ConnectorError, RetryAdvice, SourceStore as _,
};

use super::DefinedCrms;
use super::feeds::NO_ZONE;
use crate::host::files::{calendar_left, reading_of};

/// What was kept of the reading is not there, or not to be read.
fn lost(source: Option<Box<dyn std::error::Error + Send + Sync>>) -> ConnectorError {
    ConnectorError { message_id: "error.file.rows", params: Vec::new(), retry: RetryAdvice::Never, source }
}

impl DefinedCrms {
    /// A connection by file: its reading, and the files that were laid ready for it.
    pub(super) fn by_file(&self, connection: &Connection) -> Result<Arc<dyn Connector>, ConnectorError> {
        let unread = |error: serde_json::Error| lost(Some(Box::new(Malformed::from(error))));
        let kept =
            self.store.setting(&connection.file_setting()).map_err(|error| lost(Some(Box::new(error))))?;
        let kept = kept.ok_or_else(|| lost(None))?;
        if CalendarKept::of(&kept).map_err(unread)?.is_some() {
            return Ok(Arc::new(CalendarFileConnector::new(CalendarFileParts {
                provider: connection.provider.clone(),
                connection_id: connection.id.clone(),
                account: connection.account.clone(),
                zone: connection.account.time_zone.clone().unwrap_or_else(|| NO_ZONE.to_owned()),
                file: self.files.calendar_of(&connection.id),
                clock: self.clock.clone(),
                stored: self.store.clone(),
            })));
        }
        let reading = reading_of(&kept).map_err(unread)?;
        Ok(Arc::new(FileConnector::new(FileConnectorParts {
            provider: connection.provider.clone(),
            connection_id: connection.id.clone(),
            account: connection.account.clone(),
            files: self.files.of_connection(&connection.id, &reading),
            reading,
            stored: self.store.clone(),
        })))
    }

    /// What was left out of a calendar when it was last read.
    pub(super) fn left_of_calendar(&self, connection: &Connection) -> Result<Option<CalendarLeft>, ApiError> {
        let left = if connection.is_by_feed() {
            let known = self.store.watermark(&connection.id, STREAM)?;
            known.and_then(|known| left_out(&known.mark))
        } else if connection.is_by_file() {
            let kept = self.store.setting(&connection.file_setting())?;
            let kept = kept.map(|kept| CalendarKept::of(&kept)).transpose().map_err(ApiError::Encode)?;
            kept.flatten().map(|kept| kept.left)
        } else {
            None
        };
        Ok(left.and_then(calendar_left))
    }
}

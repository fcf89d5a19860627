//! The sample: an export that the program carries, brought in by the route of every file.

use hub_core::ports::Scope;

use crate::dto::{ConnectionFromFile, ConnectionSetScope, ImportStart, JobView, Nothing};
use crate::{ApiError, Code, Host, ProfileKind};

/// What stands for an agreement: the couples are invented, so there is nobody to agree for.
const CONSENT: &str = "sample";

/// A sample profile takes its own clients and no others: its key is no secret.
pub(super) fn no_place_for_others(host: &dyn Host) -> Result<(), ApiError> {
    match host.profile().kind {
        ProfileKind::Sample => Err(ApiError::refused(Code::Refused, "error.sample_takes_no_others")),
        ProfileKind::Live | ProfileKind::Demo | ProfileKind::Test => Ok(()),
    }
}

pub(crate) async fn start(host: &dyn Host, _: Nothing) -> Result<JobView, ApiError> {
    if host.profile().kind != ProfileKind::Sample {
        return Err(ApiError::refused(Code::Refused, "error.sample_only"));
    }
    let supplier = host.engine().require_writer()?.supplier_id;
    let file_ids = vec![host.files().sample()?.file_id];
    let held = host.engine().db().run(move |book| book.connections(&supplier)).await?;
    let connection_id = match held.into_iter().find(|connection| connection.is_by_file()) {
        Some(connection) => connection.id,
        None => {
            let files =
                ConnectionFromFile { file_ids: file_ids.clone(), choices: None, name: None, decisions: None };
            super::files::made(host, files).await?.id
        }
    };
    let scope = ConnectionSetScope {
        connection_id: connection_id.clone(),
        scope: Scope::default().into(),
        consent_text_version: CONSENT.to_owned(),
    };
    super::connections::set_scope(host, scope).await?;
    let import = ImportStart { connection_id, full: None, file_ids: Some(file_ids), choices: None };
    super::jobs::import_begun(host, import).await
}

//! How CRMs are read at present: updates of their definitions, and what WedSync has switched off.

use hub_core::job::{JobKind, Phase};
use hub_core::message::Message;
use hub_core::ports::Connection;
use serde_json::json;

use crate::dto::{ConnectionDefinition, DefinitionAgree, DefinitionChange, DefinitionsState, Nothing};
use crate::{ApiError, Code, Host, HubEvent};

pub(crate) async fn state(host: &dyn Host, _: Nothing) -> Result<DefinitionsState, ApiError> {
    known(host).await
}

pub(crate) async fn refresh(host: &dyn Host, _: Nothing) -> Result<DefinitionsState, ApiError> {
    host.engine().account()?;
    host.crms().refresh_definitions().await?;
    apply_switches(host).await?;
    known(host).await
}

pub(crate) async fn agree(host: &dyn Host, request: DefinitionAgree) -> Result<DefinitionsState, ApiError> {
    host.engine().require_writer()?;
    let connection = host.engine().connection(&request.connection_id).await?;
    let waiting = host.crms().definition_change(&connection)?;
    if waiting.is_none_or(|waiting| waiting.standing != request.standing) {
        // Another update came in between: nobody agrees to what they have not seen.
        return Err(ApiError::refused(Code::Refused, "error.definition_change_moved"));
    }
    host.crms().agree_to_change(&connection, &request.standing)?;
    known(host).await
}

async fn connections(host: &dyn Host) -> Result<Vec<Connection>, ApiError> {
    let Some(account) = host.engine().known_account() else { return Ok(Vec::new()) };
    Ok(host.engine().db().run(move |book| book.connections(&account.supplier_id)).await?)
}

async fn known(host: &dyn Host) -> Result<DefinitionsState, ApiError> {
    let mut said = Vec::new();
    for connection in connections(host).await? {
        let off = host.crms().switched_off(&connection);
        let change = host.crms().definition_change(&connection)?;
        if off.is_none() && change.is_none() {
            continue;
        }
        said.push(ConnectionDefinition {
            connection_id: connection.id,
            name: connection.name,
            off: off.map(Into::into),
            change: change.map(|change| DefinitionChange {
                standing: change.standing,
                differences: change.differences.into_iter().map(Into::into).collect(),
            }),
        });
    }
    let known = host.crms().definitions();
    Ok(DefinitionsState {
        serial: known.serial,
        expires: known.expires,
        asked_at: known.asked_at,
        refused: known.refused.map(Into::into),
        connections: said,
    })
}

/// Lets what was switched off or on take effect at once: jobs that read what is off are held with the reason, jobs that were
/// held for that reason go on where they stopped.
///
/// # Errors
/// When jobs or connections cannot be read.
pub async fn apply_switches(host: &dyn Host) -> Result<(), ApiError> {
    let connections = connections(host).await?;
    let open = host.engine().db().run(|book| book.open_jobs()).await?;
    for job in open {
        // Only reading a CRM is switched off: what was read goes on being reviewed and uploaded.
        let Some(connection) = connections.iter().find(|one| one.id == job.connection_id) else { continue };
        let off = host.crms().switched_off(connection);
        match (off, job.kind, job.phase) {
            (Some(reason), JobKind::Import, _) => {
                host.engine().switch_off(&job.id, &reason).await?;
            }
            (None, _, Phase::Paused) if was_switched_off(host, job.error.as_ref()) => {
                host.run_job(job.id);
            }
            (Some(_) | None, _, _) => {}
        }
    }
    // Nobody listening is no fault.
    let event = json!({"tags": ["app", "connections", "jobs"]});
    let _ = host.events().send(HubEvent { topic: "changed".to_owned(), job_id: None, seq: 0, event });
    Ok(())
}

fn was_switched_off(host: &dyn Host, reason: Option<&serde_json::Value>) -> bool {
    let message = reason.and_then(|reason| serde_json::from_value::<Message>(reason.clone()).ok());
    message.is_some_and(|message| host.crms().says_switched_off(&message))
}

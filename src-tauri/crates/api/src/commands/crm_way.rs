//! Ways of a provider that allows nobody that way: off until a person switches them on, over once they switch them off.

use hub_core::message::Message;
use hub_core::ports::{ConnectionStatus, way_agreed_setting, way_on_setting};
use serde_json::{Value as Json, json};

use super::connections::{delete_key, store};
use crate::dto::{CrmWayAllow, CrmWayEnd, Done, Operation, RouteKind};
use crate::{ApiError, Code, Host};

/// Version of the note about the provider's terms. Another text is agreed to anew.
const NOTE: &str = "undocumented-1";

pub(crate) async fn allow(host: &dyn Host, request: CrmWayAllow) -> Result<Done, ApiError> {
    super::sample::no_place_for_others(host)?;
    let account = host.engine().require_writer()?;
    if request.consent_text_version != NOTE {
        return Err(ApiError::refused(Code::Refused, "error.sign_in_not_agreed"));
    }
    let providers = host.crms().providers();
    let known = providers.iter().find(|one| one.key == request.provider);
    let switched =
        known.filter(|one| one.routes.iter().any(|route| route.works && route.off_until.is_some()));
    let Some(provider) = switched else {
        return Err(ApiError::Refused {
            code: Code::Refused,
            message: Message::new("error.way_not_switched").with("provider", &request.provider),
        });
    };
    let records: Vec<Json> = provider
        .features
        .iter()
        .filter(|feature| {
            feature.route == RouteKind::SignIn && feature.works && feature.operation == Operation::Read
        })
        .filter_map(|feature| serde_json::to_value(feature.record).ok())
        .collect();
    let agreed = json!({
        "text_version": request.consent_text_version,
        "scope": {"route": "sign_in", "records": records, "operations": ["read"]},
        "at": host.clock().now(),
        "by": account.user_id,
    });
    let name = way_on_setting(&request.provider);
    host.engine().db().run(move |book| book.put_setting(&name, &agreed)).await?;
    Ok(Done {})
}

pub(crate) async fn end(host: &dyn Host, request: CrmWayEnd) -> Result<Done, ApiError> {
    let account = host.engine().require_writer()?;
    let (supplier, provider) = (account.supplier_id, request.provider.clone());
    let (signed_in, busy) = host
        .engine()
        .db()
        .run(move |book| {
            let mut signed_in = Vec::new();
            for connection in book.connections(&supplier)?.into_iter().filter(|one| one.provider == provider)
            {
                let agreed = book.setting(&way_agreed_setting(&connection.id))?;
                if agreed.is_some_and(|agreed| !agreed.is_null()) {
                    signed_in.push(connection);
                }
            }
            let busy = book.open_jobs()?.iter().any(|job| {
                job.phase != hub_core::job::Phase::WaitingReview
                    && signed_in.iter().any(|one| one.id == job.connection_id)
            });
            Ok((signed_in, busy))
        })
        .await?;
    if busy {
        return Err(ApiError::refused(Code::Busy, "error.job_active"));
    }
    // Off first: whatever goes wrong after this, nothing is read by it any more.
    let name = way_on_setting(&request.provider);
    host.engine().db().run(move |book| book.put_setting(&name, &Json::Null)).await?;
    let known = host.crms().providers().into_iter().find(|one| one.key == request.provider);
    let called = known.map_or(request.provider, |one| one.name);
    let why = serde_json::to_value(Message::new("error.way_off").with("provider", called)).ok();
    for mut connection in signed_in {
        host.crms().disconnect(&connection, None).await;
        delete_key(host.engine(), &host.secrets(), &connection.vault_ref).await?;
        connection.status = ConnectionStatus::PendingAuth;
        connection.error = why.clone();
        store(host.engine(), connection).await?;
    }
    Ok(Done {})
}

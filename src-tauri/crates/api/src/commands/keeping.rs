//! Restore points and going back to one, how long what is kept, and erasure.

use serde_json::json;

use crate::dto::{
    BookRestored, Erased, Nothing, PrivacyErase, RestorePointView, RestorePoints, RestoreStart, RetentionView,
};
use crate::{ApiError, Host, HubEvent};

pub(crate) async fn restore_points(host: &dyn Host, _: Nothing) -> Result<RestorePoints, ApiError> {
    let points = host.engine().restore_points().await?;
    Ok(RestorePoints { points: points.into_iter().map(RestorePointView::from).collect() })
}

pub(crate) async fn take_restore_point(host: &dyn Host, _: Nothing) -> Result<RestorePoints, ApiError> {
    host.engine().take_restore_point().await?;
    restore_points(host, Nothing {}).await
}

pub(crate) async fn restore(host: &dyn Host, request: RestoreStart) -> Result<BookRestored, ApiError> {
    let supplier = host.engine().account()?.supplier_id;
    host.engine().go_back_to(&request.point_id).await?;
    all_changed(host);
    let connections = host.engine().db().run(move |book| book.connections(&supplier)).await?;
    Ok(BookRestored { to_import: connections.into_iter().map(|connection| connection.name).collect() })
}

/// Everybody who shows something of the book reads it again; nobody listening is no fault.
fn all_changed(host: &dyn Host) {
    let tags = ["app", "connections", "mapping", "jobs", "review", "logs", "clients"];
    let _ = host.events().send(HubEvent {
        topic: "changed".to_owned(),
        job_id: None,
        seq: 0,
        event: json!({ "tags": tags }),
    });
}

pub(crate) async fn retention(host: &dyn Host, _: Nothing) -> Result<RetentionView, ApiError> {
    Ok(host.engine().retention().await?.into())
}

pub(crate) async fn set_retention(
    host: &dyn Host,
    request: RetentionView,
) -> Result<RetentionView, ApiError> {
    host.engine().set_retention(request.into()).await?;
    retention(host, Nothing {}).await
}

pub(crate) async fn erase(host: &dyn Host, request: PrivacyErase) -> Result<Erased, ApiError> {
    // The keys of connections go with them; taken down before their rows are gone.
    let keys = match &request.person_id {
        Some(_) => Vec::new(),
        None => {
            let supplier = host.engine().account()?.supplier_id;
            let held = host.engine().db().run(move |book| book.connections(&supplier)).await?;
            held.into_iter().map(|connection| connection.vault_ref).collect()
        }
    };
    let erasure = host.engine().erase(request.person_id.as_deref(), &request.studio).await?;
    for key in &keys {
        host.secrets().delete_secret(key)?;
    }
    all_changed(host);
    let here = erasure.here.unwrap_or_default();
    Ok(Erased {
        in_wedsync: erasure.proof.as_ref().map_or(0, |proof| proof.erased),
        proof: erasure.proof.map(|proof| proof.proof),
        source_rows: here.source_rows,
        cleaned: here.cleaned,
    })
}

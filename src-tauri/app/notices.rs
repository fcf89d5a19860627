//! Notifications of the system, for people who are not looking: only when something has ended or needs them.

use hub_api::dto::{JobKind, JobView, Phase};
use hub_core::message::{Locale, Message, render};
use tauri::AppHandle;
use tauri_plugin_notification::NotificationExt as _;

/// What to tell about a job that stands so; nothing while it goes on.
pub(crate) fn about(job: &JobView) -> Option<Message> {
    let id = match (job.state, job.kind) {
        (Phase::WaitingReview, _) => "app.notice.review",
        (Phase::Done, JobKind::Upload) => "app.notice.uploaded",
        (Phase::Done, JobKind::Undo) => "app.notice.undone",
        (Phase::Partial, _) => "app.notice.partial",
        (Phase::Failed, _) => "app.notice.failed",
        (Phase::Done, JobKind::Import)
        | (
            Phase::Queued
            | Phase::Running
            | Phase::WaitingCrm
            | Phase::WaitingAuth
            | Phase::WaitingNetwork
            | Phase::Paused
            | Phase::Interrupted
            | Phase::Cancelled,
            _,
        ) => return None,
    };
    Some(Message::new(id))
}

/// Shows it. A system without notifications is no fault.
pub(crate) fn show(app: &AppHandle, locale: Locale, message: &Message) {
    let title = render(locale, &Message::new("app.name"));
    let shown = app.notification().builder().title(title).body(render(locale, message)).show();
    if let Err(error) = shown {
        tracing::debug!(error = &error as &dyn std::error::Error, "no notification was shown");
    }
}

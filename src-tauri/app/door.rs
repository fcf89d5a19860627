//! The two commands JavaScript can call: `rpc` and `events`. What a name means is decided behind them.

use std::sync::Arc;

use hub_api::{HubEvent, WireError};
use serde_json::Value as Json;
use tauri::ipc::Channel;
use tauri::{State, WebviewWindow};

use crate::desk::Desk;
use crate::window;

/// Gives a command of the table, or one of the window's own (`window.*`).
#[tauri::command]
pub(crate) async fn rpc(
    desk: State<'_, Arc<Desk>>,
    window: WebviewWindow,
    cmd: String,
    payload: Option<Json>,
) -> Result<Json, WireError> {
    let (desk, payload) = (desk.inner().clone(), payload.unwrap_or(Json::Null));
    if cmd.starts_with(window::PREFIX) {
        return window::command(&desk, &window, &cmd, payload).await;
    }
    desk.command(&cmd, payload).await
}

/// Begins to listen.
#[tauri::command]
pub(crate) fn events(desk: State<'_, Arc<Desk>>, channel: Channel<HubEvent>) {
    desk.stream.listen(channel);
}

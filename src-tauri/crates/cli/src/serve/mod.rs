//! `hub serve`: the same command table and event stream over loopback HTTP, for the UI in a browser.
//!
//! Started by hand, bound to 127.0.0.1, opened by a token that works once and travels in the URL's fragment, closed to
//! every other origin, gone after half an hour without use (MODEL 10). Deliberately absent: TLS, CORS, paths of files.

mod events;
mod files;
mod gate;
mod page;

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router, middleware};
use hub_api::{Door, Host, dispatch};
use hub_core::message::Message;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::client::Client;
use crate::failure::{Exit, Failure};
use crate::host::ProfileHost;
use crate::screen::Screen;
use gate::Gate;

/// Without a request for so long, the server ends.
const IDLE: Duration = Duration::from_secs(30 * 60);
/// How often that is looked at.
const LOOK: Duration = Duration::from_secs(5);
/// Largest command.
const COMMAND_CAP: usize = 16 * 1024 * 1024;

pub(crate) struct Served {
    host: Arc<ProfileHost>,
    gate: Gate,
    ui: PathBuf,
}

/// Where the built pages are: beside the program when it was installed with them, else where `npm run build` puts them.
/// A directory and not part of the program, so that the line is built without Node.
pub(crate) fn pages() -> PathBuf {
    let beside = std::env::current_exe().ok().and_then(|exe| exe.parent().map(|folder| folder.join("ui")));
    beside.filter(|folder| folder.join("index.html").is_file()).unwrap_or_else(|| PathBuf::from("ui/dist"))
}

/// Serves until stopped or idle.
pub(crate) async fn run(
    client: &Client,
    screen: Screen,
    port: u16,
    ui_dir: PathBuf,
) -> Result<Exit, Failure> {
    // A guest's commands come in through the owner's socket, where they count as the line's: what a browser may not do
    // could not be refused there.
    let host = client.host().ok_or_else(|| Failure::own("error.serve_needs_owner"))?.clone();
    let failed = |source| Failure::because("error.serve_port", source);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(failed)?;
    host.go_on().await?;
    let origin = format!("127.0.0.1:{}", listener.local_addr().map_err(failed)?.port());
    let gate = Gate::new(origin.clone(), crate::random_hex(32)?, crate::random_hex(32)?);
    let url = format!("http://{origin}/#token={}", gate.token());
    let served = Arc::new(Served { host, gate, ui: ui_dir });
    screen.result(&json!({ "url": url }), |_| {
        screen.say(&Message::new("hub.serve.open"))?;
        screen.line(&url)
    })?;
    let until = ended(served.clone());
    axum::serve(listener, router(served)).with_graceful_shutdown(until).await.map_err(failed)?;
    screen.say(&Message::new("hub.serve.ended"))?;
    Ok(Exit::Done)
}

fn router(served: Arc<Served>) -> Router {
    let guarded = Router::new()
        .route("/rpc", post(rpc).layer(DefaultBodyLimit::max(COMMAND_CAP)))
        .route("/events", get(events::stream))
        .route("/files", post(files::upload).layer(DefaultBodyLimit::max(files::LARGEST)))
        .layer(middleware::from_fn_with_state(served.clone(), gate::signed_in));
    Router::new()
        .route("/session", post(gate::open))
        .merge(guarded)
        .fallback(get(page::show))
        .layer(middleware::from_fn_with_state(served.clone(), gate::same_origin))
        .with_state(served)
}

/// Ctrl-C, or half an hour in which nobody asked for anything and no job ran.
async fn ended(served: Arc<Served>) {
    let idle = async {
        loop {
            tokio::time::sleep(LOOK).await;
            if served.host.jobs_at_work() > 0 {
                served.gate.used();
            }
            if served.gate.idle() >= IDLE {
                return;
            }
        }
    };
    tokio::select! {
        () = idle => {}
        _ = tokio::signal::ctrl_c() => {}
    }
    served.gate.shut();
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Call {
    cmd: String,
    #[serde(default)]
    payload: Value,
}

async fn rpc(State(served): State<Arc<Served>>, call: Json<Value>) -> Response {
    let Ok(Call { cmd, payload }) = serde_json::from_value(call.0) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let host: Arc<dyn Host> = served.host.clone();
    match dispatch(host, Door::Serve, &cmd, payload).await {
        Ok(value) => Json(json!({ "ok": value })).into_response(),
        Err(error) => Json(json!({ "err": error })).into_response(),
    }
}

//! Importing, uploading and undoing.

use hub_api::command;
use hub_api::dto::{ConnectionId, ForecastAsk, ImportStart, JobId, Nothing, PushStart};

use super::{connection, watch};
use crate::client::Client;
use crate::failure::{Exit, Failure};
use crate::screen::Screen;

pub(super) async fn import(
    client: &Client,
    screen: Screen,
    name: Option<String>,
    full: bool,
) -> Result<Exit, Failure> {
    let request = ImportStart {
        connection_id: connection(client, name).await?.id,
        full: Some(full),
        file_ids: None,
        choices: None,
    };
    let job = watch::started(client, screen, client.call::<command::ImportStart>(&request)).await?;
    watch::ended(screen, &job)
}

/// What an import would take; with `count` the CRM is asked first how long its lists are.
pub(super) async fn forecast(
    client: &Client,
    screen: Screen,
    name: Option<String>,
    full: bool,
    count: bool,
) -> Result<Exit, Failure> {
    let connection_id = connection(client, name).await?.id;
    if count {
        let request = ConnectionId { connection_id: connection_id.clone() };
        client.call::<command::ConnectionScopeCounts>(&request).await?;
    }
    let request = ForecastAsk { connection_id, full: Some(full) };
    let forecast = client.call::<command::ImportForecast>(&request).await?;
    screen.result(&forecast, |forecast| screen.say(&forecast.sentence.clone().into()))?;
    Ok(Exit::Done)
}

pub(super) async fn forms(client: &Client, screen: Screen) -> Result<Exit, Failure> {
    let found = client.call::<command::FormTemplates>(&Nothing {}).await?;
    screen.result(&found, |found| {
        let rows = found
            .templates
            .iter()
            .map(|one| vec![one.id.clone(), one.name.clone(), one.applies_to.clone()])
            .collect();
        screen.table(&["id", "name", "records"], rows)
    })?;
    Ok(Exit::Done)
}

pub(super) async fn push(
    client: &Client,
    screen: Screen,
    name: Option<String>,
    form: Option<String>,
) -> Result<Exit, Failure> {
    let request = PushStart { connection_id: connection(client, name).await?.id, form };
    let job = watch::started(client, screen, client.call::<command::PushStart>(&request)).await?;
    watch::ended(screen, &job)
}

pub(super) async fn undo(client: &Client, screen: Screen, job: String) -> Result<Exit, Failure> {
    let request = JobId { job_id: job };
    let job = watch::started(client, screen, client.call::<command::UndoStart>(&request)).await?;
    watch::ended(screen, &job)
}

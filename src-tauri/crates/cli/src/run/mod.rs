//! The subcommands, one function each: they give commands of the table and show what comes back.

mod bridge;
mod browser;
mod connect;
mod connector;
mod connector_write;
mod definitions;
mod demo;
mod export;
mod fields;
mod files;
mod hooks;
mod import;
mod inspect;
mod jobs;
mod keeping;
mod login;
mod map;
mod paste;
mod review;
mod status;
mod story;
mod try_value;
mod watch;

pub(crate) use browser::open as open_in_browser;
pub(crate) use connector_write::ConnectorWrite;

use hub_api::command;
use hub_api::dto::{ConnectionView, Nothing};
use hub_core::message::Message;

use crate::args::{Command, ConnectorAction, Line};
use crate::client::Client;
use crate::failure::{Exit, Failure};
use crate::screen::Screen;

/// Runs a line.
pub(crate) async fn run(line: Line, screen: Screen) -> Result<Exit, Failure> {
    let common = &line.common;
    // These need no profile.
    let command = match line.command {
        Some(Command::Try(arguments)) => return try_value::run(&arguments, screen),
        Some(Command::Inspect { file, limit }) => return inspect::run(&file, limit, screen),
        Some(Command::Definitions { action }) if !action.needs_profile() => {
            return definitions::run(&action, screen);
        }
        Some(Command::Connector { action: ConnectorAction::Write(write) }) => {
            return connector_write::run(&write, screen);
        }
        Some(Command::Demo { crm_url, crm_key_stdin }) => {
            return demo::run(common, screen, &crm_url, crm_key_stdin).await;
        }
        other => other,
    };
    let client = Client::open(common, screen.locale).await?;
    let done = match command {
        None => status::resume(&client, screen).await,
        Some(command) => give(&client, screen, command).await,
    };
    client.close().await;
    done
}

async fn give(client: &Client, screen: Screen, command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Login { route, no_browser } => login::run(client, screen, route, !no_browser).await,
        Command::Logout => login::out(client, screen).await,
        Command::Connect { provider, name, base_url, key_stdin, replace_key, code, no_browser, feed } => {
            let feed = feed || connect::only_by_feed(client, &provider).await?;
            let wanted = connect::Wanted { provider, name, base_url, replace_key, feed };
            let asks = key_stdin || feed;
            let browser = if asks { None } else { connect::by_browser(client, &wanted).await? };
            match browser {
                Some(name) => connect::sign_in(client, screen, (wanted, name), code, !no_browser).await,
                None => connect::run(client, screen, wanted, key_stdin).await,
            }
        }
        Command::Connector { action } => connector::run(client, screen, action).await,
        Command::Bridge { action } => bridge::run(client, screen, action).await,
        Command::Disconnect { connection } => connect::forget(client, screen, connection).await,
        Command::Connections => connect::list(client, screen).await,
        Command::Test { connection } => connect::test(client, screen, connection).await,
        Command::Scope(arguments) => connect::scope(client, screen, arguments).await,
        Command::Answer { answers, connection } => {
            connect::answer(client, screen, &answers, connection).await
        }
        Command::Preview { connection, files } => map::preview_run(client, screen, connection, &files).await,
        Command::Map { action } => map::run(client, screen, action).await,
        Command::Import { targets, connection, name, answers, agree, new_connection, .. }
            if files::are_files(&targets) =>
        {
            let files = targets.into_iter().map(Into::into).collect();
            let wanted = files::Wanted { files, connection, name, answers, agree, new: new_connection };
            files::import(client, screen, wanted).await
        }
        Command::Import { targets, connection, full, forecast, count, .. } => {
            let named = targets.into_iter().next().or(connection);
            if forecast {
                return import::forecast(client, screen, named, full, count).await;
            }
            import::import(client, screen, named, full).await
        }
        Command::Review { action, connection } => review::run(client, screen, action, connection).await,
        Command::Push { connection, form } => import::push(client, screen, connection, form).await,
        Command::Hooks { action } => hooks::run(client, screen, action).await,
        Command::Forms => import::forms(client, screen).await,
        Command::Undo { job } => import::undo(client, screen, job).await,
        Command::Jobs { action } => jobs::run(client, screen, action).await,
        Command::Logs { job, outcome, limit } => jobs::logs(client, screen, job, outcome, limit).await,
        Command::Export { csv } => export::run(client, screen, csv.as_deref()).await,
        Command::Restore { point, list, take } => keeping::restore(client, screen, point, list, take).await,
        Command::Erase(arguments) => keeping::erase(client, screen, arguments).await,
        Command::Retention(arguments) => keeping::retention(client, screen, arguments).await,
        Command::Doctor => status::doctor(client, screen).await,
        Command::Serve { port, ui_dir } => {
            crate::serve::run(client, screen, port, ui_dir.unwrap_or_else(crate::serve::pages)).await
        }
        Command::Definitions { action } => definitions::give(client, screen, action).await,
        // Taken care of before a profile is opened.
        Command::Demo { .. } | Command::Try(_) | Command::Inspect { .. } => Err(Failure::own("error.fault")),
    }
}

/// The connection that the line names by id or name; the only one when it names none.
async fn connection(client: &Client, wanted: Option<String>) -> Result<ConnectionView, Failure> {
    let held = client.call::<command::ConnectionList>(&Nothing {}).await?.connections;
    match wanted {
        Some(wanted) => held
            .into_iter()
            .find(|connection| connection.id == wanted || connection.name == wanted)
            .ok_or_else(|| Failure::own("error.no_connection")),
        None => {
            let mut held = held.into_iter();
            match (held.next(), held.next()) {
                (Some(only), None) => Ok(only),
                (None, _) => Err(Failure::own("error.nothing_connected")),
                (Some(_), Some(_)) => Err(Failure::usage(Message::new("error.which_connection"))),
            }
        }
    }
}

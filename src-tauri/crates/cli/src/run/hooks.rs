//! `hub hooks`: places that are told of WedSync's changes.

use hub_api::command;
use hub_api::dto::{HookId, HookSend, HookState, HookSwitch, HookTells, HookView, Nothing};
use hub_core::message::Message;
use serde_json::json;

use super::connect::{key, word};
use crate::args::HookAction;
use crate::client::Client;
use crate::failure::{Exit, Failure};
use crate::screen::Screen;

pub(super) async fn run(client: &Client, screen: Screen, action: HookAction) -> Result<Exit, Failure> {
    match action {
        HookAction::Add { provider, name, base_url, key_stdin, picked } => {
            let secret = key(screen, &provider, key_stdin)?;
            let tells = if picked { HookTells::Picked } else { HookTells::Everything };
            let request = json!({
                "provider": provider, "secret": secret.expose(), "base_url": base_url, "name": name, "tells": tells,
            });
            let made = client.ask::<command::HooksCreate>(request).await?;
            screen.result(&made, |made| {
                screen.say(
                    &Message::new("hub.hooks.made")
                        .with("name", &made.hook.name)
                        .with("host", &made.hook.host),
                )?;
                match &made.signing_secret {
                    Some(secret) => screen.say(&Message::new("hub.hooks.secret").with("secret", secret)),
                    None => Ok(()),
                }
            })?;
        }
        HookAction::List => {
            let found = client.call::<command::HooksList>(&Nothing {}).await?;
            screen.result(&found, |found| show(screen, &found.hooks))?;
        }
        HookAction::Events { hook } => {
            let found = client.call::<command::HooksEvents>(&HookId { hook_id: hook }).await?;
            screen.result(&found, |found| {
                let rows = found
                    .events
                    .iter()
                    .map(|event| {
                        vec![
                            event.id.clone(),
                            event.event_type.clone(),
                            screen.text(&Message::new(format!("hub.hook_event.{}", word(&event.state)))),
                            event.attempts.to_string(),
                            event.created_at.to_string(),
                        ]
                    })
                    .collect();
                screen.table(&["id", "what", "state", "attempts", "started"], rows)
            })?;
        }
        HookAction::On { hook } => switch(client, screen, hook, HookState::On).await?,
        HookAction::Off { hook } => switch(client, screen, hook, HookState::Off).await?,
        HookAction::Remove { hook } => {
            let done = client.call::<command::HooksRemove>(&HookId { hook_id: hook }).await?;
            screen.result(&done, |_| screen.say(&Message::new("hub.hooks.removed")))?;
        }
        HookAction::Retry { hook } => {
            let done = client.call::<command::HooksRetry>(&HookId { hook_id: hook }).await?;
            screen.result(&done, |done| {
                screen.say(&Message::new("hub.hooks.queued").with("count", done.queued))
            })?;
        }
        HookAction::Send { hook, clients } => {
            let request = HookSend { hook_id: hook, client_ids: clients };
            let done = client.call::<command::HooksSend>(&request).await?;
            screen.result(&done, |done| {
                screen.say(&Message::new("hub.hooks.queued").with("count", done.queued))
            })?;
        }
    }
    Ok(Exit::Done)
}

async fn switch(client: &Client, screen: Screen, hook: String, state: HookState) -> Result<(), Failure> {
    let view = client.call::<command::HooksSwitch>(&HookSwitch { hook_id: hook, state }).await?;
    screen.result(&view, |view| show(screen, std::slice::from_ref(view)))
}

fn show(screen: Screen, hooks: &[HookView]) -> Result<(), Failure> {
    let rows = hooks
        .iter()
        .map(|hook| {
            vec![
                hook.id.clone(),
                hook.name.clone(),
                hook.host.clone(),
                screen.text(&Message::new(format!("hub.hook.{}", word(&hook.state)))),
                hook.queued.to_string(),
                hook.taken.to_string(),
                hook.given_up.to_string(),
            ]
        })
        .collect();
    screen.table(&["id", "name", "host", "state", "queued", "taken", "given_up"], rows)
}

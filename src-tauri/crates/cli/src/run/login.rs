//! Signing in and out.

use std::time::Duration;

use hub_api::dto::{Nothing, SignInAttempt, SignInBegin, SignInBegun, SignInRoute, SignInState, SignedIn};
use hub_api::{Command, command};
use hub_core::message::Message;
use serde_json::json;

use super::browser;
use crate::args::Route;
use crate::client::Client;
use crate::failure::{Exit, Failure};
use crate::screen::{Screen, input_line};

/// How often the state is looked at while no event comes.
pub(super) const LOOK_AGAIN: Duration = Duration::from_millis(250);
/// Tries of a short code (MODEL 8).
const TRIES: u32 = 5;

pub(super) async fn run(client: &Client, screen: Screen, route: Route, open: bool) -> Result<Exit, Failure> {
    let wanted = match route {
        Route::Loopback => SignInRoute::Loopback,
        Route::Code => SignInRoute::ReturnPage,
    };
    let begun = client.call::<command::SignInBegin>(&SignInBegin { route: wanted }).await?;
    screen.result(&begun, |begun| {
        screen.say(&Message::new("hub.login.open"))?;
        screen.line(&begun.url)
    })?;
    if open {
        browser::open(&begun.url);
    }
    if route == Route::Code {
        type_code::<command::SignInShortCode>(client, screen, &begun).await?;
    }
    let account = wait(client, &begun).await?;
    screen.result(&account, |account| screen.say(&welcome(account)))?;
    Ok(Exit::Done)
}

fn welcome(account: &SignedIn) -> Message {
    Message::new("hub.login.done").with("name", &account.supplier_name).with("user", &account.user_name)
}

/// Asks for the short code of a return page until it is right, or was tried too often.
pub(super) async fn type_code<C: Command>(
    client: &Client,
    screen: Screen,
    begun: &SignInBegun,
) -> Result<(), Failure> {
    screen.note(&Message::new("hub.login.type_code"));
    let mut tries = 0;
    loop {
        let code = input_line()?;
        let request = json!({"attempt_id": begun.attempt_id, "code": code});
        match client.ask::<C>(request).await {
            Ok(_) => return Ok(()),
            Err(failure) => {
                tries += 1;
                let wrong = ["error.short_code_wrong", "error.short_code_shape"]
                    .contains(&failure.message().id.as_str());
                if !wrong || tries >= TRIES {
                    return Err(failure);
                }
                screen.note(&failure.message());
            }
        }
    }
}

/// Waits until the attempt has ended; Ctrl-C gives it up.
pub(super) async fn wait(client: &Client, begun: &SignInBegun) -> Result<SignedIn, Failure> {
    let attempt = SignInAttempt { attempt_id: begun.attempt_id.clone() };
    let mut events = client.events();
    loop {
        match client.call::<command::SignInStatus>(&attempt).await? {
            SignInState::Waiting => {}
            SignInState::Done { account } => return Ok(account),
            SignInState::Failed { message } => return Err(Failure::said(message.into())),
            SignInState::Cancelled => return Err(Failure::own("error.cancelled")),
        }
        tokio::select! {
            // Whatever the event was, the state is asked for.
            _ = events.recv() => {}
            () = tokio::time::sleep(LOOK_AGAIN) => {}
            _ = tokio::signal::ctrl_c() => {
                client.call::<command::SignInCancel>(&attempt).await?;
            }
        }
    }
}

pub(super) async fn out(client: &Client, screen: Screen) -> Result<Exit, Failure> {
    let done = client.call::<command::SignOut>(&Nothing {}).await?;
    screen.result(&done, |_| screen.say(&Message::new("hub.logout.done")))?;
    Ok(Exit::Done)
}

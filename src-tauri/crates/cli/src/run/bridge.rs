//! `hub bridge`: an address for an automation, what was sent to it as a test, and the connection that comes of it.

use hub_api::command;
use hub_api::dto::{
    BridgeAddress, BridgeApart, BridgeBegin, BridgeCreate, BridgeLook, BridgeLookAt, BridgeTests,
    ConnectionId,
};
use hub_core::message::Message;

use super::connect::connected;
use super::connection;
use super::connector::show_clients;
use crate::args::{BridgeAction, BridgeSeen};
use crate::client::Client;
use crate::failure::{Exit, Failure};
use crate::screen::Screen;

pub(super) async fn run(client: &Client, screen: Screen, action: BridgeAction) -> Result<Exit, Failure> {
    match action {
        BridgeAction::New { provider, name } => {
            let made = client.call::<command::BridgeBegin>(&BridgeBegin { provider, name }).await?;
            show_address(screen, &made)?;
            screen.say(&Message::new("hub.bridge.next").with("inbox", &made.inbox_id))?;
        }
        BridgeAction::Look(seen) => {
            let apart = apart(&seen);
            let BridgeSeen { provider, inbox, .. } = seen;
            let request = BridgeLookAt { provider, inbox_id: inbox, apart };
            let look = client.call::<command::BridgeLook>(&request).await?;
            screen.result(&look, |look| show(screen, look))?;
        }
        BridgeAction::Connect { seen, name, bring_tests } => {
            let apart = apart(&seen);
            let BridgeSeen { provider, inbox, .. } = seen;
            let tests = if bring_tests { BridgeTests::BringIn } else { BridgeTests::LeaveOut };
            let request = BridgeCreate { provider, inbox_id: inbox, apart, tests, name };
            let made = client.call::<command::BridgeCreate>(&request).await?;
            screen.result(&made, |made| screen.say(&connected(made)))?;
        }
        BridgeAction::Address { connection: name } => {
            let held = connection(client, name).await?;
            let found =
                client.call::<command::BridgeAddress>(&ConnectionId { connection_id: held.id }).await?;
            show_address(screen, &found)?;
        }
    }
    Ok(Exit::Done)
}

fn apart(seen: &BridgeSeen) -> BridgeApart {
    match (&seen.id, seen.by_name) {
        (Some(path), _) => BridgeApart::Field { path: path.clone() },
        (None, true) => BridgeApart::AddressAndName {},
        (None, false) => BridgeApart::Suggested {},
    }
}

fn show_address(screen: Screen, found: &BridgeAddress) -> Result<(), Failure> {
    screen.result(found, |found| {
        screen.say(&Message::new("hub.bridge.address").with("address", &found.address))
    })
}

fn show(screen: Screen, look: &BridgeLook) -> Result<(), Failure> {
    screen.say(&Message::new("hub.bridge.events").with("count", look.events))?;
    if look.events == 0 {
        return Ok(());
    }
    let apart = match &look.id {
        Some(path) => Message::new("hub.bridge.apart.field").with("path", path),
        None => Message::new("hub.bridge.apart.name"),
    };
    screen.say(&apart)?;
    let rows = look
        .fields
        .iter()
        .map(|field| vec![field.path.clone(), field.uses.join(", "), field.samples.join(" | ")])
        .collect();
    screen.table(&["field", "read_as", "values"], rows)?;
    show_clients(screen, &look.clients)
}

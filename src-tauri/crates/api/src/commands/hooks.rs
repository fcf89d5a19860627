//! Places that are told of WedSync's changes: making, switching, removing, and what they were told.

use std::collections::BTreeMap;

use hub_core::message::Message;
use hub_core::ports::{self, CloudRecord, Hook, HookKind, ToldClient};
use serde_json::Value as Json;

use super::connections::{name_of, put_key};
use crate::dto::{
    Done, HookCreate, HookEventState, HookEventView, HookEvents, HookId, HookMade, HookQueued, HookSend,
    HookState, HookSwitch, HookTells, HookView, Hooks, Nothing,
};
use crate::{ApiError, Code, Host, PlaceAsked, WireMessage};

/// Events of a place that are shown.
const SHOWN: u32 = 100;

fn said(why: Option<Json>) -> Option<WireMessage> {
    why.and_then(|why| serde_json::from_value::<Message>(why).ok()).map(Into::into)
}

async fn view(host: &dyn Host, hook: Hook) -> Result<HookView, ApiError> {
    let id = hook.id.clone();
    let counts = host.engine().db().run(move |book| book.hook_counts(&id)).await?;
    Ok(HookView {
        id: hook.id,
        provider: hook.provider,
        name: hook.name,
        host: hook.host,
        tells: match hook.tells {
            ports::HookTells::Everything => HookTells::Everything,
            ports::HookTells::Picked => HookTells::Picked,
        },
        state: match hook.state {
            ports::HookState::On => HookState::On,
            ports::HookState::Off => HookState::Off,
            ports::HookState::Ended => HookState::Ended,
        },
        why: said(hook.why),
        not_before: hook.not_before,
        queued: counts.queued,
        taken: counts.taken,
        given_up: counts.given_up,
        last_taken_at: counts.last_taken_at,
    })
}

/// How a client is called: by its first two people who have a name.
fn names_of(client: Option<ToldClient>) -> Vec<String> {
    let part = |record: &CloudRecord, name: &str| record.fields.get(name)?.as_str().map(str::to_owned);
    let people = client.map(|client| client.people).unwrap_or_default();
    let named = people.iter().filter_map(|(_, person)| {
        let parts = [part(person, "first_name"), part(person, "last_name")];
        Some(parts.into_iter().flatten().collect::<Vec<_>>().join(" ")).filter(|name| !name.is_empty())
    });
    named.take(2).collect()
}

pub(crate) async fn list(host: &dyn Host, _: Nothing) -> Result<Hooks, ApiError> {
    let account = host.engine().account()?;
    let mut hooks = Vec::new();
    for hook in host.engine().places(&account.supplier_id).await? {
        hooks.push(view(host, hook).await?);
    }
    Ok(Hooks { hooks })
}

pub(crate) async fn create(host: &dyn Host, request: HookCreate) -> Result<HookMade, ApiError> {
    super::sample::no_place_for_others(host)?;
    let account = host.engine().require_writer()?;
    let asked = PlaceAsked {
        provider: request.provider.clone(),
        secret: request.secret.into_secret(),
        base_url: request.base_url,
    };
    let place = host.places().seal(asked).await?;
    let tells = match request.tells {
        HookTells::Everything => ports::HookTells::Everything,
        HookTells::Picked => ports::HookTells::Picked,
    };
    // What is there already is known to nobody and told to nobody: the book of this computer is the one of now.
    host.engine().refresh_mirror(&Default::default()).await?;
    let hook = Hook {
        id: host.ids().new_id(),
        supplier_id: account.supplier_id,
        kind: place.kind,
        provider: request.provider,
        name: name_of(request.name, &place.name)?,
        host: place.host,
        tells,
        state: ports::HookState::On,
        why: None,
        not_before: None,
        created_at: host.clock().now(),
    };
    put_key(host.engine(), &host.secrets(), &hook.vault_ref(), place.sealed).await?;
    host.engine().put_place(hook.clone()).await?;
    let signing_secret = match hook.kind {
        HookKind::WebHook => place.signing.map(|secret| secret.expose().to_owned()),
        HookKind::LightBlue => None,
    };
    Ok(HookMade { hook: view(host, hook).await?, signing_secret })
}

pub(crate) async fn switch(host: &dyn Host, request: HookSwitch) -> Result<HookView, ApiError> {
    let mut hook = host.engine().place(&request.hook_id).await?;
    hook.state = match (request.state, hook.state) {
        (HookState::Ended, _) | (_, ports::HookState::Ended) => {
            return Err(ApiError::refused(Code::Refused, "error.hook.ended"));
        }
        (HookState::On, _) => ports::HookState::On,
        (HookState::Off, _) => ports::HookState::Off,
    };
    // What the place asked for stands: Retry-After is obeyed whoever asks.
    hook.why = None;
    host.engine().put_place(hook.clone()).await?;
    host.places().wake();
    view(host, hook).await
}

pub(crate) async fn remove(host: &dyn Host, request: HookId) -> Result<Done, ApiError> {
    let hook = host.engine().place(&request.hook_id).await?;
    host.engine().remove_place(&hook.id).await?;
    let (secrets, name) = (host.secrets(), hook.vault_ref());
    host.engine().db().run(move |_| secrets.delete_secret(&name)).await?;
    Ok(Done {})
}

pub(crate) async fn events(host: &dyn Host, request: HookId) -> Result<HookEvents, ApiError> {
    let hook = host.engine().place(&request.hook_id).await?;
    let found = host.engine().db().run(move |book| {
        let events = book.hook_events(&hook.id, SHOWN)?;
        // Events of one client come in rows: each client is looked up once.
        let mut names: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for event in &events {
            if !names.contains_key(&event.client_id) {
                names.insert(event.client_id.clone(), names_of(book.told_client(&event.client_id)?));
            }
        }
        Ok((events, names))
    });
    let (found, names) = found.await?;
    let events = found
        .into_iter()
        .map(|event| HookEventView {
            names: names.get(&event.client_id).cloned().unwrap_or_default(),
            event_type: hub_core::told::event_type(&event.key, event.happened),
            due_at: (event.state == ports::HookEventState::Queued).then_some(event.due_at),
            state: match event.state {
                ports::HookEventState::Queued => HookEventState::Queued,
                ports::HookEventState::Taken => HookEventState::Taken,
                ports::HookEventState::GivenUp => HookEventState::GivenUp,
                ports::HookEventState::Dropped => HookEventState::Dropped,
            },
            id: event.id,
            client_id: event.client_id,
            attempts: event.attempts,
            created_at: event.created_at,
            why: said(event.why),
        })
        .collect();
    Ok(HookEvents { events })
}

pub(crate) async fn retry(host: &dyn Host, request: HookId) -> Result<HookQueued, ApiError> {
    let hook = host.engine().place(&request.hook_id).await?;
    let queued = host.engine().retry_place(&hook.id).await?;
    host.places().wake();
    Ok(HookQueued { queued })
}

pub(crate) async fn send(host: &dyn Host, request: HookSend) -> Result<HookQueued, ApiError> {
    let hook = host.engine().place(&request.hook_id).await?;
    let queued = host.engine().tell_of(&hook, request.client_ids).await?;
    host.places().send_anyway().await?;
    Ok(HookQueued { queued })
}

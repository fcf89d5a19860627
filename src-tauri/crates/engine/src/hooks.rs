//! Telling others of WedSync's changes: from what changed to events, and from events to their places.
//!
//! Two steps that each survive a kill. `queue` makes events of what changed and forgets the changes in the same step; `carry`
//! sends what is due, each event counted before its first byte leaves and noted when it is answered. A kill in between sends
//! an event again, under its own id. On a wedding day nothing is told by itself (SYNC-LAW 9); a person may send the others.
//! What a bridge brought in is never told to one (F65). Nothing here can write into a connection: a place is no connection,
//! and no path leads from one to the other (SYNC-LAW 8).

use std::collections::BTreeSet;

use hub_core::message::Message;
use hub_core::ports::{
    Carried, Carrier, Happened, Hook, HookChange, HookEvent, HookState, HookTells, NewHookEvent, Settled,
};
use hub_core::record::{RecordKey, RecordType};
use hub_core::told::{body, shield_ends, shielded_days, told};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;

use crate::{Engine, EngineError};

/// Changes made into events in one step.
const CHANGES: u32 = 100;
/// Events of a place read at once.
const EVENTS: u32 = 50;
/// First pause after a failure, and the longest, in seconds.
const FIRST_PAUSE: u64 = 30;
const LONGEST_PAUSE: u64 = 6 * 3_600;
/// An event is given up after so long, if it was tried so often: a laptop that was shut is no reason.
const GIVE_UP_AFTER: SignedDuration = SignedDuration::from_hours(72);
const GIVE_UP_ATTEMPTS: u32 = 8;
/// Clients that a person may send at once.
pub const MOST_PICKED: usize = 500;

/// Who has events sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Telling {
    /// They go by themselves: not on a wedding day.
    ByItself,
    /// A person wants them sent: only those about a couple that marries wait.
    Anyway,
}

impl Engine {
    /// Makes events of what changed and sends what is due; returns when something is due next.
    ///
    /// # Errors
    /// When the store cannot be used. What a place answers is no error; it stands with the event.
    pub async fn tell(&self, carrier: &dyn Carrier, how: Telling) -> Result<Option<Timestamp>, EngineError> {
        // What is due is sent in order, one at a time; whoever comes meanwhile waits, so that it is told when they go on.
        let _one_at_a_time = self.inner.telling.lock().await;
        let Some(account) = self.known_account() else { return Ok(None) };
        self.queue_changes(&account.supplier_id).await?;
        let hooks = self.places(&account.supplier_id).await?;
        if hooks.is_empty() {
            return Ok(None);
        }
        let now = self.inner.clock.now();
        let days = shielded_days(now, &account.time_zone);
        let marrying = self.db().run(move |book| book.clients_marrying(&days)).await?;
        let shield = marrying.iter().filter_map(|(day, _)| shield_ends(*day, &account.time_zone)).max();
        if let (Some(until), Telling::ByItself) = (shield, how) {
            return Ok(self.next_due().await?.map(|due| due.max(until)));
        }
        let held: BTreeSet<String> = marrying.into_iter().map(|(_, client)| client).collect();
        for hook in hooks.iter().filter(|hook| hook.state == HookState::On) {
            self.carry_all(carrier, hook, &held).await?;
        }
        let due = self.next_due().await?;
        Ok(match shield {
            Some(until) => due.map(|due| due.max(until)),
            None => due,
        })
    }

    /// The places of the supplier.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn places(&self, supplier_id: &str) -> Result<Vec<Hook>, EngineError> {
        let supplier = supplier_id.to_owned();
        self.db().run(move |book| book.hooks(&supplier)).await
    }

    /// A place of the signed-in supplier.
    ///
    /// # Errors
    /// `error.hook.not_there`.
    pub async fn place(&self, id: &str) -> Result<Hook, EngineError> {
        let account = self.account()?;
        let found = self.places(&account.supplier_id).await?.into_iter().find(|hook| hook.id == id);
        found.ok_or_else(|| EngineError::refused("error.hook.not_there"))
    }

    /// Stores a place, or what changed of it.
    ///
    /// # Errors
    /// `error.not_allowed`; when the store cannot be written.
    pub async fn put_place(&self, hook: Hook) -> Result<(), EngineError> {
        self.require_writer()?;
        let actor = self.actor("audit.hook", None);
        self.db().run(move |book| book.put_hook(&hook, &actor)).await
    }

    /// Removes a place and what waits for it.
    ///
    /// # Errors
    /// `error.not_allowed`; when the store cannot be written.
    pub async fn remove_place(&self, id: &str) -> Result<(), EngineError> {
        let account = self.require_writer()?;
        let (id, actor) = (id.to_owned(), self.actor("audit.hook", None));
        self.db().run(move |book| book.delete_hook(&account.supplier_id, &id, &actor)).await?;
        Ok(())
    }

    /// Puts what was given up into the queue again.
    ///
    /// # Errors
    /// `error.not_allowed`; when the store cannot be written.
    pub async fn retry_place(&self, id: &str) -> Result<u64, EngineError> {
        self.require_writer()?;
        let (id, actor) = (id.to_owned(), self.actor("audit.hook", None));
        self.db().run(move |book| book.retry_hook_events(&id, actor.at, &actor)).await
    }

    /// Queues clients that a person picked for a place, whatever it is told of otherwise; returns how many.
    ///
    /// # Errors
    /// `error.hook.too_many`; when the store cannot be used.
    pub async fn tell_of(&self, hook: &Hook, client_ids: Vec<String>) -> Result<u64, EngineError> {
        self.require_writer()?;
        if client_ids.len() > MOST_PICKED {
            return Err(EngineError::Refused(Message::new("error.hook.too_many").with("count", MOST_PICKED)));
        }
        let (hooks, ids) = (vec![hook.clone()], self.inner.ids.clone());
        let actor = self.actor("reason.hook_picked", None);
        self.db()
            .run(move |book| {
                let mut events = Vec::new();
                for client_id in client_ids {
                    let key = RecordKey::new(RecordType::Client, client_id.as_str());
                    let asked = Asked { key, client_id, happened: Happened::Created };
                    make(book, ids.as_ref(), &hooks, &asked, actor.at, &mut events)?;
                }
                book.queue_hook_events(&[], &events, &actor)
            })
            .await
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, EngineError> {
        self.db().run(|book| book.next_hook_due()).await
    }

    async fn queue_changes(&self, supplier_id: &str) -> Result<(), EngineError> {
        loop {
            let changes = self.db().run(|book| book.hook_changes(CHANGES)).await?;
            if changes.is_empty() {
                return Ok(());
            }
            self.inner.fail.pass("changes_read");
            let (supplier, ids) = (supplier_id.to_owned(), self.inner.ids.clone());
            let actor = self.actor("reason.hook", None);
            self.db()
                .run(move |book| {
                    let mut hooks = book.hooks(&supplier)?;
                    hooks.retain(|hook| hook.state == HookState::On && hook.tells == HookTells::Everything);
                    let mut events = Vec::new();
                    for asked in asked(book, &changes)? {
                        make(book, ids.as_ref(), &hooks, &asked, actor.at, &mut events)?;
                    }
                    book.queue_hook_events(&changes, &events, &actor)
                })
                .await?;
            self.inner.fail.pass("events_queued");
        }
    }

    async fn carry_all(
        &self,
        carrier: &dyn Carrier,
        hook: &Hook,
        held: &BTreeSet<String>,
    ) -> Result<(), EngineError> {
        let mut left_alone: BTreeSet<u64> = BTreeSet::new();
        loop {
            let (id, now) = (hook.id.clone(), self.inner.clock.now());
            let most = EVENTS + u32::try_from(left_alone.len()).unwrap_or(EVENTS);
            let due = self.db().run(move |book| book.due_hook_events(&id, now, most)).await?;
            let next = due
                .into_iter()
                .find(|event| !left_alone.contains(&event.seq) && !held.contains(&event.client_id));
            let Some(event) = next else { return Ok(()) };
            left_alone.insert(event.seq);
            if left_alone.len() > 10 * EVENTS as usize {
                // The rest comes with the next call: nobody waits for thousands.
                return Ok(());
            }
            self.carry_one(carrier, hook, event).await?;
        }
    }

    async fn carry_one(
        &self,
        carrier: &dyn Carrier,
        hook: &Hook,
        event: HookEvent,
    ) -> Result<(), EngineError> {
        let (id, at) = (event.id.clone(), self.inner.clock.now());
        self.db().run(move |book| book.mark_hook_sending(&id, at)).await?;
        self.inner.fail.pass("event_marked");
        let carried = carrier.carry(hook, &event, at).await;
        self.inner.fail.pass("event_answered");
        let settled = self.settled(hook, &event, &carried);
        let (id, actor) = (event.id, self.actor("reason.hook", None));
        self.db().run(move |book| book.settle_hook_event(&id, &settled, &actor)).await
    }

    fn settled(&self, hook: &Hook, event: &HookEvent, carried: &Carried) -> Settled {
        let now = self.inner.clock.now();
        let said = |id: &str| {
            let message = Message::new(id).with("name", &hook.name).with("host", &hook.host);
            serde_json::to_value(message).unwrap_or(Json::Null)
        };
        let attempts = event.attempts + 1;
        let (after, why, whole_hook) = match carried {
            Carried::Taken => return Settled::Taken,
            Carried::Gone => return Settled::Gone { why: said("hook.gone") },
            Carried::Later { after, why } => (*after, *why, true),
            Carried::Refused { why } => (None, *why, false),
        };
        let tried_for = now.duration_since(event.first_sent_at.unwrap_or(now));
        if attempts >= GIVE_UP_ATTEMPTS && tried_for >= GIVE_UP_AFTER {
            return Settled::GivenUp { why: said(why) };
        }
        let seconds = pause(attempts, self.jitter()).max(u64::from(after.unwrap_or(0)));
        let due_at = now + SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX / 4));
        Settled::Again { due_at, whole_hook, why: said(why) }
    }
}

/// Seconds until the next attempt: exponential, capped, with up to half of it taken off.
fn pause(attempts: u32, jitter: u64) -> u64 {
    let full = FIRST_PAUSE.saturating_mul(1 << attempts.saturating_sub(1).min(20)).min(LONGEST_PAUSE);
    full - jitter % (full / 2 + 1)
}

/// A record that is to be told.
struct Asked {
    key: RecordKey,
    client_id: String,
    happened: Happened,
}

/// What is to be told of some changes: each record once, a person as a change of their clients.
fn asked(book: &dyn crate::Book, changes: &[HookChange]) -> hub_core::ports::StoreResult<Vec<Asked>> {
    let mut found: Vec<Asked> = Vec::new();
    let mut add = |key: RecordKey, client_id: String, happened: Happened| {
        match found.iter_mut().find(|asked| asked.key == key) {
            // New is what it is, whatever else changed with it.
            Some(known) if happened == Happened::Created => known.happened = happened,
            Some(_) => {}
            None => found.push(Asked { key, client_id, happened }),
        }
    };
    for change in changes.iter().filter(|change| !change.echo) {
        let happened = if change.fresh { Happened::Created } else { Happened::Changed };
        let key = &change.key;
        match key.record_type {
            RecordType::Client => add(key.clone(), key.id.clone(), happened),
            RecordType::Person => {
                for client_id in book.clients_of(&key.id)? {
                    // Somebody new on a client that was there: the client changed.
                    let client = RecordKey::new(RecordType::Client, client_id.as_str());
                    add(client, client_id, Happened::Changed);
                }
            }
            RecordType::Project | RecordType::Event => {
                if let Some(client_id) = client_of(book, key)? {
                    add(key.clone(), client_id, happened);
                }
            }
            RecordType::Invoice
            | RecordType::Payment
            | RecordType::Task
            | RecordType::Document
            | RecordType::Communication
            | RecordType::Form => {}
        }
    }
    Ok(found)
}

/// The client that a project or an event hangs on.
fn client_of(book: &dyn crate::Book, key: &RecordKey) -> hub_core::ports::StoreResult<Option<String>> {
    let text = |record: &hub_core::ports::CloudRecord, name: &str| {
        record.fields.get(name).and_then(Json::as_str).map(str::to_owned)
    };
    let Some(record) = book.mirror_record(key)? else { return Ok(None) };
    if let Some(client_id) = text(&record, "client_id") {
        return Ok(Some(client_id));
    }
    let Some(project_id) = text(&record, "project_id") else { return Ok(None) };
    let project = book.mirror_record(&RecordKey::new(RecordType::Project, project_id))?;
    Ok(project.and_then(|project| text(&project, "client_id")))
}

/// The events of a record, one for each place.
fn make(
    book: &dyn crate::Book,
    ids: &dyn hub_core::ports::Ids,
    hooks: &[Hook],
    asked: &Asked,
    at: Timestamp,
    events: &mut Vec<NewHookEvent>,
) -> hub_core::ports::StoreResult<()> {
    let Some(whole) = book.told_client(&asked.client_id)? else { return Ok(()) };
    let Some(said) = told(&whole, &asked.key) else { return Ok(()) };
    for hook in hooks {
        let id = ids.new_id();
        events.push(NewHookEvent {
            body: body(&id, &asked.key, asked.happened, at, &said.said),
            id,
            hook_id: hook.id.clone(),
            happened: asked.happened,
            key: asked.key.clone(),
            client_id: asked.client_id.clone(),
            digest: said.digest.clone(),
            at,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_are_capped_and_never_zero() {
        assert_eq!(pause(1, 0), FIRST_PAUSE);
        assert!(pause(2, 0) > pause(1, 0) && pause(3, 0) > pause(2, 0));
        assert_eq!(pause(60, 0), LONGEST_PAUSE);
        for jitter in [0, 7, u64::MAX] {
            assert!(pause(1, jitter) >= FIRST_PAUSE / 2, "half of it always remains");
        }
    }
}

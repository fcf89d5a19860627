//! The definitions in force: those that came with the app, newer ones of a signed update, and what is switched off.
//!
//! What was taken is kept in the vault and looked at again at every start, signature and all. Whatever fails leaves in force
//! what was: the last update that was good, else what came with the app. A change of what a person agreed to by connecting
//! (hosts, signing, writing, how deletions are told) is not used for a connection before they agree; until then it goes by
//! the definition it went by before. Definitions of a person's own are no business of this.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock, Weak};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hub_api::{ApiError, ChangeWaiting, Code, DefinitionsKnown, ProfileKind};
use hub_cloud::CloudClient;
use hub_connectors::bundle::{Bundled, Keys, OffReason, Refused, Signed, Standing, Switches, Trust, take};
use hub_connectors::definition::{Operation, RouteKind, parse};
use hub_connectors::{Definition, embedded, embedded_keys};
use hub_core::circuit::{RequestEnd, Sent};
use hub_core::message::Message;
use hub_core::ports::{
    BudgetState, Clock, Connection, ConnectionStore as _, ConnectorError, RateLimit, RequestBudget,
    Reservation, StoreError, StoreResult, definition_agreed_setting,
};
use hub_store::{KeptBundle, SignedBytes, Store, Vault};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::crms::{definition, unsupported};
use super::sign_in::cloud_error;
use super::{HOUSEKEEPING, ProfileHost};

/// How often WedSync is asked.
const EVERY: SignedDuration = SignedDuration::from_hours(24);
/// The version of this program, for updates that need a later one.
const APP: &str = env!("CARGO_PKG_VERSION");

/// What a connection was agreed to be read by. Frozen: old books hold it.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Agreed {
    /// Digest of the particulars that were agreed to beside those that came with the app.
    standing: Option<String>,
    /// The definition of an update that it went by last.
    text: Option<String>,
}

#[derive(Default)]
struct Held {
    definitions: BTreeMap<String, Bundled>,
    switches: Switches,
    serial: Option<u64>,
    expires: Option<Timestamp>,
    taken_at: Option<Timestamp>,
    asked_at: Option<Timestamp>,
    refused: Option<Refused>,
}

/// The definitions in force.
pub(super) struct Shelf {
    vault: Arc<Vault>,
    store: Arc<Store>,
    cloud: Arc<CloudClient>,
    keys: Keys,
    clock: Arc<dyn Clock>,
    held: RwLock<Held>,
    /// One question at a time.
    asking: tokio::sync::Mutex<()>,
}

impl Shelf {
    /// What is in force at the start of a process.
    pub(super) fn open(
        vault: Arc<Vault>,
        store: Arc<Store>,
        cloud: Arc<CloudClient>,
        kind: ProfileKind,
        clock: Arc<dyn Clock>,
    ) -> Shelf {
        // The practice cloud's key is believed where all data is invented, as loopback addresses are reached there.
        let keys = if kind.is_invented() { Keys::practice() } else { Keys::production() };
        let held = RwLock::default();
        let shelf = Shelf { vault, store, cloud, keys, clock, held, asking: tokio::sync::Mutex::default() };
        match shelf.vault.kept_bundle() {
            Ok(Some(kept)) => shelf.put(&kept),
            Ok(None) => {}
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "the kept definitions cannot be read"
                );
            }
        }
        shelf
    }

    /// Takes into force what was kept, as far as it is still good.
    fn put(&self, kept: &KeptBundle) {
        // What is switched off stays so after the update has run out: it can only ever switch off.
        let mut held = Held {
            switches: Switches::kept(&kept.switches),
            asked_at: kept.asked_at,
            taken_at: kept.taken_at,
            ..Held::default()
        };
        if let Some(signed) = &kept.signed {
            let signed = Signed {
                bytes: signed.bundle.clone(),
                signature: signed.signature.clone(),
                key_id: signed.key_id.clone(),
            };
            let (now, app) = (self.clock.now(), APP);
            let (serial, switches_serial) = (kept.serial, kept.switches_serial);
            let trust = Trust { keys: &self.keys, app, now, serial, switches_serial };
            let taken =
                take(&signed, &trust).and_then(|taken| Ok((taken.serial, taken.expires, taken.definitions?)));
            match taken {
                Ok((serial, expires, definitions)) => {
                    held.serial = Some(serial);
                    held.expires = Some(expires);
                    held.definitions = definitions;
                }
                Err(refused) => {
                    tracing::warn!(reason = %refused, "the kept update of definitions is not in force");
                    held.refused = Some(refused);
                }
            }
        }
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = held;
    }

    /// Whether WedSync should be asked by now.
    pub(super) fn is_due(&self) -> bool {
        if self.keys.is_empty() {
            // Nothing that it sent would be believed.
            return false;
        }
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        let age = held.asked_at.map(|asked| self.clock.now().duration_since(asked));
        // A clock that was set back says nothing about when that was.
        age.is_none_or(|age| age.is_negative() || age >= EVERY)
    }

    /// Asks WedSync for a newer update, and takes what is good of it.
    ///
    /// # Errors
    /// When WedSync does not answer, or the vault cannot be written. What WedSync sent and is not good is no error: it is
    /// told by [`Shelf::known`].
    pub(super) async fn refresh(&self) -> Result<(), ApiError> {
        let _asking = self.asking.lock().await;
        let kept = self.vault.kept_bundle()?.unwrap_or_default();
        let now = self.clock.now();
        let answer = self.cloud.definitions(kept.version_tag.as_deref()).await.map_err(cloud_error)?;
        let Some((bundle, tag)) = answer else {
            let kept = KeptBundle { asked_at: Some(now), ..kept };
            self.vault.keep_bundle(&kept)?;
            self.held.write().unwrap_or_else(PoisonError::into_inner).asked_at = Some(now);
            return Ok(());
        };
        let signed = match (STANDARD.decode(&bundle.bundle), STANDARD.decode(&bundle.signature)) {
            (Ok(bytes), Ok(signature)) => Ok(Signed { bytes, signature, key_id: bundle.key_id }),
            (Err(error), _) | (_, Err(error)) => Err(Refused::Unreadable(error.to_string())),
        };
        let (serial, switches_serial) = (kept.serial, kept.switches_serial);
        let trust = Trust { keys: &self.keys, app: APP, now, serial, switches_serial };
        let looked = signed.and_then(|signed| take(&signed, &trust).map(|taken| (signed, taken)));
        // Asked again tomorrow, whatever it was; and not for the same bytes.
        let mut new = KeptBundle { asked_at: Some(now), version_tag: tag, ..kept };
        let refused = match looked {
            Err(refused) => Some(refused),
            Ok((signed, taken)) => {
                if let Some((serial, switches)) = &taken.switches {
                    new.switches_serial = *serial;
                    new.switches = switches.to_text();
                }
                match taken.definitions {
                    Err(refused) => Some(refused),
                    Ok(_) => {
                        if new.serial != taken.serial || new.taken_at.is_none() {
                            new.taken_at = Some(now);
                        }
                        new.serial = taken.serial;
                        new.signed = Some(SignedBytes {
                            bundle: signed.bytes,
                            signature: signed.signature,
                            key_id: signed.key_id,
                        });
                        None
                    }
                }
            }
        };
        self.vault.keep_bundle(&new)?;
        self.put(&new);
        match refused {
            Some(refused) => {
                tracing::warn!(reason = %refused, "an update of definitions was not taken");
                self.held.write().unwrap_or_else(PoisonError::into_inner).refused = Some(refused);
            }
            None => tracing::info!(serial = new.serial, "an update of definitions is in force"),
        }
        Ok(())
    }

    /// What is known about updates.
    pub(super) fn known(&self) -> DefinitionsKnown {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        let over = held.expires.filter(|expires| *expires <= self.clock.now());
        let no_keys = self.keys.is_empty().then_some(Refused::NoKeys);
        DefinitionsKnown {
            takes_updates: no_keys.is_none(),
            serial: held.serial.filter(|_| over.is_none()),
            expires: held.expires,
            asked_at: held.asked_at,
            refused: no_keys
                .or(over.map(Refused::Expired))
                .or(held.refused.clone())
                .map(|refused| refused.message()),
        }
    }

    /// Why something cannot be done with a provider, if WedSync has switched it off.
    pub(super) fn off(&self, provider: &str, route: RouteKind, operation: Operation) -> Option<OffReason> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        held.switches.off(provider, route, operation)
    }

    /// The definition of an update that is newer than what came with the app.
    fn newer(&self, provider: &str, built_in: &Definition) -> Option<Bundled> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        held.expires.filter(|expires| *expires > self.clock.now())?;
        let bundled = held.definitions.get(provider)?;
        (bundled.definition.version > built_in.version).then(|| bundled.clone())
    }

    /// The definition that new connections of a provider go by.
    pub(super) fn of_provider(&self, provider: &str) -> Result<Definition, ConnectorError> {
        let built_in = definition(provider)?;
        Ok(self.newer(provider, &built_in).map_or(built_in, |bundled| bundled.definition.as_ref().clone()))
    }

    /// The definitions of all providers, in the order in which they are offered.
    pub(super) fn all(&self) -> impl Iterator<Item = Definition> {
        embedded_keys().filter_map(|key| self.of_provider(key).ok())
    }

    /// The definition that a connection goes by, which has none of its own.
    pub(super) fn of_connection(&self, connection: &Connection) -> Result<Definition, ConnectorError> {
        let built_in = definition(&connection.provider)?;
        let Some(bundled) = self.newer(&connection.provider, &built_in) else { return Ok(built_in) };
        let agreed = self.agreed(connection).map_err(|error| unread(connection, error))?;
        let standing = Standing::of(&bundled.definition).digest();
        let own = Standing::of(&built_in).digest();
        if standing == own || self.holds(connection, &agreed, &standing) {
            let keep = Agreed {
                standing: if standing == own { agreed.standing.clone() } else { Some(standing) },
                text: Some(bundled.text.clone()),
            };
            if keep.text != agreed.text || keep.standing != agreed.standing {
                self.keep(connection, &keep).map_err(|error| unread(connection, error))?;
            }
            return Ok(bundled.definition.as_ref().clone());
        }
        // It goes by what it went by before: the update it used last, if that was one the person knows.
        let before = agreed.text.as_deref().and_then(|text| parse(text).ok()).filter(|before| {
            let standing = Standing::of(before).digest();
            let known = standing == own || agreed.standing.as_deref() == Some(standing.as_str());
            known && before.version >= built_in.version
        });
        Ok(before.unwrap_or(built_in))
    }

    /// Whether these particulars were agreed to for a connection: in so many words, or by connecting when they were in force.
    fn holds(&self, connection: &Connection, agreed: &Agreed, standing: &str) -> bool {
        let taken_at = self.held.read().unwrap_or_else(PoisonError::into_inner).taken_at;
        agreed.standing.as_deref() == Some(standing)
            || taken_at.is_some_and(|taken_at| connection.created_at >= taken_at)
    }

    fn agreed(&self, connection: &Connection) -> StoreResult<Agreed> {
        let kept = self.store.setting(&definition_agreed_setting(&connection.id))?;
        // What cannot be read was not agreed to.
        Ok(kept.and_then(|json| serde_json::from_value(json).ok()).unwrap_or_default())
    }

    fn keep(&self, connection: &Connection, agreed: &Agreed) -> StoreResult<()> {
        let json = serde_json::to_value(agreed).map_err(|error| StoreError::Fault(Box::new(error)))?;
        self.store.put_setting(&definition_agreed_setting(&connection.id), &json)
    }

    /// The change that waits for a person before a connection is read by it.
    pub(super) fn change(&self, connection: &Connection) -> Result<Option<ChangeWaiting>, ApiError> {
        if embedded(&connection.provider).is_none() {
            return Ok(None);
        }
        let built_in = definition(&connection.provider)?;
        let Some(bundled) = self.newer(&connection.provider, &built_in) else { return Ok(None) };
        let new = Standing::of(&bundled.definition);
        let now = Standing::of(&self.of_connection(connection)?);
        Ok((new != now).then(|| ChangeWaiting { standing: new.digest(), differences: now.differences(&new) }))
    }

    /// Reads a connection by the change from now on.
    pub(super) fn agree(&self, connection: &Connection, standing: &str) -> Result<(), ApiError> {
        let agreed = self.agreed(connection)?;
        self.keep(connection, &Agreed { standing: Some(standing.to_owned()), ..agreed })?;
        tracing::info!(connection = connection.id, standing, "a change of a definition was agreed to");
        Ok(())
    }
}

fn unread(connection: &Connection, error: StoreError) -> ConnectorError {
    ConnectorError { source: Some(Box::new(error)), ..unsupported(&connection.provider) }
}

/// The sentence of a reason.
pub(super) fn reason_message(reason: OffReason, provider: &str) -> Message {
    Message::new(reason.message_id()).with("provider", provider)
}

/// Refuses to do what is switched off.
pub(super) fn refuse_off(reason: OffReason, provider: &str) -> ApiError {
    ApiError::Refused { code: Code::Refused, message: reason_message(reason, provider) }
}

/// The budget of an account, which grants nothing while reading it is switched off: so that a switch stops every request,
/// whoever sends it, and not only the next job.
pub(super) struct Switched {
    pub(super) budget: Arc<dyn RequestBudget>,
    pub(super) shelf: Arc<Shelf>,
    pub(super) provider: String,
    pub(super) route: RouteKind,
}

impl RequestBudget for Switched {
    fn reserve(&self, account: &str, limits: &[RateLimit], now: Timestamp) -> StoreResult<Reservation> {
        if let Some(reason) = self.shelf.off(&self.provider, self.route, Operation::Read) {
            return Err(StoreError::Refused { rule: reason.message_id(), source: None });
        }
        self.budget.reserve(account, limits, now)
    }

    fn block_until(&self, account: &str, until: Timestamp) -> StoreResult<()> {
        self.budget.block_until(account, until)
    }

    fn limit_spent(
        &self,
        account: &str,
        limits: &[RateLimit],
        wait_seconds: u32,
        now: Timestamp,
    ) -> StoreResult<()> {
        self.budget.limit_spent(account, limits, wait_seconds, now)
    }

    fn ended(&self, account: &str, sent: Sent, end: RequestEnd, now: Timestamp) -> StoreResult<()> {
        self.budget.ended(account, sent, end, now)
    }

    fn budget(&self, account: &str, limits: &[RateLimit], now: Timestamp) -> StoreResult<BudgetState> {
        self.budget.budget(account, limits, now)
    }
}
/// Asks WedSync for newer definitions and kill switches: at start and once a day, while somebody is signed in. What came of an
/// earlier question holds meanwhile; not being reached is no fault.
pub(super) async fn keep(me: Weak<ProfileHost>) {
    loop {
        let Some(host) = me.upgrade() else { return };
        if host.profile.kind != ProfileKind::Sample
            && host.engine.known_account().is_some()
            && host.crms.shelf().is_due()
        {
            host.ask_definitions().await;
        }
        drop(host);
        tokio::time::sleep(HOUSEKEEPING).await;
    }
}

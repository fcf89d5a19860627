//! Ports in memory, for tests of what needs them beside it. Each passes the suite of its port (`tests/fakes.rs`); none
//! survives its process, and the clock of [`MemoryBudget`] never jumps.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Mutex;

use hub_core::canonical::hash_json;
use hub_core::circuit::{Circuit, Passage, RequestEnd, Sent};
use hub_core::ports::{
    BudgetState, RateLimit, RawReader, RawRecord, RequestBudget, Reservation, Secret, SecretStore,
    StoreResult, StoredRaw, limit_meant, lowered,
};
use jiff::{SignedDuration, Timestamp};

/// Secrets in memory.
#[derive(Default)]
pub struct MemorySecrets(Mutex<HashMap<String, Secret>>);

impl SecretStore for MemorySecrets {
    fn put_secret(&self, name: &str, secret: &Secret) -> StoreResult<()> {
        self.0.lock().unwrap().insert(name.to_owned(), secret.clone());
        Ok(())
    }

    fn secret(&self, name: &str) -> StoreResult<Option<Secret>> {
        Ok(self.0.lock().unwrap().get(name).cloned())
    }

    fn delete_secret(&self, name: &str) -> StoreResult<bool> {
        Ok(self.0.lock().unwrap().remove(name).is_some())
    }
}

/// A sliding log in memory.
#[derive(Default)]
pub struct MemoryBudget {
    sent: Mutex<Vec<(String, Timestamp)>>,
    blocked: Mutex<BTreeMap<String, Timestamp>>,
    circuits: Mutex<BTreeMap<String, Circuit>>,
    /// By account and length of the window: requests, and until when.
    lowered: Mutex<BTreeMap<(String, u32), (u32, Timestamp)>>,
}

impl MemoryBudget {
    /// When requests of an account were granted.
    pub fn sent(&self, account: &str) -> Vec<Timestamp> {
        self.sent.lock().unwrap().iter().filter(|(name, _)| name == account).map(|(_, at)| *at).collect()
    }

    /// Until when an account has to wait, also after that time has come.
    pub fn blocked_until(&self, account: &str) -> Option<Timestamp> {
        self.blocked.lock().unwrap().get(account).copied()
    }

    fn circuit(&self, account: &str) -> Circuit {
        self.circuits.lock().unwrap().get(account).copied().unwrap_or_default()
    }

    fn in_force(&self, account: &str, limit: RateLimit, now: Timestamp) -> RateLimit {
        let lowered = self.lowered.lock().unwrap();
        let lower = lowered.get(&(account.to_owned(), limit.per_seconds)).filter(|(_, until)| *until > now);
        RateLimit { requests: lower.map_or(limit.requests, |(requests, _)| *requests), ..limit }
    }

    fn inside(&self, account: &str, limit: RateLimit, now: Timestamp) -> Vec<Timestamp> {
        let window = window(limit);
        self.sent(account).into_iter().filter(|at| *at + window > now).collect()
    }
}

fn nanos(at: Timestamp) -> i64 {
    i64::try_from(at.as_nanosecond()).unwrap()
}

fn stamp(nanos: i64) -> Timestamp {
    Timestamp::from_nanosecond(i128::from(nanos)).unwrap()
}

fn window(limit: RateLimit) -> SignedDuration {
    SignedDuration::from_secs(i64::from(limit.per_seconds))
}

impl RequestBudget for MemoryBudget {
    fn reserve(&self, account: &str, limits: &[RateLimit], now: Timestamp) -> StoreResult<Reservation> {
        let circuit = self.circuit(account);
        let passage = circuit.passage(nanos(now));
        if let Passage::Shut(until) = passage {
            return Ok(Reservation::DownUntil(stamp(until)));
        }
        if let Some(until) = self.blocked_until(account).filter(|until| *until > now) {
            return Ok(Reservation::WaitUntil(until));
        }
        for limit in limits {
            let limit = &self.in_force(account, *limit, now);
            let inside = self.inside(account, *limit, now);
            if inside.len() >= limit.requests as usize {
                let oldest = inside[inside.len() - limit.requests as usize];
                return Ok(Reservation::WaitUntil(oldest + window(*limit)));
            }
        }
        self.sent.lock().unwrap().push((account.to_owned(), now));
        if passage == Passage::Try {
            self.circuits.lock().unwrap().insert(account.to_owned(), circuit.trying(nanos(now)));
            return Ok(Reservation::Try);
        }
        Ok(Reservation::Granted)
    }

    fn limit_spent(
        &self,
        account: &str,
        limits: &[RateLimit],
        wait_seconds: u32,
        now: Timestamp,
    ) -> StoreResult<()> {
        let Some(meant) = limit_meant(limits, wait_seconds) else { return Ok(()) };
        let used = u32::try_from(self.inside(account, meant, now).len()).unwrap();
        let used = used.min(self.in_force(account, meant, now).requests);
        if let Some(requests) = lowered(meant, used) {
            let until = now + SignedDuration::from_secs(i64::from(wait_seconds)) + window(meant);
            let key = (account.to_owned(), meant.per_seconds);
            self.lowered.lock().unwrap().insert(key, (requests, until));
        }
        Ok(())
    }

    fn ended(&self, account: &str, sent: Sent, end: RequestEnd, now: Timestamp) -> StoreResult<()> {
        let after = self.circuit(account).after(sent, end, nanos(now), 0);
        self.circuits.lock().unwrap().insert(account.to_owned(), after);
        Ok(())
    }

    fn block_until(&self, account: &str, until: Timestamp) -> StoreResult<()> {
        self.blocked.lock().unwrap().insert(account.to_owned(), until);
        Ok(())
    }

    fn budget(&self, account: &str, limits: &[RateLimit], now: Timestamp) -> StoreResult<BudgetState> {
        let windows = limits.iter().map(|limit| {
            let limit = &self.in_force(account, *limit, now);
            let inside = self.inside(account, *limit, now);
            let left = limit.requests.saturating_sub(u32::try_from(inside.len()).unwrap_or(u32::MAX));
            (*limit, left, inside.first().map(|oldest| *oldest + window(*limit)))
        });
        Ok(BudgetState {
            windows: windows.collect(),
            blocked_until: self.blocked_until(account).filter(|until| *until > now),
            down_until: self.circuit(account).shut_until(nanos(now)).map(stamp),
        })
    }
}

/// Raw records of one connection in memory, ordered as the store orders them.
#[derive(Default)]
pub struct MemoryRaw(BTreeMap<String, BTreeMap<String, StoredRaw>>);

impl MemoryRaw {
    /// Keeps records of a stream; a known id is replaced.
    pub fn keep(&mut self, stream: &str, records: Vec<RawRecord>) {
        for record in records {
            let content_hash = hash_json(&serde_json::from_str(&record.raw).expect("raw JSON is JSON"));
            let stored =
                StoredRaw { id: record.id.clone(), raw: record.raw, content_hash, parents: record.parents };
            self.0.entry(stream.to_owned()).or_default().insert(record.id, stored);
        }
    }

    /// Takes a record out again; says whether it was there.
    pub fn forget(&mut self, stream: &str, id: &str) -> bool {
        self.0.get_mut(stream).is_some_and(|records| records.remove(id).is_some())
    }

    /// Records of a stream, in id order.
    pub fn rows(&self, stream: &str) -> impl Iterator<Item = &StoredRaw> {
        self.0.get(stream).into_iter().flat_map(BTreeMap::values)
    }
}

impl RawReader for MemoryRaw {
    fn scan(&self, _: &str, stream: &str, after: Option<&str>, limit: u32) -> StoreResult<Vec<StoredRaw>> {
        let rows = self.rows(stream).filter(|row| after.is_none_or(|after| row.id.as_str() > after));
        Ok(rows.take(limit as usize).cloned().collect())
    }

    fn by_ids(&self, _: &str, stream: &str, ids: &[String]) -> StoreResult<Vec<StoredRaw>> {
        let ids: BTreeSet<&String> = ids.iter().collect();
        Ok(self.rows(stream).filter(|row| ids.contains(&row.id)).cloned().collect())
    }

    fn by_parents(&self, _: &str, stream: &str, slot: usize, ids: &[String]) -> StoreResult<Vec<StoredRaw>> {
        let ids: BTreeSet<&String> = ids.iter().collect();
        let mut rows: Vec<StoredRaw> = self
            .rows(stream)
            .filter(|row| row.parents[slot].as_ref().is_some_and(|parent| ids.contains(parent)))
            .cloned()
            .collect();
        rows.sort_by(|left, right| (&left.parents[slot], &left.id).cmp(&(&right.parents[slot], &right.id)));
        Ok(rows)
    }

    fn count(&self, _: &str, stream: &str) -> StoreResult<u64> {
        Ok(self.rows(stream).count() as u64)
    }
}

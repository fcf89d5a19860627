//! Switches, mutations and the log, in-process and as JSON over a port of its own.
//!
//! The port is separate so that a request to the sandbox itself never stands in the vendor's log and is never struck
//! by a fault. Paths under `/_control/`:
//!
//! | request | body | answer |
//! |---|---|---|
//! | `GET faults` | | rules |
//! | `POST faults` | `{"scope": {..}, "fault": {"kind": ..}}` | `{"id"}` |
//! | `DELETE faults/{id}`, `DELETE faults` | | `{}` |
//! | `POST mutate` | a mutation | `{"id"}` |
//! | `GET log`, `DELETE log`, `GET log/second` | | requests |
//! | `PUT latency` | `{"from_ms", "to_ms"}` | `{}` |
//! | `PUT rate-limit` | a limit or null | `{}` |
//! | `POST rate-limit/spend` | `{"requests"}` | `{}` |
//! | `PUT keys` | `{"state": "valid" or "revoked"}` | `{}` |
//! | `PUT account` | `{"account": "own" or "other"}` | `{}` |
//! | `PUT door` | `{"state": "shut" or "open", "for_ms"?}` | `{}` |
//! | `POST heal` | | `{}` |
//! | `GET expected` | | totals and party count |
//! | `PUT honeybook/switches` | authorization server's switches | `{}` |
//! | `POST honeybook/expire`, `POST honeybook/revoke` | | `{}` |
//! | `GET honeybook/counts`, `GET honeybook/log` | | tokens given, requests |
//! | `GET honeybook/book` | | its projects, each with its members |
//! | `GET google/contacts`, `GET google/counts` | | the address book, tokens given |

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::authority::{AuthoritySwitches, PublicAuthority};
use crate::book::{Book, Stream, Ulid};
use crate::faults::{Fault, RateLimit, Rule, Scope};
use crate::google::Google;
use crate::honeybook::HoneyBook;
use crate::http::{Answer, Door, Request, Response, Site};
use crate::log::{Log, Logged};
use crate::mutate::{Mutation, MutationError};
use crate::quickbooks::QuickBooks;
use crate::vsco::{Account, KeyState, Vsco};

/// The switches of a running sandbox. Clones switch the same sandbox.
#[derive(Debug, Clone)]
pub struct Control {
    pub(crate) vsco: Arc<Vsco>,
    pub(crate) book: Arc<Book>,
    pub(crate) door: Door,
    pub(crate) second_log: Arc<Log>,
    pub(crate) honeybook: HoneyBook,
    pub(crate) quickbooks: QuickBooks,
    pub(crate) google: Google,
    pub(crate) authority: PublicAuthority,
}

impl Control {
    /// Switches a fault on and returns its number.
    pub fn fault(&self, scope: Scope, fault: Fault) -> u64 {
        self.vsco.switch_on(scope, fault)
    }

    /// Switches a fault off; false when it was not on.
    pub fn clear_fault(&self, id: u64) -> bool {
        self.vsco.switch_off(id)
    }

    /// What is switched on, with how often it struck.
    pub fn faults(&self) -> Vec<Rule> {
        self.vsco.rules()
    }

    /// Switches everything off: faults, latency, quota, revoked keys, the other account, a shut port.
    pub fn heal(&self) {
        self.vsco.heal();
        self.honeybook.heal();
        self.quickbooks.heal();
        self.google.heal();
        self.door.reopen();
    }

    /// Refuses connections (F2); for a while, or until [`Self::heal`].
    pub fn refuse(&self, for_a_while: Option<Duration>) {
        match for_a_while {
            Some(for_a_while) => self.door.shut_for(for_a_while),
            None => self.door.shut(),
        }
    }

    /// Waits between so and so long before each answer.
    pub fn latency(&self, from: Duration, to: Duration) {
        self.vsco.set_latency(from, to);
    }

    /// Enforces a quota, or none.
    pub fn rate_limit(&self, limit: Option<RateLimit>) {
        self.vsco.set_rate_limit(limit);
    }

    /// Another app spends quota of the same account (F19).
    pub fn spend_quota(&self, requests: u32) {
        self.vsco.spend_quota(requests);
    }

    /// Requests refused for the quota since it was set: 0 when a client keeps the law.
    pub fn quota_refusals(&self) -> u64 {
        self.vsco.quota_refusals()
    }

    /// Takes the keys back, or gives them again (F34).
    pub fn keys(&self, state: KeyState) {
        self.vsco.set_keys(state);
    }

    /// Lets the account probe name another studio (F36).
    pub fn account(&self, account: Account) {
        self.vsco.set_account(account);
    }

    /// Changes the book; the id of what was added.
    ///
    /// # Errors
    /// No such record, or a property the vendor would refuse.
    pub fn mutate(&self, mutation: &Mutation) -> Result<Option<Ulid>, MutationError> {
        self.vsco.mutate(mutation)
    }

    /// A record as it is now.
    pub fn record(&self, stream: Stream, id: Ulid) -> Option<Value> {
        self.vsco.record(stream, id)
    }

    /// How many people of the address book have this address.
    pub fn with_email(&self, email: &str) -> usize {
        self.vsco.with_email(email)
    }

    /// Writes that came while another was not answered yet.
    pub fn overlapping(&self) -> usize {
        self.vsco.turns.overlapping()
    }

    /// Requests so far.
    pub fn log(&self) -> Vec<Logged> {
        self.vsco.log.rows()
    }

    /// Requests that reached the second origin, where redirects point.
    pub fn second_log(&self) -> Vec<Logged> {
        self.second_log.rows()
    }

    /// Forgets both logs.
    pub fn reset_log(&self) {
        self.vsco.log.reset();
        self.second_log.reset();
    }

    fn handle(&self, request: &Request) -> Result<Value, String> {
        let path = request.path.strip_prefix("/_control/").unwrap_or_default();
        let parts: Vec<&str> = path.split('/').collect();
        match (request.method.as_str(), parts.as_slice()) {
            ("GET", ["faults"]) => Ok(json!(self.faults())),
            ("POST", ["faults"]) => {
                let order: FaultOrder = read(request)?;
                Ok(json!({ "id": self.fault(order.scope, order.fault) }))
            }
            ("DELETE", ["faults"]) => {
                for rule in self.faults() {
                    self.clear_fault(rule.id);
                }
                Ok(json!({}))
            }
            ("DELETE", ["faults", id]) => match id.parse().is_ok_and(|id| self.clear_fault(id)) {
                true => Ok(json!({})),
                false => Err("no such fault".to_owned()),
            },
            ("POST", ["mutate"]) => {
                let mutation: Mutation = read(request)?;
                self.mutate(&mutation).map(|id| json!({ "id": id })).map_err(|error| error.to_string())
            }
            ("GET", ["log"]) => Ok(json!(self.log())),
            ("GET", ["log", "second"]) => Ok(json!(self.second_log())),
            ("DELETE", ["log"]) => Ok(self.done(Self::reset_log)),
            ("PUT", ["latency"]) => {
                let order: LatencyOrder = read(request)?;
                let millis = Duration::from_millis;
                Ok(self.done(|control| control.latency(millis(order.from_ms), millis(order.to_ms))))
            }
            ("PUT", ["rate-limit"]) => {
                let limit: Option<RateLimit> = read(request)?;
                Ok(self.done(|control| control.rate_limit(limit)))
            }
            ("POST", ["rate-limit", "spend"]) => {
                let order: SpendOrder = read(request)?;
                Ok(self.done(|control| control.spend_quota(order.requests)))
            }
            ("PUT", ["keys"]) => {
                let order: KeyOrder = read(request)?;
                Ok(self.done(|control| control.keys(order.state)))
            }
            ("PUT", ["account"]) => {
                let order: AccountOrder = read(request)?;
                Ok(self.done(|control| control.account(order.account)))
            }
            ("PUT", ["door"]) => {
                let order: DoorOrder = read(request)?;
                match order.state {
                    DoorState::Shut => self.refuse(order.for_ms.map(Duration::from_millis)),
                    DoorState::Open => self.door.reopen(),
                }
                Ok(json!({}))
            }
            ("POST", ["heal"]) => Ok(self.done(Self::heal)),
            ("GET", ["expected"]) => {
                let expected = self.book.expected();
                let totals: serde_json::Map<String, Value> = expected
                    .totals
                    .iter()
                    .map(|(stream, total)| (stream.path().to_owned(), json!(total)))
                    .collect();
                Ok(json!({
                    "parties": expected.parties.len(), "without_job": expected.without_job.len(),
                    "sample_jobs": expected.sample_jobs.len(), "totals": totals,
                }))
            }
            ("PUT", ["honeybook", "switches"]) => {
                let switches: AuthoritySwitches = read(request)?;
                Ok(self.done(|control| control.honeybook.switch(switches)))
            }
            ("POST", ["honeybook", "expire"]) => Ok(self.done(|control| control.honeybook.expire_access())),
            ("POST", ["honeybook", "revoke"]) => Ok(self.done(|control| control.honeybook.revoke_all())),
            ("GET", ["honeybook", "counts"]) => Ok(json!(self.honeybook.counts())),
            ("GET", ["honeybook", "book"]) => Ok(json!(self.honeybook.book())),
            ("GET", ["honeybook", "log"]) => Ok(json!(self.honeybook.log())),
            ("GET", ["google", "contacts"]) => Ok(json!(self.google.contacts())),
            ("GET", ["google", "counts"]) => Ok(json!(self.google.counts())),
            _ => Err("no such switch".to_owned()),
        }
    }

    fn done(&self, act: impl FnOnce(&Self)) -> Value {
        act(self);
        json!({})
    }
}

impl Site for Control {
    fn answer(&self, request: Request) -> Answer {
        let (status, body) = match self.handle(&request) {
            Ok(body) => (200, body),
            Err(reason) => (400, json!({ "error": reason })),
        };
        Response::json(status, body.to_string().into_bytes()).into()
    }
}

#[derive(Deserialize)]
struct FaultOrder {
    #[serde(default)]
    scope: Scope,
    fault: Fault,
}

#[derive(Deserialize)]
struct LatencyOrder {
    from_ms: u64,
    to_ms: u64,
}

#[derive(Deserialize)]
struct SpendOrder {
    requests: u32,
}

#[derive(Deserialize)]
struct KeyOrder {
    state: KeyState,
}

#[derive(Deserialize)]
struct AccountOrder {
    account: Account,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum DoorState {
    Shut,
    Open,
}

#[derive(Deserialize)]
struct DoorOrder {
    state: DoorState,
    for_ms: Option<u64>,
}

fn read<T: DeserializeOwned>(request: &Request) -> Result<T, String> {
    serde_json::from_slice(&request.body).map_err(|error| error.to_string())
}

/// Where redirects point: another origin that answers everything and writes down what it was sent.
#[derive(Debug)]
pub(crate) struct SecondOrigin {
    pub(crate) log: Arc<Log>,
}

impl Site for SecondOrigin {
    fn answer(&self, request: Request) -> Answer {
        let key = request.header("x-api-key").or_else(|| request.header("authorization"));
        let letters: Vec<char> = key.unwrap_or_default().chars().collect();
        self.log.push(Logged {
            seq: 0,
            time_ms: 0,
            method: request.method.clone(),
            path: request.path.clone(),
            query: request.raw_query.clone(),
            status: 200,
            key_last4: key.map(|_| letters[letters.len().saturating_sub(4)..].iter().collect()),
            headers: request.headers.iter().map(|(name, _)| name.clone()).collect(),
            body_bytes: request.body.len(),
            faults: Vec::new(),
        });
        Response::json(200, b"{}".to_vec()).into()
    }
}

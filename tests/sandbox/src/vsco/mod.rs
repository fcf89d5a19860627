//! VSCO Workspace (Tave) as its published API v2 describes it, over the seeded book.
//!
//! Every request passes the same gates in the same order: log, faults that stand before the service, key, quota,
//! service, faults that bend the answer. What the vendor does not document is decided in `reply` and named there.

mod index;
mod list;
mod reply;
mod world;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use serde_json::{Map, Value};

use crate::book::{Book, Dice, Stream, Ulid};
use crate::faults::carried::Turns;
use crate::faults::{Board, Fault, RateLimit, Rule, Scope, Window, carried};
use crate::http::{Answer, Delivery, Request, Response, Site};
use crate::log::{Log, Logged};
use crate::mutate::{Mutation, MutationError};
use world::World;

/// The path all resources lie under.
pub(crate) const BASE: &str = "/api/v2";

/// How a key is treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// As made in the vendor's settings.
    Valid,
    /// Taken back: 401.
    Revoked,
}

/// Whose book the account probe names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Account {
    /// The studio of the book.
    Own,
    /// Another studio (F36).
    Other,
}

#[derive(Debug)]
struct Switches {
    board: Board,
    window: Window,
    keys: KeyState,
    account: Account,
    latency: (u64, u64),
    dice: Dice,
    /// Where `Fault::Redirect` points; empty until known.
    second: String,
    origin: String,
    requests: u64,
}

/// The vendor's service.
#[derive(Debug)]
pub(crate) struct Vsco {
    world: RwLock<World>,
    switches: Mutex<Switches>,
    pub(crate) log: Log,
    pub(crate) turns: Turns,
    pub(crate) read_write_key: String,
    pub(crate) read_only_key: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    ReadWrite,
    ReadOnly,
}

impl Vsco {
    pub(crate) fn new(book: Arc<Book>) -> Self {
        let seed = book.spec().seed;
        let mut dice = Dice::new(seed, 0x0CEA_5E1E);
        // 40 letters each, so that a canary search cannot meet them by chance.
        let mut key = |prefix: &str| {
            format!(
                "{prefix}{}{}",
                Ulid(u128::from(dice.next_u64()) << 64 | u128::from(dice.next_u64())),
                dice.below(1_000_000_000_000)
            )
        };
        let (read_write_key, read_only_key) = (key("vsw_rw_"), key("vsw_ro_"));
        let switches = Switches {
            board: Board::default(),
            window: Window::default(),
            keys: KeyState::Valid,
            account: Account::Own,
            latency: (0, 0),
            dice: Dice::new(seed, 0x01A7),
            second: String::new(),
            origin: String::new(),
            requests: 0,
        };
        Self {
            world: RwLock::new(World::new(book)),
            switches: Mutex::new(switches),
            log: Log::default(),
            turns: Turns::default(),
            read_write_key,
            read_only_key,
        }
    }

    fn switches(&self) -> MutexGuard<'_, Switches> {
        self.switches.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set_origins(&self, own: &str, second: &str) {
        let mut switches = self.switches();
        switches.origin = own.to_owned();
        switches.second = second.to_owned();
    }

    pub(crate) fn switch_on(&self, scope: Scope, fault: Fault) -> u64 {
        self.switches().board.switch_on(scope, fault)
    }

    pub(crate) fn switch_off(&self, id: u64) -> bool {
        self.switches().board.switch_off(id)
    }

    pub(crate) fn rules(&self) -> Vec<Rule> {
        self.switches().board.rules()
    }

    /// Everything well again; the book keeps its changes.
    pub(crate) fn heal(&self) {
        let mut switches = self.switches();
        switches.board.clear();
        switches.window.set(None);
        switches.keys = KeyState::Valid;
        switches.account = Account::Own;
        switches.latency = (0, 0);
    }

    pub(crate) fn set_keys(&self, keys: KeyState) {
        self.switches().keys = keys;
    }

    pub(crate) fn set_account(&self, account: Account) {
        self.switches().account = account;
    }

    pub(crate) fn set_latency(&self, from: Duration, to: Duration) {
        let millis = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        self.switches().latency = (millis(from), millis(to));
    }

    pub(crate) fn set_rate_limit(&self, limit: Option<RateLimit>) {
        self.switches().window.set(limit);
    }

    pub(crate) fn spend_quota(&self, requests: u32) {
        self.switches().window.spend(requests);
    }

    pub(crate) fn quota_refusals(&self) -> u64 {
        self.switches().window.refused()
    }

    pub(crate) fn mutate(&self, mutation: &Mutation) -> Result<Option<Ulid>, MutationError> {
        self.world.write().unwrap_or_else(PoisonError::into_inner).mutate(mutation)
    }

    /// How many people of the address book have this address.
    pub(crate) fn with_email(&self, email: &str) -> usize {
        self.world.read().unwrap_or_else(PoisonError::into_inner).with_email(email)
    }

    pub(crate) fn record(&self, stream: Stream, id: Ulid) -> Option<Value> {
        self.world.read().unwrap_or_else(PoisonError::into_inner).value(stream, id)
    }

    fn decide(&self, request: &Request, path: &str) -> (Response, Vec<Fault>) {
        let faults = self.switches().board.strike(request, path);
        if let Some(response) = self.before(&faults) {
            return (response, faults);
        }
        let access = match self.access(request) {
            Ok(access) => access,
            Err(response) => return (response, faults),
        };
        let taken = self.switches().window.take();
        if let Err(left) = taken {
            let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
            let response = reply::too_many().with("retry-after", seconds.max(1).to_string());
            return (response, faults);
        }
        if faults.contains(&Fault::DeliveredTwice) {
            self.serve(request, path, access, &faults);
        }
        let mut response = self.serve(request, path, access, &faults);
        for fault in &faults {
            match fault {
                Fault::AppliedThenStatus { status } => response = reply::bare(*status),
                Fault::ThenMutate { mutation } => {
                    if let Err(error) = self.mutate(mutation) {
                        tracing::warn!(%error, "the change after this page was not made");
                    }
                }
                _ => {}
            }
        }
        (response, faults)
    }

    /// Faults of things that stand before the service.
    fn before(&self, faults: &[Fault]) -> Option<Response> {
        faults.iter().find_map(|fault| match fault {
            Fault::CaptivePortal => Some(reply::captive_portal()),
            Fault::LoginPage => Some(reply::login_page()),
            Fault::TooMany { retry_after } => Some(reply::limited(*retry_after)),
            Fault::DisguisedLimit { status } => Some(reply::disguised(*status)),
            Fault::Status { status } => Some(reply::bare(*status)),
            Fault::Unauthorized => Some(reply::unauthorized()),
            Fault::Forbidden => Some(reply::forbidden()),
            Fault::Redirect => {
                let target = format!("{}/landing", self.switches().second);
                Some(reply::bare(302).with("location", target))
            }
            _ => None,
        })
    }

    fn access(&self, request: &Request) -> Result<Access, Response> {
        let bearer = || request.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
        let key = request.header("x-api-key").or_else(bearer).unwrap_or_default();
        let revoked = self.switches().keys == KeyState::Revoked;
        if !revoked && key == self.read_write_key {
            Ok(Access::ReadWrite)
        } else if !revoked && key == self.read_only_key {
            Ok(Access::ReadOnly)
        } else {
            Err(reply::unauthorized())
        }
    }

    fn serve(&self, request: &Request, path: &str, access: Access, faults: &[Fault]) -> Response {
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let reads = matches!(request.method.as_str(), "GET" | "HEAD");
        if !reads && access == Access::ReadOnly {
            return reply::read_only_key();
        }
        match (parts.as_slice(), request.method.as_str()) {
            (["studio", "me"], "GET") => self.me(faults),
            (["job", id, "order"], "GET") => {
                self.of_job(request, Stream::Order, id, "joborder-collection", faults)
            }
            (["job", id, "payment"], "GET") => {
                self.of_job(request, Stream::Payment, id, "jobpayment-collection", faults)
            }
            ([name], method) => match Stream::from_path(name) {
                Some(stream) => self.collection(request, stream, method, faults),
                None => reply::not_found(),
            },
            ([name, id], method) => match Stream::from_path(name) {
                Some(stream) => self.single(request, stream, id, method, faults),
                None => reply::not_found(),
            },
            _ => reply::not_found(),
        }
    }

    fn me(&self, faults: &[Fault]) -> Response {
        let world = self.world.read().unwrap_or_else(PoisonError::into_inner);
        let mut me = world.book.studio().me.clone();
        let other = self.switches().account == Account::Other || faults.contains(&Fault::OtherAccount);
        if other && let Value::Object(map) = &mut me {
            let id = Ulid::at(1_600_000_000_000, &mut Dice::new(world.book.spec().seed, 0x07E2));
            map.insert("id".to_owned(), serde_json::json!(id));
            map.insert("name".to_owned(), Value::from("Somebody Else's Studio"));
        }
        let mut body = me.to_string().into_bytes();
        reply::patch(&mut body, faults);
        Response::json(200, body)
    }

    fn collection(&self, request: &Request, stream: Stream, method: &str, faults: &[Fault]) -> Response {
        match method {
            "GET" => {
                let world = self.world.read().unwrap_or_else(PoisonError::into_inner);
                let origin = self.switches().origin.clone();
                list::list(&world, stream, request, faults, &origin).unwrap_or_else(|invalid| invalid)
            }
            "POST" if writable(stream) => {
                let Some(given) = object(&request.body) else {
                    return reply::invalid("body", "is not a JSON object");
                };
                let given = match taken(given, faults) {
                    Ok(given) => given,
                    Err(field) => return reply::invalid(&field, "is not valid"),
                };
                let mut world = self.world.write().unwrap_or_else(PoisonError::into_inner);
                match world.add(stream, given) {
                    Ok(id) => reply::single(201, world.value(stream, id), faults),
                    Err(error) => reply::refused(&error),
                }
            }
            _ => reply::bare(405),
        }
    }

    fn of_job(&self, request: &Request, stream: Stream, job: &str, kind: &str, faults: &[Fault]) -> Response {
        let world = self.world.read().unwrap_or_else(PoisonError::into_inner);
        let origin = self.switches().origin.clone();
        match Ulid::parse(job).filter(|id| world.value(Stream::Job, *id).is_some()) {
            Some(id) => {
                list::of_job(&world, stream, id, kind, request, faults, &origin).unwrap_or_else(|error| error)
            }
            None => reply::not_found(),
        }
    }

    fn single(
        &self,
        request: &Request,
        stream: Stream,
        id: &str,
        method: &str,
        faults: &[Fault],
    ) -> Response {
        match method {
            "GET" => {
                let world = self.world.read().unwrap_or_else(PoisonError::into_inner);
                let origin = self.switches().origin.clone();
                match Ulid::parse(id).and_then(|id| list::single(&world, stream, id, &origin)) {
                    Some(mut body) => {
                        reply::patch(&mut body, faults);
                        Response::json(200, body)
                    }
                    None => reply::not_found(),
                }
            }
            "PUT" if writable(stream) => {
                let Some(given) = object(&request.body) else {
                    return reply::invalid("body", "is not a JSON object");
                };
                let given = match taken(given, faults) {
                    Ok(given) => given,
                    Err(field) => return reply::invalid(&field, "is not valid"),
                };
                let mut world = self.world.write().unwrap_or_else(PoisonError::into_inner);
                match world.set(stream, id, given) {
                    Ok(()) => {
                        reply::single(200, Ulid::parse(id).and_then(|id| world.value(stream, id)), faults)
                    }
                    Err(error) => reply::refused(&error),
                }
            }
            "DELETE" if writable(stream) => {
                let mut world = self.world.write().unwrap_or_else(PoisonError::into_inner);
                match world.delete(stream, id) {
                    Ok(()) => reply::bare(204),
                    Err(error) => reply::refused(&error),
                }
            }
            _ => reply::bare(405),
        }
    }
}

fn writable(stream: Stream) -> bool {
    matches!(stream, Stream::AddressBook | Stream::Job | Stream::JobContact | Stream::Event | Stream::Note)
}

/// What is stored of what was sent; else the property that is refused.
fn taken(given: Map<String, Value>, faults: &[Fault]) -> Result<Map<String, Value>, String> {
    let mut taken = Map::new();
    for (field, value) in given {
        match carried::stored(&field, value, faults) {
            Ok(Some(value)) => drop(taken.insert(field, value)),
            Ok(None) => {}
            Err(()) => return Err(field),
        }
    }
    Ok(taken)
}

fn object(body: &[u8]) -> Option<Map<String, Value>> {
    serde_json::from_slice(body).ok()
}

impl Site for Vsco {
    fn answer(&self, request: Request) -> Answer {
        let (mut response, faults) = match request.path.strip_prefix(BASE) {
            Some(path) => self.decide(&request, path),
            None => (reply::not_found(), Vec::new()),
        };
        let mut delay = {
            let mut switches = self.switches();
            switches.requests += 1;
            let (from, to) = switches.latency;
            let drawn = from + switches.dice.below(to.saturating_sub(from) + 1);
            if to == 0 { 0 } else { drawn }
        };
        let mut delivery = Delivery::Whole;
        for fault in &faults {
            let millis = Duration::from_millis;
            match fault {
                Fault::Reset => delivery = Delivery::Reset,
                Fault::StallThenReset { after, stall_ms } => {
                    delivery = Delivery::StallThenReset { after: *after, stall: millis(*stall_ms) };
                }
                Fault::Unanswered { stall_ms } => {
                    delivery = Delivery::Unanswered { stall: millis(*stall_ms) }
                }
                Fault::Truncated { keep } => delivery = Delivery::Truncated { keep: *keep },
                Fault::WrongLength { by } => delivery = Delivery::WrongLength { by: *by },
                Fault::BrokenGzip => delivery = Delivery::BrokenGzip,
                Fault::Slow { rate } => delivery = Delivery::Slow { rate: *rate },
                Fault::Delay { ms } => delay += ms,
                Fault::CutCleanly { keep } => response.body.truncate(*keep),
                _ => {}
            }
        }
        let silent = matches!(delivery, Delivery::Reset | Delivery::Unanswered { .. });
        let key = request.header("x-api-key").or_else(|| request.header("authorization"));
        self.log.push(Logged {
            seq: 0,
            time_ms: 0,
            method: request.method.clone(),
            path: request.path.clone(),
            query: request.raw_query.clone(),
            status: if silent { 0 } else { response.status },
            key_last4: key.map(last4),
            headers: request.headers.iter().map(|(name, _)| name.clone()).collect(),
            body_bytes: request.body.len(),
            faults: faults.iter().map(Fault::name).collect(),
        });
        let answer = Answer { response, delivery, delay: Duration::from_millis(delay) };
        if !["GET", "HEAD"].contains(&request.method.as_str()) {
            self.turns.taken(&answer);
        }
        answer
    }
}

fn last4(key: &str) -> String {
    let letters: Vec<char> = key.chars().collect();
    letters[letters.len().saturating_sub(4)..].iter().collect()
}

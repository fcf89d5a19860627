//! Writing to a CRM as its definition says: the one implementation of the port.
//!
//! What is sent once is sent a second time only where the CRM knows the operation again, or where looking proved that it made
//! nothing. A change is sent with what proves that nobody else was faster; where a CRM has nothing of that kind, the record is
//! read just before and compared, and the moment between the two is the CRM's own gap. Deliberately absent: which change goes
//! where, repetition, and anything that makes of a reader a writer: it is built apart, of a definition whose writes the person
//! has agreed to as they stand.

mod body;
mod gate;
mod look;
mod tree;
mod values;

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use hub_core::canonical::uuid_v8;
use hub_core::ports::{
    ConnectorError, CrmWrite, CrmWriter, LeaseLeft, LostReply, RateLimit, RetryAdvice, Writable, WriteKind,
    WriteOutcome, WriteWhy, Written,
};
use reqwest::header::{HeaderName, HeaderValue};
use serde_json::value::RawValue;
use url::Url;

use crate::bundle::Standing;
use crate::definition::{
    Idempotency, Offer, Operation, Precondition, ReadBack, RequestKind, Sends, WriteOrder, WriteRule,
};
use crate::http::{HttpClient, HttpFault, HttpParts, MAX_BODY, Reply, Signing, WriteFault, WriteRequest};
use crate::messages;
use crate::read::{Caller, ConnectorParts};
use look::{Looked, Read};
use tree::{Orders, at, scalar};
use values::{Parts, differences, holds, moved, parts};

/// A CRM that is written to as its definition says.
pub struct DefinedWriter {
    rules: Vec<WriteRule>,
    orders: Orders,
    base_url: Url,
    caller: Caller,
    gate: Arc<tokio::sync::Mutex<()>>,
}

/// Why an operation does not go on.
enum Stop {
    Gone,
    Later(Option<u32>, WriteWhy),
    SignIn(WriteWhy),
    /// With the CRM's code and the field that is to blame.
    Refused(WriteWhy, Option<String>, Option<String>),
    Unknown(WriteWhy),
    /// Somebody changed the record.
    Stale,
}

impl Stop {
    /// What a failure without any write means.
    fn of(error: &ConnectorError) -> Stop {
        let why = WriteWhy { message_id: error.message_id, params: error.params.clone() };
        match error.retry {
            RetryAdvice::SignIn => Stop::SignIn(why),
            RetryAdvice::After(seconds) => Stop::Later(Some(seconds), why),
            RetryAdvice::Retry
            | RetryAdvice::WhenOnline
            | RetryAdvice::WhenBack
            | RetryAdvice::WhenSwitchedOn
            | RetryAdvice::ResetPaging => Stop::Later(None, why),
            RetryAdvice::Never => Stop::Refused(why, None, None),
        }
    }
}

/// One request of an operation.
struct Attempt<'a> {
    rule: &'a WriteRule,
    op: &'a CrmWrite,
    parts: &'a Parts,
    read: Option<&'a Read>,
    version: Option<&'a str>,
    lease_left: LeaseLeft<'a>,
}

impl DefinedWriter {
    /// What a person agrees to when they switch writing on for a definition: a digest, which an update of the definition that
    /// changes hosts, signing or writes no longer has (MODEL 8).
    pub fn agreement(definition: &crate::Definition) -> String {
        Standing::of(definition).digest()
    }

    /// Builds the writer of a definition's API. `agreed` is what the person agreed to ([`DefinedWriter::agreement`]).
    ///
    /// # Errors
    /// Where writing is not switched on for the definition as it stands, nothing says how it is written, or its address may not
    /// be reached.
    pub fn new(parts: ConnectorParts, agreed: &str) -> Result<DefinedWriter, ConnectorError> {
        let name = parts.definition.identity.name.clone();
        let refused = || HttpFault::AddressRefused.into_error(&name);
        let not_on = |message_id| ConnectorError {
            message_id,
            params: vec![("provider", name.clone()), ("action", Offer::TryAgain.as_str().to_owned())],
            retry: RetryAdvice::Never,
            source: None,
        };
        let api = parts.definition.routes.api.as_ref().ok_or_else(refused)?;
        if agreed != DefinedWriter::agreement(&parts.definition) {
            return Err(not_on(messages::WRITE_NOT_ON));
        }
        if api.write.is_empty() {
            return Err(not_on(messages::WRITE_NOT_OFFERED));
        }
        let address = parts.base_url.as_ref().or(api.base_url.as_ref()).ok_or_else(refused)?;
        let mut base_url = Url::parse(address).map_err(|_| refused())?;
        if api.auth.names_the_account() {
            base_url.path_segments_mut().map_err(|()| refused())?.pop_if_empty().push(&parts.account);
        }
        let http = HttpClient::new(HttpParts {
            base_url: base_url.clone(),
            // Nothing that writes follows anybody elsewhere.
            hosts: Vec::new(),
            signing: Signing::of(&api.auth).map_err(|fault| fault.into_error(&name))?,
            largest: MAX_BODY,
            credential: parts.credential,
            reach: parts.reach,
            account: parts.account.clone(),
            limits: api
                .limits
                .iter()
                .map(|limit| RateLimit { requests: limit.requests, per_seconds: limit.per_seconds })
                .collect(),
            budget: parts.budget,
            clock: parts.clock,
            pause: parts.pause,
        })
        .map_err(|fault| fault.into_error(&name))?;
        let orders = parts.definition.rows.as_ref().map(|rows| rows.order.clone()).unwrap_or_default();
        Ok(DefinedWriter {
            rules: api.write.clone(),
            orders,
            gate: gate::of(&parts.definition.identity.key, &parts.account),
            caller: Caller::new(http, &name, &api.failure),
            base_url,
        })
    }

    fn rule(&self, op: &CrmWrite) -> Option<&WriteRule> {
        let operation = match op.kind {
            WriteKind::Create => Operation::Create,
            WriteKind::Update => Operation::Update,
            WriteKind::Delete => Operation::Delete,
        };
        self.rules.iter().find(|rule| rule.record == op.record_type && rule.operation == operation)
    }

    async fn carry_out(&self, rule: &WriteRule, op: &CrmWrite, lease_left: LeaseLeft<'_>) -> WriteOutcome {
        let unfit = |unfit: &values::Unfit| WriteOutcome::Refused {
            field: Some(unfit.field.clone()),
            code: None,
            why: values::why(unfit, self.caller.name(), Offer::TryAgain.as_str()),
        };
        let parts = match parts(rule, op) {
            Ok(parts) => parts,
            Err(fault) => return unfit(&fault),
        };
        let done = match op.kind {
            WriteKind::Create => self.create(rule, op, &parts, lease_left).await,
            WriteKind::Update | WriteKind::Delete => self.change(rule, op, &parts, lease_left).await,
        };
        done.unwrap_or_else(|stop| match stop {
            Stop::Gone => WriteOutcome::Gone,
            Stop::Later(after, why) => WriteOutcome::Later { after, why },
            Stop::SignIn(why) => WriteOutcome::SignIn { why },
            Stop::Refused(why, code, field) => WriteOutcome::Refused { field, code, why },
            Stop::Unknown(why) => WriteOutcome::Unknown { id: op.id.clone(), why },
            Stop::Stale => {
                WriteOutcome::Unknown { id: op.id.clone(), why: self.why(messages::WRITE_UNKNOWN) }
            }
        })
    }

    async fn create(
        &self,
        rule: &WriteRule,
        op: &CrmWrite,
        parts: &Parts,
        lease_left: LeaseLeft<'_>,
    ) -> Result<WriteOutcome, Stop> {
        if let (Some(id), Some(read)) = (&op.id, &rule.read) {
            // It is known to be there; what is missing is what is stored.
            let read = self.read_one(rule, read, op, id).await?;
            return Ok(self.written(rule, parts, &read));
        }
        let known_again = rule.idempotency.is_some();
        if op.id.is_some() || op.sent.is_some() && !known_again && rule.lookup.is_none() {
            return Err(Stop::Unknown(self.why(messages::WRITE_LOOK_YOURSELF)));
        }
        if let (Some(lookup), false) = (&rule.lookup, op.sent.is_some() && known_again) {
            match self.look(rule, lookup, op, parts).await? {
                Looked::Nobody => {}
                Looked::Ours(read) => return Ok(self.written(rule, parts, &read)),
                Looked::Others(found) => return Ok(WriteOutcome::Candidates { found }),
                Looked::NotYet(seconds) => {
                    return Err(Stop::Later(Some(seconds), self.why(messages::WRITE_UNKNOWN)));
                }
                // The first time, nothing to look by is no reason to make nobody; after a lost reply it is.
                Looked::Untold if op.sent.is_none() => {}
                Looked::Untold => return Err(Stop::Unknown(self.why(messages::WRITE_LOOK_YOURSELF))),
            }
        }
        let reply = self.send(&Attempt { rule, op, parts, read: None, version: None, lease_left }).await?;
        self.read_back(rule, op, parts, reply).await
    }

    async fn change(
        &self,
        rule: &WriteRule,
        op: &CrmWrite,
        parts: &Parts,
        lease_left: LeaseLeft<'_>,
    ) -> Result<WriteOutcome, Stop> {
        let uncompared = || Stop::Refused(self.why(messages::WRITE_NOT_COMPARED), None, None);
        let (Some(id), Some(read)) = (&op.id, &rule.read) else { return Err(uncompared()) };
        if op.kind == WriteKind::Update && parts.is_empty() {
            return Err(Stop::Refused(self.why(messages::WRITE_NOTHING), None, None));
        }
        let versioned =
            matches!(rule.precondition, Some(Precondition::Header { .. } | Precondition::Body { .. }));
        let blind = versioned && rule.sends == Sends::Changed && op.sent.is_none();
        if let (true, Some(version)) = (blind, &op.version) {
            let attempt = Attempt { rule, op, parts, read: None, version: Some(version), lease_left };
            match self.send(&attempt).await {
                Err(Stop::Stale) => {}
                sent => return self.read_back(rule, op, parts, sent?).await,
            }
        }
        // Twice at most: a version that moved while this was under way is looked at once more.
        for _ in 0..2 {
            let current = self.read_one(rule, read, op, id).await?;
            if op.kind == WriteKind::Update && holds(rule, parts, &current.record) {
                return Ok(self.written(rule, parts, &current));
            }
            match moved(rule, op, &current.record) {
                Some(true) => return Ok(WriteOutcome::Conflict { current: current.record }),
                None => return Err(uncompared()),
                Some(false) => {}
            }
            let version = current.record.version.clone();
            if versioned && version.is_none() {
                return Err(uncompared());
            }
            let attempt =
                Attempt { rule, op, parts, read: Some(&current), version: version.as_deref(), lease_left };
            match self.send(&attempt).await {
                Err(Stop::Stale) => {}
                sent => return self.read_back(rule, op, parts, sent?).await,
            }
        }
        let current = self.read_one(rule, read, op, id).await?;
        Ok(WriteOutcome::Conflict { current: current.record })
    }

    /// Sends one request; an answer that is a success.
    async fn send(&self, attempt: &Attempt<'_>) -> Result<Reply, Stop> {
        let Attempt { rule, op, parts, read, version, lease_left } = *attempt;
        let unmade = |_| Stop::Refused(self.why(messages::WRITE_NOT_OFFERED), None, None);
        let raw: Option<&RawValue> = read.map(|read| read.raw.as_ref());
        let content = body::Content {
            rule,
            parts,
            read: raw.filter(|_| rule.sends != Sends::Changed),
            id: op.id.as_deref(),
            op_id: &op.op_id,
            version,
            orders: &self.orders,
        };
        let path = body::path(&rule.path, op.id.as_deref(), None).map_err(unmade)?;
        // A change that was refused because of one version is another request for the next.
        let key = match version {
            Some(version) => uuid_v8(&[&op.op_id, version]),
            None => op.op_id.clone(),
        };
        let mut url = self.base_url.clone();
        url.set_path(&format!("{}{path}", url.path().trim_end_matches('/')));
        {
            let mut query = url.query_pairs_mut();
            query.extend_pairs(&rule.params);
            if let Some(mask) = &rule.mask {
                query.append_pair(mask, &content.mask());
            }
            if let Some(Idempotency::Query { name }) = &rule.idempotency {
                query.append_pair(name, &key);
            }
        }
        if url.query() == Some("") {
            url.set_query(None);
        }
        let mut headers = Vec::new();
        let mut header = |name: &str, value: &str| -> Result<(), Stop> {
            let name = HeaderName::try_from(name).map_err(|_| unmade(body::Unmade::Shape))?;
            headers.push((name, HeaderValue::from_str(value).map_err(|_| unmade(body::Unmade::Shape))?));
            Ok(())
        };
        if let Some(Idempotency::Header { name }) = &rule.idempotency {
            header(name, &key)?;
        }
        if let (Some(Precondition::Header { name }), Some(version)) = (&rule.precondition, version) {
            header(name, version)?;
        }
        let body = content.body().map_err(unmade)?;
        let request = WriteRequest { method: body::method(rule), url, headers, body };
        let reply = match self.caller.http.send_write(&request, lease_left).await {
            Ok(reply) => reply,
            Err(WriteFault::LeaseShort) => return Err(Stop::Later(None, self.why(messages::WRITE_LEASE))),
            Err(WriteFault::NotSent(fault)) => return Err(self.stopped(fault)),
            Err(WriteFault::InDoubt(fault)) => {
                tracing::info!(error = &fault as &dyn std::error::Error, "a write is in doubt");
                return Err(Stop::Unknown(self.why(messages::WRITE_UNKNOWN)));
            }
        };
        self.answered(rule, op, reply)
    }

    /// What the answer to a write means.
    fn answered(&self, rule: &WriteRule, op: &CrmWrite, reply: Reply) -> Result<Reply, Stop> {
        if !(200..300).contains(&reply.status) {
            if self.says_stale(rule, op, &reply) {
                return Err(Stop::Stale);
            }
            if op.kind != WriteKind::Create && self.says_gone(rule, &reply) {
                return Err(Stop::Gone);
            }
        }
        let (status, body) = (reply.status, reply.body.clone());
        let error = match self.caller.judged_as(RequestKind::Write, reply) {
            Ok(reply) => return Ok(reply),
            Err(error) => error,
        };
        // What is not clearly refused may have been done: a server that fails may fail afterwards (F62), and a page in place of an
        // answer says nothing of it.
        let refused = (400..500).contains(&status) && ![408, 425].contains(&status);
        match Stop::of(&error) {
            _ if !refused => Err(Stop::Unknown(self.why(messages::WRITE_UNKNOWN))),
            Stop::Refused(..) => {
                let (code, field) = self.blame(rule, &body);
                let mut why = self.why(match &field {
                    Some(_) => messages::WRITE_FIELD_REFUSED,
                    None => messages::WRITE_REFUSED,
                });
                why.params.extend(field.clone().map(|field| ("field", field)));
                Err(Stop::Refused(why, code, field))
            }
            stop => Err(stop),
        }
    }

    /// The CRM's code for a refusal, and the field that is to blame.
    fn blame(&self, rule: &WriteRule, body: &[u8]) -> (Option<String>, Option<String>) {
        /// A refusal is short.
        const LONGEST: usize = 16 * 1024;
        let refusal = &rule.refusal;
        let whole = Some(body).filter(|body| body.len() <= LONGEST);
        let Some(whole) = whole.and_then(|body| serde_json::from_slice::<serde_json::Value>(body).ok())
        else {
            return (None, None);
        };
        let list = refusal.list.as_ref().and_then(|path| at(&whole, path, &self.orders)?.as_array());
        let told = |path: &String| {
            let found = list.into_iter().flatten().find_map(|entry| at(entry, path, &self.orders));
            found.or_else(|| at(&whole, path, &self.orders)).and_then(scalar)
        };
        let named = refusal
            .fields
            .as_ref()
            .and_then(|path| at(&whole, path, &self.orders)?.as_object()?.keys().next().cloned());
        let theirs = refusal.field.as_ref().and_then(told).or(named);
        let own = theirs.and_then(|theirs| {
            let is = |path: &str| path == theirs || path.rsplit('.').next() == Some(theirs.as_str());
            rule.fields.iter().find(|(_, place)| is(&place.path)).map(|(name, _)| name.clone())
        });
        (refusal.code.as_ref().and_then(told), own)
    }

    /// What is stored after a write that was acknowledged.
    async fn read_back(
        &self,
        rule: &WriteRule,
        op: &CrmWrite,
        parts: &Parts,
        reply: Reply,
    ) -> Result<WriteOutcome, Stop> {
        let unknown =
            |id: Option<String>| WriteOutcome::Unknown { id, why: self.why(messages::WRITE_UNKNOWN) };
        let text = String::from_utf8_lossy(&reply.body);
        let id = match &rule.read_back {
            ReadBack::Nothing {} => {
                let Some(id) = op.id.clone() else { return Ok(unknown(None)) };
                return Ok(WriteOutcome::Written(Written { id, version: None, differs: Default::default() }));
            }
            ReadBack::Reply { record, id, version } => {
                let Ok(mut stored) = self.read_from(rule, &text, record, id, version.as_deref()) else {
                    return Ok(unknown(op.id.clone()));
                };
                if op.id.as_ref().is_some_and(|id| *id != stored.record.id) {
                    return Ok(unknown(op.id.clone()));
                }
                let asks = rule.read.as_ref().filter(|read| read.version.is_some());
                if let (None, Some(read)) = (&stored.record.version, asks) {
                    // The reply names no version (F56): the record does, or nobody knows it until it is read again.
                    let id = stored.record.id.clone();
                    match self.read_one(rule, read, op, &id).await {
                        Ok(again) => stored = again,
                        Err(_) => tracing::info!("the version after a write is not known yet"),
                    }
                }
                return Ok(self.written(rule, parts, &stored));
            }
            ReadBack::Get { id } => {
                let told = serde_json::from_str::<serde_json::Value>(&text).ok();
                let told = told.and_then(|json| at(&json, id, &self.orders).and_then(scalar));
                told.or_else(|| op.id.clone())
            }
        };
        let (Some(id), Some(read)) = (id, &rule.read) else { return Ok(unknown(op.id.clone())) };
        match self.read_one(rule, read, op, &id).await {
            Ok(stored) => Ok(self.written(rule, parts, &stored)),
            Err(_) => Ok(unknown(Some(id))),
        }
    }

    fn written(&self, rule: &WriteRule, parts: &Parts, stored: &Read) -> WriteOutcome {
        WriteOutcome::Written(Written {
            id: stored.record.id.clone(),
            version: stored.record.version.clone(),
            differs: differences(rule, parts, &stored.shown, &stored.record, &self.orders),
        })
    }

    fn why(&self, message_id: &'static str) -> WriteWhy {
        let offer = Offer::TryAgain.as_str().to_owned();
        WriteWhy { message_id, params: vec![("provider", self.caller.name().to_owned()), ("action", offer)] }
    }

    fn stopped(&self, fault: HttpFault) -> Stop {
        Stop::of(&fault.into_error(self.caller.name()))
    }
}

#[async_trait]
impl CrmWriter for DefinedWriter {
    fn writable(&self) -> Vec<Writable> {
        self.rules
            .iter()
            .filter_map(|rule| {
                let kind = match rule.operation {
                    Operation::Create => WriteKind::Create,
                    Operation::Update => WriteKind::Update,
                    Operation::Delete => WriteKind::Delete,
                    Operation::Read => return None,
                };
                Some(Writable {
                    record_type: rule.record,
                    kind,
                    fields: rule.fields.keys().cloned().collect(),
                    needed: rule.needed.iter().cloned().collect(),
                    clears: rule.empty.is_some(),
                    lost_reply: match (&rule.idempotency, &rule.lookup) {
                        (Some(_), _) => LostReply::SentAgain,
                        (None, Some(_)) => LostReply::LookedFor,
                        // What is there already is read again before it is changed or deleted a second time.
                        (None, None) if kind != WriteKind::Create => LostReply::LookedFor,
                        (None, None) => LostReply::Asked,
                    },
                })
            })
            .collect()
    }

    fn scopes(&self) -> BTreeSet<String> {
        self.rules.iter().flat_map(|rule| rule.scopes.iter().cloned()).collect()
    }

    async fn write(&self, op: &CrmWrite, lease_left: LeaseLeft<'_>) -> WriteOutcome {
        let Some(rule) = self.rule(op) else {
            let why = self.why(messages::WRITE_NOT_OFFERED);
            return WriteOutcome::Refused { field: None, code: None, why };
        };
        match rule.order {
            WriteOrder::Free => self.carry_out(rule, op, lease_left).await,
            WriteOrder::Sequential => {
                let _turn = self.gate.lock().await;
                self.carry_out(rule, op, lease_left).await
            }
        }
    }
}

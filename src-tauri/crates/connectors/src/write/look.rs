//! Reading one record, and looking for one that may be there.

use hub_core::ports::{CrmRecord, CrmWrite, RetryAdvice, WriteKind};
use serde_json::Value as Json;
use serde_json::value::RawValue;

use super::tree::{at, every, scalar};
use super::values::{Parts, holds, record};
use super::{DefinedWriter, Stop, body};
use crate::definition::{LookFirst, Lookup, ReadOne, WriteRule};
use crate::http::Reply;

/// A record as it was read.
pub(super) struct Read {
    pub(super) record: CrmRecord,
    pub(super) raw: Box<RawValue>,
    pub(super) shown: Json,
}

/// What looking for a record found.
pub(super) enum Looked {
    /// Nobody.
    Nobody,
    /// The record that this operation made.
    Ours(Box<Read>),
    /// Records that could be it.
    Others(Vec<CrmRecord>),
    /// What was written might not be found yet; ask again in so many seconds.
    NotYet(u32),
    /// Nothing to look by, or an answer that proves nothing.
    Untold,
}

/// A reply that is no JSON, or holds no record where one is.
#[derive(Debug, thiserror::Error)]
#[error("the reply holds no record")]
struct NoRecord;

impl DefinedWriter {
    /// Reads a record by its id.
    pub(super) async fn read_one(
        &self,
        rule: &WriteRule,
        read: &ReadOne,
        op: &CrmWrite,
        id: &str,
    ) -> Result<Read, Stop> {
        let path = body::path(&read.path, Some(id), op.under.as_deref())
            .map_err(|_| Stop::Refused(self.why(crate::messages::WRITE_NOT_COMPARED), None, None))?;
        let params: Vec<(String, String)> = read.params.clone().into_iter().collect();
        let reply = self.caller.http.get(&path, &params).await.map_err(|fault| self.stopped(fault))?;
        if read.records.is_none() && self.says_gone(rule, &reply) {
            return Err(Stop::Gone);
        }
        let reply = self.caller.judged(reply).map_err(|error| Stop::of(&error))?;
        let text = self.caller.text(reply.body).map_err(|error| Stop::of(&error))?;
        let Some(records) = &read.records else {
            return self
                .read_from(rule, &text, &read.record, &read.id, read.version.as_deref())
                .map_err(|()| self.unreadable());
        };
        let whole: Json = serde_json::from_str(&text).map_err(|_| self.unreadable())?;
        let entries =
            at(&whole, records, &self.orders).and_then(Json::as_array).ok_or_else(|| self.unreadable())?;
        for entry in entries {
            let found =
                self.read_from(rule, &entry.to_string(), &read.record, &read.id, read.version.as_deref());
            if let Ok(found) = found
                && found.record.id == id
            {
                return Ok(found);
            }
        }
        let total =
            read.total.as_ref().and_then(|path| at(&whole, path, &self.orders)).and_then(Json::as_u64);
        if total == u64::try_from(entries.len()).ok() { Err(Stop::Gone) } else { Err(self.unreadable()) }
    }

    /// The record in the text of a reply.
    pub(super) fn read_from(
        &self,
        rule: &WriteRule,
        text: &str,
        holder: &str,
        id: &str,
        version: Option<&str>,
    ) -> Result<Read, ()> {
        let mut raw: &RawValue = serde_json::from_str(text).map_err(|_| ())?;
        for step in holder.split('.').filter(|step| !step.is_empty()) {
            let members: std::collections::BTreeMap<String, &RawValue> =
                serde_json::from_str(raw.get()).map_err(|_| ())?;
            raw = members.get(step).copied().ok_or(())?;
        }
        let shown: Json = serde_json::from_str(raw.get()).map_err(|_| ())?;
        let record = record(rule, &shown, id, version, &self.orders).ok_or(())?;
        Ok(Read { record, raw: raw.to_owned(), shown })
    }

    /// Looks for a record that is to be made, or that a lost reply may have made.
    pub(super) async fn look(
        &self,
        rule: &WriteRule,
        lookup: &Lookup,
        op: &CrmWrite,
        parts: &Parts,
    ) -> Result<Looked, Stop> {
        let by = lookup.by.iter().find_map(|name| Some((name, parts.get(name)?.as_ref()?)));
        let Some((name, part)) = by else { return Ok(Looked::Untold) };
        let (Some(place), Some(wanted)) = (rule.fields.get(name), scalar(&part.theirs)) else {
            return Ok(Looked::Untold);
        };
        let ask = |value: &str| {
            let mut params: Vec<(String, String)> = lookup.params.clone().into_iter().collect();
            params.push((lookup.param.clone(), value.to_owned()));
            params
        };
        if lookup.first == LookFirst::Empty {
            self.caller.get(&lookup.path, &ask("")).await.map_err(|error| Stop::of(&error))?;
        }
        let reply = self.caller.get(&lookup.path, &ask(&wanted)).await.map_err(|error| Stop::of(&error))?;
        let text = self.caller.text(reply.body).map_err(|error| Stop::of(&error))?;
        let whole: Json = serde_json::from_str(&text).map_err(|_| self.unreadable())?;
        let entries = match at(&whole, &lookup.records, &self.orders) {
            Some(Json::Array(entries)) => entries.as_slice(),
            Some(_) => return Err(self.unreadable()),
            None => &[],
        };
        let (mut ours, mut others) = (Vec::new(), Vec::new());
        for entry in entries {
            let read = self
                .read_from(rule, &entry.to_string(), &lookup.record, &lookup.id, lookup.version.as_deref())
                .map_err(|()| self.unreadable())?;
            let marked = lookup.mark.as_ref().is_some_and(|path| {
                every(&read.shown, path).into_iter().any(|mark| mark.as_str() == Some(op.op_id.as_str()))
            });
            let alike = || {
                every(&read.shown, &place.back)
                    .into_iter()
                    .filter_map(scalar)
                    .any(|held| is_alike(&held, &wanted))
            };
            if marked {
                ours.push(read);
            } else if alike() && !op.others.contains(&read.record.id) {
                others.push(read);
            }
        }
        // Without a mark a single record that holds all that was sent is the one that was made: before it was sent there was none.
        if lookup.mark.is_none()
            && op.sent.is_some()
            && others.len() == 1
            && others.iter().all(|read| holds(rule, parts, &read.record))
        {
            ours = std::mem::take(&mut others);
        }
        let found: Vec<CrmRecord> = ours.iter().chain(&others).map(|read| read.record.clone()).collect();
        if ours.len() == 1
            && let Some(read) = ours.pop()
        {
            return Ok(Looked::Ours(Box::new(read)));
        }
        if !found.is_empty() {
            return Ok(Looked::Others(found));
        }
        let count = u64::try_from(entries.len()).unwrap_or(u64::MAX);
        let total =
            lookup.total.as_ref().and_then(|path| at(&whole, path, &self.orders)).and_then(Json::as_u64);
        let all = match (total, lookup.most) {
            (Some(total), _) => total == count,
            (None, Some(most)) => lookup.total.is_none() && count < u64::from(most),
            (None, None) => false,
        };
        if !all {
            return Ok(Looked::Untold);
        }
        if let Some(sent) = op.sent {
            let passed = self.caller.http.now().as_second().saturating_sub(sent.as_second());
            let left = i64::from(lookup.settles_after_seconds).saturating_sub(passed);
            if let Ok(left @ 1..) = u32::try_from(left) {
                return Ok(Looked::NotYet(left.min(lookup.settles_after_seconds)));
            }
        }
        Ok(Looked::Nobody)
    }

    /// Whether an answer says that the record is not there any more.
    pub(super) fn says_gone(&self, rule: &WriteRule, reply: &Reply) -> bool {
        reply.status == 410
            || rule.gone.iter().any(|answer| self.caller.answers(&answer.status, answer.body.as_ref(), reply))
    }

    /// Whether an answer says that the record was changed meanwhile.
    pub(super) fn says_stale(&self, rule: &WriteRule, op: &CrmWrite, reply: &Reply) -> bool {
        let usual = reply.status == 412 || reply.status == 409 && op.kind != WriteKind::Create;
        usual
            || rule
                .stale
                .iter()
                .any(|answer| self.caller.answers(&answer.status, answer.body.as_ref(), reply))
    }

    fn unreadable(&self) -> Stop {
        let error = self.caller.unreadable(NoRecord);
        debug_assert_eq!(error.retry, RetryAdvice::Retry, "read again");
        Stop::of(&error)
    }
}

/// Whether two texts are the same address or number.
fn is_alike(held: &str, wanted: &str) -> bool {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let (one, other) = (digits(held), digits(wanted));
    // National and international notation end the same.
    let tails = one.len() >= 9 && other.len() >= 9 && {
        let tail = |text: &str| text[text.len() - 9..].to_owned();
        tail(&one) == tail(&other)
    };
    held.trim().to_lowercase() == wanted.trim().to_lowercase() || !wanted.contains('@') && tails
}

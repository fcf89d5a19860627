//! Reading a list by what changed, from a token that its end gave (SYNC-LAW 3, 6, 27, 28; F28).
//!
//! What a token stands for only the CRM knows, so that nothing is made of it but the next request. Every request of a
//! reading has the same parameters, those of the whole list and the token; the pages in between prove themselves as those of
//! the whole list do, and an end without another token is none. A list that cannot be read so is read whole.
//!
//! Some CRMs have no tokens and take an instant of their own clock, in a request of its own (change data capture): then what
//! that clock said with the first page is the token. This computer's clock never takes part (SYNC-LAW 25).

use std::borrow::Cow;
use std::collections::BTreeMap;

use hub_core::canonical::hash_json;
use hub_core::ports::{ChangeReading, ChangeWay, ChangedPage, ConnectorError, RetryAdvice};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};

use super::connector::{ListConnector, NoId, Shape};
use super::pages::{self, Facts, ListCursor, Verdict};
use super::reply::scalars;
use crate::definition::{BesideList, Empty, ListPages, ListRead, SyncToken};
use crate::messages;
use crate::read::paging::ListFault;

/// Longest token that is kept, in bytes.
const LONGEST: usize = 8 * 1024;
/// Seconds of a day.
pub(super) const DAY: u32 = 24 * 60 * 60;

/// How a request of its own that tells what changed goes on: it does not.
static AT_ONCE: ListPages = ListPages::Whole {};

/// What a page is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Asking<'a> {
    /// A look: whose account, how many, a preview.
    Look,
    /// The whole list.
    Whole,
    /// What changed since this token was given.
    Since(&'a str),
    /// The list in the order of its changes.
    Newest,
}

impl<'a> Asking<'a> {
    /// How the main list is asked for it.
    pub(super) fn shape(self, list: &'a ListRead) -> Shape<'a> {
        let token = list.sync_token.as_ref();
        let over = match (self, token) {
            (Asking::Look, _) => Some(&list.look),
            (Asking::Newest, _) => list.newest_first.as_ref().map(|newest| &newest.params),
            (Asking::Whole | Asking::Since(_), token) => token.map(|token| &token.ask),
        };
        let whole = Shape {
            path: Cow::Borrowed(&list.path),
            named: None,
            params: Cow::Borrowed(&list.params),
            records: &list.records,
            total: list.total.as_deref(),
            pages: &list.pages,
            token: token.map(|token| token.next.as_str()),
            empty: list.empty,
        };
        self.of_token(whole.with(over), token)
    }

    /// How a list beside the main one is asked for it.
    pub(super) fn shape_beside(self, list: &'a BesideList) -> Shape<'a> {
        let token = list.sync_token.as_ref();
        let over = match self {
            Asking::Look | Asking::Newest => None,
            Asking::Whole | Asking::Since(_) => token.map(|token| &token.ask),
        };
        self.of_token(Shape::beside(list).with(over), token)
    }

    /// The same, from a token on.
    fn of_token(self, shape: Shape<'a>, token: Option<&'a SyncToken>) -> Shape<'a> {
        let (Asking::Since(since), Some(token)) = (self, token) else { return shape };
        let mut shape = match &token.at {
            None => shape,
            Some(at) => Shape {
                path: Cow::Borrowed(&at.path),
                named: None,
                params: Cow::Borrowed(&at.params),
                records: &at.records,
                total: None,
                pages: &AT_ONCE,
                token: Some(&token.next),
                empty: Empty::LeftOut,
            },
        };
        shape.params.to_mut().insert(token.param.clone(), since.to_owned());
        shape
    }
}

impl<'a> Shape<'a> {
    /// The same with these parameters in place of those of the same name.
    fn with(mut self, over: Option<&'a BTreeMap<String, String>>) -> Shape<'a> {
        if let Some(over) = over.filter(|over| !over.is_empty() && **over != *self.params) {
            self.params.to_mut().extend(over.iter().map(|(name, value)| (name.clone(), value.clone())));
        }
        self
    }
}

/// Whether a token is one that can be kept and shown again.
pub(super) fn usable(token: &str) -> bool {
    !token.is_empty() && token.len() <= LONGEST
}

/// The token with which the next reading begins, after a page that said this one.
pub(super) fn further(token: &SyncToken, cursor: &ListCursor, said: Option<String>) -> Option<String> {
    let Some(lookback) = token.lookback_seconds else { return said.filter(|said| usable(said)) };
    let began: Timestamp = cursor.began.clone().or(said)?.parse().ok()?;
    began.checked_sub(SignedDuration::from_secs(i64::from(lookback))).ok().map(|from| from.to_string())
}

/// What a page said of the CRM's clock, for the cursor of the next one.
pub(super) fn began(token: Option<&SyncToken>, cursor: &ListCursor, said: Option<&String>) -> Option<String> {
    token.and_then(|token| token.lookback_seconds)?;
    cursor.began.clone().or_else(|| said.cloned())
}

impl ListConnector {
    /// The list of this name beside the main one; nothing where it is the main one.
    fn beside(&self, stream: &str) -> Option<&BesideList> {
        self.list.beside.iter().find(|beside| beside.name == stream)
    }

    /// How a list is read by what changed, where its end gives a token.
    pub(super) fn changes_by_token(&self, stream: &str) -> Option<ChangeReading> {
        let (token, path, params) = match self.beside(stream) {
            Some(beside) => (beside.sync_token.as_ref()?, &beside.path, &beside.params),
            None => (self.list.sync_token.as_ref()?, &self.list.path, &self.list.params),
        };
        let mut asked = json!({"path": path, "params": params, "ask": token.ask});
        if let Some(at) = &token.at {
            asked["at"] = json!({"path": at.path, "params": at.params});
        }
        Some(ChangeReading {
            way: ChangeWay::Token,
            whole_after_seconds: token.whole_after_days.saturating_mul(DAY),
            version: self.definition.version,
            asked: Some(hash_json(&asked)),
        })
    }

    /// One page of what changed in a list since a token.
    pub(super) async fn changed_since(
        &self,
        stream: &str,
        since: &str,
        cursor: Option<&Json>,
    ) -> Result<ChangedPage, ConnectorError> {
        let fault = |fault: ListFault| self.fault_of(stream, fault);
        let beside = self.beside(stream);
        let (token, pages) = match beside {
            Some(beside) => (beside.sync_token.as_ref(), &beside.pages),
            None => (self.list.sync_token.as_ref(), &self.list.pages),
        };
        let token = token.ok_or_else(|| fault(ListFault::NoToken))?;
        let pages = if token.at.is_some() { &AT_ONCE } else { pages };
        let cursor: ListCursor = match cursor {
            None => ListCursor::start(pages).of_day(self.day()),
            Some(json) => serde_json::from_value(json.clone()).map_err(|_| fault(ListFault::WrongPage))?,
        };
        let asked = match beside {
            Some(beside) => self.ask_beside(beside, Asking::Since(since), &cursor.at).await,
            None => self.ask(Asking::Since(since), &cursor.at, cursor.day).await,
        };
        let page = asked.map_err(|mut error| {
            // Refused in words that nobody wrote down: whether it was the token, the whole list shows.
            if [messages::NOT_FOUND, messages::REQUEST_REFUSED].contains(&error.message_id) {
                error.retry = RetryAdvice::ResetPaging;
            }
            error
        })?;
        let told = page.records.len() + page.gone.len();
        if token.at.as_ref().is_some_and(|at| told >= at.most as usize) {
            return Err(fault(ListFault::TooMany));
        }
        // How long the whole list is, is another question: some say here how many changed.
        let facts = Facts { ids: page.ids(), total: None, next: page.next.clone() };
        let verdict = pages::judge(pages, &cursor, facts).map_err(fault)?;
        let (next, token) = match verdict {
            Verdict::More(next) => {
                let began = began(Some(token), &cursor, page.token.as_ref());
                (Some(self.stored(&next.begun(began))?), None)
            }
            Verdict::End => {
                let further = further(token, &cursor, page.token);
                (None, Some(further.ok_or_else(|| fault(ListFault::NoToken))?))
            }
        };
        let left_out = beside.map_or(&self.list.leave_out, |beside| &beside.leave_out);
        let mut records = Vec::with_capacity(page.records.len());
        for record in self.kept(left_out, page.records)? {
            match beside {
                Some(_) => records.push(record),
                None => records.extend(self.with_nested(record).await?),
            }
        }
        Ok(ChangedPage { records, gone: page.gone, next, total: None, token })
    }

    /// The id of a record of a list that is said to be deleted.
    pub(super) fn buried(
        &self,
        token: Option<&SyncToken>,
        id: &str,
        raw: &str,
    ) -> Result<Option<String>, ConnectorError> {
        let Some(token) = token else { return Ok(None) };
        let told = [Some(id), Some(token.deleted.path.as_str())];
        let [id, mark] = scalars(raw, told).map_err(|error| self.caller.unreadable(error))?;
        if mark.as_deref() != Some(token.deleted.is.as_str()) {
            return Ok(None);
        }
        id.filter(|id| !id.is_empty()).map(Some).ok_or_else(|| self.caller.unreadable(NoId))
    }
}

//! Reading a list by what changed, from a token that its end gave (SYNC-LAW 3, 6, 27, 28; F28).
//!
//! What a token stands for only the CRM knows, so that nothing is made of it but the next request. Every request of a
//! reading has the same parameters, those of the whole list and the token; the pages in between prove themselves as those of
//! the whole list do, and an end without another token is none. A list that cannot be read so is read whole.

use std::borrow::Cow;
use std::collections::BTreeMap;

use hub_core::canonical::hash_json;
use hub_core::ports::{ChangeReading, ChangeWay, ChangedPage, ConnectorError, RetryAdvice};
use serde_json::{Value as Json, json};

use super::connector::{ListConnector, NoId, Shape};
use super::pages::{self, Facts, ListCursor, Verdict};
use super::reply::scalars;
use crate::definition::ListRead;
use crate::messages;
use crate::read::paging::ListFault;

/// Longest token that is kept, in bytes.
const LONGEST: usize = 8 * 1024;
/// Seconds of a day.
pub(super) const DAY: u32 = 24 * 60 * 60;

/// What a page is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Asking<'a> {
    /// A look: whose account, how many, a preview.
    Look,
    /// The whole list.
    Whole,
    /// What changed since this token was given.
    Since(&'a str),
}

impl<'a> Asking<'a> {
    /// How the list is asked for it.
    pub(super) fn shape(self, list: &'a ListRead) -> Shape<'a> {
        let (over, since): (&BTreeMap<String, String>, Option<&str>) = match (self, &list.sync_token) {
            (Asking::Look, _) => (&list.look, None),
            (Asking::Whole, Some(token)) => (&token.ask, None),
            (Asking::Since(since), Some(token)) => (&token.ask, Some(since)),
            (Asking::Whole | Asking::Since(_), None) => (&list.params, None),
        };
        let mut params = Cow::Borrowed(&list.params);
        if !over.is_empty() && over != &list.params {
            params.to_mut().extend(over.iter().map(|(name, value)| (name.clone(), value.clone())));
        }
        if let (Some(since), Some(token)) = (since, &list.sync_token) {
            params.to_mut().insert(token.param.clone(), since.to_owned());
        }
        Shape {
            path: Cow::Borrowed(&list.path),
            named: None,
            params,
            records: &list.records,
            total: list.total.as_deref(),
            pages: &list.pages,
            token: list.sync_token.as_ref().map(|token| token.next.as_str()),
            empty: list.empty,
        }
    }
}

/// Whether a token is one that can be kept and shown again.
pub(super) fn usable(token: &str) -> bool {
    !token.is_empty() && token.len() <= LONGEST
}

impl ListConnector {
    /// How the list is read by what changed, where its end gives a token.
    pub(super) fn changes_by_token(&self) -> Option<ChangeReading> {
        let token = self.list.sync_token.as_ref()?;
        let asked = json!({"path": self.list.path, "params": self.list.params, "ask": token.ask});
        Some(ChangeReading {
            way: ChangeWay::Token,
            whole_after_seconds: token.whole_after_days.saturating_mul(DAY),
            version: self.definition.version,
            asked: Some(hash_json(&asked)),
        })
    }

    /// One page of what changed since a token.
    pub(super) async fn changed_since(
        &self,
        token: &str,
        cursor: Option<&Json>,
    ) -> Result<ChangedPage, ConnectorError> {
        let cursor: ListCursor = match cursor {
            None => ListCursor::start(&self.list.pages).of_day(self.day()),
            Some(json) => {
                serde_json::from_value(json.clone()).map_err(|_| self.list_fault(ListFault::WrongPage))?
            }
        };
        let page = self.ask(Asking::Since(token), &cursor.at, cursor.day).await.map_err(|mut error| {
            // Refused in words that nobody wrote down: whether it was the token, the whole list shows.
            if [messages::NOT_FOUND, messages::REQUEST_REFUSED].contains(&error.message_id) {
                error.retry = RetryAdvice::ResetPaging;
            }
            error
        })?;
        // How long the whole list is, is another question: some say here how many changed.
        let facts = Facts { ids: page.ids(), total: None, next: page.next.clone() };
        let verdict =
            pages::judge(&self.list.pages, &cursor, facts).map_err(|fault| self.list_fault(fault))?;
        let (next, token) = match verdict {
            Verdict::More(next) => (Some(self.stored(&next)?), None),
            Verdict::End => {
                let token = page.token.filter(|token| usable(token));
                (None, Some(token.ok_or_else(|| self.list_fault(ListFault::NoToken))?))
            }
        };
        let mut records = Vec::with_capacity(page.records.len());
        for record in page.records {
            records.extend(self.with_nested(record).await?);
        }
        Ok(ChangedPage { records, gone: page.gone, next, total: None, token })
    }

    /// The id of a record that is said to be deleted.
    pub(super) fn buried(&self, raw: &str) -> Result<Option<String>, ConnectorError> {
        let Some(token) = &self.list.sync_token else { return Ok(None) };
        let told = [Some(self.list.id.as_str()), Some(token.deleted.path.as_str())];
        let [id, mark] = scalars(raw, told).map_err(|error| self.caller.unreadable(error))?;
        if mark.as_deref() != Some(token.deleted.is.as_str()) {
            return Ok(None);
        }
        id.filter(|id| !id.is_empty()).map(Some).ok_or_else(|| self.caller.unreadable(NoId))
    }
}

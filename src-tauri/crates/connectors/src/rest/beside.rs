//! Lists beside the main one: each a stream of its own, read page by page and proved to its end like every list; and the
//! request that says whose lists they are.

use std::borrow::Cow;
use std::slice;

use hub_core::malformed::Malformed;
use hub_core::ports::{AccountInfo, ConnectorError, Page, RawRecord};
use jiff::Span;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::Value as Json;
use serde_json::value::RawValue;

use super::connector::{Entries, ListConnector, ListPage, Shape};
use super::flat::cells;
use super::pages::{self, At, Facts, ListCursor, Verdict};
use super::reply::scalars;
use super::token::{Asking, began, further};
use crate::definition::{BesideList, ListAccount, ListPages};
use crate::read::paging::ListFault;

/// A reply that does not say whose list it is.
#[derive(Debug, thiserror::Error)]
#[error("the reply names no account")]
struct NoAccount;

impl<'a> Shape<'a> {
    pub(super) fn beside(list: &'a BesideList) -> Shape<'a> {
        Shape {
            path: Cow::Borrowed(&list.path),
            named: None,
            params: Cow::Borrowed(&list.params),
            records: &list.records,
            total: list.total.as_deref(),
            pages: &list.pages,
            token: list.sync_token.as_ref().map(|token| token.next.as_str()),
            empty: list.empty,
        }
    }
}

impl ListConnector {
    /// The main list, with what its parameters take of the account and of the day.
    pub(super) async fn main_shape<'a>(
        &'a self,
        asking: Asking<'a>,
        day: Option<Date>,
    ) -> Result<Shape<'a>, ConnectorError> {
        let mut shape = asking.shape(&self.list);
        if let Some(asked) = &self.list.account
            && let Some(param) = &asked.param
        {
            let id = match self.whose_id.get() {
                Some(id) => id.clone(),
                None => self.asked_account(asked).await?.account_id,
            };
            shape.params.to_mut().insert(param.clone(), id);
        }
        if let (Some(window), Some(day)) = (&self.list.window, day) {
            let edge = |days: i64| {
                let day = day.saturating_add(Span::new().try_days(days).unwrap_or_default());
                format!("{day}T00:00:00Z")
            };
            let params = shape.params.to_mut();
            params.insert(window.from.clone(), edge(-i64::from(window.days_before)));
            params.insert(window.to.clone(), edge(i64::from(window.days_after)));
        }
        Ok(shape)
    }

    /// How many rows a list has, where a statement of its own says it: asked before its first page.
    pub(super) async fn counted(&self, list: &Shape<'_>, at: &At) -> Result<Option<u64>, ConnectorError> {
        let (ListPages::Query { param, count: Some(statement), .. }, At::Skip(0)) = (list.pages, at) else {
            return Ok(None);
        };
        let own = list.params.iter().map(|(name, value)| {
            (name.clone(), if name == param { statement.clone() } else { value.clone() })
        });
        let reply = self.caller.get(&list.path, &own.collect::<Vec<_>>()).await?;
        let text = self.caller.text(reply.body)?;
        let [total] = scalars(&text, [list.total]).map_err(|error| self.caller.unreadable(error))?;
        Ok(total.and_then(|total| total.parse().ok()))
    }

    /// The day that a reading which begins now is of.
    pub(super) fn day(&self) -> Option<Date> {
        self.list.window.as_ref().map(|_| self.caller.http.now().to_zoned(TimeZone::UTC).date())
    }

    /// One page of a list beside the main one.
    pub(super) async fn page_beside(
        &self,
        list: &BesideList,
        cursor: Option<&Json>,
    ) -> Result<Page, ConnectorError> {
        let fault = |fault: ListFault| self.fault_of(&list.name, fault);
        let cursor: ListCursor = match cursor {
            None => ListCursor::start(&list.pages),
            Some(json) => serde_json::from_value(json.clone()).map_err(|_| fault(ListFault::WrongPage))?,
        };
        let counted = self.counted(&Shape::beside(list), &cursor.at).await?;
        let page = match self.ask_beside(list, Asking::Whole, &cursor.at).await {
            Ok(page) => page,
            Err(error) if cursor.is_over(&error) => {
                return Ok(Page { total: cursor.total, ..Page::default() });
            }
            Err(error) => return Err(error),
        };
        let total = page.total.or(counted);
        let facts = Facts { ids: page.ids(), total, next: page.next.clone() };
        let verdict = pages::judge(&list.pages, &cursor, facts).map_err(fault)?;
        let of = list.sync_token.as_ref();
        let (next, token) = match verdict {
            Verdict::More(next) => {
                let began = began(of, &cursor, page.token.as_ref());
                (Some(self.stored(&next.begun(began))?), None)
            }
            Verdict::End => (None, of.and_then(|of| further(of, &cursor, page.token))),
        };
        let records = self.kept(&list.leave_out, page.records)?;
        Ok(Page { records, gone: page.gone, next, total, token })
    }

    /// Asks for a page of a list beside the main one.
    pub(super) async fn ask_beside(
        &self,
        list: &BesideList,
        asking: Asking<'_>,
        at: &At,
    ) -> Result<ListPage, ConnectorError> {
        let Entries { items, total, next, token } = self.ask_list(&asking.shape_beside(list), at).await?;
        if self.is_site() {
            self.laid_out(&list.needed, list.total.is_some(), &items, total)?;
            // A few may be of clients who were deleted; a whole page of nobody's is laid out differently.
            if list.pages.rows().is_some_and(|rows| items.len() >= rows as usize) {
                self.laid_out(slice::from_ref(&list.parent), false, &items, None)?;
            }
        }
        let (mut kept, mut gone) = (Vec::with_capacity(items.len()), Vec::new());
        for item in items {
            match self.buried(list.sync_token.as_ref(), &list.id, item.get())? {
                Some(id) => gone.push(id),
                None => kept.push(item),
            }
        }
        Ok(ListPage { records: self.records_beside(list, &kept)?, gone, total, next, token })
    }

    /// The first page of a list beside the main one, for whoever looks before connecting.
    pub(super) async fn first_beside(&self, list: &BesideList) -> Result<Vec<RawRecord>, ConnectorError> {
        let page = self.ask_beside(list, Asking::Whole, &ListCursor::start(&list.pages).at).await?;
        self.kept(&list.leave_out, page.records)
    }

    fn records_beside(
        &self,
        list: &BesideList,
        items: &[Box<RawValue>],
    ) -> Result<Vec<RawRecord>, ConnectorError> {
        let told = [Some(list.id.as_str()), list.version.as_deref(), Some(list.parent.as_str())];
        let record = |item: &RawValue| {
            let [id, version, parent] =
                scalars(item.get(), told).map_err(|error| self.caller.unreadable(error))?;
            let id = id.filter(|id| !id.is_empty()).ok_or_else(|| self.nameless())?;
            let parents = [parent.filter(|parent| !parent.is_empty()), None];
            Ok(RawRecord { id, raw: item.get().to_owned(), version, parents })
        };
        items.iter().map(|item| record(item)).collect()
    }

    /// Whose lists these are, by a request of its own.
    pub(super) async fn asked_account(&self, asked: &ListAccount) -> Result<AccountInfo, ConnectorError> {
        let query: Vec<(String, String)> =
            asked.params.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        let reply = self.caller.get(&asked.path, &query).await?;
        let text = self.caller.text(reply.body)?;
        let json: Json =
            serde_json::from_str(&text).map_err(|error| self.caller.unreadable(Malformed::from(error)))?;
        let told = cells(&json);
        let value = |path: &str| told.iter().find(|(at, _)| at == path).map(|(_, text)| text.clone());
        let none = || self.caller.unreadable(NoAccount);
        let account_id = match &asked.id {
            Some(path) => value(path).ok_or_else(none)?,
            // The sign-in named it, and the reply shows that it opens.
            None => self.account.clone(),
        };
        let name = value(&asked.name).ok_or_else(none)?;
        // Told once: a connector is of one account.
        let _ = self.whose_id.set(account_id.clone());
        self.caller.http.count_for(&account_id, 1);
        if let Some(known) = self.known.as_ref().filter(|known| known.account_id == account_id) {
            return Ok(known.clone());
        }
        Ok(AccountInfo {
            account_id,
            name,
            time_zone: asked.time_zone.as_deref().and_then(value),
            currency: None,
            country: asked.country.as_deref().and_then(value),
            readable: self.list_names(),
        })
    }
}

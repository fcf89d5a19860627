//! Asking for the pages of a list, and what the first of them make of whoever is in it.

use hub_core::party::NoLinks;
use hub_core::ports::{ConnectorError, PartyDocument, RawRecord, RetryAdvice};
use jiff::civil::Date;
use url::Url;

use super::connector::{Entries, ListConnector, ListPage, NoId, Shape};
use super::link::next_link;
use super::newest::instant;
use super::pages::{At, ListCursor};
use super::reply::{Parts, Paths, ReplyFault, scalars, taken_apart};
use super::rows;
use super::token::Asking;
use crate::assemble::{MemoryRaw, parse};
use crate::definition::{ListPages, Only};
use crate::http::Reply;
use crate::read::paging::ListFault;

impl ListConnector {
    /// Asks for a page.
    pub(super) async fn ask(
        &self,
        asking: Asking<'_>,
        at: &At,
        day: Option<Date>,
    ) -> Result<ListPage, ConnectorError> {
        let entries = match &self.paged {
            None => self.ask_list(&self.main_shape(asking, day).await?, at).await?,
            Some(paged) => self.ask_page(paged, at).await?,
        };
        let Entries { items, total, next, token } = entries;
        if self.paged.is_none() && self.is_site() {
            self.laid_out(&self.list.needed, self.list.total.is_some(), &items, total)?;
        }
        let (mut records, mut gone) = (Vec::with_capacity(items.len()), Vec::new());
        for item in &items {
            match self.buried(self.list.sync_token.as_ref(), &self.list.id, item.get())? {
                Some(id) => gone.push(id),
                None => records.push(self.record(item.get())?),
            }
        }
        Ok(ListPage { records, gone, total, next, token })
    }

    /// Looks at the first page: what costs least.
    pub(super) async fn look(&self) -> Result<ListPage, ConnectorError> {
        self.ask(Asking::Look, &ListCursor::start(&self.list.pages).at, self.day()).await
    }

    /// A page of any list: its entries as they came, how many there are in all, and where the next page is.
    pub(super) async fn ask_list(&self, list: &Shape<'_>, at: &At) -> Result<Entries, ConnectorError> {
        let mut query: Vec<(String, String)> =
            list.params.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        let sized = |query: &mut Vec<(String, String)>, size: &Option<String>, rows: &Option<u32>| {
            if let (Some(size), Some(rows)) = (size, rows) {
                query.push((size.clone(), rows.to_string()));
            }
        };
        match (list.pages, at) {
            (ListPages::Query { param, start, size, rows, .. }, At::Skip(rows_before)) => {
                for (_, statement) in query.iter_mut().filter(|(name, _)| name == param) {
                    // Rows are counted from 1 here.
                    let first = rows_before.saturating_add(1);
                    statement.push_str(&format!(" {start} {first} {size} {rows}"));
                }
            }
            (ListPages::Page { number, size, rows, .. }, At::Page(page)) => {
                query.push((number.clone(), page.to_string()));
                sized(&mut query, size, rows);
            }
            (ListPages::Offset { skip, size, rows }, At::Skip(rows_before)) => {
                query.push((skip.clone(), rows_before.to_string()));
                sized(&mut query, size, rows);
            }
            (ListPages::Cursor { param, .. }, At::Token(token)) => query.push((param.clone(), token.clone())),
            (ListPages::NextUrl { .. } | ListPages::Link {}, At::Url(url)) => {
                let url = Url::parse(url).map_err(|_| self.list_fault(ListFault::WrongPage))?;
                return self.entries_of(list, self.caller.get_named(url).await?);
            }
            (_, At::Start) => {}
            // A checkpoint of another definition: the list is begun again, never continued by guess.
            _ => return Err(self.list_fault(ListFault::WrongPage)),
        }
        let reply = match &list.named {
            None => self.caller.get(&list.path, &query).await?,
            Some(url) => {
                let mut url = url.clone();
                if !query.is_empty() {
                    url.query_pairs_mut().extend_pairs(&query);
                }
                self.caller.get_named(url).await?
            }
        };
        self.entries_of(list, reply)
    }

    fn entries_of(&self, list: &Shape<'_>, reply: Reply) -> Result<Entries, ConnectorError> {
        let linked = next_link(&reply);
        let text = self.caller.text(reply.body)?;
        let next_path = match list.pages {
            ListPages::Cursor { next, .. } | ListPages::NextUrl { next } => Some(next),
            ListPages::Whole {}
            | ListPages::Page { .. }
            | ListPages::Offset { .. }
            | ListPages::Link {}
            | ListPages::Query { .. } => None,
        };
        let paths = Paths {
            records: list.records,
            total: list.total,
            next: next_path.map(String::as_str),
            token: list.token,
            empty: list.empty,
        };
        let Parts { items, total, next: named, token } =
            taken_apart(&text, &paths).map_err(|error| match error {
                ReplyFault::NoList if self.is_site() => self.changed(error),
                ReplyFault::NoList | ReplyFault::Malformed(_) => self.caller.unreadable(error),
            })?;
        let next = match list.pages {
            ListPages::Cursor { .. } => named.map(At::Token),
            ListPages::NextUrl { .. } => named.map(|text| self.kept_address(list, &text)).transpose()?,
            ListPages::Link {} => linked.map(|text| self.kept_address(list, &text)).transpose()?,
            ListPages::Whole {}
            | ListPages::Page { .. }
            | ListPages::Offset { .. }
            | ListPages::Query { .. } => None,
        };
        Ok(Entries { items, total, next, token })
    }

    /// An address that the list names, as it may stand in a checkpoint: whole, and without the key.
    fn kept_address(&self, list: &Shape<'_>, text: &str) -> Result<At, ConnectorError> {
        let whole = format!("{}{}", self.base_url.path().trim_end_matches('/'), list.path);
        let base = self.base_url.join(&whole).map_err(|error| self.caller.unreadable(error))?;
        let url = base.join(text).map_err(|error| self.caller.unreadable(error))?;
        Ok(At::Url(self.caller.http.cleaned(url).to_string()))
    }

    fn record(&self, raw: &str) -> Result<RawRecord, ConnectorError> {
        let told = [Some(self.list.id.as_str()), self.list.version.as_deref()];
        let [id, version] = scalars(raw, told).map_err(|error| self.caller.unreadable(error))?;
        let id = id.filter(|id| !id.is_empty()).ok_or_else(|| self.nameless())?;
        let version = match self.list.newest_first {
            // However the CRM writes it, what is compared are instants.
            Some(_) => version.and_then(|text| instant(&text)).map(|at| at.to_string()),
            None => version,
        };
        Ok(RawRecord { version, parents: [Some(id.clone()), None], id, raw: raw.to_owned() })
    }

    /// A record that cannot be told from others.
    pub(super) fn nameless(&self) -> ConnectorError {
        if self.is_site() { self.changed(NoId) } else { self.caller.unreadable(NoId) }
    }

    /// The records of a list without those that are none of what it is read for.
    pub(super) fn kept(
        &self,
        leave_out: &[Only],
        records: Vec<RawRecord>,
    ) -> Result<Vec<RawRecord>, ConnectorError> {
        if leave_out.is_empty() {
            return Ok(records);
        }
        let mut kept = Vec::with_capacity(records.len());
        for record in records {
            let json = parse(&record.raw).map_err(|error| self.store_fault(error))?;
            if !leave_out.iter().any(|only| rows::holds(only, &json)) {
                kept.push(record);
            }
        }
        Ok(kept)
    }

    /// The first records with what is made of them, for whoever looks before connecting; by so many requests at most.
    pub(super) async fn first(
        &self,
        count: usize,
        requests: u32,
    ) -> Result<(Vec<RawRecord>, Vec<PartyDocument>), ConnectorError> {
        self.opened().await?;
        let mut page = self.look().await?;
        page.records = self.kept(&self.list.leave_out, page.records)?;
        let mut left = requests.saturating_sub(1);
        let mut memory = MemoryRaw::default();
        for beside in &self.list.beside {
            let Some(fewer) = left.checked_sub(1) else { break };
            left = fewer;
            let found = match self.first_beside(beside).await {
                // Clients can be seen before; that this list is not what it was, the import says where it comes to it.
                Err(error) if self.is_site() && error.retry == RetryAdvice::Never => {
                    tracing::warn!(list = beside.name, error = error.message_id, "left out of a look");
                    continue;
                }
                found => found?,
            };
            for record in found {
                memory.insert(&beside.name, record).map_err(|error| self.store_fault(error))?;
            }
        }
        let below: u32 = self.list.nested.iter().map(|nested| nested.most).sum();
        for record in page.records.iter().take(count) {
            let Some(fewer) = left.checked_sub(below) else { break };
            left = fewer;
            for record in self.with_nested(record.clone()).await? {
                memory.insert(&self.list.stream, record).map_err(|error| self.store_fault(error))?;
            }
        }
        let documents = (|| {
            let parties = self.rows.parties(&memory, "", &NoLinks)?.all();
            self.rows.documents(&memory, "", &parties)
        })();
        Ok((page.records, documents.map_err(|error| self.store_fault(error))?))
    }
}

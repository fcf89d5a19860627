//! The requests of a test read: few, to one place, and written down.

use std::collections::BTreeMap;

use hub_core::malformed::Malformed;
use hub_core::ports::{ConnectorError, RetryAdvice};
use serde_json::Value as Json;
use url::Url;

use super::{SentRequest, find};
use crate::definition::Offer;
use crate::http::Reply;
use crate::messages;
use crate::read::Caller;
use crate::rest::link::{links_pages, next_link};

/// Requests of a test read at most.
const MOST_REQUESTS: usize = 10;
/// Longest query that is written down.
const LONGEST_QUERY: usize = 200;

/// A reply of the test read.
pub(super) struct Seen {
    pub(super) json: Json,
    /// Address of the next page in the `Link` header.
    pub(super) link: Option<String>,
    /// Whether there is such a header that speaks of pages.
    pub(super) links_pages: bool,
}

/// A test read.
pub(super) struct Trial {
    caller: Caller,
    path: String,
    /// Parameters that the person gave with the address.
    params: BTreeMap<String, String>,
    requests: Vec<SentRequest>,
    /// Where the list and the id of a record are, once known.
    list: Option<(String, String)>,
}

impl Trial {
    pub(super) fn new(caller: Caller, address: &Url) -> Trial {
        let cleaned = caller.http.cleaned(address.clone());
        let params =
            cleaned.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
        Trial { caller, path: address.path().to_owned(), params, requests: Vec::new(), list: None }
    }

    pub(super) fn caller(&self) -> &Caller {
        &self.caller
    }

    /// Path of the list below its origin.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// Parameters that go with every request.
    pub(super) fn params(&self) -> &BTreeMap<String, String> {
        &self.params
    }

    /// Takes a parameter of paging out of those that go with every request.
    pub(super) fn without(&mut self, name: &str) {
        self.params.remove(name);
    }

    pub(super) fn requests(self) -> Vec<SentRequest> {
        self.requests
    }

    /// From now on it is known where the list stands.
    pub(super) fn knows(&mut self, records: &str, id: &str) {
        self.list = Some((records.to_owned(), id.to_owned()));
    }

    /// The first request: what it is answered counts, whatever it is.
    pub(super) async fn first(&mut self) -> Result<Seen, ConnectorError> {
        let query: Vec<(String, String)> = self.query(None);
        let reply = self.caller.get(&self.path, &query).await?;
        let seen = self.seen(reply)?;
        let rows = find::list(&seen.json).map(|list| list.rows.len() as u64);
        self.requests.push(SentRequest { what: self.shown(&query), rows });
        Ok(seen)
    }

    /// The ids of the list with one more parameter; nothing where that is refused, or where no request is left.
    pub(super) async fn ids_with(
        &mut self,
        name: &str,
        value: &str,
    ) -> Result<Option<Vec<String>>, ConnectorError> {
        if self.requests.len() >= MOST_REQUESTS {
            return Ok(None);
        }
        let query = self.query(Some((name, value)));
        let reply = match self.caller.get(&self.path, &query).await {
            Ok(reply) => reply,
            Err(error) if [messages::NOT_FOUND, messages::REQUEST_REFUSED].contains(&error.message_id) => {
                self.requests.push(SentRequest { what: self.shown(&query), rows: None });
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let ids = self.ids(reply)?;
        self.requests
            .push(SentRequest { what: self.shown(&query), rows: ids.as_ref().map(|ids| ids.len() as u64) });
        Ok(ids)
    }

    /// The rows of the list with further parameters; nothing where they are refused, or where no request is left.
    pub(super) async fn rows_with(
        &mut self,
        further: &[(&str, &str)],
    ) -> Result<Option<Vec<Json>>, ConnectorError> {
        if self.requests.len() >= MOST_REQUESTS {
            return Ok(None);
        }
        let mut query = self.query(None);
        query.extend(further.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let answered = match self.caller.get(&self.path, &query).await {
            Ok(reply) => Some(self.seen(reply)?),
            Err(error) if [messages::NOT_FOUND, messages::REQUEST_REFUSED].contains(&error.message_id) => {
                None
            }
            Err(error) => return Err(error),
        };
        let records = self.list.as_ref().map(|(records, _)| records.as_str()).unwrap_or_default();
        let rows = answered.and_then(|seen| find::rows_at(&seen.json, records).map(<[Json]>::to_vec));
        let count = rows.as_ref().map(|rows| rows.len() as u64);
        self.requests.push(SentRequest { what: self.shown(&query), rows: count });
        Ok(rows)
    }

    /// The ids of the list at an address that the list names.
    pub(super) async fn ids_at(&mut self, address: &str) -> Result<Option<Vec<String>>, ConnectorError> {
        let from = self.caller.http.address(&self.path);
        let Ok(url) = from.join(address) else { return Ok(None) };
        let url = self.caller.http.cleaned(url);
        let what = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        let reply = self.caller.get_named(url).await?;
        let ids = self.ids(reply)?;
        let rows = ids.as_ref().map(|ids| ids.len() as u64);
        self.requests.push(SentRequest { what: what.chars().take(LONGEST_QUERY).collect(), rows });
        Ok(ids)
    }

    fn ids(&self, reply: Reply) -> Result<Option<Vec<String>>, ConnectorError> {
        let Some((records, id)) = &self.list else { return Ok(None) };
        let seen = self.seen(reply)?;
        Ok(find::rows_at(&seen.json, records).map(|rows| find::ids(rows, id)))
    }

    fn seen(&self, reply: Reply) -> Result<Seen, ConnectorError> {
        let (link, links_pages) = (next_link(&reply), links_pages(&reply));
        let text = self.caller.text(reply.body)?;
        let json = serde_json::from_str(&text).map_err(|error| ConnectorError {
            source: Some(Box::new(Malformed::from(error))),
            ..self.caller.error(messages::NO_LIST, RetryAdvice::Never, Offer::TryAgain)
        })?;
        Ok(Seen { json, link, links_pages })
    }

    fn query(&self, further: Option<(&str, &str)>) -> Vec<(String, String)> {
        let own = self.params.iter().map(|(name, value)| (name.clone(), value.clone()));
        own.chain(further.map(|(name, value)| (name.to_owned(), value.to_owned()))).collect()
    }

    fn shown(&self, query: &[(String, String)]) -> String {
        let pairs: Vec<String> = query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let text =
            if pairs.is_empty() { self.path.clone() } else { format!("{}?{}", self.path, pairs.join("&")) };
        text.chars().take(LONGEST_QUERY).collect()
    }
}

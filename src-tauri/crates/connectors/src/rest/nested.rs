//! Lists below each record: read with it, proved to their end like every list, and kept inside it.
//!
//! What a CRM says about a client in several places becomes one record in this way, whose hash tells of a change in any of
//! them.

use std::borrow::Cow;

use hub_core::malformed::Malformed;
use hub_core::ports::{ConnectorError, RawRecord};
use serde_json::{Map, Value as Json};
use url::Url;

use super::connector::{Entries, ListConnector, Shape};
use super::pages::{self, Facts, ListCursor, Verdict};
use crate::assemble::{at, text_at};
use crate::definition::{Empty, Nested};

/// An entry that cannot be told from others.
#[derive(Debug, thiserror::Error)]
#[error("an entry of a list below a record has no id")]
struct NoEntryId;

/// A record that does not say where its list is.
#[derive(Debug, thiserror::Error)]
#[error("a record names no address for the list below it")]
struct NoAddress;

impl ListConnector {
    /// The record with everything below it; several where it is split by what is below it.
    pub(super) async fn with_nested(&self, mut record: RawRecord) -> Result<Vec<RawRecord>, ConnectorError> {
        if self.paged.is_some() {
            return Ok(vec![self.with_own_page(record).await?]);
        }
        if self.list.nested.is_empty() {
            return Ok(vec![record]);
        }
        let unreadable = |error: serde_json::Error| self.caller.unreadable(Malformed::from(error));
        let mut whole: Map<String, Json> = serde_json::from_str(&record.raw).map_err(unreadable)?;
        for nested in &self.list.nested {
            let mut kept: Vec<Json> = Vec::new();
            for place in self.places(&Json::Object(whole.clone()), nested)? {
                kept.extend(self.entries_below(nested, place).await?);
            }
            whole.insert(nested.name.clone(), Json::Array(kept));
        }
        let split = self.list.split.as_ref().and_then(|name| {
            let nested = self.list.nested.iter().find(|nested| nested.name == *name)?;
            Some((nested, whole.remove(name)?))
        });
        let Some((nested, Json::Array(entries))) = split else {
            record.raw = serde_json::to_string(&whole).map_err(unreadable)?;
            return Ok(vec![record]);
        };
        let mut records = Vec::with_capacity(entries.len());
        for entry in entries {
            let id = text_at(&entry, &nested.id).ok_or_else(|| self.caller.unreadable(NoEntryId))?.to_owned();
            whole.insert(nested.name.clone(), entry);
            let raw = serde_json::to_string(&whole).map_err(unreadable)?;
            let version = record.version.clone();
            records.push(RawRecord { parents: [Some(id.clone()), None], id, version, raw });
        }
        Ok(records)
    }

    /// Where the lists below a record are.
    fn places(&self, record: &Json, nested: &Nested) -> Result<Vec<Place>, ConnectorError> {
        if let Some(path) = &nested.address {
            let named = text_at(record, path).and_then(|address| Url::parse(address).ok());
            let mut url = named.ok_or_else(|| self.caller.unreadable(NoAddress))?;
            url.set_query(None);
            url.set_fragment(None);
            url.set_path(&format!("{}{}", url.path().trim_end_matches('/'), nested.after));
            return Ok(vec![Place::Named(url)]);
        }
        let before = nested.before.as_deref().unwrap_or_default();
        let below = |holder: &str| {
            let id: String = url::form_urlencoded::byte_serialize(holder.as_bytes()).collect();
            Place::Below(format!("{before}{id}{}", nested.after))
        };
        Ok(holders(record, nested).iter().map(|holder| below(holder)).collect())
    }

    async fn entries_below(&self, nested: &Nested, place: Place) -> Result<Vec<Json>, ConnectorError> {
        let (path, named) = match place {
            Place::Below(path) => (path, None),
            // Asked at the origin of the list alone, whatever a record names (`HttpClient::get_named`).
            Place::Named(url) => (String::new(), Some(url)),
        };
        let shape = Shape {
            path: Cow::Owned(path),
            named,
            params: Cow::Borrowed(&nested.params),
            records: &nested.records,
            total: nested.total.as_deref(),
            pages: &nested.pages,
            token: None,
            empty: Empty::Stated,
        };
        let mut cursor = ListCursor::start(&nested.pages);
        let mut kept: Vec<Json> = Vec::new();
        loop {
            let Entries { items, total, next, .. } = self.ask_list(&shape, &cursor.at).await?;
            let mut ids: Vec<String> = Vec::with_capacity(items.len());
            for item in items {
                let entry: Json = serde_json::from_str(item.get())
                    .map_err(|error| self.caller.unreadable(Malformed::from(error)))?;
                let id = text_at(&entry, &nested.id).filter(|id| !id.is_empty());
                ids.push(id.ok_or_else(|| self.caller.unreadable(NoEntryId))?.to_owned());
                let wanted = nested
                    .only
                    .as_ref()
                    .is_none_or(|only| text_at(&entry, &only.path) == Some(only.is.as_str()));
                if wanted {
                    kept.push(entry);
                }
            }
            let facts = Facts { ids: ids.iter().map(String::as_str).collect(), total, next };
            match pages::judge(&nested.pages, &cursor, facts).map_err(|fault| self.list_fault(fault))? {
                Verdict::More(next) => cursor = next,
                Verdict::End => return Ok(kept),
            }
        }
    }
}

/// Where a list below a record is.
enum Place {
    /// At this path below the base URL.
    Below(String),
    /// At this address, which the CRM named.
    Named(Url),
}

/// Ids of those that have such a list.
fn holders(record: &Json, nested: &Nested) -> Vec<String> {
    let most = usize::try_from(nested.most).unwrap_or(usize::MAX);
    let Some(of) = &nested.of else {
        return text_at(record, "id").map(str::to_owned).into_iter().collect();
    };
    at(record, of)
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
        .filter_map(|holder| text_at(holder, "id"))
        .take(most)
        .map(str::to_owned)
        .collect()
}

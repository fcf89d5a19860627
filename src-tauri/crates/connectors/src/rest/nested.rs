//! Lists below each record: read with it, proved to their end like every list, and kept inside it.
//!
//! What a CRM says about a client in several places becomes one record in this way, whose hash tells of a change in any of
//! them.

use std::borrow::Cow;

use hub_core::malformed::Malformed;
use hub_core::ports::{ConnectorError, RawRecord};
use serde_json::{Map, Value as Json};

use super::connector::{Entries, ListConnector, Shape};
use super::pages::{self, Facts, ListCursor, Verdict};
use crate::assemble::{at, text_at};
use crate::definition::{Empty, Nested};

/// An entry that cannot be told from others.
#[derive(Debug, thiserror::Error)]
#[error("an entry of a list below a record has no id")]
struct NoEntryId;

impl ListConnector {
    /// The record with everything below it.
    pub(super) async fn with_nested(&self, mut record: RawRecord) -> Result<RawRecord, ConnectorError> {
        if self.paged.is_some() {
            return self.with_own_page(record).await;
        }
        if self.list.nested.is_empty() {
            return Ok(record);
        }
        let unreadable = |error: serde_json::Error| self.caller.unreadable(Malformed::from(error));
        let mut whole: Map<String, Json> = serde_json::from_str(&record.raw).map_err(unreadable)?;
        for nested in &self.list.nested {
            let mut kept: Vec<Json> = Vec::new();
            for holder in holders(&Json::Object(whole.clone()), nested) {
                kept.extend(self.entries_below(nested, &holder).await?);
            }
            whole.insert(nested.name.clone(), Json::Array(kept));
        }
        record.raw = serde_json::to_string(&whole).map_err(unreadable)?;
        Ok(record)
    }

    async fn entries_below(&self, nested: &Nested, holder: &str) -> Result<Vec<Json>, ConnectorError> {
        let id: String = url::form_urlencoded::byte_serialize(holder.as_bytes()).collect();
        let shape = Shape {
            path: Cow::Owned(format!("{}{id}{}", nested.before, nested.after)),
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

/// Ids of those that have such a list.
fn holders(record: &Json, nested: &Nested) -> Vec<String> {
    let most = usize::try_from(nested.most).unwrap_or(usize::MAX);
    at(record, &nested.of)
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
        .filter_map(|holder| text_at(holder, "id"))
        .take(most)
        .map(str::to_owned)
        .collect()
}

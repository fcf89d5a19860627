//! Raw records in memory: what the preview assembles from before anything is stored.

use std::collections::BTreeMap;

use hub_core::canonical::hash_json;
use hub_core::ports::{RawReader, RawRecord, StoreResult, StoredRaw};

use super::parse;

/// Raw records of one connection by stream and id.
#[derive(Debug, Default)]
pub(crate) struct MemoryRaw {
    streams: BTreeMap<String, BTreeMap<String, StoredRaw>>,
}

impl MemoryRaw {
    pub(crate) fn insert(&mut self, stream: &str, record: RawRecord) -> StoreResult<()> {
        let content_hash = hash_json(&parse(&record.raw)?);
        let stored =
            StoredRaw { id: record.id.clone(), raw: record.raw, content_hash, parents: record.parents };
        self.streams.entry(stream.to_owned()).or_default().insert(record.id, stored);
        Ok(())
    }

    pub(crate) fn holds(&self, stream: &str, id: &str) -> bool {
        self.streams.get(stream).is_some_and(|records| records.contains_key(id))
    }

    fn records(&self, stream: &str) -> impl Iterator<Item = &StoredRaw> {
        self.streams.get(stream).into_iter().flat_map(BTreeMap::values)
    }
}

impl RawReader for MemoryRaw {
    fn scan(&self, _: &str, stream: &str, after: Option<&str>, limit: u32) -> StoreResult<Vec<StoredRaw>> {
        let rows = self.records(stream).filter(|row| after.is_none_or(|after| row.id.as_str() > after));
        Ok(rows.take(limit as usize).cloned().collect())
    }

    fn by_ids(&self, _: &str, stream: &str, ids: &[String]) -> StoreResult<Vec<StoredRaw>> {
        Ok(self.records(stream).filter(|row| ids.contains(&row.id)).cloned().collect())
    }

    fn by_parents(&self, _: &str, stream: &str, slot: usize, ids: &[String]) -> StoreResult<Vec<StoredRaw>> {
        let parent = |row: &StoredRaw| row.parents.get(slot).cloned().flatten();
        let mut rows: Vec<StoredRaw> = self
            .records(stream)
            .filter(|row| parent(row).is_some_and(|parent| ids.contains(&parent)))
            .cloned()
            .collect();
        rows.sort_by_key(|row| (parent(row), row.id.clone()));
        Ok(rows)
    }

    fn count(&self, _: &str, stream: &str) -> StoreResult<u64> {
        Ok(self.records(stream).count() as u64)
    }
}

//! What the CRM last said: raw records by stream, as received (MODEL 4), and the staging built from them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::StoreResult;
use crate::plan::StagedUnit;
use crate::record::RecordType;

/// One raw record of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawRecord {
    /// The CRM's id.
    pub id: String,
    /// The record's JSON exactly as received.
    pub raw: String,
    /// Version text the CRM gives (`modified`, an etag), if any.
    pub version: Option<String>,
    /// Ids of up to two parents, as the definition names them (job, contact); for joins.
    pub parents: [Option<String>; 2],
}

/// One page of a stream, ready to be made durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageCommit<'a> {
    /// Job that read it.
    pub job_id: &'a str,
    /// Connection.
    pub connection_id: &'a str,
    /// Stream name.
    pub stream: &'a str,
    /// Snapshot this page belongs to: one full sweep of one stream by one job. `None` is a page of what changed, which
    /// says nothing about what it does not name.
    pub snapshot: Option<&'a str>,
    /// Scope hash under which it was read (SYNC-LAW 6).
    pub scope_hash: &'a str,
    /// Records.
    pub records: &'a [RawRecord],
    /// Ids of records that the CRM says are deleted: exactly these are, whatever else is not named (SYNC-LAW 3).
    pub gone: &'a [String],
    /// Where the next job goes on with this stream, of a feed that is followed; nothing of any other.
    pub follow: Option<&'a str>,
    /// The job's new checkpoint, stored in the same transaction (SYNC-LAW 27).
    pub checkpoint: &'a serde_json::Value,
    /// Records processed so far.
    pub processed: u64,
    /// Records expected in all, if known.
    pub total: Option<u64>,
}

/// What committing a page did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PageEffect {
    /// Ids seen for the first time in this snapshot.
    pub fresh: u64,
    /// Ids that this snapshot had already seen (a repeated page, SYNC-LAW 4).
    pub repeated: u64,
    /// Records whose content differs from what the CRM last said.
    pub changed: u64,
    /// Stored records that are deleted from now on.
    pub gone: u64,
}

/// A raw record as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRaw {
    /// The CRM's id.
    pub id: String,
    /// JSON as received.
    pub raw: String,
    /// SHA-256 of the canonical JSON.
    pub content_hash: String,
    /// Parents as committed.
    pub parents: [Option<String>; 2],
}

/// Reads raw records of one connection; what assembling needs.
pub trait RawReader: Send + Sync {
    /// Records of a stream in id order after an id, without those known to be deleted.
    fn scan(
        &self,
        connection_id: &str,
        stream: &str,
        after: Option<&str>,
        limit: u32,
    ) -> StoreResult<Vec<StoredRaw>>;
    /// Records by id, in id order; missing ids are left out.
    fn by_ids(&self, connection_id: &str, stream: &str, ids: &[String]) -> StoreResult<Vec<StoredRaw>>;
    /// Records whose parent in this slot (0 or 1) is one of these ids, in (parent, id) order.
    fn by_parents(
        &self,
        connection_id: &str,
        stream: &str,
        slot: usize,
        ids: &[String],
    ) -> StoreResult<Vec<StoredRaw>>;
    /// How many live records of a stream are stored.
    fn count(&self, connection_id: &str, stream: &str) -> StoreResult<u64>;
}

/// From where what changed is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Since {
    /// An instant of the CRM's clock.
    Time(Timestamp),
    /// What the CRM gave at the end of the list; it means nothing to anybody else.
    Token(String),
}

/// How far a stream is known, so that only what changed since need be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watermark {
    /// Everything the CRM changed up to there is stored.
    pub mark: Since,
    /// Hash of what it was read under: account, filters, definition (SYNC-LAW 6).
    pub scope_hash: String,
    /// When the stream was last read whole, by the clock of this computer.
    pub swept_at: Timestamp,
}

/// Where a source record is linked, or which id it was allotted (MODEL 5, 6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkRow {
    /// Stream of the source record.
    pub stream: String,
    /// The CRM's id.
    pub external_id: String,
    /// Type in WedSync.
    pub record_type: RecordType,
    /// WedSync id, allotted or confirmed.
    pub record_id: String,
    /// The client it belongs to, allotted or confirmed; empty for records outside any client.
    pub client_id: String,
    /// Whether WedSync has acknowledged it; an allotted id only reserves.
    pub confirmed: bool,
}

/// Raw records, staging and links.
pub trait SourceStore: RawReader {
    /// Makes a page durable together with the job's checkpoint.
    fn commit_page(&self, page: &PageCommit<'_>) -> StoreResult<PageEffect>;
    /// Ends a snapshot with proof of completeness: records of the stream that were in the snapshot before it and in
    /// neither this nor the previous proved one are marked as missing (SYNC-LAW 3); returns how many ids it held.
    fn prove_snapshot(&self, connection_id: &str, stream: &str, snapshot: &str) -> StoreResult<u64>;
    /// How far a stream is known; `None` before its first full sweep.
    fn watermark(&self, connection_id: &str, stream: &str) -> StoreResult<Option<Watermark>>;
    /// Stores how far a stream is known, after its pages are durable (SYNC-LAW 27); `None` forgets it, and nothing of an
    /// earlier one is left.
    fn put_watermark(
        &self,
        connection_id: &str,
        stream: &str,
        watermark: Option<&Watermark>,
    ) -> StoreResult<()>;
    /// Where a feed was read up to; `None` before its first page.
    fn followed(&self, connection_id: &str, stream: &str) -> StoreResult<Option<String>>;
    /// Says where a feed is read from: from here on, what came before is left out.
    fn follow_from(&self, connection_id: &str, stream: &str, cursor: &str) -> StoreResult<()>;
    /// Forgets the ids of a snapshot that did not reach its end (paging was reset).
    fn drop_snapshot(&self, connection_id: &str, stream: &str, snapshot: &str) -> StoreResult<()>;
    /// Links and allotments of source records, in the order asked; missing ones are left out.
    fn links(&self, connection_id: &str, sources: &[(String, String)]) -> StoreResult<Vec<LinkRow>>;
    /// Empties the staging of a job (it is scratch) before staging anew.
    fn reset_staging(&self, job_id: &str) -> StoreResult<()>;
    /// Appends staged units and their new allotments in one transaction.
    fn stage(
        &self,
        job_id: &str,
        connection_id: &str,
        units: &[StagedUnit],
        allotments: &[LinkRow],
        at: Timestamp,
    ) -> StoreResult<()>;
    /// Staged units of a job in `seq` order from a position.
    fn staged_units(&self, job_id: &str, from_seq: u64, limit: u32) -> StoreResult<Vec<StagedUnit>>;
    /// One staged unit.
    fn staged_unit(&self, job_id: &str, seq: u64) -> StoreResult<Option<StagedUnit>>;
}

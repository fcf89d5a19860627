//! What WedSync last said: the mirror (MODEL 4), and what it is matched by.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{StoreError, StoreResult};
use crate::matching::{MatchKey, MatchParty};
use crate::plan::BasePair;
use crate::record::{ExternalRef, FieldMap, RecordKey, RecordType, SourceKey};

/// One record as WedSync holds it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CloudRecord {
    /// Type and id.
    #[serde(flatten)]
    pub key: RecordKey,
    /// Values.
    pub fields: FieldMap,
    /// Version; goes up with every change.
    pub version: i64,
    /// References of the CRMs it is linked to.
    #[serde(default)]
    pub external_refs: Vec<ExternalRef>,
    /// Set while softly deleted.
    #[serde(default)]
    pub deleted: bool,
}

/// A record and what both sides agreed on, as the planner needs it.
#[derive(Debug, Clone, PartialEq)]
pub struct HeldRecord {
    /// As WedSync holds it.
    pub record: CloudRecord,
    /// Base pairs of the link to one source, empty before the first agreement.
    pub base: BTreeMap<String, BasePair>,
}

/// A client as a search shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundParty {
    /// WedSync's id of the client.
    pub client_id: String,
    /// Names of the couple, primary first; of everybody where nobody has that role.
    pub names: Vec<String>,
    /// The primary person's e-mail.
    pub email: Option<String>,
    /// Date of the next wedding, else the latest; YYYY-MM-DD.
    pub wedding_date: Option<String>,
    /// Its venue.
    pub venue: Option<String>,
}

/// The mirror.
pub trait MirrorStore: Send + Sync {
    /// Cursor of the change feed to continue from; `None` before the first full list.
    fn mirror_cursor(&self) -> StoreResult<Option<String>>;
    /// Stores a page of the full list or the feed, with the cursor that follows it once the page is durable
    /// (`None` keeps the old one, for pages in the middle of a full list). Updates typed tables and match keys in
    /// the same transaction. A record older than the one held is passed over.
    fn commit_mirror(&self, records: &[CloudRecord], next_cursor: Option<&str>) -> StoreResult<()>;
    /// Starts a full list: remembers which records it has not mentioned.
    fn begin_full_mirror(&self) -> StoreResult<()>;
    /// Ends a full list that reached its end: records it did not mention are gone.
    fn end_full_mirror(&self, feed_cursor: &str) -> StoreResult<()>;
    /// One record, deleted ones too.
    fn mirror_record(&self, key: &RecordKey) -> StoreResult<Option<CloudRecord>>;
    /// Records by key with the base pairs of their link to `sources` (same order); missing ones are left out.
    fn held(
        &self,
        connection_id: &str,
        wanted: &[(RecordKey, Option<SourceKey>)],
    ) -> StoreResult<Vec<HeldRecord>>;
    /// A client with all its people and projects, as the matcher sees it.
    fn match_party(&self, client_id: &str) -> StoreResult<Option<MatchParty>>;
    /// Held parties under any of these keys, each once, by client id; those already linked to this connection are
    /// left out.
    fn match_candidates(&self, connection_id: &str, keys: &[MatchKey]) -> StoreResult<Vec<MatchParty>>;
    /// Live records of one type in id order after an id; for the export.
    fn mirror_page(
        &self,
        record_type: RecordType,
        after: Option<&str>,
        limit: u32,
    ) -> StoreResult<Vec<CloudRecord>>;
    /// Live clients of whose people's names and e-mails each of `words` begins one; by name, at most `limit`. None for
    /// no words. An index finds them: the length of the book does not matter.
    fn find_clients(&self, words: &[String], limit: u32) -> StoreResult<Vec<FoundParty>>;
    /// Live clients whose wedding is on this day (YYYY-MM-DD), at most `limit`.
    fn find_clients_on(&self, day: &str, limit: u32) -> StoreResult<Vec<FoundParty>>;
    /// How many live records of each type the mirror holds.
    fn mirror_counts(&self) -> StoreResult<BTreeMap<String, u64>>;
}

/// A [`crate::matching::MatchPool`] over a mirror.
pub struct MirrorPool<'a> {
    /// The mirror.
    pub mirror: &'a dyn MirrorStore,
    /// Whose linked parties are left out.
    pub connection_id: &'a str,
}

impl crate::matching::MatchPool for MirrorPool<'_> {
    type Error = StoreError;
    fn parties(&self, keys: &[MatchKey]) -> StoreResult<Vec<MatchParty>> {
        self.mirror.match_candidates(self.connection_id, keys)
    }
}

//! A staged client beside one that WedSync holds, field by field, for a decision about a duplicate.
//!
//! Only what tells two couples apart stands here: booking persons and weddings. Money, notes and papers do not say whether
//! two records are one couple, and the panel of the client shows them. Deliberately absent: any advice; that is the
//! matcher's, with its points.

use hub_core::plan::StagedRecord;
use hub_core::ports::{PlanHead, StoreResult};
use hub_core::record::{FieldMap, RecordKey, RecordType};
use hub_core::value::same_value;
use serde_json::Value as Json;

use crate::book::Book;
use crate::review::missing;
use crate::{Engine, EngineError};

/// Fields that tell people and weddings apart, in the order of reading.
const PERSON: &[&str] = &["first_name", "last_name", "maiden_name", "email", "phone"];
const PROJECT: &[&str] = &["wedding_date", "venue_name", "kind", "stage"];

/// One field on both sides.
#[derive(Debug, Clone, PartialEq)]
pub struct ComparedField {
    /// Its name.
    pub field: String,
    /// The CRM's value as it would come in; null when it says nothing.
    pub crm: Json,
    /// The value WedSync holds; null when there is none.
    pub wedsync: Json,
    /// Whether both say the same.
    pub same: bool,
}

/// A person or a wedding on both sides.
#[derive(Debug, Clone, PartialEq)]
pub struct ComparedRecord {
    /// `person` or `project`.
    pub record_type: RecordType,
    /// Whether the CRM has it.
    pub in_crm: bool,
    /// Whether WedSync has it.
    pub in_wedsync: bool,
    /// Fields that at least one side has.
    pub fields: Vec<ComparedField>,
}

impl Engine {
    /// Sets a unit beside a client of WedSync.
    ///
    /// # Errors
    /// `error.not_found` when there is no such unit or client.
    pub async fn compare(
        &self,
        plan: &PlanHead,
        seq: u64,
        client_id: &str,
    ) -> Result<Vec<ComparedRecord>, EngineError> {
        let rules = self.field_rules(&plan.connection_id).await?;
        let stored = self.unit(&plan.id, seq).await?;
        let (job_id, client) = (plan.job_id.clone(), client_id.to_owned());
        let candidate = stored.unit.candidates.into_iter().find(|each| each.client_id == client);
        let pairs: Vec<(String, String)> =
            candidate.map(|each| [each.people, each.projects].concat()).unwrap_or_default();
        let (staged, held) = self
            .db()
            .run(move |book| {
                let staged = book.staged_unit(&job_id, seq)?.ok_or_else(|| missing(seq))?;
                let held = held(book, &client)?;
                Ok((staged, held))
            })
            .await?;
        let held = held.ok_or_else(|| EngineError::refused("error.not_found"))?;
        let mut rows = Vec::new();
        for (record_type, fields) in [(RecordType::Person, PERSON), (RecordType::Project, PROJECT)] {
            let mut left: Vec<&(RecordKey, FieldMap)> =
                held.iter().filter(|(key, _)| key.record_type == record_type).collect();
            for record in staged.records.iter().filter(|each| each.record_type == record_type) {
                // Who only works on the wedding is no part of the couple.
                if record_type == RecordType::Person && !books(&staged.records, &record.id) {
                    continue;
                }
                let pair = pairs.iter().find(|(here, _)| *here == record.id).map(|(_, there)| there);
                let at = left.iter().position(|(key, _)| Some(&key.id) == pair);
                let there = at.map(|at| left.remove(at));
                rows.push(set_beside(
                    &rules,
                    record_type,
                    fields,
                    Some(&record.fields),
                    there.map(|each| &each.1),
                ));
            }
            rows.extend(left.iter().map(|each| set_beside(&rules, record_type, fields, None, Some(&each.1))));
        }
        Ok(rows)
    }
}

/// Whether a person is in the party: named by the client's list of people.
fn books(records: &[StagedRecord], person: &str) -> bool {
    records
        .iter()
        .filter(|record| record.record_type == RecordType::Client)
        .any(|client| client.fields.get("people").is_some_and(|people| people.get(person).is_some()))
}

/// The people and weddings of a held client.
fn held(book: &dyn Book, client_id: &str) -> StoreResult<Option<Vec<(RecordKey, FieldMap)>>> {
    let Some(party) = book.match_party(client_id)? else { return Ok(None) };
    let people = party.people.into_iter().map(|each| RecordKey::new(RecordType::Person, each.id));
    let projects = party.projects.into_iter().map(|(id, _)| RecordKey::new(RecordType::Project, id));
    let mut found = Vec::new();
    for key in people.chain(projects) {
        if let Some(record) = book.mirror_record(&key)?.filter(|record| !record.deleted) {
            found.push((record.key, record.fields));
        }
    }
    Ok(Some(found))
}

fn set_beside(
    rules: &hub_core::plan::FieldRules,
    record_type: RecordType,
    fields: &[&str],
    crm: Option<&FieldMap>,
    wedsync: Option<&FieldMap>,
) -> ComparedRecord {
    let value = |side: Option<&FieldMap>, field: &str| {
        side.and_then(|fields| fields.get(field)).cloned().unwrap_or(Json::Null)
    };
    ComparedRecord {
        record_type,
        in_crm: crm.is_some(),
        in_wedsync: wedsync.is_some(),
        fields: fields
            .iter()
            .map(|field| {
                let (crm, wedsync) = (value(crm, field), value(wedsync, field));
                let same = same_value(rules.field_type(record_type, field), &crm, &wedsync);
                ComparedField { field: (*field).to_owned(), crm, wedsync, same }
            })
            .filter(|row| !row.crm.is_null() || !row.wedsync.is_null())
            .collect(),
    }
}

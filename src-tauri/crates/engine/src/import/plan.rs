//! Planning staged units against the mirror, chunk by chunk, so that memory does not grow with the book.

use std::collections::BTreeMap;

use hub_core::matching::{Candidate, MatchParty, MatchPerson, Matcher};
use hub_core::plan::{
    ConflictPolicy, FieldRules, PlanHasher, PlanInput, PlannedUnit, Resolution, StagedUnit, UnitKind,
    chosen_link, id_map, input_hash, plan_unit,
};
use hub_core::ports::{HeldRecord, PlanHead, PlanState, REBASE_GUARD, StoreResult};
use hub_core::record::{RecordKey, RecordType, SourceKey};
use hub_core::schema::WedSyncField;
use serde_json::Value as Json;

use super::ImportContext;
use crate::fields::{Uses, count_uses};
use crate::{Book, Engine, EngineError, JobRun};

/// Units planned and stored in one step: one is some 0.4 MB while its records and their ops are in memory.
const CHUNK: u32 = 25;
/// Share of linked clients that a re-import may change without asking (SYNC-LAW 5).
const BLAST_SHARE_PERCENT: u64 = 30;
/// Below this many linked clients the share says nothing.
const BLAST_FROM: u64 = 10;

impl Engine {
    pub(super) async fn plan_all(
        &self,
        run: &JobRun,
        context: &ImportContext,
        staged: u64,
    ) -> Result<(), EngineError> {
        run.phase("plan", "").await?;
        let rules = self.field_rules(&context.connection.id).await?;
        let plan_id = self.inner.ids.new_id();
        let head = PlanHead {
            id: plan_id.clone(),
            job_id: run.job.id.clone(),
            connection_id: context.connection.id.clone(),
            state: PlanState::Building,
            hash: String::new(),
            counts: BTreeMap::new(),
            guard: None,
            created_at: self.inner.clock.now(),
        };
        self.db().run(move |book| book.begin_plan(&head)).await?;
        let mut hasher = PlanHasher::default();
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        let mut uses = Uses::new();
        let mut from = 0;
        loop {
            run.go_on()?;
            let (job_id, connection_id, plan, matcher, field_rules) = (
                run.job.id.clone(),
                context.connection.id.clone(),
                plan_id.clone(),
                self.inner.matcher.clone(),
                rules.clone(),
            );
            let mut seen = std::mem::take(&mut uses);
            let (planned, seen) = self
                .db()
                .run(move |book| {
                    let units = book.staged_units(&job_id, from, CHUNK)?;
                    let planned = plan_chunk(book, matcher.as_ref(), &connection_id, &field_rules, &units)?;
                    book.append_units(&plan, &planned)?;
                    count_uses(planned.iter().map(|(unit, _)| unit), &mut seen);
                    let planned = planned
                        .into_iter()
                        .map(|(unit, _)| {
                            (unit.seq, unit.kind, unit.ops.into_iter().map(|op| op.hash).collect::<Vec<_>>())
                        })
                        .collect::<Vec<_>>();
                    Ok((planned, seen))
                })
                .await?;
            uses = seen;
            let Some((last, _, _)) = planned.last() else { break };
            from = last + 1;
            for (_, kind, hashes) in planned {
                *counts.entry(kind.as_str().to_owned()).or_default() += 1;
                for hash in &hashes {
                    hasher.push(hash);
                }
            }
            run.tick_found(from, Some(staged), &counts).await?;
        }
        // Fields that WedSync does not have yet are part of what is reviewed and approved.
        let fields = self.fields_of_plan(&context.connection, &uses).await?;
        for field in &fields {
            hasher.push(&field.hash());
        }
        if !fields.is_empty() {
            let plan = plan_id.clone();
            self.db().run(move |book| book.put_plan_fields(&plan, &fields)).await?;
        }
        let guard = if context.rebase { Some(REBASE_GUARD) } else { blast_guard(&counts) };
        let hash = hasher.finish();
        let sealed = plan_id.clone();
        self.db().run(move |book| book.seal_plan(&sealed, &hash, &counts, guard)).await?;
        self.inner.fail.pass("plan_stored");
        if context.rebase {
            let id = context.connection.id.clone();
            self.db().run(move |book| book.rebased(&id)).await?;
        }
        let job_id = run.job.id.clone();
        self.db()
            .run(move |book| {
                let outcomes = book.outcomes(&plan_id)?;
                let counts = serde_json::to_value(outcomes).unwrap_or(Json::Null);
                book.put_counts(&job_id, &counts)
            })
            .await
    }

    /// Field types and directions of a connection's mapping.
    pub(crate) async fn field_rules(&self, connection_id: &str) -> Result<FieldRules, EngineError> {
        let connection_id = connection_id.to_owned();
        let stored = self.db().run(move |book| book.mapping(&connection_id)).await?;
        let mut rules = FieldRules::default();
        for field in self.known_schema().await?.schema.fields.into_iter().filter(WedSyncField::is_custom) {
            rules.custom.insert((field.record_type, field.name), field.field_type);
        }
        for rule in stored.iter().flat_map(|mapping| &mapping.rules) {
            let text = |key: &str| rule.get(key).and_then(Json::as_str);
            let (Some(record_type), Some(field)) =
                (text("record_type").and_then(RecordType::parse), text("wedsync_field"))
            else {
                continue;
            };
            if text("direction") == Some("export_only") {
                rules.export_only.insert((record_type, field.to_owned()));
            }
            if let (true, Some(value_type)) =
                (field.starts_with("custom."), text("value_type").and_then(hub_core::value::FieldType::parse))
            {
                rules.custom.insert((record_type, field.to_owned()), value_type);
            }
        }
        Ok(rules)
    }
}

/// A guard that a person must lift: a re-import that changes far more than usual (SYNC-LAW 5). Creates never trip it.
fn blast_guard(counts: &BTreeMap<String, u64>) -> Option<&'static str> {
    let of = |kind: UnitKind| counts.get(kind.as_str()).copied().unwrap_or(0);
    let changed = of(UnitKind::Changed) + of(UnitKind::Conflict);
    let linked = changed + of(UnitKind::Unchanged);
    (linked >= BLAST_FROM && changed * 100 > linked * BLAST_SHARE_PERCENT).then_some("blast_changes")
}

fn plan_chunk(
    book: &dyn Book,
    matcher: &dyn Matcher,
    connection_id: &str,
    rules: &FieldRules,
    units: &[StagedUnit],
) -> StoreResult<Vec<(PlannedUnit, Resolution)>> {
    let wanted: Vec<(String, String)> =
        units.iter().map(|unit| (unit.client_id.clone(), input_hash(unit))).collect();
    let remembered = book.remembered(connection_id, &wanted)?;
    let mut planned = Vec::with_capacity(units.len());
    for (unit, resolution) in units.iter().zip(remembered) {
        let resolution = resolution.unwrap_or_default();
        planned.push((planned_unit(book, matcher, connection_id, rules, unit, &resolution)?, resolution));
    }
    Ok(planned)
}

/// Plans one staged unit as things stand now; also used when a person decides and when approval is checked again.
pub(crate) fn planned_unit(
    book: &dyn Book,
    matcher: &dyn Matcher,
    connection_id: &str,
    rules: &FieldRules,
    unit: &StagedUnit,
    resolution: &Resolution,
) -> StoreResult<PlannedUnit> {
    let candidates = candidates(book, matcher, connection_id, unit, resolution)?;
    let ids = id_map(unit, chosen_link(&candidates, resolution));
    let wanted: Vec<(RecordKey, Option<SourceKey>)> = unit
        .records
        .iter()
        .map(|record| {
            let id = ids.get(&record.id).unwrap_or(&record.id);
            let key = RecordKey::new(record.record_type, id.clone());
            let source = match record.record_type {
                RecordType::Client => Some(SourceKey::party(id)),
                _ => record.source.clone(),
            };
            (key, source)
        })
        .collect();
    let held: BTreeMap<RecordKey, HeldRecord> =
        book.held(connection_id, &wanted)?.into_iter().map(|held| (held.record.key.clone(), held)).collect();
    Ok(plan_unit(&PlanInput {
        staged: unit,
        held: &held,
        candidates: &candidates,
        resolution,
        rules,
        policy: ConflictPolicy::ManualReview,
    }))
}

/// Candidates of a unit whose client WedSync does not hold yet; a linked client has none, nor has an appointment: nothing
/// tells two of them apart but where they come from.
fn candidates(
    book: &dyn Book,
    matcher: &dyn Matcher,
    connection_id: &str,
    unit: &StagedUnit,
    resolution: &Resolution,
) -> StoreResult<Vec<Candidate>> {
    if unit.left_out.is_some()
        || unit.summary.appointment.is_some()
        || book.mirror_record(&RecordKey::new(RecordType::Client, unit.client_id.clone()))?.is_some()
    {
        return Ok(Vec::new());
    }
    let party = match_party(unit);
    let mut held = book.match_candidates(connection_id, &matcher.keys(&party))?;
    // Whoever a person chose, or whoever claims the party, is looked at even when no key finds them.
    for client_id in unit.claimed_by.iter().chain(&resolution.link_to) {
        if held.iter().all(|other| &other.client_id != client_id)
            && let Some(other) = book.match_party(client_id)?
        {
            held.push(other);
        }
    }
    let mut found = matcher.candidates(&party, &held);
    for client_id in unit.claimed_by.iter().chain(&resolution.link_to) {
        if found.iter().all(|candidate| &candidate.client_id != client_id)
            && held.iter().any(|other| &other.client_id == client_id)
        {
            found.push(Candidate {
                client_id: client_id.clone(),
                score: 0,
                advice: hub_core::matching::Advice::Ask,
                evidence: Vec::new(),
                people: Vec::new(),
                projects: Vec::new(),
            });
        }
    }
    Ok(found)
}

/// A staged unit as the matcher sees it.
pub(crate) fn match_party(unit: &StagedUnit) -> MatchParty {
    let text = |fields: &hub_core::record::FieldMap, name: &str| {
        fields.get(name).and_then(Json::as_str).unwrap_or_default().to_owned()
    };
    let mut party = MatchParty { client_id: unit.client_id.clone(), ..MatchParty::default() };
    let booking = unit
        .records
        .iter()
        .find(|record| record.record_type == RecordType::Client)
        .and_then(|record| record.fields.get("people"))
        .and_then(Json::as_object);
    for record in &unit.records {
        match record.record_type {
            RecordType::Person if booking.is_none_or(|people| people.contains_key(&record.id)) => {
                let emails = std::iter::once(text(&record.fields, "email"))
                    .chain(keyed(&record.fields, "other_emails", "address"))
                    .filter(|email| !email.is_empty())
                    .collect();
                let main = record.fields.get("phone").map(phone_text).unwrap_or_default();
                let phones = std::iter::once(main)
                    .chain(
                        record
                            .fields
                            .get("other_phones")
                            .and_then(Json::as_object)
                            .into_iter()
                            .flat_map(|phones| phones.values())
                            .filter_map(|element| element.get("phone"))
                            .map(phone_text),
                    )
                    .filter(|phone| !phone.is_empty())
                    .collect();
                party.people.push(MatchPerson {
                    id: record.id.clone(),
                    first_name: text(&record.fields, "first_name"),
                    last_name: text(&record.fields, "last_name"),
                    maiden_name: text(&record.fields, "maiden_name"),
                    emails,
                    phones,
                });
            }
            RecordType::Project => {
                let date = record.fields.get("wedding_date").and_then(Json::as_str).map(str::to_owned);
                party.projects.push((record.id.clone(), date));
            }
            _ => {}
        }
    }
    party
}

fn keyed(fields: &hub_core::record::FieldMap, name: &str, part: &str) -> Vec<String> {
    fields
        .get(name)
        .and_then(Json::as_object)
        .into_iter()
        .flat_map(|elements| elements.values())
        .filter_map(|element| element.get(part).and_then(Json::as_str))
        .map(str::to_owned)
        .collect()
}

fn phone_text(phone: &Json) -> String {
    let part = |name: &str| phone.get(name).and_then(Json::as_str);
    part("e164").or_else(|| part("text")).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(pairs: &[(UnitKind, u64)]) -> BTreeMap<String, u64> {
        pairs.iter().map(|(kind, count)| (kind.as_str().to_owned(), *count)).collect()
    }

    #[test]
    fn inv_05_blast_cap_asks_for_changes_and_never_for_creates() {
        assert_eq!(blast_guard(&counts(&[(UnitKind::New, 10_000)])), None, "creates never trip it");
        assert_eq!(
            blast_guard(&counts(&[(UnitKind::Changed, 3), (UnitKind::Unchanged, 7)])),
            None,
            "30 % is allowed"
        );
        assert_eq!(
            blast_guard(&counts(&[(UnitKind::Changed, 4), (UnitKind::Unchanged, 6)])),
            Some("blast_changes")
        );
        assert_eq!(blast_guard(&counts(&[(UnitKind::Changed, 2)])), None, "too few to say anything");
    }
}

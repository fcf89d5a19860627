//! Planning one unit: staged values against what WedSync holds and what both last agreed on.
//!
//! Change is "differs from base", never a comparison of clocks (SYNC-LAW 25). Import direction only: what WedSync
//! changed and the CRM did not stays as it is. Pure and deterministic; the same input gives the same ops and hashes.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value as Json;

use super::array::{agreed_array, merge_array, remap_ids};
use super::{
    Adoption, BasePair, FieldConflict, OpKind, PlanOp, PlannedUnit, Problem, Resolution, StagedRecord,
    StagedUnit, UnitKind,
};
use crate::canonical::hash_json;
use crate::matching::{Advice, Candidate};
use crate::ports::HeldRecord;
use crate::record::{FieldMap, RecordKey, RecordType, SourceKey};
use crate::value::{FieldType, is_blank_json, same_value};

/// How a conflict is settled (R110).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConflictPolicy {
    /// A person decides.
    #[default]
    ManualReview,
    /// WedSync's value stays.
    WedsyncWins,
    /// The CRM's value is taken.
    CrmWins,
}

/// The types of fields beyond the standard ones, and which fields may be written by an import.
#[derive(Debug, Clone, Default)]
pub struct FieldRules {
    /// Custom fields: (record type, name) to type.
    pub custom: BTreeMap<(RecordType, String), FieldType>,
    /// Fields that no import may write (`export_only`, SYNC-LAW 8).
    pub export_only: std::collections::BTreeSet<(RecordType, String)>,
}

impl FieldRules {
    /// Type of a field.
    pub fn field_type(&self, record_type: RecordType, name: &str) -> FieldType {
        self.custom
            .get(&(record_type, name.to_owned()))
            .copied()
            .unwrap_or_else(|| crate::fields::field_type(record_type, name))
    }

    fn writable(&self, record_type: RecordType, name: &str) -> bool {
        !self.export_only.contains(&(record_type, name.to_owned()))
    }
}

/// Everything a unit is planned from.
#[derive(Debug)]
pub struct PlanInput<'a> {
    /// The staged unit.
    pub staged: &'a StagedUnit,
    /// Held records by key: those linked, and those a link would join.
    pub held: &'a BTreeMap<RecordKey, HeldRecord>,
    /// Candidates of the matcher; empty for a unit whose client is linked.
    pub candidates: &'a [Candidate],
    /// What a person decided.
    pub resolution: &'a Resolution,
    /// Field types and directions.
    pub rules: &'a FieldRules,
    /// Conflict policy.
    pub policy: ConflictPolicy,
}

/// What decisions about a unit are remembered under: a change of any input asks again.
pub fn input_hash(staged: &StagedUnit) -> String {
    let records: Vec<Json> = staged
        .records
        .iter()
        .map(|record| serde_json::json!([record.record_type, record.source, record.crm]))
        .collect();
    hash_json(&Json::Array(records))
}

/// The candidate whose link is in force: the one a person chose, else the one the matcher is sure of.
pub fn chosen_link<'a>(candidates: &'a [Candidate], resolution: &Resolution) -> Option<&'a Candidate> {
    if resolution.create_anyway {
        return None;
    }
    match &resolution.link_to {
        Some(client_id) => candidates.iter().find(|candidate| &candidate.client_id == client_id),
        None => candidates.iter().find(|candidate| candidate.advice == Advice::Link),
    }
}

/// Staged ids and the ids they become under a link.
pub fn id_map(staged: &StagedUnit, link: Option<&Candidate>) -> HashMap<String, String> {
    let mut map = HashMap::new();
    if let Some(link) = link {
        map.insert(staged.client_id.clone(), link.client_id.clone());
        map.extend(link.people.iter().cloned());
        map.extend(link.projects.iter().cloned());
    }
    map
}

/// Plans one unit.
pub fn plan_unit(input: &PlanInput<'_>) -> PlannedUnit {
    let staged = input.staged;
    let link = chosen_link(input.candidates, input.resolution);
    let ids = id_map(staged, link);
    let client_id = ids.get(&staged.client_id).cloned().unwrap_or_else(|| staged.client_id.clone());
    let mut unit = PlannedUnit {
        seq: staged.seq,
        client_id,
        kind: UnitKind::Unchanged,
        summary: staged.summary.clone(),
        ops: Vec::new(),
        candidates: input.candidates.to_vec(),
        problems: Vec::new(),
        conflicts: Vec::new(),
        adopted: Vec::new(),
        unchanged: BTreeMap::new(),
    };
    if staged.left_out.is_some() {
        unit.kind = UnitKind::Skipped;
        for record in &staged.records {
            count_idle(record, &mut unit);
        }
        return unit;
    }
    unit.problems = open_problems(input, &ids);
    let mut records: Vec<&StagedRecord> = staged.records.iter().collect();
    records.sort_by_key(|record| record.record_type);
    for record in records {
        plan_record(input, record, &ids, &mut unit);
    }
    unit.kind = kind_of(&unit, input, link.is_some());
    unit
}

/// Problems that no decision has answered yet. What was settled in an earlier import is not asked again while the CRM
/// says the same: the base remembers it, whatever else of the party has changed (MODEL 4).
fn open_problems(input: &PlanInput<'_>, ids: &HashMap<String, String>) -> Vec<Problem> {
    let settled = |problem: &Problem| {
        let record = input.staged.records.iter().find(|record| record.id == problem.record_id)?;
        let id = ids.get(&record.id).unwrap_or(&record.id);
        let held = input.held.get(&RecordKey::new(record.record_type, id.clone()))?;
        if problem.code == "required_missing"
            && problem.required_by_wedsync
            && held.record.fields.get(&problem.field).is_some_and(|there| !is_blank_json(there))
        {
            // WedSync demands a value and has one.
            return Some(true);
        }
        let crm = record.crm.get(&problem.field).unwrap_or(&Json::Null);
        Some(same_value(FieldType::Json, &held.base.get(&problem.field)?.crm, crm))
    };
    input
        .staged
        .problems
        .iter()
        .filter(|problem| {
            let answer =
                input.resolution.values.get(&problem.record_id).and_then(|values| values.get(&problem.field));
            match answer {
                None => settled(problem) != Some(true),
                Some(value) => is_blank_json(value) && problem.required_by_wedsync,
            }
        })
        .cloned()
        .collect()
}

fn kind_of(unit: &PlannedUnit, input: &PlanInput<'_>, linked: bool) -> UnitKind {
    let undecided = !input.resolution.create_anyway && input.resolution.link_to.is_none();
    if !unit.conflicts.is_empty() {
        return UnitKind::Conflict;
    }
    if !unit.problems.is_empty() {
        return UnitKind::Problem;
    }
    if undecided && !linked && (!input.candidates.is_empty() || input.staged.claimed_by.len() > 1) {
        return UnitKind::Duplicate;
    }
    if linked {
        return UnitKind::Linked;
    }
    // What the unit is about: a client, or an appointment without one.
    let creates_it = unit.ops.iter().any(|op| op.kind == OpKind::Create && op.record.id == unit.client_id);
    if creates_it {
        UnitKind::New
    } else if unit.ops.is_empty() {
        UnitKind::Unchanged
    } else {
        UnitKind::Changed
    }
}

fn plan_record(
    input: &PlanInput<'_>,
    record: &StagedRecord,
    ids: &HashMap<String, String>,
    unit: &mut PlannedUnit,
) {
    let id = ids.get(&record.id).cloned().unwrap_or_else(|| record.id.clone());
    let key = RecordKey::new(record.record_type, id);
    let wanted = wanted_fields(input, record, ids);
    let parent = parent_of(record.record_type, &wanted, unit);
    let source = source_of(record, &key);
    let Some(held) = input.held.get(&key) else {
        let after: FieldMap = wanted
            .iter()
            .filter(|(_, value)| !is_blank_json(value))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        // A field that a person brings in without a value is agreed on too, or it would be asked again.
        let pairs = wanted
            .iter()
            .filter(|(name, value)| !is_blank_json(value) || answered(input, record, name))
            .map(|(name, value)| (name.clone(), pair(record, name, value)))
            .collect();
        unit.ops.push(
            PlanOp {
                hash: String::new(),
                kind: OpKind::Create,
                record: key,
                source,
                base_version: None,
                base: BTreeMap::new(),
                before: FieldMap::new(),
                after,
                kept_out: FieldMap::new(),
                pairs,
                parent,
                reason: "reason.new".into(),
            }
            .seal(),
        );
        return;
    };
    if held.record.deleted {
        // Deleted in WedSync: nothing brings it back behind a person's back (SYNC-LAW 2).
        count_idle(record, unit);
        return;
    }
    plan_held(input, record, source, held, &wanted, parent, unit);
}

/// Counts a record that nothing is done for, unless another unit counts it.
fn count_idle(record: &StagedRecord, unit: &mut PlannedUnit) {
    if !record.counted_elsewhere {
        *unit.unchanged.entry(record.record_type).or_default() += 1;
    }
}

/// Where the base of this record is kept: its source, or for a client the pseudo source of its party.
fn source_of(record: &StagedRecord, key: &RecordKey) -> Option<SourceKey> {
    match key.record_type {
        RecordType::Client => Some(SourceKey::party(&key.id)),
        _ => record.source.clone(),
    }
}

/// Mapped values with a person's answers over them and ids as they become.
fn wanted_fields(input: &PlanInput<'_>, record: &StagedRecord, ids: &HashMap<String, String>) -> FieldMap {
    let mut wanted = record.fields.clone();
    if let Some(answers) = input.resolution.values.get(&record.id) {
        for (name, value) in answers {
            wanted.insert(name.clone(), value.clone());
        }
    }
    if !ids.is_empty() {
        for (name, value) in &mut wanted {
            let field_type = input.rules.field_type(record.record_type, name);
            if matches!(field_type, FieldType::Reference | FieldType::Array) {
                remap_ids(value, ids);
            }
        }
    }
    wanted.retain(|name, _| input.rules.writable(record.record_type, name));
    wanted
}

/// Whether a person answered for this field.
fn answered(input: &PlanInput<'_>, record: &StagedRecord, name: &str) -> bool {
    input.resolution.values.get(&record.id).is_some_and(|values| values.contains_key(name))
}

fn plan_held(
    input: &PlanInput<'_>,
    record: &StagedRecord,
    source: Option<SourceKey>,
    held: &HeldRecord,
    wanted: &FieldMap,
    parent: Option<String>,
    unit: &mut PlannedUnit,
) {
    let first_link = held.base.is_empty();
    let key = held.record.key.clone();
    let (mut before, mut after, mut kept_out) = (FieldMap::new(), FieldMap::new(), FieldMap::new());
    let mut pairs: BTreeMap<String, BasePair> = BTreeMap::new();
    let mut adopted: BTreeMap<String, BasePair> = BTreeMap::new();
    for (name, mapped) in wanted {
        let field_type = input.rules.field_type(record.record_type, name);
        let there = held.record.fields.get(name).unwrap_or(&Json::Null);
        let crm = record.crm.get(name).unwrap_or(&Json::Null);
        let base = held.base.get(name);
        let mut take = |value: &Json| {
            before.insert(name.clone(), there.clone());
            after.insert(name.clone(), value.clone());
            pairs.insert(name.clone(), BasePair { crm: crm.clone(), wedsync: value.clone() });
        };
        let agree = |value: &Json| BasePair { crm: crm.clone(), wedsync: value.clone() };
        if field_type == FieldType::Array {
            if is_blank_json(mapped) {
                // A list that is not there says nothing about what was in it (SYNC-LAW 7).
                continue;
            }
            let merged = merge_array(mapped, there, base.map(|base| &base.wedsync));
            let agreed = agreed_array(mapped, &merged, base.map(|base| &base.wedsync));
            if !same_value(field_type, &merged, there) {
                take(&merged);
                pairs.insert(name.clone(), agree(&agreed));
            } else if base.is_none_or(|base| !same_value(FieldType::Json, &base.crm, crm)) {
                adopted.insert(name.clone(), agree(&agreed));
            }
            continue;
        }
        // Another spelling of the same is no change (SYNC-LAW 15).
        let crm_changed = base.is_none_or(|base| {
            !same_value(FieldType::Json, &base.crm, crm) && !same_value(field_type, &base.crm, crm)
        });
        if answered(input, record, name) {
            // An answer is given once. When both sides have agreed on it, what WedSync made of the field later counts,
            // and the remembered answer is not given again (SYNC-LAW 1).
            let given = base.is_some_and(|base| same_value(field_type, &base.wedsync, mapped));
            if !crm_changed && given {
                continue;
            }
            // "Bring in without it" takes nothing away that WedSync holds.
            if same_value(field_type, mapped, there) || is_blank_json(mapped) {
                adopted.insert(name.clone(), agree(there));
            } else {
                take(mapped);
            }
            continue;
        }
        if !crm_changed {
            continue;
        }
        if same_value(field_type, mapped, there) {
            adopted.insert(name.clone(), agree(there));
            continue;
        }
        if is_blank_json(mapped) {
            // Blank is not erase (SYNC-LAW 7): an import of a blank leaves what WedSync holds.
            continue;
        }
        if let Some(base) = base.filter(|base| same_value(field_type, &base.wedsync, mapped)) {
            // The CRM has come to what both agreed on before: WedSync's later word is the only news.
            adopted.insert(name.clone(), agree(&base.wedsync));
            continue;
        }
        match base {
            None if is_blank_json(there) => take(mapped),
            None => {
                // First meeting with a different value: WedSync's stays, the CRM's is offered.
                kept_out.insert(name.clone(), mapped.clone());
                adopted.insert(name.clone(), agree(there));
            }
            Some(base) if same_value(field_type, &base.wedsync, there) => take(mapped),
            Some(base) => match input.policy {
                ConflictPolicy::CrmWins => take(mapped),
                ConflictPolicy::WedsyncWins => {
                    adopted.insert(name.clone(), agree(there));
                }
                ConflictPolicy::ManualReview => unit.conflicts.push(FieldConflict {
                    record: key.clone(),
                    field: name.clone(),
                    crm: mapped.clone(),
                    wedsync: there.clone(),
                    base: base.wedsync.clone(),
                }),
            },
        }
    }
    let needs_reference = first_link
        && source.as_ref().is_some_and(|source| source.is_external() && !has_reference(held, source));
    // A value that was kept out is worth an operation only where the link is made: what another computer linked is
    // settled.
    if after.is_empty() && !needs_reference {
        count_idle(record, unit);
        if let (Some(source), false) = (source, adopted.is_empty()) {
            unit.adopted.push(Adoption { record: key, source, pairs: adopted });
        }
        return;
    }
    pairs.extend(adopted);
    let (kind, reason) =
        if first_link { (OpKind::Link, "reason.link") } else { (OpKind::Update, "reason.crm_changed") };
    let base = after
        .keys()
        .filter_map(|name| held.base.get(name).map(|pair| (name.clone(), pair.clone())))
        .collect();
    unit.ops.push(
        PlanOp {
            hash: String::new(),
            kind,
            record: key,
            source,
            base_version: Some(held.record.version),
            base,
            before,
            after,
            kept_out,
            pairs,
            parent,
            reason: reason.into(),
        }
        .seal(),
    );
}

/// Whether WedSync already knows this source for the record: another computer linked it.
fn has_reference(held: &HeldRecord, source: &SourceKey) -> bool {
    held.record
        .external_refs
        .iter()
        .any(|reference| reference.stream == source.stream && reference.id == source.id)
}

fn pair(record: &StagedRecord, name: &str, value: &Json) -> BasePair {
    BasePair { crm: record.crm.get(name).cloned().unwrap_or(Json::Null), wedsync: value.clone() }
}

/// The record that must exist before this one, if this unit makes it.
fn parent_of(record_type: RecordType, fields: &FieldMap, unit: &PlannedUnit) -> Option<String> {
    let made = |id: &str| {
        unit.ops.iter().any(|op| op.kind == OpKind::Create && op.record.id == id).then(|| id.to_owned())
    };
    if record_type == RecordType::Client {
        let people = fields.get("people").and_then(Json::as_object)?;
        // Any of them, but the same one whatever order the list was written in.
        return people.keys().filter_map(|id| made(id)).min();
    }
    ["project_id", "client_id", "person_id"]
        .into_iter()
        .filter_map(|name| fields.get(name).and_then(Json::as_str))
        .find_map(made)
}

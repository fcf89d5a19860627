//! A fix that holds for a whole column: what a person makes of one bad cell becomes a line of a value table in the matching,
//! so that the other cells with that value, and the next file, are read right without asking.
//!
//! Deliberately absent: storing the matching, which goes through the same check as a person's own, and planning anew.

use hub_core::mapping::{MappingRule, read_rules};
use hub_core::parse::clean::fold;
use hub_core::plan::{Problem, StagedUnit, UnitKind};
use hub_core::ports::{PlanHead, UnitQuery};
use hub_core::record::RecordType;
use hub_core::staging::Typist;
use hub_core::transform::{Otherwise, Pipeline, TableEntry, Transform};
use hub_core::value::{FieldType, is_blank_json, same_value};
use serde_json::Value as Json;

use crate::review::{missing, read_typed};
use crate::{Engine, EngineError};

/// Units read at a time.
const UNITS: u32 = 200;

/// A value that needs a person, and where else it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SameValue {
    /// What the cell says, if a rule could be made of it.
    pub source: Option<String>,
    /// Other clients with the same problem about the same value.
    pub others: u64,
}

/// A matching with one more line, and what it was.
#[derive(Debug, Clone, PartialEq)]
pub struct FixRule {
    /// The rules with the line.
    pub rules: Vec<Json>,
    /// The rules without it.
    pub before: Vec<Json>,
}

/// One value of a staged unit.
struct Cell {
    record_type: RecordType,
    /// What the CRM says, where that is one text.
    source: Option<String>,
}

fn cell_of(staged: &StagedUnit, record_id: &str, field: &str) -> Option<Cell> {
    let record = staged.records.iter().find(|record| record.id == record_id)?;
    let source = record.crm.get(field).and_then(Json::as_str).filter(|text| !text.trim().is_empty());
    Some(Cell { record_type: record.record_type, source: source.map(str::to_owned) })
}

impl Engine {
    /// Where else a value stands that needs a person.
    ///
    /// # Errors
    /// `error.not_found` for an unknown client or record.
    pub async fn same_value(
        &self,
        plan: &PlanHead,
        seq: u64,
        record_id: &str,
        field: &str,
    ) -> Result<SameValue, EngineError> {
        let cell = self.cell(plan, seq, record_id, field).await?;
        let Some(source) = cell.source.clone() else { return Ok(SameValue { source: None, others: 0 }) };
        let stored = self.unit(&plan.id, seq).await?;
        let own = stored
            .unit
            .problems
            .into_iter()
            .find(|problem| problem.record_id == record_id && problem.field == field);
        let Some(own) = own else { return Ok(SameValue { source: None, others: 0 }) };
        let (plan, wanted) = (plan.clone(), fold(&source));
        let others = self
            .db()
            .run(move |book| {
                let alike = |problem: &Problem| {
                    (problem.record_type, &problem.field, &problem.code, &problem.found)
                        == (own.record_type, &own.field, &own.code, &own.found)
                };
                let (mut others, mut query) =
                    (0, UnitQuery { kind: Some(UnitKind::Problem), limit: UNITS, ..UnitQuery::default() });
                loop {
                    let (rows, _) = book.units(&plan.id, &query)?;
                    query.offset += u64::from(UNITS);
                    for row in rows.iter().filter(|row| row.seq != seq) {
                        let Some(stored) = book.unit(&plan.id, row.seq)? else { continue };
                        let Some(problem) = stored.unit.problems.iter().find(|problem| alike(problem)) else {
                            continue;
                        };
                        // What is shown of a value is shortened; the cell itself decides.
                        let staged = book.staged_unit(&plan.job_id, row.seq)?;
                        let same = staged
                            .and_then(|staged| cell_of(&staged, &problem.record_id, &problem.field)?.source)
                            .is_some_and(|source| fold(&source) == wanted);
                        others += u64::from(same);
                    }
                    if rows.len() < UNITS as usize {
                        return Ok(others);
                    }
                }
            })
            .await?;
        Ok(SameValue { source: Some(source), others })
    }

    /// The matching with a line that makes `typed` of what this cell says, wherever its column says it.
    ///
    /// # Errors
    /// `error.value_invalid` for a value that the field does not take, `error.fix_no_rule` where no line of the matching
    /// can say it: a blank cell, a value of several columns.
    pub async fn fix_rule(
        &self,
        plan: &PlanHead,
        seq: u64,
        record_id: &str,
        field: &str,
        typed: &Json,
    ) -> Result<FixRule, EngineError> {
        self.require_writer()?;
        let cell = self.cell(plan, seq, record_id, field).await?;
        let refused = || EngineError::refused("error.fix_no_rule");
        let source = cell.source.ok_or_else(refused)?;
        let connection = self.connection(&plan.connection_id).await?;
        let typist = Typist::of(&connection, &self.account()?);
        let field_type = self.field_rules(&connection.id).await?.field_type(cell.record_type, field);
        let value = read_typed(&typist, field_type, field, typed)?;
        let (_, before) = self.rules(&connection).await?;
        let (mut rules, faults) = read_rules(&before);
        if !faults.is_empty() {
            return Err(refused());
        }
        let rule = rules
            .iter_mut()
            .find(|rule| {
                rule.record_type == cell.record_type.as_str()
                    && rule.slot_and_field() == (None, field)
                    && rule.sources.len() == 1
            })
            .ok_or_else(refused)?;
        let transforms = ways_to_say(&value, typed)
            .into_iter()
            .map(|to| with_line(rule, &source, to))
            .find(|transforms| says(transforms, &source, field_type, &value, &typist))
            .ok_or_else(refused)?;
        rule.transforms = transforms;
        let rules = rules
            .iter()
            .map(serde_json::to_value)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| EngineError::Store(hub_core::ports::StoreError::Fault(Box::new(error))))?;
        Ok(FixRule { rules, before })
    }

    async fn cell(
        &self,
        plan: &PlanHead,
        seq: u64,
        record_id: &str,
        field: &str,
    ) -> Result<Cell, EngineError> {
        let (job_id, record_id, field) = (plan.job_id.clone(), record_id.to_owned(), field.to_owned());
        self.db()
            .run(move |book| {
                let staged = book.staged_unit(&job_id, seq)?.ok_or_else(|| missing(seq))?;
                cell_of(&staged, &record_id, &field).ok_or_else(|| missing(seq))
            })
            .await
    }
}

/// How a table may write a value, so that what follows it in the rule reads it: as it is encoded, as one text, as typed.
fn ways_to_say(value: &Json, typed: &Json) -> Vec<Json> {
    let mut ways = vec![value.clone()];
    for part in ["e164", "text"] {
        ways.extend(value.get(part).filter(|text| text.is_string()).cloned());
    }
    if !is_blank_json(value) {
        ways.push(typed.clone());
    }
    ways
}

/// The rule's transforms with one more line in the table they begin with.
fn with_line(rule: &MappingRule, source: &str, to: Json) -> Vec<Transform> {
    let line = TableEntry { from: Json::from(source.trim()), to };
    let mut transforms = rule.transforms.clone();
    match transforms.first_mut() {
        Some(Transform::ValueTable { entries, .. }) => {
            let same = |entry: &TableEntry| entry.from.as_str().map(fold) == Some(fold(source));
            match entries.iter_mut().find(|entry| same(entry)) {
                Some(entry) => *entry = line,
                None => entries.push(line),
            }
        }
        _ => {
            let table = Transform::ValueTable { entries: vec![line], otherwise: Otherwise::Keep {} };
            transforms.insert(0, table);
        }
    }
    transforms
}

/// Whether these transforms make this value of it.
fn says(
    transforms: &[Transform],
    source: &str,
    field_type: FieldType,
    value: &Json,
    typist: &Typist,
) -> bool {
    let Ok(pipeline) = Pipeline::compile(transforms) else { return false };
    let cell = Json::from(source);
    match pipeline.run(&[&cell], field_type, &typist.context()) {
        Ok(None) => is_blank_json(value),
        Ok(Some(made)) => same_value(field_type, &made.to_json(), value),
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rule(transforms: Json) -> MappingRule {
        serde_json::from_value(json!({
            "record_type": "person", "wedsync_field": "email", "sources": ["primary_contact.email"],
            "value_type": "email", "transforms": transforms,
        }))
        .expect("a rule")
    }

    #[test]
    fn the_first_fix_makes_a_table_and_the_next_a_line_of_it() {
        let first = with_line(&rule(json!([])), " n/a ", Json::Null);
        let shown = serde_json::to_value(&first).expect("plain data");
        assert_eq!(
            shown,
            json!([{"kind": "value_table", "entries": [{"from": "n/a", "to": null}], "otherwise": {"do": "keep"}}])
        );
        let second = with_line(&rule(shown), "none", json!("a@example.org"));
        let again =
            with_line(&rule(serde_json::to_value(&second).expect("plain data")), "N/A", json!("b@x.org"));
        let Some(Transform::ValueTable { entries, .. }) = again.first() else { panic!("a table") };
        assert_eq!(entries.len(), 2, "the same value has one line");
        assert_eq!(entries[0].to, json!("b@x.org"));
    }
}

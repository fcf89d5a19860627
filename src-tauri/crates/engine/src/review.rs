//! Review: decisions about units, all offline; a decision plans its unit again and stores the new ops (MODEL 6).

use hub_core::fields::SAME_AS;
use hub_core::message::Message;
use hub_core::plan::{FieldRules, PlannedUnit, Resolution, input_hash};
use hub_core::ports::{Approval, PlanHead, PlanState, StoredUnit, UnitState, guard_message};
use hub_core::record::RecordType;
use hub_core::staging::Typist;
use hub_core::value::{FieldType, is_blank_json};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::import::planned_unit;
use crate::{Engine, EngineError};

/// What a person decides about one unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Decision {
    /// It is this client of WedSync.
    Link {
        /// The held client.
        client_id: String,
    },
    /// It is a client of its own.
    CreateAnyway,
    /// Leave it out.
    Reject,
    /// Take a rejection, an approval or a choice of client back.
    Reopen,
    /// A value typed or chosen for a field of a staged record; `null` brings it in without.
    SetValue {
        /// Staged record.
        record_id: String,
        /// Field.
        field: String,
        /// Encoded value, or text as a person writes it.
        value: Json,
    },
    /// Forget a typed value.
    ClearValue {
        /// Staged record.
        record_id: String,
        /// Field.
        field: String,
    },
}

/// A decision with what it was before, so that the interface can undo it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReviewChange {
    /// The unit after the decision.
    pub unit: StoredUnit,
    /// The resolution before it.
    pub before: Resolution,
}

impl Engine {
    /// The plan of a connection that waits for review or is being uploaded.
    ///
    /// # Errors
    /// `error.no_plan`.
    pub async fn current_plan(&self, connection_id: &str) -> Result<PlanHead, EngineError> {
        let connection_id = connection_id.to_owned();
        self.db()
            .run(move |book| book.current_plan(&connection_id))
            .await?
            .ok_or_else(|| EngineError::refused("error.no_plan"))
    }

    /// One unit with everything the panel shows.
    ///
    /// # Errors
    /// `error.not_found`.
    pub async fn unit(&self, plan_id: &str, seq: u64) -> Result<StoredUnit, EngineError> {
        let plan_id = plan_id.to_owned();
        self.db().run(move |book| book.unit(&plan_id, seq)).await?.ok_or_else(|| {
            EngineError::Refused(Message::new("error.not_found").with("what", "client").with("id", seq))
        })
    }

    /// Takes a decision about one unit and plans it again.
    ///
    /// # Errors
    /// `error.value_invalid`, `error.illegal_transition` when the unit is being uploaded or is in WedSync.
    pub async fn decide(
        &self,
        plan: &PlanHead,
        seq: u64,
        decision: Decision,
    ) -> Result<ReviewChange, EngineError> {
        let stored = self.undecided(plan, seq).await?;
        let rules = self.field_rules(&plan.connection_id).await?;
        let before = stored.resolution.clone();
        let (mut resolution, mut state) = (stored.resolution, UnitState::Pending);
        match decision {
            Decision::Link { client_id } => {
                resolution.link_to = Some(client_id);
                resolution.create_anyway = false;
                resolution.rejected = false;
            }
            Decision::CreateAnyway => {
                resolution.link_to = None;
                resolution.create_anyway = true;
                resolution.rejected = false;
            }
            Decision::Reject => {
                resolution.rejected = true;
                state = UnitState::Rejected;
            }
            Decision::Reopen => {
                resolution.rejected = false;
                resolution.link_to = None;
                resolution.create_anyway = false;
            }
            Decision::SetValue { field, .. } if field == SAME_AS => {
                // Who somebody is changes other clients too, and is answered by a command of its own.
                return Err(EngineError::refused("error.which_person"));
            }
            Decision::SetValue { record_id, field, value } => {
                let record_type = self.staged_type(plan, seq, &record_id).await?;
                let typist = self.typist(&plan.connection_id).await?;
                let value = read_typed(&typist, rules.field_type(record_type, &field), &field, &value)?;
                resolution.values.entry(record_id).or_default().insert(field, value);
            }
            Decision::ClearValue { record_id, field } => {
                if let Some(values) = resolution.values.get_mut(&record_id) {
                    values.remove(&field);
                    if values.is_empty() {
                        resolution.values.remove(&record_id);
                    }
                }
            }
        }
        let unit = self.plan_again(plan, seq, rules, resolution, state).await?;
        Ok(ReviewChange { unit, before })
    }

    /// Puts back what was decided about a unit before: for undo, and with the answer of an undo for redo.
    ///
    /// Whoever was approved meanwhile waits again: an approval is given once, to what it was given for.
    ///
    /// # Errors
    /// As for [`Engine::decide`].
    pub async fn restore(
        &self,
        plan: &PlanHead,
        seq: u64,
        resolution: Resolution,
    ) -> Result<ReviewChange, EngineError> {
        let stored = self.undecided(plan, seq).await?;
        let rules = self.field_rules(&plan.connection_id).await?;
        let typist = self.typist(&plan.connection_id).await?;
        for (record_id, values) in &resolution.values {
            let record_type = self.staged_type(plan, seq, record_id).await?;
            for (field, value) in values {
                read_typed(&typist, rules.field_type(record_type, field), field, value)?;
            }
        }
        let state = if resolution.rejected { UnitState::Rejected } else { UnitState::Pending };
        let unit = self.plan_again(plan, seq, rules, resolution, state).await?;
        Ok(ReviewChange { unit, before: stored.resolution })
    }

    /// A unit that may still be decided about.
    async fn undecided(&self, plan: &PlanHead, seq: u64) -> Result<StoredUnit, EngineError> {
        self.require_writer()?;
        let stored = self.unit(&plan.id, seq).await?;
        if matches!(stored.state, UnitState::Applied | UnitState::Done) {
            return Err(EngineError::refused("error.illegal_transition"));
        }
        Ok(stored)
    }

    async fn plan_again(
        &self,
        plan: &PlanHead,
        seq: u64,
        rules: FieldRules,
        resolution: Resolution,
        state: UnitState,
    ) -> Result<StoredUnit, EngineError> {
        let (plan, matcher) = (plan.clone(), self.inner.matcher.clone());
        self.db()
            .run(move |book| {
                let staged = book.staged_unit(&plan.job_id, seq)?.ok_or_else(|| missing(seq))?;
                let unit =
                    planned_unit(book, matcher.as_ref(), &plan.connection_id, &rules, &staged, &resolution)?;
                book.replace_unit(&plan.id, &unit, state, &resolution, &input_hash(&staged))?;
                book.unit(&plan.id, seq)?.ok_or_else(|| missing(seq))
            })
            .await
    }

    async fn typist(&self, connection_id: &str) -> Result<Typist, EngineError> {
        let connection = self.connection(connection_id).await?;
        Ok(Typist::of(&connection, &self.account()?))
    }

    async fn staged_type(
        &self,
        plan: &PlanHead,
        seq: u64,
        record_id: &str,
    ) -> Result<RecordType, EngineError> {
        let (job_id, wanted) = (plan.job_id.clone(), record_id.to_owned());
        let staged = self.db().run(move |book| book.staged_unit(&job_id, seq)).await?;
        staged
            .iter()
            .flat_map(|unit| &unit.records)
            .find(|record| record.id == wanted)
            .map(|record| record.record_type)
            .ok_or_else(|| {
                EngineError::Refused(
                    Message::new("error.not_found").with("what", "record").with("id", record_id),
                )
            })
    }

    /// Approves everything that is ready (`None`) or these units; returns how many.
    ///
    /// # Errors
    /// `error.guard_stands` while the plan's guard was not lifted; `error.unit_needs_decision` when a named unit
    /// still needs one.
    pub async fn approve(&self, plan: &PlanHead, seqs: Option<Vec<u64>>) -> Result<u64, EngineError> {
        let account = self.require_writer()?;
        if let Some(guard) = &plan.guard {
            return Err(EngineError::refused(guard_message(guard)));
        }
        if !matches!(plan.state, PlanState::Ready | PlanState::Executing) {
            return Err(EngineError::refused("error.no_plan"));
        }
        for seq in seqs.iter().flatten() {
            let unit = self.unit(&plan.id, *seq).await?;
            if unit.unit.kind.needs_decision() {
                return Err(EngineError::refused("error.unit_needs_decision"));
            }
        }
        let approval = Approval { by: account.user_id, at: self.inner.clock.now() };
        let plan_id = plan.id.clone();
        let approved = self.db().run(move |book| book.approve(&plan_id, seqs.as_deref(), &approval)).await?;
        self.inner.fail.pass("approved");
        Ok(approved)
    }

    /// Lifts the guard of a plan: a person saw the counts and said "go on".
    ///
    /// # Errors
    /// When the store cannot be written or the role does not allow it.
    pub async fn lift_guard(&self, plan: &PlanHead) -> Result<(), EngineError> {
        let account = self.require_writer()?;
        let approval = Approval { by: account.user_id, at: self.inner.clock.now() };
        let plan_id = plan.id.clone();
        self.db().run(move |book| book.lift_guard(&plan_id, &approval)).await
    }
}

/// Whether two plannings of a unit do the same: nothing new may have come in; what has been done meanwhile may be gone.
pub(crate) fn unmoved(approved: &PlannedUnit, now: &PlannedUnit) -> bool {
    now.conflicts.is_empty()
        && now.problems.is_empty()
        && now.ops.iter().all(|op| approved.ops.iter().any(|before| before.hash == op.hash))
}

pub(crate) fn read_typed(
    typist: &Typist,
    field_type: FieldType,
    field: &str,
    typed: &Json,
) -> Result<Json, EngineError> {
    if is_blank_json(typed) {
        return Ok(Json::Null);
    }
    let refused = || {
        let shown = typed.as_str().map_or_else(|| typed.to_string(), str::to_owned);
        EngineError::Refused(Message::new("error.value_invalid").with("field", field).with("value", shown))
    };
    typist.read(field_type, typed).ok().flatten().ok_or_else(refused)
}

pub(crate) fn missing(seq: u64) -> hub_core::ports::StoreError {
    hub_core::ports::StoreError::NotFound { what: "client", id: seq.to_string() }
}

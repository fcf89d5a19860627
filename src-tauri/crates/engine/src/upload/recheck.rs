//! The second look: approved units planned again on what WedSync and the CRM say now (MODEL 6).

use hub_core::plan::{OpKind, input_hash};
use hub_core::ports::{PlanHead, UnitState};

use crate::import::planned_unit;
use crate::review::{missing, unmoved};
use crate::{Engine, EngineError, JobRun};

const CHUNK: u32 = 25;

/// What the second look found.
pub(super) struct Rechecked {
    /// Units that ask again.
    pub(super) moved: u64,
    /// Some op changes a record that WedSync already holds.
    pub(super) updates: bool,
}

impl Engine {
    pub(super) async fn recheck(&self, run: &JobRun, plan: &PlanHead) -> Result<Rechecked, EngineError> {
        let plan_id = plan.id.clone();
        let standing =
            self.db()
                .run(move |book| {
                    if book.still_stands(&plan_id)? {
                        book.changes_held(&plan_id).map(Some)
                    } else {
                        Ok(None)
                    }
                })
                .await?;
        if let Some(updates) = standing {
            // Nothing was written that a plan is made from: every unit would be planned as it stands.
            return Ok(Rechecked { moved: 0, updates });
        }
        let rules = self.field_rules(&plan.connection_id).await?;
        let mut found = Rechecked { moved: 0, updates: false };
        let mut from = 0;
        loop {
            run.go_on()?;
            let (plan, rules, matcher) = (plan.clone(), rules.clone(), self.inner.matcher.clone());
            let chunk = self
                .db()
                .run(move |book| {
                    let units = book.units_in_state(&plan.id, UnitState::Approved, from, CHUNK)?;
                    let (mut moved, mut updates) = (0, false);
                    for stored in &units {
                        let seq = stored.unit.seq;
                        let staged = book.staged_unit(&plan.job_id, seq)?.ok_or_else(|| missing(seq))?;
                        let now = planned_unit(
                            book,
                            matcher.as_ref(),
                            &plan.connection_id,
                            &rules,
                            &staged,
                            &stored.resolution,
                        )?;
                        updates |= now.ops.iter().any(|op| op.kind != OpKind::Create);
                        let state = if unmoved(&stored.unit, &now) {
                            UnitState::Approved
                        } else {
                            moved += 1;
                            UnitState::Moved
                        };
                        // Also the unmoved: versions of held records may have gone up through other fields.
                        if now != stored.unit {
                            book.replace_unit(
                                &plan.id,
                                &now,
                                state,
                                &stored.resolution,
                                &input_hash(&staged),
                            )?;
                        }
                    }
                    Ok((units.last().map(|unit| unit.unit.seq), moved, updates))
                })
                .await?;
            let (last, moved, updates) = chunk;
            found.moved += moved;
            found.updates |= updates;
            match last {
                Some(last) => from = last + 1,
                None => return Ok(found),
            }
        }
    }
}
